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

from ..core.schema import Step

#: Where the Temporal Controller panel keeps its state in a project, so that a saved project opens playing.
_PANEL = "TemporalControllerWidget"
_UNITS = {
    Step.HOUR: Qgis.TemporalUnit.Hours,
    Step.DAY: Qgis.TemporalUnit.Days,
    Step.WEEK: Qgis.TemporalUnit.Weeks,
}


@dataclass(frozen=True)
class Period:
    """A dataset's time: first step boundary, dataset end, both in wall-clock ms, and the step."""

    begin_ms: int
    end_ms: int
    step: Step

    def range(self) -> QgsDateTimeRange:
        return QgsDateTimeRange(as_utc(self.begin_ms), as_utc(self.end_ms), True, False)


def as_utc(ms: int) -> QDateTime:
    """Wall-clock milliseconds as the QDateTime under which QGIS knows them."""
    return QDateTime.fromMSecsSinceEpoch(int(ms), Qt.TimeSpec.UTC)


def set_layer_time(layer: QgsVectorLayer) -> None:
    """Show a feature from `shown_from` on; a file's `shown_to` is the last millisecond in which it is drawn."""
    properties = layer.temporalProperties()
    properties.setMode(Qgis.VectorTemporalMode.FeatureDateTimeStartAndEndFromFields)
    properties.setStartField("shown_from")
    properties.setEndField("shown_to")
    properties.setLimitMode(Qgis.VectorTemporalLimitMode.IncludeBeginExcludeEnd)
    properties.setAccumulateFeatures(False)
    properties.setIsActive(True)


def set_project_time(project: QgsProject, period: Period) -> None:
    """Set the project's range and step, and what the Temporal Controller shows when it is opened."""
    settings = project.timeSettings()
    settings.setTemporalRange(period.range())
    settings.setTimeStep(1.0)
    settings.setTimeStepUnit(_UNITS[period.step])
    settings.setIsTemporalRangeCumulative(False)
    for key, moment in (("/StartDateTime", period.begin_ms), ("/EndDateTime", period.end_ms)):
        project.writeEntry(_PANEL, key, as_utc(moment).toString(Qt.DateFormat.ISODateWithMs))
    project.writeEntry(_PANEL, "/NavigationMode", int(Qgis.TemporalNavigationMode.Animated.value))


def set_controller(controller: QgsTemporalNavigationObject, period: Period) -> None:
    """Put the controller into animation over the period, one frame a step, at the first frame.

    Duration before extents: the panel recounts its frames on both, and the extents come last.
    """
    controller.setNavigationMode(Qgis.TemporalNavigationMode.Animated)
    controller.setTemporalRangeCumulative(False)
    controller.setFrameDuration(QgsInterval(1, _UNITS[period.step]))
    begin, end = as_utc(period.begin_ms), as_utc(period.end_ms)
    controller.setTemporalExtents(QgsDateTimeRange(begin, end, True, True))
    controller.rewindToStart()
