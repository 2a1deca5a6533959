"""Rows without coordinates located by a gazetteer, only where the user gave one and only where it is certain."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from .arrays import Bools, Ints
from .datum import to_wgs84
from .gazetteer import Entry, Gazetteer, bare_code, plain_code
from .placenames import alias_of, key_of
from .places import NAME_ROLES
from .quality import Finding, counted, flag
from .reports import Labels, Reports, joint_codes
from .rules import Rule, bit
from .schema import Datum

_NOWHERE = -1


@dataclass(frozen=True)
class _Name:
    """What a row calls its place, as keys: the finest name and its level, and what it lies in."""

    finest: str
    level: str
    province: str
    city: str


def locate(reports: Reports, gazetteer: Gazetteer, datum: Datum) -> tuple[Reports, list[Finding]]:
    """Give rows without coordinates their gazetteer's position in WGS 84, by code or by full name; and say
    how many were found. `datum` is taken for the gazetteer's positions if its headers name none."""
    missing = (reports.flags & bit(Rule.MISSING_COORDINATES)) != 0
    name_of_row, names = _names(reports)
    row, by_code = _match(reports, gazetteer, name_of_row, names)
    located = missing & (row != _NOWHERE)
    x, y = to_wgs84(gazetteer.lon, gazetteer.lat, gazetteer.datum or datum)
    lon, lat = reports.lon.copy(), reports.lat.copy()
    lon[located], lat[located] = x[row[located]], y[row[located]]
    reports.flags[located] &= ~bit(Rule.MISSING_COORDINATES)
    reports = replace(reports, lon=lon, lat=lat)
    contradicts = _differs(gazetteer, np.where(by_code, row, _NOWHERE), name_of_row, names)
    return reports, [
        *_rate(reports, gazetteer, missing, located, name_of_row, datum),
        *flag(reports, contradicts, Rule.CODE_CONTRADICTS, "{rows} with a code that the gazetteer gives another name"),
    ]


def _rate(
    reports: Reports, gazetteer: Gazetteer, missing: Bools, located: Bools, name: Ints, datum: Datum
) -> list[Finding]:
    """How many of the rows and names that lack a point were located, also when there are none."""
    if not missing.any():
        return []
    found, sought = len(np.unique(name[located])), len(np.unique(name[missing]))
    words = (
        f"{int(located.sum()):,} of {counted(int(missing.sum()), 'row')} without coordinates "
        f"({located.sum() / missing.sum():.1%}) and {found:,} of their {counted(sought, 'name')} "
        f"({found / sought:.1%}) were located from the gazetteer “{gazetteer.name}” "
        f"({gazetteer.columns}: {gazetteer.datum or datum})"
    )
    return flag(reports, located, Rule.LOCATED, words) or [Finding(Rule.LOCATED, 0, words)]


def _names(reports: Reports) -> tuple[Ints, list[_Name]]:
    """The distinct full names, with codes, and which of them each row bears."""
    roles = [role for role in NAME_ROLES if role in reports.names]
    columns = [reports.names[role] for role in roles]
    code = reports.names.get("code", Labels.empty(len(reports)))
    of_row = joint_codes([*(labels.codes for labels in columns), code.codes])
    firsts = np.flatnonzero(~pd.Series(of_row).duplicated().to_numpy())
    return of_row, [
        _name({role: key_of(labels.text(at)) for role, labels in zip(roles, columns)}) for at in firsts.tolist()
    ]


def _name(texts: dict[str, str]) -> _Name:
    level = next((role for role in reversed(NAME_ROLES) if texts.get(role)), "")
    return _Name(texts.get(level, ""), level, texts.get("province", ""), texts.get("city", ""))


def _match(reports: Reports, gazetteer: Gazetteer, of_row: Ints, names: Sequence[_Name]) -> tuple[Ints, Bools]:
    """The gazetteer's row for each report (-1: none) and whether the code found it."""
    code = reports.names.get("code", Labels.empty(len(reports)))
    found = _by_codes(code, gazetteer)
    by_code = found != _NOWHERE
    by_name = np.array([_by_name(gazetteer, name) for name in names], np.int64)
    return np.where(by_code, found, by_name[of_row]), by_code


