"""The tree of areas on screen: ticks, counts, search and keys, as a person and as Qt use them."""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np
import pytest

NAN = float("nan")
COLUMNS = ("province", "city")
HUBEI, BEIJING = ("湖北省",), ("北京市",)
WUHAN, XIAOGAN, HUANGGANG = (("湖北省", name) for name in ("武汉市", "孝感市", "黄冈市"))
AREAS = (WUHAN, XIAOGAN, HUANGGANG, ("北京市", "东城区"), ("北京市", "大兴区"), ("海外", None))
COUNTS = np.array([30.0, 20.0, NAN, 7.0, NAN, NAN])


@dataclass
class Stage:
    """The widgets of a form, what controls them, and what it has told."""

    window: Any
    tree: Any
    search: Any
    panel: Any
    changes: list[object]
    zooms: list[object]

    @property
    def model(self) -> Any:
        return self.tree.model()

    def row(self, *labels: str) -> Any:
        """The index of a row, by the names that lead to it."""
        from qgis.PyQt.QtCore import QModelIndex

        parent = QModelIndex()
        for label in labels:
            children = (self.model.index(at, 0, parent) for at in range(self.model.rowCount(parent)))
            parent = next(child for child in children if child.data() == label)
        return parent

    def labels(self, *above: str) -> list[str]:
        parent = self.row(*above)
        return [self.model.index(at, 0, parent).data() for at in range(self.model.rowCount(parent))]

    def count(self, *labels: str) -> str:
        index = self.row(*labels)
        return str(index.sibling(index.row(), 1).data())

    def box(self, *labels: str) -> Any:
        from qgis.PyQt.QtCore import Qt

        return Qt.CheckState(self.row(*labels).data(Qt.ItemDataRole.CheckStateRole))

    def tick(self, on: bool, *labels: str) -> None:
        from qgis.PyQt.QtCore import Qt

        state = Qt.CheckState.Checked if on else Qt.CheckState.Unchecked
        assert self.model.setData(self.row(*labels), state, Qt.ItemDataRole.CheckStateRole)

    def key(self, widget: Any, key: str, modifier: str = "NoModifier") -> None:
        from qgis.PyQt.QtCore import Qt
        from qgis.PyQt.QtTest import QTest

        QTest.keyClick(widget, getattr(Qt.Key, key), getattr(Qt.KeyboardModifier, modifier))

    def double_click(self, index: Any, at_box: bool = False) -> None:
        from qgis.PyQt.QtCore import QPoint, Qt
        from qgis.PyQt.QtTest import QTest

        rect = self.tree.visualRect(index)
        point = QPoint(rect.left() + 5, rect.center().y()) if at_box else rect.center()
        QTest.mouseClick(self.tree.viewport(), Qt.MouseButton.LeftButton, pos=point)
        QTest.mouseDClick(self.tree.viewport(), Qt.MouseButton.LeftButton, pos=point)


@pytest.fixture
def stage(qgis_app: Any) -> Iterator[Stage]:
    from outbreak_atlas.ui.area_panel import AreaPanel
    from qgis.core import QgsSettings
    from qgis.PyQt.QtWidgets import QHBoxLayout, QLineEdit, QTreeView, QVBoxLayout, QWidget

    QgsSettings().remove("outbreak_atlas/dock")
    window = QWidget()
    column, row = QVBoxLayout(window), QHBoxLayout()
    search, tree = QLineEdit(window), QTreeView(window)
    row.addWidget(search)
    column.addLayout(row)
    column.addWidget(tree)
    panel = AreaPanel(tree, search, row)
    panel.show_areas(AREAS, COLUMNS)
    panel.set_metric("confirmed")
    panel.set_counts(COUNTS)
    tree.collapseAll()
    window.resize(300, 400)
    window.show()
    made = Stage(window, tree, search, panel, [], [])
    panel.changed.connect(lambda: made.changes.append(panel.checked()))
    panel.zoom_wanted.connect(made.zooms.append)
    yield made
    panel.close()
    window.deleteLater()


