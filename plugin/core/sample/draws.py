"""Random numbers that are the same on every platform and in every version of numpy."""
from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..arrays import Bools, Floats, Ints


class Draws:
    """Draws from PCG64's raw stream; numpy promises that one, not what `Generator` makes of it.

    >>> [int(n) for n in Draws(2020, 1).below(5, 100)]
    [43, 95, 25, 75, 83]
    """

    def __init__(self, seed: int, stream: int) -> None:
        self._bits = np.random.PCG64(np.random.SeedSequence([seed, stream]))

    def _raw(self, count: int) -> npt.NDArray[np.uint64]:
        return np.asarray(self._bits.random_raw(count), np.uint64)

    def below(self, count: int, limit: int | Ints) -> Ints:
        """Whole numbers from 0 to `limit` - 1 (`limit` at most 2^31)."""
        high = self._raw(count) >> np.uint64(32)
        return np.asarray((high * np.asarray(limit, np.uint64)) >> np.uint64(32), np.int64)

    def unit(self, count: int) -> Floats:
        """Numbers in [0, 1) with 53 bits."""
        return np.asarray((self._raw(count) >> np.uint64(11)).astype(np.float64) * 2.0**-53)

    def bell(self, count: int) -> Floats:
        """Near to normal, mean 0 and variance 1: the sum of four uniform draws (Irwin and Hall)."""
        total = self.unit(count) + self.unit(count) + self.unit(count) + self.unit(count)
        return np.asarray((total - 2.0) * 1.7320508075688772)

    def tail(self, count: int, longest: float) -> Floats:
        """Heavy-tailed factors from 1 to `longest`: Pareto's law with exponent 2, cut off."""
        cut = 1.0 - 1.0 / (longest * longest)
        return np.asarray(1.0 / np.sqrt(1.0 - cut * self.unit(count)))

    def some(self, eligible: Bools, count: int) -> Ints:
        """Positions of `count` of the eligible, or of all when there are fewer, ascending."""
        positions = np.flatnonzero(eligible)
        order = np.argsort(self._raw(len(positions)), kind="stable")[:count]
        return np.asarray(np.sort(positions[order]), np.int64)
