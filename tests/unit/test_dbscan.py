"""DBSCAN: against the definition and scikit-learn, on made and real points; whatever the order, place and turn."""
from __future__ import annotations

import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import outbreak_atlas.plugin.core.components
import pandas as pd
import pytest
from dbscan_truth import assert_numbered, assert_same_groups, by_definition, neighbours
from hypothesis import given, settings
from hypothesis import strategies as st
from outbreak_atlas.plugin.core import cell_sites, cells
from outbreak_atlas.plugin.core.arrays import Floats
from outbreak_atlas.plugin.core.components import components
from outbreak_atlas.plugin.core.dbscan import dbscan
from outbreak_atlas.plugin.core.errors import Cancelled
from outbreak_atlas.plugin.core.globe import in_space
from outbreak_atlas.plugin.core.progress import CallbackProgress
from outbreak_atlas.plugin.core.stdbscan import stdbscan

#: Millions of metres, with a gap that eps must not overflow in, and halves that a float holds exactly.
SCALES = (1.0, 0.5, 1e6)
EPS = (1.0, 2.0, 5.0, 2 ** 0.5, 5 ** 0.5, 0.5, 1e-9, 1e-200, 1e3, 1e12, 1e200)


@st.composite
def point_sets(draw: st.DrawFn, least_weight: int = -2) -> tuple[Floats, Floats, float, float]:
    """Points on a grid (coincident ones, and ties at exactly eps), weights, eps and MIN_CASES."""
    seed, count = draw(st.integers(0, 2 ** 32 - 1)), draw(st.integers(1, 70))
    axes, wide = draw(st.sampled_from((2, 3))), draw(st.sampled_from((1, 4, 9, 40)))
    made = np.random.default_rng(seed)
    scale = draw(st.sampled_from(SCALES))
    places = made.integers(-wide, wide + 1, (count, axes)) * scale
    if draw(st.booleans()):
        places = places + made.normal(0, 0.7 * scale, places.shape)
    weights = made.integers(draw(st.integers(least_weight, 1)), 4, count).astype(float)
    if draw(st.booleans()):
        weights = weights / 4
    return places, weights, draw(st.sampled_from(EPS)) * scale, draw(st.sampled_from((-1.0, 0.0, 0.5, 1.0, 3.0, 9.0)))


@settings(max_examples=250)
@given(point_sets())
def test_as_defined(made: tuple[Floats, Floats, float, float]) -> None:
    places, weights, eps, least = made
    found = dbscan(places, weights, eps, least)
    group, core = by_definition(places, weights, eps, least)
    assert np.array_equal(found.core, core)
    assert_same_groups(np.append(found.cluster, 0), np.append(group, 0))
    assert_numbered(found, places, weights)


def assert_as_scikit_learn(places: Floats, weights: Floats, eps: float, least: int) -> tuple[int, int, int]:
    """The same core points, partition of them, and noise; numbers of clusters, core and noise points."""
    sklearn = pytest.importorskip("sklearn.cluster", reason="scikit-learn is the reference")
    found = dbscan(places, weights, eps, least)
    if not weights.any():  # scikit-learn 1.9 takes no weights that are all 0
        assert not found.core.any() and not found.cluster.any()
        return 0, 0, len(places)
    model = sklearn.DBSCAN(eps=eps, min_samples=least, algorithm="kd_tree").fit(places, sample_weight=weights)
    core = np.zeros(len(places), bool)
    core[model.core_sample_indices_] = True
    assert np.array_equal(found.core, core)
    assert np.array_equal(found.cluster == 0, model.labels_ < 0)
    assert_same_groups(found.cluster[core], model.labels_[core])
    return len(found.weights), int(core.sum()), int((found.cluster == 0).sum())


@settings(max_examples=200)
@given(point_sets(), st.integers(0, 3))
def test_as_scikit_learn(made: tuple[Floats, Floats, float, float], kind: int) -> None:
    places, weights, eps, least = made
    eps = min(max(eps, 1e-9), 1e12)  # its trees square the rest to 0 or infinity
    if kind == 1:
        weights = np.zeros_like(weights)  # all noise
    elif kind == 2:
        eps, weights = 1e12, np.abs(weights) + 1  # one cluster
    elif kind == 3:
        weights = np.ones_like(weights)
    assert_as_scikit_learn(places, weights, eps, max(int(least), 1))


# Real data


def earthquakes(folder: Path) -> tuple[Floats, Floats]:
    frame = pd.read_csv(folder / "world_earthquakes/all_month.csv.gz")
    return in_space(frame["longitude"].to_numpy(), frame["latitude"].to_numpy()), np.ones(len(frame))


def facilities(folder: Path) -> tuple[Floats, Floats]:
    """Each facility weighs its last confirmed residents; those without a point are left out."""
    frame = pd.read_csv(folder / "us_carceral_facilities/facility_counts_snapshots.csv.gz", low_memory=False)
    frame = frame.dropna(subset=["Longitude", "Latitude", "Residents.Confirmed"])
    frame = frame.sort_values("Snapshot.Date", kind="stable").drop_duplicates("Facility.ID", keep="last")
    places = in_space(frame["Longitude"].to_numpy(), frame["Latitude"].to_numpy())
    return places, frame["Residents.Confirmed"].to_numpy(float)


