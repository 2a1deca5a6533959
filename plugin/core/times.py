"""Dates and times as people write them, read a whole column at once.

Texts are grouped by *pattern* (every digit replaced by 0). All texts of a pattern have their
fields in the same places, so that a pattern is understood once and its texts are read with
array arithmetic. Not pandas' parser: it gives up its fast path as soon as offsets or formats
are mixed, and does not say which rows were ambiguous.
"""
from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from .arrays import Bools, Cells, Chars, Ints
from .datelayouts import Clock, Layout, Span, find_layout
from .datewords import plain_dates
from .distinct import Distinct
from .schema import MS_PER_DAY, MS_PER_HOUR

NO_OFFSET = np.iinfo(np.int64).min
#: Orders of day, month and year in a purely numeric date, as `DATE_ORDER` names them.
ORDERS = ("ymd", "mdy", "dmy")
_MAX_LENGTH = 48
#: Distinct texts read at once: bounds the memory that the grid of characters takes.
_CHUNK = 200_000
_MAX_PATTERNS = 400
_FIRST_YEAR, _LAST_YEAR = 1800, 2200
#: A leap year stands for one that is not given, so that 29 February is seen to be a date.
_LEAP_YEAR = 2000
#: Bare numbers are moments only between 1990 and 2050: days of a spreadsheet (1900 system), milliseconds since 1970.
_SERIAL_EPOCH_DAYS = 25_569
_PLAUSIBLE_MS = (631_152_000_000, 2_556_144_000_000)
_DATE_BEGINS = (
    r"(?:\d{1,2} ?[月월] ?\d{1,2} ?[日号號일]?|\{\d\d\} ?\d{1,2}|\d{1,2}[. \-]{0,2}\{\d\d\}(?: ?\d{4})?"
    r"|\d{1,4}(?P<s>[-/.])\d{1,2}(?P=s)\d{1,4}|\d{1,2}/\d{1,2}|\d{1,2}\.\d{1,2}\.)"
)
#: Two dates, or a date and a further day: 1月30日至2月10日, 1月20-21日, 2020-01-05 to 2020-01-10.
_PERIOD = re.compile(
    rf".*?(?:\d ?年 ?)?{_DATE_BEGINS}(?:[ T]*\d{{1,2}}[:時时点點][\d:分]*)?"
    r" ?(?:至|到|~|〜|—|–|-{1,2}|/|to|bis|al?|au|until|through) ?[\d{].*", re.IGNORECASE)


@dataclass(frozen=True)
class ParsedTimes:
    """Moments of a column, one value a row.

    `ms`: wall-clock milliseconds since 1970-01-01 as written (0 where not `ok`).
    `offset_ms`: the written UTC offset in milliseconds, `NO_OFFSET` where none; counted seconds are UTC.
    `ok`: readable; `ambiguous`: day and month could be exchanged and nothing in the column tells.
    `has_clock`: a time of day was written. `yearless`: a date but for its year, which is not given;
    `period`: two dates, not a moment. `order`: the order used for purely numeric dates; `note`: what the
    column's dates were taken for, in words, where they could be taken for something else.
    """

    ms: Ints
    offset_ms: Ints
    ok: Bools
    ambiguous: Bools
    has_clock: Bools
    yearless: Bools
    period: Bools
    order: str
    note: str


class _Fields:
    """What was read of each distinct text, before day and month are told apart."""

    def __init__(self, n: int) -> None:
        self.a, self.b, self.c = (np.zeros(n, np.int64) for _ in "abc")
        self.clock = np.zeros(n, np.int64)  # milliseconds of the day, -1: impossible
        self.counted = np.zeros(n, np.int64)  # milliseconds since 1970 of a bare number
        self.offset = np.full(n, NO_OFFSET)
        self.known, self.swappable, self.short, self.has_clock, self.yearless, self.period, self.serial, self.epoch = (
            np.zeros(n, bool) for _ in range(8))

    def append(self, other: _Fields) -> None:
        for name, values in vars(self).items():
            setattr(self, name, np.concatenate([values, getattr(other, name)]))


