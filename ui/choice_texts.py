"""What the words of parameters and roles are called on screen."""
from __future__ import annotations

from ..plugin.bridge.translation import tr
from ..plugin.core.schema import ROLES

Texts = dict[str, str]


def count_texts() -> Texts:
    return {
        "cumulative": tr("running totals"),
        "increments": tr("additions"),
        "events": tr("events, one a row"),
    }


def listing_texts() -> Texts:
    return {"full": tr("full: lists all places"), "partial": tr("partial: each place by itself")}


def first_texts() -> Texts:
    return {"new": tr("new cases"), "unknown": tr("not known to be new")}


def datum_texts() -> Texts:
    return {
        "WGS84": tr("WGS 84 (GPS, most of the world)"),
        "GCJ02": tr("GCJ-02 (AMap, Tencent: maps of China)"),
        "BD09": tr("BD-09 (Baidu)"),
    }


def step_texts() -> Texts:
    return {"hour": tr("one hour"), "day": tr("one day"), "week": tr("one week")}


def order_texts() -> Texts:
    return {
        "ymd": tr("year, month, day"),
        "mdy": tr("month, day, year"),
        "dmy": tr("day, month, year"),
    }


def role_texts() -> Texts:
    """The roles of columns in the order in which they are offered; `date` is another word for `time`."""
    named = {
        "time": tr("date, time"), "time_of_day": tr("time of day"), "lon": tr("longitude, X"),
        "lat": tr("latitude, Y"), "lonlat": tr("both coordinates"), "place": tr("place"),
        "kind": tr("kind of place"), "city": tr("city"), "province": tr("province"), "country": tr("country"),
        "code": tr("code"), "level": tr("level"),
    }
    return {**named, **{role: role for role in ROLES if role not in (*named, "date")}}


def delimiter_text(delimiter: str) -> str:
    """A delimiter in words, "" for a file that has none."""
    named = {",": tr("commas"), ";": tr("semicolons"), "\t": tr("tabs"), "|": tr("bars"), " ": tr("blanks")}
    return named.get(delimiter, delimiter)
