"""Few and readable ticks: dates in ISO 8601 and counts in thousands, chosen by the room there is for them."""
from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from .arrays import Floats, Ints
from .schema import MS_PER_DAY, MS_PER_HOUR, Step
from .steps import floor_to_step, step_ms

#: Of the height of letters: the mean width of a narrow one, that of a Chinese one, and the least gap between labels.
_NARROW, _BROAD, GAP = 0.65, 1.0, 0.9
#: More dates than this are not read.
_MOST = 9
_FIRST_BROAD = "\u2e80"
_HOURS, _DAYS, _MONTHS = (1, 2, 3, 6, 12), (1, 2, 7, 14), (1, 2, 3, 6)
_YEARS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)
#: Of the height between the least and the greatest value: what is left free beyond them.
_ROOM = 0.06
#: 1970-01-05, a Monday: ticks of weeks stand on Mondays.
_MONDAY_MS = 4 * MS_PER_DAY
#: From which largest count on an axis is in which unit, and from which on in powers of ten.
_UNITS = ((1e6, 1e6, "M"), (1e4, 1e3, "k"))
_UNWRITTEN = 1e9

Ticks = tuple[Ints, list[str]]


def width_of(text: str) -> float:
    """About how wide a text is, in heights of its letters.

    >>> width_of("2020"), width_of("确诊")
    (2.6, 2.0)
    """
    broad = sum(letter >= _FIRST_BROAD for letter in text)
    return round(_BROAD * broad + _NARROW * (len(text) - broad), 3)


class DateTicks(NamedTuple):
    """Moments, where in their step they are written, what is written, and which side of it is there.

    `places` in ms: the middle of the step that holds the moment, but hours where they begin; `aligns`: "center", or
    "left" and "right" for what would be cut off otherwise.
    """

    moments: Ints
    places: Floats
    labels: list[str]
    aligns: list[str]


def date_ticks(begin_ms: int, end_ms: int, step: Step, room: float, beside: tuple[float, float] = (0, 0)) -> DateTicks:
    """The closest dates in the half-open period whose labels do not touch; none is closer than a step.

    `room` in heights of letters; so much more may be written on as is `beside` it, left and right.

    >>> date_ticks(0, 4 * MS_PER_DAY, Step.DAY, 40).labels
    ['1970-01-01', '1970-01-02', '1970-01-03', '1970-01-04']
    """
    per_ms = room / max(end_ms - begin_ms, 1)
    begin = np.array([begin_ms], np.int64)
    few: Ticks = (begin, _labels(begin, "m" if step is Step.HOUR else "D"))
    for moments, labels in _candidates(begin_ms, end_ms, step, room):
        if not labels:
            break
        few = moments, labels
        aligns = _aligns((_places(moments, step) - begin_ms) * per_ms, labels, room, beside)
        if _fit((_places(moments, step) - begin_ms) * per_ms, labels, aligns):
            return DateTicks(moments, _places(moments, step), labels, aligns)
    moments, labels = few[0][:1], few[1][:1]
    places = _places(moments, step)
    return DateTicks(moments, places, labels, _aligns((places - begin_ms) * per_ms, labels, room, beside))


def _places(moments: Ints, step: Step) -> Floats:
    if step is Step.HOUR:
        return np.asarray(moments, np.float64)
    return np.asarray(floor_to_step(moments, step) + step_ms(step) / 2, np.float64)


def _aligns(places: Floats, labels: list[str], room: float, beside: tuple[float, float]) -> list[str]:
    halves = _halves(labels)
    left, right = places - halves < -beside[0], places + halves > room + beside[1]
    return np.where(left, "left", np.where(right, "right", "center")).tolist()


def _halves(labels: list[str]) -> Floats:
    return np.array([width_of(label) / 2 for label in labels])


def _candidates(begin_ms: int, end_ms: int, step: Step, room: float) -> Iterator[Ticks]:
    """Closer ticks before wider ones; those that could never fit are left out before they are made."""
    least_ms = (end_ms - begin_ms) / max(room, 1.0) * 2
    for hours in _HOURS if step is Step.HOUR else ():
        if hours * MS_PER_HOUR >= least_ms:
            moments = _multiples(begin_ms, end_ms, hours * MS_PER_HOUR, 0)
            yield moments, _clock_labels(moments)
    for days in _DAYS:
        if days * MS_PER_DAY >= max(least_ms, step_ms(step)):
            moments = _multiples(begin_ms, end_ms, days * MS_PER_DAY, _MONDAY_MS if days % 7 == 0 else 0)
            yield moments, _labels(moments, "D")
    for months in (*_MONTHS, *(12 * years for years in _YEARS)):
        if months * 28 * MS_PER_DAY >= least_ms:
            moments = _months(begin_ms, end_ms, months)
            yield moments, _labels(moments, "M" if months < 12 else "Y")


