"""Where the dock stands in QGIS's window, and whether it is open: as the user left it."""
from __future__ import annotations

from qgis.gui import QgisInterface, QgsDockWidget
from qgis.PyQt.QtCore import Qt

from ..plugin.bridge.settings import YES, recall_dock, remember_dock_open, remember_dock_side

_SIDES = (Qt.DockWidgetArea.LeftDockWidgetArea, Qt.DockWidgetArea.RightDockWidgetArea)


class DockPlace:
    """Puts a dock into the window; `close` takes it out again.

    QGIS restores its window before plugins are loaded, and knows nothing of docks that come later.
    """

    def __init__(self, dock: QgsDockWidget, iface: QgisInterface) -> None:
        self._dock, self._iface = dock, iface
        self._open, number = recall_dock()
        side = next((one for one in _SIDES if _number(one) == number), _SIDES[1])
        iface.addDockWidget(side, dock)
        dock.setVisible(self._open == YES)
        dock.opened.connect(self._opened)
        dock.closed.connect(self._closed)
        dock.dockLocationChanged.connect(self._moved)

    def open_once(self) -> None:
        """With the first dataset ever the dock opens; from then on it is as the user leaves it."""
        if not self._open:
            self._opened()
            self._dock.setUserVisible(True)

    def close(self) -> None:
        dock = self._dock
        dock.opened.disconnect(self._opened)
        dock.closed.disconnect(self._closed)
        dock.dockLocationChanged.disconnect(self._moved)
        self._iface.removeDockWidget(dock)
        dock.deleteLater()

    def _opened(self) -> None:
        self._open = YES
        remember_dock_open(True)

    def _closed(self) -> None:
        remember_dock_open(False)

    def _moved(self, side: Qt.DockWidgetArea) -> None:
        if side in _SIDES:
            remember_dock_side(_number(side))


def _number(side: Qt.DockWidgetArea) -> int:
    return int(getattr(side, "value", side))
