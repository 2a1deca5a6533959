"""Fixed classes for a graduated map: round limits that hold over the whole period."""
from __future__ import annotations

import math
from dataclasses import dataclass

#: Mantissas of round limits in one decade, finest first.
_SERIES = ((1, 2, 5), (1, 3), (1,))
MOST_CLASSES = 10


@dataclass(frozen=True)
class MapClass:
    """Values from `lower` (included) to `limit` (excluded), and the diameter of their circle in mm."""

    lower: float
    limit: float
    diameter_mm: float


def class_limits(maximum: float) -> tuple[float, ...]:
    """Round limits from 1 to beyond the maximum, as fine as `MOST_CLASSES` allows.

    Within a decade they stand at 1-2-5, 1-3 or 1 alone, so that the ratio of neighbours is nearly the
    same everywhere: counts of an outbreak spread over powers of ten, and equal ratios show a small
    town's growth as well as a big city's. A maximum below 1 (shares, rates) starts at its own decade.

    >>> class_limits(40)
    (1.0, 2.0, 5.0, 10.0, 20.0, 50.0)
    >>> class_limits(67803)
    (1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0, 3000.0, 10000.0, 30000.0, 100000.0)
    """
    if not maximum > 0 or math.isinf(maximum):
        return (1.0, 2.0)
    first = min(0, math.floor(math.log10(maximum)) - 2) if maximum < 1 else 0
    last = math.floor(math.log10(maximum)) + 1
    for mantissas in _SERIES:
        limits = [m * 10.0 ** decade for decade in range(first, last + 1) for m in mantissas]
        needed = next(i for i, limit in enumerate(limits) if limit > maximum)
        if needed <= MOST_CLASSES:
            break
    return tuple(float(f"{limit:.6g}") for limit in limits[:needed + 1])


def map_classes(maximum: float, places: int) -> tuple[MapClass, ...]:
    """Classes with circles whose area is proportional to the class's middle (its geometric mean).

    The smallest circle is 1.2 mm wide and the largest at most 15 mm; on maps of more than 5,000 places
    0.7 and 9 mm, so that 30,000 of them stay readable. Where the values span too much for that, the
    large classes stay proportional and the small ones are drawn at sizes that can still be told apart.
    """
    limits = class_limits(maximum)
    middles = [math.sqrt(low * high) for low, high in zip(limits, limits[1:])]
    smallest, largest_allowed = (0.7, 9.0) if places > 5000 else (1.2, 15.0)
    largest = min(largest_allowed, smallest * math.sqrt(middles[-1] / middles[0]))
    sizes = [
        max(largest * math.sqrt(middle / middles[-1]), smallest * (1 + 0.12 * i))
        for i, middle in enumerate(middles)
    ]
    return tuple(MapClass(low, high, round(size, 2)) for low, high, size in zip(limits, limits[1:], sizes))
