"""Sites sorted into cells so small that all sites of a cell are neighbours, and the cells around each.

A cell's side is eps / √d in d dimensions (on the globe: see `cell_grid`), so that its diagonal is within eps; in time
it is eps_ms + 1 long. Neighbours are then at most two cells apart along an axis of space (on a chart of the globe a
few), one along time. Only cells that hold sites exist. Cells are sorted, so that those around a cell which
differ in the last axis only are a run of numbers; a cell's sites are a run, too.
"""
from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from .arrays import Floats, Ints
from .cell_grid import Grid, grid_of
from .cell_runs import order_of
from .cell_sites import Reach, Sites

_TIME = 1
#: Numbers up to here are exact enough for a cell's share of one in a million, and few enough for keys.
_MANY = 1 << 26


@dataclass(frozen=True)
class _Level:
    """Cells by the first axes only: a number of the cell before this axis, the number along it, both as one key."""

    before: Ints
    along: Ints
    key: Ints
    stride: int

    def find(self, before: Ints, along: Ints) -> Ints:
        """Numbers at this level, -1 where there is no cell (or none before)."""
        key = np.where(before < 0, -1, before * self.stride + along)
        at = np.minimum(np.searchsorted(self.key, key), len(self.key) - 1)
        return np.where((before >= 0) & (self.key[at] == key), at, -1)


@dataclass(frozen=True)
class Cells:
    """The cells of sorted `sites`. order: which site each was before; begin: first site of each cell and the end;
    cell: the cell of each site."""

    sites: Sites
    order: Ints
    begin: Ints
    cell: Ints
    _levels: tuple[_Level, ...]
    _reaches: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.begin) - 1

    def offsets(self) -> list[tuple[int, ...]]:
        """Steps along all axes but the last within which neighbours lie, the nearest first."""
        steps = itertools.product(*(range(-reach, reach + 1) for reach in self._reaches[:-1]))
        return sorted(steps, key=lambda step: (sum(part * part for part in step), step))

    def run(self, offset: tuple[int, ...], cells: Ints) -> tuple[Ints, Ints]:
        """Of each of these cells (sorted), the run of cells at an offset in which neighbours may lie: first and end."""
        last, reach = self._levels[-1], self._reaches[-1]
        column = last.before[cells]
        new = np.ones(len(cells), bool)
        new[1:] = column[1:] != column[:-1]
        found = self._found(len(offset) - 1, column[new], offset)[np.cumsum(new) - 1]
        key = found * last.stride + last.along[cells]
        first = np.searchsorted(last.key, key - reach)
        end = np.searchsorted(last.key, key + reach, side="right")
        return np.where(found < 0, 0, first), np.where(found < 0, 0, end)

    def _found(self, depth: int, numbers: Ints, offset: tuple[int, ...]) -> Ints:
        """Of numbers at a level, those at an offset; -1 where there is none."""
        level = self._levels[depth]
        before = self._found(depth - 1, level.before[numbers], offset) if depth else np.zeros_like(numbers)
        return level.find(before, level.along[numbers] + offset[depth])


def into_cells(sites: Sites, reach: Reach) -> Cells:
    """Sort sites into cells."""
    grid = grid_of(sites, reach)
    along = [_along(axis, grid) for axis in grid.axes]
    reaches = [grid.steps] * len(along)
    if sites.ms is not None:
        along.append(_along_time(sites.ms, reach.eps_ms))
        reaches.append(_TIME)
    order = _order(along)
    levels, cell = _levels([axis[order] for axis in along], reaches)
    begin = np.append(_starts(cell), len(cell))
    return Cells(sites.taken(order), order, begin, cell, levels, tuple(reaches))


def _along(axis: Floats, grid: Grid) -> Ints:
    """The cell of each site along an axis, from `steps` on (room for what lies before the first)."""
    low = float(axis.min())
    if (float(axis.max()) - low) / grid.side < _MANY:
        return np.asarray(((axis - low) / grid.side).astype(np.int64) + grid.steps)
    return _along_parts(axis, grid)


def _along_parts(axis: Floats, grid: Grid) -> Ints:
    """The same for an axis that is very long for its cells: gaps that part neighbours are made as narrow as may be."""
    order = np.argsort(axis, kind="stable")
    ranked = axis[order]
    first = np.flatnonzero(np.append(True, np.diff(ranked) > grid.most))
    size = np.diff(np.append(first, len(ranked)))
    inside = ((ranked - np.repeat(ranked[first], size)) / grid.side).astype(np.int64)
    length = inside[first + size - 1] + grid.steps + 1
    along = np.empty(len(axis), np.int64)
    along[order] = inside + np.repeat(np.cumsum(length) - length, size) + grid.steps
    return along


def _along_time(ms: Ints, eps_ms: int) -> Ints:
    since = ms - ms.min()
    step = since // min(int(eps_ms) + 1, int(since.max()) + 1)
    if int(step.max()) < _MANY:
        return np.asarray(step + _TIME)
    value, inverse = np.unique(step, return_inverse=True)
    narrow = np.cumsum(np.minimum(np.diff(value, prepend=value[:1]), _TIME + 1))
    return np.asarray(narrow[inverse.reshape(-1)] + _TIME)


def _order(along: list[Ints]) -> Ints:
    """Sites sorted by the first axis, then the others."""
    key, span = np.zeros(len(along[0]), np.int64), 1
    for axis in along:
        wide = int(axis.max()) + 1
        span *= wide
        if span >= 1 << 62:
            return np.lexsort(along[::-1])
        key = key * wide + axis
    return order_of(key, span)


def _levels(along: list[Ints], reaches: list[int]) -> tuple[tuple[_Level, ...], Ints]:
    """The levels of sorted sites, and the cell of each site."""
    before, new = np.zeros(len(along[0]), np.int64), np.zeros(len(along[0]), bool)
    new[0] = True
    levels = []
    for axis, reach in zip(along, reaches):
        new[1:] |= axis[1:] != axis[:-1]
        first = np.flatnonzero(new)
        stride = int(axis.max()) + 1 + reach
        levels.append(_Level(before[first], axis[first], before[first] * stride + axis[first], stride))
        before = np.cumsum(new) - 1
    return tuple(levels), before


def _starts(cell: Ints) -> Ints:
    return np.flatnonzero(np.append(True, cell[1:] != cell[:-1]))
