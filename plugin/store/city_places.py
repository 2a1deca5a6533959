"""Where the places of areas lie."""
from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import numpy as np

from ..core.arrays import Floats
from ..core.filters import Area
from ..core.schema import TABLE_PLACES
from .opening import open_to_read
from .sql import listed, statement


class CityPlaces:
    """The points of a dataset's places by area; read once."""

    def __init__(self, path: Path, columns: Sequence[str]) -> None:
        sql = "SELECT " + listed([*columns, "lon", "lat"]) + statement(" FROM {table}", table=TABLE_PLACES)
        self._points: dict[Area, list[tuple[float | None, float | None]]] = {}
        with closing(open_to_read(path)) as db:
            for *area, lon, lat in db.execute(sql):
                self._points.setdefault(tuple(area), []).append((lon, lat))

    def points(self, areas: Sequence[Area]) -> tuple[Floats, Floats]:
        """Longitudes and latitudes of the places in some areas, NaN for those without."""
        found = [point for area in areas for point in self._points.get(area, ())]
        both = np.array(found, np.float64).reshape(-1, 2)
        return both[:, 0], both[:, 1]
