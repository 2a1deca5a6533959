"""Small multiples: a page of maps of one place, each at its own date."""
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
    QgsProcessingParameterField,
    QgsProcessingParameterFileDestination,
    QgsProcessingParameterNumber,
    QgsProcessingParameterString,
)

from ..bridge.dependencies import how_to_get
from ..bridge.description import Description, read_description
from ..bridge.moments import moment_of
from ..bridge.translation import tr
from ..core.errors import AtlasError
from ..core.progress import Progress
from .base import choice
from .publication import PublicationAlgorithm

if TYPE_CHECKING:
    from qgis.core import QgsPrintLayout

    from ..bridge.story import Story
    from ..core.frames import Frame

#: As `core.panel_page.PAGES` and `core.panel_dates.MOST_PANELS`, which are imported with the first page.
PAGES = ("a4_landscape", "a4_portrait", "a3_landscape", "journal_double")
SPREADS = ("even", "week")
_MOST_PANELS, _PANELS, _DPI = 60, 9, 300.0


@dataclass(frozen=True)
class PanelsAsked:
    """What the user asked for. `dates_ms`: given dates, before which `panels` and `spread` do not count; `output` is
    None where the layout is only kept in the project."""

    dates_ms: tuple[int, ...]
    panels: int
    columns: int
    spread: str
    title: str
    page: str
    output: Path | None
    dpi: float
    keep: bool


