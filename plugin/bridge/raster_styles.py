"""How a raster of cases per km² looks: classes on the plugin's ramp, nothing drawn where there is nothing, its time."""
from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from qgis.core import (
    Qgis,
    QgsColorRampShader,
    QgsDateTimeRange,
    QgsGradientColorRamp,
    QgsGradientStop,
    QgsRasterDataProvider,
    QgsRasterLayer,
    QgsRasterShader,
    QgsReadWriteContext,
    QgsSingleBandPseudoColorRenderer,
)
from qgis.PyQt.QtGui import QColor
from qgis.PyQt.QtXml import QDomDocument

from ..core.errors import AtlasError
from .dressing import describe
from .styles import RAMP
from .temporal import as_utc
from .translation import tr

#: Alpha of the lowest and of the highest class: names of places and borders below stay readable, the peak stands out.
_FAINTEST, _STRONGEST = 130, 225
_BELOW_ZERO = QColor(31, 120, 180, 150)


@dataclass(frozen=True)
class RasterLook:
    """What is shown. limits: where classes begin (`core.heat_classes`); below_zero: whether anything is negative;
    band: the one that is drawn where no time is set; ranges: when each band is drawn, in wall-clock ms, empty for
    always; title and abstract of the layer."""

    limits: tuple[float, ...]
    below_zero: bool
    band: int
    ranges: tuple[tuple[int, int], ...]
    title: str
    abstract: str


def dress_raster(layer: QgsRasterLayer, look: RasterLook) -> None:
    """Classes, time, name and description."""
    describe(layer, look.title, look.abstract)
    layer.setRenderer(heat_renderer(layer, look))
    _smooth(layer)
    properties = layer.temporalProperties()
    properties.setIsActive(bool(look.ranges))
    if look.ranges:
        properties.setMode(Qgis.RasterTemporalMode.FixedRangePerBand)
        properties.setFixedRangePerBand({
            number: QgsDateTimeRange(as_utc(begin), as_utc(end), True, False)
            for number, (begin, end) in enumerate(look.ranges, 1)})


def heat_renderer(layer: QgsRasterLayer, look: RasterLook) -> QgsSingleBandPseudoColorRenderer:
    """One colour a class; what is below the lowest class is not drawn."""
    function = QgsColorRampShader()
    function.setColorRampType(Qgis.ShaderInterpolationMethod.Discrete)
    function.setColorRampItemList(_classes(look))
    shader = QgsRasterShader()
    shader.setRasterShaderFunction(function)
    renderer = QgsSingleBandPseudoColorRenderer(layer.dataProvider(), look.band, shader)
    if look.limits:
        renderer.setClassificationMin(look.limits[0])
        renderer.setClassificationMax(look.limits[-1])
    return renderer


def _smooth(layer: QgsRasterLayer) -> None:
    """Where a cell is larger than a pixel, values in between: classes are bordered by lines, not by steps."""
    layer.setResamplingStage(Qgis.RasterResamplingStage.Provider)
    provider = layer.dataProvider()
    provider.enableProviderResampling(True)
    provider.setZoomedInResamplingMethod(QgsRasterDataProvider.ResamplingMethod.Bilinear)


def keep_raster_style(path: Path, look: RasterLook) -> None:
    """Style, time and description beside the file, so that it looks and plays the same wherever it is opened."""
    layer = QgsRasterLayer(str(path), path.stem, "gdal")
    if not layer.isValid():
        raise AtlasError(tr("{file} could not be opened.").format(file=path.name), layer.error().summary())
    dress_raster(layer, look)
    style, description = QDomDocument("qgis"), QDomDocument("qgis")
    problem = layer.exportNamedStyle(style, QgsReadWriteContext()) or layer.exportNamedMetadata(description, "")
    if problem:
        raise AtlasError(tr("The style of {file} could not be made.").format(file=path.name), problem)
    try:
        path.with_suffix(".qml").write_text(style.toString(2), encoding="utf-8")
        path.with_suffix(".qmd").write_text(description.toString(2), encoding="utf-8")
    except OSError as error:
        message = tr("The style of {file} could not be written beside it ({problem}): is the disk full?")
        raise AtlasError(message.format(file=path.name, problem=error.strerror or error), str(error)) from error


def _classes(look: RasterLook) -> list[QgsColorRampShader.ColorRampItem]:
    """Of each class the value at which it ends, its colour and its words."""
    item = QgsColorRampShader.ColorRampItem
    limits = look.limits
    if not limits:
        below = [item(0.0, _BELOW_ZERO, tr("below 0 (taken back)"))] if look.below_zero else []
        return [*below, item(float("inf"), _nothing(), tr("no cases"))]
    words = [_decimal(limit) for limit in limits]
    below = tr("below −{limit} cases per km² (taken back)").format(limit=words[0])
    found = [item(-limits[0], _BELOW_ZERO, below)] if look.below_zero else []
    found.append(item(limits[0], _nothing(), tr("under {limit} cases per km² (not drawn)").format(limit=words[0])))
    for number, (low, high) in enumerate(zip(words, words[1:])):
        label = tr("{low} – {high} cases per km²").format(low=low, high=high)
        found.append(item(limits[number + 1], class_colour(number, len(limits)), label))
    last = tr("{low} and more cases per km²").format(low=words[-1])
    return [*found, item(float("inf"), class_colour(len(limits) - 1, len(limits)), last)]


def class_colour(number: int, count: int) -> QColor:
    """From amber to violet, and from faint to nearly opaque."""
    inner = [QgsGradientStop(at / (len(RAMP) - 1), QColor(name)) for at, name in enumerate(RAMP)][1:-1]
    share = number / max(count - 1, 1)
    colour = QgsGradientColorRamp(QColor(RAMP[0]), QColor(RAMP[-1]), False, inner).color(share)
    colour.setAlpha(round(_FAINTEST + (_STRONGEST - _FAINTEST) * share))
    return colour


def _nothing() -> QColor:
    return QColor(255, 255, 255, 0)


def _decimal(value: float) -> str:
    """A round number without an exponent.

    >>> _decimal(2e-05), _decimal(5000.0)
    ('0.00002', '5,000')
    """
    return f"{value:,.10f}".rstrip("0").rstrip(".")
