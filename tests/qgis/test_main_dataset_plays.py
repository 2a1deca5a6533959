"""The main dataset through Processing: totals of moments and of frames against the polls' own sums."""
from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from outbreak_atlas.plugin.bridge.layers import open_layer
from qgis.core import QgsDateTimeRange, QgsFeatureRequest, QgsVectorLayer, QgsVectorLayerTemporalContext
from qgis.PyQt.QtCore import QDateTime, Qt

pytestmark = pytest.mark.shared_data
FILE = "cn_city_updates/toutiao_city_updates.csv.gz"


@pytest.fixture(scope="module")
def result(qgis_app: object, shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    import processing

    output = tmp_path_factory.mktemp("main") / "main.gpkg"
    return processing.run("outbreakatlas:loaddataset", {
        "INPUT": [str(shared_data / FILE)], "DATUM": "GCJ02", "OUTPUT": str(output)})


@pytest.fixture(scope="module")
def polls(shared_data: Path) -> pd.DataFrame:
    """Sums of each poll, by its moment in Shanghai."""
    frame = pd.read_csv(shared_data / FILE, usecols=["updateTime", "confirmed", "dead"])
    moment = pd.to_datetime(frame["updateTime"], utc=True).dt.tz_convert("Asia/Shanghai").dt.tz_localize(None)
    return frame.groupby(moment)[["confirmed", "dead"]].sum()


def status(result: dict[str, Any], at: str) -> tuple[int, int]:
    import processing

    layer = processing.run("outbreakatlas:statusat", {
        "INPUT": result["OUTPUT"], "AT": at, "OUTPUT": "TEMPORARY_OUTPUT"})["OUTPUT"]
    rows = [(feature["confirmed"], feature["deaths"]) for feature in layer.getFeatures()]
    return sum(row[0] for row in rows), sum(row[1] for row in rows)


def test_the_numbers_that_processing_returns(result: dict[str, Any]) -> None:
    assert result["ROWS_READ"] == 756_185
    parts = ("STATES", "ROWS_MERGED", "ROWS_DUPLICATE", "ROWS_REJECTED")
    assert sum(result[part] for part in parts) == 756_185
    assert (result["COUNTS_KIND"], result["LISTING_KIND"]) == ("cumulative", "full")
    assert result["TIME_ZONE_USED"] == "Asia/Shanghai"


@pytest.mark.parametrize(
    "at", ["2020-04-30T22:57:07", "2020-04-30T22:57:07+08:00", "2020-04-30T23:30:00", "2020-05-09"])
def test_the_last_total(result: dict[str, Any], at: str) -> None:
    assert status(result, at) == (84_373, 4_643)


def test_the_total_before_and_after_a_poll(result: dict[str, Any], polls: pd.DataFrame) -> None:
    moment = pd.Timestamp("2020-02-13 07:57")
    after = polls.index[polls.index >= moment][0]
    before = polls.index[polls.index < after][-1]
    assert status(result, after.isoformat()) == tuple(polls.loc[after])
    assert status(result, (after - pd.Timedelta(seconds=1)).isoformat()) == tuple(polls.loc[before])


def test_every_daily_frame_is_its_last_poll_s_own_sum(result: dict[str, Any], polls: pd.DataFrame) -> None:
    layer = open_layer(Path(result["OUTPUT"].split("|")[0]))
    days = pd.date_range("2020-02-01", "2020-04-30")
    for day in days:
        until = polls[polls.index < day + pd.Timedelta(days=1)].iloc[-1]
        assert _frame_sum(layer, day) == (until["confirmed"], until["dead"]), day


def _frame_sum(layer: QgsVectorLayer, day: pd.Timestamp) -> tuple[int, int]:
    begin = QDateTime.fromString(day.strftime("%Y-%m-%dT00:00:00Z"), Qt.DateFormat.ISODate)
    context = QgsVectorLayerTemporalContext()
    context.setLayer(layer)
    period = QgsDateTimeRange(begin, begin.addDays(1), True, False)
    request = QgsFeatureRequest()
    request.setFilterExpression(layer.temporalProperties().createFilterString(context, period))
    rows = [(feature["confirmed"], feature["deaths"]) for feature in layer.getFeatures(request)]
    return sum(row[0] for row in rows), sum(row[1] for row in rows)
