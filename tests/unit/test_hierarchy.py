"""HDBSCAN* with weights, against its definition followed step by step, and against scikit-learn."""
from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from outbreak_atlas.plugin.core.errors import Cancelled
from outbreak_atlas.plugin.core.globe import arc_m, in_space
from outbreak_atlas.plugin.core.hierarchy import hdbscan
from outbreak_atlas.plugin.core.hierarchy_library import by_library
from outbreak_atlas.plugin.core.neighbours import Boxes, squared_reach
from outbreak_atlas.plugin.core.progress import CallbackProgress, Progress
from outbreak_atlas.plugin.core.sites import sites_of
from outbreak_atlas.plugin.core.spanning import spanning_tree


def labels(places: Any, weights: Any, least: float, **more: Any) -> np.ndarray:
    return hdbscan(np.asarray(places, float), np.asarray(weights, float), least, **more)[0].cluster


def same_partition(some: np.ndarray, others: np.ndarray, noise: int = 0) -> bool:
    """Whether both tell the same groups and the same noise (0 in the first)."""
    pairs = set(zip(some.tolist(), others.tolist()))
    return bool(((some == 0) == (others == noise)).all()) and len(pairs) == len(set(some.tolist())) == len(
        set(others.tolist()))


def parts_of(reach: np.ndarray, members: list[int], level: float) -> list[list[int]]:
    """The members, parted wherever no way of edges shorter than the level leads on."""
    left, parts = set(members), []
    while left:
        part, waiting = [], [left.pop()]
        while waiting:
            one = waiting.pop()
            part.append(one)
            near = [other for other in left if reach[one, other] < level]
            left.difference_update(near)
            waiting += near
        parts.append(sorted(part))
    return parts


def by_definition(rows: np.ndarray, least: int) -> np.ndarray:
    """Algorithm 1 and the selection of Campello, Moulavi and Sander (2013), on rows: edges go in decreasing order,
    those of one length together; no tree, only the connected parts of the whole graph at each level."""
    if len(rows) < least:
        return np.zeros(len(rows), int)
    distances = np.sqrt(((rows[:, None] - rows[None]) ** 2).sum(axis=2))
    core = np.sort(distances, axis=1)[:, least - 1]
    reach = np.maximum(distances, np.maximum(core[:, None], core[None]))
    label = np.zeros(len(rows), int)

    def follow(members: list[int], birth: float) -> tuple[float, list[list[int]]]:
        """Stability of what is best below a cluster, and those clusters."""
        everyone, own, alive = members, 0.0, members
        for level in np.unique(reach[np.ix_(members, members)])[::-1].tolist():
            parts = parts_of(reach, alive, level)
            if len(parts) == 1 and len(alive) > 1:
                continue
            at = 1 / level if level > 0 else np.inf
            heavy = [part for part in parts if len(part) >= least] if level > 0 else []
            stays = len(heavy[0]) if len(heavy) == 1 else 0
            own += (len(alive) - stays) * (at - birth)
            if len(heavy) == 1:
                alive = heavy[0]
                continue
            below = [follow(part, at) for part in heavy]
            best = sum(stability for stability, _ in below)
            if birth == 0.0 or best > own:
                return best, [one for _, some in below for one in some]
            return own, [everyone]
        raise AssertionError("every place leaves at some level")

    for number, members in enumerate(follow(list(range(len(rows))), 0.0)[1], 1):
        label[members] = number
    return label


@st.composite
def some_rows(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, int]:
    """Distinct places in a few lumps, how often each is there, and the least weight."""
    rng = np.random.default_rng(draw(st.integers(0, 2 ** 32)))
    count, lumps = draw(st.integers(2, 30)), draw(st.integers(1, 5))
    places = rng.normal(size=(count, draw(st.sampled_from([2, 3])))) * rng.choice([1, 3, 9], (count, 1))
    places += rng.integers(0, lumps, (count, 1)) * draw(st.sampled_from([5, 20, 80]))
    if draw(st.booleans()):
        places = places.round()
    places = np.unique(places, axis=0)
    least = draw(st.integers(2, 9))
    return places, rng.integers(1, draw(st.integers(2, 12)), len(places)), least


