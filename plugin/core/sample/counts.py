"""When places report and what: counts whose sums follow the published curve."""
from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ..arrays import Bools, Ints
from .draws import Draws
from .published import DAYS, GROUPS, NEAR, REVISION_DAY, WUHAN, Curves
from .sites import Sites

SECONDS = 86_400
#: Reports of the hours of a day, per thousand: a morning and an evening of bulletins.
HOURS = (6, 4, 3, 3, 4, 8, 22, 58, 92, 84, 66, 52, 42, 38, 42, 48, 54, 60, 64, 66, 62, 54, 42, 26)
#: A report should bring a change, so only this part of a day's new cases and recoveries may be reports.
USED_CASES, USED_RECOVERIES = 0.85, 0.35
#: Places that fall silent in the time of the most reports: one in so many, and the days.
PLACES_PER_SILENCE, SILENCE = 1200, (24, 52)


@dataclass(frozen=True)
class Reports:
    """One entry a report, sorted by place and time.

    `second`: since the midnight that begins the first day; `gain`: new confirmed cases.
    """

    site: Ints
    second: Ints
    gain: Ints
    confirmed: Ints
    deaths: Ints
    recovered: Ints

    def take(self, rows: Ints | Bools) -> Reports:
        """Some of the reports, or some of them several times."""
        return Reports(*(column[rows] for column in (
            self.site, self.second, self.gain, self.confirmed, self.deaths, self.recovered)))

    @property
    def first(self) -> Bools:
        """The first report of its place."""
        return np.asarray(np.diff(self.site, prepend=-1) != 0)

    @property
    def last(self) -> Bools:
        """The last report of its place."""
        return np.append(self.first[1:], True)


def make_reports(sites: Sites, curves: Curves, rows: int, seed: int) -> tuple[Reports, Ints]:
    """Exactly `rows` reports, nearly all of which bring a change, and the places that fell silent."""
    for surplus in (1.05, 1.12, 1.25, 1.5):
        reports, changed, silent = _candidates(sites, curves, int((rows - len(sites.city)) * surplus), seed)
        if changed.sum() >= rows:
            break
    else:
        changed = _with_unchanged(changed, rows, Draws(seed, 9))
    kept = _thinned(reports.take(changed), rows, Draws(seed, 10))
    return kept, silent


def _candidates(sites: Sites, curves: Curves, extra: int, seed: int) -> tuple[Reports, Bools, Ints]:
    schedule = _schedule(sites, curves, extra)
    group, day, site, silent = _drawn(sites, schedule, Draws(seed, 5))
    second = day * SECONDS + _clock(len(day), Draws(seed, 6))
    order = np.lexsort((second, site))
    group, day, site = group[order], day[order], site[order]
    second = _apart(site, second[order])
    gain = _gains(sites, curves, group * DAYS + day, site, Draws(seed, 7))
    confirmed = _running(gain, site)
    deaths, recovered = _outcomes(curves, group, site, second, confirmed, Draws(seed, 8).unit(len(sites.city)))
    reports = Reports(site, second, gain, confirmed, deaths, recovered)
    return reports, _changes(reports), silent


def _schedule(sites: Sites, curves: Curves, extra: int) -> Ints:
    """How many reports, first ones aside, each group makes on each day."""
    cell = sites.group * DAYS + sites.first_day
    firsts = np.bincount(cell, minlength=GROUPS * DAYS).reshape(GROUPS, DAYS)
    active = np.cumsum(firsts, axis=1)
    limit = np.maximum(_room(curves) - firsts, 0) * (active > 0)
    per_place = _level(limit, active, extra)
    planned = np.minimum(limit, per_place * active).astype(np.int64)
    if extra > 4 * GROUPS * DAYS:
        planned = np.maximum(planned, (limit > 0).astype(np.int64))
    return _exactly(planned, active, extra)


def _room(curves: Curves) -> Ints:
    """How many reports of a group and day can bring a change."""
    new = np.diff(curves.confirmed, axis=1)
    # The first day tells what came before it; that is no reason to report more often than on the next.
    new[:, 0] = new[:, 1]
    recovered = np.maximum(np.diff((curves.confirmed * curves.recovery_rate).astype(np.int64), axis=1), 0)
    return np.asarray(USED_CASES * new + USED_RECOVERIES * recovered).astype(np.int64)


