"""Delimited text of any delimiter, encoding, compression, read into a table of strings.

The fast way is the C parser of pandas, fed with UTF-8. Files that it cannot cope with (rows longer
than the first ones show, NUL characters) take a slower way with the same result. Both split records
as the csv module does, so that record numbers agree: line breaks within quotation marks belong to a cell.
"""
from __future__ import annotations

import codecs
import csv
import io
import re
import sys
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any, Callable

import numpy as np
import pandas as pd
from pandas.api.types import union_categoricals

from .dataset import SourceFile
from .encodings import JUDGED_BYTES, UTF8, Encoding, find_encoding, judge_encoding
from .errors import AtlasError, Cancelled
from .lineforms import LineForm, plain_line
from .progress import Progress
from .schema import REJECTED_COLUMNS
from .sniffing import Layout, find_layout, refuse_binary
from .unpacking import BUFFER_BYTES, Unpacked

HEAD_BYTES = 1 << 18
#: Rows handled at once; equal strings within as many rows share their memory.
CHUNK_ROWS = 100_000
#: So much text shows which columns repeat themselves; in those at most this share of the cells is distinct.
SAMPLE_BYTES, MOST_DISTINCT = 2 << 20, 0.5
#: In a wider table no column is worth asking whether it repeats itself.
MOST_ASKED = 200
#: More surplus fields than this in one row are not worth columns of their own.
MOST_SURPLUS = 32
#: How often the C parser may start again with room for a longer row, and how much longer.
MOST_FAST_TRIES, SPARE_FIELDS = 3, 3
#: A cell over more lines than this is an unclosed quotation mark, not a text.
MOST_CELL_LINES = 1000
QUOTE = '"'
#: Encodings in which a line feed or a quotation mark may be part of another character.
_WIDE_CODEC = re.compile("16|32")

EMPTY_ROW = "empty row"
TOO_MANY_FIELDS = "more fields than the header"
JOINED_LINES = "an unmatched quotation mark joins several lines"


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


_Way = Callable[[Unpacked, Encoding, Layout, int], Generator[pd.DataFrame, None, None]]


class _Unfit(Exception):
    """The fast way cannot read this file, unless perhaps with more columns; the slow one may."""

    def __init__(self, width: int = 0) -> None:
        super().__init__()
        self.width = width


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
        found = _texts(opened, encoding, layout, set(numbers))
    return [found.get(number, "") for number in numbers]


def _read(path: Path, progress: Progress, encoding: Encoding | None, most_rows: int | None) -> RawTable:
    width = 0
    for _ in range(MOST_FAST_TRIES):
        try:
            return _read_by(_fast_chunks, path, progress, encoding, most_rows, width)
        except _Unfit as unfit:
            if not unfit.width:
                break
            width = unfit.width + SPARE_FIELDS
    return _read_by(_slow_chunks, path, progress, encoding, most_rows)


def _read_by(
    way: _Way, path: Path, progress: Progress, encoding: Encoding | None, most_rows: int | None = None, width: int = 0
) -> RawTable:
    with Unpacked(path, progress) as opened:
        encoding, layout = _look(opened, encoding)
        layout = replace(layout, width=max(width, layout.width))
        most_records = sys.maxsize if most_rows is None else layout.header_row + most_rows
        kept = _Kept(path.name, layout)
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
    if not count:
        raise AtlasError(f"“{path.name}” has a header but no rows: choose a file that holds reports.")
    source = SourceFile(path.name, sha256, count, layout.delimiter, encoding.name, opened.compression)
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


def _fast_chunks(
    opened: Unpacked, encoding: Encoding, layout: Layout, size: int
) -> Generator[pd.DataFrame, None, None]:
    """The records by the C parser, as frames of `layout.width` columns, header and blank lines included."""
    if layout.width > len(layout.headers) + MOST_SURPLUS or layout.form is not LineForm.PLAIN:
        raise _Unfit
    dtypes = _dtypes(opened, encoding, layout) if size == CHUNK_ROWS else object
    feed = _Feed(opened, encoding)
    try:
        with pd.read_csv(feed, dtype=dtypes, chunksize=size, encoding=UTF8, **_parser(layout)) as reader:
            yield from reader
    except pd.errors.ParserError as error:
        if feed.failure is not None:
            raise feed.failure from None
        unclosed = re.search(r"EOF inside string starting at row (\d+)", str(error))
        if unclosed:
            raise _unclosed(opened.name, int(unclosed.group(1)) + 1) from None
        longer = re.search(r"saw (\d+)", str(error))
        raise _Unfit(int(longer.group(1)) if longer else 0) from error


