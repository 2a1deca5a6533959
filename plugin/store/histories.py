"""The states of a dataset as arrays, and its places as a table: what sums over areas are made from."""
from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ..core.arrays import Cells, Floats, Ints
from ..core.errors import AtlasError
from ..core.measures import History
from ..core.schema import LAYER_UPDATES, NEW, NEW_PREFIX, TABLE_PLACES, CountKind, new_metric
from .facts import read_info
from .moments import moments_of
from .opening import open_to_read
from .sql import listed, statement

_ROWS = ("place_id", "valid_from", "valid_to", "last_reported", "reports")
_PLACE = ("place_id", "city", "province", "country", "level", "lon", "lat")


@dataclass(frozen=True)
class PlaceHistory:
    """One metric of a dataset: states that refer to rows of `places` (columns `place_id city province country
    level lon lat`, missing as None or NaN). `is_change`: the metric is a `new_…` itself."""

    history: History
    places: pd.DataFrame
    kind: CountKind
    is_change: bool


def read_history(path: Path, metric: str, only: Ints | None = None) -> PlaceHistory:
    """Read one metric of a dataset, on its level of totals: levels are never added together.

    `only` are keys of rows to which the layer is filtered; if they are all of one level, that level is meant.
    Raises `AtlasError` when the dataset has no such metric.
    """
    info = read_info(path)
    value, change = _columns_of(info, metric, path)
    with closing(open_to_read(path)) as db:
        rows = _read_rows(db, [*_ROWS, *dict.fromkeys(name for name in (value, change) if name)], only)
        places = _read_places(db)
    rows["place"], ids = pd.factorize(rows.pop("place_id"))
    places = places.set_index("place_id").reindex(ids).rename_axis("place_id").reset_index()
    history = _history(rows, value, change, int(info["end"]))
    if not change and info["kind"] != CountKind.EVENTS:
        history = _with_changes(history, info["first_values"] == NEW)
    level = str(info["totals_level"])
    history, places = _on_level(history, places, level, only is not None)
    return PlaceHistory(history, places, CountKind(info["kind"]), metric in info["new_metrics"])


def _columns_of(info: dict[str, Any], metric: str, path: Path) -> tuple[str, str]:
    """The columns that hold a metric and its change ("" for none)."""
    if metric in info["new_metrics"]:
        return metric[len(NEW_PREFIX):], metric
    if metric not in info["metrics"]:
        names = ", ".join((*info["metrics"], *info["new_metrics"]))
        raise AtlasError(f"“{path.name}” has no count called “{metric}”: choose one of {names}.")
    return metric, new_metric(metric) if new_metric(metric) in info["new_metrics"] else ""


def _read_rows(db: sqlite3.Connection, columns: list[str], only: Ints | None) -> dict[str, Any]:
    (key,) = db.execute("SELECT name FROM pragma_table_info(?) WHERE pk = 1", (LAYER_UPDATES,)).fetchone()
    names = columns if only is None else [key, *columns]
    sql = "SELECT " + listed(names) + statement(" FROM {table}", table=LAYER_UPDATES)
    columns_read = list(zip(*db.execute(sql))) or [()] * len(names)
    found = {name: np.array(values, object) for name, values in zip(names, columns_read)}
    if only is not None:
        kept = np.isin(found.pop(key).astype(np.int64), only)
        found = {name: values[kept] for name, values in found.items()}
    return found


def _read_places(db: sqlite3.Connection) -> pd.DataFrame:
    sql = "SELECT " + listed(_PLACE) + statement(" FROM {table}", table=TABLE_PLACES)
    places = pd.DataFrame(db.execute(sql).fetchall(), columns=list(_PLACE), dtype=object)
    return places.astype({"lon": float, "lat": float}).drop_duplicates("place_id", keep="last")


def _history(rows: dict[str, Any], value: str, change: str, end: int) -> History:
    def numbers(name: str) -> Floats:
        return rows[name].astype(float) if name else np.full(len(rows["place"]), np.nan)

    return History(
        rows["place"].astype(np.int64), _moments(rows["valid_from"]), _moments(rows["valid_to"]),
        _moments(rows["last_reported"]), rows["reports"].astype(np.int64), numbers(value), numbers(change), end)


def _moments(texts: Cells) -> Ints:
    return moments_of(texts) if len(texts) else np.array([], np.int64)


def _with_changes(history: History, first_is_new: bool) -> History:
    """Changes of a metric that is stored without (`active`, a difference of others)."""
    history = history.take(np.lexsort([history.valid_to, history.valid_from, history.place]))
    change = np.full(len(history.value), np.nan)
    change[1:] = history.value[1:] - history.value[:-1]
    starts = np.ones(len(change), bool)
    starts[1:] = history.place[1:] != history.place[:-1]
    change[starts] = history.value[starts] if first_is_new else np.nan
    return replace(history, change=change)


def _on_level(history: History, places: pd.DataFrame, level: str, filtered: bool) -> tuple[History, pd.DataFrame]:
    levels = places["level"].to_numpy()
    if not level or (filtered and len(set(levels)) == 1):
        return history, places
    kept = levels == level
    number = np.cumsum(kept) - 1
    history = history.take(np.flatnonzero(kept[history.place]))
    return replace(history, place=number[history.place]), places[kept].reset_index(drop=True)
