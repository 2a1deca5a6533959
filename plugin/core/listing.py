"""Full listings: polls that name every place they know, so that a missing place says something."""
from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from .arrays import Bools, Floats, Ints
from .dataset import GIVEN, Choice
from .reports import distinct_pairs, group_starts
from .schema import Listing

#: A listing is full when polls repeat at least this share of the places of the poll before: in the
#: median, and in nine polls of ten.
MEDIAN_OVERLAP, LOW_OVERLAP = 0.95, 0.8
#: A poll is incomplete below this share of the median size of the polls before and of those after.
INCOMPLETE_SHARE = 0.5
_NEIGHBOURS = 3
_LEAST_SIZE = 5
#: Of more rows than this, the moments of one second in so many are looked at.
_MANY_ROWS, _SOME_MOMENTS = 100_000, 61

NEVER = np.iinfo(np.int64).max


@dataclass(frozen=True)
class Polls:
    """All polls, sorted by group and time. `of_row` gives each row's poll."""

    of_row: Ints
    group: Ints
    t: Ints
    size: Ints
    incomplete: Bools

    @property
    def first_of_group(self) -> Bools:
        return group_starts(self.group)


def find_polls(place: Ints, t: Ints, group: Ints) -> Polls:
    """The polls of each group: rows that share a moment. `size` counts distinct places."""
    span = int(t.max() - t.min()) + 1
    of_row, keys = pd.factorize(group * span + (t - t.min()), sort=True)
    _, poll = distinct_pairs(place, of_row.astype(np.int64))
    size = np.bincount(poll, minlength=len(keys))
    groups = keys // span
    return Polls(of_row.astype(np.int64), groups, keys % span + t.min(), size, _incomplete(groups, size))


def _incomplete(group: Ints, size: Ints) -> Bools:
    def side(reverse: bool) -> Floats:
        order = slice(None, None, -1) if reverse else slice(None)
        sizes = pd.Series(size[order].astype(float)).groupby(group[order]).shift()
        rolled = sizes.groupby(group[order]).rolling(_NEIGHBOURS, min_periods=1).median()
        return np.asarray(rolled.reset_index(level=0, drop=True).sort_index().to_numpy()[order], np.float64)

    before, after = side(False), side(True)
    # The first poll has nothing before it and is small by nature; the last one is judged by what was before.
    few = size < INCOMPLETE_SHARE * before
    few &= (size < INCOMPLETE_SHARE * after) | np.isnan(after)
    neighbours = np.fmax(before, after)
    return np.asarray(few & (neighbours >= _LEAST_SIZE) & ~np.isnan(neighbours), bool)


def overlaps(polls: Polls, place: Ints) -> Floats:
    """For each poll the share of the places of the poll before that it lists again (NaN for firsts)."""
    places, poll = distinct_pairs(place, polls.of_row)
    again = (places[1:] == places[:-1]) & (poll[1:] == poll[:-1] + 1)
    shared = np.bincount(poll[1:][again], minlength=len(polls.t)).astype(float)
    share = np.full(len(polls.t), np.nan)
    share[1:] = shared[1:] / polls.size[:-1]
    share[polls.first_of_group] = np.nan
    return share


@dataclass(frozen=True)
class Listed:
    """Who is named when, sorted by place and time: the accepted reports, and rows that were rejected for
    their counts but do name a place at a moment. `province` holds codes, -1 where empty."""

    place: Ints
    t: Ints
    province: Ints
    accepted: Bools

    def polls(self, group: Ints) -> Polls:
        return find_polls(self.place, self.t, group)


def who_is_listed(accepted: tuple[Ints, Ints, Ints], unread: tuple[Ints, Ints, Ints]) -> Listed:
    """Put accepted reports (sorted already) and unread rows together: place, moment, province of each."""
    if not len(unread[0]):
        return Listed(*accepted, np.ones(len(accepted[0]), bool))
    place, t, province = (np.concatenate(pair) for pair in zip(accepted, unread))
    is_accepted = np.arange(len(place)) < len(accepted[0])
    order = np.lexsort((np.arange(len(place)), t, place))
    return Listed(place[order], t[order], province[order], is_accepted[order])


