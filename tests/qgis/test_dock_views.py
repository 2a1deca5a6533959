"""The dock and what comes and goes: views, projects, layers, edits, libraries."""
from __future__ import annotations

import shutil
import sys
from pathlib import Path

import dock_dataset as data
import pytest
from dock_hands import BOX, CHECKED, UNCHECKED, choose, drawn_sum, plain, row_of, state_of
from dock_stage import DockStage
from outbreak_atlas.plugin.bridge.date_label import DateLabel
from outbreak_atlas.plugin.bridge.dependencies import how_to_get
from outbreak_atlas.plugin.bridge.layers import add_to_project
from outbreak_atlas.plugin.bridge.messages import Messages
from outbreak_atlas.plugin.bridge.temporal import range_ms
from outbreak_atlas.plugin.core.filters import FilterState
from outbreak_atlas.ui.dock_controller import DockController
from outbreak_atlas.ui.dock_surroundings import Surroundings
from qgis.core import QgsProject, QgsRectangle, QgsVectorLayer
from qgis.PyQt.QtCore import QDate, QTimer
from qgis.PyQt.QtWidgets import QAction, QApplication, QInputDialog, QLabel, QMessageBox

DAY_20 = data.START + 20 * data.DAY


def entry(stage: DockStage, text: str) -> QAction | None:
    """An entry of the menu of views, as it is when it opens."""
    stage.dock.viewsMenu.aboutToShow.emit()
    return next((one for one in stage.dock.viewsMenu.actions() if one.text() == text), None)


def answering(action: QAction, name: str, replace: bool = False) -> None:
    """Trigger what asks for a name, and whether to replace the view that has it already."""
    def answer() -> None:
        question = QApplication.activeModalWidget()
        if isinstance(question, QInputDialog):
            question.setTextValue(name)
            question.accept()
        elif isinstance(question, QMessageBox):
            yes, no = QMessageBox.StandardButton.Yes, QMessageBox.StandardButton.No
            question.button(yes if replace else no).click()

    timer = QTimer()
    timer.timeout.connect(answer)
    timer.start(20)
    action.trigger()
    timer.stop()


def save_view(stage: DockStage, name: str, replace: bool = False) -> None:
    answering(entry(stage, "Save view…"), name, replace)


def below(stage: DockStage, title: str) -> list[QAction]:
    """What a menu below the menu of views offers."""
    return entry(stage, title).menu().actions()


def make_choices(stage: DockStage) -> FilterState:
    """Something of all that can be chosen."""
    dock = stage.dock
    dock.kindCombo.setCheckedItems(["hotel", "hospital"])
    dock.cityTree.model().setData(row_of(stage, "Zhejiang"), UNCHECKED, BOX)
    dock.minimumSpin.setValue(5)
    dock.fromEdit.setDate(QDate(2020, 2, 10))
    dock.toEdit.setDate(QDate(2020, 3, 1))
    choose(stage, "deaths")
    stage.go_to(DAY_20)
    return state_of(stage)


def seen(stage: DockStage) -> tuple[object, ...]:
    """All that a person sees of the choices."""
    dock = stage.dock
    return (
        dock.metricCombo.currentData(), dock.heatButton.isChecked(), dock.kindCombo.checkedItems(),
        dock.minimumSpin.value(), dock.fromEdit.text(), dock.toEdit.text(), dock.positionEdit.text(),
        row_of(stage, "Zhejiang").data(BOX), row_of(stage, "Hubei").data(BOX), plain(stage),
        stage.session.layer.subsetString(), range_ms(stage.canvas.temporalRange()),
        stage.session.layer.renderer().classAttribute())


# Views


