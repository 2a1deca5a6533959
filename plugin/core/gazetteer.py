"""A gazetteer: places with their positions, found by code or by name."""
from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from .arrays import Cells, Floats
from .datum import datum_in_words
from .errors import AtlasError
from .gazetteercolumns import AREAS, find_columns, find_positions
from .numbers import Meaning, parse_numbers
from .placenames import alias_of, key_of
from .reading import RawTable
from .schema import Datum

#: The levels of an atlas and the words that gazetteers have for them. Of two levels that are both a city
#: to us the first is the coarser one.
_LEVEL_WORDS = {
    "country": ("country", "nation", "国家"),
    "province": ("province", "state", "region", "admin1", "省", "省级"),
    "city": ("prefecture", "city", "admin2", "地级", "市", "municipality",
             "county", "district", "admin3", "县", "区县"),
}
#: The digits of a code of GB/T 2260 and how many of them name the province.
_CN_DIGITS, _CN_PROVINCE = 6, 2


@dataclass(frozen=True)
class Entry:
    """One place: its names (as keys), the level (one of the atlas's, "" if unknown) and how coarse it is
    among those of its level, and keys of the province and city that it lies in, "" if unknown."""

    row: int
    names: tuple[str, ...]
    level: str
    rank: int
    province: str
    city: str


@dataclass(frozen=True)
class Gazetteer:
    """`lon`, `lat` in degrees by row; `columns`: where they come from; `datum`: what those headers say of it.
    `by_bare_code`: codes without the zeros that a spreadsheet takes from their beginning."""

    name: str
    lon: Floats
    lat: Floats
    columns: str
    datum: Datum | None
    by_code: dict[str, Entry]
    by_bare_code: dict[str, Entry]
    by_name: dict[str, tuple[Entry, ...]]
    by_alias: dict[str, tuple[Entry, ...]]
    provinces: frozenset[str]


def index_gazetteer(table: RawTable) -> Gazetteer:
    """A table of places with positions, ready to be asked; an error names what it lacks."""
    headers, name = [header.strip() for header in table.headers], table.source.name
    pair = find_positions(headers, table.frame)
    columns = find_columns(headers, set(pair or ()))
    if pair is None or not any(columns.get(role) for role in ("code", "name", *AREAS)):
        raise AtlasError(
            f"The gazetteer “{name}” needs columns for longitude, latitude, and a code or a name. "
            f"Its columns are {', '.join(headers)}."
        )
    lon, lat = (parse_numbers(_cells(table.frame, at), Meaning.DEGREES).values for at in pair)
    lon_header, lat_header = headers[pair[0]], headers[pair[1]]
    _refuse_exchanged(name, lon, lat, lon_header, lat_header)
    usable = np.isfinite(lon) & np.isfinite(lat) & (np.abs(lon) <= 180) & (np.abs(lat) <= 90)
    lon, lat = np.where(usable, lon, np.nan), np.where(usable, lat, np.nan)
    cells = {role: [[key_of(text) for text in _cells(table.frame, at)] for at in found]
             for role, found in columns.items()}
    codes = [plain_code(text) for text in _cells(table.frame, columns["code"][0])] if columns["code"] else []
    # Entries without a position stay: a name that one of them bears is not unique.
    entries = _entries(cells, codes, len(table.frame))
    return Gazetteer(
        name, lon, lat, f"{lon_header}, {lat_header}", datum_in_words(f"{lon_header} {lat_header}"),
        _unique((codes[entry.row], entry) for entry in entries if codes),
        _unique((bare_code(codes[entry.row]), entry) for entry in entries if codes),
        _index((key, entry) for entry in entries for key in entry.names),
        _index((alias, entry) for entry in entries for alias in {alias_of(key) for key in entry.names}),
        _provinces(entries),
    )


