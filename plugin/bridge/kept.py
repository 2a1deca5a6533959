"""Texts of the plugin's that a layer carries: saved with the project, copied with the layer.

QGIS counts a layer's custom properties as part of its style: another style, even the layer's own default, takes them
away or brings those it was saved with. So what was kept in this session is remembered beside them and put back.
"""
from __future__ import annotations

from typing import Any

from qgis.core import QgsMapLayer

PREFIX = "outbreak_atlas/"
#: The name under which a layer knows, until it is closed, what it was told to keep.
_SESSION = "outbreak_atlas_kept"


def keep(layer: QgsMapLayer, key: str, text: str) -> None:
    """Let a layer carry a text; "" takes it away."""
    if kept(layer, key) != text:
        layer.setProperty(_SESSION, {**_session(layer), PREFIX + key: text or None})
        _write(layer, PREFIX + key, text or None)


def kept(layer: QgsMapLayer, key: str) -> str:
    """The text that a layer carries, "" if there is none."""
    name = PREFIX + key
    found = _session(layer).get(name) if name in _session(layer) else layer.customProperty(name)
    return found if isinstance(found, str) else ""


def remember(layer: QgsMapLayer) -> None:
    """Before a change of style: what the layer carries now, so that it can be put back."""
    carried = {name: layer.customProperty(name) for name in layer.customPropertyKeys() if name.startswith(PREFIX)}
    layer.setProperty(_SESSION, {**carried, **_session(layer)})


def put_back(layer: QgsMapLayer) -> None:
    """After a change of style: what was kept in this session."""
    for name, value in _session(layer).items():
        if layer.customProperty(name) != value:
            _write(layer, name, value)


def _session(layer: QgsMapLayer) -> dict[str, Any]:
    return layer.property(_SESSION) or {}


def _write(layer: QgsMapLayer, name: str, value: Any) -> None:
    if value is None:
        layer.removeCustomProperty(name)
    else:
        layer.setCustomProperty(name, value)
