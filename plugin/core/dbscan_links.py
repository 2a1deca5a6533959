"""Which core sites are of one cluster: cells with core sites are linked where two of these are neighbours.

All core sites of a cell are neighbours. Two cells are linked for certain if their boxes are small and near enough,
most others by two sites at their facing edges. Only cells that are then in different clusters are tested site by site.
"""
from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .arrays import Bools, Floats, Ints
from .cell_boxes import Boxes
from .cell_runs import PORTION, portions, spread
from .cell_sites import Reach, Sites
from .cells import Cells
from .components import components
from .progress import Progress


@dataclass(frozen=True)
class CoreCells:
    """The cells with core sites. cell: their numbers; rank: how many of them are before each cell and the end;
    number: of the core sites; sites: only these; begin: the first of each cell and the end; boxes: around them."""

    cells: Cells
    cell: Ints
    rank: Ints
    number: Ints
    sites: Sites
    begin: Ints
    boxes: Boxes

    @classmethod
    def of(cls, cells: Cells, core: Bools) -> CoreCells:
        number = np.flatnonzero(core)
        count = np.bincount(cells.cell[number], minlength=len(cells))
        cell = np.flatnonzero(count)
        begin = np.append(0, np.cumsum(count[cell]))
        sites = cells.sites.taken(number)
        rank = np.append(0, np.cumsum(count > 0))
        return cls(cells, cell, rank, number, sites, begin, Boxes.around(sites, begin[:-1]))

    def __len__(self) -> int:
        return len(self.cell)

    def size(self) -> Ints:
        return np.diff(self.begin)

    def run(self, offset: tuple[int, ...], cells: Ints) -> tuple[Ints, Ints]:
        """The core cells at an offset of any cells: first and end."""
        first, end = self.cells.run(offset, cells)
        return self.rank[first], self.rank[end]


def linked(cores: CoreCells, reach: Reach, progress: Progress) -> Ints:
    """The number of the cluster of each core cell."""
    group = np.arange(len(cores))
    edges = _Edges.of(cores)
    unsure: list[tuple[Ints, Ints]] = []
    offsets = [offset for offset in cores.cells.offsets() if offset >= (0,) * len(offset)]
    for done, offset in enumerate(offsets):
        progress.report(0.7 * done / len(offsets))
        links, rest = _at_offset(cores, edges, reach, offset, group)
        group = _joined(group, links)
        unsure.append(rest)
    a, b = (np.concatenate(part) for part in zip(*unsure))
    return _tested(cores, reach, group, a, b, progress.part(0.7, 1.0))


def _joined(group: Ints, links: list[tuple[Ints, Ints]]) -> Ints:
    """Groups after links between cells."""
    a, b = (group[np.concatenate(part)] for part in zip(*links))
    return components(int(group.max()) + 1, a, b)[group] if len(a) else group


@dataclass(frozen=True)
class _Edges:
    """Of each core cell the sites with the lowest and the highest coordinate, a pair of arrays an axis."""

    middle: tuple[Floats, ...]
    low: tuple[Ints, ...]
    high: tuple[Ints, ...]

    @classmethod
    def of(cls, cores: CoreCells) -> _Edges:
        boxes, axes = cores.boxes, list(cores.sites.axes)
        lows, highs = list(boxes.low), list(boxes.high)
        if cores.sites.ms is not None:
            axes, lows, highs = [*axes, cores.sites.ms], [*lows, boxes.low_ms], [*highs, boxes.high_ms]
        middle = tuple(low / 2 + high / 2 for low, high in zip(lows, highs))
        return cls(middle, *(
            tuple(_bearer(axis, bound, cores) for axis, bound in zip(axes, bounds)) for bounds in (lows, highs)))

    def facing(self, axis: int, a: Ints, b: Ints) -> tuple[Ints, Ints]:
        """The sites of cells `a` and `b` at the edges that face each other along an axis."""
        low, high = self.low[axis], self.high[axis]
        up = self.middle[axis][a] <= self.middle[axis][b]
        return np.where(up, high[a], low[a]), np.where(up, low[b], high[b])


def _bearer(axis: Floats | Ints, bound: Floats | Ints, cores: CoreCells) -> Ints:
    """A site of each cell that bears the cell's bound."""
    cell = np.repeat(np.arange(len(cores)), cores.size())
    bearing = np.flatnonzero(axis == bound[cell])
    site = np.empty(len(cores), np.int64)
    site[cell[bearing]] = bearing
    return site


def _at_offset(
    cores: CoreCells, edges: _Edges, reach: Reach, offset: tuple[int, ...], group: Ints
) -> tuple[list[tuple[Ints, Ints]], tuple[Ints, Ints]]:
    """The certain links between cells at an offset, and the pairs that are neither certain nor excluded."""
    first, end = cores.run(offset, cores.cell)
    if not any(offset):
        first = np.arange(1, len(cores) + 1)
    links, rest = [], []
    for part in portions(end - first):
        a, b = spread(first[part], end[part] - first[part])
        a += part.start
        which = np.flatnonzero(group[a] != group[b])
        which = which[cores.boxes.may_join(a[which], cores.boxes, b[which], reach)]
        a, b = a[which], b[which]
        sure = cores.boxes.must_join(a, cores.boxes, b, reach)
        for axis in range(len(edges.middle)):
            open_ = np.flatnonzero(~sure)
            sure[open_] = reach.joins(cores.sites, *edges.facing(axis, a[open_], b[open_]))
        links.append((a[sure], b[sure]))
        rest.append((a[~sure], b[~sure]))
    a, b = (np.concatenate(part) for part in zip(*rest))
    return links, (a, b)


def _tested(cores: CoreCells, reach: Reach, group: Ints, a: Ints, b: Ints, progress: Progress) -> Ints:
    """Groups after testing pairs of cells site by site; those of one group by then are let be."""
    cost = cores.size()[a] + cores.size()[b]
    for part in portions(cost, PORTION // 8):
        progress.report(part.start / len(a))
        some, other = a[part], b[part]
        apart = group[some] != group[other]
        if apart.any():
            group = _joined(group, [_any_near(cores, reach, some[apart], other[apart], progress)])
    return group


def _any_near(cores: CoreCells, reach: Reach, a: Ints, b: Ints, progress: Progress) -> tuple[Ints, Ints]:
    """Those pairs of cells with two sites that are neighbours."""
    pair, site = _facing(cores, reach, a, b)
    pair2, site2 = _facing(cores, reach, b, a)
    count = np.bincount(pair2, minlength=len(a))
    begin = np.cumsum(count) - count
    near = np.zeros(len(a), bool)
    for part in portions(count[pair]):
        progress.check()
        here = np.arange(part.start, part.stop)
        here = here[~near[pair[here]]]
        run, other = spread(begin[pair[here]], count[pair[here]])
        joins = reach.joins(cores.sites, site[here[run]], site2[other])
        near[pair[here[run[joins]]]] = True
    return a[near], b[near]


def _facing(cores: CoreCells, reach: Reach, a: Ints, b: Ints) -> tuple[Ints, Ints]:
    """The sites of the cells `a` that are within reach of the boxes of `b`: which pair, which site."""
    pair, site = spread(cores.begin[a], cores.size()[a])
    which = Boxes.of_sites(cores.sites).may_join(site, cores.boxes, b[pair], reach)
    return pair[which], site[which]
