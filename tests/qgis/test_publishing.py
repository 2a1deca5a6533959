"""The menu Publish: layouts of what the map shows, frames sent to them, and what becomes of their layers."""
from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import dock_dataset as data
import pytest
from dock_hands import choose
from dock_stage import DockStage
from outbreak_atlas.plugin.bridge.layers import add_to_project, dataset_layers
from outbreak_atlas.plugin.bridge.temporal import range_ms
from outbreak_atlas.plugin.export.layouts import LAYOUT_PROPERTY
from outbreak_atlas.plugin.export.templates import main_map
from publishing_stage import Desktop, publishing_beside
from qgis.core import (
    QgsExpressionContextUtils,
    QgsLayoutItemMap,
    QgsMapLayer,
    QgsPrintLayout,
    QgsRectangle,
    QgsVectorLayer,
)

NOTHING = "No layout has a map of this dataset"


@pytest.fixture
def desktop(dock_stage: DockStage, dock_layer: QgsVectorLayer) -> Iterator[Desktop]:
    with publishing_beside(dock_stage) as made:
        yield made


def day(number: int) -> int:
    return data.START + number * data.DAY


def step(number: int) -> tuple[int, int]:
    return day(number), day(number + 1)


def published(desktop: Desktop, template: str = "a4_report") -> QgsPrintLayout:
    """As if it was chosen in the menu."""
    action = next(one for one in desktop.menu.layout_menu.actions() if one.objectName() == f"template_{template}")
    action.trigger()
    return desktop.designed[-1]


def copies(desktop: Desktop) -> list[QgsMapLayer]:
    return [one for one in desktop.stage.project.mapLayers().values() if one.customProperty(LAYOUT_PROPERTY)]


def listed(desktop: Desktop) -> list[str]:
    desktop.menu.frame_menu.aboutToShow.emit()
    return [one.text() for one in desktop.menu.frame_menu.actions() if one.text() and not one.isCheckable()]


def send(desktop: Desktop, name: str, extent: bool = False) -> None:
    desktop.menu.frame_menu.aboutToShow.emit()
    desktop.menu.with_extent.setChecked(extent)
    next(one for one in desktop.menu.frame_menu.actions() if one.text() == name).trigger()


def moment(layout: QgsPrintLayout) -> tuple[int, int]:
    return range_ms(main_map(layout).temporalRange())


# Layouts


def test_a_layout_shows_what_the_map_shows(desktop: Desktop, dock_layer: QgsVectorLayer) -> None:
    stage = desktop.stage
    choose(stage, "new_confirmed")
    stage.go_to(day(17))
    stage.dock.cityTree.model().check_shown(False)
    stage.tick(("Zhejiang", "Wenzhou"))
    layout = published(desktop)
    assert stage.project.layoutManager().layoutByName(layout.name()) is layout
    item = main_map(layout)
    assert moment(layout) == step(17)
    assert item.extent().contains(stage.canvas.extent()) or item.extent().buffered(1).contains(stage.canvas.extent())
    variable = QgsExpressionContextUtils.layoutScope(layout).variable
    assert variable("oa_metric") == "New confirmed on the day" and "Wenzhou" in variable("oa_filter")
    shown = [one for one in item.layers() if one.customProperty(LAYOUT_PROPERTY) == layout.name()]
    assert len(shown) == 1 and shown[0] is not dock_layer
    assert shown[0].subsetString() == dock_layer.subsetString() != ""
    stage.controller.reset()
    stage.settle()
    assert dock_layer.subsetString() == "" and "Wenzhou" in shown[0].subsetString()


def test_its_own_layer_is_private_and_no_dataset_of_the_panel(desktop: Desktop, dock_layer: QgsVectorLayer) -> None:
    published(desktop)
    assert len(copies(desktop)) == 1
    assert copies(desktop)[0].flags() & QgsMapLayer.LayerFlag.Private
    assert dataset_layers(desktop.stage.project) == [dock_layer]
    assert desktop.stage.dock.datasetCombo.count() == 1


def test_a_map_that_shows_all_dates_gives_the_last_frame_of_the_filter(desktop: Desktop) -> None:
    desktop.stage.controller._dates_chosen((day(5), day(20)))
    desktop.stage.settle()
    desktop.stage.navigation.setNavigationMode(desktop.stage.navigation.navigationMode().__class__.NavigationOff)
    desktop.stage.settle()
    assert moment(published(desktop)) == step(19)


def test_a_layout_that_cannot_be_made_is_told_of_and_not_kept(desktop: Desktop) -> None:
    assert desktop.publishing.make_layout("no_such_template") is None
    assert "There is no layout template" in desktop.told()
    assert not desktop.stage.project.layoutManager().layouts() and not copies(desktop)


# The layers of layouts


