"""`./run bench heat`: cases spread over rasters, against QGIS's own heatmap and libkdv.

640,000 distinct points around 320 towns whose sizes follow Zipf's law (20 km standard deviation), each one case, on
900 x 950 cells of 1 km. Medians of `--turns` turns, ours and the peer's in turn; what both made is compared each time:

- KDE alone: `core.density` from arrays to array; peer: `QgsKernelDensityEstimation` over features in memory (prepare,
  addFeature, finalise). Its raster is off by a sub-pixel and not scaled to cases: compared by correlation, and by mass
  with its scaled output. Ours is compared with the direct sum as well: under 0.3 percent of the maximum.
- whole: `outbreakatlas:heatmap` and `qgis:heatmapkerneldensityestimation` on the same GeoPackage, each to a GeoTIFF;
- libkdv (PyPI), epanechnikov, its only kernel; half the bandwidth, as it doubles it; the computing alone of both,
  `compute` of two threads against `core.density`, in turn. For this row make an environment
  that sees the system's packages and run the file with its Python:
      python3 -m venv --system-site-packages build/kdv && build/kdv/bin/pip install libkdv
      QT_QPA_PLATFORM=offscreen build/kdv/bin/python tests/benchmarks/bench_heat.py --only libkdv
- series: 90 bands, 640,000 changes, each step all so far and the last 7 steps; peer: the QGIS algorithm, once for each
  band, on exactly the points of its window, in memory; all 90 runs are made, once, as they take minutes (`--runs N`:
  only N of them, spread evenly, and the sum extrapolated; the row says so). Three bands are compared;
- frame: the GeoTIFF of `outbreakatlas:heatmapseries`, drawn band by band as the Temporal Controller does.
"""
from __future__ import annotations

import argparse
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from harness import ROOT, Table, start

PARTS = ("alone", "whole", "libkdv", "series", "frame")
CELL_M, CRS = 1000.0, "EPSG:32650"
BEGIN_MS, DAY_MS = 1_577_836_800_000, 86_400_000


@dataclass(frozen=True)
class Size:
    """How large everything is."""

    points: int
    columns: int
    rows: int
    steps: int
    turns: int
    runs: int


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--smoke", action="store_true", help="small data, one turn: does it still run?")
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--runs", type=int, default=90, help="how many of the 90 runs of the peer are made")
    parser.add_argument("--only", choices=PARTS)
    asked = parser.parse_args()
    application = start()
    table = Table("heat", smoke=asked.smoke)
    size = Size(4_000, 90, 95, 6, 1, 2) if asked.smoke else Size(640_000, 900, 950, 90, asked.turns, asked.runs)
    parts = {"alone": _alone, "whole": _whole, "libkdv": _libkdv, "series": _series, "frame": _frame}
    with tempfile.TemporaryDirectory(prefix="atlas-bench-", dir=ROOT / "build") as folder:
        for name in PARTS if asked.only is None else (asked.only,):
            parts[name](table, size, Path(folder))
    table.close()
    sys.stdout.flush()
    del application
    return 0


# Data


def _points(size: Size) -> tuple[np.ndarray, np.ndarray]:
    """Distinct points; two corners make the extent a whole number of cells."""
    rng = np.random.default_rng(5)
    towns = 1 / np.arange(1, 321)
    of_point = rng.choice(320, size.points, p=towns / towns.sum())
    wide, high = size.columns * CELL_M, size.rows * CELL_M
    x = _inside(rng.uniform(0, wide, 320)[of_point] + rng.normal(0, wide / 45, size.points), wide)
    y = _inside(rng.uniform(0, high, 320)[of_point] + rng.normal(0, wide / 45, size.points), high)
    x[:2], y[:2] = (0, wide), (0, high)
    return x, y


def _inside(values: np.ndarray, end: float) -> np.ndarray:
    """What lies outside comes in again from the other side."""
    return np.remainder(values, end)


def _grid(size: Size, margin: int = 0) -> Any:
    from outbreak_atlas.plugin.core.heat_grid import HeatGrid

    return HeatGrid(-margin * CELL_M, (size.rows + margin) * CELL_M, CELL_M, size.columns + 2 * margin,
                    size.rows + 2 * margin)


