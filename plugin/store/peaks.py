"""The places drawn in one frame, as arrays: what the fixed maximum of a heat map is computed from."""
from __future__ import annotations

from contextlib import closing
from enum import Enum
from pathlib import Path

import numpy as np

from ..core.arrays import Floats
from ..core.clauses import moment_text
from ..core.progress import Progress
from ..core.schema import LAYER_UPDATES
from .opening import geometry_column, open_to_read
from .point_blobs import points_of
from .sql import statement


class Drawn(Enum):
    """Which rows a frame draws: states that hold in it, rows that begin in it, or all that began until its end."""

    HOLDING = "shown_from < :end AND shown_to >= :begin AND shown_to >= shown_from"
    BEGINNING = "shown_from >= :begin AND shown_from < :end"
    SO_FAR = "shown_from < :end"


def peak_points(
    path: Path, column: str, begin_ms: int, end_ms: int, drawn: Drawn, level: str, progress: Progress
) -> tuple[Floats, Floats, Floats]:
    """Longitudes, latitudes and values of a column in the frame [begin, end), wall-clock ms; one entry a place.

    Rows without a point, without a value or not of the level (unless "") are left out. Take the frame in which the
    column's sum is greatest: heat is then nearly everywhere at its highest.
    """
    progress.check()
    with closing(open_to_read(path)) as db:
        geometry = geometry_column(db)
        sql = statement(
            "SELECT {geometry}, sum({column}) FROM {table} WHERE ", geometry=geometry, column=column,
            table=LAYER_UPDATES) + drawn.value + statement(
            " AND {column} IS NOT NULL AND {geometry} IS NOT NULL AND (:level = '' OR \"level\" = :level)"
            " GROUP BY {geometry}", geometry=geometry, column=column)
        rows = db.execute(sql, {"begin": moment_text(begin_ms), "end": moment_text(end_ms), "level": level}).fetchall()
    progress.check()
    lon, lat = points_of([row[0] for row in rows])
    return lon, lat, np.array([row[1] for row in rows], np.float64)
