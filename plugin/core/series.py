"""A dataset summed by area, kind and playback step: what curve, totals and tree of the dock are computed from.

Sums are kept as changes: what begins to be drawn in a step counts in, what is no longer drawn counts out. So a
dataset of any number of rows needs as many cells as groups of rows change in a step.
"""
from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

import numpy as np

from .arrays import Bools, Floats, Ints
from .filters import Area, FilterState
from .schema import JUMP_LEAST, MS_PER_DAY, Step
from .steps import floor_to_step, step_begin, step_ms
from .stepsums import AreaSums, ListedSums, MetricSums

#: How many steps the mean of a curve is of: a step and those before it.
MEAN_STEPS = 7


@dataclass(frozen=True)
class Groups:
    """Rows that no filter of areas, kinds and flags tells apart: G groups.

    `area`, `kind` index `areas`, `kinds` ("" for rows without one); `flagged`: rows with a word in `flags`;
    `located`: rows with a point.
    """

    areas: tuple[Area, ...]
    kinds: tuple[str, ...]
    area: Ints
    kind: Ints
    flagged: Bools
    located: Bools


@dataclass(frozen=True)
class Cells:
    """Changes of one metric: n cells sorted by `step` (wall-clock ms at which the step begins), then `group`.

    `total`, `known`: change of the sum of drawn values and of the number of drawn rows that know the metric.
    `new`, `new_known`: sum of the changes in the step (column `step_new_…`; of events their counts) and how many rows
    know it. `fallen`: the part of `new` that is negative.
    """

    step: Ints
    group: Ints
    total: Floats
    known: Ints
    new: Floats
    new_known: Ints
    fallen: Floats


@dataclass(frozen=True)
class Listed:
    """As `Cells`, of what has no metric: `places`: change of the number of drawn rows (of events: how many there are);
    `jumps`: how many rows that begin in the step are flagged as a jump."""

    step: Ints
    group: Ints
    places: Ints
    jumps: Ints


@dataclass(frozen=True)
class Summary:
    """A dataset's sums. `limits`: least and greatest value of each column that can be drawn (metrics and their
    `step_new_…`), columns without any value left out. `reported_hours`: wall-clock ms of the hours in which the
    source has a report. Only rows on the dataset's level of totals are in it. `area_columns`: what the values of an
    area are of. `begin_ms`: the step with which playing begins; None: the first that there is."""

    step: Step
    events: bool
    groups: Groups
    cells: Mapping[str, Cells]
    listed: Listed
    limits: Mapping[str, tuple[float, float]]
    reported_hours: Ints
    area_columns: tuple[str, ...] = ()
    begin_ms: int | None = None


@dataclass(frozen=True)
class Curve:
    """A metric over the n steps of a period, `begins` in wall-clock ms; NaN where nothing is known.

    `total`: as known at the end of the step; `new`: change in the step; `mean`: 7-step mean of `new`, centred on
    nothing: of the step and the six before it; `gap`: the source has no report in the step; `jump`: a row flagged as a
    jump begins, and the metric rises by as much as one; `fallen`: the negative part of `new` (0 or less), a revision.
    """

    step: Step
    begins: Ints
    total: Floats
    new: Floats
    mean: Floats
    gap: Bools
    jump: Bools
    fallen: Floats


@dataclass(frozen=True)
class MetricTotal:
    """A metric in one frame: sums over the filtered rows drawn in it (NaN: nothing known).

    `known` of the `places` listed know it; `unlocated`, `new_unlocated`: the part in rows without a point;
    `new_in_part`: what is new is not known of places that are first counted in the step.
    """

    metric: str
    total: float
    new: float
    known: int
    places: int
    unlocated: float
    new_unlocated: float
    new_in_part: bool = False


def curve(summary: Summary, state: FilterState, begin_ms: int, end_ms: int) -> Curve:
    """The metric of a filter over the steps of a period (see `Selection.curve`)."""
    return Selection(summary, state).curve(begin_ms, end_ms)


def totals(summary: Summary, state: FilterState, frame_end_ms: int) -> tuple[MetricTotal, ...]:
    """All metrics in one frame (see `Selection.totals`)."""
    return Selection(summary, state).totals(frame_end_ms)


def area_counts(summary: Summary, state: FilterState, frame_end_ms: int) -> Floats:
    """The drawn column by area in one frame (see `Selection.area_counts`)."""
    return Selection(summary, state).area_counts(frame_end_ms)


