"""A cleaned dataset written as one GeoPackage: the layer `updates`, its indexes, and the tables beside it."""
from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import pandas as pd

from ..core.arrays import Ints
from ..core.dataset import Cleaned
from ..core.errors import AtlasError
from ..core.progress import Progress
from ..core.schema import LAYER_UPDATES
from ..core.summing import summarise_cleaned
from .atomic import replacing
from .attributes import write_styles, write_tables
from .columns import (
    POINT,
    SITE_TEXTS,
    Sites,
    find_sites,
    has_point,
    point_blobs,
    row_takers,
    site_takers,
    sql_types,
)
from .facts import read_info
from .record import dataset_rows
from .resnap import resnap
from .rtree import create_rtree, fill_rtree
from .spec import Extent, Layer, create_skeleton, create_table, register_points, register_rtree
from .sql import insertion, listed, statement
from .summary import write_summary

__all__ = ["dataset_rows", "estimated_bytes", "read_info", "resnap", "write_dataset"]

#: Larger pages than SQLite's 4096 make a frame cheaper (fewer reads) and the file smaller.
PAGE_BYTES = 16384
#: QGIS asks for what is shown in a frame by both ends of the interval. Rows lie in this order too, so
#: that the rows of a frame are near each other in the file.
TIME_INDEX = ("shown_from", "shown_to")
_INDEX, _AREA_INDEX = "idx_updates_shown", "idx_updates_area"
_CACHE_KB = 65536
_ROWS_AT_ONCE = 16384
_DESCRIPTION = (
    "States of places: counts as they were reported, from valid_from until valid_to; drawn from shown_from "
    "to shown_to, its last millisecond. All moments are the wall clock of the zone named in the table dataset"
)
#: Shares of the time: rows written, time index made, R-tree filled.
_ROWS, _INDEXED, _RTREE = 0.75, 0.85, 0.98


def write_dataset(
    path: Path, cleaned: Cleaned, styles: dict[str, str], progress: Progress, plugin_version: str = ""
) -> None:
    """Write a dataset to `path`, which appears, or replaces what was there, when all is done.

    `styles` maps tables to QML documents. Raises `AtlasError` when the file cannot be written, and
    `Cancelled`; nothing is left behind then.
    """
    layer = layer_names(cleaned.states)
    with replacing(path, estimated_bytes(cleaned)) as part, closing(open_to_write(part)) as db:
        create_skeleton(db)
        db.execute("BEGIN")
        summary = summarise_cleaned(cleaned)
        _write_layer(db, layer, cleaned.states, (*summary.area_columns, *TIME_INDEX), progress)
        write_tables(db, cleaned, dataset_rows(cleaned, plugin_version), progress)
        write_styles(db, styles, layer)
        write_summary(db, summary)
        progress.check()
        db.execute("COMMIT")
        # The block of `replacing` ends after the connection is closed.
        db.close()
        progress.report(1.0, "Written")


def layer_names(states: pd.DataFrame) -> Layer:
    """Names for key and geometry that no column bears (SQL does not tell upper from lower case)."""
    taken = [str(name).lower() for name in states.columns if name not in POINT]
    twice = sorted({name for name in taken if taken.count(name) > 1})
    if twice:
        raise AtlasError(f"Two columns are called “{twice[0]}”: give one of them another name and load again.")
    fid, geometry = (next(name + "_" * n for n in range(9) if name + "_" * n not in taken) for name in ("fid", "geom"))
    return Layer(LAYER_UPDATES, fid, geometry)


def estimated_bytes(cleaned: Cleaned) -> int:
    """About how large the file will be."""
    states = cleaned.states
    texts = sum(_mean_bytes(states[name]) for name in (*SITE_TEXTS, "flags"))
    # Six moments of 25 bytes, point, key and record header; both indexes; R-tree; up to 4 bytes a number.
    a_row = 6 * 25 + 29 + 40 + 130 + 40 + 3 * (len(states.columns) - 18) + texts
    beside = 300 * (len(cleaned.places) + len(cleaned.rejected))
    return int(len(states) * a_row + beside + 200_000)


def _mean_bytes(column: pd.Series) -> float:
    if not isinstance(column.dtype, pd.CategoricalDtype) or not len(column.cat.categories):
        return 0.0
    lengths = np.array([len(str(text).encode("utf-8", "replace")) for text in column.cat.categories] + [0])
    return float(lengths[column.cat.codes.to_numpy()].mean())


