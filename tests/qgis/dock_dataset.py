"""A small dataset for tests of the dock: who reported what, and what pandas makes of it."""
from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from small_files import run

DAY = 86_400_000
START = 18_295 * DAY  # Monday, 2020-02-03
DAYS = 40
END = START + DAYS * DAY
ZONE = "Asia/Shanghai"
#: On this day nobody reports; on these Wuhan reports far more than before, and less than the day before.
GAP, JUMP, FALL = 9, 15, 25
#: On these days Wenzhou reports no deaths: those that it told last are carried on.
SILENT = range(20, 23)
HEADER = "time,place,kind,city,province,lon,lat,confirmed,deaths\n"


@dataclass(frozen=True)
class Place:
    """`daily`: new confirmed a day; `deaths`: does it report them? Without `lon` it is nowhere on the map."""

    name: str
    kind: str
    city: str
    province: str
    lon: float | None
    lat: float | None
    daily: int
    deaths: bool = False

    @property
    def area(self) -> tuple[str, str]:
        return self.province, self.city


PLACES = (
    Place("Ward 1", "hospital", "Wuhan", "Hubei", 114.30, 30.60, 40, deaths=True),
    Place("Ward 2", "hotel", "Xiaogan", "Hubei", 113.92, 30.92, 12),
    Place("Ward 3", "", "Huanggang", "Hubei", 114.87, 30.45, 7),
    Place("Ward 4", "hotel", "Tongshan", "Hubei", 114.48, 29.61, 2),
    Place("Ward 5", "station", "Tongshan", "Jiangsu", 117.17, 34.18, 3),
    Place("Ward 6", "hospital", "Wenzhou", "Zhejiang", 120.70, 28.00, 5, deaths=True),
    Place("Ward 7", "hotel", "Hangzhou", "Zhejiang", 120.16, 30.27, 1),
    Place("Ward 8", "station", "Ningbo", "Zhejiang", None, None, 4),
)


def counts() -> pd.DataFrame:
    """Total and deaths of each place (columns) at the end of each day; NaN where it never told."""
    days = np.arange(DAYS)
    table = {}
    for at, place in enumerate(PLACES):
        reported = np.where(days == GAP, GAP - 1, days) + 1
        total = reported * place.daily
        if at == 0:
            total = total + np.where(days >= JUMP, 900, 0) - np.where(days >= FALL, 60, 0)
        table["confirmed", at] = total.astype(float)
        table["deaths", at] = (total // 20).astype(float) if place.deaths else np.full(DAYS, np.nan)
        if place.city == "Wenzhou":
            table["deaths", at][SILENT] = table["deaths", at][SILENT.start - 1]
    return pd.DataFrame(table, index=START + days * DAY)


def chosen(metric: str, where: object = None) -> pd.DataFrame:
    """The counts of the places for which `where` holds."""
    numbers = [at for at, place in enumerate(PLACES) if where is None or where(place)]
    return counts()[metric][numbers]


def new(table: pd.DataFrame) -> pd.DataFrame:
    """Changes by day; what is there on the first day is new in it."""
    changes = table.diff()
    changes.iloc[0] = table.iloc[0]
    return changes


def write(path: Path) -> Path:
    """One report a place and day, at 8 in the morning; Wuhan's evening report replaces that of the morning."""
    table = counts()
    lines = []
    for day in range(DAYS):
        if day == GAP:
            continue
        for at, place in enumerate(PLACES):
            total, deaths = table["confirmed", at].iloc[day], table["deaths", at].iloc[day]
            if place.city == "Wenzhou" and day in SILENT:
                deaths = np.nan
            if at == 0:
                lines.append(_line(day, 8, place, total - place.daily // 2, deaths))
            lines.append(_line(day, 20 if at == 0 else 8, place, total, deaths))
    path.write_text(HEADER + "".join(lines), encoding="utf-8")
    return path


def _line(day: int, hour: int, place: Place, total: float, deaths: float) -> str:
    date = pd.Timestamp(START + day * DAY, unit="ms") + pd.Timedelta(hours=hour)
    lon, lat = ("" if one is None else one for one in (place.lon, place.lat))
    told = "" if np.isnan(deaths) else int(deaths)
    return (f"{date:%Y-%m-%dT%H:%M:%S}+08:00,{place.name},{place.kind},{place.city},{place.province},"
            f"{lon},{lat},{int(total)},{told}\n")


def load(folder: Path, name: str = "data") -> Path:
    """The dataset as a GeoPackage."""
    output = folder / f"{name}.gpkg"
    run("loaddataset", INPUT=str(write(folder / f"{name}.csv")), OUTPUT=str(output), COUNTS="cumulative",
        LISTING="partial", DATUM="WGS84", STEP="day", FIRST_VALUES="new", TIME_ZONE=ZONE)
    return output