def dengue(folder: Path) -> tuple[Floats, Floats]:
    """Cases at the middles of census blocks, many of which they share, in metres of Taiwan's grid."""
    pyproj = pytest.importorskip("pyproj")
    frame = pd.read_csv(folder / "tw_dengue_2023/67000_tainan.csv.gz", low_memory=False)
    degrees = frame[["最小統計區中心點X", "最小統計區中心點Y"]].apply(pd.to_numeric, errors="coerce").dropna()
    to_metres = pyproj.Transformer.from_crs("EPSG:4326", "EPSG:3826", always_xy=True)
    return np.stack(to_metres.transform(*degrees.to_numpy().T), axis=1), np.ones(len(degrees))


@pytest.mark.shared_data
@pytest.mark.parametrize(
    ("read", "eps_m", "least"), [(earthquakes, 50_000.0, 10), (facilities, 60_000.0, 1_000), (dengue, 250.0, 15)])
def test_real_points_as_scikit_learn(
    shared_data: Path, read: Callable[[Path], tuple[Floats, Floats]], eps_m: float, least: int
) -> None:
    places, weights = read(shared_data)
    assert 1_000 < len(np.unique(places, axis=0)) < len(places)
    clusters, core, noise = assert_as_scikit_learn(places, weights, eps_m, least)
    assert clusters > 5 and core > 100 and noise > 100 and noise + core < len(places)


# What must not matter


@given(point_sets(), st.randoms(use_true_random=False))
def test_the_order_of_points_does_not_matter(made: tuple[Floats, Floats, float, float], random: object) -> None:
    places, weights, eps, least = made
    order = np.argsort([random.random() for _ in places])
    found, shuffled = dbscan(places, weights, eps, least), dbscan(places[order], weights[order], eps, least)
    assert np.array_equal(shuffled.cluster, found.cluster[order])
    assert np.array_equal(shuffled.core, found.core[order])
    assert np.array_equal(shuffled.weights, found.weights)


def test_fractions_add_up_the_same_in_any_order() -> None:
    made = np.random.default_rng(7)
    places, weights = made.integers(0, 12, (3_000, 2)).astype(float), made.uniform(0, 1, 3_000)
    least = float(weights[neighbours(places, 1.0)[17]].sum())
    found = dbscan(places, weights, 1.0, least)
    for _ in range(5):
        order = made.permutation(len(places))
        again = dbscan(places[order], weights[order], 1.0, least)
        assert np.array_equal(again.cluster, found.cluster[order])
        assert np.array_equal(again.weights, found.weights)


def scattered(count: int = 4_000, seed: int = 3) -> Floats:
    """Whole metres around 20 towns, so that turning and shifting is exact."""
    made = np.random.default_rng(seed)
    towns = made.integers(-300_000, 300_000, (20, 2))
    return np.rint(towns[made.integers(0, 20, count)] + made.normal(0, 4_000, (count, 2)))


@pytest.mark.parametrize("moved", [
    lambda xy: xy + np.array([4_000_000.0, -7_000_000.0]), lambda xy: np.stack([-xy[:, 1], xy[:, 0]], axis=1),
    lambda xy: -xy, lambda xy: np.stack([xy[:, 0], xy[:, 1], np.full(len(xy), 9.0)], axis=1), lambda xy: xy * 0.125])
def test_shifted_and_turned_points_are_clustered_the_same(moved: Callable[[Floats], Floats]) -> None:
    places = scattered()
    weights = np.random.default_rng(1).integers(1, 9, len(places)).astype(float)
    there = moved(places)
    scale = 0.125 if np.array_equal(there, places * 0.125) else 1.0
    found, again = dbscan(places, weights, 1_000.0, 20.0), dbscan(there, weights, 1_000.0 * scale, 20.0)
    assert len(found.weights) > 20 and 500 < found.core.sum() < (found.cluster > 0).sum() < len(places)
    assert np.array_equal(again.core, found.core)
    assert np.array_equal(again.cluster == 0, found.cluster == 0)
    assert_same_groups(again.cluster[found.core], found.cluster[found.core])


def test_without_scipy_the_result_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    places = scattered()
    found = dbscan(places, np.ones(len(places)), 1_000.0, 9.0)
    for name in ("scipy", "scipy.sparse", "scipy.sparse.csgraph", "sklearn", "numba"):
        monkeypatch.setitem(sys.modules, name, None)
    again = dbscan(places, np.ones(len(places)), 1_000.0, 9.0)
    assert np.array_equal(again.cluster, found.cluster) and np.array_equal(again.core, found.core)


@given(st.integers(1, 60), st.integers(0, 90), st.integers(0, 2 ** 32 - 1))
def test_components_by_numpy_and_by_scipy(nodes: int, links: int, seed: int) -> None:
    pytest.importorskip("scipy")
    a, b = np.random.default_rng(seed).integers(0, nodes, (2, links))
    by_numpy = components(nodes, a, b)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(outbreak_atlas.plugin.core.components, "_FEW", 0)
        assert np.array_equal(by_numpy, components(nodes, a, b))


