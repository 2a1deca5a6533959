"""The epidemic curve as a matplotlib figure, for the dock, for files and for print; and as CSV.

New per step as bars (left axis), its mean as a line, the total as known at the end of each step as a line (right
axis); steps without a report are hatched, jumps and revisions marked. Where a value is unknown nothing is drawn,
not even the line of zero.
"""
from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from .arrays import Bools, Floats
from .curve_looks import DARK, LIGHT, UNMARKED, CurveLook, CurveMarks, CurveTexts
from .curve_plot import Box, CurvePlot
from .series import Curve

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = [
    "DARK", "LIGHT", "UNMARKED", "CurveLook", "CurveMarks", "CurvePlot", "CurveTexts", "curve_csv", "draw_curve",
    "print_figure",
]

_MM_PER_INCH, _DPI = 25.4, 150


def draw_curve(
    figure: Figure, curve: Curve, texts: CurveTexts, look: CurveLook = LIGHT, log: bool = False, mean: bool = True
) -> CurvePlot:
    """Draw on an empty figure; what is returned draws the next one on it."""
    plot = CurvePlot(figure, look)
    plot.show(curve, texts, log, mean)
    return plot


def print_figure(
    curve: Curve, texts: CurveTexts, width_mm: float, height_mm: float, marks: CurveMarks = UNMARKED,
    log: bool = False, mean: bool = True, font_pt: float = 8.0, box: Box | None = None,
) -> Figure:
    """A light figure with title, zone and key, for a file; with a `box` (see `CurvePlot`) for a layout."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width_mm / _MM_PER_INCH, height_mm / _MM_PER_INCH), dpi=_DPI)
    plot = CurvePlot(figure, replace(LIGHT, font_pt=font_pt), True, box)
    plot.show(curve, texts, log, mean)
    plot.mark(marks)
    return figure


def curve_csv(curve: Curve) -> str:
    """A line per step: moments in ISO 8601 on the dataset's wall clock, unknown values empty, flags 0 or 1."""
    moments = np.datetime_as_string(curve.begins.astype("datetime64[ms]"), unit="s").tolist()
    columns = [
        moments, _numbers(curve.new), _numbers(curve.total), _numbers(curve.mean), _flags(curve.gap),
        _flags(curve.jump), _numbers(curve.fallen),
    ]
    return "\n".join(["begin,new,total,mean,gap,jump,fallen", *map(",".join, zip(*columns)), ""])


def _numbers(values: Floats) -> list[str]:
    return ["" if np.isnan(value) else format(value, ".15g") for value in values]


def _flags(values: Bools) -> list[str]:
    return np.where(values, "1", "0").tolist()