class SmallMultiples(PublicationAlgorithm):
    NAME = "smallmultiples"
    TITLE = "Small multiples"
    TAGS = "outbreak,epidemic,cases,maps,panels,facets,dates,weeks,print,figure,layout,PDF,PNG,SVG,journal"

    def initAlgorithm(self, configuration: dict[str, Any] | None = None) -> None:  # noqa: N802 - Qt's name
        super().initAlgorithm(configuration)
        self.addParameter(QgsProcessingParameterField(
            "METRIC", tr("Count"), None, "INPUT", Qgis.ProcessingFieldParameterDataType.Numeric, optional=True))
        self.add_period()
        whole = Qgis.ProcessingNumberParameterType.Integer
        self.addParameter(QgsProcessingParameterNumber(
            "PANELS", tr("Panels"), whole, _PANELS, minValue=2, maxValue=_MOST_PANELS))
        self.addParameter(QgsProcessingParameterNumber(
            "COLUMNS", tr("Columns (0: by the shape of map and page)"), whole, 0, minValue=0, maxValue=_MOST_PANELS))
        self._add_rare_parameters()
        self.addParameter(QgsProcessingParameterFileDestination(
            "OUTPUT", tr("File"), tr("PDF (*.pdf);;PNG (*.png);;SVG (*.svg)"), optional=True, createByDefault=False))
        self.addOutput(QgsProcessingOutputNumber("PANELS", tr("Panels")))
        self.addOutput(QgsProcessingOutputString("DATES", tr("Dates of the panels")))
        self.addOutput(QgsProcessingOutputString("LAYOUT", tr("Name of the layout in the project")))
        self.add_citation()

    def _add_rare_parameters(self) -> None:
        self.advanced(QgsProcessingParameterString(
            "DATES", tr("Dates of the panels, with commas between"), optional=True))
        self.advanced(choice("SPREAD", tr("Dates, if none are given"), SPREADS, SPREADS[0]))
        self.advanced(QgsProcessingParameterString("TITLE", tr("Title"), optional=True))
        self.advanced(choice("PAGE", tr("Page"), PAGES, PAGES[0]))
        self.add_extent()
        self.advanced(QgsProcessingParameterNumber(
            "DPI", tr("Dots per inch"), Qgis.ProcessingNumberParameterType.Double, _DPI))
        self.advanced(QgsProcessingParameterBoolean("ADD_TO_PROJECT", tr("Keep the layout in the project"), False))

    def look(self, parameters: dict[str, Any], context: QgsProcessingContext) -> None:
        from ..export.printing import refuse_dpi, refuse_target

        super().look(parameters, context)
        asked = self._read(parameters, context)
        self.refuse_nowhere(asked.output)
        if asked.output is not None:
            self.refuse_place(asked.output, parameters, context)
            refuse_target(asked.output)
            refuse_dpi(asked.dpi)

    def work(
        self, parameters: dict[str, Any], context: QgsProcessingContext, progress: Progress
    ) -> dict[str, Any]:
        from ..export.layouts import keep_in_project
        from ..export.small_multiples import PanelsWanted, make_small_multiples

        asked = self._read(parameters, context)
        scene = self.scene(parameters, context)
        story = self.story(parameters, context, scene, progress.part(0.0, 0.3))
        frames = self._frames(asked, story)
        progress.report(0.3, tr("Laying out"))
        layout = make_small_multiples(self.project(context), PanelsWanted(
            scene, story, frames, asked.page, asked.columns, asked.title))
        self._print(layout, asked, progress.part(0.4, 1.0))
        methods = self.cite(parameters, context, story, frames, asked.output, asked.title)
        if asked.keep:
            keep_in_project(self.project(context), layout, scene)
        return {"OUTPUT": str(asked.output or ""), "PANELS": len(frames), "DATES": _dates(frames),
                "LAYOUT": str(layout.name()) if asked.keep else "", "METHODS": methods}

    def _read(self, parameters: dict[str, Any], context: QgsProcessingContext) -> PanelsAsked:
        file = self.parameterAsFileOutput(parameters, "OUTPUT", context)
        text, word, number = self.parameterAsString, self.parameterAsEnumString, self.parameterAsInt
        return PanelsAsked(
            _moments(text(parameters, "DATES", context), read_description(self.path)),
            number(parameters, "PANELS", context), number(parameters, "COLUMNS", context),
            word(parameters, "SPREAD", context), text(parameters, "TITLE", context), word(parameters, "PAGE", context),
            Path(file) if file else None, self.parameterAsDouble(parameters, "DPI", context),
            not file or self.parameterAsBool(parameters, "ADD_TO_PROJECT", context))

    def _frames(self, asked: PanelsAsked, story: Story) -> tuple[Frame, ...]:
        from ..core.panel_dates import even_frames, weekly_frames

        if asked.dates_ms:
            return self._given(asked.dates_ms, story)
        if asked.spread == SPREADS[0]:
            frames = even_frames(story.played, story.begin_ms, story.end_ms, asked.panels)
            if len(frames) < asked.panels:
                self.warn(tr("Fewer steps are in the period ({steps}) than panels were asked for ({panels}): each step "
                             "is shown once.").format(steps=len(frames), panels=asked.panels))
            return frames
        frames, weeks = weekly_frames(story.played, story.begin_ms, story.end_ms, asked.panels)
        if weeks > len(frames):
            self.warn(tr("The period has {weeks} weeks, and its last {panels} are shown: give more PANELS.").format(
                weeks=weeks, panels=len(frames)))
        return frames

    def _given(self, dates_ms: tuple[int, ...], story: Story) -> tuple[Frame, ...]:
        from ..core.panel_dates import given_frames, given_twice

        frames = tuple(given_frames(story.played, dates_ms))
        for frame in frames:
            story.frame_at(frame.begin_ms)  # refused outside of FROM and TO
        twice = given_twice(story.played, dates_ms, frames)
        if twice:
            self.warn(tr("Several of the DATES are of one step, which is shown once: {dates}.").format(dates=twice))
        return frames

    def _print(self, layout: QgsPrintLayout, asked: PanelsAsked, progress: Progress) -> None:
        from ..export.layouts import lacks_curve
        from ..export.printing import print_layout

        if lacks_curve(layout):
            self.warn(tr("The layout has no curve.") + " " + how_to_get(("matplotlib",)))
        if asked.output is not None:
            print_layout(layout, asked.output, asked.dpi, progress)


def _moments(text: str, dataset: Description) -> tuple[int, ...]:
    """The moments in a text with commas, semicolons or line ends between; a frame holds each of them."""
    from ..core.panel_dates import given_frames

    words = [word.strip() for word in text.replace(";", ",").replace("\n", ",").split(",") if word.strip()]
    moments = tuple(_moment(word, dataset) for word in words)
    given_frames(dataset.period, moments)
    return moments


def _moment(word: str, dataset: Description) -> int:
    from ..core.frames import day_text

    try:
        return moment_of(word, dataset.zone) or 0
    except AtlasError as error:
        period = dataset.period
        raise AtlasError(tr("“{date}” in DATES is no date: write dates of the dataset, {first} to {last}, like "
                            "2020-02-13.").format(date=word, first=day_text(period.begin_ms),
                                                  last=day_text(period.end_ms - 1)[:10]), str(error)) from error


def _dates(frames: tuple[Frame, ...]) -> str:
    from ..core.frames import day_text

    return ", ".join(day_text(frame.begin_ms) for frame in frames)