def _parser(layout: Layout) -> dict[str, Any]:
    """How the C parser is to split records: nothing is skipped, nothing understood."""
    return {
        "sep": layout.delimiter, "header": None, "names": list(range(layout.width)), "index_col": False,
        "keep_default_na": False, "na_filter": False, "skip_blank_lines": False,
        "skipinitialspace": layout.skip_blanks, "engine": "c", "low_memory": False,
    }


def _dtypes(opened: Unpacked, encoding: Encoding, layout: Layout) -> Any:
    """Category for the columns that repeat themselves in the file's beginning, object for the others."""
    if layout.width > MOST_ASKED:
        return object
    text = opened.head(SAMPLE_BYTES).decode(encoding.codec, "replace")
    try:
        sample = pd.read_csv(io.StringIO(text), dtype=object, on_bad_lines="skip", **_parser(layout))
    except pd.errors.ParserError:  # a record that the sample's end cuts
        return object
    repeats = sample.nunique() <= MOST_DISTINCT * len(sample)
    return {column: "category" if repeats[column] else object for column in sample.columns}


class _Feed:
    """What the C parser reads: the text as UTF-8 bytes. It must not look like a binary file to pandas,
    which would then decode and encode every byte once more."""

    def __init__(self, opened: Unpacked, encoding: Encoding) -> None:
        self._opened = opened
        plain = encoding.codec == UTF8 and encoding.errors == "strict"
        self._decoder = None if plain else codecs.getincrementaldecoder(encoding.codec)(encoding.errors)
        self.failure: AtlasError | Cancelled | _Unfit | None = None

    def read(self, size: int = -1) -> bytes:
        try:
            data = self._next(max(size, BUFFER_BYTES))
            if b"\0" in data:  # the C parser would end the cell there
                raise _Unfit
        except (AtlasError, Cancelled, _Unfit) as failure:
            self.failure = failure
            raise
        return data

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.read, b"")

    def _next(self, size: int) -> bytes:
        if self._decoder is None:
            return self._opened.read(size)
        while data := self._opened.read(size):
            if text := self._decoder.decode(data):
                return text.encode(UTF8, "replace")
        return self._decoder.decode(b"", True).encode(UTF8, "replace")


def _slow_chunks(
    opened: Unpacked, encoding: Encoding, layout: Layout, size: int
) -> Generator[pd.DataFrame, None, None]:
    """The records by the csv module; a last column holds whatever a row has too much."""
    count = len(layout.headers)
    records = _records(opened, encoding, layout, encoding.errors)
    while batch := list(islice(records, size)):
        padded = [
            fields + [""] * (count + 1 - len(fields)) if len(fields) <= count
            else [*fields[:count], "".join(fields[count:])]
            for fields in (_fields(raw, fields, layout) for raw, fields in batch)
        ]
        yield pd.DataFrame(dict(enumerate(map(_shared, zip(*padded)))), dtype=object)


def _shared(values: Iterable[str]) -> list[str]:
    """The same strings, equal ones as one object."""
    memo: dict[str, str] = {}
    return [memo.setdefault(value, value) for value in values]


def _fields(raw: str, fields: list[str] | None, layout: Layout) -> list[str]:
    return raw.rstrip("\r\n").split(layout.delimiter) if fields is None else fields


