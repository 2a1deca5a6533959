"""Clusters as layers: against scikit-learn, in any order of rows, with their outlines, time and looks."""
from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cluster_layers import DEGREES, ORIGIN, UTM, column, partition, points_layer, scattered
from outbreak_atlas.plugin.bridge.layers import layer_string
from qgis.core import (
    NULL,
    Qgis,
    QgsApplication,
    QgsDateTimeRange,
    QgsExpression,
    QgsExpressionContext,
    QgsFeatureRequest,
    QgsGeometry,
    QgsPointXY,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeatureSourceDefinition,
    QgsProcessingFeedback,
    QgsProject,
    QgsVectorLayer,
    QgsVectorLayerTemporalContext,
)
from qgis.PyQt.QtCore import QDateTime, Qt
from small_files import run, write_reports

pytestmark = pytest.mark.usefixtures("project")
METHODS = ("dbscan", "stdbscan", "hdbscan")


def cluster(name: str, layer: Any, **more: Any) -> dict[str, Any]:
    asked: dict[str, Any] = {"INPUT": layer, "MIN_CASES": 10, "OUTPUT": "TEMPORARY_OUTPUT",
                             "SUMMARY": "TEMPORARY_OUTPUT"}
    if name != "hdbscan":
        asked["EPS"] = 2000
    if name == "stdbscan":
        asked["TIME_FIELD"] = "moment"
    return run(name, **{**asked, **more})


def refusal(name: str, layer: Any, **more: Any) -> str:
    with pytest.raises(QgsProcessingException) as caught:
        cluster(name, layer, **more)
    return str(caught.value)


@pytest.fixture
def dataset(tmp_path: Path) -> str:
    made = run("loaddataset", INPUT=[str(write_reports(tmp_path / "reports.csv"))], LISTING="partial",
               FIRST_VALUES="new", OUTPUT=str(tmp_path / "data.gpkg"))
    return str(made["OUTPUT"])


def timed(count: int = 200, seed: int = 1) -> QgsVectorLayer:
    places, cases = scattered(count, seed)
    return points_layer(places.tolist(), cases.tolist(), np.random.default_rng(seed).integers(0, 20, count).tolist())


@pytest.mark.parametrize(("eps", "least"), [(800, 5), (2000, 10), (5000, 60)])
def test_dbscan_is_scikit_learns(eps: int, least: int) -> None:
    sklearn = pytest.importorskip("sklearn.cluster")
    places, cases = scattered(400, 7)
    made = cluster("dbscan", points_layer(places.tolist(), cases.tolist()), METRIC="n", EPS=eps, MIN_CASES=least)
    theirs = sklearn.DBSCAN(eps=eps, min_samples=least).fit(places, sample_weight=cases)
    core = np.zeros(len(places), bool)
    core[theirs.core_sample_indices_] = True
    role = np.array(column(made["OUTPUT"], "role"))
    mine = column(made["OUTPUT"], "cluster_id")
    assert ((role == "core") == core).all()
    assert [one is None for one in mine] == (theirs.labels_ < 0).tolist() == (role == "noise").tolist()
    assert partition([one if is_core else None for one, is_core in zip(mine, core)]) == partition(
        [int(one) if is_core else None for one, is_core in zip(theirs.labels_, core)])
    assert made["CLUSTERS"] == len(set(theirs.labels_) - {-1}) > 0
    assert made["NOISE"] == (theirs.labels_ < 0).sum()
    assert made["CASES_NOISE"] == cases[theirs.labels_ < 0].sum()
    assert made["CASES_CLUSTERED"] + made["CASES_NOISE"] == cases.sum()
    assert made["METRIC_USED"] == "n" and UTM in made["DISTANCES"]