@given(some_rows())
def test_weights_are_repeated_rows_in_the_definition(given_rows: tuple[np.ndarray, np.ndarray, int]) -> None:
    places, weights, least = given_rows
    rows = np.repeat(np.arange(len(places)), weights)
    flat = places if places.shape[1] == 2 else places[:, :2] + places[:, 2:]  # arcs are not what numpy measures
    if len(np.unique(flat, axis=0)) == len(flat):
        assert same_partition(labels(flat, weights, least)[rows], by_definition(flat[rows], least))


@given(some_rows())
def test_repeating_rows_or_adding_their_weights_is_the_same(given_rows: tuple[np.ndarray, np.ndarray, int]) -> None:
    places, weights, least = given_rows
    rows = np.repeat(np.arange(len(places)), weights)
    repeated = labels(places[rows], np.ones(len(rows)), least)
    assert np.array_equal(labels(places, weights, least)[rows], repeated) or same_partition(
        labels(places, weights, least)[rows], repeated)


@given(some_rows(), st.integers(0, 1_000))
def test_the_order_of_the_points_has_no_influence(
    given_rows: tuple[np.ndarray, np.ndarray, int], seed: int
) -> None:
    places, weights, least = given_rows
    order = np.random.default_rng(seed).permutation(len(places))
    assert np.array_equal(labels(places, weights, least)[order], labels(places[order], weights[order], least))


def test_as_scikit_learn_where_no_two_edges_are_equally_long() -> None:
    """scikit-learn parts equal edges one by one, in the order of its rows, so other data are no oracle."""
    sklearn = pytest.importorskip("sklearn.cluster")
    compared = 0
    for seed in range(400):
        rng = np.random.default_rng(seed)
        least, count = int(rng.integers(2, 5)), int(rng.integers(8, 40))
        places = rng.normal(size=(count, 2)) * rng.choice([1, 8]) + rng.integers(0, 4, (count, 1)) * 20
        tree = spanning_tree(places, squared_reach(places, np.ones(count), least))
        if len(np.unique(tree.squared)) < len(tree.squared):
            continue
        compared += 1
        theirs = sklearn.HDBSCAN(min_cluster_size=least, min_samples=least, algorithm="brute").fit_predict(places)
        assert same_partition(labels(places, np.ones(count), least), theirs, -1), seed
    assert compared > 20


@pytest.mark.parametrize("seed", range(5))
def test_nearly_as_scikit_learn_anywhere(seed: int) -> None:
    sklearn, metrics = pytest.importorskip("sklearn.cluster"), pytest.importorskip("sklearn.metrics")
    rng = np.random.default_rng(seed)
    lumps = rng.uniform(0, 1000, (8, 2))
    places = lumps[rng.integers(0, 8, 900)] + rng.normal(size=(900, 2)) * rng.uniform(5, 40, (900, 1))
    theirs = sklearn.HDBSCAN(min_cluster_size=15, min_samples=15).fit_predict(places)
    # Its own results in another order of rows are as far apart.
    assert metrics.adjusted_rand_score(labels(places, np.ones(900), 15), theirs) > 0.9


def test_shifted_and_turned_places_have_the_same_clusters() -> None:
    rng = np.random.default_rng(4)
    places = rng.normal(size=(400, 2)) * 3_000 + rng.integers(0, 5, (400, 1)) * 20_000
    weights = rng.integers(0, 30, 400)
    turned = places @ np.array([[0.6, -0.8], [0.8, 0.6]]) + [4e5, -3e6]
    found = labels(places, weights, 60)
    assert found.max() >= 5
    assert same_partition(found, labels(turned, weights, 60))
    assert np.array_equal(found, labels(places * 1024, weights, 60))


