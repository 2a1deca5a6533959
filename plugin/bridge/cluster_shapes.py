"""Outlines of clusters as polygons in the layer's coordinate reference system."""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Callable, TypeVar

import numpy as np
from qgis.core import (
    QgsCoordinateReferenceSystem,
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
from .systems import transform_between

_M2_PER_KM2 = 1e6
#: Points within so many degrees share one plane, which keeps lengths to half a percent within 1,100 km of its centre.
_NEAR_DEGREES = 20.0
_ELLIPSOID = "EPSG:7030"
#: Clusters all of whose points lie nearer to a pole than this may surround it.
_POLAR_DEGREES = 60.0
_APART = 5.0
#: An edge of this length bends by 2 cm between two systems.
_LONGEST_EDGE_M = 1000.0
_PER_REPORT = 100
_Thing = TypeVar("_Thing")

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
    if not members:
        return ClusterShapes([], np.zeros(0))
    draw = _on_planes_around if read.crs.isGeographic() else _on_own_plane
    return draw(read, members, outline, progress)


def members_of(cluster: Ints, point: Ints, clusters: int) -> list[Ints]:
    """The distinct points of each cluster, from the heaviest on. cluster, point: (n,) of items."""
    width = int(point.max(initial=0)) + 1
    inside = cluster > 0
    pairs = np.unique((cluster[inside] - 1) * width + point[inside])
    edges = np.searchsorted(pairs // width, np.arange(1, clusters))
    return np.split(pairs % width, edges) if clusters else []


def _on_own_plane(read: PointsRead, members: list[Ints], outline: Outline, progress: Progress) -> ClusterShapes:
    """Drawn where distances were measured; sizes are those on the ellipsoid."""
    factor = metres(read.crs)
    ruler = QgsDistanceArea()
    ruler.setSourceCrs(read.crs, QgsCoordinateTransformContext())
    ruler.setEllipsoid(read.crs.ellipsoidAcronym() or _ELLIPSOID)
    shapes = []
    for points in told(members, progress):
        shapes.append(polygon(*(outline(read.cases.places[points]) / factor).T))
    return ClusterShapes(shapes, np.array([ruler.measureArea(shape) for shape in shapes]) / _M2_PER_KM2)


def _on_planes_around(read: PointsRead, members: list[Ints], outline: Outline, progress: Progress) -> ClusterShapes:
    """Drawn on equal-area planes, each around the clusters that lie near its centre."""
    degrees = QgsCoordinateReferenceSystem(DEGREES)
    lon, lat = (read.x, read.y) if read.crs == degrees else transformed(read.x, read.y, read.crs, degrees)
    back = transform_between(degrees, read.crs)
    shapes, sizes = [QgsGeometry()] * len(members), np.zeros(len(members))
    planes = _planes(lon, lat, members)
    for at, (plane, clusters) in enumerate(planes):
        points = np.concatenate([members[cluster] for cluster in clusters])
        places = np.stack(plane.from_degrees(lon[points], lat[points]), axis=1)
        ends = np.cumsum([len(members[cluster]) for cluster in clusters])[:-1]
        rings = [outline(some) for some in told(np.split(places, ends), progress.part(
            at / len(planes), (at + 1) / len(planes)))]
        for cluster, ring, shape in zip(clusters, rings, _in_degrees(plane, rings)):
            shapes[cluster], sizes[cluster] = shape, area_of(ring) / _M2_PER_KM2
            if not back.isShortCircuited():
                shape.transform(back)
    return ClusterShapes(shapes, sizes)


def told(things: list[_Thing], progress: Progress) -> Iterator[_Thing]:
    """The things one by one, telling how far it is now and then."""
    for at, thing in enumerate(things):
        if at % _PER_REPORT == 0:
            progress.report(at / len(things))
        yield thing


def _planes(lon: Floats, lat: Floats, members: list[Ints]) -> list[tuple[Plane, list[int]]]:
    """Planes, with the numbers of the clusters on each: by the centre, rounded to the planes' 5 degrees."""
    if max(2 * middle_lon(lon)[1], float(np.ptp(lat))) <= _NEAR_DEGREES:
        return [(plane_around(lon, lat), list(range(len(members))))]
    groups: dict[tuple[int, int], list[int]] = {}
    wide: list[tuple[Plane, list[int]]] = []
    for cluster, points in enumerate(members):
        east = (lon[points] - lon[points[0]] + 180) % 360 - 180
        if np.ptp(east) > _NEAR_DEGREES or np.ptp(lat[points]) > _NEAR_DEGREES:
            wide.append((_plane_of(lon[points], lat[points]), [cluster]))
            continue
        centre_lon = (lon[points[0]] + (east.min() + east.max()) / 2 + 180) % 360 - 180
        centre_lat = (lat[points].min() + lat[points].max()) / 2
        groups.setdefault((round(centre_lon / _APART), round(centre_lat / _APART)), []).append(cluster)
    near = [(plane_around(np.array([_APART * east]), np.array([_APART * north])), found)
            for (east, north), found in groups.items()]
    return near + wide


def _plane_of(lon: Floats, lat: Floats) -> Plane:
    """The plane of one wide cluster, which may surround a pole."""
    if abs(np.sign(lat).sum()) == len(lat) and np.abs(lat).min() > _POLAR_DEGREES:
        pole = np.copysign(90, lat[0])
        return Plane(QgsCoordinateReferenceSystem.fromProj(
            f"+proj=laea +lat_0={pole:g} +lon_0=0 +datum=WGS84 +units=m +no_defs +type=crs"), 0.0)
    return plane_around(lon, lat)


def _in_degrees(plane: Plane, rings: list[Floats]) -> list[QgsGeometry]:
    """Rings on a plane as polygons in degrees."""
    finer = [with_more_corners(ring, _LONGEST_EDGE_M) for ring in rings]
    x, y = plane.clipped(*np.concatenate(finer).T)
    lon, lat = transformed(x, y, plane.crs, QgsCoordinateReferenceSystem(DEGREES))
    ends = np.cumsum([len(ring) for ring in finer])[:-1]
    return [_polygon_of(plane, *ring) for ring in zip(np.split(lon, ends), np.split(lat, ends))]


def _polygon_of(plane: Plane, lon: Floats, lat: Floats) -> QgsGeometry:
    """Cut at the date line, and closed along the edge of the map where it surrounds a pole."""
    if not plane.is_world and np.ptp(lon) > 180:
        lon = np.unwrap(lon, period=360)
        if abs(lon[-1] - lon[0]) > 180:
            lon, lat = _around_pole(lon, lat)
        else:
            lon[-1] = lon[0]  # unwrapping rounds, and a ring that does not close is none
    lon = lon - 360 * np.round((lon.min() + lon.max()) / 720)
    return cut_at_date_line(polygon(lon, lat), lon)


def _around_pole(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """A ring around a pole, from one edge of the map to the other, and back along the pole."""
    lon, lat = (lon, lat) if lon[-1] > lon[0] else (lon[::-1], lat[::-1])
    lon, lat = (lon[:-1] + 180) % 360 - 180, lat[:-1]
    start = int(lon.argmin())
    lon, lat = np.roll(lon, -start), np.roll(lat, -start)
    edge, pole = (lat[0] + lat[-1]) / 2, np.copysign(90.0, lat.mean())
    lon = np.concatenate([[-180.0], lon, [180.0, 180.0, -180.0, -180.0]])
    return lon, np.concatenate([[edge], lat, [edge, pole, pole, edge]])
