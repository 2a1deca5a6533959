"""Distances between points against geodesics, wherever the points lie."""
from __future__ import annotations

import numpy as np
import pytest
from outbreak_atlas.plugin.bridge.distances import map_crs, measured, straight
from outbreak_atlas.plugin.core.errors import AtlasError
from outbreak_atlas.plugin.core.globe import arc_m
from outbreak_atlas.plugin.core.point_cases import PointCases
from qgis.core import QgsApplication, QgsCoordinateReferenceSystem

pytestmark = pytest.mark.usefixtures("qgis_app")
pyproj = pytest.importorskip("pyproj")
_DEGREES = "EPSG:4326"
#: Middle, reach in degrees, and the most that lengths may be off.
_EXTENTS = (
    ("a zone of UTM", 9, 50, 2.5, 0.001), ("a country", 9, 50, 6, 0.002), ("the date line", 180, -17, 4, 0.002),
    ("the south pole", 0, -90, 10, 0.005), ("China's width", 110, 33, 10, 0.005), ("the equator", 30, 0, 9.3, 0.005),
    ("the north pole", 45, 89, 12, 0.005), ("beyond a plane", 110, 33, 16, 0.001), ("a continent", 175, 40, 25, 0.002),
)


def _around(lon: float, lat: float, reach: float, count: int = 150) -> tuple[np.ndarray, np.ndarray]:
    """Points of a disk on the earth, the farthest of them on its edge."""
    generator = np.random.default_rng(7)
    azimuth, share = generator.uniform(0, 360, count), np.sqrt(generator.uniform(0, 1, count))
    share[:40] = 1
    found = pyproj.Geod(ellps="WGS84").fwd(
        np.full(count, lon), np.full(count, lat), azimuth, share * reach * 111_195)
    return np.asarray(found[0]), np.asarray(found[1])


@pytest.mark.parametrize("lon, lat, reach, most", [one[1:] for one in _EXTENTS], ids=[one[0] for one in _EXTENTS])
def test_lengths_are_those_of_geodesics(lon: float, lat: float, reach: float, most: float) -> None:
    x, y = _around(lon, lat, reach)
    places = measured(x, y, QgsCoordinateReferenceSystem(_DEGREES)).places
    one, other = np.triu_indices(len(x), 1)
    length = np.sqrt(((places[one] - places[other]) ** 2).sum(axis=1))
    length = arc_m(length) if places.shape[1] == 3 else length
    truth = pyproj.Geod(ellps="WGS84").inv(x[one], y[one], x[other], y[other])[2]
    off = np.abs(length / truth - 1)
    assert off[truth > 1].max() <= most


def test_plane_ends_where_half_a_percent_does() -> None:
    degrees = QgsCoordinateReferenceSystem(_DEGREES)
    assert measured(*_around(20, 0, 13.4), degrees).places.shape[1] == 2
    space = measured(*_around(20, 0, 13.6), degrees)
    assert space.places.shape[1] == 3 and "earth's curve" in space.words


def test_straight_lines_on_plane_and_globe() -> None:
    plane, space = (PointCases(np.zeros((1, size)), np.ones(1), None) for size in (2, 3))
    assert straight(plane, 1_000_000.0) == 1_000_000.0
    assert 998_000 < straight(space, 1_000_000.0) < 999_000


def test_own_planes_are_kept_and_feet_become_metres() -> None:
    x, y = np.array([500_000.0, 501_000.0]), np.array([3_000_000.0, 3_000_000.0])
    metric = measured(x, y, QgsCoordinateReferenceSystem("EPSG:32650"))
    assert metric.places.tolist() == np.stack([x, y], axis=1).tolist() and not metric.warning
    assert "EPSG:32650" in metric.words
    feet = measured(x, y, QgsCoordinateReferenceSystem("EPSG:2263")).places
    assert np.hypot(*(feet[1] - feet[0])) == pytest.approx(1000 * 1200 / 3937)


def test_web_maps_plane_is_warned_of() -> None:
    x, y = np.array([1_000_000.0, 1_001_000.0]), np.array([8_399_737.9, 8_399_737.9])
    found = measured(x, y, QgsCoordinateReferenceSystem("EPSG:3857"))
    assert "2.00 times" in found.warning and "EPSG:4326" in found.warning


def test_other_datum_goes_through_wgs84() -> None:
    x, y = np.array([-100.0, -60.0]), np.array([40.0, 20.0])
    new, old = (measured(x, y, QgsCoordinateReferenceSystem(one)).places for one in (_DEGREES, "EPSG:4267"))
    assert 1 < np.abs(new - old).max() < 500


@pytest.mark.parametrize("lon, lat, reach, expected", [
    (9, 50, 2, "EPSG:32632"), (9, -50, 2, "EPSG:32732"), (180, -17, 8, "+lon_0=180"), (0, 90, 20, "+lat_0=90"),
    (0, 0, 100, "EPSG:6933")])
def test_planes_for_maps(lon: float, lat: float, reach: float, expected: str) -> None:
    crs = map_crs(*_around(lon, lat, reach), QgsCoordinateReferenceSystem(_DEGREES))
    assert crs.isValid() and expected in f"{crs.authid()} {crs.toProj()}".replace("=-180", "=180")


def test_maps_keep_a_true_plane_but_not_the_webs() -> None:
    x, y = np.array([500_000.0]), np.array([3_000_000.0])
    own = QgsCoordinateReferenceSystem("EPSG:32650")
    assert map_crs(x, y, own) == own
    assert map_crs(x, y, QgsCoordinateReferenceSystem("EPSG:3857")).authid() == "EPSG:32631"
    assert map_crs(x, y, QgsCoordinateReferenceSystem("EPSG:2263")).authid().startswith("EPSG:326")


def test_systems_that_say_nothing_are_refused(qgis_app: QgsApplication) -> None:
    x = np.array([1.0])
    for question in (measured, map_crs):
        with pytest.raises(AtlasError, match="no coordinate reference system"):
            question(x, x, QgsCoordinateReferenceSystem())
    with pytest.raises(AtlasError, match="one of degrees, yet a point lies at 1, 91"):
        measured(x, x + 90, QgsCoordinateReferenceSystem(_DEGREES))
