"""Sheets of Excel workbooks (.xlsx, .xlsm) as raw tables of text, through openpyxl.

A cell becomes the text that a person sees in it where that matters: dates are ISO 8601, whole numbers
have no decimals, leading zeros that come from a cell's format stay. A formula is its last stored result.
"""
from __future__ import annotations

import datetime
import re
import warnings
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from .columns import plan_columns
from .errors import AtlasError
from .fingerprints import Watched, refuse_zip_bomb
from .grids import grid_table
from .progress import Progress
from .reading import RawTable
from .sniffing import below_groups, has_header
from .wide import day_headers, lengthened

CONTENT_TYPES = "[Content_Types].xml"
OLE_MARK = b"\xd0\xcf\x11\xe0"
#: How the name of the part stands in the directory of a locked workbook.
_LOCKED = "EncryptedPackage".encode("utf-16-le")
#: Rows by which sheets are compared and headers found, and rows in which a header is looked for.
_LOOK_ROWS, _MOST_PREAMBLE = 100, 20
_REPORT_ROWS = 1000
#: Excel keeps numbers to so many digits.
_DIGITS = 15
_WHOLE_BELOW = 1e15
_PADDED = re.compile("0{2,}")
_DOCTYPE_BYTES = 1024
#: The part that names the sheets, and as much of it as is looked at.
_CONTENTS, _CONTENTS_BYTES = "xl/workbook.xml", 1 << 20

_PLACE_ROLES = frozenset({"lon", "lonlat", "place", "city", "province", "code"})

#: What openpyxl raises when a part of a workbook is not as it should be.
_FAULTS = (
    zipfile.BadZipFile, zlib.error, KeyError, ValueError, TypeError, IndexError, AttributeError, SyntaxError, EOFError,
    OSError)

_Row = tuple[int, list[str]]


@dataclass(frozen=True)
class _Look:
    """A sheet's beginning: how many of the things that a dataset needs it shows, and how large it is."""

    title: str
    worth: int
    size: int


def read_workbook(
    path: Path, sheet: str = "", most_rows: int | None = None, progress: Progress | None = None
) -> RawTable:
    """Read the sheet of this name (or `#2`), or the one that looks most like a table.

    Raises `AtlasError` when the file, the sheet or the library is not to be had, and `Cancelled`.
    """
    progress = progress or Progress()
    watched = Watched(path, progress)
    sizes = _look_into(path)
    with _opened(path) as book:
        titles = [one.title for one in book.worksheets]
        if not titles:
            raise AtlasError(f"“{path.name}” holds no sheet with cells: save the one you want as CSV and load that.")
        title, note = _choose(book, sheet, sizes, path.name)
        rows = _rows(book[title], path.name, progress)
        kept = list(rows if most_rows is None else islice(rows, most_rows + _MOST_PREAMBLE))
    note += "" if most_rows is not None else _uncached_note(path, title, kept)
    return lengthened(_table(watched, title, kept, note.lstrip("; "), most_rows is None), title, most_rows)


def sheet_names(path: Path) -> tuple[str, ...]:
    """The names of a workbook's sheets, from its list of contents alone; none for any other file."""
    try:
        from openpyxl.packaging.workbook import WorkbookPackage
        from openpyxl.xml.functions import fromstring

        with zipfile.ZipFile(path) as archive:
            _refuse_doctype(archive, _CONTENTS, path.name)
            with archive.open(_CONTENTS) as file:
                book = WorkbookPackage.from_tree(fromstring(file.read(_CONTENTS_BYTES)))
    except (ImportError, AtlasError, NotImplementedError, RuntimeError, *_FAULTS):
        return ()  # who reads the file says what is wrong
    return tuple(str(one.name) for one in book.sheets)


def refuse_old_workbook(path: Path) -> None:
    """Say what an Office document of the old kind is, and what to do with it."""
    with path.open("rb") as file:
        locked = _LOCKED in file.read()
    if locked:
        raise AtlasError(
            f"“{path.name}” is locked with a password: remove it in the spreadsheet program and save again.")
    raise AtlasError(
        f"“{path.name}” is an Office document of the old kind (.xls, before 2007): save its sheet as .xlsx or CSV "
        "and load that.")


def _look_into(path: Path) -> dict[str, int]:
    """The sizes of a workbook's parts; what is no workbook, or one made to do harm, is refused."""
    try:
        with zipfile.ZipFile(path) as archive:
            sizes = {one.filename: one.file_size for one in archive.infolist()}
            if _CONTENTS not in sizes:
                raise AtlasError(
                    f"“{path.name}” is an Office document that is no .xlsx workbook: save its table as .xlsx or CSV "
                    "and load that.")
            refuse_zip_bomb(archive, path.name)
            for name in sizes:
                _refuse_doctype(archive, name, path.name)
    except (NotImplementedError, RuntimeError, *_FAULTS) as error:
        raise _damaged(path.name, error) from error
    return sizes


