"""Columns of a file's layer through GDAL's Arrow stream: a twentieth of the time that features take."""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from ..core.arrays import Floats, Ints
from ..core.progress import Progress
from .point_source import PointInput
from .point_source_columns import Columns, Content

_ROWS_AT_ONCE = 65_536


def bulk_columns(
    layer: PointInput, wanted: Mapping[str, Content], points: bool, progress: Progress
) -> Columns | None:
    """The columns, or None where GDAL cannot stream them (before 3.6, or built without NumPy)."""
    from osgeo import gdal, ogr

    if layer.bulk is None or points or not hasattr(ogr.Layer, "GetArrowStreamAsNumPy"):
        return None
    try:
        opened = gdal.OpenEx(layer.bulk.path, gdal.OF_VECTOR | gdal.OF_READONLY)
        source = opened.GetLayerByName(layer.bulk.layer) if layer.bulk.layer else opened.GetLayer(0)
        return _columns(source, layer.bulk.subset, wanted, progress)
    except (RuntimeError, ImportError, AttributeError):
        return None  # read by features, which says what is wrong


def _columns(source: Any, subset: str, wanted: Mapping[str, Content], progress: Progress) -> Columns:
    from osgeo import ogr

    definition = source.GetLayerDefn()
    names = [definition.GetFieldDefn(at).GetName() for at in range(definition.GetFieldCount())]
    source.SetIgnoredFields([*(name for name in names if name not in wanted), "OGR_GEOMETRY"])
    if subset and source.SetAttributeFilter(subset) != ogr.OGRERR_NONE:
        raise RuntimeError(subset)
    key = source.GetFIDColumn() or "OGC_FID"
    total, read = max(1, source.GetFeatureCount()), 0
    parts: dict[str, list[npt.NDArray[Any]]] = {name: [] for name in (key, *wanted)}
    for batch in source.GetArrowStreamAsNumPy(["INCLUDE_FID=YES", f"MAX_FEATURES_IN_BATCH={_ROWS_AT_ONCE}"]):
        for name, found in parts.items():
            found.append(batch[name])
        read += len(batch[key])
        progress.report(min(1.0, read / total))
    values: dict[str, npt.NDArray[Any]] = {}
    texts: dict[str, list[str]] = {}
    for name, content in wanted.items():
        if content == Content.TEXT:
            values[name], texts[name] = _numbered(parts[name])
        else:
            values[name] = (_numbers if content == Content.NUMBER else _moments)(parts[name])
    ids = np.concatenate([np.zeros(0, np.int64), *parts[key]])
    return Columns(ids, np.zeros(0), np.zeros(0), values, texts)


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
    for part in parts:
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
        codes.append(np.where(missing, -1, table[code]) if len(code) else code)
    return np.concatenate([np.zeros(0, np.int64), *codes]), [text.decode("utf-8", "replace") for text in known]


