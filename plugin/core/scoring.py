"""How well a column fits a role: what its header says and what its values look like, together."""
from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from .arrays import Floats
from .headers import name_endings
from .probe import Probe, on_land, pair_values

#: A score below this is no candidate.
LEAST_SCORE = 0.35
#: How much a column's values count for when its header is not known, by role. Roles that are not
#: named here are never given by values alone.
_BY_VALUES = {"time": 0.65, "lonlat": 0.7, "place": 0.5, "province": 0.6, "city": 0.6, "time_of_day": 0.5}
#: Codes and numbers are no names, whatever the header says.
_NAMES = frozenset(("place", "kind", "city", "province", "country"))
#: More runners-up than these are not named.
_MOST_RUNNERS_UP = 3
_WITH_CLOCK = "with a time of day"
#: What a date without a time of day counts for, and a date that is the same in every row.
_WITHOUT_CLOCK, _CONSTANT = 0.9, 0.9


@dataclass(frozen=True)
class Fit:
    """How well values fit: 0 (not at all) to 1, in words, and which share of cells is filled."""

    value: float
    words: str


@dataclass(frozen=True)
class Candidate:
    """A column that may take a role. `header` is 0 when only its values speak for it."""

    column: int
    header: float
    fit: Fit
    filled: float
    words: str

    @property
    def score(self) -> float:
        return 0.5 * self.header + 0.5 * self.fit.value if self.header else self.fit.value


@dataclass(frozen=True)
class Ranking:
    """Who takes a role, why, and who comes next."""

    best: Candidate
    others: tuple[Candidate, ...]

    def reason(self, probe: Probe) -> str:
        """The choice in words, with the runner-up and why it lost."""
        if not self.others:
            return self.best.words
        return f"{self.best.words}; next best is “{probe.headers[self.others[0].column]}”, {self.against()}"

    def against(self) -> str:
        """Why the runner-up lost."""
        best, other = self.best, self.others[0]
        if best.header and not other.header:
            return "whose header does not say so"
        if _WITH_CLOCK in best.words and _WITH_CLOCK not in other.words:
            return "which has no time of day"
        if other.fit.value < best.fit.value - 0.05:
            if other.filled < best.filled - 0.05:
                return f"filled in only {other.filled:.0%} of the rows"
            return f"whose values fit less well ({other.fit.words})"
        if other.header < best.header:
            return "whose header is less sure"
        return "which fits as well but stands further right"


def rank(role: str, probe: Probe, columns: Iterable[int], roles: Mapping[str, int]) -> Ranking | None:
    """The best of some columns for a role, if any will do."""
    found = [candidate for column in columns if (candidate := _candidate(role, column, probe, roles)) is not None]
    ranked = sorted(found, key=lambda c: (-round(c.score, 6), c.column))
    if not ranked:
        return None
    return Ranking(ranked[0], tuple(ranked[1:1 + _MOST_RUNNERS_UP]))


def _candidate(role: str, column: int, probe: Probe, roles: Mapping[str, int]) -> Candidate | None:
    match = probe.read[column].roles.get(role)
    if match is None and not _may_be_by_values(role, column, probe):
        return None
    if _speaks_against(role, column, probe):
        return None
    fit = _FITS.get(role, _name_fit)(column, probe, roles)
    if match is None:
        fit = Fit(fit.value * _BY_VALUES[role], fit.words)
        words = f"its header does not say so, but {fit.words}"
    else:
        words = f"{match.words} and {fit.words}"
    strength = match.strength if match else 0.0
    candidate = Candidate(column, strength, fit, probe.filled(column), words)
    return candidate if fit.value > 0 and candidate.score >= LEAST_SCORE else None


def _speaks_against(role: str, column: int, probe: Probe) -> bool:
    """Does the header say that the column is something else (a birthday, the country of infection, an id)?"""
    header = probe.read[column]
    match = header.roles.get(role)
    if role == "time":
        return header.says("no_moment")
    if role not in _NAMES or (match is not None and match.whole):
        return False
    return header.says("elsewhere") or header.says("no_place") or header.says("identifier")


