"""The shapes that cases are spread by: kernels of mass 1 on the plane, in cases per km²."""
from __future__ import annotations

import math
from enum import Enum

import numpy as np

from .arrays import Floats


class Kernel(str, Enum):
    """How the cases of a point are spread around it (Silverman 1986, Density Estimation, section 4.2).

    With u = distance / radius, in cases per km² of one case, r = radius in km:

    quartic       3 / (π r²) (1 - u²)²   (biweight, Silverman's K₂, equation 4.5)
    epanechnikov  2 / (π r²) (1 - u²)    (Silverman's equation 4.4)
    triangular    3 / (π r²) (1 - u)     (a cone)
    uniform       1 / (π r²)             (naive estimator, a disc with its border)
    gaussian      1 / (2 π r²) exp(-u²/2), r the standard deviation (Silverman's equation 4.3)

    All but the Gaussian are 0 for u > 1.
    """

    QUARTIC = "quartic"
    GAUSSIAN = "gaussian"
    EPANECHNIKOV = "epanechnikov"
    TRIANGULAR = "triangular"
    UNIFORM = "uniform"


#: Height above the point itself, times π r².
_HEIGHTS = {Kernel.QUARTIC: 3.0, Kernel.GAUSSIAN: 0.5, Kernel.EPANECHNIKOV: 2.0, Kernel.TRIANGULAR: 3.0,
            Kernel.UNIFORM: 1.0}
#: Cells to a radius with which the values at the cells' centres add up to the cases of a single point, wherever it lies
#: in its cell, within 0.1 percent (measured); of a disc, whose rim runs through cells, within 0.3. A quartic would need
#: 5 for that, with which rims look ragged on a map.
_CELLS = {Kernel.QUARTIC: 12.0, Kernel.GAUSSIAN: 5.0, Kernel.EPANECHNIKOV: 12.0, Kernel.TRIANGULAR: 12.0,
          Kernel.UNIFORM: 40.0}
#: Where a Gaussian ends on a map, in standard deviations: beyond it lies exp(-8), 0.034 percent, of its mass, and at
#: its rim it has the same share of its height.
GAUSSIAN_REACH = 4.0
#: Where a Gaussian is less than float64 can add to its height: exp(-9²/2) is 2.6e-18.
GAUSSIAN_END = 9.0


def reach_m(kernel: Kernel, radius_m: float) -> float:
    """How far from a point its kernel reaches, in metres: the radius, or four standard deviations.

    >>> reach_m(Kernel.QUARTIC, 500.0), reach_m(Kernel.GAUSSIAN, 500.0)
    (500.0, 2000.0)
    """
    return radius_m * (GAUSSIAN_REACH if kernel == Kernel.GAUSSIAN else 1.0)


def cells_a_radius(kernel: Kernel) -> float:
    """How many cells a radius should have.

    >>> cells_a_radius(Kernel.QUARTIC)
    12.0
    """
    return _CELLS[kernel]


def height(kernel: Kernel, radius_m: float) -> float:
    """The kernel above its point, in cases per km² of one case.

    >>> round(height(Kernel.UNIFORM, 1000.0), 4)
    0.3183
    """
    return _HEIGHTS[kernel] / (math.pi * (radius_m / 1000) ** 2)


def shape(kernel: Kernel, u2: Floats) -> Floats:
    """The kernel as a share of its height, of squared distances in radii; may overwrite `u2`.

    >>> shape(Kernel.QUARTIC, np.array([0.0, 0.5, 1.0, 2.0])).tolist()
    [1.0, 0.25, 0.0, 0.0]
    """
    if kernel == Kernel.GAUSSIAN:
        u2 *= -0.5
        return np.asarray(np.exp(u2, out=u2))
    if kernel == Kernel.UNIFORM:
        return np.asarray(np.less_equal(u2, 1.0).astype(np.float64))
    if kernel == Kernel.TRIANGULAR:
        np.sqrt(u2, out=u2)
    np.subtract(1.0, u2, out=u2)
    np.maximum(u2, 0.0, out=u2)
    return np.square(u2, out=u2) if kernel == Kernel.QUARTIC else u2
