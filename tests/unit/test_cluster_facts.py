"""Places, days and doubling times of clusters, against pandas."""
from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from outbreak_atlas.plugin.core.cluster_facts import cluster_facts, items_of_entries, items_of_points
from outbreak_atlas.plugin.core.doubling import doubling_days
from outbreak_atlas.plugin.core.point_cases import Clustering, Entries, PointCases

DAY = 86_400_000


def made(seed: int) -> tuple[PointCases, Clustering]:
    draws = np.random.default_rng(seed)
    n, m = 40, 600
    entries = Entries(draws.integers(0, n - 2, m), draws.integers(0, 30, m) * DAY + DAY // 3,
                      draws.integers(-2, 9, m).astype(float))
    cases = np.bincount(entries.point, entries.cases, n)
    cluster = draws.integers(0, 4, n)
    cluster[-2:] = 1  # points without any entry
    core = (draws.random(n) < 0.5) & (cluster > 0)
    weights = np.array([cases[cluster == number].sum() for number in (1, 2, 3)])
    return PointCases(draws.random((n, 2)), cases, entries), Clustering(cluster, core, weights)


@pytest.mark.parametrize("seed", range(5))
def test_facts_of_points_equal_pandas(seed: int) -> None:
    points, found = made(seed)
    entries = points.entries
    assert entries is not None
    items = items_of_points(points, found, DAY)
    facts = cluster_facts(items, True)
    frame = pd.DataFrame({"cluster": found.cluster[entries.point], "ms": entries.ms, "cases": entries.cases})
    for at, number in enumerate((1, 2, 3)):
        mine = frame[frame["cluster"] == number]
        daily = mine.groupby(mine["ms"] // DAY)["cases"].sum()
        assert facts.places[at] == (found.cluster == number).sum()
        assert facts.cores[at] == (found.core & (found.cluster == number)).sum()
        assert facts.cases[at] == found.weights[at]
        assert facts.days_active is not None and facts.days_active[at] == (daily > 0).sum()
    with_cases = frame[(frame["cluster"] == 2) & (frame["cases"] > 0)]
    assert facts.first_ms is not None and facts.last_ms is not None
    assert (facts.first_ms[1], facts.last_ms[1]) == (with_cases["ms"].min(), with_cases["ms"].max() + DAY - 1)


def test_a_point_that_never_brought_cases_has_the_time_of_its_reports() -> None:
    entries = Entries(np.array([0, 0, 1, 1]), np.array([1, 3, 2, 5]) * DAY, np.array([0.0, 0.0, 0.0, 4.0]))
    items = items_of_points(PointCases(np.zeros((2, 2)), np.array([0.0, 4.0]), entries),
                            Clustering(np.array([1, 1]), np.array([True, True]), np.array([4.0])), DAY)
    assert items.first_ms is not None and items.last_ms is not None
    assert items.first_ms.tolist() == [DAY, 5 * DAY]
    assert items.last_ms.tolist() == [4 * DAY - 1, 6 * DAY - 1]


def test_entries_are_items_and_their_places_are_counted_once() -> None:
    entries = Entries(np.array([0, 0, 1, 1]), np.array([1, 2, 1, 9]) * DAY, np.array([3.0, 4.0, 5.0, 6.0]))
    found = Clustering(np.array([1, 1, 1, 0]), np.array([True, True, False, False]), np.array([12.0]))
    facts = cluster_facts(items_of_entries(entries, found, None), True)
    assert (facts.places.tolist(), facts.cores.tolist()) == ([2], [2])
    assert facts.first_ms is not None and facts.last_ms is not None and facts.days_active is not None
    assert (facts.first_ms[0], facts.last_ms[0], facts.days_active[0]) == (DAY, 3 * DAY - 1, 2)


def test_without_time_or_clusters() -> None:
    points = PointCases(np.zeros((2, 2)), np.ones(2), None)
    none = Clustering(np.zeros(2, np.int64), np.zeros(2, bool), np.zeros(0))
    facts = cluster_facts(items_of_points(points, none, None), True)
    assert len(facts.places) == 0 and facts.first_ms is None and facts.doubling_days is None


def test_doubling_time_is_the_slope_of_a_regression() -> None:
    draws = np.random.default_rng(8)
    day = np.arange(12)
    cases = np.round(5 * 2 ** (day / 4) * draws.uniform(0.8, 1.2, 12))
    cases[[2, 5]] = 0
    peak = int(cases.argmax())
    kept = (cases > 0) & (day <= peak)
    slope = np.polyfit(day[kept], np.log(cases[kept]), 1)[0]
    shuffled = draws.permutation(12)
    found = doubling_days(np.zeros(12, np.int64), day[shuffled], cases[shuffled], 1)
    assert found[0] == pytest.approx(np.log(2) / slope)


@pytest.mark.parametrize("cases", [[9, 8, 7, 6, 5], [1, 2, 4], [3, 3, 3, 3, 3], [0, 0, 0, 0, 0], [-1, -2, -3, -4, 5]])
def test_no_doubling_time_where_nothing_grows_long_enough(cases: list[int]) -> None:
    found = doubling_days(np.zeros(len(cases), np.int64), np.arange(len(cases)), np.array(cases, np.float64), 1)
    assert np.isnan(found).all()
