"""A filter on a layer beside the one that the user gave it."""
from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from qgis.core import QgsProviderRegistry, QgsVectorLayer
from qgis.PyQt import sip
from qgis.PyQt.QtCore import QObject, pyqtSignal

from ..core.clauses import column, text
from ..core.errors import AtlasError
from ..core.filters import Area, FilterState, Shape, columns_of, subset_sql
from .description import Description
from .kept import keep, kept, put_back, remember
from .temporal import layer_way, set_layer_accumulating, set_layer_changes, set_layer_time
from .translation import tr

if TYPE_CHECKING:
    from ..core.arrays import Ints

#: Both are carried by a layer with a filter of ours only: the user's subset string, and our part of the layer's.
_OWN, _OURS = "own_subset", "dock_subset"
#: How the layer shows time, where it is not as Load dataset sets it.
_TIME = "dock_time"
_WAYS = {"": set_layer_time, "changes": set_layer_changes, "accumulating": set_layer_accumulating}


@dataclass(frozen=True)
class Subset:
    """The user's own subset string, and our condition beside it."""

    own: str
    ours: str

    @property
    def text(self) -> str:
        """What the layer is told."""
        if not self.own or not self.ours:
            return self.own or self.ours
        # A comment at the end would hide what follows.
        end = "\n" if "--" in self.own else ""
        return f"({self.own}{end}) AND ({self.ours})"


