"""Heatmap: cases per km² of an interval, weighted by cases."""
from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from qgis.core import QgsProcessingContext

from ..bridge.styles import in_words
from ..bridge.translation import tr
from ..core.progress import Progress
from .heat import Heat, HeatAlgorithm, day_words, metric_words, radius_words, sheet_of

if TYPE_CHECKING:
    from ..bridge.raster_styles import RasterLook
    from ..bridge.rasters import BandSums
    from ..core.arrays import Floats

_ROUNDING = 1e-6


class Heatmap(HeatAlgorithm):
    NAME = "heatmap"
    TITLE = "Heatmap of cases"

    def work(
        self, parameters: dict[str, Any], context: QgsProcessingContext, progress: Progress
    ) -> dict[str, Any]:
        from ..bridge.rasters import writing
        from ..core.density import density
        from ..core.point_cases import Told

        progress.report(0.0, tr("Reading the points"))
        read = self.read(parameters, context, Told.NOTHING, progress.part(0.0, 0.4))
        heat = self._planned(read, read.cases.cases, parameters, context)
        plan, exact = heat.plan, self.parameterAsBoolean(parameters, "EXACT", context)
        progress.report(0.4, tr("Spreading the cases"))
        values = density(plan.x, plan.y, heat.cases[plan.there], plan.grid, plan.kernel, plan.radius_m, exact,
                         progress.part(0.4, 0.9))
        progress.report(0.9, tr("Writing the raster"))
        path = self.parameterAsOutputLayer(parameters, "OUTPUT", context)
        sheet = sheet_of(heat, exact, 1, _interval_items(heat))
        with writing(Path(path), sheet) as tiff:
            sums = tiff.write(1, values, tr("{metric}, cases per km²").format(metric=metric_words(read)), {})
            progress.check()
        self._show(path, context, _look_of(heat, sums))
        found = used(heat, heat.cases, [sums])
        self._told_mass(heat, heat.cases, found["MASS"])
        return {"OUTPUT": path, **found}


def used(heat: Heat, cases: Floats, bands: list[BandSums]) -> dict[str, Any]:
    """What both algorithms tell of their work. cases: (n,) of all points, as the last band counts them."""
    plan = heat.plan
    return {
        "RADIUS_USED": plan.radius_m, "CELL_SIZE_USED": plan.grid.cell_m,
        "CRS_USED": plan.crs.authid() or plan.crs.toProj(), "METRIC_USED": heat.read.metric,
        "CASES": float(cases[plan.there][plan.inside()].sum()),
        "MASS": bands[-1].total * plan.grid.cell_km2,
        "MAXIMUM": max(one.maximum for one in bands), "BANDS": len(bands)}


def is_negative(sums: BandSums) -> bool:
    """Whether a band is below 0 anywhere, but for rounding."""
    return sums.minimum < -_ROUNDING * max(sums.maximum, -sums.minimum)


def abstract_of(heat: Heat) -> str:
    """A paragraph for the layer's metadata."""
    plan = heat.plan
    text = tr("{metric} of “{layer}” in cases per km²: {kernel} kernel, radius {radius}, cells of {cell} m. The sum of "
              "the values times the cell's area ({area} km²) is the number of cases. {zone}")
    zone = tr("Times are in the zone {zone}.").format(zone=heat.read.zone) if heat.read.zone else ""
    return text.format(
        metric=metric_words(heat.read), layer=heat.read.title, kernel=plan.kernel.value,
        radius=radius_words(plan.radius_m), cell=f"{plan.grid.cell_m:,.10g}", area=f"{plan.grid.cell_km2:.10g}",
        zone=zone).strip()


def _interval_items(heat: Heat) -> dict[str, str]:
    period = heat.read.period_ms
    if period is None:
        return {}
    from ..bridge.point_source_dataset import moment_words

    return {"from": moment_words(period[0]), "to": moment_words(period[1])}


def _look_of(heat: Heat, sums: BandSums) -> RasterLook:
    from ..bridge.raster_styles import RasterLook
    from ..core.heat_classes import heat_limits

    read, period = heat.read, heat.read.period_ms
    words = [in_words(metric_words(read))]
    if period is not None and read.is_sum:
        words.append(tr("{begin} to {end}").format(begin=day_words(period[0]), end=day_words(period[1], end=True)))
    elif period is not None:
        words.append(tr("as of the end of {end}").format(end=day_words(period[1], end=True)))
    title = tr("Heat of {what}, radius {radius}").format(
        what=", ".join(words), radius=radius_words(heat.plan.radius_m))
    return RasterLook(heat_limits([sums.maximum]), is_negative(sums), 1, (), title, abstract_of(heat))
