"""Areas over the places of a dataset: cities, provinces, squares, hexagons, or the polygons of a layer."""
from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from qgis.core import (
    Qgis,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransformContext,
    QgsDistanceArea,
    QgsFeature,
    QgsFeatureSource,
    QgsGeometry,
    QgsMultiPoint,
    QgsPoint,
)

from ..core.lattice import Shape, pave
from ..core.measures import Members
from ..core.progress import Progress
from .plane import DEGREES, Plane, plane_around, transformed
from .systems import sound
from .translation import tr

if TYPE_CHECKING:
    from ..core.arrays import Bools, Floats, Ints

CITY, PROVINCE, POLYGONS = "city", "province", "polygons"
WAYS = (CITY, PROVINCE, Shape.HEXAGON.value, Shape.SQUARE.value, POLYGONS)
#: The ids of areas without a shape.
LOST, OUTSIDE = "without a location", "outside the polygons"
#: Names that make up an area's, from the finest.
_NAMES = {CITY: ("city", "province", "country"), PROVINCE: ("province", "country")}
#: Half the width of an area of one point, where none is given: this share of the distance to the next area in the
#: median, so that most neighbours do not touch, within limits in metres.
_MARGIN_SHARE, _LEAST_MARGIN_M, _MOST_MARGIN_M = 0.4, 500.0, 25_000.0
_SOME_AREAS = 500
#: Edges of wider cells are given more corners, so that they lie where they should in degrees as well: in the middle
#: a straight edge of 50 km is 50 m off, one of 500 km 5 km.
_WIDE_CELL_M, _PIECES = 50_000.0, 8
_CIRCLE_SEGMENTS = 12
#: A hull's rounded corners may be this share of the margin off: a circle then has some 20 corners.
_ROUGHNESS = 0.01
_WGS84_ELLIPSOID = "EPSG:7030"


@dataclass(frozen=True)
class Areas:
    """Areas and who belongs to them. `table` has the columns `area_id area city province country`; an area
    without a shape holds what cannot be drawn. `warnings` are sentences for the user."""

    table: pd.DataFrame
    shapes: list[QgsGeometry]
    members: Members
    crs: QgsCoordinateReferenceSystem
    warnings: list[str] = field(default_factory=list)

    def area_km2(self) -> list[float | None]:
        """The size of each area on the ellipsoid; None without a shape."""
        measure = QgsDistanceArea()
        measure.setSourceCrs(self.crs, QgsCoordinateTransformContext())
        measure.setEllipsoid(_WGS84_ELLIPSOID)
        return [None if shape.isNull() else measure.measureArea(shape) / 1e6 for shape in self.shapes]


def named_areas(places: pd.DataFrame, by: str, width_m: float | None) -> Areas:
    """Cities or provinces by their full names, drawn as the hull of their places widened by half of `width_m`.

    Places without a point belong to the area that they name; places that name none make an area without a shape.
    """
    names = list(_NAMES[by])
    keys = places[names].astype(object).where(places[names].notna(), "")
    of_place = keys.groupby(names[::-1], sort=True).ngroup().to_numpy(np.int64)
    first = keys.assign(number=of_place).drop_duplicates("number").sort_values("number")[names]
    nameless = {CITY: tr("without a city"), PROVINCE: tr("without a province")}[by]
    ids = [" / ".join(filter(None, reversed(row))) for row in first.itertuples(index=False, name=None)]
    table = _table(ids, first[by].where(first[by] != "", nameless), first.where(first != "", None))
    shapes = _hulls(places, of_place, width_m, (first[by] != "").to_numpy(bool))
    members = Members(np.arange(len(places)), of_place, len(table))
    return Areas(table, shapes, members, QgsCoordinateReferenceSystem(DEGREES))


def paved_areas(places: pd.DataFrame, shape: Shape, size_m: float) -> Areas:
    """The squares or hexagons that hold places; an area without a shape holds the places without a point."""
    at = np.flatnonzero(_located(places))
    plane, x, y = on_plane(places)
    cells = pave(x, y, shape, size_m)
    names = [f"{column} {row}" for column, row in zip(cells.column.tolist(), cells.row.tolist())]
    area = np.full(len(places), len(names), np.int64)
    area[at] = cells.of_point
    lost = len(at) < len(places)
    shapes = plane.shapes(*cells.outlines(_PIECES if size_m > _WIDE_CELL_M else 1)) if names else []
    titles = names + [_title(LOST)] * lost
    members = Members(np.arange(len(places)), area, len(titles))
    table = _table(names + [LOST] * lost, titles)
    return Areas(table, shapes + [QgsGeometry()] * lost, members, QgsCoordinateReferenceSystem(DEGREES))


def on_plane(places: pd.DataFrame) -> tuple[Plane, Floats, Floats]:
    """The plane around the places that have a point, and those points in metres."""
    located = places[_located(places)]
    lon, lat = located["lon"].to_numpy(), located["lat"].to_numpy()
    plane = plane_around(lon, lat)
    return plane, *plane.from_degrees(lon, lat)


