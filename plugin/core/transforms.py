"""Fourier transforms of real rasters: scipy's on all processors where it is, else numpy's, which give the same."""
from __future__ import annotations

from typing import Any

import numpy as np

from .arrays import Floats


def forward(values: Floats) -> Any:
    """The half that counts of the transform of a real raster; complex."""
    fft, more = _library()
    return fft.rfft2(values, **more)


def back(spectrum: Any, shape: tuple[int, int]) -> Floats:
    """The real raster of a half transform."""
    fft, more = _library()
    return np.asarray(fft.irfft2(spectrum, s=shape, axes=(0, 1), **more))


def even_kernel(stencil: Floats, shape: tuple[int, int]) -> Floats:
    """The half transform, real, of a square stencil, even in both axes, around the first cell of a raster.

    A sum of cosines: two products of small matrices, cheaper than a transform of the whole raster.
    """
    middle = len(stencil) // 2
    quarter = stencil[middle:, middle:] * np.outer(_twice(middle), _twice(middle))
    rows, columns = shape[0] // 2 + 1, shape[1] // 2 + 1
    half = _cosines(rows, shape[0], middle) @ quarter @ _cosines(columns, shape[1], middle).T
    whole = np.empty((shape[0], columns))
    whole[:rows] = half
    whole[rows:] = half[(shape[0] - 1) // 2: 0: -1]
    return whole


def _twice(middle: int) -> Floats:
    """All but the first of an even row stand for two."""
    return np.array([1.0, *[2.0] * middle])


def _cosines(waves: int, size: int, middle: int) -> Floats:
    angle = (np.arange(waves)[:, None] * np.arange(middle + 1)) % size  # whole numbers: exact for long rows too
    return np.asarray(np.cos(angle * (2 * np.pi / size)))


def fast_size(size: int, multiple: int) -> int:
    """The next multiple whose only other factors are 2, 3 and 5, which transforms are fast for.

    >>> fast_size(962, 2), fast_size(7, 4)
    (972, 8)
    """
    count = -(-size // multiple)
    while not _is_smooth(count):
        count += 1
    return count * multiple


def _is_smooth(count: int) -> bool:
    for factor in (2, 3, 5):
        while count % factor == 0:
            count //= factor
    return count == 1


def _library() -> tuple[Any, dict[str, int]]:
    try:
        from scipy import fft
    except ImportError:
        return np.fft, {}
    return fft, {"workers": -1}