def parse_times(
    cells: Cells | pd.Series | pd.Categorical | Distinct, order: str = "", year: int | None = None
) -> ParsedTimes:
    """Read a column of text cells; `order` one of `ORDERS` or empty, `year` for all dates without one.

    The year is one for the whole column: a file that runs from December into January must write its years.
    """
    column = Distinct.of(cells)
    texts = plain_dates(column.texts)
    fields = _Fields(0)
    for at in range(0, len(texts), _CHUNK):
        fields.append(_read_fields(texts[at:at + _CHUNK], year))
    chosen = order or _likely_order(fields)
    ms, ok, ambiguous = _moments(fields, chosen, bool(order))
    yearless = fields.yearless & (ok if year is None else False)
    ok &= ~yearless
    at = column.codes
    return ParsedTimes(
        np.where(ok, ms, 0)[at], fields.offset[at], ok[at], (ambiguous & ok)[at], (fields.has_clock & ok)[at],
        yearless[at], fields.period[at], chosen, _note(fields, ok, chosen, bool(order)))


def _read_fields(texts: Sequence[str], year: int | None) -> _Fields:
    fields = _Fields(len(texts))
    lengths = np.fromiter(map(len, texts), np.int64, len(texts))
    width = max(int(min(lengths.max(initial=1), _MAX_LENGTH)), 1)
    grid = np.array(texts, dtype=f"U{width}").view(np.uint32).reshape(len(texts), width)
    shape = np.where((grid >= ord("0")) & (grid <= ord("9")), np.uint32(ord("0")), grid)
    todo = np.flatnonzero((lengths > 0) & (lengths <= _MAX_LENGTH))
    for _ in range(_MAX_PATTERNS):
        if not len(todo):
            break
        pattern = shape[todo[0]]
        same = (shape[todo] == pattern).all(axis=1)
        rows, todo = todo[same], todo[~same]
        layout = find_layout("".join(map(chr, pattern[pattern > 0])))
        if layout is not None:
            _fill(fields, rows, grid if len(rows) == len(grid) else grid[rows], layout, year)
    for row in np.flatnonzero(~fields.known & (lengths > 0) & (lengths <= _MAX_LENGTH)):
        fields.period[row] = _PERIOD.match(texts[row]) is not None
    return fields


def _number(cells: Chars, span: Span) -> Ints:
    value = np.zeros(len(cells), np.int64)
    for position in range(*span):
        value = value * 10 + (cells[:, position].astype(np.int64) - ord("0"))
    return value


def _fill(fields: _Fields, rows: Ints, digits: Chars, layout: Layout, year: int | None) -> None:
    fields.known[rows] = True
    if layout.order in ("serial", "seconds", "ms"):
        return _fill_counted(fields, rows, digits, layout)
    numbers = [_number(digits, span) for span in layout.parts]
    if layout.order == "week":
        numbers = _week_days(numbers)
    if layout.order in ("md", "?md"):
        fields.yearless[rows] = True
        numbers.insert(0 if layout.order == "md" else 2, np.full(len(rows), year or _LEAP_YEAR, np.int64))
    elif layout.order != "week":
        at_year = layout.parts[2 if layout.order == "?" else 0]
        fields.short[rows] = at_year[1] - at_year[0] == 2
    fields.a[rows], fields.b[rows], fields.c[rows] = numbers
    fields.swappable[rows] = layout.order.startswith("?")
    _fill_clock(fields, rows, digits, layout.clock)
    return None


def _fill_clock(fields: _Fields, rows: Ints, digits: Chars, clock: Clock) -> None:
    fields.has_clock[rows] = bool(clock.parts)
    fields.clock[rows] = _clock_ms(digits, clock)
    if clock.zulu:
        fields.offset[rows] = 0
    elif clock.offset is not None:
        fields.offset[rows] = _offset_ms(digits, clock.offset)


