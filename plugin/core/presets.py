"""Periods that are asked for by name."""
from __future__ import annotations

import numpy as np

from .filters import Shape
from .schema import MS_PER_DAY
from .series import Curve
from .steps import dataset_end, step_begin, step_ms

FORTNIGHT_DAYS = 14


def dates_typed(from_ms: int, to_ms: int, shape: Shape) -> tuple[int | None, int | None]:
    """The period from the step that holds one moment to the step that holds the other, both included.

    None where it reaches the dataset's own limit. A `to` before `from` gives the one step of `from`.
    """
    return limited(step_begin(from_ms, shape.step), dataset_end(max(from_ms, to_ms), shape.step), shape)


def last_days(days: int, shape: Shape) -> tuple[int | None, int | None]:
    """The last so many days of the dataset, in whole steps."""
    return limited(step_begin(shape.end_ms - days * MS_PER_DAY, shape.step), shape.end_ms, shape)


def peak_fortnight(curve: Curve, shape: Shape) -> tuple[int | None, int | None]:
    """The 14 days with the most new cases (the first such, if there are several); all dates if nothing is known."""
    length = max(FORTNIGHT_DAYS * MS_PER_DAY // step_ms(shape.step), 1)
    new = np.nan_to_num(curve.new)
    if len(new) <= length or not np.any(new > 0):
        return None, None
    so_far = np.concatenate([[0.0], np.cumsum(new)])
    first = int(np.argmax(so_far[length:] - so_far[:-length]))
    begin = int(curve.begins[first])
    return limited(begin, begin + length * step_ms(shape.step), shape)


def limited(begin_ms: int, end_ms: int, shape: Shape) -> tuple[int | None, int | None]:
    """A period within the dataset's, None for a limit that is not narrower than the dataset's own."""
    if begin_ms >= shape.end_ms or end_ms <= shape.begin_ms:
        return None, None
    return (begin_ms if begin_ms > shape.begin_ms else None), (end_ms if end_ms < shape.end_ms else None)
