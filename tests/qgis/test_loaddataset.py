"""Load dataset as scripts call it: results, files given in every way, refusals in words, cancelling."""
from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from outbreak_atlas.plugin.algorithms.loaddataset import parse_columns
from outbreak_atlas.plugin.bridge.layers import add_to_project
from outbreak_atlas.plugin.core.errors import AtlasError
from qgis.core import (
    QgsApplication,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsProject,
    QgsVectorFileWriter,
    QgsVectorLayer,
)
from small_files import HEADER, REPORTS, write_reports

LOAD = "outbreakatlas:loaddataset"


def load(source: object, output: Path, **more: Any) -> dict[str, Any]:
    import processing  # found once QGIS has started

    return processing.run(LOAD, {"INPUT": source, "OUTPUT": str(output), **more})


@pytest.fixture
def source(tmp_path: Path, qgis_app: object) -> Path:
    return write_reports(tmp_path / "reports.csv")


def test_results_are_complete_and_balanced(source: Path, tmp_path: Path) -> None:
    result = load(str(source), tmp_path / "out.gpkg", LISTING="partial")
    assert result["OUTPUT"] == f"{tmp_path / 'out.gpkg'}|layername=updates"
    assert result["ROWS_READ"] == 7
    assert result["ROWS_READ"] == sum(
        result[name] for name in ("STATES", "ROWS_MERGED", "ROWS_DUPLICATE", "ROWS_REJECTED"))
    assert (result["STATES"], result["ROWS_MERGED"]) == (6, 1)
    assert result["PLACES"] == 3
    assert (result["FIRST"], result["LAST"]) == ("2020-02-03T08:00:00", "2020-02-06T08:00:00")
    assert (result["COUNTS_KIND"], result["LISTING_KIND"]) == ("cumulative", "partial")
    for name, rows in (("OUTPUT", 6), ("REJECTED", 0)):
        assert QgsVectorLayer(result[name], name, "ogr").featureCount() == rows
    assert QgsVectorLayer(result["FINDINGS"], "findings", "ogr").isValid()
    assert "6" in Path(result["REPORT"]).read_text(encoding="utf-8")


@pytest.mark.parametrize("form", ["text", "list", "several"])
def test_files_may_be_given_as_text_or_list(tmp_path: Path, qgis_app: object, form: str) -> None:
    first = write_reports(tmp_path / "one.csv", REPORTS[:3])
    second = write_reports(tmp_path / "two.csv", REPORTS[3:])
    given = {"text": str(first), "list": [str(first)], "several": [str(first), str(second)]}[form]
    assert load(given, tmp_path / "out.gpkg")["ROWS_READ"] == (7 if form == "several" else 3)


def test_parameters_reach_the_load(source: Path, tmp_path: Path) -> None:
    result = load(str(source), tmp_path / "out.gpkg", KEEP_UNCHANGED=True, TIME_ZONE="UTC", STEP="hour",
                  LISTING="partial", COLUMNS="confirmed=confirmed", FIRST_VALUES="unknown")
    assert result["STATES"] == 7
    assert result["TIME_ZONE_USED"] == "UTC"
    assert result["FIRST"] == "2020-02-03T00:00:00"
    layer = QgsVectorLayer(result["OUTPUT"], "updates", "ogr")
    first = min(layer.getFeatures(), key=lambda one: one["reported_at"])
    assert not first["new_confirmed"]


@pytest.mark.parametrize("name", ["out.shp", "out.geojson", "out"])
def test_another_format_is_refused_in_words(source: Path, tmp_path: Path, name: str) -> None:
    with pytest.raises(QgsProcessingException, match=r"ends with \.gpkg"):
        load(str(source), tmp_path / name)
    assert not (tmp_path / name).exists()


def test_an_output_that_is_open_is_refused(source: Path, tmp_path: Path, project: QgsProject) -> None:
    output = tmp_path / "out.gpkg"
    load(str(source), output)
    before = output.read_bytes()
    layer = add_to_project(project, output)
    with pytest.raises(QgsProcessingException, match=f"open in this project as layer “{layer.name()}”"):
        load(str(source), output)
    assert output.read_bytes() == before
    project.removeMapLayer(layer.id())
    load(str(source), output)


