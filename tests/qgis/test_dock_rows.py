"""The dock's manners: it keeps its height while it plays, follows the layer that was gone to, leaves typing alone."""
from __future__ import annotations

from pathlib import Path

import pytest
from dock_stage import DockStage
from outbreak_atlas.plugin.bridge.views import views_of
from outbreak_atlas.ui.dock_rows import SteadyText
from qgis.core import QgsApplication, QgsProject
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QLabel, QLineEdit, QMessageBox
from small_files import run, write_reports


def made(folder: Path, name: str) -> Path:
    run("loaddataset", INPUT=[str(write_reports(folder / f"{name}.csv"))], OUTPUT=str(folder / f"{name}.gpkg"))
    return folder / f"{name}.gpkg"


def test_a_text_keeps_the_room_of_longer_ones(qgis_app: QgsApplication) -> None:
    label = QLabel()
    label.setWordWrap(True)
    label.resize(100, 300)
    steady = SteadyText(label)
    steady.show("a few words " * 9)
    room = label.minimumHeight()
    steady.show("one")
    assert label.minimumHeight() == room > 3 * label.fontMetrics().height()
    steady.forget()
    steady.show("one")
    assert label.minimumHeight() < 2 * label.fontMetrics().height()
    steady.reserve("a few words " * 9)
    assert label.text() == "one" and label.minimumHeight() == room
    steady.show("a few words " * 12)
    steady.reserve("two")
    assert label.minimumHeight() < room
    label.resize(400, 300)
    steady.show("a few words " * 9)
    assert label.minimumHeight() < room


def test_the_dock_opens_with_the_layer_that_was_gone_to(project: QgsProject, tmp_path: Path) -> None:
    paths = [made(tmp_path, name) for name in ("first", "second")]
    with DockStage() as stage:
        first, second = (stage.open(path) if at == 0 else None for at, path in enumerate(paths))
        stage.dock.close()
        from outbreak_atlas.plugin.bridge.layers import add_to_project

        second = add_to_project(project, paths[1], stage.canvas)
        stage.controller.follow(second)
        assert stage.session.layer is first
        stage.dock.show()
        stage.settle()
        assert stage.session.layer is second
        assert stage.dock.datasetCombo.currentText() == "second"
        stage.dock.close()
        stage.controller.follow(second)
        stage.dock.show()
        stage.settle()
        assert stage.session.layer is second


def test_a_date_that_is_typed_is_not_overwritten(project: QgsProject, tmp_path: Path) -> None:
    with DockStage() as stage:
        stage.open(made(tmp_path, "one"))
        edit = stage.dock.positionEdit
        begin = stage.session.shape.begin_ms
        stage.go_to(begin)
        edit.findChild(QLineEdit).textEdited.emit("2020-02-0")
        stage.dock.set_position(begin + 86_400_000)
        assert edit.text() == "2020-02-03"
        edit.editingFinished.emit()
        stage.dock.set_position(begin + 86_400_000)
        assert edit.text() == "2020-02-04"


def test_a_view_is_replaced_only_if_wanted(
    project: QgsProject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from qgis.PyQt.QtWidgets import QInputDialog

    with DockStage() as stage:
        layer = stage.open(made(tmp_path, "one"))
        views = stage.controller._views
        views.save("a")
        views.save("b")
        stage.dock.metricCombo.setCurrentIndex(1)
        stage.settle()
        answers = iter([QMessageBox.StandardButton.No, QMessageBox.StandardButton.Yes])
        monkeypatch.setattr(QMessageBox, "exec", lambda _box: next(answers))
        monkeypatch.setattr(QInputDialog, "getItem", lambda *_asked: ("a", True))
        save = next(one for one in stage.dock.viewsMenu.actions() if "Save" in one.text())
        save.trigger()
        assert not views_of(layer)[0].state.new
        next(one for one in stage.dock.viewsMenu.actions() if "Save" in one.text()).trigger()
        assert views_of(layer)[0].state.new
        monkeypatch.setattr(QInputDialog, "getText", lambda *_asked, **_named: ("c", True))
        renaming = next(one for one in stage.dock.viewsMenu.actions() if one.text() == "Rename").menu()
        next(one for one in renaming.actions() if one.text() == "b").trigger()
        assert [view.name for view in views_of(layer)] == ["a", "c"]
        QTest.qWait(1)
        assert len(stage.dock.viewsMenu.findChildren(type(stage.dock.viewsMenu))) == 2
