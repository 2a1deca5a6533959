"""Kernel density of weighted points on a raster: exact, or binned with an error below 0.3 percent of the maximum.

D(c) = Σᵢ wᵢ K(|c - xᵢ|) in cases per km² at the cells' centres c, K of mass 1 (see `kernels`).

EXACT is that sum in float64. Otherwise the cheaper of two ways is taken: the same sum, where points are few or the
radius is small, or one Fourier transform of binned points (`density_binned`) with so many nodes a cell that even a
single point is told to 0.3 percent of its height. Many points need no nodes between the cells, as their errors cancel
each other: then a sample of cells is compared with the direct sum, and the transform kept only if it proves good
enough. A uniform kernel jumps at its rim, where binning would be wrong by whole heights: it is always summed exactly.
"""
from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from .arrays import Floats
from .density_binned import Binned, Bins, in_reach, padded
from .density_exact import direct_sum, merged, stencil_cells
from .density_sample import heaviest_spot, sampled_error
from .errors import AtlasError
from .heat_grid import HeatGrid
from .kernels import Kernel, height
from .progress import Progress

#: What the default may differ from the direct sum, as a share of the maximum, from a radius of so many cells on.
LARGEST_ERROR, LEAST_CELLS = 0.003, 5.0
#: The error of a single point binned at a radius of ρ nodes is at most a / ρ^b of its height (measured over the
#: positions of a point between nodes, ρ from 5 to 200; rounded up).
_ERRORS = {Kernel.QUARTIC: (0.70, 2), Kernel.GAUSSIAN: (0.17, 2), Kernel.EPANECHNIKOV: (0.47, 1),
           Kernel.TRIANGULAR: (0.34, 1)}
#: A Gaussian that ends at four standard deviations, and is raised to mass 1 all the same.
_CUT = 0.0004
#: Errors cancel each other only where no spot is told wrong, alone, by more than this share of what is allowed.
_HEAVIEST = 0.5
#: Seconds of summing a point into a cell, of a Gaussian's product of matrices, and of transforming a node.
_SUM_S, _PRODUCT_S, _NODE_S = 1.2e-8, 3e-10, 6e-8
#: No transform of more nodes than this: 0.5 GB an array.
_MOST_NODES = 1 << 26


def density(
    x: Floats, y: Floats, weights: Floats, grid: HeatGrid, kernel: Kernel, radius_m: float, exact: bool,
    progress: Progress = Progress(),  # noqa: B008 - it holds nothing
) -> Floats:
    """Cases per km², (rows, columns), row 0 in the north, of n points in metres and their weights in cases.

    Exactly 0 where no kernel reaches, but that binning may add to cells less than a cell beyond. Weights may be
    negative; those of 0 are left out. The sum of the values times the area of a cell is the number of cases whose
    kernels lie in the raster: to 0.1 percent from a radius of 5 cells on (a uniform kernel, or a few points: of a
    direct sum over cells, 2 percent).

    Raises AtlasError for a radius that is not above 0 and for coordinates or weights that are not finite.

    >>> grid = HeatGrid(left=0.0, top=3000.0, cell_m=1000.0, columns=3, rows=3)
    >>> centre = np.array([1500.0])
    >>> density(centre, centre, np.array([2.0]), grid, Kernel.EPANECHNIKOV, 1250.0, True).round(3).tolist()
    [[0.0, 0.293, 0.0], [0.293, 0.815, 0.293], [0.0, 0.293, 0.0]]
    """
    return Densities(grid, kernel, radius_m, exact).of(x, y, weights, progress)


def binning_error(kernel: Kernel, radius_m: float, cell_m: float) -> float:
    """What the default may differ from the direct sum, as a share of the greatest value; of weights of both signs,
    of the greatest value that their amounts would have. A uniform kernel is summed exactly.

    >>> binning_error(Kernel.UNIFORM, 1000.0, 100.0), binning_error(Kernel.QUARTIC, 500.0, 100.0)
    (0.0, 0.003)
    """
    if kernel == Kernel.UNIFORM:
        return 0.0
    return min(LARGEST_ERROR, _single_error(kernel, radius_m / cell_m))


