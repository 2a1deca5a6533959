"""Dates and times as people write them, read a whole column at once.

Texts are grouped by *pattern* (every digit replaced by 0, `datelayouts`). All texts of a pattern have their
fields in the same places, so that a pattern is understood once and its texts are read with array arithmetic
(`datefields`). Not pandas' parser: it gives up its fast path as soon as offsets or formats are mixed, and does
not say which rows were ambiguous.
"""
from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from .arrays import Bools, Cells, Ints
from .datefields import NO_OFFSET, Fields, days_from_civil, read_fields
from .datewords import plain_dates
from .distinct import Distinct
from .schema import MS_PER_DAY

__all__ = ["NO_OFFSET", "ORDERS", "ParsedTimes", "format_ms", "parse_times"]

#: Orders of day, month and year in a purely numeric date, as `DATE_ORDER` names them.
ORDERS = ("ymd", "mdy", "dmy")
#: Distinct texts read at once: bounds the memory that the grid of characters takes.
_CHUNK = 200_000
#: Bare numbers are moments only between 1990 and 2050: days of a spreadsheet (1900 system), milliseconds since 1970.
_PLAUSIBLE_MS = (631_152_000_000, 2_556_144_000_000)


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


def parse_times(
    cells: Cells | pd.Series | pd.Categorical | Distinct, order: str = "", year: int | None = None
) -> ParsedTimes:
    """Read a column of text cells; `order` one of `ORDERS` or empty, `year` for all dates without one.

    The year is one for the whole column: a file that runs from December into January must write its years.
    """
    column = Distinct.of(cells)
    texts = plain_dates(column.texts)
    fields = Fields(0)
    for at in range(0, len(texts), _CHUNK):
        fields.append(read_fields(texts[at:at + _CHUNK], year))
    chosen = order or _likely_order(fields)
    ms, ok, ambiguous = _moments(fields, chosen, bool(order))
    yearless = fields.yearless & (ok if year is None else False)
    ok &= ~yearless
    at = column.codes
    return ParsedTimes(
        np.where(ok, ms, 0)[at], fields.offset[at], ok[at], (ambiguous & ok)[at], (fields.has_clock & ok)[at],
        yearless[at], fields.period[at], chosen, _note(fields, ok, chosen, bool(order)))


def _likely_order(fields: Fields) -> str:
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


def _moments(fields: Fields, order: str, given: bool) -> tuple[Ints, Bools, Bools]:
    """Milliseconds, which texts are moments, and which of them could have day and month exchanged."""
    a, b, c, free = fields.a, fields.b, fields.c, fields.swappable
    year_first = ~free | (fields.short & (order == "ymd"))
    # Without a year, year-month-day order says that the month comes first.
    month_first = (order == "mdy") | (fields.yearless & (order == "ymd"))
    year = np.where(year_first, a, c)
    year = np.where(fields.short, year + np.where(year < 70, 2000, 1900), year)
    month = np.where(~year_first & month_first, a, b)
    day = np.where(year_first, c, np.where(month_first, b, a))
    days, valid = days_from_civil(year, month, day)
    counted = fields.serial | fields.epoch
    ok = fields.known & np.where(counted, _plausible(fields), valid & (fields.clock >= 0))
    ms = np.where(counted, fields.counted, days * MS_PER_DAY + fields.clock)
    told = given or (a[free] > 12).any() != (b[free] > 12).any()  # where both are, the column has both orders
    return ms, ok, free & ok & (a <= 12) & (b <= 12) & (a != b) & (not told)


def _plausible(fields: Fields) -> Bools:
    """Bare numbers are moments only where all of their sort in the column would be plausible ones."""
    first, last = _PLAUSIBLE_MS
    inside = (fields.counted >= first) & (fields.counted < last)
    result = np.zeros(len(inside), bool)
    for sort in (fields.serial, fields.epoch):
        result |= sort & inside[sort].all()
    return result


def _note(fields: Fields, ok: Bools, order: str, given: bool) -> str:
    """What the column's dates were taken for, where that is not plain."""
    notes = []
    free = fields.swappable & ok
    if free.any():
        words = {"dmy": "day before month", "mdy": "month before day", "ymd": "year first"}[order]
        over = sum(bool((part[fields.swappable] > 12).any()) for part in (fields.a, fields.b))
        why = "as given" if given else (
            "which nothing tells for certain; give DATE_ORDER", "as numbers above 12 tell",
            "as most numbers above 12 tell, but some tell otherwise; give DATE_ORDER")[over]
        notes.append(f"dates such as 03/04 are read with {words}, {why}")
    if (fields.serial & ok).any():
        notes.append("bare numbers are read as a spreadsheet's days since 1899-12-30")
    if (fields.epoch & ok).any():
        notes.append("bare numbers are read as seconds or milliseconds since 1970-01-01 UTC")
    return "; ".join(notes)


def format_ms(ms: int) -> str:
    """A wall-clock moment as ISO 8601 without a zone.

    >>> format_ms(0)
    '1970-01-01T00:00:00'
    """
    return str(np.datetime64(int(ms), "ms").astype("datetime64[s]"))
