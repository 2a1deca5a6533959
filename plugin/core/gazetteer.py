"""A gazetteer: places with their positions, found by code or by name."""
from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

from .arrays import Cells, Floats
from .datum import datum_in_words
from .errors import AtlasError
from .numbers import parse_numbers
from .reading import RawTable
from .schema import Datum

SUFFIX_TABLE = Path(__file__).resolve().parents[2] / "resources" / "place_suffixes.json"

#: Words of the headers of longitudes, each with the word that the header of its latitude has instead.
_PAIRS = (("longitude", "latitude"), ("long", "lat"), ("lon", "lat"), ("lng", "lat"), ("经度", "纬度"),
          ("經度", "緯度"), ("lng", "ltd"), ("x", "y"))
#: Headers, or what they begin with, the surest first.
_CODES = ("adcode", "code", "geoid", "fips", "行政区划代码", "代码", "编码", "id")
_NAMES = ("name", "place", "city", "district", "地名", "名称", "城市", "地点")
_PROVINCES = ("province", "state", "region", "admin1", "省")
_CITIES = ("city", "admin2", "城市", "市")
_LEVELS = ("level", "级别", "type")
#: The levels of an atlas and the words that gazetteers have for them. Of two levels that are both a city
#: to us the first is the coarser one.
_LEVEL_WORDS = {
    "country": ("country", "nation", "国家"),
    "province": ("province", "state", "region", "admin1", "省", "省级"),
    "city": ("prefecture", "city", "admin2", "地级", "市", "municipality",
             "county", "district", "admin3", "县", "区县"),
}
#: An alias is as short as this at least: 通 alone for 通州 would be anything.
_LEAST_ALIAS = 2
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
    """`lon`, `lat` in degrees by row; `columns`: where they come from; `datum`: what those headers say of it."""

    name: str
    lon: Floats
    lat: Floats
    columns: str
    datum: Datum | None
    by_code: dict[str, Entry]
    by_name: dict[str, tuple[Entry, ...]]
    by_alias: dict[str, tuple[Entry, ...]]
    provinces: frozenset[str]


def index_gazetteer(table: RawTable) -> Gazetteer:
    """A table of places with positions, ready to be asked; an error names what it lacks."""
    headers, name = [header.strip() for header in table.headers], table.source.name
    pair = _positions(headers, table.frame)
    columns = _columns(headers, set(pair or ()))
    if pair is None or not (columns["code"] or columns["name"]):
        raise AtlasError(
            f"The gazetteer “{name}” needs columns for longitude, latitude, and a code or a name. "
            f"Its columns are {', '.join(headers)}."
        )
    lon, lat = (parse_numbers(_cells(table.frame, at)).values for at in pair)
    lon_header, lat_header = headers[pair[0]], headers[pair[1]]
    usable = np.isfinite(lon) & np.isfinite(lat) & (np.abs(lon) <= 180) & (np.abs(lat) <= 90)
    lon, lat = np.where(usable, lon, np.nan), np.where(usable, lat, np.nan)
    cells = {role: [[key_of(text) for text in _cells(table.frame, at)] for at in found]
             for role, found in columns.items()}
    codes = [plain_code(text) for text in _cells(table.frame, columns["code"][0])] if columns["code"] else []
    # Entries without a position stay: a name that one of them bears is not unique.
    entries = _entries(cells, codes, len(table.frame))
    by_code = _index((codes[entry.row], entry) for entry in entries if codes)
    return Gazetteer(
        name, lon, lat, f"{lon_header}, {lat_header}", datum_in_words(f"{lon_header} {lat_header}"),
        {code: found[0] for code, found in by_code.items() if len(found) == 1},
        _index((key, entry) for entry in entries for key in entry.names),
        _index((alias, entry) for entry in entries for alias in {alias_of(key) for key in entry.names}),
        _provinces(entries),
    )


def _provinces(entries: Iterable[Entry]) -> frozenset[str]:
    """Aliases of the provinces that the gazetteer knows, by their own rows or by what lies in them."""
    names = (e.names if e.level == "province" else (e.province,) for e in entries)
    return frozenset(alias_of(key) for several in names for key in several if key)


