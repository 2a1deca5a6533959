"""What a filter of the dock shows of a dataset, as an algorithm is asked to count it."""
from __future__ import annotations

from dataclasses import dataclass

from .filters import FilterState, Shape, drawn_column


@dataclass(frozen=True)
class Seen:
    """`metric`: the column that is drawn, so that a minimum and hidden flags leave out the same rows as on the map.
    `begin_ms`, `end_ms`: half-open, wall-clock ms; no begin: all that was so far. `stock`: the metric is a total known
    at a moment, which is not added up over time."""

    metric: str
    begin_ms: int | None
    end_ms: int
    stock: bool


def seen(state: FilterState, shape: Shape, plays: bool = False) -> Seen:
    """What is new is counted over the chosen dates; a total is that of their end, whichever frame is shown. `plays`:
    of a series, a map for each step: then the dates are those of the maps, also of a total.

    A change in a step stands on the last row of the step (see `states.step_changes`), and dates lie on boundaries of
    steps. So the changes of whole steps add up to the changes of the rows in the dates.

    >>> from .schema import Step
    >>> shape = Shape(("city",), ("confirmed",), False, Step.DAY, 0, 864_000_000)
    >>> seen(FilterState("confirmed", new=True, begin_ms=86_400_000), shape)
    Seen(metric='step_new_confirmed', begin_ms=86400000, end_ms=864000000, stock=False)
    >>> seen(FilterState("confirmed", begin_ms=86_400_000), shape)
    Seen(metric='confirmed', begin_ms=None, end_ms=864000000, stock=True)
    """
    begin = shape.begin_ms if state.begin_ms is None else state.begin_ms
    end = shape.end_ms if state.end_ms is None else state.end_ms
    stock = not (state.new or shape.events)
    return Seen(drawn_column(state, shape), begin if state.new or (plays and stock) else None, end, stock)