@pytest.mark.parametrize(("content", "words"), [
    ("", "empty"), ("time,city,lon,lat,confirmed\n", "no row"), ("city,lon,lat,confirmed\nWuhan,114,30,5\n", "date"),
])
def test_a_file_that_cannot_be_loaded_is_an_error_and_leaves_nothing(
    tmp_path: Path, qgis_app: object, content: str, words: str
) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text(content, encoding="utf-8")
    with pytest.raises(QgsProcessingException, match=words) as error:
        load(str(bad), tmp_path / "out.gpkg")
    assert "Traceback" not in str(error.value)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.csv"]


def test_a_missing_file_is_named(tmp_path: Path, qgis_app: object) -> None:
    with pytest.raises(QgsProcessingException, match=r"nowhere\.csv"):
        load(str(tmp_path / "nowhere.csv"), tmp_path / "out.gpkg")


@pytest.mark.parametrize("after", [0, 1, 2, 3, 5, 8])
def test_cancelling_leaves_nothing_behind(source: Path, tmp_path: Path, after: int) -> None:
    feedback = QgsProcessingFeedback()
    seen = []

    def count(_percent: float) -> None:
        seen.append(_percent)
        if len(seen) > after:
            feedback.cancel()

    feedback.progressChanged.connect(count)
    algorithm = QgsApplication.processingRegistry().algorithmById(LOAD)
    if after == 0:
        feedback.cancel()
    parameters = {"INPUT": str(source), "OUTPUT": str(tmp_path / "out.gpkg")}
    results, ok = algorithm.run(parameters, QgsProcessingContext(), feedback)
    if not feedback.isCanceled():
        assert results["ROWS_READ"] == 7
        return
    assert ok
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {"reports.csv"} if not results else {"out.gpkg", "out_report.html"} <= left


def test_a_sheet_of_a_workbook(tmp_path: Path, qgis_app: object) -> None:
    book = Workbook()
    for title, rows in (("old", REPORTS[:2]), ("new", REPORTS)):
        sheet = book.create_sheet(title)
        for row in (HEADER.strip().split(","), *rows):
            sheet.append(row)
    book.save(tmp_path / "reports.xlsx")
    given = {"SHEET": "old"}, {"SHEET": "#3"}, {}
    rows = [load(str(tmp_path / "reports.xlsx"), tmp_path / f"{i}.gpkg", **more)["ROWS_READ"]
            for i, more in enumerate(given)]
    assert rows == [2, 7, 7]


def test_layers_of_points_are_read(source: Path, tmp_path: Path) -> None:
    """As QGIS names them, too."""
    layer = QgsVectorLayer(f"{source.as_uri()}?xField=lon&yField=lat&crs=EPSG:4326", "cases", "delimitedtext")
    options = QgsVectorFileWriter.SaveVectorOptions()
    options.layerName = "cases"
    points = tmp_path / "points.gpkg"
    QgsVectorFileWriter.writeAsVectorFormatV3(layer, str(points), layer.transformContext(), options)
    plain = load(str(source), tmp_path / "plain.gpkg")
    for number, given in enumerate((str(points), f"{points}|layername=cases")):
        result = load([given], tmp_path / f"{number}.gpkg")
        assert {name: result[name] for name in ("ROWS_READ", "STATES", "FIRST", "LAST")} == {
            name: plain[name] for name in ("ROWS_READ", "STATES", "FIRST", "LAST")}
    with pytest.raises(QgsProcessingException, match="open it"):
        load(str(tmp_path / "plain.gpkg"), tmp_path / "again.gpkg")


def test_columns_are_parsed_or_refused() -> None:
    assert parse_columns("") == {}
    assert parse_columns("time=updated at; confirmed=a=b;") == {"time": "updated at", "confirmed": "a=b"}
    assert parse_columns("lat=#3; active=") == {"lat": "#3", "active": ""}
    for text in ("time", "=x", "= "):
        with pytest.raises(AtlasError, match="role=header"):
            parse_columns(text)


@pytest.mark.parametrize(("parameters", "words"), [
    ({"CRS": "EPSG:999999"}, "no known coordinate reference system"),
    ({"COLUMNS": "confirmed=a;confirmed=b"}, "twice"),
])
def test_parameters_that_mean_nothing_are_refused(
    source: Path, tmp_path: Path, parameters: dict[str, Any], words: str
) -> None:
    with pytest.raises(QgsProcessingException, match=words):
        load([str(source)], tmp_path / "data.gpkg", **parameters)


def test_a_report_that_cannot_be_written_loses_no_dataset(source: Path, tmp_path: Path) -> None:
    (tmp_path / "data_report.html").mkdir()
    result = load([str(source)], tmp_path / "data.gpkg")
    assert result["REPORT"] == "" and (tmp_path / "data.gpkg").is_file()
