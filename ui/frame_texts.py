"""The sentences about a frame: which one it is, and what is wrong with it."""
from __future__ import annotations

from datetime import datetime, timedelta, timezone

from ..plugin.bridge.number_texts import number_text
from ..plugin.bridge.totals_text import moment_text
from ..plugin.bridge.translation import tr
from ..plugin.core.filters import FilterState, Shape
from ..plugin.core.schema import MS_PER_DAY, Step
from ..plugin.core.steps import step_ms
from .choice_texts import step_texts

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def frame_text(begin_ms: int, end_ms: int, shape: Shape) -> str:
    """The frame and which of how many it is: "2020-02-13 · day 11 of 88"."""
    length = step_ms(shape.step)
    words = {Step.HOUR: tr("{when} · hour {n} of {all}"), Step.DAY: tr("{when} · day {n} of {all}"),
             Step.WEEK: tr("{when} · week {n} of {all}")}[shape.step]
    when = interval_text(begin_ms, end_ms)
    if end_ms - begin_ms != length or not shape.begin_ms <= begin_ms < shape.end_ms:
        return when
    return words.format(when=when, n=number_text((begin_ms - shape.begin_ms) // length + 1),
                        all=number_text(-(-(shape.end_ms - shape.begin_ms) // length)))


def frame_warning(begin_ms: int, end_ms: int, state: FilterState, shape: Shape) -> str:
    """What is wrong with the frame, in one sentence; "" if nothing is."""
    if end_ms <= shape.begin_ms:
        return tr("Before the dataset’s period, which begins {moment}.").format(
            moment=moment_text(shape.begin_ms))
    if begin_ms >= shape.end_ms:
        return tr("After the last report: the dataset ends {moment}.").format(moment=moment_text(shape.end_ms, True))
    return _misfit(begin_ms, end_ms, state, shape) or _outside_dates(begin_ms, end_ms, state)


def _misfit(begin_ms: int, end_ms: int, state: FilterState, shape: Shape) -> str:
    """Whether the frame is another one than a step of the dataset: the map then shows other rows than those of one."""
    length = step_ms(shape.step)
    if end_ms - begin_ms == length and (begin_ms - shape.begin_ms) % length == 0:
        return ""
    one = step_texts()[shape.step.value]
    cure = tr("Press Reset, or set the Temporal Controller to {step} a frame without “cumulative range”.").format(
        step=one)
    if end_ms - begin_ms > length:
        return tr("The frame is longer than {step}: {effect}. {cure}").format(
            step=one, effect=_effect(state, shape), cure=cure)
    return tr("The frame is not {step} of the dataset: the sums are of the one in which it ends, the map may show "
              "others. {cure}").format(step=one, cure=cure)


def _outside_dates(begin_ms: int, end_ms: int, state: FilterState) -> str:
    before = state.begin_ms is not None and begin_ms < state.begin_ms
    if not before and (state.end_ms is None or end_ms <= state.end_ms):
        return ""
    return tr("The frame lies outside the chosen dates, to which the map is limited: the sums are of the frame.")


def _effect(state: FilterState, shape: Shape) -> str:
    if shape.events:
        return tr("the map shows all that happened in it")
    if state.new:
        return tr("a place is drawn once for each step in which it changed")
    return tr("a place is drawn with every count that it had in it, not only the last")


def interval_text(begin_ms: int, end_ms: int) -> str:
    """Whole days by their dates, anything else by its hours."""
    if begin_ms % MS_PER_DAY or end_ms % MS_PER_DAY:
        same = _date(begin_ms).date() == _date(end_ms - 1).date()
        until = moment_text(end_ms, end=True)
        return f"{moment_text(begin_ms)} – {until.partition(' ')[2] if same else until}"
    first, last = _date(begin_ms), _date(end_ms - MS_PER_DAY)
    return f"{first:%Y-%m-%d}" if last <= first else f"{first:%Y-%m-%d} – {last:%Y-%m-%d}"


def _date(ms: int) -> datetime:
    return _EPOCH + timedelta(milliseconds=ms)
