"""Chinese datums: published pairs, round trips over all of mainland China, and the region's edges."""
from __future__ import annotations

import time

import numpy as np
import pytest
from outbreak_atlas.plugin.core import datum
from outbreak_atlas.plugin.core.schema import Datum

METRES_PER_DEGREE = 111_320.0

#: WGS 84 -> GCJ-02 (lon, lat, lon, lat).
GCJ_PAIRS = [
    # AMap's own conversion service, the example of its Web API documentation.
    (116.481499, 39.990475, 116.487585177952, 39.991754014757),
    (116.481499, 39.990375, 116.487585177952, 39.991653917101),
    # The tests of eviltransform: Shanghai, Shenzhen, Beijing.
    (121.5272106, 31.1774276, 121.531541859215, 31.17530398364597),
    (113.912316, 22.543847, 113.9171764808363, 22.540796131694766),
    (116.377817, 39.911954, 116.38404722455657, 39.91334545536069),
    # The readme of coordtransform, and the tests of geotool.
    (116.404, 39.915, 116.41024449916938, 39.91640428150164),
    (121.0917077, 30.6107779, 121.09626935575027, 30.608604331756705),
]
#: GCJ-02 -> WGS 84, from the readme of gcoord.
INVERSE_PAIRS = [(123.0, 45.0, 122.99395597, 44.99804071)]
#: GCJ-02 -> BD-09, from the readme of coordtransform and the tests of geotool.
BD_PAIRS = [
    (116.404, 39.915, 116.41036949371029, 39.92133699351021),
    (121.09626935575027, 30.608604331756705, 121.10271732371203, 30.61484572185035),
]
#: WGS 84 -> BD-09, from the readme of gcoord and the manual of geoChina (five digits).
WGS_BD_PAIRS = [(116.403988, 39.914266, 116.41661560068297, 39.92196580126834)]
BEIJING_STATION = {"wgs": (116.42079, 39.90105), "gcj": (116.42703, 39.90245), "bd": (116.43351, 39.90851)}

PLACES_IN_MAINLAND = {
    "Beijing": (116.40, 39.90), "Urumqi": (87.6, 43.8), "Kashgar": (75.99, 39.47), "Sanya": (109.5, 18.25),
    "Heihe": (127.5, 50.24), "Fuyuan": (134.3, 48.36), "Ruili": (97.85, 24.01), "Dandong": (124.39, 40.12),
    "Shenzhen": (114.06, 22.55), "Zhuhai": (113.55, 22.25), "Xiamen": (118.1, 24.48), "Mohe": (122.54, 52.97),
    "Zhoushan": (122.2, 29.98), "Erenhot": (111.98, 43.65), "Manzhouli": (117.45, 49.58),
    "Tashkurgan": (75.23, 37.77), "Yadong": (88.9, 27.48), "Dongxing": (107.97, 21.54),
}
PLACES_OUTSIDE = {
    "Hong Kong": (114.17, 22.30), "Macau": (113.545, 22.19), "Taipei": (121.5, 25.03),
    "Kaohsiung": (120.3, 22.62),
    "Ulaanbaatar": (106.9, 47.9), "Seoul": (126.98, 37.57), "Pyongyang": (125.75, 39.03),
    "Hanoi": (105.85, 21.03),
    "Tokyo": (139.7, 35.7), "Kathmandu": (85.32, 27.71), "Delhi": (77.2, 28.6), "Almaty": (76.9, 43.24),
    "London": (-0.13, 51.5), "Vladivostok": (131.9, 43.12), "Manila": (121.0, 14.6),
    "Null Island": (0.0, 0.0),
}


def arrays(points):
    table = np.array(list(points), dtype=float)
    return (table[:, column] for column in range(table.shape[1]))


def metres(lon, lat, other_lon, other_lat):
    east = (lon - other_lon) * np.cos(np.radians(lat))
    return np.hypot(east, lat - other_lat) * METRES_PER_DEGREE


def mainland_grid(step=0.1):
    """A grid off the round degrees, so that no point falls on the outline itself."""
    lon, lat = np.meshgrid(np.arange(73.013, 136.0, step), np.arange(15.007, 54.5, step))
    lon, lat = lon.ravel(), lat.ravel()
    inside = datum.in_mainland_china(lon, lat)
    return lon[inside], lat[inside]


@pytest.mark.parametrize(("pairs", "convert"), [
    (GCJ_PAIRS, datum.wgs84_to_gcj02),
    (INVERSE_PAIRS, datum.gcj02_to_wgs84),
    (BD_PAIRS, datum.gcj02_to_bd09),
    (WGS_BD_PAIRS, datum.wgs84_to_bd09),
])
def test_published_pairs_both_ways(pairs, convert):
    back = {datum.wgs84_to_gcj02: datum.gcj02_to_wgs84, datum.gcj02_to_wgs84: datum.wgs84_to_gcj02,
            datum.gcj02_to_bd09: datum.bd09_to_gcj02, datum.wgs84_to_bd09: datum.bd09_to_wgs84}[convert]
    lon, lat, to_lon, to_lat = arrays(pairs)
    assert metres(*convert(lon, lat), to_lon, to_lat).max() < 0.1
    assert metres(*back(to_lon, to_lat), lon, lat).max() < 0.1


