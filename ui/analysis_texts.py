"""What clusters and heat maps of the dock are called, and the sentence that says what they count."""
from __future__ import annotations

from dataclasses import dataclass

from ..plugin.bridge.analysis_choices import DBSCAN, HDBSCAN, STDBSCAN
from ..plugin.bridge.metric_words import metric_words
from ..plugin.bridge.number_texts import number_text
from ..plugin.bridge.totals_text import moment_text, unit_text
from ..plugin.bridge.translation import tr
from ..plugin.core.filters import FilterState, Shape
from ..plugin.core.schema import Step
from ..plugin.core.seen import Seen
from .frame_texts import interval_text


@dataclass(frozen=True)
class Counted:
    """What the sentence is about. `areas`: how many are in the filter, and of how many, None without such a filter;
    `own_filter`: the layer has a filter of the user's own."""

    state: FilterState
    shape: Shape
    seen: Seen
    areas: tuple[int, int] | None
    own_filter: bool


def method_texts() -> dict[str, tuple[str, str]]:
    """Ways to find clusters: what they are called, and what they do."""
    return {
        DBSCAN: (tr("by distance"), tr("DBSCAN: places with enough cases within the distance, and what they reach")),
        STDBSCAN: (tr("by distance and time"),
                   tr("ST-DBSCAN: reports with enough cases near in space and in time, and what they reach")),
        HDBSCAN: (tr("hierarchical, for any distance"),
                  tr("HDBSCAN: the groups that last longest while the distance grows; it needs none")),
    }


def kernel_texts() -> dict[str, str]:
    return {
        "quartic": tr("quartic"), "gaussian": tr("Gaussian"), "epanechnikov": tr("Epanechnikov"),
        "triangular": tr("triangular"), "uniform": tr("uniform"),
    }


def plays_texts(step: Step) -> dict[bool, str]:
    """One map, or a series that plays."""
    each = {Step.HOUR: tr("one for each hour, to play"), Step.DAY: tr("one for each day, to play"),
            Step.WEEK: tr("one for each week, to play")}
    return {False: tr("one"), True: each[step]}


def window_suffix(step: Step) -> str:
    return {Step.HOUR: tr(" hours"), Step.DAY: tr(" days"), Step.WEEK: tr(" weeks")}[step]


def counted_text(counted: Counted, plays: bool = False) -> str:
    """The sentences that say what is counted, and what is not."""
    parts = (_what(counted, plays), _areas(counted), _kinds(counted.state), _minimum(counted), _others(counted))
    first = tr("Counted: {what}.").format(what=", ".join(part for part in parts if part))
    sentences = first, _dates_note(counted, plays), tr("What has no location is left out.")
    return " ".join(one for one in sentences if one)


def radius_text(radius_km: float, fits_map: bool) -> str:
    """Where the radius of heat comes from; "" for one that the user chose."""
    if fits_map:
        return tr("The radius fits the map as it is zoomed: about a fortieth of its width.")
    if radius_km > 0:
        return ""
    return tr("The radius follows from how all cases are spread, whatever the map shows; cases in few towns make it "
              "small.")


def no_time_reason() -> str:
    return tr("A total has no time of its own: choose what is new as the metric of the panel, to look at time too.")


def _what(counted: Counted, plays: bool) -> str:
    seen, state, shape = counted.seen, counted.state, counted.shape
    words = metric_words(state.metric)
    if state.new:
        words = words if shape.events else tr("new {metric}").format(metric=words)
        return tr("{metric}, {dates}").format(metric=words, dates=interval_text(seen.begin_ms, seen.end_ms))
    end = moment_text(seen.end_ms, end=True)
    if plays and seen.begin_ms is not None:
        return tr("{metric} as last known at the end of each {step}, {dates}").format(
            metric=words, step=_step(shape.step), dates=interval_text(seen.begin_ms, seen.end_ms))
    if plays:
        return tr("{metric} so far at the end of each {step} until {end}").format(
            metric=words, step=_step(shape.step), end=end)
    words_of = tr("{metric} as last known at {end}") if seen.stock else tr("{metric} from the beginning to {end}")
    return words_of.format(metric=words, end=end)


def _step(step: Step) -> str:
    return {Step.HOUR: tr("hour"), Step.DAY: tr("day"), Step.WEEK: tr("week")}[step]


def _areas(counted: Counted) -> str:
    if counted.areas is None or counted.areas[0] >= counted.areas[1]:
        return ""
    return tr("in {n} of {all} {areas}").format(
        n=number_text(counted.areas[0]), all=number_text(counted.areas[1]),
        areas=unit_text(counted.shape.area_columns[-1]))


def _kinds(state: FilterState) -> str:
    if state.kinds is None:
        return ""
    names = sorted(kind or tr("(no kind)") for kind in state.kinds)
    return tr("only {kinds}").format(kinds=tr(" and ").join(names)) if names else tr("no kind of place")


def _minimum(counted: Counted) -> str:
    state = counted.state
    if state.minimum is None:
        return ""
    least = number_text(state.minimum)
    if state.new and not counted.shape.events:
        return tr("only where it is at least {n} in a {step}").format(n=least, step=_step(counted.shape.step))
    return tr("only where it is at least {n}").format(n=least)


def _others(counted: Counted) -> str:
    flagged = tr("without flagged rows") if counted.state.hide_flagged else ""
    own = tr("within the layer's own filter") if counted.own_filter else ""
    return ", ".join(part for part in (flagged, own) if part)


def _dates_note(counted: Counted, plays: bool) -> str:
    """That dates count, not the frame on the map."""
    if plays:
        return tr("Each map counts its own {step}, and of these dates those in the window before it.").format(
            step=_step(counted.shape.step)) if counted.state.new else ""
    if counted.state.new:
        return tr("All these dates count, whichever frame the map shows.")
    return tr("The end of the dates counts, whichever frame the map shows.")
