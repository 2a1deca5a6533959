"""A stand-in for a maker of frames: each picture has its own colours, its number, and a quiet map around it."""
from __future__ import annotations

from collections.abc import Sequence

from outbreak_atlas.plugin.core.frames import Frame
from outbreak_atlas.plugin.export.film import Film, FilmMade, FilmPlan
from outbreak_atlas.plugin.export.frames import FrameMaker
from qgis.PyQt.QtCore import QEventLoop, QRectF, QSize, Qt, QTimer
from qgis.PyQt.QtGui import QColor, QFont, QImage, QPainter

DAY_MS = 86_400_000


class NumberFrames(FrameMaker):
    """Paints at once and tells later, the even numbers after the odd ones; `looks` says which frames are alike."""

    def __init__(self, count: int = 6, size: tuple[int, int] = (320, 180), looks: Sequence[int] = ()) -> None:
        frames = tuple(Frame(number, number * DAY_MS, (number + 1) * DAY_MS) for number in range(count))
        super().__init__(QSize(*size), frames)
        self.workers = 2
        self.looks = tuple(looks) or tuple(range(count))
        self.asked: list[int] = []
        self.under_way = self.most_under_way = 0
        self.is_cancelled = False
        self._rendered = 0

    @property
    def maps_rendered(self) -> int:
        return self._rendered

    @property
    def problems(self) -> list[str]:
        return []

    def keys(self) -> tuple[object, ...]:
        return tuple(("look", look) for look in self.looks)

    def start(self, number: int) -> None:
        self.asked.append(number)
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        QTimer.singleShot(0 if number % 2 else 4, lambda: self._tell(number))

    def picture(self, number: int) -> QImage:
        return painted(self.size, self.looks[number])

    def cancel(self) -> None:
        self.is_cancelled = True

    def stop(self) -> None:
        self.cancel()

    def _tell(self, number: int) -> None:
        self.under_way -= 1
        if not self.is_cancelled:
            self._rendered += 1
            self.drawn.emit(number, self.picture(number))


def painted(size: QSize, look: int) -> QImage:
    """A sea, a land, a circle that grows, and the number."""
    image = QImage(size, QImage.Format.Format_RGB32)
    image.fill(QColor("#dfe8ee"))
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.fillRect(QRectF(size.width() * 0.3, 0, size.width() * 0.4, size.height()), QColor("#f7f5f0"))
    painter.setBrush(QColor("#b2182b"))
    painter.drawEllipse(QRectF(size.width() * 0.4, size.height() * 0.3, 12 + 4 * look, 12 + 4 * look))
    font = QFont("DejaVu Sans")
    font.setPixelSize(size.height() // 4)
    painter.setFont(font)
    painter.drawText(QRectF(0, 0, size.width(), size.height()), Qt.AlignmentFlag.AlignRight, str(look))
    painter.end()
    return image


class Outcome:
    """What became of a film: `made`, a `sentence`, or neither where it was stopped; and what was told on the way."""

    def __init__(self) -> None:
        self.made: FilmMade | None = None
        self.sentence = ""
        self.stopped = False
        self.told: list[tuple[float, str]] = []


def run_film(film: Film, limit_s: float = 30.0) -> Outcome:
    """Let a film be made to its end."""
    outcome, loop = Outcome(), QEventLoop()

    def end(name: str, value: object) -> None:
        setattr(outcome, name, value)
        loop.quit()

    film.finished.connect(lambda made: end("made", made))
    film.failed.connect(lambda sentence: end("sentence", sentence))
    film.stopped.connect(lambda: end("stopped", True))
    film.progressed.connect(lambda fraction, text: outcome.told.append((fraction, text)))
    guard = QTimer()
    guard.setSingleShot(True)
    guard.timeout.connect(loop.quit)
    guard.start(int(limit_s * 1000))
    film.start()
    loop.exec()
    assert guard.isActive(), "the film did not end"
    return outcome


def plan(output, film_format: str = "mp4", fps: float = 10.0, fingerprint: str = "one") -> FilmPlan:
    return FilmPlan(output, film_format, fps, fingerprint)
