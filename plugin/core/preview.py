"""A look at files before they are loaded: their first rows, what each column is taken for, where the points lie.

Only the head of the files is read, and it goes through the very steps of a load, so that the preview
promises nothing that the load does otherwise. What the head cannot tell (a correction in May), the
preview does not tell either.
"""
from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from .arrays import Ints
from .cleaning import clean
from .columns import ColumnPlan, header_key, plan_columns
from .dataset import Choice, Cleaned, LoadOptions
from .errors import AtlasError
from .fitting import fit_together
from .heads import Heads
from .parsing import parse_cells
from .places import NAME_ROLES
from .progress import Progress
from .reading import RawTable
from .rules import TEXTS, Rule, bit
from .tables import Joined, join_tables
from .times import parse_times

#: Rows that are shown.
SHOWN_ROWS = 50
#: Points on the small map.
MOST_POINTS = 2_000
#: What is wrong with a point, by its flag.
_POINT_RULES = (
    Rule.MISSING_COORDINATES, Rule.SWAPPED_COORDINATES, Rule.IMPOSSIBLE_COORDINATES, Rule.ZERO_COORDINATES)


@dataclass(frozen=True)
class ColumnView:
    """A column as it is taken: `role` is a role or the name of a metric, "" for a column without
    use, whose `reason` says why it has none."""

    header: str
    role: str = ""
    reason: str = ""


@dataclass(frozen=True)
class CellProblem:
    """What is wrong with a cell; `row` and `column` are positions in the preview."""

    row: int
    column: int
    sentence: str


@dataclass(frozen=True)
class SamplePoints:
    """Some points of the head in WGS 84 degrees, with their places' names."""

    lon: tuple[float, ...] = ()
    lat: tuple[float, ...] = ()
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Understanding:
    """What the head makes of itself: decisions by name (`counts listing datum time_zone`), points,
    the share of reports without one, and what is odd, one sentence a finding."""

    choices: dict[str, Choice] = field(default_factory=dict)
    points: SamplePoints = SamplePoints()
    unlocated: float = 0.0
    findings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Preview:
    """What a look at files found.

    `signature` is the same for all files with these columns; `rows` are the first ones as text, `numbers`
    their record numbers. `files` were chosen, `looked_at` of them opened, which gave `rows_seen` rows;
    `complete`: there are no more. `notes`: what was done with the files that their names do not tell (the
    sheet that was taken, say). `problem`: why a load would fail as it stands, "" when it would not.
    """

    signature: str
    columns: tuple[ColumnView, ...]
    numbers: tuple[int, ...]
    rows: tuple[tuple[str, ...], ...]
    problems: tuple[CellProblem, ...]
    understanding: Understanding
    files: int
    looked_at: int
    rows_seen: int
    complete: bool
    encoding: str
    delimiter: str
    notes: tuple[str, ...] = ()
    problem: str = ""


def preview(heads: Heads, options: LoadOptions, progress: Progress | None = None) -> Preview:
    """What a load with these options would make of the heads; raises `Cancelled`."""
    try:
        tables = fit_together(heads.tables, options)
        joined = join_tables(tables)
    except AtlasError as error:
        first = join_tables(heads.tables[:1])
        return _describe(heads, first, _plan(first, options), error.message)
    plan = _plan(joined, options)
    problems = _problems(tables[0], plan, options)
    try:
        understood = _understand(clean(tables, options, _no_text, progress or Progress()))
    except AtlasError as error:
        return _describe(heads, joined, plan, error.message, problems)
    return _describe(heads, joined, plan, "", problems, understood)


def signature_of(headers: Iterable[str]) -> str:
    """The same text for the same columns in the same order, however they are capitalised or spaced.

    >>> signature_of(["Update_Time", "City"]) == signature_of(["updateTime", "city"])
    True
    """
    return hashlib.sha256("\n".join(map(header_key, headers)).encode("utf-8")).hexdigest()


def _no_text(_source: int, rows: Ints) -> list[str]:
    """A preview quotes no rejected rows."""
    return [""] * len(rows)


def _plan(joined: Joined, options: LoadOptions) -> ColumnPlan | None:
    try:
        return plan_columns(joined.headers, joined.frame, options.columns, bool(options.crs))
    except AtlasError:
        return None  # cleaning says why


