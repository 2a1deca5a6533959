"""Key dates of an area: what was known in each step, and nothing of what came later."""
from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from outbreak_atlas.plugin.core.key_dates import THRESHOLDS, Course, Key, KeyDate, at_step, key_dates, until

DAY = 86_400_000
NAN = float("nan")


def course(total: list[float], events: bool = False, **other: list[float]) -> Course:
    """A course of days whose changes are those of its totals; one place, which is listed where it is known."""
    totals = np.array(total, float)
    before = np.append(0.0, totals[:-1])
    new = np.where(np.isnan(before), totals, totals - before)
    known = np.isfinite(totals)
    made = Course(
        np.arange(len(total)) * DAY, totals, new, np.minimum(np.nan_to_num(new), 0), known.astype(float),
        known.astype(float), np.zeros(len(total)), np.zeros(len(total), bool), events)
    return replace(made, **{name: np.array(values) for name, values in other.items()})


def said(made: Course, day: int = -1) -> dict[tuple[Key, int], KeyDate]:
    rows = at_step(key_dates(made), int(made.begins[day]))
    return {(row.key, row.threshold): row for row in rows}


def test_a_count_is_reached_on_the_day_of_the_report_that_says_so() -> None:
    found = said(course([0, 1, 9, 10, 250, 250]))
    assert found[Key.FIRST_REPORT, 0].at_ms == 0
    assert (found[Key.FIRST_CASE, 0].at_ms, found[Key.FIRST_CASE, 0].exact) == (DAY, True)
    assert [found[Key.REACHED, n].at_ms for n in THRESHOLDS] == [3 * DAY, 4 * DAY, None]
    assert found[Key.REACHED, 1000].number == 0  # known not to be reached


def test_what_was_beyond_it_when_first_known_is_only_reached_by_then() -> None:
    found = said(course([2261, 2300]))
    assert not found[Key.FIRST_CASE, 0].exact and not found[Key.REACHED, 1000].exact
    assert found[Key.REACHED, 10].number == 2261
    later = said(course([NAN, 50, 60]))
    assert (later[Key.REACHED, 10].at_ms, later[Key.REACHED, 10].exact) == (DAY, False)
    assert said(course([NAN, 1, 60]))[Key.FIRST_CASE, 0].exact


def test_events_of_the_first_step_happened_in_it() -> None:
    assert said(course([12, 15], events=True))[Key.REACHED, 10].exact
    assert said(course([12, 15], events=True))[Key.MOST_NEW, 0].number == 12


def test_what_is_unknown_has_no_date_and_is_not_zero() -> None:
    nothing = course([NAN, NAN], places=[3, 3])
    found = said(nothing)
    assert found[Key.FIRST_REPORT, 0].at_ms == 0
    for key in ((Key.FIRST_CASE, 0), (Key.REACHED, 10), (Key.MOST_NEW, 0), (Key.LAST_INCREASE, 0), (Key.REVISIONS, 0)):
        assert found[key].at_ms is None and np.isnan(found[key].number), key
    total = found[Key.TOTAL, 0]
    assert np.isnan(total.number) and (total.times, total.places) == (0, 3)


def test_the_first_step_is_no_increase_as_what_went_before_is_in_it() -> None:
    found = said(course([500, 520, 560, 560]))
    assert (found[Key.MOST_NEW, 0].at_ms, found[Key.MOST_NEW, 0].number) == (2 * DAY, 40)
    assert found[Key.LAST_INCREASE, 0].at_ms == 2 * DAY
    only = said(course([500]))
    assert only[Key.MOST_NEW, 0].at_ms is None and np.isnan(only[Key.MOST_NEW, 0].number)


def test_of_equal_increases_the_first_is_told_and_silence_before_it() -> None:
    made = course([1, 1, 1, 9, 17], gap=[False, True, True, False, False])
    most = said(made)[Key.MOST_NEW, 0]
    assert (most.at_ms, most.number, most.times) == (3 * DAY, 8, 2)


def test_falls_are_counted_and_added() -> None:
    falls = said(course([10, 8, 12, 11, 20]))[Key.REVISIONS, 0]
    assert (falls.times, falls.number, falls.at_ms) == (2, -3, 3 * DAY)
    assert said(course([10, 12]))[Key.REVISIONS, 0].number == 0


def test_a_total_says_who_knows_it() -> None:
    made = course([5, 5, 5], places=[2, 3, 3], known=[2, 2, 2], unlocated=[0, 0, 4])
    assert [(row.times, row.places, row.unlocated) for row in key_dates(made) if row.key is Key.TOTAL] == [
        (2, 2, 0), (2, 3, 0), (2, 3, 4)]


def test_without_steps_there_is_nothing_to_tell() -> None:
    assert key_dates(course([])) == ()


numbers = st.one_of(st.just(NAN), st.integers(0, 30).map(float), st.integers(0, 2000).map(float))


@given(st.lists(numbers, min_size=1, max_size=12), st.booleans())
def test_each_step_tells_what_a_dataset_that_ends_there_would(total: list[float], events: bool) -> None:
    made = course(total, events)
    whole = key_dates(made)
    for day in range(len(total)):
        cut = replace(made, **{
            field.name: getattr(made, field.name)[:day + 1] for field in fields(made) if field.name != "events"})
        now = int(made.begins[day])
        assert repr(at_step(whole, now)) == repr(at_step(key_dates(cut), now))


@given(st.lists(numbers, min_size=1, max_size=12))
def test_in_every_step_each_row_stands_once(total: list[float]) -> None:
    rows = list(until(key_dates(course(total))))
    for day in range(len(total)):
        held = [(row.key, row.threshold) for row, end in rows
                if row.since_ms <= day * DAY and (end is None or day * DAY < end)]
        assert len(held) == len(set(held)) == len(Key) - 1 + len(THRESHOLDS)


@pytest.mark.parametrize("reached", THRESHOLDS)
@given(total=st.lists(numbers, min_size=1, max_size=12))
def test_a_reached_count_is_the_first_so_large(reached: int, total: list[float]) -> None:
    first = next((day for day, value in enumerate(total) if value >= reached), None)
    assert said(course(total))[Key.REACHED, reached].at_ms == (None if first is None else first * DAY)
