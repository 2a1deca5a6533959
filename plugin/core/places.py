"""Place identity: one place per code, else per full name and point; names that change over time."""
from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Callable

import numpy as np
import pandas as pd

from .arrays import Bools, Cells, Floats, Ints
from .reports import Labels, Reports, carry_forward, distinct_pairs, group_starts, joint_codes, value_codes
from .schema import LEVELS

NOT_PLACES_TABLE = Path(__file__).resolve().parents[2] / "resources" / "not_places.json"

#: Roles that make up a full name, from the coarsest.
NAME_ROLES = ("country", "province", "city", "place")
_ID_DIGITS = 12
_JSON = json.JSONEncoder(ensure_ascii=False)
_ID_DECIMALS = 6
#: Points of a name are one if they agree to the decimals of the one that is written less finely, and to
#: no fewer than these (about 1 km).
_COARSEST_DECIMALS = 2


@dataclass(frozen=True)
class Places:
    """`of_row`: the place of each report (0 … n-1); `ids`: its identifier; `names`: for each of
    the name columns the newest known text of each place ("" when none); `level`: the finest
    level named; `aliases`: older names, joined by `; `."""

    of_row: Ints
    ids: Cells
    names: dict[str, Cells]
    level: Cells
    aliases: Cells


def identify(reports: Reports) -> Ints:
    """The place of each report, numbered from 0 in order of first appearance."""
    counted = _has_totals(reports)  # events are where and as they were written: nothing of them is carried on
    labels = [reports.names[role] for role in NAME_ROLES if role in reports.names]
    names = [_alike(of_role, _name_key) if counted else of_role.codes for of_role in labels]
    name = joint_codes(names) if names else np.zeros(len(reports), np.int64)
    # As fine as the identifier tells points apart: 6 decimals, 0.1 m.
    point = joint_codes([value_codes(np.round(values, _ID_DECIMALS)) for values in (reports.lon, reports.lat)])
    named = np.logical_or.reduce([codes >= 0 for codes in names]) if names else np.zeros(len(reports), bool)
    point = np.where(np.isnan(reports.lon), -1, point)
    if counted:
        point = _keep_rounded(name, point, reports, named)
    point = _adopt_only_point(name, point, named)
    by_name = joint_codes([name, point])
    code = _alike(reports.names["code"], _code_key) if "code" in reports.names else np.full(len(reports), -1, np.int64)
    mixed = np.where(code >= 0, code, int(code.max(initial=0)) + 1 + by_name)
    return np.asarray(pd.factorize(mixed)[0], np.int64)


def _alike(labels: Labels, key: Callable[[str], str]) -> Ints:
    """The codes of labels, texts with the same key as one."""
    keys, _ = pd.factorize(np.array([key(str(text)) for text in labels.texts], object))
    return np.append(np.asarray(keys, np.int64), -1)[labels.codes]


def _name_key(text: str) -> str:
    """A name without case, width and double blanks: São Paulo may be written with one character or two for ã."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _code_key(text: str) -> str:
    """A code without the decimals that a spreadsheet gives to whole numbers."""
    return re.sub(r"(?<=\d)\.0+$", "", unicodedata.normalize("NFKC", text))


def _has_totals(reports: Reports) -> bool:
    """Is there a count that is not just one event a row?"""
    return any(bool(((values != 1) & ~np.isnan(values)).any()) for values in reports.counts.values())


def _keep_rounded(name: Ints, point: Ints, reports: Reports, named: Bools) -> Ints:
    """A place whose point is written more or less finely stays one place, or its counts would be there twice:
    reports of one full name, never two points at one moment, bear the name's first point if that is theirs."""
    pointed = named & (point >= 0)
    first = np.full(int(name.max(initial=0)) + 1, -1, np.int64)
    rows = np.flatnonzero(pointed)[::-1]
    first[name[rows]] = rows
    start = first[name]
    moves = pointed & (point != point[start])
    if not moves.any():
        return point
    rows = np.flatnonzero(pointed & np.isin(name, name[moves]))
    moment = joint_codes([name[rows], pd.factorize(reports.t[rows])[0].astype(np.int64)])
    several, _ = distinct_pairs(moment, point[rows])
    twice = np.isin(name, name[rows[np.isin(moment, several[1:][several[1:] == several[:-1]])]])
    at = np.flatnonzero(moves & ~twice)
    lon, lat, first = reports.lon[at], reports.lat[at], start[at]
    same = _same_rounded(lon, reports.lon[first]) & _same_rounded(lat, reports.lat[first])
    kept = point.copy()
    kept[at[same]] = point[start[at[same]]]
    return kept