def test_views_are_saved_recalled_and_removed(dock_stage: DockStage, dock_layer: QgsVectorLayer) -> None:
    stage = dock_stage
    state = make_choices(stage)
    stage.canvas.setExtent(QgsRectangle(12_600_000, 3_500_000, 12_900_000, 3_700_000))
    stage.settle()
    before, extent = seen(stage), stage.canvas.extent()
    save_view(stage, "three & more")
    assert stage.project.isDirty()
    stage.dock.resetButton.click()
    stage.canvas.setExtent(QgsRectangle(0, 0, 1e6, 1e6))
    stage.go_to(data.START)
    assert state_of(stage) == FilterState("confirmed") and seen(stage) != before
    entry(stage, "three && more").trigger()
    stage.settle()
    assert state_of(stage) == state and seen(stage) == before
    assert stage.canvas.extent().center().distance(extent.center()) < 1
    assert stage.canvas.extent().width() == pytest.approx(extent.width(), rel=0.01)
    stage.dock.resetButton.click()
    stage.settle()
    save_view(stage, "three & more")
    entry(stage, "three && more").trigger()
    stage.settle()
    assert state_of(stage) == state, "a view is not replaced unasked"
    stage.dock.resetButton.click()
    stage.settle()
    save_view(stage, "three & more", replace=True)
    entry(stage, "three && more").trigger()
    stage.settle()
    assert state_of(stage) == FilterState("confirmed")
    answering(below(stage, "Rename")[0], "all")
    assert entry(stage, "three && more") is None and entry(stage, "all") is not None
    below(stage, "Remove")[0].trigger()
    assert entry(stage, "all") is None


