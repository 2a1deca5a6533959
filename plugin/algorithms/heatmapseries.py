"""Heatmap series: cases per km² of the last steps, one band a step, ready to play."""
from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qgis.core import (
    Qgis,
    QgsProcessingContext,
    QgsProcessingOutputNumber,
    QgsProcessingParameterFileDestination,
    QgsProcessingParameterNumber,
)

from ..bridge.temporal import as_utc
from ..bridge.translation import tr
from ..core.errors import AtlasError
from ..core.progress import Progress
from ..core.schema import Step
from .base import choice
from .heat import HeatAlgorithm
from .heat_bands import Series, bands_of, cases_between, last_cases, series_look, write_series
from .heatmap import used

if TYPE_CHECKING:
    from ..bridge.point_source import Question

STEPS = tuple(step.value for step in Step)
#: A week of days and a day of hours even out how people report.
_WINDOWS = {Step.HOUR: 24, Step.DAY: 7, Step.WEEK: 1}
#: The first and the last moment that have a date: the years 1 and 9999.
_FIRST_MS, _LAST_MS = -62_135_596_800_000, 253_402_300_799_999


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
        sums = write_series(series, exact, Path(path), netcdf, progress.part(0.3, 0.98))
        self._show(path, context, series_look(series, sums))
        cases = last_cases(series)
        found = {"OUTPUT": path, "WINDOW_USED": series.bands.window or 0, **used(series.heat, cases, sums)}
        self._told_mass(series.heat, cases, found["MASS"])
        return found if netcdf is None else {**found, "NETCDF": str(netcdf)}

    def _series(self, parameters: dict[str, Any], context: QgsProcessingContext, progress: Progress) -> Series:
        from ..core.point_cases import Told

        read = self.read(parameters, context, Told.CHANGES, progress)
        if read.cases.entries is None or read.period_ms is None:
            raise AtlasError(tr("A series needs times: choose TIME_FIELD."))
        step, window = self._step(parameters, context), self._window(parameters, context)
        bands = bands_of(read, step, window, self._first_band(parameters, context))
        if not read.is_sum and parameters.get("WINDOW"):
            self.warn(tr("{metric} is a state, not a sum: WINDOW is ignored, and each band shows what was known at the "
                         "end of its step.").format(metric=read.metric))
        steps = (read.cases.entries.ms - bands.begin_ms) // bands.step_ms + bands.lead
        cases = cases_between(read, steps, bands.lead) if read.is_sum else read.cases.cases
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