def test_published_triple():
    points = {name: tuple(np.array([v]) for v in point) for name, point in BEIJING_STATION.items()}
    results = [
        (datum.wgs84_to_gcj02(*points["wgs"]), "gcj"), (datum.wgs84_to_bd09(*points["wgs"]), "bd"),
        (datum.bd09_to_wgs84(*points["bd"]), "wgs"), (datum.bd09_to_gcj02(*points["bd"]), "gcj"),
    ]
    for result, name in results:
        assert metres(*result, *points[name]).max() < 2.0  # the source has five digits


def test_the_approximate_inverse_of_others_is_within_two_metres():
    """coordtransform's readme, whose BD-09 and GCJ-02 inverses are one-step approximations."""
    lon, lat = np.array([116.404]), np.array([39.915])
    assert metres(*datum.bd09_to_gcj02(lon, lat), 116.39762729119315, 39.90865673957631)[0] < 2.0
    assert metres(*datum.gcj02_to_wgs84(lon, lat), 116.39775550083061, 39.91359571849836)[0] < 2.0


@pytest.mark.parametrize(("there", "back"), [
    (datum.wgs84_to_gcj02, datum.gcj02_to_wgs84),
    (datum.gcj02_to_bd09, datum.bd09_to_gcj02),
    (datum.wgs84_to_bd09, datum.bd09_to_wgs84),
])
def test_round_trip_over_all_of_mainland_china(there, back):
    lon, lat = mainland_grid()
    assert len(lon) > 90_000
    moved = there(lon, lat)
    assert metres(*moved, lon, lat).min() > 10.0
    assert metres(*back(*moved), lon, lat).max() < 0.001
    # The other way round a point within a step's length of the outline is ambiguous: few are.
    error_m = metres(*there(*back(lon, lat)), lon, lat)
    assert (error_m > 0.001).mean() < 0.001


def test_the_shift_is_of_the_known_size():
    lon, lat = mainland_grid(0.5)
    shift = metres(*datum.wgs84_to_gcj02(lon, lat), lon, lat)
    assert 10.0 < shift.min() < shift.max() < 900.0
    assert 300.0 < np.median(shift) < 700.0


@pytest.mark.parametrize("name", PLACES_IN_MAINLAND)
def test_places_in_mainland_china(name):
    lon, lat = arrays([PLACES_IN_MAINLAND[name]])
    assert datum.in_mainland_china(lon, lat).all()
    assert metres(*datum.wgs84_to_gcj02(lon, lat), lon, lat)[0] > 10.0


@pytest.mark.parametrize("name", PLACES_OUTSIDE)
def test_places_outside_mainland_china(name):
    lon, lat = arrays([PLACES_OUTSIDE[name]])
    assert not datum.in_mainland_china(lon, lat).any()


def test_shifted_are_hong_kong_and_macau_but_not_taiwan_and_abroad():
    names = list(PLACES_OUTSIDE)
    lon, lat = arrays(PLACES_OUTSIDE.values())
    shift = metres(*datum.wgs84_to_gcj02(lon, lat), lon, lat)
    assert {name for name, m in zip(names, shift) if m > 0} == {"Hong Kong", "Macau"}
    outside = shift == 0
    back = datum.gcj02_to_wgs84(lon, lat)
    assert (back[0][outside] == lon[outside]).all()
    assert (back[1][outside] == lat[outside]).all()


def test_nan_and_infinity_pass_through_without_warnings(recwarn):
    lon = np.array([np.nan, 116.4, np.nan, np.inf, 1e300])
    lat = np.array([39.9, np.nan, np.nan, 39.9, -1e300])
    for convert in (datum.wgs84_to_gcj02, datum.gcj02_to_wgs84):
        new_lon, new_lat = convert(lon, lat)
        np.testing.assert_array_equal(new_lon, lon)
        np.testing.assert_array_equal(new_lat, lat)
    assert not datum.in_mainland_china(lon, lat).any()
    assert not recwarn.list


def test_to_wgs84_takes_every_datum_and_leaves_its_input_alone():
    lon, lat = np.array([116.404, np.nan]), np.array([39.915, np.nan])
    before = lon.copy(), lat.copy()
    same = datum.to_wgs84(lon, lat, Datum.WGS84)
    np.testing.assert_array_equal(same[0], lon)
    same[0][0] = 0.0
    gcj, bd = datum.to_wgs84(lon, lat, Datum.GCJ02), datum.to_wgs84(lon, lat, Datum.BD09)
    assert 300 < metres(gcj[0][0], gcj[1][0], lon[0], lat[0]) < 700
    assert 1000 < metres(bd[0][0], bd[1][0], lon[0], lat[0]) < 2000
    np.testing.assert_array_equal(lon, before[0])
    np.testing.assert_array_equal(lat, before[1])


def test_any_shape_and_no_points():
    lon, lat = np.full((2, 3), 116.404), np.full((2, 3), 39.915)
    assert datum.gcj02_to_wgs84(lon, lat)[0].shape == (2, 3)
    assert datum.bd09_to_wgs84(np.array([]), np.array([]))[0].shape == (0,)
    assert datum.gcj02_to_wgs84(116.404, 39.915)[1].shape == ()


@pytest.mark.parametrize("name", ["gcj02_to_wgs84", "bd09_to_wgs84", "in_mainland_china"])
def test_640_000_points_take_little_time(name):
    random = np.random.default_rng(1)
    lon, lat = random.uniform(100, 122, 640_000), random.uniform(22, 42, 640_000)
    best = np.inf
    for _ in range(3):
        start = time.process_time()
        getattr(datum, name)(lon, lat)
        best = min(best, time.process_time() - start)
    # A tenth of this where it was measured; of processor time, so that a busy machine does not decide.
    assert best < 3.0