def _records(
    opened: Unpacked, encoding: Encoding, layout: Layout, errors: str
) -> Iterator[tuple[str, list[str] | None]]:
    """Each record's text, and its fields if there are quotation marks in it. NULs are dropped."""
    buffered = io.BufferedReader(opened, BUFFER_BYTES)
    decoded = io.TextIOWrapper(buffered, encoding=encoding.codec, errors=errors, newline="")
    lines = (line.replace("\0", "") for line in decoded)
    try:
        for number, line in enumerate(lines, 1):
            if layout.form is not LineForm.PLAIN:
                plain = plain_line(line, layout.form)
                yield line, _quoted_fields(iter([plain]), layout, opened.name, number) if plain else []
            elif QUOTE in line:
                taken = [line]
                fields = _quoted_fields(_following(lines, taken, opened.name, number), layout, opened.name, number)
                yield "".join(taken), fields
            else:
                yield line, None
    finally:  # or they would close what is not theirs
        decoded.detach()
        buffered.detach()


def _quoted_fields(lines: Iterator[str], layout: Layout, name: str, number: int) -> list[str]:
    try:
        return next(csv.reader(lines, delimiter=layout.delimiter, skipinitialspace=layout.skip_blanks))
    except csv.Error as error:
        raise _unclosed(name, number) from error


def _following(lines: Iterator[str], taken: list[str], name: str, number: int) -> Iterator[str]:
    """The first line and those that its open quotation mark needs, noted in `taken`."""
    yield taken[0]
    for line in lines:
        taken.append(line)
        yield line
    raise _unclosed(name, number)


def _unclosed(name: str, number: int) -> AtlasError:
    return AtlasError(
        f"In “{name}” a quotation mark opened in row {number:,} is not closed: close or remove it and load again.")


def _texts(opened: Unpacked, encoding: Encoding, layout: Layout, wanted: set[int]) -> dict[int, str]:
    """The text of the wanted records, from an opened file."""
    found, done = ({}, 0) if _WIDE_CODEC.search(encoding.codec) else _plain_texts(opened, encoding, wanted)
    records = islice(_records(opened, encoding, layout, "replace"), max(max(wanted) - done, 0))
    later = {number: raw.rstrip("\r\n") for number, (raw, _) in enumerate(records, done + 1) if number in wanted}
    return {**found, **later}


def _plain_texts(opened: Unpacked, encoding: Encoding, wanted: set[int]) -> tuple[dict[int, str], int]:
    """The same for the lines before the first quotation mark, block by block: there a line is a record.

    Also the number of lines passed; the rest stays to be read.
    """
    found: dict[int, str] = {}
    left, done, rest = sorted(wanted), 0, b""
    while left and (block := opened.read(BUFFER_BYTES)):
        block = rest + block
        end = block.rfind(b"\n") + 1
        whole, rest = block[:end], block[end:]
        if QUOTE.encode() in whole or whole.count(b"\r") != whole.count(b"\r\n"):
            rest = block
            break
        count = whole.count(b"\n")
        inside = [number for number in left if number <= done + count]
        lines = whole.split(b"\n") if inside else []
        for number in inside:
            text = lines[number - done - 1].decode(encoding.codec, "replace")
            found[number] = text.replace("\0", "").rstrip("\r\n")
        left, done = left[len(inside):], done + count
    opened.unread(rest)
    return found, done


def _rejected(
    path: Path, reasons: dict[int, str], encoding: Encoding, layout: Layout, progress: Progress
) -> pd.DataFrame:
    """The rejected records with their text. A line of nothing but blanks is none."""
    texts: dict[int, str] = {}
    if reasons:
        with Unpacked(path, progress) as opened:
            opened.read(len(encoding.mark))
            texts = _texts(opened, encoding, layout, set(reasons))
    blanks = " \t\r\n\x0c\x1a".replace(layout.delimiter, "")
    rows = [
        (path.name, number, reason, texts.get(number, ""))
        for number, reason in sorted(reasons.items())
        if reason != EMPTY_ROW or texts.get(number, "").strip(blanks)
    ]
    return pd.DataFrame(rows, columns=list(REJECTED_COLUMNS)).astype({"row": np.int64})