def _memory_layer(x: np.ndarray, y: np.ndarray) -> tuple[Any, list[Any]]:
    """The layer and its features."""
    from qgis.core import QgsFeature, QgsGeometry, QgsPointXY, QgsVectorLayer

    layer, features = QgsVectorLayer(f"Point?crs={CRS}", "points", "memory"), []
    for at_x, at_y in zip(x.tolist(), y.tolist()):
        feature = QgsFeature()
        feature.setGeometry(QgsGeometry.fromPointXY(QgsPointXY(at_x, at_y)))
        features.append(feature)
    layer.dataProvider().addFeatures(features)
    layer.updateExtents()
    return layer, features


def _geopackage(path: Path, x: np.ndarray, y: np.ndarray, step: np.ndarray) -> str:
    """Points with the day of their report."""
    from osgeo import ogr, osr

    plane = osr.SpatialReference()
    plane.ImportFromEPSG(int(CRS.split(":")[1]))
    source = ogr.GetDriverByName("GPKG").CreateDataSource(str(path))
    layer = source.CreateLayer("points", plane, ogr.wkbPoint)
    layer.CreateField(ogr.FieldDefn("reported", ogr.OFTDateTime))
    days = (np.datetime64(BEGIN_MS, "ms") + step.astype("timedelta64[D]")).astype("datetime64[s]").astype(str)
    layer.StartTransaction()
    for at_x, at_y, day in zip(x.tolist(), y.tolist(), days.tolist()):
        feature = ogr.Feature(layer.GetLayerDefn())
        point = ogr.Geometry(ogr.wkbPoint)
        point.AddPoint_2D(at_x, at_y)
        feature.SetGeometry(point)
        feature.SetField("reported", day)
        layer.CreateFeature(feature)
    layer.CommitTransaction()
    return f"{path}|layername=points"


def _steps(size: Size) -> np.ndarray:
    return np.random.default_rng(6).integers(0, size.steps, size.points)


# One raster


def _alone(table: Table, size: Size, folder: Path) -> None:
    from outbreak_atlas.plugin.core.density import density
    from outbreak_atlas.plugin.core.kernels import Kernel

    x, y = _points(size)
    ones, (layer, features) = np.ones(size.points), _memory_layer(x, y)
    for radius, goal in ((5, "at least 40 times"), (25, "at least 120 times")):
        grid, ours, peer = _grid(size, radius), [], []
        for turn in range(size.turns):
            made, seconds = _timed(
                lambda g=grid, r=radius: density(x, y, ones, g, Kernel.QUARTIC, r * CELL_M, False))
            ours.append(seconds)
            path = folder / f"alone_{radius}_{turn}.tif"
            peer.append(_qgis_alone(layer, features, radius * CELL_M, path))
        same = _same_map(made, _values(path) * 1e6, grid.cell_km2, size.points)
        error = _error(made, x, y, ones, grid, radius * CELL_M)
        tracemalloc.start()
        density(x, y, ones, grid, Kernel.QUARTIC, radius * CELL_M, False)
        peak = tracemalloc.get_traced_memory()[1] / 1e6
        tracemalloc.stop()
        note = f"{median(peer) / median(ours):.0f} times; {same}; error {error:.2%} of the maximum"
        table.add(f"KDE alone, radius {radius}", size.points, median(ours), "QgsKernelDensityEstimation", median(peer),
                  goal=goal, peak_mb=peak, note=note)


def _qgis_alone(layer: Any, features: list[Any], radius_m: float, path: Path) -> float:
    from qgis.analysis import QgsKernelDensityEstimation

    asked = QgsKernelDensityEstimation.Parameters()
    asked.source, asked.radius, asked.pixelSize = layer, radius_m, CELL_M
    asked.shape, asked.outputValues = (
        QgsKernelDensityEstimation.KernelShape.KernelQuartic, QgsKernelDensityEstimation.OutputValues.OutputScaled)
    started = time.perf_counter()
    made = QgsKernelDensityEstimation(asked, str(path), "GTiff")
    made.prepare()
    for feature in features:
        made.addFeature(feature)
    made.finalise()
    return time.perf_counter() - started


