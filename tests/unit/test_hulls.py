"""Outlines of clusters: what they hold, how large they are, and what has no area."""
from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from outbreak_atlas.plugin.core.hulls import (
    area_of,
    concave_outline,
    convex_outline,
    usual_gap_m,
    with_more_corners,
)
from shapely.geometry import MultiPoint, Polygon

PLACES = st.lists(st.tuples(st.integers(-40, 40), st.integers(-40, 40)), min_size=1, max_size=60)


def holds(ring: np.ndarray, points: np.ndarray) -> bool:
    return bool(Polygon(ring).contains(MultiPoint([tuple(one) for one in points])))


@given(PLACES)
def test_a_hull_holds_its_points(places: list[tuple[int, int]]) -> None:
    points = np.array(places, np.float64) * 100
    ring = convex_outline(points, 50.0)
    assert Polygon(ring).is_valid and holds(ring, points)
    whole = MultiPoint([tuple(one) for one in points]).convex_hull
    if whole.area > 1e5:
        assert area_of(ring) == pytest.approx(whole.area, rel=1e-3)


@given(PLACES)
def test_a_concave_outline_holds_its_points_and_is_one_ring(places: list[tuple[int, int]]) -> None:
    points = np.array(places, np.float64) * 100
    ring = concave_outline(points, 50.0, 100.0)
    assert Polygon(ring).is_valid and holds(ring, points)


@pytest.mark.parametrize("points", [[[5.0, 5.0]], [[5.0, 5.0]] * 3, [[0.0, 0.0], [1000.0, 0.0]],
                                    [[0.0, 0.0], [500.0, 500.0], [1000.0, 1000.0]]])
@pytest.mark.parametrize("outline", [lambda points: convex_outline(points, 100.0),
                                     lambda points: concave_outline(points, 100.0, 200.0)])
def test_what_has_no_area_is_widened(points: list[list[float]], outline: object) -> None:
    places = np.array(points)
    length = float(np.hypot(*np.ptp(places, axis=0)))
    assert area_of(outline(places)) == pytest.approx(200 * length + np.pi * 100 ** 2, rel=0.01)  # type: ignore[operator]


def test_many_points_are_thinned_without_losing_any() -> None:
    draws = np.random.default_rng(3)
    turn, out = draws.uniform(0, 2 * np.pi, 20_000), draws.uniform(0.8, 1, 20_000)
    points = np.stack([out * np.cos(turn), out * np.sin(turn)], axis=1) * 10_000
    ring = concave_outline(points, 100.0, 200.0)
    assert holds(ring, points)
    assert area_of(ring) == pytest.approx(np.pi * 10_000 ** 2, rel=0.02)  # the hole is filled


def test_more_corners_keep_the_shape() -> None:
    ring = convex_outline(np.array([[0.0, 0.0], [9000.0, 100.0], [3000.0, 7000.0]]), 1.0)
    finer = with_more_corners(ring, 500.0)
    assert np.hypot(*np.diff(finer, axis=0).T).max() <= 500.0
    assert area_of(finer) == pytest.approx(area_of(ring))
    assert len(with_more_corners(ring * 1e6, 1.0)) < 500


def test_the_usual_gap_is_a_median_of_nearest_distances() -> None:
    grid = np.array([[x, y] for x in range(30) for y in range(30)], np.float64) * 7
    assert usual_gap_m(np.repeat(grid, 2, axis=0)) == pytest.approx(7.0)
    assert usual_gap_m(np.zeros((4, 3))) == 0.0


@pytest.mark.parametrize("draw", [
    lambda points: convex_outline(points, 500.0), lambda points: concave_outline(points, 500.0, 1000.0)])
@pytest.mark.parametrize("count", [2, 3, 40])
def test_the_order_of_points_changes_no_outline(draw: Any, count: int) -> None:
    draws = np.random.default_rng(count)
    points = draws.integers(0, 8, (count, 2)) * 1000.0 + [500_000.0, 3_300_000.0]
    outlines = [draw(points[draws.permutation(count)]) for _ in range(5)]
    assert all(np.array_equal(outlines[0], other) for other in outlines)