def polygon_areas(
    places: pd.DataFrame, polygons: QgsFeatureSource, name_field: str, progress: Progress
) -> Areas:
    """The polygons of a layer. A place inside several of them counts in each; one on a border that no polygon has
    in its inside, in the first of those that share it. Two areas without a shape hold the places without a point,
    and those outside all polygons."""
    features = [one for one in polygons.getFeatures() if not one.geometry().isNull()]
    shapes = [_mended(one.geometry()) for one in features]
    at = np.flatnonzero(_located(places))
    lon, lat = (places[name].to_numpy()[at] for name in ("lon", "lat"))
    x, y = transformed(lon, lat, QgsCoordinateReferenceSystem(DEGREES), polygons.sourceCrs())
    point, area = _inside(shapes, x, y, progress)
    outside, lost = np.setdiff1d(np.arange(len(at)), point), np.flatnonzero(~_located(places))
    beside = [(kind, rows) for kind, rows in ((OUTSIDE, at[outside]), (LOST, lost)) if len(rows)]
    members = Members(
        np.concatenate([at[point], *(rows for _, rows in beside)]),
        np.concatenate([area, *(np.full(len(rows), len(shapes) + n) for n, (_, rows) in enumerate(beside))]),
        len(shapes) + len(beside))
    table = _table(
        [str(one.id()) for one in features] + [kind for kind, _ in beside],
        [_name_of(one, name_field) for one in features] + [_title(kind) for kind, _ in beside])
    shapes += [QgsGeometry()] * len(beside)
    return Areas(table, shapes, members, sound(polygons.sourceCrs()), _overlaps(point, at))


def _table(ids: Sequence[str], names: Sequence[str], parts: pd.DataFrame | None = None) -> pd.DataFrame:
    table = pd.DataFrame({"area_id": list(ids), "area": list(names)}, dtype=object)
    for name in ("city", "province", "country"):
        table[name] = None if parts is None or name not in parts else parts[name].to_numpy(object)
    return table


def _title(kind: str) -> str:
    """The name of an area that has no shape."""
    return {LOST: tr("without a location"), OUTSIDE: tr("outside the polygons")}[kind]


def _located(places: pd.DataFrame) -> Bools:
    there: Bools = places["lon"].notna().to_numpy() & places["lat"].notna().to_numpy()
    return there


# Hulls


def _hulls(places: pd.DataFrame, of_place: Ints, width_m: float | None, named: Bools) -> list[QgsGeometry]:
    """For each area the widened hull of its places, in degrees; none without any point or name."""
    shapes = [QgsGeometry() for _ in named]
    at = np.flatnonzero(_located(places) & named[of_place])
    plane, x, y = on_plane(places.iloc[at])
    order = np.argsort(of_place[at], kind="stable")
    areas, begins = np.unique(of_place[at][order], return_index=True)
    margin = width_m / 2 if width_m else _margin(x[order], y[order], begins)
    for area, rows in zip(areas.tolist(), np.split(order, begins[1:])):
        points = QgsGeometry(QgsMultiPoint([QgsPoint(*pair) for pair in zip(x[rows].tolist(), y[rows].tolist())]))
        ring = points.convexHull().buffer(margin, _CIRCLE_SEGMENTS).simplify(margin * _ROUGHNESS).asPolygon()[0]
        corners = np.array([(corner.x(), corner.y()) for corner in ring])
        shapes[area] = plane.shapes(corners[None, :, 0], corners[None, :, 1])[0]
    return shapes


def _margin(x: Floats, y: Floats, begins: Ints) -> float:
    """A share of the median distance from an area's middle to the next one, in metres."""
    counts = np.diff(begins, append=len(x))
    if len(begins) < 2:
        return _MOST_MARGIN_M
    middle = np.stack([np.add.reduceat(values, begins) / counts for values in (x, y)], axis=1)
    some = middle[:: math.ceil(len(middle) / _SOME_AREAS)]
    distance = np.hypot(*(some[:, None, axis] - middle[None, :, axis] for axis in (0, 1)))
    nearest = np.partition(distance, 1, axis=1)[:, 1]  # the very nearest is the area itself
    return float(np.clip(np.median(nearest) * _MARGIN_SHARE, _LEAST_MARGIN_M, _MOST_MARGIN_M))


# Polygons


def _mended(shape: QgsGeometry) -> QgsGeometry:
    if not shape.isGeosValid():
        shape = shape.makeValid()
    if shape.type() != Qgis.GeometryType.Polygon:  # what mending left may hold lines as well
        shape = QgsGeometry.collectGeometry(shape.coerceToType(Qgis.WkbType.Polygon))
    shape.convertToMultiType()
    return shape


def _inside(shapes: list[QgsGeometry], x: Floats, y: Floats, progress: Progress) -> tuple[Ints, Ints]:
    """Pairs of points and the polygons they lie in."""
    order = np.argsort(x, kind="stable")
    sorted_x = x[order]
    inside: list[tuple[int, int]] = []
    border: dict[int, int] = {}
    for number, shape in enumerate(shapes):
        progress.report(number / len(shapes))
        box = shape.boundingBox()
        near = order[np.searchsorted(sorted_x, box.xMinimum()):np.searchsorted(sorted_x, box.xMaximum(), "right")]
        near = near[(y[near] >= box.yMinimum()) & (y[near] <= box.yMaximum())]
        engine = QgsGeometry.createGeometryEngine(shape.constGet())
        engine.prepareGeometry()
        for one in near.tolist():
            point = QgsPoint(x[one], y[one])
            if engine.contains(point):
                inside.append((one, number))
            elif engine.intersects(point):
                border.setdefault(one, number)
    within = {one for one, _ in inside}
    inside += [(one, number) for one, number in border.items() if one not in within]
    pairs = np.array(inside, np.int64).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1]


def _overlaps(point: Ints, at: Ints) -> list[str]:
    several = int((np.bincount(point, minlength=len(at)) > 1).sum())
    if not several:
        return []
    message = tr("Polygons overlap: {n} places lie in more than one and are counted in each, so that the sum over all "
                 "polygons is more than the dataset's total.")
    return [message.format(n=f"{several:,}")]


def _name_of(feature: QgsFeature, name_field: str) -> str | None:
    """The polygon's name: of the field given, else of its first text."""
    if name_field:
        value = feature[name_field]
        return None if value is None or str(value) == "NULL" else str(value)
    texts = (value for value in feature.attributes() if isinstance(value, str) and value)
    return next(texts, str(feature.id()))
