"""Numbers as people read them: grouped by thousands as the user's country does it, with a true minus sign."""
from __future__ import annotations

import math

from qgis.PyQt.QtCore import QLocale

_MINUS = "\N{MINUS SIGN}"
_MOST_DECIMALS = 2
#: From here on digits mean nothing, and take no end of room.
_UNWRITTEN = 1e15
#: What is shown of an unknown count: nothing like 0.
UNKNOWN = "–"


def count_text(value: float, unknown: str = UNKNOWN) -> str:
    """A count, or what stands for an unknown one."""
    return number_text(value) if math.isfinite(value) else unknown


def number_text(value: float) -> str:
    """A number; decimals only where it has some."""
    return (_MINUS if value < 0 and _rounded(value) else "") + _grouped(abs(value))


def change_text(value: float) -> str:
    """A change, with its sign."""
    return ("+" if value > 0 and _rounded(value) else "") + number_text(value)


def _grouped(value: float) -> str:
    # QGIS leaves the groups out unless its user asks for them; sums of an outbreak are not readable without.
    locale = QLocale()
    locale.setNumberOptions(locale.numberOptions() & ~QLocale.NumberOption.OmitGroupSeparator)
    few = value >= _UNWRITTEN
    text: str = locale.toString(float(value), "g" if few else "f", 6 if few else _decimals(value))
    return text


def _decimals(value: float) -> int:
    """As few as show the value to two decimals, or to two digits if it is below 1."""
    most = _MOST_DECIMALS
    if 0 < value < 1:
        most = min(_MOST_DECIMALS - 1 - math.floor(math.log10(value)), 9)
    fraction = f"{value:.{most}f}".partition(".")[2]
    return len(fraction.rstrip("0"))


def _rounded(value: float) -> bool:
    """Whether any digit but 0 is shown."""
    return bool(float(f"{value:.9f}"))
