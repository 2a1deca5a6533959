"""Named views and the dock's state in a layer, and so in a saved project."""
from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from filter_layers import SHAPE, START_MS, load_dataset
from outbreak_atlas.plugin.bridge.filtering import LayerFilter
from outbreak_atlas.plugin.bridge.layers import add_to_project
from outbreak_atlas.plugin.bridge.views import (
    DockState,
    Extent,
    View,
    extent_of,
    recall_dock,
    rectangle_in,
    remember_dock,
    remove_view,
    rename_view,
    save_view,
    views_of,
)
from outbreak_atlas.plugin.core.filters import FilterState
from outbreak_atlas.plugin.core.schema import MS_PER_DAY
from qgis.core import QgsCoordinateReferenceSystem, QgsProject, QgsRectangle, QgsVectorLayer

WGS84 = QgsCoordinateReferenceSystem("EPSG:4326")
MERCATOR = QgsCoordinateReferenceSystem("EPSG:3857")
STATE = FilterState("deaths", True, START_MS, START_MS + MS_PER_DAY, frozenset([("Hubei", None), ("湖北", "武汉🦠")]),
                    frozenset(["", "酒店"]), 2.5, True)
VIEW = View("Xi'an <b>\"early\"</b> 武汉", STATE, True, Extent(110.0, 29.0, 116.0, 33.0, "EPSG:4326"), START_MS)
PLAIN = View("all", FilterState("confirmed"))
KEYS = ("views", "dock")


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory, qgis_app: object) -> Path:
    return load_dataset(tmp_path_factory.mktemp("views"))


@pytest.fixture
def layer(dataset: Path, project: QgsProject) -> Iterator[QgsVectorLayer]:
    yield add_to_project(project, dataset)


def test_views_are_kept_replaced_renamed_and_removed(layer: QgsVectorLayer, project: QgsProject) -> None:
    assert views_of(layer) == []
    save_view(project, layer, VIEW)
    save_view(project, layer, PLAIN)
    assert views_of(layer) == [PLAIN, VIEW]
    other = View("all", FilterState("deaths"))
    save_view(project, layer, other)
    assert views_of(layer) == [other, VIEW]
    rename_view(project, layer, "all", "everything")
    rename_view(project, layer, "not there", "x")
    assert [view.name for view in views_of(layer)] == ["everything", VIEW.name]
    rename_view(project, layer, "everything", VIEW.name)
    assert views_of(layer) == [View(VIEW.name, FilterState("deaths"))]
    remove_view(project, layer, VIEW.name)
    assert views_of(layer) == []
    assert "outbreak_atlas/views" not in layer.customPropertyKeys()


def test_the_project_is_changed_by_views_that_change(layer: QgsVectorLayer, project: QgsProject) -> None:
    project.setDirty(False)
    save_view(project, layer, VIEW)
    assert project.isDirty()
    project.setDirty(False)
    save_view(project, layer, VIEW)
    remove_view(project, layer, "not there")
    assert not project.isDirty()


def test_the_dock_is_recalled(layer: QgsVectorLayer, project: QgsProject) -> None:
    assert recall_dock(layer) is None
    dock = DockState(STATE, True, START_MS, False)
    remember_dock(layer, dock)
    assert recall_dock(layer) == dock
    remember_dock(layer, DockState(FilterState("confirmed")))
    assert recall_dock(layer) == DockState(FilterState("confirmed"), False, None, True)


@pytest.mark.parametrize("text", [
    "{", "null", "[]", "{}", "3", '"x"', "[1, null, {}, []]", '[{"name": "x"}]', '[{"name": "x", "state": {}}]',
    '[{"name": 3, "state": {"metric": "a"}}]', '{"state": {"metric": 3}}', "[" * 100_000,
])
def test_damaged_and_foreign_text_is_nothing(layer: QgsVectorLayer, text: str) -> None:
    for key in KEYS:
        layer.setCustomProperty(f"outbreak_atlas/{key}", text)
    assert views_of(layer) == []
    assert recall_dock(layer) is None


@pytest.mark.parametrize("value", [3, True, ["x"], {"a": 1}])
def test_foreign_values_are_nothing(layer: QgsVectorLayer, value: object) -> None:
    for key in KEYS:
        layer.setCustomProperty(f"outbreak_atlas/{key}", value)
    assert views_of(layer) == []
    assert recall_dock(layer) is None


