"""Time zones: which one a dataset speaks, and every moment brought to it."""
from __future__ import annotations

import math
import re
import zoneinfo
from datetime import datetime, timedelta, timezone, tzinfo
from importlib import resources
from pathlib import Path

import numpy as np
import pandas as pd

from .arrays import Bools, Ints
from .dataset import GIVEN, Choice
from .errors import AtlasError
from .schema import MS_PER_DAY, MS_PER_HOUR
from .times import NO_OFFSET, ParsedTimes

AS_WRITTEN = "as written"
_PROBES = 40
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_FIXED = re.compile(r"UTC(?P<sign>[+-])(?P<hours>[01]?\d|2[0-3])(?::?(?P<minutes>[0-5]\d))?")
#: A zone that every database has: whether there is one is asked by it.
_KNOWN_EVERYWHERE = "Asia/Shanghai"


def resolve_zone(name: str) -> tzinfo:
    """The zone of a name: `UTC`, a fixed offset such as `UTC+08:00`, or an IANA name.

    Only the last needs a database of time zones, which Windows has not. Raises `AtlasError` for any other name.

    >>> resolve_zone("UTC+05:30").utcoffset(None)
    datetime.timedelta(seconds=19800)
    """
    if name == "UTC":
        return timezone.utc
    fixed = _FIXED.fullmatch(name)
    if fixed is not None:
        offset = timedelta(hours=int(fixed["hours"]), minutes=int(fixed["minutes"] or 0))
        return timezone(-offset if fixed["sign"] == "-" else offset)
    zone = _iana_zone(name)
    if zone is not None:
        return zone
    if _iana_zone(_KNOWN_EVERYWHERE) is None:
        raise AtlasError(
            f"The time zone “{name}” cannot be looked up, because Python has no database of time zones here: "
            "add the Python library tzdata, or give an offset such as UTC+08:00.")
    raise AtlasError(
        f"There is no time zone named “{name}”: give an IANA name such as Asia/Shanghai, or an offset "
        "such as UTC+08:00.")


def _iana_zone(name: str) -> tzinfo | None:
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return None