def _positions(headers: Sequence[str], frame: pd.DataFrame) -> tuple[int, int] | None:
    """The columns of longitude and latitude; of several pairs the fullest, then the first."""
    lowered = [header.lower() for header in headers]
    pairs = [
        (at, lowered.index(partner))
        for at, header in enumerate(lowered) for lon, lat in _PAIRS
        if (partner := _partner(header, lon, lat)) != header and partner in lowered
    ]
    filled = {pair: int((frame.iloc[:, pair[0]] != "").sum()) for pair in pairs}
    return max(pairs, key=lambda pair: filled[pair]) if pairs else None


def _partner(header: str, lon: str, lat: str) -> str:
    """The header with the word for latitude in the place of that for longitude."""
    if not lon.isascii():
        return header.replace(lon, lat)
    return re.sub(rf"(?<![a-z]){lon}(?![a-z])", lat, header)


def _columns(headers: Sequence[str], taken: set[int]) -> dict[str, list[int]]:
    """Positions of the columns of each role; names may stand in several, one a language."""
    names = _starting(headers, _NAMES, taken)
    return {
        "code": _starting(headers, _CODES, taken)[:1],
        "name": names,
        "province": _starting(headers, _PROVINCES, taken | set(names[:1]))[:1],
        "city": _starting(headers, _CITIES, taken | set(names))[:1],
        "level": _starting(headers, _LEVELS, taken)[:1],
    }


def _starting(headers: Sequence[str], words: Sequence[str], taken: set[int]) -> list[int]:
    """The columns whose header is the first word that any is, or begins with it (a name in several languages)."""
    lowered = {at: header.lower() for at, header in enumerate(headers) if at not in taken}
    for word in words:
        exact = [at for at, header in lowered.items() if header == word]
        whole = len(word) <= 2 and word.isascii()  # “id” begins many a header
        begun = [at for at, header in lowered.items() if header.startswith(word) and not whole]
        found = begun if word == _NAMES[0] else exact or begun
        if found:
            return found
    return []


def _cells(frame: pd.DataFrame, at: int) -> Cells:
    return np.asarray(frame.iloc[:, at].to_numpy(object))


def _entries(cells: dict[str, list[list[str]]], codes: Sequence[str], n: int) -> list[Entry]:
    blank = [""] * n
    level = (cells["level"] or [blank])[0]
    province = (cells["province"] or [_province_of_code(codes, (cells["name"] or [blank])[0])])[0]
    city = (cells["city"] or [blank])[0]
    names = [tuple(dict.fromkeys(filter(None, several))) for several in zip(*cells["name"])] or [()] * n
    return [Entry(row, names[row], *_level(level[row]), province[row], city[row]) for row in range(n)]


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
    index: dict[str, tuple[Entry, ...]] = {}
    for key, entry in pairs:
        if key:
            index[key] = (*index.get(key, ()), entry)
    return index


def key_of(text: object) -> str:
    """A name without case, width, accents and double blanks.

    >>> key_of(" São  Paulo ")
    'sao paulo'
    """
    plain = unicodedata.normalize("NFKD", str(text)).casefold()
    return " ".join("".join(c for c in plain if not unicodedata.combining(c)).split())


def plain_code(text: object) -> str:
    """A code without case, and without what a spreadsheet made of it.

    >>> plain_code("420100.0")
    '420100'
    """
    return re.sub(r"(?<=\d)\.0+$", "", unicodedata.normalize("NFKC", str(text)).strip().casefold())


def alias_of(key: str) -> str:
    """A name's key without the word for its kind of area; names that would become too short keep it.

    >>> alias_of("恩施土家族苗族自治州"), alias_of("广州"), alias_of("wakiso district")
    ('恩施', '广州', 'wakiso')
    """
    latin, chinese, peoples = _suffixes()
    if key.isascii():
        return latin.sub("", key) or key
    short = chinese.sub("", key)
    if key != short and "自治" in key[len(short):]:
        short = peoples.sub("", short)
    return short if len(short) >= _LEAST_ALIAS else key


@lru_cache(maxsize=1)
def _suffixes() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    table = json.loads(SUFFIX_TABLE.read_text(encoding="utf-8"))

    def one_of(words: Sequence[str]) -> str:
        return "|".join(map(re.escape, sorted(words, key=len, reverse=True)))

    latin, peoples = one_of(table["latin"]), one_of(table["peoples"])
    return (
        re.compile(rf"^(?:{latin}) of | (?:{latin})$"),
        re.compile(rf"(?<=..)(?:{one_of(table['chinese'])})$"),
        re.compile(rf"(?<=..)(?:{peoples})+$"),
    )

