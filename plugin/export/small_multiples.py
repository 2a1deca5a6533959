"""Small multiples: maps of one place and one set of classes side by side, each at its own date."""
from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from qgis.core import (
    QgsExpressionContextUtils,
    QgsLayoutItemLabel,
    QgsLayoutItemMap,
    QgsLayoutSize,
    QgsLegendRenderer,
    QgsPrintLayout,
    QgsProject,
)

from ..bridge.heat import follow_scale
from ..bridge.metric_words import metric_words
from ..bridge.number_texts import change_text, number_text
from ..bridge.story import Story, variables_of
from ..bridge.styles import counted_words
from ..bridge.translation import tr
from ..core.frames import Frame
from ..core.panel_grid import Box
from ..core.panel_page import COUNT, DATE, LEGEND_TEXT, PAGES, SMALL, SUBTITLE, TITLE, PagePlan, PageSize, plan_page
from ..core.schema import Step
from .curve_picture import CURVE_BOTTOM, CURVE_LEFT, CURVE_RIGHT, CURVE_TOP
from .layouts import CURVE, fill_curve, told_of_edge
from .legend import fill_legend
from .page_look import QUIET, WARNING
from .panel_items import (
    Letters,
    add_label,
    add_legend,
    add_map,
    add_marks,
    add_picture,
    add_scale_bar,
    place,
)
from .panel_symbols import shrink_symbols
from .panel_texts import (
    PANEL_COUNTS,
    count_of,
    date_of,
    given,
    in_label,
    last_count,
    mark_lines,
    method,
    panel_id,
    source,
    subtitle,
)
from .scene import Scene

_MOST_COLUMNS, _LETTERS_GROW = 4, 1.06
#: Letters grow no smaller than by this share to fit.
_LEAST_LETTERS = 0.7
#: What a line is wider in print than measured; and no line holds more letters.
_SPARE, _MOST_LETTERS = 1.02, 500
#: More circles than this on a page make a PDF of tens of MB that readers draw for minutes; QGIS writes a map as pixels,
#: at the page's DPI, if one of its layers is not quite opaque.
_MOST_VECTORS, _AS_PIXELS = 60_000, 0.999
_DATES = {Step.HOUR: "2020-02-13 00:00", Step.DAY: "2020-02-13", Step.WEEK: "2020-02-13 – 02-19"}


@dataclass(frozen=True)
class PanelsWanted:
    """What the page shows: `frames`, one a panel; `columns` 0 are chosen by the shape of the extent and the page."""

    scene: Scene
    story: Story
    frames: tuple[Frame, ...]
    page: str = "a4_landscape"
    columns: int = 0
    title: str = ""
    name: str = ""


def make_small_multiples(project: QgsProject, wanted: PanelsWanted) -> QgsPrintLayout:
    """An ordinary print layout, not yet in the project's list.

    The scene's copy of the dataset is from now on this layout's: its symbols are made smaller.
    """
    size, story, scene = PAGES[wanted.page], wanted.story, wanted.scene
    counts = _counts(story)
    plan = _plan(wanted, size, counts)
    layout = QgsPrintLayout(project)
    layout.initializeDefaults()
    layout.setName(wanted.name or tr("Small multiples"))
    layout.pageCollection().page(0).setPageSize(QgsLayoutSize(size.width_mm, plan.height_mm))
    variables = {**variables_of(story, wanted.title), PANEL_COUNTS: json.dumps(counts, ensure_ascii=False)}
    variables["oa_title"] = _one_line(variables["oa_title"], plan.title, Letters(TITLE * size.text_pt, bold=True))
    QgsExpressionContextUtils.setLayoutVariables(layout, variables)
    if story.description.located * len(wanted.frames) > _MOST_VECTORS:
        scene.dataset.setOpacity(_AS_PIXELS)
    shrink_symbols(
        scene.dataset, plan.grid.map_width_mm, plan.grid.map_height_mm, story.description.located)
    _add_panels(layout, wanted, size, plan)
    first = panel_maps(layout)[0]
    for name, text in told_of_edge(scene, story, first).items():
        QgsExpressionContextUtils.setLayoutVariable(layout, name, text)
    if story.heat:
        follow_scale(scene.dataset, story.metric, story.state.new, first.scale())
    _add_words(layout, size, plan, story)
    _add_strip(layout, wanted, size, plan)
    layout.refresh()
    return layout


def panel_maps(layout: QgsPrintLayout) -> list[QgsLayoutItemMap]:
    """The maps of the panels, in order."""
    found = []
    while isinstance(item := layout.itemById(panel_id(len(found))), QgsLayoutItemMap):
        found.append(item)
    return found


def _plan(wanted: PanelsWanted, size: PageSize, counts: list[str]) -> PagePlan:
    extent = wanted.scene.extent
    ratio = 1.0 if extent.isEmpty() else extent.width() / extent.height()
    date, count = Letters(DATE * size.text_pt, bold=True), Letters(COUNT * size.text_pt)
    together = date.width_mm(_DATES[wanted.story.shape.step] + "MM") + max(map(count.width_mm, counts), default=0.0)
    feet = 3 if wanted.story.description.synthetic else 2
    return plan_page(size, len(wanted.frames), wanted.columns, ratio, together, feet)


def _counts(story: Story) -> list[str]:
    """The count of each step of the period, short."""
    curve = story.curve
    if not story.state.new:
        return [_count(value, number_text, story) for value in curve.total.tolist()]
    text = number_text if story.shape.events else change_text
    # Nothing new of the few that tell it is not nothing of those that do not.
    hidden = story.selection.new_in_part(curve.begins) & (curve.new == 0)
    values = np.where(hidden, np.nan, curve.new)
    return [tr("no report") if gap else _count(value, text, story)
            for value, gap in zip(values.tolist(), curve.gap.tolist())]


