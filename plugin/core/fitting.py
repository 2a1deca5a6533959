"""Files made to fit one another: dates from their names, counts of one kind a file, headers that changed over time."""
from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from .columns import ColumnPlan, plan_columns
from .dataset import LoadOptions
from .errors import AtlasError
from .headers import header_key
from .reading import RawTable
from .textcolumns import categorical
from .times import parse_times
from .wide import joined_notes, merged_metrics

#: A date in a name, and a time of day behind it.
_DATE = re.compile(
    r"(?<!\d)(?P<date>(?:18|19|20|21)\d\d(?P<s>[-_. ]?)\d\d(?P=s)\d\d|\d{1,2}(?P<t>[-_.])\d{1,2}(?P=t)\d{4}"
    r"|(?:\d{4}[年년] ?)?\d{1,2}[月월] ?\d{1,2}[日號号일])"
    r"(?:[T_ -](?P<h>[01]\d|2[0-3])[-_.:h]?(?P<m>[0-5]\d)(?:[-_.:]?(?P<sec>[0-5]\d))?)?(?!\d)")
_SOME_YEAR = 2000
#: So many rows, spread over a file, tell what its columns are.
_SAMPLE_ROWS = 2_000
_TIME_ROLES = frozenset({"time", "day"})
_PLACE_ROLES = ("lon", "lat", "lonlat", "place", "city", "province", "country", "code")
#: More columns than this are not named in a sentence.
_MOST_NAMED = 8

#: A column by its name's key, and which one of those it is.
_Key = tuple[str, int]


@dataclass(frozen=True)
class _Columns:
    """The columns of a table by their keys, in their order, and what they are taken for."""

    table: RawTable
    keys: tuple[_Key, ...]
    plan: ColumnPlan

    @property
    def names(self) -> tuple[str, ...]:
        """The roles and metrics that it has."""
        return (*self.plan.roles, *self.plan.metrics)

    def key_of(self, name: str) -> _Key | None:
        at = {**self.plan.metrics, **self.plan.roles}.get(name)
        return None if at is None else self.keys[at]


def fit_together(tables: Sequence[RawTable], options: LoadOptions | None = None) -> list[RawTable]:
    """The tables of one dataset with the same headers, one for each given and in their order.

    What was done stands in the note of each source. Raises `AtlasError` naming a file that does not belong to
    the first.
    """
    options = options or LoadOptions()
    columns, projected = options.columns, bool(options.crs)
    tables = merged_metrics(tables)
    if options.report_date:
        tables = _dated_as_given(tables, options)
    return _aligned(_dated(tables, columns, projected), columns, projected)


def date_in_name(name: str) -> str:
    """The only date in a file's name (with a time of day, if there is one), as text; empty without one.

    >>> date_in_name("dpc-covid19-ita-province-20200224.csv"), date_in_name("polls/2020_02_01T0830.csv")
    ('2020-02-24', '2020-02-01 08:30')
    >>> date_in_name("report_02-01-2020.csv"), date_in_name("from 2020-01-01 to 2020-02-01.csv")
    ('02-01-2020', '')
    """
    found = {_written(one) for one in _DATE.finditer(name)} - {""}
    return found.pop() if len(found) == 1 else ""


def _written(found: re.Match[str]) -> str:
    date = re.sub(r"[_. ]", "-", found["date"])
    if date.isdigit():
        date = f"{date[:4]}-{date[4:6]}-{date[6:]}"
    if not parse_times(np.array([date], object), year=_SOME_YEAR).ok[0]:
        return ""
    clock = ":".join(part for part in (found["h"], found["m"], found["sec"]) if part)
    return f"{date} {clock}".strip()


