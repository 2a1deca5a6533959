"""Who draws the frames of a film that is being chosen: for the preview and for the export in the same way."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qgis.core import QgsLayoutSize, QgsPrintLayout, QgsProject
from qgis.gui import QgsMapCanvas
from qgis.PyQt.QtCore import QSize

from ..plugin.bridge.dataset_session import DatasetSession
from ..plugin.bridge.film_choices import LAYOUT, MAP, FilmChoices
from ..plugin.bridge.layers import dataset_of
from ..plugin.bridge.story import Story, read_story, story_of
from ..plugin.bridge.translation import tr
from ..plugin.core.errors import AtlasError
from ..plugin.core.frames import Frame
from ..plugin.export.city_atlas import refuse_city_atlas
from ..plugin.export.film_identity import film_identity, layout_text
from ..plugin.export.film_plan import film_size
from ..plugin.export.frame_layouts import LayoutFrames
from ..plugin.export.frame_maps import MapFrames
from ..plugin.export.frames import FrameMaker
from ..plugin.export.layouts import Wanted, make_layout
from ..plugin.export.own_layouts import layout_as_it_stands
from ..plugin.export.scene import Scene
from ..plugin.export.scenes import scene_of_canvas
from ..plugin.export.templates import find_template, template_of_project


@dataclass(frozen=True)
class Pictures:
    """Who draws, and width by height of what is filmed. `scene` and `layout` must live as long: QGIS keeps no layer
    that is in no project. `is_own`: a layout of the project, filmed as it stands."""

    maker: FrameMaker
    ratio: float
    scene: Scene
    layout: QgsPrintLayout | None = None
    label: bool = False
    is_own: bool = False

    def identity(self) -> str:
        """Of all that shapes a picture, for going on after an interruption."""
        return film_identity(self.scene, layout_text(self.layout) if self.layout is not None else self.label)


class FilmPictures:
    """Makes makers of frames of a layer as it is filtered and drawn now."""

    def __init__(self, project: QgsProject, canvas: QgsMapCanvas, session: DatasetSession) -> None:
        self._project, self._canvas, self._session = project, canvas, session
        self._stories: dict[tuple[int, int], Story] = {}

    def begin(self, choices: FilmChoices, frames: Sequence[Frame]) -> Pictures:
        """A new maker, with a map or a layout of its own; raises `AtlasError` where there can be none."""
        size = film_size(choices.format, choices.width_px, choices.height_px)
        if choices.subject.kind == MAP:
            scene, shape = scene_of_canvas(self._canvas, self._session.layer), self._canvas.size()
            return Pictures(MapFrames(scene, size, frames, choices.label), _ratio(shape), scene, label=choices.label)
        layout, scene = self._layout(choices, frames)
        page = layout.pageCollection().page(0).pageSize()
        is_own = choices.subject.kind == LAYOUT
        return Pictures(LayoutFrames(layout, size, frames), _ratio(page), scene, layout, is_own=is_own)

    def _layout(self, choices: FilmChoices, frames: Sequence[Frame]) -> tuple[QgsPrintLayout, Scene]:
        subject = choices.subject
        if subject.kind != LAYOUT and not subject.name.strip():
            raise AtlasError(tr("Choose a layout template (.qpt)."))
        if subject.kind == LAYOUT:
            template = template_of_project(subject.name)
            return layout_as_it_stands(self._project, template, dataset_of(self._session.layer))
        template = find_template(subject.name, self._project)
        refuse_city_atlas(template)
        scene = scene_of_canvas(self._canvas, self._session.layer)
        story = self._story(frames)
        return make_layout(self._project, Wanted(template, scene, story, frames[0], choices.title)), scene

    def story_of(self, begun: Pictures, frames: Sequence[Frame]) -> Story:
        """What is told of a film: of a layout of the project, of the layer that this shows."""
        if begun.is_own:
            return read_story(begun.scene.dataset, frames[0].begin_ms, frames[-1].end_ms)
        return self._story(frames)

    def _story(self, frames: Sequence[Frame]) -> Story:
        period = frames[0].begin_ms, frames[-1].end_ms
        if period not in self._stories:
            self._stories[period] = story_of(self._session, *period)
        return self._stories[period]


def _ratio(size: QSize | QgsLayoutSize) -> float:
    return float(size.width() / max(size.height(), 1))
