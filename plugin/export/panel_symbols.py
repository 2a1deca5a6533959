"""Symbols for small maps: those of the dataset, smaller."""
from __future__ import annotations

from qgis.core import (
    QgsCategorizedSymbolRenderer,
    QgsFeatureRenderer,
    QgsGraduatedSymbolRenderer,
    QgsMarkerSymbol,
    QgsSimpleMarkerSymbolLayer,
    QgsSingleSymbolRenderer,
    QgsSymbol,
    QgsVectorLayer,
)

#: A map so wide (the root of its area) shows symbols at the size they were made for.
_FULL_MM = 190.0
#: Symbols shrink less than their map does: the map still shows as many places.
_SLOWER = 0.85
#: Nothing is drawn smaller than about this, unless it was; few places have more room, of which they take a share.
_LEAST_MM, _LEAST_OF_FEW_MM, _SHARE_OF_ROOM = 0.45, 1.1, 0.25


def shrink_symbols(layer: QgsVectorLayer, map_width_mm: float, map_height_mm: float, places: int | None = None) -> None:
    """Draw a layer's points as much smaller as its map is, in steps that can still be told apart.

    `places`: how many there are, if known: the smallest circles of few places shrink less. A style of another kind
    than single, graduated or categorised markers is left as it is.
    """
    area_mm2 = map_width_mm * map_height_mm
    share = min(1.0, area_mm2 ** 0.5 / _FULL_MM) ** _SLOWER
    renderer = layer.renderer().clone()
    _shrink(renderer, share, _LEAST_MM if places is None else least_mm(area_mm2, places))
    layer.setRenderer(renderer)


def least_mm(area_mm2: float, places: int) -> float:
    """The smallest circle: a share of the distance between places spread evenly over the map, within limits.

    >>> least_mm(3000, 9), round(least_mm(3000, 504), 2), least_mm(3000, 24_000)
    (1.1, 0.61, 0.45)
    """
    room_mm = (area_mm2 / max(places, 1)) ** 0.5
    return min(max(_SHARE_OF_ROOM * room_mm, _LEAST_MM), _LEAST_OF_FEW_MM)


def _shrink(renderer: QgsFeatureRenderer, share: float, least: float) -> None:
    if isinstance(renderer, QgsGraduatedSymbolRenderer):
        for number, one in enumerate(renderer.ranges()):
            renderer.updateRangeSymbol(number, _smaller(one.symbol(), share, least))
    elif isinstance(renderer, QgsCategorizedSymbolRenderer):
        for number, category in enumerate(renderer.categories()):
            renderer.updateCategorySymbol(number, _smaller(category.symbol(), share, least))
    elif isinstance(renderer, QgsSingleSymbolRenderer):
        renderer.setSymbol(_smaller(renderer.symbol(), share, least))


def shrunk_mm(size_mm: float, share: float, least_size_mm: float = _LEAST_MM) -> float:
    """A size times a share; what would be too small to see stays nearly as it is.

    >>> round(shrunk_mm(15.0, 0.3), 2), round(shrunk_mm(1.2, 0.3), 2), shrunk_mm(0.3, 0.3)
    (4.5, 0.53, 0.3)
    """
    least = min(size_mm, least_size_mm * (1 + 0.15 * size_mm))
    return max(size_mm * share, least)


def _smaller(symbol: QgsSymbol, share: float, least: float) -> QgsSymbol:
    copy = symbol.clone()
    if isinstance(copy, QgsMarkerSymbol):
        copy.setSize(shrunk_mm(copy.size(), share, least))
        for layer in copy.symbolLayers():
            if isinstance(layer, QgsSimpleMarkerSymbolLayer):
                # Many rims of full width, close together, would hide the colours.
                layer.setStrokeWidth(layer.strokeWidth() * share)
    return copy
