"""What the map of a city shows more than that of all: larger circles, and the names of cities."""
from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from qgis.core import (
    Qgis,
    QgsGraduatedSymbolRenderer,
    QgsMarkerSymbol,
    QgsPalLayerSettings,
    QgsProperty,
    QgsSymbol,
    QgsTextBufferSettings,
    QgsVectorLayer,
    QgsVectorLayerSimpleLabeling,
)

from ..core.filters import Area
from ..core.quoting import quoted
from .panel_items import Letters

#: The column of the coverage that says by how much circles are larger; 0 on a map of many places.
SYMBOL_MM = "symbol_mm"
#: The column that names the page's own areas; nothing where all are meant.
AREAS = "areas"
#: No name has them.
_BETWEEN, _END = "\u241f", "\u241e"
#: Opacity of other areas' circles, in percent.
_PALE = 30
_MORE = f"coalesce(attribute(@atlas_feature, '{SYMBOL_MM}'), 0)"
#: Circles that are much larger than this are seen well on any page.
_SMALL_MM = 3.0
_NAME_PT, _HALO_MM, _APART_MM = 7.0, 0.6, 0.4


def areas_text(areas: Iterable[Area]) -> str:
    """The areas of a page as the coverage keeps them: each is found in it at once."""
    return _END + _END.join(_BETWEEN.join(part or "" for part in area) for area in areas) + _END


def draw_by_page(layer: QgsVectorLayer, columns: Sequence[str]) -> None:
    """Let the small circles of a copied layer be larger by what the page says, large ones by less, and those of other
    areas pale; any other style stays. Larger values still have larger circles."""
    renderer = layer.renderer()
    if not isinstance(renderer, QgsGraduatedSymbolRenderer):
        return
    drawn, opacity = renderer.clone(), QgsProperty.fromExpression(_opacity(columns))
    for number, one in enumerate(renderer.ranges()):
        symbol = one.symbol().clone()
        if isinstance(symbol, QgsMarkerSymbol):
            share = math.exp(-symbol.size() / _SMALL_MM)
            symbol.setDataDefinedSize(QgsProperty.fromExpression(f"{symbol.size():.3f} + {share:.3f} * {_MORE}"))
            symbol.setDataDefinedProperty(QgsSymbol.Property.Opacity, opacity)
            drawn.updateRangeSymbol(number, symbol)
    layer.setRenderer(drawn)


def _opacity(columns: Sequence[str]) -> str:
    """In percent; a legend's symbols have no place and are as those of the page's own city."""
    parts = f" || '{_BETWEEN}' || ".join(f"coalesce({quoted(column)}, '')" for column in columns)
    own = f"coalesce(attribute(@atlas_feature, '{AREAS}'), '')"
    return (f"if({own} = '' OR \"place_id\" IS NULL OR strpos({own}, '{_END}' || {parts} || '{_END}') > 0, 100, "
            f"{_PALE})")


def name_points(layer: QgsVectorLayer, column: str) -> None:
    """Write the names of a column beside the points of a copied layer where there are few; a layer that has labels
    keeps its own."""
    if layer.labelsEnabled():
        return
    look = Letters(_NAME_PT, colour="#4a4a4a").text_format()
    halo = QgsTextBufferSettings()
    halo.setEnabled(True)
    halo.setSize(_HALO_MM)
    look.setBuffer(halo)
    settings = QgsPalLayerSettings()
    settings.fieldName = column
    settings.setFormat(look)
    settings.placement = Qgis.LabelPlacement.OrderedPositionsAroundPoint
    settings.offsetType = Qgis.LabelOffsetType.FromSymbolBounds
    settings.dist = _APART_MM
    properties = settings.dataDefinedProperties()
    properties.setProperty(QgsPalLayerSettings.Property.Show, QgsProperty.fromExpression(f"{_MORE} > 0"))
    settings.setDataDefinedProperties(properties)
    layer.setLabeling(QgsVectorLayerSimpleLabeling(settings))
    layer.setLabelsEnabled(True)
