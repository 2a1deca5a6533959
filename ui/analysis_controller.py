"""What stands behind Cluster what I see and Heatmap of what I see: the dialogs, what they remember, the start."""
from __future__ import annotations

from functools import partial

from qgis.PyQt.QtWidgets import QDialog

from ..plugin.bridge.analysis_choices import (
    HEAT,
    SERIES,
    ClusterChoices,
    HeatChoices,
    fitting_distance,
    kilometres,
    recall_choices,
    remember_choices,
)
from ..plugin.bridge.dataset_session import DatasetSession
from ..plugin.bridge.filtering import is_plain
from ..plugin.bridge.messages import Messages
from ..plugin.bridge.translation import tr
from ..plugin.core.handy_sizes import across_m
from ..plugin.core.seen import seen
from ..plugin.core.steps import step_ms
from ..plugin.store.areas import bounds_of
from .analyses import Analyses, Question
from .analysis_texts import Counted, counted_text, no_time_reason, radius_text
from .cluster_dialog import ClusterDialog
from .distance_search import DistanceSearch
from .dock import AtlasDock
from .dock_controller import DockController
from .heat_dialog import HeatDialog
from .panel_help import show_algorithm_help


class AnalysisController:
    """Offers the analyses while the dock shows a dataset."""

    def __init__(self, view: AtlasDock, dock: DockController, messages: Messages, analyses: Analyses) -> None:
        self._view, self._dock, self._messages, self._analyses = view, dock, messages, analyses
        self._dialog: ClusterDialog | HeatDialog | None = None
        self._search: DistanceSearch | None = None
        view.clusterButton.clicked.connect(self._cluster_wanted)
        view.heatmapButton.clicked.connect(self._heat_wanted)
        dock.opened.connect(self._offer)
        self._offer()

    def close(self) -> None:
        """Close what is open; the dock is followed no longer."""
        self._view.clusterButton.clicked.disconnect(self._cluster_wanted)
        self._view.heatmapButton.clicked.disconnect(self._heat_wanted)
        self._dock.opened.disconnect(self._offer)
        self._forget_dialog()

    def _offer(self) -> None:
        session = self._dock.session
        if session is None:
            self._forget_dialog()
            self._view.offer_analyses(tr("Open a dataset first."))
        else:
            self._view.offer_analyses("" if session.description.located else tr(
                "No place of this dataset has a location."))

    def _cluster_wanted(self, _checked: bool = False) -> None:
        session = self._dock.settled_session()
        if session is None:
            return
        self._forget_dialog()
        dialog = self._dialog = ClusterDialog(self._view)
        asked = _question(session, plays=False)
        dialog.offer_time(no_time_reason() if asked.seen.stock else "")
        dialog.set_choices(fitting_distance(recall_choices(ClusterChoices()), _extent_km(session)))
        dialog.show_counted(counted_text(_counted(session, plays=False)))
        self._search = DistanceSearch(dialog, self._analyses, asked)
        dialog.help_wanted.connect(lambda: show_algorithm_help(dialog, f"outbreakatlas:{dialog.choices().method}"))
        dialog.finished.connect(partial(self._finish_clusters, asked))
        dialog.open()

    def _heat_wanted(self, _checked: bool = False) -> None:
        session = self._dock.settled_session()
        if session is None:
            return
        self._forget_dialog()
        dialog = self._dialog = HeatDialog(
            session.shape.step, session.state.new, kilometres(self._dock.map_radius_m()), self._view)
        dialog.set_choices(recall_choices(HeatChoices()))
        texts = {plays: counted_text(_counted(session, plays), plays) for plays in (False, True)}
        questions = {plays: _question(session, plays) for plays in (False, True)}
        dialog.edited.connect(lambda: _show_sentence(dialog, texts))
        _show_sentence(dialog, texts)
        dialog.help_wanted.connect(lambda: show_algorithm_help(dialog, SERIES if dialog.choices().plays else HEAT))
        dialog.finished.connect(partial(self._finish_heat, questions))
        dialog.open()

    def _finish_clusters(self, asked: Question, code: int) -> None:
        if code == QDialog.DialogCode.Accepted and self._dialog is not None:
            choices = self._dialog.choices()
            remember_choices(choices)
            self._analyses.cluster(asked, choices)
        self._forget_dialog()

    def _finish_heat(self, questions: dict[bool, Question], code: int) -> None:
        if code == QDialog.DialogCode.Accepted and self._dialog is not None:
            choices = self._dialog.choices()
            remember_choices(self._dialog.lasting_choices())
            self._analyses.heat(questions[choices.plays], choices)
        self._forget_dialog()

    def _forget_dialog(self) -> None:
        dialog, self._dialog = self._dialog, None
        search, self._search = self._search, None
        if search is not None:
            search.close()
        if dialog is not None:
            dialog.deleteLater()


def _show_sentence(dialog: HeatDialog, texts: dict[bool, str]) -> None:
    choices = dialog.choices()
    dialog.show_counted(f"{texts[choices.plays]} {radius_text(choices.radius_km, dialog.fits_map())}".rstrip())


def _extent_km(session: DatasetSession) -> float | None:
    """How far the places in the filter are apart at most; None where that is not known."""
    if session.whole is None:
        return None
    areas = session.whole.groups.areas if session.state.areas is None else session.state.areas
    box = bounds_of(session.path, session.shape.area_columns, areas)
    return kilometres(across_m(box.west, box.south, box.east, box.north)) if box is not None else None


def _question(session: DatasetSession, plays: bool) -> Question:
    state, shape = session.state, session.shape
    asked = seen(state, shape, plays)
    steps = None if state.new else (asked.end_ms - shape.begin_ms) // step_ms(shape.step)
    return Question(session.layer_id, session.layer.name(), asked, steps)


def _counted(session: DatasetSession, plays: bool) -> Counted:
    state, whole = session.state, session.whole
    areas = None if state.areas is None or whole is None else (len(state.areas), len(whole.groups.areas))
    return Counted(state, session.shape, seen(state, session.shape, plays), areas,
                   not is_plain(session.filter.own_subset, session.description))
