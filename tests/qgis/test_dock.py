"""The dock on a real layer: what is chosen in it is what the map draws, and what pandas says."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import FrozenInstanceError
from pathlib import Path

import dock_dataset as data
import numpy as np
import pandas as pd
import pytest
from dock_hands import (
    BOX,
    CHECKED,
    UNCHECKED,
    choose,
    drawn_sum,
    names_below,
    plain,
    row_of,
    shown_curve,
    state_of,
)
from dock_stage import DockStage, drawn_rows
from outbreak_atlas.plugin.bridge.dataset_session import DatasetSession
from outbreak_atlas.plugin.bridge.heat import levels_of
from outbreak_atlas.plugin.core.filters import FilterState, drawn_column, selected
from outbreak_atlas.plugin.store.moments import moments_of
from outbreak_atlas.ui.area_model import COUNT, NAME
from qgis.core import (
    QgsGraduatedSymbolRenderer,
    QgsHeatmapRenderer,
    QgsLayerTreeModel,
    QgsProject,
    QgsSingleSymbolRenderer,
    QgsVectorLayer,
)
from qgis.gui import QgsCheckableComboBox, QgsDockWidget
from qgis.PyQt.QtCore import QModelIndex, Qt
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import (
    QComboBox,
    QDateTimeEdit,
    QDoubleSpinBox,
    QLabel,
    QLineEdit,
    QPushButton,
    QToolButton,
    QTreeView,
    QWidget,
)
from small_files import run

DAY_20 = data.START + 20 * data.DAY
HUBEI = [place.area for place in data.PLACES if place.province == "Hubei"]


# What scripts call by name


CONTRACT = {
    "datasetCombo": QComboBox, "metricCombo": QComboBox, "fromEdit": QDateTimeEdit, "toEdit": QDateTimeEdit,
    "citySearch": QLineEdit, "cityTree": QTreeView, "kindCombo": QgsCheckableComboBox, "minimumSpin": QDoubleSpinBox,
    "epiCurve": QWidget, "totalLabel": QLabel, "frameLabel": QLabel, "playButton": QToolButton,
    "stepCombo": QComboBox, "resetButton": QPushButton,
}


def test_names_of_the_contract(dock_stage: DockStage) -> None:
    dock = dock_stage.window.findChild(QgsDockWidget, "OutbreakAtlasDock")
    assert dock is dock_stage.dock
    for name, kind in CONTRACT.items():
        (found,) = dock.findChildren(QWidget, name)
        assert isinstance(found, kind), name


def test_the_stage_shows_what_was_loaded(dock_stage: DockStage, dock_layer: QgsVectorLayer) -> None:
    dock = dock_stage.dock
    assert dock.datasetCombo.currentData() == dock_layer.id()
    assert [dock.metricCombo.itemData(at) for at in range(dock.metricCombo.count())] == [
        "confirmed", "new_confirmed", "deaths", "new_deaths"]
    assert dock.fromEdit.text() == "2020-02-03" and dock.toEdit.text() == "2020-03-13"
    assert dock.stepCombo.currentData() == "day"
    assert "Asia/Shanghai" in dock.zoneLabel.text() and dock.zoneLabel.isVisibleTo(dock)
    assert dock.frameLabel.text().startswith("2020-02-03")


# One frozen state


def test_the_state_is_frozen_and_selects_the_layer_s_rows(dock_stage: DockStage, dock_layer: QgsVectorLayer) -> None:
    dock = dock_stage.dock
    dock.kindCombo.setCheckedItems(["hotel", "hospital"])
    dock.minimumSpin.setValue(50)
    dock.flaggedCheck.setChecked(True)
    dock.cityTree.model().setData(row_of(dock_stage, "Zhejiang"), UNCHECKED, BOX)
    dock.epiCurve.range_chosen.emit(data.START + 5 * data.DAY, data.START + 30 * data.DAY)
    dock_stage.settle()
    state = state_of(dock_stage)
    with pytest.raises(FrozenInstanceError):
        state.metric = "deaths"
    assert state == FilterState(
        "confirmed", begin_ms=data.START + 5 * data.DAY, end_ms=data.START + 30 * data.DAY,
        areas=frozenset([*HUBEI, ("Jiangsu", "Tongshan")]), kinds=frozenset(["hotel", "hospital"]), minimum=50.0,
        hide_flagged=True)
    shown = {row.id() for row in dock_layer.getFeatures()}
    dock_layer.setSubsetString("")
    table = _table(dock_layer)
    assert shown == set(table.index[selected(state, dock_stage.session.shape, table)])
    assert 0 < len(shown) < len(table)


def _table(layer: QgsVectorLayer) -> pd.DataFrame:
    """All rows of the file; `shown_to` is the end of the interval, 1 ms after what is written."""
    names = layer.fields().names()
    table = pd.DataFrame([[_or_none(value) for value in row.attributes()] for row in layer.getFeatures()],
                         columns=names).set_index("fid")
    for name, by in (("shown_from", 0), ("shown_to", 1)):
        texts = [moment.toString("yyyy-MM-ddTHH:mm:ss.zzzZ") for moment in table[name]]
        table[name] = moments_of(np.array(texts, object)) + by
    return table.astype({"confirmed": float, "deaths": float})


def _or_none(value: object) -> object:
    return None if value is None or getattr(value, "isNull", lambda: False)() else value


@pytest.fixture
def applied(monkeypatch: pytest.MonkeyPatch) -> list[FilterState]:
    """Every state that is applied from now on."""
    states: list[FilterState] = []
    before = DatasetSession.apply

    def apply(session: DatasetSession, state: FilterState) -> None:
        states.append(state)
        before(session, state)

    monkeypatch.setattr(DatasetSession, "apply", apply)
    return states


def test_several_edits_are_one_state(
    dock_stage: DockStage, dock_layer: QgsVectorLayer, applied: list[FilterState]
) -> None:
    dock = dock_stage.dock
    applied.clear()
    filtered: list[str] = []
    dock_layer.subsetStringChanged.connect(lambda: filtered.append(dock_layer.subsetString()))
    dock.minimumSpin.setValue(10)
    dock.minimumSpin.setValue(20)
    dock.flaggedCheck.setChecked(True)
    dock.kindCombo.setCheckedItems(["hotel", "station"])
    dock.metricCombo.setCurrentIndex(dock.metricCombo.findData("new_confirmed"))
    dock.fromEdit.setDate(dock.fromEdit.date().addDays(3))
    dock.cityTree.model().setData(row_of(dock_stage, "Hubei", "Wuhan"), UNCHECKED, BOX)
    assert applied == [], "the dock waits until the edits are over"
    dock_stage.settle()
    assert len(applied) == len(filtered) == 1
    assert applied[0].minimum == 20 and applied[0].new and applied[0].kinds == {"hotel", "station"}


# What is chosen


def test_metrics_are_found_by_data_and_by_text(dock_stage: DockStage, dock_layer: QgsVectorLayer) -> None:
    combo = dock_stage.dock.metricCombo
    choose(dock_stage, "new_confirmed")
    assert (state_of(dock_stage).metric, state_of(dock_stage).new) == ("confirmed", True)
    combo.setCurrentIndex(combo.findText("deaths"))
    dock_stage.settle()
    assert (state_of(dock_stage).metric, state_of(dock_stage).new) == ("deaths", False)
    combo.setCurrentText("new deaths")
    dock_stage.settle()
    assert (state_of(dock_stage).metric, state_of(dock_stage).new) == ("deaths", True)


@pytest.mark.parametrize("value", [UNCHECKED, int(getattr(UNCHECKED, "value", UNCHECKED))])
def test_a_box_of_the_tree_unticked(dock_stage: DockStage, dock_layer: QgsVectorLayer, value: object) -> None:
    model = dock_stage.dock.cityTree.model()
    assert model.setData(row_of(dock_stage, "Hubei"), value, BOX)
    dock_stage.settle()
    rest = {place.area for place in data.PLACES} - set(HUBEI)
    assert state_of(dock_stage).areas == rest
    assert {row["city"] for row in dock_layer.getFeatures()} == {"Tongshan", "Wenzhou", "Hangzhou", "Ningbo"}
    assert {row["province"] for row in dock_layer.getFeatures()} == {"Jiangsu", "Zhejiang"}
    model.setData(row_of(dock_stage, "Hubei", "Tongshan"), CHECKED, BOX)
    dock_stage.settle()
    assert state_of(dock_stage).areas == rest | {("Hubei", "Tongshan")}
    model.setData(row_of(dock_stage, "Hubei"), CHECKED, BOX)
    dock_stage.settle()
    assert state_of(dock_stage).areas is None and dock_layer.subsetString() == ""


def test_kinds_are_ticked_by_scripts_keys_and_mouse(dock_stage: DockStage, dock_layer: QgsVectorLayer) -> None:
    combo = dock_stage.dock.kindCombo
    texts = [combo.itemText(at) for at in range(combo.count())]
    assert texts == ["(no kind)", "hospital", "hotel", "station"] and combo.lineEdit().text() == "all kinds"
    combo.setCheckedItems(["hotel", "station"])
    dock_stage.settle()
    assert state_of(dock_stage).kinds == {"hotel", "station"}
    assert {row["kind"] for row in dock_layer.getFeatures()} == {"hotel", "station"}
    combo.setCurrentIndex(combo.findText("hospital"))
    dock_stage.settle()
    assert state_of(dock_stage).kinds == {"hospital"} and combo.checkedItems() == ["hospital"]
    combo.deselectAllOptions()
    dock_stage.settle()
    assert state_of(dock_stage).kinds is None and combo.lineEdit().text() == "all kinds"
    combo.setItemCheckState(0, CHECKED)
    dock_stage.settle()
    assert state_of(dock_stage).kinds == {""}
    QTest.keyClick(combo, Qt.Key.Key_Down)
    dock_stage.settle()
    assert state_of(dock_stage).kinds == {""} and combo.lineEdit().text() == "(no kind)", "an arrow ticks nothing"
    combo.showPopup()
    QTest.keyClick(combo.view(), Qt.Key.Key_Down)
    QTest.keyClick(combo.view(), Qt.Key.Key_Space)
    dock_stage.settle()
    assert len(state_of(dock_stage).kinds) == 2, "Space ticks"
    combo.hidePopup()


def test_minimum_flags_and_reset(dock_stage: DockStage, dock_layer: QgsVectorLayer) -> None:
    dock, everything = dock_stage.dock, dock_layer.featureCount()
    dock_stage.go_to(DAY_20)
    dock.minimumSpin.setValue(250)
    dock_stage.settle()
    assert min(row["confirmed"] for row in dock_layer.getFeatures()) >= 250
    last = data.counts()["confirmed"].loc[DAY_20]
    assert plain(dock_stage).startswith(f"2020-02-23 24:00 Asia/Shanghai: {last[last >= 250].sum():,.0f} confirmed")
    dock.flaggedCheck.setChecked(True)
    dock_stage.settle()
    assert {row["flags"] or "" for row in dock_layer.getFeatures()} == {""}
    choose(dock_stage, "new_deaths")
    dock.heatButton.setChecked(True)
    dock.epiCurve.range_chosen.emit(DAY_20, DAY_20 + 7 * data.DAY)
    dock.cityTree.model().setData(row_of(dock_stage, "Hubei"), UNCHECKED, BOX)
    dock_stage.settle()
    dock.resetButton.click()
    dock_stage.settle()
    assert state_of(dock_stage) == FilterState("confirmed") and not dock_stage.session.heat
    assert dock_layer.subsetString() == "" and dock_layer.featureCount() == everything
    assert (dock.minimumSpin.value(), dock.flaggedCheck.isChecked(), dock.heatButton.isChecked()) == (0, False, False)
    assert dock.metricCombo.currentData() == "confirmed" and dock.fromEdit.text() == "2020-02-03"
    assert row_of(dock_stage, "Hubei").data(BOX) == CHECKED


# The layer stays the user's


def test_the_user_s_own_filter_stands_and_is_put_back(
    project: QgsProject, dock_file: Path
) -> None:
    own = "\"city\" <> 'Wuhan' OR \"kind\" IS NULL"
    with DockStage() as stage:
        layer = stage.open(dock_file)
        assert layer.setSubsetString(own)
        stage.settle()
        stage.go_to(DAY_20)
        rest = data.chosen("confirmed", lambda place: place.city != "Wuhan").loc[DAY_20].sum()
        assert f" {rest:,.0f} confirmed" in plain(stage)
        stage.dock.minimumSpin.setValue(30)
        stage.settle()
        assert layer.subsetString() == f"({own}) AND (\"confirmed\" >= 30)"
        assert {row["city"] for row in layer.getFeatures()}.isdisjoint({"Wuhan"})
    assert layer.subsetString() == own


def test_closing_leaves_the_layer_as_it_was_loaded(project: QgsProject, dock_file: Path) -> None:
    with DockStage() as stage:
        layer = stage.open(dock_file)
        before = _look(layer)
        choose(stage, "new_deaths")
        stage.dock.flaggedCheck.setChecked(True)
        stage.settle()
        assert all(one != two for one, two in zip(_look(layer)[:3], before[:3]))
    assert _look(layer)[1:] == before[1:]
    assert layer.renderer().classAttribute().strip('"') == "confirmed", "the style suits the time that is shown"


def test_a_layer_in_edit_mode_is_left_alone(dock_stage: DockStage, dock_layer: QgsVectorLayer) -> None:
    dock = dock_stage.dock
    dock.kindCombo.setCheckedItems(["hotel"])
    dock_stage.settle()
    held, subset, renderer = state_of(dock_stage), dock_layer.subsetString(), dock_layer.renderer()
    assert dock_layer.startEditing()
    dock.kindCombo.setCheckedItems(["station"])
    dock.minimumSpin.setValue(100)
    dock.cityTree.model().setData(row_of(dock_stage, "Hubei"), UNCHECKED, BOX)
    dock.epiCurve.range_chosen.emit(DAY_20, DAY_20 + data.DAY)
    choose(dock_stage, "deaths")
    (message,) = dock_stage.bar.items()
    assert "“data” is in edit mode: save or discard its edits first" in message.text()
    assert state_of(dock_stage) == held and dock_layer.subsetString() == subset and dock_layer.isEditable()
    assert dock_layer.renderer() is renderer
    assert dock.metricCombo.currentData() == "confirmed" and dock.kindCombo.checkedItems() == ["hotel"]
    assert dock.minimumSpin.value() == 0 and row_of(dock_stage, "Hubei").data(BOX) == CHECKED
    assert dock.fromEdit.text() == "2020-02-03" and not dock.epiCurve.has_range
    assert dock_layer.rollBack()
    choose(dock_stage, "deaths")
    assert state_of(dock_stage).metric == "deaths" and state_of(dock_stage).kinds == {"hotel"}


def test_opening_changes_neither_layer_nor_project(dock_stage: DockStage, dock_file: Path, tmp_path: Path) -> None:
    stage, project = dock_stage, dock_stage.project
    stage.dock.setUserVisible(False)
    layer = _plain_layer(project, dock_file)
    layer.setSubsetString("\"kind\" = 'hotel'")
    stage.settle()
    assert project.write(str(tmp_path / "own.qgz"))
    stage.settle()
    before = _look(layer)
    assert not project.isDirty() and stage.session is None
    stage.dock.setUserVisible(True)
    stage.wait_for(lambda: stage.session is not None)
    stage.settle()
    assert "confirmed" in plain(stage)
    assert _look(layer) == before and not project.isDirty()
    stage.dock.minimumSpin.setValue(30)
    stage.go_to(DAY_20)
    assert _look(layer)[0] == before[0], "a filter leaves the user's style"
    assert layer.subsetString() == "(\"kind\" = 'hotel') AND (\"confirmed\" >= 30)"
    choose(stage, "deaths")
    assert isinstance(layer.renderer(), QgsGraduatedSymbolRenderer), "a metric is drawn when it is chosen"


def _plain_layer(project: QgsProject, path: Path) -> QgsVectorLayer:
    """A dataset's layer with a style of the user's own."""
    from outbreak_atlas.plugin.bridge.layers import add_to_project

    layer = add_to_project(project, path)
    layer.setRenderer(QgsSingleSymbolRenderer.defaultRenderer(layer.geometryType()))
    layer.renderer().setUsingSymbolLevels(True)
    return layer


def _look(layer: QgsVectorLayer) -> tuple[object, ...]:
    properties = layer.temporalProperties()
    return (layer.renderer().dump(), layer.subsetString(), properties.mode(), properties.startField(),
            properties.endField(), properties.accumulateFeatures())


# Metric and heat


def test_symbols_and_legend_follow_the_metric(dock_stage: DockStage, dock_layer: QgsVectorLayer) -> None:
    dock_stage.go_to(DAY_20)
    for metric, column, words in (
        ("deaths", "deaths", "deaths"), ("new_confirmed", "step_new_confirmed", "new confirmed"),
        ("confirmed", "confirmed", "confirmed"),
    ):
        choose(dock_stage, metric)
        renderer = dock_layer.renderer()
        assert isinstance(renderer, QgsGraduatedSymbolRenderer)
        assert renderer.classAttribute().strip('"') == column
        labels = [one.label() for one in renderer.ranges()]
        assert any(words in label for label in labels), labels
        assert _legend(dock_stage.project, dock_layer) == labels


def _legend(project: QgsProject, layer: QgsVectorLayer) -> list[str]:
    root = project.layerTreeRoot()
    model = QgsLayerTreeModel(root)
    nodes = model.layerLegendNodes(root.findLayer(layer.id()))
    return [node.data(Qt.ItemDataRole.DisplayRole) for node in nodes if node.data(BOX) is not None]


@pytest.mark.parametrize("metric", ["confirmed", "new_confirmed"])
def test_class_limits_hold_for_all_frames_and_filters(
    dock_stage: DockStage, dock_layer: QgsVectorLayer, metric: str
) -> None:
    choose(dock_stage, metric)
    limits = _limits(dock_layer)
    column = drawn_column(state_of(dock_stage), dock_stage.session.shape)
    values = [row[column] for row in dock_layer.getFeatures() if isinstance(row[column], (int, float))]
    assert limits[0][0] <= min(values) and limits[-1][1] >= max(values)
    for act in (lambda: dock_stage.go_to(DAY_20), lambda: dock_stage.dock.minimumSpin.setValue(50),
                lambda: dock_stage.tick(("Hubei", "Wuhan")),
                lambda: dock_stage.dock.epiCurve.range_chosen.emit(DAY_20, DAY_20 + data.DAY)):
        act()
        dock_stage.settle()
        assert _limits(dock_layer) == limits


def _limits(layer: QgsVectorLayer) -> list[tuple[float, float]]:
    return [(one.lowerValue(), one.upperValue()) for one in layer.renderer().ranges()]


def test_heat_has_one_maximum_for_all_frames(dock_stage: DockStage, dock_layer: QgsVectorLayer) -> None:
    dock_stage.dock.heatButton.setChecked(True)
    dock_stage.settle()
    renderer = dock_layer.renderer()
    assert isinstance(renderer, QgsHeatmapRenderer) and "confirmed" in renderer.weightExpression()
    maximum, levels = renderer.maximumValue(), levels_of(renderer)
    assert maximum > 0 and levels
    dock_stage.go_to(DAY_20)
    dock_stage.dock.kindCombo.setCheckedItems(["hotel"])
    dock_stage.settle()
    assert dock_layer.renderer().maximumValue() == maximum and levels_of(dock_layer.renderer()) == levels
    choose(dock_stage, "deaths")
    assert "deaths" in dock_layer.renderer().weightExpression() and levels_of(dock_layer.renderer()) != levels
    dock_stage.dock.heatButton.setChecked(False)
    dock_stage.settle()
    assert isinstance(dock_layer.renderer(), QgsGraduatedSymbolRenderer)


# The curve


WHERE: dict[str, tuple[Callable[[DockStage], object], Callable[[data.Place], bool]]] = {
    "all": (lambda stage: None, lambda place: True),
    "a city": (lambda stage: stage.dock.cityTree.model().setData(
        row_of(stage, "Hubei", "Wuhan"), UNCHECKED, BOX), lambda place: place.city != "Wuhan"),
    "kinds": (lambda stage: stage.dock.kindCombo.setCheckedItems(["hotel", "station"]),
              lambda place: place.kind in ("hotel", "station")),
}


@pytest.mark.parametrize("which", WHERE)
def test_the_curve_is_what_pandas_counts(dock_stage: DockStage, dock_layer: QgsVectorLayer, which: str) -> None:
    act, where = WHERE[which]
    act(dock_stage)
    for metric in ("deaths", "confirmed"):
        choose(dock_stage, metric)
        curve = shown_curve(dock_stage)
        table = data.chosen(metric, where)
        np.testing.assert_array_equal(curve.begins, table.index)
        np.testing.assert_array_equal(curve.total, table.sum(axis=1, min_count=1))
        new = data.new(table).sum(axis=1, min_count=1)
        np.testing.assert_array_equal(curve.new, new)
        np.testing.assert_allclose(curve.mean, new.rolling(7, min_periods=1).mean())


def test_gaps_jumps_and_revisions_are_marked(dock_stage: DockStage, dock_layer: QgsVectorLayer) -> None:
    curve, plot = shown_curve(dock_stage), dock_stage.dock.epiCurve.canvas.plot
    assert np.flatnonzero(curve.gap).tolist() == [data.GAP]
    assert np.flatnonzero(curve.jump).tolist() == [data.JUMP]
    assert np.flatnonzero(curve.fallen).tolist() == [data.FALL]
    assert curve.fallen[data.FALL] == -20  # 60 taken back, 40 of the day
    hatched = plot.gaps.get_path().vertices[:, 0]
    assert (hatched.min(), hatched.max()) == (18_295 + data.GAP, 18_296 + data.GAP) and plot.gaps.get_hatch()
    assert plot.jumps.get_xdata().tolist() == [18_295.5 + data.JUMP]
    assert plot.revisions.get_xdata().tolist() == [18_295.5 + data.FALL]
    dock_stage.dock.cityTree.model().setData(row_of(dock_stage, "Hubei", "Wuhan"), UNCHECKED, BOX)
    dock_stage.settle()
    assert len(plot.gaps.get_path().vertices) and not len(plot.jumps.get_xdata()) and not len(
        plot.revisions.get_xdata())


# Cities


def test_the_tree_counts_the_frame_and_sorts_by_it(dock_stage: DockStage, dock_layer: QgsVectorLayer) -> None:
    model = dock_stage.dock.cityTree.model()
    for day in (0, 20, data.DAYS - 1):
        dock_stage.go_to(data.START + day * data.DAY)
        last = data.counts()["confirmed"].iloc[day]
        by_city = {place.area: last[at] for at, place in enumerate(data.PLACES)}
        for province in ("Hubei", "Jiangsu", "Zhejiang"):
            row = row_of(dock_stage, province)
            inside = {area: count for area, count in by_city.items() if area[0] == province}
            assert _count(row) == sum(inside.values())
            assert {city: _count(row_of(dock_stage, *city)) for city in inside} == inside
        assert names_below(dock_stage) == ["Hubei", "Zhejiang", "Jiangsu"]
        assert names_below(dock_stage, row_of(dock_stage, "Hubei")) == ["Wuhan", "Xiaogan", "Huanggang", "Tongshan"]
    model.sort(NAME, Qt.SortOrder.AscendingOrder)
    assert names_below(dock_stage) == ["Hubei", "Jiangsu", "Zhejiang"]
    choose(dock_stage, "deaths")
    assert row_of(dock_stage, "Jiangsu").siblingAtColumn(COUNT).data() == "–", "unknown is not 0"
    choose(dock_stage, "new_confirmed")
    dock_stage.go_to(data.START + data.FALL * data.DAY)
    assert _count(row_of(dock_stage, "Hubei", "Wuhan")) == -20


def _count(row: QModelIndex) -> int:
    return int(row.siblingAtColumn(COUNT).data().replace(",", "").replace("−", "-"))


def test_places_are_listed_where_no_area_is_named(dock_stage: DockStage, tmp_path: Path) -> None:
    reports, output = tmp_path / "places.csv", tmp_path / "places.gpkg"
    reports.write_text(
        "time,place,lon,lat,confirmed\n2020-02-03,Station,114.3,30.6,4\n2020-02-03,Clinic,114.4,30.6,7\n"
        "2020-02-05,Station,114.3,30.6,9\n", encoding="utf-8")
    run("loaddataset", INPUT=str(reports), OUTPUT=str(output), LISTING="partial")
    layer = dock_stage.open(output)
    assert names_below(dock_stage) == ["Clinic", "Station"]
    assert not dock_stage.dock.kindCombo.isVisible(), "where there are no kinds, none can be chosen"
    dock_stage.dock.cityTree.model().setData(row_of(dock_stage, "Clinic"), UNCHECKED, BOX)
    dock_stage.settle()
    assert {row["place"] for row in layer.getFeatures()} == {"Station"}
    assert "in 1 of 2 places: 4 confirmed" in plain(dock_stage)


def test_searching_only_this_and_zooming(dock_stage: DockStage, dock_layer: QgsVectorLayer) -> None:
    dock, buttons = dock_stage.dock, dock_stage.controller._areas._actions.by_name
    dock.activateWindow()
    QTest.keyClicks(dock.citySearch, "tong")
    assert names_below(dock_stage) == ["Jiangsu", "Hubei"] or names_below(dock_stage) == ["Hubei", "Jiangsu"]
    assert names_below(dock_stage, row_of(dock_stage, "Hubei")) == ["Tongshan"]
    dock.citySearch.clear()
    dock.cityTree.setCurrentIndex(row_of(dock_stage, "Jiangsu", "Tongshan"))
    buttons["only"].trigger()
    dock_stage.settle()
    assert state_of(dock_stage).areas == {("Jiangsu", "Tongshan")}, "its namesake is another city"
    assert plain(dock_stage).count("in 1 of 8 cities") == 1
    buttons["zoom"].trigger()
    dock_stage.settle()
    assert _holds(dock_stage) == {"Ward 5"}
    buttons["invert"].trigger()
    dock_stage.settle()
    assert len(state_of(dock_stage).areas) == 7
    buttons["none"].trigger()
    dock_stage.settle()
    assert state_of(dock_stage).areas == frozenset() and dock_layer.featureCount() == 0
    buttons["all"].trigger()
    dock_stage.settle()
    assert state_of(dock_stage).areas is None
    dock.cityTree.setCurrentIndex(row_of(dock_stage, "Hubei"))
    buttons["zoom"].trigger()
    dock_stage.settle()
    assert {"Ward 1", "Ward 2", "Ward 3", "Ward 4"} <= _holds(dock_stage) < {place.name for place in data.PLACES}


def _holds(stage: DockStage) -> set[str]:
    """The places within the map's extent."""
    from qgis.core import QgsCoordinateReferenceSystem, QgsCoordinateTransform, QgsPointXY

    settings = stage.canvas.mapSettings()
    to_map = QgsCoordinateTransform(
        QgsCoordinateReferenceSystem("EPSG:4326"), settings.destinationCrs(), stage.project)
    extent = settings.visibleExtent()
    return {place.name for place in data.PLACES
            if place.lon is not None and extent.contains(to_map.transform(QgsPointXY(place.lon, place.lat)))}


