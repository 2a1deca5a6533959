"""Files of points that GDAL reads, as raw tables."""
from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..core.files import ReadOptions
    from ..core.progress import Progress
    from ..core.reading import RawTable


def read_points(path: Path, options: ReadOptions, progress: Progress) -> RawTable | None:
    """The table of a layer of points; None when GDAL knows no such file."""
    return None
