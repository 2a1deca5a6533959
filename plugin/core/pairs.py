"""Both coordinates in one column: two numbers, WKT or GeoJSON; which is the longitude is decided for the column."""
from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from .angles import plain_angle, read_angles
from .arrays import Bools, Cells, Floats, Ints
from .distinct import Distinct
from .numbers import ParsedNumbers, is_unknown
from .zones import zone_cities

_NUMBER = r"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?"
_PLAIN = rf"[\s(\[{{]*({_NUMBER})(?:\s*[,;/|、]\s*|\s+)({_NUMBER})[\s)\]}}]*"
_WKT = re.compile(rf"(?i)(?:SRID=4326;)?\s*POINT\s*(?:Z|M|ZM)?\s*\(\s*({_NUMBER})\s+({_NUMBER})[\s\d.eE+-]*\)")
#: No coordinate of any reference system lies farther out (metres).
_FARTHEST = 1e9
#: No pair of numbers or angles is longer.
_LONGEST = 200
#: Two angles with letters of hemispheres behind them, or before them.
_TWO_ANGLES = re.compile(
    r"(.*?[NSEW])[\s,;/|、]*(?=[+\-\d])(.*[NSEW])|([NSEW].*?)[\s,;/|、]*(?=[NSEW])([NSEW].*)", re.IGNORECASE)
_LATITUDE_FIRST = re.compile(r"(?i)lat.*(?:lon|lng)|[纬緯].*[经經経]|위도.*경도|^\W*y\W*x\W*$")
_LONGITUDE_FIRST = re.compile(r"(?i)(?:lon|lng).*lat|[经經経].*[纬緯]|경도.*위도|^\W*x\W*y\W*$")


@dataclass(frozen=True)
class Pairs:
    """Longitude and latitude of each row, and in words how their order is known."""

    lon: ParsedNumbers
    lat: ParsedNumbers
    note: str


@dataclass(frozen=True)
class _Read:
    """Of each distinct text: the first and second number, and whether their order is certain by the text itself
    (then the first is the longitude)."""

    first: Floats
    second: Floats
    certain: Bools


def parse_pairs(
    cells: Cells | pd.Series | pd.Categorical | Distinct, header: str = "", projected: bool = False
) -> Pairs:
    """Read a column that holds both coordinates; the header may name their order. `projected` ones are metres.

    Numbers beyond ±90 can only be longitudes and decide for all; else the header does; else the order by
    which the points lie nearer to the towns of the table of time zones.
    """
    column = Distinct.of(cells)
    read = _read(column.texts)
    open_ = ~read.certain & ~np.isnan(read.first)
    weight = column.rows_per_text()
    latitude_first, note = _order(read.first[open_], read.second[open_], weight[open_], header, projected)
    turned = open_ & latitude_first
    lon, lat = np.where(turned, read.second, read.first), np.where(turned, read.first, read.second)
    unknown = np.array([is_unknown(text) for text in column.texts], bool)
    unreadable = (np.isnan(lon) | np.isnan(lat)) & ~unknown
    at = column.codes
    return Pairs(ParsedNumbers(lon[at], unreadable[at]), ParsedNumbers(lat[at], unreadable[at]), note)


def _read(texts: Cells) -> _Read:
    found = pd.Series(texts, dtype=object).str.extract(rf"^{_PLAIN}$")
    first, second = (np.asarray(pd.to_numeric(found[i], errors="coerce"), np.float64).copy() for i in (0, 1))
    certain = np.zeros(len(texts), bool)
    halves: dict[int, tuple[str, str]] = {}
    for at in np.flatnonzero(np.isnan(first)):
        text = plain_angle(str(texts[at]))
        if len(text) > _LONGEST and not text.startswith("{"):
            continue
        written_out = _read_geojson(text) if text.startswith("{") else _read_wkt(text)
        if written_out is not None:
            first[at], second[at], certain[at] = *written_out, True
            continue
        parts = _split(text.strip("()[]{} \t"))
        if parts is not None:
            halves[int(at)] = parts
    if halves:
        rows = np.array(list(halves))
        first[rows], second[rows], certain[rows] = _read_halves(list(halves.values()))
    return _Read(first, second, certain)


