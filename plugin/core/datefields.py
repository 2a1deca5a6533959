"""The numbers in texts of dates, read by array arithmetic: all texts of one pattern at once."""
from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from .arrays import Bools, Chars, Ints
from .datelayouts import Clock, Layout, Span, find_layout
from .schema import MS_PER_DAY, MS_PER_HOUR

NO_OFFSET = np.iinfo(np.int64).min
_MAX_LENGTH = 48
_MAX_PATTERNS = 400
_FIRST_YEAR, _LAST_YEAR = 1800, 2200
#: A leap year stands for one that is not given, so that 29 February is seen to be a date.
_LEAP_YEAR = 2000
#: Days from 1899-12-30, where spreadsheets begin to count, to 1970-01-01.
_SERIAL_EPOCH_DAYS = 25_569
_DATE_BEGINS = (
    r"(?:\d{1,2} ?[月월] ?\d{1,2} ?[日号號일]?|\{\d\d\} ?\d{1,2}|\d{1,2}[. \-]{0,2}\{\d\d\}(?: ?\d{4})?"
    r"|\d{1,4}(?P<s>[-/.])\d{1,2}(?P=s)\d{1,4}|\d{1,2}/\d{1,2}|\d{1,2}\.\d{1,2}\.)"
)
#: Two dates, or a date and a further day: 1月30日至2月10日, 1月20-21日, 2020-01-05 to 2020-01-10.
_PERIOD = re.compile(
    rf".*?(?:\d ?年 ?)?{_DATE_BEGINS}(?:[ T]*\d{{1,2}}[:時时点點][\d:分]*)?"
    r" ?(?:至|到|~|〜|—|–|-{1,2}|/|to|bis|al?|au|until|through) ?[\d{].*", re.IGNORECASE)


class Fields:
    """What was read of each distinct text, before day and month are told apart."""

    def __init__(self, n: int) -> None:
        self.a, self.b, self.c = (np.zeros(n, np.int64) for _ in "abc")
        self.clock = np.zeros(n, np.int64)  # milliseconds of the day, -1: impossible
        self.counted = np.zeros(n, np.int64)  # milliseconds since 1970 of a bare number
        self.offset = np.full(n, NO_OFFSET)
        self.known, self.swappable, self.short, self.has_clock, self.yearless, self.period, self.serial, self.epoch = (
            np.zeros(n, bool) for _ in range(8))

    def append(self, other: Fields) -> None:
        for name, values in vars(self).items():
            setattr(self, name, np.concatenate([values, getattr(other, name)]))


def read_fields(texts: Sequence[str], year: int | None) -> Fields:
    fields = Fields(len(texts))
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


def _fill(fields: Fields, rows: Ints, digits: Chars, layout: Layout, year: int | None) -> None:
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


def _fill_clock(fields: Fields, rows: Ints, digits: Chars, clock: Clock) -> None:
    fields.has_clock[rows] = bool(clock.parts)
    fields.clock[rows] = _clock_ms(digits, clock)
    if clock.zulu:
        fields.offset[rows] = 0
    elif clock.offset is not None:
        fields.offset[rows] = _offset_ms(digits, clock.offset)


def _fill_counted(fields: Fields, rows: Ints, digits: Chars, layout: Layout) -> None:
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
    fourth = days_from_civil(year, np.ones_like(year), np.full_like(year, 4))[0]  # always in week 1
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


def days_from_civil(year: Ints, month: Ints, day: Ints) -> tuple[Ints, Bools]:
    """Days since 1970-01-01 in the Gregorian calendar, and which dates exist."""
    valid = (year >= _FIRST_YEAR) & (year <= _LAST_YEAR) & (month >= 1) & (month <= 12) & (day >= 1)
    months = np.where(valid, (year - 1970) * 12 + month - 1, 0)
    start = months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    length = (months + 1).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64) - start
    valid = valid & (day <= length)
    return np.where(valid, start + day - 1, 0), valid
