"""Wrong input to clusters and heat from the outside: one sentence that names it, and nothing left behind."""
from __future__ import annotations

import math
import re
import signal
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cluster_layers import DEGREES, ORIGIN, points_layer, scattered
from heat_points import left_in
from qgis.core import (
    QgsCoordinateTransformContext,
    QgsProcessingException,
    QgsProcessingFeatureSourceDefinition,
    QgsProject,
    QgsVectorFileWriter,
    QgsVectorLayer,
)
from small_files import run, write_reports

pytestmark = pytest.mark.usefixtures("project")
CLUSTERS = ("dbscan", "stdbscan", "hdbscan")
HEAT = ("heatmap", "heatmapseries")
ALL = (*CLUSTERS, "suggesteps", *HEAT)
_OWN: dict[str, dict[str, Any]] = {
    "dbscan": {"EPS": 2000}, "stdbscan": {"EPS": 2000, "TIME_FIELD": "moment"}, "hdbscan": {}, "suggesteps": {},
    "heatmap": {"RADIUS": 2000, "CELL_SIZE": 500},
    "heatmapseries": {"RADIUS": 2000, "CELL_SIZE": 500, "TIME_FIELD": "moment"}}


def asked(name: str, folder: Path, layer: Any, **more: Any) -> dict[str, Any]:
    if name in HEAT:
        outputs = {"OUTPUT": str(folder / "heat.tif")}
    elif name == "suggesteps":
        outputs = {"OUTPUT_HTML": str(folder / "report.html"), "MIN_CASES": 10}
    else:
        outputs = {"OUTPUT": str(folder / "points.gpkg"), "SUMMARY": str(folder / "clusters.gpkg"), "MIN_CASES": 10}
    return {"INPUT": layer, **_OWN[name], **outputs, **more}


def refusal(name: str, folder: Path, layer: Any, **more: Any) -> str:
    before = left_in(folder)
    with pytest.raises(QgsProcessingException) as caught:
        run(name, **asked(name, folder, layer, **more))
    said = str(caught.value)
    assert "Traceback" not in said and left_in(folder) == before
    return said


def timed(cases: list[float] | None = None, fields: str = "") -> QgsVectorLayer:
    places, counted = scattered(40, 1)
    days = [number / 2 for number in range(40)]
    return points_layer(places.tolist(), counted.tolist() if cases is None else cases, days, fields=fields)


@pytest.mark.parametrize(("name", "wrong", "words"), [
    *[(name, {"EPS": value}, ["EPS", "infinite"]) for name in CLUSTERS[:2] for value in (math.inf, -math.inf)],
    *[(name, {"MIN_CASES": math.inf}, ["MIN_CASES", "infinite"]) for name in (*CLUSTERS, "suggesteps")],
    ("stdbscan", {"EPS_TIME": math.inf}, ["EPS_TIME", "infinite"]),
    *[(name, wrong, words) for name in HEAT for wrong, words in (
        ({"RADIUS": math.inf}, ["RADIUS", "infinite"]),
        ({"RADIUS": "wide"}, ["RADIUS is wide", "number above 0"]),
        ({"RADIUS": 1e300}, ["RADIUS", "around the earth"]),
        ({"RADIUS": 1e-9}, ["RADIUS", "half a cell", "CELL_SIZE"]),
        ({"RADIUS": 1e-300}, ["RADIUS", "half a cell", "CELL_SIZE"]),
        ({"CELL_SIZE": 1e12}, ["RADIUS", "half a cell", "CELL_SIZE"]),
        ({"CELL_SIZE": 1e300}, ["RADIUS", "half a cell", "CELL_SIZE"]),
        ({"CELL_SIZE": 1e-9}, ["CELL_SIZE", "too small"]),
        ({"CELL_SIZE": 0.02}, ["CELL_SIZE", "MAX_CELLS", "at least"]),
        ({"CELL_SIZE": 0.8, "MAX_CELLS": 2 ** 31 - 1, "EXTENT": "0,900000,3000000,3900000 [EPSG:32650]"},
         ["MAX_CELLS"]),
        ({"MAX_CELLS": 0}, ["MAX_CELLS is 0", "from 1"]),
        ({"MAX_CELLS": 2 ** 31}, ["MAX_CELLS is 2147483648", "2,147,483,647"]))],
    *[("heatmapseries", {"WINDOW": value}, [f"WINDOW is {value}", "from 1"]) for value in (0, -1, 2 ** 40, 1.5)],
    ("heatmapseries", {"FROM": "0001-01-01", "TO": "9999-12-31T12:00:00"}, ["bands", "STEP"]),
])
def test_a_number_that_cannot_be_is_named(
    name: str, wrong: dict[str, Any], words: list[str], tmp_path: Path
) -> None:
    said = refusal(name, tmp_path, timed(), METRIC="n", **wrong)
    for word in words:
        assert word in said


