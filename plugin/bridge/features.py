"""The features of a layer that GDAL opened, as cells of text and points."""
from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ..core.encodings import find_encoding
from ..core.errors import AtlasError
from .translation import tr

if TYPE_CHECKING:
    from ..core.progress import Progress

#: Digits of a number that tell it from its neighbours, as spreadsheets show them.
NUMBER = ".15g"
#: Bytes that are no UTF-8 come as these.
_UNDECODED = re.compile("[\udc80-\udcff]")
_REPORT_ROWS = 2000
#: GDAL's time zone flags: quarters of an hour around 100, which is UTC.
_UTC_FLAG, _QUARTERS = 100, 15


def headers(layer: Any) -> list[str]:
    definition = layer.GetLayerDefn()
    return [definition.GetFieldDefn(at).GetName() for at in range(definition.GetFieldCount())]


def features(
    layer: Any, name: str, most_rows: int | None, progress: Progress
) -> tuple[list[list[str]], list[tuple[float, float] | None]]:
    """The cells and the point of each feature, in the layer's order."""
    definition = layer.GetLayerDefn()
    readers = [_reader(definition.GetFieldDefn(at).GetType()) for at in range(definition.GetFieldCount())]
    total = max(1, layer.GetFeatureCount())
    rows: list[list[str]] = []
    points: list[tuple[float, float] | None] = []
    layer.ResetReading()
    while most_rows is None or len(rows) < most_rows:
        feature = layer.GetNextFeature()
        if feature is None:
            break
        if len(rows) % _REPORT_ROWS == 0:
            progress.report(min(1.0, len(rows) / total))
        rows.append([
            read(feature, at) if feature.IsFieldSetAndNotNull(at) else "" for at, read in enumerate(readers)])
        points.append(_point(feature.GetGeometryRef(), len(rows), name))
    return rows, points


def _point(geometry: Any, row: int, name: str) -> tuple[float, float] | None:
    from osgeo import ogr

    if geometry is None or geometry.IsEmpty():
        return None
    kind = ogr.GT_Flatten(geometry.GetGeometryType())
    if kind == ogr.wkbMultiPoint and geometry.GetGeometryCount() == 1:
        geometry = geometry.GetGeometryRef(0)
    elif kind != ogr.wkbPoint:
        message = tr("Feature {row} of “{name}” is no single point: split multi-points into single parts, and make "
                     "centroids of lines and areas, before loading.")
        raise AtlasError(message.format(row=row, name=name))
    return geometry.GetX(), geometry.GetY()


def _reader(kind: int) -> Any:
    from osgeo import ogr

    if kind == ogr.OFTReal:
        return _real
    if kind in (ogr.OFTDate, ogr.OFTDateTime, ogr.OFTTime):
        return {ogr.OFTDate: _date, ogr.OFTDateTime: _moment, ogr.OFTTime: _clock}[kind]
    return _text


def _text(feature: Any, at: int) -> str:
    return str(feature.GetFieldAsString(at))


def _real(feature: Any, at: int) -> str:
    return format(feature.GetFieldAsDouble(at), NUMBER)


def _date(feature: Any, at: int) -> str:
    year, month, day = feature.GetFieldAsDateTime(at)[:3]
    return f"{year:04d}-{month:02d}-{day:02d}"


def _clock(feature: Any, at: int) -> str:
    hour, minute, second = feature.GetFieldAsDateTime(at)[3:6]
    return f"{hour:02d}:{minute:02d}:{int(second):02d}"


def _moment(feature: Any, at: int) -> str:
    """ISO 8601, with the offset if it is known."""
    *_, hour, minute, second, flag = feature.GetFieldAsDateTime(at)
    thousandths = round(second * 1000)
    text = f"{_date(feature, at)}T{hour:02d}:{minute:02d}:{thousandths // 1000:02d}"
    text += f".{thousandths % 1000:03d}" if thousandths % 1000 else ""
    if flag < 2:
        return text
    quarters = flag - _UTC_FLAG
    hours, rest = divmod(abs(quarters) * _QUARTERS, 60)
    return text + (f"{'-' if quarters < 0 else '+'}{hours:02d}:{rest:02d}" if quarters else "Z")


def decoded(columns: list[list[str]]) -> tuple[list[list[str]], str]:
    """Columns of text; where the file does not tell its encoding, the bytes of all cells are judged together."""
    if not any(_UNDECODED.search(cell) for column in columns for cell in column):
        return columns, ""
    other = sorted({cell for column in columns for cell in column if not cell.isascii()})
    raw = [cell.encode("utf-8", "surrogateescape") for cell in other]
    encoding = find_encoding(b"\n".join(raw), True)
    lookup = dict(zip(other, (cell.decode(encoding.codec, "replace") for cell in raw)))
    decoded = [[lookup.get(cell, cell) for cell in column] for column in columns]
    return decoded, tr("texts read as {encoding}, which the file does not tell").format(encoding=encoding.name)