@pytest.mark.parametrize("name", METHODS)
def test_the_order_of_rows_changes_nothing(name: str) -> None:
    places, cases = scattered(200, 3)
    days = np.random.default_rng(3).integers(0, 15, 200)
    order = np.random.default_rng(4).permutation(200)
    one = cluster(name, points_layer(places.tolist(), cases.tolist(), days.tolist()), METRIC="n")
    other = cluster(name, points_layer(places[order].tolist(), cases[order].tolist(), days[order].tolist()),
                    METRIC="n")
    for field in ("cluster_id", "role", "cases"):
        mine = column(one["OUTPUT"], field)
        assert [mine[at] for at in order] == column(other["OUTPUT"], field)
    for field in ("cases", "places", "area_km2"):
        assert column(one["SUMMARY"], field, "cluster_id") == pytest.approx(
            column(other["SUMMARY"], field, "cluster_id"))


@pytest.mark.parametrize("hull", ["convex", "concave"])
@pytest.mark.parametrize("name", METHODS)
def test_a_summary_holds_its_points_and_tells_the_truth(name: str, hull: str) -> None:
    made = cluster(name, timed(), METRIC="n", TIME_FIELD="moment", HULL=hull)
    points = list(made["OUTPUT"].getFeatures())
    summary = {one["cluster_id"]: one for one in made["SUMMARY"].getFeatures()}
    assert sorted(summary) == list(range(1, made["CLUSTERS"] + 1)) and summary
    weights = [summary[number]["cases"] for number in sorted(summary)]
    assert weights == sorted(weights, reverse=True)
    for number, one in summary.items():
        mine = [point for point in points if point["cluster_id"] == number]
        shape = one.geometry()
        assert shape.isGeosValid() and all(shape.contains(point.geometry()) for point in mine)
        assert one["cases"] == sum(point["cases"] for point in mine)
        assert one["places"] == len(mine)
        assert one["cores"] == sum(point["role"] == "core" for point in mine)
        assert one["area_km2"] == pytest.approx(shape.area() / 1e6, rel=2e-3)  # the grid's scale
        assert one["density"] == pytest.approx(one["cases"] / one["area_km2"])
        assert one["first"] == min(point["first"] for point in mine)
        assert one["last"] == max(point["last"] for point in mine)


def test_one_and_two_places_are_widened() -> None:
    places = [(0.0, 0.0), (50_000.0, 0.0), (51_000.0, 0.0)]
    layer = points_layer([(ORIGIN[0] + x, ORIGIN[1] + y) for x, y in places], [20, 7, 8])
    for hull in ("convex", "concave"):
        made = cluster("dbscan", layer, METRIC="n", HULL=hull)
        areas = column(made["SUMMARY"], "area_km2", "cluster_id")
        assert areas == pytest.approx([np.pi, np.pi + 2], rel=0.01)


@pytest.mark.parametrize(("name", "words"), [
    ("dbscan", "larger EPS"), ("hdbscan", "smaller MIN_CASES"), ("stdbscan", "larger EPS")])
def test_no_cluster_is_explained(name: str, words: str) -> None:
    layer = points_layer([(ORIGIN[0] + 10_000 * at, ORIGIN[1]) for at in range(3)], [1, 2, 3], [1, 2, 3])
    import processing

    feedback = QgsProcessingFeedback()
    own = {} if name == "hdbscan" else {"EPS": 1000}
    made = processing.run(f"outbreakatlas:{name}", {
        "INPUT": layer, "METRIC": "n", "MIN_CASES": 5, "OUTPUT": "TEMPORARY_OUTPUT", **own,
        **({"TIME_FIELD": "moment"} if name == "stdbscan" else {})}, feedback=feedback)
    assert made["CLUSTERS"] == 0
    assert "No clusters" in feedback.textLog() and words in feedback.textLog()


