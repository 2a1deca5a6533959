"""Files dropped on the window of QGIS: those that look like reports are offered to the plugin."""
from __future__ import annotations

from pathlib import Path
from typing import Callable

from qgis.gui import QgsCustomDropHandler
from qgis.PyQt.QtCore import QMimeData, Qt
from qgis.PyQt.QtWidgets import QCheckBox, QMessageBox, QWidget

from ..plugin.bridge.layers import is_dataset
from ..plugin.bridge.settings import OURS, THEIRS, recall_drops, remember_drops
from ..plugin.bridge.translation import tr
from .proposals import TABLES

#: A workbook is unpacked as a whole before its first row can be seen.
_LARGEST_WORKBOOK = 5_000_000


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
        answer = recall_drops()
        if answer == THEIRS or not all(path.suffix.lower() in TABLES for path in paths):
            return False
        return _looks_like_reports(paths[0]) and (self._take(paths) if answer == OURS else self._ask(paths))

    def _take(self, paths: list[Path]) -> bool:
        self._open_files(paths)
        return True

    def _ask(self, paths: list[Path]) -> bool:
        box = QMessageBox(self._window)
        box.setObjectName("OutbreakAtlasDrop")
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle(tr("Outbreak Atlas"))
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setText(question(paths))
        ours = box.addButton(tr("Open with &Outbreak Atlas"), QMessageBox.ButtonRole.AcceptRole)
        theirs = box.addButton(tr("Open as &QGIS does"), QMessageBox.ButtonRole.NoRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(ours)
        always = QCheckBox(tr("&Remember my answer (the menu Outbreak Atlas takes it back)"))
        box.setCheckBox(always)
        box.exec()
        answer = {ours: OURS, theirs: THEIRS}.get(box.clickedButton(), "")
        if always.isChecked() and answer:
            remember_drops(answer)
        if answer == OURS:
            self._open_files(paths)
        box.deleteLater()
        return answer != THEIRS


def question(paths: list[Path]) -> str:
    """What is asked about dropped files."""
    if len(paths) == 1:
        return tr("“{file}” looks like a table of dated reports. How shall it be opened?").format(file=paths[0].name)
    return tr("{n} files, “{file}” among them, look like tables of dated reports. How shall they be opened?").format(
        n=len(paths), file=paths[0].name)


def _looks_like_reports(path: Path) -> bool:
    """A glance at the beginning of a file."""
    if path.suffix.lower() == ".xlsx" and path.stat().st_size > _LARGEST_WORKBOOK:
        return False
    from ..plugin.core.heads import looks_like_reports

    return looks_like_reports(path)