class Selection:
    """A dataset's sums under one filter. What a filter costs is paid once, so that many frames can be asked for.

    A frame is named by the moment at which it ends; what is new in it is new in its last step. Of states: outside
    the filter's dates nothing is drawn, and where nothing began while something known went on, nothing is new: 0. Of
    events: the dates' begin does not cut a total so far, and where none happened there are 0. `minimum` is not told by
    sums: for a filter that has one, give a summary of the rows that pass, and the filter without it.
    """

    def __init__(self, summary: Summary, state: FilterState) -> None:
        if state.minimum is not None:
            raise ValueError("sums do not tell which rows reach a minimum: sum the rows that do")
        self._summary, self._state = summary, state
        self._alike = _alike(summary.groups, state)  # all but the areas
        self._groups = self._alike & _in_areas(summary.groups, state)
        self._listed = ListedSums(summary.listed, self._groups)
        self._series: dict[str, MetricSums] = {}
        self._by_area: AreaSums | None = None

    @property
    def summary(self) -> Summary:
        return self._summary

    @property
    def state(self) -> FilterState:
        return self._state

    def within(self, areas: Collection[Area]) -> Selection:
        """The same sums in these areas only."""
        return Selection(self._summary, replace(self._state, areas=frozenset(areas)))

    def curve(self, begin_ms: int, end_ms: int) -> Curve:
        """All steps of a period, also those outside the filter's dates; sums from before it are in its totals."""
        summary, length = self._summary, step_ms(self._summary.step)
        begin = step_begin(begin_ms, summary.step)
        earliest = self._first_step(begin)
        early = min(MEAN_STEPS - 1, max(0, (begin - earliest) // length))
        begins = np.arange(begin - early * length, end_ms, length, dtype=np.int64)
        total, new, fallen = self._of(self._state.metric).over(begins, self._listed, summary.events)
        # Flags are of whole rows: one whose other metric jumped is no jump of this one, which rises by less. Within
        # an hour less than a day's rise is enough.
        least = JUMP_LEAST if length >= MS_PER_DAY else 1
        jump = (self._listed.jumps_in(begins) > 0) & (np.nan_to_num(new) - fallen >= least)
        shown = slice(early, None)
        return Curve(
            summary.step, begins[shown], total[shown], new[shown], _mean(new)[shown], self._gaps(begins[shown]),
            jump[shown], fallen[shown])

    def totals(self, frame_end_ms: int) -> tuple[MetricTotal, ...]:
        """All metrics in the frame that ends at a moment, in their order."""
        step = self._frame(frame_end_ms)
        return tuple(self._total(metric, step) for metric in self._summary.cells)

    def is_silent(self, frame_end_ms: int) -> bool:
        """Whether the source has no report at all in a frame; never of events."""
        return bool(self._gaps(np.array([self._frame(frame_end_ms)], np.int64))[0])

    def new_in_part(self, begins: Ints) -> Bools:
        """The steps in which what is new is not known of places that are first counted in them."""
        return self._of(self._state.metric).unknown_new(begins) > 0

    def area_counts(self, frame_end_ms: int) -> Floats:
        """One value an area (`summary.groups.areas`) of the column that is drawn, NaN where unknown. The filter's
        areas do not limit it: what is not ticked has a count as well."""
        if self._by_area is None:
            self._by_area = AreaSums(self._summary, self._state.metric, self._alike)
        step = self._frame(frame_end_ms)
        if self._state.new:
            return self._by_area.new(step) if self._is_shown(step) else self._by_area.nothing()
        if self._summary.events:
            return self._by_area.total(self._at_most(step))
        return self._by_area.total(step) if self._is_shown(step) else self._by_area.nothing()

    def _total(self, metric: str, step: int) -> MetricTotal:
        series, events = self._of(metric), self._summary.events
        shown = self._is_shown(step)
        if not shown and (not events or self._state.new):
            return MetricTotal(metric, np.nan, np.nan, 0, 0, np.nan, np.nan)
        at = np.array([self._at_most(step) if events else step], np.int64)
        (total,), (new,), _ = series.over(at, self._listed, events)
        new = new if shown else np.nan
        unlocated, new_unlocated = series.unlocated(int(at[0]))
        only = events and self._state.new
        known, places = (series.known_new(step), self._listed.begun(step)) if only else (
            series.known(int(at[0])), self._listed.places(int(at[0])))
        return MetricTotal(
            metric, float(total), float(new), known, places, np.nan if np.isnan(total) else unlocated,
            np.nan if np.isnan(new) else new_unlocated, bool(series.unknown_new(at)[0]))

    def _of(self, metric: str) -> MetricSums:
        if metric not in self._series:
            unlocated = self._groups & ~self._summary.groups.located
            self._series[metric] = MetricSums(self._summary.cells[metric], self._groups, unlocated)
        return self._series[metric]

    def _frame(self, frame_end_ms: int) -> int:
        return step_begin(frame_end_ms - 1, self._summary.step)

    def _is_shown(self, step: int) -> bool:
        begin, end = self._state.begin_ms, self._state.end_ms
        return (begin is None or step >= begin) and (end is None or step < end)

    def _at_most(self, step: int) -> int:
        """The step, or the last one before the end of the filter's dates."""
        end = self._state.end_ms
        return step if end is None else min(step, step_begin(end - 1, self._summary.step))

    def _first_step(self, begin: int) -> int:
        if self._summary.begin_ms is not None:
            return self._summary.begin_ms
        steps = self._summary.listed.step
        return int(steps[0]) if len(steps) else begin

    def _gaps(self, begins: Ints) -> Bools:
        """Steps without any report; where events are counted, a step without one is none."""
        if self._summary.events:
            return np.zeros(len(begins), bool)
        return ~np.isin(begins, floor_to_step(self._summary.reported_hours, self._summary.step))


def _alike(groups: Groups, state: FilterState) -> Bools:
    """Groups that a filter lets through, whatever area they are of."""
    kept = np.ones(len(groups.area), bool)
    if state.kinds is not None:
        kept &= np.array([kind in state.kinds for kind in groups.kinds], bool)[groups.kind]
    return kept & ~groups.flagged if state.hide_flagged else kept


def _in_areas(groups: Groups, state: FilterState) -> Bools:
    """Groups of a filter's areas."""
    if state.areas is None:
        return np.ones(len(groups.area), bool)
    return np.array([area in state.areas for area in groups.areas], bool)[groups.area]


def _mean(new: Floats) -> Floats:
    """The mean of the known values of each step and the six before it.

    >>> _mean(np.array([7.0, np.nan, 1.0])).tolist()
    [7.0, 7.0, 4.0]
    """
    padded = np.append(np.full(MEAN_STEPS - 1, np.nan), new)
    windows = np.lib.stride_tricks.sliding_window_view(padded, MEAN_STEPS)
    known = np.sum(~np.isnan(windows), axis=1)
    total = np.nansum(windows, axis=1)
    return np.asarray(np.divide(total, known, out=np.full(len(new), np.nan), where=known > 0))