def test_clusters_are_numbered_by_their_cases() -> None:
    places = np.array([[0, 0], [1, 0], [100, 0], [101, 0], [200, 0], [201, 0], [500, 0]])
    found, sentence = hdbscan(places.astype(float), np.array([3.0, 3, 2, 2, 3.5, 3.5, 1]), 4.0)
    assert found.cluster.tolist() == [2, 2, 3, 3, 1, 1, 0]
    assert found.weights.tolist() == [7.0, 6.0, 4.0]
    assert np.array_equal(found.core, found.cluster > 0)
    assert sentence == ""


def test_of_equals_that_with_more_points_comes_first_then_that_in_the_west() -> None:
    places = np.array([[100, 0], [101, 0], [0, 0], [1, 0], [200, 0], [201, 0], [200.5, 0.5]])
    found, _ = hdbscan(places, np.array([3.0, 3, 3, 3, 2, 2, 2]), 5.0)
    assert found.cluster.tolist() == [3, 3, 2, 2, 1, 1, 1]


def test_places_taken_back_weigh_nothing_but_belong() -> None:
    places = np.array([[0.0, 0], [1, 0], [0.5, 0.1], [50, 0], [51, 0], [50.5, 0.1]])
    found, _ = hdbscan(places, np.array([4.0, 4, 0, 4, 4, -3]), 6.0)
    assert found.cluster.tolist() == [1, 1, 1, 2, 2, 2]
    assert found.weights.tolist() == [8.0, 5.0]


def test_points_that_coincide_are_one_place_with_their_sum() -> None:
    places = np.array([[0.0, 0], [0, 0], [9, 0], [9, 0], [9, 0]])
    found, _ = hdbscan(places, np.array([2.0, 2, 3, -1, 3]), 4.0)
    assert found.cluster.tolist() == [2, 2, 1, 1, 1]
    assert found.weights.tolist() == [5.0, 4.0]


@pytest.mark.parametrize(("places", "weights", "least"), [
    ([[1, 2]], [9], 4), ([[0, 0], [1, 0]], [1, 1], 2), ([[7, 7]] * 5, [1] * 5, 2), ([[0, 0], [1, 0]], [1, 1], 3),
    ([[0, 0], [1, 0], [2, 0]], [-1, -1, 0], 1), ([[0, 0], [1, 0], [2, 0], [3, 0]], [1] * 4, 2),
    ([[0, 0, 0], [1, 1, 1]], [1, 1], 5)])
def test_what_does_not_part_into_two_is_noise(places: list[list[float]], weights: list[float], least: float) -> None:
    found, _ = hdbscan(np.asarray(places, float), np.asarray(weights, float), least)
    assert not found.cluster.any()
    assert not found.core.any()
    assert len(found.weights) == 0


def test_a_place_that_weighs_enough_alone_is_a_cluster() -> None:
    assert labels([[0, 0], [1, 0], [2, 0]], [50, 60, 1], 50).tolist() == [2, 1, 0]


def test_on_the_globe_the_date_line_parts_nothing() -> None:
    lon = np.array([179.9, -179.9, 179.8, 10.0, 10.1, 10.2])
    lat = np.array([-17.0, -17.1, -17.0, 50.0, 50.1, 50.0])
    assert labels(in_space(lon, lat), [1, 1, 1, 2, 1, 1], 3).tolist() == [2, 2, 2, 1, 1, 1]


def test_lengths_on_the_globe_are_those_on_the_ground(monkeypatch: pytest.MonkeyPatch) -> None:
    from outbreak_atlas.plugin.core import hierarchy

    seen: list[np.ndarray] = []
    real = hierarchy.lasting_clusters
    monkeypatch.setattr(
        hierarchy, "lasting_clusters", lambda tree, heights, *rest: seen.append(heights) or real(tree, heights, *rest))
    hdbscan(in_space(np.array([0.0, 90.0]), np.zeros(2)), np.ones(2), 1.0)
    # A quarter of the equator; the sphere's arc of the ellipsoid's chord is within 0.2 percent of it.
    assert seen[0] == pytest.approx([6_378_137 * np.pi / 2], rel=0.002)
    assert seen[0] == pytest.approx(arc_m(np.array([6_378_137 * np.sqrt(2)])), rel=1e-12)


