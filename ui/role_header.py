"""A header with a box for each column's role above its name; boxes are made for the columns in sight only."""
from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from qgis.PyQt.QtCore import QEvent, QObject, Qt, pyqtSignal
from qgis.PyQt.QtGui import QResizeEvent
from qgis.PyQt.QtWidgets import QComboBox, QHeaderView, QTableView, QWidget

from ..plugin.bridge.metric_words import metric_texts
from ..plugin.bridge.translation import tr
from .choice_texts import Texts, role_texts
from .tips import tip

if TYPE_CHECKING:
    from ..plugin.core.preview import ColumnView


class RoleHeader(QHeaderView):
    """`role_chosen` tells a column's position and its new role, "" for none."""

    role_chosen = pyqtSignal(int, str)

    def __init__(self, table: QTableView) -> None:
        super().__init__(Qt.Orientation.Horizontal, table)
        self._columns: Sequence[ColumnView] = ()
        self._boxes: dict[int, QComboBox] = {}
        self._height = QComboBox(self).sizeHint().height()
        self.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.setSectionsClickable(False)
        self.sectionResized.connect(self._place)
        table.horizontalScrollBar().valueChanged.connect(self._place)

    def show(self, columns: Sequence[ColumnView]) -> None:  # type: ignore[override]
        """Show these columns' roles; a box that says the same as before stays, and so does the keyboard's place."""
        before, self._columns = self._columns, columns
        keyboard = self.window().focusWidget()
        focused = next((at for at, box in self._boxes.items() if box is keyboard), None)
        for at in [at for at, box in self._boxes.items() if not _says(box, at, before, columns)]:
            box = self._boxes.pop(at)
            box.hide()
            box.deleteLater()
        self._place()
        if focused is not None and focused < len(columns):
            self.box(focused).setFocus()
        needed = max((box.minimumSizeHint().height() for box in self._boxes.values()), default=0)
        if needed > self._height:  # the theme changed
            self._height = needed
            self.updateGeometries()
            self.geometriesChanged.emit()

    def box(self, column: int) -> QComboBox:
        """The box of a column, made when first asked for."""
        if column not in self._boxes:
            self._boxes[column] = self._make_box(column)
            self._put_in_order()
        return self._boxes[column]

    def box_width(self, column: int) -> int:
        """How wide a box is that shows its role uncut."""
        view = self._columns[column]
        return self.fontMetrics().horizontalAdvance(_offered(view)[view.role]) + 2 * self._height

    def sizeHint(self):  # noqa: N802 - Qt's name
        size = super().sizeHint()
        size.setHeight(size.height() + self._height)
        return size

    def updateGeometries(self) -> None:  # noqa: N802
        self.setViewportMargins(0, self._height, 0, 0)
        super().updateGeometries()
        self._place()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self._place()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """A wheel that passes over a box scrolls, it does not choose."""
        if event.type() == QEvent.Type.Wheel and isinstance(watched, QComboBox):
            event.ignore()
            return True
        return super().eventFilter(watched, event)

    def _place(self, *_changed: int) -> None:
        """Lay the boxes over their columns, and hide those out of sight."""
        seen = self._in_sight()
        for column in [*seen, *(one for one in self._boxes if one not in seen)]:
            box = self.box(column)
            box.setVisible(column in seen)
            left = self.sectionViewportPosition(column) + self.viewport().x()
            box.setGeometry(left, 0, self.sectionSize(column), self._height)

    def _put_in_order(self) -> None:
        """The tab key goes from the table through its boxes from the left to the right."""
        stops = [self.parentWidget(), *(self._boxes[at] for at in sorted(self._boxes))]
        for before, after in zip(stops, stops[1:]):
            QWidget.setTabOrder(before, after)

    def _in_sight(self) -> range:
        if not self._columns or not self.count():
            return range(0)
        last = self.visualIndexAt(self.viewport().width() - 1)
        first = max(self.visualIndexAt(0), 0)
        return range(first, min(last if last >= 0 else self.count() - 1, len(self._columns) - 1) + 1)

    def _make_box(self, column: int) -> QComboBox:
        view = self._columns[column]
        box = QComboBox(self)
        box.setObjectName(f"roleCombo{column + 1}")
        box.setAccessibleName(tr("Role of column {header}").format(header=view.header))
        box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        box.setMinimumContentsLength(1)
        box.setMaxVisibleItems(24)
        for word, text in _offered(view).items():
            box.addItem(text, word)
        box.insertSeparator(1)
        box.insertSeparator(2 + len(role_texts()))
        box.setCurrentIndex(max(box.findData(view.role), 0))
        box.setToolTip(tip(view.reason or tr("This column is not used.")))
        box.view().setMinimumWidth(box.view().sizeHintForColumn(0) + 2 * box.fontMetrics().averageCharWidth())
        box.installEventFilter(self)
        box.activated.connect(lambda _index, at=column, one=box: self.role_chosen.emit(at, one.currentData() or ""))
        return box


def _says(box: QComboBox, at: int, before: Sequence[ColumnView], now: Sequence[ColumnView]) -> bool:
    """Whether a box shows what it has to show now."""
    return at < len(now) and before[at] == now[at] and (box.currentData() or "") == now[at].role


def _offered(view: ColumnView) -> Texts:
    """What a column may be; a count of another name keeps that name."""
    offered = {"": tr("not used"), **role_texts(), **metric_texts()}
    if view.role and view.role not in offered:
        offered[view.role] = tr("count: {name}").format(name=view.role)
    elif not view.role:
        offered[view.header] = tr("count: {name}").format(name=view.header)
    return offered
