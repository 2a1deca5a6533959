"""Which column of a gazetteer is what: by the usual headers of gazetteers, else by the table of headers."""
from __future__ import annotations

import re
from collections.abc import Sequence

import pandas as pd

from .headers import read_header

#: Words of the headers of longitudes, each with the word that the header of its latitude has instead.
_PAIRS = (("longitude", "latitude"), ("long", "lat"), ("lon", "lat"), ("lng", "lat"), ("经度", "纬度"),
          ("經度", "緯度"), ("lng", "ltd"), ("intptlong", "intptlat"), ("x", "y"))
#: Headers, or what they begin with, the surest first.
_CODES = ("adcode", "code", "geoid", "fips", "行政区划代码", "代码", "编码", "id")
_NAMES = ("name", "place", "city", "district", "地名", "名称", "城市", "地点")
_PROVINCES = ("province", "state", "region", "admin1", "省")
_CITIES = ("city", "admin2", "城市", "市")
_LEVELS = ("level", "级别", "type")
#: Areas by which a row may be called, the finest first, and how surely a header must mean one.
AREAS = ("place", "city", "province", "country")
_LEAST_STRENGTH = 0.6


def find_positions(headers: Sequence[str], frame: pd.DataFrame) -> tuple[int, int] | None:
    """The columns of longitude and latitude; of several pairs the fullest, then the first."""
    lowered = [header.lower() for header in headers]
    pairs = [
        (at, lowered.index(partner))
        for at, header in enumerate(lowered) for lon, lat in _PAIRS
        if (partner := _partner(header, lon, lat)) != header and partner in lowered
    ]
    pairs = pairs or _known_pair(headers)
    filled = {pair: int((frame.iloc[:, pair[0]] != "").sum()) for pair in pairs}
    return max(pairs, key=lambda pair: filled[pair]) if pairs else None


def _known_pair(headers: Sequence[str]) -> list[tuple[int, int]]:
    """Longitude and latitude by the table of headers."""
    lon, lat = (_known(headers, role, set())[:1] for role in ("lon", "lat"))
    return [(lon[0], lat[0])] if lon and lat and lon != lat else []


def _known(headers: Sequence[str], role: str, taken: set[int]) -> list[int]:
    """The columns whose headers mean a role and nothing else as surely, the surest first."""
    found = []
    for at, header in enumerate(headers):
        roles = read_header(header).roles
        strength = roles[role].strength if role in roles and at not in taken else 0.0
        if strength >= _LEAST_STRENGTH and strength >= max(match.strength for match in roles.values()):
            found.append((-strength, at))
    return [at for _, at in sorted(found)]


def _partner(header: str, lon: str, lat: str) -> str:
    """The header with the word for latitude in the place of that for longitude."""
    if not lon.isascii():
        return header.replace(lon, lat)
    return re.sub(rf"(?<![a-z]){lon}(?![a-z])", lat, header)


def find_columns(headers: Sequence[str], taken: set[int]) -> dict[str, list[int]]:
    """Positions of the columns of each role; names may stand in several, one a language.

    Where none is called a name, the areas that a row lies in name it (`AREAS`).
    """
    names = _starting(headers, _NAMES, taken)
    areas = [] if names else [at for role in AREAS for at in _known(headers, role, taken)[:1]]
    return {
        "code": (_starting(headers, _CODES, taken) or _known(headers, "code", taken | set(areas)))[:1],
        "name": names,
        "province": _starting(headers, _PROVINCES, taken | set(names[:1]))[:1],
        "city": _starting(headers, _CITIES, taken | set(names))[:1],
        "level": _starting(headers, _LEVELS, taken)[:1],
        **({role: _known(headers, role, taken)[:1] for role in AREAS} if areas else {}),
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
