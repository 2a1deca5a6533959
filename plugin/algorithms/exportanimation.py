"""Export animation: a film of a layout, or of the bare map."""
from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qgis.core import (
    Qgis,
    QgsProcessingContext,
    QgsProcessingOutputNumber,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterFileDestination,
    QgsProcessingParameterNumber,
    QgsProcessingParameterString,
    QgsProcessingUtils,
    QgsProject,
)
from qgis.PyQt.QtCore import QSize

from ..bridge.dependencies import how_to_get
from ..bridge.translation import tr
from ..core.errors import AtlasError
from ..core.progress import Progress
from ..core.schema import Step
from .base import choice
from .publication import PublicationAlgorithm

if TYPE_CHECKING:
    from qgis.core import QgsPrintLayout

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
#: What a layout of the project has of its own.
OF_LAYOUT = ("TITLE", "METRIC", "EXTENT")


@dataclass(frozen=True)
class Asked:
    """What the user asked for, but for the layer, its period and the view."""

    template: str
    size: QSize
    plan: FilmPlan
    step: Step | None
    title: str
    has_date: bool


@dataclass(frozen=True)
class Told:
    """What the film shows: the map, the dataset's story, its frames, and a layout of the project as it stands."""

    scene: Scene
    story: Story
    frames: tuple[Frame, ...]
    title: str
    own: QgsPrintLayout | None = None