def _same_rounded(one: Floats, other: Floats) -> Bools:
    """Are two numbers the same at the decimals of the one that has fewer?"""
    decimals = np.maximum(np.minimum(_decimals(one), _decimals(other)), _COARSEST_DECIMALS)
    same = np.zeros(len(one), bool)
    for count in range(_COARSEST_DECIMALS, _ID_DECIMALS + 1):
        rows = decimals == count
        same[rows] = np.round(one[rows], count) == np.round(other[rows], count)
    return same


def _decimals(values: Floats) -> Ints:
    """How many decimals numbers are written with, zeros at the end left out.

    >>> _decimals(np.array([10.0, 10.12, 10.1234])).tolist()
    [0, 2, 4]
    """
    fine = np.round(values, _ID_DECIMALS)
    count = np.full(len(values), _ID_DECIMALS, np.int64)
    for fewer in reversed(range(_ID_DECIMALS)):
        count[np.round(values, fewer) == fine] = fewer
    return count


def names_apart(reports: Reports, place: Ints) -> Bools:
    """Rows whose full name other places bear too, none of them ever at the same moment."""
    apart = np.zeros(len(place), bool)
    labels = [reports.names[role] for role in NAME_ROLES if role in reports.names]
    if not labels or "code" in reports.names or not _has_totals(reports):
        return apart
    name = joint_codes([_alike(of_role, _name_key) for of_role in labels])
    known = np.flatnonzero(~unnamed(reports) & ~np.isnan(reports.lon) & (labels[-1].codes >= 0))
    owner, _ = distinct_pairs(name[known], place[known])
    known = known[np.isin(name[known], owner[1:][owner[1:] == owner[:-1]])]
    if not len(known):
        return apart
    moment = joint_codes([name[known], pd.factorize(reports.t[known])[0].astype(np.int64)])
    several, _ = distinct_pairs(moment, place[known])
    twice = np.isin(moment, several[1:][several[1:] == several[:-1]])
    apart[known] = ~np.isin(name[known], name[known][twice])
    return apart


def _adopt_only_point(name: Ints, point: Ints, named: Bools) -> Ints:
    """A report without a point is one of the place that bears its full name, if there is just one; a report
    without a name is none."""
    if not (named & (point < 0)).any():
        return point
    n_names = int(name.max(initial=0)) + 1
    concerned = np.zeros(n_names, bool)
    concerned[name[named & (point < 0)]] = True
    pointed = concerned[name] & (point >= 0)
    pair_name, pair_point = distinct_pairs(name[pointed], point[pointed])
    adopted = np.full(n_names, -1, np.int64)
    adopted[pair_name] = pair_point
    only = np.bincount(pair_name, minlength=n_names) == 1
    return np.where(named & (point < 0) & only[name], adopted[name], point)


def unnamed(reports: Reports) -> Bools:
    """Rows that name no place at all: neither name, code nor point."""
    labelled = [reports.names[role].codes >= 0 for role in (*NAME_ROLES, "code") if role in reports.names]
    return np.asarray(np.isnan(reports.lon) & ~np.logical_or.reduce(labelled or [np.zeros(len(reports), bool)]))


