"""Unload the plugin while it works."""
from __future__ import annotations

import time
from collections.abc import Iterator

import qgis.utils
from qgis.core import QgsApplication


def scenario(stage: object) -> Iterator[float]:
    yield 1.0
    stage.action("OutbreakAtlasSample").trigger()
    yield 1.5
    stage.notes["at work"] = QgsApplication.taskManager().countActiveTasks()
    started = time.monotonic()
    qgis.utils.unloadPlugin("outbreak_atlas")
    stage.notes["seconds"] = time.monotonic() - started
    yield 0.5
    stage.notes["left"] = QgsApplication.taskManager().countActiveTasks()
    stage.notes["messages"] = [item.text() for item in stage.iface.messageBar().items()]
