"""The items of small multiples: ordinary labels, maps, pictures and a legend of a print layout."""
from __future__ import annotations

from dataclasses import dataclass

from qgis.core import (
    Qgis,
    QgsFillSymbol,
    QgsGeometryGeneratorSymbolLayer,
    QgsLayoutItem,
    QgsLayoutItemLabel,
    QgsLayoutItemLegend,
    QgsLayoutItemMap,
    QgsLayoutItemPicture,
    QgsLayoutItemScaleBar,
    QgsLayoutItemShape,
    QgsLayoutMeasurement,
    QgsLayoutObject,
    QgsLayoutPoint,
    QgsLayoutSize,
    QgsLegendStyle,
    QgsLineSymbol,
    QgsPrintLayout,
    QgsProperty,
    QgsTextFormat,
)
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QColor, QFont, QFontMetricsF

from ..core.frames import Frame
from ..core.panel_grid import Box
from ..core.panel_page import MM_PER_PT
from .frame_settings import frame_range
from .legend import LEGEND
from .page_look import FAMILIES, INK
from .scene import Scene
from .scenes import is_measurable

FRAME = "#8a8a8a"
_MARK = "163,22,12,170"
#: In the legend, where a colour must be told from a single dot.
_LEAST_SYMBOL_MM = 1.1
_FRAME_MM = 0.12
_MEASURED_PX = 1000


@dataclass(frozen=True)
class Letters:
    """A size in points, weight and colour."""

    size_pt: float
    bold: bool = False
    colour: str = INK

    def text_format(self) -> QgsTextFormat:
        look = QgsTextFormat()
        font = QFont(FAMILIES[0])
        font.setBold(self.bold)
        look.setFont(font)
        look.setFamilies(list(FAMILIES))
        look.setForcedBold(self.bold)
        look.setSize(self.size_pt)
        look.setSizeUnit(Qgis.RenderUnit.Points)
        look.setColor(QColor(self.colour))
        look.setLineHeight(1.1)
        return look

    def width_mm(self, text: str) -> float:
        """How wide a line of text is in print."""
        font = QFont()
        font.setFamilies(list(FAMILIES))
        font.setBold(self.bold)
        font.setPixelSize(_MEASURED_PX)
        return QFontMetricsF(font).horizontalAdvance(text) / _MEASURED_PX * self.size_pt * MM_PER_PT


def place(item: QgsLayoutItem, box: Box) -> None:
    """Put an item there, in mm."""
    item.attemptMove(QgsLayoutPoint(box.left_mm, box.top_mm, Qgis.LayoutUnit.Millimeters))
    item.attemptResize(QgsLayoutSize(box.width_mm, box.height_mm, Qgis.LayoutUnit.Millimeters))


def add_label(
    layout: QgsPrintLayout, name: str, box: Box, text: str, letters: Letters,
    across: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft, down: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignVCenter,
) -> QgsLayoutItemLabel:
    label = QgsLayoutItemLabel(layout)
    label.setId(name)
    label.setText(text)
    label.setTextFormat(letters.text_format())
    label.setMarginX(0)
    label.setMarginY(0)
    label.setHAlign(across)
    label.setVAlign(down)
    layout.addLayoutItem(label)
    place(label, box)
    return label


def add_map(layout: QgsPrintLayout, name: str, box: Box, scene: Scene, frame: Frame) -> QgsLayoutItemMap:
    """A map of the scene with a time of its own. Its size comes first: an extent fits itself to the item's shape."""
    item = QgsLayoutItemMap(layout)
    item.setId(name)
    layout.addLayoutItem(item)
    place(item, box)
    item.setCrs(scene.crs)
    item.setLayers(list(scene.layers))
    item.setKeepLayerSet(True)
    item.setBackgroundColor(scene.background)
    if not scene.extent.isEmpty():
        item.zoomToExtent(scene.extent)
    item.setIsTemporal(True)
    item.setTemporalRange(frame_range(frame))
    item.setFrameEnabled(True)
    item.setFrameStrokeColor(QColor(FRAME))
    item.setFrameStrokeWidth(QgsLayoutMeasurement(_FRAME_MM, Qgis.LayoutUnit.Millimeters))
    return item


def add_picture(layout: QgsPrintLayout, name: str, box: Box) -> QgsLayoutItemPicture:
    """A place for a picture."""
    picture = QgsLayoutItemPicture(layout)
    picture.setId(name)
    layout.addLayoutItem(picture)
    place(picture, box)
    return picture


