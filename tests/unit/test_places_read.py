"""Sums, stocks and entries of places against their definitions, row by row."""
from __future__ import annotations

import numpy as np
import pytest
from outbreak_atlas.plugin.core.point_cases import Told
from outbreak_atlas.plugin.core.schema import Step
from outbreak_atlas.plugin.core.steps import step_begin
from outbreak_atlas.plugin.store.places_read import Interval, ReportRows, Tally, tally_stock, tally_sums
from outbreak_atlas.plugin.store.point_blobs import points_of

_HOUR = 3_600_000
_NOTHING = np.array([], np.int64)


def _history(seed: int, places: int = 12) -> ReportRows:
    """States of places over ten days: some unknown, some with a gap after them, in any order."""
    generator = np.random.default_rng(seed)
    rows = []
    for place in range(places):
        moments = np.sort(generator.choice(240, generator.integers(1, 9), replace=False)) * _HOUR
        for begin, end in zip(moments, [*moments[1:], 264 * _HOUR]):
            gap = end - _HOUR // 2 if generator.random() < 0.2 else end
            rows.append((place, begin, begin, gap, generator.choice([np.nan, 0, 1, 5, 30, -2])))
    generator.shuffle(rows)
    columns = np.array(rows).T
    return ReportRows(*(column.astype(np.int64) for column in columns[:4]), columns[4])


def _by_key(tally: Tally) -> dict[tuple[int, int], float]:
    entries = tally.entries
    return dict(zip(zip(tally.place[entries.point].tolist(), entries.ms.tolist()), entries.cases.tolist()))


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("step", [Step.HOUR, Step.DAY])
def test_tallies_are_as_defined(seed: int, step: Step) -> None:
    rows = _history(seed)
    interval = Interval(30 * _HOUR, (150 + seed) * _HOUR, step)
    listed = list(zip(*(values.tolist() for values in vars(rows).values())))
    sums: dict[int, float] = {}
    stock: dict[int, float] = {}
    last: dict[tuple[int, int], tuple[int, float]] = {}
    for place, reported, begin, end, value in listed:
        if np.isnan(value):
            continue
        if interval.begin_ms <= reported < interval.end_ms:
            sums[place] = sums.get(place, 0) + value
            key = (place, step_begin(reported, step))
            last[key] = max(last.get(key, (-1, 0.0)), (reported, value))
        if begin < interval.end_ms <= end:
            stock[place] = value
    found = tally_sums(rows, interval, Told.CHANGES)
    assert dict(zip(found.place.tolist(), found.cases.tolist())) == sums
    assert np.bincount(found.entries.point, found.entries.cases).tolist() == found.cases.tolist()
    found = tally_stock(rows, interval, Told.NOTHING)
    assert dict(zip(found.place.tolist(), found.cases.tolist())) == stock and found.entries is None
    assert _by_key(tally_stock(rows, interval, Told.REPORTED)) == {key: value for key, (_, value) in last.items()}


@pytest.mark.parametrize("seed", range(10))
def test_changes_add_up_to_the_stock_at_the_end_of_any_step(seed: int) -> None:
    rows, begin = _history(seed), 48 * _HOUR
    found = tally_stock(rows, Interval(begin, 240 * _HOUR, Step.DAY), Told.CHANGES)
    assert (found.entries.cases != 0).all() and len(set(_by_key(found))) == len(found.entries.ms)
    for end in range(72, 241, 24):
        until = found.entries.ms < end * _HOUR
        at_end = tally_stock(rows, Interval(begin, end * _HOUR, Step.DAY), Told.NOTHING)
        sums = np.bincount(found.entries.point[until], found.entries.cases[until], len(found.place))
        held = np.zeros(len(rows.place))
        held[at_end.place] = at_end.cases
        assert np.array_equal(sums, held[found.place])


def test_zero_and_taken_back_take_part_and_unknown_does_not() -> None:
    moment = np.array([0, 0, 0, 0])
    rows = ReportRows(np.array([0, 1, 2, 2]), moment, moment, moment + 10, np.array([0.0, -3.0, np.nan, np.nan]))
    found = tally_sums(rows, Interval(0, 10, Step.HOUR), Told.NOTHING)
    assert (found.place.tolist(), found.cases.tolist(), found.unknown) == ([0, 1], [0, -3], 2)


def test_nothing_gives_nothing() -> None:
    rows = ReportRows(_NOTHING, _NOTHING, _NOTHING, _NOTHING, np.array([], float))
    for told in Told:
        for tally in (tally_sums, tally_stock):
            assert len(tally(rows, Interval(0, 10, Step.WEEK), told).place) == 0


def test_points_of_any_writer() -> None:
    little = bytes.fromhex("47500001e6100000") + bytes.fromhex("0101000000") + np.array([1.5, 2.5], "<f8").tobytes()
    big = b"GP\x00\x00\x00\x00\x10\xe6" + bytes.fromhex("0000000001") + np.array([-1.5, 9.0], ">f8").tobytes()
    x, y = points_of([little, None, big])
    assert np.array_equal(x, [1.5, np.nan, -1.5], equal_nan=True)
    assert np.array_equal(y, [2.5, np.nan, 9.0], equal_nan=True)
    assert len(points_of([])[0]) == 0
