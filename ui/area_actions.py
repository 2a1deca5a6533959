"""What can be done with the areas of the tree: buttons above it and a menu on it."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import QPoint, Qt
from qgis.PyQt.QtGui import QKeySequence
from qgis.PyQt.QtWidgets import QAction, QLayout, QMenu, QToolButton, QTreeView, QWidget

from ..plugin.bridge.translation import tr
from .area_input import KEYS


@dataclass(frozen=True)
class _Deed:
    name: str
    text: str
    tip: str = ""
    icon: str = ""


def _buttons() -> tuple[_Deed, ...]:
    return (
        _Deed("all", tr("Tick all"), tr("Tick all that the search shows"), "mActionSelectAllTree.svg"),
        _Deed("none", tr("Tick none"), tr("Untick all that the search shows"), "mActionDeselectAllTree.svg"),
        _Deed("invert", tr("Invert ticks"), tr("Invert the ticks of all that the search shows"),
              "mActionInvertSelection.svg"),
        _Deed("zoom", tr("Zoom to"), tr("Zoom the map to the selected rows, else to all that is ticked"),
              "mActionZoomToSelected.svg"),
    )


def _of_rows() -> tuple[_Deed, ...]:
    return (
        _Deed("only", tr("Only this"), tr("Tick the selected rows and nothing else")),
        _Deed("tick", tr("Tick")),
        _Deed("untick", tr("Untick")),
        _Deed("copy", tr("Copy names"), "", "mActionEditCopy.svg"),
    )


def _of_tree() -> tuple[_Deed, ...]:
    return (
        _Deed("expand", tr("Expand all"), "", "mActionExpandTree.svg"),
        _Deed("collapse", tr("Collapse all"), "", "mActionCollapseTree.svg"),
    )


class AreaActions:
    """`deeds`: what each action does, by its name. `close` takes everything off the tree again."""

    def __init__(self, tree: QTreeView, deeds: dict[str, Callable[[], None]]) -> None:
        self._tree, self._policy = tree, tree.contextMenuPolicy()
        self.menu = QMenu(tree)
        self.menu.setToolTipsVisible(True)
        self.by_name: dict[str, QAction] = {}
        for group in (_of_rows(), _buttons(), _of_tree()):
            self.menu.addSeparator()
            self.menu.addActions([self._made(deed, deeds[deed.name]) for deed in group])
        tree.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        tree.customContextMenuRequested.connect(self._show_menu)
        self._row = [self._button(self.by_name[deed.name]) for deed in _buttons()]

    @property
    def buttons(self) -> list[QToolButton]:
        return self._row

    def set_levels(self, several: bool) -> None:
        """Whether there is anything to expand."""
        for deed in _of_tree():
            self.by_name[deed.name].setVisible(several)

    def close(self) -> None:
        self._tree.customContextMenuRequested.disconnect(self._show_menu)
        self._tree.setContextMenuPolicy(self._policy)
        for widget in (*self._row, self.menu):
            widget.setParent(None)
            widget.deleteLater()

    def _made(self, deed: _Deed, do: Callable[[], None]) -> QAction:
        action = QAction(deed.text, self.menu)
        action.setObjectName(f"area_{deed.name}")
        if deed.icon:
            action.setIcon(QgsApplication.getThemeIcon(f"/{deed.icon}"))
        if deed.name in KEYS:  # shown in the menu; the tree takes the keys itself, as the main window has them too
            action.setShortcut(QKeySequence(KEYS[deed.name]))
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        action.setToolTip(" ".join(filter(None, (deed.tip or deed.text, f"({keys})" if keys else ""))))
        action.triggered.connect(lambda _checked=False: do())
        self.by_name[deed.name] = action
        return action

    def _button(self, action: QAction) -> QToolButton:
        button = QToolButton(self._tree)
        button.setDefaultAction(action)
        button.setAutoRaise(True)
        button.setAccessibleName(action.text())
        button.setObjectName(f"{action.objectName()}_button")
        button.hide()  # until it stands in a row
        return button

    def _show_menu(self, at: QPoint) -> None:
        on_row = self._tree.selectionModel().hasSelection()
        for deed in _of_rows():
            self.by_name[deed.name].setEnabled(on_row)
        self.menu.popup(self._tree.viewport().mapToGlobal(at))


def layout_of(row: QLayout | QWidget | None) -> QLayout | None:
    """The layout that buttons are put into: of a widget its own."""
    return row.layout() if isinstance(row, QWidget) else row