@pytest.mark.parametrize("name", ALL)
def test_values_no_count_or_place_has(name: str, tmp_path: Path) -> None:
    assert "too much to add up" in refusal(name, tmp_path, timed([1e308] * 40), METRIC="n")
    places, _ = scattered(10, 1)
    far = points_layer([(1e300, 5.0), *places.tolist()], [9] * 11, range(11))
    assert "nowhere on earth" in refusal(name, tmp_path, far, METRIC="n")
    braces = timed(fields="&field={x}:double")
    assert "{x}" in refusal(name, tmp_path, braces, METRIC="{x}")


@pytest.mark.parametrize("name", HEAT)
def test_no_radius_follows_from_nothing(name: str, tmp_path: Path) -> None:
    assert "cases above 0" in refusal(name, tmp_path, timed([0] * 40), METRIC="n", RADIUS=None)
    assert "cases above 0" in refusal(name, tmp_path, timed([-2] * 40), METRIC="n", RADIUS=None)


@pytest.mark.parametrize("name", CLUSTERS[:2])
def test_all_in_one_place_is_one_cluster(name: str, tmp_path: Path) -> None:
    made = run(name, **asked(name, tmp_path, points_layer([ORIGIN] * 9, [2] * 9, [1] * 9), METRIC="n"))
    assert (made["CLUSTERS"], made["CASES_CLUSTERED"], made["NOISE"]) == (1, 18, 0)


@pytest.mark.parametrize("window", [10_000, 2_000_000, 2 ** 31 - 1])
def test_a_window_longer_than_the_data_counts_all_of_it(window: int, tmp_path: Path) -> None:
    """And takes no longer: once each step of the window was computed."""
    made = run("heatmapseries", **asked(
        "heatmapseries", tmp_path, timed([1] * 40), METRIC="n", WINDOW=window, FROM="2020-02-11", TO="2020-02-13"))
    assert (made["BANDS"], made["CASES"]) == (2, 24)


@pytest.mark.parametrize("selected", [False, True])
@pytest.mark.parametrize("name", [*CLUSTERS, "suggesteps"])
def test_no_output_over_the_input(name: str, selected: bool, tmp_path: Path) -> None:
    made = run("loaddataset", INPUT=[str(write_reports(tmp_path / "reports.csv"))], LISTING="partial",
               FIRST_VALUES="new", OUTPUT=str(tmp_path / "data.gpkg"))
    layer = QgsVectorLayer(str(made["OUTPUT"]), "reports", "ogr")
    QgsProject.instance().addMapLayer(layer)
    layer.selectAll()
    chosen = QgsProcessingFeatureSourceDefinition(layer.id(), selected)
    before = (tmp_path / "data.gpkg").read_bytes()
    files = ("OUTPUT_HTML",) if name == "suggesteps" else ("OUTPUT", "SUMMARY")
    for output in files:
        said = refusal(name, tmp_path, chosen, **{output: str(tmp_path / "data.gpkg")})
        assert "data.gpkg" in said and "another file name" in said
        if output != "OUTPUT_HTML":
            table = f"ogr:dbname='{tmp_path / 'data.gpkg'}' table=\"updates\" (geom)"
            assert "another file name" in refusal(name, tmp_path, chosen, **{output: table})
    assert (tmp_path / "data.gpkg").read_bytes() == before


