"""Conditions on rows as text, in words that SQLite and the expressions of QGIS have in common."""
from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Optional

import numpy as np

from .quoting import quoted as column

if TYPE_CHECKING:
    from .filters import Area

NOTHING = "1 = 0"
#: What QGIS leaves out of a project file under Qt 5: control characters, and what lies beyond 16 bits (rare Han
#: letters, emoji).
_UNSAVED = re.compile("([^\t\n\r\x20-\ud7ff\ue000-\ufffd])")


def text(value: str) -> str:
    """A text between its marks; letters that a saved project would lose are named by number.

    >>> print(text("Xi'an"))
    'Xi''an'
    >>> print(text("a\U00020bb7b"))
    'a' || char(134071) || 'b'
    """
    pieces = [part for part in _UNSAVED.split(value) if part] or [""]
    return " || ".join(
        f"char({ord(part)})" if _UNSAVED.fullmatch(part) else "'" + part.replace("'", "''") + "'" for part in pieces)


def moment(ms: int) -> str:
    """A moment between its marks."""
    return text(moment_text(ms))


def moment_text(ms: int) -> str:
    """A moment as a GeoPackage writes it.

    >>> moment_text(1_581_552_000_000)
    '2020-02-13T00:00:00.000Z'
    """
    return f"{np.datetime64(ms, 'ms')}Z"


def number(value: float) -> str:
    """A number, whole ones without a point.

    >>> number(10.0), number(0.5)
    ('10', '0.5')
    """
    return str(int(value)) if float(value).is_integer() else repr(float(value))


def all_of(conditions: Sequence[str]) -> str:
    """Conditions that must all hold; empty ones do not limit."""
    return " AND ".join(one for one in conditions if one)


def any_of(conditions: Sequence[str]) -> str:
    """Conditions of which one must hold; those of many are nested, for SQLite allows a depth of 1000.

    >>> any_of(["a", "b", "c"]), any_of(["a"]), any_of([])
    ('(a OR b OR c)', 'a', '1 = 0')
    """
    if not conditions:
        return NOTHING
    if len(conditions) == 1:
        return conditions[0]
    if len(conditions) <= 100:
        return "(" + " OR ".join(conditions) + ")"
    middle = len(conditions) // 2
    return f"({any_of(conditions[:middle])} OR {any_of(conditions[middle:])})"


def one_of(name: str, values: Collection[Optional[str]]) -> str:
    """The rows with one of these values; None stands for none.

    >>> print(one_of("city", {"b", "a"}))
    "city" IN ('a', 'b')
    >>> print(one_of("city", {"a", None}))
    ("city" = 'a' OR "city" IS NULL)
    """
    known = [text(value) for value in sorted(value for value in values if value is not None)]
    equal = f"{column(name)} = {known[0]}" if len(known) == 1 else f"{column(name)} IN ({', '.join(known)})"
    missing = f"{column(name)} IS NULL"
    return any_of([*([equal] if known else []), *([missing] if None in values else [])])


def in_areas(columns: Sequence[str], chosen: Collection[Area], existing: Collection[Area] = ()) -> str:
    """The rows of some areas, "" for those of all. `existing`: all areas; where given, those of which every part is
    chosen are named as a whole, and what is left out is named if that is shorter."""
    left_out = set(existing).difference(chosen)
    if existing and not left_out:
        return ""
    inside = _within(columns, set(chosen), set(existing))
    if not existing or not chosen:
        return inside
    # Of a row without a province `province = …` is neither true nor false.
    outside = f"coalesce({_within(columns, left_out, set(existing))}, 0) = 0"
    return outside if len(outside) < len(inside) else inside


def _within(columns: Sequence[str], chosen: set[Area], existing: set[Area]) -> str:
    if len(columns) == 1:
        return one_of(columns[0], {area[0] for area in chosen})
    parts, all_parts = _by_head(chosen), _by_head(existing)
    wholes = {head for head, tails in parts.items() if tails >= all_parts.get(head, tails | {()})}
    conditions = [one_of(columns[0], wholes)] if wholes else []
    for head in sorted(parts.keys() - wholes, key=lambda name: (name is None, name or "")):
        within = _within(columns[1:], parts[head], all_parts.get(head, set()))
        conditions.append(f"({one_of(columns[0], {head})} AND {within})")
    return any_of(conditions)


def _by_head(areas: Collection[Area]) -> dict[Optional[str], set[Area]]:
    """Areas by their coarsest part, which they lose."""
    found: dict[Optional[str], set[Area]] = {}
    for head, *tail in areas:
        found.setdefault(head, set()).add(tuple(tail))
    return found
