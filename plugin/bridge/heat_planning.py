"""From points and what was asked of a heatmap to its plane, its radius and its cells."""
from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from qgis.core import (
    Qgis,
    QgsCoordinateReferenceSystem,
    QgsCsException,
    QgsPoint,
    QgsRectangle,
    QgsReferencedRectangle,
)

from ..core.arrays import Bools, Floats
from ..core.bandwidth import silverman_m
from ..core.errors import AtlasError
from ..core.heat_grid import HeatGrid, plan_grid
from ..core.kernels import Kernel, cells_a_radius, reach_m
from .distances import map_crs
from .heat_refusals import refuse_long_radius, refuse_more_than_memory, refuse_wide_cells
from .plane import DEGREES, transformed
from .systems import sound, transform_between
from .translation import tr

#: A plane that keeps lengths to this share is not worth a word.
_TRUE = 0.005
_SAMPLES = 64


@dataclass(frozen=True)
class HeatAsked:
    """What the user asked for; None where nothing was given."""

    radius_m: float | None
    kernel: str
    cell_m: float | None
    extent: QgsReferencedRectangle | None
    crs: QgsCoordinateReferenceSystem | None
    exact: bool
    max_cells: int


@dataclass(frozen=True)
class HeatPlan:
    """Where heat is computed. there: (n,) which of the points have a place in the plane; x, y: those of them.
    covered: at most what share of the cells a kernel reaches."""

    there: Bools
    x: Floats
    y: Floats
    crs: QgsCoordinateReferenceSystem
    grid: HeatGrid
    kernel: Kernel
    radius_m: float
    covered: float
    warnings: tuple[str, ...]
    notes: tuple[str, ...]

    def is_reached(self) -> bool:
        """Whether the kernel of any point reaches the raster."""
        grid, reach = self.grid, reach_m(self.kernel, self.radius_m)
        return bool(((self.x > grid.left - reach) & (self.x < grid.right + reach) & (self.y > grid.bottom - reach)
                     & (self.y < grid.top + reach)).any())

    def inside(self) -> Bools:
        """Which of the points lie on the raster."""
        grid = self.grid
        return np.asarray((self.x >= grid.left) & (self.x < grid.right) & (self.y > grid.bottom) & (self.y <= grid.top))

    def holds_all(self) -> bool:
        """Whether the raster holds every kernel."""
        left, bottom, right, top = _around(self.x, self.y, reach_m(self.kernel, self.radius_m))
        grid = self.grid
        hair = 1e-6 * grid.cell_m
        return (left >= grid.left - hair and right <= grid.right + hair
                and bottom >= grid.bottom - hair and top <= grid.top + hair)


def plan_heat(
    x: Floats, y: Floats, weights: Floats, crs: QgsCoordinateReferenceSystem, asked: HeatAsked
) -> HeatPlan:
    """Plane, radius and cells. Raises `AtlasError` when the raster would be too large or nothing is on the plane."""
    plane = sound(asked.crs or map_crs(x, y, crs))
    _refuse_no_metres(plane)
    x, y = transformed(x, y, crs, plane)
    there = np.isfinite(x) & np.isfinite(y)
    if not there.any():
        message = tr("No point has a place in {crs}: choose another TARGET_CRS.")
        raise AtlasError(message.format(crs=plane_name(plane)))
    warnings = _lost(there, plane)
    x, y = x[there], y[there]
    kernel = Kernel(asked.kernel)
    radius_m = asked.radius_m if asked.radius_m is not None else silverman_m(x, y, weights[there], kernel)
    refuse_long_radius(radius_m)
    reach = reach_m(kernel, radius_m)
    bounds = _around(x, y, reach) if asked.extent is None else _on_plane(asked.extent, plane)
    grid = plan_grid(bounds, asked.cell_m, asked.max_cells, radius_m / cells_a_radius(kernel))
    refuse_wide_cells(radius_m, grid)
    refuse_more_than_memory(grid)
    covered = len(x) * math.pi * (reach + grid.cell_m) ** 2 / (grid.columns * grid.rows * grid.cell_m ** 2)
    return HeatPlan(there, x, y, plane, grid, kernel, radius_m, min(covered, 1.0), warnings, _untrue(x, y, plane))


