"""Clusters and heat of what the dock shows: what is counted, where the layers go, and how work ends."""
from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import dock_dataset as data
import numpy as np
import pytest
from dock_hands import choose
from dock_stage import DockStage
from osgeo import gdal
from outbreak_atlas.plugin.bridge.analysis_choices import (
    ClusterChoices,
    HeatChoices,
    cluster_parameters,
    heat_parameters,
    recall_choices,
    remember_choices,
)
from outbreak_atlas.plugin.bridge.layers import GROUP
from outbreak_atlas.ui.cluster_dialog import ClusterDialog
from outbreak_atlas.ui.heat_dialog import HeatDialog
from outbreak_atlas.ui.loading_item import LoadingItem
from qgis.core import (
    Qgis,
    QgsApplication,
    QgsDistanceArea,
    QgsMapLayer,
    QgsPointXY,
    QgsSettings,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QDialogButtonBox, QPushButton
from small_files import run

HOSPITALS, HUBEI = "hospital", "Hubei"
OK = QDialogButtonBox.StandardButton.Ok


@pytest.fixture(autouse=True)
def nothing_remembered(qgis_app: object) -> Iterator[None]:
    QgsSettings().remove("outbreak_atlas/analysis")
    yield
    QgsSettings().remove("outbreak_atlas/analysis")


def day(number: int) -> int:
    return data.START + number * data.DAY


def choose_dates(stage: DockStage, first: int, last: int) -> None:
    stage.controller._dates_chosen((day(first), day(last + 1)))
    stage.settle()


def cluster_dialog(stage: DockStage) -> ClusterDialog:
    stage.dock.clusterButton.click()
    return stage.analysis._dialog


def heat_dialog(stage: DockStage) -> HeatDialog:
    stage.dock.heatmapButton.click()
    return stage.analysis._dialog


def pick(combo: object, value: object) -> None:
    combo.setCurrentIndex(combo.findData(value))


def start_clusters(stage: DockStage, method: str = "dbscan", km: float = 80, least: float = 10) -> None:
    dialog = cluster_dialog(stage)
    pick(dialog.methodCombo, method)
    dialog.distanceSpin.setValue(km)
    dialog.leastSpin.setValue(least)
    dialog.buttonBox.button(OK).click()


def start_heat(stage: DockStage, plays: bool = False, km: float = 30, window: int = 7) -> None:
    dialog = heat_dialog(stage)
    dialog.radiusSpin.setValue(km)
    pick(dialog.playsCombo, plays)
    dialog.windowSpin.setValue(window)
    dialog.buttonBox.button(OK).click()


def wait(stage: DockStage) -> None:
    stage.wait_for(lambda: not len(stage.jobs))
    stage.settle()


def group_layers(stage: DockStage) -> list[QgsMapLayer]:
    return [node.layer() for node in stage.project.layerTreeRoot().findGroup(GROUP).findLayers()]


def added(stage: DockStage, layer: QgsVectorLayer) -> list[QgsMapLayer]:
    return [one for one in group_layers(stage) if one is not layer]


def told(stage: DockStage) -> str:
    return " | ".join(item.text() for item in stage.bar.items())


def clustered(stage: DockStage, layer: QgsVectorLayer) -> float:
    """All cases of the points, in clusters or not."""
    found = [one for one in added(stage, layer) if one.geometryType() == Qgis.GeometryType.Point]
    assert len(found) == 1, told(stage)
    points = found[0]
    return sum(row["cases"] for row in points.getFeatures())


def located(place: data.Place) -> bool:
    return place.lon is not None


def new_in(first: int, last: int, where: Callable[[data.Place], bool] = lambda _place: True, least: float = -np.inf,
           metric: str = "confirmed") -> float:
    """What was new on the map in days, by pandas."""
    changes = data.new(data.chosen(metric, lambda place: located(place) and where(place))).loc[day(first):day(last)]
    return float(changes.where(changes >= least).sum().sum())


# What is counted


def test_new_cases_of_the_dates_are_clustered_whatever_frame_is_shown(
    dock_stage: DockStage, dock_layer: QgsVectorLayer
) -> None:
    choose(dock_stage, "new_confirmed")
    choose_dates(dock_stage, 5, 20)
    dock_stage.go_to(day(7))
    start_clusters(dock_stage)
    wait(dock_stage)
    assert clustered(dock_stage, dock_layer) == new_in(5, 20) > 0
    # The dock's own numbers: what was new in each frame, less what has no location.
    curve = dock_stage.controller._sums.curve
    inside = (curve.begins >= day(5)) & (curve.begins <= day(20))
    nowhere = data.new(data.chosen("confirmed", lambda place: not located(place))).loc[day(5):day(20)].sum().sum()
    assert np.nansum(curve.new[inside]) == new_in(5, 20) + nowhere


@pytest.mark.parametrize("least", [2, 7])
def test_a_minimum_leaves_out_the_same_rows_as_on_the_map(
    dock_stage: DockStage, dock_layer: QgsVectorLayer, least: int
) -> None:
    choose(dock_stage, "new_confirmed")
    choose_dates(dock_stage, 0, 30)
    dock_stage.dock.minimumSpin.setValue(least)
    dock_stage.settle()
    start_clusters(dock_stage)
    wait(dock_stage)
    assert clustered(dock_stage, dock_layer) == new_in(0, 30, least=least) != new_in(0, 30)


def test_places_kinds_and_flags_limit_what_is_counted(dock_stage: DockStage, dock_layer: QgsVectorLayer) -> None:
    dock = dock_stage.dock
    choose(dock_stage, "new_confirmed")
    dock.cityTree.model().check_shown(False)
    for area in ((HUBEI, "Wuhan"), (HUBEI, "Xiaogan"), ("Zhejiang", "Wenzhou"), ("Jiangsu", "Tongshan")):
        dock_stage.tick(area)
    dock.kindCombo.setCheckedItems(["hospital", "hotel"])
    dock_stage.settle()
    start_clusters(dock_stage)
    wait(dock_stage)
    cities = {"Wuhan", "Xiaogan", "Wenzhou"}
    assert clustered(dock_stage, dock_layer) == new_in(0, data.DAYS, lambda place: place.city in cities)
    dock.flaggedCheck.setChecked(True)
    dock_stage.settle()
    rows = [row for row in dock_layer.getFeatures() if row.hasGeometry()]
    drawn = sum(row["step_new_confirmed"] for row in rows if isinstance(row["step_new_confirmed"], (int, float)))
    for old in added(dock_stage, dock_layer):
        dock_stage.project.removeMapLayer(old.id())
    start_clusters(dock_stage)
    wait(dock_stage)
    assert clustered(dock_stage, dock_layer) == drawn < new_in(0, data.DAYS, lambda place: place.city in cities)


def test_a_total_is_that_of_the_end_of_the_dates(dock_stage: DockStage, dock_layer: QgsVectorLayer) -> None:
    choose(dock_stage, "confirmed")
    choose_dates(dock_stage, 5, 22)
    dock_stage.go_to(day(8))
    start_clusters(dock_stage)
    wait(dock_stage)
    assert clustered(dock_stage, dock_layer) == data.chosen("confirmed", located).loc[day(22)].sum()


def test_a_place_that_was_silent_in_the_dates_still_has_its_total(
    dock_stage: DockStage, dock_layer: QgsVectorLayer
) -> None:
    """On the day of the gap nobody reports; the totals of the day before still hold."""
    choose(dock_stage, "confirmed")
    choose_dates(dock_stage, data.GAP, data.GAP)
    start_clusters(dock_stage)
    wait(dock_stage)
    assert clustered(dock_stage, dock_layer) == data.chosen("confirmed", located).loc[day(data.GAP)].sum()


def test_active_cases_have_no_new_column_but_are_counted(dock_stage: DockStage, tmp_path: Path) -> None:
    lines = ["time,city,lon,lat,confirmed,recovered,deaths"]
    for number in range(6):
        for at, lon in enumerate((114.0, 114.1, 114.2)):
            lines.append(f"2020-02-0{number + 3},C{at},{lon},30.5,{10 * (number + 1) + at},{2 * number},{number}")
    layer = load(dock_stage, tmp_path, lines)
    for metric, expected in (("active", sum(60 + at - 10 - 5 for at in range(3))),
                             ("new_active", sum(60 + at - 15 - (40 + at - 9) for at in range(3)))):
        choose(dock_stage, metric)
        dock_stage.controller._dates_chosen((layer_begin(dock_stage) + 4 * data.DAY, None))
        dock_stage.settle()
        start_clusters(dock_stage, km=5, least=1)
        wait(dock_stage)
        assert clustered(dock_stage, layer) == expected
        for old in added(dock_stage, layer):
            dock_stage.project.removeMapLayer(old.id())


def load(stage: DockStage, folder: Path, lines: list[str], **choices: str) -> QgsVectorLayer:
    source, output = folder / "made.csv", folder / "made.gpkg"
    source.write_text("\n".join(lines) + "\n", encoding="utf-8")
    run("loaddataset", INPUT=str(source), OUTPUT=str(output), DATUM="WGS84", TIME_ZONE=data.ZONE, **choices)
    return stage.open(output)


def layer_begin(stage: DockStage) -> int:
    return stage.session.shape.begin_ms


@pytest.mark.parametrize(("metric", "expected"), [("new_cases", 3 * 2), ("cases", 3 * 6)])
def test_events_are_added_up(dock_stage: DockStage, tmp_path: Path, metric: str, expected: int) -> None:
    """Three events a day in two cities, for ten days; of the dates day 5 and 6."""
    lines = ["time,city,lon,lat"]
    for number in range(10):
        for lon in ("114.0", "114.1", "114.1"):
            lines.append(f"2020-02-{number + 3:02d}T08:00,C{lon},{lon},30.5")
    layer = load(dock_stage, tmp_path, lines, COUNTS="events")
    choose(dock_stage, metric)
    begin = layer_begin(dock_stage)
    dock_stage.controller._dates_chosen((begin + 4 * data.DAY, begin + 6 * data.DAY))
    dock_stage.settle()
    start_clusters(dock_stage, km=5, least=1)
    wait(dock_stage)
    assert clustered(dock_stage, layer) == expected
    start_heat(dock_stage, plays=True, km=5, window=1)
    wait(dock_stage)
    heat = next(one for one in added(dock_stage, layer) if one.type() == Qgis.LayerType.Raster)
    assert heat.bandCount() == (2 if metric == "new_cases" else 6)
    masses = [mass(heat, band) for band in range(1, heat.bandCount() + 1)]
    assert masses == pytest.approx([3, 3] if metric == "new_cases" else [3, 6, 9, 12, 15, 18], rel=1e-3)


def test_clusters_in_time_count_the_same(dock_stage: DockStage, dock_layer: QgsVectorLayer) -> None:
    choose(dock_stage, "new_confirmed")
    choose_dates(dock_stage, 5, 20)
    start_clusters(dock_stage, "stdbscan")
    wait(dock_stage)
    assert clustered(dock_stage, dock_layer) == new_in(5, 20)


def test_hierarchical_clusters_need_no_distance(dock_stage: DockStage, dock_layer: QgsVectorLayer) -> None:
    choose(dock_stage, "new_confirmed")
    dialog = cluster_dialog(dock_stage)
    pick(dialog.methodCombo, "hdbscan")
    assert not dialog.distanceSpin.isEnabled() and not dialog.suggestButton.isEnabled()
    dialog.reject()
    start_clusters(dock_stage, "hdbscan")
    wait(dock_stage)
    assert clustered(dock_stage, dock_layer) == new_in(0, data.DAYS)


def test_what_is_chosen_after_the_start_does_not_count(dock_stage: DockStage, dock_layer: QgsVectorLayer) -> None:
    choose(dock_stage, "new_confirmed")
    start_clusters(dock_stage)
    dock_stage.dock.kindCombo.setCheckedItems(["hotel"])
    choose(dock_stage, "deaths")
    dock_stage.controller.apply()
    assert "hotel" in dock_layer.subsetString()
    wait(dock_stage)
    assert clustered(dock_stage, dock_layer) == new_in(0, data.DAYS)


def test_a_choice_made_a_moment_before_counts(dock_stage: DockStage, dock_layer: QgsVectorLayer) -> None:
    choose(dock_stage, "new_confirmed")
    dock_stage.dock.minimumSpin.setValue(1)
    dock_stage.dock.kindCombo.setCheckedItems(["hospital"])  # waits for a moment, as edits that follow each other do
    dialog = cluster_dialog(dock_stage)
    assert "only hospital" in dialog.sentenceLabel.text()
    dialog.buttonBox.button(OK).click()
    wait(dock_stage)
    assert clustered(dock_stage, dock_layer) == new_in(0, data.DAYS, lambda place: place.kind == HOSPITALS, least=1)


# Where the layers go


def test_points_and_outlines_come_above_the_dataset(dock_stage: DockStage, dock_layer: QgsVectorLayer) -> None:
    choose(dock_stage, "new_confirmed")
    start_clusters(dock_stage)
    wait(dock_stage)
    points, outlines, dataset = group_layers(dock_stage)
    assert dataset is dock_layer
    assert points.geometryType() == Qgis.GeometryType.Point
    assert outlines.geometryType() == Qgis.GeometryType.Polygon
    assert all(layer.isTemporary() for layer in (points, outlines))
    for layer in (points, outlines):
        assert layer.name() == layer.metadata().title() and "of new confirmed" in layer.name()
        properties = layer.temporalProperties()
        assert properties.isActive()
        assert properties.mode() == Qgis.VectorTemporalMode.FeatureDateTimeStartAndEndFromFields
        assert layer.renderer().type() == "RuleRenderer"
    found = max(row["cluster_id"] for row in points.getFeatures() if row["cluster_id"])
    assert f"Clusters: {found}, with " in told(dock_stage)
    assert f"{new_in(0, data.DAYS):,.0f} counted" in told(dock_stage)


def test_heat_comes_below_the_dataset(dock_stage: DockStage, dock_layer: QgsVectorLayer) -> None:
    choose(dock_stage, "new_confirmed")
    choose_dates(dock_stage, 5, 20)
    start_heat(dock_stage)
    wait(dock_stage)
    dataset, heat = group_layers(dock_stage)
    assert dataset is dock_layer and heat.type() == Qgis.LayerType.Raster and heat.bandCount() == 1
    assert mass(heat, 1) == pytest.approx(new_in(5, 20), rel=1e-3)
    assert heat.name() == heat.metadata().title() and heat.name().startswith("Heat of new confirmed")
    assert heat.renderer().type() == "singlebandpseudocolor"


def test_a_series_of_heat_plays_over_the_dates(dock_stage: DockStage, dock_layer: QgsVectorLayer) -> None:
    choose(dock_stage, "new_confirmed")
    choose_dates(dock_stage, 5, 20)
    start_heat(dock_stage, plays=True, window=3)
    wait(dock_stage)
    heat = added(dock_stage, dock_layer)[0]
    assert heat.bandCount() == 16
    properties = heat.temporalProperties()
    assert properties.isActive() and properties.mode() == Qgis.RasterTemporalMode.FixedRangePerBand
    ranges = properties.fixedRangePerBand()
    assert ranges[1].begin().toMSecsSinceEpoch() == day(5)
    assert mass(heat, 16) == pytest.approx(new_in(18, 20), rel=1e-3)


def test_a_series_of_a_total_shows_each_day_as_it_was(dock_stage: DockStage, dock_layer: QgsVectorLayer) -> None:
    choose(dock_stage, "confirmed")
    choose_dates(dock_stage, 5, 20)
    dialog = heat_dialog(dock_stage)
    pick(dialog.playsCombo, True)
    assert not dialog.windowSpin.isEnabled()
    dialog.reject()
    start_heat(dock_stage, plays=True)
    wait(dock_stage)
    heat = added(dock_stage, dock_layer)[0]
    totals = data.chosen("confirmed", located)
    assert heat.bandCount() == 16
    for band in (1, 8, 16):
        assert mass(heat, band) == pytest.approx(totals.loc[day(4 + band)].sum(), rel=1e-3)


def mass(layer: QgsMapLayer, band: int) -> float:
    """The sum of a band times the area of a cell in km²."""
    raster = gdal.Open(layer.source())
    _left, width, _, _top, _, height = raster.GetGeoTransform()
    values = np.nan_to_num(raster.GetRasterBand(band).ReadAsArray().astype(float))
    return float(values.sum() * width * -height / 1e6)


def test_results_are_added_though_the_dataset_is_gone(dock_stage: DockStage, dock_layer: QgsVectorLayer) -> None:
    choose(dock_stage, "new_confirmed")
    start_clusters(dock_stage)
    start_heat(dock_stage)
    dock_stage.project.removeMapLayer(dock_layer.id())
    wait(dock_stage)
    kinds = [layer.type() for layer in group_layers(dock_stage)]
    assert kinds == [Qgis.LayerType.Vector, Qgis.LayerType.Vector, Qgis.LayerType.Raster]


def test_two_at_once_each_have_a_bar(dock_stage: DockStage, dock_layer: QgsVectorLayer) -> None:
    choose(dock_stage, "new_confirmed")
    start_clusters(dock_stage)
    start_heat(dock_stage)
    items = [item for item in dock_stage.bar.items() if isinstance(item, LoadingItem)]
    assert len(dock_stage.jobs) == 2 and len(items) == 2
    wait(dock_stage)
    assert len(group_layers(dock_stage)) == 4
    assert not [item for item in dock_stage.bar.items() if isinstance(item, LoadingItem)]
    assert len(dock_stage.bar.items()) == 1


# How work ends


def test_work_is_stopped_by_its_button(dock_stage: DockStage, dock_layer: QgsVectorLayer) -> None:
    choose(dock_stage, "new_confirmed")
    start_clusters(dock_stage)
    folder = only_folder(dock_stage)
    dock_stage.bar.currentItem().findChild(QPushButton, "loadingCancel").click()
    wait(dock_stage)
    assert "Cancelled; no layer was added." in told(dock_stage)
    assert group_layers(dock_stage) == [dock_layer] and not folder.exists()


def only_folder(stage: DockStage) -> Path:
    (folder,) = stage.results._open
    return folder


def test_what_cannot_work_is_said_and_nothing_is_added(dock_stage: DockStage, dock_layer: QgsVectorLayer) -> None:
    choose(dock_stage, "new_confirmed")
    start_clusters(dock_stage, least=999_999)
    folder = only_folder(dock_stage)
    wait(dock_stage)
    assert "MIN_CASES" in told(dock_stage) and group_layers(dock_stage) == [dock_layer]
    assert not folder.exists() and not dock_stage.results._open


def test_unloading_at_work_leaves_nothing(dock_stage: DockStage, dock_layer: QgsVectorLayer) -> None:
    choose(dock_stage, "new_confirmed")
    start_clusters(dock_stage)
    start_heat(dock_stage)
    folders = list(dock_stage.results._open)
    began = time.monotonic()
    dock_stage.analysis.close()
    dock_stage.jobs.cancel_all()
    dock_stage.results.close()
    dock_stage.messages.close()
    assert time.monotonic() - began < 5 and len(folders) == 2
    wait(dock_stage)
    assert not any(folder.exists() for folder in folders)
    assert group_layers(dock_stage) == [dock_layer] and not dock_stage.bar.items()
    assert QgsApplication.taskManager().countActiveTasks() == 0
    dock_stage.analysis = type("Closed", (), {"close": staticmethod(lambda: None)})


# The dialogs


def test_the_buttons_wait_for_a_dataset(dock_stage: DockStage, dock_file: Path) -> None:
    dock = dock_stage.dock
    for button in (dock.clusterButton, dock.heatmapButton):
        assert not button.isEnabled() and "Open a dataset first" in button.toolTip()
    layer = dock_stage.open(dock_file)
    for button in (dock.clusterButton, dock.heatmapButton):
        assert button.isEnabled() and "what I see" in button.toolTip() and not button.icon().isNull()
    dialog = cluster_dialog(dock_stage)
    dock_stage.project.removeMapLayer(layer.id())
    dock_stage.settle()
    assert not dock.clusterButton.isEnabled() and dock_stage.analysis._dialog is None
    assert dialog is not None


def test_a_dataset_without_locations_says_so(dock_stage: DockStage, tmp_path: Path) -> None:
    load(dock_stage, tmp_path, ["time,city,lon,lat,confirmed", "2020-02-03,A,,,3", "2020-02-04,A,,,5"],
         COLUMNS="lon=lon;lat=lat")
    assert not dock_stage.dock.clusterButton.isEnabled()
    assert "location" in dock_stage.dock.clusterButton.toolTip()


def test_enter_runs(dock_stage: DockStage, dock_layer: QgsVectorLayer) -> None:
    choose(dock_stage, "new_confirmed")
    dialog = cluster_dialog(dock_stage)
    QTest.keyClick(dialog.distanceSpin, Qt.Key.Key_Return)
    assert len(dock_stage.jobs) == 1
    wait(dock_stage)
    assert len(group_layers(dock_stage)) == 3


def test_choices_are_remembered(dock_stage: DockStage, dock_layer: QgsVectorLayer) -> None:
    choose(dock_stage, "new_confirmed")
    start_clusters(dock_stage, "stdbscan", 44.5, 25)
    start_heat(dock_stage, True, 12, 5)
    wait(dock_stage)
    dialog = cluster_dialog(dock_stage)
    assert dialog.choices() == ClusterChoices("stdbscan", 44.5, 7.0, 25.0)
    dialog.reject()
    dialog = heat_dialog(dock_stage)
    assert dialog.choices() == HeatChoices(12.0, "quartic", True, 5)
    dialog.reject()
    choose(dock_stage, "confirmed")
    dialog = cluster_dialog(dock_stage)  # a total has no time of its own
    assert dialog.choices().method == "dbscan"
    at = dialog.methodCombo.findData("stdbscan")
    assert "no time" in dialog.methodCombo.itemData(at, Qt.ItemDataRole.ToolTipRole)
    assert not dialog.methodCombo.model().item(at).isEnabled()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"method": 3}', '{"distance_km": "far"}', '{"unknown": 1}'])
