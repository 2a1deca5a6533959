"""Cluster and heat what the dock shows, in the program; then unload the plugin while a third piece of work runs."""
from __future__ import annotations

import time
from collections.abc import Iterator

import qgis.utils
from qgis.core import QgsApplication, QgsProject
from qgis.PyQt.QtWidgets import QDialogButtonBox, QWidget

GROUP = "Outbreak Atlas"


def scenario(stage: object) -> Iterator[object]:
    yield 1.0
    dock = stage.widget("OutbreakAtlasDock")
    dock.setUserVisible(True)
    stage.plugin.open_files([str(stage.arguments.get("dataset") or made(str(stage.arguments["folder"])))])
    yield lambda: "confirmed" in dock.totalLabel.text() and dock.epiCurve.canvas is not None
    dock.metricCombo.setCurrentIndex(dock.metricCombo.findData("new_confirmed"))
    dock.presetButton.menu().actions()[-1].trigger()  # the peak fortnight
    yield 2.0
    dock.clusterButton.click()
    yield 0.5
    dialog = shown("OutbreakAtlasClusterDialog")
    stage.notes["sentence"] = dialog.sentenceLabel.text()
    stage.notes["focus"] = QgsApplication.focusWidget().objectName()
    dialog.distanceSpin.setValue(float(stage.arguments.get("km", 10)))
    stage.photograph("dock_cluster_dialog")
    run(dialog)
    yield lambda: len(layers()) == 3
    yield 1.5
    stage.photograph("dock_clusters")
    dock.heatmapButton.click()
    yield 0.5
    dialog = shown("OutbreakAtlasHeatDialog")
    dialog.playsCombo.setCurrentIndex(1)
    stage.photograph("dock_heat_dialog")
    run(dialog)
    yield lambda: len(layers()) == 4
    yield 2.0
    stage.notes["layers"] = [layer.name() for layer in layers()]
    stage.notes["message"] = " ".join(item.text() for item in stage.iface.messageBar().items())
    stage.photograph("dock_heat")
    yield from unload_at_work(stage, dock)


def unload_at_work(stage: object, dock: QWidget) -> Iterator[object]:
    dock.clusterButton.click()
    yield 0.3
    run(shown("OutbreakAtlasClusterDialog"))
    dock.heatmapButton.click()
    yield 0.3
    run(shown("OutbreakAtlasHeatDialog"))
    dock.clusterButton.click()  # a dialog that is open goes with the plugin
    started = time.monotonic()
    qgis.utils.unloadPlugin("outbreak_atlas")
    stage.notes["seconds"] = time.monotonic() - started
    yield 0.5
    stage.notes["left"] = QgsApplication.taskManager().countActiveTasks()
    stage.notes["dialogs left"] = [one.objectName() for one in QgsApplication.topLevelWidgets()
                                   if one.objectName().endswith("Dialog") and "OutbreakAtlas" in one.objectName()]
    stage.notes["layers after"] = len(layers())
    stage.notes["messages after"] = [item.text() for item in stage.iface.messageBar().items()]


def made(folder: str) -> str:
    """A small synthetic dataset."""
    import processing

    csv = processing.run("outbreakatlas:makesampledataset", {
        "ROWS": 20_000, "PLACES": 1_000, "CITIES": 30, "OUTPUT": f"{folder}/made.csv"})["OUTPUT"]
    processing.run("outbreakatlas:loaddataset", {"INPUT": [csv], "OUTPUT": f"{folder}/made.gpkg"})
    return f"{folder}/made.gpkg"


def layers() -> list[object]:
    group = QgsProject.instance().layerTreeRoot().findGroup(GROUP)
    return [node.layer() for node in group.findLayers()] if group is not None else []


def shown(name: str) -> QWidget:
    return next(one for one in QgsApplication.allWidgets() if one.objectName() == name and one.isVisible())


def run(dialog: QWidget) -> None:
    dialog.buttonBox.button(QDialogButtonBox.StandardButton.Ok).click()
