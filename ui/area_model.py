"""The tree of areas as a model: names with boxes, and the counts of the frame that is shown.

It sorts and searches itself, with arrays: a proxy would ask Python for each of the 31,600 rows again and again.
"""
from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from qgis.PyQt.QtCore import QAbstractItemModel, QModelIndex, QObject, Qt, QTimer, pyqtSignal

from ..plugin.bridge.number_texts import count_text
from ..plugin.bridge.translation import tr
from ..plugin.core.area_order import Order, by_count, by_name, name_ranks, same_order
from ..plugin.core.area_search import Found, all_found, entries_of, found
from ..plugin.core.area_tree import AreaTree, make_area_tree
from ..plugin.core.arrays import Floats, Ints
from ..plugin.core.filters import Area
from ..plugin.core.romanizing import NOT, ranks
from .tips import tip

NAME, COUNT = 0, 1
_Role = Qt.ItemDataRole
#: The area of a row (what its areas have in common, for a row with others below it); its count, None if unknown.
AREA_ROLE, COUNT_ROLE = int(_Role.UserRole) + 1, int(_Role.UserRole) + 2
_NOWHERE = QModelIndex()
_DESCENDING = Qt.SortOrder.DescendingOrder
_FLAGS = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
_BOXES = (Qt.CheckState.Unchecked, Qt.CheckState.PartiallyChecked, Qt.CheckState.Checked)
_TOP = -1
#: A tree of more rows is put in order again when the frames rest this long: while they play, Qt would be busy with it.
_LONG, _REST_MS = 8000, 400


