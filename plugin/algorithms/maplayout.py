"""Map layout: one map with a date as a print layout in the project, as a PDF, PNG or SVG."""
from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qgis.core import (
    Qgis,
    QgsProcessingContext,
    QgsProcessingOutputString,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterFileDestination,
    QgsProcessingParameterNumber,
    QgsProcessingParameterString,
)

from ..bridge.dependencies import how_to_get
from ..bridge.translation import tr
from ..core.errors import AtlasError
from ..core.progress import Progress
from .publication import PublicationAlgorithm, moment_parameter

if TYPE_CHECKING:
    from qgis.core import QgsPrintLayout

    from ..export.layouts import Wanted

DEFAULT_TEMPLATE = "a4_report"
_DPI = 300.0


@dataclass(frozen=True)
class MapLayoutParameters:
    """What the user asked for; `output` is None where the layout is only kept in the project. `cities`: names, or a
    list of them in one text."""

    output: Path | None
    dpi: float
    keep: bool
    cities: tuple[str, ...]


class MapLayout(PublicationAlgorithm):
    NAME = "maplayout"
    TITLE = "Map layout"
    TAGS = "outbreak,epidemic,cases,print,figure,PDF,PNG,SVG,atlas,journal,poster,report"

    def initAlgorithm(self, configuration: dict[str, Any] | None = None) -> None:  # noqa: N802 - Qt's name
        super().initAlgorithm(configuration)
        self.add_template(DEFAULT_TEMPLATE, tr("Template"))
        self.addParameter(moment_parameter("AT", tr("Date, in the dataset's time zone")))
        self.add_period()
        self.addParameter(QgsProcessingParameterString("TITLE", tr("Title"), optional=True))
        self.add_metric()
        self.add_extent()
        self.advanced(QgsProcessingParameterString("CITIES", tr("Cities (atlas by city)"), optional=True))
        self.advanced(QgsProcessingParameterNumber(
            "DPI", tr("Dots per inch"), Qgis.ProcessingNumberParameterType.Double, _DPI))
        self.advanced(QgsProcessingParameterBoolean("ADD_TO_PROJECT", tr("Keep the layout in the project"), False))
        self.addParameter(QgsProcessingParameterFileDestination(
            "OUTPUT", tr("File"), tr("PDF (*.pdf);;PNG (*.png);;SVG (*.svg)"), optional=True, createByDefault=False))
        self.addOutput(QgsProcessingOutputString("LAYOUT", tr("Name of the layout in the project")))
        self.addOutput(QgsProcessingOutputString("AT_USED", tr("Date used")))
        self.addOutput(QgsProcessingOutputString("COUNTS", tr("Counts")))
        self.add_citation()

    def look(self, parameters: dict[str, Any], context: QgsProcessingContext) -> None:
        from ..export.printing import refuse_dpi, refuse_target
        from ..export.templates import find_template

        super().look(parameters, context)
        find_template(self.parameterAsString(parameters, "TEMPLATE", context), context.project())
        output = self._output(parameters)
        self.refuse_nowhere(output)
        if output is not None:
            self.refuse_place(output, parameters, context)
            refuse_target(output)
            refuse_dpi(self.parameterAsDouble(parameters, "DPI", context))

    def work(
        self, parameters: dict[str, Any], context: QgsProcessingContext, progress: Progress
    ) -> dict[str, Any]:
        asked, wanted = self._read(parameters, context), self._wanted(parameters, context, progress.part(0.0, 0.3))
        progress.report(0.3, tr("Laying out"))
        layout = self._make(wanted, asked, context, progress.part(0.3, 0.6))
        if asked.output is not None:
            from ..export.printing import print_layout

            print_layout(layout, asked.output, asked.dpi, progress.part(0.6, 1.0))
        methods = self.cite(parameters, context, wanted.story, [wanted.frame], asked.output, wanted.title)
        return {
            "OUTPUT": str(asked.output or ""), "LAYOUT": self._keep(layout, wanted, context) if asked.keep else "",
            "AT_USED": _date_text(wanted), "COUNTS": wanted.story.count_of(wanted.frame), "METHODS": methods}

    def _read(self, parameters: dict[str, Any], context: QgsProcessingContext) -> MapLayoutParameters:
        from ..core.city_choice import written_names

        output = self._output(parameters)
        keep = output is None or self.parameterAsBool(parameters, "ADD_TO_PROJECT", context)
        cities = self.parameterAsString(parameters, "CITIES", context)
        # As one text: only the dataset tells which commas are part of a name.
        return MapLayoutParameters(
            output, self.parameterAsDouble(parameters, "DPI", context), keep,
            (cities,) if written_names(cities) else ())

    def _output(self, parameters: dict[str, Any]) -> Path | None:
        text = self.parameterAsFileOutput(parameters, "OUTPUT", QgsProcessingContext())
        return Path(text) if text else None

    def _wanted(self, parameters: dict[str, Any], context: QgsProcessingContext, progress: Progress) -> Wanted:
        from ..export.layouts import Wanted
        from ..export.templates import find_template

        template = find_template(self.parameterAsString(parameters, "TEMPLATE", context), context.project())
        scene = self.scene(parameters, context)
        story = self.story(parameters, context, scene, progress)
        frame = story.frame_at(self.moment(parameters, "AT"))
        return Wanted(template, scene, story, frame, self.parameterAsString(parameters, "TITLE", context))

    def _make(
        self, wanted: Wanted, asked: MapLayoutParameters, context: QgsProcessingContext, progress: Progress
    ) -> QgsPrintLayout:
        from ..export.city_atlas import is_city_atlas, make_city_atlas
        from ..export.layouts import lacks_curve, make_layout

        project = self.project(context)
        by_city = is_city_atlas(wanted.template, project)
        if asked.cities and not by_city:
            raise AtlasError(tr("CITIES are the pages of the template city_atlas: choose it as TEMPLATE, or leave "
                                "CITIES empty."))
        layout = make_city_atlas(project, wanted, asked.cities, progress) if by_city else make_layout(project, wanted)
        pages = layout.pageCollection().pageCount() * max(layout.atlas().count(), 1)
        if asked.output is not None and pages > 1 and asked.output.suffix.lower() != ".pdf":
            self.warn(tr("{file} holds the first of {n} pages: choose a PDF for all.").format(
                file=asked.output.name, n=pages))
        if lacks_curve(layout):
            self.warn(tr("The layout has no curve.") + " " + how_to_get(("matplotlib",)))
        return layout

    def _keep(self, layout: QgsPrintLayout, wanted: Wanted, context: QgsProcessingContext) -> str:
        from ..export.city_atlas import is_city_atlas
        from ..export.city_coverage import keep_coverage
        from ..export.layouts import keep_in_project

        project = self.project(context)
        keep_in_project(project, layout, wanted.scene)
        if is_city_atlas(wanted.template, project):
            keep_coverage(project, layout)
        return str(layout.name())


def _date_text(wanted: Wanted) -> str:
    from ..core.frames import day_text

    return day_text(wanted.frame.begin_ms)
