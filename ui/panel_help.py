"""Help of the panel and of algorithms, in a window that stays open beside the work."""
from __future__ import annotations

from pathlib import Path

from qgis.core import QgsApplication
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
    _show(parent, "OutbreakAtlasPanelHelp", tr("The Outbreak Atlas panel"), page.toHtml())


def show_algorithm_help(parent: QWidget, algorithm_id: str) -> None:
    """What an algorithm says of itself, beside the dialog that would run it."""
    algorithm = QgsApplication.processingRegistry().algorithmById(algorithm_id)
    _show(parent, "OutbreakAtlasHelp", algorithm.displayName(), algorithm.shortHelpString())


def _show(parent: QWidget, name: str, title: str, html: str) -> None:
    viewer = QgsMessageViewer(parent)
    viewer.setObjectName(name)
    viewer.setTitle(title)
    viewer.setMessageAsHtml(html)
    letter = viewer.fontMetrics()
    viewer.resize(_LETTERS * letter.averageCharWidth(), _LINES * letter.height())
    viewer.showMessage(False)