@dataclass
class Densities:
    """Densities on the same raster with the same kernel, one after another; transforms of kernels are kept."""

    grid: HeatGrid
    kernel: Kernel
    radius_m: float
    exact: bool
    _binned: dict[int, Binned] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not (math.isfinite(self.radius_m) and self.radius_m > 0):
            raise AtlasError("RADIUS must be a number of metres above 0.")

    def of(self, x: Floats, y: Floats, weights: Floats, progress: Progress = Progress()) -> Floats:  # noqa: B008
        """As `density`."""
        if not all(np.isfinite(values).all() for values in (x, y, weights)):
            raise AtlasError("Points without finite coordinates and weights have no density: leave them out.")
        there = weights != 0
        if not (self.exact and self.kernel == Kernel.GAUSSIAN):
            there &= in_reach(x, y, self.grid, self.kernel, self.radius_m)
        if not there.all():
            x, y, weights = x[there], y[there], weights[there]
        progress.report(0.0)
        if not self.exact:
            quick = self._quick(x, y, weights, progress)
            if quick is not None:
                return quick
        return self._thorough(*merged(x, y, weights), progress)

    def least_s(self, points: int) -> float:
        """About how long so many points take at least: their direct sum, or a transform of the cells."""
        if self.exact or self.kernel == Kernel.UNIFORM or self.radius_m < LEAST_CELLS * self.grid.cell_m:
            return self._sum_s(points)
        return min(self._sum_s(points), self._nodes(1) * _NODE_S)

    def _quick(self, x: Floats, y: Floats, weights: Floats, progress: Progress) -> Floats | None:
        """With fewer nodes than a single point needs, if points are many and it proves good enough."""
        if self.kernel == Kernel.UNIFORM or self.radius_m < LEAST_CELLS * self.grid.cell_m:
            return None
        held = len(x)
        for between in (1, 2, 4):
            most = self._nodes(between) * _NODE_S
            if self._nodes(between) > _MOST_NODES or self._sum_s(held) <= most:
                return None
            bins = self._at(between).bins(x, y, weights)
            if between == 1:
                held = bins.held()
                if self._sum_s(held) <= most:
                    return None
            values = self._spread(between, bins, x, y, weights, progress.part(0, 0.5))
            if values is not None:
                return values
        return None

    def _thorough(self, x: Floats, y: Floats, weights: Floats, progress: Progress) -> Floats:
        """Of merged points, what is cheaper: their direct sum, or binned with nodes between the cells."""
        between = self._between()
        if self.exact or between is None or self._sum_s(len(x)) <= self._nodes(between) * _NODE_S:
            return direct_sum(x, y, weights, self.grid, self.kernel, self.radius_m, progress)
        values = self._spread(between, self._at(between).bins(x, y, weights), x, y, weights, progress)
        if values is not None:
            return values
        return direct_sum(x, y, weights, self.grid, self.kernel, self.radius_m, progress)

    def _at(self, between: int) -> Binned:
        if between not in self._binned:
            self._binned[between] = Binned(self.grid, self.kernel, self.radius_m, between)
        return self._binned[between]

    def _between(self) -> int | None:
        """Nodes a cell with which a single point is told well enough; None: too many to transform."""
        radius = self.radius_m / self.grid.cell_m
        if self.kernel == Kernel.UNIFORM or radius < LEAST_CELLS:
            return None
        between = next(count for count in range(1, 1000) if _single_error(self.kernel, radius * count) < LARGEST_ERROR)
        return between if self._nodes(between) <= _MOST_NODES else None

    def _nodes(self, between: int) -> int:
        return math.prod(padded(self.kernel, self.radius_m, self.grid, between))

    def _sum_s(self, points: int) -> float:
        """About how long a direct sum takes."""
        cells = self.grid.rows * self.grid.columns
        each = stencil_cells(self.kernel, self.radius_m / self.grid.cell_m)
        if self.kernel == Kernel.GAUSSIAN and each < cells:
            return points * each * _PRODUCT_S
        return points * min(each, cells) * _SUM_S

    def _spread(
        self, between: int, bins: Bins, x: Floats, y: Floats, weights: Floats, progress: Progress
    ) -> Floats | None:
        """By a transform, if it is within what is allowed: by what is known of single points, or by a sample."""
        is_positive = bool((weights >= 0).all())
        values = self._at(between).spread(bins, is_positive, progress)
        single = _single_error(self.kernel, self.radius_m / self.grid.cell_m * between)
        if is_positive and single < LARGEST_ERROR:
            return values
        most = max(float(values.max()), -float(values.min()))
        least = _HEAVIEST * LARGEST_ERROR * most / (height(self.kernel, self.radius_m) * single)
        if heaviest_spot(x, y, weights, bins, least) > least:
            return None
        error = sampled_error(
            values, x, y, weights, self._at(between), bins, self.grid, self.kernel, self.radius_m)
        return values if error < LARGEST_ERROR else None


def _single_error(kernel: Kernel, nodes: float) -> float:
    """Of a single point, as a share of its height."""
    factor, power = _ERRORS[kernel]
    return factor / nodes ** power + (_CUT if kernel == Kernel.GAUSSIAN else 0.0)

