"""Distances in metres between points of any coordinate reference system."""
from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from qgis.core import Qgis, QgsCoordinateReferenceSystem, QgsUnitTypes

from ..core.arrays import Floats
from ..core.errors import AtlasError
from ..core.globe import RADIUS_M, arc_m, chord_m, in_space
from ..core.point_cases import PointCases
from .plane import DEGREES, middle_lon, transformed
from .translation import tr

if TYPE_CHECKING:
    from .point_source import PointsRead

#: Around a centre as far as this, distances across are off by 0.46 percent or less.
_PLANE_REACH_M = 1_500_000.0
#: Farther than this from the centre a map of equal areas is drawn out too much: the world's is taken instead.
_MAP_REACH_M = 6_500_000.0
#: Web maps' plane, whose metres are longer the farther from the equator.
_WEB = ("EPSG:3857", "EPSG:900913", "EPSG:3785", "ESRI:102100", "ESRI:102113")
_WORLD = "EPSG:6933"
#: No plane of the earth reaches so far, false eastings and all.
_FARTHEST_M = 1e9
_ZONE_DEGREES = 6
_UTM_SOUTH, _UTM_NORTH = -80.0, 84.0


@dataclass(frozen=True)
class Measured:
    """Places that straight lines can be measured between, how in words, and a warning ("" for none)."""

    places: Floats
    words: str
    warning: str = ""


def straight(read: PointsRead | PointCases, eps_m: float) -> float:
    """The straight line in `places` that belongs to a distance on the ground."""
    cases = read if isinstance(read, PointCases) else read.cases
    return chord_m(eps_m) if cases.on_globe else eps_m


def measured(x: Floats, y: Floats, crs: QgsCoordinateReferenceSystem) -> Measured:
    """Places in metres of coordinates in a system. Raises `AtlasError` for a system that says nothing of metres."""
    if not crs.isValid():
        raise AtlasError(tr("The layer has no coordinate reference system: set the one that its coordinates are in."))
    if not crs.isGeographic():
        return _own_plane(x, y, crs)
    lon, lat = _degrees(x, y, crs)
    utm = _utm(lon, lat)
    if utm is not None:
        return Measured(_stack(transformed(lon, lat, _degrees_crs(), utm)), tr(
            "Distances are measured in {crs}, true to 0.1 percent here.").format(crs=utm.description()))
    space = in_space(lon, lat)
    centre_lon, centre_lat, reach = _middle(space)
    if reach <= _PLANE_REACH_M:
        around = _stack(transformed(lon, lat, _degrees_crs(), _azimuthal("aeqd", centre_lon, centre_lat)))
        return Measured(around * _middle_scale(reach), tr(
            "Distances are measured in an azimuthal plane around the data, true to 0.5 percent."))
    return Measured(space, tr("Distances are measured along the earth's curve, true to 0.1 percent up to 3,000 km."))


def map_crs(x: Floats, y: Floats, crs: QgsCoordinateReferenceSystem) -> QgsCoordinateReferenceSystem:
    """The plane in metres for maps of the data: their own if it is one, else UTM, else one of equal areas."""
    if not crs.isValid():
        raise AtlasError(tr("The layer has no coordinate reference system: set the one that its coordinates are in."))
    if not crs.isGeographic() and metres(crs) == 1.0 and crs.authid() not in _WEB:
        return crs
    lon, lat = _placed(*transformed(x, y, crs, _degrees_crs()), crs)
    utm = _utm(lon, lat)
    if utm is not None:
        return utm
    centre_lon, centre_lat, reach = _middle(in_space(lon, lat))
    if reach > _MAP_REACH_M:
        return QgsCoordinateReferenceSystem(_WORLD)
    return _azimuthal("laea", round(centre_lon), round(centre_lat))


def _own_plane(x: Floats, y: Floats, crs: QgsCoordinateReferenceSystem) -> Measured:
    unit_m = metres(crs)
    _refuse_off_earth(x, y, unit_m, crs)
    words = tr("Distances are measured in the layer's own plane, {crs}.").format(crs=crs.authid() or crs.description())
    warning = ""
    if crs.authid() in _WEB:
        _, lat = transformed(x[:1], np.array([np.median(y)])[:len(x[:1])], crs, _degrees_crs())
        factor = 1 / np.cos(np.radians(lat[0])) if len(lat) else 1.0
        message = tr("{crs} draws lengths {factor} times as long as they are here: reproject the layer to a true "
                     "metric CRS, or to EPSG:4326, for distances in real metres.")
        warning = message.format(crs=crs.authid(), factor=f"{factor:.2f}")
    return Measured(_stack((x * unit_m, y * unit_m)), words, warning)


