"""Which kind of count a file holds: running totals, increments or events."""
from __future__ import annotations

import numpy as np

from .arrays import Floats, Ints
from .columns import ColumnPlan
from .dataset import Choice, LoadOptions
from .reports import Reports
from .schema import CountKind

#: Running totals fall rarely; above this share of falls among all changes they are increments.
FALLING_SHARE = 0.3


def detect_kind(reports: Reports, place: Ints, plan: ColumnPlan, options: LoadOptions) -> Choice:
    """The kind of count with the reason. `reports` are sorted by place and time."""
    if options.counts is not None:
        return Choice(options.counts, "given by the user")
    if not reports.counts:
        return Choice(CountKind.EVENTS, "the file has no column of counts, so each row is one event")
    metric, values = next(iter(reports.counts.items()))
    header = plan.reasons[metric].value
    known = values[~np.isnan(values)]
    if len(known) and (known == 1).all():
        return Choice(CountKind.EVENTS, f"“{header}” is 1 in every row, so each row is one event")
    if metric in plan.increments:
        return Choice(CountKind.INCREMENTS, f"the header “{header}” names additions")
    share, changes = _falling_share(values, place)
    if changes >= 10 and share > FALLING_SHARE:
        words = f"“{header}” falls in {share:.0%} of its changes, so it is no running total"
        return Choice(CountKind.INCREMENTS, words)
    return Choice(CountKind.CUMULATIVE, f"“{header}” falls in {share:.1%} of its changes, as a running total does")


def _falling_share(values: Floats, place: Ints) -> tuple[float, int]:
    change = values[1:] - values[:-1]
    change = change[(place[1:] == place[:-1]) & ~np.isnan(change) & (change != 0)]
    return (float((change < 0).mean()) if len(change) else 0.0), len(change)
