"""The epidemic curve in the dock: shows a curve, and says which dates and which frame a person chose on it."""
from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qgis.PyQt.QtCore import QEvent, QSize, Qt, QTimer, pyqtSignal
from qgis.PyQt.QtGui import QColor, QContextMenuEvent, QFontInfo, QKeyEvent, QPainter, QPaintEvent, QPalette
from qgis.PyQt.QtWidgets import QApplication, QLabel, QSizePolicy, QVBoxLayout, QWidget

from ..plugin.bridge.dependencies import how_to_get
from ..plugin.bridge.translation import tr
from ..plugin.core.curve_figure import DARK, LIGHT, CurveLook, CurveMarks, CurveTexts
from ..plugin.core.errors import AtlasError
from .curve_hand import CurveHand
from .curve_menu import curve_menu
from .curve_saving import Kept, save_curve
from .curve_texts import in_words

if TYPE_CHECKING:
    from ..plugin.core.series import Curve
    from .curve_canvas import CurveCanvas

__all__ = ["CurveTexts", "CurveWidget"]

_LETTER_SIZE, _SMALLEST_PT = 0.88, 6.5
_OF_LOOKS = (QEvent.Type.PaletteChange, QEvent.Type.StyleChange, QEvent.Type.FontChange)


class CurveWidget(QWidget):
    """Moments are wall-clock ms on step boundaries, ranges half-open.

    `range_chosen` (None, None: no limits) and `frame_dragged` (begin of a step) come also while something is
    dragged, but not too often; `range_settled` when it is let go. `failed`: a sentence for the message bar.
    """

    range_chosen = pyqtSignal(object, object)
    range_settled = pyqtSignal(object, object)
    frame_dragged = pyqtSignal(object)
    failed = pyqtSignal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(tr("Epidemic curve"))
        self.setAccessibleDescription(tr(
            "Left and Right move the frame, with Shift they choose dates, Esc shows all dates. "
            "Drag over the curve to choose dates, double click to show all."))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.MinimumExpanding)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(1, 1, 1, 1)
        self._curve: Curve | None = None
        self._texts = CurveTexts("")
        self._log, self._mean = False, True
        self._canvas: CurveCanvas | None = None
        self._missing: QLabel | None = None
        self._hand = CurveHand(self)
        self._hand.marked.connect(self._show_marks)
        for signal, own in (
            (self._hand.range_chosen, self.range_chosen), (self._hand.range_settled, self.range_settled),
            (self._hand.frame_dragged, self.frame_dragged),
        ):
            signal.connect(own)
        self._starting, self._restyling = QTimer(self), QTimer(self)
        for timer, act in ((self._starting, self._start), (self._restyling, self._restyle)):
            timer.setSingleShot(True)
            timer.timeout.connect(act)

    # What is shown

    def show_curve(self, curve: Curve | None, texts: CurveTexts | None = None) -> None:
        """Show another curve, None for none; the first time matplotlib is loaded, after the dock is seen."""
        self._curve = curve if curve is not None and len(curve.begins) else None
        if texts is not None and curve is not None:
            self._texts = in_words(texts, curve.step)
        self._hand.set_curve(self._curve, self._texts)
        if self._canvas is None and self._missing is None:
            self._starting.start(0)
        else:
            self._refresh()

    def set_cursor(self, begin_ms: int | None, end_ms: int | None = None) -> None:
        """Mark the frame that is shown; without an end, the step that holds the moment. Emits nothing."""
        self._hand.set_frame(begin_ms, end_ms)

    def set_range(self, begin_ms: int | None, end_ms: int | None) -> None:
        """Mark the chosen dates, None for no limit. Emits nothing."""
        self._hand.set_range(begin_ms, end_ms)

    @property
    def has_range(self) -> bool:
        """Are dates chosen?"""
        return self._hand.has_range

    @property
    def marks(self) -> CurveMarks:
        """The frame and the dates that are marked."""
        return self._hand.marks

    @property
    def canvas(self) -> CurveCanvas | None:
        """The drawing; None before the first curve and where matplotlib is missing."""
        if self._starting.isActive():
            self._starting.stop()
            self._start()
        return self._canvas

    @property
    def log(self) -> bool:
        """Is the total drawn on a logarithmic scale?"""
        return self._log

    @property
    def mean(self) -> bool:
        """Is the mean drawn?"""
        return self._mean

    def set_log(self, log: bool) -> None:
        """Draw the total on a logarithmic scale, or a plain one."""
        self._log = log
        self._refresh()

    def set_mean(self, mean: bool) -> None:
        """Draw the mean, or leave it out."""
        self._mean = mean
        self._refresh()

    def clear_range(self) -> None:
        """Choose all dates, and say so."""
        self._hand.clear_range()

    def save(self, path: Path | str) -> bool:
        """Write SVG, PNG or CSV, whichever the name says; what goes wrong is told by `failed`."""
        kept = self._kept()
        if kept is None:
            return False
        try:
            save_curve(kept, Path(path))
        except (AtlasError, ImportError) as error:
            self.failed.emit(error.message if isinstance(error, AtlasError) else how_to_get(("matplotlib",)))
            return False
        return True

    def menu(self) -> Any:
        """The context menu as it would open now."""
        return curve_menu(self, self._kept())

    # Drawing

    def _start(self) -> None:
        """Make the canvas, or say what is missing for it."""
        try:
            from .curve_canvas import CurveCanvas
        except (ImportError, ValueError):  # ValueError: it was built for another numpy
            self._missing = QLabel(how_to_get(("matplotlib",)), self)
            self._missing.setWordWrap(True)
            self._missing.setAlignment(Qt.AlignmentFlag.AlignCenter)
            self._missing.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            self.layout().addWidget(self._missing)
            return
        self._canvas = CurveCanvas(self._look(), self)
        self._hand.watch(self._canvas)
        self.layout().addWidget(self._canvas)
        self._refresh()

    def _refresh(self) -> None:
        if self._canvas is None:
            return
        self._canvas.setVisible(self._curve is not None)
        if self._curve is not None:
            self._canvas.set_marks(self.marks)
            self._canvas.show_curve(self._curve, self._texts, self._log, self._mean)

    def _show_marks(self, marks: CurveMarks) -> None:
        if self._canvas is not None:
            self._canvas.set_marks(marks)

    def _look(self) -> CurveLook:
        palette = self._palette()
        base, text = palette.color(palette.ColorRole.Base), palette.color(palette.ColorRole.Text)
        look = DARK if base.lightness() < text.lightness() else LIGHT
        points = max(QFontInfo(self.font()).pointSizeF() * _LETTER_SIZE, _SMALLEST_PT)
        return replace(
            look, background=base.name(), text=text.name(), mean=text.name(), faint=_between(base, text).name(),
            font_pt=points)

    def _palette(self) -> QPalette:
        """The colours of the theme; its style sheet may leave those of a plain widget all alike."""
        return QApplication.palette() if QApplication.instance().styleSheet() else self.palette()

    def _restyle(self) -> None:
        look = self._look()
        if self._canvas is not None and look != self._canvas.plot.look:
            self._canvas.restyle(look)

    def _kept(self) -> Kept | None:
        if self._curve is None:
            return None
        return Kept(self._curve, self._texts, self.marks, self._log, self._mean)

    # Qt's own

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Left and Right move the cursor, with Shift the end of the chosen dates; Esc shows all dates."""
        if not self._hand.key(event):
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802 - Qt's name
        """The menu, by right click or by its key."""
        menu = self.menu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(event.globalPos())

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Another theme or font."""
        super().changeEvent(event)
        if event.type() in _OF_LOOKS and self._canvas is not None:
            self._restyling.start(0)  # QGIS sets a theme's colours after its style sheet

    def focusInEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        super().focusOutEvent(event)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """A frame when the keyboard acts on the curve."""
        super().paintEvent(event)
        palette = self._palette()
        painter = QPainter(self)
        painter.fillRect(self.rect(), palette.color(
            palette.ColorRole.Highlight if self.hasFocus() else palette.ColorRole.Base))
        painter.end()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Room for the usual dock."""
        letter = self.fontMetrics()
        return QSize(44 * letter.averageCharWidth(), 11 * letter.height())

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """The smallest in which it can be read."""
        letter = self.fontMetrics()
        return QSize(28 * letter.averageCharWidth(), 8 * letter.height())


def _between(one: QColor, other: QColor) -> QColor:
    """The colour halfway between two."""
    return QColor(*(round((a + b) / 2) for a, b in zip(one.getRgb()[:3], other.getRgb()[:3])))
