"""The table `summary`: a dataset's sums, packed, so that they are there at once when it is opened.

The table is not registered, so that programs which show the layers of a GeoPackage do not show it. Triggers note when
a row of the layer was changed; the sums are then stale and made anew from the rows (`summarising`). Imports no pandas.
"""
from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import fields
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..core.arrays import Ints
from ..core.errors import AtlasError
from ..core.filters import Shape
from ..core.schema import LAYER_UPDATES, MS_PER_HOUR, TABLE_SUMMARY, CountKind, Step, step_metric
from ..core.series import Cells, Groups, Listed, Summary
from ..core.steps import played_period
from .facts import read_info
from .opening import not_ours, open_to_read
from .sql import statement

#: How the arrays are packed.
_VERSION = "1"
_CELLS = "cells."
_STALE = 'UPDATE summary SET "value" = 1 WHERE "key" = \'stale\' AND "value" = 0'
_EVENTS = ("INSERT", "UPDATE", "DELETE")
#: What damaged content makes of unpacking it.
_DAMAGED = (zlib.error, AttributeError, ValueError, KeyError, TypeError, IndexError, EOFError, OSError)
_WHOLE = tuple(np.dtype(name) for name in ("int8", "int16", "int32", "int64"))


class PackedCells(Mapping[str, Cells]):
    """The cells of metrics, each unpacked when it is asked for."""

    def __init__(self, packed: Mapping[str, bytes]) -> None:
        self._packed = packed
        self._cells: dict[str, Cells] = {}

    def __getitem__(self, metric: str) -> Cells:
        if metric not in self._cells:
            self._cells[metric] = _unpack_cells(self._packed[metric])
        return self._cells[metric]

    def __iter__(self) -> Iterator[str]:
        return iter(self._packed)

    def __len__(self) -> int:
        return len(self._packed)


def write_summary(db: sqlite3.Connection, summary: Summary) -> None:
    """Write the sums of a dataset; what there was before is replaced."""
    db.execute('CREATE TABLE IF NOT EXISTS summary ("key" TEXT PRIMARY KEY, "value" BLOB)')
    db.execute("DELETE FROM summary")
    rows = dict(_rows(summary))
    db.executemany("INSERT INTO summary VALUES (?, ?)", [("stale", 0), ("checksum", _checksum(rows)), *rows.items()])
    for event in _EVENTS:
        name = f"{TABLE_SUMMARY}_stale_{event.lower()}"
        db.execute(statement(f"CREATE TRIGGER IF NOT EXISTS {{name}} AFTER {event} ON {{table}} BEGIN {_STALE}; END",
                             name=name, table=LAYER_UPDATES))


def read_summary(path: Path) -> Summary | None:
    """The sums of a dataset; None when they are stale (somebody edited the layer) or damaged: make them anew with
    `summarising.summarise`. Raises `AtlasError` for a dataset of an earlier version, and for other files."""
    info = read_info(path)
    stored = _stored(path, info)
    if stored.pop("stale", None) != 0 or stored.get("version") != _VERSION:
        return None
    try:
        if stored.pop("checksum") != _checksum(stored):
            return None
        return _summary(stored)
    except _DAMAGED:
        return None


def read_shape(path: Path) -> Shape:
    """What filters need to know of a dataset. Raises `AtlasError` as `read_summary` does."""
    info = read_info(path)
    stored = _stored(path, info, only="area_columns")
    step = Step(info["step"])
    try:
        columns = tuple(json.loads(stored["area_columns"]))
    except _DAMAGED as error:
        raise _earlier(path, "area_columns") from error
    return Shape(
        columns, tuple(info["metrics"]), info["kind"] == CountKind.EVENTS, step,
        *played_period(info["span_first"], info["span_last"], step))


def read_reported_hours(path: Path) -> Ints | None:
    """The hours in which the source has reports, which edits of the layer do not change; None if they are lost."""
    try:
        return _unpack(_stored(path, read_info(path), only="reported_hours")["reported_hours"])["hours"] * MS_PER_HOUR
    except _DAMAGED:
        return None


def content_stamp(path: Path) -> tuple[str, int]:
    """Another one after the dataset was made anew, played by another step, edited, damaged or taken away. Opening it
    changes nothing."""
    try:
        with closing(open_to_read(path)) as db:
            (changed,) = db.execute(
                "SELECT last_change FROM gpkg_contents WHERE table_name = ?", (LAYER_UPDATES,)).fetchone()
            (stale,) = db.execute('SELECT "value" FROM summary WHERE "key" = \'stale\'').fetchone()
    except (sqlite3.DatabaseError, TypeError, AtlasError):
        return "", 0
    return str(changed), int(stale or 0)


