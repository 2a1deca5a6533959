"""What a delimited text is made of: encoding, delimiter, header, found from its beginning."""
from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from dataclasses import dataclass
from itertools import islice
from typing import Callable

from .errors import AtlasError

UTF8, GB18030, CP1252, LATIN1 = "utf-8", "gb18030", "cp1252", "latin-1"
#: Byte-order marks; UTF-32's must come before UTF-16's, which it begins with.
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig", UTF8),
    (codecs.BOM_UTF32_LE, "utf-32", "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32", "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16", "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16", "utf-16-be"),
)
#: First bytes of files that people mistake for tables, and what to call them.
KNOWN_BINARIES = (
    (b"\x89PNG", "a PNG picture"), (b"\xff\xd8\xff", "a JPEG picture"), (b"GIF8", "a GIF picture"),
    (b"%PDF", "a PDF document"), (b"SQLite format 3\0", "a SQLite database or GeoPackage"),
    (b"\xd0\xcf\x11\xe0", "an old Office document"), (b"PAR1", "a Parquet file"), (b"\x89HDF", "an HDF file"),
    (b"Rar!", "a RAR archive"), (b"7z\xbc\xaf", "a 7z archive"), (b"\x00\x00\x27\x0a", "a shapefile"),
    (b"PK\x03\x04", "an archive within an archive"), (b"\x1f\x8b", "a file packed twice"),
)
TAR_MARK, TAR_AT = b"ustar", 257
#: Control characters that have no place in text, nor delimit it; a few strays are forgiven.
CONTROLS = bytes(sorted(set(range(32)) - set(b"\x01\t\n\r\x0c\x1a\x1b\x1f") | {127}))
MOST_CONTROLS = 0.02
#: Above this share of undecodable characters a text is not taken for damaged UTF-8.
MOST_DAMAGE = 0.1
#: At least this share of the characters beyond ASCII must be common Chinese ones for GB18030.
LEAST_CHINESE = 0.6

DELIMITERS = (",", ";", "\t", "|")
#: Taken only when none of the usual ones fits as well.
WEAK_DELIMITERS = ("^", "~", "\x1f", "\x01", " ")
WEAKNESS = 0.8
SAMPLE_RECORDS = 200
MOST_PREAMBLE = 20

_NUMBER = re.compile(r"[+-]?(\d+([.,]\d+)*|[.,]\d+)([eE][+-]?\d+)?%?")
_DATE = re.compile(
    r"\d{1,4}\s*[-/.年]\s*\d{1,2}\s*([-/.月]\s*\d{1,4}日?)?([T ].*)?|\d{1,2}月\d{1,2}日.*|\d{1,2}:\d{2}(:\d{2})?.*"
)
#: Dates that would pass for numbers: 20200122, 22.01.2020.
_DATE_LIKE_NUMBER = re.compile(r"(19|20)\d\d(0[1-9]|1[0-2])([0-2]\d|3[01])|\d{1,2}\.\d{1,2}\.\d{4}")


@dataclass(frozen=True)
class Encoding:
    """`name` is for people; `mark` is the byte-order mark to skip, `errors` how to decode."""

    name: str
    codec: str
    errors: str = "strict"
    mark: bytes = b""


@dataclass(frozen=True)
class Layout:
    """How records are split, and which of them is the header.

    `header_row` is the record number of the header, or of what stands above the first row when
    there is none (0: nothing); `width` is the largest number of fields seen in one record.
    """

    delimiter: str
    skip_blanks: bool
    headers: tuple[str, ...]
    header_row: int
    width: int


def refuse_binary(head: bytes, name: str) -> None:
    """Raise if these first bytes are not of a text."""
    if head.startswith(tuple(mark for mark, _, _ in MARKS)):
        return
    kind = next((kind for signature, kind in KNOWN_BINARIES if head.startswith(signature)), "")
    if not kind and head[TAR_AT:].startswith(TAR_MARK):
        kind = "a tar archive"
    text = head.rstrip(b"\0")
    controls = len(text) - len(text.translate(None, CONTROLS))
    if kind or not text or controls > MOST_CONTROLS * len(text):
        raise AtlasError(f"“{name}” is {kind or 'a binary file'}, not delimited text: choose a CSV or TSV file.")


