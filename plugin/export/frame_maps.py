"""Frames of the bare map."""
from __future__ import annotations

from collections.abc import Sequence

from qgis.PyQt.QtCore import QObject, QSize
from qgis.PyQt.QtGui import QImage

from ..core.frames import Frame
from .date_stamp import DateStamp
from .frame_settings import frame_settings, scene_settings
from .frames import FrameMaker
from .map_pictures import MapPictures
from .scene import Scene


class MapFrames(FrameMaker):
    """The map of a scene at each frame; with `label`, the date in a corner, painted over the map."""

    def __init__(
        self, scene: Scene, size: QSize, frames: Sequence[Frame], label: bool = True, parent: QObject | None = None
    ) -> None:
        super().__init__(size, frames, parent)
        self._settings = scene_settings(scene, self.size)
        self._maps = MapPictures(self._settings, self.frames, self, workers=self.workers)
        self._maps.drawn.connect(self._finish)
        self._stamp = DateStamp(scene.dataset) if label else None
        self.watch(scene.layers)

    @property
    def maps_rendered(self) -> int:
        return self._maps.rendered

    @property
    def problems(self) -> list[str]:
        return self._maps.problems

    def keys(self) -> tuple[object, ...]:
        states = self._maps.keys()
        return states if self._stamp is None else tuple(zip(states, super().keys()))

    def start(self, number: int) -> None:
        if not self.is_over:
            self._maps.start(number)

    def picture(self, number: int) -> QImage:
        return self._stamped(number, self._maps.picture(number))

    def cancel(self) -> None:
        self.is_over = True
        self._maps.cancel()

    def stop(self) -> None:
        self.is_over = True
        self._maps.stop()

    def _finish(self, number: int, picture: QImage) -> None:
        if not self.is_over:
            self.drawn.emit(number, self._stamped(number, picture))

    def _stamped(self, number: int, picture: QImage) -> QImage:
        if self._stamp is None:
            return picture
        return self._stamp.painted(picture, frame_settings(self._settings, self.frames[number]))
