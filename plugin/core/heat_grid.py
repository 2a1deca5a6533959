"""The raster of a heat map: planned, and refused if too large, before anything is allocated."""
from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from .arrays import Floats
from .errors import AtlasError

#: Without a cell size: no more cells than this.
_USUAL_CELLS = 1_000_000
#: Sizes that are offered, times a power of ten.
_NICE = (1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)
#: A border that lies on a multiple of the cell but for rounding is taken to lie on it.
_HAIR = 1e-9
#: Columns are numbered from 0 of the plane; beyond this, cells cannot be told apart.
_FARTHEST = 2.0 ** 50


@dataclass(frozen=True)
class HeatGrid:
    """`rows` times `columns` squares of `cell_m` metres; row 0 is the northernmost."""

    left: float
    top: float
    cell_m: float
    columns: int
    rows: int

    @property
    def right(self) -> float:
        return self.left + self.columns * self.cell_m

    @property
    def bottom(self) -> float:
        return self.top - self.rows * self.cell_m

    @property
    def cell_km2(self) -> float:
        return (self.cell_m / 1000) ** 2

    def centres_x(self) -> Floats:
        """Of the columns, from west to east."""
        return self.left + (np.arange(self.columns) + 0.5) * self.cell_m

    def centres_y(self) -> Floats:
        """Of the rows, from north to south."""
        return self.top - (np.arange(self.rows) + 0.5) * self.cell_m


def plan_grid(
    bounds: tuple[float, float, float, float], cell_m: float | None, max_cells: int, wanted_m: float | None = None,
) -> HeatGrid:
    """The raster that covers (xmin, ymin, xmax, ymax), its borders on whole multiples of the cell.

    Without a cell size: the wanted one, rounded down to a round number, or the next size with which at most a million
    cells (or `max_cells`) cover the bounds.

    >>> plan_grid((10.0, 20.0, 95.0, 110.0), 25.0, 1000)
    HeatGrid(left=0.0, top=125.0, cell_m=25.0, columns=4, rows=5)
    """
    _check_bounds(bounds)
    if max_cells < 1:
        raise AtlasError("MAX_CELLS must be at least 1.")
    if cell_m is None:
        return _aligned(bounds, _usual_size(bounds, max_cells, wanted_m))
    if not (math.isfinite(cell_m) and cell_m > 0):
        raise AtlasError("CELL_SIZE must be a number of metres above 0.")
    columns, rows = _counts(bounds, cell_m)
    if columns * rows > max_cells:
        fits = _format(size_that_fits(bounds, cell_m, max_cells))
        raise AtlasError(
            f"With CELL_SIZE {_format(cell_m)} m the raster would have {columns * rows:,.4g} cells, "
            f"more than MAX_CELLS ({max_cells:,}); give at least {fits} m.")
    return _aligned(bounds, cell_m)


def size_that_fits(bounds: tuple[float, float, float, float], least_m: float, max_cells: int) -> float:
    """The smallest round size, in metres and at least the given one, with which at most so many cells cover bounds.

    >>> size_that_fits((0.0, 0.0, 1000.0, 1000.0), 1.0, 10_000)
    10.0
    """
    area = (bounds[2] - bounds[0]) * (bounds[3] - bounds[1])
    size = _nice(max(least_m, math.sqrt(area / max_cells)))
    while math.prod(_counts(bounds, size)) > max_cells:
        # a grid of one cell on the origin of the plane cannot be had where the bounds straddle it
        if size > 4 * max(abs(value) for value in bounds):
            raise AtlasError(f"No cell size covers the extent with {max_cells:,} cells: raise MAX_CELLS.")
        size = _nice(size * 1.01)
    return size


def _check_bounds(bounds: tuple[float, float, float, float]) -> None:
    if not all(math.isfinite(value) for value in bounds):
        raise AtlasError("The extent of the heat map is not a number: choose another EXTENT or TARGET_CRS.")
    if not (bounds[2] > bounds[0] and bounds[3] > bounds[1]):
        raise AtlasError("The extent of the heat map has no area: choose an EXTENT with width and height.")


def _usual_size(bounds: tuple[float, float, float, float], max_cells: int, wanted_m: float | None) -> float:
    longest = max(bounds[2] - bounds[0], bounds[3] - bounds[1])
    wanted = wanted_m if wanted_m and math.isfinite(wanted_m) and wanted_m > 0 else longest / 500
    return size_that_fits(bounds, _nice_below(wanted), min(max_cells, _USUAL_CELLS))


def _counts(bounds: tuple[float, float, float, float], cell_m: float) -> tuple[int, int]:
    """Columns and rows."""
    left, bottom, right, top = _edges(bounds, cell_m)
    return int(right - left), int(top - bottom)


def _edges(bounds: tuple[float, float, float, float], cell_m: float) -> tuple[float, float, float, float]:
    """The borders as whole numbers of cells from the plane's origin."""
    if max(abs(value) for value in bounds) / cell_m > _FARTHEST:
        raise AtlasError("CELL_SIZE is too small for the extent of the data: give a larger one.")
    left, bottom = (math.floor(value / cell_m + _HAIR) for value in bounds[:2])
    right, top = (math.ceil(value / cell_m - _HAIR) for value in bounds[2:])
    return left, bottom, max(right, left + 1), max(top, bottom + 1)


def _aligned(bounds: tuple[float, float, float, float], cell_m: float) -> HeatGrid:
    left, _, _, top = _edges(bounds, cell_m)
    columns, rows = _counts(bounds, cell_m)
    return HeatGrid(left * cell_m, top * cell_m, cell_m, columns, rows)


def _nice(size_m: float) -> float:
    """The next round size."""
    decade = 10.0 ** math.floor(math.log10(size_m))
    return next(float(f"{m * decade:.6g}") for m in (*_NICE, 12.0) if m * decade >= size_m * (1 - 1e-9))


def _nice_below(size_m: float) -> float:
    decade = 10.0 ** math.floor(math.log10(size_m))
    return next(float(f"{m * decade:.6g}") for m in reversed((0.8, *_NICE)) if m * decade <= size_m * (1 + 1e-9))


def _format(value: float) -> str:
    return f"{value:.10g}"
