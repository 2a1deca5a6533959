"""The epidemic curve in the dock: shows a curve, and says which dates and which frame a person chose on it."""
from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qgis.PyQt.QtCore import QEvent, QPoint, QSize, Qt, QTimer, pyqtSignal
from qgis.PyQt.QtGui import QColor, QContextMenuEvent, QFontInfo, QKeyEvent, QPainter, QPaintEvent, QPalette
from qgis.PyQt.QtWidgets import QApplication, QLabel, QSizePolicy, QToolTip, QVBoxLayout, QWidget

from ..plugin.bridge.dependencies import how_to_get
from ..plugin.bridge.translation import tr
from ..plugin.core.curve_figure import DARK, LIGHT, UNMARKED, CurveLook, CurveMarks, CurveTexts
from ..plugin.core.curve_shapes import edges_of
from ..plugin.core.errors import AtlasError
from .curve_menu import curve_menu
from .curve_pointer import Part, Steps, cleared, cursor_moved, dragged, part_near, range_extended
from .curve_saving import Kept, save_curve
from .curve_texts import in_words, range_tip, step_tip
from .throttle import Throttle

if TYPE_CHECKING:
    from ..plugin.core.series import Curve
    from .curve_canvas import CurveCanvas

__all__ = ["CurveTexts", "CurveWidget"]

