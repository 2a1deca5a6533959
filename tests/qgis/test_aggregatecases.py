"""Areas and periods, against pandas over the reports of small files and of real ones."""
from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from outbreak_atlas.plugin.bridge.layers import add_to_project, layer_string
from qgis.core import (
    NULL,
    QgsCoordinateReferenceSystem,
    QgsDateTimeRange,
    QgsDistanceArea,
    QgsExpression,
    QgsFeature,
    QgsFeatureRequest,
    QgsGeometry,
    QgsPointXY,
    QgsProcessingException,
    QgsProject,
    QgsRectangle,
    QgsVectorLayer,
    QgsVectorLayerTemporalContext,
)
from qgis.PyQt.QtCore import QDate, QDateTime, Qt, QTime
from small_files import run, write_reports

TEXTS = ("area_id", "area", "city", "province", "country", "metric")


def aggregate(dataset: Path, **parameters: Any) -> tuple[pd.DataFrame, QgsVectorLayer, dict[str, Any]]:
    result = run("aggregatecases", **{"INPUT": layer_string(dataset), "OUTPUT": "TEMPORARY_OUTPUT", **parameters})
    layer = result["OUTPUT"]
    names = layer.fields().names()
    rows = [[_plain(value) for value in one.attributes()] + [one.hasGeometry()] for one in layer.getFeatures()]
    frame = pd.DataFrame(rows, columns=[*names, "drawn"])
    assert len(frame) == result["AREAS"] * result["PERIODS"]
    return frame, layer, result


def _plain(value: Any) -> Any:
    if value is None or value == NULL:
        return None
    return pd.Timestamp(value.toString("yyyy-MM-ddTHH:mm:ss.zzz")) if isinstance(value, QDateTime) else value


def of_area(frame: pd.DataFrame, area: str | None) -> pd.DataFrame:
    mine = frame[frame["area"].isna()] if area is None else frame[frame["area"] == area]
    return mine.sort_values("period_from", ignore_index=True)


def numbers(frame: pd.DataFrame, *names: str) -> list[Any]:
    """Values of columns, None for the unknown."""
    values = [[None if value != value else value for value in frame[name].astype(float)] for name in names]
    return values[0] if len(names) == 1 else values


@pytest.fixture
def dataset(tmp_path: Path, qgis_app: object) -> Path:
    output = tmp_path / "data.gpkg"
    run("loaddataset", INPUT=str(write_reports(tmp_path / "reports.csv")), OUTPUT=str(output), LISTING="partial",
        FIRST_VALUES="new")
    return output


def polygons(crs: str, *shapes: QgsGeometry) -> QgsVectorLayer:
    layer = QgsVectorLayer(f"Polygon?crs={crs}&field=number:int&field=label:string", "polygons", "memory")
    features = []
    for number, shape in enumerate(shapes):
        feature = QgsFeature(layer.fields())
        feature.setAttributes([number, f"Polygon {number}"])
        feature.setGeometry(shape)
        features.append(feature)
    layer.dataProvider().addFeatures(features)
    return layer


def box(west: float, south: float, east: float, north: float) -> QgsGeometry:
    return QgsGeometry.fromRect(QgsRectangle(west, south, east, north))


def test_cities_by_day(dataset: Path) -> None:
    frame, _, result = aggregate(dataset, BY="city")
    assert (result["AREAS"], result["PERIODS"], result["METRIC_USED"]) == (3, 4, "confirmed")
    assert numbers(of_area(frame, "Wuhan"), "total", "new") == [[100, 180, 180, 180], [100, 80, 0, 0]]
    assert numbers(of_area(frame, "Huanggang"), "total", "new") == [[20, 20, 35, 35], [20, 0, 15, 0]]
    # Reports of the 3rd, 4th (two) and 6th; that of the 6th repeats the last one's counts.
    assert numbers(of_area(frame, "Wuhan"), "places_reporting") == [1, 1, 0, 1]
    wuhan = of_area(frame, "Wuhan").iloc[0]
    assert (wuhan["area_id"], wuhan["province"], wuhan["metric"]) == ("Hubei / Wuhan", "Hubei", "confirmed")
    assert (wuhan["period_from"], wuhan["period_to"]) == (pd.Timestamp("2020-02-03"), pd.Timestamp("2020-02-04"))
    assert of_area(frame, "Wuhan")["drawn"].all() and not of_area(frame, "Elsewhere")["drawn"].any()
    assert numbers(of_area(frame, "Elsewhere"), "total") == [7, 7, 7, 7]


