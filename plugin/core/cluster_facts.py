"""What is told of clusters: places, cases, first and last moment, days active, doubling time."""
from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .arrays import Floats, Ints
from .doubling import doubling_days
from .point_cases import Clustering, Entries, PointCases
from .schema import MS_PER_DAY

_MS_PER_SECOND = 1000


@dataclass(frozen=True)
class Items:
    """The `n` things that were clustered: points, or what a point reported in a step.

    point: (n,) the number of the point; cases: (n,) weights. first_ms, last_ms: (n,) when its cases began, and the last
    millisecond of the last of them, wall clock; None without time. entries: their `point` is the number of the ITEM.
    step_days: how many days an entry stands for.
    """

    clustering: Clustering
    point: Ints
    cases: Floats
    first_ms: Ints | None
    last_ms: Ints | None
    entries: Entries | None
    step_days: int = 1


@dataclass(frozen=True)
class ClusterFacts:
    """Of `k` clusters, heaviest first, each (k,). Without time the moments and days are None; `doubling_days` is NaN
    where there is none."""

    places: Ints
    cores: Ints
    cases: Floats
    first_ms: Ints | None
    last_ms: Ints | None
    days_active: Ints | None
    doubling_days: Floats | None


def items_of_points(points: PointCases, clustering: Clustering, length_ms: int | None) -> Items:
    """Each point an item, from the first to the last of its entries that brought cases.

    length_ms: how long an entry lasts (a dataset's step); None: as exactly as its moments are told.
    """
    n, entries = len(points.cases), points.entries
    if entries is None or not len(entries.ms):
        return Items(clustering, np.arange(n), points.cases, None, None, None)
    length = told_length_ms(entries.ms) if length_ms is None else length_ms
    brought = entries.cases > 0
    with_cases = np.bincount(entries.point[brought], minlength=n) > 0
    counted = brought | ~with_cases[entries.point]  # of a point that never brought any: all of its entries
    first, last = spans(entries.point[counted], entries.ms[counted], n)
    return Items(clustering, np.arange(n), points.cases, first, last + (length - 1), entries, _days(length))


def items_of_entries(entries: Entries, clustering: Clustering, length_ms: int | None) -> Items:
    """Each entry an item that lasts `length_ms`."""
    n = len(entries.ms)
    length = told_length_ms(entries.ms) if length_ms is None else length_ms
    own = Entries(np.arange(n), entries.ms, entries.cases)
    return Items(clustering, entries.point, entries.cases, entries.ms, entries.ms + (length - 1), own, _days(length))


def told_length_ms(ms: Ints) -> int:
    """How long moments last that are told to the day, or else to the second.

    >>> told_length_ms(np.array([0, 86_400_000])), told_length_ms(np.array([0, 3_600_000]))
    (86400000, 1000)
    """
    return MS_PER_DAY if not np.any(ms % MS_PER_DAY) else _MS_PER_SECOND


def spans(group: Ints, ms: Ints, groups: int) -> tuple[Ints, Ints]:
    """The first and the last moment of each group; 0 and 0 of one without any.

    >>> [one.tolist() for one in spans(np.array([1, 0, 1]), np.array([7, 5, 3]), 2)]
    [[5, 3], [5, 7]]
    """
    first, last = np.zeros(groups, np.int64), np.zeros(groups, np.int64)
    order = np.lexsort((ms, group))
    group, ms = group[order], ms[order]
    last[group] = ms
    first[group[::-1]] = ms[::-1]
    return first, last


def cluster_facts(items: Items, is_sum: bool) -> ClusterFacts:
    """The facts of all clusters; a doubling time only of sums, since a stock is not new day by day."""
    found = items.clustering
    k, cluster = len(found.weights), found.cluster
    member = np.flatnonzero(cluster)
    own = cluster[member] - 1
    pairs = np.unique(own * (int(items.point.max(initial=0)) + 1) + items.point[member])
    places = np.bincount(pairs // (int(items.point.max(initial=0)) + 1), minlength=k)
    cores = np.bincount(own[found.core[member]], minlength=k)
    if items.first_ms is None or items.last_ms is None or items.entries is None:
        return ClusterFacts(places, cores, found.weights, None, None, None, None)
    first = spans(own, items.first_ms[member], k)[0]
    last = spans(own, items.last_ms[member], k)[1]
    of_entry = cluster[items.entries.point] - 1
    inside = of_entry >= 0
    group, day, cases = _daily(of_entry[inside], items.entries.ms[inside], items.entries.cases[inside])
    days = np.bincount(group[cases > 0], minlength=k) * items.step_days
    growth = doubling_days(group, day, cases, k) if is_sum else np.full(k, np.nan)
    return ClusterFacts(places, cores, found.weights, first, last, days, growth)


def _daily(group: Ints, ms: Ints, cases: Floats) -> tuple[Ints, Ints, Floats]:
    """The cases of each group and day on which anything was told."""
    if not len(group):
        return group, ms, cases
    day = ms // MS_PER_DAY
    origin, width = int(day.min()), int(day.max() - day.min()) + 1
    key, row = np.unique(group * width + (day - origin), return_inverse=True)
    return key // width, key % width + origin, np.bincount(row.ravel(), cases)


def _days(length_ms: int) -> int:
    return max(1, length_ms // MS_PER_DAY)
