"""The dialog Open dataset: shows choices and says what was chosen; reads and computes nothing."""
from __future__ import annotations

from pathlib import Path

from qgis.gui import QgsFileWidget
from qgis.PyQt import uic
from qgis.PyQt.QtCore import QTimeZone, pyqtSignal
from qgis.PyQt.QtWidgets import QComboBox, QDialog, QDialogButtonBox, QWidget

from ..plugin.bridge.translation import tr

FORM = Path(__file__).resolve().parent / "forms" / "open_dialog.ui"
#: Names of files that can be read. Others are tried when they are chosen: what a file is, its content says.
READABLE = ("*.csv", "*.tsv", "*.tab", "*.txt", "*.dat", "*.asc", "*.psv", "*.gz", "*.xz", "*.bz2", "*.zip")


class OpenDialog(QDialog):
    """Files, datum, step, zone and output."""

    changed = pyqtSignal()
    help_wanted = pyqtSignal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        uic.loadUi(str(FORM), self)
        self._fill_combos()
        self.filesWidget.setStorageMode(QgsFileWidget.StorageMode.GetMultipleFiles)
        self.filesWidget.setFilter(tr("Delimited text, also packed ({patterns});;All files (*)").format(
            patterns=" ".join(READABLE)))
        self.outputWidget.setStorageMode(QgsFileWidget.StorageMode.SaveFile)
        self.outputWidget.setFilter(tr("GeoPackage (*.gpkg)"))
        self.filesWidget.fileChanged.connect(self._changed)
        self.outputWidget.fileChanged.connect(self._changed)
        self.buttonBox.helpRequested.connect(self.help_wanted)

    def files(self) -> list[Path]:
        return [Path(name) for name in QgsFileWidget.splitFilePaths(self.filesWidget.filePath()) if name]

    def set_files(self, paths: list[Path]) -> None:
        quoted = " ".join(f'"{path}"' for path in paths)
        self.filesWidget.setFilePath(str(paths[0]) if len(paths) == 1 else quoted)

    def set_folder(self, folder: str) -> None:
        self.filesWidget.setDefaultRoot(folder)

    def output(self) -> str:
        return self.outputWidget.filePath().strip()

    def set_output(self, path: str) -> None:
        self.outputWidget.setFilePath(path)

    def datum(self) -> str:
        return self.datumCombo.currentData()

    def set_datum(self, word: str) -> None:
        _select(self.datumCombo, word)

    def step(self) -> str:
        return self.stepCombo.currentData()

    def set_step(self, word: str) -> None:
        _select(self.stepCombo, word)

    def time_zone(self) -> str:
        return self.zoneCombo.currentText().strip()

    def set_time_zone(self, name: str) -> None:
        self.zoneCombo.setCurrentText(name)

    def set_ready(self, ready: bool, hint: str) -> None:
        """Allow OK, or say in words what is missing for it."""
        self.buttonBox.button(QDialogButtonBox.StandardButton.Ok).setEnabled(ready)
        self.hintLabel.setText(hint)

    def _fill_combos(self) -> None:
        for word, text in (
            ("auto", tr("Find out (WGS 84 unless the columns say otherwise)")),
            ("WGS84", tr("WGS 84 (GPS, most of the world)")),
            ("GCJ02", tr("GCJ-02 (AMap, Tencent: maps of China)")),
            ("BD09", tr("BD-09 (Baidu)")),
        ):
            self.datumCombo.addItem(text, word)
        for word, text in (("hour", tr("one hour")), ("day", tr("one day")), ("week", tr("one week"))):
            self.stepCombo.addItem(text, word)
        self.zoneCombo.addItem("")
        self.zoneCombo.addItems(sorted(bytes(name).decode() for name in QTimeZone.availableTimeZoneIds()))
        self.zoneCombo.lineEdit().setPlaceholderText(tr("from the data"))

    def _changed(self, _text: str) -> None:
        self.changed.emit()


def _select(combo: QComboBox, word: str) -> None:
    combo.setCurrentIndex(max(combo.findData(word), 0))
