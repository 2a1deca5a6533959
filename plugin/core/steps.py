"""Playback steps: moments snapped to hours, days or ISO weeks of the wall clock."""
from __future__ import annotations

from .arrays import Ints
from .schema import MS_PER_DAY, MS_PER_HOUR, Step

_LENGTH_MS = {Step.HOUR: MS_PER_HOUR, Step.DAY: MS_PER_DAY, Step.WEEK: 7 * MS_PER_DAY}
#: 1970-01-05, the first Monday after the epoch: ISO 8601 weeks start there.
_ORIGIN_MS = {Step.HOUR: 0, Step.DAY: 0, Step.WEEK: 4 * MS_PER_DAY}


def step_ms(step: Step) -> int:
    """Length of a step in milliseconds (the wall clock has no leap seconds or clock changes)."""
    return _LENGTH_MS[step]


def floor_to_step(ms: Ints, step: Step) -> Ints:
    """The start of the step that each moment lies in.

    >>> import numpy as np
    >>> floor_to_step(np.array([90_000_000]), Step.DAY).tolist()
    [86400000]
    """
    length, origin = _LENGTH_MS[step], _ORIGIN_MS[step]
    return (ms - origin) // length * length + origin


def step_begin(ms: int, step: Step) -> int:
    """The start of the step that one moment lies in.

    >>> step_begin(90_000_000, Step.DAY)
    86400000
    """
    length, origin = _LENGTH_MS[step], _ORIGIN_MS[step]
    return (int(ms) - origin) // length * length + origin


def played_period(first_ms: int, last_ms: int, step: Step) -> tuple[int, int]:
    """Begin and end of what is played: the whole steps from the first to the last report of a span."""
    return step_begin(first_ms, step), dataset_end(last_ms, step)


def dataset_end(last_ms: int, step: Step) -> int:
    """The first step boundary after the last report.

    >>> dataset_end(0, Step.DAY)
    86400000
    """
    return step_begin(last_ms, step) + _LENGTH_MS[step]


def shown_interval(valid_from: Ints, valid_to: Ints, step: Step) -> tuple[Ints, Ints]:
    """The interval in which a state is drawn: both ends moved to the start of their step.

    A state is first drawn in the step in which it was reported, and no longer drawn from the
    step on in which it is replaced; one that is replaced within its own step gets an empty
    interval. `valid_to` of the last states is a step boundary already.
    """
    return floor_to_step(valid_from, step), floor_to_step(valid_to, step)