def add_scale_bar(
    layout: QgsPrintLayout, name: str, box: Box, of: QgsLayoutItemMap, letters: Letters
) -> QgsLayoutItemScaleBar:
    """A line of round length in the lower right of its box, to whose width its numbers are added; of metres or
    kilometres."""
    bar = QgsLayoutItemScaleBar(layout)
    bar.setId(name)
    bar.setStyle("Line Ticks Up")
    bar.setLinkedMap(of)
    layout.addLayoutItem(bar)
    bar.setVisibility(is_measurable(of))
    unit = bar.guessUnits()
    known = unit not in (Qgis.DistanceUnit.Unknown, Qgis.DistanceUnit.Degrees)
    bar.applyDefaultSize(unit if known else Qgis.DistanceUnit.Kilometers)
    bar.setNumberOfSegments(1)
    bar.setNumberOfSegmentsLeft(0)
    bar.setSegmentSizeMode(Qgis.ScaleBarSegmentSizeMode.FitWidth)
    bar.setMinimumBarWidth(0.4 * box.width_mm)
    bar.setMaximumBarWidth(box.width_mm)
    bar.setTextFormat(letters.text_format())
    bar.setLineSymbol(QgsLineSymbol.createSimple({"color": INK, "width": "0.2", "capstyle": "square"}))
    bar.setHeight(0.15 * letters.size_pt)
    bar.setLabelBarSpace(0.06 * letters.size_pt)
    bar.setBoxContentSpace(0)
    bar.setReferencePoint(QgsLayoutItem.ReferencePoint.LowerRight)
    bar.update()
    bar.attemptResize(bar.minimumSize())
    bar.attemptMove(QgsLayoutPoint(box.right_mm, box.bottom_mm, Qgis.LayoutUnit.Millimeters))
    return bar


def add_legend(
    layout: QgsPrintLayout, box: Box, of: QgsLayoutItemMap, title: str, letters: Letters
) -> QgsLayoutItemLegend:
    """An empty legend, whose title is an expression; its box is the most it takes."""
    legend = QgsLayoutItemLegend(layout)
    legend.setId(LEGEND)
    layout.addLayoutItem(legend)
    legend.setAutoUpdateModel(False)
    legend.model().rootGroup().clear()
    legend.setLinkedMap(of)
    properties = legend.dataDefinedProperties()
    properties.setProperty(QgsLayoutObject.DataDefinedProperty.LegendTitle, QgsProperty.fromExpression(title))
    legend.setDataDefinedProperties(properties)
    legend.refreshDataDefinedProperty(QgsLayoutObject.DataDefinedProperty.LegendTitle)
    _dress_legend(legend, letters)
    place(legend, box)
    return legend


def _dress_legend(legend: QgsLayoutItemLegend, letters: Letters) -> None:
    bold, em = Letters(letters.size_pt, True, letters.colour), letters.size_pt * MM_PER_PT
    style, side = QgsLegendStyle.Style, QgsLegendStyle.Side
    for part, look, margins in (
        (style.Title, bold, {side.Bottom: 0.5 * em}), (style.Group, bold, {}), (style.Subgroup, bold, {}),
        (style.Symbol, letters, {side.Top: 0.3 * em}), (style.SymbolLabel, letters, {side.Left: 0.5 * em}),
    ):
        one = QgsLegendStyle()
        one.setTextFormat(look.text_format())
        for where in (side.Top, side.Bottom, side.Left, side.Right):
            one.setMargin(where, margins.get(where, 0.0))
        legend.setStyle(part, one)
    legend.setBoxSpace(0)
    legend.setMinimumSymbolSize(_LEAST_SYMBOL_MM)
    legend.setSymbolWidth(2.2 * em)
    legend.setSymbolHeight(1.1 * em)
    legend.setColumnSpace(2.0 * em)
    legend.setSplitLayer(True)
    legend.setEqualColumnWidth(False)


def add_marks(layout: QgsPrintLayout, name: str, box: Box, line: str) -> QgsLayoutItemShape:
    """Upright lines over a box: `line` is an expression of their geometry within it."""
    drawn = QgsGeometryGeneratorSymbolLayer.create({"geometryModifier": line, "SymbolType": "Line"})
    drawn.setSubSymbol(QgsLineSymbol.createSimple(
        {"color": _MARK, "width": "0.2", "capstyle": "flat", "line_style": "dash"}))
    symbol = QgsFillSymbol()
    symbol.changeSymbolLayer(0, drawn)
    shape = QgsLayoutItemShape(layout)
    shape.setId(name)
    shape.setShapeType(QgsLayoutItemShape.Shape.Rectangle)
    shape.setSymbol(symbol)
    layout.addLayoutItem(shape)
    place(shape, box)
    return shape
