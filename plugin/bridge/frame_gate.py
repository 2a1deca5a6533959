"""Lets the canvas finish a frame before the Temporal Controller goes on to the next."""
from __future__ import annotations

from contextlib import ExitStack

from qgis.core import Qgis, QgsTemporalNavigationObject
from qgis.gui import QgsMapCanvas
from qgis.PyQt.QtCore import QEvent, QObject, Qt, QTimer, pyqtSignal

#: How long a frame that nobody draws (drawing was cancelled, the canvas frozen) holds the playback up.
PATIENCE_MS = 1000
#: While a map plays, half-drawn frames are not shown: longer than any frame takes.
_NEVER_MS = 3_600_000


class FrameGate(QObject):
    """Holds the controller's own frame timer back while the current frame is being drawn.

    QGIS lets the timer run on: frames that fall into the drawing of another one are never drawn (of 20 frames at
    ten a second, each taking 0.3 s, the canvas drew 8), and a frame that takes longer than the canvas's update
    interval of 0.25 s is shown half drawn, without decorations. Holding the timer serves every player, the panel's
    own buttons too. Where there is no such timer (another version of QGIS), frames play as QGIS plays them.
    """

    #: The current frame has been drawn.
    drawn = pyqtSignal()
    #: PyQt cannot read the enum in the controller's signal (qgis/QGIS#58312), but can pass the signal on without it.
    _state_changed = pyqtSignal()

    def __init__(
        self, canvas: QgsMapCanvas, controller: QgsTemporalNavigationObject, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._canvas, self._controller = canvas, controller
        self._timer = _frame_timer(controller)
        self._pending = self._held = False
        self._drawing = canvas.temporalRange()
        self._usual_update_ms: int | None = None
        self._watchdog = QTimer(self)
        self._watchdog.setSingleShot(True)
        self._watchdog.timeout.connect(self._look_after)
        self._undo = ExitStack()
        self._connect()

    def close(self) -> None:
        """Let go: a playback that is held back goes on as QGIS plays it."""
        self._watchdog.stop()
        self._undo.close()
        self._show_halves()
        self._pass()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Keep a tick of the frame timer from the controller while a frame is being drawn."""
        if event.type() != QEvent.Type.Timer or not self._pending or self._timer is None:
            return False
        self._timer.stop()
        self._held = True
        self._watchdog.start(PATIENCE_MS)
        return True

    def _connect(self) -> None:
        for signal, slot in (
            (self._canvas.temporalRangeChanged, self._begin),
            (self._canvas.renderStarting, self._start_drawing),
            (self._canvas.mapCanvasRefreshed, self._finish_drawing),
            (self._controller.stateChanged, self._state_changed),
            (self._state_changed, self._follow_state),
        ):
            signal.connect(slot)
            self._undo.callback(signal.disconnect, slot)
        if self._timer is not None:
            self._timer.installEventFilter(self)
            self._undo.callback(self._timer.removeEventFilter, self)

    def _begin(self) -> None:
        """Another frame is current: it is drawn from now on, and the next is due one interval from now."""
        self._pending = self._can_draw()
        interval = int(1000 / self._controller.framesPerSecond())
        if self._timer is not None and self._timer.isActive() and self._timer.interval() != interval:
            self._timer.start(interval)

    def _can_draw(self) -> bool:
        canvas = self._canvas
        return canvas.renderFlag() and not canvas.isFrozen() and canvas.mapSettings().hasValidSettings()

    def _start_drawing(self) -> None:
        self._drawing = self._canvas.temporalRange()

    def _finish_drawing(self) -> None:
        """A drawing is finished; it may be of an earlier frame, then the canvas at once draws the current one."""
        if self._drawing != self._canvas.temporalRange():
            return
        self._pending = False
        self.drawn.emit()
        self._pass()

    def _pass(self) -> None:
        """Let a held tick through; the controller restores the interval with the frame that follows."""
        self._watchdog.stop()
        if self._held and self._timer is not None and _is_playing(self._controller):
            self._timer.start(1)
        self._held = False

    def _look_after(self) -> None:
        if self._canvas.isDrawing():
            self._watchdog.start(PATIENCE_MS)
            return
        self._pending = False
        self._pass()

    def _follow_state(self) -> None:
        """While playing, frames are shown when they are complete."""
        if not _is_playing(self._controller):
            self._held = False
            self._watchdog.stop()
            self._show_halves()
        elif self._canvas.mapUpdateInterval() < _NEVER_MS:
            self._usual_update_ms = self._canvas.mapUpdateInterval()
            self._canvas.setMapUpdateInterval(_NEVER_MS)

    def _show_halves(self) -> None:
        if self._usual_update_ms is not None:
            self._canvas.setMapUpdateInterval(self._usual_update_ms)
            self._usual_update_ms = None


def _is_playing(controller: QgsTemporalNavigationObject) -> bool:
    return controller.animationState() != Qgis.AnimationState.Idle


def _frame_timer(controller: QgsTemporalNavigationObject) -> QTimer | None:
    """The timer that makes the controller's frames: its only one."""
    timers = controller.findChildren(QTimer, options=Qt.FindChildOption.FindDirectChildrenOnly)
    return timers[0] if len(timers) == 1 else None