def test_choices_that_cannot_be_read_are_as_never_made(qgis_app: object, text: str) -> None:
    QgsSettings().setValue("outbreak_atlas/analysis/ClusterChoices", text)
    assert recall_choices(ClusterChoices()) == ClusterChoices()
    remember_choices(ClusterChoices(days=3))
    assert recall_choices(ClusterChoices()).days == 3


def test_choices_as_parameters() -> None:
    assert cluster_parameters(ClusterChoices("dbscan", 2.5, 3, 7)) == {"EPS": 2500.0, "MIN_CASES": 7}
    assert cluster_parameters(ClusterChoices("hdbscan")) == {"MIN_CASES": 10.0}
    assert cluster_parameters(ClusterChoices("stdbscan", 1, 3))["EPS_TIME_UNIT"] == "days"
    assert heat_parameters(HeatChoices()) == {"KERNEL": "quartic"}
    assert heat_parameters(HeatChoices(4, "uniform", True, 3)) == {"KERNEL": "uniform", "RADIUS": 4000.0, "WINDOW": 3}


def test_the_sentence_says_what_is_counted(dock_stage: DockStage, dock_layer: QgsVectorLayer) -> None:
    def sentence() -> str:
        dialog = cluster_dialog(dock_stage)
        text = str(dialog.sentenceLabel.text())
        dialog.reject()
        return text

    choose(dock_stage, "new_confirmed")
    choose_dates(dock_stage, 5, 20)
    assert sentence() == ("Counted: new confirmed, 2020-02-08 – 2020-02-23. All these dates count, whichever frame the "
                          "map shows. What has no location is left out.")
    dock_stage.dock.cityTree.model().check_shown(False)
    dock_stage.tick((HUBEI, "Wuhan"))
    dock_stage.dock.kindCombo.setCheckedItems(["hospital", "hotel"])
    dock_stage.dock.minimumSpin.setValue(3)
    dock_stage.dock.flaggedCheck.setChecked(True)
    dock_stage.settle()
    assert ("new confirmed, 2020-02-08 – 2020-02-23, in 1 of 8 cities, only hospital and hotel, only where it is at "
            "least 3 in a day, without flagged rows.") in sentence()
    dock_stage.dock.resetButton.click()
    dock_stage.settle()
    choose(dock_stage, "confirmed")
    choose_dates(dock_stage, 5, 20)
    assert "Counted: confirmed as last known at 2020-02-23 24:00. The end of the dates counts" in sentence()
    dock_layer.setSubsetString(f"({dock_layer.subsetString()}) AND \"confirmed\" > 5")
    dock_stage.settle()
    assert "within the layer's own filter" in sentence()


