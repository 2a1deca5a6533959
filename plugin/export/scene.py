"""What maps of a publication show: layers, view and background."""
from __future__ import annotations

from dataclasses import dataclass

from qgis.core import QgsCoordinateReferenceSystem, QgsMapLayer, QgsRectangle, QgsVectorLayer
from qgis.PyQt.QtGui import QColor


@dataclass(frozen=True)
class Scene:
    """Layers, the top one first; `dataset` is one of them: a copy of the dataset's layer that belongs to the
    publication, so that filtering in the panel does not change a map that was made. `extent` is in `crs`."""

    layers: tuple[QgsMapLayer, ...]
    dataset: QgsVectorLayer
    crs: QgsCoordinateReferenceSystem
    extent: QgsRectangle
    background: QColor
