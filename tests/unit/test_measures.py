"""Totals and changes of areas against a plain reading, period by period and place by place."""
from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from outbreak_atlas.plugin.core.errors import AtlasError
from outbreak_atlas.plugin.core.measures import (
    History,
    Measures,
    Members,
    measure_changes,
    measure_events,
    measure_states,
)
from outbreak_atlas.plugin.core.periods import PeriodLength, period_edges
from outbreak_atlas.plugin.core.progress import Progress
from outbreak_atlas.plugin.core.schema import MS_PER_DAY, MS_PER_HOUR, Step

END = 40


@dataclass(frozen=True)
class State:
    """One state; `last` is its last report."""

    place: int
    begin: int
    end: int
    last: int
    reports: int
    value: float
    change: float


def as_history(states: list[State]) -> History:
    def column(name: str, kind: type) -> np.ndarray:
        return np.array([getattr(one, name) for one in states], kind)

    return History(
        column("place", np.int64), column("begin", np.int64), column("end", np.int64), column("last", np.int64),
        column("reports", np.int64), column("value", float), column("change", float), END)


@st.composite
def lives(draw: st.DrawFn) -> list[State]:
    """States of up to 5 places; they may be taken off and come back, and their values may be unknown at first."""
    states = []
    first_is_new = draw(st.booleans())
    for place in range(draw(st.integers(1, 5))):
        cuts = draw(st.lists(st.integers(0, END - 1), min_size=1, max_size=6).map(sorted))
        before, first = np.nan, True
        for begin, following in zip(cuts, [*cuts[1:], None]):
            listed_on = following is None and draw(st.booleans())
            limit = END if following is None else following
            end = limit if listed_on or draw(st.booleans()) else min(begin + draw(st.integers(1, 6)), limit)
            value = before if np.isnan(before) and draw(st.booleans()) else float(draw(st.integers(-5, 30)))
            if first:
                change = value if first_is_new else np.nan
            else:
                change = value - before
            reports = draw(st.integers(1, 4))
            last = begin if reports == 1 or end == begin else draw(st.integers(begin, end - 1))
            states.append(State(place, begin, end, last, reports, value, change))
            before, first = value, False
    return draw(st.permutations(states))


memberships = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 2)), unique=True, max_size=10)
edge_lists = st.lists(st.integers(-3, END + 5), min_size=2, max_size=7, unique=True).map(sorted)


def members_of(pairs: list[tuple[int, int]]) -> Members:
    place, area = np.array(pairs, np.int64).reshape(-1, 2).T
    return Members(place, area, 3)


def total_of(states: list[State], places: set[int], end: int) -> tuple[float, int, int]:
    """Sum of known values just before a moment, and numbers of known values and of places."""
    at = min(end, END) - 0.5
    held = [one for one in states if one.place in places and one.begin <= at < one.end]
    known = [one.value for one in held if one.value == one.value]
    return (sum(known) if known else np.nan), len(known), len(held)


def new_of(states: list[State], places: set[int], begin: int, end: int) -> float:
    """Place by place: what came, what left, and a zero of those known all the time."""
    said = []
    for place in places:
        life = sorted((one for one in states if one.place == place), key=lambda one: (one.begin, one.end))
        for before, one, after in zip([None, *life], life, [*life[1:], None]):
            back = before is not None and one.begin > before.end
            if begin <= one.begin < end:
                said.append(one.value if back else one.change)
            gone = one.end < END if after is None else after.begin > one.end
            if gone and begin <= one.end < end:
                said.append(-one.value)
            if one.begin < begin and one.end > min(end, END) - 0.5:
                said.append(one.value * 0)
    said = [value for value in said if value == value]
    return sum(said) if said else np.nan


def reporting_of(states: list[State], places: set[int], begin: int, end: int, edges: list[int]) -> int:
    moments = [moment for one in states for moment in (one.begin, one.last)]
    alive = any(begin <= moment < end for moment in moments)

    def reports_in(one: State) -> bool:
        if begin <= one.begin < end or begin <= one.last < end:
            return True
        return one.reports > 2 and one.begin < end and one.last >= begin and alive

    return len({one.place for one in states if one.place in places and reports_in(one)})


@settings(max_examples=150, deadline=None)
@given(lives(), memberships, edge_lists)
def test_states_as_a_plain_reading_has_them(
    states: list[State], pairs: list[tuple[int, int]], edges: list[int]
) -> None:
    found = measure_states(as_history(states), members_of(pairs), np.array(edges, np.int64), Progress())
    for area in range(3):
        places = {place for place, own in pairs if own == area}
        for period, (begin, end) in enumerate(zip(edges, edges[1:])):
            total, known, listed = total_of(states, places, end)
            np.testing.assert_equal(found.total[area, period], total)
            assert (found.places_known[area, period], found.places[area, period]) == (known, listed)
            np.testing.assert_equal(found.new[area, period], new_of(states, places, begin, end))
            assert found.places_reporting[area, period] == reporting_of(states, places, begin, end, edges)


@settings(max_examples=100, deadline=None)
@given(lives(), edge_lists)
def test_new_counts_add_up_to_the_change_of_the_total(states: list[State], edges: list[int]) -> None:
    """Where all values are known and first ones are new, nothing is left out of the change."""
    edges = [edges[0], *(edge for edge in edges[1:-1] if edge < END), edges[-1]]
    whole = [one for one in states if all(other.value == other.value for other in states)]
    whole.sort(key=lambda one: (one.place, one.begin, one.end))
    first = {one.place: one for one in reversed(whole)}
    whole = [replace(one, change=one.value) if first[one.place] is one else one for one in whole]
    members = Members(np.arange(5), np.zeros(5, np.int64), 1)
    found = measure_states(as_history(whole), members, np.array(edges, np.int64), Progress())
    totals = [total_of(whole, set(range(5)), edge)[0] for edge in edges]
    change = np.diff(np.nan_to_num(totals))
    np.testing.assert_allclose(np.nan_to_num(found.new[0]), change)


