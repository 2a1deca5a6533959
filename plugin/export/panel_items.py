"""The items of small multiples: ordinary labels, maps, pictures and a legend of a print layout."""
from __future__ import annotations

from dataclasses import dataclass

from qgis.core import (
    Qgis,
    QgsDateTimeRange,
    QgsLayoutItem,
    QgsLayoutItemLabel,
    QgsLayoutItemLegend,
    QgsLayoutItemMap,
    QgsLayoutItemPicture,
    QgsLayoutItemScaleBar,
    QgsLayoutMeasurement,
    QgsLayoutObject,
    QgsLayoutPoint,
    QgsLayoutSize,
    QgsLegendRenderer,
    QgsLegendStyle,
    QgsPrintLayout,
    QgsProperty,
    QgsTextFormat,
)
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QColor, QFont, QFontMetricsF

from ..bridge.temporal import as_utc
from ..core.frames import Frame
from ..core.panel_grid import Box
from .scene import Scene

#: The first that a computer has is used: Windows and macOS have Arial, Linux one of the others; Chinese characters
#: come from whatever font has them.
FAMILIES = ("Arial", "Helvetica", "Liberation Sans", "Nimbus Sans", "Open Sans", "Noto Sans", "DejaVu Sans")
INK, QUIET, WARNING, FRAME = "#1a1a1a", "#5c5c5c", "#a3160c", "#8a8a8a"
MM_PER_PT = 25.4 / 72
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
    item.zoomToExtent(scene.extent)
    item.setIsTemporal(True)
    item.setTemporalRange(QgsDateTimeRange(as_utc(frame.begin_ms), as_utc(frame.end_ms), True, False))
    item.setFrameEnabled(True)
    item.setFrameStrokeColor(QColor(FRAME))
    item.setFrameStrokeWidth(QgsLayoutMeasurement(_FRAME_MM, Qgis.LayoutUnit.Millimeters))
    return item


def add_picture(layout: QgsPrintLayout, name: str, box: Box, source: str) -> QgsLayoutItemPicture:
    """A picture whose source is an expression."""
    picture = QgsLayoutItemPicture(layout)
    picture.setId(name)
    picture.setMode(QgsLayoutItemPicture.Format.FormatSVG)
    properties = picture.dataDefinedProperties()
    properties.setProperty(
        QgsLayoutObject.DataDefinedProperty.PictureSource, QgsProperty.fromExpression(source))
    picture.setDataDefinedProperties(properties)
    layout.addLayoutItem(picture)
    place(picture, box)
    picture.refreshPicture()
    return picture


def add_scale_bar(
    layout: QgsPrintLayout, name: str, box: Box, of: QgsLayoutItemMap, letters: Letters
) -> QgsLayoutItemScaleBar:
    """A plain line for a map; its box is the most it takes."""
    bar = QgsLayoutItemScaleBar(layout)
    bar.setId(name)
    bar.setStyle("Line Ticks Up")
    bar.setLinkedMap(of)
    layout.addLayoutItem(bar)
    bar.applyDefaultSize(bar.guessUnits())
    bar.setNumberOfSegments(1)
    bar.setNumberOfSegmentsLeft(0)
    bar.setTextFormat(letters.text_format())
    bar.setHeight(1.2)
    bar.setLabelBarSpace(0.6)
    bar.setBoxContentSpace(0)
    bar.update()
    place(bar, box)
    return bar


def add_legend(
    layout: QgsPrintLayout, name: str, of: QgsLayoutItemMap, scene: Scene, title: str, letters: Letters
) -> QgsLayoutItemLegend:
    """The classes of the dataset's layer alone; the map's own symbols, so its circles are as large as on the map."""
    legend = QgsLayoutItemLegend(layout)
    legend.setId(name)
    layout.addLayoutItem(legend)
    legend.setAutoUpdateModel(False)
    root = legend.model().rootGroup()
    root.clear()
    node = root.addLayer(scene.dataset)
    QgsLegendRenderer.setNodeLegendStyle(node, QgsLegendStyle.Style.Hidden)
    legend.setLinkedMap(of)
    legend.setTitle(title)
    _dress_legend(legend, letters)
    return legend


def _dress_legend(legend: QgsLayoutItemLegend, letters: Letters) -> None:
    bold = Letters(letters.size_pt, True, letters.colour)
    for part, look in ((QgsLegendStyle.Style.Title, bold), (QgsLegendStyle.Style.SymbolLabel, letters),
                       (QgsLegendStyle.Style.Group, bold), (QgsLegendStyle.Style.Subgroup, bold)):
        style = QgsLegendStyle(legend.style(part))
        style.setTextFormat(look.text_format())
        legend.setStyle(part, style)
    small = letters.size_pt * MM_PER_PT
    for part, side, margin in (
        (QgsLegendStyle.Style.Title, QgsLegendStyle.Side.Bottom, 0.6 * small),
        (QgsLegendStyle.Style.Symbol, QgsLegendStyle.Side.Top, 0.35 * small),
        (QgsLegendStyle.Style.SymbolLabel, QgsLegendStyle.Side.Left, 0.5 * small),
        (QgsLegendStyle.Style.Subgroup, QgsLegendStyle.Side.Top, 0.0),
    ):
        style = QgsLegendStyle(legend.style(part))
        style.setMargin(side, margin)
        legend.setStyle(part, style)
    legend.setBoxSpace(0)
    legend.setSymbolWidth(2.2 * small)
    legend.setSymbolHeight(1.1 * small)
    legend.setColumnSpace(2.0 * small)
    legend.setSplitLayer(True)
