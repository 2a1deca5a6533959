"""Draws the frame that is wanted now, with the same maker as the export; late answers and fast hands cost nothing."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from qgis.PyQt.QtCore import QObject, QTimer, pyqtSignal
from qgis.PyQt.QtGui import QImage

from ..plugin.bridge.film_choices import FilmChoices
from ..plugin.core.errors import AtlasError
from ..plugin.core.frames import Frame
from .film_pictures import FilmPictures, Pictures

#: A field is being typed in, a spin box turned: the layout is made anew when that rests.
_REST_MS = 300


class LivePreview(QObject):
    """At most one frame is drawn at a time; of those that are wanted meanwhile only the newest."""

    #: A frame's number and picture.
    drawn = pyqtSignal(int, QImage)
    failed = pyqtSignal(str)
    #: What is filmed is known: width by height of it.
    shaped = pyqtSignal(float)

    def __init__(self, pictures: FilmPictures, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pictures = pictures
        self._asked: tuple[FilmChoices, tuple[Frame, ...]] | None = None
        self._begun: Pictures | None = None
        #: The one before: QGIS may still be ending a job of it.
        self._retired: Pictures | None = None
        self._number = 0
        self._drawing: int | None = None
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(_REST_MS)
        self._rest.timeout.connect(self._begin)

    @property
    def is_busy(self) -> bool:
        """Whether a picture is still to come."""
        return self._rest.isActive() or self._drawing is not None

    def show(self, choices: FilmChoices, frames: Sequence[Frame], number: int) -> None:
        """Draw a frame of a film; the choices may be others than before."""
        self._number = number
        asked = _what_shapes(choices), tuple(frames)
        if asked != self._asked:
            self._stop()
            self._asked = asked
            self._rest.start()
        elif not self._rest.isActive():
            self._draw()

    def stop(self) -> None:
        """Draw nothing any more, until asked again."""
        self._stop()
        self._asked = None

    def close(self) -> None:
        """Draw nothing any more, and wait until nothing is being drawn."""
        self.stop()
        self._let_retired_go()

    def _stop(self) -> None:
        self._rest.stop()
        self._drawing = None
        if self._begun is not None:
            maker = self._begun.maker
            maker.drawn.disconnect(self._receive)
            maker.failed.disconnect(self._fail)
            maker.cancel()
            self._let_retired_go()
            self._retired, self._begun = self._begun, None

    def _let_retired_go(self) -> None:
        """Its layers must not go before its jobs."""
        if self._retired is not None:
            self._retired.maker.stop()
            self._retired = None

    def _begin(self) -> None:
        if self._asked is None:
            return
        try:
            self._begun = self._pictures.begin(*self._asked)
        except AtlasError as error:
            self.failed.emit(error.message)
            return
        self._begun.maker.drawn.connect(self._receive)
        self._begun.maker.failed.connect(self._fail)
        self.shaped.emit(self._begun.ratio)
        self._draw()

    def _draw(self) -> None:
        if self._begun is not None and self._drawing is None:
            self._drawing = self._number
            self._begun.maker.start(self._number)

    def _receive(self, number: int, picture: QImage) -> None:
        self._drawing = None
        self.drawn.emit(number, picture)
        if number != self._number:
            self._draw()

    def _fail(self, sentence: str) -> None:
        self._stop()
        self.failed.emit(sentence)


def _what_shapes(choices: FilmChoices) -> FilmChoices:
    """The choices without what no picture shows."""
    return replace(choices, fps=1.0, preset="", output="", folder="", sidecar=False, step="", from_ms=None, to_ms=None,
                   format=choices.format if choices.width_px % 2 or choices.height_px % 2 else "frames")
