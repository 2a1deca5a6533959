"""Heatmap: against a plain sum, what the file says of itself, every bad input, and that no half file is left."""
from __future__ import annotations

import math
import resource
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from heat_points import HEIGHTS, ORIGIN, UTM, centres, direct_sum, layer_of, left_in, scattered, values_of
from osgeo import gdal
from qgis.core import (
    Qgis,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsFeatureRequest,
    QgsProcessingException,
    QgsProcessingFeatureSourceDefinition,
    QgsProcessingFeedback,
    QgsProject,
    QgsRasterLayer,
)
from small_files import run, write_reports

pytestmark = pytest.mark.usefixtures("project")
RADIUS_M, CELL_M = 9_000.0, 1_500.0


def heat(layer: object, folder: Path, name: str = "heat.tif", **more: Any) -> dict[str, Any]:
    asked = {"INPUT": layer, "METRIC": "cases", "RADIUS": RADIUS_M, "CELL_SIZE": CELL_M, "OUTPUT": str(folder / name)}
    return run("heatmap", **{**asked, **more})


def refusal(layer: object, folder: Path, **more: Any) -> str:
    with pytest.raises(QgsProcessingException) as caught:
        heat(layer, folder, **more)
    assert left_in(folder) == []
    return str(caught.value)


@pytest.mark.parametrize("kernel", sorted(HEIGHTS))
def test_exact_is_the_plain_sum(tmp_path: Path, kernel: str) -> None:
    rows = scattered()
    made = heat(layer_of(rows), tmp_path, KERNEL=kernel, EXACT=True)
    expected = direct_sum(made["OUTPUT"], rows, RADIUS_M, kernel)
    found = values_of(made["OUTPUT"])
    dataset = gdal.Open(made["OUTPUT"])
    assert dataset.GetRasterBand(1).DataType == gdal.GDT_Float64
    assert np.abs(found - expected).max() <= 1e-9 * expected.max()
    assert made["MAXIMUM"] == pytest.approx(expected.max(), rel=1e-12)


@pytest.mark.parametrize("kernel", sorted(HEIGHTS))
def test_default_is_within_its_stated_error_and_keeps_mass(tmp_path: Path, kernel: str) -> None:
    rows = scattered(400)
    made = heat(layer_of(rows), tmp_path, KERNEL=kernel, CELL_SIZE=1000.0)
    expected = direct_sum(made["OUTPUT"], rows, RADIUS_M, kernel)
    bound = float(gdal.Open(made["OUTPUT"]).GetMetadataItem("error_bound").split()[0])
    assert bound <= 0.003
    assert np.abs(values_of(made["OUTPUT"]) - expected).max() <= (bound + 1e-6) * expected.max()
    cases = sum(float(row[2]) for row in rows)
    assert made["CASES"] == cases
    # A disc's border runs through cells, which are in or out by their centres.
    assert made["MASS"] == pytest.approx(cases, rel=2e-2 if kernel == "uniform" else 1e-3)
    assert made["MASS"] == pytest.approx(values_of(made["OUTPUT"]).sum(), rel=1e-6)


@pytest.mark.parametrize("exact", [False, True])
@pytest.mark.parametrize(("kernel", "most"), [
    ("quartic", 1e-3), ("gaussian", 1e-3), ("epanechnikov", 1e-3), ("triangular", 1e-3), ("uniform", 4e-3)])
def test_cells_are_by_default_narrow_enough_to_keep_the_mass_of_a_single_place(
    tmp_path: Path, kernel: str, most: float, exact: bool
) -> None:
    made = heat(layer_of([(ORIGIN[0] + 137.0, ORIGIN[1] - 411.0, 7, None)]), tmp_path, KERNEL=kernel, CELL_SIZE=None,
                EXACT=exact)
    assert made["MASS"] == pytest.approx(7, rel=most)


