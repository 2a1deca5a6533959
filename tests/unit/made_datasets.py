"""Cleaned datasets made by numpy, of any size, without reading or cleaning a file."""
from __future__ import annotations

import numpy as np
import pandas as pd
from outbreak_atlas.plugin.core.arrays import Cells, Ints
from outbreak_atlas.plugin.core.dataset import Choice, Cleaned, DatasetInfo, SourceFile
from outbreak_atlas.plugin.core.schema import MS_PER_DAY, STATE_COLUMNS, Step
from outbreak_atlas.plugin.core.steps import dataset_end, shown_interval

#: 2020-02-03T00:00 in wall-clock milliseconds, a Monday.
START_MS = 18_295 * MS_PER_DAY
DAYS = 88
_METRICS = ("confirmed", "recovered", "deaths", "active")


def made_dataset(places: int = 300, states: int = 20, step: Step = Step.DAY, seed: int = 1) -> Cleaned:
    """`states` states for each of `places` places over 88 days, around a city each 75 places.

    Every tenth place has no point; deaths are known in one place of seven only.
    """
    draw = np.random.default_rng(seed)
    place = np.repeat(np.arange(places), states)
    moments = np.sort(draw.integers(0, DAYS * 1440, (places, states)), axis=1) * 60_000 + START_MS
    end = dataset_end(int(moments.max()), step)
    valid_to = np.concatenate([moments[:, 1:], np.full((places, 1), end)], axis=1).ravel()
    valid_from = moments.ravel()
    shown_from, shown_to = shown_interval(valid_from, valid_to, step)
    frame = pd.DataFrame({
        **_texts(place), "reported_at": valid_from, "valid_from": valid_from, "valid_to": valid_to,
        "shown_from": shown_from, "shown_to": shown_to, "reports": 1, "last_reported": valid_from,
        "first_row": np.arange(len(place)) + 2, "source": _category(np.zeros(len(place), np.int64), ["made.csv"]),
        "flags": _category(np.where(place % 50 == 0, 0, -1), ["carried"]),
        **_counts(draw, place, places, states),
        "lon": np.where(place % 10 == 9, np.nan, 80 + (place // 75) * 0.15 % 45 + (place % 75) * 1e-3),
        "lat": np.where(place % 10 == 9, np.nan, 22 + (place // 75) * 0.4 % 25 + (place % 75) * 7e-4),
    })
    frame = pd.concat([frame, _step_changes(frame)], axis=1)
    return Cleaned(frame, _places(frame), _rejected(), _findings(), _info(frame, places, step, end))


def _category(code: Ints, names: list[str] | Cells) -> pd.Categorical:
    return pd.Categorical.from_codes(code, list(names))


def _texts(place: Ints) -> dict[str, pd.Categorical]:
    places = int(place.max()) + 1
    none = np.full(len(place), -1)
    return {
        "place_id": _category(place, [f"p{number:07d}" for number in range(places)]),
        "place": _category(place, [f"第{number}人民医院" for number in range(places)]),
        "kind": _category(place % 3, ["hospital", "estate", "hotel"]),
        "city": _category(place // 75, [f"城市{number}" for number in range(places // 75 + 1)]),
        "province": _category(place // 750, [f"省{number}" for number in range(places // 750 + 1)]),
        "country": _category(np.zeros(len(place), np.int64), ["China"]),
        "code": _category(none, []), "level": _category(np.zeros(len(place), np.int64), ["place"]),
    }


def _counts(draw: np.random.Generator, place: Ints, places: int, states: int) -> dict[str, np.ndarray]:
    confirmed = np.cumsum(draw.poisson(1.0, (places, states)), axis=1).ravel().astype(float)
    deaths = np.where(place % 7 == 0, confirmed // 9, np.nan)
    counts = dict(zip(_METRICS, (confirmed, confirmed // 2, deaths, confirmed - confirmed // 2 - deaths)))
    first = np.arange(len(place)) % states == 0
    changes = {f"new_{name}": np.where(first, values, np.diff(values, prepend=0)) for name, values in counts.items()}
    return {**counts, **changes}


def _step_changes(frame: pd.DataFrame) -> pd.DataFrame:
    """Changes of a place in a step, on its last state there."""
    by_step = frame.groupby(["place_id", "shown_from"], observed=True)
    last = ~frame.duplicated(["place_id", "shown_from"], keep="last")
    return pd.DataFrame({
        f"step_new_{name}": by_step[f"new_{name}"].transform("sum", min_count=1).where(last) for name in _METRICS})


def _places(frame: pd.DataFrame) -> pd.DataFrame:
    first = frame.drop_duplicates("place_id")
    texts = {name: first[name].astype(object).to_numpy() for name in (
        "place_id", "place", "city", "province", "country", "level")}
    numbers = {name: first[name].to_numpy() for name in ("lon", "lat")}
    span = {"first": START_MS, "last": START_MS + MS_PER_DAY}
    return pd.DataFrame({**texts, "aliases": "", **numbers, **span, "states": 20, "reports": 20})


def _rejected() -> pd.DataFrame:
    return pd.DataFrame({"source": ["made.csv"], "row": [7], "reason": ["no readable date"], "raw": ["x,\udce9,1"]})


def _findings() -> pd.DataFrame:
    return pd.DataFrame({
        "rule": ["jump"], "severity": ["note"], "rows": [3], "message": ["3 rows jump"], "examples": ["row 9"]})


def _info(frame: pd.DataFrame, places: int, step: Step, end: int) -> DatasetInfo:
    made = "made by a test"
    rows, first, last = len(frame), int(frame["valid_from"].min()), int(frame["last_reported"].max())
    return DatasetInfo(
        sources=(SourceFile("made.csv", "ab" * 32, rows + 1, ",", "utf-8", ""),),
        columns={"confirmed": Choice("total cases", made)}, kind=Choice("cumulative", made),
        listing=Choice("partial", made), datum=Choice("WGS84", made), time_zone=Choice("Asia/Shanghai", made),
        step=step, first_values=Choice("new", made), metrics=_METRICS,
        new_metrics=tuple(f"new_{name}" for name in _METRICS), first=first, last=last, end=end,
        span_first=first, span_last=last, rows_read=rows + 1,
        rows_merged=0, rows_duplicate=0, rows_rejected=1, states=rows, places=places, cities=places // 75 + 1,
        located=int(frame.loc[frame["lon"].notna(), "place_id"].nunique()), totals_level="place", levels=("place",),
        synthetic=True, options={"STEP": str(step)},
    )


#: Columns of the layer in the order of the contract.
COLUMNS = (*STATE_COLUMNS, *_METRICS, *(f"new_{name}" for name in _METRICS), *(f"step_new_{name}" for name in _METRICS))
