"""Pictures of one map at the frames of a film: what stands still is drawn once, and each state of the rest once."""
from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

from qgis.core import QgsApplication, QgsMapRendererCustomPainterJob, QgsMapSettings
from qgis.PyQt.QtCore import QCoreApplication, QObject, QTemporaryDir, QTimer, pyqtSignal
from qgis.PyQt.QtGui import QColor, QImage, QPainter, QTransform

from ..bridge.tasks import Latest
from ..bridge.translation import tr
from ..core.errors import AtlasError
from ..core.frames import Frame
from ..core.progress import Progress
from .frame_identity import state_keys
from .frame_settings import frame_settings, split_layers
from .frame_source import CopiedLayer, CopiedRows, CopyPlan, copy_for, plan_copy

#: Fewer frames are read from the dataset itself: copying its rows takes as long as a few frames.
_FEWEST_TO_COPY = 8
#: So many pictures are kept for frames that show the same.
_KEPT = 2
_MM_PER_INCH = 25.4


class _Drawing:
    """A picture that is being drawn; picture and painter live as long as the job."""

    def __init__(
        self, base: QImage, place: QTransform, settings: QgsMapSettings, copies: Sequence[CopiedLayer] = ()
    ) -> None:
        self.copies = copies
        self.image = QImage(base)
        self.image.detach()
        self._painter = QPainter(self.image)
        self._painter.setTransform(place)
        self.job = QgsMapRendererCustomPainterJob(settings, self._painter)

    def start(self) -> None:
        self.job.start()

    def now(self) -> QImage:
        self.job.start()
        self.job.waitForFinished()
        return self.end()

    def end(self) -> QImage:
        self._painter.end()
        for copied in self.copies:
            copied.is_busy = False
        return self.image