def test_the_layer_goes_with_its_layout(desktop: Desktop) -> None:
    first, second = published(desktop), published(desktop, "journal_single")
    manager = desktop.stage.project.layoutManager()
    assert len(copies(desktop)) == 2
    manager.removeLayout(first)
    assert [one.customProperty(LAYOUT_PROPERTY) for one in copies(desktop)] == [second.name()]
    manager.removeLayout(second)
    assert not copies(desktop)


def test_the_layer_stays_for_a_duplicate_and_follows_a_new_name(desktop: Desktop) -> None:
    layout = published(desktop)
    manager = desktop.stage.project.layoutManager()
    twin = manager.duplicateLayout(layout, "twin")
    layout.setName("first")
    assert [one.customProperty(LAYOUT_PROPERTY) for one in copies(desktop)] == ["first"]
    manager.removeLayout(layout)
    assert [one.customProperty(LAYOUT_PROPERTY) for one in copies(desktop)] == ["twin"]
    assert copies(desktop)[0] in main_map(twin).layers()
    manager.removeLayout(twin)
    assert not copies(desktop)


def test_once_closed_nobody_takes_layers_away(desktop: Desktop, dock_stage: DockStage) -> None:
    layout = published(desktop)
    with publishing_beside(dock_stage):
        pass
    assert layout.name() and len(copies(desktop)) == 1
    dock_stage.project.clear()
    assert not dock_stage.project.mapLayers()


# Frames sent to layouts


def test_a_frame_is_sent_and_the_extent_only_if_asked(desktop: Desktop) -> None:
    stage = desktop.stage
    layout = published(desktop)
    item = main_map(layout)
    stage.go_to(day(30))
    before = QgsRectangle(item.extent())
    stage.canvas.setExtent(stage.canvas.extent().scaled(0.25))
    send(desktop, layout.name())
    assert moment(layout) == step(30) and item.extent() == before
    assert "2020-03-04" in desktop.told()
    send(desktop, layout.name(), extent=True)
    assert item.extent() != before
    assert item.extent().center().distance(stage.canvas.extent().center()) < stage.canvas.extent().width() / 100
    layout.undoStack().stack().undo()
    assert item.extent() == before and moment(layout) == step(30)
    layout.undoStack().stack().undo()
    assert moment(layout) != step(30)


def test_the_locator_stays_as_it_is(desktop: Desktop) -> None:
    layout = published(desktop)
    locator = layout.itemById("locator")
    before = QgsRectangle(locator.extent())
    desktop.stage.canvas.setExtent(desktop.stage.canvas.extent().scaled(0.25))
    send(desktop, layout.name(), extent=True)
    assert not locator.isTemporal() and locator.extent() == before


def test_only_layouts_with_a_moment_of_this_dataset_are_listed(
    desktop: Desktop, dock_file: Path, tmp_path: Path
) -> None:
    project = desktop.stage.project
    assert listed(desktop) == [NOTHING]
    plain, timed = QgsPrintLayout(project), QgsPrintLayout(project)
    for layout, name, temporal in ((plain, "plain", False), (timed, "timed & own", True)):
        layout.initializeDefaults()
        layout.setName(name)
        item = QgsLayoutItemMap(layout)
        item.setIsTemporal(temporal)
        layout.addLayoutItem(item)
        project.layoutManager().addLayout(layout)
    assert listed(desktop) == ["timed && own"]
    other = tmp_path / "other.gpkg"
    other.write_bytes(dock_file.read_bytes())
    item.setLayers([add_to_project(project, other, desktop.stage.canvas)])
    assert listed(desktop) == [NOTHING]


# What is offered


def test_nothing_is_offered_without_a_dataset(desktop: Desktop, dock_layer: QgsVectorLayer) -> None:
    menu = desktop.menu
    all_there = (menu.layout_menu.menuAction(), menu.frame_menu.menuAction(), menu.panels, menu.cities, menu.film)
    assert all(one.isEnabled() for one in all_there) and not menu._reason.isVisible()
    desktop.stage.project.removeMapLayer(dock_layer.id())
    desktop.stage.settle()
    assert not any(one.isEnabled() for one in all_there)
    assert menu._reason.isVisible() and menu._reason.text() == "Open a dataset first."


def test_pages_are_asked_for_with_the_dates_of_the_panel(desktop: Desktop, dock_layer: QgsVectorLayer) -> None:
    desktop.stage.controller._dates_chosen((day(5), None))
    desktop.stage.settle()
    desktop.menu.panels.trigger()
    desktop.menu.cities.trigger()
    given = {"INPUT": dock_layer.id(), "FROM": "2020-02-08T00:00:00"}
    assert desktop.asked == [
        ("outbreakatlas:smallmultiples", given), ("outbreakatlas:maplayout", {**given, "TEMPLATE": "city_atlas"})]
