"""Coordinates of reports: what is no point, what is certainly swapped, what stands far from its city."""
from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from .arrays import Bools, Floats, Ints
from .datum import in_mainland_china, to_wgs84
from .numbers import ParsedNumbers
from .reports import Reports, joint_codes, value_codes
from .rules import Rule, bit
from .schema import Datum

EARTH_RADIUS_KM = 6371.0088
#: A point is far from its city beyond this distance and this multiple of the city's median distance.
FAR_KM, FAR_FACTOR = 100.0, 10.0
#: A swapped pair counts as certain when it lands this near to its city's middle.
NEAR_KM = 50.0
#: A city's middle is trusted from this many distinct points on.
LEAST_POINTS = 5


def usable_points(lon: ParsedNumbers, lat: ParsedNumbers) -> tuple[Floats, Floats, Ints]:
    """Longitude and latitude in degrees, NaN where there is no point, and the flags of each row."""
    x, y = lon.values.copy(), lat.values.copy()
    flags = np.zeros(len(x), np.int64)
    swapped = (np.abs(y) > 90) & (np.abs(y) <= 180) & (np.abs(x) <= 90)
    x[swapped], y[swapped] = y[swapped], x[swapped].copy()
    flags[swapped] |= bit(Rule.SWAPPED_COORDINATES)
    zero = (x == 0) & (y == 0)
    impossible = (np.abs(x) > 180) | (np.abs(y) > 90) | lon.unreadable | lat.unreadable
    flags[zero] |= bit(Rule.ZERO_COORDINATES)
    flags[impossible] |= bit(Rule.IMPOSSIBLE_COORDINATES)
    missing = (np.isnan(x) | np.isnan(y)) & ~impossible
    flags[missing] |= bit(Rule.MISSING_COORDINATES)
    nowhere = zero | impossible | missing
    x[nowhere], y[nowhere] = np.nan, np.nan
    return x, y, flags


def mend_points(reports: Reports, datum: Datum) -> Reports:
    """Exchange pairs that land in their own city only when swapped; flag points far from theirs;
    convert to WGS 84."""
    points = joint_codes([value_codes(reports.lon), value_codes(reports.lat)])
    city = _city_codes(reports)
    lon, lat = reports.lon.copy(), reports.lat.copy()
    inverse = joint_codes([points, city])
    first = np.flatnonzero(~pd.Series(inverse).duplicated().to_numpy())
    swap, far = _judge(lon[first], lat[first], city[first])
    for rows, rule in ((swap[inverse], Rule.SWAPPED_COORDINATES), (far[inverse], Rule.FAR_FROM_CITY)):
        reports.flags[rows] |= bit(rule)
    swapped = swap[inverse]
    lon[swapped], lat[swapped] = lat[swapped], lon[swapped].copy()
    x, y = to_wgs84(lon[first], lat[first], datum)
    return replace(reports, lon=np.asarray(x)[inverse], lat=np.asarray(y)[inverse])


def _city_codes(reports: Reports) -> Ints:
    """A code per city, -1 where rows name no city or the city itself is the place."""
    names = reports.names
    if "place" not in names or "city" not in names:
        return np.full(len(reports), -1, np.int64)
    parts = [names[role].codes for role in ("country", "province", "city") if role in names]
    return np.where(names["city"].codes < 0, -1, joint_codes(parts))


def _judge(lon: Floats, lat: Floats, city: Ints) -> tuple[Bools, Bools]:
    """Of distinct points of cities: which to swap, which stand far away."""
    known = ~np.isnan(lon) & (city >= 0)
    frame = pd.DataFrame({"city": city, "lon": lon, "lat": lat})[known]
    groups = frame.groupby("city")
    middle_lon, middle_lat = groups["lon"].transform("median"), groups["lat"].transform("median")
    away = pd.Series(distance_km(frame["lon"], frame["lat"], middle_lon, middle_lat), frame.index)
    usual = away.groupby(frame["city"]).transform("median")
    trusted = groups["lon"].transform("size") >= LEAST_POINTS
    far = trusted & (away > FAR_KM) & (away > FAR_FACTOR * usual)
    on_globe = frame["lon"].abs() <= 90
    mirrored = distance_km(frame["lat"], frame["lon"], middle_lon, middle_lat)
    swap = far & on_globe & (mirrored < NEAR_KM)
    return _spread(swap, known), _spread(far & ~swap, known)


def _spread(values: pd.Series, known: Bools) -> Bools:
    full = np.zeros(len(known), bool)
    full[known] = values.to_numpy(bool)
    return full


def distance_km(lon1: Floats, lat1: Floats, lon2: Floats, lat2: Floats) -> Floats:
    """Great-circle distance by the haversine formula (R. W. Sinnott 1984), degrees in, kilometres out.

    >>> round(float(distance_km(np.array(0.0), np.array(0.0), np.array(0.0), np.array(1.0))), 1)
    111.2
    """
    phi1, phi2 = np.radians(np.asarray(lat1)), np.radians(np.asarray(lat2))
    half_lat = (phi2 - phi1) / 2
    half_lon = np.radians(np.asarray(lon2) - np.asarray(lon1)) / 2
    h = np.sin(half_lat) ** 2 + np.cos(phi1) * np.cos(phi2) * np.sin(half_lon) ** 2
    return np.asarray(2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.clip(h, 0, 1))), np.float64)


def mostly_in_china(lon: Floats, lat: Floats) -> bool:
    """Do most points lie in mainland China? Judged on up to 5,000 of them."""
    known = np.flatnonzero(~np.isnan(lon))
    probe = known[:: max(1, len(known) // 5000)]
    return bool(len(probe)) and bool(np.mean(in_mainland_china(lon[probe], lat[probe])) > 0.5)
