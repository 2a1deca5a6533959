"""One clear sentence in the message bar, the details in the log."""
from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Callable

from qgis.core import Qgis, QgsMessageLog
from qgis.gui import QgsMessageBar, QgsMessageBarItem
from qgis.PyQt.QtCore import QUrl
from qgis.PyQt.QtWidgets import QPushButton

from .translation import tr

LOG_TAG = "Outbreak Atlas"
#: How long good news stay: they lie over the date on the map.
_PASSING_S = 60
#: A button's text and what it does.
Button = tuple[str, Callable[[], None]]


def log(text: str, level: Qgis.MessageLevel = Qgis.MessageLevel.Info) -> None:
    """Write to the plugin's own tab of the log panel, without drawing attention."""
    QgsMessageLog.logMessage(text, LOG_TAG, level, notifyUser=False)


def shown(sentence: str) -> str:
    """A sentence for the message bar, which takes all text for HTML: names out of the data are shown, never run."""
    return escape(sentence, quote=False)


class Messages:
    """Shows one sentence of ours at a time above what is at work, and takes all back when the plugin goes."""

    def __init__(self, bar: QgsMessageBar) -> None:
        self._bar = bar
        self._shown: QgsMessageBarItem | None = None
        self._passes = False
        self._at_work: list[QgsMessageBarItem] = []

    def success(self, sentence: str, button: Button | None = None) -> None:
        log(sentence, Qgis.MessageLevel.Success)
        self._push(sentence, Qgis.MessageLevel.Success, button, _PASSING_S)

    def file_made(self, sentence: str, path: Path, button: Button | None = None) -> None:
        """Good news about a file or folder: the link shows it in the file browser, as QGIS's own exports do. For the
        whole path, which is in the log, the bar has no room."""
        log(f"{sentence} {path}", Qgis.MessageLevel.Success)
        link = f'<a href="{escape(QUrl.fromLocalFile(str(path)).toString())}">{shown(path.name)}</a>'
        self._push_html(f"{shown(sentence)} {link}", Qgis.MessageLevel.Success, button, 0)

    def info(self, sentence: str) -> None:
        log(sentence)
        self._push(sentence, Qgis.MessageLevel.Info, duration_s=_PASSING_S)

    def make_way(self) -> None:
        """Take back a message that would go by itself: somebody looks at the map, whose date it covers."""
        if self._passes:
            self.clear()

    def warning(self, sentence: str) -> None:
        log(sentence, Qgis.MessageLevel.Warning)
        self._push(sentence, Qgis.MessageLevel.Warning)

    def error(self, sentence: str, details: str = "", button: Button | None = None) -> None:
        log("\n".join(part for part in (sentence, details) if part), Qgis.MessageLevel.Critical)
        self._push(sentence, Qgis.MessageLevel.Critical, button)

    def show(self, item: QgsMessageBarItem) -> None:
        """A message about work, which its maker brings up to date and takes back when the work is over."""
        self.clear()
        self._at_work.append(item)
        self._bar.pushItem(item)

    def take_back(self, item: QgsMessageBarItem) -> None:
        """Take back a message about work; somebody may have closed it before."""
        if item in self._at_work:
            self._at_work.remove(item)
            self._pop(item)

    def clear(self) -> None:
        """Take back our sentence if it is still on screen; work goes on, and is shown on."""
        self._pop(self._shown)
        self._shown, self._passes = None, False

    def close(self) -> None:
        """Take back everything."""
        self.clear()
        for item in list(self._at_work):
            self.take_back(item)

    def _pop(self, item: QgsMessageBarItem | None) -> None:
        if item is not None and item in self._bar.items():
            self._bar.popWidget(item)

    def _push(
        self, sentence: str, level: Qgis.MessageLevel, button: Button | None = None, duration_s: int = 0
    ) -> None:
        """Show a message for so long, for ever by default."""
        self._push_html(shown(sentence), level, button, duration_s)

    def _push_html(self, text: str, level: Qgis.MessageLevel, button: Button | None, duration_s: int) -> None:
        self.clear()
        self._passes = duration_s > 0
        item = self._shown = QgsMessageBar.createMessage(tr("Outbreak Atlas"), text)
        if button is not None:
            push_button = QPushButton(button[0], item)
            push_button.clicked.connect(lambda _checked=False: button[1]())
            item.layout().addWidget(push_button)
        self._bar.pushWidget(item, level, duration_s)
