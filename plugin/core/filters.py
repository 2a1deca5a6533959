"""What the dock shows of a dataset, as one frozen value, and the rows of the layer that this means."""
from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Optional

import numpy as np

from .clauses import all_of, column, in_areas, moment, number, one_of
from .frames import Played
from .schema import Step, main_metric, step_metric
from .steps import step_begin, step_ms

if TYPE_CHECKING:
    import pandas as pd

    from .arrays import Bools

#: A province, a city, …: one value per area column of the dataset, coarsest first; None where a row has none.
Area = tuple[Optional[str], ...]


@dataclass(frozen=True)
class Shape:
    """What a filter needs to know of a dataset.

    `area_columns`: columns that say where, coarsest first (`("province", "city")`; `("place_id",)` where there is
    nothing else). `begin_ms`, `end_ms`: the period that is played, wall-clock milliseconds on step boundaries.
    `events`: rows are events, each shown in its own step; otherwise states.
    """

    area_columns: tuple[str, ...]
    metrics: tuple[str, ...]
    events: bool
    step: Step
    begin_ms: int
    end_ms: int

    @property
    def played(self) -> Played:
        """The period and its step alone, of which frames are made."""
        return Played(self.begin_ms, self.end_ms, self.step)


@dataclass(frozen=True)
class FilterState:
    """What is shown. None means: no limit.

    `metric`: a count of the layer; `new`: its change in the step instead of its total so far.
    `begin_ms`, `end_ms`: half-open, on step boundaries. `areas`, `kinds`: those shown (kind "" stands for rows
    without one). `minimum`: the least value of the column that is drawn. `hide_flagged`: leave out every row with a
    word in `flags`.
    """

    metric: str
    new: bool = False
    begin_ms: int | None = None
    end_ms: int | None = None
    areas: frozenset[Area] | None = None
    kinds: frozenset[str] | None = None
    minimum: float | None = None
    hide_flagged: bool = False


def drawn_column(state: FilterState, shape: Shape) -> str:
    """The column whose values are drawn and added up: of events their count, also as new in the step."""
    if shape.events or not state.new:
        return state.metric
    return step_metric(state.metric)


def subset_sql(state: FilterState, shape: Shape, areas: Collection[Area] = ()) -> str:
    """The rows of the layer that a state shows, as a condition for SQLite; "" if it limits nothing.

    `areas`: all areas of the dataset; with them the condition is shorter (see `clauses.in_areas`). A file's `shown_to`
    is 1 ms before the end of the interval.
    """
    return all_of([
        _areas_sql(state, shape, areas), _kinds_sql(state.kinds), _dates_sql(state, shape),
        f"{column(drawn_column(state, shape))} >= {number(state.minimum)}" if state.minimum is not None else "",
        "(\"flags\" IS NULL OR \"flags\" = '')" if state.hide_flagged else "",
    ])


def columns_of(state: FilterState, shape: Shape) -> tuple[str, ...]:
    """The columns that `subset_sql` and `selected` read."""
    reads = {
        **dict.fromkeys(shape.area_columns, state.areas is not None), "kind": state.kinds is not None,
        "shown_from": state.begin_ms is not None or state.end_ms is not None, "shown_to": state.begin_ms is not None,
        drawn_column(state, shape): state.minimum is not None, "flags": state.hide_flagged,
    }
    return tuple(name for name, is_read in reads.items() if is_read)


def _areas_sql(state: FilterState, shape: Shape, areas: Collection[Area]) -> str:
    return "" if state.areas is None else in_areas(shape.area_columns, state.areas, areas)


def _kinds_sql(kinds: frozenset[str] | None) -> str:
    if kinds is None:
        return ""
    return one_of("kind", kinds | {None} if "" in kinds else kinds)


def _dates_sql(state: FilterState, shape: Shape) -> str:
    """Totals of states: what holds in the dates; of events: what is until the end; new: what begins in the dates."""
    ends = "" if state.end_ms is None else f'+"shown_from" < {moment(state.end_ms)}'
    if state.begin_ms is None:
        return ends
    if state.new:
        return all_of([f'+"shown_from" >= {moment(state.begin_ms)}', ends])
    return ends if shape.events else all_of([ends, f'+"shown_to" >= {moment(state.begin_ms)}'])


