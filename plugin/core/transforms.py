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
    """The half transform, real, of an even square stencil around the first cell of a raster that holds it."""
    fft, more = _library()
    size, middle = len(stencil), len(stencil) // 2
    placed = np.zeros((size, shape[1]))
    placed[:, :size] = stencil
    half = fft.rfft(np.roll(placed, -middle, axis=1), axis=1, **more).real
    whole = np.zeros((shape[0], half.shape[1]))
    whole[:size] = half
    return np.ascontiguousarray(fft.fft(np.roll(whole, -middle, axis=0), axis=0, **more).real)


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
