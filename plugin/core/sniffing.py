"""What a delimited text is made of: delimiter and header, found from its beginning."""
from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice

from .encodings import MARKS, unmarked_utf16
from .errors import AtlasError
from .lineforms import LineForm, find_form, plain_line

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

DELIMITERS = (",", ";", "\t", "|")
#: Taken only when none of the usual ones fits as well.
WEAK_DELIMITERS = ("^", "~", "\x1f", "\x01", ":", " ")
WEAKNESS = 0.8
#: A delimiter that scores as much is one.
LEAST_SCORE = 0.5
SAMPLE_RECORDS = 200
MOST_PREAMBLE = 20

_YEAR = re.compile(r"(19|20)\d\d")
_NUMBER = re.compile(r"[+-]?(\d+([.,]\d+)*|[.,]\d+)([eE][+-]?\d+)?%?")
_DATE = re.compile(
    r"\d{1,4}\s*[-/.年]\s*\d{1,2}\s*([-/.月]\s*\d{1,4}日?)?([T ].*)?|\d{1,2}月\d{1,2}日.*|\d{1,2}:\d{2}(:\d{2})?.*"
)
#: Dates that would pass for numbers: 20200122, 22.01.2020.
_DATE_LIKE_NUMBER = re.compile(r"(19|20)\d\d(0[1-9]|1[0-2])([0-2]\d|3[01])|\d{1,2}\.\d{1,2}\.\d{4}")


@dataclass(frozen=True)
class Layout:
    """How records are split, and which of them is the header.

    `header_row` is the record number of the header, or of what stands above the first row when
    there is none (0: nothing); `width` is the largest number of fields seen in one record; `form` tells
    how lines are made plain before they are split.
    """

    delimiter: str
    skip_blanks: bool
    headers: tuple[str, ...]
    header_row: int
    width: int
    form: LineForm = LineForm.PLAIN


def refuse_binary(head: bytes, name: str) -> None:
    """Raise if these first bytes are not of a text."""
    marked = head.startswith(tuple(mark for mark, _, _ in MARKS))
    kind = next((kind for signature, kind in KNOWN_BINARIES if head.startswith(signature)), "")
    if not kind and head[TAR_AT:].startswith(TAR_MARK):
        kind = "a tar archive"
    text = head.rstrip(b"\0")
    controls = len(text) - len(text.translate(None, CONTROLS))
    odd = not text or controls > MOST_CONTROLS * len(text)
    if not marked and (kind or (odd and not unmarked_utf16(head))):
        raise AtlasError(f"“{name}” is {kind or 'a binary file'}, not delimited text: choose a CSV or TSV file.")


def find_layout(text: str, complete: bool, name: str) -> Layout:
    """Delimiter, header and width of the table that begins with `text`."""
    if not complete and "\n" in text:
        text = text[: text.rindex("\n") + 1]
    if not text.strip("\ufeff\0 \t\r\n,;|"):
        raise AtlasError(f"“{name}” is empty: choose a file that holds a table.")
    scores = _scores(text, complete, DELIMITERS)
    form = find_form(text, max(scores.values()) >= LEAST_SCORE)
    if form is not LineForm.PLAIN:
        text = "\n".join(plain_line(line, form) for line in text.splitlines())
        scores = _scores(text, complete, DELIMITERS)
    told = re.match(r"\s*sep=(.)\s*?[\r\n]", text, re.IGNORECASE)
    delimiter = told.group(1) if told else _find_delimiter(text, complete, scores)
    skip_blanks = re.search(re.escape(delimiter) + r' +"', text) is not None
    records = _records(text, delimiter, complete)
    if not any(cell.strip() for record in records for cell in record):
        raise AtlasError(
            f"In “{name}” no rows can be made out: choose a file that holds a table, its quotation marks closed.")
    top = _top_record(records, skip_sep_line=told is not None)
    return replace(_layout(delimiter, skip_blanks, records, top), form=form)


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
    votes = _header_votes(first, body)
    if votes:
        return votes > 0
    return not any(cell and cell == record[i] for record in body for i, cell in enumerate(first) if i < len(record))


def _header_votes(first: Sequence[str], body: Sequence[Sequence[str]]) -> int:
    if _are_years(first) and not any(map(_are_years, body)):
        return len(first)
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
    return votes


def _are_years(cells: Sequence[str]) -> bool:
    """Several years that follow one another, as above a column for each."""
    years = [int(cell) for cell in map(str.strip, cells) if _YEAR.fullmatch(cell)]
    return len(years) > 1 and years == list(range(years[0], years[0] + len(years)))


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
    top = tables[0] if tables else next(index for index, count in enumerate(filled) if count)
    full = next((index for index in tables if len(records[index]) == usual), top)
    top = full if _header_votes(records[full], records[full + 1 :]) > 0 else top  # a title may hold delimiters
    return below_groups(records, top)


def below_groups(records: Sequence[Sequence[str]], top: int) -> int:
    """The row that names the columns, where the one at `top` only names groups of them (merged cells).

    >>> below_groups([["Where", "", "Counts"], ["city", "lon", "n"], ["Wuhan", "114.3", "3"]], 0)
    1
    """
    while top + 2 < len(records):
        own, following = (sum(cell.strip() != "" for cell in record) for record in records[top : top + 2])
        if following <= own or _header_votes(records[top + 1], records[top + 2 :]) < following / 3:
            break
        top += 1
    return top


def _find_delimiter(text: str, complete: bool, scores: dict[str, float]) -> str:
    """The delimiter by which most records have as many fields as each other and as the first; `scores` are those
    of the usual ones."""
    weak = {c: WEAKNESS * score for c, score in _scores(text, complete, WEAK_DELIMITERS).items()}
    known = {**scores, **{candidate: score for candidate, score in weak.items() if score >= LEAST_SCORE}}
    return max(known, key=lambda candidate: known[candidate])


def _scores(text: str, complete: bool, candidates: tuple[str, ...]) -> dict[str, float]:
    return {candidate: _score(_records(text, candidate, complete)) for candidate in candidates}


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
