"""The epidemic curve in the dock: what a mouse and a keyboard choose on it, what it saves, and how fast it is."""
from __future__ import annotations

import csv
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("matplotlib")

from made_curves import hours, made_curve, ms, wave
from outbreak_atlas.plugin.core.curve_figure import DARK, LIGHT, CurveMarks, CurveTexts
from outbreak_atlas.plugin.core.schema import MS_PER_DAY, Step
from outbreak_atlas.plugin.core.series import Curve
from outbreak_atlas.ui.curve_pointer import Part, Steps, dragged
from outbreak_atlas.ui.curve_texts import range_tip, step_tip
from outbreak_atlas.ui.curve_widget import CurveWidget
from outbreak_atlas.ui.throttle import Throttle
from qgis.core import QgsApplication, QgsSettings
from qgis.PyQt.QtCore import QCoreApplication, QEvent, QObject, QPoint, Qt
from qgis.PyQt.QtGui import QColor, QImage, QPalette
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QApplication, QFileDialog, QLabel, QToolTip

TEXTS = CurveTexts("confirmed", "new confirmed", "confirmed so far", zone="Asia/Shanghai")
LEFT = Qt.MouseButton.LeftButton
SHIFT = Qt.KeyboardModifier.ShiftModifier


class Shown:
    """A widget with a curve, and all that it said."""

    def __init__(self, widget: CurveWidget, curve: Curve) -> None:
        self.widget, self.curve = widget, curve
        self.ranges, self.settled, self.frames, self.failures = [], [], [], []
        widget.range_chosen.connect(lambda *chosen: self.ranges.append(chosen))
        widget.range_settled.connect(lambda *chosen: self.settled.append(chosen))
        widget.frame_dragged.connect(self.frames.append)
        widget.failed.connect(self.failures.append)

    def point(self, step: float, height: float = 0.5) -> QPoint:
        """A place on the canvas: a step of the curve (0.5: in the middle of the first), a share of the height."""
        canvas = self.widget.canvas
        length = int(self.curve.begins[1] - self.curve.begins[0]) if len(self.curve.begins) > 1 else MS_PER_DAY
        x = canvas.x_of(self.curve.begins[0] + step * length) / canvas.device_pixel_ratio
        return QPoint(round(x), round(canvas.height() * (1 - height)))

    def drag(self, begin: float, end: float, height: float = 0.5, let_go: bool = True) -> None:
        canvas = self.widget.canvas
        QTest.mousePress(canvas, LEFT, Qt.KeyboardModifier.NoModifier, self.point(begin, height))
        for share in (0.3, 0.7, 1.0):
            QTest.mouseMove(canvas, self.point(begin + share * (end - begin), height))
            move(canvas, self.point(begin + share * (end - begin), height))
        if let_go:
            QTest.mouseRelease(canvas, LEFT, Qt.KeyboardModifier.NoModifier, self.point(end, height))

    def begin(self, step: int) -> int:
        return int(self.curve.begins[step])


def move(canvas: QObject, at: QPoint) -> None:
    """A move with the button held, which QTest cannot make."""
    from qgis.PyQt.QtCore import QPointF
    from qgis.PyQt.QtGui import QMouseEvent

    where = QPointF(at)
    QCoreApplication.sendEvent(canvas, QMouseEvent(
        QEvent.Type.MouseMove, where, QPointF(canvas.mapToGlobal(at)), Qt.MouseButton.NoButton, LEFT,
        Qt.KeyboardModifier.NoModifier))


@pytest.fixture
def shown(qgis_app: QgsApplication) -> Iterator[Shown]:
    widget = CurveWidget()
    widget.resize(600, 180)
    curve = wave()
    widget.show_curve(curve, TEXTS)
    widget.show()
    QTest.qWait(10)
    result = Shown(widget, curve)
    widget.canvas.draw()
    yield result
    QToolTip.hideText()
    widget.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def test_a_drag_over_an_empty_place_chooses_whole_steps(shown: Shown) -> None:
    shown.drag(10.4, 20.6)
    chosen = (shown.begin(10), shown.begin(21))
    assert shown.ranges[-1] == shown.settled[-1] == chosen
    assert len(shown.settled) == 1
    assert len(set(shown.ranges)) == len(shown.ranges) < 4
    assert (shown.widget.marks.begin_ms, shown.widget.marks.end_ms) == chosen
    assert shown.frames == []


def test_a_drag_to_the_left_and_beyond_the_plot_stays_on_the_curve(shown: Shown) -> None:
    shown.drag(30.5, -5)
    assert shown.ranges[-1] == (shown.begin(0), shown.begin(31))


