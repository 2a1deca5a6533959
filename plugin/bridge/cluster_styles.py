"""How clusters look: the heaviest in colours of their own, in both layers the same, noise grey beneath."""
from __future__ import annotations

from dataclasses import dataclass

from qgis.core import (
    Qgis,
    QgsFillSymbol,
    QgsMarkerSymbol,
    QgsPalLayerSettings,
    QgsProperty,
    QgsRuleBasedLabeling,
    QgsRuleBasedRenderer,
    QgsSymbol,
    QgsSymbolLayer,
    QgsTextBufferSettings,
    QgsTextFormat,
    QgsVectorLayer,
)
from qgis.PyQt.QtGui import QColor

from ..core.palette import CLUSTERS, OTHER_CLUSTERS
from .dressing import describe, show_between
from .translation import tr

#: Fields of both layers, and the roles of points.
CLUSTER, ROLE, CASES, FIRST, LAST = "cluster_id", "role", "cases", "first", "last"
CORE, BORDER, NOISE = "core", "border", "noise"
_NOISE = "#8c8c8c"
_CORE_MM, _BORDER_MM, _NOISE_MM = 1.9, 1.2, 0.8
_FILL_OPACITY = 60


@dataclass(frozen=True)
class ClusterLook:
    """What is shown: the layer's name, the zone of times, a paragraph, the number of clusters, words for what is
    counted ("" where every point weighs 1) and for one and several points, and whether the layer has time."""

    title: str
    zone: str
    abstract: str
    clusters: int
    counted: str
    points: tuple[str, str]
    has_time: bool


def dress_clusters(layer: QgsVectorLayer, look: ClusterLook) -> None:
    """Symbols, labels, time, names of fields with the zone beside every time, and a map tip."""
    is_points = layer.geometryType() == Qgis.GeometryType.Point
    describe(layer, look.title, look.abstract)
    layer.setRenderer(_renderer(look, is_points))
    if not is_points:
        layer.setLabeling(_labeling(look))
        layer.setLabelsEnabled(True)
        layer.setDisplayExpression(_label(look))
    layer.temporalProperties().setIsActive(False)  # dates of the input are not ours
    if look.has_time:
        show_between(layer, FIRST, LAST)
    for index, field in enumerate(layer.fields()):
        alias = _alias(field.name())
        layer.setFieldAlias(index, f"{alias} ({look.zone})" if field.name() in (FIRST, LAST) and look.zone else alias)
    layer.setMapTipTemplate(_map_tip(look, is_points))


def _renderer(look: ClusterLook, is_points: bool) -> QgsRuleBasedRenderer:
    """A rule for each of the heaviest clusters, one for all others, one for noise: no feature is left out.

    The heaviest come first in the legend and last on the map.
    """
    root = QgsRuleBasedRenderer.Rule(None)
    symbol = _marker if is_points else _filled
    for number, colour in enumerate(CLUSTERS[:look.clusters], 1):
        drawn = symbol(colour, len(CLUSTERS) + 2 - number)
        root.appendChild(QgsRuleBasedRenderer.Rule(
            drawn, 0, 0, f'"{CLUSTER}" = {number}', tr("cluster {number}").format(number=number)))
    if look.clusters > len(CLUSTERS):
        root.appendChild(QgsRuleBasedRenderer.Rule(
            symbol(OTHER_CLUSTERS, 1), 0, 0, f'"{CLUSTER}" > {len(CLUSTERS)}', tr("other clusters")))
    if is_points:
        root.appendChild(QgsRuleBasedRenderer.Rule(_dot(), 0, 0, f'"{CLUSTER}" IS NULL', tr("noise")))
    renderer = QgsRuleBasedRenderer(root)
    renderer.setUsingSymbolLevels(True)
    return renderer


def _marker(colour: str, level: int) -> QgsSymbol:
    """A circle, smaller for a border point."""
    symbol = QgsMarkerSymbol.createSimple({
        "name": "circle", "size": str(_CORE_MM), "color": colour, "outline_color": "255,255,255,200",
        "outline_width": "0.15"})
    layer = symbol.symbolLayer(0)
    layer.setRenderingPass(level)
    layer.setDataDefinedProperty(QgsSymbolLayer.Property.Size, QgsProperty.fromExpression(
        f"if(\"{ROLE}\" = '{BORDER}', {_BORDER_MM}, {_CORE_MM})"))
    return symbol


def _dot() -> QgsSymbol:
    return QgsMarkerSymbol.createSimple({
        "name": "circle", "size": str(_NOISE_MM), "color": _NOISE, "outline_style": "no"})


