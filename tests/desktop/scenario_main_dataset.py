"""Open a big dataset through the dialog and play it, as a person would."""
from __future__ import annotations

import time
from collections.abc import Iterator

from qgis.core import QgsApplication, QgsProject, QgsVectorLayerTemporalContext
from qgis.PyQt.QtWidgets import QDialogButtonBox, QProgressBar

FRAMES = 10


def texts(stage: object) -> str:
    return " ".join(item.text() for item in stage.iface.messageBar().items())


def scenario(stage: object) -> Iterator[object]:
    yield 1.0
    stage.action("OutbreakAtlasOpen").trigger()
    yield 0.5
    dialog = stage.widget("OutbreakAtlasOpenDialog")
    ok = dialog.buttonBox.button(QDialogButtonBox.StandardButton.Ok)
    stage.notes["ready at first"] = ok.isEnabled()
    dialog.filesWidget.setFilePath(str(stage.arguments["input"]))
    dialog.outputWidget.setFilePath(str(stage.arguments["output"]))
    dialog.datumCombo.setCurrentIndex(dialog.datumCombo.findData("GCJ02"))
    yield lambda: ok.isEnabled() and not dialog.hintLabel.text()
    stage.notes["rows seen"] = dialog.table.model().rowCount()
    yield 0.5
    stage.photograph("open_dialog")
    seen: list[str] = []
    ok.click()
    begin = time.monotonic()
    yield lambda: bool(seen.append(texts(stage))) or " left" in seen[-1] or bool(QgsProject.instance().mapLayers())
    stage.notes["loading"] = " | ".join(dict.fromkeys(seen))
    stage.notes["loading seconds"] = time.monotonic() - begin
    stage.notes["shares"] = [bar.value() for bar in stage.iface.messageBar().findChildren(QProgressBar)]
    yield 0.2
    stage.photograph("loading")
    yield lambda: bool(QgsProject.instance().mapLayers()) and not QgsApplication.taskManager().countActiveTasks()
    yield 2.0
    yield from play(stage)
    stage.photograph("played")


def play(stage: object) -> Iterator[object]:
    """Ten frames, one after the other, as the controller's play button shows them."""
    canvas = stage.iface.mapCanvas()
    controller = canvas.temporalController()
    layer = next(one for one in QgsProject.instance().mapLayers().values() if one.name().startswith("main"))
    stage.notes["layers"] = [node.name() for node in QgsProject.instance().layerTreeRoot().findLayers()]
    stage.notes["groups"] = [group.name() for group in QgsProject.instance().layerTreeRoot().findGroups()]
    stage.notes["message"] = texts(stage)
    stage.notes["frame count"] = controller.totalFrameCount()
    stage.notes["crs"] = QgsProject.instance().crs().authid()
    stage.widget("Temporal Controller").setUserVisible(True)
    yield 1.0
    stage.photograph("opened")
    frames: list[object] = []
    listening = controller.updateTemporalRange.connect(lambda moment: frames.append(drawn(layer, moment)))
    controller.setFramesPerSecond(4)
    controller.playForward()
    yield lambda: len(frames) >= FRAMES
    controller.pause()
    controller.updateTemporalRange.disconnect(listening)
    stage.notes["frames"] = frames[:FRAMES]
    controller.setCurrentFrameNumber(12)
    yield 2.0
    stage.photograph("frame_2020_02_13")


def drawn(layer: object, moment: object) -> list[object]:
    """Begin of a frame, number of features drawn in it, their sum."""
    context = QgsVectorLayerTemporalContext()
    context.setLayer(layer)
    where = layer.temporalProperties().createFilterString(context, moment)
    counts = [row["confirmed"] for row in layer.getFeatures(where)]
    return [moment.begin().toString("yyyy-MM-dd HH:mm"), len(counts), sum(value for value in counts if value)]
