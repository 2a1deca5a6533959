"""What the cells of a column look like, asked of a sample spread over the whole file."""
from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar, cast

import numpy as np
import pandas as pd

from .arrays import Bools, Cells, Floats, Ints
from .degrees import parse_degrees
from .headers import Header, header_key, land_rows, read_header, table_words
from .numbers import parse_numbers, plain_number
from .times import parse_times

#: Rows looked at in each column; fewer in very wide tables, whose cells add up.
SAMPLE_ROWS, LEAST_SAMPLE_ROWS, MOST_SAMPLE_CELLS = 1_500, 100, 400_000
#: Cells by whose shape alone a column is judged before any is read.
_GLANCE_CELLS = 40
#: A sample with fewer filled cells than this is not enough; more are looked for.
_ENOUGH_CELLS = 20
#: A stride that is prime to most periods in files, so that a sample does not see one province only.
_JITTER = 7_919

_Answer = TypeVar("_Answer")
_NUMBER = re.compile(r"[+-]?(?:\d[\d.,'\u00a0\u202f ]*|[.,]\d+)(?:[eE][+-]?\d+)?")
_DATE_LIKE = re.compile(
    r"\d{1,4}\s?[-/.]\s?\d{1,2}\s?[-/.]\s?\d{1,4}\b.*|(?:19|20)\d{6}|.*\d\s?(?:月|월)\s?\d{1,2}.*|"
    r"(?i:.*\d.*\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\b.*|"
    r".*\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\b.*\d.*)")
_PAIR = re.compile(
    r"[\[(]?\s*([+-]?\d{1,3}(?:\.\d+)?)\s*°?\s*(?:[,;，；/|]\s*|\s+)([+-]?\d{1,3}(?:\.\d+)?)\s*°?\s*[\])]?")
_GEOMETRY = re.compile(r"\s*(?:SRID=\d+;\s*)?POINT\s*Z?\s*\(|\s*\{.*\"coordinates\"", re.IGNORECASE)
_CLOCK = re.compile(r"\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?\s*([AaPp]\.?[Mm]\.?)?|\d{1,2}\s*[时時点시].*")
_MAY_BE_DEGREES = re.compile("[,°º′'NSEW北南东西東]")
_WEB = re.compile(r"https?://|www\.", re.IGNORECASE)
_CODE = re.compile(r"[A-Za-z]{0,5}[-_]?\d[\dA-Za-z\-_]*")


@dataclass(frozen=True)
class Numbers:
    """Numbers of a column's filled cells. `readable`: share of those that are not a word for unknown
    which read as numbers; `values`: the readable ones."""

    values: Floats
    readable: float

    @cached_property
    def whole(self) -> float:
        """Share of the numbers that are whole."""
        return float((np.mod(self.values, 1) == 0).mean()) if len(self.values) else 0.0

    def within(self, limit: float) -> float:
        """Share of the numbers between -limit and limit, of all cells that should be numbers."""
        return float((np.abs(self.values) <= limit).mean()) * self.readable if len(self.values) else 0.0

    @property
    def furthest(self) -> float:
        return float(np.abs(self.values).max()) if len(self.values) else 0.0


