"""Which column is what: found by header and by values, scored together, with a reason in words."""
from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Callable

import numpy as np
import pandas as pd

from .arrays import Cells, Floats
from .dataset import Choice
from .errors import AtlasError
from .numbers import parse_numbers
from .schema import KNOWN_METRICS, NEW_PREFIX, ROLES, STATE_COLUMNS
from .times import parse_times

HEADER_TABLE = Path(__file__).resolve().parents[2] / "resources" / "columns.json"
#: Rows looked at when columns are chosen, spread over the whole file.
SAMPLE_ROWS = 2_000
#: A score below this is no candidate.
_LEAST_SCORE = 0.35
#: No projected coordinate lies farther out.
_FARTHEST_M = 1e9
#: So many header names that follow one another in the table count alike.
_EQUALLY_SURE = 4


@dataclass(frozen=True)
class ColumnPlan:
    """Positions of the chosen columns in a table, with the reasons.

    `roles` and `metrics` map names to column positions; `increments` are the metrics whose
    column holds additions; `synthetic` is the position of a column that marks made-up data;
    `empty_counts` are headers of counts that hold no number at all.
    """

    roles: dict[str, int]
    metrics: dict[str, int]
    increments: frozenset[str]
    reasons: dict[str, Choice]
    synthetic: int | None
    empty_counts: tuple[str, ...] = ()


@dataclass(frozen=True)
class _HeaderTable:
    roles: dict[str, tuple[str, ...]]
    metrics: dict[str, tuple[str, ...]]
    increments: dict[str, tuple[str, ...]]
    synthetic: tuple[str, ...]
    count_words: tuple[str, ...]
    not_count_words: tuple[str, ...]


@dataclass(frozen=True)
class _Candidate:
    column: int
    score: float
    reason: str


def plan_columns(
    headers: Sequence[str], frame: pd.DataFrame, overrides: dict[str, str], projected: bool = False
) -> ColumnPlan:
    """Choose a column for every role and metric that the table has.

    `frame` holds text cells; its columns are the positions in `headers`. `overrides` maps a
    role or metric to a header, or to `#3` for the third column. `projected` coordinates may be
    any numbers.
    """
    probe = _Probe(headers, frame, projected)
    given = {_given_name(name): _position(headers, header) for name, header in overrides.items()}
    if "date" in given and "time" not in given:
        given["time"] = given.pop("date")
    roles = {name: at for name, at in given.items() if name in ROLES}
    metrics = {name: at for name, at in given.items() if name not in ROLES}
    reasons = {name: Choice(headers[at], "given by the user") for name, at in given.items()}
    taken = set(given.values())
    for role in _ROLE_ORDER:
        if role not in roles:
            _choose(role, probe, roles, reasons, taken)
    _choose_clock(probe, roles, reasons, taken)
    found, increments = _choose_metrics(probe, metrics, reasons, taken)
    synthetic = next((i for i, name in enumerate(probe.keys) if name in _table().synthetic), None)
    known = {key for keys in (*_table().metrics.values(), *_table().increments.values()) for key in keys}
    empty = [headers[i] for i, key in enumerate(probe.keys) if key in known and not probe.filled(i)]
    return ColumnPlan(roles, {**metrics, **found}, frozenset(increments), reasons, synthetic, tuple(empty))


_ROLE_ORDER = ("time", "lon", "lat", "lonlat", "country", "province", "city", "place", "kind", "level", "code")


def _given_name(name: str) -> str:
    """A role or the name of a metric as the user gave it; names that the layer needs itself are refused."""
    plain = name.strip()
    if plain.lower() in ROLES:
        return plain.lower()
    if plain.lower() in (*STATE_COLUMNS, "fid", "geom", "longitude", "latitude") or plain.startswith(NEW_PREFIX):
        raise AtlasError(
            f"“{plain}” cannot be the name of a count in COLUMNS: the layer has such a column of its own. "
            f"Roles are {', '.join(ROLES)}; any other name is a count."
        )
    return metric_name(plain)


def _choose_clock(probe: _Probe, roles: dict[str, int], reasons: dict[str, Choice], taken: set[int]) -> None:
    """A time of day in a column of its own, where the moments have none."""
    if "time" not in roles or "time_of_day" in roles or probe.dates(roles["time"])[1]:
        return
    _choose("time_of_day", probe, roles, reasons, taken)


def header_key(header: str) -> str:
    """A header without case, width and separators.

    >>> header_key(" Update_Time ")
    'updatetime'
    """
    return re.sub(r"[\s._\-/()（）:：]+", "", unicodedata.normalize("NFKC", header)).lower()


def metric_name(header: str) -> str:
    """A header as the name of a metric column: lower case, words joined by underscores.

    >>> metric_name("Residents.Tested")
    'residents_tested'
    """
    name = re.sub(r"\W+", "_", unicodedata.normalize("NFKC", header)).strip("_").lower()
    name = f"n_{name}" if name[:1].isdigit() or not name else name
    return f"{name}_count" if name in (*STATE_COLUMNS, "fid", "geom", "lon", "lat") else name