def test_a_distance_is_suggested_in_the_background(dock_stage: DockStage, dock_layer: QgsVectorLayer) -> None:
    choose(dock_stage, "new_confirmed")
    dialog = cluster_dialog(dock_stage)
    dialog.suggestButton.click()
    wait(dock_stage)
    assert "has 10 or more alone" in dialog.statusLabel.text()
    dialog.leastSpin.setValue(200)
    before = dialog.distanceSpin.value()
    dialog.suggestButton.click()
    assert "Stop" in dialog.suggestButton.text()
    wait(dock_stage)
    assert "Suggested" in dialog.statusLabel.text() and "Suggest" in dialog.suggestButton.text()
    assert dialog.distanceSpin.value() != before and dialog.isVisible()
    assert Path(dock_stage.analysis._search._report).exists()
    dialog.suggestButton.click()
    dialog.reject()  # stops it, and nobody is told
    wait(dock_stage)
    assert not dock_stage.bar.items()


def test_the_radius_of_heat_fits_the_map(dock_stage: DockStage, dock_layer: QgsVectorLayer) -> None:
    choose(dock_stage, "new_confirmed")
    middle = dock_stage.canvas.extent().center()
    measure = QgsDistanceArea()
    measure.setSourceCrs(dock_stage.canvas.mapSettings().destinationCrs(), dock_stage.project.transformContext())
    measure.setEllipsoid("WGS84")
    for zoom in (1, 0.01):
        dock_stage.canvas.zoomByFactor(zoom)
        extent = dock_stage.canvas.extent()
        km = measure.measureLine(
            QgsPointXY(extent.xMinimum(), middle.y()), QgsPointXY(extent.xMaximum(), middle.y())) / 1000
        dialog = heat_dialog(dock_stage)
        assert km / 80 < dialog.radiusSpin.value() < km / 20
        assert "fits the map" in dialog.sentenceLabel.text()
        dialog.buttonBox.button(OK).click()  # remembered is that it fits, not how long it was
        dock_stage.jobs.cancel_all()
        wait(dock_stage)
    dialog = heat_dialog(dock_stage)
    dialog.radiusSpin.setValue(0)
    assert dialog.radiusSpin.text() == "automatic (Silverman)" and "fits the map" not in dialog.sentenceLabel.text()
    dialog.reject()


def test_a_distance_larger_than_the_filter_is_not_proposed(dock_stage: DockStage, dock_layer: QgsVectorLayer) -> None:
    remember_choices(ClusterChoices(distance_km=500))
    choose(dock_stage, "new_confirmed")
    assert cluster_dialog(dock_stage).distanceSpin.value() == 500
    dock_stage.dock.cityTree.model().check_shown(False)
    for area in ((HUBEI, "Wuhan"), (HUBEI, "Xiaogan")):
        dock_stage.tick(area)
    dock_stage.settle()
    assert cluster_dialog(dock_stage).distanceSpin.value() == 2
    dock_stage.analysis._dialog.reject()


def test_help_is_that_of_the_method(dock_stage: DockStage, dock_layer: QgsVectorLayer) -> None:
    from qgis.gui import QgsMessageViewer

    dialog = cluster_dialog(dock_stage)
    pick(dialog.methodCombo, "hdbscan")
    dialog.buttonBox.button(QDialogButtonBox.StandardButton.Help).click()
    assert "HDBSCAN" in dialog.findChild(QgsMessageViewer).windowTitle()
    dialog.reject()