def test_stdbscan_keeps_apart_what_is_weeks_apart(dataset: str) -> None:
    places = [ORIGIN, ORIGIN, ORIGIN, (ORIGIN[0] + 9000, ORIGIN[1])]
    layer = points_layer(places, [6, 5, 6, 1], [2, 5, 29, 5])
    made = cluster("stdbscan", layer, METRIC="n", EPS_TIME=7, EPS_TIME_UNIT="days")
    assert column(made["OUTPUT"], "cluster_id") == [1, 1, None, None]
    weeks = cluster("stdbscan", layer, METRIC="n", EPS_TIME=1, EPS_TIME_UNIT="weeks")
    assert column(weeks["OUTPUT"], "cluster_id") == [1, 1, None, None]
    hours = cluster("stdbscan", layer, METRIC="n", EPS_TIME=71.9, EPS_TIME_UNIT="hours")
    assert hours["CLUSTERS"] == 0 and hours["SUMMARY"].featureCount() == 0
    steps = run("stdbscan", INPUT=dataset, TIME_FIELD=None, EPS=5000, EPS_TIME=1, MIN_CASES=100,
                OUTPUT="TEMPORARY_OUTPUT", SUMMARY="TEMPORARY_OUTPUT")
    rows = [one for one in steps["OUTPUT"].getFeatures() if one["city"] == "Wuhan" and one["cluster_id"] != NULL]
    assert [one["first"].toString("MM-dd HH:mm") for one in rows] == ["02-03 00:00", "02-04 00:00"]
    assert [one["last"].toString("MM-dd HH:mm:ss.zzz") for one in rows] == [
        "02-03 23:59:59.999", "02-04 23:59:59.999"]
    assert sum(one["cases"] for one in rows) == 180


def test_a_dataset_gives_places_with_what_they_reported(dataset: str) -> None:
    made = run("dbscan", INPUT=dataset, FROM="2020-02-04", TO="2020-02-06", EPS=30_000, MIN_CASES=20,
               OUTPUT="TEMPORARY_OUTPUT", SUMMARY="TEMPORARY_OUTPUT")
    rows = {one["city"]: one for one in made["OUTPUT"].getFeatures()}
    assert (rows["Wuhan"]["cluster_id"], rows["Wuhan"]["role"], rows["Wuhan"]["cases"]) == (1, "core", 80)
    assert (rows["Huanggang"]["cluster_id"], rows["Huanggang"]["role"], rows["Huanggang"]["cases"]) == (
        NULL, "noise", 15)
    assert made["METRIC_USED"] == "new_confirmed"
    assert rows["Wuhan"].fields().names()[:3] == ["place_id", "place", "kind"]
    assert made["SUMMARY"].name() == "DBSCAN clusters of new confirmed, 2020-02-04 to 2020-02-05, 30 km"
    assert "20 cases" in made["SUMMARY"].metadata().abstract()
    assert made["DISTANCES"] in made["SUMMARY"].metadata().abstract()
    zone = made["OUTPUT"].attributeDisplayName(made["OUTPUT"].fields().lookupField("last"))
    assert zone == "Last (Asia/Shanghai)"


@pytest.mark.parametrize("name", ["dbscan", "stdbscan"])
def test_a_file_of_a_dataset_holds_what_a_layer_in_memory_does(dataset: str, name: str, tmp_path: Path) -> None:
    made = [cluster(name, dataset, TIME_FIELD=None, EPS=30_000, OUTPUT=output, SUMMARY=None)["OUTPUT"]
            for output in ("TEMPORARY_OUTPUT", str(tmp_path / "places.gpkg"))]
    file = QgsVectorLayer(made[1], "", "ogr")
    assert file.fields().names() == ["fid", *made[0].fields().names()]
    assert [field.typeName() for field in file.fields()][-5:] == ["Integer", "String", "Real", "DateTime", "DateTime"]
    rows = [[[*one.attributes()[skip:], one.geometry().asWkt()] for one in layer.getFeatures()]
            for layer, skip in ((made[0], 0), (file, 1))]
    assert rows[0] == rows[1] and len(rows[0]) >= 2
    assert file.extent() == made[0].extent() and file.crs() == made[0].crs()
    file.loadDefaultStyle()  # QGIS puts its own guess of time over the stored one
    assert file.renderer().type() == "RuleRenderer" and file.temporalProperties().startField() == "first"
    assert [one.name for one in tmp_path.iterdir() if "places" in one.name] == ["places.gpkg"]