def ends_of_accepted(listed: Listed, ends: Ints) -> Ints:
    """The first end between each accepted report and the next one of its place; unread rows between them
    keep a place listed."""
    rows = np.arange(len(ends))
    before = np.maximum.accumulate(np.where(listed.accepted, rows, -1))
    stray = ~listed.accepted & ((before < 0) | (listed.place[before] != listed.place))
    clean = np.where(stray, NEVER, ends)
    return np.asarray(np.minimum.reduceat(clean, np.flatnonzero(listed.accepted)), np.int64)


def detect_listing(listed: Listed, given: Listing | None) -> tuple[Choice, Polls | None]:
    """Full or partial, with the reason, and the polls of a full listing: of all rows, or of each province.

    Where the user says that a listing is full, its polls are those of the provinces only if they look so.
    """
    whole = np.zeros(len(listed.t), np.int64)
    groups = {"the file has": whole}
    if len(pd.unique(listed.province)) > 1:
        groups["each province has"] = listed.province + 1
    for owner, group in groups.items() if given != Listing.PARTIAL else ():
        words, polls = _full_reason(listed, group)
        if words:
            return _given(given) or Choice(Listing.FULL, f"{owner} {words}"), polls
    words = "places report at moments of their own, so silence says nothing"
    return _given(given) or Choice(Listing.PARTIAL, words), listed.polls(whole) if given == Listing.FULL else None


def _given(listing: Listing | None) -> Choice | None:
    return None if listing is None else Choice(listing, GIVEN)


def _full_reason(listed: Listed, group: Ints) -> tuple[str, Polls | None]:
    if _rows_per_moment(listed.t, group) < 2:  # told apart early: most files of single reports end here
        return "", None
    polls, place = listed.polls(group), listed.place
    share = overlaps(polls, place)
    share = share[~np.isnan(share) & ~polls.incomplete]
    if not len(share):
        return "", None
    if np.median(share) < MEDIAN_OVERLAP or np.quantile(share, 0.1) < LOW_OVERLAP:
        return "", None
    words = (
        f"{len(polls.t):,} distinct moments, each listing nearly all places of the one before "
        f"({np.median(share):.1%} in the median)"
    )
    return words, polls


def _rows_per_moment(t: Ints, group: Ints) -> float:
    """How many rows share a moment and group, on average; of many rows, judged on some of the moments."""
    moments = t * (int(group.max()) + 1) + group
    some = moments[t // 1000 % _SOME_MOMENTS == 0] if len(t) > _MANY_ROWS else moments
    some = some if len(some) > 1000 else moments
    return len(some) / len(pd.unique(some))


def delisted_at(polls: Polls, place: Ints) -> Ints:
    """For each report (sorted by place, then time) the moment at which its place was found missing
    before its next report, or `NEVER`.

    That is the first complete poll after the report's own, if the place is not in it.
    """
    n_polls = len(polls.t)
    candidates = np.where(~polls.incomplete, np.arange(n_polls), n_polls)
    later = np.append(np.minimum.accumulate(candidates[::-1])[::-1][1:], n_polls)
    outside = (later >= n_polls) | (polls.group[np.minimum(later, n_polls - 1)] != polls.group)
    later = np.where(outside, n_polls, later)
    checked = later[polls.of_row]
    next_poll = np.full(len(place), n_polls, np.int64)
    same_place = place[1:] == place[:-1]
    next_poll[:-1][same_place] = polls.of_row[1:][same_place]
    missing = (checked < n_polls) & (next_poll > checked)
    moments = np.append(polls.t, NEVER)
    return np.where(missing, moments[checked], NEVER)
