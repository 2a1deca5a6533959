"""Points with their cases, read from any layer of points: the one way from a layer to arrays."""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsFeature,
    QgsFeatureSource,
    QgsFields,
    QgsVectorLayerFeatureSource,
)

from ..core.arrays import Floats, Ints
from ..core.errors import AtlasError
from ..core.point_cases import PointCases
from ..core.schema import Step
from .translation import tr

if TYPE_CHECKING:
    from ..store.copied_points import StoredRows


@dataclass(frozen=True)
class PointInput:
    """A layer as the main thread found it; everything in it may be used by another thread.

    source: its features, `count` of them. path: the dataset, None for another layer. bulk: how GDAL opens just these
    features, None if only QGIS gives them. time_field: of the layer's temporal properties.
    """

    source: QgsFeatureSource | QgsVectorLayerFeatureSource
    count: int
    title: str
    crs: QgsCoordinateReferenceSystem
    fields: QgsFields
    path: Path | None
    bulk: Bulk | None
    time_field: str


@dataclass(frozen=True)
class Bulk:
    """A layer of a file and its subset string. is_part: only some features are meant: those of `ids` (the selected
    ones), or if that is None, those that the source gives."""

    path: str
    layer: str
    subset: str
    is_part: bool
    ids: Ints | None


@dataclass(frozen=True)
class Question:
    """What is asked of a layer: names of fields ("" for the default), moments as they were given (None: open)."""

    metric: str
    time_field: str
    begin: object
    end: object
    needs_time: bool = False


@dataclass(frozen=True)
class PointAttributes:
    """What an output repeats of each point. rows: lists of attributes of points, in the order of their numbers.
    features: the same as features that may be changed, None where rows are at hand sooner. stored: where a GeoPackage
    holds the same, point by point; None if it is not just so in one."""

    fields: QgsFields
    rows: Callable[[Ints], Iterator[list[Any]]]
    features: Callable[[Ints], Iterator[QgsFeature]] | None = None
    stored: StoredRows | None = None


@dataclass(frozen=True)
class PointsRead:
    """`n` points with their cases; what the fields are is said in CONTRACT's terms in `read_points`.

    x, y: (n,) in `crs`. zone: of the times, "" if none is known. step: the playback step of a dataset. period_ms: the
    interval that was counted, half-open, None without time. metric: "" where every row weighs 1. is_sum: summed over
    the interval, not a stock as of its end. left_out: sentences about what was not counted.
    """

    cases: PointCases
    x: Floats
    y: Floats
    crs: QgsCoordinateReferenceSystem
    zone: str
    step: Step | None
    period_ms: tuple[int, int] | None
    metric: str
    is_sum: bool
    attributes: PointAttributes
    left_out: tuple[str, ...]
    distances: str
    title: str


def refuse_too_few(read: PointsRead, least: int = 2) -> None:
    """An error when there are fewer points than work makes sense for."""
    if len(read.x) < least:
        message = tr("“{layer}” has only {n} points with a location and a known count: at least {least} are needed.")
        raise AtlasError(message.format(layer=read.title, n=len(read.x), least=least))
