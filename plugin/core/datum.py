"""The datums of Chinese web maps: GCJ-02 and BD-09, to WGS 84 and back.

GCJ-02 ("Mars coordinates") moves WGS 84 points by 50 to 700 m with a sum of polynomials and
sines; BD-09 adds a second, smaller step of Baidu's own. Neither was ever published officially.
The forward formulas used here are the ones that circulate openly since 2013 and that the open
libraries eviltransform, coordtransform and gcoord share; they agree with AMap's own conversion
service to a few centimetres. The inverses have no closed form and are found by iteration.

Where GCJ-02 applies: AMap and other Chinese map makers document that they use it for mainland
China, Hong Kong and Macau, and WGS 84 for Taiwan and the rest of the world
(AMap location SDK, `isAMapDataAvailable`; Huawei Map Kit, "Coordinate Rectification").
Two different regions follow from that and must not be confused:

- the *shifted region* of the GCJ-02 functions: a generous outline (about 0.2 degrees outside the
  land border, farther at sea) that surely holds all of mainland China, Hainan, the Paracel
  islands, Hong Kong and Macau. Points outside are returned as they are. The price is that foreign
  points within some 20 km of the border are moved as well, and Kinmen and Matsu too. The outline's
  edge lies in WGS 84; only a GCJ-02 point in the few hundred metres just outside it is ambiguous;
- `in_mainland_china`: the same outline without Hong Kong and Macau, a coarse test for "these
  points are in mainland China, so ask which datum they have".

The BD-09 step itself is applied everywhere, as Baidu's own coordinates abroad have it.

All functions take and give longitude first, degrees as float64, of any one shape; NaN stays NaN.
"""
from __future__ import annotations

from typing import Callable

import numpy as np

from .schema import Datum

Points = tuple[np.ndarray, np.ndarray]
Step = Callable[[np.ndarray, np.ndarray], Points]
Vertices = tuple[tuple[float, float], ...]

#: Semi-major axis (m) and squared eccentricity of the Krasovsky 1940 ellipsoid, as in the formula.
A = 6378245.0
EE = 0.00669342162296594323
#: The formula's origin, degrees.
ORIGIN_LON, ORIGIN_LAT = 105.0, 35.0
#: Baidu's shift (degrees) and the angular frequency of its ripples (per degree).
BD_SHIFT_LON, BD_SHIFT_LAT = 0.0065, 0.006
BD_FREQUENCY = np.pi * 3000.0 / 180.0

#: The iteration ends when no point moves by more than this (degrees, 0.1 mm); the error left is
#: some 250 times smaller still, as each round shrinks it by the formula's steepest slope.
TOLERANCE = 1e-9
MAX_ROUNDS = 20
#: Points converted at once: few enough that all intermediate arrays stay in the processor's cache.
BLOCK = 16384

