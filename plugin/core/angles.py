"""Angles of one coordinate as people write them: decimal degrees, degrees with minutes and seconds, hemispheres."""
from __future__ import annotations

import re
import unicodedata

import numpy as np
import pandas as pd

from .arrays import Bools, Cells, Floats

_MARKS = str.maketrans({
    "º": "°", "˚": "°", "度": "°", "″": '"', "”": '"', "“": '"', "秒": '"', "′": "'", "’": "'", "‘": "'", "´": "'",
    "分": "'", "−": "-",
})
_HEMISPHERES = (("北纬", "N"), ("北緯", "N"), ("南纬", "S"), ("南緯", "S"), ("东经", "E"), ("東經", "E"), ("東経", "E"),
                ("西经", "W"), ("西經", "W"), ("西経", "W"))
#: Not O, which is east in German and west in French, Italian, Portuguese and Spanish; and no s for seconds, which
#: could be south.
_LONGEST = 100
_ANGLE = re.compile(
    r"(?P<before>[NSEW])?\s*(?P<sign>[+-])?\s*(?P<degrees>\d{1,3}(?:[.,]\d+)?)\s*(?:°|deg)?"
    r"(?:(?<=[°g\s])\s*(?P<minutes>\d{1,2}(?:[.,]\d+)?)\s*(?:'|min)?"
    r"(?:(?<=['n\s])\s*(?P<seconds>\d{1,2}(?:[.,]\d+)?)\s*(?:\"|''|sec)?)?)?\s*(?P<after>[NSEW])?",
    re.IGNORECASE)


def plain_angle(text: str) -> str:
    """An angle's text with plain marks and digits, hemispheres as N, S, E, W.

    >>> plain_angle("北纬３９°54′")
    "N39°54'"
    """
    if text.isascii():
        return text.strip()
    text = text.translate(_MARKS)
    for word, letter in _HEMISPHERES:
        text = text.replace(word, letter)
    return unicodedata.normalize("NFKC", text).strip()


def read_angles(texts: Cells) -> tuple[Floats, Cells]:
    """Degrees of each text (NaN where it is no angle) and the hemisphere's letter ("" where none is written).

    >>> read_angles(np.array(["39°54'36\\"S", "N39,5", "12 x"], object))[0].tolist()
    [-39.91, 39.5, nan]
    """
    found = [_ANGLE.fullmatch(plain_angle(text)) if len(text) <= _LONGEST else None for text in map(str, texts)]
    parts = pd.DataFrame(
        [match.groupdict() if match else {} for match in found],
        columns=list(_ANGLE.groupindex), dtype=object)
    degrees, minutes, seconds = (_number(parts[name]) for name in ("degrees", "minutes", "seconds"))
    letter = (parts["before"].fillna("") + parts["after"].fillna("")).str.upper().to_numpy(object)
    value = degrees + np.nan_to_num(minutes) / 60 + np.nan_to_num(seconds) / 3600
    negative = (parts["sign"] == "-").to_numpy(bool) | np.isin(letter.astype(str), ["S", "W"])
    bad = _contradictory(parts, degrees, minutes, seconds, letter)
    return np.where(bad, np.nan, np.where(negative, -value, value)), np.where(bad, "", letter)


def _number(texts: pd.Series) -> Floats:
    plain = texts.str.replace(",", ".", regex=False) if len(texts) else texts
    return np.asarray(pd.to_numeric(plain, errors="coerce"), np.float64)


def _contradictory(parts: pd.DataFrame, degrees: Floats, minutes: Floats, seconds: Floats, letter: Cells) -> Bools:
    """A letter before and behind, a sign beside a letter, 60 minutes, or minutes behind decimal degrees."""
    both = np.array([len(text) > 1 for text in letter], bool)
    signed = parts["sign"].notna().to_numpy(bool) & (letter != "")
    fraction = (np.mod(degrees, 1) != 0) & ~np.isnan(minutes) | (np.mod(minutes, 1) != 0) & ~np.isnan(seconds)
    return both | signed | (minutes >= 60) | (seconds >= 60) | fraction
