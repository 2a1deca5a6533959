"""A canvas that draws slowly, and what it drew: for tests of playback."""
from __future__ import annotations

import time
from collections.abc import Callable

from outbreak_atlas.plugin.bridge.playback import Playback
from outbreak_atlas.plugin.bridge.temporal import Period, range_ms, set_controller
from outbreak_atlas.plugin.core.schema import Step
from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsMapLayer,
    QgsMapLayerRenderer,
    QgsPluginLayer,
    QgsProject,
    QgsRectangle,
    QgsRenderContext,
    QgsTemporalNavigationObject,
)
from qgis.gui import QgsMapCanvas
from qgis.PyQt.QtCore import QEventLoop, QTimer

DAY = 86_400_000
START = 18_295 * DAY  # Monday, 2020-02-03
EXTENT = QgsRectangle(113, 30, 116, 32)


class SlowLayer(QgsPluginLayer):
    """Takes its time to draw, and remembers the day of every frame that it has drawn to the end."""

    def __init__(self, seconds: float) -> None:
        super().__init__("slow", "slow")
        self.seconds = seconds
        self.days: list[int | None] = []
        self.setCrs(QgsCoordinateReferenceSystem("EPSG:4326"))
        self.setValid(True)

    def createMapRenderer(self, context: QgsRenderContext) -> QgsMapLayerRenderer:  # noqa: N802
        return _SlowRenderer(self, context)

    def extent(self) -> QgsRectangle:
        return EXTENT


class _SlowRenderer(QgsMapLayerRenderer):
    def __init__(self, layer: SlowLayer, context: QgsRenderContext) -> None:
        super().__init__(layer.id(), context)
        self._seconds, self._days, self._context = layer.seconds, layer.days, context

    def render(self) -> bool:
        time.sleep(self._seconds)
        frame = range_ms(self._context.temporalRange()) if self._context.isTemporal() else None
        self._days.append(None if frame is None else (frame[0] - START) // DAY)
        return True


class Player:
    """A canvas with a Temporal Controller of its own over some days, at the first of them, drawn."""

    def __init__(self, days: int = 8, seconds: float = 0.0, gated: bool = True, layers: tuple[QgsMapLayer, ...] = (),
                 fps: float = 50) -> None:
        self.layer = SlowLayer(seconds)
        self.canvas = QgsMapCanvas()
        self.canvas.resize(200, 150)
        self.controller = QgsTemporalNavigationObject()
        self.canvas.setTemporalController(self.controller)
        self.canvas.setLayers([self.layer, *layers])
        self.canvas.setDestinationCrs(QgsCoordinateReferenceSystem("EPSG:4326"))
        self.canvas.setExtent(EXTENT)
        self.period = Period(START, START + days * DAY, Step.DAY)
        set_controller(self.controller, self.period)
        self.controller.setFramesPerSecond(fps)
        self.canvas.refresh()
        self.settle()
        self.layer.days.clear()
        self.playback = Playback(self.canvas, QgsProject.instance()) if gated else None

    @property
    def number(self) -> int:
        return self.controller.currentFrameNumber()

    def day(self) -> int:
        return (self.playback.frame()[0] - START) // DAY

    def settle(self, quiet_s: float = 0.15) -> None:
        """Until the canvas has had nothing to draw for a while."""
        last = time.monotonic()

        def is_quiet() -> bool:
            nonlocal last
            if self.canvas.isDrawing():
                last = time.monotonic()
            return time.monotonic() - last > quiet_s

        until(is_quiet)

    def play_out(self, start: Callable[[], None]) -> list[int | None]:
        """Play until it stops by itself; the days that were drawn."""
        start()
        until(lambda: self.controller.animationState() == self.controller.animationState().Idle)
        self.settle()
        return self.layer.days

    def close(self) -> None:
        self.controller.pause()
        if self.playback is not None:
            self.playback.close()
        self.settle()


def until(condition: Callable[[], bool], limit_s: float = 20) -> None:
    """Live in Qt's event loop until the condition holds."""
    loop, timer, end = QEventLoop(), QTimer(), time.monotonic() + limit_s

    def look() -> None:
        if condition() or time.monotonic() > end:
            loop.quit()

    timer.timeout.connect(look)
    timer.start(5)
    loop.exec()
    timer.stop()
    if not condition():
        raise TimeoutError("waited in vain")
