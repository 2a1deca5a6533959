"""Kernel density by one Fourier transform: points linearly binned, convolved with a kernel corrected for it.

Linear binning (Silverman 1982, Applied Statistics AS 176; Wand 1994) parts a point among the four nodes around it, so
that its kernel is interpolated between nodes. That adds h²/12 of the kernel's second derivative per axis on average
(the variance of the interpolating hat, h²/6, halved): it is taken off the kernel beforehand, K - (h²/12) ΔK.
The nodes are the centres of the cells and, for a small radius, so many between them.
"""
from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from .arrays import Floats, Ints
from .heat_grid import HeatGrid
from .kernels import Kernel, reach_m, shape
from .progress import Progress
from .transforms import back, even_kernel, fast_size, forward

#: Points at a time: whose numbers stay in the processor's cache, and whose shares are held at once.
_CHUNK, _BLOCK = 16384, 1 << 20


@dataclass(frozen=True)
class Bins:
    """Points parted among nodes. sums: (rows, columns) of nodes, the first one the margin before the raster's first
    centre. node: of each point the one to its upper left, row by row."""

    sums: Floats
    node: Ints

    def held(self) -> int:
        """Nodes that points lie beside: no more than there are distinct points."""
        held = np.zeros(self.sums.size, bool)
        held[self.node] = True
        return int(np.count_nonzero(held))


class Binned:
    """Densities of the same raster and kernel; the kernel's transform is computed once.

    `between`: nodes a cell and axis.
    """

    def __init__(self, grid: HeatGrid, kernel: Kernel, radius_m: float, between: int) -> None:
        self.between, self.margin = between, margin_nodes(kernel, radius_m, grid, between)
        self._grid, self._node_m = grid, grid.cell_m / between
        rows, columns = padded(kernel, radius_m, grid, between)
        self._shape = (fast_size(rows, between), fast_size(columns, 2))
        spread = _corrected(kernel, radius_m / self._node_m, self.margin)
        self._spectrum = even_kernel(spread / (self._node_m / 1000) ** 2, self._shape)

    def of(self, x: Floats, y: Floats, weights: Floats, progress: Progress) -> Floats:
        """Cases per km², (rows, columns); what is less than the transform's rounding is 0."""
        return self.spread(self.bins(x, y, weights), bool((weights >= 0).all()), progress)

    def spread(self, bins: Bins, is_positive: bool, progress: Progress) -> Floats:
        """As `of`, of points that were parted before."""
        sums = bins.sums
        progress.report(0.4)
        noise = 4 * np.finfo(np.float64).eps * math.log2(sums.size) * math.sqrt(float(np.vdot(sums, sums)))
        spectrum = forward(sums)
        progress.report(0.7)
        spectrum *= self._spectrum
        values = self._back(spectrum)
        noise /= (self._node_m / 1000) ** 2
        values *= (values if is_positive else np.abs(values)) >= noise
        return values

    def bins(self, x: Floats, y: Floats, weights: Floats) -> Bins:
        """Weights parted among the four nodes around each point."""
        sums, node = np.zeros(0), np.empty(len(x), np.int64)
        for start in range(0, max(len(x), 1), _BLOCK):
            part = slice(start, start + _BLOCK)
            found = self._block(x[part], y[part], weights[part], node[part])
            sums = found if start == 0 else np.add(sums, found, out=sums)
        return Bins(sums.reshape(self._shape), node)

    def _block(self, x: Floats, y: Floats, weights: Floats, node: Ints) -> Floats:
        """Sums at the nodes, row by row; fills `node`. One count of all four shares, made by chunks that stay in the
        processor's cache: passes over all points would cost more than the counting."""
        width, count = self._shape[1], len(x)
        into, share = np.empty(4 * count, np.int64), np.empty(4 * count)
        left = self._grid.left + self._grid.cell_m / 2 - self.margin * self._node_m
        top = self._grid.top - self._grid.cell_m / 2 + self.margin * self._node_m
        for start in range(0, count, _CHUNK):
            part = slice(start, min(start + _CHUNK, count))
            four = slice(4 * part.start, 4 * part.stop)
            across, down = (x[part] - left) / self._node_m, (top - y[part]) / self._node_m
            column = across.astype(np.int64)
            node[part] = down
            across -= column
            down -= node[part]
            node[part] *= width
            node[part] += column
            np.add(node[part], [[0], [1], [width], [width + 1]], out=into[four].reshape(4, -1))
            _part(across, down, weights[part], share[four].reshape(4, -1))
        return np.asarray(np.bincount(into, share, minlength=self._shape[0] * width))

    def _back(self, spectrum: Any) -> Floats:
        """Only every so many rows and columns are wanted: rows are folded before they are transformed."""
        step, (rows, columns) = self.between, self._shape
        if step > 1:
            spectrum = spectrum.reshape(step, rows // step, -1).sum(axis=0) / step
        values = back(spectrum, (rows // step, columns))
        first_row, first_column = self.margin // step, self.margin
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


def _part(across: Floats, down: Floats, weights: Floats, share: Floats) -> None:
    """The weights of the nodes to the upper left, upper right, lower left and lower right of points, from the shares
    of the way beyond the first; into (4, n) `share`."""
    np.multiply(weights, down, out=share[2])
    np.subtract(weights, share[2], out=share[0])
    for west, east in ((0, 1), (2, 3)):
        np.multiply(share[west], across, out=share[east])
        share[west] -= share[east]


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

