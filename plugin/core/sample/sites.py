"""The sample's invented places: their names, kinds, points, sizes, and first days."""
from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ..arrays import Bools, Floats, Ints
from .draws import Draws
from .published import GROUPS, KM_PER_DEGREE, City, Curves, cosine

#: Kind, its word in invented names (English, Chinese), and how many of a thousand places are of it.
KINDS = (
    ("hospital", "Hospital", "医院", 120),
    ("apartment compound", "Compound", "小区", 370),
    ("hotel", "Hotel", "酒店", 80),
    ("supermarket", "Supermarket", "超市", 130),
    ("station", "Station", "车站", 40),
    ("restaurant", "Restaurant", "餐馆", 120),
    ("school", "School", "学校", 90),
    ("village", "Village", "村", 50),
)
#: Names that stand for cases without a place.
NOT_PLACES = ("境外输入 (imported cases)", "待明确地区 (not yet located)")
NOT_PLACE_KIND = -1
#: One name in so many stands for cases without a place.
PLACES_PER_NOT_PLACE = 800
#: Coordinates are whole 1/100,000 degrees, about a metre.
DEGREE = 100_000
#: From this day on no place reports for the first time.
LAST_FIRST_DAY = 36
#: No place is farther from its city's centre, but for those planted far away.
LONGEST_KM = 30.0
#: Towns lie to one side of a city when their mean offset is this part of their mean distance.
ONE_SIDED = 0.45
_TOTAL_WEIGHT_BITS = 30


@dataclass(frozen=True)
class Sites:
    """One entry a place, sorted by group and first day.

    `weight`: how much a place reports; `lon`, `lat`: in 1/`DEGREE` degrees; `pointed`: has a point;
    `number`: counts places of one city and kind.
    """

    city: Ints
    group: Ints
    kind: Ints
    number: Ints
    weight: Ints
    lon: Ints
    lat: Ints
    pointed: Bools
    first_day: Ints


def make_sites(cities: list[City], places: int, curves: Curves, seed: int) -> Sites:
    """Places in each city by its cases, each first reporting as the outbreak grows."""
    city = np.repeat(np.arange(len(cities)), _places_per_city(cities, places))
    group = np.array([city.group for city in cities], np.int64)[city]
    weight = _weights(cities, city, Draws(seed, 1))
    order, first_day = _first_days(group, weight, curves, Draws(seed, 2))
    city, group, weight = city[order], group[order], weight[order]
    kind = _kinds(cities, city, group, Draws(seed, 3))
    lon, lat = _points(cities, city, Draws(seed, 4))
    return Sites(city, group, kind, _numbers(city, kind), weight, lon, lat, kind >= 0, first_day)


def _places_per_city(cities: list[City], places: int) -> Ints:
    """At least one each; the others in proportion to the 5/8th power of cases."""
    root = np.sqrt(np.array([city.cases for city in cities], np.float64))
    share = (1000.0 * root * np.sqrt(np.sqrt(root))).astype(np.int64)
    ends = np.cumsum(share) * (places - len(cities)) // share.sum()
    return np.asarray(1 + np.diff(ends, prepend=0), np.int64)


