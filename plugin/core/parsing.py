"""From cells to reports: dates, coordinates, names and counts, and why a row is rejected."""
from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from .arrays import Bools, Cells, Floats, Ints
from .columns import ColumnPlan
from .dataset import LoadOptions
from .distinct import Distinct
from .errors import AtlasError
from .momentcolumns import moment_roles, moment_texts
from .numbers import Meaning, is_unknown, parse_numbers
from .places import unnamed
from .positions import Positions, read_positions
from .progress import Progress
from .reports import Labels, Reports
from .tables import Joined
from .times import ParsedTimes, parse_times

_LABEL_ROLES = ("place", "kind", "city", "province", "country", "code", "level")
#: So much of a cell is repeated in a sentence.
_LONGEST_QUOTE = 80
_NO_PLACE = "names no place: neither name, code nor coordinates"


@dataclass(frozen=True)
class Parsed:
    """All rows of the files as reports (times as written, points as given) and, for each, why it
    is rejected ("" when it is not; `rejected` says the same). `notes`: for a role or metric, how its
    cells were understood where that is not plain."""

    reports: Reports
    times: ParsedTimes
    reason: Cells
    rejected: Bools
    notes: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Moments:
    """The texts that hold the moments, the headers of their columns, and what was read."""

    texts: Distinct
    header: str
    times: ParsedTimes


@dataclass(frozen=True)
class _Read:
    """The columns, what was read of them, and for each metric the rows whose count is unreadable."""

    columns: dict[str, Distinct]
    moments: _Moments
    reports: Reports
    unreadable: dict[str, Bools]


def parse_cells(joined: Joined, plan: ColumnPlan, options: LoadOptions, progress: Progress) -> Parsed:
    """Read every chosen column; raises `AtlasError` when no row at all can be understood."""
    columns = {name: Distinct.of(joined.frame[column]) for name, column in {**plan.roles, **plan.metrics}.items()}
    moments = _read_moments(joined, plan, columns, options)
    progress.report(0.5, "Reading coordinates")
    headers = {role: joined.headers[column] for role, column in plan.roles.items()}
    points = read_positions(columns, headers, options.crs, len(joined.frame))
    _demand_degrees(points, joined, plan)
    progress.report(0.7, "Reading names and counts")
    names = {role: labels_of(columns[role]) for role in _LABEL_ROLES if role in columns}
    counts: dict[str, Floats] = {}
    unreadable: dict[str, Bools] = {}
    notes = {**points.notes, moment_roles(plan.roles)[0]: moments.times.note}
    for metric in plan.metrics:
        numbers = parse_numbers(columns[metric], Meaning.COUNT)
        counts[metric], unreadable[metric], notes[metric] = numbers.values, numbers.unreadable, numbers.note
        progress.check()
    reports = Reports(
        joined.rows, joined.source, moments.times.ms, names, points.lon, points.lat, counts, points.flags)
    reason, rejected = _reasons(joined, plan, _Read(columns, moments, reports, unreadable))
    if rejected.all():
        raise AtlasError(_nothing_left(joined, reason))
    return Parsed(reports, moments.times, reason, rejected, {role: note for role, note in notes.items() if note})


def with_notes(plan: ColumnPlan, notes: dict[str, str]) -> ColumnPlan:
    """The plan with what was learnt of each column's cells behind the reason of its choice."""
    reasons = {
        role: replace(choice, reason=f"{choice.reason}; {notes[role]}") if role in notes else choice
        for role, choice in plan.reasons.items()
    }
    return replace(plan, reasons=reasons)


def labels_of(column: Distinct) -> Labels:
    """Labels of a column's texts, outer blanks removed; equal texts share a code."""
    inner, texts = pd.factorize(np.array([text.strip() for text in column.texts], dtype=object))
    empty = np.flatnonzero(texts == "")
    codes = np.where(np.isin(inner, empty), -1, inner) if len(empty) else inner
    return Labels(np.asarray(codes, np.int64)[column.codes], np.asarray(texts, object))


