"""The sentences about a frame: what the sums are, of when, and what they leave out.

"2020-02-13 24:00 Asia/Shanghai: 59,804 confirmed (57,699 on the map, 2,105 without a location), +15,152 new;
deaths 1,367 from 17 of 344 cities"
"""
from __future__ import annotations

import html
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone

from ..core.filters import FilterState, Shape
from ..core.schema import MS_PER_DAY
from ..core.series import MetricTotal
from .metric_words import in_the_step, metric_words
from .number_texts import change_text, number_text
from .translation import tr

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
#: Of so many metrics besides the chosen one the panel tells; of the others its tool tip.
_MOST_OTHERS = 5
Mark = Callable[[str], str]
_LARGE = '<b style="font-size:x-large">{}</b>'


@dataclass(frozen=True)
class Told:
    """What the sentence is about.

    `totals`: of one frame, one a metric; `end_ms`: its end; `level`: what a row of the totals is (`city`, …, "" for a
    place); `areas`: how many areas the filter shows, and of how many, None without such a filter;
    `all_counted`: say how many rows know a metric also where all of them do; `silent`: the source has no report in the
    frame's step.
    """

    totals: tuple[MetricTotal, ...]
    state: FilterState
    shape: Shape
    zone: str
    end_ms: int
    level: str = ""
    areas: tuple[int, int] | None = None
    all_counted: bool = False
    silent: bool = False


def totals_text(told: Told) -> str:
    """The sentence, plain."""
    when, chosen, others = _parts(told, str, str)
    return tr("{moment}: {totals}").format(moment=when, totals="; ".join((*chosen, *others)))


def totals_html(told: Told) -> str:
    """The sentence in lines: when, the chosen metric with its first number large, the others. Everything from
    the data is escaped; without the tags it reads as the plain one, as long as there are few others."""
    when, chosen, others = _parts(told, lambda text: html.escape(text, quote=False), _LARGE.format)
    if len(others) > _MOST_OTHERS:
        more = number_text(len(others) - _MOST_OTHERS)
        others = [*others[:_MOST_OTHERS], tr("{n} more: rest the mouse here").format(n=more)]
    # Those that not all places know are long: each has a line of its own.
    apart = "; <br/>" if any(one.known < one.places for one in told.totals) else "; "
    lines = "; <br/>".join(apart.join(part) for part in (chosen, others) if part)
    return tr("{moment}: {totals}").format(moment=when, totals=f"<br/>{lines}")


def counts_text(told: Told) -> str:
    """The chosen metric alone, and always of how many rows it is: "59,804 confirmed from 344 cities (57,699 on the
    map, 2,105 without a location), +15,152 new"."""
    return "; ".join(_parts(replace(told, all_counted=True), str, str)[1])


def moment_text(ms: int, end: bool = False) -> str:
    """A wall-clock moment; as the end of something, midnight is 24:00 of the day before."""
    day, clock = (ms - MS_PER_DAY, "24:00") if end and ms % MS_PER_DAY == 0 else (ms, f"{_date(ms):%H:%M}")
    return f"{_date(day):%Y-%m-%d} {clock}"


def unit_text(level: str, events: bool = False) -> str:
    """The rows of the totals, many of them."""
    if events:
        return tr("events")
    words = {"city": tr("cities"), "province": tr("provinces"), "country": tr("countries")}
    return words.get(level, tr("places"))


# The sentence


def _parts(told: Told, safe: Mark, bold: Mark) -> tuple[str, list[str], list[str]]:
    """When it is; the chosen metric, if there is such; the others."""
    chosen = next((one for one in told.totals if one.metric == told.state.metric), None)
    others = (one for one in told.totals if one is not chosen)
    when = tr("{moment} {zone}").format(
        moment=moment_text(told.end_ms, end=True), zone=safe(told.zone or tr("(time as written)")))
    if told.areas is not None and told.areas[0] < told.areas[1]:
        when = tr("{moment}, in {n} of {all} {areas}").format(
            moment=when, n=number_text(told.areas[0]), all=number_text(told.areas[1]), areas=_areas(told))
    first = [_chosen(chosen, told, safe, bold)] if chosen is not None else []
    return when, first, [_other(one, told, safe) for one in others]


def _areas(told: Told) -> str:
    """The finest column by which areas are chosen, in words."""
    return unit_text(told.shape.area_columns[-1])


