"""Points of a dataset's layer, checked against its rows in pandas."""
from __future__ import annotations

import shutil
import sqlite3
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from outbreak_atlas.plugin.bridge.point_source import PointInput, PointsRead
from outbreak_atlas.plugin.core.point_cases import Told
from point_reader import read, read_in_background
from qgis.core import (
    QgsApplication,
    QgsProcessingException,
    QgsProcessingFeatureSourceDefinition,
    QgsProject,
    QgsVectorLayer,
)
from small_files import REPORTS, run, write_reports

#: Ezhou comes later, its deaths unknown at first.
_MORE = (
    ("2020-02-07T08:00:00+08:00", "Wuhan", "Hubei", "114.30", "30.60", "170", "6"),
    ("2020-02-07T08:00:00+08:00", "Ezhou", "Hubei", "114.89", "30.40", "9", ""),
    ("2020-02-09T08:00:00+08:00", "Ezhou", "Hubei", "114.89", "30.40", "11", "0"),
)
_DAY = 86_400_000


@pytest.fixture(scope="module")
def made(qgis_app: QgsApplication, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("points")
    output = folder / "small.gpkg"
    run("loaddataset", INPUT=str(write_reports(folder / "small.csv", REPORTS + _MORE)), TIME_ZONE="Asia/Shanghai",
        STEP="day", FIRST_VALUES="new", OUTPUT=str(output))
    return output


@pytest.fixture
def layer(made: Path, project: object, tmp_path: Path) -> QgsVectorLayer:
    path = shutil.copy(made, tmp_path / "small.gpkg")
    layer = QgsVectorLayer(f"{path}|layername=updates", "small", "ogr")
    QgsProject.instance().addMapLayer(layer)
    return layer


def _rows(layer: QgsVectorLayer) -> pd.DataFrame:
    with closing(sqlite3.connect(layer.source().split("|")[0])) as db:
        rows = pd.read_sql_query("SELECT * FROM updates", db)
    for name in ("reported_at", "valid_from", "valid_to"):
        rows[name] = pd.to_datetime(rows[name].str.rstrip("Z"))
    return rows


def _change(layer: QgsVectorLayer, *statements: str) -> None:
    """Change the file, whose triggers ask for functions that they do not need here."""
    with closing(sqlite3.connect(layer.source().split("|")[0])) as db:
        for name in ("ST_IsEmpty", "ST_MinX", "ST_MaxX", "ST_MinY", "ST_MaxY"):
            db.create_function(name, 1, lambda blob: 0)
        for one in statements:
            db.execute(one)
        db.commit()


def _by_city(found: PointsRead) -> dict[str, float]:
    at = found.attributes.fields.lookupField("city")
    names = [values[at] for values in found.attributes.rows(np.arange(len(found.x)))]
    return dict(zip(names, found.cases.cases.tolist()))


def _entries(found: PointsRead) -> dict[tuple[str, str], float]:
    names = list(_by_city(found))
    entries = found.cases.entries
    days = entries.ms.astype("datetime64[ms]").astype("datetime64[D]").astype(str)
    return dict(zip(((names[point], day[-2:]) for point, day in zip(entries.point, days)), entries.cases.tolist()))


def test_sum_over_an_interval_is_that_of_the_rows(layer: QgsVectorLayer) -> None:
    found = read(layer, FROM="2020-02-04", TO="2020-02-06T08:00")
    rows = _rows(layer)
    rows = rows[(rows.reported_at >= "2020-02-04") & (rows.reported_at < "2020-02-06T08:00")]
    expected = rows.dropna(subset=["new_confirmed", "geom"]).groupby("city").new_confirmed.sum()
    assert _by_city(found) == expected.to_dict() == {"Wuhan": 80, "Huanggang": 15}
    assert (found.metric, found.is_sum, found.zone, str(found.step)) == ("new_confirmed", True, "Asia/Shanghai", "day")
    assert found.period_ms == (1_580_774_400_000, 1_580_976_000_000)
    assert found.x.tolist() == pytest.approx([114.30, 114.87]) and found.crs.authid() == "EPSG:4326"


def test_whole_period_says_what_has_no_location(layer: QgsVectorLayer) -> None:
    found = read(layer)
    assert _by_city(found) == pytest.approx({"Wuhan": 170, "Huanggang": 35, "Ezhou": 11})
    assert any("1 places without a location are left out, with 7 new_confirmed" in one for one in found.left_out)


def test_stock_is_as_known_just_before_the_end(layer: QgsVectorLayer) -> None:
    rows = _rows(layer)
    for to in ("2020-02-04T20:00", "2020-02-04T20:01", "2020-02-05", "2020-02-06", "2020-02-08", "2020-02-10"):
        moment = pd.Timestamp(to)
        holding = rows[(rows.valid_from < moment) & (rows.valid_to >= moment)].dropna(subset=["deaths", "geom"])
        found = read(layer, METRIC="deaths", TO=to)
        assert _by_city(found) == holding.set_index("city").deaths.to_dict(), to
        assert not found.is_sum


def test_entries_of_sums_by_step(layer: QgsVectorLayer) -> None:
    for told in (Told.REPORTED, Told.CHANGES):
        entries = _entries(read(layer, told, TO="2020-02-06"))
        assert entries == {("Wuhan", "03"): 100, ("Wuhan", "04"): 80, ("Huanggang", "03"): 20, ("Huanggang", "05"): 15}


def test_reported_entries_of_a_stock_are_the_last_of_each_step(layer: QgsVectorLayer) -> None:
    entries = _entries(read(layer, Told.REPORTED, METRIC="confirmed", FROM="2020-02-04", TO="2020-02-06"))
    assert entries == {("Wuhan", "04"): 180, ("Huanggang", "05"): 35}


@pytest.mark.parametrize("begin", ["2020-02-03", "2020-02-04T12:00", "2020-02-08"])
def test_changes_add_up_to_the_stock_at_any_step(layer: QgsVectorLayer, begin: str) -> None:
    found = read(layer, Told.CHANGES, METRIC="confirmed", FROM=begin, TO="2020-02-10")
    sums = np.bincount(found.cases.entries.point, found.cases.entries.cases, len(found.x))
    assert np.array_equal(sums, found.cases.cases)
    floor = (pd.Timestamp(begin).value // 1_000_000) // _DAY * _DAY
    assert found.cases.entries.ms.min() == floor
    for day in range(floor, 1_581_206_400_000, _DAY):
        until = found.cases.entries.ms <= day
        total = found.cases.entries.cases[until].sum()
        end = str(np.datetime64(day + _DAY, "ms"))
        assert total == read(layer, METRIC="confirmed", FROM="2020-02-03", TO=end).cases.cases.sum()


def test_delisted_place_goes_back_to_nothing(layer: QgsVectorLayer) -> None:
    _change(layer, "UPDATE updates SET valid_to = '2020-02-06T08:00:00.000Z' WHERE city = 'Huanggang'"
                   " AND confirmed = 35")
    found = read(layer, Told.CHANGES, METRIC="confirmed", TO="2020-02-08")
    assert _entries(found)["Huanggang", "06"] == -35
    assert _by_city(found)["Huanggang"] == 0
    assert "Huanggang" not in _by_city(read(layer, METRIC="confirmed", TO="2020-02-08"))


def test_filter_selection_expression_and_limit(layer: QgsVectorLayer) -> None:
    layer.setSubsetString("\"city\" = 'Wuhan' AND \"confirmed\" < 180")
    assert _by_city(read(layer)) == {"Wuhan": 140}
    layer.setSubsetString("")
    layer.selectByExpression("city = 'Huanggang'")
    assert _by_city(read(QgsProcessingFeatureSourceDefinition(layer.id(), True))) == {"Huanggang": 35}
    expression = QgsProcessingFeatureSourceDefinition(layer.id(), False, 1, filterExpression="\"confirmed\" = 180")
    expression.featureLimit = -1
    assert _by_city(read(expression)) == {"Wuhan": 30}
    assert len(read(QgsProcessingFeatureSourceDefinition(layer.id(), False, 1)).x) == 1


def test_edits_that_are_not_saved_count(layer: QgsVectorLayer) -> None:
    layer.startEditing()
    feature = next(layer.getFeatures("city = 'Wuhan'"))
    layer.changeAttributeValue(feature.id(), layer.fields().lookupField("new_confirmed"), 1000)
    changed = _by_city(read(layer))["Wuhan"]
    layer.rollBack()
    assert feature["new_confirmed"] == 100 and changed == _by_city(read(layer))["Wuhan"] + 900


def test_features_and_bulk_give_the_same(layer: QgsVectorLayer, monkeypatch: pytest.MonkeyPatch) -> None:
    from osgeo import ogr
    from outbreak_atlas.plugin.bridge import point_source_bulk

    streamed: list[tuple[str, str]] = []
    bulk = point_source_bulk._columns

    def noted(source: ogr.Layer, asked: PointInput, *given: Any) -> Any:
        streamed.append((asked.bulk.path if asked.bulk else "", threading.current_thread().name))
        return bulk(source, asked, *given)

    monkeypatch.setattr(point_source_bulk, "_columns", noted)
    here = (layer.source().split("|")[0], threading.current_thread().name)
    for metric in ("new_confirmed", "deaths", "new_deaths"):
        streamed.clear()
        quick = read(layer, Told.CHANGES, METRIC=metric)
        assert streamed.count(here) == 1, streamed
        with monkeypatch.context() as older:
            older.setattr(ogr, "Layer", object)  # as GDAL before 3.6, whose layers have no streams
            slow = read(layer, Told.CHANGES, METRIC=metric)
        assert streamed.count(here) == 1, streamed
        assert _by_city(quick) == _by_city(slow) and quick.left_out == slow.left_out
        assert _entries(quick) == _entries(slow)


@pytest.mark.parametrize("given, sentence", [
    ({"METRIC": "city"}, "choose METRIC from confirmed"),
    ({"METRIC": "nothing"}, "no count called “nothing”"),
    ({"FROM": "2020-02-05", "TO": "2020-02-05"}, "FROM must lie before TO"),
    ({"FROM": "2021-01-01", "TO": "2022-01-01"}, "the data run from 2020-02-03 until 2020-02-10"),
])
def test_mistakes_are_named(layer: QgsVectorLayer, given: dict[str, str], sentence: str) -> None:
    with pytest.raises(QgsProcessingException, match=sentence):
        read(layer, **given)


def test_nothing_left_is_named(layer: QgsVectorLayer) -> None:
    with pytest.raises(QgsProcessingException, match="nothing is selected, or a filter hides everything"):
        read(QgsProcessingFeatureSourceDefinition(layer.id(), True))
    layer.setSubsetString("\"confirmed\" > 1000000")
    with pytest.raises(QgsProcessingException, match="nothing is selected, or a filter hides everything"):
        read(layer)
    layer.setSubsetString("\"city\" = 'Elsewhere'")
    with pytest.raises(QgsProcessingException, match="No place of “small” with a known new_confirmed has a location"):
        read(layer)
    layer.setSubsetString("\"city\" = 'Huanggang' AND \"confirmed\" = 20")
    with pytest.raises(QgsProcessingException, match="No place of “small” has a known deaths"):
        read(layer, METRIC="deaths")


def test_levels_are_not_added_together(layer: QgsVectorLayer) -> None:
    level = "SET level = CASE city WHEN 'Wuhan' THEN 'province' ELSE 'city' END"
    _change(layer, f"UPDATE places {level}", f"UPDATE updates {level}",
            "UPDATE dataset SET value = 'city' WHERE key = 'totals_level'")
    assert "Wuhan" not in _by_city(read(layer))
    layer.setSubsetString("level = 'province'")
    assert list(_by_city(read(layer))) == ["Wuhan"]


def test_another_thread_reads_what_the_main_thread_chose(layer: QgsVectorLayer) -> None:
    layer.selectByExpression("city = 'Huanggang'")
    for source in (layer, QgsProcessingFeatureSourceDefinition(layer.id(), True), layer.source()):
        assert _by_city(read_in_background(source)) == _by_city(read(source))


def test_source_by_its_path_alone(layer: QgsVectorLayer) -> None:
    """As qgis_process and models give it: no layer of the project."""
    path = layer.source()
    QgsProject.instance().clear()
    assert read(path).step is not None and _by_city(read(path))["Wuhan"] == 170


def test_cancel_stops_the_reading(layer: QgsVectorLayer) -> None:
    from outbreak_atlas.plugin.bridge.point_source import Question
    from outbreak_atlas.plugin.bridge.point_source_reading import look_at, read_points
    from outbreak_atlas.plugin.core.errors import Cancelled
    from outbreak_atlas.plugin.core.progress import CallbackProgress
    from qgis.core import QgsProcessingContext, QgsProcessingUtils

    source = QgsProcessingUtils.variantToSource(layer, QgsProcessingContext())
    for chosen in (layer, QgsProcessingFeatureSourceDefinition(layer.id(), True)):
        with pytest.raises(Cancelled):
            read_points(look_at(source, layer, chosen), Question("", "", None, None), Told.NOTHING,
                        CallbackProgress(cancelled=lambda: True))