def selected(state: FilterState, shape: Shape, states: pd.DataFrame) -> Bools:
    """The rows that `subset_sql` selects, of a table in which `shown_to` is the end of the interval itself.

    That is how `dataset.Cleaned.states` and `store.queries` give it.
    """
    keep = _in_dates(state, shape, states)
    if state.areas is not None:
        keep &= _in_areas(states, shape.area_columns, state.areas)
    if state.kinds is not None:
        keep &= _is_one_of(states["kind"], state.kinds)
    if state.minimum is not None:
        keep &= states[drawn_column(state, shape)].to_numpy(np.float64, na_value=np.nan) >= state.minimum
    if state.hide_flagged:
        keep &= _is_one_of(states["flags"], {""})
    return keep


def _in_dates(state: FilterState, shape: Shape, states: pd.DataFrame) -> Bools:
    keep = np.ones(len(states), bool)
    if state.end_ms is not None:
        keep &= states["shown_from"].to_numpy() < state.end_ms
    if state.begin_ms is not None and state.new:
        keep &= states["shown_from"].to_numpy() >= state.begin_ms
    elif state.begin_ms is not None and not shape.events:
        keep &= states["shown_to"].to_numpy() > state.begin_ms
    return keep


def _is_one_of(texts: pd.Series, words: Collection[str]) -> Bools:
    """Rows with one of these words; "" stands for no word too."""
    found: Bools = texts.isin(list(words)).to_numpy(bool)
    return found | texts.isna().to_numpy() if "" in words else found


def _in_areas(states: pd.DataFrame, columns: Sequence[str], areas: Collection[Area]) -> Bools:
    """Each area and each row as one number, its parts being digits; what no row has is digit -1."""
    import pandas as pd

    rows = np.zeros(len(states), np.int64)
    wanted = np.zeros(len(areas), np.int64)
    known = np.ones(len(areas), bool)
    for part, heading in enumerate(columns):
        code, names = pd.factorize(states[heading])
        digits: dict[str | None, int] = {None: 0, **{str(name): digit for digit, name in enumerate(names, 1)}}
        digit = np.array([digits.get(area[part], -1) for area in areas], np.int64)
        known &= digit >= 0
        rows = rows * (len(names) + 1) + code + 1
        wanted = wanted * (len(names) + 1) + digit
    found: Bools = np.isin(rows, wanted[known])
    return found


def inside_step(state: FilterState, shape: Shape) -> FilterState:
    """The state with its dates on step boundaries in the period, at least one step apart; at its ends: None."""
    length = step_ms(shape.step)
    begin = _step_of(state.begin_ms, shape, shape.begin_ms)
    # The step that holds the last millisecond is the last one.
    end = max(_step_of(None if state.end_ms is None else state.end_ms - 1, shape, shape.end_ms - 1), begin) + length
    return replace(
        state, begin_ms=begin if begin > shape.begin_ms else None, end_ms=end if end < shape.end_ms else None)


def _step_of(ms: int | None, shape: Shape, otherwise_ms: int) -> int:
    """The step of the period that holds, or is nearest to, a moment."""
    moment_ms = min(max(otherwise_ms if ms is None else ms, shape.begin_ms), shape.end_ms - 1)
    return step_begin(moment_ms, shape.step)


def clipped(
    state: FilterState, shape: Shape, areas: Collection[Area] | None = None, kinds: Collection[str] | None = None
) -> FilterState:
    """A stored state as far as it fits a dataset that may have changed; `areas`, `kinds`: all that it has, if known.

    A metric that is gone becomes the main one (without the minimum meant for it), dates outside the period, and areas
    and kinds of which none is left, no longer limit.
    """
    if state.metric not in shape.metrics:
        state = replace(state, metric=main_metric(shape.metrics), minimum=None)
    begins_after = state.begin_ms is not None and state.begin_ms >= shape.end_ms
    if begins_after or (state.end_ms is not None and state.end_ms <= shape.begin_ms):
        state = replace(state, begin_ms=None, end_ms=None)
    fitting = None if state.areas is None else {area for area in state.areas if len(area) == len(shape.area_columns)}
    return inside_step(replace(
        state, areas=_left(fitting, areas, state.areas), kinds=_left(state.kinds, kinds, state.kinds)), shape)


def _left(chosen: Collection | None, existing: Collection | None, stored: Collection | None) -> frozenset | None:
    """What is chosen and exists; None for all of it, or if nothing is left of what was stored."""
    if chosen is None:
        return None
    left = frozenset(chosen) if existing is None else frozenset(chosen).intersection(existing)
    return None if (stored and not left) or (existing and len(left) == len(set(existing))) else left
