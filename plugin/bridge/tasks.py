"""Algorithms run in the background, one object that knows which of ours are under way."""
from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any, Callable

from qgis.core import (
    QgsApplication,
    QgsProcessingAlgRunnerTask,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProject,
    QgsTaskManager,
)

from .translation import tr

Results = dict[str, Any]


class _Listener(QgsProcessingFeedback):
    """Keeps what the algorithm complained about."""

    def __init__(self) -> None:
        super().__init__(False)
        self.errors: list[str] = []

    def reportError(self, error: str, fatalError: bool = False) -> None:  # noqa: N802, N803 - Qt's names
        self.errors.append(error)
        super().reportError(error, fatalError)


@dataclass(frozen=True)
class Handlers:
    """What to do when a job ends: with results, with a sentence and details, or by the user's wish."""

    done: Callable[[Results], None]
    failed: Callable[[str, str], None]
    cancelled: Callable[[], None]


class Jobs:
    """Starts algorithms as tasks and calls the handlers on the main thread."""

    def __init__(self, tasks: QgsTaskManager) -> None:
        self._tasks = tasks
        self._running: dict[QgsProcessingAlgRunnerTask, tuple[QgsProcessingContext, _Listener]] = {}

    def __len__(self) -> int:
        return len(self._running)

    def start(self, algorithm_id: str, parameters: dict[str, Any], handlers: Handlers) -> None:
        """Check the parameters, then run in the background; cancelling is in QGIS's task manager."""
        algorithm = QgsApplication.processingRegistry().algorithmById(algorithm_id)
        context, listener = QgsProcessingContext(), _Listener()
        context.setProject(QgsProject.instance())
        can_run, reason = algorithm.canExecute()
        if can_run:
            can_run, reason = algorithm.checkParameterValues(parameters, context)
        if not can_run:
            handlers.failed(reason, "")
            return
        task = QgsProcessingAlgRunnerTask(algorithm, parameters, context, listener)
        # Neither the task nor its context may be collected while another thread uses them.
        self._running[task] = (context, listener)
        task.executed.connect(partial(self._finish, task, handlers))
        self._tasks.addTask(task)

    def cancel_all(self) -> None:
        """Stop everything of ours, wait until it has stopped, and call no handler."""
        running, self._running = dict(self._running), {}
        for task in running:
            task.cancel()
        for task in running:
            task.waitForFinished()

    def _finish(
        self, task: QgsProcessingAlgRunnerTask, handlers: Handlers, ok: bool, results: Results
    ) -> None:
        if task not in self._running:
            return
        _context, listener = self._running.pop(task)
        if ok and results:
            handlers.done(results)
        elif listener.errors:
            handlers.failed(listener.errors[-1], "\n".join(listener.errors[:-1]))
        elif listener.isCanceled() or ok:
            handlers.cancelled()
        else:
            handlers.failed(tr("The work stopped without saying why."), listener.textLog())
