"""Algorithms run in the background, one object that knows which of ours are under way."""
from __future__ import annotations

import threading
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
#: How long unloading waits for work that was told to stop.
LONGEST_WAIT_S = 20.0


class _Listener(QgsProcessingFeedback):
    """Keeps what the algorithm complained about."""

    def __init__(self) -> None:
        super().__init__(False)
        self.errors: list[str] = []

    def reportError(self, error: str, fatalError: bool = False) -> None:  # noqa: N802, N803 - Qt's names
        self.errors.append(error)
        super().reportError(error, fatalError)


class _Task(QgsProcessingAlgRunnerTask):
    """A task that can be waited for; `waitForFinished` keeps Python's lock, which the work needs to end."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._over = threading.Event()

    def run(self) -> bool:
        try:
            return super().run()
        finally:
            self._over.set()

    def wait_until_over(self) -> None:
        if self.isActive():
            self._over.wait(LONGEST_WAIT_S)


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
        self._closed = False
        self._running: dict[_Task, tuple[QgsProcessingContext, _Listener]] = {}

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
        task = _Task(algorithm, parameters, context, listener)
        # Neither the task nor its context may be collected while another thread uses them.
        self._running[task] = (context, listener)
        task.executed.connect(partial(self._finish, task, handlers))
        self._tasks.addTask(task)

    def cancel_all(self) -> None:
        """Stop everything of ours, wait until it has stopped, and call no handler.

        What is kept for a task stays until QGIS has said that it is over, in a later turn of the event loop.
        """
        self._closed = True
        for task in self._running:
            task.cancel()
        for task in self._running:
            task.wait_until_over()

    def _finish(
        self, task: _Task, handlers: Handlers, ok: bool, results: Results
    ) -> None:
        _context, listener = self._running.pop(task)
        if self._closed:
            return
        if ok and results:
            handlers.done(results)
        elif listener.errors:
            handlers.failed(listener.errors[-1], "\n".join(listener.errors[:-1]))
        elif listener.isCanceled() or ok:
            handlers.cancelled()
        else:
            handlers.failed(tr("The work stopped without saying why."), listener.textLog())
