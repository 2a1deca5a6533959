"""Moments that people give, as wall-clock milliseconds of a dataset's zone."""
from __future__ import annotations

import re
from datetime import datetime, timedelta

from qgis.PyQt.QtCore import QDate, QDateTime

from ..core.errors import AtlasError
from .translation import tr

_EPOCH = datetime(1970, 1, 1)
_MS = timedelta(milliseconds=1)
#: 1970-01-01 as a Julian day.
_EPOCH_DAY, _DAY_MS = 2_440_588, 86_400_000
_MIDNIGHT = re.compile(r"(?P<day>[\d-]+)[T ]24:00(?::00(?:[.,]0+)?)?(?P<offset>(?:[+-].*)?)")
_SHORT_OFFSET = re.compile(r"([+-]\d\d)(\d\d)?$")


def moment_of(value: object, zone: str) -> int | None:
    """Milliseconds of a QDateTime, QDate or ISO 8601 text; None for nothing.

    What a date-time widget shows is taken as it is shown: the zone that Qt attaches to it is the
    computer's, and means nothing. Text with an offset is brought to the dataset's zone.
    """
    if value is None or value == "" or (hasattr(value, "isNull") and value.isNull()):
        return None
    if isinstance(value, (QDate, QDateTime)):
        return wall_clock_ms(value)
    try:
        return _wall_ms(_in_zone(_parse(str(value)), zone))
    except (ValueError, OverflowError) as error:
        message = tr("“{text}” is not a moment. Write it like 2020-02-13T12:00 or 2020-02-13.")
        raise AtlasError(message.format(text=value), str(error)) from error


def written_moment(text: str) -> tuple[int, int | None] | None:
    """Wall-clock milliseconds of ISO 8601 text as it is written, and its offset from UTC (None without one); None for
    any other text."""
    try:
        moment = _parse(text)
    except (ValueError, OverflowError):
        return None
    offset = moment.utcoffset()
    return _wall_ms(moment), None if offset is None else offset // _MS


def wall_clock_ms(value: QDateTime | QDate) -> int:
    """Milliseconds of what a moment shows, whatever zone Qt attaches to it; fast, for many."""
    if isinstance(value, QDate):
        return (value.toJulianDay() - _EPOCH_DAY) * _DAY_MS
    return (value.date().toJulianDay() - _EPOCH_DAY) * _DAY_MS + value.time().msecsSinceStartOfDay()


def _parse(text: str) -> datetime:
    """ISO 8601 as people and programs write it: 24:00 is the next midnight (which Python refuses before 3.13;
    before 3.11 it knows neither Z nor +0800)."""
    clean = re.sub(r"[Zz]$", "+00:00", text.strip())
    if ":" in clean:
        clean = _SHORT_OFFSET.sub(lambda found: f"{found[1]}:{found[2] or '00'}", clean)
    midnight = _MIDNIGHT.fullmatch(clean)
    if midnight is None:
        return datetime.fromisoformat(clean)
    return datetime.fromisoformat(f"{midnight['day']}T00:00{midnight['offset']}") + timedelta(days=1)


def _in_zone(moment: datetime, zone: str) -> datetime:
    if moment.tzinfo is None:
        return moment
    # Here, because it needs pandas, without which the plugin must load.
    from ..core.zones import AS_WRITTEN, resolve_zone

    if zone == AS_WRITTEN:
        raise AtlasError(tr("This dataset names no time zone, so a moment with an offset has no meaning in it. "
                            "Write the moment without its offset."))
    return moment.astimezone(resolve_zone(zone))


def _wall_ms(moment: datetime) -> int:
    return (moment.replace(tzinfo=None) - _EPOCH) // _MS
