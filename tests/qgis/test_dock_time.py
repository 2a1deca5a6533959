"""The dock's time: dates, curve and buttons are the Temporal Controller's own, both ways."""
from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path

import dock_dataset as data
import numpy as np
import pytest
from dock_hands import choose, drawn_sum, plain, state_of
from dock_stage import DockStage, drawn_rows
from outbreak_atlas.plugin.bridge.date_label import MARK, DateLabel
from outbreak_atlas.plugin.bridge.messages import Messages
from outbreak_atlas.plugin.bridge.tasks import Jobs
from outbreak_atlas.plugin.bridge.temporal import as_utc, range_ms
from outbreak_atlas.ui.dock_controller import DockController
from outbreak_atlas.ui.dock_surroundings import Surroundings
from outbreak_atlas.ui.loading import Loading
from qgis.core import (
    Qgis,
    QgsApplication,
    QgsDateTimeRange,
    QgsExpression,
    QgsExpressionContext,
    QgsExpressionContextUtils,
    QgsInterval,
    QgsProject,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QCoreApplication, QDate, QDateTime, QEvent, QPoint, QPointF, Qt, QTime
from qgis.PyQt.QtGui import QMouseEvent
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QAction, QDateTimeEdit, QWidget

DAY, START, END = data.DAY, data.START, data.END


def day(number: int) -> int:
    return START + number * DAY


def dates(stage: DockStage) -> tuple[str, str]:
    return stage.dock.fromEdit.text(), stage.dock.toEdit.text()


def extents(stage: DockStage) -> tuple[int, int]:
    return range_ms(stage.navigation.temporalExtents())


def frame(stage: DockStage) -> int:
    """The day that the map shows."""
    begin, end = range_ms(stage.canvas.temporalRange())
    assert end - begin == DAY
    return (begin - START) // DAY


def period(stage: DockStage) -> tuple[int | None, int | None]:
    return state_of(stage).begin_ms, state_of(stage).end_ms


# Dates


def test_dates_are_set_as_a_script_does(dock_stage: DockStage, dock_layer: QgsVectorLayer) -> None:
    dock = dock_stage.dock
    dock.fromEdit.setDate(QDate(2020, 2, 10))
    dock.toEdit.setDate(QDate(2020, 2, 20))
    dock_stage.settle()
    assert period(dock_stage) == (day(7), day(18)), "the last day is a part of it"
    assert extents(dock_stage) == (day(7), day(18)) and dates(dock_stage) == ("2020-02-10", "2020-02-20")
    dock.fromEdit.setDateTime(QDateTime(QDate(2020, 2, 12), QTime(15, 30)))  # of this computer's zone, or of any other
    dock.toEdit.setDateTime(QDateTime(QDate(2020, 2, 14), QTime(0, 0), Qt.TimeSpec.UTC))
    dock_stage.settle()
    assert period(dock_stage) == (day(9), day(12)) and dates(dock_stage) == ("2020-02-12", "2020-02-14")
    marks = dock.epiCurve.marks
    assert (marks.begin_ms, marks.end_ms) == (day(9), day(12))
    assert dock_stage.navigation.totalFrameCount() == 3
    dock.resetButton.click()
    dock_stage.settle()
    assert period(dock_stage) == (None, None) and extents(dock_stage) == (START, END)
    assert not dock.epiCurve.has_range and dates(dock_stage) == ("2020-02-03", "2020-03-13")


def test_dates_are_typed_digit_by_digit(dock_stage: DockStage, dock_layer: QgsVectorLayer) -> None:
    dock_stage.dock.activateWindow()
    for edit, digits in ((dock_stage.dock.fromEdit, "20200301"), (dock_stage.dock.toEdit, "20200307")):
        edit.setFocus()
        edit.setSelectedSection(QDateTimeEdit.Section.YearSection)
        QTest.keyClicks(edit, digits)
        QTest.keyClick(edit, Qt.Key.Key_Return)
    dock_stage.settle()
    assert period(dock_stage) == (day(27), day(34))


def test_dates_leave_what_holds_in_them(dock_stage: DockStage, dock_layer: QgsVectorLayer) -> None:
    dock_stage.dock.epiCurve.range_chosen.emit(day(20), day(23))
    dock_stage.settle()
    counts = data.counts()["confirmed"]
    for number in (20, 22):
        dock_stage.go_to(day(number))
        assert drawn_sum(dock_stage, dock_layer) == counts.iloc[number].sum()
    assert dock_layer.featureCount() <= 4 * len(data.PLACES)
    choose(dock_stage, "new_confirmed")
    new = data.new(counts)
    assert drawn_sum(dock_stage, dock_layer) == new.iloc[22].sum()
    assert {row["shown_from"].toString("MM-dd") for row in dock_layer.getFeatures()} == {"02-23", "02-24", "02-25"}


def test_the_brush_acts_as_typing_does(dock_stage: DockStage, dock_layer: QgsVectorLayer) -> None:
    curve = dock_stage.dock.epiCurve
    _drag(curve.canvas, 10, 14)
    dock_stage.settle()
    assert period(dock_stage) == (day(10), day(15)) == extents(dock_stage)
    assert dates(dock_stage) == ("2020-02-13", "2020-02-17")
    dock_stage.dock.fromEdit.setDate(QDate(2020, 2, 15))
    dock_stage.settle()
    assert (curve.marks.begin_ms, curve.marks.end_ms) == (day(12), day(15)), "typing moves the brush"
    curve.clear_range()
    dock_stage.settle()
    assert period(dock_stage) == (None, None) and dates(dock_stage) == ("2020-02-03", "2020-03-13")


def _drag(canvas: QWidget, first: int, last: int) -> None:
    """With the left button, from the middle of one day to that of another."""
    begin, end = (QPoint(round(canvas.x_of(day(number) + DAY / 2) / canvas.device_pixel_ratio), canvas.height() // 2)
                  for number in (first, last))
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QTest.mousePress(canvas, left, none, begin)
    for at in ((begin + end) / 2, end):
        QCoreApplication.sendEvent(canvas, QMouseEvent(
            QEvent.Type.MouseMove, QPointF(at), QPointF(canvas.mapToGlobal(at)), Qt.MouseButton.NoButton, left, none))
    QTest.mouseRelease(canvas, left, none, end)


def test_presets(dock_stage: DockStage, dock_layer: QgsVectorLayer) -> None:
    new = data.new(data.counts()["confirmed"]).sum(axis=1).to_numpy()
    peak = int(np.argmax(np.convolve(new, np.ones(14), "valid")))
    for name, expected in (
        ("7", (day(33), None)), ("14", (day(26), None)), ("28", (day(12), None)), ("peak", (day(peak), day(peak + 14))),
        ("all", (None, None)),
    ):
        dock_stage.dock.presetButton.menu().findChild(QAction, f"preset_{name}").trigger()
        dock_stage.settle()
        assert period(dock_stage) == expected, name
        begin, end = expected
        assert extents(dock_stage) == (START if begin is None else begin, END if end is None else end)
    assert day(peak) <= day(data.JUMP) < day(peak + 14)


def test_a_moment_outside_the_dates_moves_into_them(dock_stage: DockStage, dock_layer: QgsVectorLayer) -> None:
    dock_stage.go_to(day(30))
    dock_stage.dock.toEdit.setDate(QDate(2020, 2, 10))
    dock_stage.settle()
    assert frame(dock_stage) == 7
    dock_stage.dock.resetButton.click()
    dock_stage.settle()
    dock_stage.go_to(day(5))
    dock_stage.dock.toEdit.setDate(QDate(2020, 2, 20))
    dock_stage.settle()
    assert frame(dock_stage) == 5, "a moment inside of them stays"


@pytest.mark.parametrize("dragged", ["curve", "typed", "native"])
def test_the_frame_is_one_for_all(dock_stage: DockStage, dock_layer: QgsVectorLayer, dragged: str) -> None:
    dock, moment = dock_stage.dock, day(12)
    if dragged == "curve":
        dock.epiCurve.frame_dragged.emit(moment)
    elif dragged == "typed":
        dock.positionEdit.setDateTime(as_utc(moment))
    else:
        dock_stage.navigation.setCurrentFrameNumber(12)
    dock_stage.settle()
    assert frame(dock_stage) == 12 == dock_stage.navigation.currentFrameNumber()
    assert dock.positionEdit.text() == "2020-02-15" and dock.frameLabel.text().startswith("2020-02-15 · day 13 of 40")
    assert dock.epiCurve.marks.frame == (day(12), day(13))
    assert plain(dock_stage).startswith("2020-02-15 24:00 Asia/Shanghai: ")


# Playback


def test_buttons_drive_the_controller_and_follow_it(dock_stage: DockStage, dock_layer: QgsVectorLayer) -> None:
    dock, controller = dock_stage.dock, dock_stage.navigation
    for button, expected in (
        (dock.nextButton, 1), (dock.nextButton, 2), (dock.previousButton, 1), (dock.lastButton, data.DAYS - 1),
        (dock.firstButton, 0),
    ):
        button.click()
        dock_stage.settle()
        assert controller.currentFrameNumber() == expected == frame(dock_stage)
    dock.loopButton.click()
    dock.speedSpin.setValue(7)
    assert controller.isLooping() and controller.framesPerSecond() == 7
    dock.previousButton.click()
    dock_stage.settle()
    assert frame(dock_stage) == data.DAYS - 1, "looping goes round"
    controller.setLooping(False)
    controller.setFramesPerSecond(3)
    controller.setTemporalExtents(QgsDateTimeRange(as_utc(day(3)), as_utc(day(9)), True, False))
    dock_stage.settle()
    assert not dock.loopButton.isChecked() and dock.speedSpin.value() == 3


def test_it_plays_every_frame_once_and_pauses(dock_stage: DockStage, dock_layer: QgsVectorLayer) -> None:
    dock, frames = dock_stage.dock, []
    dock.speedSpin.setValue(30)
    listening = dock_stage.canvas.temporalRangeChanged.connect(lambda: frames.append(frame(dock_stage)))
    dock.playButton.click()
    assert dock_stage.navigation.animationState() == Qgis.AnimationState.Forward
    dock_stage.wait_for(lambda: len(frames) >= 5)
    dock.playButton.click()
    dock_stage.canvas.disconnect(listening)
    assert dock_stage.navigation.animationState() == Qgis.AnimationState.Idle
    assert frames == list(range(1, len(frames) + 1))
    dock_stage.settle()
    assert plain(dock_stage).split(" confirmed")[0].endswith(
        f" {data.counts()['confirmed'].iloc[frames[-1]].sum():,.0f}")
    dock_stage.navigation.playBackward()
    assert dock.playButton.isChecked(), "QGIS's own buttons move ours"
    dock_stage.navigation.pause()
    assert not dock.playButton.isChecked()


def test_a_longer_frame_is_told(dock_stage: DockStage, dock_layer: QgsVectorLayer) -> None:
    dock_stage.navigation.setFrameDuration(QgsInterval(2, Qgis.TemporalUnit.Days))
    dock_stage.navigation.setCurrentFrameNumber(2)
    dock_stage.settle()
    assert "The frame is longer than one day" in dock_stage.dock.frameLabel.text()
    dock_stage.dock.resetButton.click()
    dock_stage.settle()
    assert "longer" not in dock_stage.dock.frameLabel.text()
    assert len(drawn_rows(dock_layer, dock_stage.canvas)) == len(data.PLACES)


def test_all_times_at_once_are_told(dock_stage: DockStage, dock_layer: QgsVectorLayer) -> None:
    dock_stage.navigation.setNavigationMode(Qgis.TemporalNavigationMode.NavigationOff)
    dock_stage.settle()
    assert "all times at once" in dock_stage.dock.frameLabel.text()
    dock_stage.dock.playButton.click()
    dock_stage.settle()
    dock_stage.dock.playButton.setChecked(False)
    assert dock_stage.navigation.navigationMode() == Qgis.TemporalNavigationMode.Animated
    assert frame(dock_stage) >= 0


# The date on the map


def test_the_date_label_is_on_and_one_click_takes_it_off(dock_stage: DockStage, dock_layer: QgsVectorLayer) -> None:
    dock, project = dock_stage.dock, dock_stage.project
    assert dock.labelButton.isChecked()
    text, _ = project.readEntry("TitleLabel", "/Label")
    assert MARK in text and project.readBoolEntry("TitleLabel", "/Enabled")[0]
    dock_stage.go_to(day(12))
    settings, context = dock_stage.canvas.mapSettings(), QgsExpressionContext()
    context.appendScope(QgsExpressionContextUtils.mapSettingsScope(settings))
    label = QgsExpression.replaceExpressionText(text, context)
    assert label.startswith("2020-02-15") and data.ZONE in label
    dock.labelButton.click()
    assert not project.readBoolEntry("TitleLabel", "/Enabled")[0]
    dock.labelButton.click()
    assert project.readBoolEntry("TitleLabel", "/Enabled")[0]
    dock_stage.controller.close()
    assert MARK not in project.readEntry("TitleLabel", "/Label")[0]


# Another step


class LoadingStage(DockStage):
    """Changes steps as the plugin does."""

    def _controller(self) -> DockController:
        self.jobs, messages = Jobs(QgsApplication.taskManager()), Messages(self.bar)
        loading = Loading(self.canvas, self.project, messages, self.jobs, lambda _layer: None)
        return DockController(self.dock, Surroundings(
            self.canvas, self.project, messages, self.sums, self.heat, DateLabel(self.canvas, self.project),
            loading.change_step))

    def settle(self) -> None:
        self.wait_for(lambda: not len(self.jobs))
        super().settle()


@pytest.fixture
def loading_stage(project: QgsProject, dock_file: Path) -> Iterator[LoadingStage]:
    with LoadingStage() as stage:
        stage.open(dock_file)
        yield stage


def test_another_step_keeps_moment_and_filter(loading_stage: LoadingStage) -> None:
    stage, counts = loading_stage, data.counts()["confirmed"]
    stage.dock.kindCombo.setCheckedItems(["hotel", "hospital"])
    stage.go_to(day(16))  # a Wednesday
    combo, where = stage.dock.stepCombo, (lambda place: place.kind in ("hotel", "hospital"))
    combo.setCurrentIndex(combo.findData("week"))
    stage.settle()
    begin, end = range_ms(stage.canvas.temporalRange())
    assert (begin, end) == (day(14), day(21)), "the week that holds the moment"
    assert combo.currentData() == "week" and stage.session.shape.step == "week"
    assert state_of(stage).kinds == {"hotel", "hospital"}
    assert drawn_sum(stage, stage.session.layer) == data.chosen("confirmed", where).iloc[20].sum()
    assert plain(stage).startswith("2020-02-23 24:00 Asia/Shanghai: ")
    assert "· week 3 of 6" in stage.dock.frameLabel.text()
    assert dates(stage) == ("2020-02-03", "2020-03-15"), "the last day of the last week"
    assert len(stage.dock.epiCurve.canvas._shown[0].begins) == 6
    combo.setCurrentIndex(combo.findData("hour"))
    stage.settle()
    begin, end = range_ms(stage.canvas.temporalRange())
    assert end - begin == 3_600_000 and day(14) <= begin < day(21)
    assert stage.dock.fromEdit.displayFormat().endswith("HH:mm")
    combo.setCurrentIndex(combo.findData("day"))
    stage.settle()
    assert combo.currentData() == "day" and day(14) <= day(frame(stage)) < day(21)
    assert drawn_sum(stage, stage.session.layer) == data.chosen("confirmed", where).iloc[frame(stage)].sum()
    assert counts.shape[0] == data.DAYS


def test_no_moment_depends_on_the_computer(dock_stage: DockStage, dock_layer: QgsVectorLayer) -> None:
    """The wall clock of the data is what every widget shows."""
    first = datetime.fromtimestamp(START / 1000, timezone.utc)
    assert f"{first:%Y-%m-%d}" == dock_stage.dock.fromEdit.text() == dock_stage.dock.positionEdit.text()
    assert range_ms(dock_stage.canvas.temporalRange()) == (START, START + DAY)
