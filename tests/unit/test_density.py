"""Kernel density: against a sum over every pair, under moves of the data, and at its edges."""
from __future__ import annotations

import math
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from outbreak_atlas.plugin.core.density import LARGEST_ERROR, Densities, binning_error, density
from outbreak_atlas.plugin.core.density_binned import Binned, in_reach
from outbreak_atlas.plugin.core.errors import AtlasError, Cancelled
from outbreak_atlas.plugin.core.heat_grid import HeatGrid
from outbreak_atlas.plugin.core.kernels import Kernel, reach_m
from outbreak_atlas.plugin.core.progress import CallbackProgress, Progress

GRID = HeatGrid(left=-300.0, top=5200.0, cell_m=100.0, columns=46, rows=38)
COMPACT = tuple(kernel for kernel in Kernel if kernel != Kernel.GAUSSIAN)
BINNED = tuple(kernel for kernel in Kernel if kernel != Kernel.UNIFORM)


def naive(x, y, weights, grid, kernel, radius_m):
    """The definition, point by point, written down a second time."""
    values = np.zeros((grid.rows, grid.columns))
    area = math.pi * (radius_m / 1000) ** 2
    east, north = np.meshgrid(grid.centres_x(), grid.centres_y())
    for one_x, one_y, weight in zip(x, y, weights):
        q = ((east - one_x) ** 2 + (north - one_y) ** 2) / radius_m ** 2
        inside = q <= 1
        values += weight / area * {
            Kernel.QUARTIC: 3 * (1 - q) ** 2 * inside,
            Kernel.EPANECHNIKOV: 2 * (1 - q) * inside,
            Kernel.TRIANGULAR: 3 * (1 - np.sqrt(q)) * inside,
            Kernel.UNIFORM: 1.0 * inside,
            Kernel.GAUSSIAN: np.exp(-q / 2) / 2,
        }[kernel]
    return values


def some_points(count, seed, grid=GRID, beyond_m=900.0):
    rng = np.random.default_rng(seed)
    x = rng.uniform(grid.left - beyond_m, grid.right + beyond_m, count)
    y = rng.uniform(grid.bottom - beyond_m, grid.top + beyond_m, count)
    return x, y, rng.integers(1, 50, count).astype(float)


def clustered(count, grid, seed=3):
    """Distinct points around a few centres, the first of which has most."""
    rng = np.random.default_rng(seed)
    towns = rng.choice(12, count, p=1 / np.arange(1, 13) / (1 / np.arange(1, 13)).sum())
    width, depth = grid.right - grid.left, grid.top - grid.bottom
    x = grid.left + width * rng.uniform(0.2, 0.8, 12)[towns] + rng.normal(0, width / 20, count)
    y = grid.bottom + depth * rng.uniform(0.2, 0.8, 12)[towns] + rng.normal(0, depth / 20, count)
    return x, y, np.ones(count)


def apart(found, expected):
    """The greatest difference as a share of the greatest value."""
    return np.abs(found - expected).max() / np.abs(expected).max()


# The direct sum


@pytest.mark.parametrize("kernel", Kernel)
@settings(max_examples=15)
@given(data=st.data())
def test_exact_is_the_definition(kernel: Kernel, data: st.DataObject) -> None:
    place = st.tuples(st.integers(-1200, 5200), st.integers(500, 6200))
    rows = data.draw(st.lists(st.tuples(place, st.integers(-5, 30)), min_size=1, max_size=60))
    x, y = (np.array([row[0][axis] for row in rows], float) for axis in (0, 1))
    weights = np.array([row[1] for row in rows], float)
    radius = data.draw(st.sampled_from([50.0, 140.0, 300.0, 1010.0, 6000.0]))
    expected = naive(x, y, weights, GRID, kernel, radius)
    found = density(x, y, weights, GRID, kernel, radius, exact=True)
    alone = naive(x, y, np.abs(weights), GRID, kernel, radius).max()
    assert np.abs(found - expected).max() <= 1e-12 * alone


@pytest.mark.parametrize("kernel", Kernel)
def test_exact_of_many_points_in_chunks(kernel: Kernel) -> None:
    x, y, weights = some_points(9_000, 1)
    x[:4_000], y[:4_000] = x[4_000:8_000], y[4_000:8_000]
    assert apart(density(x, y, weights, GRID, kernel, 250.0, True), naive(x, y, weights, GRID, kernel, 250.0)) < 1e-12


