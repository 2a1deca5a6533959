"""How good a binned density of many points is: compared with the direct sum at a sample of cells."""
from __future__ import annotations

import math

import numpy as np

from .arrays import Floats, Ints
from .heat_grid import HeatGrid
from .kernels import Kernel, height, reach_m, shape

#: Cells of the sample, and how much larger than the root of its mean square and than its greatest error those of all
#: cells may be: of 10,000 normal errors, more than lie near the greatest value, the greatest is 3.9 times their spread.
_SAMPLE, _SPREADS, _TIMES = 48, 4.2, 1.6
#: A Gaussian is less than 1e-9 of its height beyond.
_FAR = 6.5 / 4.0


def sampled_error(
    values: Floats, x: Floats, y: Floats, weights: Floats, cells: Ints, grid: HeatGrid, kernel: Kernel, radius_m: float,
) -> float:
    """About the greatest error of binned values, as a share of the greatest value.

    Errors of many points cancel each other, so that they grow with the root of the density: the sample's errors are
    brought to the density of the greatest value. 4.2 times the root of their mean square is taken, or 1.6 times the
    greatest of them: an estimate, no bound. The sample is of cells above a tenth of the greatest value and that cell
    itself: elsewhere too little is near for an error that matters. `cells`: of the points, see `cell_numbers`.
    """
    amounts = np.abs(values).reshape(-1)
    most = float(amounts.max(initial=0.0))
    if most == 0:
        return math.inf
    high = np.flatnonzero(amounts >= most / 10)
    sample = np.append(np.random.default_rng(5).choice(high, _SAMPLE - 1), amounts.argmax())
    errors = np.abs(values.reshape(-1)[sample] - _sums(sample, x, y, weights, cells, grid, kernel, radius_m)) / most
    levelled = errors * np.sqrt(most / amounts[sample])
    return max(_SPREADS * math.sqrt(float(np.mean(levelled ** 2))), _TIMES * float(errors.max()))


def cell_numbers(x: Floats, y: Floats, grid: HeatGrid) -> Ints:
    """The cell of each point, row by row; of points outside the raster the nearest of its border."""
    column = np.clip(((x - grid.left) / grid.cell_m).astype(np.int64), 0, grid.columns - 1)
    row = np.clip(((grid.top - y) / grid.cell_m).astype(np.int64), 0, grid.rows - 1)
    return np.asarray(row * grid.columns + column)


def occupied(cells: Ints, grid: HeatGrid) -> int:
    """How many cells hold points: no more than there are distinct points."""
    held = np.zeros(grid.rows * grid.columns, bool)
    held[cells] = True
    return int(np.count_nonzero(held))


def _sums(
    sample: Ints, x: Floats, y: Floats, weights: Floats, cells: Ints, grid: HeatGrid, kernel: Kernel, radius_m: float,
) -> Floats:
    """Direct sums at the centres of cells, of the points around them."""
    reach = reach_m(kernel, radius_m) * (_FAR if kernel == Kernel.GAUSSIAN else 1.0)
    row, column = np.divmod(sample, grid.columns)
    near = np.flatnonzero(_around(row, column, math.ceil(reach / grid.cell_m) + 1, grid)[cells])
    near = near[np.argsort(x[near])]
    x, y, weights = x[near], y[near], weights[near]
    sums = np.zeros(len(sample))
    for number, (at_x, at_y) in enumerate(zip(grid.centres_x()[column].tolist(), grid.centres_y()[row].tolist())):
        part = slice(*np.searchsorted(x, [at_x - reach, at_x + reach]))
        u2 = ((x[part] - at_x) ** 2 + (y[part] - at_y) ** 2) / radius_m ** 2
        sums[number] = shape(kernel, u2) @ weights[part]
    return sums * height(kernel, radius_m)


def _around(row: Ints, column: Ints, reach: int, grid: HeatGrid) -> np.ndarray:
    """The cells no more than so many rows and columns from any of those given."""
    near = np.zeros((grid.rows, grid.columns), bool)
    for at_row, at_column in zip(row.tolist(), column.tolist()):
        near[max(at_row - reach, 0): at_row + reach + 1, max(at_column - reach, 0): at_column + reach + 1] = True
    return near.reshape(-1)
