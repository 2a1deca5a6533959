"""How good a binned density of many points is: compared with the direct sum at a sample of cells."""
from __future__ import annotations

import math

import numpy as np

from .arrays import Bools, Floats, Ints
from .density_binned import Binned, Bins
from .density_exact import merged
from .heat_grid import HeatGrid
from .kernels import Kernel, height, reach_m, shape

#: Cells of the sample, and how much larger than its greatest error that of all cells may be.
_SAMPLE, _TIMES = 48, 1.6
#: A Gaussian is less than 1e-9 of its height beyond.
_FAR = 6.5 / 4.0


def sampled_error(
    values: Floats, x: Floats, y: Floats, weights: Floats, binned: Binned, bins: Bins, grid: HeatGrid, kernel: Kernel,
    radius_m: float,
) -> float:
    """About the greatest error of binned values, as a share of the greatest value.

    Errors of many points cancel each other, so that they grow with the root of the density: the sample's errors are
    brought to the density of the greatest value. The greatest of N normal errors is about √(2 ln 2N) times the root of
    their mean square, N the cells above half the greatest value; that is taken, or 1.6 times the greatest error of the
    sample: an estimate, no bound. The sample is of cells above a tenth of the greatest value and that cell
    itself: elsewhere too little is near for an error that matters.
    """
    amounts = np.abs(values).reshape(-1)
    most = float(amounts.max(initial=0.0))
    if most == 0:
        return math.inf
    high = np.flatnonzero(amounts >= most / 10)
    sample = np.append(np.random.default_rng(5).choice(high, _SAMPLE - 1), amounts.argmax())
    sums = _sums(sample, x, y, weights, binned, bins, grid, kernel, radius_m)
    errors = np.abs(values.reshape(-1)[sample] - sums) / most
    levelled = errors * np.sqrt(most / amounts[sample])
    spreads = math.sqrt(2 * math.log(2 * np.count_nonzero(amounts >= most / 2)))
    return max(spreads * math.sqrt(float(np.mean(levelled ** 2))), _TIMES * float(errors.max()))


def heaviest_spot(x: Floats, y: Floats, weights: Floats, bins: Bins, least: float) -> float:
    """The most cases, in amount, on one spot, if that is at least `least`; of less, any smaller number.

    Merging all points would take longer than spreading them: only those near nodes that stand out from the nodes two
    columns away are looked at, as a spot gives a quarter of its cases or more to one of the four nodes around it.
    """
    amounts = np.abs(bins.sums)
    stands_out = amounts.copy()
    stands_out[:, 2:-2] -= (amounts[:, :-4] + amounts[:, 4:]) / 2
    high = np.flatnonzero(stands_out >= least / 4 * (1 - 1e-9))
    width, near = bins.sums.shape[1], np.zeros(bins.sums.size, bool)
    for back in (0, 1, width, width + 1):
        near[np.maximum(high - back, 0)] = True
    there = np.flatnonzero(near[bins.node])
    return float(np.abs(merged(x[there], y[there], weights[there])[2]).max(initial=0.0))


def _sums(
    sample: Ints, x: Floats, y: Floats, weights: Floats, binned: Binned, bins: Bins, grid: HeatGrid, kernel: Kernel,
    radius_m: float,
) -> Floats:
    """Direct sums at the centres of cells, of the points around them, which are found by their nodes."""
    reach = reach_m(kernel, radius_m) * (_FAR if kernel == Kernel.GAUSSIAN else 1.0)
    nodes = math.ceil(reach / grid.cell_m * binned.between) + 1
    row, column = np.divmod(sample, grid.columns)
    at_row, at_column = row * binned.between + binned.margin, column * binned.between + binned.margin
    near = np.flatnonzero(_around(at_row, at_column, nodes, bins.sums.shape)[bins.node])
    down = (bins.node[near] // bins.sums.shape[1]).astype(np.int16 if len(bins.sums) < 1 << 15 else np.int64)
    order = np.argsort(down, kind="stable")  # of short whole numbers without comparing them
    near, down = near[order], down[order]
    x, y, weights = x[near], y[near], weights[near]
    first, last = np.searchsorted(down, at_row - nodes), np.searchsorted(down, at_row + nodes, side="right")
    sums = np.zeros(len(sample))
    for number, (at_x, at_y) in enumerate(zip(grid.centres_x()[column].tolist(), grid.centres_y()[row].tolist())):
        part = slice(int(first[number]), int(last[number]))
        u2 = np.square(x[part] - at_x)
        u2 += np.square(y[part] - at_y)
        u2 /= radius_m ** 2
        sums[number] = shape(kernel, u2) @ weights[part]
    return sums * height(kernel, radius_m)


def _around(row: Ints, column: Ints, reach: int, whole: tuple[int, ...]) -> Bools:
    """The nodes no more than so many rows and columns from any of those given, row by row."""
    near = np.zeros(whole, bool)
    for at_row, at_column in zip(row.tolist(), column.tolist()):
        near[max(at_row - reach, 0): at_row + reach + 1, max(at_column - reach, 0): at_column + reach + 1] = True
    return near.reshape(-1)