#: Signals while something is dragged come at most so often.
_INTERVAL_MS = 50
#: Pixels: how near a pointer takes hold of a part, the height of the cursor's handle, how far a drag begins.
_REACH, _HANDLE, _DRAG = 6, 14, 3
_LETTER_SIZE, _SMALLEST_PT = 0.88, 6.5
_OF_LOOKS = (QEvent.Type.PaletteChange, QEvent.Type.StyleChange, QEvent.Type.FontChange)
_CURSORS = {
    Part.CURSOR: Qt.CursorShape.SizeHorCursor, Part.BEGIN: Qt.CursorShape.SplitHCursor,
    Part.END: Qt.CursorShape.SplitHCursor, Part.BRUSH: Qt.CursorShape.CrossCursor,
}


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
        self._steps: Steps | None = None
        self._marks = UNMARKED
        self._log, self._mean = False, True
        self._canvas: CurveCanvas | None = None
        self._missing: QLabel | None = None
        self._pressed: tuple[Part, float, CurveMarks] | None = None
        self._moved = False
        self._told: CurveMarks | None = None
        self._ranges, self._frames = Throttle(_INTERVAL_MS, self), Throttle(_INTERVAL_MS, self)
        self._ranges.passed.connect(lambda chosen: self.range_chosen.emit(*chosen))
        self._frames.passed.connect(self.frame_dragged)
        self._starting, self._restyling = QTimer(self), QTimer(self)
        for timer, act in ((self._starting, self._start), (self._restyling, self._restyle)):
            timer.setSingleShot(True)
            timer.timeout.connect(act)

    # What is shown

    def show_curve(self, curve: Curve | None, texts: CurveTexts | None = None) -> None:
        """Show another curve, None for none; the first time matplotlib is loaded, after the dock is seen."""
        self._curve = curve if curve is not None and len(curve.begins) else None
        self._steps = Steps(edges_of(curve)) if self._curve is not None else None
        if texts is not None and curve is not None:
            self._texts = in_words(texts, curve.step)
        if self._canvas is None and self._missing is None:
            self._starting.start(0)
        else:
            self._refresh()

    def set_cursor(self, begin_ms: int | None, end_ms: int | None = None) -> None:
        """Mark the frame that is shown; without an end, the step that holds the moment. Emits nothing."""
        frame = None
        if begin_ms is not None:
            frame = (int(begin_ms), int(end_ms)) if end_ms is not None else self._step_of(int(begin_ms))
        self._tell(replace(self._told or self._marks, frame=frame))

    def set_range(self, begin_ms: int | None, end_ms: int | None) -> None:
        """Mark the chosen dates, None for no limit. Emits nothing."""
        self._tell(replace(
            self._told or self._marks, begin_ms=None if begin_ms is None else int(begin_ms),
            end_ms=None if end_ms is None else int(end_ms)))

    @property
    def has_range(self) -> bool:
        """Are dates chosen?"""
        return self._marks.begin_ms is not None or self._marks.end_ms is not None

    @property
    def marks(self) -> CurveMarks:
        """The frame and the dates that are marked."""
        return self._marks

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
        self._choose(cleared(self._marks))
        self._settle()

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
        self._canvas.left.connect(self._left)
        for name, act in (
            ("button_press_event", self._press), ("motion_notify_event", self._motion),
            ("button_release_event", self._release),
        ):
            self._canvas.mpl_connect(name, act)
        self.layout().addWidget(self._canvas)
        self._refresh()

    def _refresh(self) -> None:
        if self._canvas is None:
            return
        self._canvas.setVisible(self._curve is not None)
        if self._curve is not None:
            self._canvas.set_marks(self._marks)
            self._canvas.show_curve(self._curve, self._texts, self._log, self._mean)

    def _mark(self, marks: CurveMarks) -> None:
        if marks != self._marks:
            self._marks = marks
            if self._canvas is not None:
                self._canvas.set_marks(marks)

    def _tell(self, marks: CurveMarks) -> None:
        """Marks from outside; what a person is dragging is not pulled from under the pointer."""
        if self._pressed is not None and self._moved:
            self._told = marks
        else:
            self._mark(marks)

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
        return Kept(self._curve, self._texts, self._marks, self._log, self._mean)

    def _step_of(self, ms: int) -> tuple[int, int]:
        if self._steps is None:
            return ms, ms
        step = self._steps.at(ms)
        return self._steps.span(step, step)

    # What a person does

    def _choose(self, marks: CurveMarks) -> None:
        """Take what a person did, and say it."""
        before = self._marks
        self._mark(marks)
        if marks.frame != before.frame and marks.frame is not None:
            self._frames.offer(marks.frame[0])
        if (marks.begin_ms, marks.end_ms) != (before.begin_ms, before.end_ms):
            self._ranges.offer((marks.begin_ms, marks.end_ms))

    def _settle(self) -> None:
        self._frames.flush()
        self._ranges.flush()
        self.range_settled.emit(self._marks.begin_ms, self._marks.end_ms)

    def _begin(self) -> None:
        """What is chosen now is known to everybody."""
        self._frames.start(self._marks.frame[0] if self._marks.frame is not None else None)
        self._ranges.start((self._marks.begin_ms, self._marks.end_ms))

    def _press(self, event: Any) -> None:
        if event.button != 1 or self._steps is None:
            return
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        self._begin()
        if event.dblclick:
            self._pressed = None
            if self.has_range:
                self.clear_range()
            return
        self._pressed = self._part_at(event), event.x, self._marks
        self._moved = False

    def _motion(self, event: Any) -> None:
        if self._steps is None:
            return
        if self._pressed is None:
            self._hover(event)
            return
        part, x, marks = self._pressed
        ratio = self._canvas.device_pixel_ratio
        if not self._moved and abs(event.x - x) < _DRAG * ratio:
            return
        self._moved = True
        self._choose(dragged(self._steps, marks, part, self._canvas.ms_at(x), self._canvas.ms_at(event.x)))
        if part is not Part.CURSOR:
            self._tip(event, range_tip(self._marks.begin_ms, self._marks.end_ms, self._curve.step))

    def _release(self, event: Any) -> None:
        if event.button != 1 or self._pressed is None:
            return
        part, told = self._pressed[0], self._told
        self._pressed = self._told = None
        if not self._moved:
            return
        if part is Part.CURSOR:
            if not self._frames.flush() and told is not None:
                self._mark(told)
            return
        self._settle()

    def _part_at(self, event: Any) -> Part:
        ratio, canvas, marks = self._canvas.device_pixel_ratio, self._canvas, self._marks
        ends = {Part.BEGIN: marks.begin_ms, Part.END: marks.end_ms}
        if marks.frame is not None:
            ends[Part.CURSOR] = sum(marks.frame) / 2
        places = {part: canvas.x_of(ms) for part, ms in ends.items() if ms is not None}
        top = canvas.plot.left.bbox.y1
        return part_near(event.x, places, _REACH * ratio, event.y > top - _HANDLE * ratio)

    def _hover(self, event: Any) -> None:
        box = self._canvas.plot.left.bbox
        if not box.x0 <= event.x <= box.x1:
            self._left()
            return
        self._canvas.setCursor(_CURSORS[self._part_at(event)])
        self._tip(event, step_tip(self._curve, self._steps.at(self._canvas.ms_at(event.x)), self._texts))

    def _tip(self, event: Any, text: str) -> None:
        ratio = self._canvas.device_pixel_ratio
        at = QPoint(round(event.x / ratio), round(self._canvas.height() - event.y / ratio))
        QToolTip.showText(self._canvas.mapToGlobal(at), text, self._canvas)

    def _left(self) -> None:
        self._canvas.unsetCursor()
        QToolTip.hideText()

    # Qt's own

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Left and Right move the cursor, with Shift the end of the chosen dates; Esc shows all dates."""
        by = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(event.key())
        if self._steps is None or self._pressed is not None:
            super().keyPressEvent(event)
        elif by is not None:
            self._begin()
            shift = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
            self._choose((range_extended if shift else cursor_moved)(self._steps, self._marks, by))
            if shift:
                self._settle()
        elif event.key() == Qt.Key.Key_Escape and self.has_range:
            self._begin()
            self.clear_range()
        else:
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