def _error(made: np.ndarray, x: np.ndarray, y: np.ndarray, ones: np.ndarray, grid: Any, radius_m: float) -> float:
    """The greatest difference to the direct sum, in the rows around the greatest value."""
    from outbreak_atlas.plugin.core.density import density
    from outbreak_atlas.plugin.core.heat_grid import HeatGrid
    from outbreak_atlas.plugin.core.kernels import Kernel

    middle = int(np.unravel_index(made.argmax(), made.shape)[0])
    first = max(middle - 20, 0)
    last = min(middle + 20, grid.rows)
    strip = HeatGrid(grid.left, grid.top - first * CELL_M, CELL_M, grid.columns, last - first)
    exact = density(x, y, ones, strip, Kernel.QUARTIC, radius_m, True)
    error = float(np.abs(made[first:last] - exact).max() / made.max())
    if error >= 0.003:
        raise SystemExit(f"binned values are off by {error:.3%} of the maximum")
    return error


def _same_map(ours: np.ndarray, peer: np.ndarray, cell_km2: float, cases: float, least: float = 0.97) -> str:
    """Correlation of two rasters of the same cells, and the peer's mass."""
    rows, columns = (min(pair) for pair in zip(ours.shape, peer.shape))
    if max(abs(a - b) for a, b in zip(ours.shape, peer.shape)) > 1:
        raise SystemExit(f"not the same cells: {ours.shape} and {peer.shape}")
    correlation = float(np.corrcoef(ours[:rows, :columns].ravel(), peer[:rows, :columns].ravel())[0, 1])
    if correlation < least or abs(ours.sum() * cell_km2 / cases - 1) > 0.001:
        raise SystemExit(f"not the same map: correlation {correlation}, {ours.sum() * cell_km2} of {cases} cases")
    return f"correlation {correlation:.4f}, mass {ours.sum() * cell_km2 / cases:.4f}, peer's " \
           f"{peer.sum() * cell_km2 / cases:.4f}"


def _whole(table: Table, size: Size, folder: Path) -> None:
    x, y = _points(size)
    layer = _geopackage(folder / "whole.gpkg", x, y, _steps(size))
    for radius, goal in ((5, "at least 8 times"), (25, "at least 30 times")):
        ours, peer = [], []
        for turn in range(size.turns):
            paths = [folder / f"{name}_{radius}_{turn}.tif" for name in ("ours", "peer")]
            ours.append(_timed(lambda p=paths[0], r=radius: _our_heatmap(layer, r, p, size))[1])
            peer.append(_timed(lambda p=paths[1], r=radius: _qgis_heatmap(layer, r, p))[1])
        same = _same_map(_values(paths[0]), _values(paths[1]) * 1e6, 1.0, size.points)
        table.add(f"heatmap, whole, radius {radius}", size.points, median(ours), "qgis:heatmapkerneldensityestimation",
                  median(peer), goal=goal, note=f"{median(peer) / median(ours):.1f} times; {same}")


def _our_heatmap(layer: str, radius: int, path: Path, size: Size) -> None:
    import processing

    grid = _grid(size, radius)
    processing.run("outbreakatlas:heatmap", {
        "INPUT": layer, "RADIUS": radius * CELL_M, "CELL_SIZE": CELL_M, "OUTPUT": str(path),
        "EXTENT": f"{grid.left},{grid.right},{grid.bottom},{grid.top} [{CRS}]"})


def _qgis_heatmap(layer: Any, radius: int, path: Path) -> None:
    import processing

    processing.run("qgis:heatmapkerneldensityestimation", {
        "INPUT": layer, "RADIUS": radius * CELL_M, "PIXEL_SIZE": CELL_M, "KERNEL": 0, "OUTPUT_VALUE": 1,
        "OUTPUT": str(path)})


