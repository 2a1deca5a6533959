"""Which frames of a film show the same: known from the layers' times, without drawing."""
from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Hashable, Sequence

from qgis.core import Qgis, QgsGroupLayer, QgsMapLayer, QgsRasterLayer, QgsVectorLayer
from qgis.PyQt.QtCore import QDate, QDateTime

from ..bridge.moments import wall_clock_ms
from ..core.frames import Frame
from .frame_settings import frame_range, is_changing, style_tells_time

#: A layer of more different moments changes in every frame, as far as this is concerned.
_MOST_MOMENTS = 100_000
_VECTOR, _RASTER = Qgis.VectorTemporalMode, Qgis.RasterTemporalMode

#: A frame's part of the key for one layer.
KeyOf = Callable[[Frame], Hashable]


def state_keys(layers: Sequence[QgsMapLayer], frames: Sequence[Frame]) -> tuple[Hashable, ...]:
    """One key a frame: equal ones mean that the layers look the same."""
    parts = [key_of(layer) for layer in layers if is_changing(layer)]
    return tuple(tuple(part(frame) for part in parts) for frame in frames)


def key_of(layer: QgsMapLayer) -> KeyOf:
    """What tells the looks of a layer at frames apart; its own for each frame of a layer that nothing is known of."""
    if isinstance(layer, QgsGroupLayer) or style_tells_time(layer):
        return own_key
    if isinstance(layer, QgsVectorLayer):
        return _vector_key(layer)
    if isinstance(layer, QgsRasterLayer):
        return _raster_key(layer)
    return own_key


def own_key(frame: Frame) -> Hashable:
    """A frame is like no other."""
    return frame.begin_ms, frame.end_ms


def _raster_key(layer: QgsRasterLayer) -> KeyOf:
    properties = layer.temporalProperties()
    if properties.mode() == _RASTER.FixedRangePerBand:
        return lambda frame: properties.bandForTemporalRange(layer, frame_range(frame))
    if properties.mode() == _RASTER.FixedTemporalRange:
        return lambda frame: bool(properties.isVisibleInTemporalRange(frame_range(frame)))
    return own_key


def _vector_key(layer: QgsVectorLayer) -> KeyOf:
    properties = layer.temporalProperties()
    mode, begins = properties.mode(), _moments(layer, properties.startField())
    if mode == _VECTOR.FixedTemporalRange:
        return lambda frame: bool(properties.isVisibleInTemporalRange(frame_range(frame)))
    if layer.isEditable() or begins is None:
        return own_key
    if mode == _VECTOR.FeatureDateTimeInstantFromField and not properties.fixedDuration():
        return _so_far(begins, []) if properties.accumulateFeatures() else _begun(begins)
    if mode == _VECTOR.FeatureDateTimeStartAndEndFromFields and not properties.accumulateFeatures():
        ends = _moments(layer, properties.endField())
        if ends is None:
            return own_key
        leaves_out = properties.limitMode() == Qgis.VectorTemporalLimitMode.IncludeBeginExcludeEnd
        return _held(begins, ends) if leaves_out else _so_far(begins, ends)
    return own_key


def _held(begins: list[int], ends: list[int]) -> KeyOf:
    """What is shown begins before the frame's end and ends after its begin, as QGIS asks where ends are excluded."""
    def key(frame: Frame) -> Hashable:
        return bisect_left(begins, frame.end_ms), bisect_right(ends, frame.begin_ms)
    return key


def _so_far(begins: list[int], ends: list[int]) -> KeyOf:
    """What has begun and what has ended. A frame's end is not part of it; whether what ends where it begins is shown
    depends on the layer and on how its provider compares, and is left open."""
    def key(frame: Frame) -> Hashable:
        return (bisect_left(begins, frame.end_ms),
                bisect_left(ends, frame.begin_ms), bisect_right(ends, frame.begin_ms))
    return key


def _begun(begins: list[int]) -> KeyOf:
    """All frames in which nothing begins are alike."""
    def key(frame: Frame) -> Hashable:
        first, last = bisect_left(begins, frame.begin_ms), bisect_left(begins, frame.end_ms)
        return own_key(frame) if first < last else None
    return key


def _moments(layer: QgsVectorLayer, name: str) -> list[int] | None:
    """The different moments of a field under the layer's filter, ascending; None if they are not known or too many."""
    index = layer.fields().lookupField(name) if name else -1
    if index < 0 or layer.fields().fieldOrigin(index) != Qgis.FieldOrigin.Provider:
        return None
    values = layer.dataProvider().uniqueValues(index, _MOST_MOMENTS)
    if len(values) >= _MOST_MOMENTS:
        return None
    there = [value for value in values if not _is_null(value)]
    if not all(isinstance(value, (QDateTime, QDate)) for value in there):
        return None
    return sorted(map(wall_clock_ms, there))


def _is_null(value: object) -> bool:
    return value is None or (hasattr(value, "isNull") and bool(value.isNull()))
