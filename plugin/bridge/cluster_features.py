"""Clustered points and clusters as features."""
from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from qgis.core import NULL, QgsFeature, QgsField, QgsFields, QgsGeometry, QgsPointXY
from qgis.PyQt.QtCore import QMetaType

from ..core.arrays import Floats, Ints
from ..core.cluster_facts import ClusterFacts, Items
from ..core.progress import Progress
from ..store.copied_points import Added, StoredRows
from ..store.item_points import ItemPoints
from ..store.moments import moment_texts
from .cluster_styles import BORDER, CASES, CLUSTER, CORE, FIRST, LAST, NOISE, ROLE
from .point_source import PointAttributes, PointsRead
from .temporal import as_utc

if TYPE_CHECKING:
    from .cluster_shapes import ClusterShapes  # needs shapely, without which points are written all the same

ROLES = (CORE, BORDER, NOISE)
_AT_ONCE = 10_000
_INT, _DOUBLE, _MOMENT = QMetaType.Type.Int, QMetaType.Type.Double, QMetaType.Type.QDateTime
_OWN = {CLUSTER: _INT, ROLE: QMetaType.Type.QString, CASES: _DOUBLE}
_TIMES = {FIRST: _MOMENT, LAST: _MOMENT}
_OF_CLUSTER = {
    CLUSTER: _INT, "places": _INT, "cores": _INT, CASES: _DOUBLE, **_TIMES, "days_active": _INT,
    "doubling_days": _DOUBLE, "area_km2": _DOUBLE, "density": _DOUBLE,
}


def point_fields(layer: QgsFields, has_time: bool) -> tuple[QgsFields, dict[str, str]]:
    """The layer's own fields and ours behind them; those of the layer that bear our names get another one, which is
    told as well."""
    own = {**_OWN, **(_TIMES if has_time else {})}
    taken = {*own, *(field.name().lower() for field in layer)}
    fields, renamed = QgsFields(), {}
    for field in layer:
        copy = QgsField(field)
        if field.name().lower() in own:
            renamed[field.name()] = next(
                name for n in range(2, 99) if (name := f"{field.name()}_{n}").lower() not in taken)
            copy.setName(renamed[field.name()])
            taken.add(renamed[field.name()].lower())
        fields.append(copy)
    for name, kind in own.items():
        fields.append(QgsField(name, kind))
    return fields, renamed


def cluster_fields() -> QgsFields:
    """The fields of `cluster_features`."""
    fields = QgsFields()
    for name, kind in _OF_CLUSTER.items():
        fields.append(QgsField(name, kind))
    return fields


def roles(items: Items) -> Ints:
    """What each item is to its cluster, by its number in `ROLES`."""
    found = items.clustering
    return np.where(found.cluster == 0, 2, np.where(found.core, 0, 1))


def item_points(read: PointsRead, items: Items) -> ItemPoints:
    """The items of a dataset for the store, which writes them by SQL."""
    texts = [[None if text is None or text == NULL else text for text in row]
             for row in read.attributes.rows(np.arange(len(read.x)))]
    return ItemPoints(
        read.x, read.y, read.attributes.fields.names(), texts, items.point, items.clustering.cluster, roles(items),
        ROLES, items.cases, items.first_ms, items.last_ms)


def copied_rows(stored: StoredRows, read: PointsRead, items: Items) -> tuple[StoredRows, Added]:
    """The items for the store, which copies their rows by SQL, and what it adds to each."""
    role = roles(items)
    columns: list[Callable[[slice], list[Any]]] = [
        lambda part: [number or None for number in items.clustering.cluster[part].tolist()],
        lambda part: [ROLES[number] for number in role[part].tolist()],
        lambda part: items.cases[part].tolist()]
    for ms in (items.first_ms, items.last_ms):
        if ms is not None:
            columns.append(partial(_texts, ms))
    return replace(stored, ids=stored.ids[items.point]), Added(read.x[items.point], read.y[items.point], columns)


