"""From reports to states: what a place was known to have, from when until when."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from .arrays import Bools, Floats, Ints
from .listing import NEVER
from .reports import Reports, carry_forward, group_starts
from .rules import Rule, bit, flag_words
from .schema import ACTIVE, Step, new_metric, step_metric
from .steps import dataset_end, floor_to_step, shown_interval, step_ms

#: First values count as small up to this many cases (see `starts_with_outbreak`).
SMALL_FIRST_VALUE = 5.0


@dataclass(frozen=True)
class Known:
    """Reports sorted by place, time and row, with running totals in place of what rows leave out."""

    reports: Reports
    place: Ints


def known_totals(reports: Reports, place: Ints, summed: frozenset[str]) -> Known:
    """Running totals of each place: as reported, or added up for the metrics in `summed`."""
    starts = group_starts(place)
    carried = np.zeros(len(place), bool)
    counts: dict[str, Floats] = {}
    for metric, values in reports.counts.items():
        totals = _running_sum(values, starts) if metric in summed else values
        counts[metric], missing = carry_forward(totals, starts)
        if metric not in summed and metric != ACTIVE:
            carried |= missing
    if {"confirmed", "recovered", "deaths"} <= set(counts):
        formula = counts["confirmed"] - counts["recovered"] - counts["deaths"]
        given = reports.counts.get(ACTIVE, np.full(len(place), np.nan))
        counts[ACTIVE] = np.where(np.isnan(given), formula, given)
    reports.flags[carried] |= bit(Rule.CARRIED)
    return Known(replace(reports, counts=counts), place)


def _running_sum(values: Floats, starts: Bools) -> Floats:
    """Sum so far within each group; NaN where the row itself gives nothing."""
    filled = pd.Series(np.where(np.isnan(values), 0.0, values))
    # Group by group: one sum over all places would let a huge value swallow the small ones of others.
    total = filled.groupby(np.cumsum(starts)).cumsum().to_numpy()
    return np.where(np.isnan(values), np.nan, total)


def merge_repeats(known: Known, ends: Ints, keep_unchanged: bool) -> Ints:
    """Positions of the reports that begin a state.

    A report that repeats counts and point of the one before it belongs to its state, unless the
    place was found missing between the two.
    """
    reports = known.reports
    starts = group_starts(known.place)
    if keep_unchanged:
        return np.arange(len(starts))
    same = ~starts
    for values in (*reports.counts.values(), reports.lon, reports.lat):
        same[1:] &= (values[1:] == values[:-1]) | (np.isnan(values[1:]) & np.isnan(values[:-1]))
    same[1:] &= ends[:-1] == NEVER
    return np.flatnonzero(~same)


def build_states(
    known: Known, begin: Ints, ends: Ints, step: Step, first_is_new: bool, summed: frozenset[str]
) -> pd.DataFrame:
    """One row per state: intervals, counts and changes (see `dataset.Cleaned.states`)."""
    reports, place = known.reports, known.place[begin]
    last = np.append(begin[1:], len(reports)) - 1
    starts = group_starts(place)
    valid_from = reports.t[begin]
    valid_to = np.full(len(begin), dataset_end(int(reports.t.max()), step), np.int64)
    valid_to[:-1][~starts[1:]] = valid_from[1:][~starts[1:]]
    valid_to = np.minimum(valid_to, ends[last])
    shown_from, shown_to = shown_interval(valid_from, valid_to, step)
    flags = _joined_flags(reports.flags, begin, ends[last] != NEVER)
    columns = {
        "place": place, "reported_at": valid_from, "valid_from": valid_from, "valid_to": valid_to,
        "shown_from": shown_from, "shown_to": shown_to, "reports": last - begin + 1,
        "last_reported": reports.t[last], "first_row": reports.row[begin], "source": reports.source[begin],
        "flags": flag_words(flags), "lon": reports.lon[begin], "lat": reports.lat[begin],
    }
    totals = {metric: values[begin] for metric, values in reports.counts.items()}
    changes = {
        m: _change(v, starts, first_is_new or m in summed, m in summed) for m, v in totals.items() if m != ACTIVE
    }
    if ACTIVE in totals:
        changes[ACTIVE] = difference(totals[ACTIVE], starts, first_is_new)
    in_step = step_changes(place, shown_from, {m: changes[m] for m in totals})
    stored = {new_metric(m): change for m, change in changes.items() if m != ACTIVE}
    return pd.DataFrame({
        **columns, **totals, **stored, **{step_metric(m): change for m, change in in_step.items()}}, copy=False)


def _joined_flags(flags: Ints, begin: Ints, delisted: Bools) -> Ints:
    """Flags of all reports of a state; `carried` only if the report that began it left a count out."""
    joined = np.bitwise_or.reduceat(flags & ~bit(Rule.CARRIED), begin)
    joined |= flags[begin] & bit(Rule.CARRIED)
    joined[delisted] |= bit(Rule.DELISTED)
    return np.asarray(joined, np.int64)


def _change(values: Floats, starts: Bools, first_is_new: bool, added_up: bool) -> Floats:
    """As `difference`; of a sum of additions the first known value is an addition itself, also behind states
    without one."""
    change = difference(values, starts, first_is_new)
    if added_up:
        first_known = ~starts[1:] & ~np.isnan(values[1:]) & np.isnan(values[:-1])
        change[1:][first_known] = values[1:][first_known]
    return change


def difference(values: Floats, starts: Bools, first_is_new: bool) -> Floats:
    """Difference to the place's previous state, NaN where either is unknown; of a first one its value, if that is
    new."""
    change = np.empty(len(values))
    change[1:] = values[1:] - values[:-1]
    change[starts] = values[starts] if first_is_new else np.nan
    return change


def step_changes(place: Ints, shown_from: Ints, changes: Mapping[str, Floats]) -> dict[str, Floats]:
    """What changed in a step: the sum of the known changes of a place's states that begin in it, on the last of them;
    NaN where none is known, and on the others. States are sorted by place and time.

    >>> step_changes(np.array([0, 0, 0]), np.array([0, 0, 1]), {"deaths": np.array([4.0, 1.0, np.nan])})["deaths"]
    array([nan,  5., nan])
    """
    starts = group_starts(place) | group_starts(shown_from)
    last, first = np.flatnonzero(np.append(starts[1:], True)[:len(starts)]), np.flatnonzero(starts)
    return {name: _sum_on_last(change, first, last) for name, change in changes.items()}


def _sum_on_last(change: Floats, first: Ints, last: Ints) -> Floats:
    result = np.full(len(change), np.nan)
    if len(first):
        known = ~np.isnan(change)
        sums = np.add.reduceat(np.where(known, change, 0.0), first)
        result[last] = np.where(np.logical_or.reduceat(known, first), sums, np.nan)
    return result


def build_events(reports: Reports, place: Ints, step: Step) -> pd.DataFrame:
    """One row per event, shown in the step in which it happened."""
    shown_from = floor_to_step(reports.t, step)
    shown_to = shown_from + step_ms(step)
    columns = {
        "place": place, "reported_at": reports.t, "valid_from": reports.t, "valid_to": shown_to,
        "shown_from": shown_from, "shown_to": shown_to, "reports": np.ones(len(place), np.int64),
        "last_reported": reports.t, "first_row": reports.row, "source": reports.source,
        "flags": flag_words(reports.flags), "lon": reports.lon, "lat": reports.lat,
    }
    return pd.DataFrame({**columns, **reports.counts}, copy=False)


def starts_with_outbreak(values: Floats, place: Ints) -> tuple[bool, float]:
    """Are the first known values of places mostly small? With the median that decided it.

    Small means at most `SMALL_FIRST_VALUE` in the median place.
    """
    known = ~np.isnan(values)
    firsts = values[known][group_starts(place[known])] if known.any() else np.array([0.0])
    median = float(np.median(firsts))
    return median <= SMALL_FIRST_VALUE, median