def test_what_can_be_read_of_a_damaged_view_stays(layer: QgsVectorLayer) -> None:
    good = {"name": "x", "state": {"metric": "a"}}
    bad = [{**good, "extent": [1, 2, 3, "4", "EPSG:4326"], "position_ms": "now", "heat": "very", "later": 1}, 7,
           {**good, "name": "y", "extent": [1, 2, 3, None, "EPSG:4326"], "position_ms": 12.0},
           {**good, "name": "z", "extent": [1, 2, 3, 10**400, "EPSG:4326"], "position_ms": 10**400}]
    layer.setCustomProperty("outbreak_atlas/views", json.dumps(bad))
    assert views_of(layer) == [
        View("x", FilterState("a")), View("y", FilterState("a"), position_ms=12), View("z", FilterState("a"))]
    layer.setCustomProperty("outbreak_atlas/dock", json.dumps({"state": {"metric": "a"}, "position_ms": True}))
    assert recall_dock(layer) == DockState(FilterState("a"))


def test_views_and_own_filter_go_with_a_project_that_is_moved(
    dataset: Path, project: QgsProject, tmp_path: Path
) -> None:
    (tmp_path / "here").mkdir()
    shutil.copy(dataset, tmp_path / "here" / "data.gpkg")
    layer = add_to_project(project, tmp_path / "here" / "data.gpkg")
    layer.setSubsetString("\"confirmed\" > 3")
    shown = LayerFilter(layer)
    shown.apply(FilterState("confirmed", areas=frozenset([("Hubei", "Wuhan")])), SHAPE)
    save_view(project, layer, VIEW)
    remember_dock(layer, DockState(STATE, False, START_MS))
    assert project.write(str(tmp_path / "here" / "map.qgz"))
    shown.close()
    project.clear()
    (tmp_path / "here").rename(tmp_path / "moved")
    assert project.read(str(tmp_path / "moved" / "map.qgz"))
    (again,) = project.mapLayersByName("data")
    assert again.isValid() and "moved" in again.source()
    assert views_of(again) == [VIEW]
    assert recall_dock(again) == DockState(STATE, False, START_MS)
    shown = LayerFilter(again)
    assert shown.own_subset == "\"confirmed\" > 3"
    shown.close()


def test_views_go_with_a_copy_of_the_layer_and_are_its_own_then(layer: QgsVectorLayer, project: QgsProject) -> None:
    save_view(project, layer, VIEW)
    copy = layer.clone()
    assert views_of(copy) == [VIEW]
    remove_view(project, copy, VIEW.name)
    assert views_of(layer) == [VIEW]


def test_another_style_takes_no_views_away(layer: QgsVectorLayer, project: QgsProject) -> None:
    shown = LayerFilter(layer)
    styles = layer.styleManager()
    styles.addStyleFromLayer("plain")
    save_view(project, layer, VIEW)
    styles.setCurrentStyle("plain")
    remember_dock(layer, DockState(STATE))
    styles.setCurrentStyle(styles.styles()[0])
    layer.loadDefaultStyle()
    shown.close()
    assert json.loads(layer.customProperty("outbreak_atlas/views"))[0]["name"] == VIEW.name
    assert (views_of(layer), recall_dock(layer)) == ([VIEW], DockState(STATE))


def test_an_extent_is_found_again_on_a_map_in_another_crs(project: QgsProject) -> None:
    shown = QgsRectangle(110, 29, 116, 33)
    extent = extent_of(shown, WGS84)
    assert extent == VIEW.extent
    assert rectangle_in(extent, WGS84, project) == shown
    on_mercator = rectangle_in(extent, MERCATOR, project)
    assert on_mercator is not None
    assert on_mercator.xMinimum() == pytest.approx(12_245_143.99, abs=0.01)
    back = rectangle_in(extent_of(on_mercator, MERCATOR), WGS84, project)
    assert back is not None
    corners = (back.xMinimum(), back.yMinimum(), back.xMaximum(), back.yMaximum())
    assert corners == pytest.approx((110, 29, 116, 33), abs=1e-6)


def test_an_extent_in_a_crs_without_an_id(project: QgsProject) -> None:
    own = QgsCoordinateReferenceSystem.fromProj("+proj=laea +lat_0=31 +lon_0=113 +datum=WGS84 +units=m +no_defs")
    extent = extent_of(QgsRectangle(-1e5, -1e5, 1e5, 1e5), own)
    found = rectangle_in(extent, WGS84, project)
    assert found is not None and found.contains(QgsRectangle(112.5, 30.5, 113.5, 31.5))


@pytest.mark.parametrize("extent", [
    Extent(0, 0, 1, 1, "EPSG:999999"), Extent(0, 0, 1, 1, ""), Extent(0, 0, 1, 1, "no such thing"),
    Extent(5e5, 5e5, 5e5, 5e5, "EPSG:3857"), Extent(1e30, 1e30, 1e31, 1e31, "EPSG:32650"),
])
def test_an_extent_that_has_no_place_is_none(project: QgsProject, extent: Extent) -> None:
    assert rectangle_in(extent, WGS84, project) is None