def _texts(ms: Ints, part: slice) -> list[str]:
    return moment_texts(ms[part]).tolist()


def point_features(
    read: PointsRead, items: Items, fields: QgsFields, progress: Progress
) -> Iterator[list[QgsFeature]]:
    """One feature an item, in pieces."""
    columns: list[Iterable[object]] = [
        [number or None for number in items.clustering.cluster.tolist()],
        [ROLES[number] for number in roles(items).tolist()], items.cases.tolist()]
    if items.first_ms is not None and items.last_ms is not None:
        columns += [_moments(items.first_ms), _moments(items.last_ms)]
    own = zip(*columns)
    # Items at one place share a geometry, which QGIS copies when it is changed.
    points = _points(read.x[items.point], read.y[items.point]) if len(items.point) <= len(read.x) else (
        map(list(_points(read.x, read.y)).__getitem__, items.point.tolist()))
    features: list[QgsFeature] = []
    made = _with_own if read.attributes.features is not None else _of_values
    for number, feature in enumerate(made(read.attributes, items.point, own, fields), 1):
        feature.setGeometry(next(points))
        features.append(feature)
        if len(features) == _AT_ONCE:
            progress.report(number / len(items.point))
            yield features
            features = []
    yield features


def _of_values(
    attributes: PointAttributes, points: Ints, own: Iterator[tuple[object, ...]], fields: QgsFields
) -> Iterator[QgsFeature]:
    for values in attributes.rows(points):
        feature = QgsFeature(fields)
        feature.setAttributes([*values, *next(own)])
        yield feature


def _with_own(
    attributes: PointAttributes, points: Ints, own: Iterator[tuple[object, ...]], fields: QgsFields
) -> Iterator[QgsFeature]:
    """The layer's features with more attributes: the others never become objects of Python, which takes longest."""
    first = attributes.fields.count()
    for feature in attributes.features(points) if attributes.features is not None else ():
        feature.setFields(fields, False)
        feature.resizeAttributes(fields.count())
        for at, value in enumerate(next(own), first):
            feature.setAttribute(at, value)
        yield feature


def cluster_features(facts: ClusterFacts, drawn: ClusterShapes, fields: QgsFields) -> list[QgsFeature]:
    """One feature a cluster, the heaviest first."""
    k = len(facts.places)
    with np.errstate(divide="ignore", invalid="ignore"):
        density = facts.cases / drawn.area_km2
    unknown: list[object] = [None] * k
    columns: list[Iterable[object]] = [
        range(1, k + 1), facts.places.tolist(), facts.cores.tolist(), facts.cases.tolist(),
        unknown if facts.first_ms is None else _moments(facts.first_ms),
        unknown if facts.last_ms is None else _moments(facts.last_ms),
        unknown if facts.days_active is None else facts.days_active.tolist(),
        unknown if facts.doubling_days is None else _known(facts.doubling_days),
        _known(drawn.area_km2), _known(density)]
    return [_feature(fields, shape, list(row)) for shape, row in zip(drawn.shapes, zip(*columns))]


def _points(x: Floats, y: Floats) -> Iterator[QgsGeometry]:
    return (QgsGeometry.fromPointXY(QgsPointXY(*place)) for place in zip(x.tolist(), y.tolist()))


def _feature(fields: QgsFields, shape: QgsGeometry, attributes: list[Any]) -> QgsFeature:
    feature = QgsFeature(fields)
    feature.setAttributes(attributes)
    feature.setGeometry(shape)
    return feature


def _moments(ms: Ints) -> Iterator[object]:
    """Moments for QGIS; each is made once."""
    distinct, number = np.unique(ms, return_inverse=True)
    made = [as_utc(one) for one in distinct.tolist()]
    return (made[one] for one in number.ravel().tolist())


def _known(values: Floats) -> list[float | None]:
    return [value if known else None for value, known in zip(values.tolist(), np.isfinite(values).tolist())]
