"""Records of delimited text one by one, with the csv module: slower than the C parser, but it reads every file, and
gives the original text of any record.
"""
from __future__ import annotations

import csv
import io
import re
from collections.abc import Generator, Iterable, Iterator
from itertools import islice

import pandas as pd

from .encodings import Encoding
from .errors import AtlasError
from .lineforms import LineForm, plain_line
from .sniffing import Layout
from .unpacking import BUFFER_BYTES, Unpacked

QUOTE = '"'
#: Encodings in which a line feed or a quotation mark may be part of another character.
_WIDE_CODEC = re.compile("16|32")


def slow_chunks(
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
        raise unclosed(name, number) from error


def _following(lines: Iterator[str], taken: list[str], name: str, number: int) -> Iterator[str]:
    """The first line and those that its open quotation mark needs, noted in `taken`."""
    yield taken[0]
    for line in lines:
        taken.append(line)
        yield line
    raise unclosed(name, number)


def unclosed(name: str, number: int) -> AtlasError:
    return AtlasError(
        f"In “{name}” a quotation mark opened in row {number:,} is not closed: close or remove it and load again.")


def texts_of_records(opened: Unpacked, encoding: Encoding, layout: Layout, wanted: set[int]) -> dict[int, str]:
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
