"""HTML out of values: everything that comes from data is escaped, whatever it holds."""
from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from html import escape

import numpy as np

from ..times import format_ms

#: Control characters as their pictures, so that they are seen and do nothing; line ends and tabs as blanks.
_CONTROLS: dict[int, int | str] = {**{code: 0x2400 + code for code in range(32)}, 127: 0x2421, 9: " ", 10: " ", 13: " "}
#: A share that is not zero is drawn at least this wide, in percent.
_THINNEST = 0.5
#: A word of more characters may be broken anywhere; others are not, so that columns stay readable.
_LONG_WORD = 22
_NO_BREAK = "\u00a0"
ELLIPSIS = "…"


class Markup(str):
    """HTML that was made here and is not escaped again."""

    __slots__ = ()


def text(value: object) -> Markup:
    """Any value as text of a page.

    >>> text("<b>&")
    '&lt;b&gt;&amp;'
    """
    if isinstance(value, Markup):
        return value
    plain = str(value).translate(_CONTROLS).encode("utf-8", "replace").decode("utf-8")
    return Markup(escape(plain, quote=True))


def name(value: object) -> Markup:
    """A name from data within a sentence, whose direction of writing stays its own."""
    return Markup(f"<bdi>{text(value)}</bdi>")


def number(value: float | None) -> str:
    """A count for people, with thousands marks; unknown is a word, not zero.

    >>> number(84373.0), number(0.25), number(None)
    ('84,373', '0.25', 'unknown')
    """
    if value is None or math.isnan(value):
        return "unknown"
    whole = math.isfinite(value) and value == round(value) and abs(value) < 1e15
    return f"{value:,.0f}" if whole else f"{value:,.6g}"


def percent(part: float, whole: float) -> str:
    """A share that is 0 or 100 percent only if it is exactly so; its blanks are not to be broken at.

    >>> [percent(*pair).replace("\\u00a0", " ") for pair in ((1, 3), (999_999, 1_000_000), (0, 0))]
    ['33.3 %', '> 99.9 %', '–']
    """
    if not whole:
        return "–"
    share = 100 * part / whole
    words = f"{share:.1f} %".replace(".0 %", " %")
    if 0 < share < 0.05:
        words = "< 0.1 %"
    elif 99.95 <= share < 100:
        words = "> 99.9 %"
    return words.replace(" ", _NO_BREAK)


def shortened(value: object, most: int) -> str:
    """A text of at most so many characters."""
    plain = str(value)
    return plain if len(plain) <= most else plain[: most - 1] + ELLIPSIS


def moment(ms: int) -> Markup:
    """A wall-clock moment, which no line break cuts.

    >>> moment(1580515201000)
    '<time>2020-02-01T00:00:01</time>'
    """
    return Markup(f"<time>{format_ms(ms)}</time>")


def paragraph(*parts: object, style: str = "") -> Markup:
    """Sentences, one after the other; plain strings are escaped."""
    chosen = f' class="{style}"' if style else ""
    words = " ".join(text(part) for part in parts if part)
    return Markup(f"<p{chosen}>{words}</p>" if words else "")


def bullets(items: Iterable[object]) -> Markup:
    return Markup("<ul>" + "".join(f"<li>{text(item)}</li>" for item in items) + "</ul>")


def bold(value: object) -> Markup:
    return Markup(f"<b>{text(value)}</b>")


def code(value: object) -> Markup:
    return Markup(f"<code>{text(value)}</code>")


def section(title: str, *parts: str) -> Markup:
    """A section with its heading; parts are HTML already."""
    return Markup(f"<section><h2>{text(title)}</h2>" + "".join(parts) + "</section>")


def table(heads: Sequence[str], rows: Iterable[Sequence[object]], style: str = "") -> Markup:
    """A table; numbers stand to the right with thousands marks, None is an empty cell."""
    rows = list(rows)
    numeric = [bool(rows) and all(_is_number(row[column]) for row in rows) for column in range(len(heads))]
    head = "".join(f'<th scope="col"{" class=n" * right}>{text(one)}</th>' for one, right in zip(heads, numeric))
    body = "".join("<tr>" + "".join(map(_cell, row)) + "</tr>" for row in rows)
    chosen = f' class="{style}"' if style else ""
    return Markup(f"<table{chosen}><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>")


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float, np.number)) and not isinstance(value, bool)


def _cell(value: object) -> str:
    if value is None:
        return "<td></td>"
    if _is_number(value):
        return f'<td class="n">{number(float(value))}</td>'  # type: ignore[arg-type]
    if isinstance(value, Markup):
        return f"<td>{value}</td>"
    long = any(len(word) > _LONG_WORD for word in str(value).split())
    return f'<td dir="auto"{" class=long" if long else ""}>{text(value)}</td>'


def bar(*shares: float) -> Markup:
    """Shares of a whole (0 to 1) as a bar of as many colours; a picture, since browsers print no backgrounds."""
    widths = [max(100 * share, _THINNEST) if share > 0 else 0.0 for share in shares]
    scale = 100 / max(sum(widths), 100)
    parts, left = [], 0.0
    for number_, width in enumerate(widths):
        if width:
            parts.append(f'<rect class="c{number_}" x="{left:.2f}" width="{width * scale:.2f}" height="10"/>')
        left += width * scale
    return Markup(
        '<svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">'
        + "".join(parts) + "</svg>")


def swatch(position: int) -> Markup:
    """The colour of a bar's part, for its legend."""
    return Markup(
        '<svg class="swatch" viewBox="0 0 10 10" aria-hidden="true">'
        f'<rect class="c{position}" width="10" height="10"/></svg>')


def figure(picture: str, caption: object) -> Markup:
    return Markup(f"<figure>{picture}<figcaption>{text(caption)}</figcaption></figure>")
