"""Numbers as people write them, read a whole column at once."""
from __future__ import annotations

import unicodedata
from dataclasses import dataclass

import numpy as np
import pandas as pd

from .arrays import Bools, Cells, Floats

#: Ways of writing that a value is unknown (compared in lower case).
UNKNOWN_WORDS = frozenset(
    ("", "-", "--", "—", "n/a", "na", "nan", "null", "none", "nil", "unknown", "missing", ".", "?")
    + ("未知", "不详", "暂无")
)


@dataclass(frozen=True)
class ParsedNumbers:
    """`values`: float64, NaN where unknown or unreadable; `unreadable`: neither a number nor a
    word for unknown."""

    values: Floats
    unreadable: Bools


def parse_numbers(cells: Cells) -> ParsedNumbers:
    """Read a column of text cells; each distinct text is read once."""
    codes, uniques = pd.factorize(cells)
    texts = pd.Series([_plain(str(text)) for text in uniques], dtype=object)
    values = pd.to_numeric(texts, errors="coerce").to_numpy(np.float64, na_value=np.nan).copy()
    values[~np.isfinite(values)] = np.nan
    unknown = np.fromiter((text.lower() in UNKNOWN_WORDS for text in texts), bool, len(texts))
    grouped = np.flatnonzero(np.isnan(values) & ~unknown)
    values[grouped] = _with_thousands(texts.iloc[grouped])
    unreadable = np.isnan(values) & ~unknown
    return ParsedNumbers(values[codes], unreadable[codes])


def _plain(text: str) -> str:
    """Without outer blanks, and with digits of full width as plain ones."""
    return text.strip() if text.isascii() else unicodedata.normalize("NFKC", text).strip()


def _with_thousands(texts: pd.Series) -> Floats:
    """1,234 and 1 234: commas or blanks between groups of three digits."""
    plain = texts.where(texts.str.fullmatch(r"[+-]?\d{1,3}(?:[, \u00a0\u202f]\d{3})+"), "")
    digits = plain.str.replace(r"[, \u00a0\u202f]", "", regex=True)
    return np.asarray(pd.to_numeric(digits, errors="coerce"), np.float64)