def test_fields_of_the_layer_keep_their_values_under_another_name() -> None:
    fields = "&field=Role:string&field=cases:int"
    layer = points_layer([ORIGIN, (ORIGIN[0] + 100, ORIGIN[1])], [6, 6], None, UTM, fields)
    layer.dataProvider().changeAttributeValues({1: {3: "school"}, 2: {3: "market"}})
    made = cluster("dbscan", layer, METRIC="n", EPS=100)
    assert column(made["OUTPUT"], "Role_2") == ["school", "market"]
    assert column(made["OUTPUT"], "role") == ["core", "core"]
    assert "cases_2" in made["OUTPUT"].fields().names()


def test_both_layers_play(tmp_path: Path) -> None:
    layer = points_layer([ORIGIN, (ORIGIN[0] + 2000, ORIGIN[1])], [20, 5], [2, 4])
    for output in ("TEMPORARY_OUTPUT", "file"):
        given = {name: str(tmp_path / f"{name}.gpkg") if output == "file" else output for name in ("OUTPUT", "SUMMARY")}
        made = cluster("dbscan", layer, METRIC="n", TIME_FIELD="moment", **given)
        for name, shown in (("OUTPUT", [0, 1, 0, 1, 0]), ("SUMMARY", [0, 1, 1, 1, 0])):
            result = made[name] if output != "file" else QgsVectorLayer(made[name], "", "ogr")
            result.loadDefaultStyle()
            assert result.temporalProperties().isActive()
            assert [_shown(result, day) for day in range(2, 7)] == shown, (output, name)


def _shown(layer: QgsVectorLayer, day: int) -> int:
    begin = QDateTime.fromString(f"2020-02-0{day}T00:00:00Z", Qt.DateFormat.ISODate)
    context = QgsVectorLayerTemporalContext()
    context.setLayer(layer)
    span = QgsDateTimeRange(begin, begin.addDays(1), True, False)
    condition = layer.temporalProperties().createFilterString(context, span)
    return sum(1 for _ in layer.getFeatures(QgsFeatureRequest().setFilterExpression(condition)))


def test_every_feature_is_drawn_by_one_rule_and_the_file_keeps_the_look(tmp_path: Path) -> None:
    places = [(ORIGIN[0] + 20_000 * at, ORIGIN[1]) for at in range(14)]
    made = cluster("dbscan", points_layer(places, [*range(40, 27, -1), 1]), METRIC="n",
                   OUTPUT=str(tmp_path / "p.gpkg"), SUMMARY=str(tmp_path / "s.gpkg"))
    looks = {}
    for name in ("OUTPUT", "SUMMARY"):
        layer = QgsVectorLayer(made[name], "", "ogr")
        rules = layer.renderer().rootRule().children()
        for feature in layer.getFeatures():
            context = QgsExpressionContext()
            context.setFeature(feature)
            conditions = [QgsExpression(rule.filterExpression()).evaluate(context) for rule in rules]
            assert sum(one == 1 for one in conditions) == 1
        looks[name] = [rule.symbol().color().name() for rule in rules[:10]]
        assert "DBSCAN clusters of n, 2 km" in layer.metadata().title()
    assert looks["OUTPUT"] == looks["SUMMARY"] and len(set(looks["OUTPUT"])) == 10
    assert QgsVectorLayer(made["SUMMARY"], "", "ogr").labelsEnabled()


def test_outputs_go_into_the_group_when_they_are_loaded() -> None:
    from qgis.core import QgsProcessingOutputLayerDefinition

    context, feedback = QgsProcessingContext(), QgsProcessingFeedback()
    context.setProject(QgsProject.instance())
    algorithm = QgsApplication.processingRegistry().algorithmById("outbreakatlas:dbscan").create()
    wanted = {name: QgsProcessingOutputLayerDefinition("TEMPORARY_OUTPUT", QgsProject.instance())
              for name in ("OUTPUT", "SUMMARY")}
    layer = timed()
    QgsProject.instance().addMapLayer(layer)
    algorithm.run({"INPUT": layer, "METRIC": "n", "EPS": 2000, "MIN_CASES": 10, **wanted}, context, feedback)
    _in_group(context)


