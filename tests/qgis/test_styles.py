"""The stored style: symbols on a fixed scale, honest about zero and unknown, safe map tips, time."""
from __future__ import annotations

import pytest
from dataset_infos import dataset_info
from outbreak_atlas.plugin.bridge.styles import main_metric, style_documents
from outbreak_atlas.plugin.core.dataset import Choice
from outbreak_atlas.plugin.core.schema import LAYER_UPDATES
from qgis.core import (
    Qgis,
    QgsExpression,
    QgsExpressionContext,
    QgsExpressionContextUtils,
    QgsFeature,
    QgsGraduatedSymbolRenderer,
    QgsRenderContext,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QDateTime, QMetaType, Qt
from qgis.PyQt.QtGui import QColor
from qgis.PyQt.QtXml import QDomDocument

FIELDS = (
    "place_id:string place:string kind:string city:string province:string country:string code:string "
    "level:string reported_at:datetime shown_from:datetime shown_to:datetime confirmed:double deaths:double "
    "new_confirmed:double new_deaths:double"
)


def styled_layer(minimum: float = 0, maximum: float = 67803, **changes: object) -> QgsVectorLayer:
    """A layer with the dataset's fields that has read the style."""
    uri = "Point?crs=EPSG:4326&" + "&".join(f"field={field}" for field in FIELDS.split())
    layer = QgsVectorLayer(uri, "updates", "memory")
    document = QDomDocument()
    qml = style_documents(dataset_info(**changes), "confirmed", minimum, maximum)
    assert set(qml) == {LAYER_UPDATES}
    document.setContent(qml[LAYER_UPDATES])
    ok, problem = layer.importNamedStyle(document)
    assert ok, problem
    return layer


def feature(layer: QgsVectorLayer, **values: object) -> QgsFeature:
    one = QgsFeature(layer.fields())
    for name, value in values.items():
        one[name] = value
    return one


def symbol_of(layer: QgsVectorLayer, value: float | None) -> object:
    renderer, context = layer.renderer(), QgsRenderContext()
    renderer.startRender(context, layer.fields())
    try:
        symbol = renderer.symbolForFeature(feature(layer, confirmed=value), context)
        return symbol.clone() if symbol is not None else None
    finally:
        renderer.stopRender(context)


@pytest.fixture(scope="module")
def layer(qgis_app: object) -> QgsVectorLayer:
    return styled_layer()


def test_the_main_metric(qgis_app: object) -> None:
    assert main_metric(("deaths", "confirmed")) == "confirmed"
    assert main_metric(("visits", "cases")) == "cases"
    assert main_metric(("visits", "beds")) == "visits"
    assert main_metric(()) == ""


def test_graduated_symbols_without_expressions(layer: QgsVectorLayer) -> None:
    renderer = layer.renderer()
    assert isinstance(renderer, QgsGraduatedSymbolRenderer)
    assert renderer.classAttribute() == "confirmed"
    assert not renderer.orderByEnabled()
    for symbol in renderer.symbols(QgsRenderContext()):
        assert not symbol.symbolLayer(0).dataDefinedProperties().hasActiveProperties()


@pytest.mark.parametrize(("value", "label"), [
    (0, "0 confirmed"), (1, "1 – 2 confirmed"), (9, "3 – 9 confirmed"), (9.5, "3 – 9 confirmed"),
    (10, "10 – 29 confirmed"), (99_999, "30,000 – 99,999 confirmed"),
])
def test_every_count_is_in_the_class_that_its_label_names(
    layer: QgsVectorLayer, value: float, label: str
) -> None:
    assert layer.renderer().rangeForValue(value).label() == label


def test_unknown_is_not_drawn_and_zero_is_a_small_grey_dot(layer: QgsVectorLayer) -> None:
    assert symbol_of(layer, None) is None
    zero, one = symbol_of(layer, 0), symbol_of(layer, 1)
    assert zero.size() < one.size()
    assert zero.color().saturation() == 0


def test_a_correction_below_zero_is_drawn_and_named(qgis_app: object) -> None:
    assert styled_layer(minimum=-3).renderer().rangeForValue(-3).label() == "below 0 (a correction)"
    assert styled_layer(minimum=0).renderer().rangeForValue(-3) is None


def test_events_have_no_class_for_what_did_not_happen(qgis_app: object) -> None:
    events, totals = styled_layer(1, 40, kind=Choice("events", "")), styled_layer(1, 40)
    assert min(one.lowerValue() for one in events.renderer().ranges()) == 1
    assert min(one.lowerValue() for one in totals.renderer().ranges()) == 0


def test_darker_and_larger_mean_more(layer: QgsVectorLayer) -> None:
    counts = [one.lowerValue() for one in layer.renderer().ranges() if one.lowerValue() > 0]
    symbols = [symbol_of(layer, count) for count in counts]
    assert len(symbols) > 5
    sizes = [symbol.size() for symbol in symbols]
    lightness = [_luminance(symbol.color()) for symbol in symbols]
    assert sizes == sorted(set(sizes))
    assert lightness == sorted(set(lightness), reverse=True)


def test_large_circles_lie_over_small_ones(layer: QgsVectorLayer) -> None:
    assert layer.renderer().usingSymbolLevels()
    passes = [symbol_of(layer, 3 * 10.0 ** power).symbolLayer(0).renderingPass() for power in range(5)]
    assert passes == sorted(set(passes))


def test_time_is_shown_from_until(layer: QgsVectorLayer) -> None:
    time = layer.temporalProperties()
    assert time.isActive()
    assert time.mode() == Qgis.VectorTemporalMode.FeatureDateTimeStartAndEndFromFields
    assert (time.startField(), time.endField()) == ("shown_from", "shown_to")
    assert time.limitMode() == Qgis.VectorTemporalLimitMode.IncludeBeginExcludeEnd
    assert not time.accumulateFeatures()


def test_the_zone_stands_beside_every_time(layer: QgsVectorLayer) -> None:
    for field in layer.fields():
        assert field.alias()
        if field.type() == QMetaType.Type.QDateTime:
            assert "Asia/Shanghai" in field.alias()


def tip(layer: QgsVectorLayer, one: QgsFeature) -> str:
    context = QgsExpressionContext()
    context.appendScope(QgsExpressionContextUtils.layerScope(layer))
    context.setFeature(one)
    return QgsExpression.replaceExpressionText(layer.mapTipTemplate(), context)


def test_the_map_tip_says_what_is_known(layer: QgsVectorLayer) -> None:
    reported = QDateTime.fromMSecsSinceEpoch(1_581_551_820_000, Qt.TimeSpec.UTC)
    text = tip(layer, feature(
        layer, place="东院", city="Wuhan", confirmed=1234, new_confirmed=12, reported_at=reported))
    assert "<b>东院</b>" in text
    assert "1,234 (+12)" in text
    assert "2020-02-12 23:57 (Asia/Shanghai)" in text
    assert "deaths&nbsp;</td><td align=\"right\">unknown" in text


def test_a_fall_is_shown_as_one(layer: QgsVectorLayer) -> None:
    assert "100 (-5)" in tip(layer, feature(layer, confirmed=100, new_confirmed=-5))


def test_text_of_the_data_is_not_run_as_html(layer: QgsVectorLayer) -> None:
    text = tip(layer, feature(layer, place="<img src=x onerror=alert(1)>", city="A & B", kind="<b>"))
    assert "<img" not in text
    assert "&lt;img src=x onerror=alert(1)&gt;" in text
    assert "A &amp; B" in text


def test_a_metric_with_an_odd_name_is_harmless(qgis_app: object) -> None:
    qml = style_documents(dataset_info(metrics=('a"%]<b>',), new_metrics=()), "", 0, 0)["updates"]
    document = QDomDocument()
    assert document.setContent(qml)[0]
    assert "%]<b>" not in document.elementsByTagName("mapTip").at(0).toElement().text()


def test_a_synthetic_dataset_says_so_in_its_map_tips(qgis_app: object) -> None:
    assert "synthetic" in styled_layer(synthetic=True).mapTipTemplate()
    assert "synthetic" not in styled_layer().mapTipTemplate()


def _luminance(colour: QColor) -> float:
    return 0.2126 * colour.redF() + 0.7152 * colour.greenF() + 0.0722 * colour.blueF()
