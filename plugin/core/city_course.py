"""An area's count over a dataset, from the dataset's sums."""
from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from .filters import Area, FilterState
from .key_dates import Course
from .series import Selection, Summary
from .steps import step_ms


def course_of(summary: Summary, state: FilterState, areas: Iterable[Area], begin_ms: int, end_ms: int) -> Course:
    """The state's metric in some areas over a period; the state's dates do not cut it. `summary`: of the rows that
    reach the state's minimum, if it has one."""
    metric = state.metric
    one = replace(summary, cells={metric: summary.cells[metric]})
    chosen = Selection(one, replace(
        state, new=False, areas=frozenset(areas), begin_ms=None, end_ms=None, minimum=None))
    curve = chosen.curve(begin_ms, end_ms)
    ends = (curve.begins + step_ms(summary.step)).tolist()
    said = np.array([
        (total.places, total.known, total.unlocated) for end in ends for total in chosen.totals(end)
    ], np.float64).reshape(-1, 3)
    return Course(curve.begins, curve.total, curve.new, curve.fallen, said[:, 0], said[:, 1], said[:, 2],
                  summary.events)
