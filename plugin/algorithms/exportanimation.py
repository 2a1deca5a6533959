"""Export animation: a film of a layout, or of the bare map."""
from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qgis.core import (
    Qgis,
    QgsProcessingContext,
    QgsProcessingOutputNumber,
    QgsProcessingOutputString,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterDateTime,
    QgsProcessingParameterExtent,
    QgsProcessingParameterField,
    QgsProcessingParameterFileDestination,
    QgsProcessingParameterNumber,
    QgsProcessingParameterString,
    QgsProcessingUtils,
    QgsProject,
    QgsReferencedRectangle,
)
from qgis.PyQt.QtCore import QSize

from ..bridge.translation import tr
from ..core.errors import AtlasError
from ..core.progress import Progress
from ..core.schema import Step
from .base import DatasetAlgorithm, choice

if TYPE_CHECKING:
    from ..bridge.story import Story
    from ..core.frames import Frame
    from ..export.film_plan import FilmPlan
    from ..export.frames import FrameMaker
    from ..export.scene import Scene

#: As `export.film_plan`, which is imported with the first film.
FORMATS = ("mp4", "gif", "frames")
STEPS = tuple(step.value for step in Step)
_WIDTH_PX, _HEIGHT_PX, _FPS, _CRF = 1920, 1080, 10.0, 18
_TEMPLATE = "film_16x9"


@dataclass(frozen=True)
class Asked:
    """What the user asked for, but for the layer, its period and the view."""

    template: str
    size: QSize
    plan: FilmPlan
    step: Step | None
    title: str
    has_date: bool
    has_sidecar: bool


class ExportAnimation(DatasetAlgorithm):
    NAME = "exportanimation"
    TITLE = "Export animation"
    GROUP = ("publication", "Publication")
    TAGS = "outbreak,epidemic,film,movie,video,animation,mp4,gif,frames,layout,export,temporal"

    def flags(self) -> Qgis.ProcessingAlgorithmFlag:
        return super().flags() | Qgis.ProcessingAlgorithmFlag.NoThreading

    def initAlgorithm(self, configuration: dict[str, Any] | None = None) -> None:  # noqa: N802 - Qt's name
        super().initAlgorithm(configuration)
        self.addParameter(QgsProcessingParameterString(
            "TEMPLATE", tr("Layout template (empty: the bare map)"), _TEMPLATE, optional=True))
        for name, text in (("FROM", tr("From, in the dataset's time zone")), ("TO", tr("To"))):
            self.addParameter(QgsProcessingParameterDateTime(
                name, text, Qgis.ProcessingDateTimeParameterDataType.DateTime, optional=True))
        self.addParameter(choice("STEP", tr("Step (a frame each)"), STEPS, None, optional=True))
        self.addParameter(_number("FPS", tr("Frames a second"), _FPS, Qgis.ProcessingNumberParameterType.Double))
        self.addParameter(_number("WIDTH", tr("Width (pixels)"), _WIDTH_PX))
        self.addParameter(_number("HEIGHT", tr("Height (pixels)"), _HEIGHT_PX))
        self.addParameter(choice("FORMAT", tr("Format"), FORMATS, FORMATS[0]))
        self._add_rare_parameters()
        self.addParameter(QgsProcessingParameterFileDestination(
            "OUTPUT", tr("Film (for frames: folder)"),
            tr("MP4 films (*.mp4);;GIF films (*.gif);;Folder of frames (*)")))
        for name, text in (("FRAMES", tr("Frames")), ("FRAMES_RENDERED", tr("Frames that were drawn")),
                           ("SIZE", tr("Size (bytes)")), ("DURATION", tr("Duration (seconds)"))):
            self.addOutput(QgsProcessingOutputNumber(name, text))
        self.addOutput(QgsProcessingOutputString("METHODS", tr("Methods paragraph")))

    def _add_rare_parameters(self) -> None:
        self.advanced(QgsProcessingParameterField(
            "METRIC", tr("Count"), None, "INPUT", Qgis.ProcessingFieldParameterDataType.Numeric, optional=True))
        self.advanced(QgsProcessingParameterString("TITLE", tr("Title"), optional=True))
        self.advanced(QgsProcessingParameterBoolean("DATE_LABEL", tr("Date on the bare map"), True))
        self.advanced(QgsProcessingParameterExtent("EXTENT", tr("Extent of the map"), optional=True))
        self.advanced(_number("QUALITY", tr("Quality of MP4 (0 best, 51 worst)"), _CRF))
        self.advanced(QgsProcessingParameterBoolean("SIDECAR", tr("Write sources and methods beside (JSON)"), True))

    def look(self, parameters: dict[str, Any], context: QgsProcessingContext) -> None:
        super().look(parameters, context)
        self._asked(parameters, context)

    def work(
        self, parameters: dict[str, Any], context: QgsProcessingContext, progress: Progress
    ) -> dict[str, Any]:
        from ..export.film import Film
        from ..export.film_waiting import make_film

        asked = self._asked(parameters, context)
        self._say_size(asked, parameters, context)
        progress.report(0.0, tr("Reading the dataset"))
        scene, story = self._read(parameters, context, progress.part(0.0, 0.05))
        frames = _frames(story, asked.step)
        maker = _maker(asked, scene, story, frames, context.project())
        made = make_film(Film(maker, _identified(asked, scene, story)), progress.part(0.05, 1.0))
        if made.remark:
            self.warn(made.remark)
        return {"OUTPUT": str(made.path), "FRAMES": made.frames, "FRAMES_RENDERED": made.frames_rendered,
                "SIZE": _size_of(made.path), "DURATION": made.seconds, "METHODS": ""}

    def _asked(self, parameters: dict[str, Any], context: QgsProcessingContext) -> Asked:
        from ..export.film_plan import FilmPlan, film_size, refuse_bad_plan

        output, film_format = self._output(parameters, context)
        width, height = (self.parameterAsInt(parameters, name, context) for name in ("WIDTH", "HEIGHT"))
        plan = FilmPlan(output, film_format, self.parameterAsDouble(parameters, "FPS", context), "",
                        self.parameterAsInt(parameters, "QUALITY", context))
        refuse_bad_plan(plan)
        template, title = (self.parameterAsString(parameters, name, context) for name in ("TEMPLATE", "TITLE"))
        step = self.parameterAsEnumString(parameters, "STEP", context) if parameters.get("STEP") else ""
        date, sidecar = (self.parameterAsBoolean(parameters, name, context) for name in ("DATE_LABEL", "SIDECAR"))
        return Asked(template.strip(), film_size(film_format, width, height), plan, Step(step) if step else None, title,
                     date, sidecar)

    def _output(self, parameters: dict[str, Any], context: QgsProcessingContext) -> tuple[Path, str]:
        """Where the film goes, and its format: the ending's if no other was named, or for a temporary file the
        format's."""
        from ..export.film_plan import film_output

        path = Path(self.parameterAsFileOutput(parameters, "OUTPUT", context))
        film_format = self.parameterAsEnumString(parameters, "FORMAT", context)
        ending = path.suffix.lower().lstrip(".")
        if not parameters.get("FORMAT") and ending in FORMATS:
            film_format = ending
        if Path(QgsProcessingUtils.tempFolder()) in path.parents:
            path = path.with_suffix("")
        return film_output(str(path), film_format), film_format

    def _say_size(self, asked: Asked, parameters: dict[str, Any], context: QgsProcessingContext) -> None:
        wanted = QSize(*(self.parameterAsInt(parameters, name, context) for name in ("WIDTH", "HEIGHT")))
        if wanted != asked.size:
            self.warn(tr("H.264 needs an even width and height: the film has {width} by {height} pixels.").format(
                width=asked.size.width(), height=asked.size.height()))

    def _read(
        self, parameters: dict[str, Any], context: QgsProcessingContext, progress: Progress
    ) -> tuple[Scene, Story]:
        from ..bridge.description import read_description
        from ..bridge.moments import moment_of
        from ..bridge.story import read_story
        from ..export.scenes import scene_of_project, with_extent
        from ..export.story_style import draw_story

        layer = self.parameterAsVectorLayer(parameters, "INPUT", context)
        metric = self.parameterAsString(parameters, "METRIC", context)
        zone = read_description(self.path).zone
        begin_ms, end_ms = (moment_of(parameters.get(name), zone) for name in ("FROM", "TO"))
        scene = scene_of_project(context.project(), layer)
        story = read_story(scene.dataset, begin_ms, end_ms, metric, progress)
        draw_story(scene.dataset, story, progress)
        extent = self.parameterAsExtent(parameters, "EXTENT", context)
        if not extent.isNull():
            crs = self.parameterAsExtentCrs(parameters, "EXTENT", context)
            scene = with_extent(scene, QgsReferencedRectangle(extent, crs), context.project())
        for warning in story.warnings:
            self.warn(warning)
        return scene, story


