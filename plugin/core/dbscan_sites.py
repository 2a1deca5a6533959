"""Density-based clusters of sites, and their numbers: what `dbscan` and `stdbscan` have in common."""
from __future__ import annotations

import numpy as np

from .arrays import Bools, Floats, Ints
from .cell_runs import order_of
from .cell_sites import Reach, Sites, merge
from .cells import into_cells
from .dbscan_borders import nearest_cores
from .dbscan_cores import core_sites
from .dbscan_links import CoreCells, linked
from .point_cases import Clustering
from .progress import Progress


def cluster_points(
    places: Floats, ms: Ints | None, weights: Floats, reach: Reach, min_weight: float, progress: Progress
) -> Clustering:
    """Clusters of points (n, d), with moments or without."""
    if not len(places):
        return Clustering(np.empty(0, np.int64), np.empty(0, bool), np.empty(0))
    progress.report(0.0, "Merging what coincides…")
    sites, site = merge(places, ms, weights)
    progress.report(0.1)
    group, core = _grouped(sites, reach, min_weight, progress.part(0.1, 0.95))
    progress.report(0.95, "Numbering clusters…")
    number, totals = _numbered(sites, group, np.bincount(site, minlength=len(sites)))
    progress.report(1.0)
    return Clustering(number[site], core[site], totals)


def _grouped(sites: Sites, reach: Reach, min_weight: float, progress: Progress) -> tuple[Ints, Bools]:
    """A group for each site, -1 for noise; and whether it is core."""
    cells = into_cells(sites, reach)
    progress.report(0.1, "Finding core points…")
    core = core_sites(cells, reach, min_weight, progress.part(0.1, 0.5))
    group = np.full(len(sites), -1)
    if core.any():
        progress.report(0.5, "Linking core points…")
        cores = CoreCells.of(cells, core)
        cluster = linked(cores, reach, progress.part(0.5, 0.8))
        group[cores.number] = np.repeat(cluster, cores.size())
        progress.report(0.8, "Finding border points…")
        border, nearest = nearest_cores(cells, cores, core, reach, progress.part(0.8, 1.0))
        group[border] = group[nearest]
    return _as_before(group, cells.order), _as_before(core, cells.order)


def _as_before(values: Ints | Bools, order: Ints) -> Ints | Bools:
    """Values of sorted sites for the sites as they were."""
    unsorted = np.empty_like(values)
    unsorted[order] = values
    return unsorted


def _numbered(sites: Sites, group: Ints, points: Ints) -> tuple[Ints, Floats]:
    """Clusters by weight, the heaviest is 1; of the same weight the one with more points is first, then the one with
    the smallest coordinates. And the weights."""
    member = np.flatnonzero(group >= 0)
    number = np.zeros(len(group), np.int64)
    if not len(member):
        return number, np.empty(0)
    of = group[member]
    totals = np.bincount(of, sites.weights[member])
    counts = np.bincount(of, points[member])
    used = np.flatnonzero(np.bincount(of))
    order = used[np.lexsort([-counts[used], -totals[used]])]
    same = np.append(False, (np.diff(totals[order]) == 0) & (np.diff(counts[order]) == 0))
    if same.any():
        tied = np.zeros(len(totals), bool)
        tied[order] = same | np.append(same[1:], False)
        first = _ranks(sites, member[tied[of]], of[tied[of]], len(totals))
        order = used[np.lexsort([first[used], -counts[used], -totals[used]])]
    place = np.empty(len(totals), np.int64)
    place[order] = np.arange(1, len(order) + 1)
    number[member] = place[of]
    return number, totals[order]


def _ranks(sites: Sites, member: Ints, of: Ints, groups: int) -> Ints:
    """The rank of each group by its member with the smallest coordinates, as far as members are given."""
    order = order_of(of, groups)
    member, of = member[order], of[order]
    begin = np.flatnonzero(np.append(True, of[1:] != of[:-1]))
    leading = sites.axes[0][member]
    least = leading == np.repeat(np.minimum.reduceat(leading, begin), np.diff(np.append(begin, len(of))))
    member, of = member[least], of[least]
    falling = np.lexsort(sites.taken(member).ranking())[::-1]
    rank = np.zeros(groups, np.int64)
    rank[of[falling]] = -np.arange(len(falling))  # the last one given stays
    return rank
