"""Columns of a file's layer through GDAL's Arrow stream: a twentieth of the time that features take."""
from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from qgis.core import Qgis, QgsFeatureRequest

from ..core.arrays import Floats, Ints
from ..core.progress import Progress
from ..store.copied_points import StoredRows
from ..store.point_blobs import NO_POINT, POINT_BYTES, wkb_points
from .point_source import Bulk, PointInput
from .point_source_columns import Columns, Content, no_single_point

_ROWS_AT_ONCE = 65_536
#: The last byte of WKB's type of a point, and of a multi-point: plain, or 1000, 2000, 3000 more with Z, M or both.
_POINT_KINDS, _MULTI_KINDS = ([(kind + more) % 256 for more in (0, 1000, 2000, 3000)] for kind in (1, 4))


def bulk_columns(
    layer: PointInput, wanted: Mapping[str, Content], points: bool, progress: Progress
) -> Columns | None:
    """The columns, or None where GDAL cannot stream them (before 3.6, or built without NumPy)."""
    from osgeo import gdal, ogr

    if layer.bulk is None or not hasattr(ogr.Layer, "GetArrowStreamAsNumPy"):
        return None
    try:
        opened = gdal.OpenEx(layer.bulk.path, gdal.OF_VECTOR | gdal.OF_READONLY)
        source = opened.GetLayerByName(layer.bulk.layer) if layer.bulk.layer else opened.GetLayer(0)
        found = _columns(source, layer, wanted, points, progress.part(0.0, 0.5) if layer.bulk.is_part else progress)
    except (RuntimeError, ImportError, AttributeError):
        return None  # read by features, which says what is wrong
    if found is None or not layer.bulk.is_part:
        return found
    ids = _ids(layer, progress.part(0.5, 1.0)) if layer.bulk.ids is None else layer.bulk.ids
    return found.take(np.isin(found.id, ids))


def stored_rows(bulk: Bulk, names: list[str], ids: Ints) -> StoredRows | None:
    """Where the layer's file holds the fields of these features; None if it does not say by what key."""
    from osgeo import gdal

    try:
        opened = gdal.OpenEx(bulk.path, gdal.OF_VECTOR | gdal.OF_READONLY)
        source = opened.GetLayerByName(bulk.layer) if bulk.layer else opened.GetLayer(0)
        key = source.GetFIDColumn()
        return StoredRows(Path(bulk.path), source.GetName(), key, names, ids) if key else None
    except (RuntimeError, AttributeError):
        return None


def _ids(layer: PointInput, progress: Progress) -> Ints:
    """The numbers of the features that are meant."""
    request = QgsFeatureRequest().setNoAttributes().setFlags(Qgis.FeatureRequestFlag.NoGeometry)
    found: list[int] = []
    for feature in layer.source.getFeatures(request):
        if len(found) % _ROWS_AT_ONCE == 0:
            progress.report(min(1.0, len(found) / layer.count))
        found.append(feature.id())
    return np.array(found, np.int64)


def _columns(
    source: Any, layer: PointInput, wanted: Mapping[str, Content], points: bool, progress: Progress
) -> Columns | None:
    if not _restricted(source, layer.bulk.subset if layer.bulk else "", [*wanted], points):
        return None
    key, shape = source.GetFIDColumn() or "OGC_FID", source.GetGeometryColumn() or "wkb_geometry"
    parts = _parts(source, [key, *wanted, *([shape] if points else [])], progress)
    ids = np.concatenate([np.zeros(0, np.int64), *parts[key]])
    x, y = _points(parts[shape], ids, layer.title) if points else (np.zeros(0), np.zeros(0))
    values: dict[str, npt.NDArray[Any]] = {}
    texts: dict[str, list[str]] = {}
    for name, content in wanted.items():
        if content == Content.TEXT:
            values[name], texts[name] = _numbered(parts[name])
        else:
            values[name] = (_numbers if content == Content.NUMBER else _moments)(parts[name])
    return Columns(ids, x, y, values, texts)


def _restricted(source: Any, subset: str, wanted: list[str], points: bool) -> bool:
    """Have only these fields read, of only these features; False if the layer has no such fields or filter."""
    from osgeo import ogr

    definition = source.GetLayerDefn()
    names = [definition.GetFieldDefn(at).GetName() for at in range(definition.GetFieldCount())]
    if not set(wanted) <= set(names):
        return False  # fields that QGIS adds: joined or computed ones
    source.SetIgnoredFields([*(name for name in names if name not in wanted), *([] if points else ["OGR_GEOMETRY"])])
    return not subset or source.SetAttributeFilter(subset) == ogr.OGRERR_NONE


