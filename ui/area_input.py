"""Keys and clicks on the tree of areas and its search line, told as what they mean."""
from __future__ import annotations

from qgis.PyQt.QtCore import QEvent, QObject, QPoint, Qt, QTimer, pyqtSignal
from qgis.PyQt.QtGui import QKeyEvent, QMouseEvent
from qgis.PyQt.QtWidgets import QApplication, QLineEdit, QStyle, QTreeView

_Key = Qt.Key
_ENTER = (_Key.Key_Return, _Key.Key_Enter)
#: Keys by which a tree opens and closes its rows.
_OF_TREE = frozenset("+-*")
_COMMANDS = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier


class AreaInput(QObject):
    """`toggled`: Space; `only`: Enter in the tree; `only_found`: Enter in the search line; `only_at`: a double click
    at a point; `busy`: rows must stay where they are; `resized`: the tree's size changed."""

    toggled = pyqtSignal()
    only = pyqtSignal()
    only_found = pyqtSignal()
    only_at = pyqtSignal(QPoint)
    busy = pyqtSignal(bool)
    resized = pyqtSignal()

    def __init__(self, tree: QTreeView, search: QLineEdit, parent: QObject) -> None:
        super().__init__(parent)
        self._tree, self._search, self._viewport = tree, search, tree.viewport()
        self._pause = QTimer(self)
        self._pause.timeout.connect(self._look_at_mouse)
        for watched in (tree, search, self._viewport):
            watched.installEventFilter(self)

    def close(self) -> None:
        self._pause.stop()
        for watched in (self._tree, self._search, self._viewport):
            watched.removeEventFilter(self)

    def hold(self) -> None:
        """Rows stay where they are until the mouse has been let go, and long enough for a second click."""
        self.busy.emit(True)
        self._pause.start(QApplication.doubleClickInterval())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        kind = event.type()
        if kind == QEvent.Type.KeyPress:
            return self._key_in_search(event) if watched is self._search else self._key_in_tree(event)
        if watched is self._viewport:
            if kind in (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonRelease):
                self.hold()
            elif kind == QEvent.Type.MouseButtonDblClick:
                self.hold()
                return self._double_click(event)
            elif kind == QEvent.Type.Resize:
                self.resized.emit()
        return False

    def _look_at_mouse(self) -> None:
        if QApplication.mouseButtons() == Qt.MouseButton.NoButton:
            self._pause.stop()
            self.busy.emit(False)

    def _key_in_search(self, event: QKeyEvent) -> bool:
        if event.key() in _ENTER:
            self.only_found.emit()
        elif event.key() == _Key.Key_Down:
            self._tree.setFocus(Qt.FocusReason.OtherFocusReason)
        elif event.key() == _Key.Key_Escape and self._search.text():
            self._search.clear()
        else:
            return False
        return True

    def _key_in_tree(self, event: QKeyEvent) -> bool:
        if event.key() == _Key.Key_Escape and self._search.text():
            self._search.clear()
        elif event.modifiers() & _COMMANDS:
            return False
        elif event.key() in _ENTER:
            self.only.emit()
        elif event.key() == _Key.Key_Space:
            self.toggled.emit()
        elif event.key() == _Key.Key_Backspace and self._search.text():
            self._search.setFocus(Qt.FocusReason.OtherFocusReason)
            self._search.backspace()
        elif event.text().isprintable() and event.text().strip() and event.text() not in _OF_TREE:
            self._search.setFocus(Qt.FocusReason.OtherFocusReason)
            self._search.insert(event.text())
        else:
            return False
        return True

    def _double_click(self, event: QMouseEvent) -> bool:
        """On the name or the count; on the box it is two ticks, on the arrow the tree's own."""
        index = self._tree.indexAt(event.pos())
        if not index.isValid() or event.button() != Qt.MouseButton.LeftButton:
            return False
        name = self._tree.visualRect(index.sibling(index.row(), 0))
        if event.pos().x() < name.left() + self._box_width():
            return False
        self.only_at.emit(event.pos())
        return True

    def _box_width(self) -> int:
        style = self._tree.style()
        margin = style.pixelMetric(QStyle.PixelMetric.PM_FocusFrameHMargin, None, self._tree) + 1
        return style.pixelMetric(QStyle.PixelMetric.PM_IndicatorWidth, None, self._tree) + 2 * margin
