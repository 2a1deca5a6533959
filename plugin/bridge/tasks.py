"""Work in the background: algorithms, of which several may run, and looks, of which only the latest counts."""
from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from functools import partial
from typing import Any, Callable

from qgis.core import (
    QgsApplication,
    QgsProcessingAlgRunnerTask,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProject,
    QgsTask,
    QgsTaskManager,
)

from ..core.errors import AtlasError, Cancelled
from ..core.progress import CallbackProgress, Progress
from .systems import forget_kept
from .translation import tr

Results = dict[str, Any]
#: How long unloading waits for work that was told to stop.
LONGEST_WAIT_S = 20.0


class _Listener(QgsProcessingFeedback):
    """Keeps what the algorithm complained about, and what it is doing now."""

    def __init__(self) -> None:
        super().__init__(False)
        self.errors: list[str] = []
        self.doing = ""

    def reportError(self, error: str, fatalError: bool = False) -> None:  # noqa: N802, N803 - Qt's names
        self.errors.append(error)
        super().reportError(error, fatalError)

    def setProgressText(self, text: str) -> None:  # noqa: N802
        self.doing = text
        super().setProgressText(text)


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


class Job:
    """An algorithm under way, for whoever shows how far it is."""

    def __init__(self, listener: _Listener) -> None:
        self._listener = listener
        self._began = time.monotonic()
        self.is_over = False

    @property
    def fraction(self) -> float:
        """How much is done, 0 to 1."""
        return float(self._listener.progress()) / 100.0

    @property
    def doing(self) -> str:
        """What is being done, in words."""
        return self._listener.doing

    @property
    def elapsed_s(self) -> float:
        return time.monotonic() - self._began

    def cancel(self) -> None:
        """Ask the work to stop; it ends as soon as it notices."""
        self._listener.cancel()


class Jobs:
    """Starts algorithms as tasks and calls the handlers on the main thread."""

    def __init__(self, tasks: QgsTaskManager) -> None:
        self._tasks = tasks
        self._closed = False
        self._running: dict[_Task, tuple[QgsProcessingContext, _Listener, Job]] = {}

    def __len__(self) -> int:
        return len(self._running)

    def start(self, algorithm_id: str, parameters: dict[str, Any], handlers: Handlers) -> Job | None:
        """Check the parameters, then run in the background; None if the work could not begin."""
        algorithm = QgsApplication.processingRegistry().algorithmById(algorithm_id)
        context, listener = QgsProcessingContext(), _Listener()
        context.setProject(QgsProject.instance())
        can_run, reason = algorithm.canExecute()
        if can_run:
            can_run, reason = algorithm.checkParameterValues(parameters, context)
        if not can_run:
            handlers.failed(reason, "")
            return None
        # Silent: QGIS's own “task complete” would lie on top of what we have to say.
        flags = QgsTask.Flag.CanCancel | QgsTask.Flag.Silent
        task, job = _Task(algorithm, parameters, context, listener, flags), Job(listener)
        # Neither the task nor its context may be collected while another thread uses them.
        self._running[task] = (context, listener, job)
        task.executed.connect(partial(self._finish, task, handlers))
        self._tasks.addTask(task)
        return job

    def cancel_all(self) -> None:
        """Stop everything of ours, wait until it has stopped, and call no handler.

        What is kept for a task stays until QGIS has said that it is over, in a later turn of the event loop.
        """
        self._closed = True
        for task in list(self._running):  # one that has not begun ends at once
            task.cancel()
        for task in list(self._running):
            task.wait_until_over()

    def _finish(
        self, task: _Task, handlers: Handlers, ok: bool, results: Results
    ) -> None:
        _context, listener, job = self._running.pop(task)
        job.is_over = True
        # What the task's thread was first to ask for would be lost with that thread, under the layers opened now.
        forget_kept()
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


class _Look(QgsTask):
    """A short piece of work without a trace in the task manager's list; its end is told on the main thread."""

    def __init__(self, work: Callable[[Progress], Any], ended: Callable[[_Look], None]) -> None:
        flag = QgsTask.Flag
        super().__init__(tr("Looking at files"), flag.CanCancel | flag.CancelWithoutPrompt | flag.Hidden | flag.Silent)
        self._work, self._ended = work, ended
        self.result: Any = None
        self.error: Exception | None = None
        self.over = threading.Event()

    def run(self) -> bool:
        try:
            self.result = self._work(CallbackProgress(cancelled=self.isCanceled))
        except Exception as error:  # told on the main thread, where a mistake of ours is raised again
            self.error = error
        finally:
            self.over.set()
        return self.error is None

    def finished(self, result: bool) -> None:
        self._ended(self)


class Latest:
    """Answers one question at a time: a new question makes the answer to the one before unwanted."""

    def __init__(self, tasks: QgsTaskManager) -> None:
        self._tasks = tasks
        self._wanted: tuple[_Look, Callable[[Any], None], Callable[[AtlasError], None]] | None = None
        self._running: set[_Look] = set()

    @property
    def is_busy(self) -> bool:
        return self._wanted is not None

    def ask(
        self, work: Callable[[Progress], Any], answered: Callable[[Any], None], failed: Callable[[AtlasError], None]
    ) -> None:
        """Do the work in the background, then call one of the others on the main thread."""
        self.drop()
        look = _Look(work, self._finish)
        self._wanted = (look, answered, failed)
        self._running.add(look)
        self._tasks.addTask(look)

    def drop(self) -> None:
        """No longer want the answer."""
        self._wanted = None
        for look in list(self._running):  # one that has not begun ends at once
            look.cancel()

    def close(self) -> None:
        """Want nothing any more, and wait until nothing of ours runs."""
        self.drop()
        for look in list(self._running):
            if look.isActive():
                look.over.wait(LONGEST_WAIT_S)

    def _finish(self, look: _Look) -> None:
        self._running.discard(look)
        if self._wanted is None or self._wanted[0] is not look:
            return
        _look, answered, failed = self._wanted
        self._wanted = None
        if look.error is None:
            answered(look.result)
        elif isinstance(look.error, AtlasError):
            failed(look.error)
        elif not isinstance(look.error, Cancelled):
            failed(AtlasError(tr("This could not be looked at, which is a mistake of the plugin: {error}").format(
                error=repr(look.error))))
            raise look.error