class MapPictures(QObject):
    """Draws a map at frames, each in a job of its own; frames whose key is the same share one picture.

    `base`: a picture of what lies below the layers that move, when the caller has one (a page of a layout); the map is
    then at `place` in it.
    """

    #: The number of a frame and its picture.
    drawn = pyqtSignal(int, QImage)

    def __init__(
        self, settings: QgsMapSettings, frames: Sequence[Frame], parent: QObject | None = None,
        base: QImage | None = None, place: QTransform | None = None, workers: int = 2,
    ) -> None:
        super().__init__(parent)
        self.rendered = 0
        self.problems: list[str] = []
        self._settings, self._frames = settings, tuple(frames)
        self._moving, self._still = split_layers(settings)
        self._place = place or QTransform()
        self._base, self._workers = base, workers
        self._keys: tuple[Hashable, ...] | None = None
        self._waiting: dict[Hashable, list[int]] = {}
        self._drawings: dict[Hashable, _Drawing] = {}
        self._ground: _Drawing | None = None
        self._kept: OrderedDict[Hashable, QImage] = OrderedDict()
        self._copies: dict[str, CopiedRows] = {}
        self._folder: QTemporaryDir | None = None
        self._copying = Latest(QgsApplication.taskManager())
        self._is_ready = self._is_over = False

    def keys(self) -> tuple[Hashable, ...]:
        """One a frame: what the layers that move show in it."""
        if self._keys is None:
            self._keys = state_keys(self._moving, self._frames)
        return self._keys

    def start(self, number: int) -> None:
        """Begin to draw a frame; `drawn` comes in a later turn of the event loop."""
        key = self.keys()[number]
        if key in self._waiting:
            self._waiting[key].append(number)
            return
        self._waiting[key] = [number]
        if key in self._kept:
            QTimer.singleShot(0, partial(self._hand_out, key))
        elif self._is_ready:
            self._draw(key, number)
        elif len(self._waiting) == 1:
            self._prepare()

    def picture(self, number: int) -> QImage:
        """The picture of a frame at once."""
        key = self.keys()[number]
        if key not in self._kept:
            drawing = self._drawing(number)
            self._keep(key, drawing.now())
            self._note(drawing)
        return self._kept[key]

    def cancel(self) -> None:
        """Draw no more."""
        self._is_over = True
        self._copying.drop()
        self._waiting.clear()
        for drawing in self._under_way():
            drawing.job.cancelWithoutBlocking()

    def stop(self) -> None:
        """Draw no more, wait until nothing is being drawn, and let go of everything."""
        self.cancel()
        self._copying.close()
        for drawing in self._under_way():
            drawing.job.finished.disconnect()
            drawing.job.cancel()
            drawing.end()
        self._drawings.clear()
        self._ground = None
        self._kept.clear()
        for copied in self._copies.values():
            copied.close()
        self._copies.clear()
        self._folder = None  # last, as an open file cannot be removed everywhere

    def _under_way(self) -> list[_Drawing]:
        return [*self._drawings.values(), *([self._ground] if self._ground is not None else [])]

    def _prepare(self) -> None:
        """Copy what the film reads, in the background; then begin."""
        plans = self._plans()
        folder = QTemporaryDir()
        if not plans or not folder.isValid():
            QTimer.singleShot(0, self._begin)
            return
        self._folder = folder
        paths = {key: Path(folder.path()) / f"{number}.gpkg" for number, key in enumerate(plans)}
        self._copying.ask(
            partial(_copy_all, plans, self._frames, paths), partial(self._take_copies, plans), self._do_without)

    def _plans(self) -> dict[str, CopyPlan]:
        # Styles that a map has locked, or of a theme, are those of the layers themselves.
        if len(set(self.keys())) < _FEWEST_TO_COPY or self._settings.layerStyleOverrides():
            return {}
        plans = {layer.id(): plan_copy(layer, self._settings) for layer in self._moving}
        return {key: plan for key, plan in plans.items() if plan is not None}

    def _take_copies(self, plans: dict[str, CopyPlan], paths: dict[str, Path]) -> None:
        if self._is_over:
            return
        for layer in self._moving:
            if layer.id() in paths:
                with suppress(OSError):  # no room for one a worker: the dataset itself is read
                    copied = CopiedRows(layer, plans[layer.id()], paths[layer.id()], self._workers)
                    if copied.is_right:
                        self._copies[layer.id()] = copied
        self._begin()

    def _do_without(self, error: AtlasError) -> None:
        """No room for a copy, say: the dataset itself is read."""
        if not self._is_over:
            self._begin()

    def _begin(self) -> None:
        if self._is_over:
            return
        if self._base is None:
            self._ground = self._ground_drawing()
            self._ground.job.finished.connect(self._take_ground)
            self._ground.start()
        else:
            self._draw_waiting()

    def _take_ground(self) -> None:
        drawing, self._ground = self._ground, None
        if drawing is None:
            return
        picture = drawing.end()
        drawing.job.deleteLater()
        if not self._is_over:
            self._base = picture
            self._note(drawing, 0)
            self._draw_waiting()

    def _draw_waiting(self) -> None:
        self._is_ready = True
        for key, numbers in list(self._waiting.items()):
            if key in self._kept:
                self._hand_out(key)
            else:
                self._draw(key, numbers[0])

    def _draw(self, key: Hashable, number: int) -> None:
        drawing = self._drawing(number)
        self._drawings[key] = drawing
        drawing.job.finished.connect(partial(self._finish, key))
        # Deleted while its thread runs, as when this is dropped after `cancel`, it would take QGIS with it.
        drawing.job.setParent(QCoreApplication.instance())
        drawing.start()

    def _drawing(self, number: int) -> _Drawing:
        frame = self._frames[number]
        shown = {key: rows.showing(frame) for key, rows in self._copies.items()}
        copies = {key: copied for key, copied in shown.items() if copied is not None}
        settings = frame_settings(self._settings, frame)
        settings.setLayers([copies[layer.id()].layer if layer.id() in copies else layer for layer in self._moving])
        settings.setBackgroundColor(QColor(0, 0, 0, 0))
        return _Drawing(self._standing(), self._place, settings, list(copies.values()))

    def _standing(self) -> QImage:
        """What lies below all that moves, drawn when it is first needed."""
        if self._base is None:
            drawing = self._ground_drawing()
            self._base = drawing.now()
            self._note(drawing, 0)
        return self._base

    def _ground_drawing(self) -> _Drawing:
        settings = QgsMapSettings(self._settings)
        settings.setLayers(self._still)
        return _Drawing(_blank(settings), QTransform(), settings)

    def _finish(self, key: Hashable) -> None:
        drawing = self._drawings.pop(key)
        picture = drawing.end()
        drawing.job.finished.disconnect()  # it would keep this alive until it is deleted
        drawing.job.deleteLater()
        if self._is_over:
            return
        self._note(drawing)
        self._keep(key, picture)
        self._hand_out(key)

    def _hand_out(self, key: Hashable) -> None:
        picture = self._kept.get(key)
        for number in self._waiting.pop(key, []):
            if picture is not None and not self._is_over:
                self.drawn.emit(number, picture)

    def _keep(self, key: Hashable, picture: QImage) -> None:
        self._kept[key] = picture
        self._kept.move_to_end(key)
        while len(self._kept) > _KEPT + len(self._waiting):
            oldest = next(one for one in self._kept if one not in self._waiting)
            del self._kept[oldest]

    def _note(self, drawing: _Drawing, count: int = 1) -> None:
        self.rendered += count
        names = {layer.id(): layer.name() for layer in self._settings.layers()}
        names.update({one.layer.id(): one.layer.name() for one in drawing.copies})
        for error in drawing.job.errors():
            problem = tr("The layer “{layer}” could not be drawn: {error}").format(
                layer=names.get(error.layerID, error.layerID), error=error.message)
            if problem not in self.problems:
                self.problems.append(problem)


def _copy_all(
    plans: dict[str, CopyPlan], frames: Sequence[Frame], paths: dict[str, Path], progress: Progress
) -> dict[str, Path]:
    for key, plan in plans.items():
        copy_for(plan, frames, paths[key], progress)
    return paths


def _blank(settings: QgsMapSettings) -> QImage:
    """A picture as QGIS's own jobs make it before they draw."""
    image = QImage(settings.deviceOutputSize(), settings.outputImageFormat())
    image.setDevicePixelRatio(settings.devicePixelRatio())
    for set_density in (image.setDotsPerMeterX, image.setDotsPerMeterY):
        set_density(round(settings.outputDpi() * 1000 / _MM_PER_INCH))
    image.fill(settings.backgroundColor())
    return image