def choose_zone(given: str, times: ParsedTimes, point: tuple[float, float] | None, in_china: bool) -> Choice:
    """The dataset's zone: what the user gave, else the one that fits the written offsets.

    `point` is the median (lon, lat) in degrees, used to name one of the zones with the same offset.
    """
    if given:
        resolve_zone(given)
        return Choice(given, GIVEN)
    with_offset = np.flatnonzero(times.ok & (times.offset_ms != NO_OFFSET))
    if not len(with_offset):
        return Choice(AS_WRITTEN, "the file names no offset from UTC, so times are kept as written")
    of_row, offsets = pd.factorize(times.offset_ms[with_offset])
    offset = int(offsets[np.bincount(of_row).argmax()])
    words = f"most times carry the offset {format_offset(offset)}"
    if offset == 0:
        return Choice("UTC", words)
    if offset == 8 * MS_PER_HOUR and in_china:
        name = "Asia/Shanghai" if _iana_zone("Asia/Shanghai") is not None else _fixed_zone(offset)
        return Choice(name, f"{words} and most points lie in mainland China")
    probes = with_offset[:: max(1, len(with_offset) // _PROBES)]
    name = _nearest_zone(times, probes, point) if point is not None else ""
    if name:
        return Choice(name, f"{words}; the nearest zone that agrees with them")
    return Choice(_fixed_zone(offset), words)


def to_zone(times: ParsedTimes, zone: str) -> tuple[Ints, Bools]:
    """Wall-clock milliseconds in `zone`, and which rows were written in another offset.

    Rows without an offset are taken as the zone's own wall clock.
    """
    if zone == AS_WRITTEN:
        return times.ms, np.zeros(len(times.ms), bool)
    rows = np.flatnonzero(times.ok & (times.offset_ms != NO_OFFSET))
    utc = times.ms[rows] - times.offset_ms[rows]
    hours, inverse = np.unique(utc // MS_PER_HOUR, return_inverse=True)
    own = _offsets_at(hours * MS_PER_HOUR, zone)[inverse]
    wall = times.ms.copy()
    wall[rows] = utc + own
    foreign = np.zeros(len(wall), bool)
    foreign[rows] = own != times.offset_ms[rows]
    return wall, foreign


def format_offset(offset_ms: int) -> str:
    """
    >>> format_offset(28_800_000)
    '+08:00'
    """
    minutes = offset_ms // 60_000
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"


def _offsets_at(utc_ms: Ints, zone: str) -> Ints:
    """UTC offset of `zone` at each moment. Zones change at whole hours of UTC or of the wall clock;
    the few half-hour zones change when nobody reports, so an hour's offset is that of its start."""
    moments = pd.DatetimeIndex(utc_ms.astype("datetime64[ms]").astype("datetime64[ns]"), tz="UTC")
    local = moments.tz_convert(resolve_zone(zone)).tz_localize(None)
    wall = local.values.astype("datetime64[ms]").astype(np.int64)
    return np.asarray(wall - utc_ms, np.int64)


def _nearest_zone(times: ParsedTimes, probes: Ints, point: tuple[float, float] | None) -> str:
    """Among the zones that agree best with the probes' offsets, the one whose city is nearest."""
    best: tuple[float, float, str] | None = None
    for name, lon, lat in zone_cities():
        agreement = _agreement(name, times, probes)
        if agreement < 0.9 or point is None:
            continue
        rank = (-agreement, math.hypot((lon - point[0]) * math.cos(math.radians(lat)), lat - point[1]), name)
        best = rank if best is None else min(best, rank)
    return best[2] if best is not None else ""


def _agreement(name: str, times: ParsedTimes, probes: Ints) -> float:
    zone = _iana_zone(name)
    if zone is None:
        return 0.0
    hits = 0
    for row in probes:
        # Not datetime.fromtimestamp, which on Windows knows no moment before 1970.
        utc = _EPOCH + timedelta(milliseconds=int(times.ms[row] - times.offset_ms[row]))
        offset = utc.astimezone(zone).utcoffset()
        hits += offset == timedelta(milliseconds=int(times.offset_ms[row]))
    return hits / len(probes)


def zone_cities() -> list[tuple[str, float, float]]:
    """Name, longitude and latitude of each zone's principal city, from the tz database's own table."""
    for folder in [*map(Path, zoneinfo.TZPATH)]:
        for table in ("zone1970.tab", "zone.tab"):
            if (folder / table).is_file():
                return _parse_tab((folder / table).read_text(encoding="utf-8"))
    try:
        text = resources.files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="utf-8")
    except (ModuleNotFoundError, FileNotFoundError):
        return []
    return _parse_tab(text)


def _parse_tab(text: str) -> list[tuple[str, float, float]]:
    rows = [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]
    return [(row[2], *_iso6709(row[1])) for row in rows]


def _iso6709(text: str) -> tuple[float, float]:
    """Longitude and latitude of `±DDMM±DDDMM` or `±DDMMSS±DDDMMSS`."""
    cut = max(text.rfind("+"), text.rfind("-"))
    return _degrees(text[cut:], 3), _degrees(text[:cut], 2)


def _degrees(text: str, digits: int) -> float:
    sign, body = (-1 if text[0] == "-" else 1), text[1:]
    minutes, seconds = body[digits:digits + 2] or "0", body[digits + 2:] or "0"
    return sign * (int(body[:digits]) + int(minutes) / 60 + int(seconds) / 3600)


def _fixed_zone(offset_ms: int) -> str:
    """The name of a zone that keeps this offset; what no zone can have (a day or more) stays as written."""
    return f"UTC{format_offset(offset_ms)}" if abs(offset_ms) < MS_PER_DAY else AS_WRITTEN