@settings(max_examples=100, deadline=None)
@given(lives(), memberships, edge_lists)
def test_changes_are_summed(states: list[State], pairs: list[tuple[int, int]], edges: list[int]) -> None:
    found = measure_changes(as_history(states), members_of(pairs), np.array(edges, np.int64), Progress())
    for area in range(3):
        mine = [one for one in states if (one.place, area) in pairs and one.change == one.change]
        for period, (begin, end) in enumerate(zip(edges, edges[1:])):
            new = [one.change for one in mine if begin <= one.begin < end]
            until = [one.change for one in mine if one.begin < end]
            assert np.nan_to_num(found.new[area, period]) == sum(new)
            np.testing.assert_equal(found.total[area, period], sum(until) if until else np.nan)
            assert not (new and np.isnan(found.new[area, period]))


counts = st.sampled_from([1.0, 3.0, np.nan])
events = st.lists(st.tuples(st.integers(0, 4), st.integers(0, END - 1), counts), max_size=12)


@settings(max_examples=100, deadline=None)
@given(events, memberships, edge_lists)
def test_events_as_a_plain_reading_has_them(
    rows: list[tuple[int, int, float]], pairs: list[tuple[int, int]], edges: list[int]
) -> None:
    history = as_history([State(place, at, at + 1, at, 1, value, np.nan) for place, at, value in rows])
    found = measure_events(history, members_of(pairs), np.array(edges, np.int64))

    def sum_of(values: list[float], covered: bool) -> float:
        known = [value for value in values if value == value]
        return sum(known) if covered and (known or not values) else np.nan

    for area in range(3):
        places = {place for place, own in pairs if own == area}
        mine = [row for row in rows if row[0] in places]
        for period, (begin, end) in enumerate(zip(edges, edges[1:])):
            within, until = [r for r in mine if begin <= r[1] < end], [r for r in mine if r[1] < end]
            np.testing.assert_equal(found.new[area, period], sum_of([r[2] for r in within], bool(places)))
            np.testing.assert_equal(found.total[area, period], sum_of([r[2] for r in until], bool(places)))
            assert found.places[area, period] == len({r[0] for r in until})
            assert found.places_known[area, period] == len({r[0] for r in until if r[2] == r[2]})
            assert found.places_reporting[area, period] == len({r[0] for r in within})


def one_area(states: list[State], *edges: int) -> Measures:
    members = Members(np.arange(5), np.zeros(5, np.int64), 1)
    return measure_states(as_history(states), members, np.array(edges, np.int64), Progress())


def test_what_moves_to_another_name_is_not_new() -> None:
    """“To be confirmed” is taken off the list when its 30 cases become those of a city."""
    found = one_area([
        State(0, 0, 20, 10, 3, 30, 30), State(1, 0, 20, 10, 3, 5, 5), State(1, 20, END, 30, 3, 35, 30)], 0, 10, 20, 30)
    assert found.total[0].tolist() == [35, 35, 35]
    assert found.new[0].tolist() == [35, 0, 0]


def test_a_first_value_in_the_middle_of_an_outbreak_is_not_new() -> None:
    found = one_area([State(0, 0, 20, 10, 2, 50, np.nan), State(0, 20, END, 25, 2, 48, -2)], 0, 10, 20, 30)
    np.testing.assert_equal(found.new[0], [np.nan, 0, -2])


def test_large_values_do_not_swallow_small_ones() -> None:
    states = [State(0, 0, 5, 0, 1, 1e18, 1e18), State(1, 0, END, 0, 1, 0.1, 0.1)]
    assert one_area(states, 0, 10, 20).total[0].tolist() == [0.1, 0.1]


@pytest.mark.parametrize(("length", "step", "expected"), [
    (PeriodLength.STEP, Step.DAY, [6, 24, 48, 60]), (PeriodLength.DAY, Step.WEEK, [6, 24, 48, 60]),
    (PeriodLength.WEEK, Step.DAY, [6, 60]), (PeriodLength.ALL, Step.DAY, [6, 60]),
    (PeriodLength.MONTH, Step.HOUR, [6, 60]),
])
def test_periods_begin_at_boundaries(length: PeriodLength, step: Step, expected: list[int]) -> None:
    edges = period_edges(6 * MS_PER_HOUR, 60 * MS_PER_HOUR, length, step)
    assert (edges // MS_PER_HOUR).tolist() == expected


def test_hours_and_weeks_and_months() -> None:
    assert len(period_edges(0, MS_PER_DAY, PeriodLength.HOUR, Step.DAY)) == 25
    weeks = period_edges(0, 20 * MS_PER_DAY, PeriodLength.STEP, Step.WEEK) // MS_PER_DAY
    assert weeks.tolist() == [0, 4, 11, 18, 20]  # 1970-01-05 was a Monday
    months = period_edges(31 * MS_PER_DAY, 90 * MS_PER_DAY, PeriodLength.MONTH, Step.DAY) // MS_PER_DAY
    assert months.tolist() == [31, 59, 90]


def test_periods_that_no_one_could_look_through_are_refused() -> None:
    with pytest.raises(AtlasError, match="longer PERIOD"):
        period_edges(0, 10**15, PeriodLength.HOUR, Step.DAY)
    with pytest.raises(AtlasError, match="FROM must lie before TO"):
        period_edges(5, 5, PeriodLength.DAY, Step.DAY)
