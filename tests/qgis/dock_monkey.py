"""Works with the dock at random, in the same way for the same seed: by its widgets, and behind its back."""
from __future__ import annotations

import random
import shutil
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dock_stage import DockStage
from outbreak_atlas.plugin.bridge.layers import add_to_project
from outbreak_atlas.plugin.bridge.temporal import as_utc
from outbreak_atlas.plugin.core.schema import MS_PER_HOUR
from outbreak_atlas.plugin.core.steps import step_ms
from qgis.core import Qgis, QgsDateTimeRange, QgsInterval, QgsMarkerSymbol, QgsSingleSymbolRenderer, QgsVectorLayer
from qgis.PyQt.QtCore import QCoreApplication, Qt
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QAction
from small_files import run

_ON, _OFF = Qt.CheckState.Checked, Qt.CheckState.Unchecked
_MODES = Qgis.TemporalNavigationMode
_OWN = (
    "", "", '"first_row" % 2 = 0', '"first_row" > 12 -- many', '"city" IS NOT NULL OR 1=0',
    "\"place\" = 'O''Brien''s)'",
)
_QUICK = (
    "tick", "untick", "minimum", "metric", "next", "dates", "brush", "heat", "own_subset", "reset", "kinds", "flagged",
    "recall_view", "choose_dataset",
)


@contextmanager
def no_errors() -> Iterator[None]:
    """What Python would only print must fail a test: errors in slots, and of objects that are deleted."""
    found: list[str] = []
    hooks = sys.excepthook, sys.unraisablehook
    sys.excepthook = lambda *error: found.append("".join(traceback.format_exception(*error)))
    sys.unraisablehook = lambda what: found.append(
        "".join(traceback.format_exception(what.exc_type, what.exc_value, what.exc_traceback)))
    try:
        yield
    finally:
        sys.excepthook, sys.unraisablehook = hooks
    assert not found, "\n".join(found)


