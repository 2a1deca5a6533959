"""What is refused of a heatmap before anything is allocated, and the sentences for it."""
from __future__ import annotations

import os

from ..core.errors import AtlasError
from ..core.heat_grid import HeatGrid
from .translation import tr

#: Once around the earth.
_LONGEST_M = 40_100_000.0
#: Arrays of float64, as large as the raster, that it takes while it is computed.
_ARRAYS = 3
_GB = 1e9


def refuse_long_radius(radius_m: float) -> None:
    if radius_m > _LONGEST_M:
        message = tr("RADIUS is {radius} m, more than once around the earth: give a smaller one.")
        raise AtlasError(message.format(radius=f"{radius_m:,.10g}"))


def refuse_wide_cells(radius_m: float, grid: HeatGrid) -> None:
    """Where cells are wide against kernels, most cases fall between the cells' centres."""
    if radius_m < grid.cell_m / 2:
        message = tr("RADIUS is {radius} m, less than half a cell of {cell} m, so cases would fall between the cells: "
                     "give a larger RADIUS, or a CELL_SIZE of {most} m or less.")
        raise AtlasError(message.format(
            radius=f"{radius_m:,.6g}", cell=f"{grid.cell_m:,.10g}", most=f"{radius_m / 2:,.3g}"))


def refuse_more_than_memory(grid: HeatGrid) -> None:
    """What no memory of this computer holds; where it cannot be asked how much that is, nothing."""
    if "SC_PHYS_PAGES" not in getattr(os, "sysconf_names", {}):
        return
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    needed = grid.columns * grid.rows * 8 * _ARRAYS
    if needed > memory:
        message = tr("A raster of {cells} cells needs {needed} GB of memory, and this computer has {memory} GB: give a "
                     "larger CELL_SIZE or a smaller EXTENT.")
        raise AtlasError(message.format(
            cells=f"{grid.columns * grid.rows:,}", needed=f"{needed / _GB:,.0f}", memory=f"{memory / _GB:,.0f}"))
