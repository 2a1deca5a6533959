"""Status at a moment, and the change of the playback step, on a small dataset."""
from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from outbreak_atlas.plugin.bridge.description import read_description
from outbreak_atlas.plugin.bridge.layers import add_to_project, layer_string
from qgis.core import (
    NULL,
    QgsDateTimeRange,
    QgsFeatureRequest,
    QgsProcessingException,
    QgsProject,
    QgsVectorLayer,
    QgsVectorLayerTemporalContext,
)
from qgis.PyQt.QtCore import QDate, QDateTime, Qt, QTime
from small_files import run, write_reports


@pytest.fixture
def dataset(tmp_path: Path, qgis_app: object) -> Path:
    output = tmp_path / "data.gpkg"
    run("loaddataset", INPUT=str(write_reports(tmp_path / "reports.csv")), OUTPUT=str(output), LISTING="partial")
    return output


def status(dataset: Path, at: object) -> dict[str, list[object]]:
    result = run("statusat", INPUT=layer_string(dataset), AT=at, OUTPUT="TEMPORARY_OUTPUT")
    layer = result["OUTPUT"]
    assert layer.featureCount() == result["PLACES"]
    return {one["city"]: [one["confirmed"], one["deaths"], one.hasGeometry()] for one in layer.getFeatures()}


@pytest.mark.parametrize(("at", "wuhan", "huanggang"), [
    ("2020-02-03T08:00", 100, 20), ("2020-02-04T19:59:59", 150, 20), ("2020-02-04T20:00", 180, 20),
    ("2020-02-05T09:30+08:00", 180, 35), ("2020-02-05T01:30Z", 180, 35), ("2020-02-05", 180, 20),
    (QDateTime(QDate(2020, 2, 4), QTime(12, 0), Qt.TimeSpec.LocalTime), 150, 20), ("", 180, 35), (None, 180, 35),
])
def test_the_last_counts_known(dataset: Path, at: object, wuhan: int, huanggang: int) -> None:
    found = status(dataset, at)
    assert (found["Wuhan"][0], found["Huanggang"][0]) == (wuhan, huanggang)


def test_unknown_is_null_and_no_place_is_lost(dataset: Path) -> None:
    found = status(dataset, "2020-02-04T12:00")
    assert found["Huanggang"] == [20, NULL, True]
    assert found["Elsewhere"] == [7, 0, False]


def test_before_the_first_report_nothing_is_known(dataset: Path) -> None:
    assert status(dataset, "2020-02-01") == {}


def test_fields_and_their_types(dataset: Path) -> None:
    layer = run("statusat", INPUT=layer_string(dataset), AT="", OUTPUT="TEMPORARY_OUTPUT")["OUTPUT"]
    names = layer.fields().names()
    assert names[:9] == ["place_id", "place", "kind", "city", "province", "country", "code", "level", "reported_at"]
    assert "confirmed" in names and "deaths" in names
    assert not any(name.startswith("new_") for name in names)
    reported = {one["city"]: one["reported_at"].toString("yyyy-MM-dd HH:mm") for one in layer.getFeatures()}
    assert reported["Huanggang"] == "2020-02-05 09:30"


@pytest.mark.parametrize("at", ["soon", "2020-13-01"])
def test_what_is_no_moment_is_refused(dataset: Path, at: str) -> None:
    with pytest.raises(QgsProcessingException):
        status(dataset, at)


def test_another_layer_is_refused_in_words(qgis_app: object, tmp_path: Path) -> None:
    memory = QgsVectorLayer("Point?crs=EPSG:4326&field=confirmed:int", "other", "memory")
    for name, more in (("statusat", {"OUTPUT": "TEMPORARY_OUTPUT"}), ("setstep", {"STEP": "hour"})):
        with pytest.raises(QgsProcessingException, match="“other” is not the layer “updates”"):
            run(name, INPUT=memory, **more)