def _libkdv(table: Table, size: Size, folder: Path) -> None:
    from outbreak_atlas.plugin.core.density import density
    from outbreak_atlas.plugin.core.kernels import Kernel

    x, y = _points(size)
    ones, grid, radius_m = np.ones(size.points), _grid(size), 5 * CELL_M

    def ours() -> tuple[np.ndarray, float]:
        return _timed(lambda: density(x, y, ones, grid, Kernel.EPANECHNIKOV, radius_m, False))

    try:
        from libkdv.kdv import kdv
    except (ImportError, OSError):
        seconds = median(ours()[1] for _ in range(size.turns))
        table.add("KDE, epanechnikov, radius 5", size.points, seconds, "libkdv", None, goal="at least 100 times",
                  note="libkdv is not installed")
        return
    import pandas as pd

    peer = kdv(pd.DataFrame({"x": x, "y": y, "w": ones}), GPS=False, row_pixels=size.columns, col_pixels=size.rows,
               bandwidth=radius_m / 2, num_threads=2)
    turns = [(ours(), _timed(peer.compute)) for _ in range(size.turns)]
    runs, found = zip(*turns)
    seconds, made = median(run[1] for run in runs), runs[0][0]
    theirs = np.zeros(made.shape)
    row = np.rint((size.rows - 1) * (1 - found[0][0]["y"].to_numpy() / y.max())).astype(int)
    column = np.rint((size.columns - 1) * found[0][0]["x"].to_numpy() / x.max()).astype(int)
    theirs[row, column] = found[0][0]["val"].to_numpy()
    correlation = float(np.corrcoef(made.ravel(), theirs.ravel())[0, 1])
    if correlation < 0.97:
        raise SystemExit(f"not the same map as libkdv's: correlation {correlation}")
    taken = median(run[1] for run in found)
    table.add("KDE, epanechnikov, radius 5", size.points, seconds, "libkdv", taken, goal="at least 100 times",
              note=f"{taken / seconds:.0f} times; correlation {correlation:.4f}")


# Series


