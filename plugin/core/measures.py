"""Counts of areas in periods: totals at a period's end, what was new in it, and from how many places.

Unknown is not zero: a sum over places of which none is known is NaN.
"""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from .arrays import Bools, Floats, Ints
from .progress import Progress
from .reports import group_starts

#: Cells that are added up at once; each takes some 60 bytes meanwhile.
_CELLS_AT_ONCE = 2_000_000
#: Reports of a state of which both moments are stored.
_ENDS = 2


@dataclass(frozen=True)
class History:
    """States (or events) as arrays, one row each, in any order.

    `place` counts from 0; moments are wall-clock milliseconds; `value` is the metric and `change` its change
    against the place's state before, both NaN where unknown. `end` is the dataset's end.
    """

    place: Ints
    valid_from: Ints
    valid_to: Ints
    last_reported: Ints
    reports: Ints
    value: Floats
    change: Floats
    end: int

    def take(self, rows: Ints) -> History:
        """Some rows, in an order."""
        return History(
            self.place[rows], self.valid_from[rows], self.valid_to[rows], self.last_reported[rows],
            self.reports[rows], self.value[rows], self.change[rows], self.end)


@dataclass(frozen=True)
class Members:
    """Which place lies in which of `areas` areas, as pairs; a place may lie in several areas, or in none."""

    place: Ints
    area: Ints
    areas: int

    def spread(self, place: Ints) -> tuple[Ints, Ints]:
        """For rows of these places, each row with each of its areas: positions of rows, and areas."""
        order = np.argsort(self.place, kind="stable")
        counts = np.bincount(self.place, minlength=int(place.max(initial=-1)) + 1)
        begins = np.cumsum(counts) - counts
        rows, inner = _repeated(counts[place])
        return rows, self.area[order][begins[place][rows] + inner]


@dataclass(frozen=True)
class Measures:
    """One row an area, one column a period. `places` are those listed at the period's end, `places_known` those of
    them whose value is known, `places_reporting` those with a report in the period."""

    total: Floats
    new: Floats
    places: Ints
    places_known: Ints
    places_reporting: Ints


def measure_states(history: History, members: Members, edges: Ints, progress: Progress) -> Measures:
    """Measures of running totals.

    `total` is the sum of the last values known before the period's end (or the dataset's end, whichever comes
    first). `new` is the change of that sum since the period's begin, but for values that only became known: the
    first value of a place counts as far as `change` says that it is new. A place that is taken off a full listing
    takes its cases with it, and brings them when it comes back, so that what moves from one name to another within
    an area is not new.
    """
    history = history.take(_by_place(history))
    grid = _Grid(members, edges, history.end)
    total, known, listed = grid.held(history, progress)
    contribution, leaving = _contributions(history)
    into, gone = np.flatnonzero(~np.isnan(contribution)), np.flatnonzero(leaving)
    new, moved = grid.summed(history.place[into], history.valid_from[into], contribution[into])
    out, left = grid.summed(history.place[gone], history.valid_to[gone], -history.value[gone])
    said = moved + left + grid.throughout(history)
    return Measures(total, np.where(said > 0, new + out, np.nan), listed, known, grid.reporting(history))


def measure_changes(history: History, members: Members, edges: Ints, progress: Progress) -> Measures:
    """Measures of a metric that is itself a change (`new_…`): `new` is their sum over the states that began in the
    period, `total` their sum since the dataset's beginning."""
    history = history.take(_by_place(history))
    grid = _Grid(members, edges, history.end)
    _, known, listed = grid.held(history, progress)
    at = np.flatnonzero(~np.isnan(history.change))
    new, changed = grid.summed(history.place[at], history.valid_from[at], history.change[at])
    before, earlier = grid.before(history.place[at], history.valid_from[at], history.change[at])
    said = changed + grid.throughout(history)
    total = before[:, None] + np.cumsum(new, axis=1)
    ever = earlier[:, None] + np.cumsum(changed, axis=1)
    return Measures(
        np.where(ever > 0, total, np.nan), np.where(said > 0, new, np.nan), listed, known, grid.reporting(history))


