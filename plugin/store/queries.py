"""Questions to a finished dataset, answered as numbers and DataFrames."""
from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ..core.clauses import moment_text
from ..core.schema import LAYER_UPDATES, STATE_COLUMNS, TIME_COLUMNS, CountKind, Step
from ..core.steps import step_ms
from .facts import read_info
from .moments import LAST_SHOWN_MS, moments_of
from .opening import geometry_column, open_to_read
from .point_blobs import points_of
from .sql import listed, statement

_TOTALS = ("metric", "total", "places_known", "places", "unlocated_total")
#: The states that hold at a moment. The conditions on shown_* follow from the others and let the index help.
_AT = "WHERE valid_from <= :at AND valid_to > :at AND shown_from <= :at AND shown_to >= :near"
_LEVEL = ' AND (:level = \'\' OR "level" = :level)'


@dataclass(frozen=True)
class _Dataset:
    """What a query needs to know."""

    metrics: tuple[str, ...]
    columns: tuple[str, ...]
    geometry: str
    level: str
    kind: str
    end: int
    step: Step


def totals_at(path: Path, at_ms: int) -> pd.DataFrame:
    """Sums over the states that hold at a moment, on the level of totals, one row a metric.

    `total` and `unlocated_total` (the part of it that is in rows without a point) are NaN where no value is
    known; `places_known` of the `places` listed know the metric.
    """
    dataset = _describe(path)
    sums = [
        statement("sum({m}), count({m}), sum(CASE WHEN {geometry} IS NULL THEN {m} END)", m=name,
                  geometry=dataset.geometry)
        for name in dataset.metrics
    ]
    sql = "SELECT " + ", ".join(["count(*)", *sums]) + statement(" FROM {table} ", table=LAYER_UPDATES) + _AT + _LEVEL
    with closing(open_to_read(path)) as db:
        places, *values = db.execute(sql, _moment(dataset, at_ms)).fetchone()
    rows = [
        (name, total, known, places, unlocated)
        for name, total, known, unlocated in zip(dataset.metrics, values[0::3], values[1::3], values[2::3])
    ]
    frame = pd.DataFrame(rows, columns=list(_TOTALS))
    return frame.astype({"total": float, "unlocated_total": float, "places_known": int, "places": int})


def frame_total(path: Path, metric: str, at_ms: int) -> float | None:
    """The sum of one metric over the states that hold at a moment; None when no value is known."""
    totals = totals_at(path, at_ms).set_index("metric")["total"]
    return None if metric not in totals.index or pd.isna(totals[metric]) else float(totals[metric])


def states_at(path: Path, at_ms: int) -> pd.DataFrame:
    """One row per place: its state at a moment; of events their sum until then.

    Moments after the dataset's end ask for the end. Columns are those of the layer, `TIME_COLUMNS` as int64
    wall-clock milliseconds, counts as floats with NaN for unknown, and `lon`, `lat` instead of the geometry.
    """
    dataset = _describe(path)
    at = min(at_ms, dataset.end - 1)
    if dataset.kind == CountKind.EVENTS:
        return _sum_events(_select(path, dataset, "WHERE valid_from <= :at ORDER BY valid_from", at), dataset)
    return _select(path, dataset, _AT + " ORDER BY valid_from", at)


def _describe(path: Path) -> _Dataset:
    info = read_info(path)
    with closing(open_to_read(path)) as db:
        columns = [row[0] for row in db.execute("SELECT name FROM pragma_table_info(?)", (LAYER_UPDATES,))]
        geometry = geometry_column(db)
    metrics = tuple(info["metrics"])
    known = tuple(name for name in columns if name in STATE_COLUMNS or name in (*metrics, *info["new_metrics"]))
    return _Dataset(metrics, known, geometry, info["totals_level"], info["kind"], info["end"], Step(info["step"]))


def _moment(dataset: _Dataset, at_ms: int) -> dict[str, Any]:
    near = at_ms - step_ms(dataset.step) - LAST_SHOWN_MS
    return {"at": moment_text(at_ms), "near": moment_text(near), "level": dataset.level}


def _select(path: Path, dataset: _Dataset, where: str, at_ms: int) -> pd.DataFrame:
    names = [*dataset.columns, dataset.geometry]
    sql = "SELECT " + listed(names) + statement(" FROM {table} ", table=LAYER_UPDATES) + where
    with closing(open_to_read(path)) as db:
        rows = db.execute(sql, _moment(dataset, at_ms)).fetchall()
    return _typed(pd.DataFrame(rows, columns=names, dtype=object), dataset)


def _typed(frame: pd.DataFrame, dataset: _Dataset) -> pd.DataFrame:
    lon, lat = points_of(frame.pop(dataset.geometry).to_numpy())
    for name in frame.columns:
        if name in TIME_COLUMNS:
            frame[name] = moments_of(frame[name].to_numpy()) + (LAST_SHOWN_MS if name == "shown_to" else 0)
        elif name in ("reports", "first_row"):
            frame[name] = frame[name].astype(np.int64)
        elif name not in STATE_COLUMNS:
            frame[name] = frame[name].astype(np.float64)
    return frame.assign(lon=lon, lat=lat)


def _sum_events(events: pd.DataFrame, dataset: _Dataset) -> pd.DataFrame:
    """Events in the order of time, summed per place; names and times are those of the last."""
    counts = [name for name in events.columns if name in dataset.metrics]
    groups = events.groupby("place_id", sort=False)
    places = events.drop_duplicates("place_id", keep="last").set_index("place_id")
    places[counts] = groups[counts].sum(min_count=1)
    places["reports"] = groups["reports"].sum()
    return places.reset_index()[list(events.columns)]
