"""The Python of the tests can do what QGIS's own can: the system's libraries, with their data."""
from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pyproj
import pytest


def test_pyproj_finds_its_tables() -> None:
    x, y = pyproj.Transformer.from_crs("EPSG:4326", "EPSG:3857", always_xy=True).transform(180.0, 0.0)
    assert (x, y) == pytest.approx((20_037_508.34, 0.0), abs=0.01)


def test_numpy_is_the_systems() -> None:
    if sys.prefix == sys.base_prefix:
        pytest.skip("not in a virtual environment")
    assert Path(sys.prefix) not in Path(np.__file__).parents