@pytest.mark.parametrize(("count", "least"), [(1, 1), (2, 2), (65, 3), (900, 7), (900, 400), (900, 4000)])
def test_reach_is_that_of_all_pairs(count: int, least: int) -> None:
    rng = np.random.default_rng(count)
    places, weights = rng.normal(size=(count, 3)).round(1) + rng.integers(0, 3, (count, 1)), rng.integers(-1, 4, count)
    squared = ((places[:, None] - places[None]) ** 2).sum(axis=2)
    expected = []
    for row in squared:
        within = np.array([np.maximum(weights, 0)[row <= one].sum() for one in np.unique(row)])
        expected.append(np.unique(row)[within >= least].min(initial=np.inf))
    found = squared_reach(places, weights.astype(float), least)
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    some = np.arange(count)[::7]
    assert np.array_equal(squared_reach(places, weights.astype(float), least, some), found[some])


def test_boxes_hold_each_place_once() -> None:
    rng = np.random.default_rng(0)
    boxes = Boxes(rng.normal(size=(1_000, 2)), np.ones(1_000))
    assert sorted(boxes.number[boxes.own].tolist()) == list(range(1_000))
    assert boxes.sums.sum() == 1_000
    assert len(boxes.low) == 16


def test_the_tree_is_as_short_as_scipys() -> None:
    graph = pytest.importorskip("scipy.sparse.csgraph")
    rng = np.random.default_rng(2)
    places, core = rng.normal(size=(300, 2)), rng.uniform(0, 0.05, 300)
    squared = ((places[:, None] - places[None]) ** 2).sum(axis=2)
    reach = np.maximum(squared, np.maximum(core[:, None], core[None]))
    tree = spanning_tree(places, core)
    assert np.sort(tree.squared) == pytest.approx(np.sort(graph.minimum_spanning_tree(reach).data))
    assert reach[tree.one, tree.other] == pytest.approx(tree.squared)
    assert sorted({*tree.one, *tree.other}) == list(range(300))


def test_cancel_at_each_stage() -> None:
    rng = np.random.default_rng(0)
    places = rng.normal(size=(3_000, 2))
    seen: list[str] = []
    hdbscan(places, np.ones(3_000), 5, CallbackProgress(lambda _, words: seen.append(words) if words else None))
    assert len(seen) == 4
    for stage in seen:
        progress = _StopsAfter(stage)
        with pytest.raises(Cancelled):
            hdbscan(places, np.ones(3_000), 5, progress)
        assert progress.last == stage


class _StopsAfter(Progress):
    """Is cancelled as soon as it has heard some words."""

    def __init__(self, words: str) -> None:
        self.words, self.last = words, ""

    def report(self, fraction: float, message: str = "") -> None:
        super().report(fraction, message)
        self.last = message or self.last

    def is_cancelled(self) -> bool:
        return self.last == self.words


def test_progress_only_goes_on() -> None:
    seen: list[float] = []
    rng = np.random.default_rng(0)
    hdbscan(rng.normal(size=(2_000, 2)), np.ones(2_000), 5, CallbackProgress(lambda done, _: seen.append(done)))
    assert seen == sorted(seen)
    assert len(seen) > 20


def test_no_library_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("scipy", "sklearn", "numba", "hdbscan", "fast_hdbscan"):
        monkeypatch.setitem(sys.modules, name, None)
    places = np.array([[0.0, 0], [1, 0], [50, 0], [51, 0]])
    found, sentence = hdbscan(places, np.ones(4), 2, most_exact=1)
    assert found.cluster.tolist() == [1, 1, 2, 2]
    assert sentence == ""


class _Library(ModuleType):
    """What hdbscan and fast_hdbscan offer, by scikit-learn."""

    def HDBSCAN(self, **chosen: int) -> Any:  # noqa: N802
        from sklearn.cluster import HDBSCAN

        self.chosen = chosen
        return HDBSCAN(**chosen)


