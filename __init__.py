"""Outbreak Atlas: dated place-level case reports as temporal layers, maps and films in QGIS."""
from __future__ import annotations

from typing import Any


def classFactory(iface: Any) -> Any:  # noqa: N802 - the name QGIS calls
    """Give QGIS the plugin; imported late, so that a missing library cannot keep QGIS from loading it."""
    from .plugin.entry import OutbreakAtlas

    return OutbreakAtlas(iface)