def _number(
    name: str, text: str, default: float,
    kind: Qgis.ProcessingNumberParameterType = Qgis.ProcessingNumberParameterType.Integer,
) -> QgsProcessingParameterNumber:
    """Without least values: what is wrong with a number is said in our own words."""
    return QgsProcessingParameterNumber(name, text, kind, default)


def _frames(story: Story, step: Step | None) -> tuple[Frame, ...]:
    """The frames of the story's period; a step shorter than the dataset's would show each of its own several times."""
    from ..core.frames import frames_between

    own = story.played.step
    if step is not None and STEPS.index(step.value) < STEPS.index(own.value):
        raise AtlasError(tr("STEP is {step}, but the dataset is stored in steps of a {own}: choose a longer STEP, or "
                            "run Set step on the dataset first.").format(step=step.value, own=own.value))
    return frames_between(story.played, story.begin_ms, story.end_ms, step)


def _maker(
    asked: Asked, scene: Scene, story: Story, frames: tuple[Frame, ...], project: QgsProject | None
) -> FrameMaker:
    if not asked.template:
        from ..export.frame_maps import MapFrames

        return MapFrames(scene, asked.size, frames, asked.has_date)
    from ..export.frame_layouts import LayoutFrames
    from ..export.layouts import Wanted, make_layout
    from ..export.templates import find_template

    home = project or QgsProject.instance()
    template = find_template(asked.template, home)
    layout = make_layout(home, Wanted(template, scene, story, frames[0], asked.title))
    return LayoutFrames(layout, asked.size, frames)


def _identified(asked: Asked, scene: Scene, story: Story) -> FilmPlan:
    """The plan with the fingerprint of all that shapes the pictures."""
    from dataclasses import replace

    from ..bridge.story import variables_of
    from ..export.film_identity import film_identity
    from ..export.templates import find_template

    template: object = None
    if asked.template:
        found = find_template(asked.template)
        template = found.path.read_bytes() if found.path else found.name
    words = (asked.has_date, template, sorted(variables_of(story, asked.title).items()), story.curve)
    return replace(asked.plan, fingerprint=film_identity(scene, *words))


def _size_of(path: Path) -> int:
    """Bytes of a file, or of all files in a folder."""
    files = path.iterdir() if path.is_dir() else (path,)
    return sum(file.stat().st_size for file in files)