def describe(reports: Reports, place: Ints) -> Places:
    """Names of each place. `reports` are sorted by place and time; `place` is their place."""
    starts = group_starts(place)
    last = np.append(np.flatnonzero(starts)[1:], len(place)) - 1
    newest = {role: _newest(reports.names[role], starts, last) for role in (*NAME_ROLES, "kind", "code", "level")
              if role in reports.names}
    n = len(last)
    texts = {role: newest.get(role, np.full(n, "", object)) for role in (*NAME_ROLES, "kind", "code")}
    level = _levels(texts, newest.get("level"))
    finest = _finest_name(texts)
    lon, lat = carry_forward(reports.lon, starts)[0][last], carry_forward(reports.lat, starts)[0][last]
    ids = _ids(texts, lon, lat)
    aliases = _aliases(reports, place, finest)
    texts["place"] = finest
    return Places(place, ids, texts, level, aliases)


def _newest(labels: Labels, starts: Bools, last: Ints) -> Cells:
    """The last text of each group that is not empty."""
    filled = np.maximum.accumulate(np.where(labels.codes >= 0, np.arange(len(starts)), -1))[last]
    usable = filled >= np.flatnonzero(starts)
    texts = np.append(labels.texts, "")
    codes = np.where(usable, labels.codes[np.maximum(filled, 0)], -1)
    return np.asarray(texts[codes], object)


def _levels(texts: dict[str, Cells], given: Cells | None) -> Cells:
    """The finest level that is named, unless the file says the level itself; a sum of all is the country's."""
    level = np.full(len(texts["place"]), "place", object)
    for name in reversed(LEVELS):
        level[texts[name] != ""] = name
    finest = pd.Series(_finest_name(texts), dtype=object).str.strip().str.casefold()
    level[finest.isin(_wholes()).to_numpy(bool)] = LEVELS[-1]
    if given is None:
        return level
    words = np.array([word.lower() if word.lower() in LEVELS else word for word in given], object)
    return np.asarray(np.where(words != "", words, level), object)


@lru_cache(maxsize=1)
def _wholes() -> frozenset[str]:
    """Names that stand for the sum of all other rows."""
    return frozenset(json.loads(NOT_PLACES_TABLE.read_text(encoding="utf-8"))["wholes"])


def level_of_totals(places: Places) -> str:
    """The level that most places have, the finest of several: totals use it alone.

    By places, not rows: a few coarse places may report far more often than many fine ones.
    """
    counts = Counter(places.level.tolist())
    rank = {name: -number for number, name in enumerate(LEVELS)}
    return max(counts, key=lambda name: (counts[name], rank.get(name, -len(LEVELS)), name))


def _finest_name(texts: dict[str, Cells]) -> Cells:
    name = texts["country"].copy()
    for role in NAME_ROLES[1:]:
        name = np.where(texts[role] != "", texts[role], name)
    return np.asarray(np.where(name == "", texts["code"], name), object)


def _ids(texts: dict[str, Cells], lon: Floats, lat: Floats) -> Cells:
    """The code, else a short hash of full name and last known point, the same in every load of the place."""
    parts = zip(*(texts[role] for role in NAME_ROLES), lon, lat, texts["code"])
    ids = [code or _hash_id([*names, f"{x:.{_ID_DECIMALS}f}", f"{y:.{_ID_DECIMALS}f}"]) for *names, x, y, code in parts]
    return np.array(ids, dtype=object)


def _hash_id(parts: list[str]) -> str:
    text = _JSON.encode(parts)  # tells “a|b”, “c” from “a”, “b|c”
    return "n" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_ID_DIGITS]


def _aliases(reports: Reports, place: Ints, newest: Cells) -> Cells:
    """Names that a place bore at other times."""
    names = [reports.names[role] for role in reversed(NAME_ROLES) if role in reports.names]
    aliases = np.full(len(newest), "", object)
    if not names or "code" not in reports.names:  # without codes, the name is what makes the place
        return aliases
    finest = names[0]
    named = finest.codes >= 0
    pair_place, pair_name = distinct_pairs(place[named], finest.codes[named])
    several = np.flatnonzero(np.bincount(pair_place, minlength=len(newest)) > 1)
    begins, ends = (np.searchsorted(pair_place, several, side) for side in ("left", "right"))
    for one, begin, end in zip(several, begins, ends):
        texts = finest.texts[pair_name[begin:end]]
        aliases[one] = "; ".join(sorted(str(text) for text in texts if text != newest[one]))
    return aliases