def _dated_as_given(tables: Sequence[RawTable], options: LoadOptions) -> list[RawTable]:
    """Tables without a column of dates get the one that the user gave."""
    if not parse_times(np.array([options.report_date], object)).ok[0]:
        raise AtlasError(
            f"“{options.report_date}” is no date for REPORT_DATE: write it as 2020-02-13 or 2020-02-13T18:00.")
    for table in tables:
        plan = _plan(table, tables[0], options.columns, bool(options.crs))
        if _TIME_ROLES & set(plan.roles):
            header = table.headers[plan.roles.get("time", plan.roles.get("day", 0))]
            raise AtlasError(
                f"“{table.source.name}” has dates of its own, in the column {header}: leave REPORT_DATE empty.")
    return [_with_date(table, options.report_date, "was given") for table in tables]


def _dated(tables: Sequence[RawTable], columns: dict[str, str], projected: bool) -> list[RawTable]:
    """Tables without a column of dates get one from their files' names, if all of those hold a date."""
    dates = [date_in_name(table.source.name) for table in tables]
    if not all(dates) or {"time", "date"} & {name.strip().lower() for name, header in columns.items() if header}:
        return list(tables)
    seen: dict[tuple[str, ...], bool] = {}
    for table in tables:
        if table.headers not in seen:
            seen[table.headers] = bool(_TIME_ROLES & set(_plan(table, tables[0], columns, projected).roles))
    if any(seen.values()):
        return list(tables)
    return [_with_date(table, date, "comes from the file's name") for table, date in zip(tables, dates)]


def _with_date(table: RawTable, date: str, origin: str) -> RawTable:
    taken = set(map(header_key, table.headers))
    header = next(name for name in ("date", "report date", "day", "date of the file") if header_key(name) not in taken)
    codes = np.zeros(len(table.frame), np.int8)
    frame = table.frame.assign(date=categorical(codes, [date]))
    note = joined_notes(table.source.note, f"the date {date} {origin}, as no column holds dates")
    return replace(
        table, frame=frame.set_axis(range(frame.shape[1]), axis=1), headers=(*table.headers, header),
        source=replace(table.source, note=note))


def _aligned(tables: Sequence[RawTable], columns: dict[str, str], projected: bool) -> list[RawTable]:
    """The tables with the columns of all of them, in the order in which they first appear."""
    first = tables[0]
    if all(table.headers == first.headers for table in tables):
        return list(tables)
    own = [_keys(table.headers) for table in tables]
    if any(sorted(keys) != sorted(own[0]) for keys in own):
        own = _matched(tables, own, columns, projected)
    else:
        _refuse_repeats(tables, own)
    names: dict[_Key, str] = {}
    for table, keys in zip(tables, own):
        for key, header in zip(keys, table.headers):
            names.setdefault(key, header)
    return [_rearranged(table, keys, names) for table, keys in zip(tables, own)]


def _keys(headers: Iterable[str]) -> tuple[_Key, ...]:
    """Headers as they are compared; the second of a name is another column than the first.

    >>> _keys(["City", "city "])
    (('city', 0), ('city', 1))
    """
    seen: Counter[str] = Counter()
    keys = []
    for header in headers:
        key = header_key(header)
        keys.append((key, seen[key]))
        seen[key] += 1
    return tuple(keys)


def _refuse_repeats(tables: Sequence[RawTable], own: Sequence[tuple[_Key, ...]]) -> None:
    """Columns of one name cannot be told apart when they stand in another order."""
    for table, keys in zip(tables, own):
        if any(number for _, number in keys) and keys != own[0]:
            raise AtlasError(
                f"“{table.source.name}” does not belong to “{tables[0].source.name}”: both have columns of one name, "
                "and they stand in another order. Load them one after the other.")


def _matched(
    tables: Sequence[RawTable], own: Sequence[tuple[_Key, ...]], columns: dict[str, str], projected: bool
) -> list[tuple[_Key, ...]]:
    """The keys of each table, with those of the first where a column has the same role under another name."""
    plans: dict[tuple[str, ...], ColumnPlan] = {}
    for table in tables:
        if table.headers not in plans:
            plans[table.headers] = _plan(table, tables[0], columns, projected)
    views = [_Columns(table, keys, plans[table.headers]) for table, keys in zip(tables, own)]
    words = _Words(dict.fromkeys(own[0]), {name: views[0].key_of(name) for name in views[0].names})
    return [own[0], *(words.translated(views[0], view) for view in views[1:])]


