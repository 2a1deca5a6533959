"""One front door for files: what a file holds is found by its content, and read into a raw table."""
from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Callable

from .progress import Progress
from .reading import RawTable, read_table


@dataclass(frozen=True)
class ReadOptions:
    """`sheet`: name of the sheet or layer to read, or `#2` for the second one; empty: choose.
    `most_rows`: enough for a preview; None reads everything."""

    sheet: str = ""
    most_rows: int | None = None


#: Reads a file of its kind; None says that the file is of no kind it knows.
Reader = Callable[[Path, ReadOptions, Progress], "RawTable | None"]

#: How QGIS writes a layer of a file: a.gpkg|layername=cases
_LAYER = re.compile(r"^(?P<path>[^|]+)(?:\|[^|]*)*?\|layername=(?P<layer>[^|]+)", re.IGNORECASE)


def read_file(
    path: Path, options: ReadOptions | None = None, progress: Progress | None = None, readers: Sequence[Reader] = ()
) -> RawTable:
    """Read whatever a file holds; `readers` are asked about files that are neither text nor workbook.

    Raises `AtlasError` with what is wrong with the file, and `Cancelled`.
    """
    options, progress = options or ReadOptions(), progress or Progress()
    path, layer = split_layer(Path(path))
    options = replace(options, sheet=layer or options.sheet)
    for reader in readers:
        table = reader(path, options, progress)
        if table is not None:
            return table
    return read_table(path, progress)


def split_layer(path: Path) -> tuple[Path, str]:
    """A file and the name of the layer in it, if the path names one as QGIS does.

    >>> split_layer(Path("cases.gpkg|layername=places"))[1]
    'places'
    """
    found = _LAYER.match(str(path))
    if found is None or path.is_file():
        return path, ""
    return Path(found["path"]), found["layer"]
