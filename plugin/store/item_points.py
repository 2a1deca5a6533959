"""Many points of few places, each with values of its own, written as a GeoPackage by SQL.

What a place says is bound once and copied by SQLite, as in a dataset's layer; QGIS would bind it in every row.
"""
from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..core.arrays import Floats, Ints
from ..core.progress import Progress
from .atomic import replacing
from .columns import point_blobs
from .geopackage import open_to_write
from .moments import moment_texts
from .rtree import create_rtree, fill_rtree
from .spec import Extent, Layer, create_skeleton, create_table, register_points, register_rtree
from .sql import insertion, listed, statement

_ROWS_AT_ONCE = 16384
_ROW_BYTES = 200
_ROWS, _RTREE = 0.8, 0.98
_OWN = {"cluster_id": "MEDIUMINT", "role": "TEXT", "cases": "REAL"}
_TIMES = {"first": "DATETIME", "last": "DATETIME"}


@dataclass(frozen=True)
class ItemPoints:
    """`n` items at `p` places. lon, lat: (p,) WGS 84; texts: names of columns and, by place, their texts or None.

    place, cases, cluster (0: noise), role (by number in `roles`): (n,). first_ms, last_ms: (n,), None without time.
    """

    lon: Floats
    lat: Floats
    names: Sequence[str]
    texts: Sequence[Sequence[str | None]]
    place: Ints
    cluster: Ints
    role: Ints
    roles: Sequence[str]
    cases: Floats
    first_ms: Ints | None
    last_ms: Ints | None


def write_item_points(path: Path, items: ItemPoints, description: str, progress: Progress) -> None:
    """Write the items to `path`, which appears, or replaces what was there, when all is done.

    Raises `AtlasError` when the file cannot be written, and `Cancelled`; nothing is left behind then.
    """
    layer = Layer(path.stem, "fid", "geom")
    with replacing(path, len(items.place) * _ROW_BYTES + 200_000) as part, closing(open_to_write(part)) as db:
        create_skeleton(db)
        db.execute("BEGIN")
        _write_rows(db, layer, items, progress.part(0.0, _ROWS))
        lon, lat = items.lon[items.place], items.lat[items.place]
        extent = Extent(lon.min(), lat.min(), lon.max(), lat.max()) if len(lon) else None
        register_points(db, layer, description, len(lon), extent)
        create_rtree(db, layer.rtree)
        fill_rtree(db, layer.rtree, np.arange(1, len(lon) + 1), lon, lat, progress.part(_ROWS, _RTREE))
        register_rtree(db, layer)
        progress.check()
        db.execute("COMMIT")
        db.close()


def _write_rows(db: sqlite3.Connection, layer: Layer, items: ItemPoints, progress: Progress) -> None:
    own = {**_OWN, **(_TIMES if items.first_ms is not None else {})}
    create_table(db, layer.table, layer.fid, {layer.geometry: "POINT", **dict.fromkeys(items.names, "TEXT"), **own})
    of_place = [layer.geometry, *items.names]
    db.execute("PRAGMA temp_store = MEMORY")
    db.execute("CREATE TEMP TABLE site (id INTEGER PRIMARY KEY, " + listed(of_place) + ")")
    blobs = point_blobs(items.lon, items.lat)
    db.executemany(insertion("site", ["id", *of_place]), (
        [number, blob, *texts] for number, (blob, texts) in enumerate(zip(blobs, items.texts))))
    copied = [statement("s.{name}", name=name) for name in of_place]
    bound = [f"?{number}" for number in range(2, 2 + len(own))]
    into = statement("INSERT INTO {table} ({columns}) ", table=layer.table, columns=[*of_place, *own])
    sql = " ".join([into, "SELECT", ", ".join([*copied, *bound]), "FROM temp.site AS s WHERE s.id = ?1"])
    for begin in range(0, len(items.place), _ROWS_AT_ONCE):
        db.executemany(sql, zip(*_values(items, slice(begin, begin + _ROWS_AT_ONCE))))
        progress.report(min(1.0, (begin + _ROWS_AT_ONCE) / len(items.place)))
    db.execute("DROP TABLE temp.site")


def _values(items: ItemPoints, rows: slice) -> list[list[Any]]:
    columns: list[list[Any]] = [
        items.place[rows].tolist(), [number or None for number in items.cluster[rows].tolist()],
        [items.roles[number] for number in items.role[rows].tolist()], items.cases[rows].tolist()]
    if items.first_ms is not None and items.last_ms is not None:
        columns += [moment_texts(items.first_ms[rows]).tolist(), moment_texts(items.last_ms[rows]).tolist()]
    return columns
