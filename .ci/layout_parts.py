"""The parts of a layout template: every item is an ordinary one of QGIS, known by its id."""
from __future__ import annotations

import base64
from dataclasses import dataclass
from importlib import import_module

from layout_expressions import LINE_END, Space, cursor_line, fitting_pt, flowing, given, veil, wrapped
from qgis.core import (
    Qgis,
    QgsFillSymbol,
    QgsGeometryGeneratorSymbolLayer,
    QgsLayoutItem,
    QgsLayoutItemGroup,
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
    QgsPalLayerSettings,
    QgsPrintLayout,
    QgsProject,
    QgsProperty,
    QgsRectangle,
    QgsScaleBarSettings,
    QgsSimpleLineSymbolLayer,
    QgsTextBufferSettings,
    QgsTextFormat,
)
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QColor, QFont
from session import register_package

_LOOK = import_module(f"{register_package().__name__}.plugin.export.page_look")
FAMILIES, INK, QUIET, WARNING = _LOOK.FAMILIES, _LOOK.INK, _LOOK.QUIET, _LOOK.WARNING
SEA = import_module(f"{register_package().__name__}.plugin.bridge.layers").SEA
#: Width of the halo around what stands on the map, for each point of its letters.
_HALO_MM_PER_PT = 0.04
#: A needle and an N of plain lines: it needs no font and looks the same everywhere.
_NORTH = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="20" height="32" viewBox="0 0 20 32">'
    '<g fill="none" stroke="#ffffff" stroke-opacity="0.8" stroke-width="3.6" stroke-linejoin="round">'
    '<path d="M6.6 9.4V2.2L13.4 9.4V2.2"/><path d="M10 12L17 31L10 26.4L3 31Z"/></g>'
    '<path d="M6.6 9.9V1.9L13.4 9.4V1.4" fill="none" stroke="#1a1a1a" stroke-width="1.7"/>'
    '<path d="M10 12L17 31L10 26.4Z" fill="#1a1a1a" stroke="#1a1a1a" stroke-width="0.8" stroke-linejoin="round"/>'
    '<path d="M10 12L3 31L10 26.4Z" fill="#ffffff" stroke="#1a1a1a" stroke-width="0.8" stroke-linejoin="round"/></svg>'
)
HIGH, LOW = Qt.AlignmentFlag.AlignTop, Qt.AlignmentFlag.AlignBottom
LEFT, RIGHT = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight


@dataclass(frozen=True)
class Box:
    """A place on the page in mm, from its upper left corner."""

    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True)
class Plot:
    """Where the plot lies in a curve's picture, as shares of it (`plugin/export/curve_picture.py`)."""

    left: float
    right: float
    top: float
    bottom: float


def page(project: QgsProject, name: str, width_mm: float, height_mm: float) -> QgsPrintLayout:
    """An empty page."""
    layout = QgsPrintLayout(project)
    layout.initializeDefaults()
    layout.setName(name)
    layout.pageCollection().page(0).setPageSize(QgsLayoutSize(width_mm, height_mm))
    layout.renderContext().setDpi(300)
    return layout


def look(size_pt: float, colour: str = INK, bold: bool = False, halo: bool = False) -> QgsTextFormat:
    """Letters of this size; with a halo they can be read on any map."""
    wanted = QgsTextFormat()
    font = QFont(FAMILIES[0])
    font.setBold(bold)
    wanted.setFont(font)
    wanted.setFamilies(list(FAMILIES))
    wanted.setForcedBold(bold)
    wanted.setSize(size_pt)
    wanted.setSizeUnit(Qgis.RenderUnit.Points)
    wanted.setColor(QColor(colour))
    wanted.setLineHeight(1.1)
    if halo:
        wanted.setBuffer(_halo(_HALO_MM_PER_PT * size_pt))
    return wanted


def _halo(width_mm: float) -> QgsTextBufferSettings:
    halo = QgsTextBufferSettings()
    halo.setEnabled(True)
    halo.setSize(width_mm)
    halo.setSizeUnit(Qgis.RenderUnit.Millimeters)
    halo.setColor(QColor(255, 255, 255, 200))
    return halo


def _put(layout: QgsPrintLayout, item: QgsLayoutItem, name: str, box: Box) -> None:
    item.setId(name)
    layout.addLayoutItem(item)
    item.attemptMove(QgsLayoutPoint(box.left, box.top))
    item.attemptResize(QgsLayoutSize(box.width, box.height))


