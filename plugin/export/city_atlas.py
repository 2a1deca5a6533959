"""An atlas by city: one layout whose pages are cities, each with its map, its curve and its key dates."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from qgis.core import (
    Qgis,
    QgsLayoutItemMap,
    QgsLayoutItemScaleBar,
    QgsPrintLayout,
    QgsProject,
)

from ..bridge.layers import view_extent
from ..bridge.story import Story
from ..bridge.translation import tr
from ..core.errors import AtlasError
from ..core.progress import Progress
from .city_coverage import KEY_DATES, coverage_in_memory, show_coverage
from .city_pages import city_pages
from .city_symbols import draw_by_page, name_points
from .layouts import Wanted, make_layout
from .locator import LOCATOR
from .scene import Scene
from .scenes import has_true_lengths
from .story_style import draw_circles
from .templates import Template, main_map

if TYPE_CHECKING:
    from ..core.city_choice import Cities, City

#: The name of the template whose pages are cities.
CITY_ATLAS = "city_atlas"
#: So many cities have a page where none is named.
MOST_CITIES = 30
#: Around a city's places is so much more of the map, as a share of their extent.
_MARGIN = 0.12
#: The locator shows so much more than the whole dataset.
_AROUND = 1.25
#: People recognise a coast or borders in a map so wide.
_RECOGNISED_M = 2_500_000.0
#: Least and greatest length of a scale bar.
_BAR_MM = (18.0, 45.0)


def is_city_atlas(template: Template, project: QgsProject | None = None) -> bool:
    """Whether a layout is to have a page a city: of the shipped template, or of a user's own that has its table."""
    if template.path is not None:
        return template.name == CITY_ATLAS or f'id="{KEY_DATES}"'.encode() in template.path.read_bytes()
    layout = project.layoutManager().layoutByName(template.name) if project is not None else None
    return layout is not None and layout.itemById(KEY_DATES) is not None


def refuse_city_atlas(template: Template) -> None:
    """A film fills one page; raise `AtlasError` for a template whose pages are cities."""
    if not template.is_of_project and is_city_atlas(template):
        raise AtlasError(tr("The template “{name}” has a page for each city, and a film shows one page: choose another "
                            "TEMPLATE, or film a layout of the project as it stands.").format(name=template.name))


def make_city_atlas(
    project: QgsProject, wanted: Wanted, cities: Sequence[str] = (), progress: Progress | None = None
) -> QgsPrintLayout:
    """The template filled for each city; its layers are in memory until `city_coverage.keep_coverage`.

    `cities`: names, by default those with the most cases at the frame.
    """
    progress = progress or Progress()
    found = _found(wanted.story, cities, wanted.frame.end_ms)
    if wanted.story.heat:
        # Heat means another radius on every page, and its legend can name but one.
        draw_circles(wanted.scene.dataset, wanted.story, progress)
    layout = make_layout(project, wanted)
    pages = city_pages(layout, wanted, found, progress)
    shown = main_map(layout)
    shown.setAtlasDriven(True)
    shown.setAtlasScalingMode(QgsLayoutItemMap.AtlasScalingMode.Auto)
    shown.setAtlasMargin(_MARGIN)
    _show_whole(layout, wanted.scene)
    _fit_bars(layout, shown)
    draw_by_page(wanted.scene.dataset, wanted.story.shape.area_columns)
    if wanted.story.description.totals_level in wanted.story.shape.area_columns:
        # A point is a whole city, and there are few on a page.
        name_points(wanted.scene.dataset, wanted.story.description.totals_level)
    show_coverage(layout, coverage_in_memory(pages, layout))
    layout.refresh()
    return layout


def _show_whole(layout: QgsPrintLayout, scene: Scene) -> None:
    """The locator shows where in the whole dataset a city is."""
    locator = layout.itemById(LOCATOR)
    if not isinstance(locator, QgsLayoutItemMap):
        return
    whole = view_extent(scene.dataset, locator.crs(), layout.project())
    if whole is not None:
        whole.scale(_AROUND)
        if locator.crs().mapUnits() == Qgis.DistanceUnit.Meters:
            whole.grow(max(0.0, _RECOGNISED_M - whole.width()) / 2)
        locator.zoomToExtent(whole)


def _fit_bars(layout: QgsPrintLayout, shown: QgsLayoutItemMap) -> None:
    """Scale bars suit the map of every page, a village's as well as a province's."""
    for bar in layout.items():
        if isinstance(bar, QgsLayoutItemScaleBar) and bar.linkedMap() is shown:
            # Of all cities together it may have been hidden.
            bar.setVisibility(has_true_lengths(shown))
            bar.setUnits(Qgis.DistanceUnit.Kilometers)
            bar.setUnitLabel(tr("km"))
            bar.setMapUnitsPerScaleBarUnit(1)
            bar.setNumberOfSegmentsLeft(0)
            bar.setNumberOfSegments(1)
            bar.setSegmentSizeMode(Qgis.ScaleBarSegmentSizeMode.FitWidth)
            bar.setMinimumBarWidth(_BAR_MM[0])
            bar.setMaximumBarWidth(_BAR_MM[1])


def _found(story: Story, names: Sequence[str], at_end_ms: int) -> tuple[City, ...]:
    import numpy as np

    from ..core.series import Selection

    selection = story.selection
    totals = Selection(selection.summary, replace(selection.state, new=False, begin_ms=None, end_ms=None))
    cities = _cities(story)
    if names:
        return cities.named(names)
    groups = selection.summary.groups
    located = np.bincount(groups.area, groups.located, len(groups.areas)) > 0
    found = cities.largest(totals.area_counts(at_end_ms), located, MOST_CITIES)
    if not found:
        raise AtlasError(tr("No city has a count at this date: choose a later one, or name the cities."))
    return found


def _cities(story: Story) -> Cities:
    import numpy as np

    from ..core.city_choice import Cities
    from ..store.areas import area_words, place_labels

    path, columns = story.description.path, story.shape.area_columns
    areas, shown = story.selection.summary.groups.areas, story.selection.state.areas
    names = place_labels(path) if columns == ("place_id",) else None
    kept = np.array([shown is None or area in shown for area in areas], bool)
    return Cities(areas, columns, kept, area_words(path, columns), names)
