"""Places on the earth as points in space, where no plane keeps distances.

On WGS 84's ellipsoid, in metres from the earth's centre: X towards 0° 0°, Z towards the north pole. The straight line
between two of them, brought to an arc by a sphere's formula, is their distance on the ellipsoid to 0.0012 percent up to
1,000 km, 0.011 up to 3,000 km, 0.13 up to 10,000 km and 1.6 near the antipodes (measured against geodesics), across
the date line and the poles.
"""
from __future__ import annotations

import numpy as np

from .arrays import Floats

#: WGS 84 (NGA.STND.0036): semi-major axis, flattening.
AXIS_M, FLATTENING = 6_378_137.0, 1 / 298.257223563
#: The mean radius, (2a + b) / 3 (IUGG).
RADIUS_M = 6_371_008.8
#: No two places are farther apart.
HALF_WAY_M = np.pi * RADIUS_M


def in_space(lon: Floats, lat: Floats) -> Floats:
    """Points in space, (n, 3) metres, of degrees.

    >>> in_space(np.array([0.0, 90.0]), np.array([0.0, 0.0])).round().tolist()
    [[6378137.0, 0.0, 0.0], [0.0, 6378137.0, 0.0]]
    """
    lam, phi = np.radians(lon), np.radians(lat)
    eccentricity2 = FLATTENING * (2 - FLATTENING)
    across = AXIS_M / np.sqrt(1 - eccentricity2 * np.sin(phi) ** 2)
    return np.stack([
        across * np.cos(phi) * np.cos(lam), across * np.cos(phi) * np.sin(lam),
        across * (1 - eccentricity2) * np.sin(phi)], axis=1)


def chord_m(arc_m: float) -> float:
    """The straight line that belongs to a distance on the ground.

    >>> round(chord_m(1000.0), 3), round(chord_m(1e9) / RADIUS_M, 6)
    (1000.0, 2.0)
    """
    return float(2 * RADIUS_M * np.sin(min(arc_m, HALF_WAY_M) / (2 * RADIUS_M)))


def arc_m(chord: Floats) -> Floats:
    """Distances on the ground that belong to straight lines."""
    return np.asarray(2 * RADIUS_M * np.arcsin(np.minimum(chord / (2 * RADIUS_M), 1.0)))