@dataclass(frozen=True)
class Fit:
    """How a long text fits into its box: in so many lines, with letters of this size at least; `flows`: it may need
    to be cut or broken."""

    lines: int = 1
    least_pt: float = 6.0
    flows: bool = False


def label(
    layout: QgsPrintLayout, name: str, box: Box, text: str, letters: QgsTextFormat, fit: Fit | None = None,
    across: Qt.AlignmentFlag = LEFT, upright: Qt.AlignmentFlag = HIGH,
) -> QgsLayoutItemLabel:
    """A label of an expression."""
    item = QgsLayoutItemLabel(layout)
    if fit is not None:
        space = Space(box.width, box.height, fit.lines, letters.size(), fit.least_pt, letters.forcedBold())
        properties = letters.dataDefinedProperties()
        properties.setProperty(QgsPalLayerSettings.Property.Size, QgsProperty.fromExpression(fitting_pt(text, space)))
        letters.setDataDefinedProperties(properties)
        text = flowing(text, space) if fit.flows else text
    item.setText(f"[% {text} %]")
    item.setTextFormat(letters)
    item.setMarginX(0)
    item.setMarginY(0)
    item.setHAlign(across)
    item.setVAlign(upright)
    _put(layout, item, name, box)
    return item


def main_map(layout: QgsPrintLayout, box: Box, frame_mm: float) -> QgsLayoutItemMap:
    """The map that everything else speaks of."""
    item = QgsLayoutItemMap(layout)
    _put(layout, item, "map", box)
    item.zoomToExtent(QgsRectangle(7_900_000, 1_900_000, 15_300_000, 7_100_000))
    item.setBackgroundColor(QColor(SEA))
    _frame(item, frame_mm)
    layout.setReferenceMap(item)
    return item


def _frame(item: QgsLayoutItem, width_mm: float, colour: str = "#8a8a8a") -> None:
    item.setFrameEnabled(width_mm > 0)
    item.setFrameStrokeWidth(QgsLayoutMeasurement(width_mm))
    item.setFrameStrokeColor(QColor(colour))


def locator(layout: QgsPrintLayout, box: Box, shown: QgsLayoutItemMap, line_mm: float) -> QgsLayoutItemMap:
    """Where in the world the map is: static, with the map's outline on it."""
    item = QgsLayoutItemMap(layout)
    _put(layout, item, "locator", box)
    item.zoomToExtent(QgsRectangle(0, -3_000_000, 20_000_000, 10_000_000))
    item.setKeepLayerSet(True)
    item.setBackgroundColor(QColor(SEA))
    _frame(item, 0.1)
    overview = item.overview()
    overview.setLinkedMap(shown)
    overview.setName("map")
    overview.setFrameSymbol(QgsFillSymbol.createSimple({
        "color": "163,22,12,28", "outline_color": WARNING, "outline_width": str(line_mm), "joinstyle": "miter"}))
    return item


def legend(
    layout: QgsPrintLayout, box: Box, size_pt: float, columns: int = 1, shown: QgsLayoutItemMap | None = None,
) -> QgsLayoutItemLegend:
    """The classes of what is counted, empty until a layer is put in."""
    item = QgsLayoutItemLegend(layout)
    item.setAutoUpdateModel(False)
    item.model().rootGroup().clear()
    item.setLinkedMap(shown)
    item.setTitle("")
    title = wrapped(given("oa_metric"), box.width, size_pt + 1)
    item.dataDefinedProperties().setProperty(
        QgsLayoutObject.DataDefinedProperty.LegendTitle, QgsProperty.fromExpression(title))
    item.setWrapString(LINE_END)
    item.setColumnCount(columns)
    item.setSplitLayer(columns > 1)
    item.setEqualColumnWidth(False)
    item.setColumnSpace(2)
    item.setBoxSpace(0)
    _legend_styles(item, size_pt)
    item.setSymbolWidth(0.9 * size_pt)
    item.setSymbolHeight(0.3 * size_pt)
    item.setWmsLegendWidth(0)
    item.setBackgroundEnabled(False)
    item.setResizeToContents(True)
    _put(layout, item, "legend", box)
    return item


