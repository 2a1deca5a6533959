"""The columns of moments put together: a date and a time of day, or year, month and day, in columns of their own."""
from __future__ import annotations

import re
from collections.abc import Container

import numpy as np

from .distinct import Distinct
from .numbers import is_unknown
from .times import parse_times

#: Midnight behind a date whose time of day stands in another column.
_MIDNIGHT = re.compile(r"[T ]+0?0:00(?::00(?:\.0+)?)?$")
_LONGEST = 100
_UNIT = re.compile(r"(?:\.0+|[年月日号號년월일])$")


def has_moments(roles: Container[str]) -> bool:
    """Do the columns of these roles make up moments?"""
    return "time" in roles or "date" in roles or ("month" in roles and "day" in roles)


def moment_roles(roles: dict[str, int]) -> tuple[str, ...]:
    """Of the roles that a table has, those that make up its moments."""
    if "time" in roles or "date" in roles:
        return tuple(role for role in ("date", "time", "time_of_day") if role in roles)
    return tuple(role for role in ("year", "month", "day") if role in roles)


def moment_texts(columns: dict[str, Distinct]) -> Distinct:
    """One text a row that holds its moment, whichever columns it stands in."""
    if "time" not in columns and "date" not in columns:
        return _year_month_day(columns)
    date = columns["date" if "date" in columns else "time"]
    clock = columns.get("time_of_day")
    if "date" in columns and "time" in columns and clock is None:
        if _share_of_moments(columns["time"]) >= 0.5:
            return columns["time"]
        clock = columns["time"]
    if clock is None:
        return date
    days = date.mapped(np.array([_day_of(text.strip()) for text in date.texts], dtype=object))
    return days.joined(clock.mapped(np.array([_known(text) for text in clock.texts], dtype=object)), " ")


def _day_of(text: str) -> str:
    return _MIDNIGHT.sub("", text) if len(text) <= _LONGEST else text


def _share_of_moments(column: Distinct) -> float:
    filled = np.array([bool(text.strip()) for text in column.texts], bool)[column.codes]
    times = parse_times(column, year=2000)
    return float(times.ok.sum()) / max(int(filled.sum()), 1)


def _known(text: str) -> str:
    return "" if is_unknown(text) else text.strip()


def _year_month_day(columns: dict[str, Distinct]) -> Distinct:
    """Year-month-day; without a column of years, month and day in an order that is certain."""
    month, day = (_cleared(columns[role]) for role in ("month", "day"))
    if "year" in columns:
        return _blank_when_empty(_cleared(columns["year"]).joined(month, "-").joined(day, "-"))
    named = month.mapped(np.array([f"{text}月" if text.isdigit() else text for text in month.texts], dtype=object))
    return _blank_when_empty(named.joined(day, " "))


def _cleared(column: Distinct) -> Distinct:
    """Texts without blanks, units, and the decimals that a spreadsheet gives to whole numbers."""
    return column.mapped(np.array([_UNIT.sub("", _known(text)) for text in column.texts], dtype=object))


def _blank_when_empty(column: Distinct) -> Distinct:
    return column.mapped(np.array(
        ["" if not text.replace("月", "").strip("- ") else text for text in column.texts], dtype=object))
