"""Circles that suit a page: on a small figure those of the screen would hide the map."""
from __future__ import annotations

from qgis.core import QgsGraduatedSymbolRenderer, QgsMarkerSymbol, QgsPrintLayout, QgsVectorLayer

#: A template says in this custom property how large circles are on it against those of the screen.
SCALE = "outbreak_atlas/symbol_scale"
#: No circle becomes smaller than this, which is still seen in print.
_LEAST_MM = 0.4


def symbol_scale(layout: QgsPrintLayout) -> float:
    """What the template says; 1 for one that says nothing."""
    try:
        scale = float(layout.customProperty(SCALE, 1.0))
    except (TypeError, ValueError):
        return 1.0
    return scale if scale > 0 else 1.0


def scale_symbols(layer: QgsVectorLayer, scale: float) -> None:
    """Make the circles of a dataset's copy smaller or larger, each class by the same factor; other styles stay."""
    renderer = layer.renderer()
    if scale == 1.0 or not isinstance(renderer, QgsGraduatedSymbolRenderer):
        return
    scaled = renderer.clone()
    for number, one in enumerate(scaled.ranges()):
        symbol = one.symbol().clone()
        if isinstance(symbol, QgsMarkerSymbol):
            symbol.setSize(max(symbol.size() * scale, min(symbol.size(), _LEAST_MM)))
            scaled.updateRangeSymbol(number, symbol)
    layer.setRenderer(scaled)
