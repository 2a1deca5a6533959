"""Areas and their measures as features: one for each area and period."""
from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from qgis.core import QgsFeature, QgsField, QgsFields
from qgis.PyQt.QtCore import QMetaType

from ..core.measures import Measures
from ..core.progress import Progress
from .area_styles import BEGIN, LAST_SHOWN
from .areas import Areas
from .temporal import as_utc

if TYPE_CHECKING:
    from ..core.arrays import Floats, Ints

_TEXTS = ("area_id", "area", "city", "province", "country")
_MOMENTS = (BEGIN, "period_to", LAST_SHOWN)
_SUMS = ("total", "new")
_COUNTS = ("places", "places_known", "places_reporting")


def area_fields() -> QgsFields:
    """The fields of `area_features`."""
    kinds = {
        **dict.fromkeys(_TEXTS, QMetaType.Type.QString), **dict.fromkeys(_MOMENTS, QMetaType.Type.QDateTime),
        "metric": QMetaType.Type.QString, **dict.fromkeys(_SUMS, QMetaType.Type.Double),
        **dict.fromkeys(_COUNTS, QMetaType.Type.Int), "area_km2": QMetaType.Type.Double,
    }
    fields = QgsFields()
    for name, kind in kinds.items():
        fields.append(QgsField(name, kind))
    return fields


def area_features(
    areas: Areas, measures: Measures, edges: Ints, metric: str, fields: QgsFields, progress: Progress
) -> Iterator[list[QgsFeature]]:
    """Features by period, so that those of a frame lie together: first all areas of the first period.

    A period's last millisecond is told beside its end: QGIS compares moments as text, in which an interval that
    ends where a frame begins would be drawn in it.
    """
    texts = areas.table[list(_TEXTS)].itertuples(index=False, name=None)
    heads = [[text if isinstance(text, str) else None for text in row] for row in texts]
    sizes = areas.area_km2()
    for period, (begin, end) in enumerate(zip(edges[:-1].tolist(), edges[1:].tolist())):
        progress.report(period / (len(edges) - 1))
        moments = [as_utc(begin), as_utc(end), as_utc(end - 1), metric]
        sums = [_known(getattr(measures, name)[:, period]) for name in _SUMS]
        counts = [getattr(measures, name)[:, period].tolist() for name in _COUNTS]
        rows = zip(areas.shapes, heads, zip(*sums, *counts, sizes))
        yield [_feature(fields, shape, [*head, *moments, *values]) for shape, head, values in rows]


def _feature(fields: QgsFields, shape: object, attributes: list[object]) -> QgsFeature:
    feature = QgsFeature(fields)
    feature.setAttributes(attributes)
    feature.setGeometry(shape)
    return feature


def _known(values: Floats) -> list[float | None]:
    return [None if unknown else value for value, unknown in zip(values.tolist(), np.isnan(values).tolist())]
