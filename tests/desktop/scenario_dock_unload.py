"""Unload and load the plugin while the dock filters a dataset, and while it computes; note what is left each time."""
from __future__ import annotations

import time
from collections.abc import Iterator

import qgis.utils
from qgis.core import QgsApplication, QgsProject, QgsVectorLayer
from qgis.PyQt.QtCore import QCoreApplication, QDateTime, Qt
from qgis.PyQt.QtWidgets import QDockWidget, QMenu
from scenario_load_unload import NAME, objects, traces

OWN_FILTER = '"place_id" IS NOT NULL'


def scenario(stage: object) -> Iterator[object]:
    yield 1.0
    path = dataset(str(stage.arguments["folder"]))
    stage.notes["unloads at first"] = qgis.utils.unloadPlugin(NAME)
    layer = stage.iface.addVectorLayer(f"{path}|layername=updates", "plain", "ogr")
    layer.setSubsetString(OWN_FILTER)
    stage.iface.mapCanvas().setExtent(layer.extent())
    yield 1.0
    stage.notes["before"] = before = surroundings(stage, layer)
    for turn in (1, 2):
        stage.notes[f"loads {turn}"] = qgis.utils.loadPlugin(NAME) and qgis.utils.startPlugin(NAME)
        yield from work(stage, layer, turn)
        stage.notes[f"unloads {turn}"] = qgis.utils.unloadPlugin(NAME)
        yield 0.7
        stage.notes[f"left {turn}"] = {
            name: found for name, found in {**traces(stage.iface.mainWindow()), "objects": objects()}.items() if found}
        stage.notes[f"changed {turn}"] = {
            name: (before[name], now) for name, now in surroundings(stage, layer).items() if now != before[name]}
    yield from at_work(stage)


def work(stage: object, layer: QgsVectorLayer, turn: int) -> Iterator[object]:
    """Filter by everything that the dock has, and go to a frame."""
    dock = stage.widget("OutbreakAtlasDock")
    dock.setUserVisible(True)
    yield lambda: "confirmed" in dock.totalLabel.text() and dock.cityTree.model().rowCount() > 1
    yield 0.5
    stage.notes[f"entries {turn}"] = panel_entries(stage)
    first = dock.totalLabel.text()
    model = dock.cityTree.model()
    model.setData(model.index(0, 0), Qt.CheckState.Unchecked, Qt.ItemDataRole.CheckStateRole)
    dock.flaggedCheck.setChecked(True)
    dock.metricCombo.setCurrentIndex(dock.metricCombo.findData("new_confirmed"))
    dock.positionEdit.setDateTime(QDateTime.fromString("2020-02-20T00:00:00Z", Qt.DateFormat.ISODate))
    yield 1.0
    yield lambda: not stage.iface.mapCanvas().isDrawing()
    stage.notes[f"worked {turn}"] = layer.subsetString() != OWN_FILTER and dock.totalLabel.text() != first
    stage.notes[f"label {turn}"] = label_of_project()
    stage.photograph(f"dock_before_unload_{turn}")
    dock.playButton.click()
    yield 1.2
    dock.playButton.click()
    yield 0.5
    stage.iface.mapCanvas().temporalController().setNavigationMode(
        stage.iface.mapCanvas().temporalController().navigationMode().__class__(0))


def at_work(stage: object) -> Iterator[object]:
    """Unload while sums are read from rows in the background."""
    stage.notes["loads at last"] = qgis.utils.loadPlugin(NAME) and qgis.utils.startPlugin(NAME)
    dock = stage.widget("OutbreakAtlasDock")
    yield 2.0
    dock.minimumSpin.setValue(7)
    until = time.monotonic() + 5
    while not QgsApplication.taskManager().countActiveTasks() and time.monotonic() < until:
        QCoreApplication.processEvents()
    stage.notes["at work"] = QgsApplication.taskManager().countActiveTasks()
    del dock  # what a test holds is not left by the plugin
    stage.notes["unloads at work"] = qgis.utils.unloadPlugin(NAME)
    yield 1.5
    stage.notes["left at work"] = {
        name: found for name, found in {**traces(stage.iface.mainWindow()), "objects": objects()}.items() if found}


def dataset(folder: str) -> str:
    """A part of the synthetic sample, as a GeoPackage."""
    import processing

    made = processing.run("outbreakatlas:makesampledataset", {
        "ROWS": 40_000, "PLACES": 2_000, "CITIES": 40, "OUTPUT": f"{folder}/made.csv"})
    processing.run("outbreakatlas:loaddataset", {"INPUT": [made["OUTPUT"]], "OUTPUT": f"{folder}/made.gpkg"})
    return f"{folder}/made.gpkg"


def surroundings(stage: object, layer: QgsVectorLayer) -> dict[str, object]:
    """What the plugin listens to and may change: how many listen, and how it stands."""
    canvas, project = stage.iface.mapCanvas(), QgsProject.instance()
    controller = canvas.temporalController()
    signals = {
        "scale": (canvas, canvas.scaleChanged), "range": (canvas, canvas.temporalRangeChanged),
        "starting": (canvas, canvas.renderStarting), "complete": (canvas, canvas.mapCanvasRefreshed),
        "added": (project, project.layersAdded), "removed": (project, project.layersRemoved),
        "cleared": (project, project.cleared), "read": (project, project.readProject),
        "clearing": (project, project.aboutToBeCleared),
        "frame": (controller, controller.updateTemporalRange),
        "extents": (controller, controller.temporalExtentsChanged),
        "subset": (layer, layer.subsetStringChanged), "name": (layer, layer.nameChanged),
        "data": (layer, layer.dataChanged), "commit": (layer, layer.afterCommitChanges),
        "style": (layer, layer.styleChanged), "current": (stage.iface, stage.iface.currentLayerChanged),
    }
    return {
        **{f"listeners of {name}": one.receivers(signal) for name, (one, signal) in signals.items()},
        "filter": layer.subsetString(), "label": label_of_project(), "panels": panel_entries(stage),
        "time": layer.temporalProperties().startField(), "mode": int(layer.temporalProperties().mode().value),
        "docks": sorted(one.objectName() for one in stage.iface.mainWindow().findChildren(QDockWidget)),
    }


def panel_entries(stage: object) -> list[str]:
    """What the menu View > Panels offers."""
    menu = stage.iface.mainWindow().findChild(QMenu, "mPanelMenu")
    return sorted(action.text().replace("&", "") for action in menu.actions())


def label_of_project() -> list[str]:
    project = QgsProject.instance()
    return [project.readEntry(scope, "/Label")[0] for scope in ("TitleLabel", "CopyrightLabel")]
