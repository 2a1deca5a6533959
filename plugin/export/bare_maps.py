"""Maps of a layout without the layers that change."""
from __future__ import annotations

from qgis.core import QgsLayoutItemMap, QgsMapLayer, QgsMapSettings, QgsVectorLayer
from qgis.PyQt.QtCore import QSizeF

from .frame_settings import split_layers

_MM_PER_INCH = 25.4


class BareMap:
    """A map without the layers that change, for a while."""

    def __init__(self, item: QgsLayoutItemMap) -> None:
        self._item = item
        self._layers, self._keeps, self._theme = item.layers(), item.keepLayerSet(), item.followVisibilityPreset()
        self._frame, self._background = item.frameEnabled(), item.hasBackground()
        self._still = still_layers(item)
        self._nothing = QgsVectorLayer("Point", "", "memory")
        self._stacked = [*_stack(item.grids()), *_stack(item.overviews())]
        self._stacked = [(one, one.enabled()) for one in self._stacked]

    def to_ground(self) -> None:
        """Only the background and the layers below all that changes."""
        self._item.setKeepLayerSet(True)
        self._item.setFollowVisibilityPreset(False)
        self._item.setLayers(self._still or [self._nothing])
        self._item.setFrameEnabled(False)
        for one, _is_enabled in self._stacked:
            one.setEnabled(False)

    def to_rim(self) -> None:
        """Only what is drawn over the layers."""
        self._item.setLayers([self._nothing])
        self._item.setBackgroundEnabled(False)
        self._restore_rim()

    def restore(self) -> None:
        self._item.setLayers(self._layers)
        self._item.setKeepLayerSet(self._keeps)
        self._item.setFollowVisibilityPreset(self._theme)
        self._item.setBackgroundEnabled(self._background)
        self._restore_rim()

    def _restore_rim(self) -> None:
        self._item.setFrameEnabled(self._frame)
        for one, is_enabled in self._stacked:
            one.setEnabled(is_enabled)


def map_settings(item: QgsLayoutItemMap, dpi: int) -> QgsMapSettings:
    """How QGIS draws the layers of a layout's map into a picture of the page."""
    dots_per_mm = dpi / _MM_PER_INCH
    extent = item.extent()
    scale = item.mapUnitsToLayoutUnits()
    size = QSizeF(extent.width() * scale * dots_per_mm, extent.height() * scale * dots_per_mm)
    return item.mapSettings(extent, size, dpi, True)


def still_layers(item: QgsLayoutItemMap) -> list[QgsMapLayer]:
    """The layers of a map that are below all that changes."""
    return split_layers(map_settings(item, 96))[1]


def _stack(stack: object) -> list[object]:
    return [stack.item(index) for index in range(stack.size())]
