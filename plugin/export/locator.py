"""The small map that shows where in the world the main one is."""
from __future__ import annotations

from qgis.core import (
    Qgis,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsCsException,
    QgsLayoutItemMap,
    QgsMapLayer,
    QgsPrintLayout,
    QgsRectangle,
)

from .templates import main_map

LOCATOR = "locator"
_CRS = "EPSG:3857"
#: How much wider than the main map the locator looks, and its least width in metres at the equator: a part of a
#: continent, which people recognise.
_TIMES, _LEAST_WIDTH_M = 3.5, 5_000_000.0
#: The inhabited world in Web Mercator, 56 degrees south to 76 degrees north.
_WORLD = QgsRectangle(-20_037_508, -7_560_000, 20_037_508, 13_500_000)


def aim_locator(layout: QgsPrintLayout, world: QgsMapLayer | None) -> None:
    """Let the locator show the world map around the main map, at any date the same; without that map it goes."""
    locator = layout.itemById(LOCATOR)
    if not isinstance(locator, QgsLayoutItemMap):
        return
    if world is None:
        layout.removeLayoutItem(locator)
        return
    locator.setLayers([world])
    locator.setKeepLayerSet(True)
    locator.setIsTemporal(False)
    crs = QgsCoordinateReferenceSystem(_CRS)
    shown = _in_crs(main_map(layout), crs)
    locator.setCrs(crs)
    locator.zoomToExtent(_around(shown, locator.rect().width() / max(locator.rect().height(), 1.0)))


def _in_crs(item: QgsLayoutItemMap, crs: QgsCoordinateReferenceSystem) -> QgsRectangle:
    """What a map shows in another CRS; the world where that cannot be said."""
    transform = QgsCoordinateTransform(item.crs(), crs, item.layout().project())
    try:
        extent = transform.transformBoundingBox(item.extent(), Qgis.TransformDirection.Forward)
    except QgsCsException:
        return QgsRectangle(_WORLD)
    return extent if extent.isFinite() else QgsRectangle(_WORLD)


def _around(shown: QgsRectangle, shape: float) -> QgsRectangle:
    """An extent of this shape around another, within the world."""
    widest = min(_WORLD.width(), _WORLD.height() * shape)
    width = min(max(_TIMES * shown.width(), _TIMES * shown.height() * shape, _LEAST_WIDTH_M), widest)
    height = width / shape
    left = _within(shown.center().x() - width / 2, _WORLD.xMinimum(), _WORLD.xMaximum() - width)
    bottom = _within(shown.center().y() - height / 2, _WORLD.yMinimum(), _WORLD.yMaximum() - height)
    return QgsRectangle(left, bottom, left + width, bottom + height)


def _within(value: float, least: float, most: float) -> float:
    return min(max(value, least), most)
