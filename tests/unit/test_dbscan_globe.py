"""DBSCAN on the globe, where cells are cut from a flat chart: by the definition, wherever the places lie."""
from __future__ import annotations

import numpy as np
import pytest
from dbscan_truth import assert_numbered, assert_same_groups, by_definition, squared_distances
from hypothesis import given, settings
from hypothesis import strategies as st
from outbreak_atlas.plugin.core import cell_grid, cells
from outbreak_atlas.plugin.core.arrays import Floats, Ints
from outbreak_atlas.plugin.core.cell_grid import Grid, grid_of
from outbreak_atlas.plugin.core.cell_sites import Reach, merge
from outbreak_atlas.plugin.core.dbscan import dbscan
from outbreak_atlas.plugin.core.globe import in_space
from outbreak_atlas.plugin.core.stdbscan import stdbscan

#: Over the date line, at both poles, on the equator and between.
CENTRES = ((179.9, -17.0), (-180.0, 66.5), (0.0, 90.0), (40.0, -90.0), (12.0, 0.0), (-100.0, 45.0))
WIDE_DEGREES = (0.01, 3.0, 30.0, 60.0, 95.0, 140.0)
SPACINGS_M = (2.0, 500.0, 20_000.0, 900_000.0)


def around(made: np.random.Generator, count: int, centre: tuple[float, float], wide: float) -> tuple[Floats, Floats]:
    """Degrees of places within an angle of a centre, as many on each of its rings."""
    angle, turn = np.radians(wide) * np.sqrt(made.uniform(0, 1, count)), made.uniform(0, 2 * np.pi, count)
    lon, lat = np.radians(centre)
    up = np.array([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
    east = np.array([-np.sin(lon), np.cos(lon), 0.0])
    rings = np.outer(np.cos(turn), east) + np.outer(np.sin(turn), np.cross(up, east))
    x, y, z = (np.outer(np.cos(angle), up) + np.sin(angle)[:, None] * rings).T
    return np.degrees(np.arctan2(y, x)), np.degrees(np.arcsin(np.clip(z, -1, 1)))


@st.composite
def globe_points(draw: st.DrawFn) -> tuple[Floats, Floats, float, float]:
    """Towns of places, some of them coincident, weights, and an eps that is the distance of two places now and then."""
    made = np.random.default_rng(draw(st.integers(0, 2 ** 32 - 1)))
    count, towns = draw(st.integers(1, 70)), draw(st.integers(1, 9))
    spacing = draw(st.sampled_from(SPACINGS_M))
    lon, lat = around(made, towns, draw(st.sampled_from(CENTRES)), draw(st.sampled_from(WIDE_DEGREES)))
    town = made.integers(0, towns, count)
    steps = made.integers(-3, 4, (count, 2)) * spacing / 111_000
    lat = np.clip(lat[town] + steps[:, 0], -90, 90)
    lon = lon[town] + steps[:, 1] / np.maximum(np.cos(np.radians(lat)), 1e-3)
    places = in_space(lon, lat)
    eps = spacing * draw(st.sampled_from((0.4, 1.0, 1.42, 3.0)))
    if draw(st.booleans()):
        eps = float(np.sqrt(np.median(squared_distances(places)[0]))) or eps
    weights = made.integers(draw(st.integers(-2, 1)), 4, count).astype(float)
    return places, weights, eps, draw(st.sampled_from((0.5, 1.0, 3.0, 9.0)))


@settings(max_examples=250)
@given(globe_points())
def test_as_defined(made: tuple[Floats, Floats, float, float]) -> None:
    places, weights, eps, least = made
    found = dbscan(places, weights, eps, least)
    group, core = by_definition(places, weights, eps, least)
    assert np.array_equal(found.core, core)
    assert_same_groups(np.append(found.cluster, 0), np.append(group, 0))
    assert_numbered(found, places, weights)


@settings(max_examples=100)
@given(globe_points(), st.sampled_from((0, 2, 1_000)))
def test_as_defined_in_time(made: tuple[Floats, Floats, float, float], eps_ms: int) -> None:
    places, weights, eps, least = made
    ms = np.random.default_rng(len(places)).integers(0, 9, len(places))
    found = stdbscan(places, ms, weights, eps, eps_ms, least)
    group, core = by_definition(places, weights, eps, least, ms, eps_ms)
    assert np.array_equal(found.core, core)
    assert_same_groups(np.append(found.cluster, 0), np.append(group, 0))


def grid_around(centre: tuple[float, float], wide: float, eps: float, count: int = 2_000) -> tuple[Floats, Grid]:
    """Places, each with some neighbours just within eps, and their grid."""
    made = np.random.default_rng(int(wide * 10))
    lon, lat = around(made, count // 20, centre, wide)
    turn, far = made.uniform(0, 2 * np.pi, (2, count))
    degrees = np.degrees(eps / 6.4e6) * np.sqrt(far / (2 * np.pi))
    lat = np.clip(np.repeat(lat, 20) + degrees * np.sin(turn), -90, 90)
    lon = np.repeat(lon, 20) + degrees * np.cos(turn) / np.maximum(np.cos(np.radians(lat)), 1e-3)
    places = in_space(lon, lat)
    sites, _ = merge(places, None, np.ones(count))
    return np.stack(sites.axes, axis=1), grid_of(sites, Reach(eps))


@pytest.mark.parametrize("eps", [1.0, 5_000.0, 400_000.0])
@pytest.mark.parametrize("wide", [1.0, 20.0, 60.0, 90.0])
@pytest.mark.parametrize("centre", CENTRES)
def test_cells_of_a_chart_hold_what_they_promise(centre: tuple[float, float], wide: float, eps: float) -> None:
    """All sites of a cell are neighbours, and no neighbours are more steps apart, nor farther along an axis."""
    places, grid = grid_around(centre, wide, eps)
    assert len(grid.axes) == 2
    cell = [((axis - axis.min()) / grid.side).astype(np.int64) for axis in grid.axes]
    together = np.logical_and.reduce([axis[:, None] == axis[None, :] for axis in cell])
    near = squared_distances(places) <= eps * eps
    assert near[together].all() and together.sum() > len(places)
    for axis, number in zip(grid.axes, cell):
        assert np.abs(axis[:, None] - axis[None, :])[near].max() <= grid.most
        assert np.abs(number[:, None] - number[None, :])[near].max() <= grid.steps


def test_a_country_has_as_few_cells_around_each_as_a_plane() -> None:
    assert grid_around((104.0, 36.0), 27.0, 5_000.0)[1].steps == 2


@pytest.mark.parametrize(("places", "eps"), [
    (in_space(np.array([0.0, 180.0, 90.0, -90.0]), np.array([0.0, 1.0, 0.0, 0.0])), 5_000.0),
    (in_space(np.array([0.0, 1.0]), np.array([0.0, 0.0])) + 3.0, 5_000.0),
    (in_space(np.array([0.0, 1.0]), np.array([0.0, 0.0])), 0.1),
    (in_space(np.array([0.0, 1.0]), np.array([0.0, 0.0])), 1e12),
    (np.arange(9.0).reshape(3, 3), 2.0), (np.zeros((1, 3)), 1.0)])
def test_what_no_chart_holds_is_cut_in_space(places: Floats, eps: float) -> None:
    """Nearly all of the globe, places not on it, too fine or too wide an eps."""
    sites, _ = merge(places, None, np.ones(len(places)))
    assert grid_of(sites, Reach(eps)).axes is sites.axes


@pytest.mark.parametrize("wide", [30.0, 85.0])
def test_a_chart_of_very_many_cells_gives_the_same(wide: float, monkeypatch: pytest.MonkeyPatch) -> None:
    places, _ = grid_around((179.0, 50.0), wide, 5_000.0)
    ms: Ints = np.arange(len(places)) % 7
    found, in_time = (dbscan(places, np.ones(len(places)), 2_000.0, 5.0),
                      stdbscan(places, ms, np.ones(len(places)), 2_000.0, 3, 5.0))
    monkeypatch.setattr(cells, "_MANY", 50)
    again = dbscan(places, np.ones(len(places)), 2_000.0, 5.0)
    assert np.array_equal(again.cluster, found.cluster) and len(found.weights) > 20
    monkeypatch.setattr(cell_grid, "_MOST_STEPS", 0)
    assert np.array_equal(dbscan(places, np.ones(len(places)), 2_000.0, 5.0).cluster, found.cluster)
    assert np.array_equal(stdbscan(places, ms, np.ones(len(places)), 2_000.0, 3, 5.0).cluster, in_time.cluster)
