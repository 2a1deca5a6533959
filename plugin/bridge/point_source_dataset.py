"""Points of a dataset's layer: places, with what they reported in an interval."""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from qgis.core import NULL, QgsCoordinateReferenceSystem, QgsField, QgsFields
from qgis.PyQt.QtCore import QMetaType

from ..core.arrays import Bools, Ints
from ..core.errors import AtlasError
from ..core.point_cases import Entries, PointCases, Told
from ..core.progress import Progress
from ..core.schema import CASES, STEP_PREFIX, TEXT_COLUMNS, CountKind, new_metric
from ..store.facts import read_info
from ..store.places_read import Interval, ReportRows, Tally, read_places, tally_stock, tally_sums
from .description import Description, read_description
from .distances import measured
from .moments import moment_of
from .plane import DEGREES
from .point_source import PointAttributes, PointInput, PointsRead, Question
from .point_source_columns import Columns, Content, read_columns
from .styles import main_metric
from .translation import tr

if TYPE_CHECKING:
    import pandas as pd

_MOMENTS = ("reported_at", "valid_from", "valid_to")


@dataclass(frozen=True)
class _Metric:
    name: str
    is_sum: bool


def read_dataset(layer: PointInput, question: Question, told: Told, progress: Progress) -> PointsRead:
    """The places of a dataset. Raises `AtlasError` and `Cancelled`."""
    path = dataset_path(layer)
    dataset = read_description(path)
    info = read_info(path)
    metric = _metric_of(question.metric, info, layer)
    interval = _interval(question, dataset)
    wanted = {"place_id": Content.TEXT, **dict.fromkeys(_MOMENTS, Content.MOMENT), metric.name: Content.NUMBER}
    columns = read_columns(layer, wanted, False, progress)
    if not len(columns.id):
        raise AtlasError(_nothing(layer))
    places = read_places(path).reindex(columns.texts["place_id"])
    rows = _on_level(_rows(columns, metric.name), places, dataset, layer)
    _refuse_other_times(rows, interval, dataset)
    clipped = Interval(interval.begin_ms, min(interval.end_ms, int(info["end"])), interval.step)
    tally = tally_sums(rows, clipped, told) if metric.is_sum else tally_stock(rows, clipped, told)
    left_out = _unknown(tally, metric)
    if question.begin is None and question.end is None:
        left_out += _outside(rows, interval, metric)
    return _located(layer, places, tally, metric, dataset, interval, left_out)


def dataset_path(layer: PointInput) -> Path:
    """The dataset's file; an error for another layer."""
    if layer.path is None:
        raise AtlasError(tr("“{layer}” is not the layer of a dataset.").format(layer=layer.title))
    return layer.path


def _metric_of(asked: str, info: dict[str, Any], layer: PointInput) -> _Metric:
    metrics, new_metrics = tuple(info["metrics"]), tuple(info["new_metrics"])
    events = info["kind"] == CountKind.EVENTS
    steps = tuple(name for name in layer.fields.names() if name.startswith(STEP_PREFIX))
    main = main_metric(metrics)
    name = asked or (new_metric(main) if new_metric(main) in new_metrics else main)
    choices = (*metrics, *new_metrics, *steps)
    if name not in choices:
        message = tr("“{layer}” has no count called “{metric}”: choose METRIC from {choices}.")
        raise AtlasError(message.format(layer=layer.title, metric=name, choices=", ".join(choices)))
    return _Metric(name, name in new_metrics or name in steps or (events and name == CASES))


def _interval(question: Question, dataset: Description) -> Interval:
    begin, end = (moment_of(value, dataset.zone) for value in (question.begin, question.end))
    whole = dataset.period
    interval = Interval(
        whole.begin_ms if begin is None else begin, whole.end_ms if end is None else end, whole.step)
    if interval.begin_ms >= interval.end_ms:
        raise AtlasError(tr("FROM must lie before TO: there is no time between them."))
    return interval


def _rows(columns: Columns, metric: str) -> ReportRows:
    reported, begin, end = (columns.values[name] for name in _MOMENTS)
    return ReportRows(columns.values["place_id"], reported, begin, end, columns.values[metric])