@pytest.mark.parametrize(("grip", "to", "expected"), [
    (20, 25.1, (25, 41)), (41, 60.2, (20, 60)), (20, 50.1, (41, 50)), (20, 41, (40, 41)), (41, 20, (20, 21)),
])
def test_edges_of_the_chosen_dates_can_be_moved(shown: Shown, grip: int, to: float, expected: tuple[int, int]) -> None:
    shown.widget.set_range(shown.begin(20), shown.begin(41))
    shown.drag(grip, to)
    assert shown.ranges[-1] == tuple(map(shown.begin, expected))


def test_a_double_click_shows_all_dates_and_a_click_changes_nothing(shown: Shown) -> None:
    shown.widget.set_range(shown.begin(20), shown.begin(41))
    QTest.mouseClick(shown.widget.canvas, LEFT, Qt.KeyboardModifier.NoModifier, shown.point(30))
    assert shown.ranges == []
    QTest.mouseDClick(shown.widget.canvas, LEFT, Qt.KeyboardModifier.NoModifier, shown.point(30))
    assert shown.ranges == [(None, None)]
    assert not shown.widget.has_range


def test_the_cursor_is_dragged_in_steps(shown: Shown) -> None:
    shown.widget.set_cursor(shown.begin(40))
    assert shown.widget.marks.frame == (shown.begin(40), shown.begin(41))
    shown.drag(40.5, 55.3)
    assert shown.frames[-1] == shown.begin(55)
    assert shown.ranges == []
    assert shown.widget.marks.frame == (shown.begin(55), shown.begin(56))


def test_a_frame_of_a_week_keeps_its_length(shown: Shown) -> None:
    shown.widget.set_cursor(shown.begin(40), shown.begin(47))
    shown.drag(43.5, 55.3)
    assert shown.widget.marks.frame == (shown.begin(55), shown.begin(62))


def test_the_handle_is_taken_where_an_edge_is_at_the_same_place(shown: Shown) -> None:
    shown.widget.set_range(shown.begin(20), shown.begin(41))
    shown.widget.set_cursor(shown.begin(40))
    shown.drag(40.5, 30.5, height=0.9)
    assert shown.frames[-1] == shown.begin(30)
    assert shown.ranges == []


def test_telling_the_widget_emits_nothing(shown: Shown) -> None:
    shown.widget.set_range(shown.begin(3), shown.begin(9))
    shown.widget.set_range(None, None)
    shown.widget.set_cursor(shown.begin(3), shown.begin(4))
    shown.widget.set_cursor(None)
    QTest.qWait(80)
    assert shown.ranges == shown.frames == shown.settled == []


def test_what_is_dragged_is_not_pulled_away_and_what_was_told_counts_afterwards(shown: Shown) -> None:
    shown.widget.set_cursor(shown.begin(40))
    shown.drag(40.5, 55.3, let_go=False)
    QTest.qWait(80)
    shown.widget.set_cursor(shown.begin(54))
    assert shown.widget.marks.frame[0] == shown.begin(55)
    QTest.mouseRelease(shown.widget.canvas, LEFT, Qt.KeyboardModifier.NoModifier, shown.point(55.3))
    assert shown.widget.marks.frame[0] == shown.begin(54)


def test_keys_move_the_cursor_extend_the_dates_and_clear_them(shown: Shown) -> None:
    shown.widget.set_cursor(shown.begin(40))
    QTest.keyClick(shown.widget, Qt.Key.Key_Right)
    QTest.keyClick(shown.widget, Qt.Key.Key_Left)
    QTest.keyClick(shown.widget, Qt.Key.Key_Left)
    assert shown.frames == [shown.begin(at) for at in (41, 40, 39)]
    QTest.keyClick(shown.widget, Qt.Key.Key_Right, SHIFT)
    QTest.keyClick(shown.widget, Qt.Key.Key_Right, SHIFT)
    QTest.keyClick(shown.widget, Qt.Key.Key_Left, SHIFT)
    assert shown.ranges == [(shown.begin(39), shown.begin(at)) for at in (40, 41, 40)]
    QTest.keyClick(shown.widget, Qt.Key.Key_Escape)
    assert shown.ranges[-1] == (None, None)


def test_the_cursor_stops_at_both_ends(shown: Shown) -> None:
    shown.widget.set_cursor(shown.begin(87))
    QTest.keyClick(shown.widget, Qt.Key.Key_Right)
    assert shown.frames == []
    shown.widget.set_cursor(None)
    QTest.keyClick(shown.widget, Qt.Key.Key_Right)
    assert shown.frames == [shown.begin(0)]