def _read_moments(
    joined: Joined, plan: ColumnPlan, columns: dict[str, Distinct], options: LoadOptions
) -> _Moments:
    texts = moment_texts(columns)
    header = " + ".join(joined.headers[plan.roles[role]] for role in moment_roles(plan.roles))
    times = parse_times(texts, options.date_order, options.year)
    filled = int(_filled(texts)[texts.codes].sum())
    if times.yearless.sum() * 2 > filled:
        row = int(np.argmax(times.yearless))
        raise AtlasError(
            f"Most dates of {_place_of(joined, row)} have no year, as “{_quoted(texts.text(row))}” in {header} "
            f"(row {joined.rows[row]}): give YEAR.")
    return _Moments(texts, header, times)


def _filled(column: Distinct) -> Bools:
    return np.array([not is_unknown(text) for text in column.texts], bool)


def _demand_degrees(points: Positions, joined: Joined, plan: ColumnPlan) -> None:
    if points.stray is None:
        return
    row = points.stray
    roles = [role for role in ("lon", "lat", "lonlat") if role in plan.roles]
    cells = ", ".join(
        f"{joined.headers[plan.roles[role]]} “{_quoted(str(joined.frame[plan.roles[role]].iloc[row]))}”"
        for role in roles[:2])
    raise AtlasError(
        f"The coordinates of {_place_of(joined, row)} are no degrees, as {cells} (row {joined.rows[row]}) shows: "
        "give CRS, the reference system they are in, such as EPSG:32650, or name other columns with COLUMNS.")


def _place_of(joined: Joined, row: int) -> str:
    return f"“{joined.source_names[joined.source[row]]}”"


#: Rows, words with places for the cell and its header, the cells, the header.
_Reason = tuple[Bools, str, Distinct, str]


def _reasons(joined: Joined, plan: ColumnPlan, read: _Read) -> tuple[Cells, Bools]:
    """Why each row is rejected, the last of these that applies, and which rows are."""
    times, texts, header = read.moments.times, read.moments.texts, read.moments.header
    bad, blank = ~times.ok, ~_filled(texts)[texts.codes]
    reasons: list[_Reason] = [(unnamed(read.reports), _NO_PLACE, texts, header)] if read.reports.counts else []
    for metric, rows in read.unreadable.items():
        words = "unreadable count “{cell}” in {header}"
        reasons.append((rows, words, read.columns[metric], joined.headers[plan.metrics[metric]]))
    reasons += [
        (bad & blank, "no date in {header}", texts, header),
        (bad & times.yearless, "no year (give YEAR) in date “{cell}” in {header}", texts, header),
        (bad & times.period, "a period, not a moment: “{cell}” in {header}", texts, header),
        (bad & ~blank & ~times.yearless & ~times.period, "unreadable date “{cell}” in {header}", texts, header),
    ]
    reason, rejected = np.full(len(bad), "", object), np.zeros(len(bad), bool)
    for rows, words, column, name in reasons:
        at = np.flatnonzero(rows)
        reason[at] = _worded(words, column, name, at)
        rejected |= rows
    return reason, rejected


def _worded(words: str, column: Distinct, header: str, rows: Ints) -> Cells:
    """The words for some rows, made once for each distinct cell."""
    used, inverse = np.unique(column.codes[rows], return_inverse=True)
    texts = [words.format(cell=_quoted(column.texts[code]), header=header) for code in used]
    return np.array(texts, dtype=object)[inverse]


def _quoted(cell: str) -> str:
    cell = cell.strip()
    return cell if len(cell) <= _LONGEST_QUOTE else cell[:_LONGEST_QUOTE] + "…"


def _nothing_left(joined: Joined, reason: Cells) -> str:
    which = f"None of the {len(reason):,} rows of “{joined.name}” could"
    if len(reason) == 1:
        which = f"The only row of “{joined.name}” could not"
    return (
        f"{which} be understood (row {joined.rows[0]}: {reason[0]}): check the columns and name the right ones "
        "with COLUMNS, or give DATE_ORDER or YEAR."
    )
