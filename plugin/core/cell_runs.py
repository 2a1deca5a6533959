"""Runs of neighbouring numbers, spread out and taken in portions of bounded size."""
from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from .arrays import Ints

#: What is held at a time: pairs of sites or of cells.
PORTION = 1 << 19


def spread(begin: Ints, count: Ints) -> tuple[Ints, Ints]:
    """The numbers of runs one after the other, and to which run each belongs.

    >>> [part.tolist() for part in spread(np.array([7, 3]), np.array([2, 3]))]
    [[0, 0, 1, 1, 1], [7, 8, 3, 4, 5]]
    """
    run = np.repeat(np.arange(len(count)), count)
    shift = begin - (np.cumsum(count) - count)
    return run, np.arange(len(run)) + shift[run]


def portions(count: Ints, size: int = PORTION) -> Iterator[slice]:
    """Slices of runs that hold about `size` numbers each, at least one run.

    >>> [(part.start, part.stop) for part in portions(np.array([3, 1, 9, 1]), 4)]
    [(0, 2), (2, 3), (3, 4)]
    """
    end = np.cumsum(count)
    at, done = 0, 0
    while at < len(count):
        stop = max(int(np.searchsorted(end, done + size, side="right")), at + 1)
        yield slice(at, stop)
        at, done = stop, int(end[stop - 1])


def order_of(keys: Ints, span: int) -> Ints:
    """The order of keys from 0 to below `span`, equal ones as they stand: numpy sorts 16 bits in linear time.

    >>> order_of(np.array([5, 70_000, 5, 1]), 80_000).tolist()
    [3, 0, 2, 1]
    """
    if span >= 1 << 32:
        return np.argsort(keys, kind="stable")
    order = np.argsort((keys & 0xFFFF).astype(np.uint16), kind="stable")
    if span > 1 << 16:
        order = order[np.argsort((keys >> 16).astype(np.uint16)[order], kind="stable")]
    return order
