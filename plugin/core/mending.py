"""Coordinates that a spreadsheet damaged: 444.591.127 stands for 444591.127, where that is certain."""
from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from .arrays import Bools, Floats, Ints
from .distinct import Distinct
from .numbers import ParsedNumbers, parse_numbers, plain_number
from .projecting import ReferenceSystem

#: Two marks of one sort, or more: a decimal part cannot be told from thousands.
_DAMAGED = r"[+-]?\d{1,3}(?P<mark>[.,])\d{3}(?:(?P=mark)\d{3})*(?P=mark)\d{1,3}"
_ONE_MARK = r"[+-]?\d{1,3}[.,]\d{1,3}"
_WHOLE_GROUPS = r"[+-]?\d{1,3}(?:[.,]\d{3})+"


@dataclass(frozen=True)
class Mended:
    """Coordinates of each row, which of them were mended, and in words what was done to each column."""

    x: ParsedNumbers
    y: ParsedNumbers
    rows: Bools
    notes: tuple[str, str] = ("", "")


@dataclass(frozen=True)
class _Axis:
    """The two readings of each distinct text: with the last mark as the decimal one, and with all marks between
    thousands (NaN where the text has but one reading); and which texts need one to be chosen."""

    readings: tuple[Floats, Floats]
    suspect: Bools


def damaged_texts(column: Distinct) -> Bools:
    """Which distinct texts have several marks of one sort, as 444.591.127 has."""
    return _matching(_plain(column), _DAMAGED)


def mend(x: Distinct, y: Distinct, parsed: tuple[ParsedNumbers, ParsedNumbers], system: ReferenceSystem) -> Mended:
    """Read damaged cells of projected coordinates anew.

    A reading is certain when it is the only one of its pair that lies where `system` is used, and the damage is
    common (more than half of the filled rows have it) or the reading lies among the undamaged ones. What has no
    certain reading is unreadable.
    """
    damaged = damaged_texts(x)[x.codes] | damaged_texts(y)[y.codes]
    if not damaged.any():
        return Mended(*parsed, damaged)
    sound = np.isfinite(parsed[0].values) & np.isfinite(parsed[1].values) & ~damaged
    common = bool(damaged.sum() > sound.sum())
    axes = _axis(x, common), _axis(y, common)
    inverse, pairs = pd.factorize(x.codes * len(y.texts) + y.codes)
    at = np.asarray(pairs // len(y.texts), np.int64), np.asarray(pairs % len(y.texts), np.int64)
    choices = _choices(axes, at)
    inside = [system.covers(*choice) for choice in choices]
    if not common:
        inside = [hit & _among(choice, parsed, sound) for hit, choice in zip(inside, choices)]
    concerned = axes[0].suspect[at[0]] | axes[1].suspect[at[1]]
    certain = concerned & (np.sum(inside, axis=0) == 1)
    which = np.argmax(inside, axis=0)
    mended = certain[inverse]
    anew, anew_y = (
        _replaced(numbers, np.choose(which, [choice[i] for choice in choices])[inverse], concerned[inverse], mended)
        for i, numbers in enumerate(parsed)
    )
    return Mended(anew, anew_y, mended, (_note(x, mended, anew, system), _note(y, mended, anew_y, system)))


def _plain(column: Distinct) -> pd.Series:
    return pd.Series([plain_number(text) for text in column.texts], dtype=object)


def _matching(texts: pd.Series, expression: str) -> Bools:
    return texts.str.fullmatch(expression).to_numpy(bool) if len(texts) else np.zeros(0, bool)


def _axis(column: Distinct, common: bool) -> _Axis:
    texts = _plain(column)
    suspect = _matching(texts, f"{_DAMAGED}|{_ONE_MARK}" if common else _DAMAGED)
    decimal = parse_numbers(Distinct(np.arange(len(texts)), column.texts)).values.copy()
    thousands = np.full(len(texts), np.nan)
    decimal[suspect] = _numbers(texts[suspect].str.replace(r"[.,](?=.*[.,])", "", regex=True).str.replace(",", "."))
    whole = suspect & _matching(texts, _WHOLE_GROUPS)
    thousands[whole] = _numbers(texts[whole].str.replace("[.,]", "", regex=True))
    return _Axis((decimal, thousands), suspect)


def _numbers(texts: pd.Series) -> Floats:
    return np.asarray(pd.to_numeric(texts, errors="coerce"), np.float64)


def _choices(axes: tuple[_Axis, _Axis], at: tuple[Ints, Ints]) -> list[tuple[Floats, Floats]]:
    """The four ways of reading each distinct pair."""
    return [(first[at[0]], second[at[1]]) for first in axes[0].readings for second in axes[1].readings]


def _among(choice: tuple[Floats, Floats], parsed: tuple[ParsedNumbers, ParsedNumbers], sound: Bools) -> Bools:
    """Does a reading lie within the extent of the undamaged coordinates?"""
    inside = np.full(len(choice[0]), bool(sound.any()))
    for values, numbers in zip(choice, parsed):
        known = numbers.values[sound]
        inside &= (values >= known.min(initial=np.inf)) & (values <= known.max(initial=-np.inf))
    return inside


def _replaced(numbers: ParsedNumbers, values: Floats, concerned: Bools, mended: Bools) -> ParsedNumbers:
    anew = np.where(mended, values, np.where(concerned, np.nan, numbers.values))
    return ParsedNumbers(anew, (numbers.unreadable & ~mended) | (concerned & ~mended), numbers.note)


def _note(column: Distinct, mended: Bools, anew: ParsedNumbers, system: ReferenceSystem) -> str:
    rows = np.flatnonzero(mended)
    if not len(rows):
        return "numbers with several marks have no certain reading and are taken as unknown"
    return (
        f"{len(rows):,} damaged numbers are mended: “{column.text(rows[0]).strip()}” is read as "
        f"{anew.values[rows[0]]:.15g}, the only reading that lies where {system.name} is used")
