"""The film of a heat map: each band is the density of its window, and no more than a few are in memory."""
from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from outbreak_atlas.plugin.core import heat_series
from outbreak_atlas.plugin.core.density import density
from outbreak_atlas.plugin.core.density_running import RunningDensity
from outbreak_atlas.plugin.core.errors import AtlasError, Cancelled
from outbreak_atlas.plugin.core.heat_grid import HeatGrid
from outbreak_atlas.plugin.core.heat_series import density_series
from outbreak_atlas.plugin.core.kernels import Kernel
from outbreak_atlas.plugin.core.progress import CallbackProgress

GRID = HeatGrid(0.0, 12_000.0, 100.0, 90, 120)
STEPS = 9


def entries(points, count, seed=1, whole=True):
    rng = np.random.default_rng(seed)
    x, y = rng.uniform(200, 8800, points), rng.uniform(200, 11_800, points)
    cases = rng.integers(-3, 40, count).astype(float)
    return x, y, rng.integers(0, points, count), rng.integers(0, STEPS, count), cases if whole else cases * 0.1


@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("window", [1, 3, None])
@pytest.mark.parametrize(
    ("points", "kernel"), [(300, Kernel.QUARTIC), (10_000, Kernel.GAUSSIAN), (300, Kernel.UNIFORM)])
def test_a_band_is_the_density_of_its_window(
    points: int, kernel: Kernel, window: int | None, whole: bool, exact: bool,
) -> None:
    points = points if not exact else min(points, 1000)
    x, y, point, step, cases = entries(points, 8 * points, whole=whole)
    bands = list(density_series(x, y, point, step, cases, STEPS, window, GRID, kernel, 600.0, exact))
    assert len(bands) == STEPS
    for now in (0, 1, 4, STEPS - 1):
        there = (step <= now) & (step > now - (window or 1000))
        sums = np.bincount(point[there], cases[there], minlength=points)
        expected = density(x, y, sums, GRID, kernel, 600.0, exact)
        assert np.abs(bands[now] - expected).max() <= 1e-9 * np.abs(expected).max()


def test_what_left_the_window_is_gone_without_a_trace() -> None:
    x, y = np.array([1000.0, 5000.0]), np.array([2000.0, 9000.0])
    point, step, cases = np.array([0, 1, 0]), np.array([0, 1, 4]), np.array([0.1, 0.7, 0.3])
    bands = list(density_series(x, y, point, step, cases, 6, 2, GRID, Kernel.QUARTIC, 600.0, False))
    assert [bool(band.any()) for band in bands] == [True, True, True, False, True, True]
    assert not bands[2][100:].any()


@pytest.mark.parametrize("window", [7, None])
@pytest.mark.parametrize("kernel", [Kernel.QUARTIC, Kernel.UNIFORM, Kernel.TRIANGULAR, Kernel.EPANECHNIKOV])
def test_a_running_density_does_not_drift(kernel: Kernel, window: int | None) -> None:
    """Many steps of cases that no float64 holds exactly, some far heavier: each band is that of its window anew."""
    rng = np.random.default_rng(3)
    x, y = rng.uniform(-300, 9300, 3000), rng.uniform(-300, 12_300, 3000)
    point, step = rng.integers(0, 3000, 9000), rng.integers(0, 60, 9000)
    cases = rng.uniform(-0.3, 1, 9000) * 10.0 ** rng.integers(-2, 4, 9000)
    cases[step > 40] = 0.1
    made = density_series(x, y, point, step, cases, 80, window, GRID, kernel, 430.0, False)
    for now, band in enumerate(made):
        if now in (0, 6, 39, 59, 79):
            there = (step <= now) & (step > now - (window or 1000))
            expected = density(x, y, np.bincount(point[there], cases[there], 3000), GRID, kernel, 430.0, True)
            assert np.abs(band - expected).max() <= 1e-8 * np.abs(expected).max()
            assert expected.any() or not band.any()


def test_a_running_density_is_taken_where_it_is_cheaper(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[RunningDensity] = []
    monkeypatch.setattr(heat_series, "RunningDensity", lambda *told: made.append(RunningDensity(*told)) or made[-1])
    x, y, point, step, cases = entries(3000, 3000)
    for kernel in (Kernel.QUARTIC, Kernel.GAUSSIAN):
        next(density_series(x, y, point, step, cases, STEPS, None, GRID, kernel, 600.0, False))
    assert len(made) == 1


def test_a_stock_starts_with_what_was_there_before() -> None:
    x, y = np.array([1000.0]), np.array([2000.0])
    made = density_series(x, y, np.array([0, 0]), np.array([-3, 1]), np.array([5.0, 2.0]), 2, None, GRID,
                          Kernel.QUARTIC, 600.0, False)
    first, second = (band.max() for band in made)
    assert second == pytest.approx(first * 7 / 5)


def test_a_window_of_no_step_is_refused() -> None:
    x, y, point, step, cases = entries(3, 9)
    with pytest.raises(AtlasError, match="WINDOW"):
        next(density_series(x, y, point, step, cases, STEPS, 0, GRID, Kernel.QUARTIC, 600.0, False))


def test_it_can_be_cancelled_between_and_within_bands() -> None:
    x, y, point, step, cases = entries(300, 2000)
    stop: list[bool] = []
    bands = density_series(x, y, point, step, cases, STEPS, 3, GRID, Kernel.QUARTIC, 600.0, False,
                           CallbackProgress(cancelled=lambda: bool(stop)))
    next(bands)
    stop.append(True)
    with pytest.raises(Cancelled):
        next(bands)


def test_memory_does_not_grow_with_bands() -> None:
    def peak(steps: int) -> int:
        rng = np.random.default_rng(2)
        x, y, point, _, cases = entries(20_000, 40_000)
        step = rng.integers(0, steps, 40_000)
        tracemalloc.start()
        for _ in density_series(x, y, point, step, cases, steps, 2, GRID, Kernel.GAUSSIAN, 600.0, False):
            pass
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    band = GRID.rows * GRID.columns * 8
    assert peak(60) < peak(6) + 4 * band
