"""The symbols of a story's count, where a layer draws another."""
from __future__ import annotations

from qgis.core import QgsVectorLayer

from ..bridge.metric_styles import circles, shown_by
from ..bridge.story import Story
from ..bridge.temporal import set_layer_accumulating, set_layer_changes, set_layer_time
from ..core.progress import Progress


def draw_story(layer: QgsVectorLayer, story: Story, progress: Progress) -> None:
    """Let a publication's copy of a layer draw the count that the story tells of, by circles whose classes hold for
    the dataset's whole period. Its filter stays: the story tells of just these rows."""
    changed = _set_time(layer, story)
    shown = shown_by(layer)
    if changed or shown is None or shown[0] != story.column:
        draw_circles(layer, story, progress)


def draw_circles(layer: QgsVectorLayer, story: Story, progress: Progress) -> None:
    """Draw a story's count by circles, whatever drew it."""
    layer.setRenderer(circles(
        story.column, story.metric, story.state.new, _limits(layer, story, progress), story.description.located))


def _set_time(layer: QgsVectorLayer, story: Story) -> bool:
    """Whether the layer showed time in another way: its symbols then meant another count of the same column."""
    if story.shape.events == story.state.new:
        return set_layer_time(layer)
    return set_layer_accumulating(layer) if story.shape.events else set_layer_changes(layer)


def _limits(layer: QgsVectorLayer, story: Story, progress: Progress) -> tuple[float, float] | None:
    """Least and greatest value over the whole period, added up first where the file has no sums."""
    # It needs numpy, without which the plugin must load.
    from ..bridge.dataset_session import DatasetSession

    session = DatasetSession(layer)
    try:
        if session.whole is None:
            session.keep_sums(session.read_sums(story.state, session.filter.own_subset, progress))
        return session.limits(story.state)
    finally:
        session.close()
