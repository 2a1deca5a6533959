"""Which sites are core: those with so much weight within reach. Sums are bounded first, and pairs tested only while
the bounds leave it open."""
from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .arrays import Bools, Floats, Ints
from .cell_runs import portions, spread
from .cell_sites import Reach
from .cells import Cells
from .progress import Progress

#: Pairs of sites tested at a time: few enough to stay in the processor's cache.
_BLOCK = 1 << 17
_FIRST = 8


@dataclass(frozen=True)
class _Running:
    """Sums of the sites' weights before each: of those above 0 and of those below. `slack`: by how much rounding may
    put them off; whole numbers are exact."""

    above: Floats
    below: Floats
    slack: float

    @classmethod
    def of(cls, weights: Floats) -> _Running:
        above, below = (np.append(0.0, np.cumsum(part)) for part in (np.maximum(weights, 0), np.minimum(weights, 0)))
        whole = bool((np.rint(weights) == weights).all())
        return cls(above, below, 0.0 if whole else 1e-9 * float(above[-1] - below[-1]))

    def total(self, first: Ints, end: Ints) -> tuple[Floats, Floats]:
        return self.above[end] - self.above[first], self.below[end] - self.below[first]


@dataclass
class _Open:
    """Sites not yet decided: their rows in a table of runs, what is sure of their sums, by how much the rest may raise
    or lower them, and where they are in the present run."""

    site: Ints
    row: Ints
    sure: Floats
    above: Floats
    below: Floats
    at: Ints
    end: Ints

    def keep(self, which: Bools) -> None:
        self.site, self.row, self.sure, self.above, self.below, self.at, self.end = (part[which] for part in (
            self.site, self.row, self.sure, self.above, self.below, self.at, self.end))


def core_sites(cells: Cells, reach: Reach, min_weight: float, progress: Progress) -> Bools:
    """Whether the weights of the neighbours of each (sorted) site, its own included, reach `min_weight`."""
    own = np.add.reduceat(cells.sites.weights, cells.begin[:-1])
    running = _Running.of(cells.sites.weights)
    sure = own >= min_weight
    cell = np.flatnonzero(~sure) if running.below[-1] == 0 else np.arange(len(cells))
    above, below = _around(cells, cell, running, progress)
    sure[cell] = own[cell] + below - running.slack >= min_weight
    left = ~sure[cell] & (own[cell] + above + running.slack >= min_weight)
    core = np.repeat(sure, np.diff(cells.begin))
    cell, above, below = cell[left], above[left], below[left]
    size = cells.begin[cell + 1] - cells.begin[cell]
    count = _Count(cells, reach, min_weight, running)
    for part in portions(size, _BLOCK // _FIRST):
        progress.report(0.2 + 0.8 * part.start / len(cell))
        some = cell[part]
        row, site = spread(cells.begin[some], size[part])
        nothing = np.zeros(len(site), np.int64)
        open_ = _Open(site, row, own[some][row], above[part][row], below[part][row], nothing, nothing)
        core[count.core_of(open_, _runs(cells, some))] = True
    return core


def _around(cells: Cells, some: Ints, running: _Running, progress: Progress) -> tuple[Floats, Floats]:
    """Of some cells, what the cells around hold above 0 and below."""
    above, below = (-part for part in running.total(cells.begin[some], cells.begin[some + 1]))
    for offset in cells.offsets():
        progress.check()
        first, end = cells.run(offset, some)
        more, less = running.total(cells.begin[first], cells.begin[end])
        above += more
        below += less
    return above, below


def _runs(cells: Cells, some: Ints) -> list[tuple[Ints, Ints]]:
    """Runs of sites around some cells, without those of the cells themselves; the nearest first."""
    runs = []
    for offset in cells.offsets():
        first, end = (cells.begin[bound] for bound in cells.run(offset, some))
        if any(offset):
            runs.append((first, end))
        else:
            runs += [(first, cells.begin[some]), (cells.begin[some + 1], end)]
    return runs


@dataclass(frozen=True)
class _Count:
    """Counts the neighbours' weights of open sites until each is decided."""

    cells: Cells
    reach: Reach
    min_weight: float
    running: _Running

    def core_of(self, left: _Open, runs: list[tuple[Ints, Ints]]) -> Ints:
        """Those of the open sites that are core."""
        found = []
        for first, end in runs:
            left.at, left.end = first[left.row], end[left.row]
            while len(moving := np.flatnonzero(left.at < left.end)):
                self._step(left, moving)
                core = left.sure + left.below - self.running.slack >= self.min_weight
                never = left.sure + left.above + self.running.slack < self.min_weight
                found.append(left.site[core])
                left.keep(~(core | never))
        found.append(left.site[left.sure >= self.min_weight])
        return np.concatenate(found)

    def _step(self, left: _Open, moving: Ints) -> None:
        """Test the next sites of the runs, as many as fit a block."""
        first, end = left.at[moving], left.end[moving]
        wide = min(max(_BLOCK // len(moving), 1), int((end - first).max()))
        stop = np.minimum(first + wide, end)
        other = first[:, None] + np.arange(wide)
        beyond = other >= end[:, None]
        other[beyond] = 0
        joins = self.reach.joins(self.cells.sites, left.site[moving, None], other)
        joins &= ~beyond
        left.sure[moving] += np.einsum("ij,ij->i", joins, self.cells.sites.weights[other])
        above, below = self.running.total(first, stop)
        left.above[moving] -= above
        left.below[moving] -= below
        left.at[moving] = stop