def test_qt_finds_the_model_sound(stage: Stage) -> None:
    from qgis.PyQt.QtTest import QAbstractItemModelTester

    fatal = QAbstractItemModelTester.FailureReportingMode.Fatal
    tester = QAbstractItemModelTester(stage.panel.model, fatal, stage.window)
    stage.panel.set_counts(COUNTS[::-1])
    stage.search.setText("wh")
    stage.tick(False, "湖北省")
    stage.search.setText("")
    stage.tree.sortByColumn(0, stage.tree.header().sortIndicatorOrder())
    stage.panel.show_areas((("n1",), ("n2",)), ("place_id",))
    del tester


def test_names_with_counts_largest_first(stage: Stage) -> None:
    assert stage.labels() == ["湖北省", "北京市", "海外"]
    assert stage.labels("湖北省") == ["武汉市", "孝感市", "黄冈市"]
    assert [stage.count("湖北省"), stage.count("北京市"), stage.count("海外")] == ["50", "7", "–"]
    stage.panel.set_counts(np.array([1.0, 2.0, NAN, 84373.0, NAN, 0.0]))
    assert stage.labels() == ["北京市", "湖北省", "海外"]
    assert stage.count("北京市") == "84,373" and stage.count("海外") == "0"


def test_few_areas_are_open_from_the_start(stage: Stage) -> None:
    stage.panel.show_areas(AREAS, COLUMNS)
    assert stage.tree.isExpanded(stage.row("湖北省"))
    stage.panel.show_areas([(f"P{at % 30}", f"City {at}") for at in range(300)], COLUMNS)
    assert not stage.tree.isExpanded(stage.row("P1"))


def test_an_area_is_known_by_its_role(stage: Stage) -> None:
    from outbreak_atlas.ui.area_model import AREA_ROLE, COUNT_ROLE

    assert stage.row("湖北省", "武汉市").data(AREA_ROLE) == WUHAN
    assert stage.row("湖北省").data(AREA_ROLE) == HUBEI
    assert stage.row("海外").data(AREA_ROLE) == ("海外", None)
    assert stage.row("湖北省").data(COUNT_ROLE) == 50.0
    assert stage.row("海外").data(COUNT_ROLE) is None


def test_tips_say_the_whole_name_and_what_is_unknown(stage: Stage) -> None:
    from qgis.PyQt.QtCore import Qt

    assert "武汉市, 湖北省: 30 (confirmed)" in stage.row("湖北省", "武汉市").data(Qt.ItemDataRole.ToolTipRole)
    assert stage.row("海外").data(Qt.ItemDataRole.AccessibleTextRole) == "海外: unknown (confirmed)"
    stage.panel.show_areas((("<b>Ward</b>",),), ("city",))
    assert "&lt;b&gt;Ward" in stage.model.index(0, 0).data(Qt.ItemDataRole.ToolTipRole)


def test_a_province_is_ticked_at_once(stage: Stage) -> None:
    from qgis.PyQt.QtCore import Qt

    stage.tick(False, "湖北省")
    assert stage.changes == [frozenset(AREAS[3:])]
    stage.tick(True, "湖北省", "孝感市")
    assert stage.box("湖北省") == Qt.CheckState.PartiallyChecked
    stage.tick(True, "湖北省")
    assert stage.changes[2:] == [None] and stage.box("湖北省") == Qt.CheckState.Checked
    stage.tick(True, "湖北省")
    assert len(stage.changes) == 3, "nothing changed"


def test_ticks_from_outside_are_not_announced(stage: Stage) -> None:
    from qgis.PyQt.QtCore import Qt

    stage.panel.set_checked(frozenset({WUHAN}))
    assert stage.panel.checked() == {WUHAN} and stage.changes == []
    assert stage.box("湖北省") == Qt.CheckState.PartiallyChecked
    stage.panel.set_checked(None)
    assert stage.panel.checked() is None and stage.changes == []