def _may_be_by_values(role: str, column: int, probe: Probe) -> bool:
    """Values alone decide where the header means nothing else; names only where no header says anything."""
    header = probe.read[column]
    if role not in _BY_VALUES or header.metrics or header.additions or header.says("identifier"):
        return False
    if role in ("place", "province", "city", "time_of_day"):
        return probe.silent
    # What is called a time may hold whole moments.
    return not set(header.roles) - {"time", "lonlat", "place", "kind", *(["time_of_day"] if role == "time" else [])}


def _time_fit(column: int, probe: Probe, roles: Mapping[str, int]) -> Fit:
    known = "time" in probe.read[column].roles
    if not known and not probe.looks(column, "date"):
        return Fit(0.0, "")
    share, clock = probe.dates(column)
    words = f"{share:.0%} of its values read as dates" + (f" {_WITH_CLOCK}" if clock else "")
    value = share * probe.filled(column) * (1.0 if clock else _WITHOUT_CLOCK)
    if probe.distinct(column) == 1 and len(probe.texts(column)) > 1:
        value, words = value * _CONSTANT, f"{words}, the same throughout"
    return Fit(value if share >= (0.5 if known else 0.9) else 0.0, words)


def degree_fit(column: int, probe: Probe, roles: Mapping[str, int]) -> Fit:
    """Latitudes may go up to 180 too: exchanged pairs put longitudes among them."""
    if probe.projected:
        share = probe.share(column, "number")
        return Fit(share, f"{share:.0%} of its values are numbers, as projected coordinates are")
    share = probe.degrees(column).within(180)
    return Fit(share if share >= 0.5 else 0.0, f"{share:.0%} of its values are numbers within ±180")


def _lonlat_fit(column: int, probe: Probe, roles: Mapping[str, int]) -> Fit:
    if {"lon", "lat"} <= set(roles):
        return Fit(0.0, "")
    geometry = probe.share(column, "geometry")
    if geometry >= 0.5:
        return Fit(geometry, f"{geometry:.0%} of its values are points as WKT or GeoJSON")
    share = probe.share(column, "pair")
    first, second = pair_values(probe.texts(column))
    if share < 0.5 or not _are_points(first, second):
        return Fit(0.0, "")
    return Fit(share, f"{share:.0%} of its values are pairs of coordinates, {_pair_order(first, second)}")


def _are_points(first: Floats, second: Floats) -> bool:
    """Two numbers are no thousands and decimals: most have decimals, and both fit degrees."""
    decimals = ((first % 1 != 0) & (second % 1 != 0)).mean()
    return bool(decimals >= 0.5 and ((abs(first) <= 180) & (abs(second) <= 180)).mean() >= 0.9)


def _pair_order(first: Floats, second: Floats) -> str:
    """Which of two numbers is the longitude, in words."""
    over_first, over_second = (abs(first) > 90).mean(), (abs(second) > 90).mean()
    if over_first != over_second:
        order = "longitude first" if over_first > over_second else "latitude first"
        return f"{order} (numbers beyond 90 can be no latitudes)"
    by_lon, by_lat = on_land(first, second), on_land(second, first)
    if abs(by_lon - by_lat) > 0.2:
        return f"{'longitude' if by_lon > by_lat else 'latitude'} first (the other way round most points lie at sea)"
    return "in an order that the numbers do not tell"


def _name_fit(column: int, probe: Probe, roles: Mapping[str, int]) -> Fit:
    texts = probe.texts(column)
    names = probe.share(column, "letters") if len(texts) else 0.0
    if names < 0.5 or probe.looks(column, "web") or probe.looks(column, "pair") or probe.looks(column, "geometry"):
        return Fit(0.0, "its values are no names")
    filled = probe.filled(column)
    return Fit(filled, f"{filled:.0%} of its cells are filled with names")


def _place_fit(column: int, probe: Probe, roles: Mapping[str, int]) -> Fit:
    """By values alone: the text with the most distinct values."""
    fit = _name_fit(column, probe, roles)
    if "place" in probe.read[column].roles or not fit.value:
        return fit
    texts = probe.texts(column)
    if probe.looks(column, "date") or probe.looks(column, "clock") or probe.looks(column, "code") or len(texts) < 2:
        return Fit(0.0, "")
    distinct = probe.distinct(column)
    value = fit.value * (0.7 + 0.3 * distinct / len(texts)) if distinct > 1 else 0.0
    return Fit(value, f"its cells hold {distinct:,} different texts in {len(texts):,} rows that were looked at")


