"""Coordinate reference systems that QGIS lost with the thread that had asked for them first."""
from __future__ import annotations

import threading
import time
from pathlib import Path

import numpy as np
import pytest
from heat_points import layer_of, scattered
from osgeo import gdal
from outbreak_atlas.plugin.bridge.plane import transformed
from outbreak_atlas.plugin.bridge.systems import forget_kept, sound, transform_between
from outbreak_atlas.plugin.bridge.tasks import Handlers, Jobs
from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsCoordinateTransformContext,
    QgsTaskManager,
)
from qgis.PyQt.QtTest import QTest
from small_files import run

pytestmark = pytest.mark.usefixtures("project")
DEGREES, UTM = "EPSG:4326", "EPSG:32650"
OWN = "PROJ:+proj=laea +lat_0=30 +lon_0=115 +datum=WGS84 +units=m +no_defs +type=crs"


def lost(name: str) -> QgsCoordinateReferenceSystem:
    """A system that a thread asked for, then this one, until the other ended."""
    asked, used = threading.Event(), threading.Event()

    def ask() -> None:
        QgsCoordinateReferenceSystem(name).toWkt()
        asked.set()
        used.wait(10)

    forget_kept()
    thread = threading.Thread(target=ask)
    thread.start()
    assert asked.wait(10)
    crs = QgsCoordinateReferenceSystem(name)
    assert crs.toWkt()
    used.set()
    thread.join()
    until = time.monotonic() + 2
    while crs.toWkt():  # Python's thread is over a little before the system's, which takes it along
        if time.monotonic() > until:
            pytest.skip("this QGIS keeps it")
        time.sleep(0.005)
    return crs


@pytest.mark.parametrize("name", [DEGREES, UTM, OWN])
def test_a_lost_system_is_made_anew(name: str) -> None:
    crs = lost(name)
    assert crs.isValid() and not crs.toWkt()
    again = sound(crs)
    assert again.isValid() and again.toWkt() and again.toProj() == crs.toProj() and again.authid() == crs.authid()
    assert QgsCoordinateReferenceSystem(name).toWkt()


def test_a_system_at_hand_and_none_stay_as_they_are() -> None:
    for crs in (QgsCoordinateReferenceSystem(), QgsCoordinateReferenceSystem(UTM)):
        assert sound(crs) is crs


def test_a_transform_that_was_kept_broken_is_made_anew() -> None:
    degrees, crs = QgsCoordinateReferenceSystem(DEGREES), lost(UTM)
    assert not QgsCoordinateTransform(degrees, crs, QgsCoordinateTransformContext()).isValid()
    QgsCoordinateReferenceSystem.invalidateCache()
    assert transform_between(degrees, QgsCoordinateReferenceSystem(UTM)).isValid()


def test_without_a_system_coordinates_stay() -> None:
    way = transform_between(QgsCoordinateReferenceSystem(), QgsCoordinateReferenceSystem(UTM))
    assert not way.isValid()


def test_coordinates_are_transformed_to_a_lost_system() -> None:
    degrees, lon, lat = QgsCoordinateReferenceSystem(DEGREES), np.array([117.0, 118.0]), np.array([32.0, 32.0])
    before = transformed(lon, lat, degrees, QgsCoordinateReferenceSystem(UTM))
    assert before[0][0] == pytest.approx(500_000)
    assert np.array_equal(transformed(lon, lat, degrees, lost(UTM)), before)


@pytest.mark.parametrize("of_layer", [True, False])
@pytest.mark.parametrize("name", ["heatmap", "heatmapseries"])
def test_heat_on_a_lost_plane(name: str, of_layer: bool, tmp_path: Path) -> None:
    """Of the layer itself, and of one that comes from degrees."""
    to_degrees = transform_between(QgsCoordinateReferenceSystem(UTM), QgsCoordinateReferenceSystem(DEGREES))
    points = [(*to_degrees.transform(x, y), cases, at) for x, y, cases, at in scattered()]
    series = {"TIME_FIELD": "at", "STEP": "day"} if name == "heatmapseries" else {}
    asked = {"METRIC": "cases", "RADIUS": 9_000.0, "CELL_SIZE": 1_500.0, **series}
    made = []
    for turn in ("before", "after"):
        file = tmp_path / f"{turn}.tif"
        if turn == "after":
            lost(UTM)
        layer = layer_of(scattered()) if of_layer else layer_of(points, DEGREES)
        result = run(name, INPUT=layer, OUTPUT=str(file), **asked)
        assert gdal.Open(str(file)).GetSpatialRef().GetAuthorityCode(None) == "32650"
        made.append(result["MASS"])
    assert made[0] == pytest.approx(made[1])


def test_clusters_of_a_layer_in_a_lost_system(tmp_path: Path) -> None:
    found = []
    for turn in ("before", "after"):
        if turn == "after":
            lost(UTM)
        made = run("dbscan", INPUT=layer_of(scattered()), METRIC="cases", EPS=9_000, MIN_CASES=100,
                   OUTPUT="TEMPORARY_OUTPUT")
        assert made["OUTPUT"].crs().toWkt()
        found.append((made["CLUSTERS"], made["NOISE"]))
    assert found[0] == found[1] and found[0][0] > 0


@pytest.mark.skipif(not hasattr(QgsTaskManager, "threadPool"), reason="its threads end after 30 seconds")
def test_no_system_is_lost_with_the_thread_of_a_task(tmp_path: Path) -> None:
    forget_kept()
    tasks, ended = QgsTaskManager(), []
    tasks.threadPool().setExpiryTimeout(100)
    layer = layer_of([(129 + number / 100, 32 + number % 7 / 100, 1, None) for number in range(50)], DEGREES)
    jobs = Jobs(tasks)
    jobs.start("outbreakatlas:heatmap", {
        "INPUT": layer, "METRIC": "cases", "RADIUS": 9_000.0, "CELL_SIZE": 1_500.0,
        "OUTPUT": str(tmp_path / "heat.tif"),
    }, Handlers(ended.append, lambda *said: ended.append(said), lambda: ended.append("cancelled")))
    for _ in range(1_000):
        if not ended:
            QTest.qWait(20)
    assert ended[0]["CRS_USED"] == "EPSG:32652"
    crs = QgsCoordinateReferenceSystem("EPSG:32652")
    assert crs.toWkt()
    QTest.qWait(600)
    assert tasks.threadPool().activeThreadCount() == 0
    assert crs.toWkt() and QgsCoordinateReferenceSystem("EPSG:32652").toWkt()
