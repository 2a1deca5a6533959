"""Numbers as people write them, read a whole column at once: which mark is decimal is decided per column."""
from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import Enum

import numpy as np
import pandas as pd

from .arrays import Bools, Cells, Floats, Ints
from .distinct import Distinct

#: Ways of writing that a value is unknown (compared in lower case).
UNKNOWN_WORDS = frozenset(
    ("", "-", "--", "---", "–", "—", "——", "n/a", "#n/a", "na", "n.a.", "nan", "null", "<na>", "none", "nil", "unknown")
    + ("missing", ".", "..", "...", "?", "nd", "n.d.", "s/d", "s.d.", "k.a.", "no data", "not available", "sin dato")
    + ("未知", "不详", "不詳", "不明", "暂无", "暫無", "尚无", "待定", "待核实", "미상", "불명", "조사중")
)
_TRANSLATED = str.maketrans({"−": "-", "’": "'", "‘": "'", "ʼ": "'", "٬": ","})
#: Words for what is counted, behind a number: 12例, 3名.
_COUNTED = re.compile(r"(?<=\d) ?(?:例|人|名|宗|件|명|건)$")
_OTHER_DIGIT = re.compile(r"(?![0-9])\d")
_SIGN = r"[+-]?"
_LEAD = r"[1-9]\d{0,2}"
#: Groups of three digits behind commas or dots where only one reading is possible: several groups, or decimals.
_INDIAN_GROUPS = r"[1-9]\d?(?:,\d{2})+,\d{3}(?:\.\d+)?"
_COMMA_GROUPS = rf"{_SIGN}(?:{_LEAD}(?:,\d{{3}})+\.\d+|{_LEAD}(?:,\d{{3}}){{2,}}|{_INDIAN_GROUPS})"
_DOT_GROUPS = rf"{_SIGN}(?:{_LEAD}(?:\.\d{{3}})+,\d+|{_LEAD}(?:\.\d{{3}}){{2,}})"
_BLANK_GROUPS = rf"{_SIGN}{_LEAD}(?:(?: \d{{3}})+|(?:'\d{{3}})+)(?:[.,]\d+)?"
_DECIMAL_COMMA = rf"{_SIGN}\d*,\d+(?:[eE]{_SIGN}\d+)?"
#: One group only: 1,234 and 1.234 are a thousand or one and some, as the rest of the column says.
_ONE_COMMA = rf"{_SIGN}{_LEAD},\d{{3}}"
_ONE_DOT = rf"{_SIGN}{_LEAD}\.\d{{3}}"
#: Beyond it not every whole number is a float64, so that sums would be wrong: it is no count.
LARGEST_COUNT = 2.0**53
_GROUPED = "digits are grouped by thousands"


class Meaning(Enum):
    """What a column's numbers are: it tells what 1,234 and 1.234 are where nothing else in the column does."""

    COUNT = "count"  # whole: both are more than a thousand
    DEGREES = "degrees"  # at most 180: both are one and some
    ANY = "any"  # as written in English


@dataclass(frozen=True)
class ParsedNumbers:
    """`values`: float64, NaN where unknown or unreadable; `unreadable`: neither a number nor a
    word for unknown; `note`: how the column writes its numbers, where that is not plain."""

    values: Floats
    unreadable: Bools
    note: str = ""


def parse_numbers(
    cells: Cells | pd.Series | pd.Categorical | Distinct, meaning: Meaning = Meaning.ANY
) -> ParsedNumbers:
    """Read a column of text cells; each distinct text is read once."""
    column = Distinct.of(cells)
    texts = pd.Series([plain_number(text) for text in column.texts], dtype=object)
    values = _floats(texts)
    unknown = np.fromiter((text.lower() in UNKNOWN_WORDS for text in texts), bool, len(texts))
    others = np.flatnonzero(np.isnan(values) & ~unknown)
    notes: list[str] = []
    comma_told = False
    if len(others):
        values[others], notes, comma_told = _with_marks(texts.iloc[others], _decimal_points(texts, others), meaning)
    if meaning is Meaning.COUNT or (comma_told and meaning is Meaning.ANY):
        notes += _thousands_dots(texts, values, comma_told)
    if meaning is Meaning.COUNT:
        values[np.abs(values) > LARGEST_COUNT] = np.nan
    unreadable = np.isnan(values) & ~unknown
    return ParsedNumbers(values[column.codes], unreadable[column.codes], "; ".join(dict.fromkeys(notes)))


