"""Sizes to begin with, as round numbers: the radius of heat on a map, the distance between neighbours."""
from __future__ import annotations

import math

#: A spot of heat is twice its radius wide: a twentieth of the map.
_RADII_A_MAP = 40.0
#: Of what is clustered, neighbours take at most so small a part.
_DISTANCES_ACROSS = 20.0
_M_PER_DEGREE = 111_320.0


def heat_radius_m(map_width_m: float) -> float:
    """A fortieth of the map, or near it.

    >>> heat_radius_m(4_000_000), heat_radius_m(30_000)
    (100000.0, 1000.0)
    """
    return round_below(map_width_m / _RADII_A_MAP * math.sqrt(2))


def neighbour_distance_m(usual_m: float, extent_m: float) -> float:
    """The usual distance, or a twentieth of what is clustered where that is less.

    >>> neighbour_distance_m(10_000, 3_000_000), neighbour_distance_m(10_000, 4_500)
    (10000, 200.0)
    """
    return min(usual_m, round_below(extent_m / _DISTANCES_ACROSS)) if extent_m > 0 else usual_m


def across_m(west: float, south: float, east: float, north: float) -> float:
    """About how far the corners of a box in degrees are apart.

    >>> round(across_m(114.0, 30.0, 114.0, 30.1))
    11132
    """
    slim = math.cos(math.radians((south + north) / 2))
    return math.hypot((east - west) * slim, north - south) * _M_PER_DEGREE


def round_below(value: float) -> float:
    """1, 2 or 5 times a power of ten, at most the value, which is above 0.

    >>> [round_below(value) for value in (1.0, 4.9, 50.0, 0.3)]
    [1.0, 2.0, 50.0, 0.2]
    """
    power = math.floor(math.log10(value) + 1e-12)
    first = next(one for one in (5, 2, 1) if one <= value / 10.0 ** power * (1 + 1e-9) or one == 1)
    return float(f"{first}e{power}")
