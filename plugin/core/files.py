"""One front door for files: what a file holds is found by its content, and read into a raw table."""
from __future__ import annotations

import codecs
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Callable

from .dataset import LoadOptions
from .errors import AtlasError
from .progress import Progress
from .reading import RawTable, read_table
from .sniffing import refuse_binary
from .unpacking import Unpacked
from .wide import LongTable, lengthened
from .workbooks import CONTENT_TYPES, OLE_MARK, read_workbook, refuse_old_workbook


@dataclass(frozen=True)
class ReadOptions:
    """`sheet`: name of the sheet or layer to read, or `#2` for the second one; empty: choose.
    `most_rows`: enough for a preview; None reads everything. `crs`: the system of projected coordinates, given
    by the user; `needs_points`: a layer whose points are in no known system is refused."""

    sheet: str = ""
    most_rows: int | None = None
    crs: str = ""
    needs_points: bool = False

    @classmethod
    def of(cls, options: LoadOptions, most_rows: int | None = None) -> ReadOptions:
        """What of a load's options concerns the reading of its files."""
        elsewhere = bool(options.gazetteer) or bool({"lon", "lonlat"} & set(options.columns))
        return cls(options.sheet, most_rows, options.crs, not elsewhere)


#: Reads a file of its kind; None says that the file is of no kind it knows.
Reader = Callable[[Path, ReadOptions, Progress], "RawTable | None"]

#: How QGIS writes a layer of a file: a.gpkg|layername=cases
_LAYER = re.compile(r"^(?P<path>[^|]+)(?:\|[^|]*)*?\|layername=(?P<layer>[^|]+)", re.IGNORECASE)

ZIP_MARK = b"PK\x03\x04"
#: Files packed as a stream: gzip, xz, bzip2.
_STREAM_MARKS = (b"\x1f\x8b", b"\xfd7zXZ\x00", b"BZh")
#: How texts begin that are no tables: XML, JSON, a sequence of JSON, MapInfo.
_LANGUAGE = re.compile(rb"<(?!(?:\w+>[^<>\r\n]*</)?\w+>[,;\t|])|\{|\[\s*\{|\x1e|!table|Version \d+\s")
#: Files in an archive that are for maps.
_MAP_SUFFIXES = (".shp", ".kml", ".geojson", ".gpkg", ".fgb", ".gml", ".gpx", ".json")
_HEAD_BYTES = 1 << 16


def read_file(
    path: Path, options: ReadOptions | None = None, progress: Progress | None = None, readers: Sequence[Reader] = ()
) -> RawTable:
    """Read whatever a file holds: text, a workbook, or what one of the `readers` knows.

    A table with a column a day is turned into one with a row for each place and day.
    Raises `AtlasError` with what is wrong with the file, and `Cancelled`.
    """
    options, progress = options or ReadOptions(), progress or Progress()
    path, layer = split_layer(Path(path))
    options = replace(options, sheet=layer or options.sheet)
    table = _read(path, options, progress, readers)
    return table if isinstance(table, LongTable) else lengthened(table, "", options.most_rows)


def _read(path: Path, options: ReadOptions, progress: Progress, readers: Sequence[Reader]) -> RawTable:
    head = head_of(path)
    if head.startswith(OLE_MARK):
        refuse_old_workbook(path)
    names = _zipped_names(path) if head.startswith(ZIP_MARK) else ()
    if CONTENT_TYPES in names:
        return read_workbook(path, options.sheet, options.most_rows, progress)
    of_a_map = any(name.lower().endswith(_MAP_SUFFIXES) for name in names) or _belongs_to_shapefile(path)
    if of_a_map or not (names or _is_text(head)):
        for reader in readers:
            table = reader(path, options, progress)
            if table is not None:
                return table
        _refuse_other_languages(path.name, head)
    return read_table(path, progress, options.most_rows)


def head_of(path: Path) -> bytes:
    """The first bytes of a file, unpacked if it is packed as a stream; nothing if it cannot be opened."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
    except OSError:
        return b""  # who reads it says what is wrong
    if not head.startswith(_STREAM_MARKS):
        return head
    try:
        with Unpacked(path) as opened:
            return opened.head(_HEAD_BYTES)[:_HEAD_BYTES]
    except AtlasError:
        return head


def _belongs_to_shapefile(path: Path) -> bool:
    """Whether a small text beside a shapefile was picked instead of it."""
    return path.suffix.lower() in (".prj", ".cpg", ".qpj") and path.with_suffix(".shp").is_file()


def _is_text(head: bytes) -> bool:
    """Whether a file may be a table in text: neither binary nor written in a language of its own."""
    if _in_another_language(head):
        return False
    try:
        refuse_binary(head, "")
    except AtlasError:
        return not head
    return True


def _in_another_language(head: bytes) -> bool:
    start = head[len(codecs.BOM_UTF8):] if head.startswith(codecs.BOM_UTF8) else head
    return _LANGUAGE.match(start.lstrip()) is not None


def _refuse_other_languages(name: str, head: bytes) -> None:
    if _in_another_language(head):
        raise AtlasError(
            f"“{name}” is neither a table nor a map of points that can be read: choose a delimited text such as CSV, "
            "an .xlsx workbook, a GeoJSON, GeoPackage, Shapefile or KML.")


def _zipped_names(path: Path) -> tuple[str, ...]:
    try:
        with zipfile.ZipFile(path) as archive:
            return tuple(archive.namelist())
    except (zipfile.BadZipFile, OSError, NotImplementedError, ValueError):
        return ()  # who reads it says what is wrong


def split_layer(path: Path) -> tuple[Path, str]:
    """A file and the name of the layer in it, if the path names one as QGIS does.

    >>> split_layer(Path("cases.gpkg|layername=places"))[1]
    'places'
    """
    found = _LAYER.match(str(path))
    if found is None or path.is_file():
        return path, ""
    return Path(found["path"]), found["layer"]
