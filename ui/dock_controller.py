"""Lets the dock act: which dataset it shows, what is filtered and drawn, and what is told of it."""
from __future__ import annotations

import time
from functools import partial

from qgis.core import QgsMapLayer
from qgis.PyQt.QtCore import QObject, QTimer, pyqtSignal

from ..plugin.bridge.dataset_session import DatasetSession, SumsRead
from ..plugin.bridge.map_view import drawing_stopped, show_areas, width_m
from ..plugin.bridge.playback import Playback
from ..plugin.bridge.translation import tr
from ..plugin.core.errors import AtlasError
from ..plugin.core.filters import FilterState
from ..plugin.core.handy_sizes import heat_radius_m
from .area_panel import AreaPanel
from .dock import AtlasDock
from .dock_choices import DockChoices
from .dock_sessions import DockSessions
from .dock_sums import DockSums
from .dock_surroundings import Surroundings
from .dock_time import Dates, DockTime
from .dock_views import DockViews
from .panel_help import show_panel_help

#: Edits that follow each other within the first time are gathered for the second: the turns of a wheel, the drag of a
#: brush. One by itself is followed at once.
_REST_S, _DEBOUNCE_MS = 0.2, 15
#: The map begins to draw in the next turn of the event loop; sums are told while it does, in another thread.
_TELL_AFTER_MS = 3


