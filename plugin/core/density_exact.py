"""Kernel density as a direct sum, without doing the same twice.

Points are merged where they coincide and sorted by cell. A compact kernel is then summed offset by offset: for all
points at once what they give to the cell so many rows and columns away. A Gaussian is a product of x and y, so that
the points of a square of cells are one product of matrices. Memory is bounded by chunks of points.
"""
from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from .arrays import Floats, Ints
from .heat_grid import HeatGrid
from .kernels import GAUSSIAN_END, Kernel, height, shape
from .progress import Progress

#: Points at a time, so that what is computed of them stays in the processor's cache.
_CHUNK = 4096
#: Side of the squares whose points are one product of matrices, in cells, and points at a time.
_SQUARE, _PRODUCT = 32, 2048
#: Cells times points at a time where every cell is summed over every point.
_BLOCK = 1 << 20


def merged(x: Floats, y: Floats, weights: Floats) -> tuple[Floats, Floats, Floats]:
    """The distinct points with the sums of their weights, without those of sum 0.

    >>> merged(np.array([1.0, 2.0, 1.0]), np.array([5.0, 5.0, 5.0]), np.array([1.0, 2.0, 3.0]))
    (array([1., 2.]), array([5., 5.]), array([4., 2.]))
    """
    order = np.lexsort((y, x))
    x, y, weights = x[order], y[order], weights[order]
    if not len(x):
        return x, y, weights
    starts = np.flatnonzero(np.concatenate([[True], (np.diff(x) != 0) | (np.diff(y) != 0)]))
    sums = np.add.reduceat(weights, starts)
    there = sums != 0
    return x[starts][there], y[starts][there], sums[there]


def direct_sum(
    x: Floats, y: Floats, weights: Floats, grid: HeatGrid, kernel: Kernel, radius_m: float, progress: Progress,
) -> Floats:
    """Cases per km² at the centres of the cells, (rows, columns), of merged points."""
    if grid.rows * grid.columns <= stencil_cells(kernel, radius_m / grid.cell_m):
        values = _every_pair(x, y, weights, grid, kernel, radius_m, progress)
    elif kernel == Kernel.GAUSSIAN:
        values = _by_products(x, y, weights, grid, radius_m, progress)
    else:
        values = _by_offsets(x, y, weights, grid, kernel, radius_m, progress)
    values *= height(kernel, radius_m)
    return values


def stencil_cells(kernel: Kernel, radius: float) -> float:
    """About how many cells a point with a radius in cells gives to."""
    if kernel == Kernel.GAUSSIAN:
        return (2 * GAUSSIAN_END * radius + _SQUARE) ** 2
    return math.pi * (radius + 0.7) ** 2


