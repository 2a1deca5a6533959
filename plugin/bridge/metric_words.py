"""What metrics are called, and a playback step beside a count."""
from __future__ import annotations

from ..core.schema import Step
from .styles import in_words
from .translation import tr


def metric_texts() -> dict[str, str]:
    """The metrics that have names of their own."""
    return {
        "confirmed": tr("confirmed"), "suspected": tr("suspected"), "recovered": tr("recovered"),
        "deaths": tr("deaths"), "active": tr("active"), "cases": tr("cases"),
    }


def metric_words(metric: str) -> str:
    """A metric's name in words."""
    return metric_texts().get(metric, in_words(metric))


def in_the_step(step: Step) -> str:
    """A playback step, as in "12 cases on this day"."""
    return {Step.HOUR: tr("in this hour"), Step.DAY: tr("on this day"), Step.WEEK: tr("in this week")}[step]
