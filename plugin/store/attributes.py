"""The tables beside the layer: rejected rows, findings, places, the dataset's own record, and styles."""
from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from ..core.dataset import Cleaned
from ..core.progress import Progress
from ..core.schema import (
    LAYER_UPDATES,
    TABLE_DATASET,
    TABLE_FINDINGS,
    TABLE_PLACES,
    TABLE_REJECTED,
)
from .columns import encodable, number_type
from .moments import moment_texts
from .spec import Layer, create_table, register_attributes
from .sql import insertion

FID = "fid"
TABLE_STYLES = "layer_styles"
_TABLE_TEXTS = {
    TABLE_REJECTED: "Rows of the source that could not be understood, each with its reason and original text",
    TABLE_FINDINGS: "What the checks found; a finding never changes a count",
    TABLE_PLACES: "One row per place: names, other names it had, point, first and last report",
    TABLE_DATASET: "What the dataset is made of and how: sources, choices with their reasons, totals",
    TABLE_STYLES: "Styles of the layers, as QGIS looks for them",
}
#: Columns of `places` that are moments.
_MOMENTS = ("first", "last")
_INDEXES = {TABLE_PLACES: "place_id"}
#: The table that QGIS makes when a style is saved into a GeoPackage (without `id`, its key).
_STYLE_COLUMNS = {
    "f_table_catalog": "TEXT(256)", "f_table_schema": "TEXT(256)", "f_table_name": "TEXT(256)",
    "f_geometry_column": "TEXT(256)", "styleName": "TEXT(30)", "styleQML": "TEXT", "styleSLD": "TEXT",
    "useAsDefault": "BOOLEAN", "description": "TEXT", "owner": "TEXT(30)", "ui": "TEXT(30)",
    "update_time": "DATETIME DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now'))",
}
_STYLE_NAME = "Outbreak Atlas"
_ROWS_AT_ONCE = 16384

_Item = TypeVar("_Item")


def write_tables(
    db: sqlite3.Connection, cleaned: Cleaned, record: Sequence[tuple[str, str]], progress: Progress
) -> None:
    """Write the four tables of a dataset; `record` goes into `dataset`."""
    described = pd.DataFrame(list(record), columns=["key", "value"], dtype=object)
    for table, frame in (
        (TABLE_REJECTED, cleaned.rejected), (TABLE_FINDINGS, cleaned.findings), (TABLE_PLACES, cleaned.places),
        (TABLE_DATASET, described),
    ):
        _write_frame(db, table, frame, progress)


def write_styles(db: sqlite3.Connection, styles: dict[str, str], layer: Layer) -> None:
    """Write the table `layer_styles`; each table's style is its default."""
    create_table(db, TABLE_STYLES, "id", _STYLE_COLUMNS)
    names = ["f_table_catalog", "f_table_schema", "f_table_name", "f_geometry_column", "styleName", "styleQML",
             "styleSLD", "useAsDefault", "description", "owner"]
    rows = [
        ("", "", table, layer.geometry if table == LAYER_UPDATES else "", _STYLE_NAME, style, "", 1,
         f"Default style of {table}", "")
        for table, style in styles.items()
    ]
    db.executemany(insertion(TABLE_STYLES, names), rows)
    register_attributes(db, TABLE_STYLES, _TABLE_TEXTS[TABLE_STYLES], len(rows))


def _write_frame(db: sqlite3.Connection, table: str, frame: pd.DataFrame, progress: Progress) -> None:
    names = _watched(map(str, frame.columns), progress, 1)
    columns = {name: _type_and_values(table, name, frame[name]) for name in names}
    create_table(db, table, FID, {name: kind for name, (kind, _) in columns.items()})
    rows = zip(*(values for _, values in columns.values()))
    db.executemany(insertion(table, list(columns)), _watched(rows, progress, _ROWS_AT_ONCE))
    if table in _INDEXES:
        db.execute(f"CREATE INDEX idx_{table} ON {table} ({_INDEXES[table]})")
    register_attributes(db, table, _TABLE_TEXTS[table], len(frame))


def _watched(items: Iterable[_Item], progress: Progress, at_once: int) -> Iterator[_Item]:
    """The same items; after so many it is asked whether to stop."""
    for number, item in enumerate(items):
        if number % at_once == 0:
            progress.check()
        yield item


def _type_and_values(table: str, name: str, column: pd.Series) -> tuple[str, list[Any]]:
    values = column.to_numpy()
    if table == TABLE_PLACES and name in _MOMENTS:
        return "DATETIME", list(moment_texts(values.astype(np.int64)).tolist())
    if pd.api.types.is_bool_dtype(column.dtype):
        return "BOOLEAN", list(values.astype(np.int64).tolist())
    if pd.api.types.is_numeric_dtype(column.dtype):
        return number_type(values), list(values.tolist())
    if len(column) and pd.api.types.infer_dtype(column, skipna=False) == "integer":
        return "INTEGER", [int(value) for value in values]
    return "TEXT", encodable(np.asarray(column, dtype=object))
