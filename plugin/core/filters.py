"""What the dock shows of a dataset, as one frozen value, and the rows of the layer that this means."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

from .schema import Step, step_metric

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
