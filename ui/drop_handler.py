"""Files dropped on the window of QGIS: those that look like reports are offered to the plugin."""
from __future__ import annotations

from pathlib import Path
from typing import Callable

from qgis.gui import QgsCustomDropHandler
from qgis.PyQt.QtCore import QMimeData
from qgis.PyQt.QtWidgets import QMessageBox, QWidget

from ..plugin.bridge.layers import is_dataset
from ..plugin.bridge.translation import tr

#: Kinds of file that may hold a table of reports. Layers (GeoPackage, Shapefile) are QGIS's own business.
TABLES = (".csv", ".tsv", ".tab", ".txt", ".psv", ".gz", ".xz", ".bz2", ".zip", ".xlsx")
#: A workbook is unpacked as a whole before its first row can be seen.
_LARGEST_WORKBOOK = 20_000_000


class DropHandler(QgsCustomDropHandler):
    """Takes finished datasets at once, asks about tables of reports, and leaves everything else to QGIS."""

    def __init__(self, window: QWidget, open_files: Callable[[list[Path]], None]) -> None:
        super().__init__()
        self._window, self._open_files = window, open_files

    def handleMimeDataV2(self, data: QMimeData) -> bool:  # noqa: N802 - Qt's name
        """True when the files were taken, or nobody is to have them."""
        paths = [Path(url.toLocalFile()) for url in data.urls()] if data.hasUrls() else []
        if not paths or not all(path.is_file() for path in paths):
            return False
        if all(is_dataset(path) for path in paths):
            self._open_files(paths)
            return True
        return all(path.suffix.lower() in TABLES for path in paths) and _is_worth_asking(paths[0]) and self._ask(paths)

    def _ask(self, paths: list[Path]) -> bool:
        box = QMessageBox(self._window)
        box.setObjectName("OutbreakAtlasDrop")
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle(tr("Outbreak Atlas"))
        box.setText(question(paths))
        ours = box.addButton(tr("Open with &Outbreak Atlas"), QMessageBox.ButtonRole.AcceptRole)
        theirs = box.addButton(tr("Open as &QGIS does"), QMessageBox.ButtonRole.NoRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(ours)
        box.exec()
        if box.clickedButton() is ours:
            self._open_files(paths)
        return box.clickedButton() is not theirs


def question(paths: list[Path]) -> str:
    """What is asked about dropped files."""
    if len(paths) == 1:
        return tr("“{file}” looks like a table of dated reports. How shall it be opened?").format(file=paths[0].name)
    return tr("{n} files, “{file}” among them, look like tables of dated reports. How shall they be opened?").format(
        n=len(paths), file=paths[0].name)


def _is_worth_asking(path: Path) -> bool:
    """A glance at the beginning of a file."""
    if path.suffix.lower() == ".xlsx" and path.stat().st_size > _LARGEST_WORKBOOK:
        return False
    from ..plugin.core.heads import looks_like_reports

    return looks_like_reports(path)
