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
_LEAST_CHANGES = 10


def detect_kind(reports: Reports, place: Ints, plan: ColumnPlan, options: LoadOptions) -> Choice:
    """The kind of count with the reason. `reports` are sorted by place and time."""
    if options.counts is not None:
        return Choice(options.counts, "given by the user")
    if not reports.counts:
        words = "the file has no column of counts" + (
            f" that holds any number (“{plan.empty_counts[0]}” is empty)" if plan.empty_counts else "")
        return Choice(CountKind.EVENTS, f"{words}, so each row is one event")
    metric, values = next(iter(reports.counts.items()))
    header = plan.reasons[metric].value
    if metric in plan.increments:
        return Choice(CountKind.INCREMENTS, f"the header “{header}” names additions")
    known = values[~np.isnan(values)]
    if len(known) and (known == 1).all():
        return Choice(CountKind.EVENTS, f"“{header}” is 1 in every row, so each row is one event")
    share, changes = _falling_share(values, place)
    if _too_often(share, changes):
        words = f"“{header}” falls in {share:.0%} of its changes, so it is no running total"
        return Choice(CountKind.INCREMENTS, words)
    return Choice(CountKind.CUMULATIVE, f"“{header}” falls in {share:.1%} of its changes, as a running total does")


def summed_metrics(
    reports: Reports, place: Ints, kind: Choice, plan: ColumnPlan, options: LoadOptions
) -> frozenset[str]:
    """The metrics whose values are added up: a file may have running totals and additions side by side."""
    if options.counts is not None or kind.value == CountKind.EVENTS:
        return frozenset(reports.counts) if kind.value == CountKind.INCREMENTS else frozenset()
    return frozenset(
        metric for metric, values in reports.counts.items()
        if metric in plan.increments or _too_often(*_falling_share(values, place))
    )


def _too_often(share: float, changes: int) -> bool:
    return changes >= _LEAST_CHANGES and share > FALLING_SHARE


def _falling_share(values: Floats, place: Ints) -> tuple[float, int]:
    change = values[1:] - values[:-1]
    change = change[(place[1:] == place[:-1]) & ~np.isnan(change) & (change != 0)]
    return (float((change < 0).mean()) if len(change) else 0.0), len(change)