def test_the_picture_shows_dates_and_cursor_without_being_drawn_again(shown: Shown) -> None:
    draws = []
    shown.widget.canvas.mpl_connect("draw_event", draws.append)
    before = shown.widget.grab().toImage()
    shown.widget.set_cursor(shown.begin(60))
    shown.widget.set_range(shown.begin(20), shown.begin(70))
    after = shown.widget.grab().toImage()
    outside, cursor = shown.point(9.5, 0.35), shown.point(60.5, 0.35)
    assert before.pixelColor(outside) != after.pixelColor(outside)
    assert before.pixelColor(cursor) != after.pixelColor(cursor)
    shown.widget.set_cursor(None)
    shown.widget.set_range(None, None)
    assert shown.widget.grab().toImage() == before
    assert draws == []


def test_it_says_all_of_a_step_in_words() -> None:
    curve = wave()
    assert "2020-02-12</b> Asia/Shanghai" in step_tip(curve, 9, TEXTS)
    assert "new confirmed: 15,152" in step_tip(curve, 9, TEXTS)
    assert "jump" in step_tip(curve, 9, TEXTS)
    assert "▼ revision: 420 taken back" in step_tip(curve, 30, TEXTS)
    assert "no report" in step_tip(curve, 17, TEXTS)
    unknown = made_curve([np.nan], Step.HOUR, total=[np.nan])
    assert "unknown" in step_tip(unknown, 0, replace(TEXTS, new="<new>"))
    assert "&lt;new&gt;: unknown" in step_tip(unknown, 0, replace(TEXTS, new="<new>"))
    assert "2020-02-03 00:00 to 2020-02-03 01:00" in step_tip(unknown, 0, TEXTS)
    assert range_tip(ms("2020-02-13"), ms("2020-02-20"), Step.DAY) == "2020-02-13 to 2020-02-19 (days: 7)"


def test_the_pointer_reads_the_step_below_it(shown: Shown) -> None:
    QTest.mouseMove(shown.widget.canvas, shown.point(9.5))
    assert "15,152" in QToolTip.text()


