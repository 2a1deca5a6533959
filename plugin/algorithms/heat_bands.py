"""Bands of a heatmap series: which steps they show and count, how they are written, and how the series looks."""
from __future__ import annotations

import math
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..bridge.styles import in_words
from ..bridge.translation import tr
from ..core.errors import AtlasError
from ..core.progress import Progress
from ..core.schema import Step
from .heat import Heat, day_words, metric_words, radius_words, sheet_of
from .heatmap import abstract_of, is_negative

if TYPE_CHECKING:
    from ..bridge.netcdf import NetCdf, Timeline
    from ..bridge.point_source import PointsRead
    from ..bridge.raster_styles import RasterLook
    from ..bridge.rasters import BandSums, GeoTiff
    from ..core.arrays import Floats, Ints

#: More frames than this nobody plays, and QGIS takes seconds to open them.
MOST_BANDS = 10_000


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

def bands_of(read: PointsRead, step: Step, window: int, begin_ms: int | None) -> Bands:
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


def cases_between(read: PointsRead, steps: Ints, first: int) -> Floats:
    """What each point reported from a step on."""
    import numpy as np

    entries = read.cases.entries
    if entries is None:
        return read.cases.cases
    later = steps >= first
    return np.bincount(entries.point[later], entries.cases[later], len(read.x))


def last_cases(series: Series) -> Floats:
    """What each point weighs in the last band."""
    bands, read = series.bands, series.heat.read
    if bands.window is None:
        return read.cases.cases
    return cases_between(read, series.steps, bands.lead + bands.count - bands.window)


def write_series(
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


def series_look(series: Series, sums: list[BandSums]) -> RasterLook:
    from ..bridge.raster_styles import RasterLook
    from ..core.heat_classes import heat_limits

    maxima = [one.maximum for one in sums]
    return RasterLook(
        heat_limits(maxima), any(is_negative(one) for one in sums), 1 + maxima.index(max(maxima)),
        tuple(series.bands.shown_ms()), _title(series), abstract_of(series.heat))
