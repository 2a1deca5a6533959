"""The key dates of an area's outbreak: when it was first reported, when its count reached 10, 100 and 1,000, its
greatest step, its last increase, its revisions, its total. What is unknown has no date.

Every date is one of the reports. A row says from which step on it holds, so that a page shows what was known at its
own moment, whichever that is.
"""
from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np

from .arrays import Bools, Floats, Ints

#: Counts of which is told when they were reached.
THRESHOLDS = (10, 100, 1000)


class Key(Enum):
    """What a row tells, in the order of the table."""

    FIRST_REPORT = "first report"
    FIRST_CASE = "first case"
    REACHED = "reached"
    MOST_NEW = "most new"
    LAST_INCREASE = "last increase"
    REVISIONS = "revisions"
    TOTAL = "total"


@dataclass(frozen=True)
class Course:
    """An area's count over the n steps of a dataset, from its first one on; NaN where nothing is known.

    `begins`: wall-clock ms; `total`, `new`, `fallen` as in `series.Curve`; `places` listed in the step, of which
    `known` know the count; `unlocated`: the part of the total in rows without a point; `gap`: the source has no report
    in the step. `events`: what is counted happened in its step, and before the first step was nothing.
    """

    begins: Ints
    total: Floats
    new: Floats
    fallen: Floats
    places: Floats
    known: Floats
    unlocated: Floats
    gap: Bools
    events: bool = False


@dataclass(frozen=True)
class KeyDate:
    """A row that holds from the step `since_ms` on, until another of the same `key` and `threshold`.

    `at_ms`: its date, None when there is none yet; then `number` is NaN while nothing is known. `exact`: whether it was
    that step; otherwise it was reached by then, with the first count that is known. `number`: the count on that date,
    the change in it, or the sum of falls; NaN: unknown. `times`: how many steps with a fall, or without a report before
    the greatest change (which is of all of them), or how many places know the total, of `places`.
    """

    key: Key
    since_ms: int
    at_ms: int | None = None
    number: float = np.nan
    threshold: int = 0
    exact: bool = True
    times: int = 0
    places: int = 0
    unlocated: float = 0.0


def key_dates(course: Course) -> tuple[KeyDate, ...]:
    """All rows of a course, those of a kind in the order of time.

    >>> day = 86_400_000
    >>> nothing, no_gap = np.zeros(3), np.zeros(3, bool)
    >>> found = key_dates(Course(np.arange(3) * day, np.array([np.nan, 1, 12]), np.array([np.nan, 1, 11]), nothing,
    ...                          np.ones(3), np.ones(3), nothing, no_gap))
    >>> [(row.since_ms // day, row.at_ms // day) for row in found if row.threshold == 10 and row.at_ms is not None]
    [(2, 2)]
    """
    if not len(course.begins):
        return ()
    return (
        *_first_report(course), *_reached(course, Key.FIRST_CASE, 1),
        *(row for threshold in THRESHOLDS for row in _reached(course, Key.REACHED, threshold)),
        *_most_new(course), *_last_increase(course), *_revisions(course), *_totals(course))


def at_step(rows: Sequence[KeyDate], begin_ms: int) -> tuple[KeyDate, ...]:
    """The rows that hold in the step that begins then."""
    found: dict[tuple[Key, int], KeyDate] = {}
    for row in rows:
        if row.since_ms <= begin_ms:
            found[row.key, row.threshold] = row
    return tuple(found.values())


def until(rows: Sequence[KeyDate]) -> Iterator[tuple[KeyDate, int | None]]:
    """Each row, and the step with which another of its kind takes its place; None: it holds to the end."""
    for row, following in zip(rows, (*rows[1:], None)):
        same = following is not None and (following.key, following.threshold) == (row.key, row.threshold)
        yield row, following.since_ms if same and following is not None else None


def _first_report(course: Course) -> Iterator[KeyDate]:
    yield from _one_date(course, Key.FIRST_REPORT, course.places > 0, course.places >= 0)