def find_encoding(head: bytes, complete: bool) -> Encoding:
    """The encoding that a text's beginning shows: byte-order mark, then UTF-8, then a judgement.

    >>> find_encoding("省,市\\n湖北,武汉\\n".encode("gb18030"), True).name
    'gb18030'
    >>> find_encoding("munic\\u00edpio;S\\u00e3o Paulo".encode("cp1252"), True).name
    'cp1252'
    """
    for mark, name, codec in MARKS:
        if head.startswith(mark):
            return Encoding(name, codec, "replace" if codec != UTF8 else "strict", mark)
    try:
        codecs.getincrementaldecoder(UTF8)().decode(head, complete)
    except UnicodeDecodeError:
        return judge_encoding(head)
    return Encoding(UTF8, UTF8)


def judge_encoding(sample: bytes) -> Encoding:
    """The encoding of bytes that are not UTF-8, by what each candidate makes of them.

    Almost any Latin text can be decoded as GB18030, but not into common characters: those
    (level 1 of GB 2312 and its punctuation) have a first byte of B0 to D7 or A1 to A3 and a
    second of at least A1, while accented letters stand alone between ASCII ones.
    """
    lines = b"\n".join(line for line in sample.splitlines() if not line.isascii())
    mark = codecs.BOM_UTF8 if sample.startswith(codecs.BOM_UTF8) else b""
    if mark or _share(_beyond_ascii(lines, UTF8), lambda c: c == "\ufffd") < MOST_DAMAGE:
        return Encoding("utf-8 (damaged)", UTF8, "replace", mark)
    if _share(_beyond_ascii(lines, GB18030), _is_common_chinese) >= LEAST_CHINESE:
        return Encoding(GB18030, GB18030, "replace")
    try:
        lines.decode(CP1252)
    except UnicodeDecodeError:
        return Encoding(LATIN1, LATIN1, "replace")
    return Encoding(CP1252, CP1252, "replace")


def find_layout(text: str, complete: bool, name: str) -> Layout:
    """Delimiter, header and width of the table that begins with `text`."""
    if not complete and "\n" in text:
        text = text[: text.rindex("\n") + 1]
    if not text.strip("\ufeff\0 \t\r\n,;|"):
        raise AtlasError(f"“{name}” is empty: choose a file that holds a table.")
    told = re.match(r"\s*sep=(.)\s*?[\r\n]", text, re.IGNORECASE)
    delimiter = told.group(1) if told else _find_delimiter(text, complete)
    skip_blanks = re.search(re.escape(delimiter) + r' +"', text) is not None
    records = _records(text, delimiter, complete)
    if not any(map(any, records)):
        raise AtlasError(f"In “{name}” no rows can be made out: look for a quotation mark that is never closed.")
    top = _top_record(records, skip_sep_line=told is not None)
    return _layout(delimiter, skip_blanks, records, top)


def _layout(delimiter: str, skip_blanks: bool, records: list[list[str]], top: int) -> Layout:
    first = records[top]
    body = [record for record in records[top + 1 :] if any(cell.strip() for cell in record)]
    header_row = top
    if has_header(first, body):
        headers = tuple(cell.strip().strip("\ufeff").strip() for cell in first)
        if _lacks_first_name(headers, body):
            headers = ("column 1", *headers)
        header_row += 1
    else:
        usual = Counter(map(len, [first, *body])).most_common(1)[0][0]
        headers = tuple(f"column {number}" for number in range(1, usual + 1))
    return Layout(delimiter, skip_blanks, headers, header_row, max(len(headers), *map(len, records)))


