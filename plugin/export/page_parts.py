"""A page of a layout taken apart for a film: what stands still, drawn once, and what changes from frame to frame.

From below: the *floor*, a picture of the page with all that stands still, as far as nothing that changes lies under it;
then, in the page's own order, what changes and pictures of what stands still above that.
"""
from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Union

from qgis.core import (
    QgsLayout,
    QgsLayoutExporter,
    QgsLayoutFrame,
    QgsLayoutItem,
    QgsLayoutItemElevationProfile,
    QgsLayoutItemGroup,
    QgsLayoutItemLegend,
    QgsLayoutItemMap,
    QgsLayoutItemPage,
    QgsMapLayer,
    QgsMapSettings,
    QgsReadWriteContext,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QPoint, QPointF, QRect, QRectF, QSize, QSizeF
from qgis.PyQt.QtGui import QImage, QPainter
from qgis.PyQt.QtXml import QDomDocument

from .frame_settings import TELLS_TIME, is_changing, split_layers

#: What an item may paint beyond its rectangle: half of a frame's or a stroke's width.
_BLEED_MM = 3.0
_MM_PER_INCH = 25.4
_OVER = QPainter.CompositionMode.CompositionMode_SourceOver


@dataclass(frozen=True)
class Overlay:
    """A picture of items that stand still, and where on the page it lies."""

    picture: QImage
    place: QRect


@dataclass(frozen=True)
class MovingMap:
    """A map that changes with time."""

    item: QgsLayoutItemMap


@dataclass(frozen=True)
class Live:
    """Items that are painted anew at each frame."""

    items: tuple[QgsLayoutItem, ...]


Part = Union[Overlay, MovingMap, Live]


@dataclass(frozen=True)
class Page:
    """The page at no frame in particular."""

    floor: QImage
    parts: tuple[Part, ...]


def items_of(layout: QgsLayout, page: QRectF) -> list[QgsLayoutItem]:
    """What is drawn on a page, the lowest first."""
    there = [item for item in layout.items() if isinstance(item, QgsLayoutItem) and item.isVisible()
             and not isinstance(item, (QgsLayoutItemGroup, QgsLayoutItemPage)) and _box(item).intersects(page)]
    return sorted(there, key=lambda item: float(item.zValue()))


def is_live(item: QgsLayoutItem) -> bool:
    """Whether an item may look different at another time."""
    if isinstance(item, QgsLayoutItemMap):
        return bool(item.isTemporal() and any(map(is_changing, item.layersToRender()))) or tells_time(item)
    if isinstance(item, (QgsLayoutFrame, QgsLayoutItemElevationProfile)):
        return True
    return bool(isinstance(item, QgsLayoutItemLegend) and item.legendFilterByMapEnabled()) or tells_time(item)


def tells_time(item: QgsLayoutItem) -> bool:
    """Whether an item's expressions look at the time or the clock."""
    document = QDomDocument()
    element = document.createElement("item")
    document.appendChild(element)
    item.writeXml(element, document, QgsReadWriteContext())
    # A map's own time is no expression.
    return TELLS_TIME.search(re.sub(r'temporalRange\w*="[^"]*"', "", document.toString())) is not None


def can_be_taken_apart(items: Sequence[QgsLayoutItem]) -> bool:
    """Whether a page's items are drawn one over the other and nothing more, and its maps plainly."""
    maps = [item for item in items if isinstance(item, QgsLayoutItemMap) and is_live(item)]
    if any(item.blendMode() != _OVER for item in items) or not all(map(_is_plain, maps)):
        return False
    for one in maps:
        below = items[:items.index(one)]
        if any(is_live(item) and item.sceneBoundingRect().intersects(one.sceneBoundingRect()) for item in below):
            return False
    return True


def _is_plain(item: QgsLayoutItemMap) -> bool:
    """Whether a map is its background, its layers and its frame, upright."""
    project = item.layout().project()
    notes = item.drawAnnotations() and project.annotationManager().annotations()
    return not (
        item.itemRotation() or item.mapRotation() or item.itemOpacity() < 1 or item.containsAdvancedEffects()
        or item.itemClippingSettings().isActive() or item.atlasClippingSettings().enabled() or item.atlasDriven()
        or notes or tells_time(item))


def take_apart(layout: QgsLayout, number: int, items: Sequence[QgsLayoutItem], size: QSize) -> Page:
    """Draw what stands still. Each item is as visible afterwards as before."""
    live = {item.uuid() for item in items if is_live(item)}
    floor, above = _lowered(items, live)
    renderer = PageRenderer(layout, number, size)
    with_ground = [*floor, *(item for item in above if isinstance(item, QgsLayoutItemMap) and item.uuid() in live)]
    bare = [_Bare(item) for item in with_ground if item.uuid() in live]
    try:
        for one in bare:
            one.to_ground()
        picture = renderer.picture(with_ground, True)
        for one in bare:
            one.to_rim()
        parts = tuple(_parts(renderer, above, live))
    finally:
        for one in bare:
            one.restore()
    return Page(picture, parts)


def _lowered(items: Sequence[QgsLayoutItem], live: set[str]) -> tuple[list[QgsLayoutItem], list[QgsLayoutItem]]:
    """Items that stand still with nothing but such below them, and all others."""
    floor: list[QgsLayoutItem] = []
    above: list[QgsLayoutItem] = []
    for item in items:
        is_free = not any(_box(item).intersects(lower.sceneBoundingRect()) for lower in above)
        (floor if item.uuid() not in live and is_free else above).append(item)
    return floor, above


def _parts(renderer: PageRenderer, above: Sequence[QgsLayoutItem], live: set[str]) -> Iterable[Part]:
    still: list[QgsLayoutItem] = []
    for item in above:
        is_map = isinstance(item, QgsLayoutItemMap)
        if item.uuid() not in live:
            still.append(item)
            continue
        if still:
            yield renderer.overlay(still)
            still = []
        if is_map:
            yield MovingMap(item)
            still = [item] if _has_rim(item) else []
        else:
            yield Live((item,))
    if still:
        yield renderer.overlay(still)


def _has_rim(item: QgsLayoutItemMap) -> bool:
    """Whether a map draws something over its layers."""
    return bool(item.frameEnabled() or item.grids().size() or item.overviews().size())


class PageRenderer:
    """Draws some of a page's items at a size, as QGIS's exporter draws the page."""

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
            box = box.united(_box(item))
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


class _Bare:
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


def _box(item: QgsLayoutItem) -> QRectF:
    return item.sceneBoundingRect().adjusted(-_BLEED_MM, -_BLEED_MM, _BLEED_MM, _BLEED_MM)
