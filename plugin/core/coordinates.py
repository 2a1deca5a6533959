"""Which two columns are longitude and latitude: chosen as a pair, by their headers or by their values."""
from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from .dataset import GIVEN
from .probe import Probe, on_land
from .scoring import LEAST_SCORE, Candidate, Fit, Ranking, degree_fit

#: So much do headers that differ in the axis alone add to a pair, and columns side by side.
_SAME_STEM, _NEIGHBOURS = 0.3, 0.1
#: Pairs are sought among so many candidates for each axis.
_MOST_CANDIDATES = 6
#: Headers are exchanged when so much of the values says so, in at least so many rows.
_CERTAIN, _LEAST_ROWS = 0.9, 10
#: So much of the values has decimals, and so many of the points lie on land, where no header says that they are.
_MOSTLY = 0.8


@dataclass(frozen=True)
class Pair:
    """A column for each axis, with reasons that name the pair that lost."""

    lon: int
    lat: int
    reasons: dict[str, str]
    others: dict[str, tuple[int, ...]]


def find_pair(probe: Probe, free: Iterable[int], given: Mapping[str, int]) -> Pair | None:
    """The columns of longitude and latitude; one of them may be given already."""
    free = list(free)
    lons, lats = (_of_axis(axis, probe, free, given) for axis in ("lon", "lat"))
    pairs = sorted(
        ((_pair_score(a, b, probe), a, b) for a in lons for b in lats if a.column != b.column),
        key=lambda found: (-round(found[0], 6), found[1].column, found[2].column))
    if pairs:
        return _put_right(probe, _described(probe, [(a, b) for _, a, b in pairs]), given)
    return _by_values(probe, free, lons, lats)


def _of_axis(axis: str, probe: Probe, free: list[int], given: Mapping[str, int]) -> list[Candidate]:
    if axis in given:
        return [Candidate(given[axis], 1.0, Fit(1.0, ""), 1.0, GIVEN)]
    found = []
    for column in free:
        match = probe.read[column].roles.get(axis)
        fit = degree_fit(column, probe, given) if match else Fit(0.0, "")
        if match is not None and fit.value:
            words = f"{match.words} and {fit.words}"
            found.append(Candidate(column, match.strength, fit, probe.filled(column), words))
    return sorted((c for c in found if c.score >= LEAST_SCORE), key=lambda c: -c.score)[:_MOST_CANDIDATES]


def _pair_score(lon: Candidate, lat: Candidate, probe: Probe) -> float:
    """Both scores; more for headers that differ in the axis alone, and what a CRS asks for: numbers
    that no degrees can be."""
    rests = [probe.read[c.column].roles[axis].rest if axis in probe.read[c.column].roles else c.column
             for axis, c in (("lon", lon), ("lat", lat))]
    score = lon.score + lat.score + min(lon.filled, lat.filled)
    score += _SAME_STEM if rests[0] == rests[1] else 0.0
    score += _NEIGHBOURS if abs(lon.column - lat.column) == 1 else 0.0
    if probe.projected and max(probe.numbers(c.column).furthest for c in (lon, lat)) > 180:
        score += 1.0
    return score


def _described(probe: Probe, pairs: list[tuple[Candidate, Candidate]]) -> Pair:
    lon, lat = pairs[0]
    reasons, others = {}, {}
    for index, axis in enumerate(("lon", "lat")):
        best = pairs[0][index]
        ranked = dict.fromkeys(pair[index] for pair in pairs if pair[index].column not in (lon.column, lat.column))
        reasons[axis] = Ranking(best, tuple(ranked)).reason(probe)
        others[axis] = tuple(candidate.column for candidate in ranked)
    return Pair(lon.column, lat.column, reasons, others)


