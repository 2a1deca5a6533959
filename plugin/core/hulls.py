"""Outlines of clusters on a plane in metres, with shapely (1.8 and 2)."""
from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import numpy as np
from shapely import wkb
from shapely.ops import unary_union

from .arrays import Floats

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

#: A hull is larger than its points by this share, so that points on its border stay inside when it is moved into
#: another coordinate reference system.
_MARGIN = 2e-5
#: Points in a strip narrower than this share of the width of a lone point's circle lie on one line.
_THIN = 0.02
#: A concave hull: discs around the points, so wide that neighbours' discs overlap, then shrunk by a little less. In
#: parts of the reach: the discs, the least margin that is left, and how much the outline is smoothed.
_GROWN, _MARGIN_LEFT, _SMOOTHED = 1.5, 0.1, 0.01
_DISC_SEGMENTS, _ROUND_SEGMENTS = 8, 16
#: Many points are thinned to one in a square of such a side, the smallest with so few left; the margin grows with it.
_TOLD_APART, _MANY = (0.05, 0.1, 0.2), 4000
_MOST_PIECES = 400
_LINE, _POLYGON, _MULTI_POLYGON = 2, 3, 6


def convex_outline(points: Floats, width_m: float) -> Floats:
    """The convex hull of points as a closed ring, (r, 2) metres; what is no area is drawn `width_m` wide on each side.

    >>> ring = convex_outline(np.array([[0.0, 0.0], [4.0, 0.0], [0.0, 4.0], [1.0, 1.0]]), 1.0)
    >>> len(ring), round(float(area_of(ring)), 2)
    (4, 8.0)
    >>> round(area_of(convex_outline(np.array([[5.0, 5.0]]), 10.0)) / (np.pi * 100), 2)
    1.0
    """
    hull = _line(points).convex_hull.normalize()
    if _is_thin(hull, width_m):
        return _ring(hull.buffer(width_m, _ROUND_SEGMENTS))
    ring = _ring(hull)
    middle = ring[:-1].mean(axis=0)
    return middle + (ring - middle) * (1 + _MARGIN)


def concave_outline(points: Floats, width_m: float, reach_m: float) -> Floats:
    """An outline that follows the points, as a closed ring, (r, 2) metres, without holes.

    The closing of the points by a disc of 1.5 times `reach_m`, with a margin of a tenth of it (a third for a great
    many points): bays wider than the disc stay outside (Edelsbrunner, Kirkpatrick and Seidel 1983, "On the shape of a
    set of points in the plane"). Points that are chained by steps up to `reach_m` come out in one piece; otherwise the
    reach is doubled until they do. What is no area is drawn as in `convex_outline`.

    >>> corner = np.array([[x, 0.0] for x in range(11)] + [[0.0, y] for y in range(11)])
    >>> area_of(concave_outline(corner, 0.5, 1.0)) < 0.15 * 100 < area_of(convex_outline(corner, 1.0))
    True
    """
    points = points[np.lexsort(points.T[::-1])]  # discs are joined in this order, whatever that of the rows
    hull = _line(points).convex_hull.normalize()
    if _is_thin(hull, width_m):
        return _ring(hull.buffer(width_m, _ROUND_SEGMENTS))
    while True:
        sites, apart_m = _thinned(points, reach_m)
        grown = unary_union(_discs(sites, reach_m * _GROWN))
        if grown.geom_type == "Polygon":
            margin_m = max(reach_m * _MARGIN_LEFT, reach_m * 0.03 + apart_m * 2 ** 0.5)
            filled = type(grown)(grown.exterior).buffer(margin_m - reach_m * _GROWN, _DISC_SEGMENTS)
            if filled.geom_type == "Polygon" and not filled.is_empty:
                return _ring(filled.simplify(reach_m * _SMOOTHED))
        reach_m *= 2


def _is_thin(hull: BaseGeometry, width_m: float) -> bool:
    """Whether a hull is a point or a line, or next to one."""
    west, south, east, north = hull.bounds
    return bool(hull.area <= np.hypot(east - west, north - south) * width_m * _THIN)