def test_a_file_of_a_dataset_goes_into_the_group(dataset: str, tmp_path: Path) -> None:
    from qgis.core import QgsProcessingOutputLayerDefinition

    context, feedback = QgsProcessingContext(), QgsProcessingFeedback()
    context.setProject(QgsProject.instance())
    algorithm = QgsApplication.processingRegistry().algorithmById("outbreakatlas:dbscan").create()
    wanted = {name: QgsProcessingOutputLayerDefinition(str(tmp_path / f"{name}.gpkg"), QgsProject.instance())
              for name in ("OUTPUT", "SUMMARY")}
    results, fine = algorithm.run({"INPUT": dataset, "EPS": 30_000, "MIN_CASES": 10, **wanted}, context, feedback)
    assert fine and Path(results["OUTPUT"]).is_file()
    _in_group(context)


def _in_group(context: QgsProcessingContext) -> None:
    details = context.layersToLoadOnCompletion()
    assert len(details) == 2
    for one in details.values():
        assert one.groupName == "Outbreak Atlas" and one.postProcessor() is not None


@pytest.mark.parametrize(("name", "wrong", "words"), [
    ("dbscan", {"EPS": 0}, ["EPS", "0"]),
    ("dbscan", {"EPS": -5}, ["EPS", "-5"]),
    ("dbscan", {"EPS": float("nan")}, ["EPS"]),
    ("dbscan", {"EPS": 1e8}, ["EPS", "100,000,000 m", "lie within"]),
    ("stdbscan", {"EPS": 1e8}, ["EPS", "lie within"]),
    ("stdbscan", {"EPS_TIME": -1}, ["EPS_TIME", "-1"]),
    ("stdbscan", {"EPS_TIME": float("nan")}, ["EPS_TIME"]),
    *[(name, wrong, ["MIN_CASES"]) for name in METHODS for wrong in (
        {"MIN_CASES": 0}, {"MIN_CASES": -1}, {"MIN_CASES": float("nan")})],
    *[(name, {"MIN_CASES": 1e6}, ["MIN_CASES", "1,000,000", "have 495"]) for name in METHODS],
    *[(name, {"METRIC": "absent"}, ["absent"]) for name in METHODS],
])
def test_wrong_numbers_are_named(name: str, wrong: dict[str, Any], words: list[str]) -> None:
    said = refusal(name, timed(), **{"METRIC": "n", **wrong})
    for word in words:
        assert word in said


@pytest.mark.parametrize("name", METHODS)
def test_too_little_to_cluster(name: str) -> None:
    assert "1 points" in refusal(name, points_layer([ORIGIN], [20], [1]))
    assert "no features" in refusal(name, points_layer([], [], []))
    assert "known" in refusal(name, points_layer([ORIGIN] * 2, [None, None], [1, 2]), METRIC="n")
    chosen = QgsProcessingFeatureSourceDefinition(_in_project(timed()), True)
    assert "no features" in refusal(name, chosen)


def _in_project(layer: QgsVectorLayer) -> str:
    QgsProject.instance().addMapLayer(layer)
    return layer.id()


def test_stdbscan_needs_time() -> None:
    assert "TIME_FIELD" in refusal("stdbscan", timed(), TIME_FIELD=None)
    made = cluster("stdbscan", points_layer([ORIGIN] * 2 + [(ORIGIN[0] + 9000, ORIGIN[1])], [20, 5, 1], [1, 1, 1]),
                   METRIC="n", EPS_TIME=0)
    assert made["CLUSTERS"] == 1


def test_the_input_is_not_written_over(dataset: str, tmp_path: Path) -> None:
    file = tmp_path / "data.gpkg"
    before = file.stat().st_size
    for name in ("OUTPUT", "SUMMARY"):
        said = refusal("dbscan", dataset, **{name: str(file)})
        assert "data.gpkg" in said and "another file name" in said
    assert file.stat().st_size == before
    both = str(tmp_path / "both.gpkg")
    assert "both.gpkg" in refusal("dbscan", dataset, OUTPUT=both, SUMMARY=both)


