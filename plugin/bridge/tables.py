"""Rows of a DataFrame as features."""
from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
from qgis.core import QgsFeature, QgsField, QgsFields, QgsGeometry, QgsPointXY
from qgis.PyQt.QtCore import QMetaType

from ..core.progress import Progress
from ..core.schema import TEXT_COLUMNS, TIME_COLUMNS
from .temporal import as_utc

_PER_REPORT = 5000


def status_columns(metrics: tuple[str, ...]) -> tuple[str, ...]:
    """Columns of a status layer: who, when reported, and the counts."""
    return (*TEXT_COLUMNS, "reported_at", *metrics)


def fields_of(columns: tuple[str, ...]) -> QgsFields:
    """Text, moments, or numbers, by the column's name."""
    fields = QgsFields()
    for name in columns:
        kind = QMetaType.Type.QString if name in TEXT_COLUMNS else (
            QMetaType.Type.QDateTime if name in TIME_COLUMNS else QMetaType.Type.Double)
        fields.append(QgsField(name, kind))
    return fields


def features_of(
    rows: pd.DataFrame, columns: tuple[str, ...], fields: QgsFields, progress: Progress
) -> Iterator[QgsFeature]:
    """One feature a row: values missing are NULL, and so is the geometry without `lon` and `lat`."""
    values = [_values(rows[name], name) for name in columns]
    points = zip(rows["lon"].tolist(), rows["lat"].tolist())
    for number, (point, attributes) in enumerate(zip(points, zip(*values))):
        if number % _PER_REPORT == 0:
            progress.report(number / max(len(rows), 1))
        feature = QgsFeature(fields)
        feature.setAttributes(list(attributes))
        if point[0] == point[0] and point[1] == point[1]:  # a NaN differs from itself
            feature.setGeometry(QgsGeometry.fromPointXY(QgsPointXY(*point)))
        yield feature


def _values(column: pd.Series, name: str) -> list[object]:
    known = column.notna().tolist()
    if name in TIME_COLUMNS:
        return [as_utc(value) if ok else None for value, ok in zip(column.tolist(), known)]
    return [value if ok else None for value, ok in zip(column.tolist(), known)]
