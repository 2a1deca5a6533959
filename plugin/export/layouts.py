"""Ordinary print layouts of a dataset, made from templates."""
from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from qgis.core import (
    Qgis,
    QgsExpressionContextUtils,
    QgsLayout,
    QgsLayoutItem,
    QgsLayoutItemMap,
    QgsLayoutItemPicture,
    QgsLayoutItemScaleBar,
    QgsMapLayer,
    QgsPrintLayout,
    QgsProject,
)

from ..bridge.dependencies import missing_libraries
from ..bridge.heat import follow_scale
from ..bridge.layers import world_map
from ..bridge.story import Story, method_sentence, variables_of
from ..bridge.styles import counted_words
from ..bridge.translation import tr
from ..core.frames import Frame
from .curve_items import show_curve
from .curve_picture import curve_svg, keep_vectors
from .frame_settings import frame_range
from .legend import fill_legend
from .locator import LOCATOR, aim_locator
from .panel_symbols import shrink_symbols
from .scene import Scene
from .scenes import has_places_beyond, is_measurable, own_layers
from .templates import Template, main_map, new_layout

#: On a layer that belongs to a layout: the layout's name.
LAYOUT_PROPERTY = "outbreak_atlas/layout"
#: A scale bar with less room than this has one segment.
_NARROW_BAR_MM = 50.0
_FITTED = Qgis.ScaleBarSegmentSizeMode.FitWidth
CURVE, CURSOR = "curve", "cursor"
Item = TypeVar("Item", bound=QgsLayoutItem)


@dataclass(frozen=True)
class Wanted:
    """What a layout is to show; `name`: of the layout, by default the dataset's and the template's."""

    template: Template
    scene: Scene
    story: Story
    frame: Frame
    title: str = ""
    name: str = ""


def make_layout(project: QgsProject, wanted: Wanted) -> QgsPrintLayout:
    """The template filled; the layout is not in the project's list of layouts.

    The scene's copy of the dataset is from now on this layout's: its circles are made as large as suits the page.
    """
    layout, story, scene = new_layout(project, wanted.template), wanted.story, wanted.scene
    layout.setName(wanted.name or f"{story.description.title}, {wanted.template.title}")
    main = main_map(layout)
    shrink_symbols(scene.dataset, main.rect().width(), main.rect().height())
    show_scene(main, scene)
    main.setIsTemporal(True)
    for name, text in {**variables_of(story, wanted.title), **told_of_edge(scene, story, main)}.items():
        QgsExpressionContextUtils.setLayoutVariable(layout, name, text)
    layout.setReferenceMap(main)
    follow_scale(scene.dataset, story.metric, story.state.new, main.scale())
    fill_legend(layout, scene.dataset, counted_words(story.column, story.metric))
    aim_locator(layout, _world_of(scene, layout))
    _fit_scale_bars(layout, main)
    keep_vectors(layout)
    fill_curve(layout, story)
    show_frame(layout, wanted.frame)
    return layout


def show_frame(layout: QgsLayout, frame: Frame) -> None:
    """Show a frame on every map that follows time: the main one, or several."""
    moments = frame_range(frame)
    for one in _items(layout, QgsLayoutItemMap):
        if one.isTemporal():
            one.setTemporalRange(moments)
    layout.refresh()


def keep_in_project(project: QgsProject, layout: QgsPrintLayout, scene: Scene) -> None:
    """Add a layout and the layers that only it shows to a project; a name that is taken gets a number."""
    layout.setName(_free_name(project, layout.name()))
    locator = layout.itemById(LOCATOR)
    others = locator.layers() if isinstance(locator, QgsLayoutItemMap) else []
    for layer in {layer.id(): layer for layer in (*own_layers(scene, project), *others)}.values():
        if project.mapLayer(layer.id()) is None:
            layer.setFlags(layer.flags() | QgsMapLayer.LayerFlag.Private)
            layer.setCustomProperty(LAYOUT_PROPERTY, layout.name())
            project.addMapLayer(layer, False)
    project.layoutManager().addLayout(layout)


