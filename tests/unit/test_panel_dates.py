"""Which steps the panels of small multiples show."""
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from outbreak_atlas.plugin.core.errors import AtlasError
from outbreak_atlas.plugin.core.frames import Played
from outbreak_atlas.plugin.core.panel_dates import even_frames, given_frames, given_twice, weekly_frames
from outbreak_atlas.plugin.core.schema import MS_PER_DAY, MS_PER_HOUR, Step

DAYS_84 = Played(0, 84 * MS_PER_DAY, Step.DAY)
#: 2020-02-03, a Monday.
MONDAY = 18_295 * MS_PER_DAY


def days(frames: object) -> list[int]:
    return [frame.begin_ms // MS_PER_DAY for frame in frames]


@given(steps=st.integers(1, 400), panels=st.integers(2, 60))
def test_even_dates_hold_both_ends_and_differ_by_one_step_at_most(steps: int, panels: int) -> None:
    shown = days(even_frames(Played(0, steps * MS_PER_DAY, Step.DAY), None, None, panels))
    gaps = [later - earlier for earlier, later in zip(shown, shown[1:])]
    assert len(shown) == min(steps, panels)
    assert shown[0] == 0 and shown[-1] == steps - 1
    assert not gaps or (min(gaps) >= 1 and max(gaps) - min(gaps) <= 1)


def test_from_and_to_limit_the_panels_and_to_is_excluded() -> None:
    frames = even_frames(DAYS_84, 10 * MS_PER_DAY, 21 * MS_PER_DAY, 3)
    assert days(frames) == [10, 15, 20]
    assert [frame.number for frame in frames] == [0, 1, 2]
    assert all(frame.end_ms - frame.begin_ms == MS_PER_DAY for frame in frames)


def test_a_from_within_a_step_begins_with_that_step() -> None:
    frames = even_frames(DAYS_84, 10 * MS_PER_DAY + 5, 12 * MS_PER_DAY + 1, 9)
    assert days(frames) == [10, 11, 12]


def test_fewer_steps_than_panels_show_each_step_once() -> None:
    assert days(even_frames(Played(0, 3 * MS_PER_DAY, Step.DAY), None, None, 9)) == [0, 1, 2]


def test_weeks_end_on_sunday_and_the_last_one_with_the_data() -> None:
    frames, weeks = weekly_frames(Played(MONDAY, MONDAY + 17 * MS_PER_DAY, Step.DAY), None, None, 9)
    assert [day - MONDAY // MS_PER_DAY for day in days(frames)] == [6, 13, 16]
    assert weeks == 3


def test_of_too_many_weeks_the_last_are_shown() -> None:
    frames, weeks = weekly_frames(Played(MONDAY, MONDAY + 70 * MS_PER_DAY, Step.DAY), None, None, 4)
    assert weeks == 10
    assert [day - MONDAY // MS_PER_DAY for day in days(frames)] == [48, 55, 62, 69]
    assert [frame.number for frame in frames] == [0, 1, 2, 3]


def test_given_dates_come_in_the_order_of_time_and_once() -> None:
    moments = (20 * MS_PER_DAY, 3 * MS_PER_DAY, 3 * MS_PER_DAY + MS_PER_HOUR)
    frames = given_frames(DAYS_84, moments)
    assert days(frames) == [3, 20]
    assert given_twice(DAYS_84, moments, frames) == "1970-01-04"
    assert given_twice(DAYS_84, moments[:2], frames) == ""


def test_a_date_of_hourly_data_is_the_state_at_the_end_of_its_day() -> None:
    hours = Played(5 * MS_PER_HOUR, 60 * MS_PER_HOUR, Step.HOUR)
    frames = given_frames(hours, (0, MS_PER_DAY, MS_PER_DAY + 3 * MS_PER_HOUR, 2 * MS_PER_DAY))
    assert [frame.begin_ms // MS_PER_HOUR for frame in frames] == [23, 27, 47, 59]


@pytest.mark.parametrize("ms", [-MS_PER_DAY, 84 * MS_PER_DAY, 84 * MS_PER_DAY + 1])
def test_a_date_outside_the_dataset_is_named_with_the_datasets_period(ms: int) -> None:
    with pytest.raises(AtlasError, match=r"outside the dataset, which runs from 1970-01-01 to 1970-03-25"):
        given_frames(DAYS_84, (MS_PER_DAY, ms))


def test_too_many_dates_are_refused() -> None:
    with pytest.raises(AtlasError, match="61 dates are given, and 60 panels are the most"):
        given_frames(DAYS_84, [day * MS_PER_DAY for day in range(61)])