def area_of(ring: Floats) -> float:
    """The area within a closed ring, by the shoelace formula."""
    x, y = (ring - ring[0]).T
    return float(abs(np.dot(x[:-1], y[1:]) - np.dot(x[1:], y[:-1])) / 2)


def with_more_corners(ring: Floats, longest_m: float) -> Floats:
    """The same closed ring with no edge longer than that, or than a 400th of all: straight edges bend on the way to
    another coordinate reference system.

    >>> len(with_more_corners(np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 0.0]]), 0.1)) - 1
    35
    """
    edge = np.diff(ring, axis=0)
    length = np.hypot(*edge.T)
    parts = np.ceil(length / max(longest_m, length.sum() / _MOST_PIECES)).astype(np.int64)
    if parts.max() <= 1:
        return ring
    start = np.repeat(np.arange(len(edge)), parts)
    within = np.arange(len(start)) - np.repeat(np.cumsum(parts) - parts, parts)
    more: Floats = np.concatenate([ring[start] + edge[start] * (within / parts[start])[:, None], ring[-1:]])
    return more


def usual_gap_m(places: Floats) -> float:
    """The median distance from a place to the nearest other one, of a sample of them; 0 where all lie on one spot.

    places: (n, 2) or (n, 3).

    >>> usual_gap_m(np.array([[0.0, 0.0], [3.0, 4.0], [3.0, 4.0]]))
    5.0
    """
    distinct = np.unique(places, axis=0)
    if len(distinct) < 2:
        return 0.0
    asked = distinct[::max(1, len(distinct) // max(30, 2_000_000 // len(distinct)))]
    nearest = np.empty(len(asked))
    for number, one in enumerate(asked):
        squared = ((distinct - one) ** 2).sum(axis=1)
        nearest[number] = squared[squared > 0].min()
    return float(np.sqrt(np.median(nearest)))


def _thinned(points: Floats, reach_m: float) -> tuple[Floats, float]:
    """As many points as decide the outline, and how far apart they are told (0: all of them).

    One point in each square is kept, and none in squares that are surrounded by others.
    """
    if len(points) <= _MANY:
        return points, 0.0
    kept, cell_m = points, 0.0
    for cell_m in (reach_m * share for share in _TOLD_APART):
        column, row = ((points - points.min(axis=0)) / cell_m).astype(np.int64).T + 1
        width = int(row.max()) + 2
        key, first = np.unique(column * width + row, return_index=True)
        around = [np.isin(key + right * width + up, key) for right in (-1, 0, 1) for up in (-1, 0, 1)]
        kept = points[first[~np.logical_and.reduce(around)]]
        if len(kept) <= _MANY:
            break
    return kept, cell_m


def _line(points: Floats) -> BaseGeometry:
    """A line through points, whose hull is theirs: quicker made than a geometry of points."""
    points = np.repeat(points, 2, axis=0) if len(points) == 1 else points
    head = struct.pack("<BII", 1, _LINE, len(points))
    return wkb.loads(head + np.ascontiguousarray(points, "<f8").tobytes())


def _discs(points: Floats, radius_m: float) -> BaseGeometry:
    """A polygon around each point: their union is made far quicker than a buffer around all of them."""
    turn = np.linspace(0, 2 * np.pi, 4 * _DISC_SEGMENTS + 1)
    circle = np.stack([np.cos(turn), np.sin(turn)], axis=1) * radius_m
    circle[-1] = circle[0]
    cells = np.zeros(len(points), [
        ("order", "u1"), ("kind", "<u4"), ("rings", "<u4"), ("corners", "<u4"), ("xy", "<f8", circle.shape)])
    cells["order"], cells["kind"], cells["rings"], cells["corners"] = 1, _POLYGON, 1, len(circle)
    cells["xy"] = points[:, None, :] + circle
    return wkb.loads(struct.pack("<BII", 1, _MULTI_POLYGON, len(points)) + cells.tobytes())


def _ring(polygon: BaseGeometry) -> Floats:
    return np.array(polygon.exterior.coords, np.float64)[:, :2]
