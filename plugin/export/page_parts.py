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
    QgsLayoutFrame,
    QgsLayoutItem,
    QgsLayoutItemElevationProfile,
    QgsLayoutItemGroup,
    QgsLayoutItemLegend,
    QgsLayoutItemMap,
    QgsLayoutItemPage,
    QgsReadWriteContext,
)
from qgis.PyQt.QtCore import QRectF, QSize
from qgis.PyQt.QtGui import QImage, QPainter
from qgis.PyQt.QtXml import QDomDocument

from .bare_maps import BareMap
from .frame_settings import TELLS_TIME, is_changing
from .page_renderer import Overlay, PageRenderer, bleeding_box

_OVER = QPainter.CompositionMode.CompositionMode_SourceOver


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
             and not isinstance(item, (QgsLayoutItemGroup, QgsLayoutItemPage)) and bleeding_box(item).intersects(page)]
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
    if any(map(_is_blended, items)) or not all(map(_is_plain, maps)):
        return False
    for one in maps:
        below = items[:items.index(one)]
        if any(is_live(item) and item.sceneBoundingRect().intersects(one.sceneBoundingRect()) for item in below):
            return False
    return True


def _is_blended(item: QgsLayoutItem) -> bool:
    """Whether an item may be blended with what is below it."""
    blending = QgsLayoutItem.DataDefinedProperty.BlendMode
    return item.blendMode() != _OVER or bool(item.dataDefinedProperties().isActive(blending))


def _is_plain(item: QgsLayoutItemMap) -> bool:
    """Whether a map is its background, its layers and its frame, upright, and what its own settings say."""
    project = item.layout().project()
    notes = item.drawAnnotations() and project.annotationManager().annotations()
    return not (
        item.itemRotation() or item.mapRotation() or item.itemOpacity() < 1 or item.containsAdvancedEffects()
        or item.itemClippingSettings().isActive() or item.atlasClippingSettings().enabled() or item.atlasDriven()
        or item.excludeFromExports() or item.dataDefinedProperties().hasActiveProperties()
        or notes or tells_time(item))


def take_apart(layout: QgsLayout, number: int, items: Sequence[QgsLayoutItem], size: QSize) -> Page:
    """Draw what stands still. Each item is as visible afterwards as before."""
    live = {item.uuid() for item in items if is_live(item)}
    floor, above = _lowered(items, live)
    renderer = PageRenderer(layout, number, size)
    with_ground = [*floor, *(item for item in above if isinstance(item, QgsLayoutItemMap) and item.uuid() in live)]
    bare = [BareMap(item) for item in with_ground if item.uuid() in live]
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
        is_free = not any(bleeding_box(item).intersects(lower.sceneBoundingRect()) for lower in above)
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
