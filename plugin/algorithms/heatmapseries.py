"""Heatmap series: cases per km² of the last steps, one band a step, ready to play."""
from __future__ import annotations

import math
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qgis.core import (
    Qgis,
    QgsProcessingContext,
    QgsProcessingOutputNumber,
    QgsProcessingParameterFileDestination,
    QgsProcessingParameterNumber,
)

from ..bridge.styles import in_words
from ..bridge.temporal import as_utc
from ..bridge.translation import tr
from ..core.errors import AtlasError
from ..core.progress import Progress
from ..core.schema import Step
from .base import choice
from .heat import Heat, HeatAlgorithm, day_words, metric_words, radius_words, sheet_of
from .heatmap import abstract_of, is_negative, used

if TYPE_CHECKING:
    from ..bridge.netcdf import NetCdf, Timeline
    from ..bridge.point_source import PointsRead, Question
    from ..bridge.raster_styles import RasterLook
    from ..bridge.rasters import BandSums, GeoTiff
    from ..core.arrays import Floats, Ints

STEPS = tuple(step.value for step in Step)
#: A week of days and a day of hours even out how people report.
_WINDOWS = {Step.HOUR: 24, Step.DAY: 7, Step.WEEK: 1}
#: More frames than this nobody plays, and QGIS takes seconds to open them.
MOST_BANDS = 10_000
#: The first and the last moment that have a date: the years 1 and 9999.
_FIRST_MS, _LAST_MS = -62_135_596_800_000, 253_402_300_799_999


@dataclass(frozen=True)
class Bands:
    """`count` whole steps from `begin_ms`; each counts the last `window` steps, None: all since the beginning.

    lead: steps before the first band that were read for its window.
    """

    step: Step
    begin_ms: int
    count: int
    window: int | None
    lead: int

    @property
    def step_ms(self) -> int:
        from ..core.steps import step_ms

        return step_ms(self.step)

    def shown_ms(self) -> list[tuple[int, int]]:
        """When each band is drawn: its own step."""
        starts = range(self.begin_ms, self.begin_ms + self.count * self.step_ms, self.step_ms)
        return [(start, start + self.step_ms) for start in starts]

    def counted_ms(self) -> list[tuple[int, int]]:
        """What each band counts; of a stock the moment before which it is known."""
        back = (self.window or 1) * self.step_ms
        return [(end - back, end) for _, end in self.shown_ms()]


@dataclass(frozen=True)
class Series:
    """Heat, its bands, and the numbers of steps of the entries, counted from the first one that was read."""

    heat: Heat
    bands: Bands
    steps: Ints