@lru_cache(maxsize=1)
def _table() -> _HeaderTable:
    raw = json.loads(HEADER_TABLE.read_text(encoding="utf-8"))

    def keyed(part: str) -> dict[str, tuple[str, ...]]:
        return {name: tuple(header_key(header) for header in headers) for name, headers in raw[part].items()}

    return _HeaderTable(
        keyed("roles"), keyed("metrics"), keyed("increments"), tuple(map(header_key, raw["synthetic"])),
        tuple(raw["count_words"]), tuple(raw["not_count_words"]),
    )


def _position(headers: Sequence[str], header: str) -> int:
    found = re.fullmatch(r"#(\d+)", header.strip())
    if found is not None and 1 <= int(found.group(1)) <= len(headers):
        return int(found.group(1)) - 1
    keys = [header_key(h) for h in headers]
    if header_key(header) in keys:
        return keys.index(header_key(header))
    raise AtlasError(
        f"There is no column “{header}” in the file: its columns are {', '.join(headers)}."
    )


class _Probe:
    """A sample of the table and the questions that scoring asks of a column."""

    def __init__(self, headers: Sequence[str], frame: pd.DataFrame, projected: bool) -> None:
        self.projected = projected
        self.headers, self.keys, self._frame = headers, [header_key(h) for h in headers], frame
        sample = frame.iloc[:: max(1, len(frame) // SAMPLE_ROWS)]
        self._cells = [sample[column].to_numpy(object) for column in sample.columns]
        self._filled = [np.array([bool(str(cell).strip()) for cell in cells], bool) for cells in self._cells]

    def filled(self, column: int) -> float:
        """Share of cells of the whole column that hold anything."""
        return float((self._frame.iloc[:, column] != "").mean()) if len(self._frame) else 0.0

    def texts(self, column: int) -> Cells:
        return np.asarray(self._cells[column][self._filled[column]], object)

    def dates(self, column: int) -> tuple[float, bool]:
        """Share of filled cells that read as dates, and whether any has a time of day."""
        texts = self.texts(column)
        if not len(texts):
            return 0.0, False
        times = parse_times(texts, year=2000)
        return float(times.ok.mean()), bool(times.has_clock.any())

    def numbers(self, column: int) -> Floats:
        return parse_numbers(self.texts(column)).values

    def within(self, column: int, limit: float) -> float:
        """Share of filled cells that are numbers between -limit and limit."""
        values = self.numbers(column)
        return float((np.abs(values) <= limit).mean()) if len(values) else 0.0

    def finest(self, column: int, names: Sequence[int]) -> bool:
        """Does a code stand for one name (of the finest kind that the table has) nearly always?"""
        if not names:
            return True
        both = self._filled[column]
        frame = pd.DataFrame({0: self._cells[column][both]})
        frame[1] = ["|".join(str(self._cells[n][i]) for n in names) for i in np.flatnonzero(both)]
        return bool((frame.groupby(0)[1].nunique() <= 2).mean() >= 0.9) if len(frame) else False


def _choose(
    role: str, probe: _Probe, roles: dict[str, int], reasons: dict[str, Choice], taken: set[int]
) -> None:
    candidates = [
        _Candidate(column, *scored)
        for column in range(len(probe.headers))
        if column not in taken and (scored := _score(role, column, probe, roles)) is not None
    ]
    ranked = sorted(candidates, key=lambda c: (-c.score, c.column))
    if not ranked or ranked[0].score < _LEAST_SCORE:
        return
    best = ranked[0]
    runner_up = f"; next best: {probe.headers[ranked[1].column]}" if len(ranked) > 1 else ""
    roles[role] = best.column
    reasons[role] = Choice(probe.headers[best.column], best.reason + runner_up)
    taken.add(best.column)


def _score(role: str, column: int, probe: _Probe, roles: dict[str, int]) -> tuple[float, str] | None:
    names = _table().roles[role]
    known = probe.keys[column] in names
    if not known:
        return None
    # Neighbours in the table are equally sure, so that the fuller of `city` and `city_zh` is taken.
    rank = 1.0 - 0.5 * (names.index(probe.keys[column]) // _EQUALLY_SURE * _EQUALLY_SURE) / len(names)
    value, words = _VALUE_SCORES.get(role, _text_score)(column, probe, roles)
    if value <= 0:
        return None
    return 0.5 * rank + 0.5 * value, f"the header is a known name for it and {words}"


def _time_score(column: int, probe: _Probe, roles: dict[str, int]) -> tuple[float, str]:
    share, clock = probe.dates(column)
    words = f"{share:.0%} of its values read as dates" + (" with a time of day" if clock else "")
    return (0.0 if share < 0.5 else share * probe.filled(column) * (1.0 if clock else 0.8)), words


def _degree_score(limit: float) -> Callable[[int, _Probe, dict[str, int]], tuple[float, str]]:
    def score(column: int, probe: _Probe, roles: dict[str, int]) -> tuple[float, str]:
        if probe.projected:
            share = probe.within(column, _FARTHEST_M)
            return share, f"{share:.0%} of its values are numbers, as projected coordinates are"
        share = probe.within(column, limit)
        return share, f"{share:.0%} of its values are numbers within ±{limit:.0f}"

    return score


def _lonlat_score(column: int, probe: _Probe, roles: dict[str, int]) -> tuple[float, str]:
    if "lon" in roles and "lat" in roles:
        return 0.0, ""
    texts = probe.texts(column)
    share = float(np.mean(["," in text for text in texts])) if len(texts) else 0.0
    return share, f"{share:.0%} of its values hold two numbers"


def _text_score(column: int, probe: _Probe, roles: dict[str, int]) -> tuple[float, str]:
    share = probe.filled(column)
    return share, f"{share:.0%} of its cells are filled"


def _clock_score(column: int, probe: _Probe, roles: dict[str, int]) -> tuple[float, str]:
    texts = probe.texts(column)
    moments = np.array([f"2000-01-01 {str(text).strip()}" for text in texts], object)
    share = float(parse_times(moments).has_clock.mean()) if len(texts) else 0.0
    return share, f"{share:.0%} of its values read as a time of day"


def _code_score(column: int, probe: _Probe, roles: dict[str, int]) -> tuple[float, str]:
    finest = next(([roles[role]] for role in ("place", "city", "province") if role in roles), [])
    if not probe.finest(column, finest):
        return 0.0, "one code stands for many names"
    share = probe.filled(column)
    return share, f"one code stands for one name; {share:.0%} of its cells are filled"


_VALUE_SCORES: dict[str, Callable[[int, _Probe, dict[str, int]], tuple[float, str]]] = {
    "time": _time_score,
    "lon": _degree_score(180.0),
    "lat": _degree_score(180.0),  # swapped pairs put longitudes into the latitude column
    "lonlat": _lonlat_score,
    "code": _code_score,
    "time_of_day": _clock_score,
}


def _choose_metrics(
    probe: _Probe, given: dict[str, int], reasons: dict[str, Choice], taken: set[int]
) -> tuple[dict[str, int], set[str]]:
    metrics: dict[str, int] = {}
    for name, headers in _table().metrics.items():
        if name not in given:
            _choose_metric(name, headers, "the header is a known name for it", probe, metrics, reasons, taken)
    increments: set[str] = set()
    for name, headers in _table().increments.items():
        if name in metrics or name in given:
            continue
        if _choose_metric(name, headers, "the header names daily additions", probe, metrics, reasons, taken):
            increments.add(name)
    for column in range(len(probe.headers)):
        name = metric_name(probe.headers[column])
        if column not in taken and name not in metrics and _looks_like_count(column, probe):
            metrics[name] = column
            reasons[name] = Choice(probe.headers[column], "its header and its whole numbers look like a count")
            taken.add(column)
    order = {name: i for i, name in enumerate(KNOWN_METRICS)}
    return dict(sorted(metrics.items(), key=lambda item: order.get(item[0], 99))), increments


def _choose_metric(
    name: str, headers: Sequence[str], words: str, probe: _Probe,
    metrics: dict[str, int], reasons: dict[str, Choice], taken: set[int],
) -> bool:
    ranked = sorted(
        (headers.index(key), column)
        for column, key in enumerate(probe.keys)
        if key in headers and column not in taken and _is_numeric(column, probe)
    )
    if not ranked:
        return False
    column = ranked[0][1]
    metrics[name] = column
    reasons[name] = Choice(probe.headers[column], f"{words} and its values are numbers")
    taken.add(column)
    return True


def _is_numeric(column: int, probe: _Probe) -> bool:
    """An empty column is no metric; a few unreadable cells do not make one less of a metric."""
    values = probe.numbers(column)
    return bool(len(values)) and float(np.isfinite(values).mean()) >= 0.5


def _looks_like_count(column: int, probe: _Probe) -> bool:
    header = probe.headers[column].lower()
    words = re.split(r"[\W_]+", header)
    table = _table()
    if any(word in words or (not word.isascii() and word in header) for word in table.not_count_words):
        return False
    if probe.keys[column].startswith((NEW_PREFIX, "new", "daily", "delta")) or probe.keys[column].endswith("incr"):
        return False
    if not any(word in words or (not word.isascii() and word in header) for word in table.count_words):
        return False
    values = probe.numbers(column)
    whole = bool((np.mod(values[np.isfinite(values)], 1) == 0).all())
    return whole and _is_numeric(column, probe)
