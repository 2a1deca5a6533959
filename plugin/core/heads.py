"""The heads of files, read once for all that is asked about them; and a glance at a file that somebody dropped."""
from __future__ import annotations

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from .columns import plan_columns
from .errors import AtlasError
from .files import Reader, ReadOptions, read_file, split_layer
from .progress import Progress
from .reading import RawTable
from .tables import distinct_names, renamed
from .unpacking import Unpacked
from .workbooks import sheet_names

#: Rows that a preview judges by, the fewest of one file, and files that it opens when there are many.
HEAD_ROWS, LEAST_ROWS, MOST_FILES = 5_000, 50, 12
#: What a glance takes.
GLANCE_ROWS, _GLANCE_BYTES = 200, 1 << 16

#: What tells that a file was changed: its path, its size in bytes, when it was written (ns).
_Stamp = tuple[str, int, int]


@dataclass(frozen=True)
class Heads:
    """The first rows of some of the files that were chosen; `complete`: there are no more rows in any of them;
    `sheets`: the names of the first one's sheets if it is a workbook."""

    asked: tuple[str, str, tuple[_Stamp, ...]]
    files: int
    tables: tuple[RawTable, ...]
    complete: bool
    sheets: tuple[str, ...] = ()


def read_heads(
    paths: Sequence[Path], sheet: str = "", readers: Sequence[Reader] = (), progress: Progress | None = None,
    known: Heads | None = None, crs: str = "",
) -> Heads:
    """The heads of files; those that are `known` are not read again unless the files changed. `crs` is the system
    of projected coordinates that the user gave.

    Of many files some are opened, spread over all, the first among them. Raises `AtlasError` when one
    cannot be read, and `Cancelled`.
    """
    if not paths:
        raise AtlasError("No file was given: choose one or more files to load.")
    asked = (sheet, crs, tuple(map(_stamp, paths)))
    if known is not None and known.asked == asked:
        return known
    progress = progress or Progress()
    chosen = list(zip(paths, distinct_names(paths)))[:: -(-len(paths) // MOST_FILES)]
    rows, share = max(HEAD_ROWS // len(chosen), LEAST_ROWS), 1 / len(chosen)
    options = ReadOptions(sheet, rows, crs)
    tables = [
        renamed(cut(read_file(path, options, progress.part(at * share, (at + 1) * share), readers), rows), name)
        for at, (path, name) in enumerate(chosen)
    ]
    complete = len(chosen) == len(paths) and all(len(table.frame) < rows for table in tables)
    return Heads(asked, len(paths), tuple(tables), complete, sheet_names(split_layer(paths[0])[0]))


def cut(table: RawTable, most: int) -> RawTable:
    """The first rows of a table, as if the file ended there."""
    if len(table.frame) > most:
        last = int(table.rows[most - 1])
        rejected = table.rejected[table.rejected["row"] <= last]
        table = replace(table, frame=table.frame.iloc[:most], rows=table.rows[:most], rejected=rejected)
    return replace(table, source=replace(table.source, rows=len(table.frame) + len(table.rejected)))


def looks_like_reports(path: Path) -> bool:
    """Whether a table has a column of moments, and one of coordinates or counts; judged by very few rows."""
    try:
        with Unpacked(path) as opened:
            if b"\n" not in opened.head(_GLANCE_BYTES) and not zipfile.is_zipfile(path):
                return False  # one endless line
        table = cut(read_file(path, ReadOptions(most_rows=GLANCE_ROWS)), GLANCE_ROWS)
        plan = plan_columns(table.headers, table.frame, {})
    except AtlasError:
        return False
    located = "lonlat" in plan.roles or {"lon", "lat"} <= set(plan.roles)
    return "time" in plan.roles and (located or bool(plan.metrics))


def _stamp(path: Path) -> _Stamp:
    try:
        status = split_layer(path)[0].stat()
    except OSError:
        return str(path), -1, 0  # who reads it says what is wrong
    return str(path), status.st_size, status.st_mtime_ns
