"""What each place of a dataset reported in an interval, by playback step, from rows of the layer `updates`."""
from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from ..core.arrays import Bools, Floats, Ints
from ..core.point_cases import Entries, Told
from ..core.schema import TABLE_PLACES, TEXT_COLUMNS, Step
from ..core.steps import floor_to_step
from .opening import open_to_read
from .sql import listed, statement


@dataclass(frozen=True)
class ReportRows:
    """Rows of the layer. place: (n,) number of the place; moments: wall-clock ms; value: NaN where unknown."""

    place: Ints
    reported: Ints
    valid_from: Ints
    valid_to: Ints
    value: Floats

    def take(self, rows: Bools | Ints) -> ReportRows:
        """Some of the rows."""
        return ReportRows(*(values[rows] for values in vars(self).values()))


@dataclass(frozen=True)
class Interval:
    """Half-open, wall-clock ms, and the playback step."""

    begin_ms: int
    end_ms: int
    step: Step


@dataclass(frozen=True)
class Tally:
    """What places reported. place: numbers of those that take part, ascending; entries refer to positions in it.
    unknown: how many rows (of a stock: places) were left out because their value is unknown."""

    place: Ints
    cases: Floats
    entries: Entries | None
    unknown: int


def read_places(path: Path) -> pd.DataFrame:
    """The table of places: the texts of a place, `lon lat` of its newest point; the key is `place_id`."""
    columns = (*TEXT_COLUMNS, "lon", "lat")
    sql = "SELECT " + listed(columns) + statement(" FROM {table}", table=TABLE_PLACES)
    with closing(open_to_read(path)) as db:
        places = pd.DataFrame(db.execute(sql).fetchall(), columns=list(columns), dtype=object)
    return places.astype({"lon": float, "lat": float}).drop_duplicates("place_id", keep="last").set_index(
        "place_id", drop=False)


def tally_sums(rows: ReportRows, interval: Interval, told: Told) -> Tally:
    """Sums over the rows reported in the interval."""
    rows = rows.take((rows.reported >= interval.begin_ms) & (rows.reported < interval.end_ms))
    known = ~np.isnan(rows.value)
    unknown = int(len(known) - known.sum())
    rows = rows.take(known)
    place, of_row = np.unique(rows.place, return_inverse=True)
    cases = np.bincount(of_row, rows.value, len(place))
    entries = None
    if told != Told.NOTHING:
        entries = _by_step(of_row, floor_to_step(rows.reported, interval.step), rows.value)
    return Tally(place, cases, entries, unknown)


def tally_stock(rows: ReportRows, interval: Interval, told: Told) -> Tally:
    """Values known just before the interval ends; what entries are is told by `Told`."""
    holding = rows.take((rows.valid_from < interval.end_ms) & (rows.valid_to >= interval.end_ms))
    known = holding.take(~np.isnan(holding.value))
    place, cases = known.place, known.value
    told_of = {Told.CHANGES: _changes}.get(told, _last_of_steps)
    reports = ~np.isnan(rows.value) & (np.isin(rows.place, place) if told == Told.HELD else True)
    entries = None if told == Told.NOTHING else told_of(rows.take(reports), interval)
    everyone = np.unique(place if entries is None else np.concatenate([place, entries.point]))
    if entries is not None:
        entries = Entries(np.searchsorted(everyone, entries.point), entries.ms, entries.cases)
    total = np.bincount(np.searchsorted(everyone, place), cases, len(everyone))
    return Tally(everyone, total, entries, len(holding.place) - len(place))


def _last_of_steps(rows: ReportRows, interval: Interval) -> Entries:
    """The value of the last state of each step in which a place reported; points are numbers of places."""
    rows = rows.take((rows.reported >= interval.begin_ms) & (rows.reported < interval.end_ms))
    rows = rows.take(np.lexsort([rows.valid_to, rows.valid_from, rows.place]))
    step = floor_to_step(rows.reported, interval.step)
    last = np.ones(len(step), bool)
    last[:-1] = (rows.place[1:] != rows.place[:-1]) | (step[1:] != step[:-1])
    return Entries(rows.place[last], step[last], rows.value[last])


def _changes(rows: ReportRows, interval: Interval) -> Entries:
    """By how much places changed in each step, with what they had before at the begin of the interval.

    Each state adds its value when it begins and takes it back when it ends, which also tells of a place that is
    listed no more, and of states that a filter hides.
    """
    rows = rows.take((rows.valid_from < interval.end_ms) & (rows.valid_to > interval.begin_ms)
                     & (rows.valid_to > rows.valid_from))
    ends = rows.valid_to < interval.end_ms
    ms = np.concatenate([np.maximum(rows.valid_from, interval.begin_ms), rows.valid_to[ends]])
    entries = _by_step(
        np.concatenate([rows.place, rows.place[ends]]), floor_to_step(ms, interval.step),
        np.concatenate([rows.value, -rows.value[ends]]))
    there = entries.cases != 0
    return Entries(entries.point[there], entries.ms[there], entries.cases[there])


def _by_step(point: Ints, step: Ints, cases: Floats) -> Entries:
    """Cases summed by point and step, in the order of both."""
    if not len(point):
        return Entries(np.array([], np.int64), np.array([], np.int64), np.array([], np.float64))
    steps, number = np.unique(step, return_inverse=True)
    pair, of_row = np.unique(point * len(steps) + number, return_inverse=True)
    return Entries(pair // len(steps), steps[pair % len(steps)], np.bincount(of_row, cases, len(pair)))
