"""A finished dataset in a project: order of layers, view, time, name, and what a saved project opens with."""
from __future__ import annotations

from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath
from typing import Any

import pytest
from outbreak_atlas.plugin.bridge import layers
from outbreak_atlas.plugin.bridge.layers import (
    GROUP,
    add_to_project,
    dataset_of,
    dress_newcomers,
    is_dataset,
    layers_of,
    path_of_layer_string,
)
from outbreak_atlas.plugin.bridge.opening import name_of
from outbreak_atlas.plugin.core.errors import AtlasError
from qgis.core import (
    Qgis,
    QgsCoordinateReferenceSystem,
    QgsGraduatedSymbolRenderer,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProject,
    QgsRectangle,
    QgsVectorFileWriter,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QDateTime, Qt
from small_files import REPORTS, write_reports


def load(source: Path, output: Path, **more: Any) -> Path:
    import processing  # found once QGIS has started

    processing.run("outbreakatlas:loaddataset", {"INPUT": str(source), "OUTPUT": str(output), **more})
    return output


@pytest.fixture
def dataset(tmp_path: Path, qgis_app: object) -> Path:
    return load(write_reports(tmp_path / "reports.csv"), tmp_path / "data.gpkg")


def names(project: QgsProject) -> list[str]:
    return [node.name() for node in project.layerTreeRoot().findLayers()]


def assert_plays(layer: QgsVectorLayer) -> None:
    time = layer.temporalProperties()
    assert time.isActive()
    assert (time.startField(), time.endField()) == ("shown_from", "shown_to")
    assert time.limitMode() == Qgis.VectorTemporalLimitMode.IncludeBeginExcludeEnd


def test_an_empty_project_becomes_a_map(dataset: Path, project: QgsProject) -> None:
    layer = add_to_project(project, dataset)
    assert names(project) == ["data", "World map"]
    assert [group.name() for group in project.layerTreeRoot().findGroups()] == [GROUP]
    assert project.layerTreeRoot().children()[0].name() == GROUP
    assert project.crs().authid() == "EPSG:3857"
    assert isinstance(layer.renderer(), QgsGraduatedSymbolRenderer)
    assert_plays(layer)
    view = project.viewSettings().defaultViewExtent()
    assert view.contains(QgsRectangle(12_724_000, 3_562_000, 12_786_000, 3_580_000))


def test_the_project_s_time_is_the_dataset_s(dataset: Path, project: QgsProject) -> None:
    add_to_project(project, dataset)
    time = project.timeSettings()
    begin, end = (moment.toUTC().toString(Qt.DateFormat.ISODate) for moment in (
        time.temporalRange().begin(), time.temporalRange().end()))
    assert (begin, end) == ("2020-02-03T00:00:00Z", "2020-02-07T00:00:00Z")
    assert (time.timeStep(), time.timeStepUnit()) == (1.0, Qgis.TemporalUnit.Days)


def test_a_project_with_a_map_keeps_its_view_and_crs(dataset: Path, project: QgsProject) -> None:
    own = QgsVectorLayer("Polygon?crs=EPSG:25832", "own map", "memory")
    project.addMapLayer(own)
    project.setCrs(QgsCoordinateReferenceSystem("EPSG:25832"))
    add_to_project(project, dataset)
    assert names(project) == ["data", "own map"]
    assert project.crs().authid() == "EPSG:25832"
    assert project.viewSettings().defaultViewExtent().isNull()


def test_a_second_dataset_joins_the_group_above_the_first(
    dataset: Path, tmp_path: Path, project: QgsProject
) -> None:
    add_to_project(project, dataset)
    second = load(write_reports(tmp_path / "more.csv"), tmp_path / "second.gpkg")
    add_to_project(project, second)
    assert names(project) == ["second", "data", "World map"]
    assert len(project.layerTreeRoot().findGroups()) == 1


def test_a_saved_project_opens_playing(dataset: Path, tmp_path: Path, project: QgsProject) -> None:
    add_to_project(project, dataset)
    assert project.write(str(tmp_path / "saved.qgz"))
    project.clear()
    assert project.read(str(tmp_path / "saved.qgz"))
    layer = layers_of(project, dataset)[0]
    assert_plays(layer)
    assert project.readNumEntry("TemporalControllerWidget", "/NavigationMode")[0] == 1
    start = project.readEntry("TemporalControllerWidget", "/StartDateTime")[0]
    assert QDateTime.fromString(start, Qt.DateFormat.ISODateWithMs).toUTC().toString("yyyy-MM-dd HH:mm") == (
        "2020-02-03 00:00")
    assert layer.mapTipTemplate()


def test_levels_are_not_counted_twice(tmp_path: Path, project: QgsProject) -> None:
    rows = [(*row, "city") for row in REPORTS]
    total = ("2020-02-06T08:00:00+08:00", "", "Hubei", "112.9", "31.0", "222", "6", "province")
    header = "time,city,province,lon,lat,confirmed,deaths,level\n"
    source = tmp_path / "levels.csv"
    source.write_text(header + "".join(",".join(row) + "\n" for row in (*rows, total)), encoding="utf-8")
    layer = add_to_project(project, load(source, tmp_path / "levels.gpkg"))
    assert layer.subsetString() == "\"level\" = 'city'"
    assert {one["level"] for one in layer.getFeatures()} == {"city"}


def test_a_filter_of_the_user_s_is_kept(tmp_path: Path, project: QgsProject) -> None:
    header = "time,city,province,lon,lat,confirmed,deaths,level\n"
    rows = [(*row, "city") for row in REPORTS]
    rows += [("2020-02-06T08:00:00+08:00", "", "Hubei", "112.9", "31.0", "222", "6", "province")]
    (tmp_path / "levels.csv").write_text(header + "".join(",".join(row) + "\n" for row in rows), encoding="utf-8")
    dataset = load(tmp_path / "levels.csv", tmp_path / "levels.gpkg")
    project.layersAdded.connect(dress_newcomers)
    try:
        own = QgsVectorLayer(f"{dataset}|layername=updates|subset=\"level\" = 'province'", "own", "ogr")
        plain = QgsVectorLayer(f"{dataset}|layername=updates", "plain", "ogr")
        project.addMapLayers([own, plain])
    finally:
        project.layersAdded.disconnect(dress_newcomers)
    assert own.subsetString() == "\"level\" = 'province'"
    assert plain.subsetString() == "\"level\" = 'city'"
    assert_plays(own)


def test_the_geopackages_of_others_are_left_alone(tmp_path: Path, project: QgsProject) -> None:
    """They are not even read as one of ours would be: that takes long where pandas was not used before."""
    path = tmp_path / "theirs.gpkg"
    options = QgsVectorFileWriter.SaveVectorOptions()
    options.layerName = "updates"
    memory = QgsVectorLayer("Point?crs=EPSG:4326&field=shown_from:datetime", "theirs", "memory")
    QgsVectorFileWriter.writeAsVectorFormatV3(memory, str(path), project.transformContext(), options)
    layer = QgsVectorLayer(f"{path}|layername=updates", "theirs", "ogr")
    assert layer.isValid()
    read = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(layers, "read_description", read.append)
        dress_newcomers([layer])
    assert read == [] and layer.name() == "theirs" and not layer.customPropertyKeys()


def test_names_are_found_again(dataset: Path, project: QgsProject) -> None:
    layer = add_to_project(project, dataset)
    assert dataset_of(layer) == dataset
    assert path_of_layer_string(layer.source()) == dataset
    assert is_dataset(dataset)
    assert "reports.csv" in layer.metadata().abstract()


def test_what_is_no_dataset_of_ours_is_refused(tmp_path: Path, dataset: Path, qgis_app: object) -> None:
    for bad in (tmp_path / "reports.csv", tmp_path / "nowhere.gpkg"):
        assert not is_dataset(bad)
    (tmp_path / "fake.gpkg").write_bytes(b"SQLite format 3\0 but no more")
    assert not is_dataset(tmp_path / "fake.gpkg")
    for layer in (QgsVectorLayer(f"{dataset}|layername=findings", "findings", "ogr"), None):
        with pytest.raises(AtlasError):
            dataset_of(layer)


@pytest.mark.parametrize("written", ["{folder}/loaded.gpkg", "{folder}//./loaded.gpkg", "loaded.gpkg"])
def test_processing_opens_the_result_as_the_plugin_does(
    tmp_path: Path, project: QgsProject, monkeypatch: pytest.MonkeyPatch, written: str
) -> None:
    import processing  # found once QGIS has started

    monkeypatch.chdir(tmp_path)
    source, output = write_reports(tmp_path / "reports.csv"), tmp_path / "loaded.gpkg"
    context, feedback = QgsProcessingContext(), QgsProcessingFeedback()
    context.setProject(project)
    processing.runAndLoadResults(
        "outbreakatlas:loaddataset", {"INPUT": str(source), "OUTPUT": written.format(folder=tmp_path)},
        feedback, context)
    layer = next(one for one in layers_of(project, output))
    assert layer.source().endswith("|layername=updates")
    assert_plays(layer)
    assert "World map" in names(project)
    assert project.layerTreeRoot().findLayer(layer.id()).parent().name() == GROUP
    assert project.crs().authid() == "EPSG:3857"


@pytest.mark.parametrize(("path", "name"), [
    (PurePosixPath("/tmp/q/o.gpkg"), "/tmp//q/o.gpkg"), (PurePosixPath("o.gpkg"), "./o.gpkg"),
    (PureWindowsPath("C:\\q\\o.gpkg"), "C:/q/o.gpkg"), (PureWindowsPath("C:/q/o.gpkg"), "c:\\q\\O.gpkg"),
    (PureWindowsPath("//server/share/o.gpkg"), "\\\\server\\share\\o.gpkg"),
])
def test_a_path_is_known_however_it_is_written(path: PurePath, name: str) -> None:
    assert name_of(path, ["/tmp/q/other.gpkg", "TEMPORARY_OUTPUT", name]) == name
    assert name_of(path, ["/tmp/q/other.gpkg", f"{name}|layername=x", ""]) is None


def test_one_point_can_be_looked_at(tmp_path: Path, project: QgsProject) -> None:
    add_to_project(project, load(write_reports(tmp_path / "one.csv", REPORTS[:1]), tmp_path / "one.gpkg"))
    assert project.viewSettings().defaultViewExtent().width() > 0


def test_a_dataset_that_is_dragged_in_plays_too(dataset: Path, tmp_path: Path, project: QgsProject) -> None:
    project.layersAdded.connect(dress_newcomers)
    try:
        layer = QgsVectorLayer(f"{dataset}|layername=updates", "dragged", "ogr")
        assert not layer.temporalProperties().isActive(), "QGIS keeps the stored time by now: dressing is not needed"
        other = QgsVectorLayer(f"{dataset}|layername=findings", "findings", "ogr")
        project.addMapLayers([layer, other])
        assert_plays(layer)
        assert other.name() == "findings"
        layer.temporalProperties().setIsActive(False)
        path = tmp_path / "project.qgz"
        assert project.write(str(path)) and project.read(str(path))
        again = next(one for one in project.mapLayers().values() if one.name() == dataset.stem)
        assert not again.temporalProperties().isActive(), "what the user switched off stays off"
    finally:
        project.layersAdded.disconnect(dress_newcomers)
