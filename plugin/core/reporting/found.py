"""Findings with examples, and rejected rows by kind of reason."""
from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from ..dataset import Cleaned
from ..quality import counted
from ..rejections import reason_kind
from ..rules import TEXTS
from .markup import Markup, bullets, code, paragraph, section, shortened, table, text

#: So many kinds of reasons, examples of each, and characters of a row's text are shown.
MOST_REASONS, MOST_REJECTED, MOST_CHARACTERS = 30, 10, 200
#: So many findings of one rule (one a count, mostly) are shown with their examples.
MOST_OF_RULE = 5
#: As `quality` writes an example: `row 7: Hubei / Wuhan, 2020-02-13T08:00, confirmed 32994`.
_EXAMPLE = re.compile(
    r"(?P<source>[^;]*?)\brow (?P<row>\d+): (?P<what>.*?)"
    r"(?:, (?P<time>-?\d{4,}-\d\d-\d\d[T ]?[\d:.]*))?(?:, (?P<count>\w+ -?(?:[\d.,e+-]+|nan|inf)))?", re.DOTALL)
_BETWEEN = re.compile(r"; (?=(?:[^;]*? )?row \d+: )")
_MARKS = {"error": "✖ error", "warning": "▲ warning", "info": "● info"}
_MEANINGS = {words.name: words.meaning for words in TEXTS.values()}


def findings(cleaned: Cleaned) -> Markup:
    """Every finding: how grave, how often, what it means for a map, and examples."""
    if cleaned.findings.empty:
        return section("Findings", paragraph("None of the checks found anything."))
    rows = list(cleaned.findings.itertuples(index=False))
    overview = table(
        ("severity", "rule", "rows", "what was found"),
        ((_severity(one.severity), one.rule, int(one.rows), one.message) for one in rows))
    words = (
        "A finding never changes a count. The rows concerned bear a word in the column “flags”, so that they can "
        "be picked out on the map.")
    rules = dict.fromkeys(one.rule for one in rows)
    return section(
        "Findings", paragraph(words), overview,
        *(_rule(rule, [one for one in rows if one.rule == rule]) for rule in rules))


def _severity(severity: str) -> Markup:
    known = severity if severity in _MARKS else "info"
    return Markup(f'<span class="severity {known}">{text(_MARKS.get(severity, severity))}</span>')


def _rule(rule: str, rows: list[Any]) -> Markup:
    """A rule with what it means for a map, then each of its findings with examples."""
    head = Markup(f"<h3>{text(rule)}</h3>") + paragraph(_MEANINGS.get(rule, ""))
    first, *others = (_finding(str(one.message), str(one.examples)) for one in rows[:MOST_OF_RULE])
    rest = len(rows) - MOST_OF_RULE
    words = f"Examples of {counted(rest, 'further finding')} of this rule are in the table “findings”."
    more = words if rest > 0 else ""
    return Markup(f'<div class="finding">{head}{first}</div>'
                  + "".join(f'<div class="finding">{one}</div>' for one in others) + paragraph(more))


def _finding(message: str, examples: str) -> Markup:
    shown = example_table(examples) if examples not in ("", "nan", "None") else Markup("")
    return Markup(paragraph(f"{message.rstrip('.')}{':' if shown else '.'}", style="what") + shown)


def example_table(examples: str) -> Markup:
    """Examples as a small table where they are written as usual, else as a list."""
    parts = _BETWEEN.split(examples)
    matches = [_EXAMPLE.fullmatch(part) for part in parts]
    if not all(matches):
        return bullets(shortened(part, 2 * MOST_CHARACTERS) for part in parts)
    rows = [match.groupdict(default="") for match in matches if match is not None]
    heads = {"source": "file", "row": "row", "what": "what", "time": "time", "count": "count"}
    used = [key for key in heads if any(row[key].strip() for row in rows)]
    cells = [[_example_cell(key, row[key].strip(" ,:")) for key in used] for row in rows]
    return table([heads[key] for key in used], cells, "examples")


def _example_cell(key: str, value: str) -> str:
    return Markup(f"<time>{text(value)}</time>") if key == "time" else shortened(value, MOST_CHARACTERS)


def rejected(cleaned: Cleaned) -> Markup:
    """Rows that were not understood, by kind of reason."""
    rows = cleaned.rejected
    if rows.empty:
        return section("Rejected rows", paragraph("None: every row was understood."))
    kinds = reason_kinds(rows["reason"])
    counts = pd.Series(kinds).value_counts(sort=False)
    names = sorted(counts.index, key=lambda kind: (-counts[kind], kind))
    overview = table(("kind of reason", "rows"), ((kind, int(counts[kind])) for kind in names[:MOST_REASONS]), "narrow")
    rest = sum(int(counts[kind]) for kind in names[MOST_REASONS:])
    words = f"All {len(rows):,}, with their whole text, are in the table “rejected” of the GeoPackage."
    more = f"{len(names) - MOST_REASONS:,} further kinds with {rest:,} rows are not listed here." if rest else ""
    return section(
        "Rejected rows", paragraph(words), overview, paragraph(more) if more else "",
        *(_examples_of(kind, rows, kinds) for kind in names[:MOST_REASONS]))


def reason_kinds(reasons: pd.Series) -> np.ndarray:
    """The reasons without the cells they quote, a word for each row."""
    codes, texts = pd.factorize(reasons.astype(str))
    return np.array([reason_kind(one) for one in texts], object)[codes]


def _examples_of(kind: str, rows: pd.DataFrame, kinds: np.ndarray) -> Markup:
    some = rows.iloc[np.flatnonzero(kinds == kind)[:MOST_REJECTED]]
    return Markup(
        f'<div class="finding"><h3>{text(kind)}</h3>'
        + table(("file", "row", "reason", "text of the row"), _rejected_rows(some), "examples") + "</div>")


def _rejected_rows(rows: pd.DataFrame) -> Iterable[tuple[object, ...]]:
    for source, row, reason, raw in rows[["source", "row", "reason", "raw"]].itertuples(index=False):
        yield (shortened(source, MOST_CHARACTERS), str(row), shortened(reason, MOST_CHARACTERS),
               code(shortened(raw, MOST_CHARACTERS)))