def visible(layer: QgsVectorLayer, begin: QDateTime, hours: int) -> list[str]:
    """Cities drawn in a frame, as QGIS's own filter has it."""
    context = QgsVectorLayerTemporalContext()
    context.setLayer(layer)
    moment = QgsDateTimeRange(begin, begin.addSecs(hours * 3600), True, False)
    where = layer.temporalProperties().createFilterString(context, moment)
    return sorted(f"{row['city']} {row['confirmed']:.0f}" for row in layer.getFeatures(
        QgsFeatureRequest().setFilterExpression(where)))


def test_the_step_changes_what_a_frame_shows(dataset: Path, project: QgsProject) -> None:
    layer = add_to_project(project, dataset)
    day = QDateTime(QDate(2020, 2, 4), QTime(0, 0), Qt.TimeSpec.UTC)
    assert visible(layer, day, 24) == ["Elsewhere 7", "Huanggang 20", "Wuhan 180"]
    result = run("setstep", INPUT=layer, STEP="hour")
    assert result["OUTPUT"] == layer_string(dataset)
    assert str(read_description(dataset).period.step) == "hour"
    assert visible(layer, day.addSecs(8 * 3600), 1) == ["Elsewhere 7", "Huanggang 20", "Wuhan 150"]
    assert visible(layer, day.addSecs(20 * 3600), 1) == ["Elsewhere 7", "Huanggang 20", "Wuhan 180"]
    assert project.timeSettings().timeStepUnit().name == "Hours"
    run("setstep", INPUT=layer, STEP="day")
    assert visible(layer, day, 24) == ["Elsewhere 7", "Huanggang 20", "Wuhan 180"]


def test_a_layer_in_edit_mode_is_refused(dataset: Path, project: QgsProject) -> None:
    layer = add_to_project(project, dataset)
    assert layer.startEditing()
    with pytest.raises(QgsProcessingException, match="edit mode"):
        run("setstep", INPUT=layer, STEP="hour")
    layer.rollBack()
    assert str(read_description(dataset).period.step) == "day"


@pytest.mark.slow
def test_from_the_command_line(dataset: Path, tmp_path: Path, repository: Path) -> None:
    """`qgis_process` finds the provider in a profile where the plugin is switched on."""
    program = shutil.which("qgis_process")
    if program is None:
        pytest.skip("qgis_process is not installed")
    profile = _profile(repository, tmp_path / "profile")
    environment = {key: value for key, value in os.environ.items() if key not in ("VIRTUAL_ENV", "PYTHONPATH")}
    environment.update(QGIS_CUSTOM_CONFIG_PATH=str(profile), QT_QPA_PLATFORM="offscreen", TZ="America/New_York")
    output = tmp_path / "then.gpkg"
    done = subprocess.run(
        [program, "run", "outbreakatlas:statusat", f"--INPUT={layer_string(dataset)}", "--AT=2020-02-04T12:00",
         f"--OUTPUT={output}"], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    layer = QgsVectorLayer(str(output), "then", "ogr")
    assert {one["city"]: one["confirmed"] for one in layer.getFeatures()} == {
        "Wuhan": 150, "Huanggang": 20, "Elsewhere": 7}
    loaded = subprocess.run(
        [program, "run", "outbreakatlas:loaddataset", f"--INPUT={tmp_path / 'reports.csv'}", "--STEP=hour",
         "--DATUM=WGS84", f"--OUTPUT={tmp_path / 'again.gpkg'}"],
        env=environment, capture_output=True, text=True, check=False)
    assert loaded.returncode == 0, loaded.stdout + loaded.stderr
    assert "ROWS_READ:\t7" in loaded.stdout
    assert str(read_description(tmp_path / "again.gpkg").period.step) == "hour"


def _profile(repository: Path, folder: Path) -> Path:
    spec = importlib.util.spec_from_file_location("atlas_profile", repository / ".ci" / "profile.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.make_profile(folder)
    return folder


def test_a_status_is_not_written_over_its_own_dataset(dataset: Path) -> None:
    before = dataset.read_bytes()
    with pytest.raises(QgsProcessingException, match="over its own dataset"):
        run("statusat", INPUT=layer_string(dataset), AT="2020-02-05", OUTPUT=str(dataset))
    assert dataset.read_bytes() == before