def _refuse_exchanged(name: str, lon: Floats, lat: Floats, lon_header: str, lat_header: str) -> None:
    """Latitudes beyond ±90 that are longitudes would leave every place without a position."""
    exchanged = (np.abs(lat) > 90) & (np.abs(lat) <= 180) & (np.abs(lon) <= 90)
    if exchanged.sum() * 2 > (np.isfinite(lon) & np.isfinite(lat)).sum():
        raise AtlasError(
            f"In the gazetteer “{name}” the column {lat_header} holds longitudes, such as "
            f"{lat[np.argmax(exchanged)]:g}: exchange the headers {lon_header} and {lat_header}.")


def _provinces(entries: Iterable[Entry]) -> frozenset[str]:
    """Aliases of the provinces that the gazetteer knows, by their own rows or by what lies in them."""
    names = (e.names if e.level == "province" else (e.province,) for e in entries)
    return frozenset(alias_of(key) for several in names for key in several if key)


def _cells(frame: pd.DataFrame, at: int) -> Cells:
    return np.asarray(frame.iloc[:, at].to_numpy(object))


def _unique(pairs: Iterable[tuple[str, Entry]]) -> dict[str, Entry]:
    return {code: found[0] for code, found in _index(pairs).items() if len(found) == 1}


def _entries(cells: dict[str, list[list[str]]], codes: Sequence[str], n: int) -> list[Entry]:
    blank = [""] * n
    if not cells["name"]:
        columns = [(cells.get(role) or [blank])[0] for role in AREAS]
        return [_entry_of_areas(row, dict(zip(AREAS, texts))) for row, texts in enumerate(zip(*columns))]
    level = (cells["level"] or [blank])[0]
    province = (cells["province"] or [_province_of_code(codes, (cells["name"] or [blank])[0])])[0]
    city = (cells["city"] or [blank])[0]
    names = [tuple(dict.fromkeys(filter(None, several))) for several in zip(*cells["name"])] or [()] * n
    return [Entry(row, names[row], *_level(level[row]), province[row], city[row]) for row in range(n)]


def _entry_of_areas(row: int, areas: dict[str, str]) -> Entry:
    """A row whose name is that of its finest area. A city may be any place, but a province and a country are not."""
    finest = next((role for role in AREAS if areas[role]), "")
    level = finest if finest in ("province", "country") else ""
    names = (areas[finest],) if finest else ()
    within = {role: areas[role] if AREAS.index(role) > AREAS.index(finest or AREAS[-1]) else "" for role in AREAS}
    return Entry(row, names, level, 0, within["province"], within["city"])


def _level(word: str) -> tuple[str, int]:
    """The atlas's level, and how coarse it is among those with the same (0 is the coarsest)."""
    for level, words in _LEVEL_WORDS.items():
        if word in words:
            return level, words.index(word)
    return ("place" if word else ""), 0


def _province_of_code(codes: Sequence[str], names: Sequence[str]) -> list[str]:
    """By the national standard of China (GB/T 2260) the first two of six digits are the province's, whose
    own code ends with four zeros. Other codes tell nothing."""
    if not codes or not all(len(code) == _CN_DIGITS and code.isdigit() for code in codes if code):
        return [""] * len(names)
    name_of = dict(zip(codes, names))
    tail = "0" * (_CN_DIGITS - _CN_PROVINCE)
    return [name_of.get(code[:_CN_PROVINCE] + tail, "") if code else "" for code in codes]


def _index(pairs: Iterable[tuple[str, Entry]]) -> dict[str, tuple[Entry, ...]]:
    index: dict[str, list[Entry]] = {}
    for key, entry in pairs:
        if key:
            index.setdefault(key, []).append(entry)
    return {key: tuple(entries) for key, entries in index.items()}


def plain_code(text: object) -> str:
    """A code without case, and without what a spreadsheet made of it.

    >>> plain_code("420100.0")
    '420100'
    """
    return re.sub(r"(?<=\d)\.0+$", "", unicodedata.normalize("NFKC", str(text)).strip().casefold())


def bare_code(code: str) -> str:
    """A number without leading zeros, "" for other codes.

    >>> bare_code("01001"), bare_code("2a")
    ('1001', '')
    """
    return code.lstrip("0") if code.isdecimal() else ""