def _refuse_doctype(archive: zipfile.ZipFile, part: str, name: str) -> None:
    """No workbook declares entities; one that does was made to blow up while it is parsed."""
    if not part.endswith((".xml", ".rels")):
        return
    with archive.open(part) as file:
        if b"<!DOCTYPE" in file.read(_DOCTYPE_BYTES):
            raise AtlasError(f"“{name}” holds XML that no workbook needs: save it again in a spreadsheet program.")


def _damaged(name: str, error: Exception) -> AtlasError:
    return AtlasError(
        f"The workbook “{name}” is damaged or incomplete: open it in a spreadsheet program and save it again.",
        f"{type(error).__name__}: {error}")


@contextmanager
def _opened(path: Path, formulas: bool = False) -> Iterator[Any]:
    """The workbook, opened for one reading from front to end."""
    try:
        from openpyxl import load_workbook
        from openpyxl.utils.exceptions import InvalidFileException
    except ImportError as error:
        raise AtlasError(
            f"“{path.name}” is a workbook, and the Python library openpyxl that reads such is missing: get it with "
            "the plugin QPIP or as package python3-openpyxl, or save the sheet as CSV and load that.",
            str(error)) from error
    with warnings.catch_warnings(), path.open("rb") as file:
        warnings.simplefilter("ignore")  # about styles and extensions that no table needs
        try:
            book = load_workbook(file, read_only=True, data_only=not formulas, keep_links=False)
        except (InvalidFileException, *_FAULTS) as error:
            raise _damaged(path.name, error) from error
        with closing(book):
            yield book


def _choose(book: Any, asked: str, sizes: dict[str, int], name: str) -> tuple[str, str]:
    """The title of the sheet to read, and why it is that, if there are others."""
    titles = [one.title for one in book.worksheets]
    if asked:
        return _named(titles, asked, name), f"sheet “{_named(titles, asked, name)}”, as given"
    shown = [one for one in book.worksheets if one.sheet_state == "visible"] or list(book.worksheets)
    if len(shown) == 1:
        return shown[0].title, "" if len(titles) == 1 else f"sheet “{shown[0].title}”, the only one not hidden"
    looks = [_look(one, name, sizes) for one in shown]
    best = max(looks, key=lambda one: (one.worth, one.size))
    others = ", ".join(f"“{one.title}”" for one in shown if one.title != best.title)
    return best.title, f"sheet “{best.title}”, which looks most like a table of reports; not read: {others}"


def _named(titles: Sequence[str], asked: str, name: str) -> str:
    found = re.fullmatch(r"#(\d+)", asked)
    if asked not in titles and found and 1 <= int(found.group(1)) <= len(titles):
        return titles[int(found.group(1)) - 1]
    for title in titles:
        if title.strip().casefold() == asked.strip().casefold():
            return title
    raise AtlasError(f"“{name}” has no sheet “{asked}”: its sheets are {', '.join(titles)}; give one of them as SHEET.")


def _look(sheet: Any, name: str, sizes: dict[str, int]) -> _Look:
    rows = list(islice(_rows(sheet, name, Progress()), _LOOK_ROWS))
    size = sizes.get(str(getattr(sheet, "_worksheet_path", "")).lstrip("/"), 0)
    at, headers = find_header([cells for _, cells in rows])
    body = [cells for _, cells in rows[at + 1:]]
    if not body or len(headers) < 2:
        return _Look(sheet.title, 0, size)
    if day_headers(headers):
        return _Look(sheet.title, 3, size)
    plan = plan_columns(headers, pd.DataFrame(_padded(body, len(headers)), dtype=object), {})
    places = bool(_PLACE_ROLES & set(plan.roles))
    return _Look(sheet.title, ("time" in plan.roles) + bool(plan.metrics) + places, size)


def _cells(sheet: Any, name: str) -> Iterator[tuple[Any, ...]]:
    """The cells of each row, from the first one on."""
    sheet.reset_dimensions()  # some programs write them wrong
    try:
        yield from sheet.iter_rows()
    except _FAULTS as error:
        raise _damaged(name, error) from error


def _rows(sheet: Any, name: str, progress: Progress) -> Iterator[_Row]:
    """The rows that hold anything, as text, with their numbers."""
    total = max(1, sheet.max_row or 1)
    for number, row in enumerate(_cells(sheet, name), 1):
        if number % _REPORT_ROWS == 0:
            progress.report(min(1.0, number / total))
        cells = [_text(cell) for cell in row]
        while cells and not cells[-1].strip():
            cells.pop()
        if cells:
            yield number, cells


