"""What was published: cities of GeoNames and the curve of early 2020, from resources/sample."""
from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from ..arrays import Floats, Ints

RESOURCES = Path(__file__).resolve().parents[3] / "resources" / "sample"
FIRST_DAY = date(2020, 2, 3)
DAYS = 88
REVISION_DAY = (date(2020, 4, 17) - FIRST_DAY).days
DAY_NAMES = tuple((FIRST_DAY + timedelta(days=day)).isoformat() for day in range(-1, DAYS))

#: Groups of cities that share a curve. Deaths and recoveries are known in the first two.
WUHAN, NEAR, FAR, ELSEWHERE = range(4)
GROUPS = 4
NEAR_KM = 150.0
KM_PER_DEGREE = 111.2


@dataclass(frozen=True)
class City:
    """Positions in WGS 84 degrees; `cases`: confirmed by 30 April 2020 (outside Hubei our estimate);
    `towns`: populated places within 30 km."""

    name: str
    name_zh: str
    province: str
    lon: float
    lat: float
    population: int
    cases: int
    towns: tuple[tuple[float, float], ...]
    group: int


@dataclass(frozen=True)
class Curves:
    """Row per group, column per day end from the day before the sample's first.

    `confirmed`: cumulative cases times the scale; `death_rate`: deaths per case; `recovery_rate`:
    recoveries per case that does not end in death; both zero where nothing is known.
    """

    confirmed: Ints
    death_rate: Floats
    recovery_rate: Floats


def cosine(degrees: Floats | float) -> Floats:
    """Bhaskara's approximation of the cosine between -90 and 90 degrees, good to 0.2 percent.

    Unlike the library's cosine it has the same last bit everywhere.

    >>> float(cosine(60.0))
    0.5
    """
    square = np.asarray(degrees, np.float64) * degrees
    return np.asarray((32400.0 - 4.0 * square) / (32400.0 + square))


def read_cities() -> list[City]:
    """All cities of the table, in its order: a fair few come first."""
    with (RESOURCES / "cities.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    wuhan = (float(rows[0]["lon"]), float(rows[0]["lat"]))
    return [_city(row, wuhan) for row in rows]


def _city(row: dict[str, str], wuhan: tuple[float, float]) -> City:
    lon, lat = float(row["lon"]), float(row["lat"])
    towns = [town.split() for town in row["towns"].split(";") if town]
    east = (lon - wuhan[0]) * KM_PER_DEGREE * float(cosine(lat))
    north = (lat - wuhan[1]) * KM_PER_DEGREE
    return City(
        row["city"], row["city_zh"], row["province"], lon, lat, int(row["population"]), int(row["cases"]),
        tuple((float(x), float(y)) for x, y in towns),
        _group(row["province"], east * east + north * north),
    )


def _group(province: str, square_km: float) -> int:
    if province != "Hubei":
        return ELSEWHERE
    if square_km == 0:
        return WUHAN
    return NEAR if square_km <= NEAR_KM * NEAR_KM else FAR


def read_curves(cities: list[City], scale: int) -> Curves:
    """The published curve times `scale`, shared out to the groups that have cities."""
    with (RESOURCES / "published.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    known = {name: _filled([row[name] for row in rows]) for name in rows[0] if name != "day"}
    confirmed = _shared(known, cities) * scale
    death_rate, recovery_rate = np.zeros(confirmed.shape), np.zeros(confirmed.shape)
    rest = {what: known["hubei" + what] - known["wuhan" + what] for what in ("", "_deaths", "_recovered")}
    wuhan = {what: known["wuhan" + what] for what in rest}
    for group, counts in ((WUHAN, wuhan), (NEAR, rest)):
        death_rate[group] = counts["_deaths"] / counts[""]
        surviving = counts[""] * (1.0 - death_rate[group].max())
        recovery_rate[group] = np.minimum(counts["_recovered"] / surviving, 1.0)
    return Curves(confirmed, death_rate, recovery_rate)


def _filled(texts: list[str]) -> Ints:
    """Whole numbers, those left out lying on the line between their neighbours."""
    given = [day for day, text in enumerate(texts) if text]
    values = np.zeros(len(texts), np.int64)
    for first, last in zip(given, given[1:]):
        start, span = int(texts[first]), last - first
        values[first:last + 1] = start + (int(texts[last]) - start) * np.arange(span + 1) // span
    return values


def _shared(known: dict[str, Ints], cities: list[City]) -> Ints:
    """Confirmed cases of each group. Hubei outside Wuhan is smoothed so that it never falls."""
    rest = np.minimum.accumulate((known["hubei"] - known["wuhan"])[::-1])[::-1]
    near, far = (sum(city.cases for city in cities if city.group == group) for group in (NEAR, FAR))
    near_part = rest * near // max(near + far, 1)
    wuhan = known["hubei"] - (rest if near + far else 0)
    return np.stack([wuhan, near_part, rest - near_part if far else rest * 0, known["china"] - known["hubei"]])
