"""Frames of the bare map."""
from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from qgis.core import (
    Qgis,
    QgsDateTimeRange,
    QgsExpressionContext,
    QgsExpressionContextUtils,
    QgsMapRendererSequentialJob,
    QgsMapSettings,
    QgsProject,
)
from qgis.PyQt.QtCore import QObject, QSize
from qgis.PyQt.QtGui import QImage

from ..bridge.temporal import as_utc
from ..bridge.translation import tr
from ..core.frames import Frame
from .frames import FrameMaker
from .scene import Scene

#: A film looks the same at any size: as on a screen of 96 dpi where its shorter side has 1080 pixels.
_DPI, _SHORT_SIDE_PX, _LEAST_DPI = 96, 1080, 48


class MapFrames(FrameMaker):
    """The map of a scene at each frame, on request with the date in a corner."""

    def __init__(
        self, scene: Scene, size: QSize, frames: Sequence[Frame], label: bool = True, parent: QObject | None = None
    ) -> None:
        super().__init__(size, frames, parent)
        self._settings = scene_settings(scene, self.size)
        self._label = label
        self._jobs: dict[int, QgsMapRendererSequentialJob] = {}
        self._is_over = False
        for layer in scene.layers:
            layer.willBeDeleted.connect(partial(self._lose, layer.name()))

    def start(self, number: int) -> None:
        if self._is_over:
            return
        job = QgsMapRendererSequentialJob(frame_settings(self._settings, self.frames[number]))
        self._jobs[number] = job
        job.finished.connect(partial(self._finish, number))
        job.start()

    def picture(self, number: int) -> QImage:
        job = QgsMapRendererSequentialJob(frame_settings(self._settings, self.frames[number]))
        job.start()
        job.waitForFinished()
        self.maps_rendered += 1
        return job.renderedImage()

    def cancel(self) -> None:
        self._is_over = True
        for job in self._jobs.values():
            job.cancelWithoutBlocking()

    def _finish(self, number: int) -> None:
        job = self._jobs.pop(number)
        job.deleteLater()
        if not self._is_over:
            self.maps_rendered += 1
            self.drawn.emit(number, job.renderedImage())

    def _lose(self, name: str) -> None:
        if not self._is_over:
            self._is_over = True
            for job in self._jobs.values():
                job.cancel()
            self.failed.emit(tr("The layer “{layer}” was removed while the film was drawn.").format(layer=name))


def scene_settings(scene: Scene, size: QSize) -> QgsMapSettings:
    """How the maps of a scene are drawn, but for their time."""
    project = scene.dataset.project() or QgsProject.instance()
    settings = QgsMapSettings()
    settings.setLayers(list(scene.layers))
    settings.setDestinationCrs(scene.crs)
    settings.setTransformContext(project.transformContext())
    settings.setPathResolver(project.pathResolver())
    settings.setEllipsoid(project.ellipsoid())
    settings.setLabelingEngineSettings(project.labelingEngineSettings())
    settings.setOutputSize(size)
    settings.setOutputDpi(max(_DPI * min(size.width(), size.height()) / _SHORT_SIDE_PX, _LEAST_DPI))
    settings.setExtent(scene.extent)
    settings.setBackgroundColor(scene.background)
    settings.setFlag(Qgis.MapSettingsFlag.DrawSelection, False)
    context = QgsExpressionContext()
    context.appendScope(QgsExpressionContextUtils.globalScope())
    context.appendScope(QgsExpressionContextUtils.projectScope(project))
    context.appendScope(QgsExpressionContextUtils.mapSettingsScope(settings))
    settings.setExpressionContext(context)
    return settings


def frame_settings(settings: QgsMapSettings, frame: Frame) -> QgsMapSettings:
    """The settings of a map with a frame's time."""
    timed = QgsMapSettings(settings)
    timed.setIsTemporal(True)
    timed.setTemporalRange(frame_range(frame))
    return timed


def frame_range(frame: Frame) -> QgsDateTimeRange:
    """A frame's time as QGIS is told it: the end is not part of it."""
    return QgsDateTimeRange(as_utc(frame.begin_ms), as_utc(frame.end_ms), True, False)