@pytest.mark.parametrize("shape", [(1, 400), (400, 1), (3, 3), (1, 1)])
@pytest.mark.parametrize("kernel", Kernel)
def test_narrow_rasters(kernel: Kernel, shape: tuple[int, int]) -> None:
    grid = HeatGrid(0.0, 0.0, 10.0, shape[0], shape[1])
    x, y, weights = some_points(200, 4, grid, 40.0)
    for exact in (True, False):
        assert apart(density(x, y, weights, grid, kernel, 60.0, exact), naive(x, y, weights, grid, kernel, 60.0)) < (
            1e-12 if exact else LARGEST_ERROR)


def test_far_from_the_origin_of_the_plane() -> None:
    x, y, weights = some_points(300, 8)
    far = HeatGrid(GRID.left + 2.0 ** 24, GRID.top + 2.0 ** 33, 100.0, GRID.columns, GRID.rows)
    x, y = x + 2.0 ** 24, y + 2.0 ** 33
    for kernel in COMPACT:
        assert apart(density(x, y, weights, far, kernel, 430.0, True), naive(x, y, weights, far, kernel, 430.0)) < 1e-12


# Binned


def all_ways(x, y, weights, grid, kernel, radius_m):
    """The default, and the transform with the nodes that single points need though it may be dearer here."""
    made = Densities(grid, kernel, radius_m, False)
    yield made.of(x, y, weights)
    between = made._between()
    if between is not None and between * max(grid.rows, grid.columns) < 1200:
        near = in_reach(x, y, grid, kernel, radius_m)
        yield Binned(grid, kernel, radius_m, between).of(x[near], y[near], weights[near], Progress())


@pytest.mark.parametrize("radius", [2.0, 3.0, 5.0, 7.3, 25.0])
@pytest.mark.parametrize("kernel", Kernel)
def test_a_single_point_is_within_the_stated_error(kernel: Kernel, radius: float) -> None:
    grid = HeatGrid(0.0, 0.0, 10.0, 60, 60)
    allowed = max(binning_error(kernel, 10 * radius, 10.0), 1e-12)
    assert allowed <= LARGEST_ERROR
    for dx, dy in np.random.default_rng(2).uniform(-10, 10, (5, 2)).tolist() + [[0.0, 0.0], [5.0, 5.0], [5.0, 0.0]]:
        x, y, one = np.array([300.0 + dx]), np.array([-300.0 + dy]), np.ones(1)
        expected = naive(x, y, one, grid, kernel, 10 * radius)
        for found in all_ways(x, y, one, grid, kernel, 10 * radius):
            assert apart(found, expected) <= allowed


@pytest.mark.parametrize("radius_m", [500.0, 1600.0])
@pytest.mark.parametrize("kernel", Kernel)
def test_many_points_are_within_the_stated_error(kernel: Kernel, radius_m: float) -> None:
    grid = HeatGrid(1000.0, 9000.0, 100.0, 100, 90)
    for x, y, weights in (clustered(15_000, grid), some_points(2_000, 6, grid), on_a_lattice(grid)):
        exact = density(x, y, weights, grid, kernel, radius_m, True)
        for found in all_ways(x, y, weights, grid, kernel, radius_m):
            assert apart(found, exact) <= max(binning_error(kernel, radius_m, 100.0), 1e-12)


@pytest.mark.parametrize("kind", ["heavy tail", "spots", "small spots", "spots on a lattice"])
@pytest.mark.parametrize("kernel", [Kernel.QUARTIC, Kernel.EPANECHNIKOV, Kernel.TRIANGULAR])
def test_what_stands_out_of_many_points_is_told_as_well(kernel: Kernel, kind: str) -> None:
    """Errors that no others cancel: of heavy points, and of many cases on one spot."""
    grid = HeatGrid(1000.0, 16_000.0, 100.0, 160, 150)
    for seed in (11, 12):
        rng = np.random.default_rng(seed)
        x, y, weights = clustered(60_000, grid, seed)
        if kind == "heavy tail":
            weights = rng.pareto(1.2, len(x)) + 1
        else:
            spots = rng.choice(len(x), 200 if kind == "small spots" else 4)
            there = rng.random(len(x)) < 0.1
            spot = rng.choice(spots, int(there.sum()))
            lattice = 250.0 if kind == "spots on a lattice" else 1e-3
            x[there], y[there] = (np.rint(values[spot] / lattice) * lattice for values in (x, y))
        exact = density(x, y, weights, grid, kernel, 700.0, True)
        assert apart(density(x, y, weights, grid, kernel, 700.0, False), exact) < LARGEST_ERROR


