"""The canvas's own Temporal Controller, for the dock: in step with the native panel, both ways."""
from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from qgis.core import Qgis, QgsProject, QgsTemporalNavigationObject
from qgis.gui import QgsMapCanvas
from qgis.PyQt.QtCore import QObject, pyqtSignal
from qgis.PyQt.QtWidgets import QCheckBox

from ..core.schema import Step
from .frame_gate import FrameGate
from .temporal import Period, as_utc, is_one_step, range_ms, remember_animation, set_frames

#: The panel's check boxes "loop", of animations and of movies: the controller has no signal for it.
_LOOP_BOXES = ("mAnimationLoopingCheckBox", "mMovieLoopingCheckBox")


class Playback(QObject):
    """Plays, and says what is played. Moments are wall-clock milliseconds of the dataset's zone."""

    #: Begin and end (exclusive) of what the map shows; None, None while it shows all times.
    frame_changed = pyqtSignal(object, object)
    playing_changed = pyqtSignal(bool)
    #: Somebody else changed extents, step, mode, speed or looping.
    period_changed = pyqtSignal()
    #: The current frame has been drawn.
    drawn = pyqtSignal()
    #: PyQt cannot read the enums in the controller's signals (qgis/QGIS#58312), but can pass them on without.
    _state_changed = pyqtSignal()
    _mode_changed = pyqtSignal()

    def __init__(
        self, canvas: QgsMapCanvas, project: QgsProject | None = None, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._canvas = canvas
        self._project = project or QgsProject.instance()
        self._controller: QgsTemporalNavigationObject = canvas.temporalController()
        self._gate = FrameGate(canvas, self._controller, self)
        self._period: Period | None = None
        #: The last moment of the frame that was gone to, kept while steps and extents change under it.
        self._anchor_ms: int | None = None
        self._busy = False
        self._known_frame = self.frame()
        self._known_settings = self._settings()
        self._undo = ExitStack()
        self._connect()
        self._keep_place()

    def close(self) -> None:
        """Disconnect everything; the controller stays as it is, playing if it plays."""
        self._undo.close()

    @property
    def is_playing(self) -> bool:
        return self._controller.animationState() != Qgis.AnimationState.Idle

    def play(self) -> None:
        """Play forward, from the beginning if at the end; switches animation on where it is off."""
        if self._animate():
            self._controller.playForward()

    def pause(self) -> None:
        self._controller.pause()

    def toggle(self) -> None:
        self.pause() if self.is_playing else self.play()

    def next(self) -> None:
        self._step(1)

    def previous(self) -> None:
        self._step(-1)

    def first(self) -> None:
        if self._animate():
            self._controller.rewindToStart()

    def last(self) -> None:
        if self._animate():
            self._controller.skipToEnd()

    def go_to(self, ms: int) -> None:
        """Show the frame that holds a moment; the first or last one if it lies outside the period."""
        if self._animate():
            self._controller.setCurrentFrameNumber(self._number_at(ms))

    def frame(self) -> tuple[int, int] | None:
        """Begin and end (exclusive) of what the map shows; None while it shows all times."""
        return range_ms(self._canvas.temporalRange())

    @property
    def frame_count(self) -> int:
        return int(self._controller.totalFrameCount()) if self.is_animated else 0

    @property
    def is_animated(self) -> bool:
        return self._controller.navigationMode() == Qgis.TemporalNavigationMode.Animated

    def period(self) -> tuple[int, int] | None:
        """Begin and end of the controller's extents."""
        return range_ms(self._controller.temporalExtents())

    def set_period(self, begin_ms: int, end_ms: int, step: Step) -> None:
        """One frame a step over the period, at the moment that was shown before; does not switch animation on."""
        self._period = Period(begin_ms, end_ms, step)
        with self._changing():
            set_frames(self._controller, self._period)
            if self.is_animated and self._anchor_ms is not None:
                self._controller.setCurrentFrameNumber(self._number_at(self._anchor_ms))

    def is_whole_steps(self, step: Step) -> bool:
        """Whether every frame is one step of the dataset; else places are drawn several times, or not at all."""
        return is_one_step(self._controller, step)

    @property
    def looping(self) -> bool:
        return bool(self._controller.isLooping())

    def set_looping(self, looping: bool) -> None:
        with self._changing():
            for box in self._loop_boxes():
                box.setChecked(looping)
            self._controller.setLooping(looping)

    @property
    def speed(self) -> float:
        """Frames per second, as long as drawing keeps up."""
        return float(self._controller.framesPerSecond())

    def set_speed(self, frames_per_second: float) -> None:
        """Play so many frames a second from the next frame on; saved with the project."""
        with self._changing():
            self._controller.setFramesPerSecond(frames_per_second)
            self._project.timeSettings().setFramesPerSecond(frames_per_second)

    def _connect(self) -> None:
        controller = self._controller
        self._undo.callback(self._gate.close)
        self._listen(self._gate.drawn, self.drawn)
        self._listen(self._canvas.temporalRangeChanged, self._tell_frame)
        self._listen(controller.stateChanged, self._state_changed)
        self._listen(controller.navigationModeChanged, self._mode_changed)
        self._listen(self._state_changed, self._tell_state)
        for signal in (
            controller.temporalExtentsChanged, controller.temporalFrameDurationChanged, self._mode_changed,
            *(box.toggled for box in self._loop_boxes()),
        ):
            self._listen(signal, self._tell_settings)

    def _listen(self, signal: object, slot: object) -> None:
        signal.connect(slot)
        self._undo.callback(signal.disconnect, slot)

    def _loop_boxes(self) -> list[QCheckBox]:
        panel = self._controller.parent()
        found = [panel.findChild(QCheckBox, name) for name in _LOOP_BOXES] if panel is not None else []
        return [box for box in found if box is not None]

    def _animate(self) -> bool:
        """Switch animation on, over the dataset's period; whether there are frames."""
        if not self.is_animated:
            with self._changing():
                if self._period is not None:
                    set_frames(self._controller, self._period)
                self._controller.setNavigationMode(Qgis.TemporalNavigationMode.Animated)
                remember_animation(self._project)
        return self.frame_count > 0

    def _step(self, by: int) -> None:
        if not self._animate():
            return
        count = self.frame_count
        number = self._number() + by
        self._controller.setCurrentFrameNumber(number % count if self.looping else number)

    def _number(self) -> int:
        """The frame that is shown; while looping, the controller's own number runs one over at the ends."""
        return min(max(int(self._controller.currentFrameNumber()), 0), self.frame_count - 1)

    def _number_at(self, ms: int) -> int:
        begin, end = self.period() or (ms, ms + 1)
        inside = min(max(ms, begin), end - 1)
        return int(self._controller.findBestFrameNumberForFrameStart(as_utc(inside)))

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """Several changes at once, of our own: they are told as one, and not as somebody else's."""
        self._busy = True
        try:
            yield
        finally:
            self._busy = False
            self._known_settings = self._settings()
            self._tell_frame(keep_place=False)

    def _tell_frame(self, keep_place: bool = True) -> None:
        if self._busy:
            return
        frame = self.frame()
        if frame == self._known_frame:
            return
        self._known_frame = frame
        if keep_place or self._anchor_ms is None:
            self._keep_place()
        self._tell_settings()
        self.frame_changed.emit(*(frame or (None, None)))

    def _keep_place(self) -> None:
        frame = self.frame()
        if frame is None:
            self._anchor_ms = None
        elif self.is_animated:
            self._anchor_ms = frame[1] - 1

    def _tell_state(self) -> None:
        self._tell_settings()
        self.playing_changed.emit(self.is_playing)

    def _tell_settings(self) -> None:
        """Speed and looping have no signals of their own, so they are compared whenever something else happens."""
        if self._busy or self._settings() == self._known_settings:
            return
        self._known_settings = self._settings()
        self.period_changed.emit()

    def _settings(self) -> tuple[object, ...]:
        controller = self._controller
        return (
            self.period(), controller.frameDuration().seconds(), controller.navigationMode(),
            controller.framesPerSecond(), controller.isLooping(), controller.temporalRangeCumulative())
