"""Heatmap series: each band against the heatmap of its window, its time in QGIS, and the same as NetCDF."""
from __future__ import annotations

import resource
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from heat_points import ORIGIN, UTM, band_names, direct_sum, layer_of, left_in, scattered, values_of
from osgeo import gdal
from outbreak_atlas.plugin.bridge.result_layers import open_raster
from qgis.core import (
    Qgis,
    QgsCoordinateReferenceSystem,
    QgsDateTimeRange,
    QgsLayoutExporter,
    QgsLayoutItemMap,
    QgsLayoutPoint,
    QgsLayoutSize,
    QgsMapRendererParallelJob,
    QgsMapSettings,
    QgsPrintLayout,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsProject,
    QgsRasterLayer,
    QgsRectangle,
)
from qgis.PyQt.QtCore import QDateTime, QSize, Qt
from qgis.PyQt.QtGui import QColor, QImage
from small_files import run, write_reports

pytestmark = pytest.mark.usefixtures("project")
RADIUS_M, CELL_M = 9_000.0, 1_500.0
_DAY = timedelta(days=1)


def series(layer: object, folder: Path, name: str = "series.tif", **more: Any) -> dict[str, Any]:
    return run("heatmapseries", **{**asked_of(layer, folder, name), **more})


def asked_of(layer: object, folder: Path, name: str) -> dict[str, Any]:
    return {"INPUT": layer, "METRIC": "cases", "TIME_FIELD": "at", "RADIUS": RADIUS_M, "CELL_SIZE": CELL_M,
            "OUTPUT": str(folder / name)}


def frame(text: str, length: timedelta = _DAY) -> QgsDateTimeRange:
    begin = datetime.fromisoformat(text)
    ends = (QDateTime.fromString(one.isoformat(), Qt.DateFormat.ISODate) for one in (begin, begin + length))
    utc = [QDateTime(one.date(), one.time(), Qt.TimeSpec.UTC) for one in ends]
    return QgsDateTimeRange(*utc, True, False)


def drawn(layer: QgsRasterLayer, moments: QgsDateTimeRange | None, size: int = 300) -> np.ndarray:
    settings = QgsMapSettings()
    settings.setLayers([layer])
    settings.setDestinationCrs(layer.crs())
    settings.setExtent(layer.extent())
    settings.setOutputSize(QSize(size, size))
    settings.setOutputDpi(96)
    settings.setBackgroundColor(QColor("white"))
    if moments is not None:
        settings.setIsTemporal(True)
        settings.setTemporalRange(moments)
    job = QgsMapRendererParallelJob(settings)
    job.start()
    job.waitForFinished()
    return pixels(job.renderedImage())


def pixels(image: QImage) -> np.ndarray:
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    data = np.frombuffer(image.constBits().asstring(image.sizeInBytes()), np.uint8)
    return data.reshape(image.height(), image.width(), 4)[:, :, :3].copy()


def counted(rows: list[tuple], begin: str, end: str) -> list[tuple]:
    return [row for row in rows if begin <= row[3] < end]


@pytest.mark.parametrize("window", [1, 3])
def test_a_band_is_the_heat_of_its_window(tmp_path: Path, window: int) -> None:
    rows = scattered(200)
    made = series(layer_of(rows), tmp_path, WINDOW=window, EXACT=True, FROM="2020-02-04", TO="2020-02-08")
    assert (made["BANDS"], made["WINDOW_USED"]) == (4, window)
    assert band_names(made["OUTPUT"]) == ["2020-02-04", "2020-02-05", "2020-02-06", "2020-02-07"]
    for number, day in enumerate(band_names(made["OUTPUT"]), 1):
        end = datetime.fromisoformat(day) + _DAY
        mine = counted(rows, (end - window * _DAY).isoformat(), end.isoformat())
        assert mine
        expected = direct_sum(made["OUTPUT"], mine, RADIUS_M)
        assert np.abs(values_of(made["OUTPUT"], number) - expected).max() <= 1e-9 * expected.max()
    assert made["CASES"] == sum(float(row[2]) for row in mine)
    assert made["MASS"] == pytest.approx(made["CASES"], rel=1e-2)