@pytest.mark.parametrize("name", ["OUTPUT", "SUMMARY"])
def test_a_place_that_cannot_be_written(name: str, tmp_path: Path) -> None:
    other = "SUMMARY" if name == "OUTPUT" else "OUTPUT"
    said = refusal("dbscan", timed(), METRIC="n", **{
        name: str(tmp_path / "absent" / "deep" / "a.gpkg"), other: str(tmp_path / "b.gpkg")})
    assert "a.gpkg" in said
    assert list(tmp_path.iterdir()) == []  # what was written before it is taken back


@pytest.mark.skipif(sys.platform == "win32", reason="a limit of file sizes stands for the full disk")
@pytest.mark.parametrize("name", ["p.gpkg", "p.shp", "p.geojson"])
def test_a_full_disk_is_said_and_nothing_is_left(name: str, tmp_path: Path) -> None:
    import resource
    import signal

    layer = timed(20_000)
    before, handler = resource.getrlimit(resource.RLIMIT_FSIZE), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, before[1]))
    try:
        said = refusal("dbscan", layer, METRIC="n", EPS=200, OUTPUT=str(tmp_path / name), SUMMARY=None)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert name in said
    assert list(tmp_path.iterdir()) == []


def test_an_older_file_stays_when_the_run_is_cancelled(dataset: str, tmp_path: Path) -> None:
    file = tmp_path / "places.gpkg"
    file.write_bytes(b"older")
    feedback = QgsProcessingFeedback()
    feedback.progressChanged.connect(lambda percent: feedback.cancel() if percent >= 72 else None)
    algorithm = QgsApplication.processingRegistry().algorithmById("outbreakatlas:dbscan").create()
    results, _ = algorithm.run({"INPUT": dataset, "EPS": 30_000, "MIN_CASES": 10, "OUTPUT": str(file)},
                               QgsProcessingContext(), feedback)
    assert results == {} and file.read_bytes() == b"older"


@pytest.mark.parametrize("stop", [1, 5, 20, 40, 65, 75, 90])
@pytest.mark.parametrize("name", METHODS)
def test_a_cancelled_run_leaves_nothing(name: str, stop: int, tmp_path: Path) -> None:
    feedback = QgsProcessingFeedback()
    feedback.progressChanged.connect(lambda percent: feedback.cancel() if percent >= stop else None)
    algorithm = QgsApplication.processingRegistry().algorithmById(f"outbreakatlas:{name}").create()
    parameters = {"INPUT": timed(20_500 if stop > 70 else 300), "METRIC": "n", "MIN_CASES": 10,
                  "OUTPUT": str(tmp_path / "p.gpkg"), "SUMMARY": str(tmp_path / "s.gpkg")}
    if name != "hdbscan":
        parameters["EPS"] = 200
    if name == "stdbscan":
        parameters["TIME_FIELD"] = "moment"
    if name == "hdbscan" and stop > 70:
        parameters["INPUT"] = timed(3000)
    results, _ = algorithm.run(parameters, QgsProcessingContext(), feedback)
    if stop < 70 or name != "hdbscan":  # three thousand points are written at once
        assert results == {}
    assert sorted(one.name for one in tmp_path.iterdir()) == (["p.gpkg", "s.gpkg"] if results else [])


def test_a_summary_is_optional() -> None:
    made = cluster("dbscan", timed(), METRIC="n", SUMMARY=None)
    assert "SUMMARY" not in made and made["OUTPUT"].featureCount() == 200


def test_without_shapely_only_the_summary_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "shapely", None)
    feedback = QgsProcessingFeedback()
    import processing

    made = processing.run("outbreakatlas:dbscan", {
        "INPUT": timed(), "METRIC": "n", "EPS": 2000, "MIN_CASES": 10, "OUTPUT": "TEMPORARY_OUTPUT",
        "SUMMARY": "TEMPORARY_OUTPUT"}, feedback=feedback)
    assert made["OUTPUT"].featureCount() == 200 and "SUMMARY" not in made
    assert "shapely" in feedback.textLog()


