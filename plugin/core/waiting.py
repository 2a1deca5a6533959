"""How long work will still take, judged by how long it has taken."""
from __future__ import annotations

import math

#: Before so much time and so much work, any number would be a guess.
_LEAST_S, _LEAST_FRACTION = 2.0, 0.03


def seconds_left(elapsed_s: float, fraction: float) -> float | None:
    """Seconds until the end if the work goes on as fast as so far; None while that is anybody's guess.

    >>> seconds_left(10.0, 0.25)
    30.0
    """
    if elapsed_s < _LEAST_S or not _LEAST_FRACTION <= fraction < 1:
        return None
    return elapsed_s * (1 - fraction) / fraction


def rounded_up(seconds: float) -> int:
    """As precise as a forecast deserves: to 5 seconds below a minute, then to minutes (in seconds).

    >>> rounded_up(12.3), rounded_up(61.0)
    (15, 120)
    """
    unit = 5 if seconds <= 60 else 60
    return max(math.ceil(seconds / unit) * unit, unit)