def _multiples(begin_ms: int, end_ms: int, length: int, origin: int) -> Ints:
    first = -(-(begin_ms - origin) // length) * length + origin
    return np.arange(first, end_ms, length, dtype=np.int64)


def _months(begin_ms: int, end_ms: int, months: int) -> Ints:
    """First days of every so many months, counted from January of year 0."""
    first, last = (int(np.datetime64(ms, "ms").astype("datetime64[M]").astype(np.int64)) for ms in (begin_ms, end_ms))
    since_zero = np.arange(first + 1970 * 12, last + 1970 * 12 + 1, dtype=np.int64)
    chosen = since_zero[since_zero % months == 0] - 1970 * 12
    moments = chosen.astype("datetime64[M]").astype("datetime64[ms]").astype(np.int64)
    return np.asarray(moments[(moments >= begin_ms) & (moments < end_ms)], np.int64)


def _labels(moments: Ints, unit: str) -> list[str]:
    texts = np.datetime_as_string(moments.astype("datetime64[ms]"), unit=unit)
    return [str(text).replace("T", " ") for text in texts]


def _clock_labels(moments: Ints) -> list[str]:
    """Times of day, but a date at midnight; without a midnight the first tells the date."""
    at_midnight = moments % MS_PER_DAY == 0
    labels = [full[:10] if midnight else full[11:] for full, midnight in zip(_labels(moments, "m"), at_midnight)]
    if labels and not at_midnight.any():
        labels[0] = _labels(moments[:1], "m")[0]
    return labels


def _fit(places: Floats, labels: list[str], aligns: list[str]) -> bool:
    halves = _halves(labels)
    sides = np.array([{"left": 1, "center": 0, "right": -1}[align] for align in aligns])
    middles = places + sides * halves
    return len(labels) <= _MOST and bool((np.diff(middles) >= halves[1:] + halves[:-1] + GAP).all())


def count_labels(ticks: Floats) -> list[str]:
    """Counts with separators of thousands, or in k or M where the largest has five digits or more.

    >>> count_labels(np.array([0.0, 2500.0])), count_labels(np.array([0.0, 15_000.0, 20_000.0]))
    (['0', '2,500'], ['0', '15k', '20k'])
    """
    largest = float(np.abs(ticks).max(initial=0))
    if largest >= _UNWRITTEN:
        return [f"{tick:.3g}" for tick in ticks]
    unit, sign = next(((unit, sign) for least, unit, sign in _UNITS if largest >= least), (1.0, ""))
    return [f"{tick / unit:,.6g}{sign}" if tick else "0" for tick in ticks]


def limits_of(values: Floats, marks: bool) -> tuple[float, float]:
    """Limits of an axis that hold zero, every value and the marks above or below them.

    >>> limits_of(np.array([0.0, 100.0]), False), limits_of(np.array([np.nan]), False)
    ((0.0, 106.0), (0.0, 1.0))
    """
    low, high = float(np.nanmin(values, initial=0)), float(np.nanmax(values, initial=0))
    if low == high:
        return 0.0, 1.0
    room = (high - low) * _ROOM
    return low - (2.5 * room if low < 0 else 0.0), high + room * (2.5 if marks else 1.0)


def whole_ticks(low: float, high: float, values: Floats, most: int) -> tuple[Floats, list[str]]:
    """At most so many round counts between limits, and how they are written; whole ones if all values are."""
    from matplotlib.ticker import MaxNLocator

    whole = bool((values[~np.isnan(values)] % 1 == 0).all())
    ticks = MaxNLocator(most, steps=[1, 2, 2.5, 5, 10], integer=whole, min_n_ticks=2).tick_values(low, high)
    ticks = np.asarray(ticks[(ticks >= low) & (ticks <= high)], np.float64)
    return ticks, count_labels(ticks)


def powers(low: float, high: float, most: int) -> tuple[Floats, list[str]]:
    """Powers of ten between positive limits, every so many; with 2 and 5 times them where there are few.

    >>> powers(0.5, 2e5, 3)[1], powers(10, 90, 3)[1]
    (['1', '100', '10k'], ['10', '20', '50'])
    """
    tens = np.arange(np.ceil(np.log10(low)), np.floor(np.log10(high)) + 1)
    ticks = 10.0 ** tens[::-(-len(tens) // most) or 1]
    if len(ticks) < 2:
        finer = np.outer(10.0 ** np.arange(np.floor(np.log10(low)), np.ceil(np.log10(high)) + 1), (1, 2, 5)).ravel()
        ticks = finer[(finer >= low) & (finer <= high)]
    return ticks, [label for tick in ticks for label in count_labels(np.array([tick]))]
