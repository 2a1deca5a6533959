"""Layers of points in a UTM zone or in degrees for tests of clustering, and what they became."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from qgis.core import NULL, QgsFeature, QgsGeometry, QgsPointXY, QgsVectorLayer
from qgis.PyQt.QtCore import QDateTime, Qt

UTM, DEGREES = "EPSG:32650", "EPSG:4326"
DAY_MS = 86_400_000
#: Longitudes from here on are easy to read in UTM: the middle of zone 50 on the 30th parallel, nearly.
ORIGIN = (500_000.0, 3_300_000.0)


def points_layer(
    places: Sequence[tuple[float, float]], cases: Sequence[float | None], days: Sequence[float] | None = None,
    crs: str = UTM, fields: str = "",
) -> QgsVectorLayer:
    """One feature a place; `days` after 1 February 2020 is its moment."""
    layer = QgsVectorLayer(
        f"Point?crs={crs}&field=number:int&field=n:double&field=moment:datetime{fields}", "points", "memory")
    start = QDateTime.fromString("2020-02-01T00:00:00Z", Qt.DateFormat.ISODate)
    features = []
    for number, (place, weight) in enumerate(zip(places, cases)):
        feature = QgsFeature(layer.fields())
        moment = None if days is None else start.addMSecs(round(days[number] * DAY_MS))
        feature.setAttributes([number, weight, moment, *[None] * (layer.fields().count() - 3)])
        feature.setGeometry(QgsGeometry.fromPointXY(QgsPointXY(*place)))
        features.append(feature)
    assert layer.dataProvider().addFeatures(features)[0]
    layer.updateExtents()
    return layer


def scattered(count: int, seed: int, cities: int = 6) -> tuple[np.ndarray, np.ndarray]:
    """Places around cities on a grid of 100 m, many of them at one spot, and whole cases, some 0."""
    draws = np.random.default_rng(seed)
    centres = draws.uniform(0, 60_000, (cities, 2))
    places = centres[draws.integers(0, cities, count)] + draws.normal(0, 3000, (count, 2))
    return np.round(places / 100) * 100 + ORIGIN, draws.integers(0, 6, count).astype(float)


def column(layer: QgsVectorLayer, name: str, by: str = "number") -> list[Any]:
    """Values of a field in the order of another."""
    rows = sorted((one[by], one.id(), _plain(one[name])) for one in layer.getFeatures())
    return [value for _, _, value in rows]


def _plain(value: Any) -> Any:
    return None if value is None or value == NULL else value


def partition(labels: Sequence[int | None]) -> set[frozenset[int]]:
    """The groups of a labelling, whatever their numbers."""
    groups: dict[int, set[int]] = {}
    for at, label in enumerate(labels):
        if label is not None and label >= 0:
            groups.setdefault(label, set()).add(at)
    return {frozenset(one) for one in groups.values()}
