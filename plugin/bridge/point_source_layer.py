"""Points of any other layer: features, each with its weight and its moment."""
from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from qgis.core import Qgis, QgsFeature, QgsFeatureRequest, QgsField, QgsFields
from qgis.PyQt.QtCore import QMetaType

from ..core.arrays import Bools, Floats, Ints
from ..core.errors import AtlasError
from ..core.point_cases import Entries, PointCases, Told
from ..core.progress import Progress
from .distances import measured
from .moments import moment_of, written_moment
from .point_source import PointAttributes, PointInput, PointsRead, Question
from .point_source_columns import NO_MOMENT, Columns, Content, read_columns
from .point_source_dataset import moment_words
from .translation import tr

if TYPE_CHECKING:
    from ..store.copied_points import StoredRows

#: What numpy reads as this program does.
_PLAIN = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{3})?)?)?")
#: As shapefiles keep moments.
_SLASHED = re.compile(r"\d{4}/\d\d/\d\d")
#: More than this no count is, and sums of its squares would overflow.
_LARGEST = 1e100
_TIMES = (QMetaType.Type.QDate, QMetaType.Type.QDateTime)


@dataclass(frozen=True)
class _Kept:
    """Which rows count, and sentences about the others."""

    rows: Bools
    left_out: tuple[str, ...] = ()

    def without(self, bad: Bools, sentence: str, field: str = "") -> _Kept:
        """Leave out some more; the sentence is filled in with how many those are."""
        count = int((bad & self.rows).sum())
        if not count:
            return self
        return _Kept(self.rows & ~bad, (*self.left_out, sentence.format(n=f"{count:,}", field=field)))


def read_layer(layer: PointInput, question: Question, told: Told, progress: Progress) -> PointsRead:
    """The features of a layer. Raises `AtlasError` and `Cancelled`."""
    weight, time = _weight_field(layer, question.metric), _time_field(layer, question)
    wanted = {name: content for name, content in (
        (weight, Content.NUMBER), (time, _time_content(layer, time))) if name}
    columns = read_columns(layer, wanted, True, progress)
    if not len(columns.id):
        raise AtlasError(tr("“{layer}” has no features to count: nothing is selected, or a filter hides everything."
                            ).format(layer=layer.title))
    kept = _Kept(np.ones(len(columns.id), bool)).without(
        ~(np.isfinite(columns.x) & np.isfinite(columns.y)), tr("{n} features without a point are left out."))
    _refuse_none(kept, tr("No feature of “{layer}” has a location."), layer)
    weights, kept = _weights(columns, weight, kept, layer)
    ms, period, kept = _moments(columns, time, question, kept, layer)
    x, y = columns.x[kept.rows], columns.y[kept.rows]
    ground = measured(x, y, layer.crs)
    cases = weights[kept.rows]
    entries = None
    if ms is not None and told != Told.NOTHING:
        entries = Entries(np.arange(len(cases)), ms[kept.rows], cases)
    warnings = (*kept.left_out, *((ground.warning,) if ground.warning else ()))
    return PointsRead(
        PointCases(ground.places, cases, entries), x, y, layer.crs, "", None, period, weight, True,
        _attributes(layer, columns.id[kept.rows]), warnings, ground.words, layer.title)


def _weight_field(layer: PointInput, asked: str) -> str:
    if not asked:
        return ""
    numeric = [field.name() for field in layer.fields if field.isNumeric()]
    at = layer.fields.lookupField(asked)
    if at < 0 or not layer.fields.at(at).isNumeric():
        message = tr("“{layer}” has no field of numbers called “{metric}”: choose METRIC from {choices}, or leave it "
                     "empty to count each feature once.")
        raise AtlasError(message.format(layer=layer.title, metric=asked, choices=", ".join(numeric) or tr("none")))
    return str(layer.fields.at(at).name())


def _time_field(layer: PointInput, question: Question) -> str:
    has_interval = any(moment_of(value, "") is not None for value in (question.begin, question.end))
    name = question.time_field or (layer.time_field if question.needs_time or has_interval else "")
    if not name and (question.needs_time or has_interval):
        raise AtlasError(tr("“{layer}” has no time of its own: choose TIME_FIELD, the field with each feature's "
                            "moment.").format(layer=layer.title))
    if name and layer.fields.lookupField(name) < 0:
        raise AtlasError(tr("“{layer}” has no field “{field}”: choose another TIME_FIELD.").format(
            layer=layer.title, field=name))
    return name


def _time_content(layer: PointInput, name: str) -> Content:
    if not name:
        return Content.MOMENT
    kind = layer.fields.at(layer.fields.lookupField(name)).type()
    if kind in _TIMES:
        return Content.MOMENT
    if kind == QMetaType.Type.QString:
        return Content.TEXT
    raise AtlasError(tr("The field “{field}” of “{layer}” holds no moments: TIME_FIELD must be a Date, a DateTime or "
                        "text like 2020-02-13T12:00.").format(field=name, layer=layer.title))