def test_moments_of_a_shapefile_are_read(tmp_path: Path) -> None:
    """Which keeps them as texts like 2020/02/03 12:00:00."""
    options = QgsVectorFileWriter.SaveVectorOptions()
    options.driverName = "ESRI Shapefile"
    file = str(tmp_path / "points.shp")
    QgsVectorFileWriter.writeAsVectorFormatV3(timed(), file, QgsCoordinateTransformContext(), options)
    more = {"METRIC": "n", "FROM": "2020-02-03T12:00", "TO": "2020-02-07", "OUTPUT": "TEMPORARY_OUTPUT"}
    for name in ("stdbscan", "heatmapseries"):
        theirs, ours = (run(name, **asked(name, tmp_path, one, **{"SUMMARY": None, **more}))
                        for one in (file, timed()))
        for key in ("CLUSTERS", "NOISE", "CASES_NOISE", "BANDS", "MASS"):
            assert theirs.get(key) == ours.get(key)


@pytest.mark.skipif(sys.platform == "win32", reason="a limit of file sizes stands for the full disk")
@pytest.mark.parametrize("kilobytes", [0, 4, 20])
@pytest.mark.parametrize("suffix", [".gpkg", ".shp", ".geojson"])
@pytest.mark.parametrize("name", ALL)
def test_a_full_disk_leaves_nothing_wherever_it_ends(
    name: str, suffix: str, kilobytes: int, tmp_path: Path
) -> None:
    import resource

    if suffix != ".gpkg" and name not in CLUSTERS:
        pytest.skip("has an output of one format")
    more = {"OUTPUT": str(tmp_path / f"points{suffix}"), "SUMMARY": None} if name in CLUSTERS else {}
    layer, before = timed(), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (kilobytes * 1000, limits[1]))
    try:
        made = run(name, **asked(name, tmp_path, layer, METRIC="n", **more))
    except QgsProcessingException as error:
        assert re.search("(could not|cannot) be written", str(error))
        assert "SQL" not in str(error) and "OGR" not in str(error)
        assert left_in(tmp_path) == []
    else:
        assert kilobytes and made
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, before)


@pytest.mark.parametrize("name", ["dbscan", "hdbscan"])
def test_a_place_listed_no_more_is_no_point_of_a_stock(name: str, tmp_path: Path) -> None:
    rows = tuple((f"2020-02-0{day}T12:00:00+08:00", city, "Hubei", f"{114 + number / 50}", "30.5", str(10 + day), "")
                 for day in range(1, 7) for number, city in enumerate(("Ab", "Bc", "Cd", "De", "Ef"))
                 if (city, day) not in {("Ab", 5), ("Ab", 6)})
    made = run("loaddataset", INPUT=[str(write_reports(tmp_path / "reports.csv", rows))], LISTING="full",
               FIRST_VALUES="new", OUTPUT=str(tmp_path / "data.gpkg"))
    for end, cities in (("2020-02-05T12:00", 5), ("2020-02-05T12:01", 4), (None, 4)):
        found = run(name, INPUT=made["OUTPUT"], METRIC="confirmed", TO=end, MIN_CASES=20, OUTPUT="TEMPORARY_OUTPUT",
                    **_OWN[name])
        cases = [point["cases"] for point in found["OUTPUT"].getFeatures()]
        assert len(cases) == cities and 0 not in cases


def test_clusters_on_the_date_line_have_their_outlines() -> None:
    draws = np.random.default_rng(1)
    lon, lat = (180 + draws.uniform(-3, 3, 150) + 180) % 360 - 180, -17 + draws.uniform(-3, 3, 150)
    layer = points_layer(list(zip(lon.tolist(), lat.tolist())), [1] * 150, crs=DEGREES)
    for hull in ("convex", "concave"):
        made = run("dbscan", INPUT=layer, EPS=67_117, MIN_CASES=4, HULL=hull, OUTPUT="TEMPORARY_OUTPUT",
                   SUMMARY="TEMPORARY_OUTPUT")
        shapes = [one.geometry() for one in made["SUMMARY"].getFeatures()]
        assert len(shapes) == made["CLUSTERS"] and all(one.isGeosValid() and one.area() > 0 for one in shapes)