def test_beyond_the_limit_a_library_repeats_the_places(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("sklearn.cluster")
    library = _Library("hdbscan")
    monkeypatch.setitem(sys.modules, "fast_hdbscan", None)
    monkeypatch.setitem(sys.modules, "hdbscan", library)
    rng = np.random.default_rng(0)
    places = rng.normal(size=(300, 2)) + rng.integers(0, 3, (300, 1)) * 50
    weights = rng.integers(0, 4, 300)
    found, sentence = hdbscan(places, weights.astype(float), 15.0, most_exact=100)
    assert library.chosen == {"min_cluster_size": 15, "min_samples": 15}
    assert "library hdbscan" in sentence
    assert "repeated as often as it has cases" in sentence
    assert not found.cluster[weights == 0].any()
    exact = labels(places, weights, 15)[weights > 0]
    assert np.mean(exact == found.cluster[weights > 0]) > 0.9
    assert found.weights.tolist() == [weights[found.cluster == one].sum() for one in (1, 2, 3)]


def test_with_too_many_rows_a_library_counts_each_place_once(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("sklearn.cluster")
    library = _Library("fast_hdbscan")
    monkeypatch.setitem(sys.modules, "fast_hdbscan", library)
    rng = np.random.default_rng(0)
    places = rng.normal(size=(90, 2)) + np.arange(90)[:, None] % 3 * 50
    found = by_library(places, np.full(90, 2.5), 25.0, Progress())
    assert found is not None
    assert library.chosen == {"min_cluster_size": 10, "min_samples": 10}
    assert "counted once, and MIN_CASES was taken for 10 places" in found.sentence
    assert set(found.cluster.tolist()) - {0} == {1, 2, 3}


@pytest.mark.parametrize("name", ["fast_hdbscan", "hdbscan"])
def test_the_real_library_finds_the_same_lumps(name: str) -> None:
    pytest.importorskip(name)
    rng = np.random.default_rng(0)
    places = rng.normal(size=(600, 2)) * 500 + np.arange(600)[:, None] % 3 * 50_000 + 4e6
    weights = rng.integers(1, 4, 600).astype(float)
    found = by_library(places, weights, 30.0, Progress(), (name,))
    assert found is not None
    exact = labels(places, weights, 30)
    both = (found.cluster > 0) & (exact > 0)
    assert both.mean() > 0.8
    assert len(set(zip(found.cluster[both].tolist(), exact[both].tolist()))) == 3


def test_cities_of_a_real_dataset(shared_data: Path) -> None:
    """Cities of Hubei report most cases: Wuhan is a cluster alone, and no sum of weights is lost."""
    import pandas as pd

    table = pd.read_csv(shared_data / "cn_city_updates" / "toutiao_city_changes.csv.gz", dtype={"adcode": str})
    cities = table.dropna(subset=["lat", "lon"]).groupby("city")[["lon", "lat", "confirmed"]].max()
    cases = cities["confirmed"].to_numpy(float)
    places = in_space(cities["lon"].to_numpy(), cities["lat"].to_numpy())
    found, sentence = hdbscan(places, cases, 2_000.0)
    assert sentence == ""
    assert cases.argmax() == cities.index.get_loc("Wuhan")
    assert found.cluster[cases.argmax()] == 1
    assert len(found.weights) > 1
    sums = [cases[found.cluster == one].sum() for one in range(1, len(found.weights) + 1)]
    assert sums == found.weights.tolist() == sorted(sums, reverse=True)
    assert min(sums) >= 2_000
    rows = np.repeat(np.arange(len(cases)), np.maximum(cases / 100, 1).astype(int))
    repeated = labels(places[rows], np.ones(len(rows)), 20)
    assert np.array_equal(repeated, labels(places, np.bincount(rows), 20)[rows])


def test_sites_are_the_same_in_any_order() -> None:
    rng = np.random.default_rng(0)
    places, weights = rng.integers(0, 5, (200, 2)).astype(float), rng.normal(size=200)
    order = rng.permutation(200)
    one, other = sites_of(places, weights), sites_of(places[order], weights[order])
    assert np.array_equal(one.places, other.places)
    assert np.array_equal(one.weights, other.weights)
    assert np.array_equal(one.of_row[order], other.of_row)
    assert np.array_equal(one.places[one.of_row], places)