def _weights(columns: Columns, name: str, kept: _Kept, layer: PointInput) -> tuple[Floats, _Kept]:
    if not name:
        return np.ones(len(columns.id)), kept
    weights = columns.values[name]
    if np.isinf(weights).any():
        message = tr("Feature {id} of “{layer}” has an infinite “{field}”: mend the value, or filter it away.")
        raise AtlasError(message.format(
            id=columns.id[np.isinf(weights)][0], layer=layer.title, field=name))
    kept = kept.without(np.isnan(weights), tr("{n} features without a {field} are left out."), name)
    _refuse_none(kept, tr("No feature of “{layer}” with a location has a known “{field}”."), layer, name)
    if np.abs(weights[kept.rows]).max() > _LARGEST:
        message = tr("“{layer}” has a “{field}” of {value}, too much to add up: mend the value, or filter it away.")
        raise AtlasError(message.format(layer=layer.title, field=name, value=f"{np.abs(weights[kept.rows]).max():g}"))
    return weights, kept


def _moments(
    columns: Columns, name: str, question: Question, kept: _Kept, layer: PointInput
) -> tuple[Ints | None, tuple[int, int] | None, _Kept]:
    begin, end = (moment_of(value, "") for value in (question.begin, question.end))
    if begin is not None and end is not None and begin >= end:
        raise AtlasError(tr("FROM must lie before TO: there is no time between them."))
    if not name:
        return None, None, kept
    ms = _of_texts(columns, name) if name in columns.texts else columns.values[name]
    kept = kept.without(ms == NO_MOMENT, tr("{n} features without a readable {field} are left out."), name)
    _refuse_none(kept, tr("No feature of “{layer}” has a moment in “{field}” that can be read."), layer, name)
    first, last = int(ms[kept.rows].min()), int(ms[kept.rows].max())
    outside = np.zeros(len(ms), bool)
    if begin is not None:
        outside |= ms < begin
    if end is not None:
        outside |= ms >= end
    kept = _Kept(kept.rows & ~outside, kept.left_out)
    if not kept.rows.any():
        message = tr("No feature of “{layer}” lies in the interval: the data run from {first} until {last}.")
        raise AtlasError(message.format(layer=layer.title, first=moment_words(first), last=moment_words(last)))
    return ms, (first if begin is None else begin, last + 1 if end is None else end), kept


def _of_texts(columns: Columns, name: str) -> Ints:
    """Moments of ISO texts as they are written; of texts with different offsets, in UTC."""
    texts = columns.texts[name]
    return np.append(_plain(texts) if all(map(_PLAIN.fullmatch, texts)) else _written(texts), NO_MOMENT)[
        columns.values[name]]


def _plain(texts: list[str]) -> Ints:
    try:
        return np.array(texts, "datetime64[ms]").astype(np.int64)
    except ValueError:  # the 31st of February
        return _written(texts)


def _written(texts: list[str]) -> Ints:
    found = [written_moment(text.replace("/", "-") if _SLASHED.match(text) else text) for text in texts]
    offsets = {one[1] for one in found if one is not None}
    several = len(offsets) > 1
    return np.array([NO_MOMENT if one is None else one[0] - (one[1] or 0) * several for one in found], np.int64)


def _refuse_none(kept: _Kept, sentence: str, layer: PointInput, field: str = "") -> None:
    if not kept.rows.any():
        raise AtlasError(sentence.format(layer=layer.title, field=field))


def _attributes(layer: PointInput, ids: Ints) -> PointAttributes:
    """All own attributes but the primary key; read again when they are written, in the order of reading."""
    own = [at for at, field in enumerate(layer.fields) if field.name().lower() not in ("fid", "ogc_fid")]
    fields = QgsFields()
    for at in own:
        fields.append(QgsField(layer.fields.at(at)))

    def features(numbers: Ints) -> Iterator[QgsFeature]:
        wanted = ids[numbers]
        found = _features_of(layer, own, wanted)
        if len(wanted) < 2 or np.array_equal(wanted, ids[np.unique(numbers)]):
            return _checked(found, wanted, layer)
        known = dict(found)
        copies = ((one, QgsFeature(known[one]) if one in known else None) for one in wanted.tolist())
        return _checked(copies, wanted, layer)

    def rows(numbers: Ints) -> Iterator[list[Any]]:
        return (feature.attributes() for feature in features(numbers))

    return PointAttributes(fields, rows, features, _stored(layer, fields.names(), ids))


def _stored(layer: PointInput, names: list[str], ids: Ints) -> StoredRows | None:
    if layer.bulk is None:
        return None
    from .point_source_bulk import stored_rows

    return stored_rows(layer.bulk, names, ids)


def _features_of(layer: PointInput, own: list[int], ids: Ints) -> Iterator[tuple[int, QgsFeature]]:
    """These features without geometry, id and other attributes, in the order in which the layer gives them."""
    wanted, no_id = set(ids.tolist()), QgsFeature().id()
    others = sorted(set(range(layer.fields.count())) - set(own), reverse=True)
    request = QgsFeatureRequest().setFlags(Qgis.FeatureRequestFlag.NoGeometry)
    for feature in layer.source.getFeatures(request):
        number = feature.id()
        if number in wanted:
            for at in others:
                feature.deleteAttribute(at)
            feature.setId(no_id)
            yield number, feature


def _checked(
    found: Iterable[tuple[int, QgsFeature | None]], ids: Ints, layer: PointInput
) -> Iterator[QgsFeature]:
    """The features alone, if they are the ones that are wanted."""
    rest = iter(found)
    for wanted in ids.tolist():
        number, feature = next(rest, (None, None))
        if number != wanted or feature is None:
            raise AtlasError(tr("“{layer}” was changed while it was read: run this again.").format(layer=layer.title))
        yield feature
