"""The playback step of a finished dataset changed: when each state is drawn, and the dataset's end."""
from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ..core.arrays import Floats, Ints
from ..core.clauses import moment_text
from ..core.errors import AtlasError, Cancelled
from ..core.filters import Shape
from ..core.progress import Progress
from ..core.reports import group_starts
from ..core.schema import LAYER_UPDATES, NEW, Step, new_metric, step_metric
from ..core.states import difference, step_changes
from ..core.steps import dataset_end, floor_to_step, shown_interval, step_begin, step_ms
from ..core.summing import build_summary
from .atomic import explained
from .facts import read_info
from .layerrows import LayerRows, read_layer_rows
from .moments import LAST_SHOWN_MS, moment_texts
from .sql import file_uri, quoted, statement
from .summarising import KEY, asked_numbers, asked_texts, on_level, summary_rows
from .summary import read_reported_hours, read_shape, write_summary

_BUSY_S = 2.0
_ROWS_AT_ONCE = 16384
#: Shares of the time: rows read, and written.
_READ, _WRITTEN = 0.4, 0.8
#: SQLite asks whether to go on every so many of its instructions.
_INSTRUCTIONS = 200_000
_CACHE_KB = 262_144


@dataclass(frozen=True)
class _Snapped:
    """What of rows a step decides: by their key, the interval in which they are drawn (half-open, wall-clock ms), other
    moments, and changes in the step."""

    key: Ints
    shown_from: Ints
    shown_to: Ints
    moments: dict[str, Ints]
    changes: dict[str, Floats]


def resnap(path: Path, step: Step, progress: Progress) -> None:
    """Draw states by another step: all of the file changes, or, after an error or `Cancelled`, nothing."""
    info = read_info(path)
    shape = replace(read_shape(path), step=step, begin_ms=step_begin(info["span_first"], step))
    hours = read_reported_hours(path)
    end = dataset_end(int(info["last"]), step)
    with explained(path, path.stat().st_size), closing(_open_to_change(path)) as db, _transaction(db, progress):
        triggers = _take_triggers(db)
        indexes = _take_indexes(db)
        old_end = int(info["end"])
        if end != old_end and not shape.events:
            db.execute("UPDATE updates SET valid_to = ? WHERE valid_to = ?", (moment_text(end), moment_text(old_end)))
        rows = _read(db, shape, info, progress.part(0, _READ))
        snapped = _snap_events(rows, step) if shape.events else _snap_states(rows, shape, info, step)
        _write(db, snapped, progress.part(_READ, _WRITTEN))
        for number, sql in enumerate((*indexes, *triggers)):
            progress.report(_WRITTEN + (1 - _WRITTEN) * number / len((*indexes, *triggers)))
            db.execute(sql)
        shown = replace(rows, numbers={**rows.numbers, **snapped.changes})
        _summarise(db, shown, snapped, shape, str(info["totals_level"]), hours)
        _note(db, step, end)
    progress.report(1.0)


def _open_to_change(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(file_uri(path.resolve(), "rw"), uri=True, timeout=_BUSY_S, isolation_level=None)
    db.execute(f"PRAGMA cache_size = -{_CACHE_KB}")
    return db


@contextmanager
def _transaction(db: sqlite3.Connection, progress: Progress) -> Iterator[None]:
    db.execute("BEGIN IMMEDIATE")
    db.set_progress_handler(progress.is_cancelled, _INSTRUCTIONS)
    try:
        yield
        progress.check()
    except BaseException as error:
        db.set_progress_handler(None, 0)
        if db.in_transaction:  # a full disk rolls back by itself
            db.execute("ROLLBACK")
        if isinstance(error, sqlite3.OperationalError) and "interrupted" in str(error):
            raise Cancelled from error
        raise
    db.set_progress_handler(None, 0)
    db.execute("COMMIT")


def _take_triggers(db: sqlite3.Connection) -> list[str]:
    """Drop the layer's triggers and return how to make them again: none concerns times, all cost time,
    and some call functions that only programs with spatial SQL have."""
    return _take(db, "trigger", "DROP TRIGGER ")


def _take_indexes(db: sqlite3.Connection) -> list[str]:
    return _take(db, "index", "DROP INDEX ")


def _take(db: sqlite3.Connection, kind: str, drop: str) -> list[str]:
    found = db.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = ? AND tbl_name = ? AND sql IS NOT NULL",
        (kind, LAYER_UPDATES),
    ).fetchall()
    for name, _ in found:
        db.execute(drop + '"' + name.replace('"', '""') + '"')
    return [sql for _, sql in found]


