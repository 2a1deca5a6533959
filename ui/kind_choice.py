"""Which kinds of place are shown: a list with boxes, none ticked for all."""
from __future__ import annotations

from collections.abc import Sequence

from qgis.gui import QgsCheckableComboBox
from qgis.PyQt.QtCore import QObject, QSignalBlocker, Qt, pyqtSignal
from qgis.PyQt.QtGui import QResizeEvent
from qgis.PyQt.QtWidgets import QApplication

_Box = Qt.CheckState


class KindChoice(QObject):
    """Keeps a QgsCheckableComboBox, its ticks and its text in step.

    QGIS's list says nothing of boxes ticked by keys, and writes the name of the row that a key went to as if that one
    were ticked. A row made the current one by a script is the only one chosen.
    """

    #: Somebody ticked or unticked something.
    changed = pyqtSignal()

    def __init__(self, combo: QgsCheckableComboBox) -> None:
        super().__init__(combo)
        self._combo = combo
        self._before: list[_Box] = []
        for ticked in (combo.checkedItemsChanged, combo.model().itemChanged):  # neither is told of all
            ticked.connect(self._ticked)
        combo.currentIndexChanged.connect(self._pointed)
        combo.activated.connect(self._activated)

    def show(self, kinds: Sequence[tuple[str, str]], chosen: frozenset[str] | None) -> None:
        """Kinds by value and text; None: all are shown."""
        combo = self._combo
        with QSignalBlocker(combo):
            combo.clear()
            for value, text in kinds:
                ticked = chosen is not None and value in chosen
                combo.addItemWithCheckState(text, _Box.Checked if ticked else _Box.Unchecked, value)
            self._point_nowhere()

    def chosen(self) -> frozenset[str] | None:
        """The values ticked; None for none or all."""
        ticked = frozenset(str(value) for value in self._combo.checkedItemsData())
        return ticked if ticked and len(ticked) < self._combo.count() else None

    def _ticked(self, _what: object) -> None:
        if not self._combo.signalsBlocked():
            self.changed.emit()

    def _pointed(self, row: int) -> None:
        self._before = [self._combo.itemCheckState(at) for at in range(self._combo.count())]
        if row >= 0:
            self._tick([_Box.Checked if at == row else _Box.Unchecked for at in range(self._combo.count())])

    def _activated(self, _row: int) -> None:
        """It was a key or the wheel: these go to a row, and tick nothing."""
        self._tick(self._before)
        with QSignalBlocker(self._combo):
            self._point_nowhere()

    def _tick(self, boxes: Sequence[_Box]) -> None:
        for at, box in enumerate(boxes):
            if self._combo.itemCheckState(at) != box:
                self._combo.setItemCheckState(at, box)

    def _point_nowhere(self) -> None:
        self._combo.setCurrentIndex(-1)
        # The list writes its ticks anew whenever its size may have changed.
        QApplication.sendEvent(self._combo, QResizeEvent(self._combo.size(), self._combo.size()))
