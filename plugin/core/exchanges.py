"""Rows in which names stand in the columns of codes and codes in those of names, put back where that is certain."""
from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from .arrays import Bools
from .columns import header_key
from .distinct import Distinct
from .tables import Joined

#: What the header of the codes has more than that of the names: city and cityCode, province and province_id.
_CODE_ENDS = ("code", "id", "代码", "编码")
#: A code has a digit and neither blank nor letters beyond ASCII, or is two or three capitals.
_CODE = re.compile(r"(?=.*\d)[A-Za-z0-9_.\-]+|[A-Z]{2,3}")


@dataclass(frozen=True)
class _Votes:
    """Rows of a pair of columns that stand the right way round, and those that surely do not."""

    right: Bools
    exchanged: Bools


def mend_exchanged(joined: Joined) -> tuple[Joined, Bools]:
    """Put names and codes back where a row has them exchanged; also tells which rows.

    Certain means: the columns are a pair by their headers, the file's codes look like codes in all other
    rows, most rows stand the right way round, and nothing in the row itself says that it does.
    """
    found = {pair: _votes(joined.frame, *pair) for pair in _pairs(joined.headers)}
    pairs = [pair for pair, vote in found.items() if vote is not None]
    votes = [vote for vote in found.values() if vote is not None]
    if not votes:
        return joined, np.zeros(len(joined.frame), bool)
    exchanged = np.logical_or.reduce([vote.exchanged for vote in votes])
    exchanged &= ~np.logical_or.reduce([vote.right for vote in votes])
    if not exchanged.any():
        return joined, exchanged
    frame = joined.frame.copy(deep=False)
    for name, code in pairs:
        names, codes = (frame[at].to_numpy(object) for at in (name, code))
        frame[name], frame[code] = np.where(exchanged, codes, names), np.where(exchanged, names, codes)
    return replace(joined, frame=frame), exchanged


def _pairs(headers: tuple[str, ...]) -> Iterator[tuple[int, int]]:
    keys = [header_key(header) for header in headers]
    for at, key in enumerate(keys):
        for end in _CODE_ENDS:
            if key and key + end in keys:
                yield at, keys.index(key + end)


def _votes(frame: pd.DataFrame, name: int, code: int) -> _Votes | None:
    """None where the codes of this file do not look like codes, so that nothing is certain."""
    names, codes = Distinct.of(frame[name]), Distinct.of(frame[code])
    (name_is_name, name_is_code, no_name), (code_is_name, code_is_code, no_code) = _shapes(names), _shapes(codes)
    right = name_is_name & (code_is_code | no_code)
    exchanged = code_is_name & (name_is_code | no_name)
    if (name_is_name & code_is_name).any() or exchanged.sum() >= right.sum():
        return None
    return _Votes(right, exchanged)


def _shapes(column: Distinct) -> tuple[Bools, Bools, Bools]:
    """Which rows look like a name, like a code, or are empty."""
    texts = [str(text).strip() for text in column.texts]
    codes = [bool(_CODE.fullmatch(text)) for text in texts]
    names = [bool(text) and not code and not re.search(r"\d", text) for text, code in zip(texts, codes)]
    tables = (np.array(answers, bool) for answers in (names, codes, [not text for text in texts]))
    is_name, is_code, empty = (table[column.codes] for table in tables)
    return is_name, is_code, empty
