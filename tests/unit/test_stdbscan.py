"""ST-DBSCAN against its definition, by every pair of items."""
from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from dbscan_truth import assert_numbered, assert_same_groups, by_definition
from hypothesis import given, settings
from hypothesis import strategies as st
from outbreak_atlas.plugin.core.arrays import Floats, Ints
from outbreak_atlas.plugin.core.dbscan import dbscan
from outbreak_atlas.plugin.core.errors import Cancelled
from outbreak_atlas.plugin.core.globe import in_space
from outbreak_atlas.plugin.core.progress import CallbackProgress
from outbreak_atlas.plugin.core.stdbscan import stdbscan

DAY_MS = 86_400_000
Items = tuple[Floats, Ints, Floats]


@st.composite
def items(draw: st.DrawFn) -> Items:
    """Items on a grid of places and moments, with ties in both and coincident ones."""
    made = np.random.default_rng(draw(st.integers(0, 2 ** 32 - 1)))
    count, axes, wide = draw(st.integers(1, 70)), draw(st.sampled_from((2, 3))), draw(st.sampled_from((1, 4, 12)))
    places = made.integers(0, wide + 1, (count, axes)) * draw(st.sampled_from((1.0, 1e6)))
    if draw(st.booleans()):
        places = places + made.normal(0, 1, places.shape)
    begin, unit = draw(st.sampled_from((0, 1_584_230_400_000, -5))), draw(st.sampled_from((1, 1_000, 10 ** 13)))
    ms = begin + made.integers(0, draw(st.sampled_from((2, 20, 90))), count) * unit
    return places, ms, made.integers(draw(st.integers(-2, 1)), 4, count).astype(float)


@settings(max_examples=250)
@given(items(), st.sampled_from((1.0, 2.0, 5 ** 0.5, 1e6, 1e9)), st.sampled_from((0, 1, 3, 1_000, 2_999, 10 ** 16)),
       st.sampled_from((0.0, 1.0, 3.0, 8.0)))
def test_as_defined(made: Items, eps: float, eps_ms: int, least: float) -> None:
    places, ms, weights = made
    found = stdbscan(places, ms, weights, eps, eps_ms, least)
    group, core = by_definition(places, weights, eps, least, ms, eps_ms)
    assert np.array_equal(found.core, core)
    assert_same_groups(np.append(found.cluster, 0), np.append(group, 0))
    assert_numbered(found, places, weights, ms)


@given(items(), st.sampled_from((0, 1, 1_000)), st.randoms(use_true_random=False))
def test_the_order_of_items_does_not_matter(made: Items, eps_ms: int, random: object) -> None:
    places, ms, weights = made
    order = np.argsort([random.random() for _ in ms])
    found = stdbscan(places, ms, weights, 2.0, eps_ms, 3.0)
    again = stdbscan(places[order], ms[order], weights[order], 2.0, eps_ms, 3.0)
    assert np.array_equal(again.cluster, found.cluster[order])


@given(items(), st.sampled_from((1.0, 5.0)))
def test_a_reach_over_all_time_is_dbscan(made: Items, eps: float) -> None:
    places, ms, weights = made
    found, flat = stdbscan(places, ms, weights, eps, 2 ** 62, 3.0), dbscan(places, weights, eps, 3.0)
    assert np.array_equal(found.core, flat.core) and np.array_equal(found.cluster == 0, flat.cluster == 0)
    assert_same_groups(found.cluster[found.core], flat.cluster[flat.core])


def test_no_time_at_all_between_neighbours() -> None:
    places, ms = np.zeros((4, 2)), np.array([7, 7, 8, 7])
    found = stdbscan(places, ms, np.ones(4), 1.0, 0, 2.0)
    assert found.cluster.tolist() == [1, 1, 0, 1]


@pytest.mark.parametrize(("moment", "cluster"), [(49, 2), (50, 2), (51, 1)])
def test_a_border_item_goes_to_the_core_item_nearest_in_time_then_the_earliest(moment: int, cluster: int) -> None:
    ms = np.array([-10, 0, moment, 100, 110])
    found = stdbscan(np.zeros((5, 2)), ms, np.array([2.0, 3.0, 0.0, 1.0, 8.0]), 1.0, 51, 5.0)
    assert found.core.tolist() == [True, True, False, True, True]
    assert found.cluster.tolist() == [2, 2, cluster, 1, 1]


def test_no_items() -> None:
    assert not len(stdbscan(np.empty((0, 2)), np.empty(0, np.int64), np.empty(0), 1.0, 1, 1.0).cluster)


@pytest.mark.shared_data
def test_earthquakes_as_defined(shared_data: Path) -> None:
    frame = pd.read_csv(shared_data / "world_earthquakes/all_month.csv.gz").head(4_000)
    ms = pd.to_datetime(frame["time"]).dt.tz_localize(None).to_numpy().astype("datetime64[ms]").astype(np.int64)
    places, weights = in_space(frame["longitude"].to_numpy(), frame["latitude"].to_numpy()), np.ones(len(frame))
    found = stdbscan(places, ms, weights, 40_000.0, DAY_MS, 6.0)
    group, core = by_definition(places, weights, 40_000.0, 6.0, ms, DAY_MS)
    assert np.array_equal(found.core, core) and len(found.weights) > 5
    assert_same_groups(np.append(found.cluster, 0), np.append(group, 0))


def towns(count: int = 5_000) -> Items:
    made = np.random.default_rng(4)
    centres = made.integers(0, 300_000, (20, 2))
    places = np.rint(centres[made.integers(0, 20, count)] + made.normal(0, 4_000, (count, 2)))
    return places, made.integers(0, 60, count) * DAY_MS, np.ones(count)


def test_without_scipy_the_result_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    places, ms, weights = towns()
    found = stdbscan(places, ms, weights, 1_500.0, 4 * DAY_MS, 4.0)
    for name in ("scipy", "scipy.sparse", "scipy.sparse.csgraph", "sklearn", "numba"):
        monkeypatch.setitem(sys.modules, name, None)
    again = stdbscan(places, ms, weights, 1_500.0, 4 * DAY_MS, 4.0)
    assert np.array_equal(again.cluster, found.cluster) and len(found.weights) > 20


@pytest.mark.parametrize("stop_at", [0.0, 0.1, 0.3, 0.6, 0.9])
def test_every_stage_can_be_stopped(stop_at: float) -> None:
    reached = [0.0]
    progress = CallbackProgress(lambda fraction, _: reached.append(fraction), lambda: max(reached) >= stop_at)
    with pytest.raises(Cancelled):
        stdbscan(*towns(), 1_500.0, 4 * DAY_MS, 4.0, progress)
