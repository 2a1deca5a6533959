"""Points for tests of heatmaps, the sum that they are compared with, and how rasters are read."""
from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from osgeo import gdal
from qgis.core import QgsFeature, QgsGeometry, QgsPointXY, QgsVectorLayer

UTM = "EPSG:32650"
#: An outbreak around 117° E, 32° N, in metres of UTM 50: easting, northing, cases, moment.
ORIGIN = (500_000.0, 3_540_000.0)
HEIGHTS = {
    "quartic": lambda u: np.where(u <= 1, 3 * (1 - u ** 2) ** 2, 0.0) / math.pi,
    "epanechnikov": lambda u: np.where(u <= 1, 2 * (1 - u ** 2), 0.0) / math.pi,
    "triangular": lambda u: np.where(u <= 1, 3 * (1 - u), 0.0) / math.pi,
    "uniform": lambda u: np.where(u <= 1, 1.0, 0.0) / math.pi,
    "gaussian": lambda u: np.exp(-u ** 2 / 2) / (2 * math.pi),
}
Row = tuple[float, float, object, object]


def scattered(count: int = 60, seed: int = 4) -> list[Row]:
    """Points within 40 km, with whole cases and a moment of ten days of February 2020 each."""
    random = np.random.default_rng(seed)
    x, y = np.array(ORIGIN)[:, None] + random.uniform(-20_000, 20_000, (2, count))
    cases, hours = random.integers(1, 50, count), random.integers(0, 240, count)
    moments = [f"2020-02-{1 + hour // 24:02d}T{hour % 24:02d}:00:00" for hour in hours.tolist()]
    return list(zip(x.tolist(), y.tolist(), cases.tolist(), moments))


def layer_of(rows: Sequence[Row], crs: str = UTM, name: str = "visits") -> QgsVectorLayer:
    """A memory layer of points with `cases` and `at`, a text."""
    layer = QgsVectorLayer(f"Point?crs={crs}&field=cases:double&field=at:string", name, "memory")
    features = []
    for x, y, cases, moment in rows:
        feature = QgsFeature(layer.fields())
        feature.setAttributes([cases, moment])
        feature.setGeometry(QgsGeometry.fromPointXY(QgsPointXY(x, y)))
        features.append(feature)
    layer.dataProvider().addFeatures(features)
    layer.updateExtents()
    return layer


def direct_sum(raster: Path | str, rows: Sequence[Row], radius_m: float, kernel: str = "quartic") -> np.ndarray:
    """Σ w K(distance / radius) at the centres of a raster's cells, cell by point, in float64."""
    x, y = centres(raster)
    total = np.zeros((len(y), len(x)))
    for east, north, cases, _ in rows:
        u = np.hypot(x[None, :] - east, y[:, None] - north) / radius_m
        total += float(cases) * HEIGHTS[kernel](u) / (radius_m / 1000) ** 2
    return total


def centres(raster: Path | str) -> tuple[np.ndarray, np.ndarray]:
    """Of columns and of rows."""
    dataset = gdal.Open(str(raster))
    left, width, _, top, _, height = dataset.GetGeoTransform()
    columns, rows = (np.arange(size) + 0.5 for size in (dataset.RasterXSize, dataset.RasterYSize))
    return left + columns * width, top + rows * height


def values_of(raster: Path | str, band: int = 1) -> np.ndarray:
    """A band as float64."""
    dataset = gdal.Open(str(raster))  # held: a band does not outlive it
    return dataset.GetRasterBand(band).ReadAsArray().astype(np.float64)


def band_names(raster: Path | str) -> list[str]:
    dataset = gdal.Open(str(raster))
    return [dataset.GetRasterBand(number).GetDescription() for number in range(1, dataset.RasterCount + 1)]


def left_in(folder: Path) -> list[str]:
    """What lies in a folder, hidden files too."""
    return sorted(path.name for path in folder.iterdir())