def _on_level(rows: ReportRows, places: pd.DataFrame, dataset: Description, layer: PointInput) -> ReportRows:
    """Levels are never added together: the level of totals, unless only one is there."""
    levels = places["level"].to_numpy()
    if not dataset.totals_level or len(set(levels.tolist())) == 1:
        return rows
    kept = (levels == dataset.totals_level)[rows.place]
    if not kept.any():
        message = tr("No row of “{layer}” is of the level {level}, which totals are of: filter the layer to one level.")
        raise AtlasError(message.format(layer=layer.title, level=dataset.totals_level))
    return rows.take(kept)


def _refuse_other_times(rows: ReportRows, interval: Interval, dataset: Description) -> None:
    first, last = int(rows.valid_from.min()), int(rows.valid_to.max())
    if interval.end_ms <= first or interval.begin_ms >= last:
        message = tr("Nothing was reported from {begin} until {end}: the data run from {first} until {last}.")
        raise AtlasError(message.format(
            begin=moment_words(interval.begin_ms), end=moment_words(interval.end_ms),
            first=moment_words(dataset.period.begin_ms), last=moment_words(dataset.period.end_ms)))


def moment_words(ms: int) -> str:
    """A wall-clock moment as people write it."""
    text = str(np.datetime64(ms, "ms").astype("datetime64[m]")).replace("T", " ")
    return text[:-len(" 00:00")] if text.endswith(" 00:00") else text


def _unknown(tally: Tally, metric: _Metric) -> tuple[str, ...]:
    if not tally.unknown:
        return ()
    text = tr("{n} reports without a known {metric} are left out.") if metric.is_sum else tr(
        "{n} places without a known {metric} are left out.")
    return (text.format(n=f"{tally.unknown:,}", metric=metric.name),)


def _outside(rows: ReportRows, interval: Interval, metric: _Metric) -> tuple[str, ...]:
    outside = int(((rows.reported < interval.begin_ms) | (rows.reported >= interval.end_ms)).sum())
    if not outside or not metric.is_sum:
        return ()
    text = tr("{n} reports lie far outside of the rest in time and are left out: give FROM and TO to count them.")
    return (text.format(n=f"{outside:,}"),)


def _located(
    layer: PointInput, places: pd.DataFrame, tally: Tally, metric: _Metric, dataset: Description, interval: Interval,
    left_out: tuple[str, ...],
) -> PointsRead:
    if not len(tally.place):
        message = tr("No place of “{layer}” has a known {metric} from {begin} until {end}.")
        raise AtlasError(message.format(layer=layer.title, metric=metric.name, begin=moment_words(interval.begin_ms),
                                        end=moment_words(interval.end_ms)))
    chosen = places.iloc[tally.place]
    x, y = chosen["lon"].to_numpy(), chosen["lat"].to_numpy()
    there = np.isfinite(x) & np.isfinite(y)
    if not there.any():
        raise AtlasError(tr("No place of “{layer}” with a known {metric} has a location.").format(
            layer=layer.title, metric=metric.name))
    if not there.all():
        text = tr("{n} places without a location are left out, with {cases} {metric}.")
        left_out += (text.format(n=f"{(~there).sum():,}", cases=f"{tally.cases[~there].sum():,.10g}",
                                 metric=metric.name),)
    crs = QgsCoordinateReferenceSystem(DEGREES)
    x, y = x[there], y[there]
    ground = measured(x, y, crs)
    cases = PointCases(ground.places, tally.cases[there], _kept_entries(tally.entries, there))
    return PointsRead(
        cases, x, y, crs, dataset.named_zone, interval.step, (interval.begin_ms, interval.end_ms), metric.name,
        metric.is_sum, _attributes(chosen[there]), left_out, ground.words, layer.title)


def _kept_entries(entries: Entries | None, there: Bools) -> Entries | None:
    if entries is None:
        return None
    kept, number = there[entries.point], np.cumsum(there) - 1
    return Entries(number[entries.point[kept]], entries.ms[kept], entries.cases[kept])


def _attributes(places: pd.DataFrame) -> PointAttributes:
    fields = QgsFields()
    for name in TEXT_COLUMNS:
        fields.append(QgsField(name, QMetaType.Type.QString))
    columns = [[NULL if text is None or text != text else text for text in places[name]] for name in TEXT_COLUMNS]

    def rows(numbers: Ints) -> Iterator[list[Any]]:
        return ([column[number] for column in columns] for number in numbers.tolist())

    return PointAttributes(fields, rows)


def _nothing(layer: PointInput) -> str:
    return tr("“{layer}” has no features to count: nothing is selected, or a filter hides everything.").format(
        layer=layer.title)
