"""The epidemic curve on a screen: drawn once, with cursor and chosen dates laid over the finished picture.

Imported only when a curve is shown: it needs matplotlib.
"""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from matplotlib.backends.backend_qtagg import FigureCanvasQTAgg
from matplotlib.figure import Figure
from qgis.PyQt.QtCore import QEvent, Qt, QTimer, pyqtSignal
from qgis.PyQt.QtGui import QColor, QImage, QPainter, QPaintEvent, QResizeEvent, QWheelEvent

from ..plugin.core.curve_figure import UNMARKED, CurveLook, CurveMarks, CurvePlot, CurveTexts
from ..plugin.core.schema import MS_PER_DAY

if TYPE_CHECKING:
    from qgis.PyQt.QtWidgets import QWidget

    from ..plugin.core.series import Curve

#: While somebody pulls at the dock's edge the old picture is stretched; so long after the last pull it is drawn anew.
_SETTLED_MS = 70


class CurveCanvas(FigureCanvasQTAgg):
    """Draws; moments and places on it are exchanged by `x_of` and `ms_at` (in the figure's pixels)."""

    left = pyqtSignal()

    def __init__(self, look: CurveLook, parent: QWidget) -> None:
        super().__init__(Figure(dpi=parent.logicalDpiX()))
        self.setParent(parent)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setMinimumSize(1, 1)
        self.plot = CurvePlot(self.figure, look)
        self._set_ground()
        self._shown: tuple[Curve, CurveTexts, bool, bool] | None = None
        self._marks = UNMARKED
        self._background: Any = None
        self._old: QImage | None = None
        self._settling = QTimer(self)
        self._settling.setSingleShot(True)
        self._settling.timeout.connect(self._settle)
        self.mpl_connect("draw_event", self._keep_background)

    def show_curve(self, curve: Curve, texts: CurveTexts, log: bool, mean: bool) -> None:
        """Draw another curve as soon as the event loop gets to it."""
        self._shown = curve, texts, log, mean
        self.plot.show(curve, texts, log, mean)
        self.plot.mark(self._marks)
        self.draw_idle()

    def restyle(self, look: CurveLook) -> None:
        """Other colours or letters."""
        self.plot.restyle(look)
        self._set_ground()
        self._show_again()

    def set_marks(self, marks: CurveMarks) -> None:
        """Move what lies over the picture, which stays as it is."""
        self._marks = marks
        self.plot.mark(marks)
        if self._background is not None:
            self.restore_region(self._background)
            self._draw_overlay()
            self.update()

    def x_of(self, ms: float) -> float:
        """Where a moment is, in pixels from the left."""
        return float(self.plot.left.transData.transform((ms / MS_PER_DAY, 0))[0])

    def ms_at(self, x: float) -> float:
        """The moment at so many pixels from the left."""
        return float(self.plot.left.transData.inverted().transform((x, 0))[0]) * MS_PER_DAY

    def _set_ground(self) -> None:
        """With this colour matplotlib clears the widget."""
        palette = self.palette()
        palette.setColor(self.backgroundRole(), QColor(self.plot.look.background))
        self.setPalette(palette)

    def _show_again(self) -> None:
        if self._shown is not None:
            self.show_curve(*self._shown)

    def _keep_background(self, _event: object) -> None:
        self._background = self.copy_from_bbox(self.figure.bbox)
        self._draw_overlay()

    def _draw_overlay(self) -> None:
        for artist in self.plot.overlay:
            if artist.get_visible():
                self.plot.right.draw_artist(artist)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Draw once when the size has settled; the first picture at once."""
        if self._background is None:
            super().resizeEvent(event)
            self._show_again()
            return
        if not self._settling.isActive():
            buffer = self.buffer_rgba()
            height, width = buffer.shape[:2]
            self._old = QImage(bytes(buffer), width, height, QImage.Format.Format_RGBA8888).copy()
        self._settling.start(_SETTLED_MS)

    def _settle(self) -> None:
        self._background = self._old = None
        self.resizeEvent(QResizeEvent(self.size(), self.size()))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """The picture; stretched as long as its size has not settled."""
        painter = QPainter(self)
        # The picture has whole pixels only: at a scale like 1.04 it ends before the widget does.
        painter.fillRect(self.rect(), QColor(self.plot.look.background))
        if self._old is not None:
            painter.drawImage(self.rect(), self._old)
        painter.end()
        if self._old is None:
            super().paintEvent(event)

    def leaveEvent(self, _event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Not matplotlib's own, which takes back a busy cursor that QGIS has set."""
        self.left.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 - Qt's name
        """The wheel scrolls the dock."""
        event.ignore()
