"""Unweighted, ST-DBSCAN and DBSCAN find what QGIS's own algorithms find.

QGIS tells clusters and noise, not which points are core. It grows one cluster after the other and gives a border point
to the first that reaches it, so that its border points depend on the order of rows and may differ from ours, which go
to the nearest core point. Core points, noise and the number of clusters have to be the same.
"""
from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from dbscan_truth import assert_same_groups, neighbours
from outbreak_atlas.plugin.core.dbscan import dbscan
from outbreak_atlas.plugin.core.point_cases import Clustering
from outbreak_atlas.plugin.core.stdbscan import stdbscan
from qgis.core import QgsApplication, QgsFeature, QgsGeometry, QgsPointXY, QgsVectorLayer
from qgis.PyQt.QtCore import QDateTime, Qt

HOUR_MS, BEGIN_MS = 3_600_000, 1_584_230_400_000


def made(seed: int, count: int = 1_500) -> tuple[Any, Any]:
    """Whole metres around 15 places and whole hours, so that some pairs are at exactly eps in space and in time."""
    numbers = np.random.default_rng(seed)
    centres = numbers.integers(0, 2_000, (15, 2))
    places = np.rint(centres[numbers.integers(0, 15, count)] + numbers.normal(0, 40, (count, 2)))
    return places, BEGIN_MS + numbers.integers(0, 240, count) * HOUR_MS


def layer_of(places: Any, ms: Any) -> QgsVectorLayer:
    layer = QgsVectorLayer("Point?crs=EPSG:3857&field=n:integer&field=moment:datetime", "points", "memory")
    features = []
    for number, (x, y) in enumerate(places.tolist()):
        feature = QgsFeature(layer.fields())
        feature.setGeometry(QgsGeometry.fromPointXY(QgsPointXY(x, y)))
        feature.setAttributes([number, QDateTime.fromMSecsSinceEpoch(int(ms[number]), Qt.TimeSpec.UTC)])
        features.append(feature)
    assert layer.dataProvider().addFeatures(features)[0]
    return layer


def native(name: str, layer: QgsVectorLayer, **parameters: Any) -> tuple[Any, int]:
    """The cluster of each point, 0 for noise, and how many there are."""
    import processing

    found = processing.run(f"native:{name}clustering", {"INPUT": layer, "OUTPUT": "memory:", **parameters})
    labels = np.zeros(layer.featureCount(), np.int64)
    for feature in found["OUTPUT"].getFeatures():
        cluster = feature["CLUSTER_ID"]
        labels[feature["n"]] = cluster if isinstance(cluster, int) else 0
    return labels, found["NUM_CLUSTERS"]


def assert_same(ours: Clustering, labels: Any, count: int, near: Any) -> None:
    assert len(ours.weights) == count > 10
    assert np.array_equal(ours.cluster == 0, labels == 0) and 50 < (labels == 0).sum() < len(labels) - 50
    assert_same_groups(ours.cluster[ours.core], labels[ours.core])
    for point in np.flatnonzero(ours.cluster != _named_as(ours, labels)):
        assert not ours.core[point]  # a border point, and of a cluster that reaches it
        assert labels[point] in labels[near[point] & ours.core]


def _named_as(ours: Clustering, labels: Any) -> Any:
    """QGIS's clusters with our numbers."""
    number = np.zeros(labels.max() + 1, np.int64)
    number[labels[ours.core]] = ours.cluster[ours.core]
    return number[labels]


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize(("eps_m", "eps_hours", "least"), [(40.0, 24, 7), (25.0, 60, 7), (15.0, 120, 6)])
def test_stdbscan(qgis_app: QgsApplication, seed: int, eps_m: float, eps_hours: int, least: int) -> None:
    places, ms = made(seed)
    layer = layer_of(places, ms)
    labels, count = native(  # a bare number is milliseconds
        "stdbscan", layer, DATETIME_FIELD="moment", EPS=eps_m, EPS2=eps_hours * HOUR_MS, MIN_SIZE=least)
    ours = stdbscan(places, ms, np.ones(len(ms)), eps_m, eps_hours * HOUR_MS, least)
    assert_same(ours, labels, count, neighbours(places, eps_m, ms, eps_hours * HOUR_MS))


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize(("eps_m", "least"), [(10.0, 5), (20.0, 12)])
def test_dbscan(qgis_app: QgsApplication, seed: int, eps_m: float, least: int) -> None:
    places, ms = made(seed)
    labels, count = native("dbscan", layer_of(places, ms), EPS=eps_m, MIN_SIZE=least)
    assert_same(dbscan(places, np.ones(len(ms)), eps_m, least), labels, count, neighbours(places, eps_m))
