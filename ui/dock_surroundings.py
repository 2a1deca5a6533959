"""What the dock works on: handed to it by whoever puts the plugin's parts together."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Callable

from qgis.core import QgsProject
from qgis.gui import QgsMapCanvas

from ..plugin.bridge.date_label import DateLabel
from ..plugin.bridge.messages import Messages
from ..plugin.bridge.tasks import Latest


@dataclass(frozen=True)
class Surroundings:
    """What the dock works on. `sums`, `heat`: answer one question at a time in the background;
    `change_step(layer_id, step, done)` starts another step for a dataset; `missing` says which libraries the plugin
    lacks."""

    canvas: QgsMapCanvas
    project: QgsProject
    messages: Messages
    sums: Latest
    heat: Latest
    label: DateLabel
    change_step: Callable[[str, str, Callable[[], None]], None]
    missing: str = ""
