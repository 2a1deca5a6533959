"""One clear sentence in the message bar, the details in the log."""
from __future__ import annotations

from typing import Callable

from qgis.core import Qgis, QgsMessageLog
from qgis.gui import QgsMessageBar, QgsMessageBarItem
from qgis.PyQt.QtWidgets import QPushButton

from .translation import tr

LOG_TAG = "Outbreak Atlas"


def log(text: str, level: Qgis.MessageLevel = Qgis.MessageLevel.Info) -> None:
    """Write to the plugin's own tab of the log panel, without drawing attention."""
    QgsMessageLog.logMessage(text, LOG_TAG, level, notifyUser=False)


class Messages:
    """Shows messages, and takes back those still on screen when the plugin goes."""

    def __init__(self, bar: QgsMessageBar) -> None:
        self._bar = bar
        self._shown: list[QgsMessageBarItem] = []

    def success(self, sentence: str, button: tuple[str, Callable[[], None]] | None = None) -> None:
        log(sentence, Qgis.MessageLevel.Success)
        self._push(sentence, Qgis.MessageLevel.Success, button)

    def info(self, sentence: str) -> None:
        log(sentence)
        self._push(sentence, Qgis.MessageLevel.Info)

    def warning(self, sentence: str) -> None:
        log(sentence, Qgis.MessageLevel.Warning)
        self._push(sentence, Qgis.MessageLevel.Warning)

    def error(self, sentence: str, details: str = "") -> None:
        log("\n".join(part for part in (sentence, details) if part), Qgis.MessageLevel.Critical)
        self._push(sentence, Qgis.MessageLevel.Critical)

    def clear(self) -> None:
        """Take back every message of ours that is still on screen."""
        on_screen = self._bar.items()
        for item in self._shown:
            if item in on_screen:
                self._bar.popWidget(item)
        self._shown.clear()

    def _push(self, sentence: str, level: Qgis.MessageLevel,
              button: tuple[str, Callable[[], None]] | None = None) -> None:
        item = QgsMessageBar.createMessage(tr("Outbreak Atlas"), sentence)
        if button is not None:
            push_button = QPushButton(button[0], item)
            push_button.clicked.connect(lambda _checked=False: button[1]())
            item.layout().addWidget(push_button)
        self._shown = [shown for shown in self._shown if shown in self._bar.items()] + [item]
        self._bar.pushWidget(item, level)
