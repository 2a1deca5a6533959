"""An area's count over a dataset, from the dataset's sums."""
from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import numpy as np

from .filters import Area
from .key_dates import Course
from .series import Selection
from .steps import step_ms


def course_of(selection: Selection, areas: Collection[Area], begin_ms: int, end_ms: int) -> Course:
    """The metric of a filter in some areas over a period; the filter's dates do not cut it."""
    summary, state = selection.summary, selection.state
    one = replace(summary, cells={state.metric: summary.cells[state.metric]})
    chosen = Selection(one, replace(state, new=False, areas=frozenset(areas), begin_ms=None, end_ms=None))
    curve = chosen.curve(begin_ms, end_ms)
    ends = (curve.begins + step_ms(summary.step)).tolist()
    said = np.array([
        (total.places, total.known, total.unlocated) for end in ends for total in chosen.totals(end)
    ], np.float64).reshape(-1, 3)
    return Course(curve.begins, curve.total, curve.new, curve.fallen, said[:, 0], said[:, 1], said[:, 2],
                  curve.gap, summary.events)
