"""Degrees of one coordinate: numbers with a decimal point or comma, or angles."""
from __future__ import annotations

import numpy as np
import pandas as pd

from .angles import read_angles
from .arrays import Cells
from .distinct import Distinct
from .numbers import Meaning, ParsedNumbers, parse_numbers

_HEMISPHERES = {"lon": ("E", "W"), "lat": ("N", "S"), "": ("E", "W", "N", "S")}


def parse_degrees(cells: Cells | pd.Series | pd.Categorical | Distinct, role: str = "") -> ParsedNumbers:
    """Read a column of longitudes (`role` lon) or latitudes (lat), whose hemisphere, if one is written, must be
    the role's own.

    >>> parse_degrees(np.array(["39°54'N", "-39,9", "116E"], object), "lat").values.tolist()
    [39.9, -39.9, nan]
    """
    column = Distinct.of(cells)
    numbers = parse_numbers(Distinct(np.arange(len(column.texts)), column.texts), Meaning.DEGREES)
    values, unreadable = numbers.values.copy(), numbers.unreadable.copy()
    at = np.flatnonzero(unreadable)
    if len(at):
        angles, letters = read_angles(column.texts[at])
        angles[~np.isin(letters.astype(str), ["", *_HEMISPHERES[role]])] = np.nan
        values[at], unreadable[at] = angles, np.isnan(angles)
    return ParsedNumbers(values[column.codes], unreadable[column.codes], numbers.note)
