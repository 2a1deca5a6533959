"""Dates and times as people write them, read a whole column at once.

Cells are grouped by *pattern* (every digit replaced by 0). All cells of a pattern have their
fields in the same places, so that a pattern is understood once and its cells are read with
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
from .schema import MS_PER_DAY, MS_PER_HOUR

NO_OFFSET = np.iinfo(np.int64).min
#: Orders of day, month and year in a purely numeric date, as `DATE_ORDER` names them.
ORDERS = ("ymd", "mdy", "dmy")
_MAX_LENGTH = 40
#: A month by its name and a number beside it: only such texts are worth the library's time.
_WRITTEN_OUT = re.compile(
    r"(?i)(?:\d.*)?\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?\b(?:.*\d)?"
)
#: Distinct texts read at once: bounds the memory that the grid of characters takes.
_CHUNK = 200_000
_MAX_PATTERNS = 200
_FIRST_YEAR, _LAST_YEAR = 1800, 2200


@dataclass(frozen=True)
class ParsedTimes:
    """Moments of a column, one value a row.

    `ms`: wall-clock milliseconds since 1970-01-01 as written (0 where not `ok`).
    `offset_ms`: the written UTC offset in milliseconds, `NO_OFFSET` where none.
    `ok`: readable; `ambiguous`: day and month could be exchanged and nothing in the column tells.
    `has_clock`: a time of day was written. `order`: the order used for purely numeric dates.
    """

    ms: Ints
    offset_ms: Ints
    ok: Bools
    ambiguous: Bools
    has_clock: Bools
    order: str


@dataclass(frozen=True)
class _Layout:
    """Where the fields of a pattern stand: slices of character positions."""

    date: tuple[tuple[int, int], ...]
    order: str  # "ymd", "md", or "?" when the three numbers may stand in any order
    clock: tuple[tuple[int, int], ...]
    fraction: tuple[int, int] | None
    offset: tuple[int, int, int] | None  # position of the sign, of the hours, of the minutes (-1: none)
    zulu: bool
    pm: int  # 0: no marker, 1: AM, 2: PM


_DATE = (
    (re.compile(r"(0000)(?P<s>[-/.])(00?)(?P=s)(00?)"), "ymd"),
    (re.compile(r"(0000) ?年 ?(00?) ?月 ?(00?) ?[日号號]?"), "ymd"),
    (re.compile(r"(0000)년 ?(00?)월 ?(00?)일"), "ymd"),
    (re.compile(r"(00?)(?P<s>[-/.])(00?)(?P=s)(0000|00)"), "?"),
    (re.compile(r"(00?) ?月 ?(00?) ?[日号號]?"), "md"),
    (re.compile(r"(0000)(00)(00)"), "ymd"),
)
_CLOCK = re.compile(
    r"(?:[T ]+|(?<=[日号號]))(00?)(?::(00)(?::(00)(?:[.,](0{1,9}))?)?|[时時点](?:(00?)分?)?)?"
    r" ?(?P<half>[AaPp]\.?[Mm]\.?)?"
)
_OFFSET = re.compile(r" ?(?:(?P<zulu>Z|z|UTC|GMT)|(?P<sign>[+-])(?P<h>00):?(?P<m>00)?)")


def parse_times(cells: Cells, order: str = "", year: int | None = None) -> ParsedTimes:
    """Read a column of text cells; `order` one of `ORDERS` or empty, `year` for dates without one."""
    codes, uniques = pd.factorize(cells)
    texts = [str(text).strip() for text in uniques]
    parts = [_read_fields(texts[at:at + _CHUNK], year) for at in range(0, max(len(texts), 1), _CHUNK)]
    fields = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    chosen = order or _likely_order(fields)
    ms, ok, ambiguous = _moments(fields, chosen, bool(order))
    return ParsedTimes(
        ms[codes], fields["offset"][codes], ok[codes], ambiguous[codes], fields["has_clock"][codes], chosen
    )


def _read_fields(texts: Sequence[str], year: int | None) -> dict[str, Ints]:
    n = len(texts)
    names = ("a", "b", "c", "clock", "swappable", "short", "known", "has_clock")
    fields = {name: np.zeros(n, np.int64) for name in names}
    fields["offset"] = np.full(n, NO_OFFSET)
    lengths = np.fromiter(map(len, texts), np.int64, n)
    width = int(min(lengths.max(initial=1), _MAX_LENGTH))
    grid = np.array(texts, dtype=f"U{max(width, 1)}").view(np.uint32).reshape(n, max(width, 1))
    shape = np.where((grid >= ord("0")) & (grid <= ord("9")), np.uint32(ord("0")), grid)
    todo = np.flatnonzero((lengths > 0) & (lengths <= _MAX_LENGTH))
    for _ in range(_MAX_PATTERNS):
        if not len(todo):
            break
        pattern = shape[todo[0]]
        same = (shape[todo] == pattern).all(axis=1)
        rows, todo = todo[same], todo[~same]
        layout = _layout("".join(map(chr, pattern[pattern > 0])), year)
        if layout is not None:
            digits = grid if len(rows) == len(grid) else grid[rows]
            _fill(fields, rows, digits, layout, year)
    _read_by_library(fields, texts, np.flatnonzero((fields["known"] == 0) & (lengths > 0)))
    return fields


def _layout(pattern: str, year: int | None) -> _Layout | None:
    for expression, order in _DATE:
        found = expression.match(pattern)
        if found is None or (order == "md" and year is None):
            continue
        groups = [i for i in range(1, (expression.groups or 0) + 1) if i != expression.groupindex.get("s")]
        rest = _clock_layout(pattern, found.end())
        if rest is not None:
            return _Layout(tuple(found.span(i) for i in groups), order, *rest)
    return None


def _clock_layout(
    pattern: str, at: int
) -> tuple[tuple[tuple[int, int], ...], tuple[int, int] | None, tuple[int, int, int] | None, bool, int] | None:
    """The time of day and offset behind a date; None when something else stands there."""
    clock: tuple[tuple[int, int], ...] = ()
    fraction = offset = None
    pm, zulu = 0, False
    found = _CLOCK.match(pattern, at)
    if found is not None and found.end() > at:
        clock = tuple(found.span(i) for i in (1, 2, 3, 5) if found.span(i)[0] >= 0)
        fraction = found.span(4) if found.span(4)[0] >= 0 else None
        half = found.group("half")
        pm = 0 if half is None else (2 if half[0] in "Pp" else 1)
        at = found.end()
        found = _OFFSET.match(pattern, at)
        if found is not None:
            zulu = found.group("zulu") is not None
            offset = None if zulu else (found.start("sign"), found.start("h"), found.start("m"))
            at = found.end()
    if pattern[at:].strip():
        return None
    return clock, fraction, offset, zulu, pm


def _number(cells: Chars, span: tuple[int, int]) -> Ints:
    value = np.zeros(len(cells), np.int64)
    for position in range(*span):
        value = value * 10 + (cells[:, position].astype(np.int64) - ord("0"))
    return value


def _fill(fields: dict[str, Ints], rows: Ints, digits: Chars, layout: _Layout, year: int | None) -> None:
    numbers = [_number(digits, span) for span in layout.date]
    if layout.order == "md":
        numbers.insert(0, np.full(len(rows), year, np.int64))
    elif layout.order == "?" and layout.date[2][1] - layout.date[2][0] == 2:
        fields["short"][rows] = 1
    for name, values in zip("abc", numbers):
        fields[name][rows] = values
    fields["swappable"][rows] = layout.order == "?"
    fields["known"][rows] = 1
    fields["has_clock"][rows] = bool(layout.clock)
    fields["clock"][rows] = _clock_ms(digits, layout)
    if layout.zulu:
        fields["offset"][rows] = 0
    elif layout.offset is not None:
        fields["offset"][rows] = _offset_ms(digits, layout.offset)


def _clock_ms(digits: Chars, layout: _Layout) -> Ints:
    """Milliseconds of the day; -1 marks an impossible time."""
    units = (MS_PER_HOUR, 60_000, 1_000)
    limits = (24, 59, 60)
    total = np.zeros(len(digits), np.int64)
    bad = np.zeros(len(digits), bool)
    for index, span in enumerate(layout.clock[:3]):
        value = _number(digits, span)
        if index == 0 and layout.pm:
            value = value % 12 + (12 if layout.pm == 2 else 0)
        bad |= value > limits[index]
        total += value * units[index]
    if layout.fraction is not None:
        start, stop = layout.fraction
        total += _number(digits, (start, min(stop, start + 3))) * 10 ** (3 - min(stop - start, 3))
    return np.where(bad | (total > MS_PER_DAY), -1, total)


def _offset_ms(digits: Chars, where: tuple[int, int, int]) -> Ints:
    sign_at, hours_at, minutes_at = where
    value = _number(digits, (hours_at, hours_at + 2)) * MS_PER_HOUR
    if minutes_at >= 0:
        value = value + _number(digits, (minutes_at, minutes_at + 2)) * 60_000
    return np.where(digits[:, sign_at] == ord("-"), -value, value)


def _read_by_library(fields: dict[str, Ints], texts: Sequence[str], rows: Ints) -> None:
    """Written-out dates ("4 April 2020"), one distinct text at a time, by pandas."""
    for row in rows:
        if not _WRITTEN_OUT.search(texts[row]):
            continue
        moment = pd.to_datetime(texts[row], errors="coerce")
        if pd.isna(moment):
            continue
        for name, value in zip("abc", (moment.year, moment.month, moment.day)):
            fields[name][row] = value
        clock = moment.tz_localize(None) - moment.tz_localize(None).normalize()
        fields["clock"][row] = int(clock / pd.Timedelta(milliseconds=1))
        fields["has_clock"][row] = bool(fields["clock"][row])
        if moment.tzinfo is not None:
            fields["offset"][row] = int(moment.utcoffset() / pd.Timedelta(milliseconds=1))
        fields["known"][row] = 1


def _likely_order(fields: dict[str, Ints]) -> str:
    """Day or month first? Whichever reading leaves fewer impossible dates; day first on a tie."""
    free, short = fields["swappable"] == 1, fields["short"] == 1
    if short.any() and len(np.unique(fields["a"][short])) <= 2 < len(np.unique(fields["c"][short])):
        return "ymd"  # 20-02-13, 20-02-14 …: what hardly changes is the year
    first_over, second_over = (fields["a"][free] > 12).sum(), (fields["b"][free] > 12).sum()
    if second_over > first_over:
        return "mdy"
    if first_over > second_over:
        return "dmy"
    return _steadier_order(fields["a"][free], fields["b"][free]) if free.any() else "ymd"


def _steadier_order(first: Ints, second: Ints) -> str:
    """Without a number above 12: days vary more than months in an outbreak's file."""
    return "mdy" if len(np.unique(second)) > len(np.unique(first)) else "dmy"


def _moments(fields: dict[str, Ints], order: str, given: bool) -> tuple[Ints, Bools, Bools]:
    a, b, c = fields["a"], fields["b"], fields["c"]
    free = fields["swappable"] == 1
    year_first = (fields["short"] == 1) & (order == "ymd")
    day_last = ~free | year_first
    year = np.where(day_last, a, c)
    year = np.where(fields["short"] == 1, year + np.where(year < 70, 2000, 1900), year)
    month = np.where(day_last, b, a if order == "mdy" else b)
    day = np.where(day_last, c, b if order == "mdy" else a)
    days, valid = _days_from_civil(year, month, day)
    ok = (fields["known"] == 1) & valid & (fields["clock"] >= 0)
    ms = np.where(ok, days * MS_PER_DAY + fields["clock"], 0)
    told = given or ((a[free] > 12) | (b[free] > 12)).any()
    ambiguous = free & ok & (a <= 12) & (b <= 12) & (a != b) & (not told)
    return ms, ok, ambiguous


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