#: Mainland China with Hainan, Hong Kong and Macau: our own generous simplification of
#: Natural Earth's public-domain outline (the world map that ships with QGIS), lon and lat in degrees.
OUTLINE: Vertices = (
    (73.4, 39.3), (73.8, 40.2), (74.7, 40.7), (75.6, 40.8), (76.1, 40.6), (76.8, 41.2), (78, 41.3),
    (79.8, 42.2), (80.4, 43.5), (79.7, 45), (82.1, 45.6), (82.9, 47.4), (85.2, 47.3), (85.6, 48.5),
    (86.5, 48.9), (86.6, 49.5), (86.1, 49.7), (86.7, 50.1), (87.9, 50.2), (88.5, 49.9), (88.7, 49.7),
    (88, 49.5), (88.1, 49), (88.9, 48.3), (90.5, 47.8), (91.2, 46.8), (91.3, 45.4), (93.6, 45.1),
    (95.5, 44.5), (96.6, 43), (101.6, 42.7), (102.2, 42.4), (104.9, 41.9), (106.7, 42.5), (110.2, 42.9),
    (111.3, 43.7), (111.2, 44.4), (111.8, 45.2), (113.6, 45), (114.5, 45.6), (115.6, 45.7), (116.5, 46.5),
    (117.5, 46.9), (118.6, 47), (118.7, 47.4), (118.4, 47.8), (117.8, 47.8), (117.4, 47.4), (116.8, 47.7),
    (115.9, 47.5), (115.4, 47.8), (115.3, 48.2), (116.3, 49.7), (116.1, 50.1), (115.7, 50.1), (116.4, 50.8),
    (117.7, 50.6), (118.2, 50.9), (119.1, 52), (119.2, 53.3), (120.7, 54.3), (123.7, 54.6), (126, 54),
    (126.9, 53.4), (128.5, 50.7), (131.2, 49.7), (131.9, 48.8), (134.5, 49.4), (135.4, 49), (135.7, 48.4),
    (135.7, 47.4), (134.7, 45.7), (133.4, 44.6), (131.7, 44.4), (131.6, 43), (131.1, 42.3), (130.9, 41.6),
    (130, 41.5), (129.9, 42), (129.5, 42.1), (128.6, 41.7), (128.2, 41.2), (126.8, 41.3), (124.7, 40.1),
    (124.6, 39.5), (125.1, 39.3), (123.7, 38.1), (123.7, 37.2), (123.3, 36.3), (122.7, 35.9), (121.7, 35.7),
    (121.1, 35.2), (121.5, 34), (122.7, 32.5), (123.5, 30.7), (123.3, 29.5), (122.6, 27.9), (121.8, 26.8),
    (120.9, 26), (120.6, 24.9), (116.9, 22), (115.3, 21.6), (114.6, 21.1), (112.1, 20.5), (112, 19.3),
    (111.4, 18.2), (109.7, 17.2), (108.8, 17.4), (107.8, 18), (107.6, 19.1), (107.9, 20.2), (107.4, 20.6),
    (107.7, 20.8), (107.8, 21.1), (106.5, 21.8), (106.1, 22.7), (105.2, 22.9), (104, 22.3), (102.5, 22.3),
    (102, 22), (102, 21.2), (101.7, 20.9), (100.1, 21.2), (99.6, 21.8), (99, 22), (99.1, 22.7),
    (98.5, 23.7), (97.6, 23.6), (97.3, 23.9), (97.3, 24.8), (98.3, 26), (98.5, 27.1), (97.8, 28),
    (96.4, 28.2), (96, 29), (94.6, 28.9), (92, 27.5), (89.9, 28), (88.9, 27.1), (88.3, 27.7), (85.9, 27.7),
    (81.9, 30), (81, 29.8), (78.6, 31.1), (78.2, 32.5), (78.7, 33.1), (78.5, 34.2), (77.7, 35.2),
    (76.1, 35.6), (75.5, 36.5), (74.2, 37), (74.6, 37.9), (74.4, 38.3), (73.7, 38.4),
)
#: The Paracel islands (Sansha), south of the outline.
PARACELS: Vertices = ((110.9, 15.4), (113.2, 15.4), (113.2, 17.6), (110.9, 17.6))
HONG_KONG: Vertices = (
    (113.83, 22.14), (113.83, 22.40), (113.93, 22.46), (114.02, 22.505), (114.07, 22.515),
    (114.12, 22.535), (114.16, 22.56), (114.23, 22.555), (114.32, 22.57), (114.51, 22.55), (114.51, 22.14),
)
MACAU: Vertices = (
    (113.548, 22.10), (113.61, 22.10), (113.61, 22.208), (113.55, 22.216), (113.534, 22.209),
    (113.527, 22.19), (113.548, 22.16),
)

#: What headers call the maps that coordinates come from. AMap (Gaode), Tencent and Google's Chinese maps
#: use GCJ-02, Baidu's BD-09.
HEADER_WORDS = (
    ("wgs", Datum.WGS84), ("gcj", Datum.GCJ02), ("amap", Datum.GCJ02), ("gaode", Datum.GCJ02), ("高德", Datum.GCJ02),
    ("tencent", Datum.GCJ02), ("腾讯", Datum.GCJ02), ("火星", Datum.GCJ02), ("bd09", Datum.BD09), ("bd_", Datum.BD09),
    ("_bd", Datum.BD09), ("baidu", Datum.BD09), ("百度", Datum.BD09),
)


def datum_in_words(header: str) -> Datum | None:
    """The datum that a header names, if it does.

    >>> datum_in_words("lon_amap"), datum_in_words("lon")
    (<Datum.GCJ02: 'GCJ02'>, None)
    """
    lowered = header.lower()
    return next((datum for word, datum in HEADER_WORDS if word in lowered), None)


def to_wgs84(lon: np.ndarray, lat: np.ndarray, datum: Datum) -> Points:
    """Points of any of the datums as WGS 84.

    >>> lon, lat = to_wgs84(np.array([116.410244]), np.array([39.916404]), Datum.GCJ02)
    >>> f"{lon[0]:.4f} {lat[0]:.4f}"
    '116.4040 39.9150'
    """
    if datum is Datum.GCJ02:
        return gcj02_to_wgs84(lon, lat)
    if datum is Datum.BD09:
        return bd09_to_wgs84(lon, lat)
    lon, lat = _degrees(lon, lat)
    return lon.copy(), lat.copy()


