"""Points of other layers: what counts, what is left out, and what is refused."""
from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from outbreak_atlas.plugin.core.errors import AtlasError
from outbreak_atlas.plugin.core.point_cases import Told
from point_reader import at, memory_layer, read
from qgis.core import (
    NULL,
    QgsCoordinateReferenceSystem,
    QgsProcessingException,
    QgsProcessingFeatureSourceDefinition,
    QgsProject,
    QgsVectorFileWriter,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QDate, QDateTime, QTime

_FIELDS = "&field=w:double&field=n:integer&field=t:datetime&field=d:date&field=s:string&field=name:string"
#: 2020-03-29T02:30, which clocks of Berlin leap over.
_GAP_MS = 1_585_449_000_000


def _row(lon: float, w: object, n: object, hour: int, text: object, name: str) -> tuple[str, list[object]]:
    moment = QDateTime(QDate(2020, 3, 29), QTime(hour, 30))
    return at(lon, 50), [w, n, moment, QDate(2020, 3, 29), text, name]


def _rows() -> list[tuple[str | None, list[object]]]:
    return [
        _row(9.0, 1.5, 4, 2, "2020-03-29T02:30", "a"), _row(9.1, NULL, 5, 3, "2020-03-29 03:30:00.250", "b"),
        _row(9.2, -2.0, 0, 4, "nonsense", "c"), (None, [7.0, 7, NULL, NULL, NULL, "d"]),
        (at(9.3, 50), [3.0, NULL, NULL, NULL, NULL, "e"]),
    ]


def _saved(layer: QgsVectorLayer, path: Path, driver: str) -> QgsVectorLayer:
    options = QgsVectorFileWriter.SaveVectorOptions()
    options.driverName, options.layerName = driver, path.stem
    error, text, *_ = QgsVectorFileWriter.writeAsVectorFormatV3(
        layer, str(path), QgsProject.instance().transformContext(), options)
    assert error == QgsVectorFileWriter.WriterError.NoError, text
    saved = QgsVectorLayer(str(path), path.stem, "ogr")
    QgsProject.instance().addMapLayer(saved)
    return saved


def _csv(folder: Path) -> QgsVectorLayer:
    path = folder / "cases.csv"
    path.write_text("x,y,w,t,name\n9.0,50,1.5,2020-03-29T02:30:00,a\n9.1,50,,2020-03-29T03:30:00,b\n"
                    "9.2,50,-2,2020-03-29T04:30:00,c\n,,7,,d\n9.3,50,3,,e\n", encoding="utf-8")
    layer = QgsVectorLayer(
        f"file://{path}?type=csv&detectTypes=yes&xField=x&yField=y&crs=EPSG:4326", "cases", "delimitedtext")
    QgsProject.instance().addMapLayer(layer)
    return layer


@pytest.fixture(params=["UTC", "Europe/Berlin", "America/New_York", "Pacific/Apia"])
def zone(request: pytest.FixtureRequest) -> Iterator[str]:
    """The computer's time zone, which must not matter."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = request.param
    time.tzset()
    yield request.param
    del os.environ["TZ"]
    if before is not None:
        os.environ["TZ"] = before
    time.tzset()


@pytest.mark.parametrize("kind", ["memory", "gpkg", "shp", "geojson", "csv"])
def test_weights_and_names_in_any_format(project: object, tmp_path: Path, kind: str) -> None:
    layer = _csv(tmp_path) if kind == "csv" else memory_layer(_rows(), _FIELDS)
    drivers = {"gpkg": "GPKG", "shp": "ESRI Shapefile", "geojson": "GeoJSON"}
    if kind in drivers:
        layer = _saved(layer, tmp_path / f"cases.{kind}", drivers[kind])
    found = read(layer, METRIC="w")
    assert found.cases.cases.tolist() == [1.5, -2.0, 3.0]
    assert found.x.tolist() == pytest.approx([9.0, 9.2, 9.3])
    name = found.attributes.fields.lookupField("name")
    assert "fid" not in found.attributes.fields.names()
    assert [one[name] for one in found.attributes.rows(np.array([0, 1, 2]))] == ["a", "c", "e"]
    assert [one[name] for one in found.attributes.rows(np.array([2, 0, 0]))] == ["e", "a", "a"]
    assert found.left_out == ("1 features without a point are left out.", "1 features without a w are left out.")
    assert (found.period_ms, found.step, found.zone, found.metric) == (None, None, "", "w")
    assert read(layer).cases.cases.tolist() == [1, 1, 1, 1]


@pytest.mark.parametrize("kind", ["memory", "gpkg", "csv"])
def test_times_are_as_stored_in_any_zone(zone: str, project: object, tmp_path: Path, kind: str) -> None:
    layer = _csv(tmp_path) if kind == "csv" else memory_layer(_rows(), _FIELDS)
    layer = _saved(layer, tmp_path / "cases.gpkg", "GPKG") if kind == "gpkg" else layer
    if kind != "memory" and zone == "Europe/Berlin":
        pytest.skip("QGIS neither writes nor detects a moment that the computer's clock leaps over")
    found = read(layer, Told.REPORTED, True, TIME_FIELD="t")
    assert found.cases.entries.ms.tolist() == [_GAP_MS, _GAP_MS + 3_600_000, _GAP_MS + 7_200_000]
    assert found.period_ms == (_GAP_MS, _GAP_MS + 7_200_001)
    assert any("without a readable t" in one for one in found.left_out)
    inside = read(layer, TIME_FIELD="t", FROM="2020-03-29T03:30", TO=QDateTime(QDate(2020, 3, 29), QTime(4, 30)))
    assert inside.x.tolist() == pytest.approx([9.1])


def test_dates_and_texts(project: object, zone: str) -> None:
    layer = memory_layer(_rows(), _FIELDS)
    assert set(read(layer, Told.REPORTED, TIME_FIELD="d").cases.entries.ms.tolist()) == {1_585_440_000_000}
    found = read(layer, Told.REPORTED, TIME_FIELD="s")
    assert found.cases.entries.ms.tolist() == [_GAP_MS, _GAP_MS + 3_600_250]
    assert "2 features without a readable s are left out." in found.left_out


def test_texts_with_several_offsets_are_read_in_utc(project: object) -> None:
    rows = [(at(9, 50), [None, None, None, None, text, ""]) for text in (
        "2020-03-29T10:30+08:00", "2020-03-29T02:30Z", "2020-03-29T02:30:00+0000")]
    layer = memory_layer(rows, _FIELDS)
    assert set(read(layer, Told.REPORTED, TIME_FIELD="s").cases.entries.ms.tolist()) == {_GAP_MS}
    layer.setSubsetString("\"s\" LIKE '%+08:00'")
    assert read(layer, Told.REPORTED, TIME_FIELD="s").cases.entries.ms.tolist() == [_GAP_MS + 8 * 3_600_000]


def test_own_time_of_a_layer_is_taken(project: object) -> None:
    layer = memory_layer(_rows(), _FIELDS)
    layer.temporalProperties().setStartField("t")
    assert len(read(layer, Told.REPORTED, True).x) == 3
    assert len(read(layer, FROM="2020-03-29T04:00").x) == 1
    assert len(read(layer).x) == 4  # no time is asked for


def test_selection_filter_and_multipoints(project: object, tmp_path: Path) -> None:
    layer = _saved(memory_layer(_rows(), _FIELDS), tmp_path / "cases.gpkg", "GPKG")
    layer.setSubsetString("\"name\" < 'c'")
    assert read(layer).x.tolist() == [9.0, 9.1]
    layer.setSubsetString("")
    layer.selectByExpression("name = 'c'")
    assert read(QgsProcessingFeatureSourceDefinition(layer.id(), True)).x.tolist() == [9.2]
    single = _multi(["MULTIPOINT((1 2))", None, "MULTIPOINT EMPTY"])
    several = _multi(["MULTIPOINT((1 2))", "MULTIPOINT((1 2), (3 4))"])
    for one, other in ((single, several), (
            _saved(single, tmp_path / "single.gpkg", "GPKG"), _saved(several, tmp_path / "several.gpkg", "GPKG"))):
        assert (read(one).x.tolist(), read(one).y.tolist()) == ([1], [2])
        with pytest.raises(QgsProcessingException, match=r"Feature 2 of .* is no single point"):
            read(other)


def _multi(shapes: list[str | None]) -> QgsVectorLayer:
    from qgis.core import QgsFeature, QgsGeometry

    layer = QgsVectorLayer("MultiPoint?crs=EPSG:4326", "shapes", "memory")
    features = [QgsFeature() for _ in shapes]
    for feature, wkt in zip(features, shapes):
        if wkt is not None:
            feature.setGeometry(QgsGeometry.fromWkt(wkt))
    layer.dataProvider().addFeatures(features)
    QgsProject.instance().addMapLayer(layer)
    return layer


def test_joined_and_computed_fields_count(project: object, tmp_path: Path) -> None:
    from qgis.core import QgsField
    from qgis.PyQt.QtCore import QMetaType

    layer = _saved(memory_layer(_rows(), _FIELDS), tmp_path / "cases.gpkg", "GPKG")
    layer.addExpressionField("\"w\" * 10", QgsField("tenfold", QMetaType.Type.Double))
    assert read(layer, METRIC="tenfold").cases.cases.tolist() == [15, -20, 30]


def test_layers_without_fields_and_changed_ones(project: object) -> None:
    layer = memory_layer([(at(lon, 2), []) for lon in range(3)])
    assert list(read(layer).attributes.rows(np.array([2, 0]))) == [[], []]
    named = memory_layer(_rows(), _FIELDS)
    found = read(QgsProcessingFeatureSourceDefinition(named.id(), False, -1, filterExpression="\"name\" <> 'zz'"))
    named.dataProvider().deleteFeatures([next(named.getFeatures("name = 'c'")).id()])
    with pytest.raises(AtlasError, match="was changed while it was read"):
        list(found.attributes.rows(np.array([0, 2])))


def test_points_nowhere_are_left_out(project: object) -> None:
    layer = memory_layer([("POINT(nan nan)", []), ("POINT(1 2)", []), (None, []), ("POINT EMPTY", [])])
    found = read(layer)
    assert found.x.tolist() == [1] and found.left_out == ("3 features without a point are left out.",)


@pytest.mark.parametrize("given, sentence", [
    ({"METRIC": "s"}, "no field of numbers called “s”: choose METRIC from w, n, or leave it empty"),
    ({"METRIC": "gone"}, "no field of numbers called “gone”"),
    ({"TIME_FIELD": "gone"}, "no field “gone”"),
    ({"TIME_FIELD": "w"}, "“w” of “cases” holds no moments"),
    ({"FROM": "2020-01-01"}, "choose TIME_FIELD"),
    ({"needs_time": True}, "choose TIME_FIELD"),
    ({"TIME_FIELD": "name"}, "No feature of “cases” has a moment in “name”"),
    ({"TIME_FIELD": "t", "FROM": "2020-03-30"}, "data run from 2020-03-29 02:30 until 2020-03-29 04:30"),
    ({"TIME_FIELD": "t", "FROM": "2020-03-30", "TO": "2020-03-29"}, "FROM must lie before TO"),
])
def test_mistakes_are_named(project: object, given: dict[str, object], sentence: str) -> None:
    with pytest.raises(QgsProcessingException, match=sentence):
        read(memory_layer(_rows(), _FIELDS), **given)


def test_values_that_cannot_count(project: object) -> None:
    unknown = [(at(1, 2), [NULL, NULL, NULL, NULL, NULL, "x"])] * 3
    with pytest.raises(QgsProcessingException, match="No feature of “cases” with a location has a known “w”"):
        read(memory_layer(unknown, _FIELDS), METRIC="w")
    with pytest.raises(QgsProcessingException, match="No feature of “cases” has a moment in “t”"):
        read(memory_layer(unknown, _FIELDS), needs_time=True, TIME_FIELD="t")
    with pytest.raises(QgsProcessingException, match="Feature 2 of “cases” has an infinite “w”"):
        read(memory_layer([_row(9, 1.0, 1, 1, "", ""), _row(9, float("inf"), 1, 1, "", "")], _FIELDS), METRIC="w")


def test_layers_that_cannot_count(project: object) -> None:
    with pytest.raises(QgsProcessingException, match="nothing is selected, or a filter hides everything"):
        read(memory_layer([]))
    layer = memory_layer([(at(1, 2), [])])
    with pytest.raises(QgsProcessingException, match="nothing is selected"):
        read(QgsProcessingFeatureSourceDefinition(layer.id(), True))
    with pytest.raises(QgsProcessingException, match="No feature of “cases” has a location"):
        read(memory_layer([(None, [])]))
    with pytest.raises(QgsProcessingException, match="one of degrees, yet a point lies at 500000, 3000000"):
        read(memory_layer([(at(500_000, 3_000_000), [])]))
    layer.setCrs(QgsCoordinateReferenceSystem())
    with pytest.raises(QgsProcessingException, match="no coordinate reference system: set the one"):
        read(layer)
