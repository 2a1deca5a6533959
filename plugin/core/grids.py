"""Raw tables of what is not text: cells that another program split, with the numbers of their rows."""
from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Callable

import numpy as np
import pandas as pd

from .arrays import Cells, Ints
from .dataset import SourceFile
from .fingerprints import Watched
from .reading import RawTable
from .schema import REJECTED_COLUMNS
from .textcolumns import repeated


def grid_table(
    watched: Watched, headers: Sequence[str], columns: Sequence[Sequence[str]], rows: Ints, encoding: str, note: str,
    whole: bool = True,
) -> RawTable:
    """A raw table of columns of text; `rows` are the numbers of its rows in their file. Of a file that was not
    read to its end (not `whole`) no SHA-256 is taken."""
    frame = pd.DataFrame({at: _cells(cells) for at, cells in enumerate(columns)}, index=range(len(rows)), copy=False)
    sha256 = watched.finish() if whole else ""
    source = SourceFile(watched.name, sha256, len(frame), "", encoding, "none", note)
    return RawTable(frame, tuple(headers), rows, no_rejected(), source, row_texts(frame, rows))


def _cells(cells: Sequence[str]) -> pd.Categorical | Cells:
    """A column that mostly repeats itself as categories, any other as it is."""
    texts = np.asarray(cells, object)
    column = repeated(texts)
    return column if 2 * len(column.categories) < len(texts) else texts


def no_rejected() -> pd.DataFrame:
    """A table of rejected rows without any."""
    return pd.DataFrame(columns=list(REJECTED_COLUMNS)).astype({"row": np.int64})


def row_texts(frame: pd.DataFrame, rows: Ints) -> Callable[[Ints], list[str]]:
    """Gives rows by their numbers, which rise, as lines of comma-separated text."""
    def texts(wanted: Ints) -> list[str]:
        at = np.searchsorted(rows, np.asarray(wanted, np.int64))
        return [comma_separated(cells) for cells in frame.iloc[at].itertuples(index=False, name=None)]

    return texts


def comma_separated(cells: Sequence[object]) -> str:
    """Cells as one line of comma-separated text.

    >>> comma_separated(["Wuhan, Hubei", 3])
    '"Wuhan, Hubei",3'
    """
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(cells)
    return line.getvalue()
