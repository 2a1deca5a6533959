"""The button Suggest of the cluster dialog: a distance looked for in the background."""
from __future__ import annotations

from ..plugin.bridge.analysis_choices import kilometres
from ..plugin.bridge.number_texts import number_text
from ..plugin.bridge.tasks import Handlers, Job, Results
from ..plugin.bridge.translation import tr
from .analyses import Analyses, Question
from .cluster_dialog import ClusterDialog
from .loading import show_file


class DistanceSearch:
    """Fills in the distance that was found; once closed, nobody is told."""

    def __init__(self, dialog: ClusterDialog, analyses: Analyses, asked: Question) -> None:
        self._dialog, self._analyses, self._asked = dialog, analyses, asked
        self._job: Job | None = None
        self._report = ""
        self._is_closed = False
        dialog.suggest_wanted.connect(self._start_or_stop)
        dialog.report_wanted.connect(lambda: show_file(self._report))

    def close(self) -> None:
        """Stop, and say nothing any more."""
        self._is_closed = True
        if self._job is not None:
            self._job.cancel()

    def _start_or_stop(self) -> None:
        if self._job is not None:
            self._job.cancel()
            return
        self._dialog.show_status(tr("Looking for a distance…"))
        job = self._analyses.suggest(self._asked, self._dialog.choices().least_cases, Handlers(
            self._found, self._failed, lambda: self._end(tr("Stopped."))))
        if job is not None and not job.is_over:
            self._job = job
            self._dialog.set_looking(True)

    def _found(self, results: Results) -> None:
        self._report = str(results.get("OUTPUT_HTML") or "")
        km = kilometres(float(results["EPS"]))
        if self._end(tr("Suggested: {km} km.").format(km=number_text(km)), bool(self._report)):
            self._dialog.set_distance(km)

    def _failed(self, words: str, _details: str) -> None:
        self._end(words)

    def _end(self, sentence: str, report: bool = False) -> bool:
        """Whether somebody is still told."""
        self._job = None
        if not self._is_closed:
            self._dialog.set_looking(False)
            self._dialog.show_status(sentence, report)
        return not self._is_closed
