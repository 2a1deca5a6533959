"""What heatmap and heatmapseries share: parameters, the plan, and how their rasters are shown."""
from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qgis.core import (
    Qgis,
    QgsProcessingContext,
    QgsProcessingOutputNumber,
    QgsProcessingOutputString,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterCrs,
    QgsProcessingParameterExtent,
    QgsProcessingParameterNumber,
    QgsProcessingParameterRasterDestination,
    QgsReferencedRectangle,
)

from ..bridge.dependencies import missing_libraries
from ..bridge.dressing import dress_on_completion
from ..bridge.translation import tr
from ..core.errors import AtlasError
from .base import choice
from .points import PointsAlgorithm

if TYPE_CHECKING:
    from ..bridge.heat_planning import HeatAsked, HeatPlan
    from ..bridge.point_source import PointsRead
    from ..bridge.raster_styles import RasterLook
    from ..bridge.rasters import Sheet
    from ..core.arrays import Floats

#: As `core.kernels.Kernel`, which needs numpy.
KERNELS = ("quartic", "gaussian", "epanechnikov", "triangular", "uniform")
#: 100 MB a band of float32.
MAX_CELLS = 25_000_000
#: What the sum of the values may differ from the cases, as a share, before it is said.
_MASS = 1e-3
_SUFFIXES = (".tif", ".tiff")


@dataclass(frozen=True)
class Heat:
    """Points, the cases that each weighs over all of the interval, and where their heat is computed."""

    read: PointsRead
    cases: Floats
    plan: HeatPlan


class HeatAlgorithm(PointsAlgorithm):
    """An algorithm that writes cases per km² into a GeoTIFF."""

    GROUP = ("heatmaps", "Heatmaps")
    TAGS = "outbreak,epidemic,cases,heatmap,kernel density,kde,hotspot,raster,weighted"
    OUTPUT_NAME = "Heatmap"

    def initAlgorithm(self, configuration: dict[str, Any] | None = None) -> None:  # noqa: N802 - Qt's name
        super().initAlgorithm(configuration)
        self.addParameter(_metres("RADIUS", tr("Radius (metres)")))
        self.addParameter(choice("KERNEL", tr("Kernel"), KERNELS, KERNELS[0]))
        self.addParameter(_metres("CELL_SIZE", tr("Width of a cell (metres)")))
        self.addParameter(QgsProcessingParameterExtent("EXTENT", tr("Extent"), optional=True))
        self.advanced(QgsProcessingParameterCrs("TARGET_CRS", tr("Coordinate reference system"), optional=True))
        self.advanced(QgsProcessingParameterBoolean(
            "EXACT", tr("Exact to the last digits of float64 (slower)"), False))
        self.advanced(QgsProcessingParameterNumber(
            "MAX_CELLS", tr("Most cells of a band"), Qgis.ProcessingNumberParameterType.Integer, MAX_CELLS))
        self._add_own_parameters()
        self.addParameter(QgsProcessingParameterRasterDestination("OUTPUT", tr(self.OUTPUT_NAME)))
        for name, text in (("RADIUS_USED", tr("Radius used (metres)")), ("CELL_SIZE_USED", tr("Width of a cell used")),
                           ("CASES", tr("Cases on the raster")), ("MASS", tr("Sum of the values times a cell's area")),
                           ("MAXIMUM", tr("Greatest value, in cases per km²")), ("BANDS", tr("Bands"))):
            self.addOutput(QgsProcessingOutputNumber(name, text))
        self.addOutput(QgsProcessingOutputString("CRS_USED", tr("Coordinate reference system used")))
        self.addOutput(QgsProcessingOutputString("METRIC_USED", tr("Count used")))

    def canExecute(self) -> tuple[bool, str]:  # noqa: N802
        can_run, reason = super().canExecute()
        if can_run and missing_libraries(("osgeo",)):
            return False, tr("GDAL's Python library is missing (Debian, Ubuntu: sudo apt install python3-gdal).")
        return can_run, reason

    def look(self, parameters: dict[str, Any], context: QgsProcessingContext) -> None:
        # A context of its own: the real one would be told to load the file already.
        path = self.parameterAsOutputLayer(parameters, "OUTPUT", QgsProcessingContext())
        if path and Path(path).suffix.lower() not in _SUFFIXES:
            message = tr("The heatmap is a GeoTIFF: let OUTPUT end in .tif, not as “{file}” does.")
            raise AtlasError(message.format(file=Path(path).name))
        self._asked(parameters, context)
        super().look(parameters, context)

    def _add_own_parameters(self) -> None:
        """Those that come before OUTPUT."""

    def _asked(self, parameters: dict[str, Any], context: QgsProcessingContext) -> HeatAsked:
        from ..bridge.heat_planning import HeatAsked

        radius, cell = (
            self.number(parameters, name, context) if _is_given(parameters.get(name)) else None
            for name in ("RADIUS", "CELL_SIZE"))
        return HeatAsked(
            radius, self.parameterAsEnumString(parameters, "KERNEL", context), cell, self._extent(parameters, context),
            self.parameterAsCrs(parameters, "TARGET_CRS", context) if _is_given(parameters.get("TARGET_CRS")) else None,
            self.parameterAsBoolean(parameters, "EXACT", context),
            self.whole_number(parameters, "MAX_CELLS", context))

    def _extent(self, parameters: dict[str, Any], context: QgsProcessingContext) -> QgsReferencedRectangle | None:
        if not _is_given(parameters.get("EXTENT")):
            return None
        box = self.parameterAsExtent(parameters, "EXTENT", context)
        if box.isNull() or not math.isfinite(box.width() + box.height()):
            raise AtlasError(tr("EXTENT “{text}” is none: write west,east,south,north [EPSG:4326].").format(
                text=parameters["EXTENT"]))
        return QgsReferencedRectangle(box, self.parameterAsExtentCrs(parameters, "EXTENT", context))

    def _planned(
        self, read: PointsRead, cases: Floats, parameters: dict[str, Any], context: QgsProcessingContext
    ) -> Heat:
        """The plan, and what has to be said of it."""
        from ..bridge.heat_planning import plan_heat, plane_name

        asked = self._asked(parameters, context)
        plan = plan_heat(read.x, read.y, cases, read.crs, asked)
        for sentence in plan.warnings:
            self.warn(sentence)
        for sentence in plan.notes:
            self.tell(sentence)
        how = tr("given") if asked.radius_m is not None else tr("Silverman's rule")
        if asked.extent is not None and not plan.is_reached():
            self.warn(tr("No point reaches EXTENT: every cell of the raster is 0."))
        self.tell(tr("Radius {radius} m ({how}), cells of {cell} m, {columns} × {rows} of them, in {crs}.").format(
            radius=f"{plan.radius_m:,.6g}", how=how, cell=f"{plan.grid.cell_m:,.6g}", columns=plan.grid.columns,
            rows=plan.grid.rows, crs=plane_name(plan.crs)))
        return Heat(read, cases, plan)

    def tell(self, sentence: str) -> None:
        """Say something in the log."""
        self._feedback.pushInfo(sentence)

    def _told_mass(self, heat: Heat, cases: Floats, mass: float) -> None:
        """Say so where the values are not the cases: the cells are too wide for the kernel."""
        from ..core.kernels import cells_a_radius

        plan, there = heat.plan, cases[heat.plan.there]
        apart = mass - there.sum()
        if not plan.holds_all() or abs(apart) <= _MASS * abs(there).sum():
            return
        message = tr("The values times the area of a cell come to {mass}, {percent} percent {off} the {cases} cases, "
                     "as the cells are wide for a radius of {radius} m: give a CELL_SIZE of {cell} m or less.")
        self.warn(message.format(
            mass=f"{mass:,.10g}", percent=f"{100 * abs(apart) / abs(there).sum():.2g}",
            off=tr("above") if apart > 0 else tr("below"), cases=f"{there.sum():,.10g}",
            radius=f"{plan.radius_m:,.10g}",
            cell=f"{min(plan.radius_m / cells_a_radius(plan.kernel), plan.grid.cell_m / 2):,.3g}"))

    def _show(self, path: str, context: QgsProcessingContext, look: RasterLook) -> None:
        """Style and time beside the file, and once more when it is put into the project."""
        from ..bridge.raster_styles import dress_raster, keep_raster_style

        keep_raster_style(Path(path), look)
        dress_on_completion(context, path, self.provider(), partial(dress_raster, look=look))