@pytest.mark.parametrize("typed", ["wh", "wuhan", "武", "Wuhan", "WU HAN"])
def test_a_search_opens_what_it_finds(stage: Stage, typed: str) -> None:
    stage.search.setText(typed)
    assert stage.labels() == ["湖北省"] and stage.labels("湖北省") == ["武汉市"]
    assert stage.tree.isExpanded(stage.row("湖北省"))
    assert stage.tree.currentIndex().data() == "武汉市"


def test_the_whole_province_is_found_by_its_name(stage: Stage) -> None:
    stage.search.setText("hubei")
    assert stage.labels() == ["湖北省"] and len(stage.labels("湖北省")) == 3


def test_words_of_the_data_find_an_area(stage: Stage) -> None:
    stage.panel.show_areas(AREAS, COLUMNS, words={HUANGGANG: ("421100",), HUBEI: ("Chu",)})
    stage.search.setText("4211")
    assert stage.labels("湖北省") == ["黄冈市"]
    stage.search.setText("chu")
    assert stage.labels() == ["湖北省"]


def test_after_a_search_the_tree_is_as_before(stage: Stage) -> None:
    stage.tree.expand(stage.row("北京市"))
    stage.search.setText("wh")
    stage.search.setText("whx")
    assert stage.labels() == [] and stage.panel._hint.isVisible() and "whx" in stage.panel._hint.text()
    stage.search.setText("")
    assert not stage.panel._hint.isVisible()
    assert stage.labels() == ["湖北省", "北京市", "海外"]
    assert stage.tree.isExpanded(stage.row("北京市")) and not stage.tree.isExpanded(stage.row("湖北省"))


def test_all_none_and_invert_act_on_what_is_shown(stage: Stage) -> None:
    actions = stage.panel._actions.by_name
    stage.search.setText("hubei")
    actions["none"].trigger()
    assert stage.changes == [frozenset(AREAS[3:])]
    stage.search.setText("wuhan")
    actions["invert"].trigger()
    assert stage.changes[-1] == frozenset({WUHAN, *AREAS[3:]})
    stage.search.setText("")
    actions["all"].trigger()
    assert stage.changes[-1] is None
    actions["none"].trigger()
    assert stage.changes[-1] == frozenset()


def test_a_province_ticks_only_the_cities_that_are_shown(stage: Stage) -> None:
    stage.search.setText("wuhan")
    stage.tick(False, "湖北省")
    assert stage.changes == [frozenset(AREAS[1:])]


def test_enter_in_the_search_shows_only_the_best_match(stage: Stage) -> None:
    stage.search.setText("xg")
    stage.key(stage.search, "Key_Return")
    assert stage.changes == [frozenset({XIAOGAN})]
    stage.search.setText("nowhere")
    stage.key(stage.search, "Key_Return")
    assert len(stage.changes) == 1


def test_keys_in_the_tree(stage: Stage) -> None:
    stage.tree.setCurrentIndex(stage.row("北京市"))
    stage.key(stage.tree, "Key_Space")
    assert stage.changes[-1] == frozenset({*AREAS[:3], AREAS[5]})
    stage.key(stage.tree, "Key_Space")
    assert stage.changes[-1] is None
    stage.key(stage.tree, "Key_Return")
    assert stage.changes[-1] == frozenset(AREAS[3:5])
    stage.key(stage.tree, "Key_A", "ControlModifier")
    assert stage.changes[-1] is None
    stage.key(stage.tree, "Key_I", "ControlModifier")
    assert stage.changes[-1] == frozenset()


def test_typing_in_the_tree_searches_and_escape_ends_it(stage: Stage) -> None:
    stage.tree.setFocus()
    stage.key(stage.tree, "Key_W")
    assert stage.search.text() == "w"
    stage.key(stage.tree, "Key_H")
    assert stage.labels("湖北省") == ["武汉市"]
    stage.key(stage.search, "Key_Escape")
    assert stage.search.text() == "" and len(stage.labels()) == 3