class ExportAnimation(PublicationAlgorithm):
    NAME = "exportanimation"
    TITLE = "Export animation"
    TAGS = "outbreak,epidemic,film,movie,video,animation,mp4,gif,frames,layout,export,temporal"

    def initAlgorithm(self, configuration: dict[str, Any] | None = None) -> None:  # noqa: N802 - Qt's name
        super().initAlgorithm(configuration)
        self.addParameter(QgsProcessingParameterString(
            "TEMPLATE", tr("Layout template (empty: the bare map)"), _TEMPLATE, optional=True))
        self.add_period()
        self.addParameter(choice("STEP", tr("Step (a frame each)"), STEPS, None, optional=True))
        self.addParameter(_number("FPS", tr("Frames a second"), _FPS, Qgis.ProcessingNumberParameterType.Double))
        self.addParameter(_number("WIDTH", tr("Width (pixels)"), _WIDTH_PX))
        self.addParameter(_number("HEIGHT", tr("Height (pixels)"), _HEIGHT_PX))
        self.addParameter(choice("FORMAT", tr("Format"), FORMATS, FORMATS[0]))
        self.add_metric()
        self.advanced(QgsProcessingParameterString("TITLE", tr("Title"), optional=True))
        self.advanced(QgsProcessingParameterBoolean("DATE_LABEL", tr("Date on the bare map"), True))
        self.add_extent()
        self.advanced(_number("QUALITY", tr("Quality of MP4 (0 best, 51 worst)"), _CRF))
        self.addParameter(QgsProcessingParameterFileDestination(
            "OUTPUT", tr("Film (for frames: folder)"),
            tr("MP4 films (*.mp4);;GIF films (*.gif);;Folder of frames (*)")))
        for name, text in (("FRAMES", tr("Frames")), ("FRAMES_RENDERED", tr("Frames that were drawn")),
                           ("SIZE", tr("Size (bytes)")), ("DURATION", tr("Duration (seconds)"))):
            self.addOutput(QgsProcessingOutputNumber(name, text))
        self.add_citation()

    def look(self, parameters: dict[str, Any], context: QgsProcessingContext) -> None:
        super().look(parameters, context)
        asked = self._asked(parameters, context)
        self.refuse_place(asked.plan.output, parameters, context)
        if asked.template:
            from ..export.city_atlas import refuse_city_atlas
            from ..export.templates import find_template

            refuse_city_atlas(find_template(asked.template, context.project()))

    def work(
        self, parameters: dict[str, Any], context: QgsProcessingContext, progress: Progress
    ) -> dict[str, Any]:
        from ..export.film import Film
        from ..export.film_waiting import make_film

        asked = self._asked(parameters, context)
        self._say_size(asked, parameters, context)
        progress.report(0.0, tr("Reading the dataset"))
        told = self._told(asked, parameters, context, progress.part(0.0, 0.05))
        self._say_gaps(told)
        maker, fingerprint = self._maker(asked, told, context)
        plan = replace(asked.plan, fingerprint=fingerprint)
        # The layer may be removed while the film grows of its copy.
        cited = {**parameters, "INPUT": self.parameterAsVectorLayer(parameters, "INPUT", context).source()}
        made = make_film(Film(maker, plan), progress.part(0.05, 1.0))
        if made.remark:
            self.warn(made.remark)
        return {"OUTPUT": str(made.path), "FRAMES": made.frames, "FRAMES_RENDERED": made.frames_rendered,
                "SIZE": _size_of(made.path), "DURATION": made.seconds,
                "METHODS": self.cite(cited, context, told.story, told.frames, made.path, told.title)}

    def _told(
        self, asked: Asked, parameters: dict[str, Any], context: QgsProcessingContext, progress: Progress
    ) -> Told:
        from ..export.own_layouts import layout_as_it_stands, title_of
        from ..export.templates import find_template

        template = find_template(asked.template, context.project()) if asked.template else None
        if template is None or not template.is_of_project:
            scene = self.scene(parameters, context)
            story = self.story(parameters, context, scene, progress)
            return Told(scene, story, _frames(story, asked.step), asked.title)
        given = [name for name in OF_LAYOUT if parameters.get(name)]
        if given:
            self.warn(tr("The layout “{name}” of the project is filmed as it stands: {parameters} did not change it.")
                      .format(name=template.name, parameters=", ".join(given)))
        layout, scene = layout_as_it_stands(self.project(context), template, self.path)
        story = self.story({**parameters, "METRIC": ""}, context, scene, progress)
        return Told(scene, story, _frames(story, asked.step), title_of(layout), layout)

    def _asked(self, parameters: dict[str, Any], context: QgsProcessingContext) -> Asked:
        from ..export.film_plan import FilmPlan, film_size, refuse_bad_plan

        output, film_format = self._output(parameters, context)
        width, height = (self.parameterAsInt(parameters, name, context) for name in ("WIDTH", "HEIGHT"))
        plan = FilmPlan(output, film_format, self.parameterAsDouble(parameters, "FPS", context), "",
                        self.parameterAsInt(parameters, "QUALITY", context))
        refuse_bad_plan(plan)
        template, title = (self.parameterAsString(parameters, name, context) for name in ("TEMPLATE", "TITLE"))
        step = self.parameterAsEnumString(parameters, "STEP", context) if parameters.get("STEP") else ""
        return Asked(template.strip(), film_size(film_format, width, height), plan, Step(step) if step else None, title,
                     self.parameterAsBoolean(parameters, "DATE_LABEL", context))

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

    def _say_gaps(self, told: Told) -> None:
        from ..bridge.film_gaps import unseen_text

        story = told.story
        sentence = unseen_text(told.frames, story.begin_ms, story.state.new, story.shape.step)
        if sentence:
            self.warn(sentence)

    def _maker(self, asked: Asked, told: Told, context: QgsProcessingContext) -> tuple[FrameMaker, str]:
        """Who draws the frames, and the fingerprint of all that shapes them."""
        from ..export.film_identity import film_identity, layout_text

        if not asked.template:
            from ..export.frame_maps import MapFrames

            maker = MapFrames(told.scene, asked.size, told.frames, asked.has_date)
            return maker, film_identity(told.scene, asked.has_date)
        from ..export.frame_layouts import LayoutFrames

        layout = told.own or self._layout(asked, told, self.project(context))
        maker = LayoutFrames(layout, asked.size, told.frames)
        if told.own is not None:
            maker.hold(told.scene.dataset)
        return maker, film_identity(told.scene, layout_text(layout))

    def _layout(self, asked: Asked, told: Told, project: QgsProject) -> QgsPrintLayout:
        """The template, filled."""
        from ..export.layouts import Wanted, lacks_curve, make_layout
        from ..export.templates import find_template

        template = find_template(asked.template, project)
        layout = make_layout(project, Wanted(template, told.scene, told.story, told.frames[0], asked.title))
        if lacks_curve(layout):
            self.warn(tr("The layout has no curve.") + " " + how_to_get(("matplotlib",)))
        return layout


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


def _size_of(path: Path) -> int:
    """Bytes of a file, or of all files in a folder."""
    files = path.iterdir() if path.is_dir() else (path,)
    return sum(file.stat().st_size for file in files)
