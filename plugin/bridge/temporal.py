"""Time in QGIS: the layer's temporal properties, the project's range, and the controller.

Moments are wall-clock milliseconds of the dataset's zone. QGIS is told them as if they were UTC, and
only ever as UTC: then no zone of a computer can shift a frame.
"""
from __future__ import annotations

from dataclasses import dataclass

from qgis.core import (
    Qgis,
    QgsDateTimeRange,
    QgsInterval,
    QgsProject,
    QgsTemporalNavigationObject,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QDateTime, Qt

from ..core.frames import Played
from ..core.schema import Step

#: Where the Temporal Controller panel keeps its state in a project, so that a saved project opens playing.
_PANEL = "TemporalControllerWidget"
_INTERVALS = Qgis.VectorTemporalMode.FeatureDateTimeStartAndEndFromFields
_MOMENTS = Qgis.VectorTemporalMode.FeatureDateTimeInstantFromField
_UNITS = {
    Step.HOUR: Qgis.TemporalUnit.Hours,
    Step.DAY: Qgis.TemporalUnit.Days,
    Step.WEEK: Qgis.TemporalUnit.Weeks,
}


@dataclass(frozen=True)
class Period(Played):
    """A dataset's time, also as QGIS is told it."""

    def range(self) -> QgsDateTimeRange:
        return QgsDateTimeRange(as_utc(self.begin_ms), as_utc(self.end_ms), True, False)


def as_utc(ms: int) -> QDateTime:
    """Wall-clock milliseconds as the QDateTime under which QGIS knows them."""
    return QDateTime.fromMSecsSinceEpoch(int(ms), Qt.TimeSpec.UTC)


def set_layer_time(layer: QgsVectorLayer) -> bool:
    """Show a feature from `shown_from` on; a file's `shown_to` is the last millisecond in which it is drawn.

    Whether this was another way than the layer had, as of the two ways below.
    """
    return _set_way(layer, _INTERVALS, False)


def set_layer_changes(layer: QgsVectorLayer) -> bool:
    """Show a feature in the step only in which it begins."""
    return _set_way(layer, _MOMENTS, False)


def set_layer_accumulating(layer: QgsVectorLayer) -> bool:
    """Show a feature from the step on in which it begins, until the end: events so far."""
    return _set_way(layer, _MOMENTS, True)


def layer_way(layer: QgsVectorLayer) -> tuple[object, ...]:
    """How a layer shows time; equal where it shows it in the same way."""
    properties = layer.temporalProperties()
    return (properties.isActive(), properties.mode(), properties.accumulateFeatures(), properties.startField(),
            properties.endField(), properties.limitMode())


def _set_way(layer: QgsVectorLayer, mode: Qgis.VectorTemporalMode, accumulate: bool) -> bool:
    properties, before = layer.temporalProperties(), layer_way(layer)
    properties.setMode(mode)
    properties.setStartField("shown_from")
    properties.setEndField("shown_to")
    properties.setLimitMode(Qgis.VectorTemporalLimitMode.IncludeBeginExcludeEnd)
    properties.setAccumulateFeatures(accumulate)
    properties.setIsActive(True)
    return before != layer_way(layer)


def set_project_time(project: QgsProject, period: Period) -> None:
    """Set the project's range and step, and what the Temporal Controller shows when it is opened."""
    settings = project.timeSettings()
    settings.setTemporalRange(period.range())
    settings.setTimeStep(1.0)
    settings.setTimeStepUnit(_UNITS[period.step])
    settings.setIsTemporalRangeCumulative(False)
    for key, moment in (("/StartDateTime", period.begin_ms), ("/EndDateTime", period.end_ms)):
        project.writeEntry(_PANEL, key, as_utc(moment).toString(Qt.DateFormat.ISODateWithMs))
    remember_animation(project)


def set_controller(controller: QgsTemporalNavigationObject, period: Period) -> None:
    """Put the controller into animation over the period, one frame a step, at the first frame."""
    controller.setNavigationMode(Qgis.TemporalNavigationMode.Animated)
    set_frames(controller, period)
    controller.rewindToStart()


def set_frames(controller: QgsTemporalNavigationObject, period: Period) -> None:
    """One frame a step over the period; duration before extents: the panel recounts its frames on both, and the
    extents come last."""
    controller.setTemporalRangeCumulative(False)
    controller.setFrameDuration(QgsInterval(1, _UNITS[period.step]))
    begin, end = as_utc(period.begin_ms), as_utc(period.end_ms)
    controller.setTemporalExtents(QgsDateTimeRange(begin, end, True, True))


def remember_animation(project: QgsProject) -> None:
    """Let the project open in animation, as the panel's own button does."""
    project.writeEntry(_PANEL, "/NavigationMode", int(Qgis.TemporalNavigationMode.Animated.value))


def wall_ms(moment: QDateTime) -> int:
    """The milliseconds that a QDateTime shows, whatever zone Qt attaches to it: a layer's time filter reads it so."""
    shown = QDateTime(moment)
    shown.setTimeSpec(Qt.TimeSpec.UTC)
    return int(shown.toMSecsSinceEpoch())


def range_ms(moments: QgsDateTimeRange) -> tuple[int, int] | None:
    """Begin and end as wall-clock milliseconds; None for a range that is open, as when a map shows all times."""
    if not (moments.begin().isValid() and moments.end().isValid()):
        return None
    return wall_ms(moments.begin()), wall_ms(moments.end())


def is_one_step(controller: QgsTemporalNavigationObject, step: Step) -> bool:
    """Whether every frame is exactly one step: only then a place is drawn once, and in the step where it belongs."""
    from ..core.steps import step_begin, step_ms

    extents = range_ms(controller.temporalExtents())
    if extents is None or controller.navigationMode() != Qgis.TemporalNavigationMode.Animated:
        return False
    whole = round(controller.frameDuration().seconds() * 1000) == step_ms(step)
    aligned = step_begin(extents[0], step) == extents[0]
    return whole and aligned and not controller.temporalRangeCumulative()
