"""The dialog Heatmap of what I see: shows what will be counted and how, says what was chosen; computes nothing."""
from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from qgis.PyQt import uic
from qgis.PyQt.QtCore import pyqtSignal
from qgis.PyQt.QtWidgets import QDialog, QDialogButtonBox, QWidget

from ..plugin.bridge.analysis_choices import FIT_MAP, HeatChoices
from ..plugin.bridge.translation import tr
from ..plugin.core.schema import Step
from .analysis_texts import kernel_texts, plays_texts, window_suffix
from .dialog_look import make_room, name_widgets, set_sentence

FORM = Path(__file__).resolve().parent / "forms" / "heat_dialog.ui"
_LETTERS = 62


class HeatDialog(QDialog):
    """`edited`: one map or a series, on which depends what is counted, or the radius."""

    edited = pyqtSignal()
    help_wanted = pyqtSignal()

    def __init__(self, step: Step, windows: bool, map_km: float, parent: QWidget | None = None) -> None:
        """`step`: of the dataset; `windows`: maps of a series can be of several steps; `map_km`: the radius that fits
        the map, 0 if none does."""
        super().__init__(parent)
        uic.loadUi(str(FORM), self)
        self._windows, self._map_km = windows, map_km
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
        self.radiusSpin.valueChanged.connect(lambda _km: self.edited.emit())
        self.buttonBox.helpRequested.connect(self.help_wanted)
        self.setMinimumWidth(_LETTERS * self.fontMetrics().averageCharWidth())
        self._show_fields()

    def show_counted(self, sentence: str) -> None:
        """What will be counted."""
        set_sentence(self.sentenceLabel, sentence)
        make_room(self)

    def choices(self) -> HeatChoices:
        """What is to be computed."""
        return HeatChoices(
            self.radiusSpin.value(), self.kernelCombo.currentData(), bool(self.playsCombo.currentData()),
            self.windowSpin.value())

    def lasting_choices(self) -> HeatChoices:
        """What to remember for other maps."""
        chosen = self.choices()
        return replace(chosen, radius_km=FIT_MAP) if self.fits_map() else chosen

    def fits_map(self) -> bool:
        """Whether the radius is the one that fits the map."""
        return self._map_km > 0 and self.radiusSpin.value() == self._map_km

    def set_choices(self, choices: HeatChoices) -> None:
        self.radiusSpin.setValue(self._map_km if choices.radius_km < 0 else choices.radius_km)
        self.kernelCombo.setCurrentIndex(max(self.kernelCombo.findData(choices.kernel), 0))
        self.playsCombo.setCurrentIndex(int(choices.plays))
        self.windowSpin.setValue(choices.window)

    def _show_fields(self) -> None:
        for widget in (self.windowLabel, self.windowSpin):
            widget.setEnabled(self._windows and bool(self.playsCombo.currentData()))
