"""The columns of the layer `updates`: their SQL types, and their values for SQLite, piece by piece.

Binding a value from Python costs more than storing it. So whatever a place says in all its states (names,
level, point, source) is written once into a temporary table of sites and copied from there by SQLite; columns
that are equal throughout are bound once; columns with no value at all are left out.
"""
from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..core.arrays import Bools, Cells, Floats, Ints
from ..core.schema import STATE_COLUMNS, TEXT_COLUMNS, TIME_COLUMNS
from .moments import LAST_SHOWN_MS, moment_texts
from .spec import WGS84

#: What a site says; the point is made of the last two.
SITE_TEXTS = (*TEXT_COLUMNS, "source")
POINT = ("lon", "lat")
_INT32 = 2**31 - 1
#: GeoPackage's header of a geometry without envelope, little-endian, then WKB's of a point.
_POINT_HEADER = struct.Struct("<2sBBiBI")
_POINT_BYTES = _POINT_HEADER.size + 16

#: Gives the values of some rows.
Taker = Callable[[Ints], "list[Any]"]


def sql_types(states: pd.DataFrame) -> dict[str, str]:
    """The type of each column of the layer, in the order of the contract."""
    names = [*STATE_COLUMNS, *(name for name in states.columns if name not in (*STATE_COLUMNS, *POINT))]
    return {name: _sql_type(name, states[name]) for name in names}


def _sql_type(name: str, values: pd.Series) -> str:
    # shown_from and shown_to are never NULL, yet not declared so: SQLite then makes nothing of the
    # "OR … IS NULL" in QGIS's temporal filter and scans the whole table instead of using the time index.
    if name in TIME_COLUMNS:
        return "DATETIME" if name.startswith("shown_") else "DATETIME NOT NULL"
    if name in ("reports", "first_row"):
        return number_type(values.to_numpy()) + " NOT NULL"
    if isinstance(values.dtype, pd.CategoricalDtype) or values.dtype == object:
        return "TEXT NOT NULL" if name == "place_id" else "TEXT"
    return number_type(values.to_numpy())


def number_type(values: npt.NDArray[Any]) -> str:
    """MEDIUMINT (32 bits) or INTEGER when all known values are whole, else REAL.

    >>> number_type(np.array([1.0, np.nan])), number_type(np.array([3e9])), number_type(np.array([0.5]))
    ('MEDIUMINT', 'INTEGER', 'REAL')
    """
    with np.errstate(invalid="ignore"):
        largest = np.nanmax(np.abs(values)) if len(values) and not np.all(np.isnan(values)) else 0
        whole = not np.any(values != np.floor(values), where=~np.isnan(values)) and largest < 2**53
    return "REAL" if not whole else "MEDIUMINT" if largest <= _INT32 else "INTEGER"


@dataclass(frozen=True)
class Sites:
    """What rows have in common: `of_row` numbers the site of each row, `first` is a row of each site."""

    of_row: Ints
    first: Ints


def find_sites(states: pd.DataFrame) -> Sites:
    """Number the different combinations of texts and point."""
    of_row = np.zeros(len(states), np.int64)
    first = np.zeros(min(len(states), 1), np.int64)
    for name in (*SITE_TEXTS, *POINT):
        code = _codes(states[name])
        if np.array_equal(code[first][of_row], code):
            continue  # the sites so far decide this column already
        joined = of_row * (int(code.max()) + 2) + code + 1
        of_row, distinct = pd.factorize(joined)
        first = np.empty(len(distinct), np.int64)
        first[of_row[::-1]] = np.arange(len(states))[::-1]
    return Sites(of_row.astype(np.int64), first)


def _codes(values: pd.Series) -> Ints:
    if isinstance(values.dtype, pd.CategoricalDtype):
        return values.cat.codes.to_numpy().astype(np.int64)
    code: Ints = pd.factorize(values.to_numpy())[0].astype(np.int64)
    return code


def site_takers(states: pd.DataFrame) -> dict[str, Taker]:
    """How to get the texts of rows; columns that are empty throughout are left out."""
    return {name: _text_taker(states[name]) for name in SITE_TEXTS if states[name].notna().any()}


def row_takers(states: pd.DataFrame) -> dict[tuple[str, ...], Taker]:
    """How to get what differs between rows; columns with equal values share a taker."""
    takers: dict[tuple[str, ...], Taker] = {}
    seen: dict[tuple[str, ...], Ints] = {}
    for name in TIME_COLUMNS:
        ms = states[name].to_numpy() - (LAST_SHOWN_MS if name == "shown_to" else 0)
        twin = next((names for names, other in seen.items() if np.array_equal(other, ms)), ())
        seen.pop(twin, None)
        seen[(*twin, name)] = ms
    takers.update({names: _moment_taker(ms) for names, ms in seen.items()})
    for name in sql_types(states):
        if name not in (*SITE_TEXTS, *TIME_COLUMNS) and states[name].notna().any():
            takers[(name,)] = _text_taker(states[name]) if name == "flags" else _number_taker(states[name].to_numpy())
    return takers


def _text_taker(values: pd.Series) -> Taker:
    """Texts by their category; None for a missing one."""
    column = values if isinstance(values.dtype, pd.CategoricalDtype) else values.astype("category")
    codes = column.cat.codes.to_numpy()
    texts = np.empty(len(column.cat.categories) + 1, object)  # code -1 takes the last, which is None
    texts[:-1] = [_encodable(str(text)) for text in column.cat.categories]
    return lambda rows: list(texts[codes[rows]].tolist())


def _moment_taker(ms: Ints) -> Taker:
    return lambda rows: list(moment_texts(ms[rows]).tolist())


def _number_taker(values: npt.NDArray[Any]) -> Taker:
    """Whole numbers as such; in a column with unknowns as floats: SQLite takes NaN for NULL, and 5.0 for 5."""
    if values.dtype.kind == "f" and not np.isnan(values).any() and number_type(values) != "REAL":
        values = values.astype(np.int64)
    return lambda rows: list(values[rows].tolist())


def _encodable(text: str) -> str:
    """Text that UTF-8 can hold: halves of surrogate pairs, as damaged files have them, become question marks."""
    return text.encode("utf-8", "replace").decode("utf-8")


def encodable(cells: Cells) -> list[Any]:
    """Cells for a text column, None where missing."""
    return [None if missing else _encodable(str(cell)) for cell, missing in zip(cells, pd.isna(cells))]


def has_point(lon: Floats, lat: Floats) -> Bools:
    """Which rows have a point."""
    there: Bools = np.isfinite(lon) & np.isfinite(lat)
    return there


def point_blobs(lon: Floats, lat: Floats, system: int = WGS84) -> list[bytes | None]:
    """Points as GeoPackage stores them, in a system that it numbers so; None without coordinates.

    >>> point_blobs(np.array([np.nan]), np.array([0.0]))
    [None]
    >>> len(point_blobs(np.array([114.3]), np.array([30.6]))[0] or b"")
    29
    """
    blob = np.empty((len(lon), _POINT_BYTES), np.uint8)
    blob[:, :_POINT_HEADER.size] = np.frombuffer(_POINT_HEADER.pack(b"GP", 0, 1, system, 1, 1), np.uint8)
    blob[:, _POINT_HEADER.size:] = np.stack([lon, lat], axis=1).astype("<f8").view(np.uint8)
    raw = blob.tobytes()
    pieces = (raw[begin:begin + _POINT_BYTES] for begin in range(0, len(raw), _POINT_BYTES))
    return [piece if there else None for piece, there in zip(pieces, has_point(lon, lat).tolist())]
