"""Checks on counts: falls, sums that cannot be, jumps, repeats, and what is left out. None changes a count."""
from __future__ import annotations

import numpy as np

from .arrays import Bools, Floats, Ints
from .quality import Finding, counted, flag, note, number
from .reports import Reports, group_starts, start_index
from .rules import Rule
from .schema import JUMP_LEAST, MS_PER_DAY, CountKind

#: A jump: a change per day of at least `JUMP_LEAST`, and of this multiple of the mean size of the place's
#: earlier changes per day (those that are not zero), of which there are at least `JUMP_HISTORY`.
JUMP_FACTOR, JUMP_HISTORY = 5.0, 5


def check_counts(
    reports: Reports, place: Ints, kind: CountKind, reported: dict[str, Floats], summed: frozenset[str],
    momentary: frozenset[str] = frozenset(),
) -> list[Finding]:
    """Falls, impossible sums, negatives and jumps. Rows are sorted by place and time; `reported` are the
    counts as the file gives them, `reports.counts` the totals known then, `summed` those added up, and
    `momentary` those that may fall because they are no totals."""
    findings: list[Finding] = []
    events = kind == CountKind.EVENTS
    for metric, values in reported.items():
        if metric not in summed:
            findings += _check_negatives(reports, place, metric, values)
        if metric not in summed | momentary and not events:
            findings += _check_falls(reports, place, metric, values)
        if not events:
            findings += _check_jumps(reports, place, metric)
            findings += _left_out(reports, metric, values)
    if {"confirmed", "recovered", "deaths"} <= set(reported) and not events:
        findings += _check_sums(reports, place)
    return findings


def _where(place: Ints, rows: Bools) -> str:
    return counted(len(np.unique(place[rows])), "place")


def _check_negatives(reports: Reports, place: Ints, metric: str, values: Floats) -> list[Finding]:
    below = values < 0
    if not below.any():
        return []
    words = f"{metric} is negative in {{rows}} of {_where(place, below)}; the lowest is {number(values[below].min())}"
    return flag(reports, below, Rule.NEGATIVE_COUNT, words, metric, -values)


def _check_falls(reports: Reports, place: Ints, metric: str, reported: Floats) -> list[Finding]:
    """A fall is told against the report just before it, in the order of time and then of the file. One
    against an older report, with reports between that leave the count out, is told apart: on the map it
    is the same, but nobody reported one number after the other."""
    change, direct = np.zeros(len(reported)), np.zeros(len(reported), bool)
    values, starts = reports.counts[metric], group_starts(place)
    change[1:] = np.where(starts[1:], 0.0, values[1:] - values[:-1])
    direct[1:] = ~np.isnan(reported[:-1])
    falls = change < 0
    findings: list[Finding] = []
    for rows, against in ((falls & direct, ""), (falls & ~direct, " behind reports that leave it out")):
        if rows.any():
            times = counted(int(rows.sum()), "time")
            words = (f"{metric} falls {times} in {_where(place, rows)}{against}; the deepest fall is "
                     f"{number(change[rows].min())}")
            findings += flag(reports, rows, Rule.FALLING_COUNT, words, metric, -change)
    return findings


def _check_sums(reports: Reports, place: Ints) -> list[Finding]:
    counts = reports.counts
    excess = counts["recovered"] + counts["deaths"] - counts["confirmed"]
    over = excess > 0
    if not over.any():
        return []
    words = (f"recovered + deaths exceed confirmed in {{rows}} of {_where(place, over)}, "
             f"by {number(excess[over].max())} at the most")
    return flag(reports, over, Rule.SUM_EXCEEDS, words, "confirmed", excess)


def _left_out(reports: Reports, metric: str, values: Floats) -> list[Finding]:
    missing = np.isnan(values)
    words = f"{metric} is left out in {{rows}}, {missing.mean():.1%} of all"
    return note(reports, missing, Rule.COUNT_LEFT_OUT, words)


def _check_jumps(reports: Reports, place: Ints, metric: str) -> list[Finding]:
    """Compare each place's change per day with its earlier changes per day."""
    day = reports.t // MS_PER_DAY
    last = np.ones(len(place), bool)
    last[:-1] = (place[1:] != place[:-1]) | (day[1:] != day[:-1])
    rows = np.flatnonzero(last & ~np.isnan(reports.counts[metric]))
    starts = group_starts(place[rows])
    values = reports.counts[metric][rows]
    change = np.zeros(len(rows))
    days = np.maximum(np.diff(day[rows]), 1)
    change[1:] = np.where(starts[1:], 0.0, (values[1:] - values[:-1]) / days)
    size, moved = np.abs(change), (change != 0).astype(float)
    earlier_sum, earlier_n = _sum_before(size, starts), _sum_before(moved, starts)
    mean = earlier_sum / np.maximum(earlier_n, 1)
    jumps = (change >= JUMP_LEAST) & (earlier_n >= JUMP_HISTORY) & (change > JUMP_FACTOR * mean)
    per_day = np.zeros(len(place))
    per_day[rows[jumps]] = change[jumps]
    return _jumps(reports, place, metric, per_day)


def _jumps(reports: Reports, place: Ints, metric: str, per_day: Floats) -> list[Finding]:
    marked = per_day > 0
    words = (f"{metric} rises {counted(int(marked.sum()), 'time')} in {_where(place, marked)} by {JUMP_LEAST} a day or "
             f"more, and more than {JUMP_FACTOR:g} times as fast as the place did before; the greatest rise is "
             f"{per_day.max(initial=0):,.0f} a day")
    return flag(reports, marked, Rule.JUMP, words, metric, per_day)


def _sum_before(values: Floats, starts: Bools) -> Floats:
    """Sum of the earlier values of the same group."""
    before = np.cumsum(values) - values
    return before - before[start_index(starts)]


def check_repeats(reports: Reports, place: Ints, duplicate: Bools) -> list[Finding]:
    """Rows that name a place again at the same moment, and those among them whose counts differ.

    `duplicate` are exact repeats; they are repeats too, but differ in nothing.
    """
    again = np.zeros(len(place), bool)
    again[1:] = (place[1:] == place[:-1]) & (reports.t[1:] == reports.t[:-1])
    differs = np.zeros(len(place), bool)
    for values in reports.counts.values():
        differs[1:] |= ~((values[1:] == values[:-1]) | (np.isnan(values[1:]) & np.isnan(values[:-1])))
    conflict = again & differs & ~duplicate
    conflict[:-1] |= conflict[1:]
    exact = f", {int(duplicate.sum()):,} of them to the letter" if duplicate.any() else ""
    words = f"{{rows}} name a place again at a moment at which it was named already{exact}"
    more = f"{{rows}} of {_where(place, conflict)} give different counts of one place at one moment"
    return [
        *note(reports, again, Rule.NAMED_AGAIN, words),
        *flag(reports, conflict, Rule.SEVERAL_VALUES, more),
    ]