def _chosen(one: MetricTotal, told: Told, safe: Mark, bold: Mark) -> str:
    name = safe(metric_words(one.metric))
    if told.state.new:
        return _new_first(one, name, told, bold)
    if told.silent:
        change = _no_report(told)
    elif _known(one.new):
        new = in_the_step(told.shape.step) if told.shape.events else tr("new")
        change = tr("{n} {new}").format(n=change_text(one.new), new=new) + _in_part(one, told)
    else:
        change = tr("new unknown")
    if not _known(one.total):
        return tr("{metric} {unknown}, {change}").format(metric=name, unknown=bold(tr("unknown")), change=change)
    words = tr("{n} {metric} so far") if told.shape.events else tr("{n} {metric}")
    total = words.format(n=bold(number_text(one.total)), metric=name)
    return f"{total}{_of_places(one, told)}{_where(one.total, one.unlocated, number_text)}, {change}"


def _new_first(one: MetricTotal, name: str, told: Told, bold: Mark) -> str:
    if told.silent:
        change = bold(_no_report(told))
    elif not _known(one.new):
        change = tr("new {metric} {unknown}").format(metric=name, unknown=bold(tr("unknown")))
    else:
        words = tr("{n} {metric} {step}") if told.shape.events else tr("{n} new {metric}")
        change = words.format(n=bold(change_text(one.new)), metric=name, step=in_the_step(told.shape.step))
        change += _where(one.new, one.new_unlocated, change_text) + _in_part(one, told)
    so_far = ", " if told.shape.events else "; "
    return change + so_far + _in_all(one, told)


def _no_report(told: Told) -> str:
    if not told.all_counted:  # no longer than "+15,152 new": the panel does not grow for it
        return tr("no report")
    return tr("no report {step}").format(step=in_the_step(told.shape.step))


def _in_part(one: MetricTotal, told: Told) -> str:
    """On pages; the panel, which has no room for it, has the curve beside its sentence."""
    return tr(" (not known of places counted for the first time)") if one.new_in_part and told.all_counted else ""


def _in_all(one: MetricTotal, told: Told) -> str:
    words = tr("{n} so far") if told.shape.events else tr("{n} in all")
    return words.format(n=_or_unknown(one.total, number_text)) + _of_places(one, told)


def _other(one: MetricTotal, told: Told, safe: Mark) -> str:
    name = safe(metric_words(one.metric))
    if told.state.new and not told.silent:
        change = tr("{n} new").format(n=_or_unknown(one.new, change_text)) if _known(one.new) else tr("new unknown")
        return tr("{metric} {change}, {total}").format(metric=name, change=change, total=_in_all(one, told))
    total = tr("{metric} {total}").format(metric=name, total=_or_unknown(one.total, number_text))
    return total + _of_places(one, told)


def _of_places(one: MetricTotal, told: Told) -> str:
    """" from 17 of 344 cities" where not all know the metric."""
    if not _known(one.total):
        return ""
    if one.known >= one.places:
        return _of_all(one, told)
    return tr(" from {known} of {all} {places}").format(
        known=number_text(one.known), all=number_text(one.places),
        places=unit_text(told.level, told.shape.events))


def _of_all(one: MetricTotal, told: Told) -> str:
    """" from 344 cities" where that is wanted; the number of events is the count itself."""
    if not told.all_counted or told.shape.events:
        return ""
    unit = _one_unit(told.level) if one.places == 1 else unit_text(told.level)
    return tr(" from {all} {places}").format(all=number_text(one.places), places=unit)


def _one_unit(level: str) -> str:
    words = {"city": tr("city"), "province": tr("province"), "country": tr("country")}
    return words.get(level, tr("place"))


def _where(total: float, unlocated: float, text: Callable[[float], str]) -> str:
    """" (57,699 on the map, 2,105 without a location)" where some of it has none."""
    if not _known(unlocated) or unlocated == 0:
        return ""
    return tr(" ({map} on the map, {lost} without a location)").format(
        map=text(total - unlocated), lost=text(unlocated))


def _or_unknown(value: float, text: Callable[[float], str]) -> str:
    return text(value) if _known(value) else tr("unknown")


def _known(value: float) -> bool:
    return not math.isnan(value)


def _date(ms: int) -> datetime:
    return _EPOCH + timedelta(milliseconds=ms)