def wgs84_to_gcj02(lon: np.ndarray, lat: np.ndarray) -> Points:
    """WGS 84 to GCJ-02; points outside the shifted region are returned as they are.

    >>> lon, lat = wgs84_to_gcj02(np.array([116.404, 2.35]), np.array([39.915, 48.86]))
    >>> [f"{x:.6f} {y:.6f}" for x, y in zip(lon, lat)]
    ['116.410244 39.916404', '2.350000 48.860000']
    """
    lon, lat = _degrees(lon, lat)
    return _where(_is_shifted(lon, lat), lon, lat, _gcj_step)


def gcj02_to_wgs84(lon: np.ndarray, lat: np.ndarray) -> Points:
    """GCJ-02 to WGS 84, the exact inverse of `wgs84_to_gcj02` (to well under a millimetre).

    A point is moved when the WGS 84 point that it would come from is in the shifted region.
    """
    lon, lat = _degrees(lon, lat)
    near = _in_box(lon, lat)
    wgs_lon, wgs_lat = _where(near, lon, lat, lambda x, y: _invert(_gcj_step, x, y))
    moved = _is_shifted(wgs_lon, wgs_lat)
    return np.where(moved, wgs_lon, lon), np.where(moved, wgs_lat, lat)


def gcj02_to_bd09(lon: np.ndarray, lat: np.ndarray) -> Points:
    """GCJ-02 to BD-09: a shift in polar form with small ripples, everywhere.

    >>> lon, lat = gcj02_to_bd09(np.array([116.404]), np.array([39.915]))
    >>> f"{lon[0]:.6f} {lat[0]:.6f}"
    '116.410369 39.921337'
    """
    lon, lat = _degrees(lon, lat)
    return _where(np.isfinite(lon) & np.isfinite(lat), lon, lat, _bd_step)


def bd09_to_gcj02(lon: np.ndarray, lat: np.ndarray) -> Points:
    """BD-09 to GCJ-02, the exact inverse of `gcj02_to_bd09`.

    The closed formula that most libraries use for this direction is only an approximation,
    wrong by up to about two metres.
    """
    lon, lat = _degrees(lon, lat)
    known = np.isfinite(lon) & np.isfinite(lat)
    return _where(known, lon, lat, lambda x, y: _invert(_bd_step, x, y))


def wgs84_to_bd09(lon: np.ndarray, lat: np.ndarray) -> Points:
    """WGS 84 to BD-09, by way of GCJ-02."""
    return gcj02_to_bd09(*wgs84_to_gcj02(lon, lat))


def bd09_to_wgs84(lon: np.ndarray, lat: np.ndarray) -> Points:
    """BD-09 to WGS 84, by way of GCJ-02."""
    return gcj02_to_wgs84(*bd09_to_gcj02(lon, lat))


