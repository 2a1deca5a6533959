"""Inconsistencies planted on purpose, a known number of each that the findings name.

Left out are those that single reports of places without codes cannot show: delisted, incomplete poll,
several names, several levels, ambiguous date.
"""
from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ..arrays import Bools, Ints
from ..rules import TEXTS, Rule
from .counts import SECONDS, Reports
from .draws import Draws
from .published import FAR, NEAR, WUHAN
from .sites import DEGREE, Sites

#: How a report's moment is written: plainly, in UTC, with a wrong year, or unreadably.
PLAIN, UTC, YEAR_2002, YEAR_2021, UNREADABLE = range(5)
LEAP_DAY = 26
#: Rows of each kind per million, at least one.
PER_MILLION = {
    Rule.EXACT_DUPLICATE: 1000, Rule.SEVERAL_VALUES: 500, Rule.FALLING_COUNT: 500, Rule.SUM_EXCEEDS: 200,
    Rule.NEGATIVE_COUNT: 100, Rule.JUMP: 40, Rule.UNREADABLE_DATE: 300, Rule.OUTSIDE_SPAN: 200,
    Rule.MIXED_OFFSETS: 500,
}
#: Places of each kind per million places, at least one.
PLACES_PER_MILLION = {
    Rule.FAR_FROM_CITY: 800, Rule.MISSING_COORDINATES: 800, Rule.SWAPPED_COORDINATES: 800,
    Rule.IMPOSSIBLE_COORDINATES: 400, Rule.ZERO_COORDINATES: 400,
}
#: So many places make a city whose middle is sure.
SURE_CITY = 6
#: With fewer places than this, each is needed where it is.
FEW_PLACES = 50
FAR_DEGREES, IMPOSSIBLE_LATITUDE = 6, 95
#: A jump is this large, and larger still where the place's reports were.
JUMP_LEAST, JUMP_FACTOR, JUMP_HISTORY = 60, 20, 7
#: Columns of rows before, at, and after their place in the order of time.
_BEFORE, _AT, _AFTER = -1, 0, 1


@dataclass(frozen=True)
class Rows:
    """One entry a row of the file. `form`: how the moment is written; `rule`: the `Rule` planted, or -1."""

    site: Ints
    second: Ints
    confirmed: Ints
    deaths: Ints
    recovered: Ints
    form: Ints
    rule: Ints

    def take(self, rows: Ints) -> Rows:
        return Rows(*(column[rows] for column in (
            self.site, self.second, self.confirmed, self.deaths, self.recovered, self.form, self.rule)))

    def joined(self, other: Rows) -> Rows:
        pairs = zip(vars(self).values(), vars(other).values())
        return Rows(*(np.concatenate(pair) for pair in pairs))


def inserted(rows: int, places: int) -> tuple[int, int]:
    """How many exact duplicates and how many second values are added; none where rows are scarce."""
    room = (rows - places) // 8
    return min(_wanted(Rule.EXACT_DUPLICATE, rows), room), min(_wanted(Rule.SEVERAL_VALUES, rows), room)


