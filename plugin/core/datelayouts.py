"""Patterns of dates: where in a text, every digit of which is taken as 0, year, month, day and clock stand."""
from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache

Span = tuple[int, int]


@dataclass(frozen=True)
class Clock:
    """The time of day and what follows it: spans of hours, minutes, seconds, then the fraction of a second.

    `half`: "A" before noon, "P" after it, "N" in the night, "" as written on a clock of 24 hours. `offset`: positions
    of the sign, the hours, and the minutes (-1: none). `zulu`: the time is UTC.
    """

    parts: tuple[Span, ...] = ()
    fraction: Span | None = None
    half: str = ""
    offset: tuple[int, int, int] | None = None
    zulu: bool = False


@dataclass(frozen=True)
class Layout:
    """`parts`: the spans of the date's numbers in the order of `order`.

    `order`: "ymd"; "md" without a year; "?" when day, month and year stand at any place; "?md" when day and month
    do and the year is missing; "week" for year, ISO week and its day; "serial", "seconds" and "ms" for numbers that
    count days since 1899-12-30 (spreadsheets), seconds and milliseconds since 1970-01-01 UTC.
    """

    parts: tuple[Span, ...]
    order: str
    clock: Clock = Clock()


_BETWEEN = r"(?:, ?|[ \-/.]{0,2})"
_DATES = tuple((re.compile(expression), order) for expression, order in (
    (r"(0000)(?P<s>[-/.])(00?)(?P=s)(00?)", "ymd"),
    (r"(0000) ?[年년] ?(00?) ?[月월] ?(00?) ?[日号號일]?", "ymd"),
    (r"(0000)\. ?(00?)\. ?(00?)\.?", "ymd"),
    (r"(0000)" + _BETWEEN + r"\{(00)\}" + _BETWEEN + r"(00?)", "ymd"),
    (r"(00?)(?P<s>[-/.])(00?)(?P=s)(0000|00)", "?"),
    (r"(00?)\. ?(00?)\. ?(0000|00)", "?"),
    (r"(00?)" + _BETWEEN + r"\{(00)\}" + _BETWEEN + r"(0000|00)", "dmy"),
    (r"\{(00)\}" + _BETWEEN + r"(00?)(?:, ?| )(0000|00)", "mdy"),
    (r"(00?) ?[月월] ?(00?) ?[日号號일]?", "md"),
    (r"(00?)" + _BETWEEN + r"\{(00)\}", "dm"),
    (r"\{(00)\} ?(00?)", "md"),
    (r"(00?)/(00?)", "?md"),
    (r"(00)-(00)", "?md"),
    (r"(00?)\. ?(00?)\.", "?md"),
    (r"(0000)[- ]?W(00)(?:-?(0))?", "week"),
    (r"(0000)[- ]?W(0)", "week"),
    (r"(0000)(00)(00)", "ymd"),
))
_NUMBERS = tuple((re.compile(expression), order) for expression, order in (
    (r"(00000(?:\.0+)?)", "serial"),
    (r"(0{10}(?:\.0+)?)", "seconds"),
    (r"(0{13})", "ms"),
))
#: Which of the spans are year, month and day, by the order in which they stand.
_PLACES = {"dmy": ("ymd", (2, 1, 0)), "mdy": ("ymd", (2, 0, 1)), "dm": ("md", (1, 0))}
_CLOCK = re.compile(
    r"(?:[T ]+|, ?|(?<=[日号號일])|(?=<))(?:<(?P<before>[APNM])> ?)?"
    r"(?:(?P<h>00?)(?::(?P<m>00)(?::(?P<s>00)(?:[.,](?P<f>0{1,9}))?)?"
    r"|[時时点點시] ?(?:(?P<m2>00?) ?[分분]? ?(?:(?P<s2>00?) ?[秒초])?)?)?"
    r" ?(?P<after>[AaPp]\.?[Mm]\.?)?)?"
)
_COMPACT_CLOCK = re.compile(r"(?:T| )?(?P<h>00)(?P<m>00)(?:(?P<s>00)(?:[.,](?P<f>0{1,9}))?)?")
_OFFSET = re.compile(r" ?(?:(?P<zulu>Z|z|UTC|GMT)(?![+-])|(?:UTC|GMT)?(?P<sign>[+-])(?P<oh>00):?(?P<om>00)?)")


@lru_cache(maxsize=4096)
def find_layout(pattern: str) -> Layout | None:
    """The layout of a pattern; None when it is no date."""
    for expression, order in _NUMBERS:
        found = expression.fullmatch(pattern)
        if found is not None:
            return Layout((found.span(1),), order)
    for expression, order in _DATES:
        found = expression.match(pattern)
        clock = None if found is None else _find_clock(pattern, found.end())
        if found is not None and clock is not None:
            groups = [i for i in range(1, expression.groups + 1) if i != expression.groupindex.get("s")]
            return _in_order(Layout(tuple(found.span(i) for i in groups if found.span(i)[0] >= 0), order, clock))
    return None


def _in_order(layout: Layout) -> Layout:
    if layout.order not in _PLACES:
        return layout
    order, places = _PLACES[layout.order]
    return replace(layout, parts=tuple(layout.parts[i] for i in places), order=order)


def _find_clock(pattern: str, at: int) -> Clock | None:
    """The time of day and offset behind a date; None when something else stands there."""
    if not pattern[at:].strip(" ,"):
        return Clock()
    for expression in (_CLOCK, _COMPACT_CLOCK):
        found = expression.match(pattern, at)
        if found is None or found.end() == at:
            continue
        offset = _OFFSET.match(pattern, found.end())
        end = found.end() if offset is None else offset.end()
        if not pattern[end:].strip():
            return _with_offset(_clock_of(found), offset)
    return None


def _clock_of(found: re.Match[str]) -> Clock:
    names = found.groupdict()
    parts = tuple(found.span(name) for name in ("h", "m", "m2", "s", "s2") if names.get(name))
    after = (names.get("after") or "").upper()
    half = (names.get("before") or after[:1]) if parts else ""
    return Clock(parts, found.span("f") if names.get("f") else None, half)


def _with_offset(clock: Clock, offset: re.Match[str] | None) -> Clock:
    if offset is None:
        return clock
    if offset["zulu"]:
        return replace(clock, zulu=True)
    return replace(clock, offset=(offset.start("sign"), offset.start("oh"), offset.start("om")))