def _legend_styles(item: QgsLayoutItemLegend, size_pt: float) -> None:
    style = QgsLegendStyle.Style
    for which, letters, before_mm in (
        (style.Title, look(size_pt + 1, bold=True), 0), (style.Group, look(size_pt, bold=True), 0),
        (style.Subgroup, look(size_pt, bold=True), 0), (style.SymbolLabel, look(size_pt), 0.6),
    ):
        one = QgsLegendStyle()
        one.setTextFormat(letters)
        one.setMargin(QgsLegendStyle.Side.Top, before_mm)
        one.setMargin(QgsLegendStyle.Side.Left, 1.5 if which == style.SymbolLabel else 0)
        one.setMargin(QgsLegendStyle.Side.Bottom, 1.2 if which == style.Title else 0)
        item.setStyle(which, one)
    symbol = QgsLegendStyle()
    symbol.setMargin(QgsLegendStyle.Side.Top, 0.7)
    item.setStyle(style.Symbol, symbol)


def scale_bar(layout: QgsPrintLayout, box: Box, shown: QgsLayoutItemMap, size_pt: float) -> QgsLayoutItemScaleBar:
    """A bar of round length that never grows wider than its place."""
    item = QgsLayoutItemScaleBar(layout)
    item.setLinkedMap(shown)
    item.setStyle("Line Ticks Up")
    item.setUnits(Qgis.DistanceUnit.Kilometers)
    item.setUnitLabel("km")
    item.setMapUnitsPerScaleBarUnit(1)
    item.setNumberOfSegments(1)
    item.setNumberOfSegmentsLeft(0)
    item.setSegmentSizeMode(QgsScaleBarSettings.SegmentSizeMode.SegmentSizeFitWidth)
    item.setMinimumBarWidth(0.35 * box.width)
    item.setMaximumBarWidth(0.75 * box.width)
    item.setHeight(0.12 * size_pt)
    item.setLabelBarSpace(0.06 * size_pt)
    item.setBoxContentSpace(0.5)
    item.setTextFormat(look(size_pt, halo=True))
    item.setLineSymbol(_cased_line(0.25, _HALO_MM_PER_PT * size_pt))
    _put(layout, item, "scalebar", box)
    return item


def _cased_line(width_mm: float, halo_mm: float) -> QgsLineSymbol:
    line = QgsLineSymbol.createSimple({
        "color": "255,255,255,200", "width": str(width_mm + 2 * halo_mm), "capstyle": "square"})
    line.appendSymbolLayer(QgsSimpleLineSymbolLayer(QColor(INK), width_mm))
    return line


def north(layout: QgsPrintLayout, box: Box, shown: QgsLayoutItemMap) -> QgsLayoutItemPicture:
    """An arrow that turns with the map."""
    item = QgsLayoutItemPicture(layout)
    # Named so, it stays vectors; otherwise what is not a file is drawn as pixels.
    item.setPicturePath("base64:" + base64.b64encode(_NORTH.encode()).decode(), Qgis.PictureFormat.SVG)
    item.setLinkedMap(shown)
    item.setNorthMode(QgsLayoutItemPicture.NorthMode.GridNorth)
    _put(layout, item, "north", box)
    return item


def curve(layout: QgsPrintLayout, box: Box, plot: Plot, line_mm: float) -> QgsLayoutItemGroup:
    """The picture of the curve and over its plot the cursor, in a group: moved and sized together."""
    picture = QgsLayoutItemPicture(layout)
    # Its source is set when the layout is made: by an expression it would be drawn as pixels.
    picture.setMode(Qgis.PictureFormat.SVG)
    _put(layout, picture, "curve", box)
    cursor = QgsLayoutItemShape(layout)
    cursor.setShapeType(QgsLayoutItemShape.Shape.Rectangle)
    cursor.setSymbol(_cursor_symbol(line_mm))
    _put(layout, cursor, "cursor", Box(
        box.left + plot.left * box.width, box.top + plot.top * box.height,
        (plot.right - plot.left) * box.width, (plot.bottom - plot.top) * box.height))
    group: QgsLayoutItemGroup = layout.groupItems([picture, cursor])
    group.setId("curve with cursor")
    return group


def _cursor_symbol(line_mm: float) -> QgsFillSymbol:
    """The future is veiled, and a line stands in the step shown."""
    future = QgsGeometryGeneratorSymbolLayer.create({"geometryModifier": veil(), "SymbolType": "Fill"})
    future.setSubSymbol(QgsFillSymbol.createSimple({"color": "255,255,255,150", "outline_style": "no"}))
    line = QgsGeometryGeneratorSymbolLayer.create({"geometryModifier": cursor_line(), "SymbolType": "Line"})
    line.setSubSymbol(QgsLineSymbol.createSimple({"color": WARNING, "width": str(line_mm), "capstyle": "flat"}))
    symbol = QgsFillSymbol()
    symbol.changeSymbolLayer(0, future)
    symbol.appendSymbolLayer(line)
    return symbol
