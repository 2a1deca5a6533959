"""The nearest core site of each site that is not core itself."""
from __future__ import annotations

import numpy as np

from .arrays import Bools, Floats, Ints
from .cell_boxes import Boxes
from .cell_runs import PORTION, portions, spread
from .cell_sites import Reach, Sites, squared
from .cells import Cells
from .dbscan_links import CoreCells
from .progress import Progress


def nearest_cores(cells: Cells, cores: CoreCells, core: Bools, reach: Reach, progress: Progress) -> tuple[Ints, Ints]:
    """Border sites, and the nearest core site of each.

    Of several at the same distance it is the nearest in time, then the one with the smallest coordinates, then the
    earliest.
    """
    rest = np.flatnonzero(~core)
    found = []
    for start in range(0, len(rest), PORTION // 32):
        progress.report(start / len(rest))
        site, cell = _cells_near(cells, cores, rest[start:start + PORTION // 32], reach)
        apart2 = Boxes.of_sites(cells.sites).apart2(site, cores.boxes, cell)
        most = _distance2_to_nearest_cell(cells.sites, cores, site, cell, apart2, reach, progress)
        left = apart2 <= most
        found += _in_portions(cells.sites, cores, site[left], cell[left], reach, progress)
    nothing = np.empty(0, np.int64)
    border = np.concatenate([nothing, *(here for here, _ in found)])
    return border, np.concatenate([nothing, *(other for _, other in found)])


def _distance2_to_nearest_cell(
    sites: Sites, cores: CoreCells, site: Ints, cell: Ints, apart2: Floats, reach: Reach, progress: Progress
) -> Floats:
    """For each pair, how far the nearest core site of the site is at most: what the nearest of its cells holds tells.

    Cells whose boxes are farther need not be looked into, and most are.
    """
    order = np.lexsort([apart2, site])
    first = order[np.append(True, np.diff(site[order]) > 0)] if len(site) else order
    most = np.full(len(sites), reach.eps2)
    for here, other in _in_portions(sites, cores, site[first], cell[first], reach, progress):
        most[here] = squared(sites, here, other)
    return most[site]


def _in_portions(
    sites: Sites, cores: CoreCells, site: Ints, cell: Ints, reach: Reach, progress: Progress
) -> list[tuple[Ints, Ints]]:
    """The nearest neighbour of each site in the core cells beside it, some sites at a time."""
    found = []
    for part in _whole_sites(site, cores.size()[cell]):
        progress.check()
        found.append(_nearest(sites, cores, site[part], cell[part], reach))
    return found


def _cells_near(cells: Cells, cores: CoreCells, some: Ints, reach: Reach) -> tuple[Ints, Ints]:
    """Pairs of these sites and core cells that may hold a neighbour, sorted by the site."""
    sites, near = [], []
    own = Boxes.of_sites(cells.sites)
    for offset in cells.offsets():
        first, end = cores.run(offset, cells.cell[some])
        run, cell = spread(first, end - first)
        site = some[run]
        which = own.may_join(site, cores.boxes, cell, reach)
        sites.append(site[which])
        near.append(cell[which])
    site = np.concatenate(sites)
    order = np.argsort(site, kind="stable")
    return site[order], np.concatenate(near)[order]


def _whole_sites(site: Ints, count: Ints) -> list[slice]:
    """Portions of the pairs that do not part those of a site."""
    begin = np.flatnonzero(np.append(True, site[1:] != site[:-1])) if len(site) else np.empty(0, np.int64)
    end = np.append(begin[1:], len(site))
    total = np.add.reduceat(count, begin) if len(begin) else begin
    return [slice(int(begin[part.start]), int(end[part.stop - 1])) for part in portions(total)]


def _nearest(sites: Sites, cores: CoreCells, site: Ints, cell: Ints, reach: Reach) -> tuple[Ints, Ints]:
    """The nearest neighbour of each site in the core cells beside it; sites without any are left out."""
    run, core = spread(cores.begin[cell], cores.size()[cell])
    here, other = site[run], cores.number[core]
    distance2 = squared(sites, here, other)
    near = distance2 <= reach.eps2
    if sites.ms is not None:
        near &= np.abs(sites.ms[here] - sites.ms[other]) <= reach.eps_ms
    here, other, distance2 = here[near], other[near], distance2[near]
    if not len(here):
        return here, other
    first = np.flatnonzero(np.append(True, here[1:] != here[:-1]))
    count = np.diff(np.append(first, len(here)))
    least = distance2 == np.repeat(np.minimum.reduceat(distance2, first), count)
    return _first_of_ties(sites, here[least], other[least])


def _first_of_ties(sites: Sites, here: Ints, other: Ints) -> tuple[Ints, Ints]:
    """One of the equally near sites `other` of each site."""
    new = np.append(True, here[1:] != here[:-1])
    if not new.all():
        tied = sites.taken(other)
        apart = [] if tied.ms is None or sites.ms is None else [np.abs(tied.ms - sites.ms[here])]
        order = np.lexsort([*tied.ranking(), *apart, here])
        here, other = here[order], other[order]
        new = np.append(True, here[1:] != here[:-1])
    return here[new], other[new]
