"""A density that points are added to and taken from, exactly: nothing drifts, and what left leaves nothing behind.

For kernels that end at their radius. What a point gives to a cell is rounded to a whole multiple of a power of two, so
small that all sums of such numbers are exact in float64 (below 2^53 multiples): what was added can be taken off again.
The rounding is less than 2^-50 of all cases together, times the kernel's height, for each point and cell.
"""
from __future__ import annotations

import math

import numpy as np

from .arrays import Floats, Ints
from .heat_grid import HeatGrid
from .kernels import Kernel, height, shape
from .progress import Progress

#: Points at a time whose numbers stay in the processor's cache, and numbers that are held at once.
_CHUNK, _HELD = 2048, 1 << 22


class RunningDensity:
    """Cases per km² at the cells' centres of the points that were given so far.

    most: what the amounts of all cases together may come to at any time; 0: only positive cases are added, which
    needs no rounding.
    """

    def __init__(self, grid: HeatGrid, kernel: Kernel, radius_m: float, most: float) -> None:
        self._grid, self._kernel = grid, kernel
        self._height, self._reach = height(kernel, radius_m), radius_m / grid.cell_m
        self._offset = math.floor(self._reach + 0.5 + 1e-9)
        # a point may lie so far outside the raster, and gives to cells so far beyond
        self._margin = 2 * self._offset + 2
        self._width = grid.columns + 2 * self._margin
        self._sums = np.zeros((grid.rows + 2 * self._margin) * self._width)
        self._round = 1.5 * 2.0 ** (math.ceil(math.log2(most)) + 2) if most > 0 else 0.0

    def add(self, x: Floats, y: Floats, cases: Floats, progress: Progress) -> None:
        """Add points; those out of reach of the raster must not be among them. Cases below 0 take points away."""
        rows = self._rows()
        each = sum(2 * wide + 1 for _, wide in rows)
        block = max(_HELD // each, 1)
        for start in range(0, len(x), block):
            progress.report(start / len(x))
            part = slice(start, start + block)
            count = len(x[part]) * each
            into, given = np.empty(count, np.int64), np.empty(count)
            at = 0
            for first in range(start, min(start + block, len(x)), _CHUNK):
                chunk = slice(first, min(first + _CHUNK, start + block))
                at = self._fill(x[chunk], y[chunk], cases[chunk], rows, into, given, at)
            self._sums += np.bincount(into, given, minlength=len(self._sums))

    def values(self) -> Floats:
        """(rows, columns), row 0 in the north; an array of its own."""
        inner = slice(self._margin, -self._margin)
        return np.asarray(self._sums.reshape(-1, self._width)[inner, inner] * self._height)

    def _rows(self) -> list[tuple[int, int]]:
        """How many rows away, and how many columns to either side, a point anywhere in a cell may give to."""
        found = []
        for down in range(-self._offset, self._offset + 1):
            near = max(abs(down) - 0.5, 0.0)
            wide = math.floor(math.sqrt(max(self._reach ** 2 - near ** 2, 0.0)) + 0.5 + 1e-9)
            found.append((down, wide))
        return found

    def _fill(
        self, x: Floats, y: Floats, cases: Floats, rows: list[tuple[int, int]], into: Ints, given: Floats, at: int
    ) -> int:
        """The cells that points give to, and how much, from a place in the arrays on; gives the next place."""
        grid, offset, count = self._grid, self._offset, len(x)
        column, row = (x - grid.left) / grid.cell_m, (grid.top - y) / grid.cell_m
        left, upper = np.floor(column), np.floor(row)
        cell = (upper.astype(np.int64) + self._margin) * self._width + left.astype(np.int64) + self._margin
        away = np.arange(-offset, offset + 1.0)[:, None]
        across2 = np.square((left + 0.5 - column + away) / self._reach)
        down2 = np.square((upper + 0.5 - row + away) / self._reach)
        for down, wide in rows:
            end = at + (2 * wide + 1) * count
            near = slice(offset - wide, offset + wide + 1)
            share, number = given[at:end].reshape(-1, count), into[at:end].reshape(-1, count)
            np.add(across2[near], down2[down + offset], out=share)
            self._weigh(share, cases)
            np.add(cell + down * self._width, np.arange(-wide, wide + 1)[:, None], out=number)
            at = end
        return at

    def _weigh(self, u2: Floats, cases: Floats) -> None:
        """From squared distances to what is given, in place."""
        given = shape(self._kernel, u2)
        np.multiply(given, cases, out=u2)
        if self._round:
            u2 += self._round
            u2 -= self._round


def running_s(kernel: Kernel, radius_m: float, grid: HeatGrid, points: int, bands: int) -> float:
    """About how long points take to be added, and bands to be given."""
    if kernel == Kernel.GAUSSIAN:
        return math.inf
    each = math.pi * (radius_m / grid.cell_m + 0.7) ** 2
    return points * each * _POINT_S + bands * grid.rows * grid.columns * _CELL_S


#: Seconds of a point and cell it gives to, and of a cell of a band.
_POINT_S, _CELL_S = 1e-8, 4e-9