class HeatmapSeries(HeatAlgorithm):
    NAME = "heatmapseries"
    TITLE = "Heatmap series of cases"
    TAGS = f"{HeatAlgorithm.TAGS},temporal,time,series,animation,netcdf"
    OUTPUT_NAME = "Heatmap series"
    NEEDS_TIME = True

    def _add_own_parameters(self) -> None:
        self.addParameter(choice("STEP", tr("Step (a band each)"), STEPS, None, optional=True))
        self.addParameter(QgsProcessingParameterNumber(
            "WINDOW", tr("Window (cases of the last … steps)"), Qgis.ProcessingNumberParameterType.Integer,
            optional=True))
        self.addParameter(QgsProcessingParameterFileDestination(
            "NETCDF", tr("The same as NetCDF"), tr("NetCDF files (*.nc)"), None, True, False))
        self.addOutput(QgsProcessingOutputNumber("WINDOW_USED", tr("Window used (steps)")))

    def look(self, parameters: dict[str, Any], context: QgsProcessingContext) -> None:
        path = self._netcdf(parameters, QgsProcessingContext())
        if path is not None and path.suffix.lower() != ".nc":
            raise AtlasError(tr("NETCDF must end in .nc, not as “{file}” does.").format(file=path.name))
        super().look(parameters, context)

    def work(
        self, parameters: dict[str, Any], context: QgsProcessingContext, progress: Progress
    ) -> dict[str, Any]:
        progress.report(0.0, tr("Reading the points"))
        series = self._series(parameters, context, progress.part(0.0, 0.3))
        exact = self.parameterAsBoolean(parameters, "EXACT", context)
        path = self.parameterAsOutputLayer(parameters, "OUTPUT", context)
        netcdf = self._netcdf(parameters, context)
        progress.report(0.3, tr("Spreading the cases and writing the bands"))
        sums = _write(series, exact, Path(path), netcdf, progress.part(0.3, 0.98))
        self._show(path, context, _look_of(series, sums))
        cases = _last_cases(series)
        found = {"OUTPUT": path, "WINDOW_USED": series.bands.window or 0, **used(series.heat, cases, sums)}
        self._told_mass(series.heat, cases, found["MASS"])
        return found if netcdf is None else {**found, "NETCDF": str(netcdf)}

    def _series(self, parameters: dict[str, Any], context: QgsProcessingContext, progress: Progress) -> Series:
        from ..core.point_cases import Told

        read = self.read(parameters, context, Told.CHANGES, progress)
        if read.cases.entries is None or read.period_ms is None:
            raise AtlasError(tr("A series needs times: choose TIME_FIELD."))
        step, window = self._step(parameters, context), self._window(parameters, context)
        bands = _bands_of(read, step, window, self._first_band(parameters, context))
        if not read.is_sum and parameters.get("WINDOW"):
            self.warn(tr("{metric} is a state, not a sum: WINDOW is ignored, and each band shows what was known at the "
                         "end of its step.").format(metric=read.metric))
        steps = (read.cases.entries.ms - bands.begin_ms) // bands.step_ms + bands.lead
        cases = _cases_between(read, steps, bands.lead) if read.is_sum else read.cases.cases
        what = tr("as known at its end") if bands.window is None else tr("of the last {n}").format(n=bands.window)
        self.tell(tr("{n} bands, one a {step}: cases {what}.").format(n=bands.count, step=bands.step.value, what=what))
        return Series(self._planned(read, cases, parameters, context), bands, steps)

    def _question(self, parameters: dict[str, Any], context: QgsProcessingContext) -> Question:
        """Whole steps, and those before the first band that its window counts."""
        asked = super()._question(parameters, context)
        step = self._step(parameters, context)
        begin_ms, end_ms = self._whole_steps(asked, step)
        if begin_ms is not None:
            from ..core.steps import step_ms

            # no farther than any data lie: a moment has a year from 1 on
            begin_ms = max(begin_ms - (self._window(parameters, context) - 1) * step_ms(step), min(begin_ms, _FIRST_MS))
        begin, end = (None if one is None else as_utc(min(one, _LAST_MS)) for one in (begin_ms, end_ms))
        return replace(asked, begin=begin, end=end)

    def _whole_steps(self, asked: Question, step: Step) -> tuple[int | None, int | None]:
        """FROM brought back to the begin of its step, TO forward to the end."""
        from ..bridge.moments import moment_of
        from ..core.steps import dataset_end, step_begin

        zone = self._zone()
        begin, end = (moment_of(value, zone) for value in (asked.begin, asked.end))
        if begin is not None and end is not None and begin >= end:
            raise AtlasError(tr("FROM must lie before TO: there is no time between them."))
        return (None if begin is None else step_begin(begin, step), None if end is None else dataset_end(end - 1, step))

    def _first_band(self, parameters: dict[str, Any], context: QgsProcessingContext) -> int | None:
        """When the first band begins if FROM was given."""
        return self._whole_steps(super()._question(parameters, context), self._step(parameters, context))[0]

    def _step(self, parameters: dict[str, Any], context: QgsProcessingContext) -> Step:
        own = self._dataset_step()
        given = parameters.get("STEP")
        if given is None or given == "":
            return own or Step.DAY
        step = Step(self.parameterAsEnumString(parameters, "STEP", context))
        if own is not None and STEPS.index(step.value) < STEPS.index(own.value):
            message = tr("STEP is {step}, but the dataset is stored in steps of a {own}: choose a longer STEP, or run "
                         "Set step on the dataset first.")
            raise AtlasError(message.format(step=step.value, own=own.value))
        return step

    def _window(self, parameters: dict[str, Any], context: QgsProcessingContext) -> int:
        given = parameters.get("WINDOW")
        if given is None or given == "":
            return _WINDOWS[self._step(parameters, context)]
        return self.whole_number(parameters, "WINDOW", context)

    def _netcdf(self, parameters: dict[str, Any], context: QgsProcessingContext) -> Path | None:
        path = self.parameterAsFileOutput(parameters, "NETCDF", context) if parameters.get("NETCDF") else ""
        return Path(path) if path else None

    def _dataset_step(self) -> Step | None:
        from ..bridge.description import read_description

        path = self._layer.path if self._layer is not None else None
        return None if path is None else read_description(path).period.step

    def _zone(self) -> str:
        from ..bridge.description import read_description

        path = self._layer.path if self._layer is not None else None
        return "" if path is None else read_description(path).zone


def _bands_of(read: PointsRead, step: Step, window: int, begin_ms: int | None) -> Bands:
    """The bands from a moment on, or else from the first step that was read."""
    from ..core.steps import dataset_end, step_begin, step_ms

    period = read.period_ms or (0, 0)
    begin = step_begin(period[0], step) if begin_ms is None else begin_ms
    count = (dataset_end(period[1] - 1, step) - begin) // step_ms(step)
    if count > MOST_BANDS:
        message = tr("That would be {n} bands, and {most} are the most that are written: choose a longer STEP, or a "
                     "FROM and TO nearer to each other.")
        raise AtlasError(message.format(n=f"{count:,}", most=f"{MOST_BANDS:,}"))
    if not read.is_sum or read.cases.entries is None:
        return Bands(step, begin, count, None, 0)  # what was known before counts from the first band on
    before = (begin - int(read.cases.entries.ms.min())) / step_ms(step)
    return Bands(step, begin, count, window, min(max(math.ceil(before), 0), window - 1))


