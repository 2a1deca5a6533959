"""The greatest sum of a heat map against the sum on a fine grid."""
from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from outbreak_atlas.plugin.core.arrays import Floats
from outbreak_atlas.plugin.core.heatsums import (
    RADII_M,
    heat_levels,
    heat_maximum,
    level_at,
    rounded_up,
)

DEGREE_M = 111_195.08


def on_a_grid(lon: Floats, lat: Floats, weight: Floats, radius_m: float, cells: int = 400) -> float:
    """The greatest kernel sum over the points of a grid."""
    x, y = (np.linspace(values.min(), values.max(), cells) for values in (lon, lat))
    total = np.zeros((cells, cells))
    for one_lon, one_lat, one_weight in zip(lon, lat, weight):
        east = (x - one_lon) * DEGREE_M * np.cos(np.radians(one_lat)) / radius_m
        north = (y - one_lat) * DEGREE_M / radius_m
        total += one_weight * np.maximum(1 - east[None, :] ** 2 - north[:, None] ** 2, 0) ** 2
    return float(total.max())


@settings(max_examples=25)
@given(seed=st.integers(0, 10_000), radius_km=st.sampled_from([3, 10, 30, 100, 300]))
def test_it_is_the_greatest_sum_anywhere(seed: int, radius_km: int) -> None:
    draw = np.random.default_rng(seed)
    centre = draw.uniform(0, 3, (12, 2))
    near = draw.integers(0, 12, 200)
    lon, lat = (centre[near] + draw.normal(0, 0.15, (200, 2))).T
    weight = draw.pareto(1.2, 200)
    found = heat_maximum(110 + lon, 30 + lat, weight, radius_km * 1000.0)
    reference = on_a_grid(110 + lon, 30 + lat, weight, radius_km * 1000.0)
    assert found >= reference * 0.98
    assert found <= weight.sum()


def test_between_two_places_the_sum_can_be_higher_than_at_either() -> None:
    apart = 0.8 * 1000 / DEGREE_M
    found = heat_maximum(np.zeros(2), np.array([0, apart]), np.ones(2), 1000.0)
    assert found == pytest.approx(2 * (1 - 0.4**2) ** 2, rel=1e-3)


def test_the_unknown_and_the_negative_weigh_nothing() -> None:
    nan = np.nan
    lon, lat = np.array([0.0, 0.0, 0.0, nan]), np.array([0.0, 0.0, 0.0, 5.0])
    assert heat_maximum(lon, lat, np.array([4.0, nan, -3.0, 90.0]), 1000.0) == 4
    assert heat_maximum(lon[:0], lat[:0], lat[:0], 1000.0) == 0


def test_the_date_line_is_no_border() -> None:
    lon = np.array([179.9999, -179.9999])
    assert heat_maximum(lon, np.zeros(2), np.ones(2), 30_000.0) == pytest.approx(2, rel=1e-3)


def test_every_scale_has_a_radius_that_fits_it() -> None:
    levels = heat_levels(np.array([110.0]), np.array([30.0]), np.array([7.0]), 12.0)
    assert [one.maximum for one in levels] == [12.0] * len(RADII_M)
    for scale in np.geomspace(4_000, 90_000_000, 50):
        width_mm = level_at(levels, scale).radius_m * 1000 / scale
        assert 2.9 < width_mm <= 10.1
    assert level_at(levels, 10.0).radius_m == RADII_M[-1]


def test_a_map_of_nothing_has_a_maximum_too() -> None:
    none = np.array([])
    assert {one.maximum for one in heat_levels(none, none, none)} == {1.0}


def test_it_is_quick_for_many_places() -> None:
    draw = np.random.default_rng(1)
    lon, lat = 110 + draw.normal(0, 2, 24_000), 30 + draw.normal(0, 2, 24_000)
    begin = time.perf_counter()
    heat_levels(lon, lat, draw.pareto(1.2, 24_000))
    assert time.perf_counter() - begin < 1.5  # ten radii; 0.13 s on an idle machine


@pytest.mark.parametrize(("value", "expected"), [(50_333, 51_000), (99.5, 100), (0.0123, 0.013), (40, 40), (-1, 0)])
def test_rounding_up(value: float, expected: float) -> None:
    assert rounded_up(value) == expected
