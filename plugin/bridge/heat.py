"""The layer as heat: QGIS's heatmap renderer with a fixed maximum, so that frames can be compared.

The renderer adds up, at each block of pixels, the weights of the places around it, each times (1 − d²/r²)², where
r is the radius: 1 at the place itself, not normalised by area. A fixed maximum therefore means one number only at one
radius on the ground. A radius in millimetres would mean other kilometres at every zoom; a radius in metres alone would
be a speck far away and cover the screen nearby. So both depend on the map's scale, in levels: within a level radius
and maximum are fixed, and the legend names both, with the scale from which they hold.
"""
from __future__ import annotations

import re
from collections.abc import Callable

from qgis.core import (
    Qgis,
    QgsExpression,
    QgsFeatureRenderer,
    QgsGradientColorRamp,
    QgsGradientStop,
    QgsHeatmapRenderer,
    QgsProperty,
    QgsVectorLayer,
)
from qgis.PyQt.QtGui import QColor

from ..core.heatsums import HeatLevel, level_at
from .styles import RAMP, in_words
from .translation import tr

_RADIUS = QgsFeatureRenderer.Property.HeatmapRadius
_MAXIMUM = QgsFeatureRenderer.Property.HeatmapMaximum
#: Blocks of so many pixels are computed together: half the work at 1 would be four times this.
_QUALITY = 2
#: A colour stands at this power of its share of the maximum: counts of an outbreak spread over powers of ten, and in
#: even steps all but the largest city would be invisible.
_POWER = 3.0
_FAINTEST, _DARKEST = 60, 215
#: Metres on the map for one on the ground, at the map's middle: QGIS takes the map's metres for true ones, which in Web
#: Mercator are half as long at 60 degrees. Measured over a tenth of a degree of latitude.
_STRETCH = (
    "coalesce(CASE WHEN @map_units = 'meters' THEN with_variable('middle', "
    "transform(@map_extent_center, @map_crs, 'EPSG:4326'), distance(@map_extent_center, transform(make_point("
    "x(@middle), y(@middle) - if(y(@middle) > 0, 0.1, -0.1)), 'EPSG:4326', @map_crs)) / 11119.5) END, 1)"
)
_NOT_NEGATIVE = re.compile(r'max\(0, "((?:[^"]|"")+)"\)')
_LEVEL = re.compile(r"WHEN @map_scale >= (\S+) THEN (\S+)")


def show_heat(
    layer: QgsVectorLayer, column: str, metric: str, new: bool, levels: tuple[HeatLevel, ...], least: float,
    scale: float,
) -> None:
    """Draw a column as heat, with the legend of the map's present scale (call `follow_scale` when it changes).

    `levels`: of `core.heatsums.heat_levels`; `least`: the column's least value over the whole period.
    """
    layer.setRenderer(heat(column, metric, new, levels, least, scale))
    layer.triggerRepaint()


def heat(
    column: str, metric: str, new: bool, levels: tuple[HeatLevel, ...], least: float, scale: float
) -> QgsHeatmapRenderer:
    """The renderer of `show_heat`. Unknown and negative values weigh nothing."""
    renderer = QgsHeatmapRenderer()
    renderer.setWeightExpression(_weight(column, least))
    renderer.setRadiusUnit(Qgis.RenderUnit.MetersInMapUnits)
    level = level_at(levels, scale)
    renderer.setRadius(level.radius_m)
    renderer.setMaximumValue(level.maximum)
    properties = renderer.dataDefinedProperties()
    radius, maximum = _by_scale(levels, lambda one: one.radius_m), _by_scale(levels, lambda one: one.maximum)
    properties.setProperty(_RADIUS, QgsProperty.fromExpression(f"{radius} * {_STRETCH}"))
    properties.setProperty(_MAXIMUM, QgsProperty.fromExpression(maximum))
    renderer.setDataDefinedProperties(properties)
    renderer.setRenderQuality(_QUALITY)
    renderer.setColorRamp(_colours())
    _label(renderer, level, _words(metric, new))
    return renderer


def follow_scale(layer: QgsVectorLayer, metric: str, new: bool, scale: float) -> None:
    """Let the legend name the radius and maximum of the map's scale; nothing for a layer that is not heat of ours."""
    renderer = layer.renderer()
    levels = levels_of(renderer) if isinstance(renderer, QgsHeatmapRenderer) else ()
    if levels and _label(renderer, level_at(levels, scale), _words(metric, new)):
        layer.legendChanged.emit()


def levels_of(renderer: QgsHeatmapRenderer) -> tuple[HeatLevel, ...]:
    """The levels that a renderer draws, equal to those it was made with; none if it is not of ours."""
    properties = renderer.dataDefinedProperties()
    radii, maxima = (
        _LEVEL.findall(properties.property(one).expressionString()) for one in (_RADIUS, _MAXIMUM))
    return tuple(
        HeatLevel(float(radius), float(scale), float(maximum))
        for (scale, radius), (_, maximum) in zip(radii, maxima)
    )


def weight_column(expression: str) -> str:
    """The column in a renderer's weight, as `heat` writes it or as a plain name."""
    guarded = _NOT_NEGATIVE.fullmatch(expression)
    return guarded.group(1).replace('""', '"') if guarded else expression


def _weight(column: str, least: float) -> str:
    """A plain name costs least; `max` passes over NULL."""
    return column if least >= 0 else f"max(0, {QgsExpression.quotedColumnRef(column)})"


def _by_scale(levels: tuple[HeatLevel, ...], value: Callable[[HeatLevel], float]) -> str:
    """A value by the map's scale; NULL, which leaves the renderer's own, where the scale is not known."""
    cases = "".join(f" WHEN @map_scale >= {one.from_scale:.12g} THEN {value(one):.12g}" for one in levels)
    return f"CASE{cases} END"


def _colours() -> QgsGradientColorRamp:
    """From nothing over amber to violet, opaque as it darkens."""
    last = len(RAMP) - 1
    colours = [QColor(name) for name in RAMP]
    for number, colour in enumerate(colours):
        colour.setAlpha(round(_FAINTEST + (_DARKEST - _FAINTEST) * number / last))
    nothing = QColor(RAMP[0])
    nothing.setAlpha(0)
    stops = [QgsGradientStop(((number + 0.5) / (last + 0.5)) ** _POWER, colour)
             for number, colour in enumerate(colours[:-1])]
    return QgsGradientColorRamp(nothing, colours[-1], False, stops)


def _words(metric: str, new: bool) -> str:
    """What is added up; of events too the sum of a step is another than the sum so far."""
    return tr("new {metric}").format(metric=in_words(metric)) if new else in_words(metric)


def _label(renderer: QgsHeatmapRenderer, level: HeatLevel, words: str) -> bool:
    """Write the legend's ends; False if they are as before."""
    text = tr("\N{GREATER-THAN OR EQUAL TO} {n} {metric} within {radius}").format(
        n=_number(level.maximum), metric=words, radius=_length(level.radius_m))
    settings = renderer.legendSettings()
    if settings.maximumLabel() == text:
        return False
    settings.setMinimumLabel("0")
    settings.setMaximumLabel(text)
    renderer.setLegendSettings(settings)
    return True


def _number(value: float) -> str:
    """Whole numbers in full; of small ones what there is."""
    return f"{value:,.0f}" if value >= 100 else f"{value:g}"


def _length(metres: float) -> str:
    return tr("{n} km").format(n=f"{metres / 1000:,.0f}") if metres >= 1000 else tr("{n} m").format(n=f"{metres:.0f}")
