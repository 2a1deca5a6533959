"""Make the synthetic sample with one click, save the project, open it again: it plays."""
from __future__ import annotations

import time
from collections.abc import Iterator

from qgis.core import QgsApplication, QgsProject
from qgis.PyQt.QtCore import Qt


def scenario(stage: object) -> Iterator[object]:
    project = QgsProject.instance()
    yield 1.0
    started = time.monotonic()
    stage.action("OutbreakAtlasSample").trigger()
    yield lambda: bool(project.mapLayers()) and not QgsApplication.taskManager().countActiveTasks()
    stage.notes["seconds"] = time.monotonic() - started
    yield 3.0
    stage.notes["layers"] = [node.name() for node in project.layerTreeRoot().findLayers()]
    stage.notes["message"] = " ".join(item.text() for item in stage.iface.messageBar().items())
    controller = stage.iface.mapCanvas().temporalController()
    controller.setCurrentFrameNumber(40)
    yield 3.0
    stage.photograph("sample_frame_40")
    stage.action("OutbreakAtlasSample").trigger()
    yield 0.5
    stage.notes["second time"] = " ".join(item.text() for item in stage.iface.messageBar().items())
    path = str(stage.arguments["project"])
    stage.notes["saved"] = project.write(path)
    stage.iface.newProject()
    yield 0.5
    stage.iface.addProject(path)
    yield 3.0
    stage.notes["mode"] = int(controller.navigationMode().value)
    stage.notes["frames"] = controller.totalFrameCount()
    extents = controller.temporalExtents()
    stage.notes["extents"] = [
        moment.toUTC().toString(Qt.DateFormat.ISODate) for moment in (extents.begin(), extents.end())]
    stage.notes["view"] = stage.iface.mapCanvas().extent().toString(0)
    stage.photograph("sample_reopened")