# Totals


def test_the_sentence_is_what_is_drawn_and_what_pandas_counts(
    dock_stage: DockStage, dock_layer: QgsVectorLayer
) -> None:
    table, nowhere = data.counts(), len(data.PLACES) - 1
    changes = data.new(table["confirmed"]).sum(axis=1)
    days = (0, data.GAP, data.JUMP, data.SILENT[-1], data.FALL, data.DAYS - 1)
    for day in days:
        dock_stage.go_to(data.START + day * data.DAY)
        last, new = table["confirmed"].iloc[day], changes.iloc[day]
        date = f"{pd.Timestamp(data.START + day * data.DAY, unit='ms'):%Y-%m-%d}"
        said = "no report" if day == data.GAP else f"{'+' if new > 0 else ''}{new:,.0f} new"
        assert plain(dock_stage) == (
            f"{date} 24:00 Asia/Shanghai: {last.sum():,.0f} confirmed ({last.sum() - last[nowhere]:,.0f} on the map, "
            f"{last[nowhere]:,.0f} without a location), {said}; "
            f"deaths {table['deaths'].iloc[day].sum():,.0f} from 2 of 8 places")
        assert drawn_sum(dock_stage, dock_layer) == last.sum()
    choose(dock_stage, "new_confirmed")
    for day in days:
        dock_stage.go_to(data.START + day * data.DAY)
        assert drawn_sum(dock_stage, dock_layer) == changes.iloc[day]


@pytest.mark.shared_data
def test_the_main_dataset(project: QgsProject, shared_data: Path, tmp_path: Path) -> None:
    source = shared_data / "cn_city_updates" / "toutiao_city_changes.csv.gz"
    run("loaddataset", INPUT=[str(source)], OUTPUT=str(tmp_path / "main.gpkg"), DATUM="GCJ02")
    with DockStage() as stage:
        layer = stage.open(tmp_path / "main.gpkg")
        stage.go_to(18_305 * data.DAY)  # 2020-02-13
        rows = drawn_rows(layer, stage.canvas)
        located = sum(row["confirmed"] for row in rows if row.hasGeometry())
        assert f" {drawn_sum(stage, layer):,.0f} confirmed ({located:,.0f} on the map" in plain(stage)
        assert plain(stage).startswith("2020-02-13 24:00 Asia/Shanghai: ")
        hubei = next(name for name in names_below(stage) if name.startswith("湖北"))
        inside = sum(row["confirmed"] for row in rows if row["province"] == hubei)
        assert _count(row_of(stage, hubei)) == inside and names_below(stage)[0] == hubei
        QTest.keyClicks(stage.dock.citySearch, "wh")
        assert stage.dock.cityTree.currentIndex().data().startswith("武汉")