def test_unknown_is_null(dataset: Path) -> None:
    frame, _, _ = aggregate(dataset, BY="city", METRIC="deaths")
    huanggang = of_area(frame, "Huanggang")
    assert numbers(huanggang, "total", "new") == [[None, None, 1, 1], [None, None, None, 0]]
    assert numbers(huanggang, "places", "places_known") == [[1, 1, 1, 1], [0, 0, 1, 1]]
    assert numbers(of_area(frame, "Elsewhere"), "total", "new") == [[0, 0, 0, 0], [0, 0, 0, 0]]


def test_a_new_count_is_summed(dataset: Path) -> None:
    frame, _, _ = aggregate(dataset, BY="province", METRIC="new_confirmed", PERIOD="all")
    assert numbers(frame, "new", "total") == [[222], [222]]


def test_province_is_the_hull_of_its_places(dataset: Path) -> None:
    frame, layer, _ = aggregate(dataset, BY="province", PERIOD="all", CELL_SIZE=20_000)
    assert numbers(frame, "total", "places") == [[222], [3]]
    shape = next(layer.getFeatures()).geometry()
    assert shape.contains(QgsPointXY(114.3, 30.6)) and shape.contains(QgsPointXY(114.87, 30.45))
    distance = 57.0  # kilometres between the two, as any map tells
    assert frame["area_km2"][0] == pytest.approx(distance * 20 + np.pi * 10 ** 2, rel=0.02)


@pytest.mark.parametrize("by", ["hexagon", "square"])
def test_cells_have_their_size_and_keep_what_has_no_point(dataset: Path, by: str) -> None:
    frame, layer, result = aggregate(dataset, BY=by, CELL_SIZE=10_000)
    assert result["AREAS"] == 3
    lost = of_area(frame, "without a location")
    assert not lost["drawn"].any() and numbers(lost, "total") == [7, 7, 7, 7]
    sizes = frame.loc[frame["drawn"], "area_km2"].to_numpy(float)
    np.testing.assert_allclose(sizes, 100 * (1 if by == "square" else 3 ** 0.5 / 2), rtol=1e-4)
    assert frame.groupby("period_from")["total"].sum().tolist() == [127, 207, 222, 222]
    holder = [one for one in layer.getFeatures() if one.geometry().contains(QgsPointXY(114.3, 30.6))]
    assert sorted(one["total"] for one in holder) == [100, 180, 180, 180]
    again, _, _ = aggregate(dataset, BY=by, CELL_SIZE=10_000)
    assert again["area_id"].tolist() == frame["area_id"].tolist()


def test_polygons_in_another_system_and_places_outside(dataset: Path) -> None:
    shape = box(114.0, 30.5, 114.5, 31.0)
    from qgis.core import QgsCoordinateTransform

    utm = QgsCoordinateReferenceSystem("EPSG:32650")
    shape.transform(QgsCoordinateTransform(QgsCoordinateReferenceSystem("EPSG:4326"), utm, QgsProject.instance()))
    empty = QgsGeometry(shape)
    empty.translate(1e6, 0)
    frame, layer, _ = aggregate(dataset, BY="polygons", POLYGONS=polygons("EPSG:32650", shape, empty))
    assert layer.crs() == utm
    assert numbers(of_area(frame, "Polygon 0"), "total") == [100, 180, 180, 180]
    assert numbers(of_area(frame, "Polygon 1"), "total", "places") == [[None] * 4, [0] * 4]
    assert numbers(of_area(frame, "outside the polygons"), "total") == [20, 20, 35, 35]
    assert numbers(of_area(frame, "without a location"), "total") == [7, 7, 7, 7]
    named, _, _ = aggregate(
        dataset, BY="polygons", POLYGONS=polygons("EPSG:32650", shape), NAME_FIELD="number", PERIOD="all")
    assert named["area"].tolist() == ["0", "outside the polygons", "without a location"]


def test_a_point_on_a_shared_border_counts_once(dataset: Path) -> None:
    west, east = box(114.0, 30.0, 114.3, 31.0), box(114.3, 30.0, 115.0, 31.0)
    for shapes, first in (((west, east), "Polygon 0"), ((east, west), "Polygon 0")):
        frame, _, _ = aggregate(dataset, BY="polygons", POLYGONS=polygons("EPSG:4326", *shapes), PERIOD="all")
        assert frame["total"].sum() == 222
        assert of_area(frame, first)["total"].iloc[0] >= 180


