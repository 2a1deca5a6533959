"""Which kind of count a file holds: running totals, increments or events."""
from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .arrays import Bools, Floats, Ints
from .columns import ColumnPlan
from .dataset import GIVEN, Choice, LoadOptions
from .listing import MEDIAN_OVERLAP, find_polls, overlaps
from .reports import Reports
from .schema import ACTIVE, CASES, CountKind

#: Running totals fall rarely, and by little: a column is one of additions if more than this share of its
#: changes are falls, its falls together are more than `FALLING_DEPTH` of its rises, and no more than
#: `UNCHANGED_SHARE` of its reports repeat a value above 0, as additions rarely do.
FALLING_SHARE, FALLING_DEPTH, UNCHANGED_SHARE = 0.3, 0.3, 0.8
_LEAST_CHANGES = 10
#: Events list the same places again if they have at least so many moments, each with so many places.
LISTED_MOMENTS, LISTED_PLACES = 3, 20


@dataclass(frozen=True)
class _Falls:
    """How often a column falls among its changes, how much in comparison with its rises, and which share of
    its reports only repeats a value above 0."""

    share: float
    depth: float
    changes: int
    unchanged: float

    def too_often(self, least: int = _LEAST_CHANGES) -> bool:
        falls = self.share > FALLING_SHARE and self.depth > FALLING_DEPTH
        return falls and self.changes >= least and self.unchanged <= UNCHANGED_SHARE


def detect_kind(reports: Reports, place: Ints, plan: ColumnPlan, options: LoadOptions) -> Choice:
    """The kind of count with the reason. `reports` are sorted by place and time."""
    if options.counts is not None:
        return Choice(options.counts, GIVEN)
    if not reports.counts:
        words = "the file has no column of counts" + (
            f" that holds any number (“{plan.empty_counts[0]}” has none)" if plan.empty_counts else "")
        other = f"; if “{plan.doubtful[0]}” counts cases, name it with COLUMNS" if plan.doubtful else ""
        return Choice(CountKind.EVENTS, f"{words}, so each row is one event{other}")
    metric, values = next(iter(reports.counts.items()))
    header = plan.reasons[metric].value
    if metric in plan.increments:
        return Choice(CountKind.INCREMENTS, f"the header “{header}” names additions")
    known = values[~np.isnan(values)]
    if len(known) and (known == 1).all() and metric not in _currents(plan):
        return Choice(CountKind.EVENTS, f"“{header}” is 1 in every row, so each row is one event")
    if metric in _currents(plan):
        return Choice(CountKind.CUMULATIVE, f"“{header}” tells how many there are at a moment, not how many were added")
    return _by_falls(_falls(values, place, reports.t), header)


def _currents(plan: ColumnPlan) -> frozenset[str]:
    """The metrics whose headers say how many there are now."""
    return plan.currents | {ACTIVE}


def _by_falls(falls: _Falls, header: str) -> Choice:
    if falls.too_often():
        words = (f"“{header}” falls in {falls.share:.0%} of its changes, and by {falls.depth:.0%} of what it rises: it "
                 "is no running total")
        return Choice(CountKind.INCREMENTS, words)
    if falls.changes and falls.unchanged > UNCHANGED_SHARE:
        words = f"“{header}” repeats itself in {falls.unchanged:.0%} of the reports, as totals do and additions do not"
        return Choice(CountKind.CUMULATIVE, words)
    if not falls.changes:
        return Choice(CountKind.CUMULATIVE, f"“{header}” never changes, so nothing speaks against a running total")
    words = f"“{header}” rises in {1 - falls.share:.1%} of its changes, as a running total does"
    return Choice(CountKind.CUMULATIVE, words)


def summed_metrics(
    reports: Reports, place: Ints, kind: Choice, plan: ColumnPlan, options: LoadOptions
) -> frozenset[str]:
    """The metrics whose values are added up: a file may have running totals and additions side by side.

    Beside running totals a column is one of additions only if its header says so: one that rises and falls
    there is a count of the moment (people in hospital, residents), and adding it up would mean nothing.
    """
    if options.counts is not None or kind.value == CountKind.EVENTS:
        return frozenset(reports.counts) if kind.value == CountKind.INCREMENTS else frozenset()
    named = frozenset(metric for metric in reports.counts if metric in plan.increments)
    if kind.value != CountKind.INCREMENTS:
        return named
    return named | {
        metric for metric, values in reports.counts.items()
        if metric not in _currents(plan) and _falls(values, place, reports.t).too_often(least=1)
    }


def momentary_metrics(
    reports: Reports, place: Ints, kind: Choice, plan: ColumnPlan, summed: frozenset[str]
) -> frozenset[str]:
    """The metrics beside running totals that rise and fall: counts of the moment, such as people in hospital."""
    others = list(reports.counts)[1:] if kind.value == CountKind.CUMULATIVE else []
    return (_currents(plan) & set(reports.counts)) | {
        metric for metric in others
        if metric not in summed and _falls(reports.counts[metric], place, reports.t).too_often()
    }


def _falls(values: Floats, place: Ints, t: Ints) -> _Falls:
    """Changes between the last values of a place's moments; repeats within a moment are none."""
    last = np.ones(len(place), bool)
    last[:-1] = (place[1:] != place[:-1]) | (t[1:] != t[:-1])
    rows = last & ~np.isnan(values)
    same, before = _same(place[rows]), values[rows][:-1]
    steps = np.diff(values[rows])[same]
    repeats = steps[before[same] != 0] == 0
    change = steps[steps != 0]
    down, up = -change[change < 0].sum(), change[change > 0].sum()
    share = float((change < 0).mean()) if len(change) else 0.0
    return _Falls(share, float(down / up) if up else float(down > 0), len(change),
                  float(repeats.mean()) if len(repeats) else 0.0)


def _same(place: Ints) -> Bools:
    return np.asarray(place[1:] == place[:-1], bool)


def relisted_places(reports: Reports, place: Ints) -> str:
    """Do events without a count list nearly the same places at each of a few moments? In words, or ""."""
    cases = reports.counts.get(CASES)
    if cases is None or not (cases == 1).all():
        return ""
    polls = find_polls(place, reports.t, np.zeros(len(place), np.int64))
    if len(polls.t) < LISTED_MOMENTS or np.median(polls.size) < LISTED_PLACES:
        return ""
    share = overlaps(polls, place)
    share = share[~np.isnan(share)]
    if np.median(share) < MEDIAN_OVERLAP:
        return ""
    return f"{len(polls.t):,} moments list nearly the same places ({np.median(share):.1%} of those before)"
