"""Classes of a heatmap: round limits of cases per km², the same for all bands of a series."""
from __future__ import annotations

import math
from collections.abc import Sequence

#: Mantissas of round limits in one decade, finest first.
_SERIES = ((1, 2, 5), (1, 3), (1,))
MOST_CLASSES = 10
#: Of one raster, three decades below its maximum are told apart. Of a series more, so that quiet bands do not
#: vanish beside the peak: down to a fraction of what a quiet band reaches, but never more than five decades.
_SPAN, _WIDEST_SPAN = 1e-3, 1e-5
_SHARE_OF_QUIET, _QUIET = 1 / 30, 0.1


def heat_limits(maxima: Sequence[float]) -> tuple[float, ...]:
    """Where classes begin, lowest first; the last one is open above. What is below the first is not drawn.

    `maxima`: the greatest value of each band. Equal ratios between limits let one spike, a factor of a thousand above
    the rest, hide nothing. Without a value above 0 there is no class.

    >>> heat_limits([0.04])
    (5e-05, 0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02)
    >>> heat_limits([40, 40, 0.02])
    (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0)
    >>> heat_limits([0.0])
    ()
    """
    above = sorted(one for one in maxima if one > 0 and math.isfinite(one))
    if not above:
        return ()
    top = above[-1]
    quiet = above[int(_QUIET * (len(above) - 1))]
    floor = max(top * _WIDEST_SPAN, min(top * _SPAN, quiet * _SHARE_OF_QUIET))
    limits: tuple[float, ...] = ()
    for mantissas in _SERIES:
        limits = _round_numbers(floor, top, mantissas)
        if len(limits) <= MOST_CLASSES:
            break
    return limits[-MOST_CLASSES:]


def _round_numbers(low: float, high: float, mantissas: tuple[int, ...]) -> tuple[float, ...]:
    """Round numbers from `low` up to, but below `high`, so that the last class is not empty."""
    decades = range(math.floor(math.log10(low)), math.floor(math.log10(high)) + 1)
    numbers = (float(f"{mantissa}e{decade}") for decade in decades for mantissa in mantissas)
    return tuple(one for one in numbers if low <= one < high)