class AreaModel(QAbstractItemModel):
    """`checked_changed`: a person (or `setData`) ticked something; once for each action, however many areas."""

    checked_changed = pyqtSignal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._metric, self._typed, self._by, self._direction = tr("count"), "", COUNT, _DESCENDING
        self._held, self._late = False, False
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(_REST_MS)
        self._rest.timeout.connect(self._reorder)
        self._words: Mapping[Area, Sequence[str]] = {}
        self._entries: tuple[str, ...] | None = None
        self._answers: dict[int, Callable[[int, int], Any]] = {
            int(_Role.DisplayRole): self._text, int(_Role.CheckStateRole): self._box,
            int(_Role.ToolTipRole): lambda node, _column: tip(self._described(node)),
            int(_Role.AccessibleTextRole): lambda node, _column: self._described(node),
            int(_Role.TextAlignmentRole): _alignment,
            AREA_ROLE: lambda node, _column: self._tree.area_of(node),
            COUNT_ROLE: lambda node, _column: _known(self._counts[node]),
        }
        self._take(make_area_tree((), ("place_id",)))

    # -- what is shown

    @property
    def tree(self) -> AreaTree:
        return self._tree

    def set_tree(self, tree: AreaTree, words: Mapping[Area, Sequence[str]] | None = None) -> None:
        """Show other areas, without counts and search; `words`: what areas are also found by."""
        self.beginResetModel()
        self._words, self._entries, self._typed = words or {}, None, ""
        self._take(tree)
        self.endResetModel()

    def set_metric(self, name: str) -> None:
        """What is counted, for the header and the tips."""
        self._metric = name
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, COUNT, COUNT)

    def set_counts(self, counts: Floats) -> None:
        """Counts of the areas in the order of the tree's `areas`, NaN where unknown."""
        sums = self._tree.sums(np.asarray(counts, float))
        if np.array_equal(sums, self._counts, equal_nan=True):
            return
        self._counts = sums
        if len(self._nodes) > _LONG:
            self._rest.start()
        else:
            self._reorder()
        self._changed(COUNT, [_Role.DisplayRole, _Role.ToolTipRole, _Role.AccessibleTextRole, COUNT_ROLE])

    def top_count(self) -> float:
        """The count with most digits, 0 if none is known."""
        known = self._counts[np.isfinite(self._counts)]
        return float(known[np.argmax(np.abs(known))]) if len(known) else 0.0

    def hold_order(self, held: bool) -> None:
        """Leave all rows where they are for now, whatever their counts, as while a mouse button is down."""
        self._held = held
        if not held and self._late:
            self._reorder()

    # -- which are ticked

    def checked(self) -> frozenset[Area] | None:
        """The ticked areas; None if all are."""
        return self._tree.checked()

    def set_checked(self, areas: frozenset[Area] | None) -> None:
        """Tick just these, all for None; not announced."""
        self._set_tree_ticks(self._tree.with_checked(areas))

    def check(self, nodes: Iterable[int], on: bool) -> None:
        """Tick or untick what lies in some nodes and is shown."""
        below = self._tree.areas_below(nodes) & self._found.areas
        self._tick(self._tree.ticked | below if on else self._tree.ticked & ~below)

    def check_shown(self, on: bool) -> None:
        """Tick or untick all that the search shows."""
        ticked, shown = self._tree.ticked, self._found.areas
        self._tick(ticked | shown if on else ticked & ~shown)

    def invert_shown(self) -> None:
        self._tick(self._tree.ticked ^ self._found.areas)

    def check_only(self, nodes: Iterable[int]) -> None:
        """Tick what lies in these nodes and nothing else."""
        self._tick(self._tree.areas_below(nodes))

    def check_all(self) -> None:
        self._tick(np.ones(len(self._tree.areas), bool))

    def is_only(self, nodes: Iterable[int]) -> bool:
        """Whether just what lies in these nodes is ticked."""
        return bool(np.array_equal(self._tree.ticked, self._tree.areas_below(nodes)))

    def areas_below(self, nodes: Iterable[int]) -> frozenset[Area]:
        return self._tree.chosen(self._tree.areas_below(nodes))

    # -- searching

    @property
    def typed(self) -> str:
        return self._typed

    def search(self, typed: str) -> None:
        """Show only what matches, with what lies in it and what it lies in; all for blank text."""
        self.beginResetModel()
        self._typed = typed.strip()
        self._match()
        self._put_in_order()
        self.endResetModel()

    def opened(self) -> list[QModelIndex]:
        """Rows with a match below them, coarser ones first."""
        return [self.index_of(node) for node in np.flatnonzero(self._found.opened & (self._row >= 0)).tolist()]

    def best_match(self) -> QModelIndex:
        """The row that fits what was typed best, the first of those that fit alike."""
        if not self._typed:
            return QModelIndex()
        fits = self._fits.max(initial=NOT)
        best = np.flatnonzero(self._fits == fits) if fits > NOT else []
        if not len(best):
            return QModelIndex()
        counts = np.nan_to_num(self._counts[best], nan=-np.inf)
        return self.index_of(int(best[np.argmax(counts)]))

    def index_of(self, node: int, column: int = NAME) -> QModelIndex:
        row = self._rows[node] if 0 <= node < len(self._rows) else _TOP
        return self.createIndex(row, column, node) if row >= 0 else QModelIndex()

    # -- Qt's side

    def index(self, row: int, column: int, parent: QModelIndex = _NOWHERE) -> QModelIndex:
        at = (parent.internalId() if parent.isValid() else _TOP) + 1
        first = self._starts[at]
        if not 0 <= row < self._starts[at + 1] - first or not NAME <= column <= COUNT or parent.column() > NAME:
            return QModelIndex()
        return self.createIndex(row, column, self._nodes[first + row])

    def parent(self, index: QModelIndex | None = None) -> Any:
        if index is None:
            return super().parent()
        above = self._parents[index.internalId()] if index.isValid() else _TOP
        return self.createIndex(self._rows[above], NAME, above) if above != _TOP else QModelIndex()

    def rowCount(self, parent: QModelIndex = _NOWHERE) -> int:  # noqa: N802 - Qt's names, as below
        if parent.column() > NAME:
            return 0
        at = (parent.internalId() if parent.isValid() else _TOP) + 1
        return self._starts[at + 1] - self._starts[at]

    def hasChildren(self, parent: QModelIndex = _NOWHERE) -> bool:  # noqa: N802
        return self.rowCount(parent) > 0

    def columnCount(self, parent: QModelIndex = _NOWHERE) -> int:  # noqa: N802
        return 2

    def flags(self, index: QModelIndex) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        return _FLAGS | Qt.ItemFlag.ItemIsUserCheckable if index.column() == NAME else _FLAGS

    def data(self, index: QModelIndex, role: int = _Role.DisplayRole) -> Any:
        answer = self._answers.get(role)
        return answer(index.internalId(), index.column()) if answer is not None and index.isValid() else None

    def setData(self, index: QModelIndex, value: Any, role: int = _Role.EditRole) -> bool:  # noqa: N802
        if role != _Role.CheckStateRole or not index.isValid() or index.column() != NAME:
            return False
        self.check([index.internalId()], Qt.CheckState(value) == Qt.CheckState.Checked)
        return True

    def headerData(  # noqa: N802
        self, section: int, orientation: Qt.Orientation, role: int = _Role.DisplayRole
    ) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == _Role.DisplayRole:
            return self._metric if section == COUNT else self._level_names()
        if role == _Role.InitialSortOrderRole:
            return _DESCENDING if section == COUNT else Qt.SortOrder.AscendingOrder
        if role == _Role.ToolTipRole:
            return tr("Click to sort by count") if section == COUNT else tr("Click to sort by name")
        return _alignment(_TOP, section) if role == _Role.TextAlignmentRole else None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        if column in (NAME, COUNT):
            self._by, self._direction = column, Qt.SortOrder(order)
            self._reorder()

    # -- inside

    def _take(self, tree: AreaTree) -> None:
        self._tree = tree
        self._parents: list[int] = tree.parent.tolist()
        self._counts: Floats = np.full(len(tree), np.nan)
        self._name_ranks = name_ranks(tree)
        self._fits: Ints = np.zeros(len(tree), np.int64)
        self._found: Found = all_found(tree)
        self._show_boxes()
        self._put_in_order()

    def _match(self) -> None:
        if not self._typed:
            self._found = all_found(self._tree)
        else:
            self._fits = np.asarray(ranks(self._search_entries(), self._typed), np.int64)
            self._found = found(self._tree, self._fits > NOT)
        self._show_boxes()

    def _search_entries(self) -> tuple[str, ...]:
        """What all nodes are found by, put together when somebody searches."""
        if self._entries is None:
            self._entries = entries_of(self._tree, self._words)
        return self._entries

    def _order(self) -> Order:
        down = self._direction == _DESCENDING
        if self._by == NAME:
            return by_name(self._tree, self._found.nodes, self._name_ranks, down)
        return by_count(self._tree, self._found.nodes, self._counts, self._name_ranks, down)

    def _put_in_order(self, order: Order | None = None) -> None:
        self._now = order or self._order()
        self._row = self._now.row
        # Qt asks for one number at a time, which lists give faster than arrays.
        self._nodes: list[int] = self._now.nodes.tolist()
        self._starts: list[int] = self._now.starts.tolist()
        self._rows: list[int] = self._row.tolist()
        self._late = False

    def _reorder(self) -> None:
        order = self._order()
        if same_order(order, self._now):
            return
        if self._held:
            self._late = True
            return
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        self._put_in_order(order)
        self.changePersistentIndexList(before, [self.index_of(at.internalId(), at.column()) for at in before])
        self.layoutChanged.emit()

    def _tick(self, ticked: Any) -> None:
        if not np.array_equal(ticked, self._tree.ticked):
            self._set_tree_ticks(self._tree.with_ticked(ticked))
            self.checked_changed.emit()

    def _set_tree_ticks(self, tree: AreaTree) -> None:
        self._tree = tree
        self._show_boxes()
        self._changed(NAME, [_Role.CheckStateRole])

    def _show_boxes(self) -> None:
        self._boxes: list[int] = self._tree.boxes(self._found.areas).tolist()

    def _changed(self, column: int, roles: list[int]) -> None:
        """One signal for a column, also for what lies below the rows named: the panel has all drawn that is seen."""
        rows = self.rowCount()
        if rows:
            self.dataChanged.emit(self.index(0, column), self.index(rows - 1, column), [int(role) for role in roles])

    def _text(self, node: int, column: int) -> str:
        return count_text(self._counts[node]) if column == COUNT else self._tree.labels[node]

    def _box(self, node: int, column: int) -> Qt.CheckState | None:
        return _BOXES[self._boxes[node]] if column == NAME else None

    def _described(self, node: int) -> str:
        names, at = [], node
        while at != _TOP:
            names.append(self._tree.labels[at])
            at = self._parents[at]
        count = count_text(self._counts[node], tr("unknown"))
        return tr("{names}: {count} ({metric})").format(names=", ".join(names), count=count, metric=self._metric)

    def _level_names(self) -> str:
        named = {"country": tr("Country"), "province": tr("Province"), "city": tr("City"), "place_id": tr("Place")}
        return " › ".join(named.get(column, column) for column in self._tree.columns)


def unnamed_texts() -> dict[str, str]:
    """What is shown for areas without a name, by column."""
    return {
        "country": tr("(no country)"), "province": tr("(no province)"), "city": tr("(no city)"),
        "place_id": tr("(no name)"),
    }


def _alignment(_node: int, column: int) -> int:
    side = Qt.AlignmentFlag.AlignRight if column == COUNT else Qt.AlignmentFlag.AlignLeft
    flags = side | Qt.AlignmentFlag.AlignVCenter
    return int(getattr(flags, "value", flags))  # Qt 5 takes no flags here


def _known(count: float) -> float | None:
    return float(count) if np.isfinite(count) else None
