"""What a person does on the epidemic curve with mouse and keys, and what is marked on it."""
from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from qgis.PyQt.QtCore import QObject, QPoint, Qt, pyqtSignal
from qgis.PyQt.QtGui import QKeyEvent
from qgis.PyQt.QtWidgets import QToolTip, QWidget

from ..plugin.core.curve_figure import UNMARKED, CurveMarks, CurveTexts
from ..plugin.core.curve_shapes import edges_of
from .curve_pointer import Part, Steps, cleared, cursor_moved, dragged, part_near, range_extended
from .curve_texts import range_tip, step_tip
from .throttle import Throttle

if TYPE_CHECKING:
    from ..plugin.core.series import Curve
    from .curve_canvas import CurveCanvas

#: Signals while something is dragged come at most so often.
_INTERVAL_MS = 50
#: Pixels: how near a pointer takes hold of a part, the height of the cursor's handle, how far a drag begins.
_REACH, _HANDLE, _DRAG = 6, 14, 3
_CURSORS = {
    Part.CURSOR: Qt.CursorShape.SizeHorCursor, Part.BEGIN: Qt.CursorShape.SplitHCursor,
    Part.END: Qt.CursorShape.SplitHCursor, Part.BRUSH: Qt.CursorShape.CrossCursor,
}


class CurveHand(QObject):
    """`marked`: other marks are to be shown; the others as those of the widget, which owns it."""

    marked = pyqtSignal(object)
    range_chosen = pyqtSignal(object, object)
    range_settled = pyqtSignal(object, object)
    frame_dragged = pyqtSignal(object)

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self._widget = widget
        self._canvas: CurveCanvas | None = None
        self._curve: Curve | None = None
        self._texts = CurveTexts("")
        self._steps: Steps | None = None
        self._marks = UNMARKED
        #: What is taken hold of, where (in pixels), and the marks as they were then.
        self._pressed: tuple[Part, float, CurveMarks] | None = None
        self._moved = False
        #: Marks from outside that wait until a drag is over.
        self._told: CurveMarks | None = None
        self._ranges, self._frames = Throttle(_INTERVAL_MS, self), Throttle(_INTERVAL_MS, self)
        self._ranges.passed.connect(self._tell_range)
        self._frames.passed.connect(self.frame_dragged)

    @property
    def marks(self) -> CurveMarks:
        """The frame and the dates that are marked."""
        return self._marks

    @property
    def has_range(self) -> bool:
        """Are dates chosen?"""
        return self._marks.begin_ms is not None or self._marks.end_ms is not None

    def watch(self, canvas: CurveCanvas) -> None:
        """Follow the pointer on a drawing."""
        self._canvas = canvas
        canvas.left.connect(self._left)
        for name, act in (
            ("button_press_event", self._press), ("motion_notify_event", self._motion),
            ("button_release_event", self._release),
        ):
            canvas.mpl_connect(name, act)

    def set_curve(self, curve: Curve | None, texts: CurveTexts) -> None:
        """Another curve, None for none, and the words of its tips."""
        self._curve, self._texts = curve, texts
        self._steps = Steps(edges_of(curve)) if curve is not None else None

    def set_frame(self, begin_ms: int | None, end_ms: int | None) -> None:
        """Mark the frame that is shown; without an end, the step that holds the moment."""
        frame = None
        if begin_ms is not None:
            frame = (int(begin_ms), int(end_ms)) if end_ms is not None else self._step_of(int(begin_ms))
        self._put(replace(self._told or self._marks, frame=frame))

    def set_range(self, begin_ms: int | None, end_ms: int | None) -> None:
        """Mark the chosen dates, None for no limit."""
        self._put(replace(
            self._told or self._marks, begin_ms=None if begin_ms is None else int(begin_ms),
            end_ms=None if end_ms is None else int(end_ms)))

    def clear_range(self) -> None:
        """Choose all dates, and say so."""
        self._choose(cleared(self._marks))
        self._settle()

    def key(self, event: QKeyEvent) -> bool:
        """Left and Right move the cursor, with Shift the end of the chosen dates; Esc shows all dates. Was it one?"""
        by = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(event.key())
        if self._steps is None or self._pressed is not None:
            return False
        if by is not None:
            self._begin()
            shift = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
            self._choose((range_extended if shift else cursor_moved)(self._steps, self._marks, by))
            if shift:
                self._settle()
            return True
        if event.key() == Qt.Key.Key_Escape and self.has_range:
            self._begin()
            self.clear_range()
            return True
        return False

    # What is marked

    def _put(self, marks: CurveMarks) -> None:
        """Marks from outside; what a person is dragging is not pulled from under the pointer."""
        if self._pressed is not None and self._moved:
            self._told = marks
        else:
            self._mark(marks)

    def _mark(self, marks: CurveMarks) -> None:
        if marks != self._marks:
            self._marks = marks
            self.marked.emit(marks)

    def _step_of(self, ms: int) -> tuple[int, int]:
        if self._steps is None:
            return ms, ms
        step = self._steps.at(ms)
        return self._steps.span(step, step)

    # What is said of it

    def _choose(self, marks: CurveMarks) -> None:
        """Take what a person did, and say it."""
        before = self._marks
        self._mark(marks)
        if marks.frame != before.frame and marks.frame is not None:
            self._frames.offer(marks.frame[0])
        if (marks.begin_ms, marks.end_ms) != (before.begin_ms, before.end_ms):
            self._ranges.offer((marks.begin_ms, marks.end_ms))

    def _tell_range(self, chosen: tuple[int | None, int | None]) -> None:
        self.range_chosen.emit(*chosen)

    def _settle(self) -> None:
        self._frames.flush()
        self._ranges.flush()
        self.range_settled.emit(self._marks.begin_ms, self._marks.end_ms)

    def _begin(self) -> None:
        """What is chosen now is known to everybody."""
        self._frames.start(self._marks.frame[0] if self._marks.frame is not None else None)
        self._ranges.start((self._marks.begin_ms, self._marks.end_ms))

    # The pointer, told by matplotlib in the figure's pixels

    def _press(self, event: Any) -> None:
        if event.button != 1 or self._steps is None:
            return
        self._widget.setFocus(Qt.FocusReason.MouseFocusReason)
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
