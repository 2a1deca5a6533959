"""The dialog Cluster what I see: shows what will be counted and how, says what was chosen; computes nothing."""
from __future__ import annotations

from pathlib import Path

from qgis.PyQt import uic
from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtWidgets import QDialog, QDialogButtonBox, QWidget

from ..plugin.bridge.analysis_choices import DBSCAN, HDBSCAN, STDBSCAN, ClusterChoices
from ..plugin.bridge.translation import tr
from .analysis_texts import method_texts
from .dialog_look import make_room, name_widgets, set_sentence

FORM = Path(__file__).resolve().parent / "forms" / "cluster_dialog.ui"
_LETTERS = 62


class ClusterDialog(QDialog):
    """`suggest_wanted`: look for a distance, or stop looking; `report_wanted`: show how it was found."""

    suggest_wanted = pyqtSignal()
    report_wanted = pyqtSignal()
    help_wanted = pyqtSignal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        uic.loadUi(str(FORM), self)
        self.buttonBox.button(QDialogButtonBox.StandardButton.Ok).setText(tr("&Run"))
        for spin in (self.distanceSpin, self.daysSpin, self.leastSpin):
            spin.setGroupSeparatorShown(True)
        self.offer_time("")
        self.set_choices(ClusterChoices())
        self.show_status("")
        name_widgets(self)
        self.methodCombo.currentIndexChanged.connect(lambda _at: self._show_fields())
        self.suggestButton.clicked.connect(lambda _checked=False: self.suggest_wanted.emit())
        self.reportButton.clicked.connect(lambda _checked=False: self.report_wanted.emit())
        self.buttonBox.helpRequested.connect(self.help_wanted)
        self.setMinimumWidth(_LETTERS * self.fontMetrics().averageCharWidth())
        self._show_fields()

    def show_counted(self, sentence: str) -> None:
        """What will be counted."""
        set_sentence(self.sentenceLabel, sentence)

    def offer_time(self, reason: str) -> None:
        """Offer the method that looks at time too; or not, for a reason."""
        chosen = self.methodCombo.currentData()
        self.methodCombo.clear()
        for method, (text, explained) in method_texts().items():
            if method == STDBSCAN and reason:
                explained = reason
            self.methodCombo.addItem(text, method)
            at = self.methodCombo.count() - 1
            self.methodCombo.setItemData(at, explained, Qt.ItemDataRole.ToolTipRole)
            self.methodCombo.model().item(at).setEnabled(not (method == STDBSCAN and reason))
        self._choose(chosen or DBSCAN)

    def choices(self) -> ClusterChoices:
        return ClusterChoices(
            self.methodCombo.currentData(), self.distanceSpin.value(), self.daysSpin.value(), self.leastSpin.value())

    def set_choices(self, choices: ClusterChoices) -> None:
        self.distanceSpin.setValue(choices.distance_km)
        self.daysSpin.setValue(choices.days)
        self.leastSpin.setValue(choices.least_cases)
        self._choose(choices.method)

    def set_distance(self, km: float) -> None:
        self.distanceSpin.setValue(km)

    def set_looking(self, looking: bool) -> None:
        """A distance is being looked for: the button stops it."""
        self.suggestButton.setText(tr("&Stop") if looking else tr("&Suggest"))

    def show_status(self, sentence: str, report: bool = False) -> None:
        """What came out of looking for a distance, and whether there is a report of it."""
        self.statusLabel.setText(sentence)
        self.statusLabel.setVisible(bool(sentence))
        self.reportButton.setVisible(report)
        make_room(self)

    def _choose(self, method: str) -> None:
        """A method that is not offered now is not chosen either."""
        at = max(self.methodCombo.findData(method), 0)
        self.methodCombo.setCurrentIndex(at if self.methodCombo.model().item(at).isEnabled() else 0)

    def _show_fields(self) -> None:
        method = self.methodCombo.currentData()
        for widget in (self.distanceLabel, self.distanceSpin, self.suggestButton):
            widget.setEnabled(method != HDBSCAN)
        for widget in (self.daysLabel, self.daysSpin):
            widget.setEnabled(method == STDBSCAN)
