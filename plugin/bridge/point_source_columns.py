"""Columns of a layer's features as arrays: by GDAL in bulk where it can, else feature by feature.

A column of numbers has NaN where nothing is known, one of moments (wall-clock ms) `NO_MOMENT`; texts come as numbers
of the distinct ones, -1 where there is none.
"""
from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np
import numpy.typing as npt
from qgis.core import Qgis, QgsFeature, QgsFeatureRequest, QgsMultiPoint, QgsPoint
from qgis.PyQt.QtCore import QDate, QDateTime

from ..core.arrays import Bools, Floats, Ints
from ..core.errors import AtlasError
from ..core.progress import Progress
from .moments import wall_clock_ms
from .point_source import PointInput
from .translation import tr

NO_MOMENT = int(np.iinfo(np.int64).min)
_ROWS_AT_ONCE = 20_000
_NOWHERE = (np.nan, np.nan)


class Content(Enum):
    """What a column is read as."""

    NUMBER = "number"
    MOMENT = "moment"
    TEXT = "text"


@dataclass(frozen=True)
class Columns:
    """`n` features. id: as QGIS numbers them; x, y: NaN without a point; texts: the distinct ones, by field."""

    id: Ints
    x: Floats
    y: Floats
    values: Mapping[str, npt.NDArray[Any]]
    texts: Mapping[str, list[str]]

    def take(self, rows: Bools) -> Columns:
        """Some of the features."""
        x, y = (self.x[rows], self.y[rows]) if len(self.x) else (self.x, self.y)
        return Columns(self.id[rows], x, y, {name: cells[rows] for name, cells in self.values.items()}, self.texts)


def read_columns(
    layer: PointInput, wanted: Mapping[str, Content], points: bool, progress: Progress
) -> Columns:
    """Read fields of all features that are meant. Raises `AtlasError` and `Cancelled`."""
    if layer.bulk is not None:
        from .point_source_bulk import bulk_columns

        found = bulk_columns(layer, wanted, points, progress)
        if found is not None:
            return found
    return _by_features(layer, wanted, points, progress)


def _by_features(layer: PointInput, wanted: Mapping[str, Content], points: bool, progress: Progress) -> Columns:
    indices = [layer.fields.lookupField(name) for name in wanted]
    request = QgsFeatureRequest().setSubsetOfAttributes(indices)
    if not points:
        request.setFlags(Qgis.FeatureRequestFlag.NoGeometry)
    ids: list[int] = []
    shapes: list[tuple[float, float]] = []
    cells: list[list[Any]] = [[] for _ in wanted]
    columns = [(column, _TAKERS[content], index) for column, content, index in zip(cells, wanted.values(), indices)]
    for feature in layer.source.getFeatures(request):
        if len(ids) % _ROWS_AT_ONCE == 0:
            progress.report(min(1.0, len(ids) / layer.count))
        ids.append(feature.id())
        for column, take, index in columns:
            value = feature[index]
            column.append(take(value))
        if points:
            shapes.append(_point(feature, layer.title))
    x, y = np.array(shapes, np.float64).reshape(-1, 2).T
    return Columns(np.array(ids, np.int64), x, y, *_arrays(wanted, cells))


def _arrays(
    wanted: Mapping[str, Content], cells: list[list[Any]]
) -> tuple[dict[str, npt.NDArray[Any]], dict[str, list[str]]]:
    values: dict[str, npt.NDArray[Any]] = {}
    texts: dict[str, list[str]] = {}
    for (name, content), column in zip(wanted.items(), cells):
        if content == Content.TEXT:
            values[name], texts[name] = _numbered(column)
        else:
            values[name] = np.array(column, np.float64 if content == Content.NUMBER else np.int64)
    return values, texts


def _point(feature: QgsFeature, title: str) -> tuple[float, float]:
    shape = feature.geometry().constGet()
    if isinstance(shape, QgsPoint):
        return shape.x(), shape.y()
    if shape is None or shape.isEmpty():
        return _NOWHERE
    if isinstance(shape, QgsMultiPoint) and shape.numGeometries() == 1:
        return shape.geometryN(0).x(), shape.geometryN(0).y()
    raise no_single_point(feature.id(), title)


def no_single_point(number: int, title: str) -> AtlasError:
    message = tr("Feature {id} of “{layer}” is no single point: use “Multipart to singleparts” (or “Centroids” for "
                 "lines and areas) first.")
    return AtlasError(message.format(id=number, layer=title))


def _number(value: object) -> float:
    return float(value) if isinstance(value, (float, int)) else np.nan


def _moment(value: object) -> int:
    return wall_clock_ms(value) if isinstance(value, (QDateTime, QDate)) and not value.isNull() else NO_MOMENT


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


_TAKERS: dict[Content, Callable[[object], Any]] = {
    Content.NUMBER: _number, Content.MOMENT: _moment, Content.TEXT: _text}


def _numbered(cells: list[str | None]) -> tuple[Ints, list[str]]:
    known: dict[str, int] = {}
    codes = [-1 if cell is None else known.setdefault(cell, len(known)) for cell in cells]
    return np.array(codes, np.int64), list(known)
