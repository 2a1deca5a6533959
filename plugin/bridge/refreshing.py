"""Layers of a dataset whose file has changed under them. For the main thread."""
from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from qgis.core import QgsGraduatedSymbolRenderer, QgsMapLayer, QgsProject, QgsVectorLayer

from ..core.schema import LAYER_UPDATES
from .description import read_description
from .kept import put_back, remember
from .layers import dress, layers_of, start_time

if TYPE_CHECKING:
    from qgis.gui import QgsMapCanvas


def refresh_layers(project: QgsProject, path: Path, canvas: QgsMapCanvas | None) -> list[QgsMapLayer]:
    """Let the project's layers of a dataset, its time and its classes follow the new content of the file.

    What the user made of a layer (its name, style and filter) stays, unless its classes end below the new counts.
    """
    layers = layers_of(project, path)
    description = read_description(path) if layers else None
    for layer in layers:
        layer.reload()
        if isinstance(layer, QgsVectorLayer) and description is not None and _is_updates(layer):
            layer.updateExtents()
            if not _holds_all(layer):
                remember(layer)
                layer.loadDefaultStyle()
                put_back(layer)
            name = layer.name()
            dress(layer, description)
            layer.setName(name)
        layer.triggerRepaint()
    if description is not None:
        start_time(project, description, canvas)
    return layers


def _is_updates(layer: QgsVectorLayer) -> bool:
    return "shown_from" in layer.fields().names() and f"layername={LAYER_UPDATES}" in layer.source()


def _holds_all(layer: QgsVectorLayer) -> bool:
    """Whether graduated classes hold the least and the greatest value; other renderers are the user's own."""
    renderer = layer.renderer()
    if not isinstance(renderer, QgsGraduatedSymbolRenderer) or not renderer.ranges():
        return True
    index = layer.fields().indexFromName(renderer.classAttribute())
    if index < 0:
        return True
    least, greatest = layer.minimumAndMaximumValue(index)
    limits = [limit for one in renderer.ranges() for limit in (one.lowerValue(), one.upperValue())]
    known = [value for value in (least, greatest) if isinstance(value, (int, float))]
    return all(min(limits) <= value <= max(limits) for value in known)