def _series(table: Table, size: Size, folder: Path) -> None:
    """Ours `--turns` times; the peer's runs, one for each band, once: they take minutes."""
    x, y = _points(size)
    step = _steps(size)
    for window in (None, 7):
        ours = [_series_s(x, y, step, size, window)[0] for _ in range(size.turns)]
        tracemalloc.start()
        kept = sorted({0, size.steps // 2, size.steps - 1})
        _, masses, bands = _series_s(x, y, step, size, window, kept)
        peak = tracemalloc.get_traced_memory()[1] / 1e6
        tracemalloc.stop()
        counted = np.linspace(0, size.steps - 1, min(size.runs, size.steps)).astype(int).tolist()
        peer, found = 0.0, []
        for now in counted:
            there = (step <= now) & (step > now - (window or size.steps))
            if abs(masses[now] / there.sum() - 1) > 0.001:
                raise SystemExit(f"band {now} holds {masses[now]} cases of {there.sum()}")
            seconds, values = _peer_band(x[there], y[there], size, folder / f"run_{window}_{now}.tif")
            peer += seconds
            if now in bands:
                found.append(float(np.corrcoef(bands[now].ravel(), values.ravel())[0, 1]))
        if min(found) < 0.9:
            raise SystemExit(f"not the same bands: correlations {found}")
        whole = len(counted) == size.steps
        peer *= size.steps / len(counted)
        note = f"{peer / median(ours):.0f} times; correlations {', '.join(f'{one:.4f}' for one in found)}; " + (
            f"the peer's {size.steps} runs made once" if whole else f"extrapolated from {len(counted)} runs")
        table.add(f"{size.steps} bands, {'all so far' if window is None else f'last {window}'}", size.points,
                  median(ours), f"qgis:heatmapkerneldensityestimation, {size.steps} runs", peer,
                  goal="at least 50 times", peak_mb=peak, note=note)


def _series_s(
    x: np.ndarray, y: np.ndarray, step: np.ndarray, size: Size, window: int | None, kept: Sequence[int] = (),
) -> tuple[float, list[float], dict[int, np.ndarray]]:
    """Seconds of all bands, the cases that each holds, and the bands that are kept; these are not timed apart."""
    from outbreak_atlas.plugin.core.heat_series import density_series
    from outbreak_atlas.plugin.core.kernels import Kernel

    masses, bands = [], {}
    started = time.perf_counter()
    made = density_series(x, y, np.arange(size.points), step, np.ones(size.points), size.steps, window, _grid(size, 5),
                          Kernel.QUARTIC, 5 * CELL_M, False)
    for number, band in enumerate(made):
        if kept:
            masses.append(float(band.sum()))
        if number in kept:
            bands[number] = band
    return time.perf_counter() - started, masses, bands


def _peer_band(x: np.ndarray, y: np.ndarray, size: Size, path: Path) -> tuple[float, np.ndarray]:
    """The QGIS algorithm on exactly the points of a band, on cells of the same raster; without making the layer."""
    layer, _ = _memory_layer(x, y)
    seconds = _timed(lambda: _qgis_heatmap(layer, 5, path))[1]
    grid, own = _grid(size, 5), _values(path)
    left, top = _corner(path)
    column, row = round((left - grid.left) / CELL_M), round((grid.top - top) / CELL_M)
    values = np.zeros((grid.rows, grid.columns))
    part = own[: grid.rows - row, : grid.columns - column]
    values[row: row + part.shape[0], column: column + part.shape[1]] = part
    path.unlink()
    return seconds, values


def _corner(path: Path) -> tuple[float, float]:
    from osgeo import gdal

    place = gdal.Open(str(path)).GetGeoTransform()
    return place[0], place[3]


def _frame(table: Table, size: Size, folder: Path) -> None:
    import processing

    x, y = _points(size)
    layer = _geopackage(folder / "frames.gpkg", x, y, _steps(size))
    path, grid = folder / "series.tif", _grid(size, 5)
    _, whole = _timed(lambda: processing.run("outbreakatlas:heatmapseries", {
        "INPUT": layer, "TIME_FIELD": "reported", "STEP": "day", "WINDOW": 7, "RADIUS": 5 * CELL_M,
        "CELL_SIZE": CELL_M, "EXTENT": f"{grid.left},{grid.right},{grid.bottom},{grid.top} [{CRS}]",
        "OUTPUT": str(path)}))
    table.add("heatmapseries, whole", size.points, whole, "", None, note=f"{path.stat().st_size / 1e6:.0f} MB")
    table.add("a frame played", grid.rows * grid.columns, median(_frames(path, size.steps)), "", None,
              goal="under 0.15 s")


def _frames(path: Path, steps: int) -> list[float]:
    from qgis.core import QgsDateTimeRange, QgsMapRendererParallelJob, QgsMapSettings, QgsRasterLayer
    from qgis.PyQt.QtCore import QDateTime, QSize, Qt

    raster = QgsRasterLayer(str(path), "series")
    raster.loadDefaultStyle()
    if not raster.temporalProperties().isActive():
        raise SystemExit("the series has no time")
    settings = QgsMapSettings()
    settings.setLayers([raster])
    settings.setOutputSize(QSize(1200, 900))
    settings.setOutputDpi(96)
    settings.setDestinationCrs(raster.crs())
    settings.setExtent(raster.extent())
    settings.setIsTemporal(True)
    seconds = []
    for step in range(steps):
        begin, end = (QDateTime.fromMSecsSinceEpoch(BEGIN_MS + at * DAY_MS, Qt.TimeSpec.UTC) for at in (step, step + 1))
        settings.setTemporalRange(QgsDateTimeRange(begin, end, True, False))
        job = QgsMapRendererParallelJob(settings)
        started = time.perf_counter()
        job.start()
        job.waitForFinished()
        seconds.append(time.perf_counter() - started)
        if step == steps - 1 and job.renderedImage().pixelColor(600, 450) == job.renderedImage().pixelColor(0, 0):
            raise SystemExit("the last frame shows nothing")
    return seconds


def _values(path: Path) -> np.ndarray:
    """The first band, 0 where there is nothing."""
    from osgeo import gdal

    dataset = gdal.Open(str(path))
    values, nothing = dataset.ReadAsArray().astype(float), dataset.GetRasterBand(1).GetNoDataValue()
    return values if nothing is None else np.where(values == nothing, 0.0, values)


def _timed(act: Callable[[], Any]) -> tuple[Any, float]:
    started = time.perf_counter()
    made = act()
    return made, time.perf_counter() - started


if __name__ == "__main__":
    sys.exit(main())
