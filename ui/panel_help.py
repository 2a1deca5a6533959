"""The panel's help: a page of the plugin's own, in a window that stays open beside the work."""
from __future__ import annotations

from pathlib import Path

from qgis.gui import QgsMessageViewer
from qgis.PyQt.QtGui import QTextDocument
from qgis.PyQt.QtWidgets import QWidget

from ..plugin.bridge.translation import tr

PAGE = Path(__file__).resolve().parents[1] / "resources" / "help" / "panel.md"
#: How large the window opens, in letters and lines.
_LETTERS, _LINES = 90, 40


def show_panel_help(parent: QWidget) -> None:
    """Open the help; it goes with the panel."""
    page = QTextDocument()
    page.setMarkdown(PAGE.read_text(encoding="utf-8"))
    viewer = QgsMessageViewer(parent)
    viewer.setObjectName("OutbreakAtlasPanelHelp")
    viewer.setTitle(tr("The Outbreak Atlas panel"))
    viewer.setMessageAsHtml(page.toHtml())
    letter = viewer.fontMetrics()
    viewer.resize(_LETTERS * letter.averageCharWidth(), _LINES * letter.height())
    viewer.showMessage(False)