def _cases_between(read: PointsRead, steps: Ints, first: int) -> Floats:
    """What each point reported from a step on."""
    import numpy as np

    entries = read.cases.entries
    if entries is None:
        return read.cases.cases
    later = steps >= first
    return np.bincount(entries.point[later], entries.cases[later], len(read.x))


def _last_cases(series: Series) -> Floats:
    """What each point weighs in the last band."""
    bands, read = series.bands, series.heat.read
    if bands.window is None:
        return read.cases.cases
    return _cases_between(read, series.steps, bands.lead + bands.count - bands.window)


def _write(
    series: Series, exact: bool, path: Path, netcdf: Path | None, progress: Progress
) -> list[BandSums]:
    """All bands, one after the other; a file appears when it is complete."""
    from ..bridge.rasters import writing

    bands, heat = series.bands, series.heat
    counts = tr("known at the end of the step") if bands.window is None else f"{bands.window} {bands.step.value}"
    sheet = sheet_of(heat, exact, bands.count, {
        "step": bands.step.value, "window": counts, "from": day_words(bands.begin_ms),
        "to": day_words(bands.shown_ms()[-1][1])})
    with ExitStack() as files:
        tiff = files.enter_context(writing(path, sheet))
        other = None
        if netcdf is not None:
            from ..bridge.netcdf import writing_netcdf

            other = files.enter_context(writing_netcdf(netcdf, sheet, _timeline(series), _title(series)))
        sums = _write_bands(series, exact, tiff, other, progress)
        progress.check()
        return sums


def _write_bands(
    series: Series, exact: bool, tiff: GeoTiff, netcdf: NetCdf | None, progress: Progress
) -> list[BandSums]:
    from ..bridge.point_source_dataset import moment_words
    from ..core.heat_series import density_series

    plan, bands = series.heat.plan, series.bands
    values = density_series(
        plan.x, plan.y, *_entries(series), bands.lead + bands.count, bands.window, plan.grid, plan.kernel,
        plan.radius_m, exact, progress)
    sums: list[BandSums] = []
    counted = bands.counted_ms()
    for number, band in enumerate(values, 1 - bands.lead):
        progress.report((number + bands.lead) / (bands.lead + bands.count))
        if number < 1:
            continue
        begin, end = counted[number - 1]
        sums.append(tiff.write(number, band, moment_words(end - bands.step_ms), {
            "from": moment_words(begin), "to": moment_words(end)}))
        if netcdf is not None:
            netcdf.write(number, band)
    return sums


def _entries(series: Series) -> tuple[Ints, Ints, Floats]:
    """Points, steps and cases of the entries whose points are on the plane."""
    import numpy as np

    entries, there = series.heat.read.cases.entries, series.heat.plan.there
    if entries is None:
        raise AtlasError(tr("A series needs times: choose TIME_FIELD."))
    kept = there[entries.point]
    numbers = np.cumsum(there) - 1
    return numbers[entries.point[kept]], series.steps[kept], entries.cases[kept]


def _timeline(series: Series) -> Timeline:
    import numpy as np

    from ..bridge.netcdf import Timeline

    bands = series.bands
    return Timeline(
        np.array([begin for begin, _ in bands.shown_ms()], np.int64), np.array(bands.counted_ms(), np.int64),
        series.heat.read.zone, "point" if bands.window is None else "sum")


def _title(series: Series) -> str:
    bands, heat = series.bands, series.heat
    what = in_words(metric_words(heat.read))
    if bands.window is None:
        how = tr("as of the end of each {step}").format(step=bands.step.value)
    elif bands.window == 1:
        how = tr("each {step}").format(step=bands.step.value)
    else:
        how = tr("of the last {n} {step}s").format(n=bands.window, step=bands.step.value)
    return tr("Heat of {what} {how}, radius {radius}").format(
        what=what, how=how, radius=radius_words(heat.plan.radius_m))


def _look_of(series: Series, sums: list[BandSums]) -> RasterLook:
    from ..bridge.raster_styles import RasterLook
    from ..core.heat_classes import heat_limits

    maxima = [one.maximum for one in sums]
    return RasterLook(
        heat_limits(maxima), any(is_negative(one) for one in sums), 1 + maxima.index(max(maxima)),
        tuple(series.bands.shown_ms()), _title(series), abstract_of(series.heat))