def _area_fit(role: str) -> Callable[[int, Probe, Mapping[str, int]], Fit]:
    """Provinces and cities; by values alone by the endings that such names have."""
    def fit(column: int, probe: Probe, roles: Mapping[str, int]) -> Fit:
        if role in probe.read[column].roles:
            return _name_fit(column, probe, roles)
        endings = name_endings()[role]
        texts = probe.texts(column)
        share = sum(len(t) > 1 and len(t) < 12 and t.endswith(endings) for t in texts) / max(len(texts), 1)
        value = share if share >= 0.7 else 0.0
        return Fit(value, f"{share:.0%} of its values end as names of a {role} do")

    return fit


def _country_fit(column: int, probe: Probe, roles: Mapping[str, int]) -> Fit:
    """A header that may mean any place means countries when its values are some."""
    fit = _name_fit(column, probe, roles)
    match = probe.read[column].roles["country"]
    if match.strength > 0.8 or not fit.value:
        return fit
    share = probe.listed(column, "countries")
    return Fit(fit.value if share >= 0.2 else 0.0, f"{share:.0%} of its values are well-known countries")


def _level_fit(column: int, probe: Probe, roles: Mapping[str, int]) -> Fit:
    share = probe.listed(column, "level_values")
    return Fit(share if share >= 0.6 else 0.0, f"{share:.0%} of its values name a level")


def _kind_fit(column: int, probe: Probe, roles: Mapping[str, int]) -> Fit:
    fit = _name_fit(column, probe, roles)
    if not fit.value or probe.distinct(column) > 0.5 * max(len(probe.texts(column)), 20):
        return Fit(0.0, "its values are too many to be kinds")
    return fit


def _code_fit(column: int, probe: Probe, roles: Mapping[str, int]) -> Fit:
    names = next(([roles[role]] for role in ("place", "city", "province", "country") if role in roles), [])
    if not probe.stands_for_one(column, names):
        return Fit(0.0, "one code stands for many names")
    if {"lon", "lat"} <= set(roles) and not probe.stands_for_one(column, [roles["lon"], roles["lat"]]):
        return Fit(0.0, "one code stands for many points")
    filled = probe.filled(column)
    return Fit(filled, f"one code stands for one name; {filled:.0%} of its cells are filled")


def _clock_fit(column: int, probe: Probe, roles: Mapping[str, int]) -> Fit:
    share = probe.share(column, "clock")
    hours = probe.numbers(column)
    known = "time_of_day" in probe.read[column].roles
    if known and share < 0.5 and hours.readable > 0.9 and hours.whole == 1 and hours.furthest <= 24:
        return Fit(hours.readable * probe.filled(column), "its values are hours of the day")
    value = share * probe.filled(column) if share >= 0.5 else 0.0
    return Fit(value, f"{share:.0%} of its values read as a time of day")


def _part_of_date(low: int, high: int) -> Callable[[int, Probe, Mapping[str, int]], Fit]:
    def fit(column: int, probe: Probe, roles: Mapping[str, int]) -> Fit:
        numbers = probe.numbers(column)
        if not len(numbers.values):
            return Fit(0.0, "")
        inside = float(((numbers.values >= low) & (numbers.values <= high)).mean()) * numbers.readable * numbers.whole
        words = f"{inside:.0%} of its values are whole numbers from {low} to {high}"
        return Fit(inside if inside >= 0.9 else 0.0, words)

    return fit


_FITS: dict[str, Callable[[int, Probe, Mapping[str, int]], Fit]] = {
    "time": _time_fit,
    "time_of_day": _clock_fit,
    "lon": degree_fit,
    "lat": degree_fit,
    "lonlat": _lonlat_fit,
    "country": _country_fit,
    "province": _area_fit("province"),
    "city": _area_fit("city"),
    "place": _place_fit,
    "kind": _kind_fit,
    "level": _level_fit,
    "code": _code_fit,
    "year": _part_of_date(1900, 2100),
    "month": _part_of_date(1, 12),
    "day": _part_of_date(1, 31),
}
