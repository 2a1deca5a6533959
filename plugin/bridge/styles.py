"""How the layer `updates` looks: symbols, legend, map tips, names of fields, and its time."""
from __future__ import annotations

from typing import TYPE_CHECKING

from qgis.core import (
    QgsEditorWidgetSetup,
    QgsExpression,
    QgsField,
    QgsFillSymbol,
    QgsGraduatedSymbolRenderer,
    QgsMapLayer,
    QgsMarkerSymbol,
    QgsReadWriteContext,
    QgsRendererRange,
    QgsSingleSymbolRenderer,
    QgsSymbol,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QMetaType
from qgis.PyQt.QtGui import QColor
from qgis.PyQt.QtXml import QDomDocument

from ..core.classes import MapClass, map_classes
from ..core.schema import (
    LAYER_UPDATES,
    NEW_PREFIX,
    STATE_COLUMNS,
    STEP_PREFIX,
    TIME_COLUMNS,
    CountKind,
    main_metric,
    step_metric,
)
from .temporal import set_layer_time
from .translation import tr

if TYPE_CHECKING:
    from ..core.dataset import Cleaned, DatasetInfo

#: Dark means many: lightness falls all the way, so that the order is seen with any colour vision
#: and in grey print. Hues go from amber to violet.
RAMP = ("#f5b83d", "#ee8a3c", "#dc5d49", "#b93a5e", "#8b2569", "#5a1c63", "#2c1247")
#: Alpha of a circle, 0 to 255. Where thousands of places stand together, half-transparent circles add up to
#: darker; a few hundred cities overlap little and would look pale.
_OPACITY, _OPACITY_OF_MANY = 175, 115
_MANY_PLACES = 5000
_ZERO = "#8c8c8c"
_FALLEN = "#1f78b4"
_FALLEN_MM = 1.6
#: Where the classes of corrections begin, as numbers above 0.
_CORRECTIONS = (1.0, 10.0, 100.0)
_NEARLY_ZERO = 1e-9
_ALL = QgsMapLayer.StyleCategory.AllStyleCategories


def make_styles(cleaned: Cleaned) -> dict[str, str]:
    """The styles to be stored in the dataset's GeoPackage, by layer."""
    metric = main_metric(cleaned.info.metrics)
    if not metric:
        return style_documents(cleaned.info, metric, 0.0, 0.0)
    values = cleaned.states[metric]
    return style_documents(cleaned.info, metric, float(values.min()), float(values.max()))


def style_documents(info: DatasetInfo, metric: str, minimum: float, maximum: float) -> dict[str, str]:
    """QML by layer, made with a layer of the same fields that holds no rows."""
    layer = _empty_layer(info)
    if metric:
        # Of events nobody reports that nothing happened.
        zero = info.kind.value != CountKind.EVENTS or minimum <= 0
        layer.setRenderer(graduated(metric, minimum, maximum, info.located, zero=zero))
    layer.setDisplayExpression("coalesce(\"place\", \"city\", \"province\", \"country\", \"place_id\")")
    layer.setMapTipTemplate(map_tip(info))
    _name_fields(layer, info.time_zone.value)
    set_layer_time(layer)
    document = QDomDocument("qgis")
    problem = layer.exportNamedStyle(document, QgsReadWriteContext(), _ALL)
    if problem:
        raise RuntimeError(problem)
    return {LAYER_UPDATES: document.toString()}


def graduated(
    column: str, minimum: float, maximum: float, places: int, words: str = "", zero: bool = True, change: bool = False
) -> QgsGraduatedSymbolRenderer:
    """Circles by fixed classes. An unknown count (NULL) is in no class and not drawn.

    `words`: what is counted, by default the column's name. `zero`: whether 0 is a grey dot or not drawn either.
    `change`: values below 0 are corrections of any size and have classes of their own; otherwise one.
    """
    unit = words or in_words(column)
    classes = map_classes(maximum, places)
    ranges = _below_zero(minimum, classes, unit, change) if minimum < 0 else []
    if zero:
        ranges.append(QgsRendererRange(0.0, 0.0, _dot(), tr("0 {metric}").format(metric=unit)))
    opacity = _OPACITY_OF_MANY if places > _MANY_PLACES else _OPACITY
    for number, one in enumerate(classes):
        symbol = _circle(one.diameter_mm, _colour(number, len(classes), opacity))
        # Large circles over small ones: on a map of a country the many small places of a city would
        # hide the few that matter, while half-transparent large ones let the small ones show.
        symbol.symbolLayer(0).setRenderingPass(1 + number)
        ranges.append(QgsRendererRange(one.lower, _last_value(one.limit), symbol, _label(one, unit)))
    renderer = QgsGraduatedSymbolRenderer(column, ranges)
    renderer.setUsingSymbolLevels(True)
    return renderer


def _below_zero(
    minimum: float, classes: tuple[MapClass, ...], unit: str, change: bool
) -> list[QgsRendererRange]:
    """Blue circles, from the least value up: of changes as large as the same number would be above 0."""
    if not change:
        return [QgsRendererRange(minimum, -_NEARLY_ZERO, _circle(_FALLEN_MM, QColor(_FALLEN)),
                                 tr("below 0 (a correction)"))]
    limits = [limit for limit in _CORRECTIONS if limit <= -minimum] or [-minimum]
    ranges = []
    for number, limit in enumerate(limits):
        last = -minimum if number + 1 == len(limits) else limits[number + 1] - 1
        upper = -limit if number else -_NEARLY_ZERO
        lower = minimum if number + 1 == len(limits) else _NEARLY_ZERO - limits[number + 1]
        diameter = next((one.diameter_mm for one in classes if limit < one.limit), classes[-1].diameter_mm)
        symbol = _circle(max(diameter, _FALLEN_MM * (1 + 0.4 * number)), QColor(_FALLEN))
        symbol.symbolLayer(0).setRenderingPass(1 + number)
        ranges.append(QgsRendererRange(lower, upper, symbol, _fallen_label(limit, last, unit)))
    return ranges[::-1]


def _fallen_label(nearest: float, farthest: float, unit: str) -> str:
    """A class of corrections, from its farthest to its nearest value, with true minus signs."""
    near, far = (f"\N{MINUS SIGN}{value:,.0f}" if value >= 1 else f"\N{MINUS SIGN}{value:g}"
                 for value in (nearest, farthest))
    if near == far:
        return tr("{low} {metric} (a correction)").format(low=near, metric=unit)
    return tr("{low} to {last} {metric} (a correction)").format(low=far, last=near, metric=unit)


def world_map_renderer() -> QgsSingleSymbolRenderer:
    """Quiet land, so that the circles speak."""
    return QgsSingleSymbolRenderer(QgsFillSymbol.createSimple({
        "color": "#f4f2ec", "outline_color": "#c3c0b6", "outline_width": "0.15", "joinstyle": "round",
    }))


def map_tip(info: DatasetInfo) -> str:
    """The HTML shown when the mouse rests on a place; text of the data is escaped, never run."""
    # A name that ends an expression of the template cannot be written inside one.
    metrics = "".join(_tip_row(name, info.new_metrics) for name in info.metrics if "%]" not in name)
    zone = info.time_zone.value or tr("time as written")
    when = tr("reported {time} ({zone})").format(
        time="[% format_date(\"reported_at\", 'yyyy-MM-dd HH:mm') %]", zone=_html(zone))
    synthetic = f"<br/><i>{tr('synthetic: invented for demonstration')}</i>" if info.synthetic else ""
    city = "CASE WHEN \"place\" IS NOT NULL THEN \"city\" END"
    parts = f"array_filter(array(\"kind\", {city}, \"province\", \"country\"), @element IS NOT NULL)"
    where = f"array_to_string({parts}, ' · ')"
    return (
        f"<b>[% {_escaped('coalesce(place, city, province, country, place_id)')} %]</b><br/>"
        f"[% {_escaped(where)} %]<table>{metrics}</table>"
        f"<small>{when}{synthetic}</small>"
    )


def _tip_row(metric: str, new_metrics: tuple[str, ...]) -> str:
    unknown = tr("unknown").replace("'", "''")
    value = f"coalesce(format_number({QgsExpression.quotedColumnRef(metric)}, 0), '{unknown}')"
    if NEW_PREFIX + metric in new_metrics:
        change = QgsExpression.quotedColumnRef(NEW_PREFIX + metric)
        value += f" || coalesce(' (' || if({change} >= 0, '+', '') || format_number({change}, 0) || ')', '')"
    return f"<tr><td>{_html(in_words(metric))}&nbsp;</td><td align=\"right\">[% {value} %]</td></tr>"


def _escaped(expression: str) -> str:
    """An expression whose result is safe inside HTML."""
    return f"replace(replace(replace({expression}, '&', '&amp;'), '<', '&lt;'), '>', '&gt;')"


def _html(text: str) -> str:
    """Text that is safe in HTML and in a template of expressions."""
    safe = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return safe.replace("[%", "[ %").replace("%]", "% ]")


def in_words(metric: str) -> str:
    """A column's name as it is shown; what changed in a step is new."""
    bare = NEW_PREFIX + metric[len(STEP_PREFIX):] if metric.startswith(STEP_PREFIX) else metric
    return bare.replace("_", " ")


def counted_words(column: str, metric: str) -> str:
    """What a drawn column counts of a metric."""
    return in_words(metric) if column == metric else tr("new {metric}").format(metric=in_words(metric))


def _label(one: MapClass, unit: str) -> str:
    low, last = one.lower, one.limit - 1
    if one.limit <= 1:
        label = tr("{low} to under {limit} {metric}")
        return label.format(low=f"{low:g}", limit=f"{one.limit:g}", metric=unit)
    if last <= low:
        return tr("{low} {metric}").format(low=f"{low:,.0f}", metric=unit)
    return tr("{low} – {last} {metric}").format(low=f"{low:,.0f}", last=f"{last:,.0f}", metric=unit)


def _last_value(limit: float) -> float:
    """The largest value of a class that ends before the limit: QGIS counts both ends of a range in."""
    return limit - 1e-6 * limit


def _colour(number: int, count: int, opacity: int) -> QColor:
    """The colour of a class, mixed from its two neighbours on the ramp."""
    position = number * (len(RAMP) - 1) / max(count - 1, 1)
    below = min(int(position), len(RAMP) - 2)
    share = position - below
    low, high = QColor(RAMP[below]), QColor(RAMP[below + 1])
    mixed = (round(a + (b - a) * share) for a, b in zip(low.getRgb()[:3], high.getRgb()[:3]))
    return QColor(*mixed, opacity)


def _circle(diameter_mm: float, colour: QColor) -> QgsSymbol:
    large = diameter_mm >= 2.5
    return QgsMarkerSymbol.createSimple({
        "name": "circle",
        "size": str(diameter_mm),
        "color": _rgba(colour),
        "outline_style": "solid" if large else "no",
        "outline_color": "255,255,255,200",
        "outline_width": "0.15",
    })


def _dot() -> QgsSymbol:
    return QgsMarkerSymbol.createSimple({
        "name": "circle", "size": "0.7", "color": _rgba(QColor(_ZERO)), "outline_style": "no",
    })


def _rgba(colour: QColor) -> str:
    return f"{colour.red()},{colour.green()},{colour.blue()},{colour.alpha()}"


def _name_fields(layer: QgsVectorLayer, zone: str) -> None:
    """Aliases, with the zone beside every time, and how times are written."""
    times = {"field_format": "yyyy-MM-dd HH:mm:ss", "display_format": "yyyy-MM-dd HH:mm"}
    for index, field in enumerate(layer.fields()):
        name = field.name()
        alias = in_words(name).capitalize()
        if name.startswith(STEP_PREFIX):
            alias = tr("New {metric} in step").format(metric=in_words(name[len(STEP_PREFIX):]))
        if name in TIME_COLUMNS:
            alias = f"{alias} ({zone or tr('as written')})"
            layer.setEditorWidgetSetup(index, QgsEditorWidgetSetup("DateTime", times))
        layer.setFieldAlias(index, alias)


def _empty_layer(info: DatasetInfo) -> QgsVectorLayer:
    kinds = dict.fromkeys(STATE_COLUMNS, QMetaType.Type.QString)
    kinds.update(dict.fromkeys(TIME_COLUMNS, QMetaType.Type.QDateTime))
    kinds.update(dict.fromkeys(("reports", "first_row"), QMetaType.Type.LongLong))
    in_step = () if info.kind.value == CountKind.EVENTS else tuple(map(step_metric, info.metrics))
    kinds.update(dict.fromkeys((*info.metrics, *info.new_metrics, *in_step), QMetaType.Type.Double))
    layer = QgsVectorLayer("Point?crs=EPSG:4326", LAYER_UPDATES, "memory")
    layer.dataProvider().addAttributes([QgsField(name, kind) for name, kind in kinds.items()])
    layer.updateFields()
    return layer