def _read(db: sqlite3.Connection, shape: Shape, info: dict[str, Any], progress: Progress) -> LayerRows:
    """What the step decides, and what sums are made of."""
    texts = [asked_texts(shape), ("place_id",), ("source",)]
    if shape.area_columns == ("place_id",):
        texts.remove(("place_id",))
    numbers = asked_numbers(db, shape)
    if not shape.events:
        numbers.update({name: quoted(name) for name in (*info["new_metrics"], "first_row")})
    return read_layer_rows(db, texts, numbers, ("valid_from", "valid_to"), progress)


def _snap_states(rows: LayerRows, shape: Shape, info: dict[str, Any], step: Step) -> _Snapped:
    valid_from, valid_to = rows.moments["valid_from"], rows.moments["valid_to"]
    shown_from, shown_to = shown_interval(valid_from, valid_to, step)
    place = rows.texts["place_id"].codes
    # As states were made: of those that begin together, the one that stands last in the files holds.
    files = {name: number for number, name in enumerate(info["sources"])}
    source = np.append([files.get(str(name), -1) for name in rows.texts["source"].texts], -1)
    order = np.lexsort([
        rows.numbers["first_row"], source[rows.texts["source"].codes], valid_to, valid_from, place])
    changes = _changes(rows, shape, info, order)
    back = np.argsort(order)
    in_step = step_changes(place[order], shown_from[order], changes)
    return _Snapped(
        rows.numbers[KEY].astype(np.int64), shown_from, shown_to, {},
        {step_metric(metric): change[back] for metric, change in in_step.items()})


def _changes(rows: LayerRows, shape: Shape, info: dict[str, Any], order: Ints) -> dict[str, Floats]:
    """The change of each metric against the place's previous state; `active` is stored without."""
    starts = group_starts(rows.texts["place_id"].codes[order])
    first_is_new = info["first_values"] == NEW
    return {
        metric: rows.numbers[new_metric(metric)][order] if new_metric(metric) in info["new_metrics"]
        else difference(rows.numbers[metric][order], starts, first_is_new) for metric in shape.metrics}


def _snap_events(rows: LayerRows, step: Step) -> _Snapped:
    shown_from = floor_to_step(rows.moments["valid_from"], step)
    shown_to = shown_from + step_ms(step)
    return _Snapped(rows.numbers[KEY].astype(np.int64), shown_from, shown_to, {"valid_to": shown_to}, {})


def _write(db: sqlite3.Connection, snapped: _Snapped, progress: Progress) -> None:
    moments = {
        "shown_from": moment_texts(snapped.shown_from), "shown_to": moment_texts(snapped.shown_to - LAST_SHOWN_MS),
        **{name: moment_texts(ms) for name, ms in snapped.moments.items()}}
    names = [*moments, *snapped.changes]
    sql = statement("UPDATE {table} SET ", table=LAYER_UPDATES) + ", ".join(
        statement("{name} = ?", name=name) for name in names) + " WHERE rowid = ?"
    columns = [*moments.values(), *snapped.changes.values(), snapped.key]
    for begin in range(0, len(snapped.key), _ROWS_AT_ONCE):
        part = slice(begin, begin + _ROWS_AT_ONCE)
        db.executemany(sql, zip(*(column[part].tolist() for column in columns)))
        progress.report(min(1.0, (begin + _ROWS_AT_ONCE) / len(snapped.key)))


def _summarise(
    db: sqlite3.Connection, rows: LayerRows, snapped: _Snapped, shape: Shape, level: str, hours: Ints | None
) -> None:
    rows = on_level(replace(rows, moments={"from": snapped.shown_from, "to": snapped.shown_to}), level)
    write_summary(db, build_summary(summary_rows(rows, rows.moments["from"], rows.moments["to"], shape, hours)))


def _note(db: sqlite3.Connection, step: Step, end: int) -> None:
    changed = db.execute('UPDATE dataset SET "value" = ? WHERE "key" = ?', (str(step), "step")).rowcount
    if changed != 1:
        raise AtlasError("The dataset's own record is damaged: load the source again.")
    db.execute('UPDATE dataset SET "value" = ? WHERE "key" = ?', (moment_text(end).rstrip("Z"), "end"))
    db.execute("UPDATE gpkg_contents SET last_change = strftime('%Y-%m-%dT%H:%M:%fZ','now') WHERE table_name = ?",
               (LAYER_UPDATES,))