def _level(limit: np.ndarray, active: Ints, extra: int) -> float:
    """The reports per place and day at which the days, each up to its limit, make `extra` in all."""
    low, high = 0.0, float(max(extra, 1))
    for _ in range(60):
        middle = (low + high) / 2
        if int(np.minimum(limit, middle * active).astype(np.int64).sum()) < extra:
            low = middle
        else:
            high = middle
    return high


def _exactly(planned: Ints, active: Ints, extra: int) -> Ints:
    """Make up what is lacking where places are many; take away what is too much from the largest."""
    lacking = extra - int(planned.sum())
    flat = planned.ravel().copy()
    if lacking > 0:
        ends = np.cumsum(active.ravel()) * lacking // int(active.sum())
        flat += np.diff(ends, prepend=0)
    elif lacking < 0:
        ends = np.cumsum(flat) * -lacking // int(flat.sum())
        flat -= np.diff(ends, prepend=0)
    return flat.reshape(planned.shape)


def _drawn(sites: Sites, schedule: Ints, draws: Draws) -> tuple[Ints, Ints, Ints, Ints]:
    """Group, day and place of each report: first ones, drawn ones, and all of Wuhan at the revision."""
    cells = np.repeat(np.arange(schedule.size), schedule.ravel())
    group, day = cells // DAYS, cells % DAYS
    starts = np.searchsorted(sites.group, np.arange(GROUPS + 1))
    # Places are sorted by group and first day: those that report by a day are the head of their group.
    ends = np.searchsorted(sites.group * DAYS + sites.first_day, cells, side="right")
    reach = np.append(0, np.cumsum(sites.weight))
    floor = reach[starts[group]]
    site = np.searchsorted(reach, floor + draws.below(len(cells), reach[ends] - floor), side="right") - 1
    site, silent = _silenced(sites, site, day, draws)
    revised = np.arange(starts[WUHAN], starts[WUHAN + 1])
    revised = revised[: len(cells) // 4]
    everyone = np.arange(len(sites.city))
    return (
        np.concatenate([sites.group, group, np.zeros(len(revised), np.int64)]),
        np.concatenate([sites.first_day, day, np.full(len(revised), REVISION_DAY)]),
        np.concatenate([everyone, site, revised]), silent,
    )


def _silenced(sites: Sites, site: Ints, day: Ints, draws: Draws) -> tuple[Ints, Ints]:
    """Some frequent places of Wuhan do not report for weeks; a neighbour of theirs does instead."""
    early = np.flatnonzero((sites.group == WUHAN) & (sites.first_day == 0))
    if len(early) < 3:
        return site, early[:0]
    wanted = max(1, len(sites.city) // PLACES_PER_SILENCE)
    frequent = np.zeros(len(early), bool)
    order = np.argsort(-sites.weight[early], kind="stable")
    frequent[order[: max(wanted * 2, len(early) // 4)]] = True
    frequent[1::2] = False
    silent = early[draws.some(frequent, wanted)]
    quiet = np.isin(site, silent) & (day >= SILENCE[0]) & (day < SILENCE[1])
    neighbour = np.where(site + 1 <= early[-1], site + 1, site - 1)
    return np.where(quiet, neighbour, site), silent


def _clock(count: int, draws: Draws) -> Ints:
    """Seconds since midnight, in the rhythm of `HOURS`."""
    limits = np.cumsum(HOURS)
    hour = np.searchsorted(limits, draws.below(count, int(limits[-1])), side="right")
    # The last hour ends early, so that no report is pushed into the next day.
    return np.asarray(hour * 3600 + draws.below(count, 3000), np.int64)


def _apart(site: Ints, second: Ints) -> Ints:
    """Push reports of one place that share a second to the seconds that follow."""
    step = np.arange(len(second))
    place = site * (DAYS + 1) * SECONDS * 2
    return np.asarray(np.maximum.accumulate(place + second - step) + step - place, np.int64)


def _gains(sites: Sites, curves: Curves, cell: Ints, site: Ints, draws: Draws) -> Ints:
    """New cases of each report: those of its group and day, shared out to the last one."""
    new = np.diff(curves.confirmed, axis=1)
    new[:, 0] += curves.confirmed[:, 0]
    order = np.argsort(cell, kind="stable")
    sizes = np.bincount(cell, minlength=new.size)
    total = _carried(new, sizes.reshape(new.shape)).ravel()
    each = np.where(total >= sizes, 1, 0)
    luck = 1 + draws.below(len(cell), 12)
    # On the first day a place brings all it has: much if it is large.
    weight = np.where(cell % DAYS == 0, luck * sites.weight[site], luck)[order]
    gain = np.empty(len(cell), np.int64)
    gain[order] = np.repeat(each, sizes) + _shares(total - each * sizes, sizes, weight)
    return gain


def _carried(new: Ints, sizes: Ints) -> Ints:
    """Cases of a day without reports are told on the group's next day that has any."""
    told = new.copy()
    for day in range(DAYS - 1):
        silent = sizes[:, day] == 0
        told[silent, day + 1] += told[silent, day]
        told[silent, day] = 0
    return told


def _shares(total: Ints, sizes: Ints, weight: Ints) -> Ints:
    """Split each cell's total into whole shares by weight; the shares add up to it exactly."""
    starts = np.cumsum(sizes) - sizes
    ends = np.append(0, np.cumsum(weight))
    floor = np.repeat(ends[starts], sizes)
    whole = np.maximum(ends[starts + sizes] - ends[starts], 1)
    reach = (ends[1:] - floor) * np.repeat(total, sizes) // np.repeat(whole, sizes)
    before = (ends[:-1] - floor) * np.repeat(total, sizes) // np.repeat(whole, sizes)
    return np.asarray(reach - before, np.int64)


def _running(gain: Ints, site: Ints) -> Ints:
    """Cumulative sum within each place."""
    total = np.cumsum(gain)
    first = np.flatnonzero(np.diff(site, prepend=-1))
    sizes = np.diff(np.append(first, len(site)))
    return np.asarray(total - np.repeat(total[first] - gain[first], sizes), np.int64)


def _outcomes(
    curves: Curves, group: Ints, site: Ints, second: Ints, confirmed: Ints, chance: np.ndarray
) -> tuple[Ints, Ints]:
    """Deaths and recoveries of a place: its cases times the curve's rates, rounded by the place's
    chance, never falling. Their sum cannot exceed the cases: recoveries are a part of the cases that
    even the last death rate leaves."""
    day, within = second // SECONDS, (second % SECONDS) / SECONDS
    within = np.where(day == REVISION_DAY, 1.0, within)
    worst = curves.death_rate.max(axis=1)
    death, recovery = (
        rate[group, day] + (rate[group, day + 1] - rate[group, day]) * within
        for rate in (curves.death_rate, curves.recovery_rate)
    )
    deaths = np.floor(death * confirmed + chance[site]).astype(np.int64)
    surviving = np.maximum(confirmed - np.floor(worst[group] * confirmed).astype(np.int64) - 1, 0)
    recovered = np.floor(recovery * surviving + 0.5 * (recovery > 0)).astype(np.int64)
    known = group <= NEAR
    return tuple(  # type: ignore[return-value]
        np.where(known, _never_falling(np.minimum(count, confirmed), site), 0)
        for count in (deaths, np.minimum(recovered, surviving))
    )


def _never_falling(count: Ints, site: Ints) -> Ints:
    lift = site * (int(count.max(initial=0)) + 1)
    return np.asarray(np.maximum.accumulate(count + lift) - lift, np.int64)


def _changes(reports: Reports) -> Bools:
    """Reports that differ from the place's previous one."""
    moved = (np.diff(reports.deaths, prepend=0) != 0) | (np.diff(reports.recovered, prepend=0) != 0)
    return np.asarray(moved | (reports.gain > 0) | reports.first)


def _with_unchanged(changed: Bools, rows: int, draws: Draws) -> Bools:
    """When there are too few changes, some reports repeat what was known."""
    chosen = changed.copy()
    chosen[draws.some(~changed, rows - int(changed.sum()))] = True
    return chosen


def _thinned(reports: Reports, rows: int, draws: Draws) -> Reports:
    """Leave out reports that bring no new case (the next one tells the rest), others only if it must be."""
    surplus = len(reports.site) - rows
    if surplus <= 0:
        return reports
    keep = np.ones(len(reports.site), bool)
    quiet = (reports.gain == 0) & ~reports.first & (reports.second // SECONDS != REVISION_DAY)
    keep[draws.some(quiet, surplus)] = False
    keep[draws.some(keep & ~reports.first & ~reports.last, int(keep.sum()) - rows)] = False
    left = reports.take(keep)
    gain = np.where(left.first, left.confirmed, np.diff(left.confirmed, prepend=0))
    return replace(left, gain=np.asarray(gain, np.int64))