def _count(value: float, text: Callable[[float], str], story: Story) -> str:
    if math.isnan(value):
        return tr("unknown")
    return tr("{n} {metric}").format(n=text(value), metric=metric_words(story.metric))


def _add_panels(layout: QgsPrintLayout, wanted: PanelsWanted, size: PageSize, plan: PagePlan) -> None:
    date, count = Letters(DATE * size.text_pt, bold=True), Letters(COUNT * size.text_pt, colour=QUIET)
    step, line_mm = wanted.story.shape.step, size.line_mm(DATE)
    for number, frame in enumerate(wanted.frames):
        name, head = panel_id(number), plan.grid.head(number)
        add_map(layout, name, plan.grid.map(number), wanted.scene, frame)
        one_line = head.height_mm < 1.5 * line_mm
        # Beside its own date: at the panel's right end it would seem to belong to the next one.
        indent = date.width_mm(_DATES[step] + "n") if one_line else 0.0
        first = Box(head.left_mm, head.top_mm, indent or head.width_mm, line_mm)
        last = Box(head.left_mm + indent, head.bottom_mm - line_mm, head.width_mm - indent, line_mm)
        add_label(layout, f"date_{number + 1}", first, in_label(date_of(name, step)), date)
        add_label(layout, f"count_{number + 1}", last, in_label(count_of(name)), count)
    layout.setReferenceMap(panel_maps(layout)[0])


def _add_words(layout: QgsPrintLayout, size: PageSize, plan: PagePlan, story: Story) -> None:
    small = Letters(SMALL * size.text_pt, colour=QUIET)
    texts = [
        ("title", plan.title, given("oa_title"), Letters(TITLE * size.text_pt, bold=True)),
        ("subtitle", plan.subtitle, subtitle(), Letters(SUBTITLE * size.text_pt, colour=QUIET)),
        ("counts", plan.counts, last_count(panel_id(len(panel_maps(layout)) - 1), story.shape.step),
         Letters(SUBTITLE * size.text_pt, bold=True)),
        ("source", plan.feet[0], source(), small), ("method", plan.feet[1], method(), small),
    ]
    if len(plan.feet) > 2:
        texts.append(("synthetic", plan.feet[2], given("oa_synthetic"), Letters(small.size_pt, True, WARNING)))
    for name, box, text, letters in texts:
        _fit(add_label(layout, name, box, in_label(text), letters), box, letters)
    bar = plan.scale_bar
    length = min(0.6 * bar.width_mm, 0.4 * plan.grid.map_width_mm)
    add_scale_bar(layout, "scalebar", Box(bar.right_mm - length, bar.top_mm, length, bar.height_mm),
                  panel_maps(layout)[0], small)


def _fit(label: QgsLayoutItemLabel, box: Box, letters: Letters) -> None:
    """Smaller letters for a text that is longer than its line."""
    share = box.width_mm / max(letters.width_mm(label.currentText()) * _SPARE, 1e-6)
    if share < 1:
        label.setTextFormat(Letters(
            letters.size_pt * max(share, _LEAST_LETTERS), letters.bold, letters.colour).text_format())


def _one_line(text: str, box: Box, letters: Letters) -> str:
    """A text without breaks, cut where even the smallest letters do not fit into a line."""
    line = " ".join(text.split())
    least = Letters(_LEAST_LETTERS * letters.size_pt, letters.bold)
    if len(line) <= _MOST_LETTERS and least.width_mm(line) * _SPARE <= box.width_mm:
        return line
    line = line[:_MOST_LETTERS]
    while line and least.width_mm(line + "…") * _SPARE > box.width_mm:
        line = line[:-1]
    return line.rstrip() + "…"


def _add_strip(layout: QgsPrintLayout, wanted: PanelsWanted, size: PageSize, plan: PagePlan) -> None:
    """The curve with the dates of the panels, and beside it the legend."""
    strip = plan.strip
    taken = _add_legend(layout, wanted, size, strip)
    box = Box(strip.left_mm, strip.top_mm, strip.width_mm - taken - size.line_mm(1.5), strip.height_mm)
    picture = add_picture(layout, CURVE, box)
    plot = Box(
        box.left_mm + CURVE_LEFT * box.width_mm, box.top_mm + CURVE_TOP * box.height_mm,
        (CURVE_RIGHT - CURVE_LEFT) * box.width_mm, (CURVE_BOTTOM - CURVE_TOP) * box.height_mm)
    marks = add_marks(layout, "marks", plot, mark_lines(len(wanted.frames)))
    layout.groupItems([picture, marks]).setId("curve with marks")
    fill_curve(layout, wanted.story)
    marks.setVisibility(picture.isVisible())


def _add_legend(layout: QgsPrintLayout, wanted: PanelsWanted, size: PageSize, strip: Box) -> float:
    """In as many columns as the strip's height asks for; how wide it is."""
    story, dataset = wanted.story, wanted.scene.dataset
    legend = add_legend(
        layout, strip, panel_maps(layout)[0], given("oa_metric"), Letters(LEGEND_TEXT * size.text_pt))
    fill_legend(layout, dataset, counted_words(story.column, story.metric))
    for columns in range(1, _MOST_COLUMNS + 1):
        legend.setColumnCount(columns)
        needed = QgsLegendRenderer(legend.model(), legend.legendSettings()).minimumSize()
        if needed.height() <= strip.height_mm:
            break
    # At few dots per inch letters are drawn wider than QGIS measures them, and would run off the page.
    width_mm = float(needed.width()) * _LETTERS_GROW
    legend.setResizeToContents(False)
    place(legend, Box(strip.right_mm - width_mm, strip.top_mm, width_mm, needed.height()))
    return width_mm
