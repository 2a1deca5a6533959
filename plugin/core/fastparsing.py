"""Records of delimited text by the C parser of pandas, fed with UTF-8: the fast way, for most files."""
from __future__ import annotations

import codecs
import io
import re
from collections.abc import Generator, Iterator
from typing import Any

import pandas as pd

from .encodings import UTF8, Encoding
from .errors import AtlasError, Cancelled
from .lineforms import LineForm, plain_text
from .records import unclosed
from .sniffing import Layout
from .textcolumns import parser_keeps_texts, with_categories
from .unpacking import BUFFER_BYTES, Unpacked

#: Rows handled at once; equal strings within as many rows share their memory.
CHUNK_ROWS = 100_000
#: So much text shows which columns repeat themselves; in those at most this share of the cells is distinct.
SAMPLE_BYTES, MOST_DISTINCT = 2 << 20, 0.5
#: In a wider table no column is worth asking whether it repeats itself.
MOST_ASKED = 200
#: More surplus fields than this in one row are not worth columns of their own.
MOST_SURPLUS = 32
#: A line with an odd number of quotation marks, which would be joined with the next.
_UNPAIRED = re.compile(r'^[^"\n]*"(?:[^"\n]*"[^"\n]*")*[^"\n]*$', re.MULTILINE)


class Unfit(Exception):
    """The fast way cannot read this file, unless perhaps with more columns; the slow one may."""

    def __init__(self, width: int = 0) -> None:
        super().__init__()
        self.width = width


def fast_chunks(
    opened: Unpacked, encoding: Encoding, layout: Layout, size: int
) -> Generator[pd.DataFrame, None, None]:
    """The records by the C parser, as frames of `layout.width` columns, header and blank lines included."""
    if layout.width > len(layout.headers) + MOST_SURPLUS:
        raise Unfit
    repeating = _repeating(opened, encoding, layout) if size == CHUNK_ROWS else frozenset()
    kept = repeating if parser_keeps_texts() else frozenset()
    dtypes = {column: "category" if column in kept else object for column in range(layout.width)}
    feed = _Feed(opened, encoding) if layout.form is LineForm.PLAIN else _LinesFeed(opened, encoding, layout.form)
    try:
        with pd.read_csv(feed, dtype=dtypes, chunksize=size, encoding=UTF8, **_parser(layout)) as reader:
            for chunk in reader:
                yield with_categories(chunk, repeating)
    except pd.errors.ParserError as error:
        if feed.failure is not None:
            raise feed.failure from None
        open_at = re.search(r"EOF inside string starting at row (\d+)", str(error))
        if open_at:
            raise unclosed(opened.name, int(open_at.group(1)) + 1) from None
        longer = re.search(r"saw (\d+)", str(error))
        raise Unfit(int(longer.group(1)) if longer else 0) from error


def _parser(layout: Layout) -> dict[str, Any]:
    """How the C parser is to split records: nothing is skipped, nothing understood."""
    return {
        "sep": layout.delimiter, "header": None, "names": list(range(layout.width)), "index_col": False,
        "keep_default_na": False, "na_filter": False, "skip_blank_lines": False,
        "skipinitialspace": layout.skip_blanks, "engine": "c", "low_memory": False,
    }


def _repeating(opened: Unpacked, encoding: Encoding, layout: Layout) -> frozenset[int]:
    """The columns that repeat themselves in the file's beginning."""
    if layout.width > MOST_ASKED:
        return frozenset()
    text = opened.head(SAMPLE_BYTES).decode(encoding.codec, "replace")
    text = text[: text.rfind("\n") + 1] or text  # a line cut amid a quoted cell would spoil all
    text = plain_text(text.replace("\r\n", "\n"), layout.form)
    try:
        sample = pd.read_csv(io.StringIO(text), dtype=object, on_bad_lines="skip", **_parser(layout))
    except pd.errors.ParserError:  # a record that the sample's end cuts
        return frozenset()
    repeats = sample.nunique() <= MOST_DISTINCT * len(sample)
    return frozenset(column for column in sample.columns if repeats[column])


class _Feed:
    """What the C parser reads: the text as UTF-8 bytes. It must not look like a binary file to pandas,
    which would then decode and encode every byte once more."""

    def __init__(self, opened: Unpacked, encoding: Encoding) -> None:
        self._opened = opened
        plain = encoding.codec == UTF8 and encoding.errors == "strict"
        self._decoder = None if plain else codecs.getincrementaldecoder(encoding.codec)(encoding.errors)
        self.failure: AtlasError | Cancelled | Unfit | UnicodeDecodeError | None = None

    def read(self, size: int = -1) -> bytes:
        try:
            data = self._next(max(size, BUFFER_BYTES))
            if b"\0" in data:  # the C parser would end the cell there
                raise Unfit
        except (AtlasError, Cancelled, Unfit, UnicodeDecodeError) as failure:
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


class _LinesFeed(_Feed):
    """The same for lines that are to be made plain, each of them a record whatever quotation marks are in it."""

    def __init__(self, opened: Unpacked, encoding: Encoding, form: LineForm) -> None:
        super().__init__(opened, encoding)
        self._texts = codecs.getincrementaldecoder(encoding.codec)(encoding.errors)
        self._form, self._rest = form, ""

    def _next(self, size: int) -> bytes:
        while True:
            data = self._opened.read(size)
            text = self._rest + self._texts.decode(data, not data)
            end = text.rfind("\n") + 1 if data else len(text)
            text, self._rest = text[:end], text[end:]
            if text or not data:
                return self._plain(text).encode(UTF8, "replace")

    def _plain(self, text: str) -> str:
        text = text.replace("\r\n", "\n")
        plain = plain_text(text, self._form)
        if "\r" in text or ('"' in plain and _UNPAIRED.search(plain)):
            raise Unfit
        return plain