class Probe:
    """A table's headers taken apart, and answers about its columns, each found once when asked."""

    def __init__(self, headers: Sequence[str], frame: pd.DataFrame, projected: bool) -> None:
        self.headers = tuple(headers)
        self.read: list[Header] = [read_header(header) for header in headers]
        self.projected = projected
        self._frame = frame
        rows = SAMPLE_ROWS if not len(headers) else MOST_SAMPLE_CELLS // len(headers)
        self._rows = _spread(len(frame), min(SAMPLE_ROWS, max(LEAST_SAMPLE_ROWS, rows)))
        self._known: dict[tuple[str, int], object] = {}

    def __len__(self) -> int:
        return len(self.headers)

    @property
    def silent(self) -> bool:
        """Does no header say anything? Then the values alone decide."""
        return all(header.silent for header in self.read)

    def cells(self, column: int) -> Cells:
        """The sampled cells, in the same rows for every column."""
        return self._once("cells", column, lambda: _texts(self._frame.iloc[:, column], self._rows))

    def filled(self, column: int) -> float:
        """Share of the sampled cells that hold anything."""
        mask = self.filled_mask(column)
        return float(mask.mean()) if len(mask) else 0.0

    def filled_mask(self, column: int) -> Bools:
        return self._once("mask", column, lambda: _filled(self.cells(column)))

    def texts(self, column: int) -> Cells:
        """Filled cells without outer blanks; of a hardly filled column from anywhere in the file."""
        return self._once("texts", column, lambda: self._find_texts(column))

    def dates(self, column: int) -> tuple[float, bool]:
        """Share of filled cells that read as dates, and whether any has a time of day."""
        return self._once("dates", column, lambda: _dates(self.texts(column)))

    def numbers(self, column: int) -> Numbers:
        return self._once("numbers", column, lambda: _numbers(self.texts(column)))

    def degrees(self, column: int) -> Numbers:
        """Numbers that may be written with a decimal comma, or angles."""
        return self._once("degrees", column, lambda: _degrees(self.texts(column), self.numbers(column)))

    def sampled_degrees(self, column: int) -> Floats:
        """The same for each sampled row, NaN where there is no number."""
        cells = self.cells(column)
        plain = self.degrees(column) is self.numbers(column)
        return (parse_numbers if plain else parse_degrees)(cells).values

    def share(self, column: int, shape: str) -> float:
        """Share of filled cells of a shape: number, date, pair, geometry, clock, web, code, letters,
        zeros (digits behind a leading zero), decimals (three or more), hundredths (two or more)."""
        return self._once(f"share {shape}", column, lambda: _share(self.texts(column), _SHAPES[shape]))

    def looks(self, column: int, shape: str) -> bool:
        """Do the first cells have a shape? Cheap, to be asked before the column is read."""
        few = self._once(f"few {shape}", column, lambda: _share(self._few(column), _SHAPES[shape]))
        return few >= 0.5

    def distinct(self, column: int) -> int:
        return self._once("distinct", column, lambda: len(set(self.texts(column))))

    def listed(self, column: int, words: str) -> float:
        """Share of filled cells that stand in a list of the table (`level_values`, `countries`)."""
        known = table_words(words)
        return _share(self.texts(column), lambda text: header_key(text) in known)

    def stands_for_one(self, column: int, names: Sequence[int]) -> bool:
        """Does a code stand for one name, or point, nearly always? Names may be spelt in two ways."""
        both = self.filled_mask(column)
        if not names or not both.any():
            return not names
        texts = list(map("|".join, zip(*(self.cells(name)[both] for name in names))))
        pairs = pd.DataFrame({0: self.cells(column)[both], 1: texts})
        return bool((pairs.groupby(0)[1].nunique() <= 2).mean() >= 0.9)

    def numbers_rows(self, column: int) -> bool:
        """Does a column only count the rows, from whatever number on?"""
        ahead = parse_numbers(self.cells(column)).values - self._rows
        return len(ahead) > 2 and bool((ahead == ahead[0]).all())

    def changes(self, column: int, time: int, names: Sequence[int]) -> Floats:
        """How a number changes from one sampled report of a place to its next, where it does."""
        place = list(map("|".join, zip(*(self.cells(name) for name in names))))
        rows = pd.DataFrame({
            "place": place, "ms": parse_times(self.cells(time), year=2000).ms,
            "value": parse_numbers(self.cells(column)).values})
        values = rows.sort_values(["place", "ms"], kind="stable").groupby("place")["value"].diff().to_numpy(float)
        return values[np.isfinite(values) & (values != 0)]

    def same(self, column: int, other: int) -> bool:
        """Do two columns hold the same in every sampled row?"""
        return bool((self.cells(column) == self.cells(other)).all())

    def _few(self, column: int) -> Cells:
        cells = self.cells(column)
        few = cells[_filled(cells[:_GLANCE_CELLS])] if len(cells) <= _GLANCE_CELLS else cells[:_GLANCE_CELLS]
        few = np.array([str(cell).strip() for cell in few if str(cell).strip()], object)
        return few if len(few) else self.texts(column)[:_GLANCE_CELLS]

    def _find_texts(self, column: int) -> Cells:
        cells, mask = self.cells(column), self.filled_mask(column)
        if mask.sum() < _ENOUGH_CELLS and len(self._frame) > len(self._rows):
            series = self._frame.iloc[:, column]
            at = np.flatnonzero((series != "").to_numpy(bool))
            cells = _texts(series, at[_spread(len(at), len(self._rows))])
            mask = _filled(cells)
        return np.array([text.strip() for text in cells[mask]], object)

    def _once(self, question: str, column: int, answer: Callable[[], _Answer]) -> _Answer:
        key = (question, column)
        if key not in self._known:
            self._known[key] = answer()
        return cast("_Answer", self._known[key])