def _filled(colour: str, level: int) -> QgsSymbol:
    fill = QColor(colour)
    symbol = QgsFillSymbol.createSimple({
        "color": f"{fill.red()},{fill.green()},{fill.blue()},{_FILL_OPACITY}", "outline_color": colour,
        "outline_width": "0.4", "joinstyle": "round"})
    symbol.symbolLayer(0).setRenderingPass(level)
    return symbol


def _label(look: ClusterLook) -> str:
    """For example “1: 12,345 cases, 87 places”."""
    counted = f"format_number(\"{CASES}\", 0) || ' {_quoted(look.counted)}, ' || " if look.counted else ""
    words = f"if(\"places\" = 1, '{_quoted(look.points[0])}', '{_quoted(look.points[1])}')"
    return f"\"{CLUSTER}\" || ': ' || {counted}format_number(\"places\", 0) || ' ' || {words}"


def _labeling(look: ClusterLook) -> QgsRuleBasedLabeling:
    """The heaviest clusters are named near their middle, if there is room; the others where the name fits in it."""
    root = QgsRuleBasedLabeling.Rule(None)
    for condition, is_heavy in ((f'"{CLUSTER}" <= {len(CLUSTERS)}', True), ("ELSE", False)):
        settings = QgsPalLayerSettings()
        settings.fieldName = _label(look)
        settings.isExpression = True
        settings.placement = Qgis.LabelPlacement.AroundPoint if is_heavy else Qgis.LabelPlacement.Horizontal
        settings.fitInPolygonOnly = not is_heavy
        if is_heavy:
            _set_by_cluster(settings)
        settings.priority = 1
        settings.dist = 2.0
        settings.setFormat(_text_format())
        rule = QgsRuleBasedLabeling.Rule(settings)
        rule.setFilterExpression(condition)
        root.appendChild(rule)
    return QgsRuleBasedLabeling(root)


def _set_by_cluster(settings: QgsPalLayerSettings) -> None:
    """The heavier first; in the cluster's colour, so that a name beside another cluster is not taken for that one's."""
    colours = ", ".join(f"'{colour}'" for colour in CLUSTERS)
    own = settings.dataDefinedProperties()
    own.setProperty(QgsPalLayerSettings.Property.Priority, QgsProperty.fromExpression(f'11 - "{CLUSTER}"'))
    own.setProperty(QgsPalLayerSettings.Property.Color, QgsProperty.fromExpression(
        f'darker(array_get(array({colours}), "{CLUSTER}" - 1), 170)'))
    settings.setDataDefinedProperties(own)


def _text_format() -> QgsTextFormat:
    text = QgsTextFormat()
    text.setSize(8)
    text.setColor(QColor("#2b2b2b"))
    buffer = QgsTextBufferSettings()
    buffer.setEnabled(True)
    buffer.setSize(1.0)
    buffer.setColor(QColor("white"))
    text.setBuffer(buffer)
    return text


def _alias(name: str) -> str:
    return {
        "area_km2": tr("Area (km²)"), "density": tr("Density (per km²)"), "doubling_days": tr("Doubling time (days)"),
        "days_active": tr("Days active"), CLUSTER: tr("Cluster"),
    }.get(name, name.replace("_", " ").capitalize())


def _map_tip(look: ClusterLook, is_points: bool) -> str:
    """HTML in which the texts of the data are escaped."""
    if is_points:
        head = f"coalesce('{_quoted(tr('cluster'))} ' || \"{CLUSTER}\", '{_quoted(tr('noise'))}')"
        rows = [(look.counted or look.points[1], f'format_number("{CASES}", 0)'), (tr("role"), f'"{ROLE}"')]
    else:
        head = _label(look)
        rows = [(tr("km²"), 'format_number("area_km2", 1)'), (tr("per km²"), 'format_number("density", 2)')]
    if not is_points and look.has_time:
        rows += [(tr("days active"), '"days_active"'),
                 (tr("days to double"), "coalesce(format_number(\"doubling_days\", 1), '–')")]
    table = "".join(
        f"<tr><td>{_html(name)}&nbsp;</td><td align=\"right\">[% {value} %]</td></tr>" for name, value in rows)
    return f"<b>[% {head} %]</b><table>{table}</table>{_when(look)}"


def _when(look: ClusterLook) -> str:
    if not look.has_time:
        return ""
    first, last = (f"[% format_date(\"{field}\", 'yyyy-MM-dd HH:mm') %]" for field in (FIRST, LAST))
    text = tr("{first} to {last}").format(first=first, last=last)
    return f"<small>{text}{f' ({_html(look.zone)})' if look.zone else ''}</small>"


def _quoted(text: str) -> str:
    """Text inside the quotes of an expression."""
    return text.replace("'", "''").replace("%]", "% ]")


def _html(text: str) -> str:
    """Text that is safe in HTML and in a template of expressions."""
    safe = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return safe.replace("[%", "[ %").replace("%]", "% ]")
