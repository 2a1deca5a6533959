"""The dock beside a map, as the plugin puts them together, in a window that nobody sees."""
from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from outbreak_atlas.plugin.bridge.date_label import DateLabel
from outbreak_atlas.plugin.bridge.layers import add_to_project
from outbreak_atlas.plugin.bridge.messages import Messages
from outbreak_atlas.plugin.bridge.tasks import Latest
from outbreak_atlas.ui.dock import AtlasDock
from outbreak_atlas.ui.dock_controller import DockController, Surroundings
from qgis.core import (
    QgsApplication,
    QgsMapLayer,
    QgsProject,
    QgsTemporalNavigationObject,
    QgsVectorLayer,
    QgsVectorLayerTemporalContext,
)
from qgis.gui import QgsLayerTreeMapCanvasBridge, QgsMapCanvas, QgsMessageBar
from qgis.PyQt.QtCore import QCoreApplication, QEvent, Qt
from qgis.PyQt.QtWidgets import QMainWindow

PATIENCE_S = 60.0


class DockStage:
    """Use as a context manager: at its end everything is undone."""

    def __init__(self, width: int = 1200, height: int = 900) -> None:
        self.window = QMainWindow()
        self.project = QgsProject.instance()
        self.canvas = QgsMapCanvas(self.window)
        self.navigation = QgsTemporalNavigationObject(self.window)
        self.canvas.setTemporalController(self.navigation)
        self.bar = QgsMessageBar(self.window)
        self.window.setCentralWidget(self.canvas)
        self.bridge = QgsLayerTreeMapCanvasBridge(self.project.layerTreeRoot(), self.canvas)
        self.dock = AtlasDock(self.window)
        self.window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, self.dock)
        self.window.resize(width, height)
        self.window.show()
        self.sums, self.heat = (Latest(QgsApplication.taskManager()) for _ in range(2))
        self.steps_asked: list[tuple[str, str]] = []
        self.controller = DockController(self.dock, Surroundings(
            self.canvas, self.project, Messages(self.bar), self.sums, self.heat,
            DateLabel(self.canvas, self.project), lambda *asked: self.steps_asked.append(asked[:2])))

    def __enter__(self) -> DockStage:
        return self

    def __exit__(self, *_error: object) -> None:
        self.controller.close()
        for latest in (self.sums, self.heat):
            latest.close()
        self.canvas.stopRendering()
        self.window.close()
        self.window.deleteLater()
        QCoreApplication.sendPostedEvents(None, int(QEvent.Type.DeferredDelete))
        QCoreApplication.processEvents()

    def open(self, path: Path) -> QgsVectorLayer:
        layer = add_to_project(self.project, path, self.canvas)
        self.wait_for(lambda: self.session is not None and self.session.layer is layer)
        self.settle()
        return layer

    @property
    def session(self) -> object:
        return self.controller.session

    def wait_for(self, condition: Callable[[], bool]) -> None:
        until = time.monotonic() + PATIENCE_S
        while not condition():
            if time.monotonic() > until:
                raise TimeoutError("waited in vain")
            QCoreApplication.processEvents()
            time.sleep(0.001)

    def settle(self) -> None:
        """Until nothing is drawn, computed or waited for."""
        quiet_since = time.monotonic()
        def quiet() -> bool:
            nonlocal quiet_since
            if self.canvas.isDrawing() or self.sums.is_busy or self.heat.is_busy:
                quiet_since = time.monotonic()
            return time.monotonic() - quiet_since > 0.08
        self.wait_for(quiet)


def drawn_rows(layer: QgsMapLayer, canvas: QgsMapCanvas) -> list[object]:
    """The features that QGIS draws in the canvas's frame, those without a point too."""
    context = QgsVectorLayerTemporalContext()
    context.setLayer(layer)
    where = layer.temporalProperties().createFilterString(context, canvas.temporalRange())
    return list(layer.getFeatures(where))
