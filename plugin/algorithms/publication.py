"""What the algorithms of publications share: template, period, scene, story and the file that says what it is of."""
from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qgis.core import (
    Qgis,
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputString,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterDateTime,
    QgsProcessingParameterExtent,
    QgsProcessingParameterString,
    QgsProject,
    QgsReferencedRectangle,
)

from ..bridge.description import read_description
from ..bridge.layers import NEW_MAP_CRS, NO_ELLIPSOID, is_same_file
from ..bridge.moments import moment_of
from ..bridge.translation import tr
from ..core.errors import AtlasError
from ..core.frames import Frame
from ..core.progress import Progress
from .base import DatasetAlgorithm

if TYPE_CHECKING:
    from ..bridge.story import Story
    from ..export.scene import Scene

#: WGS 84, by the name that new projects have it under.
_ELLIPSOID = "EPSG:7030"


class PublicationAlgorithm(DatasetAlgorithm):
    """An algorithm that draws maps of a dataset. Layouts live on the main thread, and so does it; the project's own
    layers and settings are never touched, as all is drawn from a copy of the dataset's layer."""

    GROUP = ("publication", "Publication")

    def flags(self) -> Qgis.ProcessingAlgorithmFlag:
        return super().flags() | Qgis.ProcessingAlgorithmFlag.NoThreading

    # -- parameters

    def add_template(self, default: str | None, text: str) -> None:
        self.addParameter(QgsProcessingParameterString("TEMPLATE", text, default, optional=not default))

    def add_period(self) -> None:
        for name, text in (("FROM", tr("From, in the dataset's time zone")), ("TO", tr("To (excluded)"))):
            self.addParameter(moment_parameter(name, text))

    def add_metric(self) -> None:
        self.advanced(QgsProcessingParameterString("METRIC", tr("Count"), optional=True))

    def add_extent(self) -> None:
        self.advanced(QgsProcessingParameterExtent("EXTENT", tr("View"), optional=True))

    def add_citation(self) -> None:
        self.advanced(QgsProcessingParameterBoolean(
            "SIDECAR", tr("Write beside it what it is made of (JSON)"), True))
        self.addOutput(QgsProcessingOutputString("METHODS", tr("Methods paragraph")))

    # -- what they mean

    def refuse_place(self, output: Path, parameters: dict[str, Any], context: QgsProcessingContext) -> None:
        """The dataset is never written over, nor what lies where the file about the publication goes."""
        from ..bridge.citing import refuse_taken_sidecar
        from ..store.atomic import refuse_long_name

        refuse_long_name(output)
        if is_same_file(output, self.path):
            message = tr("The publication would be written over its own dataset {file}: choose another file name.")
            raise AtlasError(message.format(file=self.path.name))
        if self.parameterAsBool(parameters, "SIDECAR", context):
            refuse_taken_sidecar(output)

    def refuse_nowhere(self, output: Path | None) -> None:
        """A program without a desktop ends with its project, which nobody saves."""
        if output is None and QgsApplication.platform() == "qgis_process":
            raise AtlasError(tr("Without OUTPUT the layout would only be kept in the project, which qgis_process does "
                                "not save: give OUTPUT a file name that ends in .pdf, .png or .svg."))

    def project(self, context: QgsProcessingContext) -> QgsProject:
        return context.project() or QgsProject.instance()

    def processAlgorithm(  # noqa: N802 - Qt's name
        self, parameters: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> dict[str, Any]:
        with true_lengths(self.project(context)):
            return super().processAlgorithm(parameters, context, feedback)

    def moment(self, parameters: Mapping[str, Any], name: str) -> int | None:
        """A moment on the dataset's clock, None where none is given."""
        return moment_of(parameters.get(name), read_description(self.path).zone)

    def scene(self, parameters: dict[str, Any], context: QgsProcessingContext) -> Scene:
        """What the project shows, with EXTENT if it is given; without a project the dataset over a world map."""
        from ..export.scenes import scene_of_project, with_extent

        project = context.project()
        scene = scene_of_project(project, self.parameterAsVectorLayer(parameters, "INPUT", context))
        if not parameters.get("EXTENT"):
            return scene
        box = self.parameterAsExtent(parameters, "EXTENT", context)
        if box.isEmpty():
            message = tr("EXTENT “{extent}” is no area: write it like 113.5,115.1,29.9,31.4 [EPSG:4326].")
            raise AtlasError(message.format(extent=parameters["EXTENT"]))
        crs = self.parameterAsExtentCrs(parameters, "EXTENT", context)
        return with_extent(scene, QgsReferencedRectangle(box, crs), project)

    def story(
        self, parameters: dict[str, Any], context: QgsProcessingContext, scene: Scene, progress: Progress
    ) -> Story:
        """What the period tells; the scene's copy of the dataset then draws METRIC."""
        from ..bridge.story import read_story
        from ..export.story_style import draw_story

        begin, end = (self.moment(parameters, name) for name in ("FROM", "TO"))
        metric = self.parameterAsString(parameters, "METRIC", context).strip() if self._has("METRIC") else ""
        story = read_story(scene.dataset, begin, end, metric, progress)
        if metric:
            draw_story(scene.dataset, story, progress)
        for sentence in story.warnings:
            self.warn(sentence)
        return story

    def cite(
        self, parameters: dict[str, Any], context: QgsProcessingContext, story: Story, frames: Sequence[Frame],
        output: Path | None = None, title: str = "",
    ) -> str:
        """The methods paragraph; with SIDECAR all of it in a file beside the output."""
        from ..bridge.citing import cite, methods_paragraph, write_sidecar

        told = {name: value for name, value in parameters.items() if self._has(name)}
        citation = cite(story, self.NAME, told, frames, output, title)
        if output is not None and self.parameterAsBool(parameters, "SIDECAR", context):
            write_sidecar(citation, output)
        return methods_paragraph(citation)

    def _has(self, name: str) -> bool:
        return self.parameterDefinition(name) is not None


@contextmanager
def true_lengths(project: QgsProject) -> Iterator[None]:
    """Let scale bars measure on the ellipsoid, as in a project of a desktop.

    A project of a script has no ellipsoid: bars would give lengths of the map's plane, of Web Mercator twice the true
    ones at 60 degrees. It is left as it was, unless a layout is kept in it, which needs the ellipsoid. With layers and
    no CRS it can have none; then there are no bars.
    """
    was_changed, was_empty, crs = project.isDirty(), not project.mapLayers(), project.crs()
    if project.ellipsoid() != NO_ELLIPSOID or not (was_empty or crs.isValid()):
        yield
        return
    if not crs.isValid():
        project.setCrs(QgsCoordinateReferenceSystem(NEW_MAP_CRS))
    project.setEllipsoid(_ELLIPSOID)
    layouts = len(project.layoutManager().layouts())
    try:
        yield
    finally:
        if len(project.layoutManager().layouts()) == layouts:
            project.setEllipsoid(NO_ELLIPSOID)
            project.setCrs(crs)
            project.setDirty(was_changed)


def moment_parameter(name: str, text: str) -> QgsProcessingParameterDateTime:
    """An optional moment; scripts may write ISO 8601."""
    return QgsProcessingParameterDateTime(
        name, text, Qgis.ProcessingDateTimeParameterDataType.DateTime, optional=True)
