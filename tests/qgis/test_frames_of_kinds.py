"""Frames of events, of increments and of a file with several levels, against sums by pandas."""
from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from outbreak_atlas.plugin.bridge.layers import add_to_project
from qgis.core import (
    QgsDateTimeRange,
    QgsFeatureRequest,
    QgsProject,
    QgsVectorLayer,
    QgsVectorLayerTemporalContext,
)
from qgis.PyQt.QtCore import Qt

DAYS = pd.date_range("2020-02-03", "2020-03-01")
LENGTHS = {"day": pd.Timedelta(days=1), "week": pd.Timedelta(days=7)}


def moments(rng: np.random.Generator, places: int, chance: float, most_a_day: int) -> pd.DataFrame:
    """Places that report on some days, up to so many times, sometimes at midnight sharp."""
    rows = [
        (day + pd.Timedelta(minutes=int(minute)), f"Place {number}", 110 + number % 7, 28 + number // 7)
        for number in range(places) for day in DAYS[rng.random(len(DAYS)) < chance]
        for minute in rng.choice(1440, rng.integers(1, most_a_day + 1), replace=False) * (rng.random() > 0.1)
    ]
    return pd.DataFrame(rows, columns=["moment", "place", "lon", "lat"])


def load(frame: pd.DataFrame, folder: Path, project: QgsProject, **more: Any) -> QgsVectorLayer:
    import processing  # found once QGIS has started

    table = frame.sample(frac=1, random_state=1)
    table.insert(0, "reported_at", table["moment"].dt.strftime("%Y-%m-%dT%H:%M:%S+08:00"))
    table.drop(columns="moment").to_csv(folder / "reports.csv", index=False)
    result = processing.run("outbreakatlas:loaddataset", {
        "INPUT": [str(folder / "reports.csv")], "LISTING": "partial", "OUTPUT": str(folder / "out.gpkg"), **more})
    assert result["ROWS_REJECTED"] == 0 and result["ROWS_READ"] == len(frame)
    return add_to_project(project, folder / "out.gpkg")


def frames(layer: QgsVectorLayer, project: QgsProject, step: str) -> dict[pd.Timestamp, pd.DataFrame]:
    """By its begin, each frame of the project's range as QGIS's own filter has it."""
    context = QgsVectorLayerTemporalContext()
    context.setLayer(layer)
    whole, found = project.timeSettings().temporalRange(), {}
    names = [name for name in ("place_id", "place", "city", "province", "level", "confirmed", "cases")
             if name in layer.fields().names()]
    begin, seconds = whole.begin(), int(LENGTHS[step].total_seconds())
    while begin < whole.end():
        period = QgsDateTimeRange(begin, begin.addSecs(seconds), True, False)
        where = layer.temporalProperties().createFilterString(context, period)
        rows = [[one[name] for name in names] for one in layer.getFeatures(
            QgsFeatureRequest().setFilterExpression(where))]
        found[pd.Timestamp(begin.toUTC().toString(Qt.DateFormat.ISODate)).tz_localize(None)] = pd.DataFrame(
            rows, columns=names)
        begin = begin.addSecs(seconds)
    assert list(found) == list(pd.date_range(min(found), max(found), freq=LENGTHS[step]))
    return found


@pytest.mark.parametrize("step", ["day", "week"])
def test_events_are_in_the_frame_in_which_they_happened_and_in_no_other(
    tmp_path: Path, project: QgsProject, step: str
) -> None:
    events = moments(np.random.default_rng(3), 40, 0.3, 3)
    twins = events.iloc[:20]  # two cases of one place at one moment are two cases
    events = pd.concat([events, twins], ignore_index=True)
    seen = frames(load(events, tmp_path, project, COUNTS="events", STEP=step), project, step)
    assert sum(map(len, seen.values())) == len(events)
    for begin, rows in seen.items():
        expected = events[(events["moment"] >= begin) & (events["moment"] < begin + LENGTHS[step])]
        assert rows["cases"].sum() == len(expected), begin
        assert rows["place"].value_counts().to_dict() == expected["place"].value_counts().to_dict(), begin


def test_events_of_several_levels_are_all_shown(tmp_path: Path, project: QgsProject) -> None:
    """An event known only by its province is none of those known by their city."""
    events = moments(np.random.default_rng(4), 12, 0.4, 2).rename(columns={"place": "city"})
    events["province"], events["level"] = "Hubei", "city"
    coarse = events["city"].isin(["Place 3", "Place 4"])
    events.loc[coarse, ["city", "level", "lon", "lat"]] = ["", "province", 112.9, 31.0]
    layer = load(events, tmp_path, project, COUNTS="events")
    assert layer.subsetString() == ""
    for begin, rows in frames(layer, project, "day").items():
        expected = events[events["moment"].dt.normalize() == begin]
        assert rows["level"].value_counts().to_dict() == expected["level"].value_counts().to_dict(), begin
        assert rows["cases"].sum() == len(expected), begin


@pytest.mark.parametrize("step", ["day", "week"])
def test_increments_are_summed_until_the_end_of_the_frame(tmp_path: Path, project: QgsProject, step: str) -> None:
    rng = np.random.default_rng(5)
    added = moments(rng, 40, 0.4, 4)
    added["confirmed"] = rng.integers(-3, 40, len(added))
    seen = frames(load(added, tmp_path, project, COUNTS="increments", STEP=step), project, step)
    for begin, rows in seen.items():
        until = added[added["moment"] < begin + LENGTHS[step]]
        expected = until.groupby("place")["confirmed"].sum()
        assert rows["place_id"].is_unique, begin
        assert rows.set_index("place")["confirmed"].to_dict() == expected.to_dict(), begin
        assert rows["confirmed"].sum() == until["confirmed"].sum()


@pytest.mark.parametrize("step", ["day", "week"])
def test_of_several_levels_the_one_with_the_most_places_is_shown(
    tmp_path: Path, project: QgsProject, step: str
) -> None:
    rng = np.random.default_rng(6)
    cities = moments(rng, 30, 0.5, 3).drop_duplicates(["moment", "place"]).rename(columns={"place": "city"})
    cities["province"] = "Province " + (cities["lon"] % 4).astype(str)
    cities["level"] = "city"
    # Provinces report more often than cities, so that rows do not decide.
    provinces = moments(rng, 4, 1.0, 24).drop_duplicates(["moment", "place"])
    provinces["province"] = provinces.pop("place").str.replace("Place", "Province")
    provinces["city"], provinces["level"] = "", "province"
    both = pd.concat([cities, provinces], ignore_index=True)
    both["confirmed"] = rng.integers(1, 400, len(both))
    layer = load(both, tmp_path, project, COUNTS="cumulative", STEP=step)
    assert layer.subsetString() == "\"level\" = 'city'"
    cities = both[both["level"] == "city"].sort_values("moment", kind="stable")
    for begin, rows in frames(layer, project, step).items():
        known = cities[cities["moment"] < begin + LENGTHS[step]].groupby("city").tail(1).set_index("city")
        assert rows["place_id"].is_unique and set(rows["level"]) <= {"city"}, begin
        assert rows.set_index("city")["confirmed"].to_dict() == known["confirmed"].to_dict(), begin
        assert rows["confirmed"].sum() == known["confirmed"].sum()
