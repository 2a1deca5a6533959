"""Wall-clock milliseconds as the text of GeoPackage's DATETIME, and back.

A GeoPackage writes a moment as `YYYY-MM-DDTHH:MM:SS.SSSZ`. Ours are the dataset's wall clock: the Z is
the format's, the zone is named in the table `dataset`.
"""
from __future__ import annotations

import numpy as np
import pandas as pd

from ..core.arrays import Cells, Ints

#: QGIS compares a column with a frame's limits as text, and leaves the Z out: `2020-02-13T00:00:00.000Z` is
#: then later than the frame's begin `2020-02-13T00:00:00.000`, and an interval that ends where a frame begins
#: would be drawn in it. `shown_to` is therefore written as the last millisecond in which a state is drawn.
LAST_SHOWN_MS = 1


def moment_texts(ms: Ints) -> Cells:
    """Milliseconds as DATETIME texts, equal moments sharing one text.

    >>> moment_texts(np.array([0, -1])).tolist()
    ['1970-01-01T00:00:00.000Z', '1969-12-31T23:59:59.999Z']
    """
    code, distinct = pd.factorize(ms)
    texts = np.datetime_as_string(np.asarray(distinct, np.int64).astype("datetime64[ms]"), unit="ms")
    shared: Cells = np.char.add(texts, "Z").astype(object)
    return shared[code]


def moments_of(texts: Cells) -> Ints:
    """DATETIME texts as milliseconds (none of them may be missing).

    >>> moments_of(np.array(["1970-01-02T00:00:00.000Z"], object)).tolist()
    [86400000]
    """
    code, distinct = pd.factorize(texts)
    bare = np.array([text.rstrip("Z") for text in distinct], "datetime64[ms]")
    return bare.astype(np.int64)[code]
