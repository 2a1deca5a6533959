"""The list of frames: from, to, step, and what is refused."""
from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from outbreak_atlas.plugin.core.errors import AtlasError
from outbreak_atlas.plugin.core.frames import Frame, Played, frame_at, frames_between
from outbreak_atlas.plugin.core.schema import Step

HOUR, DAY = 3_600_000, 86_400_000
EPOCH = datetime(1970, 1, 1)


def ms(text: str) -> int:
    return (datetime.fromisoformat(text) - EPOCH) // timedelta(milliseconds=1)


def days(first: str, last: str) -> Played:
    return Played(ms(first), ms(last) + DAY, Step.DAY)


FEBRUARY = days("2020-02-01", "2020-02-29")


def begins(frames: tuple[Frame, ...]) -> list[str]:
    return [(EPOCH + timedelta(milliseconds=one.begin_ms)).isoformat(sep=" ", timespec="minutes") for one in frames]


def test_the_whole_dataset_has_a_frame_a_step() -> None:
    frames = frames_between(FEBRUARY, None, None, None)
    assert len(frames) == 29 and [one.number for one in frames] == list(range(29))
    assert begins(frames)[0] == "2020-02-01 00:00" and begins(frames)[-1] == "2020-02-29 00:00"
    assert all(one.end_ms - one.begin_ms == DAY for one in frames)


def test_to_is_excluded() -> None:
    frames = frames_between(FEBRUARY, ms("2020-02-10"), ms("2020-02-12"), None)
    assert begins(frames) == ["2020-02-10 00:00", "2020-02-11 00:00"]
    assert len(frames_between(FEBRUARY, ms("2020-02-10"), ms("2020-02-12T00:01"), None)) == 3


def test_a_week_shows_its_last_day_and_no_place_twice() -> None:
    frames = frames_between(FEBRUARY, None, None, Step.WEEK)
    assert begins(frames) == [f"2020-02-{day:02d} 00:00" for day in (2, 9, 16, 23, 29)]
    assert all(one.end_ms - one.begin_ms == DAY for one in frames)


def test_hours_of_a_daily_dataset_show_their_day() -> None:
    frames = frames_between(FEBRUARY, ms("2020-02-10T22:00"), ms("2020-02-11T02:00"), Step.HOUR)
    assert begins(frames) == ["2020-02-10 00:00"] * 2 + ["2020-02-11 00:00"] * 2


def test_what_lies_outside_is_left_out_or_refused() -> None:
    assert len(frames_between(FEBRUARY, ms("2019-12-01"), ms("2020-02-03"), None)) == 2
    with pytest.raises(AtlasError, match="runs from 2020-02-01 to 2020-02-29, and nothing of it lies between"):
        frames_between(FEBRUARY, ms("2021-01-01"), ms("2021-02-01"), None)
    with pytest.raises(AtlasError, match=r"FROM \(2020-02-12\) is not before TO \(2020-02-12\)"):
        frames_between(FEBRUARY, ms("2020-02-12"), ms("2020-02-12"), None)


def test_a_frame_is_found_by_a_moment_in_it() -> None:
    assert begins((frame_at(FEBRUARY, ms("2020-02-13T18:30")),)) == ["2020-02-13 00:00"]
    assert begins((frame_at(FEBRUARY, None),)) == ["2020-02-29 00:00"]
    for outside in ("2020-01-31T23:59", "2020-03-01"):
        with pytest.raises(AtlasError, match="outside the dataset, which runs from 2020-02-01 to 2020-02-29: "):
            frame_at(FEBRUARY, ms(outside))


def test_too_many_frames_are_refused_before_they_are_made() -> None:
    with pytest.raises(AtlasError, match="have 105,192 frames, and 100,000 are the most"):
        frames_between(days("2000-01-01", "2011-12-31"), None, None, Step.HOUR)


@given(st.integers(0, 40 * 24), st.integers(1, 40 * 24), st.sampled_from(Step), st.sampled_from(Step))
def test_frames_are_single_steps_within_the_dataset_and_never_go_back(
    begin_h: int, hours: int, own: Step, film: Step
) -> None:
    from outbreak_atlas.plugin.core.steps import step_begin, step_ms

    end_ms = -(-(begin_h + hours) * HOUR // step_ms(own)) * step_ms(own)
    played = Played(step_begin(begin_h * HOUR, own), step_begin(end_ms - 1, own) + step_ms(own), own)
    frames = frames_between(played, None, None, film)
    assert frames[-1].end_ms == played.end_ms
    assert all(one.end_ms - one.begin_ms == step_ms(own) for one in frames)
    assert all(one.begin_ms >= played.begin_ms for one in frames)
    assert all(one.begin_ms <= other.begin_ms for one, other in zip(frames, frames[1:]))