def has_header(first: list[str], body: list[list[str]]) -> bool:
    """Whether the first record names the columns, by how its cells differ from those below.

    A column of numbers or dates under a word speaks for a header, one under its like against.

    >>> has_header(["city", "n"], [["Wuhan", "3"]]), has_header(["Wuhan", "3"], [["Ezhou", "4"]])
    (True, False)
    """
    votes = 0
    for column, cell in enumerate(first):
        below = Counter(_kind(record[column]) for record in body if column < len(record))
        below.pop("", None)
        usual = below.most_common(1)[0][0] if below else ""
        kind = _kind(cell)
        if usual in ("number", "date"):
            votes += -1 if kind == usual else 1 if kind == "text" else 0
        elif not usual and kind in ("number", "date"):
            votes -= 1
    if votes:
        return votes > 0
    return not any(cell and cell == record[i] for record in body for i, cell in enumerate(first) if i < len(record))


def _kind(cell: str) -> str:
    cell = cell.strip().strip("\ufeff")
    if not cell:
        return ""
    if _NUMBER.fullmatch(cell) and not _DATE_LIKE_NUMBER.fullmatch(cell):
        return "number"
    return "date" if _DATE.fullmatch(cell) or _DATE_LIKE_NUMBER.fullmatch(cell) else "text"


def _lacks_first_name(headers: tuple[str, ...], body: list[list[str]]) -> bool:
    """Whether every row has one full field more than the header: row names, as R writes them."""
    longer = sum(len(record) == len(headers) + 1 and record[-1].strip() != "" for record in body)
    return len(headers) > 1 and longer > 0.9 * len(body)


def _top_record(records: list[list[str]], skip_sep_line: bool) -> int:
    """The index of the first record of the table: blank lines and a title above it are skipped."""
    usual = Counter(len(record) for record in records if record).most_common(1)[0][0]
    filled = [sum(cell.strip() != "" for cell in record) for record in records]
    tables = [
        index for index, count in enumerate(filled[:MOST_PREAMBLE])
        if (count > 1 or (usual < 3 and count)) and not (skip_sep_line and "".join(records[index]).startswith("sep="))
    ]
    return tables[0] if tables else next(index for index, count in enumerate(filled) if count)


def _find_delimiter(text: str, complete: bool) -> str:
    """The delimiter by which most records have as many fields as each other and as the first."""
    scores = {candidate: _score(_records(text, candidate, complete)) for candidate in DELIMITERS}
    scores.update({c: WEAKNESS * _score(_records(text, c, complete)) for c in WEAK_DELIMITERS})
    return max(scores, key=lambda candidate: scores[candidate])


def _score(records: list[list[str]]) -> float:
    counts = [len(record) for record in records if record]
    usual, times = Counter(counts).most_common(1)[0] if counts else (0, 0)
    if usual < 2:
        return 0.0
    return times / len(counts) * (1.0 if counts[0] == usual else 0.5)


def _records(text: str, delimiter: str, complete: bool) -> list[list[str]]:
    """The first records; the last of an incomplete text may be cut and does not count."""
    lines = io.StringIO(text.replace("\0", ""), newline="")
    reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=delimiter != " ")
    records: list[list[str]] = []
    try:
        records.extend(islice(reader, SAMPLE_RECORDS))
    except csv.Error:
        return records
    cut = not complete and len(records) < SAMPLE_RECORDS
    return records[:-1] if cut and len(records) > 1 else records


def _beyond_ascii(data: bytes, codec: str) -> list[str]:
    return [char for char in data.decode(codec, "replace") if char > "\x7f"]


def _share(chars: list[str], wanted: Callable[[str], bool]) -> float:
    return sum(map(wanted, chars)) / len(chars) if chars else 1.0


def _is_common_chinese(char: str) -> bool:
    pair = char.encode(GB18030, "replace")
    return len(pair) == 2 and (0xB0 <= pair[0] <= 0xD7 or 0xA1 <= pair[0] <= 0xA3) and pair[1] >= 0xA1
