"""Load and unload the plugin twice and compare what is there before and after."""
from __future__ import annotations

import gc
import os
from collections.abc import Iterator

import qgis.utils
from qgis.core import QgsApplication, QgsProject
from qgis.PyQt.QtCore import QObject
from qgis.PyQt.QtWidgets import QAction, QDockWidget, QMenu, QToolBar

NAME = "outbreak_atlas"


def traces(window: object) -> dict[str, list[str]]:
    """Everything of the plugin that can be found in QGIS."""
    ours = "outbreak"
    menus = [menu.title() for menu in window.findChildren(QMenu)]
    actions = [action.text() for menu in window.findChildren(QMenu) for action in menu.actions()]
    return {
        "providers": [one.id() for one in QgsApplication.processingRegistry().providers() if ours in one.id()],
        "toolbars": [bar.objectName() for bar in window.findChildren(QToolBar) if ours in bar.objectName().lower()],
        "menus": [title for title in menus if ours in title.lower()],
        "entries": [text for text in actions if ours in text.lower()],
        "actions": [act.objectName() for act in window.findChildren(QAction) if ours in act.objectName().lower()],
        "messages": [item.title() for item in qgis.utils.iface.messageBar().items() if ours in item.title().lower()],
        "widgets": [w.objectName() for w in window.findChildren(QMenu) if ours in w.objectName().lower()],
        "docks": [dock.objectName() for dock in window.findChildren(QDockWidget) if ours in dock.objectName().lower()],
        "time zone": [os.environ[name] for name in ("TZ",) if name in os.environ],
    }


def listeners() -> int:
    """How many slots wait for layers that are added to the project, QGIS's own among them."""
    project = QgsProject.instance()
    return project.receivers(project.layersAdded)


def objects() -> list[str]:
    """Objects of the plugin's own Qt classes that Python still knows."""
    gc.collect()
    return sorted(type(one).__name__ for one in gc.get_objects()
                  if type(one).__module__.startswith(NAME) and issubclass(type(one), QObject))


def scenario(stage: object) -> Iterator[float]:
    window = stage.iface.mainWindow()
    yield 1.0
    stage.notes["loaded"], stage.notes["listeners loaded"] = traces(window), listeners()
    stage.notes["objects loaded"] = objects()
    for turn in (1, 2):
        stage.notes[f"unloads {turn}"] = qgis.utils.unloadPlugin(NAME)
        yield 0.5
        stage.notes[f"unloaded {turn}"], stage.notes[f"listeners unloaded {turn}"] = traces(window), listeners()
        stage.notes[f"objects unloaded {turn}"] = objects()
        stage.notes[f"loads {turn}"] = qgis.utils.loadPlugin(NAME) and qgis.utils.startPlugin(NAME)
        yield 0.5
        stage.notes[f"loaded {turn}"], stage.notes[f"listeners loaded {turn}"] = traces(window), listeners()
    stage.photograph("plugin_loaded")