def _read_halves(halves: list[tuple[str, str]]) -> tuple[Floats, Floats, Bools]:
    """Pairs of angles; letters of hemispheres say which is which and must not say the same of both."""
    (first, letter), (second, other) = (read_angles(np.array(part, dtype=object)) for part in zip(*halves))
    latitude_first = np.isin(letter.astype(str), ["N", "S"]) | np.isin(other.astype(str), ["E", "W"])
    longitude_first = np.isin(letter.astype(str), ["E", "W"]) | np.isin(other.astype(str), ["N", "S"])
    bad = (latitude_first & longitude_first) | np.isnan(first) | np.isnan(second)
    lon, lat = np.where(latitude_first, second, first), np.where(latitude_first, first, second)
    return np.where(bad, np.nan, lon), np.where(bad, np.nan, lat), latitude_first | longitude_first


def _read_wkt(text: str) -> tuple[float, float] | None:
    found = _WKT.fullmatch(text)
    return (float(found[1]), float(found[2])) if found is not None else None


def _read_geojson(text: str) -> tuple[float, float] | None:
    """The coordinates of a point, or of a feature that is one."""
    try:
        point: Any = json.loads(text)
    except (ValueError, RecursionError):
        return None
    point = point.get("geometry", point)
    numbers = point.get("coordinates") if isinstance(point, dict) and point.get("type") == "Point" else None
    if not isinstance(numbers, list) or len(numbers) < 2:
        return None
    if not all(isinstance(number, (int, float)) and not isinstance(number, bool) for number in numbers[:2]):
        return None
    return (float(numbers[0]), float(numbers[1])) if max(map(abs, numbers[:2])) < _FARTHEST else None


def _split(text: str) -> tuple[str, str] | None:
    """A text's two halves: at a mark that is in no number, at a comma with a blank, at
    the middle one of three commas."""
    for expression in (r"\s*[;/|、\t]\s*", r"\s*,\s+|\s+,\s*", r","):
        parts = re.split(expression, text)
        if len(parts) == 2:
            return parts[0], parts[1]
    parts = text.split(",")
    if len(parts) == 4 and all(re.fullmatch(r"[+-]?\d+", part.strip()) for part in parts):
        return ",".join(parts[:2]), ",".join(parts[2:])
    found = _TWO_ANGLES.fullmatch(text)
    if found is not None:
        halves = [group for group in found.groups() if group is not None]
        return halves[0], halves[1]
    parts = text.split()
    return (parts[0], parts[1]) if len(parts) == 2 else None


def _order(first: Floats, second: Floats, weight: Ints, header: str, projected: bool) -> tuple[bool, str]:
    """Does the latitude come first, and why."""
    if not len(first):
        return False, ""
    beyond = [int(weight[(np.abs(part) > 90) & (np.abs(part) <= 180)].sum()) for part in (first, second)]
    if not projected and beyond[0] != beyond[1]:
        words = "second" if beyond[1] > beyond[0] else "first"
        return beyond[1] > beyond[0], f"longitude stands {words}: in {max(beyond):,} rows it is beyond ±90"
    for expression, words, latitude_first in (
        (_LATITUDE_FIRST, "second", True), (_LONGITUDE_FIRST, "first", False),
    ):
        if expression.search(header):
            return latitude_first, f"longitude stands {words}, as the header says"
    if projected:
        return False, "the first number is taken for the easting"
    return _nearer_to_towns(first, second, weight)


def _nearer_to_towns(first: Floats, second: Floats, weight: Ints) -> tuple[bool, str]:
    """Where values and header tell nothing: reports come from where people live."""
    middle = [float(np.median(np.repeat(part, np.minimum(weight, 1000)))) for part in (first, second)]
    as_written, turned = (_distance_to_town(*pair) for pair in (middle, middle[::-1]))
    words = "second" if turned < as_written else "first"
    return turned < as_written, (
        f"longitude is taken to stand {words}, since the points then lie nearer to a known town; "
        "nothing tells for certain")


def _distance_to_town(lon: float, lat: float) -> float:
    """Degrees to the nearest principal town of a time zone; without a table of them, 0."""
    towns = zone_cities()
    return min((math.hypot((x - lon) * math.cos(math.radians(lat)), y - lat) for _, x, y in towns), default=0.0)
