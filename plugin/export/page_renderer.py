"""Some of a page's items drawn by themselves, as QGIS's exporter draws the page."""
from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from qgis.core import QgsLayout, QgsLayoutExporter, QgsLayoutItem, QgsLayoutItemGroup
from qgis.PyQt.QtCore import QPoint, QPointF, QRect, QRectF, QSize
from qgis.PyQt.QtGui import QImage, QPainter

#: What an item may paint beyond its rectangle: half of a frame's or a stroke's width.
_BLEED_MM = 3.0


@dataclass(frozen=True)
class Overlay:
    """A picture of items that stand still, and where on the page it lies."""

    picture: QImage
    place: QRect


class PageRenderer:
    """Draws items of a page at a size."""

    def __init__(self, layout: QgsLayout, number: int, size: QSize) -> None:
        self._layout, self._number, self._size = layout, number, size
        self._page = layout.pageCollection().page(number)
        self._all = [item for item in layout.items() if isinstance(item, QgsLayoutItem)
                     and not isinstance(item, QgsLayoutItemGroup)]
        #: Of both directions, which rounding the size makes a little different, Qt takes the smaller one.
        self.px_per_mm = min(size.width() / self._page.rect().width(), size.height() / self._page.rect().height())

    def picture(self, items: Iterable[QgsLayoutItem], with_page: bool) -> QImage:
        """A new picture of nothing but these items."""
        with _Shown(self._all, [*items, *([self._page] if with_page else [])]):
            return QgsLayoutExporter(self._layout).renderPageToImage(self._number, self._size)

    def paint(self, items: Iterable[QgsLayoutItem], picture: QImage) -> None:
        """Paint these items over a picture of the page."""
        painter = QPainter(picture)
        with _Shown(self._all, list(items)):
            QgsLayoutExporter(self._layout).renderPage(painter, self._number)
        painter.end()

    def overlay(self, items: Sequence[QgsLayoutItem]) -> Overlay:
        """A picture of items, no larger than they are."""
        box = QRectF()
        for item in items:
            box = box.united(bleeding_box(item))
        place = self.pixels(box)
        whole = self.picture(items, False)
        return Overlay(whole.copy(place).convertToFormat(QImage.Format.Format_ARGB32_Premultiplied), place)

    def pixels(self, box: QRectF) -> QRect:
        """The pixels of the page that a box of the layout touches."""
        there = QRectF(self.position(box.topLeft()), box.size() * self.px_per_mm)
        return there.toAlignedRect().intersected(QRect(QPoint(0, 0), self._size))

    def position(self, point: QPointF) -> QPointF:
        """Where a point of the layout is on the page, in pixels."""
        return QPointF((point - self._page.scenePos()) * self.px_per_mm)


class _Shown:
    """Shows some of a layout's items and hides the others, for a while."""

    def __init__(self, items: Sequence[QgsLayoutItem], wanted: Sequence[QgsLayoutItem]) -> None:
        chosen = {item.uuid() for item in wanted}
        self._before = [(item, item.isVisible()) for item in items]
        self._chosen = chosen

    def __enter__(self) -> None:
        for item, is_visible in self._before:
            if is_visible != (item.uuid() in self._chosen):
                item.setVisible(item.uuid() in self._chosen)

    def __exit__(self, *_error: object) -> None:
        for item, is_visible in self._before:
            item.setVisible(is_visible)


def bleeding_box(item: QgsLayoutItem) -> QRectF:
    """Where an item may paint."""
    return item.sceneBoundingRect().adjusted(-_BLEED_MM, -_BLEED_MM, _BLEED_MM, _BLEED_MM)