def test_overlapping_and_invalid_polygons(dataset: Path) -> None:
    from qgis.core import QgsProcessingFeedback

    class Heard(QgsProcessingFeedback):
        def __init__(self) -> None:
            super().__init__()
            self.warnings: list[str] = []

        def pushWarning(self, text: str) -> None:  # noqa: N802 - Qt's name
            self.warnings.append(text)

    bow_tie = QgsGeometry.fromWkt("Polygon((114 30, 115 31, 115 30, 114 31, 114 30))")
    whole = box(113, 29, 116, 32)
    import processing

    heard = Heard()
    layer = processing.run("outbreakatlas:aggregatecases", {
        "INPUT": layer_string(dataset), "BY": "polygons", "POLYGONS": polygons("EPSG:4326", whole, bow_tie),
        "PERIOD": "all", "OUTPUT": "TEMPORARY_OUTPUT"}, feedback=heard)["OUTPUT"]
    totals = {one["area"]: one["total"] for one in layer.getFeatures()}
    # 114.87, 30.45 is inside the right half of the bow tie; 114.3, 30.6 inside the left one.
    assert totals == {"Polygon 0": 215, "Polygon 1": 215, "without a location": 7}
    assert any("2 places lie in more than one" in warning for warning in heard.warnings)


def test_from_and_to_cut_the_periods(dataset: Path) -> None:
    frame, _, _ = aggregate(dataset, BY="city", FROM="2020-02-04T10:00", TO="2020-02-05T09:30")
    wuhan = of_area(frame, "Wuhan")
    assert numbers(wuhan, "total", "new") == [[180, 180], [30, 0]]
    assert wuhan["period_to"].tolist() == [pd.Timestamp("2020-02-05"), pd.Timestamp("2020-02-05 09:30")]
    # A report at the very end is not counted any more.
    assert numbers(of_area(frame, "Huanggang"), "total") == [20, 20]


def test_the_layers_own_filter_is_respected(dataset: Path, project: QgsProject) -> None:
    layer = add_to_project(project, dataset)
    layer.setSubsetString("\"city\" = 'Wuhan'")
    frame, _, result = aggregate(dataset, BY="city", INPUT=layer)
    assert result["AREAS"] == 1 and numbers(frame, "total") == [100, 180, 180, 180]


def test_a_frame_shows_each_area_once(dataset: Path, tmp_path: Path, project: QgsProject) -> None:
    """In memory, and from a GeoPackage opened by nobody who knows the plugin."""
    output = tmp_path / "areas.gpkg"
    run("aggregatecases", INPUT=layer_string(dataset), BY="city", OUTPUT=str(output))
    kept = QgsVectorLayer(f"{output}|layername=areas", "areas", "ogr")
    kept.loadDefaultStyle()  # of its own accord QGIS takes the style, and puts its own guess of times in its place
    in_memory = aggregate(dataset, BY="city")[1]
    begin = QDateTime(QDate(2020, 2, 4), QTime(0, 0), Qt.TimeSpec.UTC)
    for layer in (kept, in_memory):
        assert layer.temporalProperties().isActive()
        assert layer.renderer().type() == "RuleRenderer"
        context = QgsVectorLayerTemporalContext()
        context.setLayer(layer)
        where = layer.temporalProperties().createFilterString(
            context, QgsDateTimeRange(begin, begin.addDays(1), True, False))
        rows = layer.getFeatures(QgsFeatureRequest().setFilterExpression(where))
        assert {one["city"]: one["total"] for one in rows} == {"Wuhan": 180, "Huanggang": 20, "Elsewhere": 7}


def test_every_total_has_one_symbol(dataset: Path) -> None:
    _, layer, _ = aggregate(dataset, BY="city", METRIC="deaths")
    rules = layer.renderer().rootRule().children()
    labels = {None: "unknown", 0.0: "0 deaths", 0.5: "1 deaths", 1.0: "1 deaths", 1.9999999: "1 deaths",
              2.0: "2 – 4 deaths", 5.0: "5 – 9 deaths"}
    for total, label in labels.items():
        feature = QgsFeature(layer.fields())
        feature["total"] = total
        context = layer.createExpressionContext()
        context.setFeature(feature)
        assert [rule.label() for rule in rules if QgsExpression(rule.filterExpression()).evaluate(context)] == [label]


