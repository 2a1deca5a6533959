"""Which column is what: found by header and by values, scored together, with a reason in words."""
from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import pandas as pd

from .coordinates import find_pair
from .counts import UNNAMED_NUMBERS, find_counts, is_current
from .dataset import GIVEN, Choice
from .errors import AtlasError
from .headers import HEADER_TABLE, header_key, metric_name, table_words
from .probe import Probe
from .schema import NEW_PREFIX, ROLES, STATE_COLUMNS, STEP_PREFIX
from .scoring import rank

__all__ = ["HEADER_TABLE", "ColumnPlan", "header_key", "metric_name", "plan_columns"]

#: A date that is split: used together, and only where no column holds whole dates.
DATE_PARTS = ("year", "month", "day")
_NAME_ORDER = ("country", "province", "city", "place", "level", "kind", "code")


@dataclass(frozen=True)
class ColumnPlan:
    """Positions of the chosen columns in a table, with the reasons.

    `roles` and `metrics` map names to column positions; `increments` are the metrics whose
    column holds additions; `synthetic` is the position of a column that marks made-up data;
    `empty_counts` are headers of counts that hold no number at all. `currents` are the metrics that
    say how many there are now (active, in hospital): they rise and fall. `runners_up` names for each
    role or metric the columns that came next, the best first; `unused` says of each column without
    a use why it has none; `doubtful` are headers of those that hold whole numbers. A date split over
    three columns has the roles `year`, `month` and `day`.
    """

    roles: dict[str, int]
    metrics: dict[str, int]
    increments: frozenset[str]
    reasons: dict[str, Choice]
    synthetic: int | None
    empty_counts: tuple[str, ...] = ()
    runners_up: dict[str, tuple[int, ...]] = field(default_factory=dict)
    unused: dict[int, str] = field(default_factory=dict)
    currents: frozenset[str] = frozenset()
    doubtful: tuple[str, ...] = ()


@dataclass
class _Draft:
    """A plan in the making. `banned` are roles and metrics that the user wants no column for."""

    probe: Probe
    banned: frozenset[str]
    roles: dict[str, int] = field(default_factory=dict)
    metrics: dict[str, int] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    others: dict[str, tuple[int, ...]] = field(default_factory=dict)
    unused: dict[int, str] = field(default_factory=dict)
    increments: set[str] = field(default_factory=set)

    @property
    def free(self) -> list[int]:
        taken = {*self.roles.values(), *self.metrics.values()}
        return [column for column in range(len(self.probe)) if column not in taken]

    def wants(self, role: str) -> bool:
        return role not in self.roles and role not in self.banned


def plan_columns(
    headers: Sequence[str], frame: pd.DataFrame, overrides: dict[str, str], projected: bool = False
) -> ColumnPlan:
    """Choose a column for every role and metric that the table has.

    `frame` holds text cells; its columns are the positions in `headers`. `overrides` maps a
    role or metric to a header, to `#3` for the third column, or to nothing for no column at all.
    `projected` coordinates may be any numbers.
    """
    given = {_given_name(name): header.strip() for name, header in overrides.items()}
    chosen = {name: _position(headers, header) for name, header in given.items() if header}
    draft = _Draft(Probe(headers, frame, projected), frozenset(name for name, header in given.items() if not header))
    draft.roles = {name: at for name, at in chosen.items() if name in (*ROLES, *DATE_PARTS)}
    draft.metrics = {name: at for name, at in chosen.items() if name not in draft.roles}
    draft.reasons = dict.fromkeys(chosen, GIVEN)
    _settle_moment(draft)
    _choose(draft, "time")
    _choose_point(draft)
    for role in _NAME_ORDER:
        _choose(draft, role)
    _choose_clock(draft)
    _choose_date_parts(draft)
    _choose_counts(draft)
    return _finished(draft)


def _given_name(name: str) -> str:
    """A role or the name of a metric as the user gave it; names that the layer needs itself are refused."""
    plain = name.strip()
    if plain.lower() in (*ROLES, *DATE_PARTS):
        return plain.lower()
    taken = plain.lower() in (*STATE_COLUMNS, "fid", "geom", "longitude", "latitude")
    if taken or plain.lower().startswith((NEW_PREFIX, STEP_PREFIX)):
        raise AtlasError(
            f"“{plain}” cannot be the name of a count in COLUMNS: the layer has such a column of its own. "
            f"Roles are {', '.join(ROLES)}; any other name is a count."
        )
    return metric_name(plain)


def _position(headers: Sequence[str], header: str) -> int:
    """The column that a user means by `#3` or by a header, to the letter or but for case and blanks."""
    number = re.fullmatch(r"#\s*(\d+)", header)
    if number is not None and header not in headers:
        return _numbered(headers, int(number.group(1)))
    found = [at for at, text in enumerate(headers) if text.strip() == header]
    if not found and header_key(header):
        found = [at for at, text in enumerate(headers) if header_key(text) == header_key(header)]
    if len(found) > 1:
        numbers = " or ".join(f"#{at + 1}" for at in found)
        raise AtlasError(f"There are {len(found)} columns “{header}” in the file: say which one as {numbers}.")
    if not found:
        raise AtlasError(f"There is no column “{header}” in the file: its columns are {_listed(headers)}.")
    return found[0]


def _numbered(headers: Sequence[str], number: int) -> int:
    if not 1 <= number <= len(headers):
        raise AtlasError(f"There is no column #{number} in the file: it has {len(headers)}, #1 is “{headers[0]}”.")
    return number - 1