def _fill_counted(fields: _Fields, rows: Ints, digits: Chars, layout: Layout) -> None:
    """Bare numbers: days of a spreadsheet, seconds or milliseconds since 1970."""
    start, stop = layout.parts[0]
    whole = {"serial": 5, "seconds": 10, "ms": 13}[layout.order]
    value = _number(digits, (start, start + whole))
    end = min(stop, start + whole + 10)  # nine digits behind the point are more than a float of days holds
    part = _number(digits, (start + whole + 1, end)) if end > start + whole else np.zeros(len(rows), np.int64)
    share = part / 10 ** max(end - start - whole - 1, 0)
    unit = {"serial": MS_PER_DAY, "seconds": 1_000, "ms": 1}[layout.order]
    if layout.order == "serial":
        value = value - _SERIAL_EPOCH_DAYS
    fields.counted[rows] = value * unit + np.rint(share * unit).astype(np.int64)
    (fields.serial if layout.order == "serial" else fields.epoch)[rows] = True
    fields.has_clock[rows] = (share > 0) if layout.order == "serial" else True
    if layout.order != "serial":
        fields.offset[rows] = 0


def _week_days(numbers: list[Ints]) -> list[Ints]:
    """Year, month and day of an ISO 8601 week's day (Monday where none is written); month 0 where there is none."""
    year, week = numbers[:2]
    weekday = numbers[2] if len(numbers) > 2 else np.ones_like(year)
    fourth = _days_from_civil(year, np.ones_like(year), np.full_like(year, 4))[0]  # always in week 1
    monday = fourth - (fourth + 3) % 7 + (week - 1) * 7
    day = (monday + weekday - 1).astype("datetime64[D]")
    same_year = (monday + 3).astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970 == year
    good = same_year & (week >= 1) & (weekday >= 1) & (weekday <= 7)
    month = day.astype("datetime64[M]")
    return [
        month.astype(np.int64) // 12 + 1970, np.where(good, month.astype(np.int64) % 12 + 1, 0),
        (day - month.astype("datetime64[D]")).astype(np.int64) + 1,
    ]


def _clock_ms(digits: Chars, clock: Clock) -> Ints:
    """Milliseconds of the day; -1 marks an impossible time."""
    total = np.zeros(len(digits), np.int64)
    bad = np.zeros(len(digits), bool)
    for span, unit, limit in zip(clock.parts, (MS_PER_HOUR, 60_000, 1_000), (24, 59, 60)):
        value = _number(digits, span)
        if unit == MS_PER_HOUR and clock.half:
            value = _hour_of_half(value, clock.half)
        bad |= (value > limit) | (value < 0)
        total += value * unit
    if clock.fraction is not None:
        start, stop = clock.fraction
        total += _number(digits, (start, min(stop, start + 3))) * 10 ** (3 - min(stop - start, 3))
    return np.where(bad | (total > MS_PER_DAY), -1, total)


def _hour_of_half(hour: Ints, half: str) -> Ints:
    """Hours of the day's half on a clock of 24 hours, -1 where they cannot be in it."""
    if half == "A":
        return np.where(hour > 12, -1, hour % 12)
    if half == "M":  # around noon: 11, 12, 1, 2
        return np.where((hour >= 10) & (hour <= 14), hour, np.where((hour >= 1) & (hour <= 2), hour + 12, -1))
    if half == "N":  # 晚上12点 and 晚上1点 belong to the next day
        return np.where(hour > 12, hour, np.where((hour >= 5) & (hour < 12), hour + 12, -1))
    return np.where(hour > 12, hour, hour % 12 + 12)


def _offset_ms(digits: Chars, where: tuple[int, int, int]) -> Ints:
    sign_at, hours_at, minutes_at = where
    value = _number(digits, (hours_at, hours_at + 2)) * MS_PER_HOUR
    if minutes_at >= 0:
        value = value + _number(digits, (minutes_at, minutes_at + 2)) * 60_000
    return np.where(digits[:, sign_at] == ord("-"), -value, value)


