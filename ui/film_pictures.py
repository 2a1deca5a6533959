"""Who draws the frames of a film that is being chosen: for the preview and for the export in the same way."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qgis.core import QgsLayoutSize, QgsPrintLayout, QgsProject, QgsReadWriteContext, QgsVectorLayer
from qgis.gui import QgsMapCanvas
from qgis.PyQt.QtCore import QSize
from qgis.PyQt.QtXml import QDomDocument

from ..plugin.bridge.film_choices import LAYOUT, MAP, FilmChoices
from ..plugin.bridge.story import Story, read_story
from ..plugin.bridge.translation import tr
from ..plugin.core.errors import AtlasError
from ..plugin.core.frames import Frame
from ..plugin.export.film_identity import film_identity, settled
from ..plugin.export.film_plan import film_size
from ..plugin.export.frame_layouts import LayoutFrames
from ..plugin.export.frame_maps import MapFrames
from ..plugin.export.frames import FrameMaker
from ..plugin.export.layouts import Wanted, make_layout
from ..plugin.export.scene import Scene
from ..plugin.export.scenes import scene_of_canvas
from ..plugin.export.templates import find_template, main_map, new_layout


@dataclass(frozen=True)
class Pictures:
    """Who draws, and width by height of what is filmed. `scene` and `layout` must live as long: QGIS keeps no layer
    that is in no project."""

    maker: FrameMaker
    ratio: float
    scene: Scene
    layout: QgsPrintLayout | None = None
    label: bool = False

    def identity(self) -> str:
        """Of all that shapes a picture, for going on after an interruption."""
        return film_identity(self.scene, layout_text(self.layout) if self.layout is not None else self.label)


class FilmPictures:
    """Makes makers of frames of a layer as it is filtered and drawn now."""

    def __init__(self, project: QgsProject, canvas: QgsMapCanvas, layer: QgsVectorLayer) -> None:
        self._project, self._canvas, self._layer = project, canvas, layer
        self._stories: dict[tuple[int, int], Story] = {}

    def begin(self, choices: FilmChoices, frames: Sequence[Frame]) -> Pictures:
        """A new maker, with a map or a layout of its own; raises `AtlasError` where there can be none."""
        size = film_size(choices.format, choices.width_px, choices.height_px)
        if choices.subject.kind == MAP:
            scene, shape = scene_of_canvas(self._canvas, self._layer), self._canvas.size()
            return Pictures(MapFrames(scene, size, frames, choices.label), _ratio(shape), scene, label=choices.label)
        layout, scene = self._layout(choices, frames)
        page = layout.pageCollection().page(0).pageSize()
        return Pictures(LayoutFrames(layout, size, frames), _ratio(page), scene, layout)

    def _layout(self, choices: FilmChoices, frames: Sequence[Frame]) -> tuple[QgsPrintLayout, Scene]:
        subject = choices.subject
        if subject.kind != LAYOUT and not subject.name.strip():
            raise AtlasError(tr("Choose a layout template (.qpt)."))
        template = find_template(subject.name, self._project)
        if subject.kind == LAYOUT:  # as the user has made it
            layout = new_layout(self._project, template)
            return layout, _scene_of(layout, self._layer)
        scene = scene_of_canvas(self._canvas, self._layer)
        story = self.story(frames)
        return make_layout(self._project, Wanted(template, scene, story, frames[0], choices.title)), scene

    def story(self, frames: Sequence[Frame]) -> Story:
        """What is told of the frames."""
        period = frames[0].begin_ms, frames[-1].end_ms
        if period not in self._stories:
            self._stories[period] = read_story(self._layer, *period)
        return self._stories[period]


def _scene_of(layout: QgsPrintLayout, layer: QgsVectorLayer) -> Scene:
    """What the main map of a layout shows."""
    item = main_map(layout)
    return Scene(tuple(item.layersToRender()), layer, item.crs(), item.extent(), item.backgroundColor())


def layout_text(layout: QgsPrintLayout) -> str:
    """A layout as it is in every session."""
    document = QDomDocument()
    document.appendChild(layout.writeXml(document, QgsReadWriteContext()))
    return settled(document.toString())


def _ratio(size: QSize | QgsLayoutSize) -> float:
    return float(size.width() / max(size.height(), 1))