def _parts(source: Any, names: list[str], progress: Progress) -> dict[str, list[npt.NDArray[Any]]]:
    total, read = source.GetFeatureCount(), 0
    parts: dict[str, list[npt.NDArray[Any]]] = {name: [] for name in names}
    for batch in source.GetArrowStreamAsNumPy(["INCLUDE_FID=YES", f"MAX_FEATURES_IN_BATCH={_ROWS_AT_ONCE}"]):
        for name, found in parts.items():
            found.append(batch[name])
        read += len(batch[names[0]])
        progress.report(min(1.0, read / max(total, 1)))
    if read != total:  # a stream that breaks off, of a damaged or locked file, does not say so
        raise RuntimeError(f"{read} of {total} features")
    return parts


def _points(parts: list[npt.NDArray[Any]], ids: Ints, title: str) -> tuple[Floats, Floats]:
    found = [_points_of(part, title, ids, start) for part, start in zip(parts, _starts(parts))]
    none = np.zeros(0)
    return np.concatenate([none, *(x for x, _ in found)]), np.concatenate([none, *(y for _, y in found)])


def _starts(parts: list[npt.NDArray[Any]]) -> list[int]:
    """The row at which each part begins."""
    return np.cumsum([0, *map(len, parts)]).tolist()[:-1]


def _points_of(part: npt.NDArray[Any], title: str, ids: Ints, start: int) -> tuple[Floats, Floats]:
    """Of one part of the rows, whose bytes stay in the processor's cache."""
    missing = np.ma.getmask(part)
    stored = (np.where(missing, None, np.ma.getdata(part)) if np.any(missing) else np.ma.getdata(part)).tolist()
    if set(map(type, stored)) == {bytes} and {*map(len, stored)} == {POINT_BYTES}:  # points alone, as nearly always
        return wkb_points(stored)
    pieces = [_point(blob) for blob in stored]
    found = [piece for piece in pieces if piece is not None]
    if len(found) < len(pieces):
        raise no_single_point(int(ids[start + pieces.index(None)]), title)
    return wkb_points(found)


def _point(blob: bytes | None) -> bytes | None:
    """The WKB of a point without height or measure, also of the only one in a multi-point; None for more than one."""
    if blob is None:
        return NO_POINT
    kind = blob[1] if blob[0] else blob[4]
    if kind in _POINT_KINDS:
        return blob[:POINT_BYTES]
    count = int.from_bytes(blob[5:9], "little" if blob[0] else "big")
    if kind not in _MULTI_KINDS or count > 1:
        return None
    return blob[9:9 + POINT_BYTES] if count else NO_POINT


def _numbers(parts: list[npt.NDArray[Any]]) -> Floats:
    whole = [np.ma.filled(part.astype(np.float64), np.nan) for part in parts]
    return np.concatenate([np.zeros(0), *whole])


def _moments(parts: list[npt.NDArray[Any]]) -> Ints:
    whole = [np.ma.filled(part.astype("datetime64[ms]"), np.datetime64("NaT")).astype(np.int64) for part in parts]
    return np.concatenate([np.zeros(0, np.int64), *whole])


def _numbered(parts: list[npt.NDArray[Any]]) -> tuple[Ints, list[str]]:
    """Distinct texts, found by numbers made of their bytes: sorting texts costs ten times as much."""
    import pandas as pd

    codes: list[Ints] = []
    known: dict[bytes, int] = {}
    for part in filter(len, parts):
        missing = np.ma.getmaskarray(part)
        raw = np.ma.getdata(part)
        width = -(-raw.dtype.itemsize // 8) * 8
        words = np.ascontiguousarray(raw.astype(f"S{max(width, 8)}")).view(np.uint64).reshape(len(raw), -1)
        code = np.zeros(len(raw), np.int64)
        for word in words.T:
            own, distinct = pd.factorize(word)
            code, _ = pd.factorize(code * len(distinct) + own)
        first = np.zeros(int(code.max(initial=-1)) + 1, np.int64)
        first[code[::-1]] = np.arange(len(code))[::-1]
        table = np.array([known.setdefault(text, len(known)) for text in raw[first].tolist()], np.int64)
        codes.append(np.where(missing, -1, table[code]))
    return np.concatenate([np.zeros(0, np.int64), *codes]), [text.decode("utf-8", "replace") for text in known]