class LayerFilter(QObject):
    """Shows the rows of a layer that a `FilterState` means, within the user's own filter."""

    #: The user changed the layer's subset string. True: our part still stands beside it; False: it is gone, and the
    #: whole string is the user's own.
    own_changed = pyqtSignal(bool)

    def __init__(self, layer: QgsVectorLayer, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._layer = layer
        _take(layer)
        #: The subset string that the layer is known to have.
        self._text = layer.subsetString()
        self._time = layer_way(layer)
        layer.subsetStringChanged.connect(self._follow_user)
        layer.styleChanged.connect(self._follow_style)

    @property
    def own_subset(self) -> str:
        """The user's own subset string."""
        return own_subset_of(self._layer) if _is_there(self._layer) else ""

    @property
    def is_on_time(self) -> bool:
        """Whether the layer still shows time in the way that was asked for."""
        return layer_way(self._layer) == self._time

    def apply(self, state: FilterState, shape: Shape, areas: Collection[Area] = ()) -> bool:
        """Show what the state means, in the way it asks for; `areas`: all that there are. Whether anything changed.

        Raises `AtlasError`, and changes nothing, if the layer is being edited, is gone, or lacks a column.
        """
        layer = self._layer
        _check(layer)
        ours = subset_sql(state, shape, areas)
        _check_columns(layer, state, shape)
        keep(layer, _TIME, _way(state, shape))
        changed = set_time(layer)
        self._time = layer_way(layer)
        filtered = self._set(Subset(own_subset_of(layer), ours))
        if changed and not filtered:
            layer.triggerRepaint()
        return changed or filtered

    def restore(self) -> bool:
        """Leave the layer with the user's own filter and time as Load dataset sets it.

        False, and nothing changed, while it is being edited: then a later `LayerFilter` still knows what is whose.
        """
        layer = self._layer
        if not _is_there(layer) or _lost_file(layer):
            return True
        if layer.isEditable():
            return False
        if kept(layer, _TIME):
            keep(layer, _TIME, "")
            set_time(layer)
        self._set(Subset(own_subset_of(layer), ""))
        return True

    def close(self) -> None:
        """Follow the layer no longer; its filter stays."""
        if not sip.isdeleted(self._layer):
            self._layer.styleChanged.disconnect(self._follow_style)
            self._layer.subsetStringChanged.disconnect(self._follow_user)

    def _set(self, subset: Subset) -> bool:
        self._text = subset.text
        return _set_subset(self._layer, subset)

    def _follow_user(self) -> None:
        if self._layer.subsetString() != self._text:
            self._text = self._layer.subsetString()
            self.own_changed.emit(_take(self._layer))

    def _follow_style(self) -> None:
        put_back(self._layer)


def is_filtered(layer: QgsVectorLayer) -> bool:
    """Whether a layer carries a filter of ours, or shows time as one asked for; so does a copy of such a layer."""
    return bool(kept(layer, _OURS) or kept(layer, _TIME))


def own_subset_of(layer: QgsVectorLayer) -> str:
    """The user's part of a layer's subset string."""
    return _divided(layer)[0].own


def dock_subset_of(layer: QgsVectorLayer) -> str:
    """The plugin's part of a layer's subset string."""
    return _divided(layer)[0].ours


def add_own_subset(layer: QgsVectorLayer, own: str) -> None:
    """Give a layer a subset string as if the user had, beside ours if there is one; not while it is being edited."""
    if not layer.isEditable() and not _lost_file(layer):
        _set_subset(layer, Subset(own, _divided(layer)[0].ours))


def set_time(layer: QgsVectorLayer) -> bool:
    """Let a layer show time in the way that a filter asked for, else as Load dataset does; whether it did otherwise."""
    return _WAYS.get(kept(layer, _TIME), set_layer_time)(layer)


def level_subset(description: Description) -> str:
    """The filter to the level of totals, without which several levels are counted and drawn together; "" for one."""
    if len(description.levels) < 2 or not description.totals_level:
        return ""
    return f"{column('level')} = {text(description.totals_level)}"


def is_plain(own_subset: str, description: Description) -> bool:
    """Whether the user's own filter shows just the rows that the dataset's summary sums."""
    return own_subset.strip() == level_subset(description)


def bare_source(layer: QgsVectorLayer) -> str:
    """A layer's source without its subset string."""
    registry = QgsProviderRegistry.instance()
    parts = registry.decodeUri(layer.providerType(), layer.source())
    parts.pop("subset", None)
    return registry.encodeUri(layer.providerType(), parts)


def own_ids(source: str, own_subset: str) -> Ints:
    """The ids of the rows of a source (see `bare_source`) that a subset string shows, ascending. For any thread."""
    return np.sort(np.fromiter(_own_layer(source, own_subset).allFeatureIds(), np.int64))


def own_levels(source: str, own_subset: str) -> int:
    """How many levels the rows of a source are of that a subset string shows. For any thread."""
    layer = _own_layer(source, own_subset)
    return len(layer.uniqueValues(layer.fields().lookupField("level")))


def _own_layer(source: str, own_subset: str) -> QgsVectorLayer:
    options = QgsVectorLayer.LayerOptions(False)
    options.skipCrsValidation = True
    layer = QgsVectorLayer(source, "own", "ogr", options)
    if not layer.isValid() or not layer.setSubsetString(own_subset):
        raise AtlasError(tr("The layer's own filter “{filter}” could not be applied.").format(filter=own_subset))
    return layer


def _divided(layer: QgsVectorLayer) -> tuple[Subset, bool]:
    """The layer's subset string in its two parts, and whether ours is as we left it."""
    found, before = layer.subsetString(), Subset(kept(layer, _OWN), kept(layer, _OURS))
    if not before.ours:
        return Subset(found, ""), True
    if found == before.text:
        return before, True
    own = _own_part(found, before.ours)
    return (Subset(found, ""), False) if own is None else (Subset(own, before.ours), True)


def _own_part(found: str, ours: str) -> str | None:
    """What stands beside our condition; None if it is not the whole end of the text."""
    if found == ours:
        return ""
    tail = f" AND ({ours})"
    return _inside(found[:-len(tail)]) if found.endswith(tail) else None


def _inside(found: str) -> str | None:
    """What stands between the brackets around a text; None if no brackets are around all of it.

    Quotes come in pairs, so brackets inside of them are told by counting.
    """
    if not found.startswith("("):
        return None
    depth, mark = 0, ""
    for position, letter in enumerate(found):
        if mark:
            mark = "" if letter == mark else mark
        elif letter in "'\"":
            mark = letter
        elif letter in "()":
            depth += 1 if letter == "(" else -1
        if not depth and position + 1 < len(found):
            return None
    return found[1:-1].rstrip("\n") if found and not depth else None


def _take(layer: QgsVectorLayer) -> bool:
    """Put down which part of the layer's subset string is whose; whether our part is as we left it."""
    subset, is_ours = _divided(layer)
    _put_down(layer, subset)
    return is_ours


def _put_down(layer: QgsVectorLayer, subset: Subset) -> None:
    keep(layer, _OWN, subset.own if subset.ours else "")
    keep(layer, _OURS, subset.ours)
    remember(layer)


def _set_subset(layer: QgsVectorLayer, subset: Subset) -> bool:
    """Whether the layer's subset string was another one. Parts are put down first: the change is seen as ours then."""
    before, _ = _divided(layer)
    _put_down(layer, subset)
    if layer.subsetString() == subset.text:
        return False
    if not layer.setSubsetString(subset.text):
        _put_down(layer, before)
        raise AtlasError(tr("The layer “{layer}” does not take the filter “{filter}”.").format(
            layer=layer.name(), filter=subset.text))
    return True


def _way(state: FilterState, shape: Shape) -> str:
    if shape.events == state.new:
        return ""
    return "accumulating" if shape.events else "changes"


def _is_there(layer: QgsVectorLayer) -> bool:
    return not sip.isdeleted(layer) and layer.isValid()


def _lost_file(layer: QgsVectorLayer) -> str:
    """The name of a layer's file that was taken away; "" if it is there. QGIS crashes when it filters such a layer."""
    parts = QgsProviderRegistry.instance().decodeUri(layer.providerType(), layer.source())
    path = Path(parts["path"]) if parts.get("path") else None
    return path.name if path is not None and not path.exists() else ""


def _check(layer: QgsVectorLayer) -> None:
    if not _is_there(layer):
        raise AtlasError(tr("The layer of this dataset is no longer there."))
    lost = _lost_file(layer)
    if lost:
        raise AtlasError(tr("“{file}” is no longer there: put it back, or remove its layer from the project.").format(
            file=lost))
    if layer.isEditable():
        raise AtlasError(tr("The layer “{layer}” is in edit mode: save or discard its edits first.").format(
            layer=layer.name()))
    if own_subset_of(layer).lstrip().upper().startswith("SELECT"):
        raise AtlasError(tr("The filter of the layer “{layer}” is a whole SELECT statement, beside which no other can "
                            "stand: write it as a condition.").format(layer=layer.name()))


def _check_columns(layer: QgsVectorLayer, state: FilterState, shape: Shape) -> None:
    missing = [name for name in columns_of(state, shape) if layer.fields().lookupField(name) < 0]
    if missing:
        raise AtlasError(tr("The layer “{layer}” has no column “{column}” any more.").format(
            layer=layer.name(), column=missing[0]))
