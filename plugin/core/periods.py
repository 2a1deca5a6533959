"""Time cut into periods: hours, days, ISO weeks or calendar months of the wall clock, or all of it in one."""
from __future__ import annotations

from enum import Enum

import numpy as np

from .arrays import Ints
from .errors import AtlasError
from .schema import MS_PER_HOUR, Step
from .steps import step_begin, step_ms

#: More periods than this are no series that a person could look through: 57 years of hours.
MOST_PERIODS = 500_000


class PeriodLength(str, Enum):
    """How long a period is; a step is as long as one of the dataset's playback."""

    STEP = "step"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    ALL = "all"


def period_edges(begin_ms: int, end_ms: int, length: PeriodLength, step: Step) -> Ints:
    """Moments at which periods begin and end: `n + 1` for `n` half-open periods.

    Periods begin at the boundaries of the wall clock (weeks on Monday, months on the first); the first one
    begins at `begin_ms` and the last one ends at `end_ms`, wherever in a period they lie.

    >>> period_edges(0, 60 * 86_400_000, PeriodLength.MONTH, Step.DAY).astype("datetime64[ms]").astype("M8[D]").tolist()
    [datetime.date(1970, 1, 1), datetime.date(1970, 2, 1), datetime.date(1970, 3, 1), datetime.date(1970, 3, 2)]
    """
    if begin_ms >= end_ms:
        raise AtlasError("FROM must lie before TO: there is no time between them.")
    count = (end_ms - begin_ms) // _shortest_ms(length, step)
    if count > MOST_PERIODS:
        raise AtlasError(
            f"That would be {count:,} periods: choose a longer PERIOD, or a FROM and TO nearer to each other.")
    inner = _boundaries(begin_ms, end_ms, length, step)
    inner = inner[(inner > begin_ms) & (inner < end_ms)]
    return np.concatenate([[begin_ms], inner, [end_ms]]).astype(np.int64)


def _shortest_ms(length: PeriodLength, step: Step) -> int:
    if length in (PeriodLength.MONTH, PeriodLength.ALL):
        return 28 * 24 * MS_PER_HOUR
    return step_ms(_step_of(length, step))


def _step_of(length: PeriodLength, step: Step) -> Step:
    return step if length == PeriodLength.STEP else Step(length.value)


def _boundaries(begin_ms: int, end_ms: int, length: PeriodLength, step: Step) -> Ints:
    if length == PeriodLength.ALL:
        return np.array([], np.int64)
    if length == PeriodLength.MONTH:
        first, last = np.array([begin_ms, end_ms]).astype("datetime64[ms]").astype("datetime64[M]")
        return np.asarray(np.arange(first, last + 1).astype("datetime64[ms]").astype(np.int64))
    own = _step_of(length, step)
    begin = step_begin(begin_ms, own)
    return np.arange(begin, end_ms, step_ms(own), dtype=np.int64)
