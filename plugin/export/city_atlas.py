"""An atlas by city: one layout whose pages are cities, each with its map, its curve and its key dates."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from qgis.core import (
    Qgis,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsCsException,
    QgsLayoutItemMap,
    QgsLayoutItemPicture,
    QgsPrintLayout,
    QgsProject,
    QgsRectangle,
)

from ..bridge.dependencies import missing_libraries
from ..bridge.number_texts import number_text
from ..bridge.story import Story
from ..bridge.totals_text import unit_text
from ..bridge.translation import tr
from ..core.errors import AtlasError
from ..core.progress import Progress
from .city_coverage import CityPage, coverage_in_memory, show_coverage
from .curve_picture import curve_svg, picture_path
from .key_date_words import TableRow, Wording, table_rows
from .layouts import Wanted, make_layout
from .scene import Scene
from .templates import main_map

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


def is_city_atlas(wanted: Wanted) -> bool:
    """Whether a layout is to have a page a city."""
    return wanted.template.name == CITY_ATLAS


def chosen_cities(story: Story, text: str, at_end_ms: int | None = None) -> tuple[City, ...]:
    """The cities that a text names, or without any those with the most cases at the end of a frame.

    Raises `AtlasError` for names that are no city of the dataset, or filtered out of the layer.
    """
    from ..core.city_choice import written_names

    return _found(story, written_names(text), story.end_ms if at_end_ms is None else at_end_ms)


def make_city_atlas(
    project: QgsProject, wanted: Wanted, cities: Sequence[str] = (), progress: Progress | None = None
) -> QgsPrintLayout:
    """The template filled for each city; its layers are in memory until `city_coverage.keep_coverage`.

    `cities`: names, by default those with the most cases at the frame.
    """
    progress = progress or Progress()
    found = _found(wanted.story, cities, wanted.frame.end_ms)
    layout = make_layout(project, wanted)
    pages = _pages(layout, wanted, found, progress)
    shown = main_map(layout)
    shown.setAtlasDriven(True)
    shown.setAtlasScalingMode(QgsLayoutItemMap.AtlasScalingMode.Auto)
    shown.setAtlasMargin(_MARGIN)
    show_coverage(layout, coverage_in_memory(pages, layout))
    layout.refresh()
    return layout


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
    """What every page is made from. `curve_mm`: width and height of the curve's picture, None without one."""

    story: Story
    scene: Scene
    places: CityPlaces
    curve_mm: tuple[float, float] | None


def _pages(
    layout: QgsPrintLayout, wanted: Wanted, cities: Sequence[City], progress: Progress
) -> tuple[CityPage, ...]:
    from ..store.city_places import CityPlaces

    story = wanted.story
    places = CityPlaces(story.description.path, story.shape.area_columns)
    making = _Making(story, wanted.scene, places, _curve_size_mm(layout))
    pages = []
    for done, city in enumerate(cities):
        progress.report(done / len(cities), tr("City {n} of {all}: {name}").format(
            n=done + 1, all=len(cities), name=city.name))
        pages.append(_page(making, city))
    return tuple(pages)


def _page(making: _Making, city: City) -> CityPage:
    extent, note = _extent(making, city)
    title = f"{city.name} {city.other}".strip()
    within = ", ".join(name for name in city.within if name != city.name)
    return CityPage(title, within, note, _curve(making, city), extent, _rows(making.story, city))


def _rows(story: Story, city: City) -> tuple[TableRow, ...]:
    from ..core.city_course import course_of
    from ..core.key_dates import key_dates

    shape = story.shape
    course = course_of(story.selection, city.areas, shape.begin_ms, shape.end_ms)
    wording = Wording(story.metric, shape.step, story.description.totals_level, shape.events)
    return table_rows(key_dates(course), wording)


def _curve(making: _Making, city: City) -> str:
    """The city's own curve over the period of the publication."""
    if making.curve_mm is None:
        return ""
    story = making.story
    own = story.selection.within(city.areas)
    told = replace(story, selection=own, curve=own.curve(story.begin_ms, story.end_ms))
    return picture_path(curve_svg(told, *making.curve_mm))


def _curve_size_mm(layout: QgsPrintLayout) -> tuple[float, float] | None:
    """How large the picture of the curve is; None without one, or without matplotlib."""
    picture = layout.itemById("curve")
    if not isinstance(picture, QgsLayoutItemPicture) or missing_libraries(("matplotlib",)):
        return None
    size = layout.renderContext().measurementConverter().convert(
        picture.sizeWithUnits(), Qgis.LayoutUnit.Millimeters)
    return size.width(), size.height()


def _extent(making: _Making, city: City) -> tuple[QgsRectangle, str]:
    """What the city's map shows, in degrees, and what must be said of it; the whole map for one without a location."""
    from ..core.city_extent import city_box

    level = making.story.description.totals_level
    lon, lat = making.places.points(city.areas)
    box = city_box(lon, lat, _LEAST_M.get(level, _LEAST_OF_PLACES_M))
    if box is None:
        return _degrees(making.scene), tr("No place of {city} has a location: the map shows the whole dataset.").format(
            city=city.name)
    said = []
    if box.outside:
        said.append(tr("{n} of its {places} lie far from the others, outside the map.").format(
            n=number_text(box.outside), places=unit_text(level)))
    return QgsRectangle(box.west, box.south, box.east, box.north), " ".join(said)


def _degrees(scene: Scene) -> QgsRectangle:
    """The scene's extent on WGS 84."""
    wgs84 = QgsCoordinateReferenceSystem("EPSG:4326")
    try:
        return QgsCoordinateTransform(scene.crs, wgs84, QgsProject()).transformBoundingBox(scene.extent)
    except QgsCsException:
        return QgsRectangle(-180, -60, 180, 75)
