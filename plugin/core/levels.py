"""Checks on levels: rows of provinces among rows of cities, which contain one another."""
from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd

from .arrays import Bools, Cells, Ints
from .placenames import alias_of, key_of
from .quality import Finding, counted, flag
from .reports import Reports, joint_codes
from .rules import Rule


def check_levels(reports: Reports, place: Ints, level: Cells, other: Bools) -> list[Finding]:
    """Several levels: `level` of each place, and the rows of `other` levels than most."""
    words = f"{{rows}} of another level than most: {_by_level(level, place[other])}"
    alone = _own_province(reports, place) & ~other
    more = (f"{{rows}} of {counted(len(np.unique(place[alone])), 'place')} in the column of cities bear the name of "
            "their province: a province as a whole")
    return [*flag(reports, other, Rule.SEVERAL_LEVELS, words), *flag(reports, alone, Rule.SEVERAL_LEVELS, more)]


def _by_level(level: Cells, place: Ints) -> str:
    """How many rows of each level, and of how many places."""
    places, rows = np.unique(place, return_counts=True)
    of_place, of_row = Counter[str](), Counter[str]()
    for name, n in zip(level[places].tolist(), rows.tolist()):
        of_place[name] += 1
        of_row[name] += n
    return ", ".join(f"{name} {n:,} ({counted(of_place[name], 'place')})" for name, n in of_row.most_common())


def _own_province(reports: Reports, place: Ints) -> Bools:
    """Rows whose city is their province: it bears the very name, or the same without its ending (天津 in
    天津市) and no other city of the province is named at its moments (so not 吉林 in 吉林省)."""
    none = np.zeros(len(reports), bool)
    if not {"city", "province"} <= set(reports.names):
        return none
    city, province = reports.names["city"], reports.names["province"]
    pair = joint_codes([province.codes, city.codes])
    first = np.flatnonzero(~pd.Series(pair).duplicated().to_numpy())
    keys = [(key_of(city.text(at)), key_of(province.text(at))) for at in first.tolist()]
    same = np.array([bool(own) and own == of for own, of in keys], bool)
    alike = np.array([bool(own) and alias_of(own) == alias_of(of) for own, of in keys], bool)
    if not alike.any():
        return none
    return np.asarray(same[pair] | (alike[pair] & _lonely(reports, place, province.codes, alike[pair])), bool)


def _lonely(reports: Reports, place: Ints, province: Ints, rows: Bools) -> Bools:
    """Rows of places in whose province no other place is ever named at the same moment."""
    asked = np.isin(province, np.unique(province[rows]))
    frame = pd.DataFrame({"group": joint_codes([province[asked], reports.t[asked]]), "place": place[asked]})
    groups = frame.groupby("group")["place"]
    frame["lonely"] = groups.transform("min") == groups.transform("max")
    lonely = np.zeros(len(place), bool)
    lonely[asked] = frame.groupby("place")["lonely"].transform("all").to_numpy()
    return lonely
