"""Kernel density by one Fourier transform: points linearly binned, convolved with a kernel corrected for it.

Linear binning (Silverman 1982, Applied Statistics AS 176; Wand 1994) parts a point among the four nodes around it, so
that its kernel is interpolated between nodes. That adds h²/12 of the kernel's second derivative per axis on average
(the variance of the interpolating hat, h²/6, halved): it is taken off the kernel beforehand, K - (h²/12) ΔK.
The nodes are the centres of the cells and, for a small radius, so many between them.
"""
from __future__ import annotations

import math
from typing import Any

import numpy as np

from .arrays import Floats, Ints
from .heat_grid import HeatGrid
from .kernels import Kernel, reach_m, shape
from .progress import Progress
from .transforms import back, even_kernel, fast_size, forward


class Binned:
    """Densities of the same raster and kernel; the kernel's transform is computed once.

    `between`: nodes a cell and axis.
    """

    def __init__(self, grid: HeatGrid, kernel: Kernel, radius_m: float, between: int) -> None:
        self._grid, self._between = grid, between
        self._node_m = grid.cell_m / between
        self._margin = margin_nodes(kernel, radius_m, grid, between)
        rows, columns = padded(kernel, radius_m, grid, between)
        self._shape = (fast_size(rows, between), fast_size(columns, 2))
        self._spectrum = even_kernel(_corrected(kernel, radius_m / self._node_m, self._margin), self._shape)

    def of(self, x: Floats, y: Floats, weights: Floats, progress: Progress) -> Floats:
        """Cases per km², (rows, columns); what is less than the transform's rounding is 0."""
        bins = self._bins(x, y, weights)
        progress.report(0.4)
        noise = 4 * np.finfo(np.float64).eps * math.log2(bins.size) * math.sqrt(float(np.vdot(bins, bins)))
        spectrum = forward(bins)
        del bins
        progress.report(0.7)
        spectrum *= self._spectrum
        values = self._back(spectrum)
        values[(values if (weights >= 0).all() else np.abs(values)) < noise] = 0.0
        values /= (self._node_m / 1000) ** 2
        return values

    def _bins(self, x: Floats, y: Floats, weights: Floats) -> Floats:
        """Weights parted among the four nodes around each point, the node before the raster's first centre by the
        margin being the first."""
        across = (x - (self._grid.left + self._grid.cell_m / 2)) / self._node_m
        down = ((self._grid.top - self._grid.cell_m / 2) - y) / self._node_m
        across += self._margin
        down += self._margin
        column, row = across.astype(np.int64), down.astype(np.int64)
        across -= column
        down -= row
        row *= self._shape[1]
        row += column
        return _parted(row, across, down, weights, self._shape)

    def _back(self, spectrum: Any) -> Floats:
        """Only every so many rows and columns are wanted: rows are folded before they are transformed."""
        step, (rows, columns) = self._between, self._shape
        if step > 1:
            spectrum = spectrum.reshape(step, rows // step, -1).sum(axis=0) / step
        values = back(spectrum, (rows // step, columns))
        first_row, first_column = self._margin // step, self._margin
        last = first_column + (self._grid.columns - 1) * step + 1
        return np.array(values[first_row: first_row + self._grid.rows, first_column:last:step])


def margin_nodes(kernel: Kernel, radius_m: float, grid: HeatGrid, between: int) -> int:
    """How many nodes outside the raster matter: whole cells."""
    return (math.ceil(reach_m(kernel, radius_m) / grid.cell_m + 1e-9) + 1) * between


def padded(kernel: Kernel, radius_m: float, grid: HeatGrid, between: int) -> tuple[int, int]:
    """Rows and columns of nodes that hold the raster and what is in reach."""
    margin = margin_nodes(kernel, radius_m, grid, between)
    return grid.rows * between + 2 * margin, grid.columns * between + 2 * margin


def in_reach(x: Floats, y: Floats, grid: HeatGrid, kernel: Kernel, radius_m: float) -> np.ndarray:
    """Which points lie in the raster or no farther from it than their kernel reaches."""
    reach = reach_m(kernel, radius_m)
    return np.asarray(
        (x >= grid.left - reach) & (x <= grid.right + reach) & (y >= grid.bottom - reach) & (y <= grid.top + reach))


def _parted(node: Ints, across: Floats, down: Floats, weights: Floats, shape_: tuple[int, int]) -> Floats:
    """The sums at nodes, of the node to the upper left of each point and the shares of the way beyond it."""
    size, width = shape_[0] * shape_[1], shape_[1]
    lower = weights * down
    upper = weights - lower
    bins = np.zeros(size)
    for begin, part in ((0, upper), (width, lower)):
        east = part * across
        part -= east
        bins[begin:] += np.bincount(node, part, minlength=size)[: size - begin]
        bins[begin + 1:] += np.bincount(node, east, minlength=size)[: size - begin - 1]
    return bins.reshape(shape_)


def _corrected(kernel: Kernel, radius: float, margin: int) -> Floats:
    """The kernel at nodes, its radius given in nodes, of sum 1."""
    offsets = np.arange(-margin, margin + 1.0)
    u2 = (offsets[:, None] ** 2 + offsets ** 2) / radius ** 2
    beyond = u2 > (reach_m(kernel, 1.0)) ** 2
    values = shape(kernel, u2)
    values[beyond] = 0.0
    bent = -4 * values
    for axis in (0, 1):
        for step in (1, -1):
            bent += np.roll(values, step, axis=axis)
    values -= bent / 12
    np.maximum(values, 0.0, out=values)
    return np.asarray(values / values.sum())