def _text(cell: Any) -> str:
    value = cell.value
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, (int, float)):
        return _number_text(value, cell)
    return _moment_text(value)


def _number_text(value: float, cell: Any) -> str:
    if abs(value) >= _WHOLE_BELOW or value != int(value):
        return format(value, f".{_DIGITS}g")
    text = str(int(value))
    pattern = cell.number_format
    return text.zfill(len(pattern)) if _PADDED.fullmatch(pattern or "") else text


def _moment_text(value: object) -> str:
    """A date without a time of day is the date alone; Excel's fractions of a day are rounded to milliseconds.

    >>> _moment_text(datetime.datetime(2020, 1, 22)), _moment_text(datetime.datetime(2020, 1, 22, 7, 59, 59, 999900))
    ('2020-01-22', '2020-01-22T08:00:00')
    """
    if isinstance(value, datetime.datetime):
        moment = _to_milliseconds(value)
        return moment.date().isoformat() if moment.time() == datetime.time() else moment.isoformat()
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    return str(value)


def _to_milliseconds(moment: datetime.datetime) -> datetime.datetime:
    """Rounded without pandas, whose nanoseconds end in 2262: people write 9999-12-31 for “until further notice”."""
    rest = moment.microsecond % 1000
    step = datetime.timedelta(microseconds=1000 - rest if rest >= 500 else -rest)
    return moment + min(step, datetime.datetime.max - moment)


def _table(watched: Watched, title: str, rows: list[_Row], note: str, whole: bool) -> RawTable:
    at, headers = find_header([cells for _, cells in rows[:_LOOK_ROWS]])
    body = rows[at + 1:]
    if not body:
        raise AtlasError(
            f"The sheet “{title}” of “{watched.name}” holds no table with rows: give another sheet as SHEET.")
    width = max(len(headers), *(len(cells) for _, cells in body))
    headers = [*headers, *[""] * (width - len(headers))]
    columns = list(zip(*_padded([cells for _, cells in body], width)))
    kept = [i for i, header in enumerate(headers) if header or any(columns[i])]
    numbers = np.array([number for number, _ in body], np.int64)
    return grid_table(watched, [headers[i] for i in kept], [columns[i] for i in kept], numbers, "xlsx", note, whole)


def find_header(records: Sequence[Sequence[str]]) -> tuple[int, list[str]]:
    """The index of the record that names the columns (-1 if none does), and the names.

    Titles above it fill fewer cells than a row of the table does.

    >>> find_header([["Cases by city"], ["city", "n"], ["Wuhan", "3"], ["Ezhou", "4"]])
    (1, ['city', 'n'])
    """
    filled = [sum(cell.strip() != "" for cell in record) for record in records]
    if not filled:
        return -1, []
    usual = Counter(count for count in filled if count).most_common(1)[0][0]
    least = min(usual, max(2, (usual + 1) // 2))
    top = next(i for i, count in enumerate(filled) if count >= least) if max(filled[:_MOST_PREAMBLE]) >= least else 0
    top = below_groups(records, top)
    first, body = list(records[top]), [list(record) for record in records[top + 1:]]
    if day_headers(first) or has_header(first, body):
        return top, [cell.strip() for cell in first]
    return top - 1, [f"column {number}" for number in range(1, max(map(len, [first, *body])) + 1)]


def _padded(rows: Iterable[list[str]], width: int) -> list[list[str]]:
    return [row[:width] + [""] * (width - len(row)) for row in rows]


def _uncached_note(path: Path, title: str, rows: list[_Row]) -> str:
    """How many formulas have no stored result: programs that write workbooks leave it to Excel to compute."""
    with zipfile.ZipFile(path) as archive:
        parts = [name for name in archive.namelist() if name.startswith("xl/worksheets/") and name.endswith(".xml")]
        if not any(_has_formulas(archive, part) for part in parts):
            return ""
    known = dict(rows)
    with _opened(path, formulas=True) as book:
        empty = sum(
            _is_formula(cell) and not (known.get(number, [])[at:at + 1] or [""])[0]
            for number, row in enumerate(_cells(book[title], path.name), 1) for at, cell in enumerate(row))
    if not empty:
        return ""
    return (
        f"; {empty:,} formulas have no stored result and are empty: open and save the workbook in a spreadsheet "
        "program")


def _is_formula(cell: Any) -> bool:
    return getattr(cell, "data_type", "") == "f"


def _has_formulas(archive: zipfile.ZipFile, part: str) -> bool:
    rest = b""
    with archive.open(part) as file:
        while block := file.read(1 << 20):
            if re.search(rb"<(?:\w+:)?f[ />]", rest + block):
                return True
            rest = block[-64:]
    return False