def _every_pair(
    x: Floats, y: Floats, weights: Floats, grid: HeatGrid, kernel: Kernel, radius_m: float, progress: Progress,
) -> Floats:
    """For kernels wider than the raster."""
    centres_x, centres_y = np.tile(grid.centres_x(), grid.rows), np.repeat(grid.centres_y(), grid.columns)
    values = np.zeros(grid.rows * grid.columns)
    for start, end in _chunks(len(x), max(1, _BLOCK // len(values))):
        progress.report(start / len(x))
        for first, last in _chunks(len(values), _BLOCK):
            u2 = np.square(centres_x[first:last, None] - x[start:end])
            u2 += np.square(centres_y[first:last, None] - y[start:end])
            u2 /= radius_m ** 2
            values[first:last] += shape(kernel, u2) @ weights[start:end]
    return values.reshape(grid.rows, grid.columns)


def _by_offsets(
    x: Floats, y: Floats, weights: Floats, grid: HeatGrid, kernel: Kernel, radius_m: float, progress: Progress,
) -> Floats:
    column, row = _cells(x, y, grid)
    order = np.lexsort((column, row))
    column, row, x, y, weights = column[order], row[order], x[order], y[order], weights[order]
    values = np.zeros((grid.rows, grid.columns))
    for start, end in _chunks(len(x), _CHUNK):
        progress.report(start / len(x))
        part = slice(start, end)
        _scatter(values, x[part], y[part], weights[part], column[part], row[part], grid, kernel, radius_m)
    return values


def _scatter(
    values: Floats, x: Floats, y: Floats, weights: Floats, column: Ints, row: Ints, grid: HeatGrid, kernel: Kernel,
    radius_m: float,
) -> None:
    """Add what points, sorted by cell, give to all cells in reach."""
    starts = np.flatnonzero(np.concatenate([[True], (np.diff(row) != 0) | (np.diff(column) != 0)]))
    into_column, into_row = column[starts], row[starts]
    east = grid.left + (column + 0.5) * grid.cell_m - x
    south = grid.top - (row + 0.5) * grid.cell_m - y
    reach = radius_m / grid.cell_m
    most = math.floor(reach + 0.5 + 1e-9)
    for down in range(max(-most, -int(row[-1])), min(most, grid.rows - 1 - int(row[0])) + 1):
        inside = (into_row + down >= 0) & (into_row + down < grid.rows)
        near = max(abs(down) - 0.5, 0.0)
        wide = math.floor(math.sqrt(max(reach ** 2 - near ** 2, 0.0)) + 0.5 + 1e-9)
        across = np.arange(max(-wide, -int(column.max())), min(wide, grid.columns - 1 - int(column.min())) + 1)
        if not (len(across) and inside.any()):
            continue
        u2 = np.square(across[:, None] * grid.cell_m + east)
        u2 += np.square(south - down * grid.cell_m)
        u2 /= radius_m ** 2
        given = shape(kernel, u2)
        given *= weights
        _add(values, np.add.reduceat(given, starts, axis=1), into_row + down, into_column, across, inside)


def _add(values: Floats, sums: Floats, row: Ints, column: Ints, across: Ints, inside: np.ndarray) -> None:
    """Add one row of sums for each offset to the cells so many columns away, where they are in the raster."""
    flat, width = values.reshape(-1), values.shape[1]
    whole = bool(inside.all()) and column.min() + across[0] >= 0 and column.max() + across[-1] < width
    at = row * width + column
    for offset, given in zip(across.tolist(), sums):
        if whole:
            flat[at + offset] += given
        else:
            there = inside & (column + offset >= 0) & (column + offset < width)
            flat[at[there] + offset] += given[there]


def _by_products(
    x: Floats, y: Floats, weights: Floats, grid: HeatGrid, radius_m: float, progress: Progress,
) -> Floats:
    """Of a Gaussian, which is a product: for each square of cells Y W Xᵀ, over all cells it can be seen from."""
    reach = math.ceil(GAUSSIAN_END * radius_m / grid.cell_m)
    column, row = _cells(x, y, grid)
    square_x, square_y = column // _SQUARE, row // _SQUARE
    order = np.lexsort((square_x, square_y))
    square_x, square_y, x, y, weights = square_x[order], square_y[order], x[order], y[order], weights[order]
    new = (np.diff(square_x) != 0) | (np.diff(square_y) != 0)
    borders = [0, *(np.flatnonzero(new) + 1).tolist(), len(x)] if len(x) else [0]
    centres_x, centres_y, values = grid.centres_x(), grid.centres_y(), np.zeros((grid.rows, grid.columns))
    for start, end in zip(borders, borders[1:]):
        progress.report(start / len(x))
        columns = _window(int(square_x[start]), reach, grid.columns)
        rows = _window(int(square_y[start]), reach, grid.rows)
        for first, last in _chunks(end - start, _PRODUCT):
            part = slice(start + first, start + last)
            across = shape(Kernel.GAUSSIAN, np.square((x[part, None] - centres_x[columns]) / radius_m))
            down = shape(Kernel.GAUSSIAN, np.square((centres_y[rows, None] - y[part]) / radius_m))
            down *= weights[part]
            values[rows, columns] += down @ across
    return values


def _window(square: int, reach: int, cells: int) -> slice:
    return slice(max(square * _SQUARE - reach, 0), max(min((square + 1) * _SQUARE + reach, cells), 0))


def _cells(x: Floats, y: Floats, grid: HeatGrid) -> tuple[Ints, Ints]:
    """Column and row of the cells that hold points; outside the raster they run on."""
    column = np.floor((x - grid.left) / grid.cell_m).astype(np.int64)
    return column, np.floor((grid.top - y) / grid.cell_m).astype(np.int64)


def _chunks(count: int, size: int) -> Iterator[tuple[int, int]]:
    return ((start, min(start + size, count)) for start in range(0, count, size))
