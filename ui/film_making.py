"""Films under way: told in the message bar and in QGIS's list of tasks, and how they ended."""
from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial

from qgis.core import QgsProject, QgsProxyProgressTask, QgsTaskManager
from qgis.PyQt.QtCore import QObject
from qgis.PyQt.QtWidgets import QApplication

from ..plugin.bridge.messages import Messages, log
from ..plugin.bridge.translation import tr
from ..plugin.core.film_folder import NAMING
from ..plugin.export.ffmpeg import arguments_for_files, command_line
from ..plugin.export.film import Film
from ..plugin.export.film_plan import MP4, FilmMade, FilmPlan
from .film_pictures import Pictures
from .film_texts import made_text
from .loading import show_file
from .loading_item import LoadingItem


@dataclass(frozen=True)
class Order:
    """A film to be made. `layer_id`: of the dataset, without which it fails; `written`: writes what belongs beside the
    film, and says what went wrong with that, "" for nothing."""

    pictures: Pictures
    plan: FilmPlan
    layer_id: str
    written: Callable[[FilmMade], str]


class FilmJob(QObject):
    """One film, for whoever shows how far it is."""

    #: The film's own sentence says how much time is left.
    elapsed_s = 0.0

    def __init__(self, film: Film, order: Order, tasks: QgsTaskManager) -> None:
        super().__init__()
        self.film, self.order = film, order
        self.fraction, self.doing, self.is_over = 0.0, "", False
        # QGIS owns it once it is added, and ends it.
        self._task = QgsProxyProgressTask(tr("Film {file}").format(file=order.plan.output.name), True)
        self._task.canceled.connect(self.cancel)
        tasks.addTask(self._task)
        film.progressed.connect(self._progress)

    def cancel(self) -> None:
        """Ask the film to stop; it says so when it has."""
        if not self.is_over:
            self.film.cancel()

    def end(self, well: bool) -> None:
        """Nothing is shown of it any more."""
        self.is_over = True
        self._task.canceled.disconnect(self.cancel)
        self._task.finalize(well)

    def _progress(self, fraction: float, doing: str) -> None:
        self.fraction, self.doing = fraction, doing
        self._task.setProxyProgress(100.0 * fraction)


class FilmMaking(QObject):
    """Makes films, several at once if asked; `close` stops all, and leaves nothing half made."""

    def __init__(self, project: QgsProject, tasks: QgsTaskManager, messages: Messages) -> None:
        super().__init__()
        self._tasks, self._messages = tasks, messages
        self._running: dict[FilmJob, LoadingItem] = {}
        self._undo = ExitStack()
        for signal, slot in (
            (project.layersWillBeRemoved["QStringList"], self._layers_leave),
            (project.aboutToBeCleared, self._all_leave),
        ):
            signal.connect(slot)
            self._undo.callback(signal.disconnect, slot)

    def __len__(self) -> int:
        return len(self._running)

    def start(self, order: Order) -> None:
        """Begin a film; its end is told in the message bar."""
        if order.pictures.is_own:
            order.pictures.maker.hold(order.pictures.scene.dataset)
        film = Film(order.pictures.maker, order.plan)
        job = FilmJob(film, order, self._tasks)
        item = self._running[job] = LoadingItem(tr("Film {file}").format(file=order.plan.output.name), job)
        self._messages.show(item)
        film.finished.connect(partial(self._finished, job))
        film.failed.connect(partial(self._failed, job))
        film.stopped.connect(partial(self._stopped, job))
        film.start()

    def close(self) -> None:
        """Stop everything without a word."""
        self._undo.close()
        for job in list(self._running):
            self._end(job, False)
            job.film.cancel()

    def _layers_leave(self, layer_ids: list[str]) -> None:
        for job in [one for one in self._running if one.order.layer_id in layer_ids]:
            self._give_up(job, tr("The film {file} was given up: its dataset was removed from the project.").format(
                file=job.order.plan.output.name))

    def _all_leave(self) -> None:
        for job in list(self._running):
            self._give_up(job, tr("The film {file} was given up: its project was closed.").format(
                file=job.order.plan.output.name))

    def _give_up(self, job: FilmJob, sentence: str) -> None:
        self._end(job, False)
        job.film.cancel()
        self._messages.error(sentence)

    def _finished(self, job: FilmJob, made: FilmMade) -> None:
        if not self._end(job, True):
            return
        plan, also = job.order.plan, job.order.written(made)
        if plan.format == MP4 and made.path != plan.output:
            self._without_ffmpeg(made, plan)
            return
        sentence = " ".join(one for one in (made_text(made), made.remark, also) if one)
        self._messages.file_made(sentence, made.path, (tr("Open"), partial(show_file, str(made.path))))

    def _without_ffmpeg(self, made: FilmMade, plan: FilmPlan) -> None:
        """The line that makes the film is too long for a message: the button copies it, and the log has it."""
        log(made.remark)
        line = command_line("ffmpeg", arguments_for_files(made.path / NAMING, plan.fps, plan.crf, plan.output))
        sentence = tr("ffmpeg was not found: {n} frames were written instead of a film.").format(n=made.frames)
        self._messages.file_made(sentence, made.path, (tr("Copy the command for the film"), partial(copy_text, line)))

    def _failed(self, job: FilmJob, sentence: str) -> None:
        if self._end(job, False):
            self._messages.error(sentence)

    def _stopped(self, job: FilmJob) -> None:
        if self._end(job, False):
            self._messages.info(tr("Cancelled; no film was written."))

    def _end(self, job: FilmJob, well: bool) -> bool:
        """Take the film from all lists; False if it had ended before."""
        item = self._running.pop(job, None)
        if item is None:
            return False
        job.end(well)
        self._messages.take_back(item)
        return True


def copy_text(text: str) -> None:
    """For pasting it elsewhere."""
    QApplication.clipboard().setText(text)