def test_a_band_equals_the_algorithm_heatmap(tmp_path: Path) -> None:
    layer = layer_of(scattered(200))
    box = f"{ORIGIN[0] - 30000},{ORIGIN[0] + 30000},{ORIGIN[1] - 30000},{ORIGIN[1] + 30000} [{UTM}]"
    made = series(layer, tmp_path, WINDOW=7, EXTENT=box, STEP="day")
    assert made["BANDS"] == 10
    band = 1 + band_names(made["OUTPUT"]).index("2020-02-09")
    one = run("heatmap", INPUT=layer, METRIC="cases", TIME_FIELD="at", FROM="2020-02-03", TO="2020-02-10",
              RADIUS=RADIUS_M, CELL_SIZE=CELL_M, EXTENT=box, OUTPUT=str(tmp_path / "one.tif"))
    assert np.allclose(values_of(made["OUTPUT"], band), values_of(one["OUTPUT"]), rtol=1e-6, atol=1e-12)


def test_steps_are_whole_and_default_to_the_data(tmp_path: Path) -> None:
    layer = layer_of(scattered(50))
    made = series(layer, tmp_path, FROM="2020-02-04T15:00", TO="2020-02-06T01:00")
    assert band_names(made["OUTPUT"]) == ["2020-02-04", "2020-02-05", "2020-02-06"]
    assert made["WINDOW_USED"] == 7
    weeks = series(layer, tmp_path, "weeks.tif", STEP="week")
    assert band_names(weeks["OUTPUT"]) == ["2020-01-27", "2020-02-03", "2020-02-10"][:weeks["BANDS"]]
    assert weeks["WINDOW_USED"] == 1
    hours = series(layer, tmp_path, "hours.tif", STEP="hour", FROM="2020-02-04T15:00", TO="2020-02-04T17:30")
    assert band_names(hours["OUTPUT"]) == ["2020-02-04 15:00", "2020-02-04 16:00", "2020-02-04 17:00"]


def test_a_state_is_shown_as_known_at_the_end_of_a_step(tmp_path: Path) -> None:
    data = run("loaddataset", INPUT=[str(write_reports(tmp_path / "r.csv"))], OUTPUT=str(tmp_path / "data.gpkg"))
    made = run("heatmapseries", INPUT=data["OUTPUT"], METRIC="confirmed", RADIUS=RADIUS_M, CELL_SIZE=CELL_M,
               TARGET_CRS=UTM, OUTPUT=str(tmp_path / "s.tif"))
    cases = [values_of(made["OUTPUT"], number).sum() * (CELL_M / 1000) ** 2 for number in range(1, made["BANDS"] + 1)]
    # Wuhan 100, 180, 180, 180 and Huanggang 20, 20, 35, 35.
    assert cases == pytest.approx([120, 200, 215, 215], rel=5e-3)
    assert made["WINDOW_USED"] == 0
    later = run("heatmapseries", INPUT=data["OUTPUT"], METRIC="confirmed", RADIUS=RADIUS_M, CELL_SIZE=CELL_M,
                TARGET_CRS=UTM, FROM="2020-02-05", OUTPUT=str(tmp_path / "t.tif"))
    assert band_names(later["OUTPUT"]) == ["2020-02-05", "2020-02-06"]
    assert values_of(later["OUTPUT"], 1).sum() * (CELL_M / 1000) ** 2 == pytest.approx(215, rel=5e-3)
    with pytest.raises(QgsProcessingException, match="steps of a day"):
        run("heatmapseries", INPUT=data["OUTPUT"], STEP="hour", OUTPUT=str(tmp_path / "u.tif"))