@pytest.mark.parametrize("suffix", [".svg", ".png", ".csv"])
def test_it_is_saved_as_it_goes_to_print(shown: Shown, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a curve 曲线{suffix}"
    shown.widget.set_range(shown.begin(20), shown.begin(70))
    assert shown.widget.save(path)
    if suffix == ".csv":
        rows = list(csv.DictReader(path.open(encoding="utf-8")))
        assert [float(row["new"]) for row in rows] == shown.curve.new.tolist()
    else:
        image = QImage(str(path))
        assert not image.isNull()
        assert image.width() / image.height() == pytest.approx(2, rel=0.02)
        assert image.pixelColor(1, 1) == QColor("white")
    assert shown.failures == []


@pytest.mark.parametrize(("name", "words"), [
    ("nowhere/curve.svg", "could not be written"), ("curve.bmp", "SVG, PNG or CSV"),
])
def test_what_cannot_be_saved_is_said(shown: Shown, tmp_path: Path, name: str, words: str) -> None:
    assert not shown.widget.save(tmp_path / name)
    assert len(shown.failures) == 1
    assert words in shown.failures[0]


def test_the_menu_saves_in_the_folder_of_last_time(
    shown: Shown, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def ask(_parent: object, _title: str, proposal: str, _filters: str) -> tuple[str, str]:
        asked.append(Path(proposal))
        return str(tmp_path / "mine"), ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", ask)
    actions = {action.text().replace("&", ""): action for action in shown.widget.menu().actions()}
    actions["Save as SVG…"].trigger()
    actions["Save as PNG…"].trigger()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine.png", "mine.svg"]
    assert asked[1].parent == tmp_path
    QgsSettings().remove("outbreak_atlas/curve/folder")
    actions["Copy picture"].trigger()
    assert QApplication.clipboard().image().width() > 1000


def test_the_menu_changes_how_it_is_drawn(shown: Shown) -> None:
    def action(text: str) -> object:
        return next(one for one in shown.widget.menu().actions() if one.text().replace("&", "") == text)

    action("Logarithmic scale of the total").trigger()
    assert shown.widget.canvas.plot.right.get_yscale() == "log"
    action("Logarithmic scale of the total").trigger()
    assert shown.widget.canvas.plot.right.get_yscale() == "linear"
    action("Show mean").trigger()
    assert not shown.widget.canvas.plot.mean.get_visible()
    assert not action("Show all dates").isEnabled()


def test_a_curve_can_go_and_come(shown: Shown) -> None:
    shown.widget.show_curve(None, TEXTS)
    assert not shown.widget.canvas.isVisible()
    assert not shown.widget.save("nowhere.svg")
    QTest.keyClick(shown.widget, Qt.Key.Key_Right)
    assert shown.frames == []
    shown.widget.show_curve(made_curve([1, 2]), TEXTS)
    assert shown.widget.canvas.isVisible()


def test_colours_follow_the_theme(shown: Shown) -> None:
    palette = QPalette(shown.widget.palette())
    palette.setColor(QPalette.ColorRole.Base, QColor("#101418"))
    palette.setColor(QPalette.ColorRole.Text, QColor("#f0f0f0"))
    shown.widget.setPalette(palette)
    QTest.qWait(10)
    assert shown.widget.grab().toImage().pixelColor(5, 5) == QColor("#101418")
    assert shown.widget.canvas.plot.look.new == DARK.new != LIGHT.new


def test_many_sizes_are_drawn_once(shown: Shown) -> None:
    draws = []
    shown.widget.canvas.mpl_connect("draw_event", draws.append)
    for width in range(600, 300, -30):
        shown.widget.resize(width, 150)
        QApplication.sendPostedEvents()
        shown.widget.grab()
    assert draws == []
    QTest.qWait(150)
    assert len(draws) == 1
    shown.drag(10.5, 20.5)
    assert shown.ranges[-1] == (shown.begin(10), shown.begin(21))


def test_without_matplotlib_one_sentence_says_how_to_get_it(
    qgis_app: QgsApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.backends.backend_qtagg", None)
    monkeypatch.delitem(sys.modules, "outbreak_atlas.ui.curve_canvas", raising=False)
    widget = CurveWidget()
    widget.show_curve(wave(), TEXTS)
    assert widget.canvas is None
    assert "matplotlib" in widget.findChild(QLabel).text()
    widget.set_cursor(0)
    widget.set_range(0, MS_PER_DAY)
    widget.show_curve(hours(), TEXTS)
    widget.deleteLater()


def test_the_module_does_not_load_matplotlib(qgis_app: QgsApplication) -> None:
    """Seen from outside: whatever imports it in this process."""
    import subprocess

    code = ("import sys; sys.path.insert(0, '.ci'); import session; session.register_package();"
            "import outbreak_atlas.ui.curve_widget; print('matplotlib' in sys.modules, 'pandas' in sys.modules)")
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True,
                         cwd=Path(__file__).resolve().parents[2])
    assert run.stdout.split() == ["False", "False"]


def test_a_throttle_passes_the_first_at_once_and_the_last_later(qgis_app: QgsApplication) -> None:
    parent = QObject()
    throttle, passed = Throttle(40, parent), []
    throttle.passed.connect(passed.append)
    for value in (1, 2, 3):
        throttle.offer(value)
    assert passed == [1]
    QTest.qWait(90)
    assert passed == [1, 3]
    throttle.offer(3)
    assert not throttle.flush()
    assert passed == [1, 3]


def test_a_brush_of_one_step_and_steps_of_an_hour() -> None:
    curve = hours(48)
    steps = Steps(np.append(curve.begins, curve.begins[-1] + 3_600_000))
    at = ms("2020-02-03T10:20")
    marks = dragged(steps, CurveMarks(), Part.BRUSH, at, at + 5)
    assert (marks.begin_ms, marks.end_ms) == (ms("2020-02-03T10:00"), ms("2020-02-03T11:00"))


def test_speed(shown: Shown) -> None:
    """Generous bounds: a twentieth of a second for another curve, a hundredth for a cursor."""
    def median(act: object) -> float:
        times = []
        for at in range(11):
            begin = time.perf_counter()
            act(at)
            QCoreApplication.processEvents()
            times.append(time.perf_counter() - begin)
        return sorted(times)[5]

    curves = (hours(), hours(2100))
    assert median(lambda at: shown.widget.show_curve(curves[at % 2], TEXTS)) < 0.1
    shown.widget.show_curve(shown.curve, TEXTS)
    QCoreApplication.processEvents()
    assert median(lambda at: shown.widget.set_cursor(shown.begin(at))) < 0.02
    assert median(lambda at: shown.widget.set_range(shown.begin(at), shown.begin(at + 9))) < 0.02