def _put_right(probe: Probe, pair: Pair, given: Mapping[str, int]) -> Pair:
    """Exchange the columns if their headers are certainly exchanged: latitudes cannot go beyond 90."""
    lon, lat = probe.degrees(pair.lon), probe.degrees(pair.lat)
    enough = min(len(lon.values), len(lat.values)) >= _LEAST_ROWS
    if given.keys() & {"lon", "lat"} or probe.projected or not enough or lon.within(90) < _CERTAIN:
        return pair
    beyond = float(((np.abs(lat.values) > 90) & (np.abs(lat.values) <= 180)).mean())
    if beyond < _CERTAIN:
        return pair
    words = (
        f"the headers “{probe.headers[pair.lon]}” and “{probe.headers[pair.lat]}” are exchanged: {beyond:.0%} of the "
        "values under the latter are beyond 90, which no latitude is")
    return Pair(pair.lat, pair.lon, {"lon": words, "lat": words}, {})


def _by_values(probe: Probe, free: list[int], lons: list[Candidate], lats: list[Candidate]) -> Pair | None:
    """Two columns of decimals within degrees, where at most one of the headers says so."""
    known = (*lons[:1], *lats[:1])
    columns = [column for column in free if _may_be_degrees(probe, column)]
    if known:
        return _partner(probe, columns, known[0].column, bool(lons))
    for a, b in sorted(((a, b) for a in columns for b in columns if a < b), key=lambda pair: pair[1] - pair[0])[:20]:
        found = _tell_apart(probe, a, b)
        if found is not None:
            return found
    return None


def _partner(probe: Probe, columns: list[int], known: int, is_lon: bool) -> Pair | None:
    """The other axis beside the one whose header is known."""
    for other in sorted(columns, key=lambda column: abs(column - known)):
        lon, lat = (known, other) if is_lon else (other, known)
        x, y = _rows_of(probe, lon, lat)
        if other != known and (np.abs(y) <= 90).all() and on_land(x, y) >= _MOSTLY:
            words = f"its decimals fit as {'latitudes' if is_lon else 'longitudes'} beside “{probe.headers[known]}”"
            mine = "the header is a known name for it"
            return Pair(lon, lat, {"lon": mine if is_lon else words, "lat": words if is_lon else mine}, {})
    return None


def _may_be_degrees(probe: Probe, column: int) -> bool:
    header = probe.read[column]
    shape = "hundredths" if header.silent else "decimals"
    if header.roles or header.metrics or header.additions or not probe.looks(column, shape):
        return False
    if not header.silent and any(header.says(kind) for kind in ("rate", "population", "identifier", "other")):
        return False
    numbers = probe.degrees(column)
    return (
        numbers.within(180) >= 0.98 and probe.share(column, shape) >= _MOSTLY
        and (probe.distinct(column) > 1 or len(numbers.values) == 1)
    )


def _tell_apart(probe: Probe, a: int, b: int) -> Pair | None:
    """Longitude and latitude of two columns without a header that says so."""
    first, second = _rows_of(probe, a, b)
    over_first, over_second = (float((np.abs(v) > 90).mean()) for v in (first, second))
    if not len(first) or (over_first and over_second):
        return None
    if over_first or over_second:
        lon, lat, words = (a, b, "") if over_first else (b, a, "")
        words = "of two columns of decimals within degrees the one that goes beyond 90 must be the longitude"
    else:
        by_lon, by_lat = on_land(first, second), on_land(second, first)
        lon, lat = (a, b) if by_lon > by_lat + 0.2 else (b, a)
        words = "of two columns of decimals within degrees taken so that the points lie on land"
        if abs(by_lon - by_lat) <= 0.2:
            words = (
                "two columns of decimals within degrees, taken in the usual order, latitude first; the values do not "
                "tell: if the map is turned, exchange them with COLUMNS")
    x, y = (first, second) if lon == a else (second, first)
    return Pair(lon, lat, {"lon": words, "lat": words}, {}) if on_land(x, y) >= _MOSTLY else None


def _rows_of(probe: Probe, a: int, b: int) -> tuple[np.ndarray, np.ndarray]:
    """The values of two columns in the rows that have both."""
    both = probe.filled_mask(a) & probe.filled_mask(b)
    first, second = probe.sampled_degrees(a)[both], probe.sampled_degrees(b)[both]
    known = np.isfinite(first) & np.isfinite(second)
    return first[known], second[known]
