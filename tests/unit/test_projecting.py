"""Projected coordinates to degrees, and what is said where that cannot be done."""
from __future__ import annotations

import sys

import numpy as np
import pytest
from outbreak_atlas.plugin.core.errors import AtlasError
from outbreak_atlas.plugin.core.numbers import ParsedNumbers
from outbreak_atlas.plugin.core.projecting import project_to_degrees


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