def _by_codes(labels: Labels, gazetteer: Gazetteer) -> Ints:
    codes = [plain_code(text) for text in labels.texts]
    entries = [gazetteer.by_code.get(code) or gazetteer.by_bare_code.get(bare_code(code)) for code in codes]
    return np.asarray(np.array([_row(gazetteer, entry) for entry in [*entries, None]], np.int64)[labels.codes])


def _row(gazetteer: Gazetteer, entry: Entry | None) -> int:
    """The row of an entry that has a position."""
    return _NOWHERE if entry is None or np.isnan(gazetteer.lon[entry.row]) else entry.row


def _by_name(gazetteer: Gazetteer, name: _Name) -> int:
    """The one entry that bears a name and contradicts nothing that the row says of where it lies.

    A place that is no administrative area must bear the very name; areas may leave out what they are.
    """
    exact = gazetteer.by_name.get(name.finest, ())
    entry = _only(gazetteer, name, exact)
    if entry is None and name.level != "place":
        entry = _only(gazetteer, name, gazetteer.by_alias.get(alias_of(name.finest), ()))
    return _row(gazetteer, entry)


def _only(gazetteer: Gazetteer, name: _Name, entries: Sequence[Entry]) -> Entry | None:
    fitting = [entry for entry in entries if _fits(gazetteer, name, entry)]
    # 邵阳 among cities is the prefecture, not the county of that name in it; 吉林 is the city, not its province.
    ranks = [(entry.level != name.level, entry.rank) for entry in fitting]
    best = [entry for entry, rank in zip(fitting, ranks) if rank == min(ranks)]
    return best[0] if len(best) == 1 else None


def _fits(gazetteer: Gazetteer, name: _Name, entry: Entry) -> bool:
    return _level_fits(name, entry) and _province_fits(gazetteer, name, entry) and _city_fits(name, entry)


def _level_fits(name: _Name, entry: Entry) -> bool:
    """Georgia the country is not Georgia the state: levels must agree where the gazetteer tells them. A city
    that is a province of its own (Beijing, Hong Kong) bears the province's name."""
    if not entry.level:
        return name.level != "country"
    if name.level == "city" and entry.level == "province":
        return alias_of(name.province) == alias_of(name.finest)
    return entry.level == name.level or (name.level == "place" and entry.level == "city" and bool(name.province))


def _province_fits(gazetteer: Gazetteer, name: _Name, entry: Entry) -> bool:
    """The province must be the entry's, unless the gazetteer knows no such province at all (it may bear
    another name there, as Tibet and Xizang); then the name alone must be unique."""
    if name.level in ("province", "country") or not name.province or not entry.province:
        return True
    own = alias_of(name.province)
    return own == alias_of(entry.province) or own not in gazetteer.provinces


def _city_fits(name: _Name, entry: Entry) -> bool:
    if name.level != "place" or not name.city or not entry.city:
        return True
    return alias_of(name.city) == alias_of(entry.city)


def _differs(gazetteer: Gazetteer, row: Ints, of_row: Ints, names: Sequence[_Name]) -> Bools:
    """Rows whose name is none of those that the gazetteer has for their code."""
    entry_names = {entry.row: entry.names for entry in (*gazetteer.by_bare_code.values(), *gazetteer.by_code.values())}
    pairs = joint_codes([of_row, row])
    firsts = np.flatnonzero(~pd.Series(pairs).duplicated().to_numpy())
    answers = [_contradicts(names[of_row[at]].finest, entry_names.get(row[at], ())) for at in firsts]
    return np.asarray(np.array(answers, bool)[pairs])


def _contradicts(name: str, others: Sequence[str]) -> bool:
    """Neither holds the other: a suffix such as 市 or “city” is no contradiction. Names in another script
    are no evidence."""
    comparable = [other for other in others if other.isascii() == name.isascii()]
    own = alias_of(name)
    return bool(name) and bool(comparable) and not any(
        own in other or alias_of(other) in name for other in comparable)