def test_a_double_click_shows_only_this_and_another_shows_all(stage: Stage) -> None:
    stage.double_click(stage.row("湖北省"))
    assert stage.changes == [frozenset(AREAS[:3])]
    assert not stage.tree.isExpanded(stage.row("湖北省"))
    stage.double_click(stage.row("湖北省"))
    assert stage.changes[1:] == [None]


def test_two_clicks_on_a_box_are_two_ticks(stage: Stage) -> None:
    stage.double_click(stage.row("北京市"), at_box=True)
    assert frozenset(AREAS[3:5]) not in stage.changes, "not: only this"
    assert stage.changes[0] == frozenset({*AREAS[:3], AREAS[5]})


def test_several_rows_are_copied_ticked_and_zoomed_to(stage: Stage) -> None:
    from qgis.PyQt.QtCore import QItemSelectionModel
    from qgis.PyQt.QtWidgets import QApplication

    stage.tree.expand(stage.row("湖北省"))
    stage.panel.set_checked(frozenset({WUHAN}))
    actions = stage.panel._actions.by_name
    actions["zoom"].trigger()
    flags = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
    for labels in (("北京市",), ("湖北省", "孝感市")):
        stage.tree.selectionModel().select(stage.row(*labels), flags)
    for name in ("copy", "zoom", "tick"):
        actions[name].trigger()
    assert QApplication.clipboard().text() == "孝感市\n北京市"
    assert stage.zooms == [frozenset({WUHAN}), frozenset({XIAOGAN, *AREAS[3:5]})]
    assert stage.changes == [frozenset({WUHAN, XIAOGAN, *AREAS[3:5]})]


def test_a_new_frame_keeps_what_is_open_and_selected(stage: Stage) -> None:
    stage.tree.expand(stage.row("北京市"))
    stage.tree.setCurrentIndex(stage.row("北京市", "东城区"))
    stage.panel.set_counts(np.array([1.0, 2.0, 3.0, 5.0, 400.0, NAN]))
    assert stage.labels() == ["北京市", "湖北省", "海外"] and stage.labels("北京市") == ["大兴区", "东城区"]
    assert stage.tree.isExpanded(stage.row("北京市")) and not stage.tree.isExpanded(stage.row("湖北省"))
    assert stage.tree.currentIndex() == stage.row("北京市", "东城区")


def test_one_signal_for_all_counts_and_none_for_the_same(stage: Stage) -> None:
    told, moved = [], []
    stage.model.dataChanged.connect(lambda *_range: told.append(1))
    stage.model.layoutChanged.connect(lambda *_hints: moved.append(1))
    stage.panel.set_counts(COUNTS + 1)
    stage.panel.set_counts(COUNTS + 1)
    assert (told, moved) == ([1], []), "the order is the same"
    stage.panel.set_counts(COUNTS[::-1])
    assert (told, moved) == ([1, 1], [1])


def test_rows_do_not_move_under_the_mouse(stage: Stage) -> None:
    from qgis.PyQt.QtCore import Qt
    from qgis.PyQt.QtTest import QTest

    point = stage.tree.visualRect(stage.row("湖北省")).center()
    QTest.mousePress(stage.tree.viewport(), Qt.MouseButton.LeftButton, pos=point)
    stage.panel.set_counts(np.array([1.0, NAN, NAN, 9.0, NAN, NAN]))
    assert stage.labels() == ["湖北省", "北京市", "海外"] and stage.count("北京市") == "9"
    QTest.mouseRelease(stage.tree.viewport(), Qt.MouseButton.LeftButton, pos=point)
    QTest.qWait(900)
    assert stage.labels() == ["北京市", "湖北省", "海外"]


def test_the_order_is_remembered(stage: Stage) -> None:
    from outbreak_atlas.ui.area_panel import AreaPanel
    from qgis.PyQt.QtCore import Qt
    from qgis.PyQt.QtWidgets import QLineEdit, QTreeView

    stage.tree.header().setSortIndicator(0, Qt.SortOrder.AscendingOrder)
    assert stage.labels() == ["北京市", "海外", "湖北省"], "by pinyin"
    tree, search = QTreeView(), QLineEdit()
    other = AreaPanel(tree, search)
    other.show_areas(AREAS, COLUMNS)
    other.set_counts(COUNTS)
    assert [tree.model().index(at, 0).data() for at in range(3)] == ["北京市", "海外", "湖北省"]
    other.close()


