"""Keys and clicks on the tree of areas and its search line, told as what they mean."""
from __future__ import annotations

from qgis.PyQt.QtCore import QEvent, QModelIndex, QObject, QPoint, Qt, QTimer, pyqtSignal
from qgis.PyQt.QtGui import QKeyEvent, QKeySequence, QMouseEvent
from qgis.PyQt.QtWidgets import QApplication, QLineEdit, QStyle, QTreeView

#: Keys of actions, while the tree has the focus.
KEYS = {"all": "Ctrl+A", "none": "Ctrl+Shift+A", "invert": "Ctrl+I", "zoom": "Ctrl+J", "copy": "Ctrl+C"}
_NAMES = {keys: name for name, keys in KEYS.items()}
_Key = Qt.Key
_ENTER = (_Key.Key_Return, _Key.Key_Enter)
#: Keys by which a tree opens and closes its rows.
_OF_TREE = frozenset("+-*")
#: With these a key is no text.
_COMMANDS = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier


class AreaInput(QObject):
    """`toggled`: Space; `only`: Enter in the tree; `only_found`: Enter in the search line; `only_at`: a double click
    at a point; `commanded`: keys of an action, by its name; `busy`: rows must stay where they are; `resized`: so is
    the tree."""

    toggled = pyqtSignal()
    only = pyqtSignal()
    only_found = pyqtSignal()
    only_at = pyqtSignal(QPoint)
    commanded = pyqtSignal(str)
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
        if watched is self._search:
            return kind == QEvent.Type.KeyPress and self._key_in_search(event)
        if watched is self._tree:
            if kind == QEvent.Type.ShortcutOverride and (_command(event) or _is_text(event)):
                event.accept()  # else the main window's action of the same keys would be meant as well
                return True
            return kind == QEvent.Type.KeyPress and self._key_in_tree(event)
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
        command = _command(event)
        if command:
            self.commanded.emit(command)
        elif event.key() == _Key.Key_Escape and self._search.text():
            self._search.clear()
        elif event.key() in _ENTER:
            self.only.emit()
        elif event.key() == _Key.Key_Space:
            self.toggled.emit()
        elif event.key() == _Key.Key_Backspace and self._search.text():
            self._search.setFocus(Qt.FocusReason.OtherFocusReason)
            self._search.backspace()
        elif _is_text(event):
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
        if event.pos().x() < self._right_of_box(index.sibling(index.row(), 0)):
            return False
        self.only_at.emit(event.pos())
        return True

    def _right_of_box(self, index: QModelIndex) -> int:
        """Where the text of a row begins, in the viewport."""
        style, left = self._tree.style(), self._tree.visualRect(index).left()
        margin = style.pixelMetric(QStyle.PixelMetric.PM_FocusFrameHMargin, None, self._tree) + 1
        return left + style.pixelMetric(QStyle.PixelMetric.PM_IndicatorWidth, None, self._tree) + 2 * margin


def _command(event: QKeyEvent) -> str:
    """The name of the action that has these keys, "" if none has."""
    modern = hasattr(event, "keyCombination")
    keys = event.keyCombination() if modern else int(event.modifiers()) | event.key()
    return _NAMES.get(QKeySequence(keys).toString(QKeySequence.SequenceFormat.PortableText), "")


def _is_text(event: QKeyEvent) -> bool:
    text = event.text()
    return bool(text.strip()) and text.isprintable() and text not in _OF_TREE and not event.modifiers() & _COMMANDS
