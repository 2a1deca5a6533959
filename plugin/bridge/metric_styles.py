"""Which metric the layer's symbols show: set by the dock, read from whatever style the layer has."""
from __future__ import annotations

from qgis.core import QgsFeatureRenderer, QgsGraduatedSymbolRenderer, QgsHeatmapRenderer, QgsVectorLayer

from .heat import levels_of, weight_column
from .styles import counted_words, graduated

#: Least and greatest value of a column over all frames.
Limits = tuple[float, float]


def show_circles(
    layer: QgsVectorLayer, column: str, metric: str, new: bool, limits: Limits | None, places: int
) -> None:
    """Draw a column as circles whose classes hold for every frame and filter.

    `limits`: those of the column over the dataset's whole period, never of what is shown now; None if it has no
    value. `places`: how many points the dataset has. A style of the user's own is replaced: ask `shown_by` first.
    """
    layer.setRenderer(circles(column, metric, new, limits, places))
    layer.triggerRepaint()


def circles(
    column: str, metric: str, new: bool, limits: Limits | None, places: int
) -> QgsGraduatedSymbolRenderer:
    """The renderer of `show_circles`.

    A change of 0 is not drawn: it stands in the table only because something else of the place changed then.
    Nor does the legend name a 0 that no row has.
    """
    minimum, maximum = limits or (0.0, 0.0)
    change = column != metric  # an event's own count is the same, new or so far
    zero = not new and minimum <= 0
    return graduated(column, minimum, maximum, places, counted_words(column, metric), zero, change)


def shown_by(layer: QgsVectorLayer) -> tuple[str, bool] | None:
    """The column that the layer's symbols show, and whether as heat; None for any other style."""
    renderer = layer.renderer()
    column = _column(renderer) if renderer is not None else ""
    if layer.fields().lookupField(column) < 0:
        return None
    return column, isinstance(renderer, QgsHeatmapRenderer)


def _column(renderer: QgsFeatureRenderer) -> str:
    if isinstance(renderer, QgsHeatmapRenderer):
        return weight_column(renderer.weightExpression()) if levels_of(renderer) else ""
    if isinstance(renderer, QgsGraduatedSymbolRenderer):
        attribute: str = renderer.classAttribute()
        return attribute[1:-1].replace('""', '"') if attribute.startswith('"') else attribute
    return ""
