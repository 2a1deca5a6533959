"""From cells to reports: dates, coordinates, names and counts, and why a row is rejected."""
from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from .arrays import Bools, Cells, Floats, Ints
from .columns import ColumnPlan
from .dataset import LoadOptions
from .errors import AtlasError
from .numbers import ParsedNumbers, parse_numbers
from .places import unnamed
from .points import usable_points
from .progress import Progress
from .projecting import project_to_degrees
from .reports import Labels, Reports
from .tables import Joined
from .times import ParsedTimes, parse_times

_LABEL_ROLES = ("place", "kind", "city", "province", "country", "code", "level")


@dataclass(frozen=True)
class Parsed:
    """All rows of the files as reports (times as written, points as given) and, for each, why it
    is rejected ("" when it is not)."""

    reports: Reports
    times: ParsedTimes
    reason: Cells


def parse_cells(joined: Joined, plan: ColumnPlan, options: LoadOptions, progress: Progress) -> Parsed:
    """Read every chosen column; raises `AtlasError` when no row at all can be understood."""
    cells = {name: joined.frame[column].to_numpy(object) for name, column in {**plan.roles, **plan.metrics}.items()}
    times = parse_times(_moment_cells(cells), options.date_order, options.year)
    progress.report(0.5, "Reading coordinates")
    lon, lat, flags = _coordinates(cells, options)
    progress.report(0.7, "Reading names and counts")
    names = {role: Labels.of(cells[role]) for role in _LABEL_ROLES if role in cells}
    counts: dict[str, Floats] = {}
    unreadable: dict[str, Bools] = {}
    for metric in plan.metrics:
        numbers = parse_numbers(cells[metric])
        counts[metric], unreadable[metric] = numbers.values, numbers.unreadable
        progress.check()
    reports = Reports(joined.rows, joined.source, times.ms, names, lon, lat, counts, flags)
    parsed = Parsed(reports, times, _reasons(joined, plan, reports, times, unreadable))
    if not (parsed.reason == "").any():
        raise AtlasError(_nothing_left(joined, parsed.reason))
    return parsed


def _moment_cells(cells: dict[str, Cells]) -> Cells:
    """The column of moments; a time of day in a column of its own is put behind the date."""
    if "time_of_day" not in cells:
        return cells["time"]
    return np.asarray(cells["time"] + " " + cells["time_of_day"], object)


def _coordinates(cells: dict[str, Cells], options: LoadOptions) -> tuple[Floats, Floats, Ints]:
    if "lon" in cells and "lat" in cells:
        lon, lat = parse_numbers(cells["lon"]), parse_numbers(cells["lat"])
    elif "lonlat" not in cells:
        nowhere = ParsedNumbers(np.full(len(cells["time"]), np.nan), np.zeros(len(cells["time"]), bool))
        return usable_points(nowhere, nowhere)
    else:
        pairs = pd.Series(cells["lonlat"], dtype=object).str.partition(",")
        lon, lat = parse_numbers(pairs[0].to_numpy(object)), parse_numbers(pairs[2].to_numpy(object))
    if options.crs:
        lon, lat = project_to_degrees(lon, lat, options.crs)
    return usable_points(lon, lat)


def _reasons(
    joined: Joined, plan: ColumnPlan, reports: Reports, times: ParsedTimes, unreadable: dict[str, Bools]
) -> Cells:
    """Why each row is rejected: the first reason that applies."""
    reason = np.full(len(reports), "", object)
    if reports.counts:
        reason[unnamed(reports)] = "names no place: neither name, code nor coordinates"
    for metric, rows in unreadable.items():
        at = np.flatnonzero(rows)
        reason[at] = _worded("unreadable count “{cell}” in {header}", joined, plan.metrics[metric], at)
    at = np.flatnonzero(~times.ok)
    cells = joined.frame[plan.roles["time"]].to_numpy(object)[at]
    blank = np.array([not str(cell).strip() for cell in cells], bool)
    reason[at[blank]] = f"no date in {joined.headers[plan.roles['time']]}"
    reason[at[~blank]] = _worded("unreadable date “{cell}” in {header}", joined, plan.roles["time"], at[~blank])
    return reason


def _worded(words: str, joined: Joined, column: int, rows: Ints) -> list[str]:
    header = joined.headers[column]
    return [words.format(cell=str(cell).strip(), header=header) for cell in joined.frame[column].to_numpy(object)[rows]]


def _nothing_left(joined: Joined, reason: Cells) -> str:
    which = f"None of the {len(reason):,} rows of “{joined.name}” could"
    if len(reason) == 1:
        which = f"The only row of “{joined.name}” could not"
    return (
        f"{which} be understood (row {joined.rows[0]}: {reason[0]}): check the columns and name the right ones "
        "with COLUMNS, or give DATE_ORDER or YEAR."
    )
