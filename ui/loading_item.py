"""A message that follows work in the background: how far it is, how long it takes, and a button to stop it."""
from __future__ import annotations

from qgis.core import Qgis
from qgis.gui import QgsMessageBarItem
from qgis.PyQt.QtCore import QTimer
from qgis.PyQt.QtWidgets import QProgressBar, QPushButton

from ..plugin.bridge.messages import shown
from ..plugin.bridge.tasks import Job
from ..plugin.bridge.translation import tr
from ..plugin.bridge.waiting_texts import time_left_text

_EVERY_MS = 400
_LETTERS = 22


class LoadingItem(QgsMessageBarItem):
    """Shows a job until it is over; closing it lets the work go on."""

    def __init__(self, sentence: str, job: Job) -> None:
        super().__init__(tr("Outbreak Atlas"), shown(sentence), Qgis.MessageLevel.Info)
        self.setObjectName("OutbreakAtlasLoading")
        self._sentence, self._job = sentence, job
        self.bar = QProgressBar(self)
        self.bar.setObjectName("loadingBar")
        self.bar.setRange(0, 100)
        self.bar.setMaximumWidth(_LETTERS * self.fontMetrics().averageCharWidth())
        self.bar.setAccessibleName(sentence)
        self.cancel_button = QPushButton(tr("Cancel"), self)
        self.cancel_button.setObjectName("loadingCancel")
        self.cancel_button.clicked.connect(self._cancel)
        self.layout().addWidget(self.bar)
        self.layout().addWidget(self.cancel_button)
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._update)
        self._timer.start(_EVERY_MS)

    def _update(self) -> None:
        if self._job.is_over:
            self._timer.stop()
            return
        self.bar.setValue(round(100 * self._job.fraction))
        parts = (self._sentence, self._job.doing, time_left_text(self._job.elapsed_s, self._job.fraction))
        self.setText(shown(" · ".join(part for part in parts if part)))

    def _cancel(self) -> None:
        self._timer.stop()
        self.cancel_button.setEnabled(False)
        self.setText(tr("Stopping …"))
        self._job.cancel()