class _Words:
    """The keys of all columns so far, and which of them has which role or metric."""

    def __init__(self, keys: dict[_Key, None], roles: dict[str, _Key | None]) -> None:
        self._keys, self._roles = keys, roles

    def translated(self, first: _Columns, other: _Columns) -> tuple[_Key, ...]:
        """The keys of a table in these words, which learn from it; an error if it has too little of the first."""
        new = dict(zip(other.keys, other.keys))
        for name in other.names:
            theirs, ours = other.key_of(name), self._roles.get(name)
            if theirs is not None and ours is not None and ours not in other.keys and theirs not in self._keys:
                new[theirs] = ours
        _refuse_stranger(first, other, new)
        self._keys.update(dict.fromkeys(new.values()))
        self._roles = {**{name: new[key] for name in other.names if (key := other.key_of(name))}, **self._roles}
        return tuple(new[key] for key in other.keys)


def _refuse_stranger(first: _Columns, other: _Columns, new: dict[_Key, _Key]) -> None:
    shared = set(first.keys) & set(new.values())
    needs = {
        "dates": [role for role in sorted(_TIME_ROLES) if role in first.plan.roles],
        "counts": list(first.plan.metrics),
        "places": [role for role in _PLACE_ROLES if role in first.plan.roles],
    }
    missing = [
        what for what, names in needs.items() if names and not any(first.key_of(name) in shared for name in names)]
    if not needs["counts"] and other.plan.metrics:
        missing.append("counts")
    if missing:
        differing = [
            header for view, keys in ((first, set(new.values())), (other, set(first.keys)))
            for header, key in zip(view.table.headers, (new.get(key, key) for key in view.keys)) if key not in keys]
        raise AtlasError(
            f"“{other.table.source.name}” does not belong to “{first.table.source.name}”: they have no columns of "
            f"{' and '.join(missing)} in common ({_listed(differing)} are in one of them only). Load them one after "
            "the other.")


def _rearranged(table: RawTable, keys: tuple[_Key, ...], names: dict[_Key, str]) -> RawTable:
    at = {key: column for column, key in enumerate(keys)}
    nothing = np.zeros(len(table.frame), np.int8)
    columns = {
        position: table.frame.iloc[:, at[key]] if key in at else categorical(nothing, [""])
        for position, key in enumerate(names)}
    lacking = [header for key, header in names.items() if key not in at]
    note = f"has no columns {_listed(lacking)}, which are empty for its rows" if lacking else ""
    source = replace(table.source, note=joined_notes(table.source.note, note))
    frame = pd.DataFrame(columns, index=table.frame.index, copy=False)
    return replace(table, frame=frame, headers=tuple(names.values()), source=source)


def _listed(headers: Sequence[str]) -> str:
    named = ", ".join(headers[:_MOST_NAMED])
    return named + (f" and {len(headers) - _MOST_NAMED} more" if len(headers) > _MOST_NAMED else "")


def _plan(table: RawTable, first: RawTable, columns: dict[str, str], projected: bool) -> ColumnPlan:
    """What a table's columns are taken for, with those of the user's words that fit it."""
    keys = set(map(header_key, table.headers))
    given = {name: _by_name(header, first.headers) for name, header in columns.items()}
    fitting = {name: header for name, header in given.items() if not header or header_key(header) in keys}
    sample = table.frame.iloc[:: len(table.frame) // _SAMPLE_ROWS + 1]
    return plan_columns(table.headers, sample, fitting, projected)


def _by_name(header: str, headers: Sequence[str]) -> str:
    """The header that `#3` stands for in the first file."""
    number = re.fullmatch(r"\s*#(\d+)\s*", header)
    if number is None or not 1 <= int(number[1]) <= len(headers):
        return header
    return headers[int(number[1]) - 1]
