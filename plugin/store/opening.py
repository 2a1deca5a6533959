"""Datasets opened for reading, and their own record as text. Imports no pandas: a look at a file costs little."""
from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from ..core.errors import AtlasError
from ..core.schema import LAYER_UPDATES
from .sql import file_uri

MADE_BY = "Outbreak Atlas"


def open_to_read(path: Path, patience_s: float = 5.0) -> sqlite3.Connection:
    """A connection that can change nothing; an error if there is no such file."""
    try:
        return sqlite3.connect(file_uri(path.resolve(), "ro"), uri=True, timeout=patience_s)
    except sqlite3.Error as error:
        raise AtlasError(f"“{path.name}” could not be opened: is it still there?", str(error)) from error


def is_ours(path: Path) -> bool:
    """Whether a file says that the plugin made it; a file that is locked just now does not say so.

    For files of any origin: reads one value, and does not wait.
    """
    if not path.is_file():
        return False
    try:
        with closing(open_to_read(path, 0.0)) as db:
            row = db.execute('SELECT "value" FROM dataset WHERE "key" = ?', ("made_by",)).fetchone()
    except (sqlite3.Error, AtlasError):
        return False
    return row is not None and row[0] == MADE_BY


def read_rows(path: Path) -> dict[str, str]:
    """The table `dataset` as it is; an error if the file is no dataset of ours."""
    return {key: "" if value is None else str(value) for key, value in _read(path)}


def geometry_column(db: sqlite3.Connection) -> str:
    """The column of the layer `updates` that holds the points."""
    (name,) = db.execute(
        "SELECT column_name FROM gpkg_geometry_columns WHERE table_name = ?", (LAYER_UPDATES,)).fetchone()
    return str(name)


def not_ours(path: Path, details: str) -> AtlasError:
    """The error for a file that is no dataset."""
    return AtlasError(f"“{path.name}” is not a dataset made by Outbreak Atlas.", details)


def _read(path: Path) -> list[tuple[str, Any]]:
    if not path.is_file():
        raise AtlasError(f"“{path}” does not exist.")
    with closing(open_to_read(path)) as db:
        try:
            return db.execute('SELECT "key", "value" FROM dataset').fetchall()
        except sqlite3.OperationalError as error:
            if "locked" in str(error):
                raise AtlasError(f"“{path.name}” is being written by another program.", str(error)) from error
            raise not_ours(path, str(error)) from error
        except sqlite3.DatabaseError as error:
            raise not_ours(path, str(error)) from error