def _wanted(rule: Rule, rows: int) -> int:
    return max(1, PER_MILLION[rule] * rows // 1_000_000)


def plant(sites: Sites, reports: Reports, silent: Ints, rows: int, seed: int) -> tuple[Sites, Rows]:
    """The file's rows in its order, inconsistencies among them; `rows` is their number."""
    draws = Draws(seed, 11)
    sites, bad_sites = _misplaced(sites, reports, draws)
    planter = _Planter(sites, reports, draws, rows)
    planter.occupy(np.isin(reports.site, np.concatenate([silent, *bad_sites.values()])))
    planter.occupy(~sites.pointed[reports.site])
    planter.plant_all()
    table, order = planter.finished(len(sites.city))
    rule = table.rule.copy()
    for one, chosen in bad_sites.items():
        rule[np.isin(table.site, chosen)] = one
    rule[(sites.kind < 0)[table.site]] = Rule.NOT_A_PLACE
    rule[_after_silence(reports, silent)] = Rule.LONG_SILENCE
    return sites, replace(table, rule=rule).take(order)


def _after_silence(reports: Reports, silent: Ints) -> Ints:
    """The report that ends the longest silence of each of these places."""
    rows = [np.flatnonzero(reports.site == site) for site in silent]
    ends = [at[1 + int(np.argmax(np.diff(reports.second[at])))] for at in rows if len(at) > 1]
    return np.array(ends, np.int64)


def _misplaced(sites: Sites, reports: Reports, draws: Draws) -> tuple[Sites, dict[Rule, Ints]]:
    """Spoil the coordinates of some places that report little."""
    count = np.bincount(reports.site, minlength=len(sites.city))
    free = (sites.group != WUHAN) & sites.pointed
    free &= count <= np.median(count[free] if free.any() else count)
    sure = np.bincount(sites.city)[sites.city] >= SURE_CITY
    chosen: dict[Rule, Ints] = {}
    for rule, per_million in PLACES_PER_MILLION.items():
        wanted = max(1, per_million * len(sites.city) // 1_000_000) if len(sites.city) >= FEW_PLACES else 0
        chosen[rule] = draws.some(free & sure if rule == Rule.FAR_FROM_CITY else free, wanted)
        free[chosen[rule]] = False
    return _spoiled(sites, chosen), chosen


def _spoiled(sites: Sites, chosen: dict[Rule, Ints]) -> Sites:
    lon, lat, pointed = sites.lon.copy(), sites.lat.copy(), sites.pointed.copy()
    pointed[chosen[Rule.MISSING_COORDINATES]] = False
    at = chosen[Rule.SWAPPED_COORDINATES]
    lon[at], lat[at] = lat[at].copy(), lon[at].copy()
    lon[chosen[Rule.FAR_FROM_CITY]] -= FAR_DEGREES * DEGREE
    at = chosen[Rule.IMPOSSIBLE_COORDINATES]
    lat[at] = IMPOSSIBLE_LATITUDE * DEGREE + lat[at] % DEGREE
    lon[chosen[Rule.ZERO_COORDINATES]] = lat[chosen[Rule.ZERO_COORDINATES]] = 0
    return replace(sites, lon=lon, lat=lat, pointed=pointed)


class _Planter:
    """Plants row by row, none beside another of the same place."""

    def __init__(self, sites: Sites, reports: Reports, draws: Draws, rows: int) -> None:
        self._reports, self._draws, self._rows, self._sites = reports, draws, rows, sites
        self._group = sites.group[reports.site]
        count = len(reports.site)
        self._free = np.ones(count, bool)
        first = np.flatnonzero(reports.first)
        self._size = np.diff(np.append(first, count))[reports.site]
        self._ordinal = np.arange(count) - first[reports.site]
        self._table = Rows(
            reports.site, reports.second, reports.confirmed.copy(), reports.deaths.copy(), reports.recovered.copy(),
            np.full(count, PLAIN, np.int64), np.full(count, -1, np.int64),
        )
        self._rank = np.full(count, _AT, np.int64)

    def occupy(self, rows: Bools) -> None:
        """Keep these rows, or whole places, as they are."""
        self._free &= ~rows

    def plant_all(self) -> None:
        """Everything but what needs the rows to be whole first."""
        self._jumps()
        self._sums()
        self._negatives()
        self._wrong_years()
        self._falls()
        self._unreadable()
        self._offsets()

    def finished(self, places: int) -> tuple[Rows, Ints]:
        """All rows, added ones at the end, and the file's order: by time."""
        duplicates, conflicts = inserted(self._rows, places)
        self._several_values(conflicts)
        self._duplicates(duplicates)
        lacking = self._rows - len(self._table.site)
        if lacking:
            # Nothing was fit for a second value: repeat rows instead.
            self._duplicates(lacking)
        return self._table, np.lexsort((self._rank, self._table.second))

    def _pick(self, rule: Rule, eligible: Bools, wanted: int | None = None) -> Ints:
        """Rows for a rule; their neighbours of the same place stay as they are."""
        count = _wanted(rule, self._rows) if wanted is None else wanted
        rows = self._draws.some(self._free & eligible, count)
        self._table.rule[rows] = rule
        for near in (-1, 0, 1):
            self._free[np.clip(rows + near, 0, len(self._free) - 1)] = False
        return rows

    def _middle(self, slot: int) -> Bools:
        """Rows with others before and behind; slots four apart never touch."""
        return (self._ordinal % 4 == slot) & (self._ordinal > 0) & (self._ordinal < self._size - 1)

    def _jumps(self) -> None:
        """From one report on a place has many more cases than its history leads one to expect."""
        reports = self._reports
        peaks = np.zeros(len(self._sites.city), np.int64)
        np.maximum.at(peaks, reports.site, np.where(reports.first, 0, reports.gain))
        days = _days_before(reports)
        fit = (self._group >= FAR) & (days >= JUMP_HISTORY) & self._free & (self._ordinal < self._size - 1)
        fit &= np.diff(np.where(fit, reports.site, -1), prepend=-1) != 0
        # The quietest places, so that the sums stay near the curve.
        calm = np.sort(peaks[reports.site[fit]])[: 3 * _wanted(Rule.JUMP, self._rows)]
        if len(calm):
            fit &= peaks[reports.site] <= calm[-1]
        rows = self._pick(Rule.JUMP, fit)
        size = np.zeros(len(self._free), np.int64)
        size[rows] = JUMP_LEAST + JUMP_FACTOR * peaks[reports.site[rows]]
        total = np.cumsum(size)
        before = total[np.flatnonzero(reports.first)] - size[np.flatnonzero(reports.first)]
        self._table.confirmed[:] += total - before[reports.site]
        self.occupy(np.isin(reports.site, reports.site[rows]))

    def _sums(self) -> None:
        """More outcomes than cases in a place's last report, so that nothing falls thereafter."""
        rows = self._pick(Rule.SUM_EXCEEDS, self._reports.last & (self._group <= NEAR) & (self._size > 2))
        excess = 1 + self._draws.below(len(rows), 3)
        self._table.recovered[rows] = self._table.confirmed[rows] - self._table.deaths[rows] + excess

    def _negatives(self) -> None:
        """A stray minus in a place's first report, so that nothing falls."""
        count = self._reports.confirmed
        fit = self._reports.first & (self._group >= FAR) & (self._size > 2) & (count > 0)
        small = np.sort(count[fit & self._free])[: 4 * _wanted(Rule.NEGATIVE_COUNT, self._rows)]
        rows = self._pick(Rule.NEGATIVE_COUNT, fit & (count <= (small[-1] if len(small) else 0)))
        self._table.confirmed[rows] *= -1

    def _wrong_years(self) -> None:
        """2002 in first reports, 2021 in last ones: the order of a place's reports stays as it was."""
        wanted = _wanted(Rule.OUTSIDE_SPAN, self._rows)
        fit = (self._size > 3) & (self._reports.second // SECONDS != LEAP_DAY)
        for form, eligible, count in (
            (YEAR_2002, self._reports.first, (wanted + 1) // 2), (YEAR_2021, self._reports.last, wanted // 2),
        ):
            self._table.form[self._pick(Rule.OUTSIDE_SPAN, fit & eligible, count)] = form

    def _falls(self) -> None:
        """Fewer cases than the report before; the next one is right again."""
        known = self._table.deaths + self._table.recovered
        before = np.append(0, self._table.confirmed[:-1])
        deepest = before - np.maximum(known, 0)
        rows = self._pick(Rule.FALLING_COUNT, self._middle(2) & (deepest > 0))
        depth = np.minimum(1 + self._draws.below(len(rows), 3), deepest[rows])
        self._table.confirmed[rows] = before[rows] - depth

    def _unreadable(self) -> None:
        self._table.form[self._pick(Rule.UNREADABLE_DATE, self._middle(2))] = UNREADABLE

    def _offsets(self) -> None:
        self._table.form[self._pick(Rule.MIXED_OFFSETS, self._middle(1))] = UTC

    def _several_values(self, wanted: int) -> None:
        """Another count for the same place and moment, one case lower and earlier in the file."""
        known = self._table.deaths + self._table.recovered
        fit = self._middle(3) & (self._reports.gain >= 2) & (self._table.confirmed > known)
        rows = self._pick(Rule.SEVERAL_VALUES, fit, wanted)
        other = self._table.take(rows)
        self._add(replace(other, confirmed=other.confirmed - 1), _BEFORE)

    def _duplicates(self, wanted: int) -> None:
        rows = self._draws.some(self._free & (self._ordinal % 4 == 1), wanted)
        if len(rows) < wanted:
            rows = np.resize(np.flatnonzero(self._table.rule[: len(self._free)] < 0), wanted)
        self._free[rows] = False
        copy = self._table.take(rows)
        self._add(replace(copy, rule=np.full(len(rows), Rule.EXACT_DUPLICATE, np.int64)), _AFTER)

    def _add(self, rows: Rows, rank: int) -> None:
        self._table = self._table.joined(rows)
        self._rank = np.append(self._rank, np.full(len(rows.site), rank))


def _days_before(reports: Reports) -> Ints:
    """How many days with a gain each place had before a report's day."""
    day = reports.second // SECONDS
    fresh = np.diff(reports.site * 1000 + day, prepend=-1) != 0
    days = np.cumsum(fresh)
    return np.asarray(days - days[np.flatnonzero(reports.first)][reports.site] - 1, np.int64)


def planted_rows(rule: Ints) -> dict[str, Ints]:
    """File rows (from 0, the header not counted) of each rule, by its name in the findings."""
    rules = [*PER_MILLION, *PLACES_PER_MILLION, Rule.LONG_SILENCE, Rule.NOT_A_PLACE]
    return {TEXTS[one].name: np.flatnonzero(rule == one) for one in sorted(rules)}
