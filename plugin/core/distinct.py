"""A column of text as its distinct texts and a code for each row: what is read is read once."""
from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from .arrays import Cells, Ints


@dataclass(frozen=True)
class Distinct:
    """`texts`, each of them in use; `codes`: a position in it for each row."""

    codes: npt.NDArray[np.intp]
    texts: Cells

    def __len__(self) -> int:
        return len(self.codes)

    @classmethod
    def of(cls, cells: Cells | pd.Series | pd.Categorical | Distinct) -> Distinct:
        """Distinct texts of cells; missing cells are empty texts. A Categorical brings its own codes."""
        if isinstance(cells, Distinct):
            return cells
        values = cells.array if isinstance(cells, pd.Series) else cells
        if isinstance(values, pd.Categorical):
            return cls._of_categories(values)
        codes, uniques = pd.factorize(np.asarray(values, object))
        texts = np.array([str(text) for text in uniques], dtype=object)
        if (codes < 0).any():
            texts = np.append(texts, "")
        return cls(np.where(codes < 0, len(texts) - 1, codes), texts)

    @classmethod
    def _of_categories(cls, values: pd.Categorical) -> Distinct:
        texts = np.append(np.array([str(text) for text in values.categories], dtype=object), "")
        codes = values.codes.astype(np.intp)  # -1, a missing cell, is the last text
        used = np.zeros(len(texts), bool)
        used[codes] = True
        if used[:-1].all() and not used[-1]:
            return cls(codes, np.asarray(texts[:-1], object))
        # A category may be unused (rows were taken, files joined), and then must not speak for the column.
        place = np.cumsum(used) - 1
        return cls(place[codes], np.asarray(texts[used], object))

    def joined(self, other: Distinct, between: str) -> Distinct:
        """The texts of two columns of the same rows, put together row by row."""
        width = len(other.texts)
        codes, pairs = pd.factorize(self.codes * max(width, 1) + other.codes)
        texts = [f"{self.texts[pair // width]}{between}{other.texts[pair % width]}" for pair in pairs]
        return Distinct(codes, np.array(texts, dtype=object))

    def mapped(self, texts: Cells) -> Distinct:
        """Other texts in the place of the own ones (which may then repeat)."""
        return Distinct(self.codes, texts)

    def rows_per_text(self) -> Ints:
        """How many rows bear each text."""
        return np.bincount(self.codes, minlength=len(self.texts)).astype(np.int64)

    def text(self, row: int) -> str:
        return str(self.texts[self.codes[row]])
