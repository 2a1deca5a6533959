"""The pictures of a film on disk, written by threads beside the drawing."""
from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from qgis.PyQt.QtCore import QObject, pyqtSignal
from qgis.PyQt.QtGui import QImage

from ..core.film_folder import FilmFolder
from .film_sinks import pixels_of


class PictureStore(QObject):
    """Keeps pictures in a film's folder."""

    saved = pyqtSignal(int)
    #: The system's error.
    failed = pyqtSignal(object)

    def __init__(self, folder: FilmFolder, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.folder = folder
        self._threads = ThreadPoolExecutor(1, thread_name_prefix="film")
        self._kept: set[int] = set()

    def find(self, numbers: set[int]) -> set[int]:
        """Those of the pictures that are there from an interrupted export."""
        self._kept = {number for number in numbers if self.folder.has(number)}
        return set(self._kept)

    def has(self, number: int) -> bool:
        return number in self._kept

    def keep(self, number: int, picture: QImage) -> None:
        """Write a picture; `saved` tells when that is done."""
        self._threads.submit(self._write, number, picture)

    def load(self, number: int) -> QImage:
        return QImage(str(self.folder.picture(number)))

    def stop(self) -> None:
        """Write no more; waits for the picture that is being written."""
        self._threads.shutdown(wait=True, cancel_futures=True)

    def _write(self, number: int, picture: QImage) -> None:
        try:
            self.folder.put(number, _png(picture))
        except OSError as error:
            self.failed.emit(error)
            return
        except (MemoryError, AttributeError, ValueError) as error:  # else the film would wait for it for ever
            self.failed.emit(OSError(str(error) or type(error).__name__))
            return
        self._kept.add(number)
        self.saved.emit(number)


def _png(picture: QImage) -> bytes:
    from ..core.png import png_of  # it needs numpy, without which the plugin must load

    return png_of(pixels_of(picture), picture.width(), picture.height())