def measure_events(history: History, members: Members, edges: Ints) -> Measures:
    """Measures of events: `new` is their sum in the period, `total` that since the dataset's beginning.

    Where something happened at any time, no event is a zero; an area without any place stays unknown, and so
    does a period all of whose events leave the count out. `places` had an event until the period's end.
    """
    history = history.take(_by_place(history))
    grid = _Grid(members, edges, history.end)
    known = ~np.isnan(history.value)
    value = np.where(known, history.value, 0.0)
    new, events = grid.summed(history.place, history.valid_from, value)
    counted = grid.summed(history.place, history.valid_from, known.astype(float))[0]
    before, earlier = grid.before(history.place, history.valid_from, value)
    counted_before = grid.before(history.place, history.valid_from, known.astype(float))[0]
    covered = np.isin(np.arange(members.areas), members.area)[:, None]
    all_events = earlier[:, None] + np.cumsum(events, axis=1)
    all_counted = counted_before[:, None] + np.cumsum(counted, axis=1)
    total = before[:, None] + np.cumsum(new, axis=1)
    return Measures(
        np.where(covered & ((all_events == 0) | (all_counted > 0)), total, np.nan),
        np.where(covered & ((events == 0) | (counted > 0)), new, np.nan),
        grid.appeared(history), grid.appeared(history.take(np.flatnonzero(known))), grid.reporting(history))


class _Grid:
    """Areas by periods, and how rows of places fall into them."""

    def __init__(self, members: Members, edges: Ints, end: int) -> None:
        self.members, self.edges = members, edges
        self.shape = (members.areas, len(edges) - 1)
        #: The moments of which a period's total is: its last millisecond, at most the dataset's.
        self.at = np.minimum(edges[1:], end) - 1

    def held(self, history: History, progress: Progress) -> tuple[Floats, Ints, Ints]:
        """Sums of known values, numbers of known values and of places, over the states that hold at `at`."""
        first, last = np.searchsorted(self.at, history.valid_from), np.searchsorted(self.at, history.valid_to)
        rows = np.flatnonzero(first < last)
        spread, area = self.members.spread(history.place[rows])
        rows = rows[spread]
        total = np.zeros(self.shape[0] * self.shape[1])
        known, listed = np.zeros(len(total), np.int64), np.zeros(len(total), np.int64)
        for part in _parts(last[rows] - first[rows], progress):
            at, inner = _repeated((last - first)[rows[part]])
            cell = area[part][at] * self.shape[1] + first[rows[part]][at] + inner
            value = history.value[rows[part]][at]
            there = ~np.isnan(value)
            total += np.bincount(cell[there], value[there], len(total))
            known += np.bincount(cell[there], minlength=len(total))
            listed += np.bincount(cell, minlength=len(total))
        return (np.where(known > 0, total, np.nan).reshape(self.shape), known.reshape(self.shape),
                listed.reshape(self.shape))

    def summed(self, place: Ints, moment: Ints, value: Floats) -> tuple[Floats, Ints]:
        """Sum and number of known values by the period in which their moments lie."""
        period = np.searchsorted(self.edges, moment, "right") - 1
        inside = np.flatnonzero((period >= 0) & (period < self.shape[1]))
        rows, area = self.members.spread(place[inside])
        cell = area * self.shape[1] + period[inside][rows]
        size = self.shape[0] * self.shape[1]
        sums = np.bincount(cell, value[inside][rows], size).reshape(self.shape)
        return sums, np.bincount(cell, minlength=size).reshape(self.shape)

    def before(self, place: Ints, moment: Ints, value: Floats) -> tuple[Floats, Ints]:
        """Sum and number of values before the first period, by area."""
        early = np.flatnonzero(moment < self.edges[0])
        rows, area = self.members.spread(place[early])
        return np.bincount(area, value[early][rows], self.shape[0]), np.bincount(area, minlength=self.shape[0])

    def throughout(self, history: History) -> Ints:
        """Number of known states that began before a period and still hold at its end: there, nothing is new."""
        first = np.searchsorted(self.edges[:-1], history.valid_from, "right")
        last = np.searchsorted(self.at, history.valid_to)
        rows = np.flatnonzero((first < last) & ~np.isnan(history.value))
        return self._covered(history.place[rows], first[rows], last[rows])

    def appeared(self, history: History) -> Ints:
        """Number of places with an event until a period's end. `history` is sorted by place and time."""
        firsts = np.flatnonzero(group_starts(history.place))
        period = np.searchsorted(self.edges[1:], history.valid_from[firsts], "right")
        inside = firsts[period < self.shape[1]]
        begins = period[period < self.shape[1]]
        return self._covered(history.place[inside], begins, np.full(len(inside), self.shape[1]))

    def reporting(self, history: History) -> Ints:
        """Number of places with a report in a period.

        Of the reports that a state stands for the first and last moment are stored. Of more than two, the place
        reports in every period between them in which the dataset has any moment at all.
        """
        begin, end = self._period(history.valid_from), self._period(history.last_reported)
        many = history.reports > _ENDS
        place = np.concatenate([history.place, history.place[~many]])
        first = np.concatenate([begin, end[~many]])
        last = np.concatenate([np.where(many, end, begin), end[~many]])
        place, first, last = _disjoint(place, first, last)
        first, last = np.maximum(first, 0), np.minimum(last, self.shape[1] - 1)
        rows = np.flatnonzero(first <= last)
        alive = np.zeros(self.shape[1] + 2, bool)
        alive[np.concatenate([begin, end]) + 1] = True
        return self._covered(place[rows], first[rows], last[rows] + 1) * alive[1:-1]

    def _period(self, moment: Ints) -> Ints:
        """The period of each moment: -1 before the first one, their number behind the last one."""
        return np.asarray(np.searchsorted(self.edges, moment, "right") - 1)

    def _covered(self, place: Ints, first: Ints, last: Ints) -> Ints:
        """How many rows cover each period: those of `first <= period < last`."""
        rows, area = self.members.spread(place)
        width = self.shape[1] + 1
        size = self.shape[0] * width
        steps = np.bincount(area * width + first[rows], minlength=size) - np.bincount(
            area * width + last[rows], minlength=size)
        return np.asarray(np.cumsum(steps.reshape(self.shape[0], width), axis=1)[:, :-1])


