"""How wide a kernel should be when nobody says."""
from __future__ import annotations

import math

import numpy as np

from .arrays import Floats
from .errors import AtlasError
from .kernels import Kernel

#: The interquartile range of a normal distribution, in standard deviations.
_IQR = 1.34
#: 4 π β / α² of each kernel of radius 1 (α = ∫ x² K, β = ∫ K²), whose sixth root is Silverman's A in two dimensions.
_A6 = {Kernel.GAUSSIAN: 1.0, Kernel.QUARTIC: 460.8, Kernel.EPANECHNIKOV: 192.0, Kernel.TRIANGULAR: 800 / 3,
       Kernel.UNIFORM: 64.0}


def silverman_m(x: Floats, y: Floats, weights: Floats, kernel: Kernel = Kernel.GAUSSIAN) -> float:
    """Silverman's bandwidth for points of a plane, in the unit of x and y (metres).

    h = A σ n^(-1/6): Silverman 1986, equation 4.14 with d = 2, the width that is best for a normal density. A is 1 for
    a Gaussian, whose standard deviation h is; 2.78 for the radius of a quartic, 2.40 epanechnikov, 2.54 triangular, 2
    uniform kernel. σ² = (σx² + σy²) / 2, the average marginal variance; of each axis the smaller of the standard
    deviation and the interquartile range / 1.34 (section 3.4.2) where the range is not 0, so that a few far points do
    not widen it. n = (Σw)² / Σw², the effective number of points (Kish 1965), so that a place with many cases does not
    pass for as many observations. Points without positive weight are left out.

    Raises AtlasError when fewer than two distinct points have weight.

    >>> x = np.array([0.0, 0.0, 100.0, 100.0])
    >>> round(silverman_m(x, x[[0, 2, 0, 2]], np.ones(4)), 2)
    39.69
    """
    there = (weights > 0) & np.isfinite(weights) & np.isfinite(x) & np.isfinite(y)
    x, y, weights = x[there], y[there], weights[there]
    if not len(weights):
        raise AtlasError("No point has cases above 0, so no radius follows from the data: give RADIUS.")
    if np.ptp(x) == 0 and np.ptp(y) == 0:
        raise AtlasError("All cases lie on one point, so no radius follows from the data: give RADIUS.")
    share = weights / weights.sum()
    sigma = math.sqrt((_spread(x, share) ** 2 + _spread(y, share) ** 2) / 2)
    return (_A6[kernel] * float((share ** 2).sum())) ** (1 / 6) * sigma


def _spread(values: Floats, share: Floats) -> float:
    """The robust standard deviation."""
    mean = float(share @ values)
    deviation = math.sqrt(float(share @ (values - mean) ** 2))
    order = np.argsort(values, kind="stable")
    below = np.cumsum(share[order]) - share[order] / 2
    low, high = np.interp([0.25, 0.75], below, values[order])
    middle = float(high - low) / _IQR
    return min(deviation, middle) if middle > 0 else deviation
