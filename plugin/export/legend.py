"""The legend of a layout: the classes of one layer, short, and within its place."""
from __future__ import annotations

import re

from qgis.core import (
    QgsGraduatedSymbolRenderer,
    QgsHeatmapRenderer,
    QgsLayerTreeLayer,
    QgsLayoutExporter,
    QgsLayoutItemLegend,
    QgsLayoutObject,
    QgsLegendRenderer,
    QgsLegendStyle,
    QgsMapLayerLegendUtils,
    QgsMarkerSymbol,
    QgsPrintLayout,
    QgsSymbol,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QSize, QSizeF

LEGEND = "legend"
#: Smaller letters than these no journal takes.
_LEAST_PT = 6.0
_STEP = 0.94
_PROBE_DPI = 96
_SHRINKING = (QgsLegendStyle.Style.Title, QgsLegendStyle.Style.SymbolLabel)
#: Words in brackets at the end of a class.
_REMARK = re.compile(r" \([^()]*\)$")
_LEAST_SYMBOL_MM = 4.0
#: A smaller speck by itself shows no colour.
_LEAST_CIRCLE_MM = 1.0
#: Of a ramp's height to its letters, so that its colours are told apart.
_RAMP_MM_PER_PT, _RAMP_WIDTH_MM = 3.0, 5.0


def fill_legend(layout: QgsPrintLayout, layer: QgsVectorLayer, unit: str = "") -> None:
    """Let the legend show this layer's classes only; without a legend nothing is done.

    `unit`: what the classes count. Under a title that says so it is left out of each of them. A legend that has
    grown beyond the place it had is set in smaller letters.
    """
    legend = layout.itemById(LEGEND)
    if not isinstance(legend, QgsLayoutItemLegend):
        return
    place = legend.rect()
    legend.setAutoUpdateModel(False)
    root = legend.model().rootGroup()
    root.clear()
    node = root.addLayer(layer)
    if _has_title(legend):
        QgsLegendRenderer.setNodeLegendStyle(node, QgsLegendStyle.Style.Hidden)
    labels = _short_labels(layer, unit) if _has_title(legend) else []
    _write(node, labels)
    # Small circles stand over the middle of the largest.
    legend.setSymbolWidth(max(_LEAST_SYMBOL_MM, largest_mm(layer)))
    legend.setMinimumSymbolSize(max(_LEAST_CIRCLE_MM, legend.minimumSymbolSize()))
    if isinstance(layer.renderer(), QgsHeatmapRenderer):
        height_mm = _RAMP_MM_PER_PT * legend.style(QgsLegendStyle.Style.SymbolLabel).textFormat().size()
        QgsMapLayerLegendUtils.setLegendNodeSymbolSize(node, 0, QSizeF(_RAMP_WIDTH_MM, height_mm))
    legend.model().refreshLayerLegend(node)
    _know_size(layout, legend)
    if labels and _is_beyond(legend, place.width(), place.height()):
        # Minus signs and blue say it too, and letters stay large.
        _write(node, [_REMARK.sub("", label) for label in labels])
        legend.model().refreshLayerLegend(node)
        legend.adjustBoxSize()
    _shrink(legend, place.width(), place.height())


def _write(node: QgsLayerTreeLayer, labels: list[str]) -> None:
    for number, label in enumerate(labels):
        QgsMapLayerLegendUtils.setLegendNodeUserLabel(node, number, label)


def _know_size(layout: QgsPrintLayout, legend: QgsLayoutItemLegend) -> None:
    """A legend tells the size of its content only after it has been painted once, and of a title that an expression
    gives after a refresh."""
    legend.refresh()
    QgsLayoutExporter(layout).renderRegionToImage(legend.mapRectToScene(legend.rect()), QSize(), _PROBE_DPI)
    legend.adjustBoxSize()


def largest_mm(layer: QgsVectorLayer) -> float:
    """The diameter of the largest circle; 0 for a style of another kind."""
    renderer = layer.renderer()
    if not isinstance(renderer, QgsGraduatedSymbolRenderer):
        return 0.0
    # A symbol lives as long as its class does.
    return max((_diameter_mm(one.symbol()) for one in renderer.ranges()), default=0.0)


def _diameter_mm(symbol: QgsSymbol) -> float:
    return float(symbol.size()) if isinstance(symbol, QgsMarkerSymbol) else 0.0


def _has_title(legend: QgsLayoutItemLegend) -> bool:
    return bool(legend.title()) or legend.dataDefinedProperties().isActive(
        QgsLayoutObject.DataDefinedProperty.LegendTitle)


def _short_labels(layer: QgsVectorLayer, unit: str) -> list[str]:
    """The classes without what they count; none for a style of another kind."""
    renderer = layer.renderer()
    if not unit or not isinstance(renderer, QgsGraduatedSymbolRenderer):
        return []
    return [one.label().replace(f" {unit}", "", 1) for one in renderer.ranges()]


def _shrink(legend: QgsLayoutItemLegend, width_mm: float, height_mm: float) -> None:
    while _is_beyond(legend, width_mm, height_mm) and _is_smaller_possible(legend):
        for which in _SHRINKING:
            style = legend.style(which)
            look = style.textFormat()
            look.setSize(max(_LEAST_PT, look.size() * _STEP))
            style.setTextFormat(look)
            style.setMargin(QgsLegendStyle.Side.Top, style.margin(QgsLegendStyle.Side.Top) * _STEP)
            legend.setStyle(which, style)
        legend.adjustBoxSize()


def _is_beyond(legend: QgsLayoutItemLegend, width_mm: float, height_mm: float) -> bool:
    return bool(legend.rect().width() > width_mm or legend.rect().height() > height_mm)


def _is_smaller_possible(legend: QgsLayoutItemLegend) -> bool:
    sizes = [legend.style(which).textFormat().size() for which in _SHRINKING]
    return any(size > _LEAST_PT for size in sizes)
