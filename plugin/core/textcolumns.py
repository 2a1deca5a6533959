"""Columns of text: those that repeat themselves as Categoricals, so that each distinct text is kept and read once.

Their categories are always objects of type `str`: pandas 3.0 has a string type of its own, whose categories cannot be
put together with those, and since pandas 3.1 its parser makes numbers of categories that look like some.
"""
from __future__ import annotations

import io
from collections.abc import Container, Sequence
from functools import lru_cache
from typing import Any, Callable

import numpy as np
import pandas as pd
from pandas.api.types import union_categoricals

from .arrays import Bools, Cells


def categorical(codes: np.ndarray, texts: Sequence[str] | Cells) -> pd.Categorical:
    """A Categorical whose categories are plain texts in every version of pandas."""
    return pd.Categorical.from_codes(codes, pd.Index(np.asarray(texts, object), dtype=object))


def repeated(texts: Cells) -> pd.Categorical:
    """Cells of text as a Categorical."""
    return categorical(*pd.factorize(texts))


@lru_cache(maxsize=1)
def parser_keeps_texts() -> bool:
    """Whether the categories that pandas reads from a file are the very texts, so that 007 is not 7."""
    read = pd.read_csv(io.StringIO("007"), header=None, dtype="category")
    return list(read[0].cat.categories) == ["007"]


def with_categories(frame: pd.DataFrame, names: Container[Any]) -> pd.DataFrame:
    """The frame with the columns of these names as Categoricals of texts."""
    columns = {name: _plain_categorical(frame[name]) if name in names else frame[name].array for name in frame}
    return pd.DataFrame(columns, index=frame.index, copy=False)


def _plain_categorical(column: pd.Series) -> pd.Categorical:
    if not isinstance(column.dtype, pd.CategoricalDtype):
        return repeated(column.to_numpy(object))
    values = column.array
    return values if values.categories.dtype == object else categorical(values.codes, values.categories)


def stacked(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """The rows of frames with the same columns below one another; categories stay categories."""
    columns = {column: _end_to_end([frame[column] for frame in frames]) for column in frames[0]}
    return pd.DataFrame(columns, copy=False)


def _end_to_end(parts: list[pd.Series]) -> Any:
    if all(isinstance(part.dtype, pd.CategoricalDtype) for part in parts):
        used = [_without_unused(part.array) for part in parts]
        return used[0] if len(used) == 1 else union_categoricals(used)
    return np.concatenate([part.to_numpy(object) for part in parts])


def _without_unused(texts: pd.Categorical) -> pd.Categorical:
    """Without the texts of rows that were left out, of which the header is one."""
    used = np.bincount(texts.codes, minlength=len(texts.categories)) > 0
    return texts if used.all() else texts.remove_categories(texts.categories[~used])


def cells_where(column: pd.Series, test: Callable[[str], bool]) -> Bools:
    """Of which cells `test` holds; it is asked once for each category."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        texts = column.cat.categories
        return np.fromiter(map(test, texts), bool, len(texts))[column.cat.codes.to_numpy()]
    return np.fromiter(map(test, column.to_numpy(object)), bool, len(column))


def blank_rows(frame: pd.DataFrame) -> Bools:
    """Which rows have blanks at most in all columns; each column is asked only where all before it were."""
    left = np.arange(len(frame))
    for column in frame:
        asked = frame[column] if len(left) == len(frame) else frame[column].iloc[left]
        left = left[cells_where(asked, _is_blank)]
        if not len(left):
            break
    blank = np.zeros(len(frame), dtype=bool)
    blank[left] = True
    return blank


def _is_blank(cell: str) -> bool:
    return not cell or cell.isspace()
