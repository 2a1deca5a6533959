"""A dataset summed by area, kind and playback step: what curve, totals and tree of the dock are computed from.

Sums are kept as changes: what begins to be drawn in a step counts in, what is no longer drawn counts out. So a
dataset of any number of rows needs as many cells as groups of rows change in a step.
"""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .arrays import Bools, Floats, Ints
from .filters import Area
from .schema import Step


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
    source has a report. Only rows on the dataset's level of totals are in it."""

    step: Step
    events: bool
    groups: Groups
    cells: Mapping[str, Cells]
    listed: Listed
    limits: Mapping[str, tuple[float, float]]
    reported_hours: Ints


@dataclass(frozen=True)
class Curve:
    """A metric over the n steps of a period, `begins` in wall-clock ms; NaN where nothing is known.

    `total`: as known at the end of the step; `new`: change in the step; `mean`: 7-step mean of `new`, centred on
    nothing: of the step and the six before it; `gap`: the source has no report in the step; `jump`: a row flagged as a
    jump begins; `fallen`: the negative part of `new` (0 or less), a revision.
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

    `known` of the `places` listed know it; `unlocated`, `new_unlocated`: the part in rows without a point.
    """

    metric: str
    total: float
    new: float
    known: int
    places: int
    unlocated: float
    new_unlocated: float
