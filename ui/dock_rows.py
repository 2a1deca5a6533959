"""How the dock's rows stand: beside each other where there is room, and no higher from one frame to the next."""
from __future__ import annotations

from collections.abc import Sequence

from qgis.PyQt.QtCore import QEvent, QObject
from qgis.PyQt.QtWidgets import QGridLayout, QLabel, QScrollArea, QWidget


class Pairs(QObject):
    """Two pairs of a word and its widget a row; where they do not fit, one pair below the other."""

    def __init__(self, area: QScrollArea, grids: Sequence[QGridLayout]) -> None:
        super().__init__(area)
        self._area = area
        self._rows = [(grid, [grid.itemAt(at).widget() for at in range(grid.count())]) for grid in grids]
        area.viewport().installEventFilter(self)

    def arrange(self) -> None:
        """Again when what the widgets show has become longer or shorter."""
        margins = self._area.widget().layout().contentsMargins()
        room = self._area.viewport().width() - margins.left() - margins.right()
        for grid, widgets in self._rows:
            needed = sum(one.minimumSizeHint().width() for one in widgets) + grid.spacing() * (len(widgets) - 1)
            _put(grid, widgets, len(widgets) if needed <= room else 2)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Another width of the dock."""
        if event.type() == QEvent.Type.Resize:
            self.arrange()
        return False


def _put(grid: QGridLayout, widgets: Sequence[QWidget], columns: int) -> None:
    last = grid.getItemPosition(grid.indexOf(widgets[-1]))[:2]
    if last == divmod(len(widgets) - 1, columns):
        return
    for widget in widgets:
        grid.removeWidget(widget)
    for at, widget in enumerate(widgets):
        grid.addWidget(widget, *divmod(at, columns))
    for column in range(len(widgets)):
        grid.setColumnStretch(column, column % 2 if column < columns else 0)


class SteadyText:
    """A label that keeps the height of its longest text, so that what stands below does not jump while it plays."""

    def __init__(self, label: QLabel) -> None:
        self._label = label
        self._width = self._height = 0

    def show(self, text: str) -> None:
        """Show a text, in at least the room of those before it."""
        label = self._label
        if label.text() != text:
            label.setText(text)
        if label.width() != self._width:
            self._width = label.width()
            self.forget()
        self._height = max(self._height, label.heightForWidth(self._width))
        if label.minimumHeight() != self._height:
            label.setMinimumHeight(self._height)

    def forget(self) -> None:
        """Keep no room for what was shown until now."""
        self._height = 0
        self._label.setMinimumHeight(0)  # it counts in what a label says of its height

    def reserve(self, text: str) -> None:
        """Begin anew, with room for this text."""
        self.forget()
        before = self._label.text()
        self.show(text)
        self._label.setText(before)
