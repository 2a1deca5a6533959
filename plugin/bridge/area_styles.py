"""How areas in periods look: fixed classes over all periods, the unknown hatched, and their time."""
from __future__ import annotations

from dataclasses import dataclass

from qgis.core import (
    QgsFillSymbol,
    QgsRuleBasedRenderer,
    QgsSymbol,
    QgsVectorLayer,
)
from qgis.PyQt.QtGui import QColor

from .dressing import describe, show_between
from .styles import graduated
from .translation import tr

#: The last millisecond of a period, as in the layer of a dataset: QGIS compares moments as text.
BEGIN, LAST_SHOWN = "period_from", "shown_to"
_MOMENTS = (BEGIN, "period_to", LAST_SHOWN)
_UNKNOWN = "#8c8c8c"
#: A large area in the grey of a small dot would look like many.
_ZERO = "#dedbd1"
_OUTLINE = "255,255,255"


@dataclass(frozen=True)
class AreaLook:
    """What is shown: the metric, its least and greatest total, the layer's name, the zone, and a paragraph."""

    metric: str
    minimum: float
    maximum: float
    title: str
    zone: str
    abstract: str


def dress_areas(layer: QgsVectorLayer, look: AreaLook) -> None:
    """Classes, time, names of fields with the zone beside every time, and a map tip."""
    describe(layer, look.title, look.abstract)
    layer.setRenderer(area_renderer(look))
    show_between(layer, BEGIN, LAST_SHOWN)
    for index, field in enumerate(layer.fields()):
        alias = field.name().replace("_", " ").capitalize()
        layer.setFieldAlias(index, f"{alias} ({look.zone})" if field.name() in _MOMENTS else alias)
    layer.setDisplayExpression('"area"')
    layer.setMapTipTemplate(_map_tip(look))


def area_renderer(look: AreaLook) -> QgsRuleBasedRenderer:
    """One rule a class, from the least to the greatest total; none is left out, the unknown have theirs."""
    ranges = graduated(look.metric, look.minimum, look.maximum, 0).ranges()
    root = QgsRuleBasedRenderer.Rule(None)
    root.appendChild(QgsRuleBasedRenderer.Rule(_hatched(), 0, 0, '"total" IS NULL', tr("unknown")))
    filled = [one for one in ranges if one.lowerValue() > 0]
    for one in ranges:
        if one.lowerValue() <= 0:
            where = '"total" < 0' if one.lowerValue() < 0 else '"total" = 0'
        else:
            number = filled.index(one)
            where = f'"total" >= {one.lowerValue()!r}' if number else '"total" > 0'
            if number + 1 < len(filled):
                where += f' AND "total" < {filled[number + 1].lowerValue()!r}'
        colour = _ZERO if where == '"total" = 0' else one.symbol().color()
        root.appendChild(QgsRuleBasedRenderer.Rule(_filled(QColor(colour)), 0, 0, where, one.label()))
    return QgsRuleBasedRenderer(root)


def _filled(colour: QColor) -> QgsSymbol:
    """Opaque, as pale as the circles' half-transparent colours on white: where areas overlap, colours that shine
    through would add up to that of a higher class."""
    opaque = ",".join(
        str(round(255 + (one - 255) * colour.alphaF())) for one in (colour.red(), colour.green(), colour.blue()))
    return QgsFillSymbol.createSimple({"color": opaque, "outline_color": _OUTLINE, "outline_width": "0.15"})


def _hatched() -> QgsSymbol:
    return QgsFillSymbol.createSimple({
        "style": "b_diagonal", "color": _UNKNOWN, "outline_color": _UNKNOWN, "outline_width": "0.15"})


def _map_tip(look: AreaLook) -> str:
    """HTML in which the texts of the data are escaped."""
    name = "replace(replace(replace(coalesce(\"area\", ''), '&', '&amp;'), '<', '&lt;'), '>', '&gt;')"
    unknown = tr("unknown").replace("'", "''")
    total, new = (f"coalesce(format_number(\"{field}\", 0), '{unknown}')" for field in ("total", "new"))
    last = "format_date(\"shown_to\", 'yyyy-MM-dd HH:mm')"
    rows = ((tr("total"), total), (tr("new"), new),
            (tr("places known"), "\"places_known\" || ' / ' || \"places\""),
            (tr("places reporting"), '"places_reporting"'))
    table = "".join(f"<tr><td>{label}&nbsp;</td><td align=\"right\">[% {value} %]</td></tr>" for label, value in rows)
    until = tr("until {time} ({zone})").format(time=f"[% {last} %]", zone=_html(look.zone))
    return f"<b>[% {name} %]</b><br/>{_html(look.metric)}<table>{table}</table><small>{until}</small>"


def _html(text: str) -> str:
    """Text that is safe in HTML and in a template of expressions."""
    safe = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return safe.replace("[%", "[ %").replace("%]", "% ]")