def _refuse_off_earth(x: Floats, y: Floats, unit_m: float, crs: QgsCoordinateReferenceSystem) -> None:
    farthest = np.maximum(np.abs(x), np.abs(y)) * unit_m
    if len(x) and farthest.max() > _FARTHEST_M:
        at = int(np.argmax(farthest))
        message = tr("A point lies at {x}, {y}, which is nowhere on earth in {crs}: mend or filter away its geometry, "
                     "or set the coordinate reference system that the layer's coordinates are in.")
        raise AtlasError(message.format(x=f"{x[at]:.10g}", y=f"{y[at]:.10g}", crs=crs.authid() or crs.description()))


def metres(crs: QgsCoordinateReferenceSystem) -> float:
    """How long the unit of a plane is; 1 where it is unknown."""
    if crs.mapUnits() == Qgis.DistanceUnit.Unknown:
        return 1.0
    return float(QgsUnitTypes.fromUnitToUnitFactor(crs.mapUnits(), Qgis.DistanceUnit.Meters))


def _degrees_crs() -> QgsCoordinateReferenceSystem:
    return QgsCoordinateReferenceSystem(DEGREES)


def _degrees(x: Floats, y: Floats, crs: QgsCoordinateReferenceSystem) -> tuple[Floats, Floats]:
    if len(x) and (np.abs(y).max() > 90 or np.abs(x).max() > 360):
        at = int(np.argmax((np.abs(y) > 90) | (np.abs(x) > 360)))
        message = tr("The layer's system {crs} is one of degrees, yet a point lies at {x}, {y}: set the coordinate "
                     "reference system that its coordinates are in.")
        raise AtlasError(message.format(crs=crs.authid() or crs.description(), x=f"{x[at]:.10g}", y=f"{y[at]:.10g}"))
    lon, lat = (x, y) if crs.authid() == DEGREES else transformed(x, y, crs, _degrees_crs())
    return _placed(lon, lat, crs)


def _placed(lon: Floats, lat: Floats, crs: QgsCoordinateReferenceSystem) -> tuple[Floats, Floats]:
    if not (np.isfinite(lon).all() and np.isfinite(lat).all()):
        message = tr("Some points cannot be brought from {crs} to longitude and latitude: set the coordinate reference "
                     "system that the layer's coordinates are in.")
        raise AtlasError(message.format(crs=crs.authid() or crs.description()))
    return lon, lat


def _middle(space: Floats) -> tuple[float, float, float]:
    """Longitude and latitude of the middle of points in space, and how far the farthest of them is from it."""
    if not len(space):
        return 0.0, 0.0, 0.0
    x, y, z = (space.min(axis=0) + space.max(axis=0)) / 2
    lon, lat = float(np.degrees(np.arctan2(y, x))), float(np.degrees(np.arctan2(z, np.hypot(x, y))))
    away = space - in_space(np.array([lon]), np.array([lat]))
    farthest = np.sqrt(np.einsum("ij,ij->i", away, away).max(keepdims=True))
    return lon, lat, float(arc_m(farthest)[0])


def _utm(lon: Floats, lat: Floats) -> QgsCoordinateReferenceSystem | None:
    """The zone of UTM if it holds all points."""
    if not len(lon) or lat.min() < _UTM_SOUTH or lat.max() > _UTM_NORTH:
        return None
    centre, _ = middle_lon(lon)
    zone = int((centre + 180) // _ZONE_DEGREES) % 60 + 1
    middle = zone * _ZONE_DEGREES - 183
    if np.abs((lon - middle + 180) % 360 - 180).max() > _ZONE_DEGREES / 2 + 0.5:
        return None
    return QgsCoordinateReferenceSystem(f"EPSG:{(32600 if lat.min() + lat.max() >= 0 else 32700) + zone}")


def _azimuthal(name: str, lon: float, lat: float) -> QgsCoordinateReferenceSystem:
    return QgsCoordinateReferenceSystem.fromProj(
        f"+proj={name} +lat_0={lat:.6g} +lon_0={lon:.6g} +datum=WGS84 +units=m +no_defs +type=crs")


def _middle_scale(reach_m: float) -> float:
    """What an azimuthal equidistant plane is multiplied by, so that it errs as much below as above.

    Lengths towards the centre are true, those across are too long by c / sin c at the angle c from it.
    """
    angle = reach_m / RADIUS_M
    return float(2 / (1 + (angle / np.sin(angle) if angle else 1.0)))


def _stack(pair: tuple[Floats, Floats]) -> Floats:
    return np.stack(pair, axis=1)
