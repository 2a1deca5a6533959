"""The chunks of a table gathered, and the records left out of it with their reasons."""
from __future__ import annotations

import numpy as np
import pandas as pd

from .records import unclosed
from .sniffing import Layout
from .textcolumns import blank_rows, cells_where, stacked

#: A cell over more lines than this is an unclosed quotation mark, not a text.
MOST_CELL_LINES = 1000

EMPTY_ROW = "empty row"
TOO_MANY_FIELDS = "more fields than the header"
JOINED_LINES = "an unmatched quotation mark joins several lines"


class Gathered:
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
                for index in np.flatnonzero(cells_where(frame[column], lambda cell: "\n" in cell)):
                    joined[index] |= self._is_joined(frame[column].iat[index], int(numbers[index]))
            self._split(frame, numbers, joined, JOINED_LINES)

    def _is_joined(self, cell: str, number: int) -> bool:
        if cell.count("\n") > MOST_CELL_LINES:
            raise unclosed(self._name, number)
        fields = len(self._layout.headers)
        return fields > 2 and any(
            line.count(self._layout.delimiter) >= fields - 1 for line in cell.split("\n")[1:])

    def _keep(self, chunk: pd.DataFrame, numbers: np.ndarray) -> None:
        count = len(self._layout.headers)
        empty = blank_rows(chunk)
        surplus = ~empty & ~blank_rows(chunk.iloc[:, count:])
        self.reasons.update(dict.fromkeys(numbers[empty].tolist(), EMPTY_ROW))
        chunk = chunk if chunk.shape[1] == count else chunk.iloc[:, :count]
        self._split(chunk[~empty] if empty.any() else chunk, numbers[~empty], surplus[~empty], TOO_MANY_FIELDS)

    def _split(self, frame: pd.DataFrame, numbers: np.ndarray, bad: np.ndarray, reason: str) -> None:
        self.reasons.update(dict.fromkeys(numbers[bad].tolist(), reason))
        self._frames.append(frame[~bad] if bad.any() else frame)
        self._rows.append(numbers[~bad])
