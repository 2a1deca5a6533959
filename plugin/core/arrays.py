"""Names for the arrays that core passes around: one value a row."""
from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from typing_extensions import TypeAlias

Ints: TypeAlias = npt.NDArray[np.int64]
Floats: TypeAlias = npt.NDArray[np.float64]
Bools: TypeAlias = npt.NDArray[np.bool_]
#: Text cells (or other Python objects).
Cells: TypeAlias = npt.NDArray[np.object_]
#: Code points of text, one a column.
Chars: TypeAlias = npt.NDArray[np.uint32]
