"""What a report counts: totals as they were known, places, areas, and how complete the counts are."""
from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..arrays import Bools, Floats, Ints
from ..coverage import Coverage
from ..dataset import Cleaned, DatasetInfo
from ..schema import CountKind

#: The roles by which places are put together, the first that tells at least two areas apart.
AREA_ROLES = ("province", "city", "country", "place")
UNNAMED = "(not named)"


@dataclass(frozen=True)
class Total:
    """A metric summed over the places listed at the end; None where no place knows it."""

    metric: str
    total: float | None
    known: int
    listed: int
    unlocated: float | None


@dataclass(frozen=True)
class Area:
    """A province (or city, …) with its places, how many have a point, their reports and last known count."""

    name: str
    places: int
    located: int
    reports: int
    last: float | None


@dataclass(frozen=True)
class Curve:
    """The known total of a metric at the end of each bin (NaN while no place knows it)."""

    metric: str
    total: Floats
    known: Ints


@dataclass(frozen=True)
class Points:
    """Every place that has a point: where, its last known count (NaN unknown), and is it still listed?"""

    lon: Floats
    lat: Floats
    value: Floats
    listed: Bools


def is_events(info: DatasetInfo) -> bool:
    return bool(info.kind.value == CountKind.EVENTS)


def held_at_end(cleaned: Cleaned) -> Bools:
    """The states that totals at the end are summed over; of events, all of them."""
    states, info = cleaned.states, cleaned.info
    if is_events(info):
        return np.ones(len(states), bool)
    held = _listed_at_end(cleaned)
    return held & np.asarray(states["level"] == info.totals_level) if info.totals_level else held


def _listed_at_end(cleaned: Cleaned) -> Bools:
    states, at = cleaned.states, cleaned.info.span_last
    return (states["valid_from"].to_numpy() <= at) & (states["valid_to"].to_numpy() > at)


def place_codes(states: pd.DataFrame) -> Ints:
    return codes_of(states["place_id"])[0]


def codes_of(column: pd.Series) -> tuple[Ints, list[str]]:
    """A column of texts as codes (-1: missing) and the texts."""
    column = column if isinstance(column.dtype, pd.CategoricalDtype) else column.astype("category")
    return column.cat.codes.to_numpy(np.int64), [str(word) for word in column.cat.categories]


def totals_at_end(cleaned: Cleaned) -> tuple[Total, ...]:
    """Every metric's total with the places it comes from, and what of it has no point."""
    held = held_at_end(cleaned)
    states = cleaned.states[held]
    place = place_codes(states)
    listed = _count(place, np.ones(len(place), bool))
    unlocated = states["lon"].isna().to_numpy()
    totals = []
    for metric in cleaned.info.metrics:
        values = states[metric].to_numpy(np.float64)
        known = ~np.isnan(values)
        totals.append(Total(
            metric, _sum(values[known]), _count(place, known), listed, _sum(values[known & unlocated])))
    return tuple(totals)


def _sum(values: Floats) -> float | None:
    return float(values.sum()) if len(values) else None


def places_ever_known(cleaned: Cleaned) -> tuple[int, list[int]]:
    """How many places there are on the level of totals, and how many of them ever knew each metric."""
    states, level = cleaned.states, cleaned.info.totals_level
    mine = np.asarray(states["level"] == level) if level else np.ones(len(states), bool)
    place = place_codes(states)
    return _count(place, mine), [
        _count(place, mine & states[metric].notna().to_numpy()) for metric in cleaned.info.metrics]


def _count(place: Ints, rows: Bools) -> int:
    """The number of distinct places in some rows, without sorting them."""
    seen = np.zeros(int(place.max(initial=0)) + 1, bool)
    seen[place[rows]] = True
    return int(seen.sum())


def curve_of(cleaned: Cleaned, metric: str, coverage: Coverage) -> Curve:
    """The state of knowledge: each state adds its count when it begins and takes it away when it ends."""
    states, info = cleaned.states, cleaned.info
    values = states[metric].to_numpy(np.float64)
    mine = ~np.isnan(values)
    if info.totals_level:
        mine &= np.asarray(states["level"] == info.totals_level)
    values = values[mine]
    begins = _per_bin(states["valid_from"].to_numpy()[mine], values, coverage)
    if is_events(info):
        return Curve(metric, np.where(begins[1] > 0, begins[0], np.nan), begins[1])
    ends = _per_bin(states["valid_to"].to_numpy()[mine], values, coverage)
    known = begins[1] - ends[1]
    return Curve(metric, np.where(known > 0, begins[0] - ends[0], np.nan), known)


def _per_bin(t: Ints, values: Floats, coverage: Coverage) -> tuple[Floats, Ints]:
    """Sum and number of the values before the end of each bin."""
    n = len(coverage.reports)
    at = np.searchsorted(coverage.edges[1:], t, side="right")
    sums = np.bincount(at, weights=values, minlength=n + 1)[:n]
    return np.cumsum(sums), np.cumsum(np.bincount(at, minlength=n + 1)[:n])


