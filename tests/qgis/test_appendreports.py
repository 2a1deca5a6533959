"""New reports appended to a dataset that is open in a project."""
from __future__ import annotations

from pathlib import Path

import pytest
from outbreak_atlas.plugin.bridge.description import read_description
from outbreak_atlas.plugin.bridge.layers import add_to_project, layer_string
from outbreak_atlas.plugin.bridge.temporal import as_utc
from qgis.core import (
    QgsDateTimeRange,
    QgsFeatureRequest,
    QgsProcessingException,
    QgsProject,
    QgsSingleSymbolRenderer,
    QgsVectorLayer,
    QgsVectorLayerTemporalContext,
)
from qgis.PyQt.QtCore import QDate, QDateTime, Qt, QTime
from small_files import REPORTS, run, write_reports

NEW = (
    ("2020-02-08T08:00:00+08:00", "Wuhan", "Hubei", "114.30", "30.60", "60000", "9"),
    ("2020-02-08T08:00:00+08:00", "Beijing", "Beijing", "116.40", "39.90", "8", "0"),
)


@pytest.fixture
def dataset(tmp_path: Path, qgis_app: object) -> Path:
    output = tmp_path / "data.gpkg"
    run("loaddataset", INPUT=str(write_reports(tmp_path / "old.csv")), OUTPUT=str(output), LISTING="partial")
    return output


@pytest.fixture
def new_file(tmp_path: Path) -> Path:
    return write_reports(tmp_path / "new.csv", NEW)


def visible(layer: QgsVectorLayer, day: QDate) -> dict[str, float]:
    context = QgsVectorLayerTemporalContext()
    context.setLayer(layer)
    begin = QDateTime(day, QTime(0, 0), Qt.TimeSpec.UTC)
    where = layer.temporalProperties().createFilterString(
        context, QgsDateTimeRange(begin, begin.addDays(1), True, False))
    return {row["city"]: row["confirmed"] for row in layer.getFeatures(QgsFeatureRequest().setFilterExpression(where))}


def test_results_are_those_of_a_load(dataset: Path, new_file: Path) -> None:
    result = run("appendreports", INPUT=layer_string(dataset), FILES=[str(new_file)])
    assert result["OUTPUT"] == layer_string(dataset)
    assert (result["ROWS_READ"], result["PLACES"], result["SKIPPED"]) == (9, 4, "")
    assert result["LAST"] == "2020-02-08T08:00:00" and result["LISTING_KIND"] == "partial"
    assert Path(result["REPORT"]).name == "data_report.html" and Path(result["REPORT"]).is_file()
    assert QgsVectorLayer(result["FINDINGS"], "", "ogr").isValid()


def test_an_open_layer_shows_the_new_rows(dataset: Path, new_file: Path, project: QgsProject) -> None:
    layer = add_to_project(project, dataset)
    layer.setName("My outbreak")
    assert visible(layer, QDate(2020, 2, 6))["Wuhan"] == 180
    run("appendreports", INPUT=layer, FILES=[str(new_file)])
    assert layer.isValid() and layer.name() == "My outbreak"
    assert visible(layer, QDate(2020, 2, 6)) == {"Wuhan": 180, "Huanggang": 35, "Elsewhere": 7}
    assert visible(layer, QDate(2020, 2, 8)) == {"Wuhan": 60000, "Huanggang": 35, "Elsewhere": 7, "Beijing": 8}
    assert layer.extent().yMaximum() == pytest.approx(39.9)
    assert project.timeSettings().temporalRange().end() == as_utc(read_description(dataset).period.end_ms)
    assert read_description(dataset).period.end_ms > 0
    # Classes end beyond the greatest count: 60,000 would not be drawn by those of 180.
    assert max(one.upperValue() for one in layer.renderer().ranges()) > 60000


def test_a_style_of_the_users_own_stays(dataset: Path, new_file: Path, project: QgsProject) -> None:
    layer = add_to_project(project, dataset)
    layer.setRenderer(QgsSingleSymbolRenderer.defaultRenderer(layer.geometryType()))
    run("appendreports", INPUT=layer, FILES=[str(new_file)])
    assert layer.renderer().type() == "singleSymbol"
    assert layer.temporalProperties().isActive()


def test_new_columns_are_seen(dataset: Path, tmp_path: Path, project: QgsProject) -> None:
    """A second level in the new file: the layer is filtered to one, so that no case is drawn twice."""
    layer = add_to_project(project, dataset)
    provinces = write_reports(tmp_path / "provinces.csv", (
        ("2020-02-08T08:00:00+08:00", "", "Hubei", "112.3", "31.0", "900", "9"),))
    run("appendreports", INPUT=layer, FILES=[str(provinces)])
    assert layer.subsetString() == "\"level\" = 'city'"
    assert "Hubei" not in visible(layer, QDate(2020, 2, 8))


def test_edits_are_not_lost(dataset: Path, new_file: Path, project: QgsProject) -> None:
    layer = add_to_project(project, dataset)
    assert layer.startEditing()
    with pytest.raises(QgsProcessingException, match="edit mode"):
        run("appendreports", INPUT=layer, FILES=[str(new_file)])
    layer.rollBack()


def test_what_cannot_be_appended_is_said(dataset: Path, new_file: Path, tmp_path: Path) -> None:
    before = dataset.read_bytes()
    with pytest.raises(QgsProcessingException, match="Nothing to append"):
        run("appendreports", INPUT=layer_string(dataset), FILES=[str(tmp_path / "old.csv")])
    write_reports(tmp_path / "old.csv", REPORTS[:3])
    with pytest.raises(QgsProcessingException, match=r"“old\.csv”, the file that .* was loaded from, has changed"):
        run("appendreports", INPUT=layer_string(dataset), FILES=[str(new_file)])
    (tmp_path / "old.csv").unlink()
    with pytest.raises(QgsProcessingException, match="give SOURCE_FOLDER"):
        run("appendreports", INPUT=layer_string(dataset), FILES=[str(new_file)])
    assert dataset.read_bytes() == before
    archive = tmp_path / "archive"
    archive.mkdir()
    write_reports(archive / "old.csv")
    result = run("appendreports", INPUT=layer_string(dataset), FILES=[str(new_file)], SOURCE_FOLDER=str(archive))
    assert result["ROWS_READ"] == 9


def test_edited_in_qgis_before(dataset: Path, new_file: Path, project: QgsProject) -> None:
    """QGIS keeps a file that it has edited open with a write-ahead log."""
    layer = add_to_project(project, dataset)
    assert layer.startEditing()
    feature = next(layer.getFeatures())
    layer.changeAttributeValue(feature.id(), layer.fields().indexFromName("kind"), "seen")
    assert layer.commitChanges(), layer.commitErrors()
    run("appendreports", INPUT=layer, FILES=[str(new_file)])
    assert visible(layer, QDate(2020, 2, 8))["Beijing"] == 8
