"""The raster that is planned, and the bandwidth when none is given."""
from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from outbreak_atlas.plugin.core.bandwidth import silverman_m
from outbreak_atlas.plugin.core.errors import AtlasError
from outbreak_atlas.plugin.core.heat_grid import plan_grid, size_that_fits
from outbreak_atlas.plugin.core.kernels import Kernel

BOUNDS = (1_003_450.0, -20_050.0, 1_903_420.0, 930_000.0)
numbers = st.floats(-2e7, 2e7)


@given(numbers, numbers, st.floats(1.0, 1e6), st.floats(1.0, 1e6), st.sampled_from([0.7, 25.0, 1000.0, 12_345.6]))
def test_borders_lie_on_multiples_and_hold_the_bounds(x, y, width, depth, cell) -> None:
    bounds = (x, y, x + width, y + depth)
    grid = plan_grid(bounds, cell, 10 ** 15)
    hair = cell * 1e-6
    assert grid.left <= x + hair and grid.right >= x + width - hair and grid.right - cell < x + width + hair
    assert grid.bottom <= y + hair and grid.top >= y + depth - hair and grid.bottom + cell > y - hair
    for border in (grid.left, grid.top):
        assert border / cell == pytest.approx(round(border / cell), abs=1e-6)
    assert len(grid.centres_x()) == grid.columns and grid.centres_x()[0] == pytest.approx(grid.left + cell / 2)
    assert grid.centres_y()[-1] == pytest.approx(grid.bottom + cell / 2)


def test_a_raster_too_large_is_refused_with_a_size_that_fits() -> None:
    with pytest.raises(AtlasError, match=r"8\.55e\+17 cells.*MAX_CELLS.*at least 200 m") as refused:
        plan_grid(BOUNDS, 0.001, 25_000_000)
    assert "CELL_SIZE 0.001 m" in refused.value.message
    assert plan_grid(BOUNDS, 200.0, 25_000_000).columns == 4501


@given(st.floats(1e-3, 1e5), st.integers(4, 10 ** 8), numbers, numbers, st.floats(10.0, 1e6), st.floats(10.0, 1e6))
def test_the_size_that_fits_fits(cell, most, x, y, width, depth) -> None:
    bounds = (x, y, x + width, y + depth)
    size = size_that_fits(bounds, cell, most)
    grid = plan_grid(bounds, size, most)
    assert grid.rows * grid.columns <= most and size >= cell * (1 - 1e-9)


@pytest.mark.parametrize("cell", [0.0, -5.0, math.nan, math.inf])
def test_a_cell_that_is_none(cell: float) -> None:
    with pytest.raises(AtlasError, match="CELL_SIZE"):
        plan_grid(BOUNDS, cell, 10 ** 6)


@pytest.mark.parametrize("bounds", [(0.0, 0.0, 0.0, 1.0), (0.0, 1.0, 1.0, 1.0), (math.nan, 0.0, 1.0, 1.0),
                                    (0.0, 0.0, math.inf, 1.0), (2.0, 0.0, 1.0, 1.0)])
def test_an_extent_that_is_none(bounds: tuple[float, float, float, float]) -> None:
    with pytest.raises(AtlasError, match="extent"):
        plan_grid(bounds, 1.0, 10 ** 6)


def test_without_a_size_it_follows_from_the_radius() -> None:
    assert plan_grid(BOUNDS, None, 10 ** 8, 5_400.0).cell_m == 5000.0
    fine = plan_grid(BOUNDS, None, 10 ** 8, 20.0)
    assert 500_000 < fine.rows * fine.columns <= 1_000_000
    few = plan_grid(BOUNDS, None, 900)
    assert few.rows * few.columns <= 900


# Bandwidth


def test_silverman_of_a_normal_sample() -> None:
    rng = np.random.default_rng(1)
    x, y = rng.normal(0, 300, 4000), rng.normal(0, 300, 4000)
    assert silverman_m(x, y, np.ones(4000)) == pytest.approx(300 * 4000 ** (-1 / 6), rel=0.03)
    assert silverman_m(x, y, np.ones(4000), Kernel.QUARTIC) == pytest.approx(2.78 * 300 * 4000 ** (-1 / 6), rel=0.03)


def test_silverman_does_not_depend_on_units_of_weight_or_on_order() -> None:
    rng = np.random.default_rng(2)
    x, y, weights = rng.normal(0, 1, 50), rng.normal(0, 5, 50), rng.integers(1, 9, 50).astype(float)
    order = rng.permutation(50)
    first = silverman_m(x, y, weights)
    assert silverman_m(x[order], y[order], weights[order] * 1000) == pytest.approx(first)
    assert silverman_m(x * 7, y * 7, weights) == pytest.approx(first * 7)
    assert silverman_m(np.append(x, 1e6), np.append(y, 0.0), np.append(weights, 0.0)) == pytest.approx(first)


def test_a_few_far_points_do_not_widen_it() -> None:
    rng = np.random.default_rng(3)
    x, y = rng.normal(0, 1, 500), rng.normal(0, 1, 500)
    far = silverman_m(np.append(x, [1e4] * 3), np.append(y, [1e4] * 3), np.ones(503))
    assert far < 1.1 * silverman_m(x, y, np.ones(500))


@pytest.mark.parametrize(("x", "weights"), [([1.0, 1.0], [1.0, 2.0]), ([], []), ([1.0, 2.0], [1.0, 0.0]),
                                            ([1.0, 2.0], [-1.0, math.nan])])
def test_one_point_has_no_bandwidth(x: list[float], weights: list[float]) -> None:
    with pytest.raises(AtlasError, match="give RADIUS"):
        silverman_m(np.array(x), np.array(x), np.array(weights))