def test_overlapping_areas_do_not_add_up_to_the_colour_of_a_higher_class(dataset: Path) -> None:
    _, layer, _ = aggregate(dataset, BY="city")
    filled = [rule.symbol() for rule in layer.renderer().rootRule().children() if rule.label() != "unknown"]
    assert {symbol.color().alpha() for symbol in filled} == {255}
    assert len({symbol.color().name() for symbol in filled}) == len(filled)


@pytest.mark.parametrize(("parameters", "words"), [
    ({"BY": "hexagon"}, "Give CELL_SIZE, the width of a cell in metres: at .* there would be about 2 cells"),
    ({"BY": "square", "CELL_SIZE": 0}, "more than 0"),
    ({"BY": "square", "CELL_SIZE": 1e-5}, "CELL_SIZE is too small"),
    ({"BY": "polygons"}, "choose the layer POLYGONS"),
    ({"BY": "city", "METRIC": "cured"}, "no count called “cured”: choose one of confirmed, deaths"),
    ({"BY": "city", "FROM": "2021-01-01", "TO": "2020-01-01"}, "FROM must lie before TO"),
    ({"BY": "city", "FROM": "soon"}, "Incorrect parameter value for FROM"),
    ({"BY": "city", "PERIOD": "hour", "FROM": "1970-01-01"}, "3 areas in 439,.* periods would be .* features"),
])
def test_mistakes_are_refused_in_words(dataset: Path, parameters: dict[str, Any], words: str) -> None:
    with pytest.raises(QgsProcessingException, match=words):
        aggregate(dataset, **parameters)