def test_cells_too_wide_to_keep_mass_are_warned_of(tmp_path: Path) -> None:
    import processing

    feedback, place = QgsProcessingFeedback(), layer_of([(*ORIGIN, 100, None)])
    given = {"INPUT": place, "METRIC": "cases", "RADIUS": RADIUS_M, "KERNEL": "uniform", "CELL_SIZE": 4000.0,
             "OUTPUT": str(tmp_path / "wide.tif")}
    made = processing.run("outbreakatlas:heatmap", given, feedback=feedback)
    # Of a disc of 254.5 km² around a corner of cells of 16 km² the centres of 16 lie within: 256 km².
    assert made["MASS"] == pytest.approx(100 * 16 * 16 / (math.pi * 81), rel=1e-6)
    assert "come to 100.6" in feedback.textLog() and "0.6 percent above the 100 cases" in feedback.textLog()
    assert "give a CELL_SIZE of 225 m or less" in feedback.textLog()
    quiet = QgsProcessingFeedback()
    processing.run("outbreakatlas:heatmap", {**given, "KERNEL": "quartic", "CELL_SIZE": 1500.0}, feedback=quiet)
    assert "come to" not in quiet.textLog()
    # What an extent cuts off is not missing.
    part = QgsProcessingFeedback()
    box = f"{ORIGIN[0]},{ORIGIN[0] + 20_000},{ORIGIN[1]},{ORIGIN[1] + 20_000} [{UTM}]"
    processing.run("outbreakatlas:heatmap", {**given, "EXTENT": box}, feedback=part)
    assert "come to" not in part.textLog()


def test_a_dataset_counts_its_places_in_the_interval(tmp_path: Path) -> None:
    data = run("loaddataset", INPUT=[str(write_reports(tmp_path / "r.csv"))], OUTPUT=str(tmp_path / "data.gpkg"))
    folder = tmp_path / "out"
    folder.mkdir()
    # Of Wuhan 30 came on the 4th at 20:00, 50 at 08:00; Huanggang's 15 came on the 5th.
    made = heat(data["OUTPUT"], folder, METRIC="new_confirmed", FROM="2020-02-04T12:00", TO="2020-02-06", EXACT=True,
                TARGET_CRS=UTM)
    way = QgsCoordinateTransform(
        QgsCoordinateReferenceSystem("EPSG:4326"), QgsCoordinateReferenceSystem(UTM), QgsProject.instance())
    places = [way.transform(114.30, 30.60), way.transform(114.87, 30.45)]
    rows = [(place.x(), place.y(), cases, None) for place, cases in zip(places, (30, 15))]
    expected = direct_sum(made["OUTPUT"], rows, RADIUS_M)
    assert np.abs(values_of(made["OUTPUT"]) - expected).max() <= 1e-9 * expected.max()
    state = heat(data["OUTPUT"], folder, "state.tif", METRIC="confirmed", TO="2020-02-05", EXACT=True, TARGET_CRS=UTM)
    rows = [(place.x(), place.y(), cases, None) for place, cases in zip(places, (180, 20))]
    expected = direct_sum(state["OUTPUT"], rows, RADIUS_M)
    assert np.abs(values_of(state["OUTPUT"]) - expected).max() <= 1e-9 * expected.max()
    items = gdal.Open(made["OUTPUT"]).GetMetadata()
    assert (items["from"], items["to"], items["zone"]) == ("2020-02-04 12:00", "2020-02-06", "Asia/Shanghai")