def on_land(lon: Floats, lat: Floats) -> float:
    """Share of points in a cell of five degrees that holds land.

    >>> on_land(np.array([-51.0]), np.array([-22.0])), on_land(np.array([-22.0]), np.array([-51.0]))
    (1.0, 0.0)
    """
    grid = np.array([list(row) for row in land_rows()]) == "#"
    inside = (np.abs(lon) <= 180) & (np.abs(lat) <= 90)
    row = np.clip((90 - lat[inside]) // 5, 0, 35).astype(int)
    cell = np.clip((lon[inside] + 180) // 5, 0, 71).astype(int)
    return float(grid[row, cell].sum() / len(lon)) if len(lon) else 0.0


def pair_values(texts: Cells) -> tuple[Floats, Floats]:
    """First and second number of the cells that hold two."""
    found = [match.groups() for match in map(_PAIR.fullmatch, texts) if match]
    values = np.array(found, float).reshape(-1, 2)
    return values[:, 0], values[:, 1]


def _spread(length: int, wanted: int) -> Ints:
    """About so many positions, spread evenly but not in step with the file's own periods."""
    if length <= wanted:
        return np.arange(length)
    step = length // wanted
    at = np.arange(wanted, dtype=np.int64)
    return np.minimum(at * length // wanted + at * _JITTER % step, length - 1)


def _texts(series: pd.Series, rows: Ints) -> Cells:
    """Some cells of a column, of plain texts or of categories; what is no text is empty."""
    cells = series.to_numpy()[rows] if series.dtype == object else series.take(rows).to_numpy(object)
    return np.array([cell if isinstance(cell, str) else "" for cell in cells], object)


def _filled(cells: Cells) -> Bools:
    return np.fromiter((bool(cell) and not cell.isspace() for cell in cells), bool, len(cells))


def _share(texts: Cells, test: Callable[[str], object]) -> float:
    return sum(map(bool, map(test, texts))) / len(texts) if len(texts) else 0.0


def _dates(texts: Cells) -> tuple[float, bool]:
    if not len(texts):
        return 0.0, False
    times = parse_times(texts, year=2000)
    return float(times.ok.mean()), bool(times.has_clock.any())


def _numbers(texts: Cells) -> Numbers:
    parsed = parse_numbers(texts)
    values = parsed.values[np.isfinite(parsed.values)]
    tried = len(values) + int(parsed.unreadable.sum())
    return Numbers(values, len(values) / tried if tried else 0.0)


def _degrees(texts: Cells, plain: Numbers) -> Numbers:
    if plain.within(180) >= 0.5 or not any(map(_MAY_BE_DEGREES.search, texts)):
        return plain
    parsed = parse_degrees(texts)
    values = parsed.values[np.isfinite(parsed.values)]
    other = Numbers(values, len(values) / max(len(values) + int(parsed.unreadable.sum()), 1))
    return other if other.within(180) > plain.within(180) else plain


def _has_decimals(least: int) -> Callable[[str], bool]:
    def test(text: str) -> bool:
        _whole, point, rest = text.replace(",", ".").partition(".")
        return bool(point) and len(rest) >= least and rest.isdigit()

    return test


_SHAPES: dict[str, Callable[[str], object]] = {
    "number": lambda text: _NUMBER.fullmatch(plain_number(text)),
    "decimals": _has_decimals(3),
    "hundredths": _has_decimals(2),
    "date": _DATE_LIKE.fullmatch,
    "pair": _PAIR.fullmatch,
    "geometry": _GEOMETRY.match,
    "clock": _CLOCK.fullmatch,
    "web": _WEB.match,
    "code": _CODE.fullmatch,
    "letters": lambda text: any(char.isalpha() for char in text),
    "zeros": lambda text: len(text) > 1 and text[0] == "0" and text.isdigit(),
}
