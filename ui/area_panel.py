"""The tree of areas with its search line and buttons: what is ticked, found, and done with rows."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from qgis.PyQt.QtCore import QModelIndex, QObject, QPoint, QSignalBlocker, Qt, pyqtSignal
from qgis.PyQt.QtGui import QPalette
from qgis.PyQt.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QHeaderView,
    QLabel,
    QLayout,
    QLineEdit,
    QTreeView,
    QWidget,
)

from ..plugin.bridge.number_texts import count_text
from ..plugin.bridge.settings import recall_area_order, remember_area_order
from ..plugin.bridge.translation import tr
from ..plugin.core.area_tree import make_area_tree
from ..plugin.core.arrays import Floats
from ..plugin.core.filters import Area
from .area_actions import AreaActions, layout_of
from .area_delegate import AreaDelegate
from .area_input import AreaInput
from .area_model import COUNT, NAME, AreaModel, unnamed_texts

#: As many rows at the top are opened from the start, as many areas there are at most then.
_FEW, _FEW_AREAS = 3, 40
#: The widest title of the counts, in letters.
_TITLE = 24


class AreaPanel(QObject):
    """Controls a tree and a search line of a form; buttons are added to `row`, a layout or a widget with one.

    `changed`: a person ticked something (once for each action); `zoom_wanted`: areas that the map shall show.
    `close` takes all of it off the widgets again.
    """

    changed = pyqtSignal()
    zoom_wanted = pyqtSignal(object)

    def __init__(self, tree: QTreeView, search: QLineEdit, row: QLayout | QWidget | None = None) -> None:
        super().__init__()
        self._tree, self._search = tree, search
        self.model = AreaModel(self)
        self._before: _Look | None = None
        self._plain_delegate, self._delegate = tree.itemDelegate(), AreaDelegate(self)
        self._input = AreaInput(tree, search, self)
        self._actions = AreaActions(tree, self._deeds())
        self._hint = _hint(tree.viewport())
        self._set_up_tree()
        self._place_buttons(row)
        self._connect()

    # -- what is shown

    def show_areas(
        self, areas: Sequence[Area], columns: tuple[str, ...], place_names: Mapping[str, str] | None = None,
        words: Mapping[Area, Sequence[str]] | None = None,
    ) -> None:
        """Show other areas, all ticked, without counts; `words`: what areas are also found by."""
        self._quietly_clear_search()
        self.model.set_tree(make_area_tree(areas, columns, place_names, unnamed_texts()), words)
        several = bool((self.model.tree.parent >= 0).any())
        self._tree.setRootIsDecorated(several)
        self._actions.set_levels(several)
        if several and (self.model.rowCount() <= _FEW or len(areas) <= _FEW_AREAS):
            self._tree.expandToDepth(0)
        self._widest = 0
        self._fit_counts()
        self._show_hint()

    def set_metric(self, name: str) -> None:
        """What is counted, in words."""
        self.model.set_metric(name)
        self._widest = 0
        self._fit_counts()

    def set_counts(self, counts: Floats) -> None:
        """The frame's counts, one an area in the order in which they were given; NaN where unknown."""
        self.model.set_counts(counts)
        self._fit_counts()

    def checked(self) -> frozenset[Area] | None:
        """The ticked areas, None if all are."""
        return self.model.checked()

    def set_checked(self, areas: frozenset[Area] | None) -> None:
        """Tick just these, all for None; `changed` is not emitted."""
        self.model.set_checked(areas)

    def close(self) -> None:
        self.model.checked_changed.disconnect(self.changed)
        self._search.textChanged.disconnect(self._find)
        self._tree.header().sortIndicatorChanged.disconnect(self._sorted)
        self._input.close()
        self._actions.close()
        self._tree.setItemDelegate(self._plain_delegate)
        self._tree.setModel(None)
        self._hint.setParent(None)
        self._hint.deleteLater()

    # -- set up

    def _set_up_tree(self) -> None:
        tree, header = self._tree, self._tree.header()
        by_name, down = recall_area_order()
        direction = Qt.SortOrder.DescendingOrder if down else Qt.SortOrder.AscendingOrder
        tree.setModel(self.model)
        tree.setItemDelegate(self._delegate)
        tree.setUniformRowHeights(True)
        tree.setExpandsOnDoubleClick(False)
        tree.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        tree.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        tree.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        tree.setTextElideMode(Qt.TextElideMode.ElideRight)
        tree.setIndentation(tree.fontMetrics().height())
        tree.setAccessibleName(tr("Areas and their counts"))
        header.setSortIndicator(NAME if by_name else COUNT, direction)
        tree.setSortingEnabled(True)
        header.setStretchLastSection(False)
        header.setTextElideMode(Qt.TextElideMode.ElideRight)
        header.setSectionsMovable(False)
        header.setMinimumSectionSize(1)
        header.setSectionResizeMode(NAME, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(COUNT, QHeaderView.ResizeMode.Fixed)
        self._widest = 0
        self._fit_counts()

    def _place_buttons(self, row: QLayout | QWidget | None) -> None:
        layout = layout_of(row)
        before: QWidget = self._search
        for button in self._actions.buttons if layout is not None else ():
            layout.addWidget(button)
            button.show()
            QWidget.setTabOrder(before, button)
            before = button
        QWidget.setTabOrder(before, self._tree)

    def _connect(self) -> None:
        self.model.checked_changed.connect(self.changed)
        self.model.dataChanged.connect(lambda *_range: self._tree.viewport().update())
        self._search.textChanged.connect(self._find)
        self._tree.header().sortIndicatorChanged.connect(self._sorted)
        self._actions.menu.aboutToShow.connect(self._input.hold)
        self._actions.menu.aboutToHide.connect(self._input.hold)
        self._input.busy.connect(self._hold)
        self._input.commanded.connect(lambda name: self._actions.by_name[name].trigger())
        self._input.toggled.connect(self._toggle)
        self._input.only.connect(lambda: self._only(self._chosen()))
        self._input.only_found.connect(self._only_found)
        self._input.only_at.connect(self._only_at)
        self._input.resized.connect(self._place_hint)

    def _deeds(self) -> dict[str, Any]:
        model = self.model
        return {
            "all": lambda: model.check_shown(True), "none": lambda: model.check_shown(False),
            "invert": model.invert_shown, "zoom": self._zoom,
            "only": lambda: self._only(self._chosen()),
            "tick": lambda: model.check(self._chosen(), True), "untick": lambda: model.check(self._chosen(), False),
            "copy": self._copy, "expand": self._tree.expandAll, "collapse": self._tree.collapseAll,
        }

    # -- what a person does

    def _chosen(self) -> list[int]:
        """The nodes of the selected rows, from the top; without any, of the current row."""
        selected = self._tree.selectionModel()
        rows = selected.selectedRows(NAME) or [selected.currentIndex()]
        shown = sorted((index for index in rows if index.isValid()), key=lambda i: self._tree.visualRect(i).top())
        return [index.internalId() for index in shown]

    def _toggle(self) -> None:
        nodes = self._chosen()
        if nodes:
            box = self.model.index_of(nodes[0]).data(Qt.ItemDataRole.CheckStateRole)
            self.model.check(nodes, Qt.CheckState(box) != Qt.CheckState.Checked)

    def _only(self, nodes: list[int]) -> None:
        if nodes:
            self.model.check_only(nodes)

    def _only_at(self, point: QPoint) -> None:
        """A double click shows one area alone; another one on it shows all again."""
        nodes = [self._tree.indexAt(point).internalId()]
        if self.model.is_only(nodes):
            self.model.check_all()
        else:
            self.model.check_only(nodes)

    def _only_found(self) -> None:
        best = self.model.best_match()
        if best.isValid():
            self._only([best.internalId()])

    def _zoom(self) -> None:
        selected = self._tree.selectionModel().hasSelection()
        ticked = self.model.tree.chosen(self.model.tree.ticked)
        self.zoom_wanted.emit(self.model.areas_below(self._chosen()) if selected else ticked)

    def _copy(self) -> None:
        names = [self.model.tree.labels[node] for node in self._chosen()]
        QApplication.clipboard().setText("\n".join(names))

    def _hold(self, busy: bool) -> None:
        self.model.hold_order(busy or self._actions.menu.isVisible())

    def _sorted(self, column: int, order: Qt.SortOrder) -> None:
        remember_area_order(column == NAME, order == Qt.SortOrder.DescendingOrder)

    # -- searching

    def _find(self, text: str) -> None:
        was = self._tree.currentIndex()
        node = was.internalId() if was.isValid() else -1
        if self._before is None:
            self._before = _Look(self._tree, self.model)
        self.model.search(text)
        self._show_hint()
        if self.model.typed:
            for index in self.model.opened():
                self._tree.expand(index)
            self._go_to(self.model.best_match())
        else:
            self._before.restore()
            self._before = None
            self._go_to(self.model.index_of(node))

    def _go_to(self, index: QModelIndex) -> None:
        if index.isValid():
            self._tree.setCurrentIndex(index)
            self._tree.scrollTo(index)

    def _quietly_clear_search(self) -> None:
        with QSignalBlocker(self._search):
            self._search.clear()
        self._before = None

    # -- looks

    def _fit_counts(self) -> None:
        """As wide as the longest count so far, so that it does not change with every frame."""
        letters, letter = self._tree.fontMetrics(), self._tree.fontMetrics().averageCharWidth()
        title = min(self._tree.header().sectionSizeHint(COUNT) + letter, _TITLE * letter)
        wanted = max(letters.horizontalAdvance(count_text(self.model.top_count())) + 2 * letter, title)
        if wanted > self._widest:
            self._widest = wanted
            self._tree.header().resizeSection(COUNT, wanted)

    def _show_hint(self) -> None:
        typed = self.model.typed
        self._hint.setText(tr("Nothing is found by “{text}”.").format(text=typed))
        self._hint.setVisible(bool(typed) and not self.model.rowCount())
        self._place_hint()

    def _place_hint(self) -> None:
        self._hint.setGeometry(self._tree.viewport().rect().adjusted(8, 8, -8, -8))


class _Look:
    """What is open, selected and scrolled to, by nodes, which a search does not change."""

    def __init__(self, tree: QTreeView, model: AreaModel) -> None:
        self._tree, self._model = tree, model
        self._open = [node for node in set(model.tree.parent.tolist()) - {-1} if tree.isExpanded(model.index_of(node))]
        self._scrolled = tree.verticalScrollBar().value()

    def restore(self) -> None:
        """Open the same rows again, and return to where the view was."""
        for node in sorted(self._open):
            self._tree.expand(self._model.index_of(node))
        self._tree.verticalScrollBar().setValue(self._scrolled)


def _hint(viewport: QWidget) -> QLabel:
    label = QLabel(viewport)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
    label.setForegroundRole(QPalette.ColorRole.Text)
    label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
    label.hide()
    return label