def _likely_order(fields: _Fields) -> str:
    """Day or month first? Whichever reading leaves fewer impossible dates; day first on a tie."""
    free = fields.swappable
    short = fields.short & free
    if short.any() and len(np.unique(fields.a[short])) <= 2 < len(np.unique(fields.c[short])):
        return "ymd"  # 20-02-13, 20-02-14 …: what hardly changes is the year
    first_over, second_over = (fields.a[free] > 12).sum(), (fields.b[free] > 12).sum()
    if second_over > first_over:
        return "mdy"
    if first_over > second_over:
        return "dmy"
    return _steadier_order(fields.a[free], fields.b[free]) if free.any() else "ymd"


def _steadier_order(first: Ints, second: Ints) -> str:
    """Without a number above 12: days vary more than months in an outbreak's file."""
    return "mdy" if len(np.unique(second)) > len(np.unique(first)) else "dmy"


def _moments(fields: _Fields, order: str, given: bool) -> tuple[Ints, Bools, Bools]:
    """Milliseconds, which texts are moments, and which of them could have day and month exchanged."""
    a, b, c, free = fields.a, fields.b, fields.c, fields.swappable
    year_first = ~free | (fields.short & (order == "ymd"))
    # Without a year, year-month-day order says that the month comes first.
    month_first = (order == "mdy") | (fields.yearless & (order == "ymd"))
    year = np.where(year_first, a, c)
    year = np.where(fields.short, year + np.where(year < 70, 2000, 1900), year)
    month = np.where(~year_first & month_first, a, b)
    day = np.where(year_first, c, np.where(month_first, b, a))
    days, valid = _days_from_civil(year, month, day)
    counted = fields.serial | fields.epoch
    ok = fields.known & np.where(counted, _plausible(fields), valid & (fields.clock >= 0))
    ms = np.where(counted, fields.counted, days * MS_PER_DAY + fields.clock)
    told = given or ((a[free] > 12) | (b[free] > 12)).any()
    return ms, ok, free & ok & (a <= 12) & (b <= 12) & (a != b) & (not told)


def _plausible(fields: _Fields) -> Bools:
    """Bare numbers are moments only where all of their sort in the column would be plausible ones."""
    first, last = _PLAUSIBLE_MS
    inside = (fields.counted >= first) & (fields.counted < last)
    result = np.zeros(len(inside), bool)
    for sort in (fields.serial, fields.epoch):
        result |= sort & inside[sort].all()
    return result


def _note(fields: _Fields, ok: Bools, order: str, given: bool) -> str:
    """What the column's dates were taken for, where that is not plain."""
    notes = []
    free = fields.swappable & ok
    if free.any():
        words = {"dmy": "day before month", "mdy": "month before day", "ymd": "year first"}[order]
        over = (fields.a[free] > 12) | (fields.b[free] > 12)
        why = "as given" if given else (
            "as numbers above 12 tell" if over.any() else "which nothing tells for certain; give DATE_ORDER")
        notes.append(f"dates such as 03/04 are read with {words}, {why}")
    if (fields.serial & ok).any():
        notes.append("bare numbers are read as a spreadsheet's days since 1899-12-30")
    if (fields.epoch & ok).any():
        notes.append("bare numbers are read as seconds or milliseconds since 1970-01-01 UTC")
    return "; ".join(notes)


def _days_from_civil(year: Ints, month: Ints, day: Ints) -> tuple[Ints, Bools]:
    """Days since 1970-01-01 in the Gregorian calendar, and which dates exist."""
    valid = (year >= _FIRST_YEAR) & (year <= _LAST_YEAR) & (month >= 1) & (month <= 12) & (day >= 1)
    months = np.where(valid, (year - 1970) * 12 + month - 1, 0)
    start = months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    length = (months + 1).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64) - start
    valid = valid & (day <= length)
    return np.where(valid, start + day - 1, 0), valid


def format_ms(ms: int) -> str:
    """A wall-clock moment as ISO 8601 without a zone.

    >>> format_ms(0)
    '1970-01-01T00:00:00'
    """
    return str(np.datetime64(int(ms), "ms").astype("datetime64[s]"))
