"""The part of the map that shows a city's places."""
from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .arrays import Bools, Floats

#: A place so far from the middle of its city, and so many times as far as is usual there, is not part of its map.
FAR_M, FAR_TIMES = 100_000.0, 10.0
_M_PER_DEGREE = 111_195.0
#: Near a pole a degree of longitude has no length to speak of.
_LEAST_COSINE = 0.05


@dataclass(frozen=True)
class CityBox:
    """Degrees on WGS 84; `outside`: how many places lie far from the others and not in it."""

    west: float
    south: float
    east: float
    north: float
    outside: int


def city_box(lon: Floats, lat: Floats, least_m: float) -> CityBox | None:
    """The box around a city's places, at least so wide and high; None if none has a point. Places far from all others
    are left out: a single wrong point would make a map of half a continent.

    >>> city_box(np.array([114.0, 114.2, 2.0]), np.array([30.5, 30.7, 48.0]), 1000.0).outside
    1
    """
    there = np.isfinite(lon) & np.isfinite(lat)
    if not there.any():
        return None
    lon, lat = lon[there], lat[there]
    near = _near(lon, lat)
    west, east, south, north = lon[near].min(), lon[near].max(), lat[near].min(), lat[near].max()
    high = max(0.0, least_m / _M_PER_DEGREE - (north - south)) / 2
    wide = max(0.0, least_m / _M_PER_DEGREE / _cosine((south + north) / 2) - (east - west)) / 2
    return CityBox(
        float(west - wide), float(south - high), float(east + wide), float(north + high), int((~near).sum()))


def _near(lon: Floats, lat: Floats) -> Bools:
    """Places that are not far from all others."""
    middle_lon, middle_lat = float(np.median(lon)), float(np.median(lat))
    apart_m = _M_PER_DEGREE * np.hypot((lon - middle_lon) * _cosine(middle_lat), lat - middle_lat)
    limit = max(FAR_M, FAR_TIMES * float(np.median(apart_m)))
    near: Bools = apart_m <= limit
    return near if near.any() else np.ones(len(lon), bool)


def _cosine(lat: float) -> float:
    return max(float(np.cos(np.radians(lat))), _LEAST_COSINE)