class DockController(QObject):
    """Connects the dock with the datasets of a project; `close` undoes all of it."""

    #: The project has a dataset.
    found = pyqtSignal()
    #: Another dataset is shown, or none.
    opened = pyqtSignal()

    def __init__(self, view: AtlasDock, around: Surroundings) -> None:
        super().__init__()
        self._view, self._around = view, around
        self._now: DatasetSession | None = None
        self._missed = ""  # the dataset that the user went to while nobody saw the dock
        self._sessions = DockSessions(around.project, self)
        self._playback = Playback(around.canvas, around.project, self)
        self._time = DockTime(view, self._playback, around.label, self._dates_chosen, self._frame_changed)
        self._areas = AreaPanel(view.cityTree, view.citySearch, view.searchLayout)
        self._sums = DockSums(view, self._areas)
        self._choices = DockChoices(view, self._areas, self._time, self._sums)
        self._views = DockViews(
            view.viewsMenu, view, around.project, around.canvas, self._show_choices, self._position)
        self._soon, self._telling = _timer(self, _DEBOUNCE_MS), _timer(self, _TELL_AFTER_MS)
        self._edited_at = 0.0
        self._is_closed = False
        self._connect()
        self._show_datasets()

    @property
    def session(self) -> DatasetSession | None:
        """The dataset that is shown."""
        return self._now

    @property
    def is_waiting(self) -> bool:
        """Whether something was chosen that is not told yet."""
        timers = (self._soon, self._telling)
        return any(one.isActive() for one in timers) or self._around.sums.is_busy or self._around.heat.is_busy

    def settled_session(self) -> DatasetSession | None:
        """The dataset that is shown, filtered by all that was chosen until now."""
        if self._soon.isActive():
            self._soon.stop()
            self.apply()
            self._remember()
        return self._now

    def map_radius_m(self) -> float:
        """The radius of heat that fits what the map shows; 0 where none does."""
        width = width_m(self._around.canvas, self._around.project)
        return heat_radius_m(width) if width is not None else 0.0

    def close(self) -> None:
        """Everything as it was: filters, label, connections."""
        if self._is_closed:
            return
        self._is_closed = True
        for latest in (self._around.sums, self._around.heat):
            latest.drop()
        self._soon.stop()
        self._telling.stop()
        self._around.canvas.scaleChanged.disconnect(self._follow_scale)
        self._sessions.close()
        self._now = None
        self._areas.close()
        self._playback.close()
        self._around.label.close()

    def _connect(self) -> None:
        view = self._view
        self._soon.timeout.connect(self.apply)
        self._telling.timeout.connect(self._tell)
        self._sessions.changed.connect(self._show_datasets)
        self._sessions.leaving.connect(self._leave)
        self._sessions.rewritten.connect(self._rewritten)
        self._sessions.own_filter.connect(self._own_filter_changed)
        self._sessions.time_set.connect(lambda session: self._telling.start() if session is self._now else None)
        around = self._around
        around.canvas.scaleChanged.connect(self._follow_scale)
        view.dataset_chosen.connect(self._choose)
        view.edited.connect(self._edited)
        self._areas.changed.connect(self._edited)
        self._areas.zoom_wanted.connect(self._zoom)
        view.step_chosen.connect(self._step_chosen)
        self._playback.playing_changed.connect(self._playing_changed)
        view.epiCurve.failed.connect(around.messages.error)
        view.label_toggled.connect(self._label_toggled)
        view.resetButton.clicked.connect(lambda _checked=False: self.reset())
        view.helpButton.clicked.connect(lambda _checked=False: show_panel_help(view))
        view.shown.connect(self._shown)

    # -- which dataset

    def follow(self, layer: QgsMapLayer | None) -> None:
        """The user works with another layer: if it is a dataset, show it."""
        layer_id = layer.id() if layer is not None else ""
        if layer_id not in dict(self._sessions.names()):
            return
        self._missed = "" if self._view.isUserVisible() else layer_id
        if layer_id != self._now_id():
            self._choose(layer_id)
            self._show_datasets()

    def _shown(self, shown: bool) -> None:
        """Catch up with what happened while nobody saw the dock."""
        if shown:
            missed, self._missed = self._missed, ""
            if missed != self._now_id() and missed in dict(self._sessions.names()):
                self._choose(missed)
            self._show_datasets()
            self._frame_changed()

    def _show_datasets(self) -> None:
        if self._around.missing:
            self._view.show_datasets([], "")
            self._view.show_empty(self._around.missing, offers=False)
            return
        names = self._sessions.names()
        there = [layer_id for layer_id, _name in names]
        now = self._now_id()
        chosen = now if now in there else there[0] if there else ""
        self._view.show_datasets(names, chosen)
        if names:
            self.found.emit()
        if not chosen:
            self._show_nothing(tr("No dataset is open."), offers=True)
        elif chosen != now or self._now is None:
            self._choose(chosen)

    def _now_id(self) -> str:
        return self._view.datasetCombo.currentData() or "" if self._now is None else self._now.layer_id

    def _choose(self, layer_id: str) -> None:
        if not self._view.isUserVisible() or not layer_id or self._around.missing:
            return
        try:
            self._now = self._sessions.open(layer_id)
        except AtlasError as error:
            self._show_nothing(error.message, offers=False)
            return
        self._open()

    def _show_nothing(self, sentence: str, offers: bool) -> None:
        self._now = None
        self._sums.set_dataset(None)
        self._time.set_dataset(None, "")
        self._view.show_empty(sentence, offers)
        self.opened.emit()

    def _open(self) -> None:
        """Show a dataset in all parts of the dock."""
        session = self._now
        self._time.set_dataset(session.shape, session.description.zone)
        self._sums.set_dataset(session)
        self._views.set_dataset(session)
        self._view.show_data()
        recalled = session.recall()
        self._show_choices(recalled.state, recalled.heat, recalled.position_ms)
        self._time.set_label_shown(recalled.date_label)
        self.opened.emit()

    def _leave(self, layer_ids: list[str]) -> None:
        if self._now is not None and self._now.layer_id in layer_ids:
            self._show_nothing(tr("No dataset is open."), offers=True)

    def _rewritten(self, session: DatasetSession) -> None:
        """Rows of a file have changed: read it again."""
        try:
            session.read()
        except AtlasError as error:
            self._sessions.forget(session.layer_id)  # half read
            if session is self._now:
                self._show_nothing(error.message, offers=False)
                self._choose(session.layer_id)  # in vain, but its columns are waited for
            return
        if session is self._now:
            self._open()

    def _own_filter_changed(self, session: DatasetSession, ours_stands: bool) -> None:
        """Count within the user's own filter; if he removed what the dock filtered by, let the dock show that."""
        session.own_filter_changed()
        if session is not self._now:
            return
        if ours_stands:
            self._tell()
        else:
            self._show_choices(FilterState(session.state.metric, session.state.new), session.heat, None)

    # -- what is chosen

    def _edited(self) -> None:
        now = time.monotonic()
        self._soon.start(0 if now - self._edited_at > _REST_S else _DEBOUNCE_MS)
        self._edited_at = now

    def apply(self) -> None:
        """Let layer, map and sums follow the choices."""
        session = self._now
        if session is None:
            return
        state, heat = self._choices.state(session), self._view.heatButton.isChecked()
        drawn = (state.metric, state.new, heat) == (session.state.metric, session.state.new, session.heat)
        if not drawn and heat and self._waits_for_heat(session, state):
            return
        try:
            with drawing_stopped(self._around.canvas):
                session.apply(state)
        except AtlasError as error:
            self._failed(error)
            self._choices.show(session, session.state, session.heat)
            return
        if not drawn and session.whole is not None:
            session.draw(heat, self._around.canvas.scale())
        self._telling.start()

    def _waits_for_heat(self, session: DatasetSession, state: FilterState) -> bool:
        """The maximum of heat is found first, in the background."""
        if session.whole is None or session.knows_heat(state):
            return False
        self._around.heat.ask(
            partial(session.find_heat, state, session.whole), partial(self._heat_found, session),
            partial(self._heat_failed, session))
        return True

    def reset(self) -> None:
        """Everything, by the main metric, frame by frame."""
        if self._now is not None:
            position = self._position()
            self._show_choices(
                self._now.default_state(), False, self._now.shape.begin_ms if position is None else position)

    def _show_choices(self, state: FilterState, heat: bool, position_ms: int | None) -> None:
        """Put a state into all widgets, and apply it."""
        self._choices.show(self._now, state, heat)
        if position_ms is not None:
            self._time.go_to(position_ms)
        self.apply()

    def _dates_chosen(self, dates: Dates) -> None:
        self._time.set_dates(dates)
        self._edited()

    def _heat_found(self, session: DatasetSession, found: tuple) -> None:
        session.keep_heat(*found)
        if session is self._now:
            self.apply()

    def _heat_failed(self, session: DatasetSession, error: AtlasError) -> None:
        self._failed(error)
        if session is self._now:
            self._choices.show(session, session.state, session.heat)

    def _follow_scale(self, scale: float) -> None:
        if self._now is not None and self._now.heat:
            self._now.follow_scale(scale)

    # -- what is told

    def _tell(self) -> None:
        session = self._now
        if session is None:
            return
        summary = session.sums(session.state)
        if summary is None:
            self._sums.wait()
            self._around.sums.ask(
                partial(session.read_sums, session.state, session.filter.own_subset),
                partial(self._sums_read, session), self._failed)
            return
        self._around.sums.drop()
        self._sums.show(summary, session.state)
        self._time.set_curve(self._sums.curve)
        self._frame_changed()

    def _label_toggled(self, shown: bool) -> None:
        if not self._time.set_label_shown(shown):
            self._around.messages.info(tr(
                "The date has no place on the map: both of QGIS's labels, View › Decorations › Title Label and "
                "Copyright Label, hold texts of your own. Empty one of them."))
        self._remember()

    def _playing_changed(self, playing: bool) -> None:
        if playing:
            self._around.messages.make_way()
        else:
            self._remember()

    def _remember(self) -> None:
        if self._now is not None and self._view.isUserVisible():
            self._now.remember(self._position(), self._view.labelButton.isChecked())

    def _sums_read(self, session: DatasetSession, found: SumsRead) -> None:
        was_stale, is_shown = session.whole is None, session is self._now
        # What was chosen a moment ago may not be applied yet.
        chosen = self._choices.state(session) if is_shown else session.state
        session.keep_sums(found)
        if not is_shown:
            return
        if was_stale and session.whole is not None:  # areas, kinds and classes are known only now
            self._show_choices(session.fitting(chosen), self._view.heatButton.isChecked(), None)
        else:
            self._tell()

    def _frame_changed(self) -> None:
        session = self._now
        if session is None or not self._view.isUserVisible():
            return
        self._sums.show_frame(self._time.frame())
        if not self._playback.is_playing:
            self._remember()

    def _position(self) -> int | None:
        frame = self._time.frame()
        return frame[0] if frame is not None else None

    # -- what else a person may want

    def _zoom(self, areas: frozenset) -> None:
        session, around = self._now, self._around
        if session is None:
            return
        try:
            show_areas(around.canvas, around.project, session.path, session.shape, areas)
        except AtlasError as error:
            self._failed(error)

    def _step_chosen(self, step: str) -> None:
        if self._now is not None and step != str(self._now.shape.step):
            self._view.set_step(self._now.shape.step)  # until the file has changed
            done = partial(self._step_changed, self._now, self._position())
            self._around.change_step(self._now.layer_id, step, done)

    def _step_changed(self, session: DatasetSession, position_ms: int | None) -> None:
        """Stay at the moment that was shown."""
        self._rewritten(session)
        if session is self._now and position_ms is not None:
            self._time.go_to(position_ms)

    def _failed(self, error: AtlasError) -> None:
        self._around.messages.error(error.message, error.details)


def _timer(parent: QObject, interval_ms: int) -> QTimer:
    timer = QTimer(parent)
    timer.setSingleShot(True)
    timer.setInterval(interval_ms)
    return timer