def _weights(cities: list[City], city: Ints, draws: Draws) -> Ints:
    per_place = np.array([c.cases for c in cities], np.int64) * 400 // np.bincount(city, minlength=len(cities))
    weight = (np.maximum(per_place, 4)[city] * draws.tail(len(city), 20.0)).astype(np.int64)
    return np.asarray(np.maximum(1, weight // (1 + (int(weight.sum()) >> _TOTAL_WEIGHT_BITS))), np.int64)


def _first_days(group: Ints, weight: Ints, curves: Curves, draws: Draws) -> tuple[Ints, Ints]:
    """Order by group and first day, and those days: places appear as the root of the cases."""
    luck = draws.unit(len(group)) / np.sqrt(np.sqrt(weight.astype(np.float64)))
    order = np.lexsort((luck, group))
    day = np.zeros(len(group), np.int64)
    start = 0
    for one in range(GROUPS):
        size = int((group == one).sum())
        grown = np.sqrt(curves.confirmed[one, 1:] / max(int(curves.confirmed[one, LAST_FIRST_DAY]), 1))
        rank = (np.arange(size) + 0.5) / max(size, 1)
        day[start:start + size] = np.searchsorted(grown, rank)
        start += size
    return order, np.minimum(day, LAST_FIRST_DAY)


def _kinds(cities: list[City], city: Ints, group: Ints, draws: Draws) -> Ints:
    limits = np.cumsum([share for *_, share in KINDS])
    kind = np.searchsorted(limits, draws.below(len(city), int(limits[-1])), side="right")
    wanted = len(city) // PLACES_PER_NOT_PLACE or int(len(city) >= 50)
    provinces = sorted({(c.province, at) for at, c in enumerate(cities) if c.group == GROUPS - 1})
    chosen = dict(reversed([(province, at) for province, at in provinces]))
    capitals = np.isin(city, list(chosen.values())) & (group == GROUPS - 1)
    first_of_city = np.zeros(len(city), bool)
    first_of_city[np.unique(city, return_index=True)[1]] = True
    several = np.bincount(city)[city] > 1
    kind[draws.some(capitals & first_of_city & several, wanted)] = NOT_PLACE_KIND
    return np.asarray(kind, np.int64)


def _numbers(city: Ints, kind: Ints) -> Ints:
    """Count places of one city and kind from 1."""
    key = city * (len(KINDS) + 1) + kind
    order = np.argsort(key, kind="stable")
    starts = np.flatnonzero(np.diff(key[order], prepend=-9))
    sizes = np.diff(np.append(starts, len(key)))
    numbers = np.empty(len(key), np.int64)
    numbers[order] = np.arange(len(key)) - np.repeat(starts, sizes) + 1
    return numbers


def _points(cities: list[City], city: Ints, draws: Draws) -> tuple[Ints, Ints]:
    """Around the centre, along the way to towns nearby, and in those towns.

    The way from one populated place to the next is mostly on land, which circles around a port are not.
    """
    count = len(city)
    town_east, town_north = _town_offsets(cities, city, draws)
    spread = _spread_km(cities)[city]
    mode = draws.below(count, 100)
    bare = (town_east == 0) & (town_north == 0)
    centre = (mode < 45) | bare
    along = np.where(centre, 0.0, np.where(mode < 75, draws.unit(count), 1.0))
    tail = np.minimum(draws.tail(count, 8.0), 3.0 + 3.0 * bare)
    scatter = np.where(centre, spread * tail, 0.3 + 0.15 * spread)
    east, north = scatter * draws.bell(count), scatter * draws.bell(count)
    east, north = _inland(cities, city, east, north, 0.7 * spread * draws.unit(count))
    east, north = _within(along * town_east + east, along * town_north + north)
    lat = np.array([c.lat for c in cities])[city]
    lon = np.array([c.lon for c in cities])[city] + east / (KM_PER_DEGREE * cosine(lat))
    lat = lat + north / KM_PER_DEGREE
    return np.rint(lon * DEGREE).astype(np.int64), np.rint(lat * DEGREE).astype(np.int64)


def _inland(
    cities: list[City], city: Ints, east: Floats, north: Floats, least: Floats
) -> tuple[Floats, Floats]:
    """Where all towns lie to one side of a city, the other is probably the sea: turn round what lies
    more than `least` km out there. That differs from place to place, so that no edge shows."""
    leaning = np.array([_lean(one) for one in cities])[city]
    turn = np.where(leaning[:, 0] * east + leaning[:, 1] * north < -least, -1.0, 1.0)
    return east * turn, north * turn


def _lean(city: City) -> tuple[float, float]:
    """The direction in which the city's towns lie (length 1), (0, 0) if they lie all around."""
    stretch = float(cosine(city.lat))
    offsets = [((lon - city.lon) * stretch, lat - city.lat) for lon, lat in city.towns]
    if len(offsets) < 3:
        return 0.0, 0.0
    east, north = sum(x for x, _ in offsets), sum(y for _, y in offsets)
    length, reach = math.sqrt(east * east + north * north), sum(math.sqrt(x * x + y * y) for x, y in offsets)
    return (east / length, north / length) if length > ONE_SIDED * reach else (0.0, 0.0)


def _within(east: Floats, north: Floats) -> tuple[Floats, Floats]:
    """Bring points from beyond the longest distance inside by inversion, so that no rim shows."""
    square = east * east + north * north
    shrink = np.where(square > LONGEST_KM * LONGEST_KM, LONGEST_KM * LONGEST_KM / np.maximum(square, 1.0), 1.0)
    return east * shrink, north * shrink


def _spread_km(cities: list[City]) -> Floats:
    """Typical distance from the centre: 1 km for a town, 4.5 km for a city of ten million."""
    population = np.array([city.population for city in cities], np.float64)
    return np.asarray(np.minimum(0.6 + 1.2 * np.sqrt(population / 1e6), 4.5))


def _town_offsets(cities: list[City], city: Ints, draws: Draws) -> tuple[Floats, Floats]:
    """Kilometres east and north from the centre to one of the city's towns; 0 where there is none."""
    towns = np.array([town for one in cities for town in one.towns or ((one.lon, one.lat),)])
    sizes = np.array([max(len(one.towns), 1) for one in cities])
    # Large towns stand first in the list and are drawn more often.
    first, second = draws.unit(len(city)), draws.unit(len(city))
    pick = (np.cumsum(sizes) - sizes)[city] + (first * second * sizes[city]).astype(np.int64)
    lat = np.array([one.lat for one in cities])[city]
    lon = np.array([one.lon for one in cities])[city]
    east = (towns[pick, 0] - lon) * KM_PER_DEGREE * cosine(lat)
    return east, (towns[pick, 1] - lat) * KM_PER_DEGREE
