"""Projected coordinates to degrees, and what is said where that cannot be done."""
from __future__ import annotations

import sys

import numpy as np
import pytest
from outbreak_atlas.plugin.core.errors import AtlasError
from outbreak_atlas.plugin.core.numbers import ParsedNumbers
from outbreak_atlas.plugin.core.projecting import ReferenceSystem, project_to_degrees


def numbers(*values: float) -> ParsedNumbers:
    return ParsedNumbers(np.array(values), np.zeros(len(values), bool))


def test_metres_become_degrees_and_the_impossible_is_lost() -> None:
    lon, lat = project_to_degrees(numbers(500_000.0, np.nan, 1e30), numbers(0.0, 0.0, 0.0), "EPSG:32650")
    assert lon.values[0] == pytest.approx(117.0) and lat.values[0] == pytest.approx(0.0)
    assert np.isnan(lon.values[1:]).all()
    assert lon.unreadable.tolist() == [False, False, True]


def test_an_unknown_crs_is_named() -> None:
    with pytest.raises(AtlasError, match="EPSG:0"):
        project_to_degrees(numbers(1.0), numbers(1.0), "EPSG:0")


def test_without_pyproj_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyproj", None)
    with pytest.raises(AtlasError, match="library pyproj"):
        project_to_degrees(numbers(1.0), numbers(1.0), "EPSG:32650")


def test_the_area_of_use_may_cross_the_date_line() -> None:
    fiji = ReferenceSystem.named("EPSG:3460")  # 176.81°E to 178.15°W
    x, y = fiji.transformer.transform([177.4, -178.9, 0.0], [-17.6, -18.2, 51.5], direction="INVERSE")
    assert fiji.covers(np.array(x), np.array(y)).tolist() == [True, True, False]


def test_far_outside_nothing_is_covered_though_formulas_give_degrees() -> None:
    madrid = ReferenceSystem.named("EPSG:25830")
    x, y = np.array([446426.917, 446426917.0, 446.427]), np.full(3, 4473586.644)
    assert madrid.covers(x, y).tolist() == [True, False, False]
    assert not ReferenceSystem.named("+proj=utm +zone=30").covers(x, y).any()  # it does not say where


def test_a_system_of_degrees_is_told_from_one_of_metres() -> None:
    assert ReferenceSystem.named("EPSG:25830").in_metres and not ReferenceSystem.named("EPSG:4490").in_metres
