"""The rows that a film shows, copied out of a dataset so that a frame's rows are read in a few hundredths of a second.

A layer's own time filter makes SQLite look up each row of a frame in a wide table, row by row. The copy holds only what
is drawn: the points, the columns that the style reads, and when a row is shown, with an index of just that.
"""
from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from ..core.arrays import Ints
from ..core.clauses import text
from ..core.errors import AtlasError
from ..core.progress import Progress
from ..core.schema import LAYER_UPDATES
from .spec import Extent, Layer, create_skeleton, create_table, register_points
from .sql import file_uri, statement

#: The copy's own columns of time: texts as the dataset has them, so that they are compared as QGIS compares those.
BEGIN, END = "film_begin", "film_end"
#: After all moments: the end of what is shown for ever.
_NEVER = "~"
_COPY = Layer("rows", "fid", "geom")
#: How often SQLite asks whether to go on, in its own instructions.
_STEPS_BETWEEN = 200_000


@dataclass(frozen=True)
class RowsWanted:
    """What is copied: `columns` that the style reads; rows that are shown between two moments (texts, end excluded).

    `end_column` is "" where a row has no end of its own. `begins_inside`: a frame shows the rows that begin in it, and
    not those that hold in it. `ids`: only these rows (ascending), None for all.
    """

    source: Path
    columns: tuple[str, ...]
    begin_column: str
    end_column: str
    begin: str
    end: str
    begins_inside: bool = False
    window: Extent | None = None
    ids: Ints | None = None

    def shown_in(self, begin: str, end: str) -> str:
        """The condition for the rows of a frame."""
        if self.begins_inside:
            return f'"{BEGIN}" >= {text(begin)} AND "{BEGIN}" < {text(end)}'
        return f'"{BEGIN}" < {text(end)} AND "{END}" > {text(begin)}'


def copy_rows(wanted: RowsWanted, target: Path, progress: Progress) -> None:
    """Write the copy as a GeoPackage with one layer of points. Raises `Cancelled`, and `AtlasError` if it cannot be.

    Rows without a point are left out: nothing is drawn of them.
    """
    try:
        with closing(sqlite3.connect(file_uri(target.resolve(), "rwc"), uri=True)) as db:
            db.set_progress_handler(lambda: int(progress.is_cancelled()), _STEPS_BETWEEN)
            db.execute("PRAGMA journal_mode = OFF")
            db.execute("PRAGMA synchronous = OFF")
            db.execute("ATTACH DATABASE ? AS source", (file_uri(wanted.source.resolve(), "ro"),))
            _copy(db, wanted)
            db.commit()
    except sqlite3.Error as error:
        progress.check()
        raise AtlasError(f"The rows of “{wanted.source.name}” could not be copied for a film.", str(error)) from error


def layer_name() -> str:
    """The copy's only layer."""
    return _COPY.table


def _copy(db: sqlite3.Connection, wanted: RowsWanted) -> None:
    create_skeleton(db)
    types = {str(name): str(kind) for name, kind in db.execute(
        "SELECT name, type FROM pragma_table_info(?, 'source')", (LAYER_UPDATES,))}
    columns = {name: types[name] for name in wanted.columns}
    create_table(db, _COPY.table, _COPY.fid, {_COPY.geometry: "POINT", **columns, BEGIN: "TEXT", END: "TEXT"})
    geometry, key = _names(db)
    end = statement("coalesce({end}, ", end=wanted.end_column) + "?1)" if wanted.end_column else "?1"
    begin = statement("coalesce({begin}, '')", begin=wanted.begin_column)
    chosen = _choose(db, wanted.ids, key) + _inside(wanted.window, geometry, key)
    db.execute(
        statement("INSERT INTO {copy} ({names}) SELECT {key}, {geometry}", copy=_COPY.table, key=key,
                  geometry=geometry, names=[_COPY.fid, _COPY.geometry, *columns, BEGIN, END])
        + "".join(statement(", {name}", name=name) for name in columns)
        + f", {begin}, {end} " + statement("FROM source.{table} WHERE {geometry} IS NOT NULL", table=LAYER_UPDATES,
                                           geometry=geometry)
        + f" AND {begin} < ?2 AND {end} > ?3{chosen}", (_NEVER, wanted.end, wanted.begin))
    if wanted.begins_inside and db.execute(
            statement("SELECT 1 FROM {copy} WHERE {begin} = '' LIMIT 1", copy=_COPY.table, begin=BEGIN)).fetchone():
        raise AtlasError(f"“{wanted.source.name}” has rows without a moment, which every frame shows.")
    db.execute(statement("CREATE INDEX film_time ON {copy} ({begin}, {end})", copy=_COPY.table, begin=BEGIN, end=END))
    count = db.execute(statement("SELECT count(*) FROM {copy}", copy=_COPY.table)).fetchone()[0]
    register_points(db, _COPY, "rows of a film", count, _extent(db))


def _names(db: sqlite3.Connection) -> tuple[str, str]:
    """The dataset's columns of points and of keys."""
    (geometry,) = db.execute("SELECT column_name FROM source.gpkg_geometry_columns WHERE table_name = ?",
                             (LAYER_UPDATES,)).fetchone()
    (key,) = db.execute("SELECT name FROM pragma_table_info(?, 'source') WHERE pk = 1", (LAYER_UPDATES,)).fetchone()
    return str(geometry), str(key)


def _choose(db: sqlite3.Connection, ids: Ints | None, key: str) -> str:
    """The condition that a row is one of these."""
    if ids is None:
        return ""
    db.execute("CREATE TEMP TABLE chosen (id INTEGER PRIMARY KEY)")
    db.executemany("INSERT INTO chosen VALUES (?)", ((one,) for one in ids.tolist()))
    return statement(" AND {key} IN (SELECT id FROM chosen)", key=key)


def _inside(window: Extent | None, geometry: str, key: str) -> str:
    """The condition that a row's point is in a window."""
    if window is None:
        return ""
    box = (f"minx <= {window.max_x!r} AND maxx >= {window.min_x!r} AND miny <= {window.max_y!r} "
           f"AND maxy >= {window.min_y!r}")
    rtree = Layer(LAYER_UPDATES, key, geometry).rtree
    return statement(" AND {key} IN (SELECT id FROM source.{rtree} WHERE ", key=key, rtree=rtree) + box + ")"


def _extent(db: sqlite3.Connection) -> Extent | None:
    box: Sequence[float | None] = db.execute(
        "SELECT min_x, min_y, max_x, max_y FROM source.gpkg_contents WHERE table_name = ?", (LAYER_UPDATES,)).fetchone()
    low_x, low_y, high_x, high_y = box
    if low_x is None or low_y is None or high_x is None or high_y is None:
        return None
    return Extent(low_x, low_y, high_x, high_y)