def gaps_of(coverage: Coverage) -> Ints:
    """Begin and end (ms) of stretches without any report that are longer than is usual here.

    Where reports come in nearly every bin, one empty bin is a gap; where they come once a week,
    a stretch of more than twice the usual distance is. Usual is what three quarters do not exceed.
    """
    filled = np.flatnonzero(coverage.reports)
    distance = np.diff(filled)
    if not len(distance):
        return np.zeros((0, 2), np.int64)
    usual = int(np.sort(distance)[int(0.75 * (len(distance) - 1))])
    wide = distance > (1 if usual <= 1 else 2 * usual)
    return np.stack([coverage.edges[filled[:-1][wide] + 1], coverage.edges[filled[1:][wide]]], axis=1)


def areas_of(cleaned: Cleaned, metric: str) -> tuple[str, list[Area]]:
    """The role by which places are put together, and its areas, those with the highest last count first."""
    states = cleaned.states
    role, area, names = _grouping(states)
    n, place = len(names), place_codes(states)
    located = states["lon"].notna().to_numpy()
    reports = np.bincount(area, weights=states["reports"].to_numpy(), minlength=n)
    last, known = np.zeros(n), np.zeros(n, np.int64)
    if metric:
        values = states[metric].to_numpy(np.float64)
        held = held_at_end(cleaned) & ~np.isnan(values)
        last = np.bincount(area[held], weights=values[held], minlength=n)
        known = np.bincount(area[held], minlength=n)
    of_area, with_point = _distinct(area, place, n), _distinct(area[located], place[located], n)
    order = np.lexsort((np.arange(n), -reports, -np.where(known > 0, last, -np.inf)))
    return role, [
        Area(names[i], int(of_area[i]), int(with_point[i]), int(reports[i]), float(last[i]) if known[i] else None)
        for i in order.tolist() if of_area[i]
    ]


def _grouping(states: pd.DataFrame) -> tuple[str, Ints, list[str]]:
    """The first role with at least two names, a code per state and the name of each code."""
    for role in AREA_ROLES:
        codes, names = codes_of(states[role])
        if len(np.unique(codes[codes >= 0])) > 1 or role == AREA_ROLES[-1]:
            break
    return role, np.where(codes < 0, len(names), codes), [*names, UNNAMED]


def _distinct(area: Ints, place: Ints, n: int) -> Ints:
    """The number of distinct places in each area."""
    width = int(place.max(initial=0)) + 1
    pairs = pd.unique(area * width + place)
    return np.bincount(np.asarray(pairs, np.int64) // width, minlength=n)


def levels_of(cleaned: Cleaned) -> list[tuple[str, int, int]]:
    """Each level with its places and how many of them have a point, the most frequent first."""
    states = cleaned.states
    level, names = codes_of(states["level"])
    level = np.where(level < 0, len(names), level)
    place, located = place_codes(states), states["lon"].notna().to_numpy()
    places = _distinct(level, place, len(names) + 1)
    points = _distinct(level[located], place[located], len(names) + 1)
    rows = [(word, int(places[i]), int(points[i])) for i, word in enumerate([*names, UNNAMED]) if places[i]]
    return sorted(rows, key=lambda row: -row[1])


def points_of(cleaned: Cleaned, metric: str) -> Points:
    """The last point of every place that has one, with its last known count; of events, their sum.

    Of several levels the one of totals alone: the circle of a province would stand for its cities again.
    """
    states = cleaned.states
    place = place_codes(states)
    order = np.lexsort((states["valid_from"].to_numpy(), place))
    if cleaned.info.totals_level:
        order = order[np.asarray(states["level"] == cleaned.info.totals_level)[order]]
    lon, lat = states["lon"].to_numpy()[order], states["lat"].to_numpy()[order]
    place = place[order]
    with_point = np.flatnonzero(~np.isnan(lon))
    last = _last_of_groups(place[with_point])
    at = with_point[last]
    n = int(place.max(initial=0)) + 1
    values = states[metric].to_numpy(np.float64)[order] if metric else np.full(len(place), np.nan)
    value, listed = _value_of_places(values, place, n, is_events(cleaned.info), _listed_at_end(cleaned)[order])
    return Points(lon[at], lat[at], value[place[at]], listed[place[at]])


def _last_of_groups(groups: Ints) -> Ints:
    return np.flatnonzero(np.append(groups[1:] != groups[:-1], True)) if len(groups) else np.zeros(0, np.int64)


def _value_of_places(
    values: Floats, place: Ints, n: int, events: bool, listed: Bools
) -> tuple[Floats, Bools]:
    """Per place its last known value, or the sum of events, and whether it is listed at the end."""
    known = np.flatnonzero(~np.isnan(values))
    result, still = np.full(n, np.nan), np.full(n, events)
    if events:
        sums = np.bincount(place[known], weights=values[known], minlength=n)
        result[place[known]] = sums[place[known]]
        return result, still
    last = known[_last_of_groups(place[known])]
    result[place[last]] = values[last]
    still[place[listed]] = True
    return result, still