def _by_place(history: History) -> Ints:
    """Rows by place and time; of states that begin together the empty ones first."""
    return np.lexsort([history.valid_to, history.valid_from, history.place])


def _contributions(history: History) -> tuple[Floats, Bools]:
    """What each state adds to its area when it begins (NaN: not known), and which take their value with them when
    they end. `history` is sorted by place and time."""
    starts = group_starts(history.place)
    gap = np.zeros(len(starts), bool)
    gap[1:] = ~starts[1:] & (history.valid_from[1:] > history.valid_to[:-1])
    contribution = np.where(gap, history.value, history.change)
    ends = np.append(starts[1:] | gap[1:], True)[:len(starts)]
    leaving = ends & (history.valid_to < history.end) & ~np.isnan(history.value)
    return contribution, leaving


def _disjoint(place: Ints, first: Ints, last: Ints) -> tuple[Ints, Ints, Ints]:
    """Intervals of periods cut so that those of one place do not overlap; some are empty afterwards."""
    order = np.lexsort([last, first, place])
    place, first, last = place[order], first[order], last[order]
    so_far = pd.Series(last).groupby(place).cummax().to_numpy()
    seen = np.full(len(last), -2, np.int64)
    seen[1:] = np.where(place[1:] == place[:-1], so_far[:-1], -2)
    return place, np.maximum(first, seen + 1), last


def _repeated(counts: Ints) -> tuple[Ints, Ints]:
    """Each position as often as it counts, and which of its repeats each one is.

    >>> _repeated(np.array([2, 0, 1]))[0].tolist(), _repeated(np.array([2, 0, 1]))[1].tolist()
    ([0, 0, 2], [0, 1, 0])
    """
    rows = np.repeat(np.arange(len(counts)), counts)
    return rows, np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)


def _parts(counts: Ints, progress: Progress) -> Iterator[slice]:
    """Rows in parts that take about as many cells each."""
    cells = np.cumsum(counts)
    whole = int(cells[-1]) if len(cells) else 0
    cuts = np.searchsorted(cells, np.arange(_CELLS_AT_ONCE, whole, _CELLS_AT_ONCE))
    limits = np.unique(np.concatenate([[0], cuts, [len(counts)]]))
    for begin, end in zip(limits[:-1].tolist(), limits[1:].tolist()):
        progress.report(begin / max(len(counts), 1))
        yield slice(begin, end)
