"""The positions of all rows from their columns: two of numbers or angles, or one of pairs."""
from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from .arrays import Bools, Floats, Ints
from .degrees import parse_degrees
from .distinct import Distinct
from .mending import damaged_texts, mend
from .numbers import ParsedNumbers, parse_numbers
from .pairs import parse_pairs
from .points import usable_points
from .projecting import ReferenceSystem, project_to_degrees
from .rules import Rule, bit


@dataclass(frozen=True)
class Positions:
    """Degrees of each row, NaN without a point; flags; for each role what its column says and was not plain.

    `stray`: a row whose numbers are beyond ±180, set when more than half of all pairs are: they cannot be degrees.
    """

    lon: Floats
    lat: Floats
    flags: Ints
    notes: dict[str, str] = field(default_factory=dict)
    stray: int | None = None


def read_positions(columns: dict[str, Distinct], headers: dict[str, str], crs: str, n: int) -> Positions:
    """Read the columns of the roles `lon` and `lat`, or `lonlat`, of `n` rows; `crs` is that of the numbers,
    empty for degrees. Raises `AtlasError` when the system is not known."""
    system = ReferenceSystem.named(crs) if crs else None
    metres = system if system is not None and system.in_metres else None
    notes: dict[str, str] = {}
    mended, damaged = np.zeros(n, bool), np.zeros(n, bool)
    if "lon" in columns and "lat" in columns and metres is not None:
        lon, lat, mended = _in_metres(columns["lon"], columns["lat"], metres, notes)
    elif "lon" in columns and "lat" in columns:
        lon, lat, damaged = _in_degrees(columns["lon"], columns["lat"], notes)
    elif "lonlat" in columns:
        pairs = parse_pairs(columns["lonlat"], headers["lonlat"], metres is not None)
        lon, lat, notes["lonlat"] = pairs.lon, pairs.lat, pairs.note
    else:
        lon = lat = ParsedNumbers(np.full(n, np.nan), np.zeros(n, bool))
    stray = _stray(lon, lat, damaged) if system is None else None
    if system is not None:
        lon, lat = project_to_degrees(lon, lat, system)
    x, y, flags = usable_points(lon, lat)
    flags[mended & ~np.isnan(x)] |= bit(Rule.MENDED_COORDINATES)
    return Positions(x, y, flags, {role: note for role, note in notes.items() if note}, stray)


def _in_degrees(
    lon: Distinct, lat: Distinct, notes: dict[str, str]
) -> tuple[ParsedNumbers, ParsedNumbers, Bools]:
    """Both coordinates, and the rows in which one of them is damaged."""
    (x, x_damaged), (y, y_damaged) = _sound_degrees(lon, "lon"), _sound_degrees(lat, "lat")
    notes.update(lon=x.note, lat=y.note)
    return x, y, x_damaged | y_damaged


def _in_metres(
    lon: Distinct, lat: Distinct, system: ReferenceSystem, notes: dict[str, str]
) -> tuple[ParsedNumbers, ParsedNumbers, Bools]:
    """Both coordinates, and the rows in which they were mended."""
    mended = mend(lon, lat, (parse_numbers(lon), parse_numbers(lat)), system)
    # Once mended, what the marks seemed to say of thousands is no longer so.
    notes.update(lon=mended.notes[0] or mended.x.note, lat=mended.notes[1] or mended.y.note)
    return mended.x, mended.y, mended.rows


def _sound_degrees(column: Distinct, role: str) -> tuple[ParsedNumbers, Bools]:
    """Degrees of a column; numbers with several marks are none, for degrees have no thousands. And where those are."""
    numbers, damaged = parse_degrees(column, role), damaged_texts(column)[column.codes]
    sound = ParsedNumbers(np.where(damaged, np.nan, numbers.values), numbers.unreadable | damaged, numbers.note)
    return sound, damaged


def _stray(lon: ParsedNumbers, lat: ParsedNumbers, damaged: Bools) -> int | None:
    """The first row whose numbers are plainly no degrees, if more than half of the pairs are such."""
    known = ~np.isnan(lon.values) & ~np.isnan(lat.values)
    beyond = damaged | (known & ((np.abs(lon.values) > 180) | (np.abs(lat.values) > 180)))
    return int(np.argmax(beyond)) if beyond.sum() * 2 > (known | beyond).sum() else None
