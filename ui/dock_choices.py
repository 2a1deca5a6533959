"""What is chosen in the dock's widgets as one frozen state, and a state put into the widgets."""
from __future__ import annotations

from ..plugin.bridge.dataset_session import DatasetSession
from ..plugin.bridge.translation import tr
from ..plugin.core.filters import FilterState
from .area_panel import AreaPanel
from .dock import AtlasDock
from .dock_sums import DockSums
from .dock_time import DockTime
from .metric_texts import entries, entry_of


class DockChoices:
    """The widgets of a dataset's filter, those of areas and dates included."""

    def __init__(self, view: AtlasDock, areas: AreaPanel, time: DockTime, sums: DockSums) -> None:
        self._view, self._areas, self._time, self._sums = view, areas, time, sums

    def state(self, session: DatasetSession) -> FilterState:
        """What the widgets say."""
        view = self._view
        entry = next(one for one in entries(session.shape) if one.data == view.chosen_metric())
        # Which areas and kinds there are is not known while sums are read for the first time.
        areas, kinds = (session.state.areas, session.state.kinds) if session.whole is None else (
            self._areas.checked(), view.chosen_kinds())
        return FilterState(
            entry.metric, entry.new, *self._time.dates, areas=areas, kinds=kinds,
            minimum=view.chosen_minimum(), hide_flagged=view.flaggedCheck.isChecked())

    def show(self, session: DatasetSession, state: FilterState, heat: bool) -> None:
        """Let all widgets say this; nothing is announced."""
        view = self._view
        view.show_metrics(entries(session.shape), entry_of(state))
        view.set_heat(heat)
        view.show_kinds([(kind, kind or tr("(no kind)")) for kind in session.kinds()], state.kinds)
        view.set_limits(state.minimum, state.hide_flagged, session.decimals(state))
        self._sums.show_tree(session)
        self._areas.set_checked(state.areas)
        self._time.set_dates((state.begin_ms, state.end_ms))
