"""Dialogs of algorithms, opened filled in; they stay open beside the map, as from the toolbox."""
from __future__ import annotations

from typing import Any

from qgis.PyQt import sip
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtWidgets import QDialog


class AlgorithmDialogs:
    """Shows them, and closes those that are still open."""

    def __init__(self) -> None:
        self._open: list[QDialog] = []

    def show(self, algorithm_id: str, parameters: dict[str, Any]) -> None:
        import processing  # found once QGIS has started

        self._open = [one for one in self._open if not sip.isdeleted(one)]
        dialog = processing.createAlgorithmDialog(algorithm_id, parameters)
        if dialog is not None:
            dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            self._open.append(dialog)
            dialog.show()

    def close(self) -> None:
        for dialog in self._open:
            if not sip.isdeleted(dialog):
                dialog.close()
        self._open.clear()
