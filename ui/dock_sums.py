"""What the dock tells of the frame: totals, curve, and a number beside each area."""
from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..plugin.bridge.dataset_session import DatasetSession
from ..plugin.bridge.metric_words import metric_words
from ..plugin.bridge.totals_text import Told, totals_html, totals_text, unit_text
from ..plugin.bridge.translation import tr
from ..plugin.core.arrays import Floats
from ..plugin.core.filters import Area, FilterState
from ..plugin.core.series import Curve, Selection, Summary
from ..plugin.core.steps import step_ms
from .area_panel import AreaPanel
from .curve_widget import CurveTexts
from .dock import AtlasDock
from .frame_texts import frame_text, frame_warning


class DockSums:
    """Shows sums of one dataset at a time; the curve is drawn anew only when other rows are summed."""

    def __init__(self, view: AtlasDock, areas: AreaPanel) -> None:
        self._view, self._areas = view, areas
        self._listed: tuple[Area, ...] = ()
        self.set_dataset(None)

    def set_dataset(self, session: DatasetSession | None) -> None:
        """Another dataset, or none: nothing is known of it yet."""
        self._session = session
        self._summary: Summary | None = None
        self._state: FilterState | None = None
        self._selection: Selection | None = None
        self._levels_warning = ""
        self.curve: Curve | None = None
        self._view.show_zone(self._zone())
        if session is None:
            self._view.epiCurve.show_curve(None, None)

    def show_tree(self, session: DatasetSession) -> None:
        """The areas that the dataset has, unless they are shown already."""
        areas = session.whole.groups.areas if session.whole is not None else ()
        if areas != self._listed:
            self._listed = areas
            names = session.place_names() if session.shape.area_columns == ("place_id",) else None
            self._areas.show_areas(areas, session.shape.area_columns, names, session.area_words())

    def show(self, summary: Summary, state: FilterState) -> None:
        """Other rows, or another metric. Minimum and dates do not choose the rows of a frame's sums: the minimum was
        answered when they were summed."""
        of_all_dates = replace(state, begin_ms=None, end_ms=None, minimum=None)
        if summary is not self._summary or of_all_dates != self._state:
            self._summary, self._state = summary, of_all_dates
            self._selection = Selection(summary, of_all_dates)
            self._levels_warning = self._told_levels()
            self._show_curve(of_all_dates)

    def wait(self) -> None:
        """The sums are being read."""
        self._summary = self._selection = None
        self._view.show_totals(tr("Adding up…"), tr("Adding up…"))

    def show_frame(self, frame: tuple[int, int] | None) -> None:
        """The sums of a frame; of the last one when the map shows no moment."""
        session, selection = self._session, self._selection
        if session is None or selection is None:
            return
        shape = session.shape
        begin, end = frame or (shape.end_ms - step_ms(shape.step), shape.end_ms)
        told = self._told(selection, end)
        self._areas.set_counts(self._counts(end))
        self._view.show_totals(totals_html(told), totals_text(told))
        text = self._frame_text(begin, end, frame is None)
        self._view.show_frame(text, warns=frame is None or "\n" in text)

    def _told(self, selection: Selection, end_ms: int) -> Told:
        session = self._session
        return Told(selection.totals(end_ms), session.state, session.shape, session.description.named_zone, end_ms,
                    session.description.totals_level, self._areas_shown(), silent=selection.is_silent(end_ms))

    def _counts(self, end_ms: int) -> Floats:
        """A number for each area of the tree, which may list more of them than the sums."""
        counts, summed = self._selection.area_counts(end_ms), self._summary.groups.areas
        if summed == self._listed:
            return counts
        by_area = dict(zip(summed, counts.tolist()))
        return np.array([by_area.get(area, np.nan) for area in self._listed])

    def _areas_shown(self) -> tuple[int, int] | None:
        areas = self._session.state.areas
        return None if areas is None else (len(areas), len(self._listed))

    def _frame_text(self, begin: int, end: int, all_times: bool) -> str:
        shape = self._session.shape
        if all_times:
            return tr("The map shows all times at once, every count of a place on top of the one before: press Play.")
        warnings = frame_warning(begin, end, self._session.state, shape), self._levels_warning, self._time_warning()
        return "\n".join(one for one in (frame_text(begin, end, shape), *warnings) if one)

    def _time_warning(self) -> str:
        return "" if self._session.filter.is_on_time else tr(
            "The layer's temporal settings were changed, so the map may show other rows: press Reset.")

    def _told_levels(self) -> str:
        session = self._session
        if not session.mixes_levels():
            return ""
        return tr("The layer's own filter shows several levels, drawn over each other: the sums are of {level} only.") \
            .format(level=unit_text(session.description.totals_level))

    def _show_curve(self, state: FilterState) -> None:
        shape, words = self._session.shape, metric_words(state.metric)
        self.curve = self._selection.curve(shape.begin_ms, shape.end_ms)
        self._areas.set_metric(tr("new {metric}").format(metric=words) if state.new else words)
        self._view.epiCurve.show_curve(self.curve, CurveTexts(metric=words, zone=self._session.description.named_zone))
        self._view.reserve_totals(totals_html(self._told(self._selection, shape.end_ms)))

    def _zone(self) -> str:
        zone = self._session.description.named_zone if self._session is not None else ""
        return tr("Times are those of {zone}").format(zone=zone) if zone else tr("Times are as written in the data")
