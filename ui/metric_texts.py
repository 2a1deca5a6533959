"""What the list of metrics offers: each as its total so far, and as what is new in a step."""
from __future__ import annotations

from dataclasses import dataclass

from ..plugin.bridge.metric_words import metric_words
from ..plugin.bridge.translation import tr
from ..plugin.core.filters import FilterState, Shape
from ..plugin.core.schema import Step, new_metric


@dataclass(frozen=True)
class Entry:
    """One of the list: its text, its name in the contract (`confirmed`, `new_confirmed`), and what it stands for."""

    text: str
    data: str
    metric: str
    new: bool
    tooltip: str


def entries(shape: Shape) -> tuple[Entry, ...]:
    """Two for each metric, total so far before new."""
    return tuple(_entry(metric, new, shape) for metric in shape.metrics for new in (False, True))


def entry_of(state: FilterState) -> str:
    """The name in the contract of what a state shows: the `data` of its entry."""
    return new_metric(state.metric) if state.new else state.metric


def _entry(metric: str, new: bool, shape: Shape) -> Entry:
    words = metric_words(metric)
    text = tr("new {metric}").format(metric=words) if new else words
    data = entry_of(FilterState(metric, new))
    return Entry(text, data, metric, new, _tooltip(new, shape).format(metric=words, step=_a_step(shape.step)))


def _tooltip(new: bool, shape: Shape) -> str:
    if shape.events:
        return tr("The {metric} of each {step} alone.") if new else tr(
            "All {metric} from the beginning to the end of the {step} that is shown.")
    return tr(
        "The change of {metric} in the {step} that is shown; below 0 where reports took something back."
    ) if new else tr("The {metric} of each place as last known at the end of the {step} that is shown.")


def _a_step(step: Step) -> str:
    return {Step.HOUR: tr("hour"), Step.DAY: tr("day"), Step.WEEK: tr("week")}[step]