def _describe(
    heads: Heads, joined: Joined, plan: ColumnPlan | None, problem: str,
    problems: tuple[CellProblem, ...] = (), understood: Understanding | None = None,
) -> Preview:
    first = heads.tables[0]
    shown = joined.frame.iloc[:min(SHOWN_ROWS, len(first.frame))]
    return Preview(
        signature=signature_of(first.headers), columns=_columns(joined.headers, plan),
        numbers=tuple(first.rows[:SHOWN_ROWS].tolist()),
        rows=tuple(tuple(map(str, row)) for row in shown.itertuples(index=False, name=None)),
        problems=problems, understanding=understood or Understanding(), files=heads.files,
        looked_at=len(heads.tables), rows_seen=sum(table.source.rows for table in heads.tables),
        complete=heads.complete, encoding=first.source.encoding, delimiter=first.source.delimiter,
        notes=tuple(dict.fromkeys(table.source.note for table in heads.tables if table.source.note)), problem=problem,
    )


def _columns(headers: Sequence[str], plan: ColumnPlan | None) -> tuple[ColumnView, ...]:
    used = {} if plan is None else {at: name for name, at in {**plan.metrics, **plan.roles}.items()}
    reasons = {} if plan is None else plan.reasons
    unused = {} if plan is None else plan.unused
    return tuple(
        ColumnView(header, role, reasons[role].reason if role in reasons else unused.get(at, ""))
        for at, header in enumerate(headers) for role in (used.get(at, ""),)
    )


def _problems(first: RawTable, plan: ColumnPlan | None, options: LoadOptions) -> tuple[CellProblem, ...]:
    """What is wrong in the rows that are shown, judged with the whole head (the order of day and month, say)."""
    if plan is None or "time" not in plan.roles:
        return ()
    joined = join_tables([first])
    try:
        parsed = parse_cells(joined, plan, options, Progress())
    except AtlasError:
        return _unreadable_moments(joined, plan, options)
    reasons = parsed.reason[:SHOWN_ROWS]
    found = [
        CellProblem(row, _column_of(str(reasons[row]), joined.headers, plan), str(reasons[row]))
        for row in np.flatnonzero(reasons != "").tolist()
    ]
    columns = [plan.roles[role] for role in ("lon", "lat", "lonlat") if role in plan.roles]
    flags = parsed.reports.flags[:SHOWN_ROWS]
    for rule in _POINT_RULES if columns else ():
        for row in np.flatnonzero(flags & bit(rule)).tolist():
            found += [CellProblem(row, column, _say(rule)) for column in columns]
    return tuple(found)


def _say(rule: Rule) -> str:
    return f"{TEXTS[rule].name}: {TEXTS[rule].meaning}"


def _unreadable_moments(joined: Joined, plan: ColumnPlan, options: LoadOptions) -> tuple[CellProblem, ...]:
    """Where not one row can be understood: the cells in the column of dates that are no dates."""
    column = plan.roles["time"]
    times = parse_times(joined.frame[column].to_numpy(object), options.date_order, options.year)
    bad = np.flatnonzero(~times.ok[:SHOWN_ROWS]).tolist()
    return tuple(CellProblem(row, column, "this does not read as a date") for row in bad)


def _column_of(reason: str, headers: Sequence[str], plan: ColumnPlan) -> int:
    """The column that a reason names at its end, else that of the place's finest name."""
    used = [*plan.metrics.values(), *plan.roles.values()]
    named = [at for at in used if reason.endswith(f" in {headers[at]}")]
    names = [plan.roles[role] for role in reversed(NAME_ROLES) if role in plan.roles]
    return (named or names or used)[0]


def _understand(cleaned: Cleaned) -> Understanding:
    info, states = cleaned.info, cleaned.states
    reports = states["reports"].to_numpy()
    unlocated = float(reports[states["lon"].isna().to_numpy()].sum() / max(reports.sum(), 1))
    return Understanding(
        choices={
            "counts": info.kind, "listing": info.listing, "datum": info.datum, "time_zone": info.time_zone,
            "first_values": info.first_values,
        },
        points=_sample(states), unlocated=unlocated,
        findings=tuple(
            str(message) for message, severity in zip(cleaned.findings["message"], cleaned.findings["severity"])
            if severity != "info"),
    )


def _sample(states: pd.DataFrame) -> SamplePoints:
    """Distinct points spread over the head, each with the finest name that it has."""
    points = states[states["lon"].notna()].drop_duplicates(["lon", "lat"])
    points = points.iloc[:: -(-len(points) // MOST_POINTS) or 1]
    names = pd.Series("", points.index, dtype=object)
    for role in NAME_ROLES:
        known = points[role].astype(object)
        names = names.mask(known.notna(), known)
    return SamplePoints(tuple(points["lon"].tolist()), tuple(points["lat"].tolist()), tuple(map(str, names)))