def _stored(path: Path, info: Mapping[str, Any], only: str | None = None) -> dict[str, Any]:
    """The table as it is (or one row of it)."""
    with closing(open_to_read(path)) as db:
        columns = {row[0] for row in db.execute("SELECT name FROM pragma_table_info(?)", (LAYER_UPDATES,))}
        if info["kind"] != CountKind.EVENTS:
            missing = {step_metric(metric) for metric in info["metrics"]} - columns
            if missing:
                raise _earlier(path, f"no column {sorted(missing)[0]}")
        try:
            return dict(db.execute('SELECT "key", "value" FROM summary WHERE ?1 IS NULL OR "key" = ?1', (only,)))
        except sqlite3.OperationalError as error:
            if "no such table" not in str(error):
                raise AtlasError(f"“{path.name}” is being written by another program.", str(error)) from error
            raise _earlier(path, str(error)) from error
        except sqlite3.DatabaseError as error:
            raise not_ours(path, str(error)) from error


def _earlier(path: Path, details: str) -> AtlasError:
    return AtlasError(
        f"“{path.name}” was made by an earlier version of Outbreak Atlas: load its files again (Reload dataset).",
        details)


def _checksum(rows: Mapping[str, str | bytes]) -> int:
    """Tells content that was changed; metrics are unpacked later, when it would be too late to say so."""
    checksum = 0
    for key, value in sorted(rows.items()):
        content = value if isinstance(value, bytes) else value.encode("utf-8")
        checksum = zlib.crc32(content, zlib.crc32(key.encode("utf-8"), checksum))
    return checksum


def _rows(summary: Summary) -> Iterator[tuple[str, str | bytes]]:
    groups = summary.groups
    yield "version", _VERSION
    yield "area_columns", json.dumps(summary.area_columns)
    yield "about", json.dumps({
        "step": str(summary.step), "events": summary.events, "begin_ms": summary.begin_ms,
        "limits": dict(summary.limits), "metrics": list(summary.cells)})
    yield "names", json.dumps({"areas": groups.areas, "kinds": groups.kinds}, ensure_ascii=False)
    yield "groups", _pack({name: getattr(groups, name) for name in ("area", "kind", "flagged", "located")})
    yield "listed", _pack_cells(summary.listed)
    yield "reported_hours", _pack({"hours": summary.reported_hours // MS_PER_HOUR})
    for metric, cells in summary.cells.items():
        yield _CELLS + metric, _pack_cells(cells)


def _summary(stored: Mapping[str, Any]) -> Summary:
    about, names = json.loads(stored["about"]), json.loads(stored["names"])
    groups = Groups(tuple(map(tuple, names["areas"])), tuple(names["kinds"]), **_unpack(stored["groups"]))
    cells = PackedCells({metric: stored[_CELLS + metric] for metric in about["metrics"]})
    return Summary(
        Step(about["step"]), bool(about["events"]), groups, cells, _unpack_listed(stored["listed"]),
        {name: (float(low), float(high)) for name, (low, high) in about["limits"].items()},
        _unpack(stored["reported_hours"])["hours"] * MS_PER_HOUR, tuple(json.loads(stored["area_columns"])),
        about["begin_ms"])


def _pack_cells(cells: Cells | Listed) -> bytes:
    """Steps as differences of whole hours: sorted as they are, nearly all are zero."""
    arrays = {field.name: getattr(cells, field.name) for field in fields(cells)}
    return _pack({**arrays, "step": np.diff(arrays["step"] // MS_PER_HOUR, prepend=0)})


def _unpack_cells(packed: bytes) -> Cells:
    arrays = _unpack(packed)
    amounts = {name: arrays[name].astype(np.float64) for name in ("total", "new", "fallen")}
    return Cells(**{**arrays, "step": np.cumsum(arrays["step"]) * MS_PER_HOUR, **amounts})


def _unpack_listed(packed: bytes) -> Listed:
    arrays = _unpack(packed)
    return Listed(**{**arrays, "step": np.cumsum(arrays["step"]) * MS_PER_HOUR})


def _pack(arrays: Mapping[str, npt.NDArray[Any]]) -> bytes:
    buffer = BytesIO()
    np.savez(buffer, **{name: _smallest(values) for name, values in arrays.items()})
    return zlib.compress(buffer.getvalue(), 1)


def _smallest(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The same values in the smallest type of whole numbers that holds them, else as they are."""
    if values.dtype == bool or not len(values):
        return values
    if values.dtype.kind == "f" and not ((np.abs(values) < 2**53) & (values == np.floor(values))).all():
        return values
    low, high = values.min(), values.max()
    return values.astype(next(one for one in _WHOLE if np.iinfo(one).min <= low and high <= np.iinfo(one).max))


def _unpack(packed: bytes) -> dict[str, npt.NDArray[Any]]:
    """Arrays: truth values as such, whole numbers with 64 bits, others as floats."""
    with np.load(BytesIO(zlib.decompress(packed)), allow_pickle=False) as arrays:
        found = {name: arrays[name] for name in arrays.files}
    return {name: values.astype(np.int64) if values.dtype.kind == "i" else values for name, values in found.items()}
