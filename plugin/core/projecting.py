"""Projected coordinates to degrees."""
from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .arrays import Bools, Floats
from .errors import AtlasError
from .numbers import ParsedNumbers

if TYPE_CHECKING:
    from pyproj import CRS, Transformer

#: The area where a system is used is walked in so many steps each way.
_STEPS = 21


@dataclass(frozen=True)
class ReferenceSystem:
    """A coordinate reference system and the way from it to WGS 84."""

    name: str
    crs: CRS
    transformer: Transformer

    @classmethod
    def named(cls, name: str) -> ReferenceSystem:
        """The system of a name such as EPSG:32650; raises `AtlasError` where there is none."""
        try:
            # Here, because pyproj is missing in some installations of QGIS, and most files are in degrees.
            import pyproj
            from pyproj.exceptions import CRSError
        except ImportError as error:
            message = (
                f"Coordinates in “{name}” cannot be read without the Python library pyproj: add it and restart QGIS.")
            raise AtlasError(message, str(error)) from error
        try:
            crs = pyproj.CRS.from_user_input(name)
            return cls(name, crs, pyproj.Transformer.from_crs(crs, "EPSG:4326", always_xy=True))
        except CRSError as error:
            message = f"“{name}” is no known coordinate reference system: give one such as EPSG:32650."
            raise AtlasError(message, str(error)) from error

    @property
    def in_metres(self) -> bool:
        """Is it projected, rather than one of degrees?"""
        return not self.crs.is_geographic

    def to_degrees(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Longitude and latitude (WGS 84 degrees); NaN where a coordinate has none."""
        lon, lat = self.transformer.transform(x, y)
        outside = ~np.isfinite(lon) | ~np.isfinite(lat)
        return np.where(outside, np.nan, lon), np.where(outside, np.nan, lat)

    def covers(self, x: Floats, y: Floats) -> Bools:
        """Which coordinates lie where the system is meant to be used; none when it does not say where.

        Asked in both planes: far outside, formulas of projections give degrees that mean nothing.
        """
        area = self.crs.area_of_use
        if area is None:
            return np.zeros(len(x), bool)
        width = (area.east - area.west) % 360 or 360.0  # across the date line, east is less than west
        steps = np.linspace(0, 1, _STEPS)
        lons, lats = np.meshgrid(area.west + width * steps, area.south + (area.north - area.south) * steps)
        lons = np.where(lons > 180, lons - 360, lons)
        ends = self.transformer.transform(lons.ravel(), lats.ravel(), direction="INVERSE")
        inside = np.ones(len(x), bool)
        for values, known in zip((x, y), (end[np.isfinite(end)] for end in ends)):
            margin = np.ptp(known) * 0.02 if len(known) else 0.0  # between the steps an edge may bulge
            inside &= (values >= known.min(initial=np.inf) - margin) & (values <= known.max(initial=-np.inf) + margin)
        lon, lat = self.to_degrees(x, y)
        return np.asarray(
            inside & ((lon - area.west) % 360 <= width) & (lat >= area.south) & (lat <= area.north))


def project_to_degrees(
    x: ParsedNumbers, y: ParsedNumbers, crs: str | ReferenceSystem
) -> tuple[ParsedNumbers, ParsedNumbers]:
    """Longitude and latitude (WGS 84 degrees) of coordinates in `crs`; NaN where they have none."""
    system = ReferenceSystem.named(crs) if isinstance(crs, str) else crs
    lon, lat = system.to_degrees(x.values, y.values)
    lost = np.isnan(lon) & np.isfinite(x.values) & np.isfinite(y.values)
    return ParsedNumbers(lon, x.unreadable | lost, x.note), ParsedNumbers(lat, y.unreadable | lost, y.note)
