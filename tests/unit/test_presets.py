"""Periods by name and as typed, against counting by hand and by pandas."""
from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_curves import made_curve, ms
from outbreak_atlas.plugin.core.filters import FilterState, Shape, inside_step
from outbreak_atlas.plugin.core.presets import dates_typed, last_days, limited, peak_fortnight
from outbreak_atlas.plugin.core.schema import MS_PER_DAY, Step
from outbreak_atlas.plugin.core.steps import step_ms


def shape_of(step: Step = Step.DAY, begin: str = "2020-02-03", steps: int = 40) -> Shape:
    """2020-02-03 is a Monday."""
    return Shape(("city",), ("confirmed",), False, step, ms(begin), ms(begin) + steps * step_ms(step))


# As typed


@pytest.mark.parametrize(("step", "begin", "end", "expected"), [
    (Step.DAY, "2020-02-10T00:00", "2020-02-12T00:00", ("2020-02-10", "2020-02-13")),
    (Step.DAY, "2020-02-10T23:59", "2020-02-10T00:00", ("2020-02-10", "2020-02-11")),
    (Step.WEEK, "2020-02-13T00:00", "2020-02-20T00:00", ("2020-02-10", "2020-02-24")),
    (Step.WEEK, "2020-02-10T00:00", "2020-02-16T00:00", ("2020-02-10", "2020-02-17")),
    (Step.HOUR, "2020-02-03T05:30", "2020-02-03T07:00", ("2020-02-03T05:00", "2020-02-03T08:00")),
])
def test_both_steps_are_a_part_of_the_dates(step: Step, begin: str, end: str, expected: tuple[str, str]) -> None:
    assert dates_typed(ms(begin), ms(end), shape_of(step)) == tuple(map(ms, expected))


def test_the_dataset_s_own_limits_are_no_limits() -> None:
    shape = shape_of()
    last = shape.end_ms - 1
    assert dates_typed(shape.begin_ms, last, shape) == (None, None)
    assert dates_typed(shape.begin_ms, last - MS_PER_DAY, shape) == (None, shape.end_ms - MS_PER_DAY)
    assert dates_typed(shape.begin_ms + MS_PER_DAY, last, shape) == (shape.begin_ms + MS_PER_DAY, None)
    assert dates_typed(ms("2019-01-01"), ms("2021-01-01"), shape) == (None, None)


def test_an_end_before_the_begin_is_one_step() -> None:
    assert dates_typed(ms("2020-02-20"), ms("2020-02-10"), shape_of()) == (ms("2020-02-20"), ms("2020-02-21"))


@given(st.sampled_from(list(Step)), st.integers(0, 400), st.integers(0, 400))
def test_typed_dates_are_whole_steps_inside(step: Step, begin: int, end: int) -> None:
    """What is typed is what a state keeps: nothing is moved a second time."""
    shape = shape_of(step, steps=400)
    typed = dates_typed(shape.begin_ms + begin * step_ms(step) // 3, shape.begin_ms + end * step_ms(step) // 3, shape)
    state = inside_step(FilterState("confirmed", begin_ms=typed[0], end_ms=typed[1]), shape)
    assert (state.begin_ms, state.end_ms) == typed


# By name


@pytest.mark.parametrize(("step", "days", "begin"), [
    (Step.DAY, 7, "2020-03-07"), (Step.DAY, 14, "2020-02-29"), (Step.DAY, 28, "2020-02-15"),
    (Step.HOUR, 1, "2020-03-13"), (Step.WEEK, 7, "2020-03-09"), (Step.WEEK, 14, "2020-03-02"),
])
def test_the_last_days(step: Step, days: int, begin: str) -> None:
    shape = Shape(("city",), ("confirmed",), False, step, ms("2020-02-03"),
                  ms("2020-03-16" if step == Step.WEEK else "2020-03-14"))
    assert last_days(days, shape) == (ms(begin), None)


def test_more_days_than_there_are_are_all() -> None:
    assert last_days(28, shape_of(steps=28)) == last_days(28, shape_of(steps=5)) == (None, None)
    assert last_days(28, shape_of(steps=29)) == (ms("2020-02-04"), None)


@given(st.lists(st.one_of(st.just(np.nan), st.integers(-50, 500).map(float)), min_size=15, max_size=60))
def test_the_peak_fortnight_is_the_one_pandas_finds(new: list[float]) -> None:
    shape = shape_of(steps=len(new))
    found = peak_fortnight(made_curve(new), shape)
    sums = pd.Series(new).fillna(0).rolling(14).sum().to_numpy()[13:]
    if not any(value > 0 for value in new):
        assert found == (None, None)
        return
    first = int(np.argmax(sums))
    begin, end = shape.begin_ms + first * MS_PER_DAY, shape.begin_ms + (first + 14) * MS_PER_DAY
    assert found == (begin if first else None, end if end < shape.end_ms else None)


@pytest.mark.parametrize(("step", "before", "length"), [(Step.WEEK, 5, 2), (Step.HOUR, 24, 336)])
def test_a_fortnight_of_other_steps(step: Step, before: int, length: int) -> None:
    new = np.zeros(before + length + 10)
    new[before:before + length] = 3
    shape = shape_of(step, steps=len(new))
    begin = shape.begin_ms + before * step_ms(step)
    assert peak_fortnight(made_curve(new, step), shape) == (begin, begin + length * step_ms(step))


def test_a_short_or_unknown_curve_has_no_peak() -> None:
    assert peak_fortnight(made_curve([5.0] * 14), shape_of(steps=14)) == (None, None)
    assert peak_fortnight(made_curve([np.nan] * 30), shape_of(steps=30)) == (None, None)
    assert peak_fortnight(made_curve([-1.0] * 30), shape_of(steps=30)) == (None, None)


def test_a_period_outside_is_no_period() -> None:
    shape = shape_of()
    assert limited(shape.end_ms, shape.end_ms + MS_PER_DAY, shape) == (None, None)
    assert limited(shape.begin_ms - MS_PER_DAY, shape.begin_ms, shape) == (None, None)
    assert limited(shape.begin_ms + MS_PER_DAY, shape.end_ms + MS_PER_DAY, shape) == (
        shape.begin_ms + MS_PER_DAY, None)
