"""Rows without coordinates located by a gazetteer, only where the user gave one and only where it is certain."""
from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from .arrays import Bools, Cells, Floats, Ints
from .errors import AtlasError
from .numbers import parse_numbers
from .places import NAME_ROLES
from .progress import Progress
from .quality import Finding, flag
from .reading import read_table
from .reports import Labels, Reports, joint_codes
from .rules import Rule, bit

#: Beginnings of the headers that a gazetteer's columns may have, the surest first.
_HEADERS = {
    "lon": ("longitude", "lon", "lng", "经度", "x"),
    "lat": ("latitude", "lat", "纬度", "y"),
    "code": ("adcode", "code", "geoid", "fips", "id", "代码", "编码"),
    "name": ("name", "place", "city", "名称", "城市", "地点"),
    "province": ("province", "state", "region", "admin1", "省"),
}
_NOWHERE = -1


@dataclass(frozen=True)
class Gazetteer:
    """`lon`, `lat` in degrees, in the datum of the dataset; rows of a code, of a name with its
    province, and of a bare name that only one row bears."""

    lon: Floats
    lat: Floats
    names: Cells
    by_code: dict[str, int]
    by_full_name: dict[tuple[str, str], int]
    by_bare_name: dict[str, int]


def read_gazetteer(path: Path, progress: Progress) -> Gazetteer:
    """Read a table of places with positions; an error names what it lacks."""
    table = read_table(path, progress)
    columns = {role: _find(role, table.headers) for role in _HEADERS}
    if columns["lon"] is None or columns["lat"] is None or (columns["code"] is None and columns["name"] is None):
        raise AtlasError(
            f"The gazetteer “{path.name}” needs columns for longitude, latitude, and a code or a name. "
            f"Its columns are {', '.join(table.headers)}."
        )
    cells = {role: [] if at is None else table.frame[at].to_numpy(object) for role, at in columns.items()}
    lon, lat = parse_numbers(np.asarray(cells["lon"])).values, parse_numbers(np.asarray(cells["lat"])).values
    usable = np.isfinite(lon) & np.isfinite(lat) & (np.abs(lon) <= 180) & (np.abs(lat) <= 90)
    texts = {role: _keys(cells[role], len(lon)) for role in ("code", "name", "province")}
    rows = np.flatnonzero(usable).tolist()
    return Gazetteer(
        lon, lat, texts["name"],
        _unique({row: texts["code"][row] for row in rows if texts["code"][row]}),
        _unique({row: (texts["province"][row], texts["name"][row]) for row in rows
                 if texts["province"][row] and texts["name"][row]}),
        _unique({row: texts["name"][row] for row in rows if texts["name"][row]}),
    )


def _find(role: str, headers: Sequence[str]) -> int | None:
    lowered = [header.strip().lower() for header in headers]
    for word in _HEADERS[role]:
        for at, header in enumerate(lowered):
            if header == word or (len(word) > 1 and header.startswith(word)):
                return at
    return None


def _keys(cells: Sequence[object] | Cells, n: int) -> Cells:
    if not len(cells):
        return np.full(n, "", object)
    return np.array([_key(str(cell)) for cell in cells], dtype=object)


def _key(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().casefold()


def _unique(keys: dict[int, Any]) -> dict[Any, int]:
    """Keys that only one row has."""
    series = pd.Series(keys, dtype=object)
    single = series[~series.duplicated(keep=False)]
    return {key: int(row) for row, key in single.items()}


def locate(reports: Reports, gazetteer: Gazetteer) -> tuple[Reports, list[Finding]]:
    """Give rows without coordinates their gazetteer's position, by code, by name with province, or by
    a name that is unique; and say how many were found."""
    missing = (reports.flags & bit(Rule.MISSING_COORDINATES)) != 0
    row, by_code = _match(reports, gazetteer)
    located = missing & (row != _NOWHERE)
    lon, lat = reports.lon.copy(), reports.lat.copy()
    lon[located], lat[located] = gazetteer.lon[row[located]], gazetteer.lat[row[located]]
    reports.flags[located] &= ~bit(Rule.MISSING_COORDINATES)
    reports = replace(reports, lon=lon, lat=lat)
    share = located.sum() / max(int(missing.sum()), 1)
    words = f"{{n}} rows without coordinates were located from the gazetteer, {share:.1%} of them"
    contradicts = located & by_code & _differs(reports, gazetteer, row)
    other = "{n} rows bear a code that the gazetteer gives another name"
    return reports, [
        *flag(reports, located, Rule.LOCATED, words),
        *flag(reports, contradicts, Rule.CODE_CONTRADICTS, other),
    ]


def _match(reports: Reports, gazetteer: Gazetteer) -> tuple[Ints, Bools]:
    """The gazetteer's row for each report (-1: none) and whether the code found it."""
    found = np.full(len(reports), _NOWHERE, np.int64)
    if "code" in reports.names:
        found = _lookup(reports.names["code"], gazetteer.by_code)
    by_code = found != _NOWHERE
    finest, province = _finest(reports), reports.names.get("province", Labels.empty(len(reports)))
    open_rows = np.flatnonzero(~by_code)
    pairs = joint_codes([province.codes[open_rows], finest.codes[open_rows]]) if len(open_rows) else open_rows
    firsts = np.flatnonzero(~pd.Series(pairs).duplicated().to_numpy())
    answers = np.array([_by_name(gazetteer, province, finest, int(open_rows[at])) for at in firsts], np.int64)
    found[open_rows] = answers[pairs] if len(open_rows) else found[open_rows]
    return found, by_code


def _lookup(labels: Labels, table: dict[str, int]) -> Ints:
    rows = np.array([table.get(_key(str(text)), _NOWHERE) for text in labels.texts] + [_NOWHERE], np.int64)
    return np.asarray(rows[labels.codes], np.int64)


def _by_name(gazetteer: Gazetteer, province: Labels, finest: Labels, at: int) -> int:
    name, of = _key(finest.text(at)), _key(province.text(at))
    if not name:
        return _NOWHERE
    return gazetteer.by_full_name.get((of, name), gazetteer.by_bare_name.get(name, _NOWHERE))


def _finest(reports: Reports) -> Labels:
    for role in reversed(NAME_ROLES):
        if role in reports.names:
            return reports.names[role]
    return Labels.empty(len(reports))


def _differs(reports: Reports, gazetteer: Gazetteer, row: Ints) -> Bools:
    """Neither name holds the other: a suffix such as 市 or “city” is no contradiction."""
    finest = _finest(reports)
    pairs = joint_codes([finest.codes, row])
    firsts = np.flatnonzero(~pd.Series(pairs).duplicated().to_numpy())
    answers = [_contradicts(_key(finest.text(int(at))), str(gazetteer.names[row[at]])) for at in firsts]
    return np.asarray(np.array(answers, bool)[pairs])


def _contradicts(one: str, other: str) -> bool:
    return bool(one) and bool(other) and one not in other and other not in one
