"""What a curve is drawn as: edges of steps, outlines of bars, spans of gaps, and letters that can be drawn."""
from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from .arrays import Bools, Floats, Ints
from .schema import MS_PER_DAY, Step
from .series import Curve
from .steps import step_ms

if TYPE_CHECKING:
    from matplotlib.path import Path

#: Values beyond this are drawn as this: sums of larger ones overflow.
_HUGE = 1e300
#: The share of a step that is left free between bars.
_SPACE = 0.14
#: Families with Chinese letters, as the systems name them, for texts that need them.
_CHINESE = (
    "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "Microsoft YaHei", "PingFang SC", "Hiragino Sans GB",
    "WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "SimHei", "Heiti SC", "Arial Unicode MS", "Noto Sans CJK JP",
    "Droid Sans Fallback",
)
#: The family that matplotlib brings along, and the letters from which on it lacks some.
_LATIN, _FIRST_FOREIGN = "DejaVu Sans", "\u2e80"


def edges_of(curve: Curve) -> Ints:
    """Begins of the steps and the end of the last, in wall-clock ms."""
    return np.append(curve.begins, curve.begins[-1:] + step_ms(curve.step))


def unknown_step(step: Step) -> Curve:
    """A curve that knows nothing, to be drawn for one without steps."""
    nothing, no = np.full(1, np.nan), np.zeros(1, bool)
    return Curve(step, np.zeros(1, np.int64), nothing, nothing, nothing, no, no, np.zeros(1))


def days(ms: Ints | Floats) -> Floats:
    """Days since 1970, the numbers of matplotlib's dates."""
    return np.asarray(ms, np.float64) / MS_PER_DAY


def drawable(values: Floats) -> Floats:
    """Values whose sums and margins are numbers; NaN stays."""
    return np.asarray(np.clip(values, -_HUGE, _HUGE), np.float64)


def apart(edges: Floats, values: Floats) -> tuple[Floats, Floats]:
    """Heights and edges of bars with room between them: height n is at twice n, between them are zeros.

    >>> apart(np.array([0.0, 100.0, 200.0]), np.array([5.0, 6.0]))
    (array([5., 0., 6.]), array([  7.,  93., 107., 193.]))
    """
    space = np.diff(edges) * _SPACE / 2
    heights = np.zeros(max(2 * len(values) - 1, 0))
    heights[::2] = values
    return heights, np.stack((edges[:-1] + space, edges[1:] - space), axis=1).ravel()


def held(values: Floats) -> Floats:
    """Values at the edges of steps, each held until the next edge.

    >>> held(np.array([1.0, 2.0]))
    array([1., 2., 2.])
    """
    return np.append(values, values[-1:])


def spans(edges: Floats, chosen: Bools) -> Path:
    """Rectangles over the chosen steps, neighbours as one, from 0 to 1 of the height."""
    from matplotlib.path import Path

    turns = np.flatnonzero(np.diff(np.concatenate(([0], chosen.astype(np.int8), [0]))))
    begin, end = edges[turns[::2]], edges[turns[1::2]]
    corners = np.empty((len(begin), 5, 2))
    corners[:, :, 0] = np.stack((begin, end, end, begin, begin), axis=1)
    corners[:, :, 1] = (0, 0, 1, 1, 0)
    one = np.array([Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY], np.uint8)
    return Path(corners.reshape(-1, 2), np.tile(one, len(begin)))


def families_for(text: str) -> list[str]:
    """Font families for a text: one more for letters that the usual one lacks, where the computer has it."""
    return [_LATIN, *_chinese_family()] if any(letter >= _FIRST_FOREIGN for letter in text) else [_LATIN]


@lru_cache(1)
def _chinese_family() -> tuple[str, ...]:
    """Asked of the installed fonts, as matplotlib complains of each family that it does not find."""
    from matplotlib.font_manager import fontManager

    installed = {font.name for font in fontManager.ttflist}
    return tuple(name for name in _CHINESE if name in installed)[:1]