def _reached(course: Course, key: Key, threshold: int) -> Iterator[KeyDate]:
    """When the count was at least a threshold. The first known count, if it is beyond it or is of the dataset's first
    step, only tells that this had happened by then."""
    reached = np.nan_to_num(course.total, nan=-np.inf) >= threshold
    at, first = int(np.argmax(reached)), int(np.argmax(~np.isnan(course.total)))
    sure = course.events or at > first or (at > 0 and course.total[at] == threshold)
    yield from _one_date(
        course, key, reached, ~np.isnan(course.total), threshold if key is Key.REACHED else 0, sure)


def _one_date(
    course: Course, key: Key, when: Bools, known: Bools, threshold: int = 0, exact: bool = True
) -> Iterator[KeyDate]:
    """Rows without a date, and one with it from the first step `when` it is so."""
    yield from _none_yet(course, key, when, known, threshold)
    at = int(np.argmax(when))
    if when[at]:
        date = int(course.begins[at])
        yield KeyDate(key, date, date, float(course.total[at]), threshold, exact)


def _none_yet(course: Course, key: Key, when: Bools, known: Bools, threshold: int = 0) -> Iterator[KeyDate]:
    """Rows without a date, as long as it is not so: nothing is known, then known not to be."""
    first = int(np.argmax(when)) if when.any() else len(when)
    heard = int(np.argmax(known)) if known.any() else len(known)
    if min(first, heard) > 0:
        yield KeyDate(key, int(course.begins[0]), threshold=threshold)
    if heard < first:
        yield KeyDate(key, int(course.begins[heard]), number=0.0, threshold=threshold)


def _changes(course: Course) -> Floats:
    """What is new in each step, NaN where the dataset cannot tell: in its first one all that went before is new."""
    new = course.new.copy()
    if not course.events:
        new[0] = np.nan
    return new


def _most_new(course: Course) -> Iterator[KeyDate]:
    """The step with the greatest increase so far; of equal ones the first."""
    new = _changes(course)
    rise = np.fmax(new, 0.0)
    before = np.append(0.0, np.fmax.accumulate(np.nan_to_num(rise))[:-1])
    number = np.arange(len(new))
    reported = np.append(-1, np.maximum.accumulate(np.where(course.gap, -1, number))[:-1])
    yield from _dated(course, Key.MOST_NEW, np.nan_to_num(rise) > before, new, number - reported - 1)


def _last_increase(course: Course) -> Iterator[KeyDate]:
    new = _changes(course)
    yield from _dated(course, Key.LAST_INCREASE, np.nan_to_num(new) > 0, new)


def _dated(
    course: Course, key: Key, when: Bools, changes: Floats, silent: Ints | None = None
) -> Iterator[KeyDate]:
    yield from _none_yet(course, key, when, ~np.isnan(changes))
    for at in np.flatnonzero(when).tolist():
        date = int(course.begins[at])
        yield KeyDate(key, date, date, float(changes[at]), times=0 if silent is None else int(silent[at]))


def _revisions(course: Course) -> Iterator[KeyDate]:
    """How many steps so far had a fall, what fell in all, and when the last was."""
    falls = course.fallen < 0
    times, sums = np.cumsum(falls), np.cumsum(np.where(falls, course.fallen, 0.0))
    yield from _none_yet(course, Key.REVISIONS, falls, ~np.isnan(course.total))
    for at in np.flatnonzero(falls).tolist():
        date = int(course.begins[at])
        yield KeyDate(Key.REVISIONS, date, date, float(sums[at]), times=int(times[at]))


def _totals(course: Course) -> Iterator[KeyDate]:
    """The total as known at the end of each step, wherever one of its numbers is another than before."""
    known = ~np.isnan(course.total)
    said = np.stack([
        np.where(known, course.total, -1.0), known, course.known, course.places, np.where(known, course.unlocated, 0)])
    differs = np.append(True, (said[:, 1:] != said[:, :-1]).any(axis=0))
    for at in np.flatnonzero(differs).tolist():
        yield KeyDate(
            Key.TOTAL, int(course.begins[at]), int(course.begins[at]), float(course.total[at]),
            times=int(course.known[at]), places=int(course.places[at]), unlocated=float(said[4, at]))
