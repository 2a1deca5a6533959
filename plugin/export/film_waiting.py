"""Waiting for a film where there is nothing else to do: in algorithms and scripts."""
from __future__ import annotations

from qgis.PyQt.QtCore import QEventLoop, QTimer

from ..core.errors import AtlasError, Cancelled
from ..core.progress import Progress
from .film import Film
from .film_plan import FilmMade

#: So often it is asked whether the user has cancelled.
_ASKED_EVERY_MS = 100


class _Wait:
    """Holds the film's end until the loop has left."""

    def __init__(self, film: Film, progress: Progress) -> None:
        self.made: FilmMade | None = None
        self.sentence = ""
        self._film, self._progress = film, progress
        self._to_tell: tuple[float, str] | None = None
        self._is_telling = False
        self.loop = QEventLoop()
        film.finished.connect(self._finish)
        film.failed.connect(self._fail)
        film.stopped.connect(self.loop.quit)
        film.progressed.connect(self._tell)

    def check(self) -> None:
        if self._progress.is_cancelled():
            self._film.cancel()

    def _tell(self, fraction: float, text: str) -> None:
        """Report the newest only: QGIS may take in events as it shows a report, and more pictures come with them."""
        self._to_tell = fraction, text
        if self._is_telling:
            return
        self._is_telling = True
        try:
            while self._to_tell is not None:
                told, self._to_tell = self._to_tell, None
                self._progress.report(*told)
        except Cancelled:  # not here, where it would end in Qt
            self._film.cancel()
        finally:
            self._is_telling = False

    def _finish(self, made: FilmMade) -> None:
        self.made = made
        self.loop.quit()

    def _fail(self, sentence: str) -> None:
        self.sentence = sentence
        self.loop.quit()


def make_film(film: Film, progress: Progress) -> FilmMade:
    """Make a film and wait for it. Raises `AtlasError` and `Cancelled`, after which nothing of it is left."""
    wait, clock = _Wait(film, progress), QTimer()
    clock.timeout.connect(wait.check)
    clock.start(_ASKED_EVERY_MS)
    film.start()
    wait.loop.exec()
    clock.stop()
    if wait.made is not None:
        return wait.made
    if wait.sentence:
        raise AtlasError(wait.sentence)
    film.cancel()  # QGIS may leave the loop because it ends
    raise Cancelled
