"""Outlines of clusters as polygons in the layer's coordinate reference system."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Callable

import numpy as np
from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsCoordinateTransformContext,
    QgsDistanceArea,
    QgsGeometry,
)

from ..core.arrays import Floats, Ints
from ..core.hulls import area_of, with_more_corners
from ..core.progress import Progress
from .distances import metres
from .plane import DEGREES, Plane, cut_at_date_line, middle_lon, plane_around, polygon, transformed
from .point_source import PointsRead

_M2_PER_KM2 = 1e6
#: Points within so many degrees share one plane: within 1,100 km of its centre it keeps lengths to half a percent.
_NEAR_DEGREES = 20.0
_ELLIPSOID = "EPSG:7030"
#: Clusters all of whose points lie nearer to a pole than this may surround it.
_POLAR_DEGREES = 60.0

#: Makes a closed ring around points, both in metres.
Outline = Callable[[Floats], Floats]


@dataclass(frozen=True)
class ClusterShapes:
    """One polygon a cluster, and its true size."""

    shapes: list[QgsGeometry]
    area_km2: Floats


def cluster_shapes(
    read: PointsRead, members: list[Ints], outline: Outline, progress: Progress
) -> ClusterShapes:
    """The outlines of clusters. members: the numbers of the points of each."""
    draw = _on_own_plane(read, outline) if not read.crs.isGeographic() else _on_planes_around(read, outline)
    shapes, sizes = [], np.zeros(len(members))
    for at, points in enumerate(members):
        if at % 100 == 0:
            progress.report(at / len(members))
        shape, sizes[at] = draw(points)
        shapes.append(shape)
    return ClusterShapes(shapes, sizes)


def members_of(cluster: Ints, point: Ints, clusters: int) -> list[Ints]:
    """The distinct points of each cluster, from the heaviest on. cluster, point: (n,) of items."""
    width = int(point.max(initial=0)) + 1
    inside = cluster > 0
    pairs = np.unique((cluster[inside] - 1) * width + point[inside])
    edges = np.searchsorted(pairs // width, np.arange(1, clusters))
    return np.split(pairs % width, edges) if clusters else []


def _on_own_plane(read: PointsRead, outline: Outline) -> Callable[[Ints], tuple[QgsGeometry, float]]:
    """Drawn where distances were measured; sizes are those on the ellipsoid."""
    factor = metres(read.crs)
    ruler = QgsDistanceArea()
    ruler.setSourceCrs(read.crs, QgsCoordinateTransformContext())
    ruler.setEllipsoid(read.crs.ellipsoidAcronym() or _ELLIPSOID)

    def draw(points: Ints) -> tuple[QgsGeometry, float]:
        ring = outline(read.cases.places[points]) / factor
        shape = polygon(*ring.T)
        return shape, ruler.measureArea(shape) / _M2_PER_KM2

    return draw


def _on_planes_around(read: PointsRead, outline: Outline) -> Callable[[Ints], tuple[QgsGeometry, float]]:
    """Drawn on an equal-area plane around each cluster, or around all when they are near each other."""
    degrees = QgsCoordinateReferenceSystem(DEGREES)
    lon, lat = (read.x, read.y) if read.crs == degrees else transformed(read.x, read.y, read.crs, degrees)
    back = QgsCoordinateTransform(degrees, read.crs, QgsCoordinateTransformContext())
    is_near = max(2 * middle_lon(lon)[1], float(np.ptp(lat))) <= _NEAR_DEGREES
    shared = plane_around(lon, lat) if is_near else None
    x, y = shared.from_degrees(lon, lat) if shared is not None else (lon, lat)

    def draw(points: Ints) -> tuple[QgsGeometry, float]:
        plane = shared or _plane_of(lon[points], lat[points])
        place = (x[points], y[points]) if shared else plane.from_degrees(lon[points], lat[points])
        ring = outline(np.stack(place, axis=1))
        shape = _in_degrees(plane, with_more_corners(ring))
        if not back.isShortCircuited():
            shape.transform(back)
        return shape, area_of(ring) / _M2_PER_KM2

    return draw


def _plane_of(lon: Floats, lat: Floats) -> Plane:
    if abs(np.sign(lat).sum()) == len(lat) and np.abs(lat).min() > _POLAR_DEGREES and middle_lon(lon)[1] > 60:
        pole = np.copysign(90, lat[0])
        return Plane(QgsCoordinateReferenceSystem.fromProj(
            f"+proj=laea +lat_0={pole:g} +lon_0=0 +datum=WGS84 +units=m +no_defs +type=crs"), 0.0)
    return plane_around(lon, lat)


def _in_degrees(plane: Plane, ring: Floats) -> QgsGeometry:
    """A ring on a plane as a polygon in degrees: cut at the date line, and closed along the edge of the map where
    it surrounds a pole."""
    x, y = plane.clipped(*ring.T)
    lon, lat = transformed(x, y, plane.crs, QgsCoordinateReferenceSystem(DEGREES))
    lon = np.unwrap(lon, period=360) if not plane.is_world else lon
    if abs(lon[-1] - lon[0]) > 180:
        pole = np.copysign(90.0, lat.mean())
        lon, lat = np.append(lon, [lon[-1], lon[0], lon[0]]), np.append(lat, [pole, pole, lat[0]])
    lon = lon - 360 * np.round((lon.min() + lon.max()) / 720)
    return cut_at_date_line(polygon(lon, lat), lon)
