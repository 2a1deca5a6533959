"""Frames of a page of a layout."""
from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from qgis.core import QgsLayout, QgsLayoutExporter, QgsLayoutItem, QgsLayoutItemLabel, QgsLayoutItemMap
from qgis.PyQt.QtCore import QObject, QPoint, QPointF, QRectF, QSize, Qt, QTimer
from qgis.PyQt.QtGui import QColor, QImage, QPainter, QTransform

from ..bridge.translation import tr
from ..core.errors import AtlasError
from ..core.frames import Frame
from .bare_maps import map_settings
from .frame_settings import frame_range
from .frames import FrameMaker
from .map_pictures import MapPictures
from .page_parts import Live, MovingMap, Page, can_be_taken_apart, is_live, items_of, take_apart
from .page_renderer import Overlay, PageRenderer

_MM_PER_INCH = 25.4


class LayoutFrames(FrameMaker):
    """A layout's first page at each frame, fitted into the size and centred.

    The layout belongs to the film as long as that is made: its maps are set to the frames. Maps are drawn in the
    background, once for each state of their layers; what stands still on the page is drawn once. A page with blend
    modes, turned maps and the like is drawn whole, as QGIS's exporter does it.
    """

    def __init__(
        self, layout: QgsLayout, size: QSize, frames: Sequence[Frame], parent: QObject | None = None
    ) -> None:
        super().__init__(size, frames, parent)
        self._layout = layout
        page = layout.pageCollection().page(0)
        self._page_size = page.rect().size()
        scale = min(size.width() / self._page_size.width(), size.height() / self._page_size.height())
        self._drawn_size = QSize(max(round(self._page_size.width() * scale), 1),
                                 max(round(self._page_size.height() * scale), 1))
        self._paper = page.pageStyleSymbol().color() if page.pageStyleSymbol() is not None else QColor("white")
        self._items = items_of(layout, QRectF(page.scenePos(), self._page_size))
        if not self._maps_of_page():
            raise AtlasError(tr("A film shows the first page of a layout, and this one has no map there: move the "
                                "map to it."))
        self._live = [item for item in self._items if is_live(item)]
        self._renderer = PageRenderer(layout, 0, self._drawn_size)
        # QGIS counts whole dots per inch, of which a poster in a small film has none.
        has_dots = self._renderer.px_per_mm * _MM_PER_INCH >= 1
        self._is_plain = has_dots and can_be_taken_apart(self._items)
        self._page: Page | None = None
        self._maps: dict[str, MapPictures] = {}
        self._found: dict[int, dict[str, QImage]] = {}
        self._keys: tuple[object, ...] | None = None
        self._whole = 0
        self.watch(layer for item in self._maps_of_page() for layer in item.layersToRender())
        if not self._is_plain:
            self.workers = 1

    @property
    def maps_rendered(self) -> int:
        return self._whole + sum(one.rendered for one in self._maps.values())

    @property
    def problems(self) -> list[str]:
        return [problem for one in self._maps.values() for problem in one.problems]

    def keys(self) -> tuple[object, ...]:
        if self._keys is None:
            others = [item for item in self._live if not isinstance(item, QgsLayoutItemMap)]
            if not self._is_plain or not all(isinstance(item, QgsLayoutItemLabel) for item in others):
                self._keys = super().keys()
            else:
                self._prepare()
                states = zip(*(one.keys() for one in self._maps.values())) if self._maps else ((),) * len(self.frames)
                self._keys = tuple((state, self._texts(frame, others)) for state, frame in zip(states, self.frames))
        return self._keys

    def start(self, number: int) -> None:
        if self.is_over:
            return
        self._prepare()
        if not self._maps:
            QTimer.singleShot(0, partial(self._finish, number))
            return
        self._found[number] = {}
        for one in self._maps.values():
            one.start(number)

    def picture(self, number: int) -> QImage:
        self._prepare()
        return self._compose(number, {key: one.picture(number) for key, one in self._maps.items()})

    def cancel(self) -> None:
        self.is_over = True
        for one in self._maps.values():
            one.cancel()

    def stop(self) -> None:
        self.is_over = True
        for one in self._maps.values():
            one.stop()

    def _maps_of_page(self) -> list[QgsLayoutItemMap]:
        return [item for item in self._items if isinstance(item, QgsLayoutItemMap)]

    def _prepare(self) -> None:
        """Draw what stands still, once."""
        if self._page is not None or not self._is_plain:
            return
        self._page = take_apart(self._layout, 0, self._items, self._drawn_size)
        for part in self._page.parts:
            if isinstance(part, MovingMap):
                self._maps[part.item.uuid()] = self._pictures(part.item, self._page.floor)

    def _pictures(self, item: QgsLayoutItemMap, floor: QImage) -> MapPictures:
        place = self._renderer.pixels(QRectF(item.scenePos(), item.rect().size()))
        dpi = floor.logicalDpiX()
        scale = self._renderer.px_per_mm * _MM_PER_INCH / dpi
        corner = self._renderer.position(item.scenePos()) - QPointF(place.topLeft())
        transform = QTransform.fromTranslate(corner.x(), corner.y())
        transform.scale(scale, scale)
        pictures = MapPictures(
            map_settings(item, dpi), self.frames, self, floor.copy(place), transform, self.workers)
        pictures.drawn.connect(self._take)
        return pictures

    def _take(self, number: int, picture: QImage) -> None:
        found = self._found.get(number)
        if found is None or self.is_over:
            return
        found[next(key for key, one in self._maps.items() if one is self.sender())] = picture
        if len(found) == len(self._maps):
            self._finish(number)

    def _finish(self, number: int) -> None:
        if not self.is_over:
            self.drawn.emit(number, self._compose(number, self._found.pop(number, {})))

    def _compose(self, number: int, maps: dict[str, QImage]) -> QImage:
        self._show(self.frames[number])
        return self._fitted(self._draw_whole() if self._page is None else self._put_together(self._page, maps))

    def _put_together(self, page: Page, maps: dict[str, QImage]) -> QImage:
        picture = QImage(page.floor)
        for part in page.parts:
            if isinstance(part, Live):
                self._renderer.paint(part.items, picture)
                continue
            painter = QPainter(picture)
            if isinstance(part, Overlay):
                painter.drawImage(part.place.topLeft(), part.picture)
            else:
                place = self._renderer.pixels(QRectF(part.item.scenePos(), part.item.rect().size()))
                painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
                painter.drawImage(place.topLeft(), maps[part.item.uuid()])
            painter.end()
        return picture

    def _draw_whole(self) -> QImage:
        self._whole += len(self._maps_of_page())
        return QgsLayoutExporter(self._layout).renderPageToImage(0, self._drawn_size)

    def _show(self, frame: Frame) -> None:
        """Set the maps to a frame, and let the items that change look at it."""
        for item in self._maps_of_page():
            if item.isTemporal():
                item.setTemporalRange(frame_range(frame))
        for item in self._live:
            if not isinstance(item, QgsLayoutItemMap):
                item.refresh()

    def _texts(self, frame: Frame, labels: Sequence[QgsLayoutItem]) -> tuple[str, ...]:
        self._show(frame)
        return tuple(label.currentText() for label in labels if isinstance(label, QgsLayoutItemLabel))

    def _fitted(self, picture: QImage) -> QImage:
        """A page's picture on paper of the frame's size, opaque."""
        image = QImage(self.size, QImage.Format.Format_RGB32)
        image.fill(self._paper if self._paper.alpha() == 255 else QColor(Qt.GlobalColor.white))
        painter = QPainter(image)
        painter.drawImage(QPoint((self.size.width() - picture.width()) // 2,
                                 (self.size.height() - picture.height()) // 2), picture)
        painter.end()
        return image
