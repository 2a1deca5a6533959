"""Delimited text of any delimiter, encoding, compression, read into a table of strings.

The fast way is the C parser of pandas, fed with UTF-8. Files that it cannot cope with (rows longer
than the first ones show, NUL characters) take a slower way with the same result. Both split records
as the csv module does, so that record numbers agree: line breaks within quotation marks belong to a cell.
"""
from __future__ import annotations

import codecs
import sys
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Callable

import numpy as np
import pandas as pd

from .dataset import SourceFile
from .encodings import JUDGED_BYTES, Encoding, find_encoding, judge_encoding
from .errors import AtlasError
from .fastparsing import CHUNK_ROWS, Unfit, fast_chunks
from .gathering import EMPTY_ROW, Gathered
from .progress import Progress
from .records import slow_chunks, texts_of_records
from .schema import REJECTED_COLUMNS
from .sniffing import Layout, find_layout, refuse_binary
from .unpacking import BUFFER_BYTES, Unpacked

HEAD_BYTES = 1 << 18
#: How often the C parser may start again with room for a longer row, and how much longer.
MOST_FAST_TRIES, SPARE_FIELDS = 3, 3


@dataclass(frozen=True)
class RawTable:
    """A file as it was written.

    `frame`: columns 0, 1, ... of str, "" for an empty cell, one row per record. A column that repeats itself is
    a Categorical, so that each distinct text need be understood but once; any other is of objects.
    `headers`: a name per column, without outer blanks, repeated and empty names as they are.
    `rows`: int64, the record number of each row as a spreadsheet shows it: the header of a usual
    file is row 1 and blank lines count. `rejected`: the records that could not be split, with the
    columns of `schema.REJECTED_COLUMNS`. `texts` gives the original text of some records, by their
    numbers; None for delimited text, where `original_text` finds it in the file.
    """

    frame: pd.DataFrame
    headers: tuple[str, ...]
    rows: np.ndarray
    rejected: pd.DataFrame
    source: SourceFile
    texts: Callable[[np.ndarray], list[str]] | None = None


class NoRows(AtlasError):
    """A table of nothing but a header, which is a mistake unless other files of the dataset have rows."""

    def __init__(self, source: SourceFile) -> None:
        super().__init__(f"“{source.name}” has a header but no rows: choose a file that holds reports.")
        self.source = source


_Way = Callable[[Unpacked, Encoding, Layout, int], Generator[pd.DataFrame, None, None]]


def read_table(path: Path, progress: Progress | None = None, most_rows: int | None = None) -> RawTable:
    """Read a delimited text; whatever is wrong with the file is an `AtlasError` naming it.

    With `most_rows` only the first so many records are read, as for a preview: then the source has no
    SHA-256, and what is wrong behind them is not seen.
    """
    path, progress = Path(path), progress or Progress()
    try:
        try:
            return _read(path, progress, None, most_rows)
        except UnicodeDecodeError:
            return _read(path, progress, _judge(path, progress), most_rows)
    except MemoryError as error:
        raise AtlasError(
            f"“{path.name}” is too large for this computer's memory: split it by date and load the parts."
        ) from error


def original_text(
    path: Path, rows: np.ndarray, source: SourceFile | None = None, progress: Progress | None = None
) -> list[str]:
    """The original text of some records, in the order asked for, without their line ends.

    `rows` are record numbers as in `RawTable.rows`. `source` tells which encoding was found, which
    the beginning of a file alone may not show.
    """
    path, progress = Path(path), progress or Progress()
    numbers = np.asarray(rows, dtype=np.int64).tolist()
    if not numbers:
        return []
    with Unpacked(path, progress) as opened:
        encoding, layout = _look(opened, None)
        if source is not None and source.encoding != encoding.name:
            encoding = _judge(path, progress)
        found = texts_of_records(opened, encoding, layout, set(numbers))
    return [found.get(number, "") for number in numbers]


def _read(path: Path, progress: Progress, encoding: Encoding | None, most_rows: int | None) -> RawTable:
    width = 0
    for _ in range(MOST_FAST_TRIES):
        try:
            return _read_by(fast_chunks, path, progress, encoding, most_rows, width)
        except Unfit as unfit:
            if not unfit.width:
                break
            width = unfit.width + SPARE_FIELDS
    return _read_by(slow_chunks, path, progress, encoding, most_rows)


def _read_by(
    way: _Way, path: Path, progress: Progress, encoding: Encoding | None, most_rows: int | None = None, width: int = 0
) -> RawTable:
    with Unpacked(path, progress) as opened:
        encoding, layout = _look(opened, encoding)
        layout = replace(layout, width=max(width, layout.width))
        most_records = sys.maxsize if most_rows is None else layout.header_row + most_rows
        kept = Gathered(path.name, layout)
        chunks = way(opened, encoding, layout, min(CHUNK_ROWS, most_records))
        with closing(chunks):
            while kept.records < most_records and (chunk := next(chunks, None)) is not None:
                kept.add(chunk.iloc[: most_records - kept.records])
        if opened.lines > kept.records:
            kept.reject_joined_lines()
        sha256 = opened.finish() if most_rows is None else ""
    frame, rows = kept.table()
    rejected = _rejected(path, kept.reasons, encoding, layout, progress.part(1.0, 1.0))
    count = len(frame) + len(rejected)
    source = SourceFile(path.name, sha256, count, layout.delimiter, encoding.name, opened.compression)
    if not count:
        raise NoRows(source)
    return RawTable(frame, layout.headers, rows, rejected, source)


def _look(opened: Unpacked, encoding: Encoding | None) -> tuple[Encoding, Layout]:
    """Encoding and layout from a file's beginning; the byte-order mark is skipped."""
    head = opened.head(HEAD_BYTES)
    complete = len(head) < HEAD_BYTES
    if not head.strip():
        raise AtlasError(f"“{opened.name}” is empty: choose a file that holds a table.")
    refuse_binary(head, opened.name)
    encoding = encoding or find_encoding(head, complete)
    opened.read(len(encoding.mark))
    text = codecs.getincrementaldecoder(encoding.codec)("replace").decode(head[len(encoding.mark):], complete)
    return encoding, find_layout(text, complete, opened.name)


def _judge(path: Path, progress: Progress) -> Encoding:
    """The encoding of a file that is not UTF-8 throughout, by its first lines beyond ASCII."""
    lines: list[bytes] = []
    size, rest = 0, b""
    with Unpacked(path, progress.part(0.0, 0.0)) as opened:
        while size < JUDGED_BYTES and (block := opened.read(BUFFER_BYTES)):
            *whole, rest = (rest + block).split(b"\n")
            telling = [line for line in whole if not line.isascii()]
            lines += telling
            size += sum(map(len, telling))
    return judge_encoding(b"\n".join([*lines, rest]))


def _rejected(
    path: Path, reasons: dict[int, str], encoding: Encoding, layout: Layout, progress: Progress
) -> pd.DataFrame:
    """The rejected records with their text. A line of nothing but blanks is none."""
    texts: dict[int, str] = {}
    if reasons:
        with Unpacked(path, progress) as opened:
            opened.read(len(encoding.mark))
            texts = texts_of_records(opened, encoding, layout, set(reasons))
    blanks = " \t\r\n\x0c\x1a".replace(layout.delimiter, "")
    rows = [
        (path.name, number, reason, texts.get(number, ""))
        for number, reason in sorted(reasons.items())
        if reason != EMPTY_ROW or texts.get(number, "").strip(blanks)
    ]
    return pd.DataFrame(rows, columns=list(REJECTED_COLUMNS)).astype({"row": np.int64})