def _listed(headers: Sequence[str], most: int = 60) -> str:
    more = f" and {len(headers) - most:,} more" if len(headers) > most else ""
    return ", ".join(headers[:most]) + more


def _settle_moment(draft: _Draft) -> None:
    """The user may say `date` for `time`; beside a given `time` that holds the clock it is the date."""
    if "date" in draft.banned:
        draft.banned |= {"time"}
    if "date" not in draft.roles:
        return
    if "time" in draft.roles and not draft.probe.dates(draft.roles["time"])[0]:
        draft.roles.setdefault("time_of_day", draft.roles.pop("time"))
        draft.reasons.setdefault("time_of_day", GIVEN)
    if "time" not in draft.roles:
        draft.roles["time"], draft.reasons["time"] = draft.roles.pop("date"), draft.reasons.pop("date")


def _choose(draft: _Draft, role: str) -> None:
    """The best of the columns that are still free."""
    if not draft.wants(role):
        return
    ranking = rank(role, draft.probe, draft.free, draft.roles)
    if ranking is None:
        return
    draft.roles[role] = ranking.best.column
    draft.reasons[role] = ranking.reason(draft.probe)
    draft.others[role] = tuple(candidate.column for candidate in ranking.others)


def _choose_point(draft: _Draft) -> None:
    """Longitude and latitude by their headers, else both in one column, else two columns by their values."""
    if "lonlat" in draft.roles or {"lon", "lat"} & draft.banned:
        _choose(draft, "lonlat")
        return
    read = draft.probe.read
    if any("lon" in header.roles for header in read) and any("lat" in header.roles for header in read):
        _choose_pair(draft)
    _choose(draft, "lonlat")
    if "lonlat" not in draft.roles:
        _choose_pair(draft)


def _choose_pair(draft: _Draft) -> None:
    if {"lon", "lat"} <= set(draft.roles):
        return
    given: dict[str, int] = {axis: draft.roles[axis] for axis in ("lon", "lat") if axis in draft.roles}
    pair = find_pair(draft.probe, draft.free, given)
    if pair is None:
        return
    for axis, column in (("lon", pair.lon), ("lat", pair.lat)):
        if axis not in given:
            draft.roles[axis], draft.reasons[axis] = column, pair.reasons[axis]
            draft.others[axis] = pair.others.get(axis, ())


def _choose_clock(draft: _Draft) -> None:
    """A time of day in a column of its own, where the moments have none."""
    if "time" in draft.roles and not draft.probe.dates(draft.roles["time"])[1]:
        _choose(draft, "time_of_day")


def _choose_date_parts(draft: _Draft) -> None:
    """Year, month and day, where no column holds whole dates."""
    if "time" in draft.roles or "time" in draft.banned:
        return
    found = {part: rank(part, draft.probe, draft.free, draft.roles) for part in DATE_PARTS if part not in draft.roles}
    if all(ranking is not None for ranking in found.values()):
        for part in found:
            _choose(draft, part)


def _choose_counts(draft: _Draft) -> None:
    found = find_counts(draft.probe, draft.free, draft.roles, draft.metrics, draft.banned)
    draft.metrics = {**draft.metrics, **found.metrics}
    draft.increments = found.increments
    draft.reasons.update(found.reasons)
    draft.others.update(found.others)
    draft.unused = found.unused


def _finished(draft: _Draft) -> ColumnPlan:
    probe = draft.probe
    keys = [header.key for header in probe.read]
    reasons = {
        name: Choice(probe.headers[at], draft.reasons[name]) for name, at in {**draft.roles, **draft.metrics}.items()
    }
    free = draft.free
    synthetic = next((at for at, key in enumerate(keys) if key in table_words("synthetic")), None)
    empty = tuple(probe.headers[at] for at in free if _is_empty_count(at, probe))
    others = {name: columns for name, columns in draft.others.items() if columns and name in reasons}
    return ColumnPlan(
        draft.roles, draft.metrics, frozenset(draft.increments), reasons, synthetic, empty,
        runners_up=others, unused={at: _why_unused(at, draft, others) for at in free},
        currents=frozenset(
            name for name, at in draft.metrics.items() if name not in draft.increments and is_current(probe.read[at])),
        doubtful=tuple(probe.headers[at] for at in free if draft.unused.get(at) == UNNAMED_NUMBERS),
    )


def _is_empty_count(column: int, probe: Probe) -> bool:
    header = probe.read[column]
    known = any(match.whole for match in (*header.metrics.values(), *header.additions.values()))
    return known and not len(probe.numbers(column).values)


def _why_unused(column: int, draft: _Draft, others: dict[str, tuple[int, ...]]) -> str:
    """A runner-up, what its header means but its values are not, or no count."""
    lost = [role for role, columns in others.items() if column in columns and role not in draft.metrics]
    if lost:
        return f"“{draft.probe.headers[draft.roles[lost[0]]]}” is used as {lost[0]}"
    if draft.probe.read[column].key in table_words("synthetic"):
        return "it marks rows as made up"
    axes = [axis for axis in ("lon", "lat") if axis in draft.probe.read[column].roles and axis not in draft.roles]
    furthest = draft.probe.degrees(column).furthest if axes else 0.0
    if furthest > 180:
        return f"values up to {furthest:,.0f} are no degrees: give the CRS that they are in"
    return draft.unused.get(column, "neither its header nor its values say what it is for")
