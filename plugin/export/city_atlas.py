"""An atlas by city: one layout whose pages are cities, each with its map, its curve and its key dates."""
from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from qgis.core import (
    Qgis,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsCsException,
    QgsExpressionContextUtils,
    QgsLayoutItemMap,
    QgsLayoutItemPicture,
    QgsLayoutItemScaleBar,
    QgsPrintLayout,
    QgsProject,
    QgsRectangle,
)

from ..bridge.dependencies import missing_libraries
from ..bridge.layers import view_extent
from ..bridge.number_texts import number_text
from ..bridge.story import Story
from ..bridge.totals_text import unit_text
from ..bridge.translation import tr
from ..core.errors import AtlasError
from ..core.progress import Progress
from .city_coverage import KEY_DATES, CityPage, coverage_in_memory, show_coverage
from .city_curves import CityCurve, part_curves
from .city_symbols import areas_text, draw_by_page, name_points
from .curve_picture import curve_svg
from .key_date_words import TableRow, Wording, table_rows
from .layouts import CURSOR, CURVE, Wanted, make_layout
from .locator import LOCATOR
from .scene import Scene
from .story_style import draw_circles
from .templates import Template, main_map

if TYPE_CHECKING:
    from ..core.city_choice import Cities, City
    from ..store.city_places import CityPlaces

#: The name of the template whose pages are cities.
CITY_ATLAS = "city_atlas"
#: So many cities have a page where none is named.
MOST_CITIES = 30
#: Around a city's places is so much more of the map, as a share of their extent.
_MARGIN = 0.12
#: A map is at least so wide and high, by what a row of the dataset is: one point stands for a whole city.
_LEAST_M = {"city": 160_000.0, "province": 700_000.0, "country": 2_500_000.0}
_LEAST_OF_PLACES_M = 8_000.0
#: Circles get up to so much larger: with few places by all of it, with many by nothing.
_MORE_MM, _FEW, _MANY = 1.2, 10, 1000
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
    pages = _pages(layout, wanted, found, progress)
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
            bar.setVisibility(True)
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


@dataclass(frozen=True)
class _Making:
    """What every page is made from."""

    story: Story
    scene: Scene
    places: CityPlaces


@dataclass(frozen=True)
class _Place:
    """What a city's map shows, in degrees; what must be said of it; how many places it has; and
    whether it shows the whole dataset, as the city lies nowhere."""

    extent: QgsRectangle
    note: str
    places: int
    is_whole: bool = False


def _pages(
    layout: QgsPrintLayout, wanted: Wanted, cities: Sequence[City], progress: Progress
) -> tuple[CityPage, ...]:
    from ..store.city_places import CityPlaces

    story = wanted.story
    places = CityPlaces(story.description.path, story.shape.area_columns)
    curves = _curves(layout, story, cities, progress.part(0.0, 0.9))
    return tuple(
        _page(_Making(story, wanted.scene, places), city, curve) for city, curve in zip(cities, curves))


def _page(making: _Making, city: City, curve: CityCurve | None) -> CityPage:
    place = _place(making, city)
    title = f"{city.name} {city.other}".strip()
    within = ", ".join(name for name in city.within if name != city.name)
    own = "" if place.is_whole else areas_text(city.areas)
    return CityPage(
        title, within, place.note, curve, place.extent, _more_mm(place.places), own, _rows(making.story, city))


def _more_mm(places: int) -> float:
    """By how much circles are larger on the map of a city than on that of all cities: where there are few, there is
    room to see each."""
    share = 1 - math.log(max(places, _FEW) / _FEW) / math.log(_MANY / _FEW)
    return round(_MORE_MM * min(max(share, 0.0), 1.0), 2)


def _rows(story: Story, city: City) -> tuple[TableRow, ...]:
    from ..core.city_course import course_of
    from ..core.key_dates import key_dates

    shape = story.shape
    course = course_of(story.selection, city.areas, shape.begin_ms, shape.end_ms)
    wording = Wording(story.metric, shape.step, story.description.totals_level, shape.events)
    return table_rows(key_dates(course), wording)


def _curves(
    layout: QgsPrintLayout, story: Story, cities: Sequence[City], progress: Progress
) -> Sequence[CityCurve | None]:
    """The cities' own curves over the period of the publication."""
    picture = layout.itemById(CURVE)
    if not isinstance(picture, QgsLayoutItemPicture):
        return [None] * len(cities)
    if missing_libraries(("matplotlib",)):
        _hide(layout, (CURVE, CURSOR))
        return [None] * len(cities)
    size = layout.renderContext().measurementConverter().convert(
        picture.sizeWithUnits(), Qgis.LayoutUnit.Millimeters)
    svgs = []
    for done, city in enumerate(cities):
        progress.report(done / len(cities), tr("City {n} of {all}: {name}").format(
            n=done + 1, all=len(cities), name=city.name))
        own = story.selection.within(city.areas)
        told = replace(story, selection=own, curve=own.curve(story.begin_ms, story.end_ms))
        svgs.append(curve_svg(told, size.width(), size.height()))
    # The cursor asks whether there is a curve.
    QgsExpressionContextUtils.setLayoutVariable(layout, "oa_curve", "city")
    return part_curves(layout, picture, svgs)


def _hide(layout: QgsPrintLayout, names: Sequence[str]) -> None:
    for name in names:
        item = layout.itemById(name)
        if item is not None:
            item.setVisibility(False)


def _place(making: _Making, city: City) -> _Place:
    """Where a city lies; the whole dataset for one without a location."""
    from ..core.city_extent import city_box

    story = making.story
    level = story.description.totals_level
    lon, lat = making.places.points(city.areas)
    box = city_box(lon, lat, _LEAST_M.get(level, _LEAST_OF_PLACES_M))
    if box is None:
        note = tr("No place of {city} has a location: the map shows the whole dataset.").format(city=city.name)
        return _Place(_whole_degrees(making.scene), note, story.description.located, is_whole=True)
    said = [tr("Places elsewhere are drawn pale.")]
    if box.outside:
        said.insert(0, tr("{n} of its {places} lie far from the others, outside the map.").format(
            n=number_text(box.outside), places=unit_text(level)))
    return _Place(QgsRectangle(box.west, box.south, box.east, box.north), " ".join(said), len(lon))


def _whole_degrees(scene: Scene) -> QgsRectangle:
    """What holds the whole dataset, on WGS 84; the scene's view where nothing has a point."""
    wgs84 = QgsCoordinateReferenceSystem("EPSG:4326")
    whole = view_extent(scene.dataset, wgs84, QgsProject())
    if whole is not None:
        return whole
    try:
        return QgsCoordinateTransform(scene.crs, wgs84, QgsProject()).transformBoundingBox(scene.extent)
    except QgsCsException:
        return QgsRectangle(-180, -60, 180, 75)
