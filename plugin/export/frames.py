"""Who makes the pictures of a film: the base of `MapFrames` and `LayoutFrames`."""
from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

from qgis.core import QgsMapLayer, QgsVectorLayer
from qgis.PyQt.QtCore import QObject, QSize, pyqtSignal
from qgis.PyQt.QtGui import QImage

from ..bridge.translation import tr
from ..core.frames import Frame

#: What the pictures that are drawn at once may take of memory: each worker has a few of the frame's size.
_MOST_PIXELS_AT_ONCE = 40_000_000


class FrameMaker(QObject):
    """Draws frames, several at once, in any order. It lives on the main thread and its work is driven by that thread's
    event loop; jobs draw in threads of their own.

    Errors in drawing do not end it: QGIS draws what it can, and `problems` tells what it could not.
    """

    #: The number of a frame and its picture, of exactly `size`.
    drawn = pyqtSignal(int, QImage)
    #: One sentence; nothing is drawn after it.
    failed = pyqtSignal(str)

    def __init__(self, size: QSize, frames: Sequence[Frame], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.size = QSize(size)
        self.frames = tuple(frames)
        self.workers = workers_for(self.size)
        self.is_over = False
        self._watched: dict[str, str] = {}

    @property
    def maps_rendered(self) -> int:
        """How many maps were really rendered."""
        raise NotImplementedError

    @property
    def problems(self) -> list[str]:
        """What could not be drawn, a sentence each."""
        raise NotImplementedError

    def watch(self, layers: Iterable[QgsMapLayer]) -> None:
        """Fail as soon as one of these layers is removed."""
        for layer in layers:
            if layer.id() not in self._watched:
                self._watched[layer.id()] = layer.name()
                layer.willBeDeleted.connect(self._lose)

    def hold(self, layer: QgsVectorLayer) -> None:
        """Fail as soon as another part of this layer is shown, or in another style: it is not the film's own."""
        self.watch((layer,))
        for changed in (layer.subsetStringChanged, layer.styleChanged):
            changed.connect(self._give_up)

    def keys(self) -> tuple[object, ...]:
        """One a frame: frames of equal keys have identical pictures."""
        return tuple((frame.begin_ms, frame.end_ms) for frame in self.frames)

    def start(self, number: int) -> None:
        """Begin drawing a frame; `drawn` tells of it later, never before this returns."""
        raise NotImplementedError

    def picture(self, number: int) -> QImage:
        """The picture of a frame at once, for which the caller waits."""
        raise NotImplementedError

    def cancel(self) -> None:
        """Draw no more; returns at once."""
        raise NotImplementedError

    def stop(self) -> None:
        """Draw no more, and wait until nothing is being drawn."""
        raise NotImplementedError

    def _lose(self) -> None:
        self._fail(tr("The layer “{layer}” was removed while the film was drawn."))

    def _give_up(self) -> None:
        self._fail(tr("The layer “{layer}” was changed while the film was drawn of it: leave its filter and style as "
                      "they are until the film is made."))

    def _fail(self, sentence: str) -> None:
        """End, because of the layer whose signal this is."""
        if not self.is_over:
            name = self._watched.get(self.sender().id(), "")
            self.stop()
            self.failed.emit(sentence.format(layer=name))


def workers_for(size: QSize, cores: int | None = None) -> int:
    """How many frames are drawn at once: one a core, fewer where they are large.

    >>> workers_for(QSize(1920, 1080), 4), workers_for(QSize(7680, 4320), 4), workers_for(QSize(1920, 1080), 1)
    (4, 1, 1)
    """
    pixels = max(size.width() * size.height(), 1)
    return max(1, min(cores or os.cpu_count() or 1, 8, _MOST_PIXELS_AT_ONCE // (2 * pixels)))
