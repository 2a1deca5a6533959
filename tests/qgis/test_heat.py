"""Heat: one colour means one sum in every frame, at every zoom the legend's, and the unknown weighs nothing."""
from __future__ import annotations

import math

import numpy as np
import pytest
from outbreak_atlas.plugin.bridge.heat import follow_scale, levels_of, show_heat
from outbreak_atlas.plugin.bridge.metric_styles import shown_by
from outbreak_atlas.plugin.bridge.temporal import as_utc, set_layer_time
from outbreak_atlas.plugin.core.heatsums import HeatLevel, heat_levels, heat_maximum, level_at
from outbreak_atlas.plugin.core.schema import MS_PER_DAY
from qgis.core import (
    Qgis,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsDateTimeRange,
    QgsExpressionContext,
    QgsExpressionContextUtils,
    QgsFeature,
    QgsGeometry,
    QgsGradientColorRamp,
    QgsLayerTree,
    QgsLayerTreeModel,
    QgsMapRendererSequentialJob,
    QgsMapSettings,
    QgsPointXY,
    QgsProject,
    QgsReadWriteContext,
    QgsRectangle,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QSize
from qgis.PyQt.QtGui import QColor, QImage
from qgis.PyQt.QtXml import QDomDocument

FIELDS = "confirmed:double", "shown_from:datetime", "shown_to:datetime"
SIZE = 500
WIDTH_M = 200_000.0

#: Longitude, latitude, count, the day on which it is drawn.
Row = tuple[float, float, "float | None", int]


def layer_of(rows: list[Row]) -> QgsVectorLayer:
    uri = "&".join(f"field={field}" for field in FIELDS)
    layer = QgsVectorLayer(f"Point?crs=EPSG:4326&{uri}", "updates", "memory")
    for lon, lat, count, day in rows:
        feature = QgsFeature(layer.fields())
        feature.setAttributes([count, as_utc(day * MS_PER_DAY), as_utc((day + 1) * MS_PER_DAY - 1)])
        feature.setGeometry(QgsGeometry.fromPointXY(QgsPointXY(lon, lat)))
        layer.dataProvider().addFeature(feature)
    set_layer_time(layer)
    return layer


def map_of(
    layer: QgsVectorLayer, day: int = 0, middle: tuple[float, float] = (110.0, 30.0), width_m: float = WIDTH_M,
    crs: str = "EPSG:3857",
) -> QgsMapSettings:
    """A square map around a point, so many true metres wide, in daily frame number `day`."""
    settings = QgsMapSettings()
    settings.setLayers([layer])
    settings.setDestinationCrs(QgsCoordinateReferenceSystem(crs))
    settings.setTransformContext(QgsProject.instance().transformContext())
    to_map = QgsCoordinateTransform(layer.crs(), settings.destinationCrs(), QgsProject.instance())
    half = width_m / 2 / 111_195 / math.cos(math.radians(middle[1]))
    west, east = (to_map.transform(QgsPointXY(middle[0] + sign * half, middle[1])) for sign in (-1, 1))
    centre = to_map.transform(QgsPointXY(*middle))
    settings.setExtent(QgsRectangle.fromCenterAndSize(centre, east.x() - west.x(), east.x() - west.x()))
    settings.setOutputSize(QSize(SIZE, SIZE))
    settings.setOutputDpi(96)
    settings.setBackgroundColor(QColor("white"))
    settings.setIsTemporal(True)
    settings.setTemporalRange(QgsDateTimeRange(
        as_utc(day * MS_PER_DAY), as_utc((day + 1) * MS_PER_DAY), True, False))
    context = QgsExpressionContext()
    context.appendScope(QgsExpressionContextUtils.mapSettingsScope(settings))
    settings.setExpressionContext(context)
    return settings


def picture(settings: QgsMapSettings) -> QImage:
    job = QgsMapRendererSequentialJob(settings)
    job.start()
    job.waitForFinished()
    return job.renderedImage()


def in_the_middle(image: QImage) -> str:
    return image.pixelColor(SIZE // 2, SIZE // 2).name()


def drawn_width(image: QImage) -> int:
    return sum(image.pixelColor(x, SIZE // 2).name() != "#ffffff" for x in range(SIZE))


def fixed(maximum: float = 100.0, radius_m: float = 10_000.0) -> tuple[HeatLevel, ...]:
    """One radius at every scale."""
    return (HeatLevel(radius_m, 0.0, maximum),)


def grey(layer: QgsVectorLayer) -> None:
    """Colours from black to white, by which a share of the maximum can be read."""
    renderer = layer.renderer().clone()
    renderer.setColorRamp(QgsGradientColorRamp(QColor("black"), QColor("white")))
    layer.setRenderer(renderer)


def shown_share(image: QImage) -> float:
    """The greatest share of the maximum in the picture."""
    return max(image.pixelColor(x, y).red() for x in range(SIZE) for y in range(SIZE)) / 255


@pytest.fixture(autouse=True)
def _application(qgis_app: object) -> None:
    """Everything here draws."""


def test_the_same_density_has_the_same_colour_in_every_frame() -> None:
    """In the second frame another place has twenty times as many: with a maximum by frame the first would pale."""
    layer = layer_of([(110, 30, 50, 0), (110, 30, 50, 1), (110.5, 30, 1_000, 1)])
    show_heat(layer, "confirmed", "confirmed", False, fixed(), 0, 1)
    alone, beside = (in_the_middle(picture(map_of(layer, day))) for day in (0, 1))
    assert alone == beside != "#ffffff"


def test_more_is_darker() -> None:
    lightness = []
    for count in (1, 5, 20, 50, 100):
        layer = layer_of([(110, 30, count, 0)])
        show_heat(layer, "confirmed", "confirmed", False, fixed(), 0, 1)
        lightness.append(QColor(in_the_middle(picture(map_of(layer)))).lightness())
    assert lightness == sorted(set(lightness), reverse=True)
    assert lightness[0] < 255


@pytest.mark.parametrize("least", [0.0, -50.0])
def test_the_unknown_weighs_nothing(least: float) -> None:
    layer = layer_of([(110, 30, None, 0)])
    show_heat(layer, "confirmed", "confirmed", False, fixed(), least, 1)
    assert drawn_width(picture(map_of(layer))) == 0


def test_a_correction_takes_no_heat_away() -> None:
    layer = layer_of([(110, 30, -50, 0), (110, 30, 50, 0)])
    show_heat(layer, "confirmed", "confirmed", False, fixed(), -50.0, 1)
    with_it = in_the_middle(picture(map_of(layer)))
    layer = layer_of([(110, 30, 50, 0)])
    show_heat(layer, "confirmed", "confirmed", False, fixed(), 0.0, 1)
    assert in_the_middle(picture(map_of(layer))) == with_it != "#ffffff"


@pytest.mark.parametrize("lat", [0.5, 30.0, 60.0, -45.0])
def test_the_radius_is_true_metres_at_the_map_s_middle(lat: float) -> None:
    layer = layer_of([(110, lat, 100, 0)])
    show_heat(layer, "confirmed", "confirmed", False, fixed(radius_m=30_000), 0, 1)
    width = drawn_width(picture(map_of(layer, middle=(110, lat)))) / SIZE * WIDTH_M
    assert width == pytest.approx(60_000, rel=0.06)


@pytest.mark.parametrize("crs", ["EPSG:32649", "EPSG:4326"])
def test_the_radius_holds_in_other_projections(crs: str) -> None:
    layer = layer_of([(110, 30, 100, 0)])
    show_heat(layer, "confirmed", "confirmed", False, fixed(radius_m=30_000), 0, 1)
    width = drawn_width(picture(map_of(layer, crs=crs))) / SIZE * WIDTH_M
    assert width == pytest.approx(60_000, rel=0.06)


def test_places_beyond_the_edge_warm_the_map() -> None:
    layer = layer_of([(110, 30, 100, 0)])
    show_heat(layer, "confirmed", "confirmed", False, fixed(radius_m=60_000), 0, 1)
    image = picture(map_of(layer, middle=(109, 30), width_m=150_000))
    assert image.pixelColor(SIZE - 3, SIZE // 2).name() != "#ffffff"


def test_the_computed_maximum_is_what_qgis_adds_up() -> None:
    """Within 5 percent: QGIS rounds places and radius to blocks of two pixels."""
    draw = np.random.default_rng(3)
    lon, lat = 110 + draw.normal(0, 0.15, 300), 30 + draw.normal(0, 0.15, 300)
    weight = draw.pareto(1.5, 300) * 10
    layer = layer_of([(*row, 0) for row in zip(lon.tolist(), lat.tolist(), weight.tolist())])
    for radius_m in (3_000.0, 10_000.0, 30_000.0):
        maximum = heat_maximum(lon, lat, weight, radius_m)
        show_heat(layer, "confirmed", "confirmed", False, fixed(maximum * 1.2, radius_m), 0, 1)
        grey(layer)
        assert 0.95 <= shown_share(picture(map_of(layer))) * 1.2 <= 1.05


def test_zooming_takes_the_radius_of_the_scale_and_its_maximum() -> None:
    """Two places 12 km apart are one heap from afar and two nearby; the darkest stays just within the ramp."""
    lon, lat, weight = np.array([110.0, 110.124]), np.array([30.0, 30.0]), np.array([90.0, 90.0])
    levels = heat_levels(lon, lat, weight)
    layer = layer_of([(110.0, 30.0, 90.0, 0), (110.124, 30.0, 90.0, 0)])
    for width_m in (30_000.0, 300_000.0, 3_000_000.0):
        settings = map_of(layer, width_m=width_m, middle=(110.062, 30))
        show_heat(layer, "confirmed", "confirmed", False, levels, 0, settings.scale())
        grey(layer)
        level = level_at(levels, settings.scale())
        expected = heat_maximum(lon, lat, weight, level.radius_m) / level.maximum
        assert shown_share(picture(settings)) == pytest.approx(expected, abs=0.06)


def test_the_legend_names_the_maximum_and_the_radius_of_the_scale(project: QgsProject) -> None:
    layer = layer_of([(110, 30, 40, 0), (110.5, 30, 40, 0)])
    project.addMapLayer(layer, False)
    root = QgsLayerTree()
    node = root.addLayer(layer)
    model = QgsLayerTreeModel(root)
    levels = heat_levels(np.array([110, 110.5]), np.array([30.0, 30.0]), np.array([40.0, 40.0]))
    # Halfway between the two, 24 km from each: 2 * 40 * (1 - 0.24²)².
    show_heat(layer, "confirmed", "confirmed", True, levels, 0, 20_000_000)

    def labels() -> tuple[str, str]:
        settings = model.layerLegendNodes(node)[0].settings()
        return settings.minimumLabel(), settings.maximumLabel()

    assert labels() == ("0", "≥ 71 new confirmed within 100 km")
    follow_scale(layer, "confirmed", True, 200_000)
    assert labels() == ("0", "≥ 40 new confirmed within 1 km")
    follow_scale(layer, "confirmed", True, 20_000)
    assert labels() == ("0", "≥ 40 new confirmed within 100 m")


def test_following_the_scale_draws_nothing_anew() -> None:
    layer = layer_of([(110, 30, 40, 0)])
    show_heat(layer, "confirmed", "confirmed", False, heat_levels(*np.array([[110.0], [30.0], [40.0]])), 0, 1e7)
    repaints = []
    layer.repaintRequested.connect(lambda: repaints.append(1))
    follow_scale(layer, "confirmed", False, 1e5)
    assert not repaints


@pytest.mark.parametrize("least", [0.0, -3.0])
def test_what_is_shown_survives_saving(least: float) -> None:
    layer = layer_of([(110, 30, 40, 0)])
    levels = heat_levels(np.array([110.0]), np.array([30.0]), np.array([40.0]))
    show_heat(layer, "confirmed", "confirmed", False, levels, least, 1e7)
    before = picture(map_of(layer))
    document = QDomDocument()
    layer.exportNamedStyle(document, QgsReadWriteContext())
    layer = layer_of([(110, 30, 40, 0)])
    layer.importNamedStyle(document)
    assert shown_by(layer) == ("confirmed", True)
    assert levels_of(layer.renderer()) == levels
    assert picture(map_of(layer)) == before


def test_without_a_scale_the_level_of_the_legend_is_drawn() -> None:
    """A script that renders without an expression context."""
    layer = layer_of([(110, 0.5, 100, 0)])
    show_heat(layer, "confirmed", "confirmed", False, (HeatLevel(30_000, 3e6, 100), HeatLevel(10, 0, 100)), 0, 4e6)
    settings = map_of(layer, middle=(110, 0.5))
    settings.setExpressionContext(QgsExpressionContext())
    assert layer.renderer().radiusUnit() == Qgis.RenderUnit.MetersInMapUnits
    assert drawn_width(picture(settings)) / SIZE * WIDTH_M == pytest.approx(60_000, rel=0.06)
