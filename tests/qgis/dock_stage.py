"""The dock beside a map, as the plugin puts them together, in a window that nobody sees."""
from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from outbreak_atlas.plugin.bridge.date_label import DateLabel
from outbreak_atlas.plugin.bridge.layers import add_to_project
from outbreak_atlas.plugin.bridge.messages import Messages
from outbreak_atlas.plugin.bridge.result_layers import ResultFiles
from outbreak_atlas.plugin.bridge.tasks import Jobs, Latest
from outbreak_atlas.plugin.bridge.temporal import as_utc
from outbreak_atlas.ui.analyses import Analyses
from outbreak_atlas.ui.analysis_controller import AnalysisController
from outbreak_atlas.ui.dock import AtlasDock
from outbreak_atlas.ui.dock_controller import DockController
from outbreak_atlas.ui.dock_surroundings import Surroundings
from qgis.core import (
    QgsApplication,
    QgsMapLayer,
    QgsProject,
    QgsTemporalNavigationObject,
    QgsVectorLayer,
    QgsVectorLayerTemporalContext,
)
from qgis.gui import QgsLayerTreeMapCanvasBridge, QgsMapCanvas, QgsMessageBar
from qgis.PyQt import sip
from qgis.PyQt.QtCore import QCoreApplication, QEvent, Qt
from qgis.PyQt.QtWidgets import QDockWidget, QMainWindow

PATIENCE_S = 60.0
DOCK_WIDTH = 320
_LAST_JOBS_S = 0.2


class DockStage:
    """Use as a context manager: at its end everything is undone."""

    def __init__(self, width: int = 1500, height: int = 900, with_dock: bool = True) -> None:
        self.window = QMainWindow()
        self.project = QgsProject.instance()
        self.canvas = QgsMapCanvas(self.window)
        self.navigation = QgsTemporalNavigationObject(self.window)
        self.canvas.setTemporalController(self.navigation)
        self.canvas.setCachingEnabled(True)
        self.canvas.setParallelRenderingEnabled(True)
        self.project.crsChanged.connect(self._follow_crs)
        self._follow_crs()
        self.bar = QgsMessageBar(self.window)
        self.window.setCentralWidget(self.canvas)
        self.bridge = QgsLayerTreeMapCanvasBridge(self.project.layerTreeRoot(), self.canvas)
        self.dock = AtlasDock(self.window) if with_dock else QDockWidget(self.window)
        self.dock.setMinimumWidth(DOCK_WIDTH)
        self.dock.setMaximumWidth(DOCK_WIDTH)
        self.window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, self.dock)
        self.window.resize(width, height)
        self.window.show()
        self.sums, self.heat = (Latest(QgsApplication.taskManager()) for _ in range(2))
        self.steps_asked: list[tuple[str, str]] = []
        self.messages, self.jobs = Messages(self.bar), Jobs(QgsApplication.taskManager())
        self.results = ResultFiles()
        self.controller = self.analysis = None
        if with_dock:
            self.controller = self._controller()
            self.analysis = AnalysisController(
                self.dock, self.controller, self.messages,
                Analyses(self.project, self.messages, self.jobs, self.results))

    def _controller(self) -> DockController:
        return DockController(self.dock, Surroundings(
            self.canvas, self.project, self.messages, self.sums, self.heat,
            DateLabel(self.canvas, self.project), lambda *asked: self.steps_asked.append(asked[:2])))

    def _follow_crs(self) -> None:
        """As QGIS's own window does."""
        self.canvas.setDestinationCrs(self.project.crs())

    def __enter__(self) -> DockStage:
        return self

    def __exit__(self, *_error: object) -> None:
        if self.controller is not None:
            self.analysis.close()
            self.controller.close()
        self.jobs.cancel_all()
        self.results.close()
        for latest in (self.sums, self.heat):
            latest.close()
        self.project.crsChanged.disconnect(self._follow_crs)
        self._stop_drawing()
        sip.delete(self.bridge)
        self.window.close()
        self.window.deleteLater()
        QCoreApplication.sendPostedEvents(None, int(QEvent.Type.DeferredDelete))
        QCoreApplication.processEvents()

    def _stop_drawing(self) -> None:
        """A canvas that goes while one of its jobs still runs, also one that was cancelled, takes QGIS with it."""
        self.canvas.freeze(True)
        self.wait_for(lambda: not self.canvas.isDrawing())
        until = time.monotonic() + _LAST_JOBS_S
        self.wait_for(lambda: time.monotonic() > until)

    def open(self, path: Path) -> QgsVectorLayer:
        layer = add_to_project(self.project, path, self.canvas)
        self.wait_for(lambda: self.session is not None and self.session.layer is layer)
        self.settle()
        return layer

    @property
    def session(self) -> object:
        return self.controller.session

    def go_to(self, ms: int) -> None:
        """As if the position was typed."""
        self.dock.positionEdit.setDateTime(as_utc(ms))
        self.settle()

    def tick(self, area: tuple) -> None:
        """A tick in the box of an area, as the mouse makes it."""
        model = self.dock.cityTree.model()
        model.setData(model.index_of(model.tree.node_of(area)), Qt.CheckState.Checked, Qt.ItemDataRole.CheckStateRole)

    def has_told(self) -> bool:
        """Whether the dock shows what was chosen last."""
        return self.controller is None or not self.controller.is_waiting

    def has_opened(self) -> bool:
        """Whether totals, tree and curve of a dataset are there."""
        dock = self.dock
        has_areas = dock.cityTree.model().rowCount() > 0
        return bool(dock.totalLabel.text()) and has_areas and dock.epiCurve.canvas is not None

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
