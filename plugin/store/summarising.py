"""A dataset's sums made anew from the rows of its layer: after an edit, of rows that reach a minimum, of some rows."""
from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import numpy as np
import pandas as pd

from ..core.arrays import Cells, Ints
from ..core.filters import Shape
from ..core.progress import Progress
from ..core.reports import Labels
from ..core.schema import LAYER_UPDATES, step_metric
from ..core.series import Summary
from ..core.steps import floor_to_step, step_ms
from ..core.summing import Rows, Told, build_summary, hours_of, prepare
from .facts import read_info
from .moments import LAST_SHOWN_MS, moments_of
from .opening import open_to_read
from .sql import quoted, statement
from .summary import read_reported_hours, read_shape

_ROWS_AT_ONCE = 32768
#: Names for what is no column of the layer: has the row a point, its key.
_LOCATED, _KEY = "?located", "?key"


def summarise(path: Path, progress: Progress, ids: Ints | None = None) -> Summary:
    """The sums of a dataset's rows as they are now; `ids`: only of rows with these keys. Raises `Cancelled`."""
    return build_summary(read_rows_for_summary(path, ids, progress))


def summary_of(rows: Rows, minimum: tuple[str, float] | None = None) -> Summary:
    """The sums of rows that were read before, with a `minimum` of those whose column (a metric or its `step_new_…`)
    reaches it."""
    return build_summary(rows, minimum)


def read_rows_for_summary(path: Path, ids: Ints | None, progress: Progress) -> Rows:
    """The rows of a dataset on its level of totals; `ids`: only those with these keys (if they are all of one level,
    that level is meant). Raises `Cancelled`, and `AtlasError` for a dataset of an earlier version."""
    info, shape = read_info(path), read_shape(path)
    hours = read_reported_hours(path)
    level = str(info["totals_level"])
    with closing(open_to_read(path)) as db:
        columns = read_columns(db, _columns(db, shape, ids), level if ids is None else "", progress)
    if ids is not None:
        columns = _chosen(columns, ids, level)
    return rows_of_columns(columns, shape, hours)


def rows_of_columns(columns: Mapping[str, Cells], shape: Shape, hours: Ints | None) -> Rows:
    """Rows from columns of the layer as SQLite gives them; `hours` with reports, None: those of the rows' moments."""
    begin, end = moments_of(columns["shown_from"]), moments_of(columns["shown_to"]) + LAST_SHOWN_MS
    told = Told(
        [_labels(columns[name]) for name in shape.area_columns], _labels(columns["kind"]), _labels(columns["flags"]),
        columns[_LOCATED].astype(bool), floor_to_step(begin, shape.step),
        floor_to_step(end + step_ms(shape.step) - 1, shape.step))
    values = {metric: columns[metric].astype(np.float64) for metric in shape.metrics}
    changes = {} if shape.events else {
        metric: columns[step_metric(metric)].astype(np.float64) for metric in shape.metrics}
    return prepare(
        told, values, changes, shape.events,
        (shape.step, shape.area_columns, hours_of(begin) if hours is None else hours, shape.begin_ms))


def read_columns(
    db: sqlite3.Connection, columns: Mapping[str, str], level: str, progress: Progress
) -> dict[str, Cells]:
    """Columns of the layer (names and their SQL) as arrays of what SQLite gives; `level`: only rows of it."""
    sql = "SELECT " + ", ".join(columns.values()) + statement(
        " FROM {table} WHERE shown_from IS NOT NULL AND shown_to IS NOT NULL AND (?1 = '' OR \"level\" = ?1)",
        table=LAYER_UPDATES)
    (count,) = db.execute("SELECT max(rowid) FROM updates").fetchone()
    parts: list[list[Cells]] = []
    cursor = db.execute(sql, (level,))
    while rows := cursor.fetchmany(_ROWS_AT_ONCE):
        parts.append([np.array(values, object) for values in zip(*rows)])
        progress.report(min(1.0, len(parts) * _ROWS_AT_ONCE / max(count, 1)))
    none = [np.zeros(0, object)] * len(columns)
    return dict(zip(columns, (np.concatenate(column) for column in zip(*(parts or [none])))))


def _columns(db: sqlite3.Connection, shape: Shape, ids: Ints | None) -> dict[str, str]:
    """What sums are made of: names, and how they are asked for."""
    (geometry,) = db.execute(
        "SELECT column_name FROM gpkg_geometry_columns WHERE table_name = ?", (LAYER_UPDATES,)).fetchone()
    names = [*shape.area_columns, "kind", "flags", "shown_from", "shown_to", *shape.metrics]
    if not shape.events:
        names += [step_metric(metric) for metric in shape.metrics]
    columns = {name: quoted(name) for name in names}
    columns[_LOCATED] = statement("{geometry} IS NOT NULL", geometry=geometry)
    return columns if ids is None else {**columns, _KEY: "rowid", "level": quoted("level")}


def _chosen(columns: Mapping[str, Cells], ids: Ints, level: str) -> dict[str, Cells]:
    kept = np.isin(columns[_KEY].astype(np.int64), ids)
    levels = columns["level"][kept]
    if level and len(set(levels.tolist())) > 1:
        kept[kept] = levels == level
    return {name: values[kept] for name, values in columns.items()}


def _labels(cells: Cells) -> Labels:
    codes, texts = pd.factorize(cells)
    return Labels(np.asarray(codes, np.int64), np.asarray(texts, object))