def open_to_write(part: Path) -> sqlite3.Connection:
    """A connection without journal and syncs: a part file that is not finished is worth nothing."""
    db = sqlite3.connect(part, isolation_level=None)
    for setting in (
        f"page_size = {PAGE_BYTES}", "journal_mode = OFF", "synchronous = OFF", "locking_mode = EXCLUSIVE",
        f"cache_size = -{_CACHE_KB}", "secure_delete = OFF",
    ):
        db.execute(f"PRAGMA {setting}").fetchall()
    return db


def _write_layer(
    db: sqlite3.Connection, layer: Layer, states: pd.DataFrame, area_index: Sequence[str], progress: Progress
) -> None:
    order = row_order(states)
    _write_rows(db, layer, states, order, progress.part(0, _ROWS))
    # For the frames of the whole, and for those of some areas only.
    for index, columns in ((_INDEX, TIME_INDEX), (_AREA_INDEX, area_index)):
        progress.check()
        db.execute(statement("CREATE INDEX {index} ON {table} ({columns})", index=index, table=layer.table,
                             columns=columns))
    progress.report(_INDEXED, "Time index made")
    lon, lat = (states[name].to_numpy(np.float64)[order] for name in POINT)
    located = has_point(lon, lat)
    ids = np.flatnonzero(located).astype(np.int64) + 1
    lon, lat = lon[located], lat[located]
    extent = Extent(lon.min(), lat.min(), lon.max(), lat.max()) if len(ids) else None
    register_points(db, layer, _DESCRIPTION, len(states), extent)
    create_rtree(db, layer.rtree)
    fill_rtree(db, layer.rtree, ids, lon, lat, progress.part(_INDEXED, _RTREE))
    register_rtree(db, layer)


def row_order(states: pd.DataFrame) -> Ints:
    """Rows in the order of the time index, so that a frame reads forward through the file."""
    keys = ("first_row", "valid_from", "shown_to", "shown_from")
    return np.lexsort([states[name].to_numpy() for name in keys])


def _write_rows(
    db: sqlite3.Connection, layer: Layer, states: pd.DataFrame, order: Ints, progress: Progress
) -> None:
    create_table(db, layer.table, layer.fid, {layer.geometry: "POINT", **sql_types(states)})
    sites = find_sites(states)
    shared = _write_sites(db, layer, states, sites)
    takers = row_takers(states)
    sql = _row_insertion(layer, shared, list(takers))
    for begin in range(0, len(order), _ROWS_AT_ONCE):
        rows = order[begin:begin + _ROWS_AT_ONCE]
        columns = [sites.of_row[rows].tolist(), *(take(rows) for take in takers.values())]
        db.executemany(sql, zip(*columns))
        progress.report(min(1.0, (begin + len(rows)) / len(order)))
    db.execute("DROP TABLE temp.site")


def _write_sites(db: sqlite3.Connection, layer: Layer, states: pd.DataFrame, sites: Sites) -> list[str]:
    """Fill the temporary table of sites; returns its columns, the point first."""
    takers = site_takers(states)
    names = [layer.geometry, *takers]
    db.execute("PRAGMA temp_store = MEMORY")
    db.execute("CREATE TEMP TABLE site (id INTEGER PRIMARY KEY, " + listed(names) + ")")
    sql = insertion("site", ["id", *names])
    for begin in range(0, len(sites.first), _ROWS_AT_ONCE):
        rows = sites.first[begin:begin + _ROWS_AT_ONCE]
        lon, lat = (states[name].to_numpy(np.float64)[rows] for name in POINT)
        ids = range(begin, begin + len(rows))
        db.executemany(sql, zip(ids, point_blobs(lon, lat), *(take(rows) for take in takers.values())))
    return names


def _row_insertion(layer: Layer, shared: Sequence[str], own: Sequence[tuple[str, ...]]) -> str:
    """Adds a row: parameter 1 is its site, the others what is its own (one may fill several columns)."""
    bound = [(name, f"?{number}") for number, names in enumerate(own, 2) for name in names]
    columns = [*shared, *(name for name, _ in bound)]
    values = [*(statement("s.{name}", name=name) for name in shared), *(mark for _, mark in bound)]
    into = statement("INSERT INTO {table} ({columns}) ", table=layer.table, columns=columns)
    return " ".join([into, "SELECT", ", ".join(values), "FROM temp.site AS s WHERE s.id = ?1"])