def test_bands_have_their_time_and_one_scale(tmp_path: Path) -> None:
    made = series(layer_of(scattered(200)), tmp_path)
    layer = open_raster(made["OUTPUT"])
    properties = layer.temporalProperties()
    assert properties.isActive()
    assert properties.mode() == Qgis.RasterTemporalMode.FixedRangePerBand
    ranges = properties.fixedRangePerBand()
    assert len(ranges) == made["BANDS"] == 10
    for number, day in enumerate(band_names(made["OUTPUT"]), 1):
        begin, end = ranges[number].begin(), ranges[number].end()
        assert begin.timeSpec() == Qt.TimeSpec.UTC
        assert begin.toString("yyyy-MM-ddTHH:mm") == f"{day}T00:00"
        assert begin.secsTo(end) == 86_400
        assert (ranges[number].includeBeginning(), ranges[number].includeEnd()) == (True, False)
    # What one frame draws is what the band draws when it is chosen by hand.
    by_time = [drawn(layer, frame(day)) for day in ("2020-02-02", "2020-02-09")]
    assert not np.array_equal(*by_time)
    properties.setIsActive(False)
    for band, picture in zip((2, 9), by_time):
        layer.renderer().setInputBand(band)
        assert np.array_equal(drawn(layer, None), picture)
    properties.setIsActive(True)
    outside = drawn(layer, frame("2021-01-01"))
    assert (outside == 255).all()


def test_it_plays_after_a_project_was_saved_and_in_a_layout(tmp_path: Path) -> None:
    made = series(layer_of(scattered(200)), tmp_path)
    layer = open_raster(made["OUTPUT"])
    project = QgsProject.instance()
    project.addMapLayer(layer)
    expected = drawn(layer, frame("2020-02-03"))
    assert project.write(str(tmp_path / "p.qgz"))
    project.clear()
    assert project.read(str(tmp_path / "p.qgz"))
    (again,) = project.mapLayers().values()
    assert len(again.temporalProperties().fixedRangePerBand()) == made["BANDS"]
    assert np.array_equal(drawn(again, frame("2020-02-03")), expected)
    pictures = [_printed(project, again, day, tmp_path) for day in ("2020-02-03", "2020-02-08")]
    assert not np.array_equal(*pictures)
    assert (pictures[0] < 250).any()


def _printed(project: QgsProject, layer: QgsRasterLayer, day: str, folder: Path) -> np.ndarray:
    layout = QgsPrintLayout(project)
    layout.initializeDefaults()
    item = QgsLayoutItemMap(layout)
    item.attemptMove(QgsLayoutPoint(0, 0))
    item.attemptResize(QgsLayoutSize(100, 100))
    item.setCrs(layer.crs())
    item.setExtent(QgsRectangle(layer.extent()))
    item.setLayers([layer])
    item.setIsTemporal(True)
    item.setTemporalRange(frame(day))
    layout.addLayoutItem(item)
    settings = QgsLayoutExporter.ImageExportSettings()
    settings.dpi = 60
    path = folder / f"{day}.png"
    assert QgsLayoutExporter(layout).exportToImage(str(path), settings) == QgsLayoutExporter.ExportResult.Success
    return pixels(QImage(str(path)))


def test_a_frame_is_quick(tmp_path: Path) -> None:
    made = series(layer_of(scattered(3000)), tmp_path, CELL_SIZE=60.0)
    layer = open_raster(made["OUTPUT"])
    assert layer.width() >= 900
    drawn(layer, frame("2020-02-01"), 900)
    took = []
    for day in range(2, 9):
        begun = time.perf_counter()
        drawn(layer, frame(f"2020-02-{day:02d}"), 900)
        took.append(time.perf_counter() - begun)
    assert min(took) < 0.15, "the others may have waited for another program"