def on_a_lattice(grid):
    """Rounded coordinates: errors that do not cancel each other. Towns of neighbouring cells."""
    x, y, weights = clustered(15_000, grid)
    x, y = np.rint(x / 100) * 100 + 50, np.rint(y / 100) * 100 + 50
    dense = np.exp(-((x - 6000) ** 2 + (y - 4000) ** 2) / 300 ** 2) * 50
    return x, y, weights + np.rint(dense)


def test_many_points_take_the_transform_and_a_lattice_more_nodes() -> None:
    grid = HeatGrid(1000.0, 9000.0, 100.0, 160, 140)
    spread, rounded = (Densities(grid, Kernel.QUARTIC, 500.0, False) for _ in range(2))
    spread.of(*clustered(60_000, grid))
    x, y, weights = some_points(40_000, 5, grid)
    rounded.of(np.rint(x / 500) * 500 + 50 + (x % 7) * 1e-6, np.rint(y / 500) * 500 + 50, weights)
    assert 1 in spread._binned
    assert set(rounded._binned) != {1}


@pytest.mark.parametrize("kernel", BINNED)
def test_beyond_the_reach_there_is_nothing(kernel: Kernel) -> None:
    x, y, weights = np.array([310.0, 1905.0]), np.array([4700.0, 2430.0]), np.array([3.0, 1e6])
    far = np.sqrt(np.min([(GRID.centres_x() - at_x) ** 2 + (GRID.centres_y()[:, None] - at_y) ** 2
                          for at_x, at_y in zip(x, y)], axis=0)) - reach_m(kernel, 500.0)
    between = Densities(GRID, kernel, 500.0, False)._between()
    by_transform = Binned(GRID, kernel, 500.0, min(between, 8)).of(x, y, weights, Progress())
    assert (by_transform >= 0).all() and (by_transform[far > 100 * math.sqrt(2)] == 0).all()
    by_default = density(x, y, weights, GRID, kernel, 500.0, False)
    assert (by_default >= 0).all()
    assert kernel == Kernel.GAUSSIAN or ((by_default == 0) == (far >= 0)).all()


@pytest.mark.parametrize("kernel", BINNED)
def test_without_scipy_the_same(kernel: Kernel, monkeypatch: pytest.MonkeyPatch) -> None:
    x, y, weights = some_points(500, 2)
    made = [Binned(GRID, kernel, 700.0, between).of(x, y, weights, Progress()) for between in (1, 3)]
    monkeypatch.setitem(sys.modules, "scipy", None)
    monkeypatch.setitem(sys.modules, "scipy.fft", None)
    for between, expected in zip((1, 3), made):
        assert apart(Binned(GRID, kernel, 700.0, between).of(x, y, weights, Progress()), expected) < 1e-9


# Mass


@pytest.mark.parametrize("radius_m", [500.0, 1250.0])
@pytest.mark.parametrize("kernel", Kernel)
def test_values_times_area_are_cases(kernel: Kernel, radius_m: float) -> None:
    grid = HeatGrid(0.0, 20_000.0, 100.0, 200, 200)
    rng = np.random.default_rng(9)
    margin = reach_m(kernel, radius_m) + 100
    x, y = rng.uniform(margin, 20_000 - margin, (2, 400))
    weights = rng.integers(1, 9, 400).astype(float)
    for exact in (True, False):
        cases = density(x, y, weights, grid, kernel, radius_m, exact).sum() * grid.cell_km2
        assert cases == pytest.approx(weights.sum(), rel=1e-3)


@pytest.mark.parametrize("kernel", BINNED)
def test_binning_keeps_the_mass_of_a_single_point(kernel: Kernel) -> None:
    grid = HeatGrid(0.0, 8_000.0, 100.0, 80, 80)
    values = Binned(grid, kernel, 700.0, 1).of(np.array([4012.0]), np.array([3977.0]), np.ones(1), Progress())
    assert values.sum() * grid.cell_km2 == pytest.approx(1, rel=1e-9)


# Moves of the data