def plane_errors(x: Floats, y: Floats, crs: QgsCoordinateReferenceSystem) -> tuple[float, float]:
    """The largest errors of short lengths and of small areas at the points, as shares, by Tissot's ellipses; 0 where
    they cannot be known."""
    outermost = np.unique([*(pick(values) for values in (x, y, x + y, x - y) for pick in (np.argmin, np.argmax)),
                           *np.linspace(0, len(x) - 1, min(_SAMPLES, len(x))).astype(int)])
    lon, lat = transformed(x[outermost], y[outermost], crs, QgsCoordinateReferenceSystem(DEGREES))
    factors = [crs.factors(QgsPoint(*place)) for place in zip(lon.tolist(), lat.tolist()) if np.isfinite(place).all()]
    valid = [one for one in factors if one.isValid()]
    lengths = [scale for one in valid for scale in (one.tissotSemimajor(), one.tissotSemiminor())]
    return _farthest_from_one(lengths), _farthest_from_one([one.arealScale() for one in valid])


def plane_name(crs: QgsCoordinateReferenceSystem) -> str:
    """What a system is called in a sentence."""
    if crs.authid():
        return f"{crs.authid()} ({crs.description()})" if crs.description() else crs.authid()
    return crs.toProj().replace(" +type=crs", "") or tr("this system")


def _farthest_from_one(scales: list[float]) -> float:
    return max((abs(scale - 1) for scale in scales if math.isfinite(scale)), default=0.0)


def _refuse_no_metres(crs: QgsCoordinateReferenceSystem) -> None:
    if not crs.isValid() or crs.isGeographic() or crs.mapUnits() != Qgis.DistanceUnit.Meters:
        message = tr("Cases per km² need a plane in metres, and {crs} is none: choose another TARGET_CRS, or leave it "
                     "empty.")
        raise AtlasError(message.format(crs=plane_name(crs)))


def _lost(there: Bools, crs: QgsCoordinateReferenceSystem) -> tuple[str, ...]:
    if there.all():
        return ()
    text = tr("{n} points have no place in {crs} and are left out.")
    return (text.format(n=f"{int((~there).sum()):,}", crs=plane_name(crs)),)


def _untrue(x: Floats, y: Floats, crs: QgsCoordinateReferenceSystem) -> tuple[str, ...]:
    length, area = plane_errors(x, y, crs)
    if length <= _TRUE:
        return ()
    text = tr("At the points lengths in {crs}, and with them the radius, are off by up to {length} percent, areas by "
              "{area}.")
    return (text.format(crs=plane_name(crs), length=f"{100 * length:.2g}", area=f"{100 * area:.1f}"),)


def _around(x: Floats, y: Floats, reach: float) -> tuple[float, float, float, float]:
    return float(x.min()) - reach, float(y.min()) - reach, float(x.max()) + reach, float(y.max()) + reach


def _on_plane(extent: QgsReferencedRectangle, plane: QgsCoordinateReferenceSystem) -> tuple[float, float, float, float]:
    box = QgsRectangle(extent)
    if extent.crs().isValid() and extent.crs() != plane:
        way = transform_between(extent.crs(), plane)
        try:
            box = way.transformBoundingBox(box)
        except QgsCsException as error:
            message = tr("EXTENT has no place in {crs}: give a smaller one, or another TARGET_CRS.")
            raise AtlasError(message.format(crs=plane_name(plane)), str(error)) from error
    found = box.xMinimum(), box.yMinimum(), box.xMaximum(), box.yMaximum()
    if not np.isfinite(found).all() or box.width() <= 0 or box.height() <= 0:
        raise AtlasError(tr("EXTENT is empty: give west, east, south and north, west before east."))
    return found
