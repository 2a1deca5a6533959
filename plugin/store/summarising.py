"""A dataset's sums made anew from the rows of its layer: after an edit, of rows that reach a minimum, of some rows."""
from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np

from ..core.arrays import Ints
from ..core.filters import Shape
from ..core.progress import Progress
from ..core.schema import step_metric
from ..core.series import Summary
from ..core.steps import floor_to_step, step_ms
from ..core.summing import Rows, Told, build_summary, hours_of, prepare
from .facts import read_info
from .layerrows import LayerRows, read_layer_rows
from .moments import LAST_SHOWN_MS
from .opening import geometry_column, open_to_read
from .sql import quoted, statement
from .summary import read_reported_hours, read_shape

#: Names for what is no column of the layer: has the row a point, its key.
LOCATED, KEY = "?located", "?key"
_SHOWN = ("shown_from", "shown_to")


def summarise(path: Path, progress: Progress, ids: Ints | None = None) -> Summary:
    """The sums of a dataset's rows as they are now; `ids`: only of rows with these keys. Raises `Cancelled`."""
    return build_summary(read_rows_for_summary(path, ids, progress))


def read_rows_for_summary(path: Path, ids: Ints | None, progress: Progress) -> Rows:
    """The rows of a dataset on its level of totals; `ids`: only those with these keys (if they are all of one level,
    that level is meant). Raises `Cancelled`, and `AtlasError` for a dataset of an earlier version."""
    info, shape = read_info(path), read_shape(path)
    hours = read_reported_hours(path)
    with closing(open_to_read(path)) as db:
        rows = read_layer_rows(db, [asked_texts(shape)], asked_numbers(db, shape), _SHOWN, progress)
    if ids is not None:
        rows = rows.take(np.isin(rows.numbers[KEY].astype(np.int64), ids))
    rows = on_level(rows, str(info["totals_level"]), ids is not None)
    begin, end = rows.moments["shown_from"], rows.moments["shown_to"] + LAST_SHOWN_MS
    # Where somebody wrote other moments than boundaries of steps, a row is drawn in every step that it touches.
    return summary_rows(
        rows, floor_to_step(begin, shape.step), floor_to_step(end + step_ms(shape.step) - 1, shape.step), shape, hours)


def asked_texts(shape: Shape) -> tuple[str, ...]:
    """What tells rows apart."""
    return (*shape.area_columns, "kind", "flags", "level")


def asked_numbers(db: sqlite3.Connection, shape: Shape) -> dict[str, str]:
    """What is summed, and what else is a number."""
    names = [*shape.metrics, *([] if shape.events else map(step_metric, shape.metrics))]
    return {
        **{name: quoted(name) for name in names}, KEY: "rowid",
        LOCATED: statement("{geometry} IS NOT NULL", geometry=geometry_column(db))}


def on_level(rows: LayerRows, level: str, filtered: bool = False) -> LayerRows:
    """The rows of a level; of filtered ones all, if they are of one."""
    labels = rows.texts["level"]
    if not level or (filtered and len(np.unique(labels.codes)) < 2):
        return rows
    of_level = np.append([str(text) == level for text in labels.texts], False).astype(bool)
    return rows.take(of_level[labels.codes])


def summary_rows(rows: LayerRows, shown_from: Ints, shown_to: Ints, shape: Shape, hours: Ints | None) -> Rows:
    """Rows prepared to be summed; `hours` with reports, None: those in which the rows begin to be shown."""
    told = Told(
        [rows.texts[name] for name in shape.area_columns], rows.texts["kind"], rows.texts["flags"],
        rows.numbers[LOCATED] != 0, shown_from, shown_to)
    values = {metric: rows.numbers[metric] for metric in shape.metrics}
    changes = {} if shape.events else {metric: rows.numbers[step_metric(metric)] for metric in shape.metrics}
    reported = hours_of(shown_from) if hours is None else hours
    return prepare(told, values, changes, shape.events, (shape.step, shape.area_columns, reported, shape.begin_ms))