def sheet_of(heat: Heat, exact: bool, bands: int, items: dict[str, str]) -> Sheet:
    """The raster apart from its values."""
    from ..bridge.rasters import Sheet
    from ..core.density import binning_error
    from ..core.version import plugin_version

    plan = heat.plan
    error = 0.0 if exact else binning_error(plan.kernel, plan.radius_m, plan.grid.cell_m)
    common = {
        "title": heat.read.title, "metric": metric_words(heat.read), "kernel": plan.kernel.value,
        "radius_m": f"{plan.radius_m:.10g}", "cell_m": f"{plan.grid.cell_m:.10g}", "zone": heat.read.zone,
        "exact": "yes" if exact else "no", "error_bound": f"{error:.3g} of the maximum",
        "software": f"Outbreak Atlas {plugin_version()}"}
    return Sheet(plan.grid, plan.crs, {**common, **items}, bands, exact, plan.covered)


def metric_words(read: PointsRead) -> str:
    """What is counted."""
    return read.metric or tr("points")


def radius_words(radius_m: float) -> str:
    """A radius with its unit, as a title names it.

    >>> radius_words(25_300.0), radius_words(800.0)
    ('25.3 km', '800 m')
    """
    return f"{radius_m / 1000:,.3g} km" if radius_m >= 1000 else f"{radius_m:,.3g} m"


def day_words(ms: int, end: bool = False) -> str:
    """A moment as titles name it: a day, with the hour where it is not midnight; of an end the last day within."""
    from ..bridge.point_source_dataset import moment_words
    from ..core.schema import MS_PER_DAY

    return moment_words(ms - MS_PER_DAY if end and ms % MS_PER_DAY == 0 else ms)


def _metres(name: str, text: str) -> QgsProcessingParameterNumber:
    """Without bounds: what is wrong is said in words."""
    return QgsProcessingParameterNumber(name, text, Qgis.ProcessingNumberParameterType.Double, optional=True)


def _is_given(value: object) -> bool:
    return value is not None and value != "" and not (hasattr(value, "isNull") and value.isNull())