class _Kept:
    """Gathers the chunks of a table: `reasons` says of each record left out why it was."""

    def __init__(self, name: str, layout: Layout) -> None:
        self.records = 0
        self.reasons: dict[int, str] = {}
        self._name, self._layout = name, layout
        self._frames: list[pd.DataFrame] = []
        self._rows: list[np.ndarray] = []

    def add(self, chunk: pd.DataFrame) -> None:
        """Take the next records, without the header and what stands above it."""
        above = min(len(chunk), max(0, self._layout.header_row - self.records))
        numbers = np.arange(self.records + above, self.records + len(chunk)) + 1
        self.records += len(chunk)
        self._keep(chunk.iloc[above:], numbers)

    def table(self) -> tuple[pd.DataFrame, np.ndarray]:
        frames, self._frames = self._frames, []
        return stacked(frames), np.concatenate(self._rows).astype(np.int64)

    def reject_joined_lines(self) -> None:
        """Leave out rows in which a stray quotation mark swallowed others.

        Such a cell holds a whole record: a line with as many delimiters as a row has.
        """
        frames, rows = self._frames, self._rows
        self._frames, self._rows = [], []
        for frame, numbers in zip(frames, rows):
            joined = np.zeros(len(frame), dtype=bool)
            for column in frame:
                for index in np.flatnonzero(_where(frame[column], lambda cell: "\n" in cell)):
                    joined[index] |= self._is_joined(frame[column].iat[index], int(numbers[index]))
            self._split(frame, numbers, joined, JOINED_LINES)

    def _is_joined(self, cell: str, number: int) -> bool:
        if cell.count("\n") > MOST_CELL_LINES:
            raise _unclosed(self._name, number)
        fields = len(self._layout.headers)
        return fields > 2 and any(
            line.count(self._layout.delimiter) >= fields - 1 for line in cell.split("\n")[1:])

    def _keep(self, chunk: pd.DataFrame, numbers: np.ndarray) -> None:
        count = len(self._layout.headers)
        empty = _all_blank(chunk)
        surplus = ~empty & ~_all_blank(chunk.iloc[:, count:])
        self.reasons.update(dict.fromkeys(numbers[empty].tolist(), EMPTY_ROW))
        chunk = chunk if chunk.shape[1] == count else chunk.iloc[:, :count]
        self._split(chunk[~empty] if empty.any() else chunk, numbers[~empty], surplus[~empty], TOO_MANY_FIELDS)

    def _split(self, frame: pd.DataFrame, numbers: np.ndarray, bad: np.ndarray, reason: str) -> None:
        self.reasons.update(dict.fromkeys(numbers[bad].tolist(), reason))
        self._frames.append(frame[~bad] if bad.any() else frame)
        self._rows.append(numbers[~bad])


def stacked(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """The rows of frames with the same columns below one another; categories stay categories."""
    columns = {column: _end_to_end([frame[column] for frame in frames]) for column in frames[0]}
    return pd.DataFrame(columns, copy=False)


def _end_to_end(parts: list[pd.Series]) -> Any:
    if all(isinstance(part.dtype, pd.CategoricalDtype) for part in parts):
        return union_categoricals([_without_unused(part.array) for part in parts])
    return np.concatenate([part.to_numpy(object) for part in parts])


def _without_unused(texts: pd.Categorical) -> pd.Categorical:
    """Without the texts of rows that were left out, of which the header is one."""
    used = np.bincount(texts.codes, minlength=len(texts.categories)) > 0
    return texts if used.all() else texts.remove_categories(texts.categories[~used])


def _where(column: pd.Series, test: Callable[[str], bool]) -> np.ndarray:
    """Of which cells `test` holds; it is asked once for each category."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        texts = column.cat.categories
        return np.fromiter(map(test, texts), bool, len(texts))[column.cat.codes.to_numpy()]
    return np.fromiter(map(test, column.to_numpy(object)), bool, len(column))


def _all_blank(frame: pd.DataFrame) -> np.ndarray:
    """Which rows have blanks at most in all columns; each column is asked only where all before it were."""
    left = np.arange(len(frame))
    for column in frame:
        asked = frame[column] if len(left) == len(frame) else frame[column].iloc[left]
        left = left[_where(asked, _is_blank)]
        if not len(left):
            break
    blank = np.zeros(len(frame), dtype=bool)
    blank[left] = True
    return blank


def _is_blank(cell: str) -> bool:
    return not cell or cell.isspace()