def test_closing_leaves_nothing_on_the_widgets(stage: Stage) -> None:
    from outbreak_atlas.ui.area_panel import AreaPanel
    from qgis.PyQt.QtCore import QEvent
    from qgis.PyQt.QtWidgets import QApplication, QHBoxLayout, QLabel, QLineEdit, QMenu, QToolButton, QTreeView, QWidget

    window = QWidget()
    row, tree, search = QHBoxLayout(window), QTreeView(window), QLineEdit(window)
    kinds = (QToolButton, QMenu, QLabel)
    before = [len(window.findChildren(kind)) for kind in kinds]
    for _time in range(2):
        panel = AreaPanel(tree, search, row)
        panel.show_areas(AREAS, COLUMNS)
        assert [len(window.findChildren(kind)) for kind in kinds] > before
        panel.close()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        assert tree.model() is None and row.count() == 0
        assert [len(window.findChildren(kind)) for kind in kinds] == before
    search.setText("wh")


def _frames(panel: Any, n: int) -> float:
    """The median time in which the counts of a frame are taken over."""
    draws, took = np.random.default_rng(4), []
    counts = draws.integers(0, 999, n).astype(float)
    for _frame in range(7):
        counts = counts + draws.poisson(3, n)
        counts[draws.integers(0, n, 5)] = NAN
        begun = perf_counter()
        panel.set_counts(counts)
        took.append(perf_counter() - begun)
    return float(np.median(took))


@pytest.mark.parametrize(("n", "provinces", "goal_s"), [(344, 34, 0.005), (5000, 300, 0.030)])
def test_a_frame_costs_little(stage: Stage, n: int, provinces: int, goal_s: float) -> None:
    stage.panel.show_areas([(f"P{at % provinces}", f"City {at}") for at in range(n)], COLUMNS)
    assert _frames(stage.panel, n) < 2 * goal_s, f"the goal is {goal_s} s on a computer with nothing else to do"


def test_a_long_flat_list_is_shown_searched_and_put_in_order_at_rest(stage: Stage) -> None:
    from qgis.PyQt.QtTest import QTest

    n = 31_600
    stage.panel.show_areas([(f"n{at}",) for at in range(n)], ("place_id",), {f"n{at}": f"Ward {at}" for at in range(n)})
    stage.panel.set_counts(np.arange(n, dtype=float))
    assert stage.count(stage.labels()[0]) == "0", "not yet in order"
    QTest.qWait(1000)
    assert stage.labels()[0] == "Ward 31599"
    begun = perf_counter()
    stage.search.setText("ward 315")
    assert perf_counter() - begun < 1.5
    assert stage.model.rowCount() == 111
    assert _frames(stage.panel, n) < 0.05


@pytest.mark.shared_data
def test_the_main_dataset_in_the_tree(stage: Stage, shared_data: Any) -> None:
    import csv
    import gzip

    path = shared_data / "cn_city_updates" / "toutiao_city_changes.csv.gz"
    with gzip.open(path, "rt", encoding="utf-8-sig", newline="") as file:
        last = {(row["province_zh"], row["city_zh"]): float(row["confirmed"]) for row in csv.DictReader(file)}
    stage.panel.show_areas(list(last), COLUMNS)
    stage.panel.set_counts(np.array(list(last.values())))
    assert stage.labels()[0] == "湖北省" and stage.labels("湖北省")[0] == "武汉市"
    assert stage.count("湖北省") == f"{sum(n for area, n in last.items() if area[0] == '湖北省'):,.0f}"
    stage.search.setText("hg")
    assert stage.tree.currentIndex().data() == "黄冈市"
