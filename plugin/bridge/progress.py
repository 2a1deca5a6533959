"""QGIS's feedback as the progress that core and store understand."""
from __future__ import annotations

from qgis.core import QgsFeedback, QgsProcessingFeedback

from ..core.progress import Progress


class FeedbackProgress(Progress):
    """Passes progress and cancellation between a `QgsFeedback` and the work."""

    def __init__(self, feedback: QgsFeedback) -> None:
        self._feedback = feedback
        self._message = ""

    def report(self, fraction: float, message: str = "") -> None:
        self.check()
        self._feedback.setProgress(100.0 * min(max(fraction, 0.0), 1.0))
        if message and message != self._message and isinstance(self._feedback, QgsProcessingFeedback):
            self._message = message
            self._feedback.setProgressText(message)

    def is_cancelled(self) -> bool:
        return bool(self._feedback.isCanceled())
