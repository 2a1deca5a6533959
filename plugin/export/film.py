"""A film from its frames: drawn in any order, each picture once, and taken in their order by what writes the film."""
from __future__ import annotations

import hashlib
import sys
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from qgis.PyQt.QtCore import QLockFile, QObject, QTimer, pyqtSignal
from qgis.PyQt.QtGui import QImage

from ..bridge.translation import tr
from ..bridge.waiting_texts import time_left_text
from ..core.errors import AtlasError
from ..core.film_folder import LOCK, SUFFIX, FilmFolder, first_alike, others_in
from .film_plan import FilmMade, FilmPlan, put_in_place, refuse_bad_plan, sink_for
from .film_sinks import Shot, Sink, opaque, unwritable
from .picture_store import PictureStore

if TYPE_CHECKING:
    from .frames import FrameMaker

#: An export that was killed is known by its process; only a number that another process got since needs a limit.
_LOCK_LASTS_MS = 86_400_000
#: Pictures in memory beyond those being drawn, so that drawing and writing need not wait for each other.
_SPARE_PICTURES = 2


class Film(QObject):
    """Makes one film; at its end comes one of `finished`, `failed` and `stopped`, never before `start` returns."""

    #: The share that is done, and a sentence.
    progressed = pyqtSignal(float, str)
    #: A `FilmMade`.
    finished = pyqtSignal(object)
    failed = pyqtSignal(str)
    stopped = pyqtSignal()

    def __init__(self, maker: FrameMaker, plan: FilmPlan, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.maker, self.plan = maker, plan
        self._folder = FilmFolder(plan.output.with_name(plan.output.name + SUFFIX))
        self._lock = QLockFile(str(self._folder.path / LOCK))
        self._lock.setStaleLockTime(_LOCK_LASTS_MS)
        self._store = PictureStore(self._folder, self)
        self._sink: Sink | None = None
        self._firsts: tuple[int, ...] = ()
        self._to_draw: deque[int] = deque()
        self._drawing: set[int] = set()
        self._pictures: dict[int, QImage] = {}
        self._last: tuple[int, QImage] | None = None
        self._drawn = self._taken = self._ordered = 0
        self._is_over = self._is_closed = False
        self._started_s = 0.0
        self._turn = QTimer(self)
        self._turn.setSingleShot(True)
        self._turn.timeout.connect(self._take_turn)

    def start(self) -> None:
        QTimer.singleShot(0, self._take_first_turn)

    def cancel(self) -> None:
        """Stop; nothing is left of the film when this returns."""
        if not self._is_over:
            self._end(keeps=False)
            self.stopped.emit()

    def _begin(self) -> None:
        if self._is_over:
            return
        self._started_s = time.monotonic()
        refuse_bad_plan(self.plan)
        self._firsts = first_alike(self.maker.keys())
        self._take_folder()
        self._sink = sink_for(self.plan, self.maker.size, self._folder, self._firsts)
        self._sink.setParent(self)
        self._sink.ready.connect(self._turn.start)
        self._sink.failed.connect(self._fail)
        self._sink.done.connect(self._take_last_turn)
        self._sink.open()
        wanted = sorted(set(self._firsts))
        found = self._store.find(set(wanted))
        self._to_draw.extend(number for number in wanted if number not in found)
        self._ordered = len(self._to_draw)
        self._store.saved.connect(self._forget)
        self._store.failed.connect(self._fail_to_write)
        self.maker.drawn.connect(self._receive)
        self.maker.failed.connect(self._fail)
        self._turn.start()

    def _take_folder(self) -> None:
        path = self._folder.path
        other = others_in(path, grows=True)
        if other:
            raise AtlasError(tr("“{folder}” is needed while the film grows, and holds “{other}”: move it away, or "
                                "choose another file name.").format(folder=path, other=other))
        self._folder.make()
        if not self._lock.tryLock(0):
            busy = self._lock.error() == QLockFile.LockError.LockFailedError
            sentence = (tr("“{file}” is being exported already: wait until that is finished, or choose another file "
                           "name.") if busy else tr("“{file}” cannot be written in “{folder}”: choose another folder."))
            raise AtlasError(sentence.format(file=self.plan.output.name, folder=path.parent))
        self._folder.claim(self._fingerprint())

    def _fingerprint(self) -> str:
        size, frames = self.maker.size, tuple((one.begin_ms, one.end_ms) for one in self.maker.frames)
        told = repr((self.plan.fingerprint, size.width(), size.height(), frames, self._firsts))
        return hashlib.sha256(told.encode()).hexdigest()

    def _go_on(self) -> None:
        """Begin to draw as much as may be under way, and hand over one frame if that is possible."""
        sink = self._sink
        if self._is_over or sink is None:
            return
        while self._to_draw and len(self._drawing) < self.maker.workers and self._has_room():
            number = self._to_draw.popleft()
            self._drawing.add(number)
            self.maker.start(number)
        if self._taken < len(self._firsts) and sink.can_take() and self._is_there(self._firsts[self._taken]):
            self._hand_over(sink)
        if self._taken == len(self._firsts) and not self._is_closed and not self._pictures:
            self._is_closed = True
            self.progressed.emit(1.0, tr("Completing the film"))
            sink.close()

    def _has_room(self) -> bool:
        return len(self._drawing) + len(self._pictures) < self.maker.workers + _SPARE_PICTURES

    def _is_there(self, number: int) -> bool:
        if self._sink is not None and self._sink.NEEDS_ALL:
            return not (self._to_draw or self._drawing or self._pictures)
        return number in self._pictures or self._store.has(number)

    def _hand_over(self, sink: Sink) -> None:
        number = self._taken
        sink.take(Shot(number, self._firsts[number], self._load))
        self._taken += 1
        self._forget(self._firsts[number])
        self._tell()
        self._turn.start()

    def _load(self) -> QImage:
        """The picture of the frame that is next."""
        first = self._firsts[self._taken]
        if self._last is None or self._last[0] != first:
            found = self._pictures.get(first)
            self._last = first, self._store.load(first) if found is None else found
        return self._last[1]

    def _receive(self, number: int, picture: QImage) -> None:
        if self._is_over or number not in self._drawing:
            return
        self._drawing.discard(number)
        self._pictures[number] = opaque(picture)
        self._drawn += 1
        self._store.keep(number, self._pictures[number])
        self._tell()
        self._turn.start()

    def _forget(self, number: int) -> None:
        """Keep a picture in memory no longer than until it is on the disk and was taken."""
        needs_all = self._sink is not None and self._sink.NEEDS_ALL
        if self._store.has(number) and (needs_all or number < self._taken):
            self._pictures.pop(number, None)
        self._turn.start()

    def _tell(self) -> None:
        share = self._sink.SHARE if self._sink is not None and self._ordered else 1.0
        drawn = self._drawn / self._ordered if self._ordered else 0.0
        fraction = (1 - share) * drawn + share * self._taken / len(self._firsts)
        if self._drawn < self._ordered:
            text = tr("{n} of {total} pictures drawn").format(n=self._drawn, total=self._ordered)
        else:
            text = tr("{n} of {total} frames written").format(n=self._taken, total=len(self._firsts))
        left = time_left_text(time.monotonic() - self._started_s, fraction)
        self.progressed.emit(fraction, ", ".join(part for part in (text, left) if part))

    def _complete(self) -> None:
        sink = self._sink
        if self._is_over or sink is None:
            return
        count = len(self._firsts)
        remarks = " ".join((sink.remark, *dict.fromkeys(self.maker.problems))).strip()
        rendered = min(self._drawn, self.maker.maps_rendered or self._drawn)
        made = FilmMade(sink.target, count, rendered, count / self.plan.fps, remarks)
        self._let_go()
        try:
            put_in_place(sink, self._folder)
        except OSError as error:
            self.failed.emit(unwritable(sink.target, error))
            return
        self.finished.emit(made)

    def _fail_to_write(self, error: OSError) -> None:
        self._fail(unwritable(self.plan.output, error))

    def _fail(self, sentence: str, can_go_on: bool = False) -> None:
        if not self._is_over:
            self._end(keeps=can_go_on)
            self.failed.emit(sentence)

    def _end(self, keeps: bool) -> None:
        """Stop everything; the pictures stay only where another attempt could use them."""
        is_ours = self._lock.isLocked()
        self.maker.stop()  # not only cancel: the layers may go as soon as this is over
        self._let_go()
        with suppress(OSError):
            if keeps and self._folder.holds_pictures():
                (self._folder.path / f"film.{self.plan.format}").unlink()
            elif is_ours:
                self._folder.remove()
            else:  # another export's stays, as it is not empty
                self._folder.path.rmdir()

    def _let_go(self) -> None:
        self._is_over = True
        self._turn.stop()
        if self._sink is not None:
            self._sink.stop()
        self._store.stop()
        self._lock.unlock()
        self._pictures.clear()
        self._last = None

    def _take_first_turn(self) -> None:
        self._guard(self._begin)

    def _take_turn(self) -> None:
        self._guard(self._go_on)

    def _take_last_turn(self) -> None:
        self._guard(self._complete)

    def _guard(self, work: Callable[[], None]) -> None:
        """Do the work of a slot: what goes wrong in it ends the film, and a fault of the plugin's is told as well."""
        try:
            work()
        except AtlasError as error:
            self._fail(error.message)
        except OSError as error:
            self._fail(unwritable(self.plan.output, error))
        except Exception:
            self._fail(tr("The film could not be made, because of a fault in the plugin that its log describes."))
            # Raised, it would end a program that has no hook of its own, as qgis_process.
            sys.excepthook(*sys.exc_info())
