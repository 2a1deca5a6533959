"""Files given and dropped from outside: a bad one, a good one, a finished dataset; what is asked and said."""
from __future__ import annotations

from collections.abc import Iterator

from qgis.core import QgsApplication, QgsProject
from qgis.PyQt.QtCore import QMimeData, QPoint, QPointF, Qt, QTimer, QUrl
from qgis.PyQt.QtGui import QDragEnterEvent, QDropEvent
from qgis.PyQt.QtWidgets import QApplication, QDialogButtonBox, QMessageBox, QPushButton


def texts(stage: object) -> str:
    return " ".join(item.text() for item in stage.iface.messageBar().items())


def idle() -> bool:
    return not QgsApplication.taskManager().countActiveTasks()


def press_ok(stage: object, output: str = "") -> Iterator[object]:
    dialog = stage.widget("OutbreakAtlasOpenDialog")
    ok = dialog.buttonBox.button(QDialogButtonBox.StandardButton.Ok)
    yield lambda: ok.isEnabled() and not dialog.hintLabel.text()
    if output:
        dialog.outputWidget.setFilePath(output)
    ok.click()


def drop(stage: object, *paths: str) -> None:
    """As a file manager does it; in a turn of its own, since the question waits for its answer."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(path) for path in paths])
    window = stage.iface.mainWindow()
    what = (Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)

    def act() -> None:
        QApplication.sendEvent(window, QDragEnterEvent(QPoint(400, 400), *what))
        QApplication.sendEvent(window, QDropEvent(QPointF(400, 400), *what))

    QTimer.singleShot(0, act)


def question(stage: object) -> QMessageBox | None:
    boxes = [one for one in QApplication.topLevelWidgets() if one.objectName() == "OutbreakAtlasDrop"]
    return next((one for one in boxes if one.isVisible()), None)


def answer(stage: object, text: str) -> None:
    next(one for one in question(stage).buttons() if text in one.text()).click()


def scenario(stage: object) -> Iterator[object]:
    project = QgsProject.instance()
    given = stage.arguments
    yield 1.0
    stage.plugin.open_files([given["bad"]])
    yield 0.5
    stage.notes["proposed"] = stage.widget("OutbreakAtlasOpenDialog").outputWidget.filePath()
    dialog = stage.widget("OutbreakAtlasOpenDialog")
    yield lambda: dialog.table.model().rowCount() > 0
    yield 0.5
    stage.notes["status"] = dialog.statusLabel.text()
    stage.photograph("preview_bad_file")
    yield from press_ok(stage)
    yield 0.3
    yield idle
    yield 0.7
    stage.notes["bad"] = texts(stage)
    stage.photograph("bad_file")
    stage.notes["again"] = [
        button.text() for item in stage.iface.messageBar().items() for button in item.findChildren(QPushButton)]
    stage.plugin.open_files([given["good"]])
    yield 0.5
    yield from press_ok(stage, given["output"])
    yield lambda: bool(project.mapLayers())
    yield 1.0
    stage.notes["good"] = texts(stage)
    stage.notes["report button"] = [
        button.text() for item in stage.iface.messageBar().items() for button in item.findChildren(QPushButton)]
    stage.plugin.open_files([given["good"]])
    yield 0.5
    yield from press_ok(stage, given["output"])
    yield 0.5
    stage.notes["output open"] = texts(stage)
    yield from append(stage, project)
    project.clear()
    stage.plugin.open_files([given["output"]])
    yield 0.5
    stage.notes["finished"] = [node.name() for node in project.layerTreeRoot().findLayers()]
    project.clear()
    yield from drops(stage, project)


def append(stage: object, project: QgsProject) -> Iterator[object]:
    """The next file for the dataset that is open: one tick in the dialog."""
    layer = next(one for one in project.mapLayers().values() if one.name() == "out")
    stage.iface.setActiveLayer(layer)
    stage.plugin.open_files([stage.arguments["second"]])
    yield 0.3
    dialog = stage.widget("OutbreakAtlasOpenDialog")
    stage.notes["append offered"] = dialog.appendCheck.isVisible()
    dialog.appendCheck.setChecked(True)
    yield 1.0
    stage.photograph("append")
    yield from press_ok(stage)
    yield lambda: "now holds" in texts(stage)
    stage.notes["appended"] = texts(stage)
    yield 0.7
    stage.photograph("appended")
    stage.iface.messageBar().clearWidgets()
    stage.action("OutbreakAtlasReload").trigger()
    yield lambda: "now holds" in texts(stage)
    stage.notes["loaded again"] = texts(stage)
    yield 0.3


def drops(stage: object, project: QgsProject) -> Iterator[object]:
    """Reports are asked about, a finished dataset is opened, anything else is QGIS's own business."""
    given = stage.arguments
    drop(stage, given["good"], given["second"])
    yield lambda: question(stage) is not None
    yield 0.5
    stage.notes["asked"] = question(stage).text()
    stage.photograph("dropped")
    answer(stage, "Outbreak Atlas")
    yield 0.5
    dialog = stage.widget("OutbreakAtlasOpenDialog")
    stage.notes["dropped"] = [path.name for path in dialog.files()]
    dialog.reject()
    yield 0.5
    drop(stage, given["good"])
    yield lambda: question(stage) is not None
    answer(stage, "QGIS")
    yield lambda: bool(project.mapLayers())
    stage.notes["left to QGIS"] = [layer.providerType() for layer in project.mapLayers().values()]
    project.clear()
    drop(stage, given["good"])
    yield lambda: question(stage) is not None
    answer(stage, "Cancel")
    yield 0.7
    stage.notes["cancelled"] = len(project.mapLayers())
    drop(stage, given["other"])
    yield lambda: bool(project.mapLayers())
    stage.notes["other"] = [layer.name() for layer in project.mapLayers().values()]
    project.clear()
    drop(stage, given["output"])
    yield lambda: bool(project.mapLayers())
    yield 0.5
    stage.notes["dataset dropped"] = [node.name() for node in project.layerTreeRoot().findLayers()]