def lacks_curve(layout: QgsLayout) -> bool:
    """Whether a layout has a place for the curve, but matplotlib is not there to draw it."""
    return layout.itemById(CURVE) is not None and bool(missing_libraries(("matplotlib",)))


def show_scene(item: QgsLayoutItemMap, scene: Scene) -> None:
    """Let a map show a scene whatever the project shows, as much of it as its own shape allows."""
    item.setFollowVisibilityPreset(False)
    item.setKeepLayerSet(True)
    item.setLayers(list(scene.layers))
    item.setCrs(scene.crs)
    if not scene.extent.isEmpty():
        item.zoomToExtent(scene.extent)
    item.setBackgroundColor(scene.background)


def told_of_edge(scene: Scene, story: Story, item: QgsLayoutItemMap) -> dict[str, str]:
    """A map that leaves out places says that they count: nobody shall add up what he sees."""
    if not has_places_beyond(scene.dataset, item):
        return {}
    return {"oa_method": method_sentence(story) + " " + tr("Places beyond the map's edge count as well.")}


def fill_curve(layout: QgsPrintLayout, story: Story) -> None:
    """Put the curve into the picture `curve`; without matplotlib the picture and its cursor are hidden. A picture that
    another expression fills, as one for each page of an atlas, is left to it."""
    picture = layout.itemById(CURVE)
    if not isinstance(picture, QgsLayoutItemPicture) or _is_filled_otherwise(picture):
        return
    if missing_libraries(("matplotlib",)):
        for item in (picture, layout.itemById(CURSOR)):
            if item is not None:
                item.setVisibility(False)
        return
    to_mm = layout.renderContext().measurementConverter()
    size = to_mm.convert(picture.sizeWithUnits(), Qgis.LayoutUnit.Millimeters)
    # The cursor asks whether there is a curve; the picture holds it by itself.
    QgsExpressionContextUtils.setLayoutVariable(layout, "oa_curve", "embedded")
    show_curve(layout, picture, curve_svg(story, size.width(), size.height()))


def _is_filled_otherwise(picture: QgsLayoutItemPicture) -> bool:
    source = picture.dataDefinedProperties().property(QgsLayoutItem.DataDefinedProperty.PictureSource)
    return source.isActive() and "oa_curve" not in source.asExpression()


def _world_of(scene: Scene, layout: QgsPrintLayout) -> QgsMapLayer | None:
    """The world map for a locator: the scene's own, else a new one that the layout holds on to."""
    locator = layout.itemById(LOCATOR)
    if not isinstance(locator, QgsLayoutItemMap):
        return None
    own = world_map()
    source = own.source() if own is not None else ""
    return next((layer for layer in scene.layers if layer.source() == source), own)


def _fit_scale_bars(layout: QgsLayout, main: QgsLayoutItemMap) -> None:
    """In kilometres or metres, of a length that suits the map; bars of other maps, or fitted to their place, stay."""
    for bar in _items(layout, QgsLayoutItemScaleBar):
        if bar.linkedMap() not in (None, main):
            continue
        room_mm = bar.rect().width()
        bar.setLinkedMap(main)
        bar.setVisibility(bar.isVisible() and is_measurable(main))
        if bar.segmentSizeMode() == _FITTED:
            continue
        bar.applyDefaultSize(Qgis.DistanceUnit.Kilometers)
        if bar.unitsPerSegment() < 1:
            bar.applyDefaultSize(Qgis.DistanceUnit.Meters)
        if room_mm < _NARROW_BAR_MM:
            # The numbers of two segments would touch.
            bar.setNumberOfSegments(1)
        bar.update()


def _items(layout: QgsLayout, kind: type[Item]) -> list[Item]:
    return [item for item in layout.items() if isinstance(item, kind)]


def _free_name(project: QgsProject, name: str) -> str:
    manager, number, free = project.layoutManager(), 1, name
    while manager.layoutByName(free) is not None:
        number += 1
        free = f"{name} {number}"
    return free