def is_unknown(text: str) -> bool:
    """Is a cell empty, or does it hold a word for unknown?

    >>> is_unknown(" N/A "), is_unknown("－"), is_unknown("0")
    (True, True, False)
    """
    return plain_number(text).lower() in UNKNOWN_WORDS


def plain_number(text: str) -> str:
    """Without outer blanks, and with digits, blanks and signs of other widths and shapes as plain ones."""
    if text.isascii():
        return text.strip()
    plain = unicodedata.normalize("NFKC", text).translate(_TRANSLATED).strip()
    return _COUNTED.sub("", plain if plain.isascii() else _OTHER_DIGIT.sub(_plain_digit, plain))


def _plain_digit(found: re.Match[str]) -> str:
    return str(unicodedata.decimal(found[0]))


def _floats(texts: pd.Series) -> Floats:
    """Texts as numbers with a decimal point, NaN where they are none or not finite."""
    values = pd.to_numeric(texts, errors="coerce").to_numpy(np.float64, na_value=np.nan).copy()
    values[~np.isfinite(values)] = np.nan
    return np.asarray(values, np.float64)


def _decimal_points(texts: pd.Series, others: Ints) -> int:
    """How many texts can only be read with a decimal point."""
    plain = texts.drop(texts.index[others])
    pointed = plain[plain.str.contains(".", regex=False)]
    return int((~pointed.str.fullmatch(_ONE_DOT)).sum())


def _with_marks(texts: pd.Series, points: int, meaning: Meaning) -> tuple[Floats, list[str], bool]:
    """Numbers with thousands marks or a decimal comma, how they were read, and whether the comma is surely decimal."""
    comma_groups, dot_groups = texts.str.fullmatch(_COMMA_GROUPS), texts.str.fullmatch(_DOT_GROUPS)
    blank_groups = texts.str.fullmatch(_BLANK_GROUPS)
    one_comma = texts.str.fullmatch(_ONE_COMMA)
    decimal_comma = texts.str.fullmatch(_DECIMAL_COMMA) & ~comma_groups & ~one_comma
    told = int(decimal_comma.sum()) + int(dot_groups.sum())
    against = points + int(comma_groups.sum())
    as_decimal = told > against or (told == against and meaning is Meaning.DEGREES)
    (decimal_comma if as_decimal else comma_groups)[one_comma] = True
    values = np.full(len(texts), np.nan)
    _take(values, texts, comma_groups | blank_groups & ~texts.str.contains(","), "[, ']", "")
    _take(values, texts, dot_groups | decimal_comma | blank_groups & texts.str.contains(","), "[. ']", ".")
    notes = []
    if decimal_comma.any():
        notes.append(f"the comma is decimal, as in {texts[decimal_comma].iloc[0]}")
    grouped = comma_groups | dot_groups | blank_groups
    if grouped.any():
        notes.append(f"{_GROUPED}, as in {texts[grouped].iloc[0]}")
    return values, notes, told > against


def _take(values: Floats, texts: pd.Series, which: pd.Series, dropped: str, comma: str) -> None:
    at = np.flatnonzero(which)
    plain = texts.iloc[at].str.replace(dropped, "", regex=True).str.replace(",", comma or ",", regex=False)
    values[at] = _floats(plain)


def _thousands_dots(texts: pd.Series, values: Floats, comma_told: bool) -> list[str]:
    """Numbers such as 1.234 read as thousands, where the comma is decimal or no other number of the column has
    decimals behind a point or a thousand without one."""
    pointed = texts.str.contains(".", regex=False).to_numpy(bool) & ~np.isnan(values)
    one = pointed & texts.str.fullmatch(_ONE_DOT).to_numpy(bool)
    several = texts.str.fullmatch(rf"{_DOT_GROUPS}|{_DECIMAL_COMMA}").to_numpy(bool)
    against = (pointed & ~one & ~several).any() or (np.abs(values[~pointed]) >= 1000).any()
    if one.sum() > 1 and not comma_told and not several.any() and texts[one].str.endswith("000").all():
        return [f"the point is decimal, as in {texts[one].iloc[0]}, since nothing but zeros stands behind it"]
    if not one.any() or (against and not comma_told):
        return []
    values[one] = np.rint(values[one] * 1000)
    return [f"{_GROUPED}, as in {texts[one].iloc[0]}"]
