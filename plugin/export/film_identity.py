"""What shapes the pictures of a film, as one text: equal where an interrupted export may go on."""
from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path
from uuid import uuid4

from qgis.core import (
    QgsLayout,
    QgsLayoutItemMap,
    QgsLayoutItemPicture,
    QgsMapLayer,
    QgsReadWriteContext,
    QgsVectorLayer,
)
from qgis.PyQt.QtXml import QDomDocument

from ..bridge.layers import source_path
from .scene import Scene

#: Identifiers that QGIS invents anew in every session, in layers, symbols and items.
_INVENTED = re.compile(r"\{?[0-9a-fA-F]{8}([-_])(?:[0-9a-fA-F]{4}\1){3}[0-9a-fA-F]{12}\}?")
_TAG = re.compile(r'<(?:"[^"]*"|[^">])*>')
_EMBEDDED = re.compile("base64:([A-Za-z0-9+/=]+)")
#: What of a style is drawn on a map; colours of elevation profiles, for one, are drawn by lot in every session.
_DRAWN = (
    QgsMapLayer.StyleCategory.Symbology | QgsMapLayer.StyleCategory.Labeling | QgsMapLayer.StyleCategory.Diagrams
    | QgsMapLayer.StyleCategory.Rendering | QgsMapLayer.StyleCategory.Temporal)
_ATTRIBUTE = re.compile(r'[\w:.-]+="[^"]*"')


def film_identity(scene: Scene, *words: object) -> str:
    """Of a scene's layers and their files, the view, and whatever else shapes the pictures; another one each time where
    it cannot be known whether a layer is still the same."""
    view = scene.crs.toWkt(), scene.extent.toString(6), scene.background.name()
    told = repr((view, [_layer_text(layer) for layer in scene.layers], words))
    return hashlib.sha256(told.encode()).hexdigest()


def layout_text(layout: QgsLayout) -> str:
    """A layout as it is in every session, with the state of the files that it shows."""
    document = QDomDocument()
    document.appendChild(layout.writeXml(document, QgsReadWriteContext()))
    pictures = [_stamp(Path(item.picturePath())) for item in layout.items() if isinstance(item, QgsLayoutItemPicture)]
    maps = [item for item in layout.items() if isinstance(item, QgsLayoutItemMap)]
    layers = {layer.id(): layer for item in maps for layer in item.layers()}
    stamps = sorted(repr(_file_stamp(layer)) for layer in layers.values())
    return repr((settled(_EMBEDDED.sub(_read_embedded, document.toString())), pictures, stamps))


def _read_embedded(found: re.Match[str]) -> str:
    """A picture in a layout, an SVG's attributes in the order of their names too."""
    try:
        text = base64.b64decode(found[1], validate=True).decode()
    except ValueError:  # no base64, or no text
        return found[0]
    return hashlib.sha256(settled(text.replace("'", '"')).encode()).hexdigest()


def _layer_text(layer: QgsMapLayer) -> tuple[object, ...]:
    document = QDomDocument()
    layer.exportNamedStyle(document, QgsReadWriteContext(), _DRAWN)
    subset = layer.subsetString() if hasattr(layer, "subsetString") else ""
    return layer.source(), subset, _file_stamp(layer), settled(document.toString())


def _file_stamp(layer: QgsMapLayer) -> tuple[object, ...]:
    """Size and time of a layer's files; of vectors that are being edited, or in no file, a stamp that never comes
    again. Tiles and other pictures from the net are taken to stay as they are."""
    path = source_path(layer)
    if isinstance(layer, QgsVectorLayer) and (layer.isEditable() or path is None):
        return (uuid4().hex,)
    if path is None:
        return ()
    # What was written last may still lie in SQLite's log; the values of a shapefile always lie in another file.
    return tuple(_stamp(one) for one in (path, Path(f"{path}-wal"), path.with_suffix(".dbf")))


def _stamp(path: Path) -> tuple[int, ...]:
    try:
        status = path.stat()
    except (OSError, ValueError):  # a picture that is embedded has no path that the system takes
        return ()
    return (status.st_size, status.st_mtime_ns) if status.st_size else ()


def settled(xml: str) -> str:
    """XML as it is in every session: without invented identifiers, attributes in the order of their names.

    >>> settled('<a z="1" b="{1b4e28ba-2fa1-11d2-883f-0016d3cca427}"/>')
    '<a b="" z="1" />'
    """
    return _TAG.sub(_sorted_tag, _INVENTED.sub("", xml))


def _sorted_tag(found: re.Match[str]) -> str:
    tag = found[0]
    attributes = sorted(_ATTRIBUTE.findall(tag))
    if not attributes:
        return tag
    end = "/>" if tag.endswith("/>") else ">"
    return " ".join((tag.split(None, 1)[0], *attributes, end))
