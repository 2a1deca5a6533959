"""What cells are cut from: the sites' own coordinates, or on the globe those of a flat chart.

On the globe three coordinates make cells that the surface hardly fills, and five times as many of them lie around
each. A chart has two. It only sorts sites into cells: distances are measured in space all the same.
"""
from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from .arrays import Floats
from .cell_sites import Reach, Sites
from .globe import AXIS_M, FLATTENING

_STEPS = 2
#: One part in a million, far more than rounding can be off.
_SMALLER, _LARGER = 1 - 1e-6, 1 + 1e-6
#: On a chart that needs more steps than this between cells there are more of them around than in space.
_MOST_STEPS = 5
#: Below this a millionth is no longer more than rounding is off for metres from the earth's centre.
_LEAST_EPS_M = 1.0


@dataclass(frozen=True)
class Grid:
    """axes: the coordinates of each site. side: of a cell whose sites all are neighbours. most: how far apart
    neighbours may be along an axis; steps: how many cells that is at most."""

    axes: tuple[Floats, ...]
    side: float
    most: float
    steps: int


def grid_of(sites: Sites, reach: Reach) -> Grid:
    """The grid with the fewest cells around each."""
    on_chart = _chart(sites, reach.eps) if len(sites.axes) == 3 else None
    return on_chart or Grid(sites.axes, reach.eps / math.sqrt(len(sites.axes)) * _SMALLER, reach.eps, _STEPS)


def _chart(sites: Sites, eps: float) -> Grid | None:
    """Lambert's azimuthal equal-area chart around the sites; None if they are not on the earth or on too much of it.

    Stretched along its axis by a / b the ellipsoid is a sphere, and no line on it becomes shorter, or longer than by
    that factor. At the angle c from its centre the chart draws lengths between cos(c / 2) and 1 / cos(c / 2) as long
    (Snyder 1987, Map projections, p. 182 ff.). So sites within `side` √2 on the chart are within eps, and neighbours
    within eps a / b in the stretched space are at most the arc of that, by the second factor, apart on the chart.
    """
    ball = (*sites.axes[:2], sites.axes[2] / (1 - FLATTENING))
    middle = np.array([float(axis.min()) / 2 + float(axis.max()) / 2 for axis in ball])
    far = float(np.linalg.norm(middle))
    if not (_LEAST_EPS_M <= eps <= AXIS_M / 4 and 0.01 * AXIS_M < far < AXIS_M * 1.01 and _is_sphere(ball, eps)):
        return None
    towards = middle / far
    up = _dot(ball, towards) / AXIS_M
    arc = 2 * AXIS_M * math.asin(eps / (1 - FLATTENING) / (2 * AXIS_M))
    # A line between neighbours may bulge beyond the farthest site.
    angle = math.acos(min(max(float(up.min()), -1.0), 1.0)) + arc / AXIS_M
    least = math.cos(angle / 2) if angle < math.pi else 0.0
    side, most = eps / math.sqrt(2) * least * _SMALLER, arc * _LARGER
    if least <= 0 or (steps := int(most / least / side) + 1) > _MOST_STEPS:
        return None
    scale = np.sqrt(2 / (1 + up))
    return Grid(tuple(_dot(ball, axis) * scale for axis in _across(towards)), side, most / least, steps)


def _is_sphere(ball: tuple[Floats, ...], eps: float) -> bool:
    """Whether all places lie on it, so nearly that it does not matter for cells."""
    outside = np.sqrt(ball[0] * ball[0] + ball[1] * ball[1] + ball[2] * ball[2]) - AXIS_M
    return bool(np.abs(outside).max() <= 1e-7 * eps)


def _dot(ball: tuple[Floats, ...], axis: Floats) -> Floats:
    return np.asarray(ball[0] * axis[0] + ball[1] * axis[1] + ball[2] * axis[2])


def _across(towards: Floats) -> tuple[Floats, Floats]:
    """Two directions at right angles to this one and each other."""
    one = np.cross(towards, np.eye(3)[int(np.argmin(np.abs(towards)))])
    one /= np.linalg.norm(one)
    return one, np.cross(towards, one)
