"""Files given from outside: a bad one, a good one, a finished dataset; what the message bar says."""
from __future__ import annotations

from collections.abc import Iterator

from qgis.core import QgsApplication, QgsProject
from qgis.PyQt.QtWidgets import QDialogButtonBox, QPushButton


def texts(stage: object) -> str:
    return " ".join(item.text() for item in stage.iface.messageBar().items())


def idle() -> bool:
    return not QgsApplication.taskManager().countActiveTasks()


def press_ok(stage: object, output: str = "") -> None:
    dialog = stage.widget("OutbreakAtlasOpenDialog")
    if output:
        dialog.outputWidget.setFilePath(output)
    dialog.buttonBox.button(QDialogButtonBox.StandardButton.Ok).click()


def scenario(stage: object) -> Iterator[object]:
    project = QgsProject.instance()
    given = stage.arguments
    yield 1.0
    stage.plugin.open_files([given["bad"]])
    yield 0.5
    stage.notes["proposed"] = stage.widget("OutbreakAtlasOpenDialog").outputWidget.filePath()
    press_ok(stage)
    yield 0.3
    yield idle
    yield 0.7
    stage.notes["bad"] = texts(stage)
    stage.photograph("bad_file")
    stage.plugin.open_files([given["good"]])
    yield 0.5
    press_ok(stage, given["output"])
    yield lambda: bool(project.mapLayers())
    yield 1.0
    stage.notes["good"] = texts(stage)
    stage.notes["report button"] = [
        button.text() for item in stage.iface.messageBar().items() for button in item.findChildren(QPushButton)]
    stage.plugin.open_files([given["good"]])
    yield 0.5
    press_ok(stage, given["output"])
    yield 0.5
    stage.notes["output open"] = texts(stage)
    project.clear()
    stage.plugin.open_files([given["output"]])
    yield 0.5
    stage.notes["finished"] = [node.name() for node in project.layerTreeRoot().findLayers()]