def test_a_size_that_fits_is_named(dataset: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from outbreak_atlas.plugin.algorithms import aggregatecases

    monkeypatch.setattr(aggregatecases, "MOST_FEATURES", 8)
    with pytest.raises(QgsProcessingException, match=r"3 areas in 4 periods .* CELL_SIZE=[125]0*e?[+0-9]* would fit"):
        aggregate(dataset, BY="square", CELL_SIZE=1000)


def test_cells_at_the_date_line(tmp_path: Path, qgis_app: object) -> None:
    """One hexagon on both sides of the map, drawn in two parts."""
    rows = [("2020-02-03T08:00:00Z", "East", "Fiji", "179.99", "-17.0", "3", ""),
            ("2020-02-03T08:00:00Z", "West", "Fiji", "-179.99", "-17.0", "4", "")]
    run("loaddataset", INPUT=str(write_reports(tmp_path / "r.csv", tuple(rows))), OUTPUT=str(tmp_path / "d.gpkg"))
    frame, layer, _ = aggregate(tmp_path / "d.gpkg", BY="square", CELL_SIZE=200_000, PERIOD="all")
    assert frame["total"].sum() == 7
    measure = QgsDistanceArea()
    measure.setEllipsoid("EPSG:7030")
    for one in layer.getFeatures():
        extent = one.geometry().boundingBox()
        assert extent.xMinimum() >= -180 and extent.xMaximum() <= 180
        parts = one.geometry().asGeometryCollection()
        assert sum(measure.measureArea(part) for part in parts) / 1e10 == pytest.approx(4, rel=1e-3)
        assert all(part.boundingBox().width() < 3 for part in parts)


def test_the_whole_world(tmp_path: Path, qgis_app: object) -> None:
    draw = np.random.default_rng(4)
    lon, lat = draw.uniform(-180, 180, 200), draw.uniform(-85, 85, 200)
    lon[0] = 180.0
    rows = [("2020-02-03T08:00:00Z", f"C{n}", "P", f"{x:.5f}", f"{y:.5f}", "1", "")
            for n, (x, y) in enumerate(zip(lon, lat))]
    run("loaddataset", INPUT=str(write_reports(tmp_path / "r.csv", tuple(rows))), OUTPUT=str(tmp_path / "d.gpkg"))
    for by in ("square", "hexagon"):
        frame, layer, _ = aggregate(tmp_path / "d.gpkg", BY=by, CELL_SIZE=1_000_000, PERIOD="all")
        assert frame["total"].sum() == 200
        for one in layer.getFeatures():
            shape = one.geometry()
            assert shape.isGeosValid() and not shape.isEmpty()
            extent = shape.boundingBox()
            assert extent.xMinimum() >= -180 and extent.xMaximum() <= 180 and extent.width() < 60


def test_events_are_summed(tmp_path: Path, qgis_app: object) -> None:
    lines = ["time,place,lon,lat"] + [f"2020-02-0{day} 10:00,{name},{lon},30" for day, name, lon in (
        (1, "A", 110), (1, "A", 110), (3, "A", 110), (3, "B", 115), (4, "B", 115))]
    (tmp_path / "e.csv").write_text("\n".join(lines), encoding="utf-8")
    run("loaddataset", INPUT=str(tmp_path / "e.csv"), OUTPUT=str(tmp_path / "d.gpkg"), COUNTS="events")
    frame, _, result = aggregate(tmp_path / "d.gpkg", BY="square", CELL_SIZE=50_000)
    assert result["METRIC_USED"] == "cases"
    west, east = (part.sort_values("period_from") for _, part in sorted(
        frame.groupby("area"), key=lambda pair: pair[1]["total"].sum(), reverse=True))
    assert numbers(west, "new", "total", "places_reporting") == [[2, 0, 1, 0], [2, 2, 3, 3], [1, 0, 1, 0]]
    assert numbers(east, "new", "total", "places") == [[0, 0, 1, 1], [0, 0, 1, 2], [0, 0, 1, 1]]


@pytest.mark.shared_data
def test_provinces_of_the_main_dataset_are_those_of_the_polls(
    tmp_path: Path, qgis_app: object, shared_data: Path
) -> None:
    """Each province's total at the end of a day is the sum of the last poll of that day."""
    source = shared_data / "cn_city_updates" / "toutiao_city_updates.csv.gz"
    run("loaddataset", INPUT=str(source), DATUM="GCJ02", OUTPUT=str(tmp_path / "main.gpkg"))
    frame, _, _ = aggregate(tmp_path / "main.gpkg", BY="province")
    polls = pd.read_csv(source, usecols=["updateTime", "province_zh", "province", "confirmed"])
    moment = pd.to_datetime(polls["updateTime"], utc=True).dt.tz_convert("Asia/Shanghai").dt.tz_localize(None)
    for day in ("2020-02-13", "2020-03-01", "2020-04-17", "2020-04-30"):
        begin = pd.Timestamp(day)
        last = moment[moment < begin + pd.Timedelta(days=1)].max()
        expected = polls[moment == last].groupby("province_zh")["confirmed"].sum()
        found = frame[frame["period_from"] == begin]
        assert sorted(found["total"].dropna()) == sorted(expected), day
        assert found["total"].sum() == expected.sum()
    whole = frame.groupby("period_from")["total"].sum()
    assert whole.iloc[-1] == 84_373
    # What moves between names within a province is not new: new counts add up to the totals.
    np.testing.assert_allclose(frame.groupby("period_from")["new"].sum().cumsum().diff().iloc[1:],
                               whole.diff().iloc[1:])


@pytest.mark.parametrize("in_file", [False, True])
def test_what_is_loaded_plays_and_says_its_zone(
    dataset: Path, tmp_path: Path, project: QgsProject, in_file: bool
) -> None:
    import processing

    output = str(tmp_path / "weeks.gpkg") if in_file else "TEMPORARY_OUTPUT"
    processing.runAndLoadResults("outbreakatlas:aggregatecases", {
        "INPUT": layer_string(dataset), "BY": "hexagon", "CELL_SIZE": 20_000, "PERIOD": "week", "OUTPUT": output})
    (layer,) = project.mapLayers().values()
    assert layer.name() == "data: confirmed by hexagon"
    properties = layer.temporalProperties()
    assert properties.isActive() and (properties.startField(), properties.endField()) == ("period_from", "shown_to")
    assert layer.renderer().type() == "RuleRenderer"
    assert layer.attributeAlias(layer.fields().indexFromName("period_to")) == "Period to (Asia/Shanghai)"
    assert "Asia/Shanghai" in layer.metadata().abstract()
    assert project.layerTreeRoot().findGroup("Outbreak Atlas").findLayer(layer.id()) is not None


def test_names_are_text_in_the_map_tip(tmp_path: Path, qgis_app: object) -> None:
    rows = [("2020-02-03T08:00:00Z", "<img src=x>", "A & B", "110", "30", "3", "")]
    run("loaddataset", INPUT=str(write_reports(tmp_path / "r.csv", tuple(rows))), OUTPUT=str(tmp_path / "d.gpkg"))
    _, layer, _ = aggregate(tmp_path / "d.gpkg", BY="city")
    context = layer.createExpressionContext()
    context.setFeature(next(layer.getFeatures()))
    tip = QgsExpression.replaceExpressionText(layer.mapTipTemplate(), context)
    assert "<img" not in tip and "&lt;img src=x&gt;" in tip
    assert "2020-02-03 23:59" in tip and "<td align=\"right\">3</td>" in tip and "1 / 1" in tip
