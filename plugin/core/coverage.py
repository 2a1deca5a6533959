"""How many reports a dataset has at each time, counted before repeats are merged."""
from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .arrays import Ints
from .schema import MS_PER_DAY, Step
from .steps import floor_to_step, step_ms

#: The longest span (ms) that is counted by the hour, day, week and month; a longer one by the year.
HOURLY_MS, DAILY_MS, WEEKLY_MS, MONTHLY_MS = (days * MS_PER_DAY for days in (3, 1_100, 5_500, 36_600))


@dataclass(frozen=True)
class Coverage:
    """Reports per bin of time. `unit`: hour, day, week (from Monday), month or year; `edges`: wall-clock
    milliseconds at which the n bins begin, and the end of the last (n + 1); `reports` and `places` (those
    that reported, each once a bin): n numbers; `outside`: reports before the first and after the last bin."""

    unit: str
    edges: Ints
    reports: Ints
    places: Ints
    outside: int


def coverage_of(t: Ints, place: Ints, first: int, last: int) -> Coverage:
    """Count reports (moments `t`, sorted by place and moment) in bins that reach from `first` to `last`.

    >>> coverage_of(np.array([0, 5, 90_000_000]), np.array([0, 0, 0]), 0, 300_000_000).reports.tolist()
    [2, 1, 0, 0]
    """
    unit, edges = bin_edges(first, last)
    at = np.searchsorted(edges, t, side="right") - 1
    inside = (at >= 0) & (at < len(edges) - 1)
    at, place = at[inside], place[inside]
    begins = np.ones(len(at), bool)
    begins[1:] = (at[1:] != at[:-1]) | (place[1:] != place[:-1])
    bins = len(edges) - 1
    return Coverage(
        unit, edges, np.bincount(at, minlength=bins), np.bincount(at[begins], minlength=bins),
        int(len(t) - inside.sum()))


def bin_edges(first: int, last: int) -> tuple[str, Ints]:
    """The unit that suits a span, and where its bins begin and end."""
    span = last - first
    for unit, longest in ((Step.HOUR, HOURLY_MS), (Step.DAY, DAILY_MS), (Step.WEEK, WEEKLY_MS)):
        if span <= longest:
            return str(unit), _even_edges(first, last, unit)
    return ("month", _calendar_edges(first, last, "M")) if span <= MONTHLY_MS else (
        "year", _calendar_edges(first, last, "Y"))


def _even_edges(first: int, last: int, step: Step) -> Ints:
    length = step_ms(step)
    begin, end = floor_to_step(np.array([first, last], np.int64), step)
    return np.arange(begin, end + length + 1, length, dtype=np.int64)


def _calendar_edges(first: int, last: int, unit: str) -> Ints:
    begin, end = np.array([first, last]).astype("datetime64[ms]").astype(f"datetime64[{unit}]").astype(np.int64)
    starts = np.arange(begin, end + 2).astype(f"datetime64[{unit}]")
    return np.asarray(starts.astype("datetime64[ms]").astype(np.int64), np.int64)
