"""Rows of one GeoPackage copied into the empty layer of another, with values of their own behind them, by SQL.

What a row says is copied by SQLite as it is stored, which takes a fifth of the time of features. Only columns of the
types that GeoPackage knows are, since others may be read as something else than they are.
"""
from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..core.arrays import Floats, Ints
from ..core.errors import AtlasError
from ..core.progress import Progress
from .atomic import explained
from .columns import point_blobs
from .rtree import fill_rtree
from .sql import file_uri, statement

_ROWS_AT_ONCE = 16384
_ROW_BYTES = 150
_CACHE_KB = 65536
_ROWS = 0.85
_TYPES = re.compile(
    r"(BOOLEAN|TINYINT|SMALLINT|MEDIUMINT|INT|INTEGER|FLOAT|DOUBLE|REAL|DATE|DATETIME|(TEXT|BLOB)(\(\d+\))?)", re.I)


@dataclass(frozen=True)
class StoredRows:
    """Rows of a table of a GeoPackage: `ids` are their keys, `columns` what is wanted of each."""

    path: Path
    table: str
    key: str
    columns: Sequence[str]
    ids: Ints

    def is_plain(self) -> bool:
        """Whether all columns can be copied as they are stored."""
        try:
            with closing(sqlite3.connect(file_uri(self.path.absolute(), "ro"), uri=True)) as db:
                types = {name: kind for _, name, kind, *_ in _info(db, "main", self.table)}
                view = db.execute("SELECT 1 FROM sqlite_master WHERE type = 'view' AND name = ?", [self.table])
                keyed = [name for _, name, *_, key in _info(db, "main", self.table) if key] == [self.key]
                return keyed and not view.fetchone() and all(
                    _TYPES.fullmatch(types.get(name, "?")) for name in self.columns)
        except sqlite3.Error:
            return False


@dataclass(frozen=True)
class Added:
    """What a copy has of its own: its point, and columns of values, each given for a slice of the rows."""

    x: Floats
    y: Floats
    columns: Sequence[Callable[[slice], list[Any]]]


@dataclass(frozen=True)
class _Target:
    """The empty layer: its table, key, geometry and system, the other columns; triggers as (name, SQL)."""

    table: str
    key: str
    geometry: str
    srs: int
    columns: list[str]
    triggers: list[tuple[str, str]]
    rtree: str

    @classmethod
    def of(cls, db: sqlite3.Connection) -> _Target:
        table, geometry, srs = db.execute(
            "SELECT table_name, column_name, srs_id FROM gpkg_geometry_columns").fetchone()
        info = _info(db, "main", table)
        key = next(name for _, name, *_, is_key in info if is_key)
        triggers = db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ?", [table])
        rtree = f"rtree_{table}_{geometry}"
        known = db.execute("SELECT 1 FROM sqlite_master WHERE name = ?", [rtree]).fetchone()
        columns = [name for _, name, *_ in info if name not in (key, geometry)]
        return cls(table, key, geometry, srs, columns, triggers.fetchall(), rtree if known else "")


def copy_points(path: Path, rows: StoredRows, added: Added, progress: Progress) -> None:
    """Fill the only layer of `path`, which has no rows yet, with copies of `rows` in their order, keys from 1.

    Its columns are those of `rows`, whatever their names, and then those of `added`. Raises `AtlasError` if rows are
    gone or the file cannot be written, and `Cancelled`; `path` is then worth nothing.
    """
    needed = len(rows.ids) * _ROW_BYTES
    with explained(path, needed), closing(sqlite3.connect(file_uri(path.absolute(), "rw"), uri=True,
                                                         isolation_level=None)) as db:
        # Of this file alone: without its name these would be set for the attached one as well.
        for setting in ("journal_mode = OFF", "synchronous = OFF", "locking_mode = EXCLUSIVE",
                        f"cache_size = -{_CACHE_KB}"):
            db.execute(f"PRAGMA main.{setting}").fetchall()
        db.execute("ATTACH ? AS source", [file_uri(rows.path.absolute(), "ro")])
        target = _Target.of(db)
        if len(target.columns) != len(rows.columns) + len(added.columns):
            raise AtlasError(f"“{path.name}” was not made with the fields that it should have: choose another file.")
        db.execute("BEGIN")
        with _without_triggers(db, target):
            _copy(db, target, rows, added, progress.part(0.0, _ROWS))
            _register(db, target, added, progress.part(_ROWS, 1.0))
        progress.check()
        db.execute("COMMIT")


def _info(db: sqlite3.Connection, schema: str, table: str) -> list[tuple[Any, ...]]:
    return db.execute(statement("PRAGMA {schema}.table_info({table})", schema=schema, table=table)).fetchall()


@contextmanager
def _without_triggers(db: sqlite3.Connection, target: _Target) -> Iterator[None]:
    """They keep index and count true when rows are edited, by functions that only a program for maps has."""
    for name, _ in target.triggers:
        db.execute(statement("DROP TRIGGER {name}", name=name))
    yield
    for _, sql in target.triggers:
        db.execute(sql)


def _copy(db: sqlite3.Connection, target: _Target, rows: StoredRows, added: Added, progress: Progress) -> None:
    own = [f"?{number}" for number in range(4, 4 + len(added.columns))]
    into = statement("INSERT INTO main.{table} ({columns}) ", table=target.table,
                     columns=[target.key, target.geometry, *target.columns])
    copied = [statement("s.{name}", name=name) for name in rows.columns]
    source = statement("FROM source.{table} AS s WHERE s.{key} = ?1", table=rows.table, key=rows.key)
    sql = " ".join([into, "SELECT", ", ".join(["?2", "?3", *copied, *own]), source])
    before = db.total_changes
    for begin in range(0, len(rows.ids), _ROWS_AT_ONCE):
        part = slice(begin, min(begin + _ROWS_AT_ONCE, len(rows.ids)))
        db.executemany(sql, zip(
            rows.ids[part].tolist(), range(part.start + 1, part.stop + 1),
            point_blobs(added.x[part], added.y[part], target.srs), *(column(part) for column in added.columns)))
        if db.total_changes - before != part.stop:
            raise AtlasError(f"“{rows.path.name}” was changed while it was read: run this again.")
        progress.report(part.stop / len(rows.ids))


def _register(db: sqlite3.Connection, target: _Target, added: Added, progress: Progress) -> None:
    """Extent, count and spatial index of the rows."""
    box = (added.x.min(), added.y.min(), added.x.max(), added.y.max())
    db.execute("UPDATE gpkg_contents SET min_x = ?, min_y = ?, max_x = ?, max_y = ?, "
               "last_change = strftime('%Y-%m-%dT%H:%M:%fZ', 'now') WHERE table_name = ?",
               [*(float(bound) for bound in box), target.table])
    db.execute("UPDATE gpkg_ogr_contents SET feature_count = ? WHERE table_name = ?", [len(added.x), target.table])
    if target.rtree:
        fill_rtree(db, target.rtree, np.arange(1, len(added.x) + 1), added.x, added.y, progress)


