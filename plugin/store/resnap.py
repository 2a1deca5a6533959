"""The playback step of a finished dataset changed: when each state is drawn, and the dataset's end."""
from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np

from ..core.arrays import Ints
from ..core.errors import AtlasError, Cancelled
from ..core.progress import Progress
from ..core.schema import LAYER_UPDATES, CountKind, Step
from ..core.steps import dataset_end, floor_to_step, shown_interval, step_ms
from .atomic import explained
from .facts import read_info
from .moments import LAST_SHOWN_MS, moment_text, moment_texts, moments_of
from .sql import file_uri

_BUSY_S = 2.0
#: SQLite asks whether to go on every so many of its instructions.
_INSTRUCTIONS = 200_000
_CACHE_KB = 262_144


def resnap(path: Path, step: Step, progress: Progress) -> None:
    """Draw states by another step: all of the file changes, or, after an error or `Cancelled`, nothing."""
    info = read_info(path)
    end = dataset_end(int(info["last"]), step)
    with explained(path, path.stat().st_size), closing(_open_to_change(path)) as db, _transaction(db, progress):
        triggers = _take_triggers(db)
        indexes = _take_indexes(db)
        if info["kind"] == CountKind.EVENTS:
            _snap_events(db, step)
        else:
            _snap_states(db, step, int(info["end"]), end)
        progress.report(0.8)
        for sql in (*indexes, *triggers):
            db.execute(sql)
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


def _snap_states(db: sqlite3.Connection, step: Step, old_end: int, end: int) -> None:
    if end != old_end:
        db.execute("UPDATE updates SET valid_to = ? WHERE valid_to = ?", (moment_text(end), moment_text(old_end)))
    begins, ends = _distinct(db, "SELECT DISTINCT valid_from FROM updates"), _distinct(
        db, "SELECT DISTINCT valid_to FROM updates")
    shown_from, _ = shown_interval(begins, begins, step)
    _, shown_to = shown_interval(ends, ends, step)
    _define(db, "shown_begin", begins, shown_from)
    _define(db, "shown_end", ends, shown_to - LAST_SHOWN_MS)
    db.execute("UPDATE updates SET shown_from = shown_begin(valid_from), shown_to = shown_end(valid_to)")


def _snap_events(db: sqlite3.Connection, step: Step) -> None:
    begins = _distinct(db, "SELECT DISTINCT valid_from FROM updates")
    shown_from = floor_to_step(begins, step)
    shown_to = shown_from + step_ms(step)
    _define(db, "shown_begin", begins, shown_from)
    _define(db, "shown_end", begins, shown_to - LAST_SHOWN_MS)
    _define(db, "valid_end", begins, shown_to)
    db.execute("UPDATE updates SET shown_from = shown_begin(valid_from), shown_to = shown_end(valid_from), "
               "valid_to = valid_end(valid_from)")


def _distinct(db: sqlite3.Connection, sql: str) -> Ints:
    return moments_of(np.array([row[0] for row in db.execute(sql)], object))


def _define(db: sqlite3.Connection, name: str, given: Ints, result: Ints) -> None:
    """Let SQL look up the result for each given moment."""
    table = dict(zip(moment_texts(given).tolist(), moment_texts(result).tolist()))
    db.create_function(name, 1, table.__getitem__, deterministic=True)


def _note(db: sqlite3.Connection, step: Step, end: int) -> None:
    changed = db.execute('UPDATE dataset SET "value" = ? WHERE "key" = ?', (str(step), "step")).rowcount
    if changed != 1:
        raise AtlasError("The dataset's own record is damaged: load the source again.")
    db.execute('UPDATE dataset SET "value" = ? WHERE "key" = ?', (moment_text(end).rstrip("Z"), "end"))
    db.execute("UPDATE gpkg_contents SET last_change = strftime('%Y-%m-%dT%H:%M:%fZ','now') WHERE table_name = ?",
               (LAYER_UPDATES,))