def test_across_the_date_line_and_around_a_pole() -> None:
    over = points_layer([(179.99, -17.0), (-179.99, -17.0), (-179.98, -16.99)], [5, 5, 5], None, DEGREES)
    made = cluster("dbscan", over, METRIC="n", EPS=2500)
    shape = next(made["SUMMARY"].getFeatures())
    assert made["CLUSTERS"] == 1 and shape.geometry().isGeosValid()
    assert shape.geometry().boundingBox().width() == pytest.approx(360, abs=0.1)  # a part on each side of the map
    assert len(shape.geometry().asMultiPolygon()) == 2 and shape["area_km2"] < 5
    for x, y in ((179.995, -16.9995), (-179.985, -16.9945)):
        assert shape.geometry().distance(QgsGeometry.fromPointXY(QgsPointXY(x, y))) < 0.002
    pole = points_layer([(lon, 89.0) for lon in range(-180, 180, 30)], [5] * 12, None, DEGREES)
    made = cluster("dbscan", pole, METRIC="n", EPS=100_000)
    around = next(made["SUMMARY"].getFeatures())
    assert made["CLUSTERS"] == 1 and around.geometry().isGeosValid()
    assert around.geometry().contains(QgsPointXY(10.0, 89.9))
    assert around["area_km2"] == pytest.approx(3 * 111.7 ** 2, rel=0.01)  # twelve corners around a circle


def test_parameters_and_outputs(qgis_app: object) -> None:
    expected = {
        "dbscan": {"EPS"}, "stdbscan": {"EPS", "EPS_TIME", "EPS_TIME_UNIT"}, "hdbscan": set()}
    for name, more in expected.items():
        algorithm = QgsApplication.processingRegistry().algorithmById(f"outbreakatlas:{name}")
        assert {one.name() for one in algorithm.parameterDefinitions()} == {
            "INPUT", "METRIC", "TIME_FIELD", "FROM", "TO", "MIN_CASES", "HULL", "OUTPUT", "SUMMARY"} | more
        assert {one.name() for one in algorithm.outputDefinitions()} == {
            "OUTPUT", "SUMMARY", "CLUSTERS", "NOISE", "CASES_CLUSTERED", "CASES_NOISE", "METRIC_USED", "DISTANCES"}
        assert (algorithm.groupId(), algorithm.group()) == ("clustering", "Clustering")
        assert algorithm.flags() is not None and type(algorithm.create()) is type(algorithm)
        summary = algorithm.parameterDefinition("SUMMARY")
        assert summary.createByDefault() and summary.flags() & Qgis.ProcessingParameterFlag.Optional


def test_wuhan_comes_first(shared_data: Path, tmp_path: Path) -> None:
    """The main dataset, the two weeks before and after the new case definition."""
    file = tmp_path / "main.gpkg"
    run("loaddataset", INPUT=[str(shared_data / "cn_city_updates" / "toutiao_city_updates.csv.gz")], OUTPUT=str(file))
    file_layer = layer_string(file)
    for eps, least in ((5000, 10), (60_000, 100)):
        made = run("dbscan", INPUT=file_layer, METRIC="new_confirmed", FROM="2020-02-03", TO="2020-02-17",
                   EPS=eps, MIN_CASES=least, OUTPUT="TEMPORARY_OUTPUT", SUMMARY="TEMPORARY_OUTPUT")
        first = next(one for one in made["SUMMARY"].getFeatures() if one["cluster_id"] == 1)
        assert first["cases"] > 0.5 * made["CASES_CLUSTERED"]
        wuhan = next(one for one in made["OUTPUT"].getFeatures() if one["city"] == "武汉市")
        assert (wuhan["cluster_id"], wuhan["role"]) == (1, "core")
        assert first.geometry().contains(wuhan.geometry()) and wuhan["cases"] > 30_000