def in_mainland_china(lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    """Which points lie in mainland China, Hainan included, to about 0.2 degrees.

    Hong Kong, Macau, Taiwan and the neighbours do not count, apart from a strip of some 20 km
    along the border. This is for advice to the user; the conversions have a region of their own.

    >>> in_mainland_china(np.array([114.30, 114.17, 121.5, 139.7]), np.array([30.6, 22.30, 25.0, 35.7]))
    array([ True, False, False, False])
    """
    lon, lat = _degrees(lon, lat)
    return _is_shifted(lon, lat) & ~_in_polygon(lon, lat, HONG_KONG) & ~_in_polygon(lon, lat, MACAU)


def _gcj_step(lon: np.ndarray, lat: np.ndarray) -> Points:
    """The GCJ-02 formula: a shift in metres as a function of the distance (degrees) from its origin."""
    x, y = lon - ORIGIN_LON, lat - ORIGIN_LAT
    root, product = np.sqrt(np.abs(x)), 0.1 * x * y
    # sin 2a and sin 6a from sin a and cos a: a sine is by far the dearest operation here.
    sine = np.sin(np.pi * x)
    double = 2.0 * sine * np.cos(np.pi * x)
    ripple = 20.0 * (double * (3.0 - 4.0 * double * double) + double)
    north_m = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + product + 0.2 * root + 2.0 / 3.0 * (
        ripple + 20.0 * np.sin(np.pi * y) + 40.0 * np.sin(np.pi / 3.0 * y)
        + 160.0 * np.sin(np.pi / 12.0 * y) + 320.0 * np.sin(np.pi / 30.0 * y))
    east_m = 300.0 + x + 2.0 * y + 0.1 * x * x + product + 0.1 * root + 2.0 / 3.0 * (
        ripple + 20.0 * sine + 40.0 * np.sin(np.pi / 3.0 * x)
        + 150.0 * np.sin(np.pi / 12.0 * x) + 300.0 * np.sin(np.pi / 30.0 * x))
    return _move(lon, lat, east_m, north_m)


def _move(lon: np.ndarray, lat: np.ndarray, east_m: np.ndarray, north_m: np.ndarray) -> Points:
    """Points moved by metres, with the radii of curvature of the Krasovsky ellipsoid at each point."""
    phi = np.radians(lat)
    w2 = 1.0 - EE * np.sin(phi) ** 2
    prime_vertical_m = A / np.sqrt(w2)
    meridian_m = prime_vertical_m * (1.0 - EE) / w2
    return (lon + np.degrees(east_m / (prime_vertical_m * np.cos(phi))),
            lat + np.degrees(north_m / meridian_m))


def _bd_step(lon: np.ndarray, lat: np.ndarray) -> Points:
    """The BD-09 formula: longitude and latitude as a vector, its length and angle rippled, then shifted."""
    radius = np.hypot(lon, lat) + 0.00002 * np.sin(BD_FREQUENCY * lat)
    angle = np.arctan2(lat, lon) + 0.000003 * np.cos(BD_FREQUENCY * lon)
    return radius * np.cos(angle) + BD_SHIFT_LON, radius * np.sin(angle) + BD_SHIFT_LAT


def _invert(step: Step, lon: np.ndarray, lat: np.ndarray) -> Points:
    """The points that `step` moves to (lon, lat), by fixed-point iteration.

    Both steps differ from the identity by a function with a slope under 0.01, so that each round
    leaves at most a hundredth of the error: 700 m are below 0.1 mm after four rounds.
    """
    guess_lon, guess_lat = lon, lat
    for _ in range(MAX_ROUNDS):
        moved_lon, moved_lat = step(guess_lon, guess_lat)
        by_lon, by_lat = lon - moved_lon, lat - moved_lat
        guess_lon, guess_lat = guess_lon + by_lon, guess_lat + by_lat
        if not max(np.abs(by_lon).max(initial=0.0), np.abs(by_lat).max(initial=0.0)) > TOLERANCE:
            break
    return guess_lon, guess_lat


def _degrees(lon: np.ndarray, lat: np.ndarray) -> Points:
    lon, lat = np.broadcast_arrays(np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64))
    return lon, lat


def _where(chosen: np.ndarray, lon: np.ndarray, lat: np.ndarray, step: Step) -> Points:
    """The points with `step` applied to the chosen ones; the input is left alone."""
    new_lon, new_lat = lon.copy(), lat.copy()
    indices = np.flatnonzero(chosen)
    for start in range(0, len(indices), BLOCK):
        block = indices[start:start + BLOCK]
        new_lon.flat[block], new_lat.flat[block] = step(lon.flat[block], lat.flat[block])
    return new_lon, new_lat


def _is_shifted(lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    return _in_polygon(lon, lat, OUTLINE) | _in_polygon(lon, lat, PARACELS)


def _in_box(lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    """A box around the shifted region and its shift; NaN is outside."""
    return (lon > 72.0) & (lon < 138.0) & (lat > 14.0) & (lat < 56.0)


def _in_polygon(lon: np.ndarray, lat: np.ndarray, vertices: Vertices) -> np.ndarray:
    """Point in polygon by counting the edges east of each point; NaN is outside.

    The loop is over edges; each looks only at the points within its own band of latitude.
    """
    corners = np.array(vertices)
    (west, south), (east, north) = corners.min(axis=0), corners.max(axis=0)
    inside = np.zeros(lon.shape, dtype=bool)
    near = np.flatnonzero((lon >= west) & (lon <= east) & (lat >= south) & (lat <= north))
    order = near[np.argsort(lat.flat[near], kind="stable")]
    x, y = lon.flat[order], lat.flat[order]
    odd = np.zeros(len(order), dtype=bool)
    for (x0, y0), (x1, y1) in zip(corners, np.roll(corners, -1, axis=0)):
        low, high = np.searchsorted(y, (min(y0, y1), max(y0, y1)))
        if low < high:
            odd[low:high] ^= x[low:high] < x0 + (y[low:high] - y0) * ((x1 - x0) / (y1 - y0))
    inside.flat[order] = odd
    return inside
