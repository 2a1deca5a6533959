"""The dialog Heatmap of what I see: shows what will be counted and how, says what was chosen; computes nothing."""
from __future__ import annotations

from pathlib import Path

from qgis.PyQt import uic
from qgis.PyQt.QtCore import pyqtSignal
from qgis.PyQt.QtWidgets import QDialog, QDialogButtonBox, QWidget

from ..plugin.bridge.analysis_choices import HeatChoices
from ..plugin.bridge.translation import tr
from ..plugin.core.schema import Step
from .analysis_texts import kernel_texts, plays_texts, window_suffix
from .dialog_look import name_widgets, set_sentence

FORM = Path(__file__).resolve().parent / "forms" / "heat_dialog.ui"
_LETTERS = 62


class HeatDialog(QDialog):
    """`edited`: one map or a series, on which depends what is counted."""

    edited = pyqtSignal()
    help_wanted = pyqtSignal()

    def __init__(self, step: Step, windows: bool, parent: QWidget | None = None) -> None:
        """`step`: of the dataset; `windows`: maps of a series can be of several steps."""
        super().__init__(parent)
        uic.loadUi(str(FORM), self)
        self._windows = windows
        self.buttonBox.button(QDialogButtonBox.StandardButton.Ok).setText(tr("&Run"))
        self.radiusSpin.setGroupSeparatorShown(True)
        for kernel, text in kernel_texts().items():
            self.kernelCombo.addItem(text, kernel)
        for plays, text in plays_texts(step).items():
            self.playsCombo.addItem(text, plays)
        self.windowSpin.setSuffix(window_suffix(step))
        self.set_choices(HeatChoices())
        name_widgets(self)
        self.playsCombo.currentIndexChanged.connect(lambda _at: self._show_fields())
        self.playsCombo.currentIndexChanged.connect(lambda _at: self.edited.emit())
        self.buttonBox.helpRequested.connect(self.help_wanted)
        self.setMinimumWidth(_LETTERS * self.fontMetrics().averageCharWidth())
        self._show_fields()

    def show_counted(self, sentence: str) -> None:
        """What will be counted."""
        set_sentence(self.sentenceLabel, sentence)

    def choices(self) -> HeatChoices:
        return HeatChoices(
            self.radiusSpin.value(), self.kernelCombo.currentData(), bool(self.playsCombo.currentData()),
            self.windowSpin.value())

    def set_choices(self, choices: HeatChoices) -> None:
        self.radiusSpin.setValue(choices.radius_km)
        self.kernelCombo.setCurrentIndex(max(self.kernelCombo.findData(choices.kernel), 0))
        self.playsCombo.setCurrentIndex(int(choices.plays))
        self.windowSpin.setValue(choices.window)

    def _show_fields(self) -> None:
        for widget in (self.windowLabel, self.windowSpin):
            widget.setEnabled(self._windows and bool(self.playsCombo.currentData()))