def test_a_moved_project_comes_back_as_it_was(project: QgsProject, dock_file: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    path = Path(shutil.move(dock_file, first / "data.gpkg"))
    with DockStage() as stage:
        stage.open(path)
        state = make_choices(stage)
        stage.dock.labelButton.click()
        save_view(stage, "kept")
        before = seen(stage)
        assert project.write(str(first / "map.qgz"))
        project.clear()
        stage.settle()
        assert stage.dock.pages.currentWidget() is stage.dock.emptyPage
    shutil.move(first, second)
    with DockStage() as stage:
        assert project.read(str(second / "map.qgz"))
        stage.wait_for(lambda: stage.session is not None)
        stage.settle()
        assert stage.session.path == second / "data.gpkg"
        assert state_of(stage) == state and seen(stage) == before
        assert not stage.dock.labelButton.isChecked()
        stage.dock.resetButton.click()
        stage.settle()
        entry(stage, "kept").trigger()
        stage.settle()
        assert seen(stage) == before


# What comes and goes


def test_without_a_dataset_the_dock_offers_some(dock_stage: DockStage) -> None:
    dock, asked = dock_stage.dock, []
    dock.openButton.clicked.connect(lambda: asked.append("open"))
    dock.sampleButton.clicked.connect(lambda: asked.append("sample"))
    assert dock.pages.currentWidget() is dock.emptyPage and dock.emptyLabel.text()
    assert dock.openButton.isVisible() and dock.sampleButton.isVisible() and not dock.datasetCombo.isVisible()
    dock.openButton.click()
    dock.sampleButton.click()
    assert asked == ["open", "sample"]
    for act in (dock.playButton.click, dock.nextButton.click, dock.resetButton.click,
                lambda: dock.minimumSpin.setValue(4), lambda: dock.epiCurve.range_chosen.emit(0, data.DAY)):
        act()
        dock_stage.settle()
    dock_stage.navigation.pause()


def test_datasets_keep_their_own_filters(dock_stage: DockStage, dock_layer: QgsVectorLayer, tmp_path: Path) -> None:
    stage, combo = dock_stage, dock_stage.dock.datasetCombo
    other = add_to_project(stage.project, Path(shutil.copy(stage.session.path, tmp_path / "other.gpkg")))
    stage.settle()
    assert {combo.itemText(at) for at in range(combo.count())} == {"data", "other"}
    assert stage.session.layer is dock_layer, "another dataset does not take the dock"
    stage.dock.kindCombo.setCheckedItems(["hotel"])
    stage.settle()
    combo.setCurrentIndex(combo.findData(other.id()))
    stage.settle()
    assert state_of(stage) == FilterState("confirmed") and other.subsetString() == ""
    stage.dock.minimumSpin.setValue(40)
    stage.settle()
    assert dock_layer.subsetString() == "\"kind\" = 'hotel'" and other.subsetString() == '"confirmed" >= 40'
    stage.controller.follow(dock_layer)
    stage.settle()
    assert combo.currentData() == dock_layer.id() and stage.dock.kindCombo.checkedItems() == ["hotel"]
    assert stage.dock.minimumSpin.value() == 0
    dock_layer.setName("renamed")
    stage.settle()
    assert combo.currentText() == "renamed"


def test_a_removed_layer_makes_room_for_the_next(
    dock_stage: DockStage, dock_layer: QgsVectorLayer, tmp_path: Path
) -> None:
    stage = dock_stage
    other = add_to_project(stage.project, Path(shutil.copy(stage.session.path, tmp_path / "other.gpkg")))
    stage.settle()
    stage.dock.minimumSpin.setValue(40)  # and nobody waits for it
    stage.project.removeMapLayer(dock_layer.id())
    assert stage.session is None, "at once: a frame may come before the next turn"
    stage.navigation.next()
    stage.settle()
    assert stage.session.layer is other and stage.dock.minimumSpin.value() == 0
    stage.project.removeMapLayer(other.id())
    stage.settle()
    assert stage.session is None and stage.dock.pages.currentWidget() is stage.dock.emptyPage
    stage.dock.playButton.click()
    stage.settle()
    stage.navigation.pause()


def test_another_project_is_followed(dock_stage: DockStage, dock_layer: QgsVectorLayer, tmp_path: Path) -> None:
    stage, project = dock_stage, dock_stage.project
    make_choices(stage)
    before = seen(stage)
    assert project.write(str(tmp_path / "one.qgz"))
    project.clear()
    stage.settle()
    assert stage.session is None and stage.dock.openButton.isVisible()
    second = stage.open(Path(shutil.copy(tmp_path / "data.gpkg", tmp_path / "other.gpkg")))
    assert state_of(stage) == FilterState("confirmed") and second.subsetString() == ""
    assert project.write(str(tmp_path / "two.qgz"))
    assert project.read(str(tmp_path / "one.qgz"))
    stage.wait_for(lambda: stage.session is not None)
    stage.settle()
    assert stage.session.path.name == "data.gpkg" and seen(stage) == before


@pytest.mark.parametrize("name", ["confirmed", "city", "shown_from"])
def test_a_renamed_column_is_told(dock_stage: DockStage, dock_layer: QgsVectorLayer, name: str) -> None:
    stage = dock_stage
    choose(stage, "deaths")
    at = dock_layer.fields().lookupField(name)
    assert dock_layer.startEditing() and dock_layer.renameAttribute(at, "other") and dock_layer.commitChanges()
    stage.settle()
    assert stage.session is None and stage.dock.pages.currentWidget() is stage.dock.emptyPage
    assert f"“data” has lost its column “{name}”" in stage.dock.emptyLabel.text()
    assert dock_layer.startEditing() and dock_layer.renameAttribute(at, name) and dock_layer.commitChanges()
    stage.settle()
    assert stage.session is not None and "deaths" in plain(stage), "with its name back it works again"


def test_saved_edits_are_counted(dock_stage: DockStage, dock_layer: QgsVectorLayer) -> None:
    stage, column = dock_stage, dock_layer.fields().lookupField("confirmed")
    stage.dock.kindCombo.setCheckedItems(["hotel"])
    stage.go_to(DAY_20)
    counts = data.chosen("confirmed", lambda place: place.kind == "hotel").loc[DAY_20].sum()
    row = next(one for one in dock_layer.getFeatures() if one["city"] == "Xiaogan" and (
        one["shown_from"].toString("yyyy-MM-dd") == "2020-02-23"))
    assert dock_layer.startEditing()
    assert dock_layer.changeAttributeValue(row.id(), column, row["confirmed"] + 1000)
    stage.settle()
    assert f" {counts:,.0f} confirmed" in plain(stage), "not saved is not counted"
    assert dock_layer.commitChanges()
    stage.settle()
    stage.wait_for(lambda: f" {counts + 1000:,.0f} confirmed" in plain(stage))
    assert drawn_sum(stage, dock_layer) == counts + 1000
    assert row_of(stage, "Hubei", "Xiaogan").siblingAtColumn(1).data() == f"{row['confirmed'] + 1000:,}"
    assert state_of(stage).kinds == {"hotel"} and row_of(stage, "Hubei").data(BOX) == CHECKED
    assert dock_layer.startEditing() and dock_layer.deleteFeature(row.id()) and dock_layer.commitChanges()
    stage.settle()
    stage.wait_for(lambda: f" {counts - row['confirmed']:,.0f} confirmed" in plain(stage))


def test_a_damaged_sum_is_made_anew_when_it_is_opened(project: QgsProject, dock_file: Path) -> None:
    layer = QgsVectorLayer(f"{dock_file}|layername=updates", "x", "ogr")
    row = next(layer.getFeatures())
    assert layer.startEditing()
    layer.changeAttributeValue(row.id(), layer.fields().lookupField("confirmed"), row["confirmed"] + 500)
    assert layer.commitChanges()
    del layer
    with DockStage() as stage:
        opened = stage.open(dock_file)
        stage.wait_for(lambda: "confirmed" in plain(stage))
        for number in (0, 20):
            stage.go_to(data.START + number * data.DAY)
            assert f" {drawn_sum(stage, opened):,.0f} confirmed" in plain(stage)
        assert row_of(stage, "Hubei").isValid() and stage.dock.epiCurve.canvas is not None


# Closing


def test_closing_twice_and_opening_again(project: QgsProject, dock_file: Path) -> None:
    for _ in range(2):
        with DockStage() as stage:
            if not project.mapLayers():
                stage.open(dock_file)
            stage.wait_for(lambda: stage.session is not None)
            stage.settle()
            stage.dock.kindCombo.setCheckedItems(["station"])
            stage.settle()
            layer = stage.session.layer
            stage.controller.close()
            stage.controller.close()
            assert layer.subsetString() == ""
            stage.dock.minimumSpin.setValue(30)
            layer.setName("another name")
            layer.setSubsetString("\"kind\" = 'hotel'")
            stage.navigation.next()
            stage.settle()
            assert layer.subsetString() == "\"kind\" = 'hotel'", "a closed dock acts no more"
            layer.setSubsetString("")


# Libraries


def test_without_matplotlib_all_but_the_curve_works(
    project: QgsProject, dock_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.backends.backend_qtagg", None)
    monkeypatch.delitem(sys.modules, "outbreak_atlas.ui.curve_canvas", raising=False)
    with DockStage() as stage:
        layer = stage.open(dock_file)
        assert stage.dock.epiCurve.canvas is None
        assert any("matplotlib" in one.text() for one in stage.dock.epiCurve.findChildren(QLabel))
        make_choices(stage)
        stage.dock.presetButton.menu().findChild(QAction, "preset_peak").trigger()
        stage.settle()
        assert state_of(stage).begin_ms is not None
        stage.dock.resetButton.click()
        stage.go_to(DAY_20)
        assert drawn_sum(stage, layer) == data.counts()["confirmed"].loc[DAY_20].sum()
        assert f" {drawn_sum(stage, layer):,.0f} confirmed" in plain(stage)


class LackingStage(DockStage):
    """As the plugin puts it together where libraries are missing."""

    def _controller(self) -> DockController:
        return DockController(self.dock, Surroundings(
            self.canvas, self.project, Messages(self.bar), self.sums, self.heat,
            DateLabel(self.canvas, self.project), lambda *_asked: None, missing=how_to_get(("pandas",))))


def test_without_pandas_the_dock_says_how_to_get_it(project: QgsProject, dock_file: Path) -> None:
    with LackingStage() as stage:
        assert "libraries: pandas." in stage.dock.emptyLabel.text()
        assert not stage.dock.openButton.isVisible() and not stage.dock.sampleButton.isVisible()
        layer = add_to_project(project, dock_file)
        stage.controller.follow(layer)
        stage.settle()
        assert stage.session is None and "libraries: pandas." in stage.dock.emptyLabel.text()
        assert layer.subsetString() == ""
