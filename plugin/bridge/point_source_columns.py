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
from qgis.core import Qgis, QgsFeature, QgsFeatureRequest

from ..core.arrays import Floats, Ints
from ..core.errors import AtlasError
from ..core.progress import Progress
from .moments import moment_of
from .point_source import PointInput
from .translation import tr

NO_MOMENT = int(np.iinfo(np.int64).min)
_ROWS_AT_ONCE = 20_000


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
    at = {name: layer.fields.lookupField(name) for name in wanted}
    request = QgsFeatureRequest().setSubsetOfAttributes(list(at.values()))
    if not points:
        request.setFlags(Qgis.FeatureRequestFlag.NoGeometry)
    takers = [_TAKERS[content] for content in wanted.values()]
    indices = list(at.values())
    ids: list[int] = []
    lonlat: list[tuple[float, float]] = []
    cells: list[list[Any]] = [[] for _ in wanted]
    total = max(1, layer.source.featureCount())
    for feature in layer.source.getFeatures(request):
        if len(ids) % _ROWS_AT_ONCE == 0:
            progress.report(min(1.0, len(ids) / total))
        ids.append(feature.id())
        for column, take, index in zip(cells, takers, indices):
            column.append(take(feature.attribute(index)))
        if points:
            lonlat.append(_point(feature, layer.title))
    x, y = np.array(lonlat, np.float64).reshape(-1, 2).T if points else (np.zeros(0), np.zeros(0))
    values: dict[str, npt.NDArray[Any]] = {}
    texts: dict[str, list[str]] = {}
    for (name, content), column in zip(wanted.items(), cells):
        if content == Content.TEXT:
            values[name], texts[name] = _numbered(column)
        else:
            values[name] = np.array(column, np.float64 if content == Content.NUMBER else np.int64)
    return Columns(np.array(ids, np.int64), x, y, values, texts)


def _point(feature: QgsFeature, title: str) -> tuple[float, float]:
    geometry = feature.geometry()
    if geometry.isNull() or geometry.isEmpty():
        return (np.nan, np.nan)
    if geometry.type() != Qgis.GeometryType.Point or geometry.constGet().partCount() > 1:
        raise no_single_point(feature.id(), title)
    point = next(geometry.vertices())
    return (point.x(), point.y())


def no_single_point(number: int, title: str) -> AtlasError:
    message = tr("Feature {id} of “{layer}” is no single point: use “Multipart to singleparts” (or “Centroids” for "
                 "lines and areas) first.")
    return AtlasError(message.format(id=number, layer=title))


def _is_null(value: object) -> bool:
    return value is None or (hasattr(value, "isNull") and bool(value.isNull()))


def _number(value: object) -> float:
    return np.nan if _is_null(value) else float(value)  # type: ignore[arg-type]


def _moment(value: object) -> int:
    """Wall-clock ms; whatever zone Qt attaches to a moment is not looked at."""
    if _is_null(value):
        return NO_MOMENT
    ms = moment_of(value, "")
    return NO_MOMENT if ms is None else ms


def _text(value: object) -> str | None:
    return None if _is_null(value) else str(value)


_TAKERS: dict[Content, Callable[[object], Any]] = {
    Content.NUMBER: _number, Content.MOMENT: _moment, Content.TEXT: _text}


def _numbered(cells: list[str | None]) -> tuple[Ints, list[str]]:
    known: dict[str, int] = {}
    codes = [-1 if cell is None else known.setdefault(cell, len(known)) for cell in cells]
    return np.array(codes, np.int64), list(known)
