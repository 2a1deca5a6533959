"""The pages of an atlas by city: of each its map's extent, its curve, its words and its key dates."""
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
    QgsLayoutItemPicture,
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
from ..core.progress import Progress
from .city_coverage import CityPage
from .city_curves import CityCurve, part_curves
from .city_symbols import areas_text
from .curve_picture import curve_svg
from .key_date_words import TableRow, Wording, table_rows
from .layouts import CURSOR, CURVE, Wanted
from .scene import Scene

if TYPE_CHECKING:
    from ..core.city_choice import City
    from ..store.city_places import CityPlaces

#: A map is at least so wide and high, by what a row of the dataset is: one point stands for a whole city.
_LEAST_M = {"city": 160_000.0, "province": 700_000.0, "country": 2_500_000.0}
_LEAST_OF_PLACES_M = 8_000.0
#: Circles get up to so much larger: with few places by all of it, with many by nothing.
_MORE_MM, _FEW, _MANY = 1.2, 10, 1000


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


def city_pages(
    layout: QgsPrintLayout, wanted: Wanted, cities: Sequence[City], progress: Progress
) -> tuple[CityPage, ...]:
    """What the pages of these cities show."""
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
