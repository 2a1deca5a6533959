"""Projected coordinates to degrees."""
from __future__ import annotations

import numpy as np

from .errors import AtlasError
from .numbers import ParsedNumbers


def project_to_degrees(x: ParsedNumbers, y: ParsedNumbers, crs: str) -> tuple[ParsedNumbers, ParsedNumbers]:
    """Longitude and latitude (WGS 84 degrees) of coordinates in `crs`; NaN where they have none."""
    try:
        # Here, because pyproj is missing in some installations of QGIS, and most files are in degrees.
        from pyproj import Transformer
        from pyproj.exceptions import CRSError
    except ImportError as error:
        message = f"Coordinates in “{crs}” cannot be read without the Python library pyproj: add it and restart QGIS."
        raise AtlasError(message, str(error)) from error
    try:
        transformer = Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
    except CRSError as error:
        message = f"“{crs}” is no known coordinate reference system: give one such as EPSG:32650."
        raise AtlasError(message, str(error)) from error
    lon, lat = transformer.transform(x.values, y.values)
    outside = ~np.isfinite(lon) | ~np.isfinite(lat)
    lost = outside & np.isfinite(x.values) & np.isfinite(y.values)
    return (
        ParsedNumbers(np.where(outside, np.nan, lon), x.unreadable | lost),
        ParsedNumbers(np.where(outside, np.nan, lat), y.unreadable | lost),
    )
