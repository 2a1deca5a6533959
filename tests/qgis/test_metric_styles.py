"""The symbols follow the metric, on classes that hold for every frame; a user's own style is recognised as one."""
from __future__ import annotations

import time

import pytest
from outbreak_atlas.plugin.bridge.metric_styles import circles, show_circles, shown_by
from qgis.core import (
    QgsFeature,
    QgsFeatureRenderer,
    QgsGeometry,
    QgsGraduatedSymbolRenderer,
    QgsHeatmapRenderer,
    QgsLayerTree,
    QgsLayerTreeModel,
    QgsMapRendererSequentialJob,
    QgsMapSettings,
    QgsPointXY,
    QgsProject,
    QgsRectangle,
    QgsSingleSymbolRenderer,
    QgsSymbol,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QSize
from qgis.PyQt.QtGui import QColor, QImage

#: Columns: total, new in the step; one row a place, in a line from west to east.
ROWS = ((5_000, 700), (40, None), (8, 0), (0, -12), (None, None))
TOTAL, NEW = (0.0, 50_333.0), (-253.0, 13_436.0)


@pytest.fixture
def layer(qgis_app: object) -> QgsVectorLayer:
    one = QgsVectorLayer("Point?crs=EPSG:3857&field=confirmed:double&field=step_new_confirmed:double&field=note:string",
                         "updates", "memory")
    for number, (total, new) in enumerate(ROWS):
        feature = QgsFeature(one.fields())
        feature.setAttributes([total, new, "note"])
        feature.setGeometry(QgsGeometry.fromPointXY(QgsPointXY(_x(number), 0)))
        one.dataProvider().addFeature(feature)
    return one


def _x(number: int) -> float:
    return 100.0 * number + 50


def picture(layer: QgsVectorLayer) -> QImage:
    settings = QgsMapSettings()
    settings.setLayers([layer])
    settings.setDestinationCrs(layer.crs())
    settings.setExtent(QgsRectangle(0, -50, 500, 50))
    settings.setOutputSize(QSize(500, 100))
    settings.setOutputDpi(96)
    settings.setBackgroundColor(QColor("white"))
    job = QgsMapRendererSequentialJob(settings)
    job.start()
    job.waitForFinished()
    return job.renderedImage()


def colours(image: QImage) -> list[QColor]:
    """The pixel in the middle of each place."""
    return [image.pixelColor(round(_x(number)), 50) for number in range(len(ROWS))]


def diameters(image: QImage) -> list[int]:
    white = QColor("white")
    return [sum(image.pixelColor(x, 50) != white for x in range(number * 100, number * 100 + 100))
            for number in range(len(ROWS))]


def labels(renderer: QgsFeatureRenderer) -> list[str]:
    return [item.label() for item in renderer.legendSymbolItems()]


def test_the_symbols_change_with_the_metric(layer: QgsVectorLayer) -> None:
    show_circles(layer, "confirmed", "confirmed", False, TOTAL, len(ROWS))
    total = diameters(picture(layer))
    assert total[0] > total[1] > total[2] > total[3] > 0
    show_circles(layer, "step_new_confirmed", "confirmed", True, NEW, len(ROWS))
    new = diameters(picture(layer))
    assert new[0] > 0
    assert new[3] > 0


def test_a_filter_changes_no_symbol(layer: QgsVectorLayer) -> None:
    show_circles(layer, "confirmed", "confirmed", False, TOTAL, len(ROWS))
    before = diameters(picture(layer))
    layer.setSubsetString('"confirmed" < 100')
    assert diameters(picture(layer)) == [0, *before[1:]]


def test_the_unknown_is_not_drawn_and_no_change_neither(layer: QgsVectorLayer) -> None:
    show_circles(layer, "confirmed", "confirmed", False, TOTAL, len(ROWS))
    assert diameters(picture(layer))[4] == 0
    show_circles(layer, "step_new_confirmed", "confirmed", True, NEW, len(ROWS))
    assert [diameter > 0 for diameter in diameters(picture(layer))] == [True, False, False, True, False]


def test_a_correction_is_blue(layer: QgsVectorLayer) -> None:
    show_circles(layer, "step_new_confirmed", "confirmed", True, NEW, len(ROWS))
    up, down = (colours(picture(layer))[number] for number in (0, 3))
    assert down.blue() > down.red()
    assert up.red() > up.green()


def test_the_legend_speaks_in_words(qgis_app: object) -> None:
    total = labels(circles("confirmed", "confirmed", False, TOTAL, 400))
    assert total[0] == "0 confirmed"
    assert "10 – 29 confirmed" in total
    new = labels(circles("step_new_confirmed", "confirmed", True, NEW, 400))
    assert new[:4] == [
        "−253 to −100 new confirmed (a correction)", "−99 to −10 new confirmed (a correction)",
        "−9 to −1 new confirmed (a correction)", "1 – 2 new confirmed",
    ]
    assert new[-1] == "10,000 – 29,999 new confirmed"


def test_events_are_called_the_same_new_and_so_far(qgis_app: object) -> None:
    one = labels(circles("cases", "cases", True, (1.0, 40.0), 400))
    assert one == labels(circles("cases", "cases", False, (1.0, 40.0), 400))
    assert one[0] == "1 cases"


@pytest.mark.parametrize(("value", "label"), [
    (-253, "−253 to −100"), (-100, "−253 to −100"), (-99, "−99 to −10"), (-10, "−99 to −10"), (-9, "−9 to −1"),
    (-9.5, "−9 to −1"), (-0.25, "−9 to −1"),
])
def test_every_correction_is_in_the_class_that_its_label_names(
    qgis_app: object, value: float, label: str
) -> None:
    renderer = circles("step_new_confirmed", "confirmed", True, NEW, 400)
    assert renderer.rangeForValue(value).label().startswith(label)


@pytest.mark.parametrize("minimum", [-1.0, -3.0, -10.0, -0.5])
def test_small_corrections_have_one_class_or_two(qgis_app: object, minimum: float) -> None:
    renderer = circles("step_new_rate", "rate", True, (minimum, 5.0), 400)
    fallen = [one for one in renderer.ranges() if one.upperValue() < 0]
    assert len(fallen) == (2 if minimum == -10 else 1)
    assert renderer.rangeForValue(minimum) is not None


def test_a_column_without_any_value_has_a_style_too(layer: QgsVectorLayer) -> None:
    show_circles(layer, "step_new_confirmed", "confirmed", True, None, 0)
    assert shown_by(layer) == ("step_new_confirmed", False)


def test_the_layer_tree_follows_at_once(layer: QgsVectorLayer, project: QgsProject) -> None:
    project.addMapLayer(layer, False)
    root = QgsLayerTree()
    node = root.addLayer(layer)
    model = QgsLayerTreeModel(root)
    for new, expected in ((False, "0 confirmed"), (True, "−253 to −100 new confirmed (a correction)")):
        show_circles(layer, "step_new_confirmed" if new else "confirmed", "confirmed", new, NEW if new else TOTAL, 5)
        assert model.layerLegendNodes(node)[0].data(0) == expected


def test_what_is_shown_is_read_from_the_style(layer: QgsVectorLayer) -> None:
    for column, new in (("confirmed", False), ("step_new_confirmed", True)):
        show_circles(layer, column, "confirmed", new, TOTAL, 5)
        assert shown_by(layer) == (column, False)


def test_a_style_of_the_user_s_own_shows_no_metric(layer: QgsVectorLayer) -> None:
    warm = QgsHeatmapRenderer()
    warm.setWeightExpression("confirmed")
    own = (warm, QgsSingleSymbolRenderer(QgsSymbol.defaultSymbol(layer.geometryType())),
           QgsGraduatedSymbolRenderer('"confirmed" / 2', []), QgsHeatmapRenderer())
    for renderer in own:
        layer.setRenderer(renderer)
        assert shown_by(layer) is None


def test_changing_the_metric_costs_little(layer: QgsVectorLayer) -> None:
    took = []
    for number in range(10):
        begin = time.perf_counter()
        show_circles(layer, ("confirmed", "step_new_confirmed")[number % 2], "confirmed", bool(number % 2), NEW, 5)
        took.append(time.perf_counter() - begin)
    assert min(took) < 0.02
