"""How high the sums of a heat map can become: weights around a point, counted less with distance."""
from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from .arrays import Bools, Floats, Ints

#: Length of a degree of latitude on the mean sphere, in metres.
_DEGREE_M = 6_371_008.8 * math.pi / 180
#: Radii that are offered, in metres, widest first: each is about a third of the one before.
RADII_M = (1_000_000.0, 300_000.0, 100_000.0, 30_000.0, 10_000.0, 3_000.0, 1_000.0, 300.0, 100.0, 30.0)
#: A radius is drawn at most so wide on the map; zoomed in further, the next smaller takes its place.
_WIDEST_MM = 10.0
_STARTS, _MOVES = 16, 6


@dataclass(frozen=True)
class HeatLevel:
    """The radius of a heat map at scales of 1:`from_scale` and smaller (further away), down to those of the next
    wider level; `maximum` is the value of the darkest colour."""

    radius_m: float
    from_scale: float
    maximum: float


def heat_levels(lon: Floats, lat: Floats, weight: Floats, largest: float = 0.0) -> tuple[HeatLevel, ...]:
    """The levels for all scales, widest radius first.

    `lon`, `lat` (degrees), `weight`: the places of the frame with the greatest sum; `largest`: the greatest value
    of one place over all frames, which may be in another. Without any, the maximum is 1: 0 would tell the renderer
    to choose one for every frame.
    """
    maxima = (max(heat_maximum(lon, lat, weight, radius), largest) for radius in RADII_M)
    return tuple(
        HeatLevel(radius, radius * 1000 / _WIDEST_MM if radius > RADII_M[-1] else 0.0, rounded_up(maximum) or 1.0)
        for radius, maximum in zip(RADII_M, maxima)
    )


def level_at(levels: tuple[HeatLevel, ...], scale: float) -> HeatLevel:
    """The level that is drawn at 1:`scale`."""
    return next((one for one in levels if scale >= one.from_scale), levels[-1])


def heat_maximum(lon: Floats, lat: Floats, weight: Floats, radius_m: float) -> float:
    """The greatest sum over p of Σ wᵢ (1 − dᵢ²/r²)², dᵢ < r: QGIS's quartic kernel, 1 at its centre.

    Climbs by mean shift (weights wᵢ (1 − dᵢ²/r²), Fukunaga & Hostetler 1975) from the heaviest places and the
    heaviest squares of side r. Unknown (NaN) and negative weights count nothing. Exact up to hills that no start
    reaches; QGIS itself rounds radius and places to blocks of pixels.

    >>> heat_maximum(np.array([0.0, 0.0, 90.0]), np.zeros(3), np.array([3.0, 4.0, 5.0]), 1000.0)
    7.0
    """
    there: Bools = np.isfinite(lon) & np.isfinite(lat) & (weight > 0)
    lon, lat, weight = lon[there], lat[there], weight[there]
    if not len(weight):
        return 0.0
    at_lon, at_lat = _starts(lon, lat, weight, radius_m)
    return max(_climb(lon, lat, weight, radius_m, x, y) for x, y in zip(at_lon.tolist(), at_lat.tolist()))


def rounded_up(value: float) -> float:
    """Up to two significant digits.

    >>> rounded_up(58_201.0), rounded_up(7.0), rounded_up(0.0)
    (59000.0, 7.0, 0.0)
    """
    if value <= 0:
        return 0.0
    unit = 10.0 ** (math.floor(math.log10(value)) - 1)
    return float(f"{math.ceil(value / unit - 1e-9) * unit:.6g}")


def _starts(lon: Floats, lat: Floats, weight: Floats, radius_m: float) -> tuple[Floats, Floats]:
    """Where to begin: the heaviest places, and the middles of the heaviest squares."""
    row = np.floor(lat * (_DEGREE_M / radius_m))
    width = np.maximum(np.cos(np.radians(row * radius_m / _DEGREE_M)), 1e-6) * (_DEGREE_M / radius_m)
    squares = row * 2.0**32 + np.floor(lon * width)
    _, of_place = np.unique(squares, return_inverse=True)
    sums = np.bincount(of_place, weight)
    heaviest = _largest(sums)
    middles = [np.bincount(of_place, weight * values)[heaviest] / sums[heaviest] for values in (lon, lat)]
    places = _largest(weight)
    return np.append(lon[places], middles[0]), np.append(lat[places], middles[1])


def _largest(values: Floats) -> Ints:
    count = min(_STARTS, len(values))
    numbers: Ints = np.argpartition(values, len(values) - count)[len(values) - count:]
    return numbers


def _climb(lon: Floats, lat: Floats, weight: Floats, radius_m: float, x: float, y: float) -> float:
    """The greatest sum met on the way up from a point."""
    cosine = max(math.cos(math.radians(y)), 1e-6)
    near = np.abs(lat - y) * _DEGREE_M < 2 * radius_m
    lon, lat, weight = lon[near], lat[near], weight[near]
    east = (np.remainder(lon - x + 180, 360) - 180) * (cosine * _DEGREE_M / radius_m)
    north = (lat - y) * (_DEGREE_M / radius_m)
    best, dx, dy = 0.0, 0.0, 0.0
    for _ in range(_MOVES):
        closeness = np.maximum(1 - (east - dx) ** 2 - (north - dy) ** 2, 0.0)
        pull = weight * closeness
        best = max(best, float(pull @ closeness))
        total = float(pull.sum())
        if total <= 0:
            break
        dx, dy = float(pull @ east) / total, float(pull @ north) / total
    return best
