"""The dock's time: frames played and gone to, dates chosen by typing, by name or on the curve."""
from __future__ import annotations

from typing import Callable, Optional

from ..plugin.bridge.date_label import DateLabel
from ..plugin.bridge.playback import Playback
from ..plugin.core.filters import Shape
from ..plugin.core.presets import dates_typed, last_days, limited, peak_fortnight
from ..plugin.core.schema import MS_PER_DAY
from ..plugin.core.series import Curve
from ..plugin.core.steps import step_ms
from .dock import AtlasDock

#: Begin and end in wall-clock ms, None where not limited.
Dates = tuple[Optional[int], Optional[int]]


class DockTime:
    """Keeps the widgets of time in step with the Temporal Controller; `on_dates` is told what dates were chosen."""

    def __init__(
        self, view: AtlasDock, playback: Playback, label: DateLabel, on_dates: Callable[[Dates], None],
        on_frame: Callable[[], None],
    ) -> None:
        self._view, self._playback, self._label = view, playback, label
        self._on_dates, self._on_frame = on_dates, on_frame
        self._shape: Shape | None = None
        self._zone = ""
        self._dates: Dates = (None, None)
        self._curve: Curve | None = None
        self._connect()

    def frame(self) -> tuple[int, int] | None:
        """The frame that the map shows, None when it shows no moment."""
        return self._playback.frame()

    def set_dataset(self, shape: Shape | None, zone: str) -> None:
        """Another dataset, or none."""
        self._shape, self._zone = shape, zone
        if shape is None:
            self._label.hide()
            return
        self._view.set_step(shape.step)
        self._view.set_period(shape.begin_ms, shape.end_ms - 1)
        self.set_label_shown(self._view.labelButton.isChecked())

    def set_curve(self, curve: Curve | None) -> None:
        """What the peak is found in."""
        self._curve = curve

    @property
    def dates(self) -> Dates:
        """The chosen dates."""
        return self._dates

    def set_dates(self, dates: Dates) -> None:
        """Play this period, and show it in the widgets and on the curve."""
        self._dates = dates
        begin, end = self.period()
        step = self._shape.step
        # The last day of a week, but the last hour of a day as it begins.
        self._view.set_dates(begin, end - min(step_ms(step), MS_PER_DAY))
        self._view.epiCurve.set_range(*(dates if dates == (None, None) else (begin, end)))
        self._playback.set_period(begin, end, step)
        self._follow()

    def period(self) -> tuple[int, int]:
        """Begin and end of the chosen dates."""
        begin, end = self._dates
        return (
            self._shape.begin_ms if begin is None else begin, self._shape.end_ms if end is None else end)

    def go_to(self, ms: int) -> None:
        self._playback.go_to(ms)

    def set_label_shown(self, shown: bool) -> bool:
        """Show the date on the map, or not; False if there is no room for it."""
        done = True
        if shown and self._shape is not None:
            done = self._label.show(self._zone, self._shape.step)
        else:
            self._label.hide()
        self._view.set_label_shown(shown and done)
        return done

    def _connect(self) -> None:
        view, playback = self._view, self._playback
        view.playButton.toggled.connect(lambda on: playback.play() if on else playback.pause())
        for button, act in (
            (view.firstButton, playback.first), (view.previousButton, playback.previous),
            (view.nextButton, playback.next), (view.lastButton, playback.last),
        ):
            button.clicked.connect(lambda _checked=False, act=act: act())
        view.loopButton.toggled.connect(playback.set_looping)
        view.speedSpin.valueChanged.connect(playback.set_speed)
        self._label.toggled.connect(view.set_label_shown)
        view.moved.connect(self._moment_wanted)
        view.positionEdit.editingFinished.connect(self._show_frame)
        view.dates_edited.connect(self._dates_typed)
        view.preset_chosen.connect(self._preset_chosen)
        view.epiCurve.range_chosen.connect(self._range_chosen)
        view.epiCurve.frame_dragged.connect(self._moment_wanted)
        playback.frame_changed.connect(self._frame_changed)
        playback.playing_changed.connect(view.set_playing)
        playback.period_changed.connect(self._follow)

    def _moment_wanted(self, ms: int) -> None:
        """Go there, and back to what is shown where that is as near as the chosen dates allow."""
        self._playback.go_to(ms)
        self._show_frame()

    def _frame_changed(self, _begin: object = None, _end: object = None) -> None:
        self._show_frame()
        self._on_frame()

    def _follow(self) -> None:
        self._view.set_playing(self._playback.is_playing)
        self._view.set_speed(self._playback.speed, self._playback.looping)
        self._show_frame()

    def _show_frame(self) -> None:
        frame = self._playback.frame()
        if frame is not None and self._shape is not None:
            self._view.set_position(frame[0])
            self._view.epiCurve.set_cursor(*frame)

    def _dates_typed(self) -> None:
        if self._shape is not None:
            self._on_dates(dates_typed(*self._view.chosen_dates(), self._shape))

    def _range_chosen(self, begin: object, end: object) -> None:
        if self._shape is None:
            return
        self._on_dates((None, None) if begin is None else limited(int(begin), int(end), self._shape))

    def _preset_chosen(self, name: str) -> None:
        if self._shape is None:
            return
        if name == "all":
            self._on_dates((None, None))
        elif name == "peak":
            self._on_dates(peak_fortnight(self._curve, self._shape) if self._curve is not None else (None, None))
        else:
            self._on_dates(last_days(int(name), self._shape))
