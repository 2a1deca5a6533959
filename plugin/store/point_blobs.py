"""Stored points as arrays of coordinates."""
from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..core.arrays import Cells, Floats

#: WKB of a point: the byte order, the type, two coordinates.
POINT_BYTES = 21
_POINTS = {mark: np.dtype([("order", "u1"), ("type", end + "u4"), ("x", end + "f8"), ("y", end + "f8")])
           for mark, end in ((1, "<"), (0, ">"))}
#: WKB of an empty point.
NO_POINT = b"\x01\x01\x00\x00\x00" + 2 * np.array(np.nan, "<f8").tobytes()


def points_of(blobs: Sequence[bytes | None] | Cells) -> tuple[Floats, Floats]:
    """Coordinates of points as GeoPackage stores them, by any writer: WKB after a header. NaN for None."""
    return wkb_points([NO_POINT if blob is None else blob[-POINT_BYTES:] for blob in blobs])


def wkb_points(pieces: Sequence[bytes]) -> tuple[Floats, Floats]:
    """Coordinates of points in WKB of either byte order, `POINT_BYTES` each.

    >>> wkb_points([bytes.fromhex("0101000000000000000000f03f0000000000000040")])
    (array([1.]), array([2.]))
    """
    raw = np.frombuffer(b"".join(pieces), np.uint8).reshape(-1, POINT_BYTES)
    little, big = (raw.view(_POINTS[mark])[:, 0] for mark in (1, 0))
    if (raw[:, 0] == 1).all():
        return little["x"].astype(np.float64), little["y"].astype(np.float64)
    x, y = (np.where(raw[:, 0] == 1, little[name], big[name]).astype(np.float64) for name in ("x", "y"))
    return x, y
