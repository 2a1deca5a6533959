"""The picture of a frame in the film dialog, as large as there is room."""
from __future__ import annotations

from qgis.PyQt.QtCore import QRect, QSize, Qt
from qgis.PyQt.QtGui import QImage, QPainter, QPaintEvent, QPalette, QPixmap
from qgis.PyQt.QtWidgets import QSizePolicy, QWidget

_LEAST, _USUAL = QSize(320, 180), QSize(640, 400)


class FilmPreview(QWidget):
    """Shows a picture whole; words in its place, or over it while a newer one is drawn."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("previewPicture")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._picture = QImage()
        self._scaled = QPixmap()
        self._words = ""

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's names
        return _LEAST

    def sizeHint(self) -> QSize:  # noqa: N802
        return _USUAL

    @property
    def picture(self) -> QImage:
        """What is shown, in its own size; null while there is none."""
        return self._picture

    def show_picture(self, picture: QImage) -> None:
        self._picture, self._scaled, self._words = picture, QPixmap(), ""
        self.update()

    def show_words(self, words: str, keep: bool) -> None:
        """Say what is going on; `keep` the picture meanwhile."""
        self._words = words
        if not keep:
            self._picture, self._scaled = QImage(), QPixmap()
        self.setAccessibleDescription(words)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.fillRect(self.rect(), self.palette().color(QPalette.ColorRole.Dark))
        if not self._picture.isNull():
            self._paint_picture(painter)
        if self._words:
            self._paint_words(painter)

    def _paint_picture(self, painter: QPainter) -> None:
        ratio = self.devicePixelRatioF()
        room = self.size() * ratio
        if self._scaled.isNull() or not _fits(self._scaled.size(), room):
            self._scaled = QPixmap.fromImage(self._picture.scaled(
                room, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation))
        size = self._scaled.size() / ratio
        at = QRect(0, 0, size.width(), size.height())
        at.moveCenter(self.rect().center())
        painter.drawPixmap(at, self._scaled)

    def _paint_words(self, painter: QPainter) -> None:
        """On a box of the window's own colours, legible over any map."""
        flags = int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap)
        room = self.rect().adjusted(20, 20, -20, -20)
        box = painter.boundingRect(room, flags, self._words).adjusted(-8, -5, 8, 5)
        painter.fillRect(box, self.palette().color(QPalette.ColorRole.Window))
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        painter.drawText(box, flags, self._words)


def _fits(picture: QSize, room: QSize) -> bool:
    """Whether a scaled picture fills the room in one direction and no more than that in the other."""
    return picture.width() <= room.width() and picture.height() <= room.height() and (
        picture.width() == room.width() or picture.height() == room.height())
