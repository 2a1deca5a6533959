"""The key dates of a city in words, a label and a value a row."""
from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ..bridge.metric_words import metric_words
from ..bridge.number_texts import change_text, number_text
from ..bridge.totals_text import unit_text
from ..bridge.translation import tr
from ..core.frames import day_text
from ..core.key_dates import THRESHOLDS, Key, KeyDate, until
from ..core.schema import Step

_CASES = ("confirmed", "cases")


@dataclass(frozen=True)
class Wording:
    """What words depend on. `level`: what a row of the totals is, as in `Description.totals_level`."""

    metric: str
    step: Step
    level: str
    events: bool


@dataclass(frozen=True)
class TableRow:
    """A row of a city's table, while the map shows a step from `begin_ms` to `end_ms` (excluded; None: any later)."""

    order: int
    label: str
    value: str
    begin_ms: int
    end_ms: int | None


def table_rows(rows: Sequence[KeyDate], wording: Wording) -> tuple[TableRow, ...]:
    """All rows of a city, whatever step is shown."""
    return tuple(
        TableRow(_order(row), _label(row, wording), _value(row, wording), row.since_ms, end_ms)
        for row, end_ms in until(rows))


def _order(row: KeyDate) -> int:
    after = THRESHOLDS.index(row.threshold) if row.threshold else 0
    return 10 * list(Key).index(row.key) + after


def _label(row: KeyDate, wording: Wording) -> str:
    words = {
        Key.FIRST_REPORT: tr("First report"), Key.FIRST_CASE: _first_words(wording.metric),
        Key.REACHED: tr("{n} reached").format(n=number_text(row.threshold)),
        Key.MOST_NEW: {Step.HOUR: tr("Most new in an hour"), Step.DAY: tr("Most new in a day"),
                       Step.WEEK: tr("Most new in a week")}[wording.step],
        Key.LAST_INCREASE: tr("Last increase"), Key.REVISIONS: tr("Revisions (falls)"),
        Key.TOTAL: tr("Total so far") if wording.events else tr("Total at the date"),
    }
    text: str = words[row.key]
    return text


def _first_words(metric: str) -> str:
    text: str = tr("First case") if metric in _CASES else tr("First {metric}").format(metric=metric_words(metric))
    return text


def _value(row: KeyDate, wording: Wording) -> str:
    if row.key is Key.TOTAL:
        return _total(row, wording)
    if row.at_ms is None:
        return _none(row)
    date = _date(row.at_ms, wording.step)
    if row.key in (Key.MOST_NEW, Key.LAST_INCREASE):
        change = tr("{date}: {change}").format(date=date, change=change_text(row.number))
        return f"{change}{_after_silence(row.times, wording.step)}"
    if row.key is Key.REVISIONS:
        return _falls(row, date, wording.step)
    return date if row.exact else tr("by {date} (first known count: {n})").format(
        date=date, n=number_text(row.number))


def _none(row: KeyDate) -> str:
    """Unknown is not zero: what was never reported is not said not to have been."""
    if math.isnan(row.number):
        return tr("not known")
    return tr("none") if row.key in (Key.REVISIONS, Key.MOST_NEW, Key.LAST_INCREASE) else tr("not reached")


def _after_silence(steps: int, step: Step) -> str:
    """A change after steps without any report is that of all of them."""
    if not steps:
        return ""
    words = {Step.HOUR: tr(" (after {n} hours without a report)"), Step.DAY: tr(" (after {n} days without a report)"),
             Step.WEEK: tr(" (after {n} weeks without a report)")}[step]
    if steps == 1:
        words = {Step.HOUR: tr(" (after an hour without a report)"), Step.DAY: tr(" (after a day without a report)"),
                 Step.WEEK: tr(" (after a week without a report)")}[step]
    text: str = words.format(n=number_text(steps))
    return text


def _falls(row: KeyDate, date: str, step: Step) -> str:
    if row.times == 1:
        return tr("{date}: {change}").format(date=date, change=change_text(row.number))
    words = {Step.HOUR: tr("{n} hours, {change} in all; last {date}"),
             Step.DAY: tr("{n} days, {change} in all; last {date}"),
             Step.WEEK: tr("{n} weeks, {change} in all; last {date}")}[step]
    return words.format(n=number_text(row.times), change=change_text(row.number), date=date)


def _total(row: KeyDate, wording: Wording) -> str:
    units = unit_text(wording.level, wording.events)
    if math.isnan(row.number):
        return tr("not known") if row.places <= 1 else tr("not known in any of {all} {places}").format(
            all=number_text(row.places), places=units)
    total = number_text(row.number)
    if row.times < row.places:
        total = tr("{n} from {known} of {all} {places}").format(
            n=total, known=number_text(row.times), all=number_text(row.places), places=units)
    elif row.places > 1 and not wording.events:
        total = tr("{n} in {all} {places}").format(n=total, all=number_text(row.places), places=units)
    if row.unlocated == row.number:
        return tr("{total}, without a location").format(total=total) if row.number else total
    if row.unlocated:
        total = tr("{total}, {lost} without a location").format(total=total, lost=number_text(row.unlocated))
    return total


def _date(ms: int, step: Step) -> str:
    text: str = tr("week of {date}").format(date=day_text(ms)) if step == Step.WEEK else day_text(ms)
    return text
