"""What stands behind Export film: what can be filmed, the preview, what is to be expected, and the start."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from qgis.core import QgsProject
from qgis.PyQt.QtCore import QBuffer, QIODevice, QObject, Qt
from qgis.PyQt.QtGui import QImage
from qgis.PyQt.QtWidgets import QMessageBox

from ..plugin.bridge.dataset_session import DatasetSession
from ..plugin.bridge.dependencies import how_to_get, missing_libraries
from ..plugin.bridge.film_choices import FILE, LAYOUT, MAP, TEMPLATE, FilmChoices, Subject, recall_film, remember_film
from ..plugin.bridge.film_gaps import unseen_text
from ..plugin.bridge.tasks import Latest
from ..plugin.bridge.translation import tr
from ..plugin.core.errors import AtlasError
from ..plugin.core.film_sizes import file_bytes, preset_px, seconds
from ..plugin.core.frames import Frame, frames_between
from ..plugin.core.presets import dates_typed
from ..plugin.core.progress import Progress
from ..plugin.core.schema import MS_PER_DAY, Step
from ..plugin.core.steps import step_ms
from ..plugin.export.ffmpeg import find_ffmpeg
from ..plugin.export.film_plan import FRAMES, GIF, MP4, FilmPlan, film_output, refuse_bad_plan
from ..plugin.export.templates import Template, shipped_templates, templates_of_project
from .film_dialog import FilmDialog
from .film_texts import expected_text, frame_text
from .live_preview import LivePreview

#: This template has a page a city.
_PAGED = ("city_atlas",)
#: Until it is known what is filmed.
_WIDE = 16 / 9


class FilmController(QObject):
    """One dialog, of one dataset; `begin` is told what was chosen, with the frames, when the film is wanted."""

    def __init__(
        self, dialog: FilmDialog, session: DatasetSession, preview: LivePreview, png_size: Latest,
        begin: Callable[[FilmChoices, tuple[Frame, ...]], None],
    ) -> None:
        super().__init__(dialog)
        self._dialog, self._session, self._preview, self._png_size = dialog, session, preview, png_size
        self._begin = begin
        self._folder = ""
        self._frames: tuple[Frame, ...] = ()
        self._problem = ""
        self._png_bytes: int | None = None
        self._ratio = _WIDE

    def show(self, at_ms: int | None) -> None:
        """Open the dialog at the frame of a moment."""
        dialog, shape, state = self._dialog, self._session.shape, self._session.state
        begin = shape.begin_ms if state.begin_ms is None else state.begin_ms
        end = shape.end_ms if state.end_ms is None else state.end_ms
        choices = recall_film()
        self._folder = choices.folder
        dialog.set_period(begin, end - 1)
        dialog.set_dates(begin, end - min(step_ms(shape.step), MS_PER_DAY))
        dialog.set_choices(replace(choices, output=self._proposed(choices.format)))
        self._list_frames()
        at = [one.number for one in self._frames if at_ms is not None and one.begin_ms <= at_ms]
        dialog.show_frames(len(self._frames), at[-1] if at else max(len(self._frames) - 1, 0))
        self._connect()
        dialog.open()
        self._follow()

    def close(self) -> None:
        """Nothing is drawn any more."""
        self._preview.close()
        self._png_size.drop()

    def choices(self) -> FilmChoices:
        """As chosen, with the dates."""
        begin, end = dates_typed(*self._dialog.chosen_dates(), self._session.shape)
        output = self._dialog.choices().output
        folder = str(Path(output).parent) if Path(output).is_absolute() else self._folder
        return replace(self._dialog.choices(), from_ms=begin, to_ms=end, folder=folder)

    def _connect(self) -> None:
        dialog, preview = self._dialog, self._preview
        dialog.edited.connect(self._edited)
        dialog.frame_chosen.connect(lambda _number: self._follow())
        dialog.preset_chosen.connect(self._set_preset)
        dialog.format_chosen.connect(self._change_output)
        dialog.export_wanted.connect(self._export)
        dialog.finished.connect(lambda _code: self.close())
        preview.drawn.connect(self._show_picture)
        preview.failed.connect(self._show_problem)
        preview.shaped.connect(self._take_shape)

    # -- what is chosen

    def _edited(self) -> None:
        frame = self._frames[self._dialog.frameSlider.value()] if self._frames else None
        self._list_frames()
        at = [one.number for one in self._frames if frame is not None and one.begin_ms <= frame.begin_ms]
        self._dialog.show_frames(len(self._frames), at[-1] if at else 0)
        self._follow()

    def _list_frames(self) -> None:
        choices, played = self.choices(), self._session.shape.played
        try:
            self._frames, self._problem = frames_between(
                played, choices.from_ms, choices.to_ms, Step(choices.step) if choices.step else None), ""
        except AtlasError as error:
            self._frames, self._problem = (), error.message

    def _follow(self) -> None:
        """Let preview and sentences follow what is chosen."""
        if not self._frames:
            self._preview.stop()
            self._show_problem(self._problem)
            return
        number = min(self._dialog.frameSlider.value(), len(self._frames) - 1)
        self._dialog.show_moment(frame_text(self._frames[number], self._session.shape.step))
        self._preview.show(self.choices(), self._frames, number)
        if self._preview.is_busy:
            self._dialog.preview.show_words(tr("drawing …"), keep=True)
        self._tell()

    def _set_preset(self, preset: str) -> None:
        size = preset_px(preset, self._ratio)
        if size is not None:
            self._dialog.set_size(*size, preset)
        self._edited()

    def _change_output(self, chosen: str) -> None:
        """The same place under the ending of another format."""
        output = self._dialog.choices().output
        path = Path(output)
        bare = path.with_suffix("") if path.suffix.lower() in (".mp4", ".gif") else path
        self._dialog.set_output(str(bare if chosen == FRAMES else f"{bare}.{chosen}") if output else "")

    def _proposed(self, chosen: str) -> str:
        """A name in the folder of last time, else beside the dataset."""
        folder = Path(self._folder) if self._folder else self._session.path.parent
        bare = folder / tr("{dataset} film").format(dataset=self._session.path.stem)
        return str(bare if chosen == FRAMES else f"{bare}.{chosen}")

    # -- what is told

    def _take_shape(self, ratio: float) -> None:
        """Columns are as high as what is filmed asks for."""
        self._problem, self._ratio = "", ratio
        choices = self._dialog.choices()
        size = preset_px(choices.preset, ratio)
        if size is not None and size != (choices.width_px, choices.height_px):
            self._dialog.set_size(*size, choices.preset)
            self._follow()

    def _show_picture(self, _number: int, picture: QImage) -> None:
        self._dialog.preview.show_picture(picture)
        if self._preview.is_busy:
            return
        self._png_size.ask(partial(_png_bytes, picture), self._take_bytes, lambda _error: None)

    def _show_problem(self, sentence: str) -> None:
        self._problem, self._png_bytes = sentence, None
        self._dialog.preview.show_words(sentence, keep=False)
        self._tell()

    def _take_bytes(self, count: int) -> None:
        self._png_bytes = count
        self._tell()

    def _tell(self) -> None:
        """What is to be expected, and what stands in the way."""
        if self._problem:
            self._dialog.show_summary(self._problem, False)
            return
        choices, count = self._dialog.choices(), len(self._frames)
        if choices.format == GIF and missing_libraries(("PIL",)):
            self._dialog.show_summary(how_to_get(("PIL",)), False)
            return
        size = None if self._png_bytes is None else file_bytes(choices.format, count, self._png_bytes)
        sentences = [expected_text(count, seconds(count, choices.fps), size), self._gaps(choices)]
        if choices.format == MP4 and (choices.width_px % 2 or choices.height_px % 2):
            sentences.append(tr("H.264 wants even sizes: the film is one pixel larger."))
        if choices.format == MP4 and not find_ffmpeg():
            sentences.append(tr(
                "ffmpeg was not found: the frames will be written, with the command that makes the film of them. "
                "Install ffmpeg, or the Python library imageio-ffmpeg."))
        self._dialog.show_summary(" ".join(filter(None, sentences)), bool(choices.output))

    def _gaps(self, choices: FilmChoices) -> str:
        """Of a layout of the project another count may be shown."""
        state, shape = self._session.state, self._session.shape
        if choices.subject.kind == LAYOUT or not self._frames:
            return ""
        begin = max(shape.begin_ms, self.choices().from_ms or shape.begin_ms)
        return unseen_text(self._frames, begin, state.new, shape.step)

    # -- the start

    def _export(self) -> None:
        choices = self.choices()
        try:
            output = film_output(choices.output, choices.format)
            refuse_bad_plan(FilmPlan(output, choices.format, choices.fps, ""))
        except AtlasError as error:
            self._dialog.show_summary(error.message, True)
            return
        if self._may_write(output):
            remember_film(choices)
            self.close()
            self._begin(replace(choices, output=str(output)), self._frames)
            self._dialog.accept()

    def _may_write(self, output: Path) -> bool:
        """Ask before a file goes."""
        if not output.exists() or (output.is_dir() and not any(output.iterdir())):
            return True
        yes, no = QMessageBox.StandardButton.Yes, QMessageBox.StandardButton.No
        question = tr("“{file}” exists already. Replace it?").format(file=output.name)
        box = QMessageBox(QMessageBox.Icon.Question, tr("Outbreak Atlas"), question, yes | no, self._dialog)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setDefaultButton(no)
        return bool(box.exec() == yes)


def page_templates() -> list[Template]:
    """The shipped templates of one page; the other is filled by an algorithm of its own."""
    return [one for one in shipped_templates() if one.name not in _PAGED]


def subjects(project: QgsProject) -> list[tuple[Subject, str]]:
    """What can be filmed, and what it is called."""
    shipped = [(Subject(TEMPLATE, one.name), tr("Page: {name}").format(name=one.title)) for one in page_templates()]
    own = [(Subject(LAYOUT, one.name), tr("Layout “{name}”").format(name=one.title))
           for one in templates_of_project(project)]
    return [(Subject(MAP, ""), tr("The map as it is now")), *shipped, *own,
            (Subject(FILE, ""), tr("Template file of your own …"))]


def _png_bytes(picture: QImage, _progress: Progress) -> int:
    """How large a picture is as a file. For another thread."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    picture.save(buffer, "PNG")
    return int(buffer.size())
