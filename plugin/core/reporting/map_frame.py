"""Which part of the world a small map shows, and how long a kilometre is on it."""
from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ..arrays import Bools, Floats

#: Kilometres in a degree of latitude, on the sphere of mean radius 6371.0088 km.
KM_PER_DEGREE = 111.195
#: The map shows all points unless that makes it this many times as wide as 99 percent of them need.
STRAYING = 4.0
#: The least width in degrees (about 2 km), and the margin around the points.
LEAST_DEGREES, MARGIN = 0.02, 0.06
#: Height of the map for its width, at least and at most.
FLATTEST, TALLEST = 0.35, 1.05
#: A map that spans more degrees has no scale bar.
WIDEST_WITH_BAR = 90.0


@dataclass(frozen=True)
class Frame:
    """A box in degrees. `aspect`: how much longer a degree of latitude is drawn than one of longitude."""

    west: float
    east: float
    south: float
    north: float
    aspect: float

    @property
    def ratio(self) -> float:
        """Height for width as drawn."""
        return (self.north - self.south) * self.aspect / (self.east - self.west)

    def holds(self, lon: Floats, lat: Floats) -> Bools:
        return (lon >= self.west) & (lon <= self.east) & (lat >= self.south) & (lat <= self.north)


def frame_of(lon: Floats, lat: Floats) -> Frame:
    """The box that shows the points in their true shape at its middle latitude; strays may lie outside."""
    (west, east), (south, north) = _extent(lon, 180.0), _extent(lat, 90.0)
    middle = max(min((south + north) / 2, 75.0), -75.0)
    aspect = 1 / math.cos(math.radians(middle))
    width, height = (east - west), (north - south) * aspect
    (west, east) = _widened(west, east, max(height / TALLEST, LEAST_DEGREES) - width)
    (south, north) = _widened(south, north, (max(width * FLATTEST, LEAST_DEGREES) - height) / aspect)
    return Frame(west, east, south, north, aspect)


def _extent(values: Floats, limit: float) -> tuple[float, float]:
    low, high = float(values.min()), float(values.max())
    inner_low, inner_high = (float(one) for one in np.quantile(values, (0.005, 0.995)))
    inner = max(inner_high - inner_low, LEAST_DEGREES)
    if high - low > STRAYING * inner:
        low, high = inner_low - inner / 4, inner_high + inner / 4
    low, high = _widened(low, high, 2 * MARGIN * max(high - low, LEAST_DEGREES))
    return max(low, -limit), min(high, limit)


def _widened(low: float, high: float, more: float) -> tuple[float, float]:
    return (low - more / 2, high + more / 2) if more > 0 else (low, high)


def scale_bar(frame: Frame) -> tuple[float, float]:
    """A round number of kilometres, about a fifth of the map's width, and its length in degrees of longitude."""
    per_degree = KM_PER_DEGREE / frame.aspect
    fifth = (frame.east - frame.west) * per_degree / 5
    decade = 10.0 ** math.floor(math.log10(fifth))
    km = max(step * decade for step in (1, 2, 5) if step * decade <= fifth)
    return km, km / per_degree