def test_a_long_chain_and_a_star_are_one_component_without_scipy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "scipy.sparse", None)
    chain = np.arange(100_000)
    assert not components(100_000, chain[:-1], chain[1:]).any()
    assert not components(100_000, np.full(99_999, 99_999), chain[:-1]).any()


# By hand


def test_a_border_point_midway_goes_to_the_core_point_with_the_smaller_coordinates() -> None:
    places = np.array([[11.0, 0.0], [10.0, 0.0], [5.0, 0.0], [0.0, 0.0], [-1.0, 0.0]])
    found = dbscan(places, np.array([8.0, 1.0, 0.0, 3.0, 2.0]), 5.0, 5.0)
    assert found.core.tolist() == [True, True, False, True, True]
    assert found.cluster.tolist() == [1, 1, 2, 2, 2] and found.weights.tolist() == [9.0, 5.0]


def test_weights_of_zero_and_below() -> None:
    places = np.array([[0.0, 0.0], [1.0, 0.0], [2.0, 0.0], [50.0, 0.0]])
    found = dbscan(places, np.array([4.0, 0.0, -3.0, 9.0]), 1.0, 4.0)
    assert found.core.tolist() == [True, False, False, True]  # the second has 4 + 0 - 3
    assert found.cluster.tolist() == [2, 2, 0, 1] and found.weights.tolist() == [9.0, 4.0]


def test_clusters_of_the_same_weight_are_numbered_by_points_then_coordinates() -> None:
    places = np.array([[9.0, 0.0], [5.0, 0.0], [5.0, 0.0], [1.0, 1.0], [1.0, 0.0]])
    found = dbscan(places, np.array([2.0, 1.0, 1.0, 2.0, 2.0]), 0.5, 2.0)
    assert found.cluster.tolist() == [4, 1, 1, 3, 2]


def test_no_points() -> None:
    found = dbscan(np.empty((0, 2)), np.empty(0), 1.0, 1.0)
    assert len(found.cluster) == len(found.core) == len(found.weights) == 0


@pytest.mark.parametrize("count", [1, 2])
def test_one_or_two_points(count: int) -> None:
    places = np.array([[3.0, 4.0], [0.0, 0.0]])[:count]
    assert dbscan(places, np.ones(count), 5.0, 1.0).cluster.tolist() == [1] * count
    assert dbscan(places, np.ones(count), 4.999, 2.0).cluster.tolist() == [0] * count


def test_bits_that_mix_to_the_same_number_merge_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cell_sites, "_MIX", np.zeros(4, np.uint64))
    places = np.array([[1.0, 2.0], [2.0, 1.0], [1.0, 2.0], [-0.0, 0.0], [0.0, -0.0]])
    sites, site = cell_sites.merge(places, None, np.arange(1.0, 6.0))
    assert site[0] == site[2] and site[3] == site[4] and len(sites) == 3
    assert sorted(sites.weights.tolist()) == [2.0, 4.0, 9.0]


def test_axes_of_any_length_give_the_same_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    places = scattered()
    found = dbscan(places, np.ones(len(places)), 1_000.0, 9.0)
    monkeypatch.setattr(cells, "_MANY", 50)
    again = dbscan(places, np.ones(len(places)), 1_000.0, 9.0)
    assert np.array_equal(again.cluster, found.cluster)


# Work that is long


@pytest.mark.parametrize("stop_at", [0.0, 0.1, 0.2, 0.4, 0.55, 0.8, 0.95])
def test_every_stage_can_be_stopped(stop_at: float) -> None:
    reached = [0.0]
    progress = CallbackProgress(lambda fraction, _: reached.append(fraction), lambda: max(reached) >= stop_at)
    with pytest.raises(Cancelled):
        dbscan(scattered(), np.ones(4_000), 1_000.0, 9.0, progress)
    assert max(reached) <= stop_at + 0.2


def test_progress_rises_to_its_end() -> None:
    told: list[float] = []
    dbscan(scattered(), np.ones(4_000), 1_000.0, 9.0, CallbackProgress(lambda fraction, _: told.append(fraction)))
    assert told == sorted(told) and told[-1] == 1.0


@pytest.mark.parametrize(("eps", "with_time"), [(4_000.0, False), (300.0, False), (1e9, False), (4_000.0, True)])
def test_memory_does_not_grow_with_the_pairs(eps: float, with_time: bool) -> None:
    """With the largest eps all 10¹⁰ pairs are neighbours; a list of the pairs of the first takes 2 GB."""
    places = scattered(100_000) + np.random.default_rng(5).uniform(0, 1, (100_000, 2))
    weights, ms = np.ones(100_000), np.random.default_rng(6).integers(0, 10 ** 6, 100_000)
    tracemalloc.start()
    try:
        if with_time:
            stdbscan(places, ms, weights, eps, 10 ** 4, 10.0)
        else:
            dbscan(places, weights, eps, 10.0)
        assert tracemalloc.get_traced_memory()[1] < 80e6
    finally:
        tracemalloc.stop()