def test_netcdf_holds_the_same(tmp_path: Path) -> None:
    made = series(layer_of(scattered(200)), tmp_path, NETCDF=str(tmp_path / "series.nc"), WINDOW=3)
    assert made["NETCDF"] == str(tmp_path / "series.nc")
    dataset = gdal.OpenEx(made["NETCDF"], gdal.OF_MULTIDIM_RASTER)
    root = dataset.GetRootGroup()
    density = root.OpenMDArray("density")
    assert [one.GetName() for one in density.GetDimensions()] == ["time", "y", "x"]
    values = density.ReadAsArray()
    for number in range(1, made["BANDS"] + 1):
        assert np.array_equal(values[number - 1].astype(np.float64), values_of(made["OUTPUT"], number))
    assert root.GetAttribute("Conventions").Read() == "CF-1.8"
    assert density.GetUnit() == "km-2"
    assert density.GetAttribute("cell_methods").Read() == "time: sum area: mean"
    times = root.OpenMDArray("time")
    days = times.ReadAsArray()
    assert times.GetUnit() == "days since 1970-01-01 00:00:00"
    assert days[0] == (datetime(2020, 2, 1) - datetime(1970, 1, 1)).days
    assert np.array_equal(root.OpenMDArray("time_bnds").ReadAsArray(), np.stack([days - 2, days + 1], axis=1))
    mapping = root.OpenMDArray("transverse_mercator")
    assert mapping.GetAttribute("grid_mapping_name").Read() == "transverse_mercator"
    assert "32650" in mapping.GetAttribute("crs_wkt").Read()
    left, width = root.OpenMDArray("x").ReadAsArray()[:2]
    assert (left - CELL_M / 2) % CELL_M == pytest.approx(0) and width - left == CELL_M
    assert root.OpenMDArray("y").ReadAsArray()[0] > root.OpenMDArray("y").ReadAsArray()[1]
    assert left_in(tmp_path) == ["series.nc", "series.qmd", "series.qml", "series.tif"]


def test_bad_input_is_said(tmp_path: Path) -> None:
    layer = layer_of(scattered())
    for more, words in (
        ({"TIME_FIELD": None}, "TIME_FIELD"), ({"NETCDF": str(tmp_path / "a.txt")}, r"\.nc"),
        ({"RADIUS": 0}, "RADIUS is 0"), ({"CELL_SIZE": 0.05}, "give at least"),
        ({"OUTPUT": str(tmp_path / "a.gif")}, "tif"),
        ({"FROM": "1970-01-01", "STEP": "hour"}, "bands"), ({"FROM": "2020-02-03", "TO": "2020-02-03"}, "FROM must"),
        ({"WINDOW": 0}, "WINDOW"),
    ):
        with pytest.raises(QgsProcessingException, match=words):
            series(layer, tmp_path, **more)
        assert left_in(tmp_path) == []


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("limit", [150_000, 600_000])
def test_a_full_disk_leaves_neither_file(tmp_path: Path, limit: int) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        with pytest.raises(QgsProcessingException, match=r"could not be written: it needs up to \d+ MB"):
            series(layer_of(scattered(2000)), tmp_path, CELL_SIZE=150.0, NETCDF=str(tmp_path / "a.nc"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert left_in(tmp_path) == []


@pytest.mark.parametrize("percent", [0, 20, 31, 60, 95])
def test_cancelled_at_any_stage_leaves_nothing(tmp_path: Path, percent: float) -> None:
    import processing

    feedback = QgsProcessingFeedback()
    feedback.progressChanged.connect(lambda now: feedback.cancel() if now >= percent else None)
    made = processing.run("outbreakatlas:heatmapseries", {
        **asked_of(layer_of(scattered(500)), tmp_path, "s.tif"), "NETCDF": str(tmp_path / "s.nc")}, feedback=feedback)
    assert made == {}
    assert left_in(tmp_path) == []


def test_reopened_raster_is_in_its_plane(tmp_path: Path) -> None:
    made = series(layer_of(scattered()), tmp_path)
    layer = open_raster(made["OUTPUT"])
    assert layer.crs() == QgsCoordinateReferenceSystem(UTM)
    assert layer.name() == "Heat of cases of the last 7 days, radius 9 km"
    assert "cases per km²" in layer.metadata().abstract()