def test_the_file_says_what_it_is(tmp_path: Path) -> None:
    made = heat(layer_of(scattered(3000)), tmp_path, CELL_SIZE=120.0)
    dataset = gdal.Open(made["OUTPUT"])
    band, values = dataset.GetRasterBand(1), values_of(made["OUTPUT"])
    assert dataset.GetMetadata("IMAGE_STRUCTURE")["COMPRESSION"] == "DEFLATE"
    assert band.GetBlockSize() == [256, 256]
    assert band.GetNoDataValue() == 0
    assert (band.GetUnitType(), band.GetDescription()) == ("cases/km²", "cases, cases per km²")
    assert QgsCoordinateReferenceSystem.fromWkt(dataset.GetProjection()).authid() == UTM
    items = dataset.GetMetadata()
    assert (items["metric"], items["kernel"], items["radius_m"], items["exact"]) == ("cases", "quartic", "9000", "no")
    assert items["software"].startswith("Outbreak Atlas ")
    valid = values[values != 0]
    said = {name: float(text) for name, text in band.GetMetadata().items() if name.startswith("STATISTICS_")}
    assert said["STATISTICS_MAXIMUM"] == pytest.approx(valid.max(), rel=1e-6)
    assert said["STATISTICS_MINIMUM"] == pytest.approx(valid.min(), rel=1e-6)
    assert said["STATISTICS_MEAN"] == pytest.approx(valid.mean(), rel=1e-6)
    assert said["STATISTICS_STDDEV"] == pytest.approx(valid.std(), rel=1e-6)
    assert said["STATISTICS_VALID_PERCENT"] == pytest.approx(100 * valid.size / values.size, rel=1e-3)
    # A value of an overview is the mean of four, those of 0 included: else sums would grow with each level.
    assert band.GetOverviewCount() >= 1
    rows, columns = (size // 2 * 2 for size in values.shape)
    means = values[:rows, :columns].reshape(rows // 2, 2, columns // 2, 2).mean(axis=(1, 3))
    overview = band.GetOverview(0).ReadAsArray()[:rows // 2, :columns // 2]
    assert np.allclose(overview, means, rtol=1e-5, atol=1e-9)
    assert left_in(tmp_path) == ["heat.qmd", "heat.qml", "heat.tif"]


def test_borders_lie_on_multiples_of_the_cell(tmp_path: Path) -> None:
    made = heat(layer_of(scattered()), tmp_path, CELL_SIZE=1234.5)
    left, width, _, top, _, height = gdal.Open(made["OUTPUT"]).GetGeoTransform()
    assert (width, height) == (1234.5, -1234.5)
    assert abs(left / 1234.5 - round(left / 1234.5)) < 1e-6
    assert abs(top / 1234.5 - round(top / 1234.5)) < 1e-6


def test_a_part_of_the_map_is_the_same_part(tmp_path: Path) -> None:
    layer = layer_of(scattered())
    whole = heat(layer, tmp_path, EXACT=True)
    x0, y0 = ORIGIN
    part = heat(layer, tmp_path, "part.tif", EXACT=True, EXTENT=f"{x0},{x0 + 12000},{y0},{y0 + 9000} [{UTM}]")
    x, y = centres(whole["OUTPUT"])
    inside = np.ix_((y > y0) & (y < y0 + 9000), (x > x0 - x0 % CELL_M) & (x < x0 + 12000))
    assert np.allclose(values_of(part["OUTPUT"])[-6:, :8], values_of(whole["OUTPUT"])[inside][-6:, :8], rtol=1e-12)
    assert part["CASES"] < whole["CASES"]
    assert part["MASS"] < whole["MASS"]
    degrees = heat(layer, tmp_path, "degrees.tif", EXTENT="117.0,117.1,32.0,32.05 [EPSG:4326]")
    assert degrees["CRS_USED"] == UTM
    assert 5 < gdal.Open(degrees["OUTPUT"]).RasterXSize < 10


def test_reordered_shifted_and_turned_points(tmp_path: Path) -> None:
    rows = scattered()
    plain = values_of(heat(layer_of(rows), tmp_path, EXACT=True)["OUTPUT"])
    again = values_of(heat(layer_of(rows[::-1]), tmp_path, "b.tif", EXACT=True)["OUTPUT"])
    assert np.allclose(again, plain, rtol=1e-12, atol=1e-15)
    moved = [(x + 7 * CELL_M, y - 3 * CELL_M, *rest) for x, y, *rest in rows]
    shifted = values_of(heat(layer_of(moved), tmp_path, "c.tif", EXACT=True)["OUTPUT"])
    assert np.allclose(shifted, plain, rtol=1e-7, atol=1e-12)
    turned = [(ORIGIN[0] - (y - ORIGIN[1]), ORIGIN[1] + (x - ORIGIN[0]), *rest) for x, y, *rest in rows]
    # The origin of the plane is a corner of cells for this size, so that turned cells are cells.
    quarter = values_of(heat(layer_of(turned), tmp_path, "d.tif", EXACT=True, CELL_SIZE=1000.0)["OUTPUT"])
    upright = values_of(heat(layer_of(rows), tmp_path, "e.tif", EXACT=True, CELL_SIZE=1000.0)["OUTPUT"])
    assert np.allclose(quarter, np.rot90(upright), rtol=1e-7, atol=1e-12)


def test_another_plane_and_words_about_it(tmp_path: Path) -> None:
    feedback = QgsProcessingFeedback()
    import processing

    made = processing.run("outbreakatlas:heatmap", {
        "INPUT": layer_of(scattered()), "METRIC": "cases", "RADIUS": 20_000, "TARGET_CRS": "EPSG:6933",
        "OUTPUT": str(tmp_path / "w.tif")}, feedback=feedback)
    assert made["CRS_USED"] == "EPSG:6933"
    # East to west EASE-Grid 2.0 draws lengths at 32.17° N cos 30° / cos 32.17° = 1.023 times as long; areas are true.
    assert "are off by up to 2.3 percent, areas by 0.0." in feedback.textLog()


def test_selected_features_only(tmp_path: Path) -> None:
    layer = layer_of(scattered())
    layer.selectByExpression("$id <= 10")
    chosen = sum(float(row[2]) for row in scattered()[:10])
    QgsProject.instance().addMapLayer(layer)
    made = heat(QgsProcessingFeatureSourceDefinition(layer.id(), True), tmp_path, "s.tif")
    assert made["CASES"] == chosen
    layer.removeSelection()
    (tmp_path / "none").mkdir()
    assert "nothing is selected" in refusal(QgsProcessingFeatureSourceDefinition(layer.id(), True), tmp_path / "none")
    few = QgsProcessingFeatureSourceDefinition(
        layer.id(), False, -1, Qgis.ProcessingFeatureSourceDefinitionFlags(),
        QgsFeatureRequest().invalidGeometryCheck(), '"cases" > 100')
    assert "nothing" in refusal(few, tmp_path / "none")


def test_one_point_and_cases_taken_back(tmp_path: Path) -> None:
    rows = [(*ORIGIN, -5, None)]
    made = heat(layer_of(rows), tmp_path, EXACT=True)
    assert values_of(made["OUTPUT"]).min() == pytest.approx(-5 * 3 / math.pi / 81, rel=0.05)
    assert (made["CASES"], made["MAXIMUM"]) == (-5.0, 0.0)
    layer = QgsRasterLayer(made["OUTPUT"], "below")
    assert [item.label for item in layer.renderer().shader().rasterShaderFunction().colorRampItemList()] == [
        "below 0 (taken back)", "no cases"]


@pytest.mark.parametrize(("more", "words"), [
    ({"RADIUS": 0}, "RADIUS is 0"), ({"RADIUS": -1}, "RADIUS is -1"), ({"RADIUS": math.nan}, "RADIUS"),
    ({"CELL_SIZE": 0}, "CELL_SIZE is 0"), ({"CELL_SIZE": 0.05}, "give at least"),
    ({"TARGET_CRS": "EPSG:4326"}, "EPSG:4326"), ({"TARGET_CRS": "EPSG:2263"}, "plane in metres"),
    ({"METRIC": "nothing"}, "METRIC"), ({"OUTPUT": "heat.png"}, ".tif"), ({"EXTENT": "5,5,3,3"}, "EXTENT"),
    ({"FROM": "2020-02-03"}, "TIME_FIELD"), ({"FROM": "2021-01-01", "TIME_FIELD": "at"}, "the data run from"),
    ({"FROM": "2020-02-03", "TO": "2020-02-03", "TIME_FIELD": "at"}, "FROM must lie before TO"),
])
def test_bad_input_is_said(tmp_path: Path, more: dict[str, Any], words: str) -> None:
    if "OUTPUT" in more:
        more = {"OUTPUT": str(tmp_path / more["OUTPUT"])}
    assert words in refusal(layer_of(scattered()), tmp_path, **more)


def test_bad_layers_are_said(tmp_path: Path) -> None:
    nothing = layer_of([])
    assert "no features" in refusal(nothing, tmp_path)
    unknown = layer_of([(*ORIGIN, None, None), (ORIGIN[0] + 1, ORIGIN[1], None, None)])
    assert "cases" in refusal(unknown, tmp_path)
    one = layer_of([(*ORIGIN, 3, None)])
    assert "give RADIUS" in refusal(one, tmp_path, RADIUS=None)


def test_a_raster_of_a_billion_cells_is_refused_at_once(tmp_path: Path) -> None:
    layer = layer_of([(*ORIGIN, 1, None), (ORIGIN[0] + 990_000, ORIGIN[1] + 990_000, 1, None)])
    said = refusal(layer, tmp_path, CELL_SIZE=1.0)
    assert "cells" in said and "give at least" in said
    size = float(said.split("give at least ")[1].split(" m")[0])
    made = heat(layer, tmp_path, CELL_SIZE=size)
    raster = gdal.Open(made["OUTPUT"])
    assert raster.RasterXSize * raster.RasterYSize <= 25_000_000


def test_points_on_both_sides_of_the_date_line_are_neighbours(tmp_path: Path) -> None:
    layer = layer_of([(179.95, -17.0, 10, None), (-179.95, -17.0, 10, None)], "EPSG:4326")
    made = heat(layer, tmp_path)
    raster = gdal.Open(made["OUTPUT"])
    assert raster.RasterXSize * CELL_M < 60_000
    assert made["MASS"] == pytest.approx(20, rel=0.02)


# Where GDAL raises exceptions, what it says while it lets the broken file go cannot be raised.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_disk_that_takes_no_more_is_said_and_leaves_the_old_file(tmp_path: Path) -> None:
    old = tmp_path / "heat.tif"
    old.write_bytes(b"what was there before")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, hard))
    try:
        with pytest.raises(QgsProcessingException, match=r"“heat\.tif” could not be written: it needs up to \d+ MB"):
            heat(layer_of(scattered(2000)), tmp_path, CELL_SIZE=50.0)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert old.read_bytes() == b"what was there before"
    assert left_in(tmp_path) == ["heat.tif"]


class _StopsAt(QgsProcessingFeedback):
    """Cancels once the work has come so far."""

    def __init__(self, percent: float) -> None:
        super().__init__()
        self.progressChanged.connect(lambda now: self.cancel() if now >= percent else None)


@pytest.mark.parametrize("percent", [0, 10, 39, 41, 60, 90])
def test_cancelled_at_any_stage_leaves_nothing(tmp_path: Path, percent: float) -> None:
    import processing

    made = processing.run("outbreakatlas:heatmap", {
        "INPUT": layer_of(scattered(2000)), "METRIC": "cases", "RADIUS": RADIUS_M, "CELL_SIZE": 100.0,
        "OUTPUT": str(tmp_path / "heat.tif")}, feedback=_StopsAt(percent))
    assert made == {}
    assert left_in(tmp_path) == []


def test_style_scale_and_name(tmp_path: Path) -> None:
    made = heat(layer_of(scattered()), tmp_path)
    layer = QgsRasterLayer(made["OUTPUT"], "x")
    layer.loadDefaultStyle()
    layer.loadDefaultMetadata()
    items = layer.renderer().shader().rasterShaderFunction().colorRampItemList()
    assert items[0].color.alpha() == 0 and "not drawn" in items[0].label
    assert all(item.color.alpha() > 100 for item in items[1:])
    lightness = [item.color.lightness() for item in items[1:]]
    assert lightness == sorted(lightness, reverse=True)
    assert items[-1].value == math.inf
    assert items[-2].value < made["MAXIMUM"]
    assert items[0].value <= made["MAXIMUM"] / 100
    assert not layer.temporalProperties().isActive()
    assert layer.metadata().title() == "Heat of cases, radius 9 km"


def test_processing_puts_it_into_the_group(tmp_path: Path) -> None:
    import processing

    made = processing.runAndLoadResults("outbreakatlas:heatmap", {
        "INPUT": layer_of(scattered()), "METRIC": "cases", "RADIUS": RADIUS_M, "OUTPUT": str(tmp_path / "g.tif")})
    assert Path(made["OUTPUT"]).is_file()
    (layer,) = QgsProject.instance().mapLayersByName("Heat of cases, radius 9 km")
    assert layer.renderer().type() == "singlebandpseudocolor"
    group = QgsProject.instance().layerTreeRoot().findGroup("Outbreak Atlas")
    assert group is not None and group.findLayer(layer.id()) is not None


@pytest.mark.parametrize("missing", ["scipy", "matplotlib"])
def test_works_without(tmp_path: Path, missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = scattered(400)
    expected = values_of(heat(layer_of(rows), tmp_path)["OUTPUT"])
    for name in [name for name in sys.modules if name == missing or name.startswith(f"{missing}.")]:
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setitem(sys.modules, missing, None)
    found = values_of(heat(layer_of(rows), tmp_path, "without.tif")["OUTPUT"])
    assert np.allclose(found, expected, rtol=1e-6, atol=1e-9 * expected.max())


def test_without_gdal_for_python_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    from qgis.core import QgsApplication

    algorithm = QgsApplication.processingRegistry().createAlgorithmById("outbreakatlas:heatmap")
    assert algorithm.canExecute() == (True, "")
    monkeypatch.setitem(sys.modules, "osgeo", None)
    can_run, reason = algorithm.canExecute()
    assert not can_run and "GDAL" in reason


def test_a_temporary_output_is_a_tif(tmp_path: Path) -> None:
    made = heat(layer_of(scattered()), tmp_path, OUTPUT="TEMPORARY_OUTPUT")
    assert made["OUTPUT"].endswith(".tif") and Path(made["OUTPUT"]).is_file()
