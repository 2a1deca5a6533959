"""Bare axes and what is put on them: nothing that matplotlib would measure, or take from its global settings."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .arrays import Floats
from .curve_looks import CurveLook

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

POINTS_PER_INCH = 72.0


def make_axes(figure: Figure, look: CurveLook, right: bool) -> Axes:
    """Axes that only have what is put into them: counts at their left, with dates and grid, or at their right."""
    axes = figure.add_axes([0.1, 0.1, 0.8, 0.8], frameon=False, autoscale_on=False, label="total" if right else "new")
    axes.tick_params(
        length=0, pad=2, labelsize=look.font_pt, grid_linewidth=0.5, grid_alpha=0.3,
        left=False, right=False, labelleft=not right, labelright=right, top=False)
    axes.tick_params(axis="x", length=2.5, width=0.6, bottom=not right, labelbottom=not right, pad=1.5)
    axes.xaxis.set_visible(not right)
    axes.grid(not right, axis="y")
    axes.set_axisbelow(True)
    return axes


def added(axes: Axes, artist: Any) -> Any:
    """Put an artist on axes that have limits of their own: their methods would measure each of its vertices."""
    axes.add_artist(artist)
    return artist


def mark_line(axes: Axes, marker: str, points: float) -> Any:
    """Marks so many points above the values they stand for."""
    from matplotlib.lines import Line2D
    from matplotlib.transforms import ScaledTranslation

    shift = ScaledTranslation(0, points / POINTS_PER_INCH, axes.figure.dpi_scale_trans)
    return added(axes, Line2D(
        [], [], linestyle="none", marker=marker, markersize=4, markeredgewidth=0, transform=axes.transData + shift))


def place(text: Any, x: float, y: float, align: str) -> None:
    """Put a text at shares of the figure's width and height."""
    text.set_position((x, y))
    text.set_horizontalalignment(align)


def set_ticks(axis: Any, places: Floats, labels: list[str]) -> None:
    """Ticks at these places and nowhere else."""
    from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator

    axis.set_major_locator(FixedLocator(places))
    axis.set_major_formatter(FixedFormatter(labels))
    axis.set_minor_locator(NullLocator())


def count_labels_of(axes: Axes) -> list[str]:
    """What is written at the ticks of the counts."""
    return list(axes.yaxis.get_major_formatter().seq)


def set_scale(axes: Axes, scale: str) -> None:
    """Another scale of the counts; setting the same one again would cost as much."""
    if axes.get_yscale() != scale:
        axes.set_yscale(scale)
