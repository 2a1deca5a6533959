"""MP4: raw pictures into ffmpeg's input."""
from __future__ import annotations

from pathlib import Path

from qgis.PyQt.QtCore import QObject, QProcess, QSize

from ..bridge.translation import tr
from ..core.errors import AtlasError
from ..core.mp4_boxes import is_whole_mp4
from .ffmpeg import arguments_for_pipe
from .film_sinks import Shot, Sink, disk_full, pixels_of

#: As much of what ffmpeg says as holds its last words.
_LAST_WORDS = 4000
_FULL = ("no space left", "file too large", "disk quota", "not enough space")
_NO_H264, _MOST_REASON = "unknown encoder", 200
_END_MS = 2000


def _ending(code: int, status: QProcess.ExitStatus) -> str:
    """How a program ended that said nothing."""
    if status == QProcess.ExitStatus.CrashExit:
        return tr("it was stopped from outside")
    return tr("it ended with code {code} and said nothing").format(code=code)


class Mp4Sink(Sink):
    """Lets ffmpeg write `part`, which takes the place of `target` when it is whole."""

    def __init__(self, program: str, part: Path, target: Path, parent: QObject | None = None) -> None:
        super().__init__(target, parent)
        self._program, self._part = program, part
        self._size = QSize()
        self._words = b""
        self._closed = self._over = False
        self._process = QProcess(self)

    def prepare(self, size: QSize, fps: float, crf: int) -> Mp4Sink:
        """Say how large and how fast the film is."""
        self._size = QSize(size)
        self._process.setProgram(self._program)
        self._process.setArguments(arguments_for_pipe(size, fps, crf, self._part))
        return self

    def open(self) -> None:
        if self._size.width() % 2 or self._size.height() % 2:
            raise AtlasError(tr("H.264 needs an even width and height, not {width} by {height}.").format(
                width=self._size.width(), height=self._size.height()))
        self._process.setStandardOutputFile(QProcess.nullDevice())
        self._process.started.connect(self.ready)
        self._process.bytesWritten.connect(self._tell_ready)
        self._process.readyReadStandardError.connect(self._listen)
        self._process.errorOccurred.connect(self._fail_to_start)
        self._process.finished.connect(self._finish)
        self._process.start()

    def can_take(self) -> bool:
        """At most one picture waits to be read by ffmpeg: QProcess would take any number into memory."""
        runs = self._process.state() == QProcess.ProcessState.Running
        return runs and not self._closed and self._process.bytesToWrite() == 0

    def take(self, shot: Shot) -> None:
        picture = shot.load()
        if picture.size() != self._size:
            raise AtlasError(tr("A picture of the film is missing or has another size: export again."))
        self._process.write(pixels_of(picture))

    def close(self) -> None:
        self._closed = True
        self._process.closeWriteChannel()

    def stop(self) -> None:
        self._over = True
        if self._process.state() != QProcess.ProcessState.NotRunning:
            self._process.kill()
            self._process.waitForFinished(_END_MS)

    def _tell_ready(self) -> None:
        if self.can_take():
            self.ready.emit()

    def _listen(self) -> None:
        self._words = (self._words + bytes(self._process.readAllStandardError()))[-_LAST_WORDS:]

    def _fail_to_start(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart:
            self._fail(tr("ffmpeg (“{program}”) could not be started: {reason}.").format(
                program=self._program, reason=self._process.errorString().rstrip(".")), True)

    def _finish(self, code: int, status: QProcess.ExitStatus) -> None:
        if self._over:
            return
        self._listen()
        if self._closed and code == 0 and status == QProcess.ExitStatus.NormalExit and is_whole_mp4(self._part):
            self._over = True
            self.done.emit()
            return
        words = self._words.decode("utf-8", "replace").strip()
        if any(word in words.lower() for word in _FULL):
            self._fail(disk_full(self.target), False)
            return
        if _NO_H264 in words.lower():
            self._fail(tr("ffmpeg (“{program}”) cannot make H.264: install one with libx264, or choose gif or frames "
                          "as FORMAT.").format(program=self._program), True)
            return
        reason = words.splitlines()[-1].strip().rstrip(".")[-_MOST_REASON:] if words else _ending(code, status)
        self._fail(tr("ffmpeg ended before the film was complete ({reason}): export again, and the frames that were "
                      "finished are used.").format(reason=reason), True)

    def _fail(self, sentence: str, can_go_on: bool) -> None:
        if not self._over:
            self._over = True
            self.failed.emit(sentence, can_go_on)