class Monkey:
    """Each method `do_…` is one thing that a person, a script or QGIS may do."""

    def __init__(self, stage: DockStage, seed: int, *others: Path) -> None:
        self.stage, self.dice, self.others = stage, random.Random(seed), others

    def names(self) -> list[str]:
        return sorted(name[3:] for name in dir(self) if name.startswith("do_"))

    def act(self, name: str) -> None:
        """Do it, and wait until the dock has followed."""
        getattr(self, f"do_{name}")()
        self.settle()

    def settle(self) -> None:
        self.stage.settle()
        while not self.stage.has_told():
            self.stage.wait_for(self.stage.has_told)
            self.stage.settle()

    @property
    def dock(self) -> Any:
        return self.stage.dock

    @property
    def layer(self) -> QgsVectorLayer:
        return self.stage.session.layer

    @property
    def shape(self) -> Any:
        return self.stage.session.shape

    def moment(self) -> int:
        return self.dice.randrange(self.shape.begin_ms, self.shape.end_ms)

    # -- areas, kinds, numbers

    def nodes(self) -> list[Any]:
        model = self.dock.cityTree.model()
        found = [model.index_of(node) for node in range(len(model.tree))]
        return [index for index in found if index.isValid()]

    def tick(self, state: Qt.CheckState) -> None:
        model = self.dock.cityTree.model()
        for _ in range(self.dice.randint(1, 3)):
            nodes = self.nodes()
            if nodes:
                model.setData(self.dice.choice(nodes), state, Qt.ItemDataRole.CheckStateRole)

    def area_action(self, name: str) -> None:
        self.dock.cityTree.findChild(QAction, f"area_{name}").trigger()

    def do_tick(self) -> None:
        self.tick(_ON)

    def do_untick(self) -> None:
        self.tick(_OFF)

    def do_button(self) -> None:
        self.area_action(self.dice.choice(["invert", "all", "none", "zoom"]))

    def do_only(self) -> None:
        nodes = self.nodes()
        if nodes:
            self.dock.cityTree.setCurrentIndex(self.dice.choice(nodes))
            self.area_action("only")

    def do_search(self) -> None:
        self.dock.citySearch.setText(self.dice.choice(["", "", "wu", "武", "%", "nowhere", "'", "C1"]))

    def do_kinds(self) -> None:
        combo = self.dock.kindCombo
        for at in range(combo.count()):
            combo.setItemCheckState(at, self.dice.choice([_ON, _OFF]))

    def do_minimum(self) -> None:
        self.dock.minimumSpin.setValue(self.dice.choice([0, 0, 1, 5, 20, 1000, 0.5]))

    def do_flagged(self) -> None:
        self.dock.flaggedCheck.click()

    def do_metric(self) -> None:
        self.dock.metricCombo.setCurrentIndex(self.dice.randrange(self.dock.metricCombo.count()))

    def do_heat(self) -> None:
        self.dock.heatButton.click()

    # -- time

    def do_dates(self) -> None:
        for edit in (self.dock.fromEdit, self.dock.toEdit):
            if self.dice.random() < 0.6:
                edit.setDateTime(as_utc(self.moment()))

    def do_brush(self) -> None:
        begin, end = sorted(self.moment() for _ in range(2))
        length, first = step_ms(self.shape.step), self.shape.begin_ms
        begin, end = ((at - first) // length * length + first for at in (begin, end + length))
        self.dock.epiCurve.range_chosen.emit(*self.dice.choice([(begin, end), (begin, end), (None, None)]))

    def do_curve_keys(self) -> None:
        key = self.dice.choice([Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Escape])
        shift = self.dice.choice([Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier])
        QTest.keyClick(self.dock.epiCurve, key, shift)

    def do_drag(self) -> None:
        self.dock.epiCurve.frame_dragged.emit(self.moment())

    def do_preset(self) -> None:
        self.dice.choice(self.dock.presetButton.menu().actions()).trigger()

    def do_frame(self) -> None:
        getattr(self.dock, self.dice.choice(["firstButton", "previousButton", "nextButton", "lastButton"])).click()

    def do_next(self) -> None:
        self.dock.nextButton.click()

    def do_position(self) -> None:
        self.dock.positionEdit.setDateTime(as_utc(self.moment()))

    def do_play(self) -> None:
        self.dock.speedSpin.setValue(20)
        self.dock.playButton.click()
        QTest.qWait(150)
        if self.dock.playButton.isChecked():
            self.dock.playButton.click()

    def do_loop(self) -> None:
        self.dock.loopButton.click()

    def do_label(self) -> None:
        self.dock.labelButton.click()

    def do_reset(self) -> None:
        self.dock.resetButton.click()

    # -- views and datasets

    def views(self) -> list[str]:
        names = {"Save view…", "Remove", ""}
        return [one.text() for one in self.dock.viewsMenu.actions() if one.text() not in names]

    def do_save_view(self) -> None:
        self.stage.controller._views.save(self.dice.choice(["a", "b & c", "武汉 'x'"]))

    def do_recall_view(self) -> None:
        self.dock.viewsMenu.aboutToShow.emit()
        found = [one for one in self.dock.viewsMenu.actions() if one.text() in self.views()]
        if found:
            self.dice.choice(found).trigger()

    def do_choose_dataset(self) -> None:
        self.dock.datasetCombo.setCurrentIndex(self.dice.randrange(self.dock.datasetCombo.count()))

    def do_follow(self) -> None:
        self.stage.controller.follow(self.dice.choice(list(self.stage.project.mapLayers().values())))

    def do_second(self) -> None:
        path = self.dice.choice([self.stage.session.path, *self.others])
        add_to_project(self.stage.project, path, self.stage.canvas)

    def do_duplicate(self) -> None:
        self.stage.project.addMapLayer(self.layer.clone())

    def do_remove(self) -> None:
        if self.dock.datasetCombo.count() > 1:
            self.stage.project.removeMapLayer(self.layer.id())

    def do_clear(self) -> None:
        path = self.stage.session.path
        self.stage.project.clear()
        self.settle()
        assert self.stage.session is None
        assert self.dock.pages.currentWidget() is self.dock.emptyPage
        self.stage.open(path)

    def do_save_and_read(self) -> None:
        path = str(self.stage.session.path.parent / "monkey.qgz")
        assert self.stage.project.write(path)
        if self.dice.random() < 0.5:
            self.stage.project.clear()
            self.settle()
        assert self.stage.project.read(path)
        self.stage.wait_for(lambda: self.stage.session is not None)

    # -- behind the dock's back

    def do_own_subset(self) -> None:
        self.layer.setSubsetString(self.dice.choice(_OWN))

    def do_own_beside(self) -> None:
        found = self.layer.subsetString()
        self.layer.setSubsetString(f'("first_row" < 60) AND ({found})' if found else '"first_row" < 60')

    def do_rename(self) -> None:
        self.layer.setName(self.dice.choice(["x", "layer <b>bold</b>", "名", ""]))

    def do_hide(self) -> None:
        self.dock.hide()
        self.settle()
        self.dice.choice([self.stage.navigation.next, self.do_own_subset, self.do_edit])()
        self.dock.show()

    def do_native_frame(self) -> None:
        self.stage.navigation.next()

    def do_native_cumulative(self) -> None:
        self.stage.navigation.setTemporalRangeCumulative(not self.stage.navigation.temporalRangeCumulative())

    def do_native_duration(self) -> None:
        unit = self.dice.choice([Qgis.TemporalUnit.Hours, Qgis.TemporalUnit.Days])
        self.stage.navigation.setFrameDuration(QgsInterval(self.dice.choice([1, 2, 6, 24]), unit))

    def do_native_mode(self) -> None:
        modes = (_MODES.Animated, _MODES.Animated, _MODES.FixedRange, _MODES.Disabled)
        self.stage.navigation.setNavigationMode(self.dice.choice(modes))

    def do_native_extents(self) -> None:
        length = step_ms(self.shape.step)
        begin = self.shape.begin_ms + self.dice.randrange(-3, 4) * length + self.dice.choice([0, 0, MS_PER_HOUR])
        end = begin + self.dice.randrange(1, 12) * length
        self.stage.navigation.setTemporalExtents(QgsDateTimeRange(as_utc(begin), as_utc(end)))

    def do_edit(self) -> None:
        """Something is edited, perhaps filtered meanwhile, and saved or not."""
        layer, rows = self.layer, list(self.layer.getFeatures())
        layer.startEditing()
        if rows:
            row = self.dice.choice(rows)
            if self.dice.random() < 0.2:
                layer.deleteFeature(row.id())
            else:
                column, values = self.dice.choice([
                    (self.shape.metrics[0], [0, 77, -3, None]), ("city", ["New town", None, "Wuhan"])])
                layer.changeAttributeValue(row.id(), layer.fields().lookupField(column), self.dice.choice(values))
        if self.dice.random() < 0.5:
            self.do_tick()
            self.do_metric()
            self.settle()
        if self.dice.random() < 0.6:
            assert layer.commitChanges(), layer.commitErrors()
        else:
            layer.rollBack()

    def do_setstep(self) -> None:
        run("setstep", INPUT=self.layer, STEP=self.dice.choice(["hour", "day", "week"]))

    def do_default_style(self) -> None:
        self.layer.loadDefaultStyle()

    def do_own_style(self) -> None:
        self.layer.setRenderer(QgsSingleSymbolRenderer(QgsMarkerSymbol.createSimple({})))
        self.layer.triggerRepaint()

    def do_time_off(self) -> None:
        self.layer.temporalProperties().setIsActive(False)
        self.layer.triggerRepaint()

    def do_quick(self) -> None:
        """Several things without waiting in between."""
        for _ in range(self.dice.randint(2, 6)):
            getattr(self, f"do_{self.dice.choice(_QUICK)}")()
            if self.dice.random() < 0.5:
                QCoreApplication.processEvents()


def copy_of(path: Path, folder: Path, name: str = "") -> Path:
    """A file to be changed."""
    return Path(shutil.copy(path, folder / (name or path.name)))