@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.parametrize("kernel", Kernel)
@pytest.mark.parametrize("count", [40, 12_000])
def test_moved_turned_and_reordered(kernel: Kernel, exact: bool, count: int) -> None:
    grid = HeatGrid(0.0, 6000.0, 100.0, 60, 60)
    x, y, weights = some_points(count, 7, grid, 300.0)
    x, y = np.rint(x * 8) / 8, np.rint(y * 8) / 8  # so that moving them rounds nothing
    made = density(x, y, weights, grid, kernel, 500.0, exact)
    moved = HeatGrid(grid.left + 700.0, grid.top - 300.0, 100.0, 60, 60)
    order = np.random.default_rng(0).permutation(count)
    assert apart(density(x + 700, y - 300, weights, moved, kernel, 500.0, exact), made) < 1e-9
    assert apart(density(6000 - y, x, weights, grid, kernel, 500.0, exact), np.rot90(made)) < (
        1e-9 if exact or count < 100 else 2 * LARGEST_ERROR)
    assert apart(density(x[order], y[order], weights[order], grid, kernel, 500.0, exact), made) < 1e-9


def test_shifted_by_a_cell_the_raster_is_shifted() -> None:
    x, y, weights = some_points(200, 3, beyond_m=-800.0)
    for exact in (True, False):
        here = density(x, y, weights, GRID, Kernel.QUARTIC, 500.0, exact)
        there = density(x + 200, y - 100, weights, GRID, Kernel.QUARTIC, 500.0, exact)
        assert apart(there[1:, 2:], here[:-1, :-2]) < 1e-12


# Edges


def test_no_points_and_no_weight_give_nothing() -> None:
    none = np.zeros(0)
    for exact in (True, False):
        assert not density(none, none, none, GRID, Kernel.QUARTIC, 500.0, exact).any()
        assert not density(*some_points(9, 1)[:2], np.zeros(9), GRID, Kernel.GAUSSIAN, 500.0, exact).any()
        far = np.array([1e7])
        assert not density(far, far, np.ones(1), GRID, Kernel.QUARTIC, 500.0, exact).any()


def test_weights_may_be_negative() -> None:
    x, y, weights = some_points(20_000, 2)
    taken = weights * np.where(np.arange(20_000) % 3, 1, -1)
    exact = density(x, y, taken, GRID, Kernel.QUARTIC, 500.0, True)
    assert exact.min() < 0 or exact.max() > 0
    assert apart(density(x, y, taken, GRID, Kernel.QUARTIC, 500.0, False), exact) < LARGEST_ERROR
    both = density(np.tile(x, 2), np.tile(y, 2), np.append(weights, -weights), GRID, Kernel.QUARTIC, 500.0, False)
    assert not both.any()


def test_a_point_on_the_border_of_a_disc_counts() -> None:
    grid = HeatGrid(0.0, 500.0, 100.0, 5, 5)
    centre = np.array([250.0])
    values = density(centre, centre, np.ones(1), grid, Kernel.UNIFORM, 100.0, False)
    assert np.count_nonzero(values) == 5
    assert values[2, 2] == pytest.approx(1 / (math.pi * 0.01))


@pytest.mark.parametrize("radius_m", [0.0, -1.0, math.nan, math.inf])
def test_a_radius_that_is_none(radius_m: float) -> None:
    with pytest.raises(AtlasError, match="RADIUS"):
        density(*some_points(3, 1), GRID, Kernel.QUARTIC, radius_m, False)


def test_what_is_not_finite_is_refused() -> None:
    x, y, weights = some_points(3, 1)
    for at in range(3):
        broken = [x.copy(), y.copy(), weights.copy()]
        broken[at][1] = math.nan
        with pytest.raises(AtlasError, match="finite"):
            density(*broken, GRID, Kernel.QUARTIC, 500.0, False)


@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.parametrize("kernel", Kernel)
def test_it_can_be_cancelled_and_tells_how_far_it_is(kernel: Kernel, exact: bool) -> None:
    told: list[float] = []
    points = some_points(12_000, 2)
    density(*points, GRID, kernel, 600.0, exact, CallbackProgress(lambda fraction, _: told.append(fraction)))
    assert len(told) > 2 and all(0 <= fraction <= 1 for fraction in told)
    count = iter(range(100))
    with pytest.raises(Cancelled):
        density(*points, GRID, kernel, 600.0, exact, CallbackProgress(cancelled=lambda: next(count) > 1))
