"""The dataset of a film, read fast: a layer that draws as the dataset's own does, over a copy of what is drawn of it.

Only what is plainly the same is drawn from the copy. Labels, joins, expressions that may look at other rows, another
provider: then QGIS reads the layer itself, frame by frame.
"""
from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qgis.core import (
    Qgis,
    QgsCategorizedSymbolRenderer,
    QgsExpression,
    QgsFeatureRenderer,
    QgsGraduatedSymbolRenderer,
    QgsHeatmapRenderer,
    QgsMapLayer,
    QgsMapSettings,
    QgsRenderContext,
    QgsSymbol,
    QgsSymbolLayer,
    QgsVectorLayer,
    QgsVectorLayerTemporalProperties,
)

from ..bridge.filtering import bare_source, own_ids
from ..bridge.layers import is_updates, layer_string, source_path
from ..core.frames import Frame
from ..core.progress import Progress

if TYPE_CHECKING:
    from ..store.frame_rows import RowsWanted

_RENDERERS = ("graduatedSymbol", "categorizedSymbol", "singleSymbol", "heatmapRenderer", "nullSymbol")
#: They look at nothing but their arguments.
_FUNCTIONS = frozenset((
    "if", "coalesce", "abs", "min", "max", "sqrt", "exp", "ln", "log", "log10", "round", "floor", "ceil", "clamp",
    "to_real", "to_int", "to_string", "concat", "lower", "upper", "with_variable", "var", "x", "y", "make_point",
    "transform", "distance",
))
_MODES = Qgis.VectorTemporalMode


@dataclass(frozen=True)
class CopyPlan:
    """How a dataset's rows are copied for a film: all that the work in the background needs."""

    source: str
    subset: str
    columns: tuple[str, ...]
    end_column: str
    begins_inside: bool
    window: tuple[float, float, float, float] | None

    def wanted(self, frames: Sequence[Frame], ids: Any = None) -> RowsWanted:
        from ..store.frame_rows import RowsWanted
        from ..store.spec import Extent

        window = Extent(*self.window) if self.window is not None else None
        return RowsWanted(
            Path(layer_path(self.source)), self.columns, "shown_from", self.end_column,
            moment_text(min(frame.begin_ms for frame in frames)), moment_text(max(frame.end_ms for frame in frames)),
            self.begins_inside, window, ids)


def layer_path(source: str) -> str:
    """The file of a layer's source."""
    return source.split("|")[0]


def plan_copy(layer: QgsMapLayer, settings: QgsMapSettings) -> CopyPlan | None:
    """How to copy a layer's rows for a map; None for one that QGIS had better read itself."""
    if not (isinstance(layer, QgsVectorLayer) and is_updates(layer) and _is_plain(layer)):
        return None
    properties, columns = layer.temporalProperties(), _columns_read(layer)
    if columns is None or not _is_our_time(properties):
        return None
    is_interval = properties.mode() == _MODES.FeatureDateTimeStartAndEndFromFields
    inside = not is_interval and not properties.accumulateFeatures()
    return CopyPlan(bare_source(layer), layer.subsetString(), columns, "shown_to" if is_interval else "", inside,
                    _window(layer, settings))


def copy_for(plan: CopyPlan, frames: Sequence[Frame], target: Path, progress: Progress) -> None:
    """Copy what the frames show. For any thread."""
    from ..store.frame_rows import copy_rows

    ids = own_ids(plan.source, plan.subset) if plan.subset else None
    progress.check()
    copy_rows(plan.wanted(frames, ids), target, progress)


def _window(layer: QgsVectorLayer, settings: QgsMapSettings) -> tuple[float, float, float, float] | None:
    """A good deal more than what the map shows of a layer; None for all. Heat comes from beyond the map's edge."""
    box = settings.layerExtentToOutputExtent(layer, layer.extent())
    shown = settings.visibleExtent()
    if layer.renderer().type() == "heatmapRenderer" or shown.contains(box):
        return None
    shown.grow(0.5 * max(shown.width(), shown.height()))
    window = settings.outputExtentToLayerExtent(layer, shown)
    if not window.isFinite():
        return None
    return window.xMinimum(), window.yMinimum(), window.xMaximum(), window.yMaximum()


class CopiedLayer:
    """A layer over a copy, which shows one frame after the other. For the main thread.

    Its filter must not change while a job reads it, and other layers of the same file are not safe from that either.
    """

    def __init__(self, layer: QgsVectorLayer, path: Path) -> None:
        from ..store.frame_rows import layer_name

        self.layer = layer.clone()
        self.layer.temporalProperties().setIsActive(False)
        self.layer.setDataSource(layer_string(path, layer_name()), layer.name(), "ogr", False)
        self.is_busy = False

    def show(self, condition: str) -> None:
        self.is_busy = True
        self.layer.dataProvider().setSubsetString(condition, False)


class CopiedRows:
    """The copy of a layer's rows, with as many layers as are drawn at once, each under a file name of its own.

    All are opened before anything is drawn: what is opened beside a running job was seen to draw nothing.
    """

    def __init__(self, layer: QgsVectorLayer, plan: CopyPlan, path: Path, count: int) -> None:
        self._plan = plan
        self._layers = [CopiedLayer(layer, _named(path, number)) for number in range(count)]
        self.is_right = all(
            one.layer.isValid() and type(one.layer.renderer()) is type(layer.renderer()) for one in self._layers)

    def close(self) -> None:
        """Let go of the files, whose connections QGIS would keep for a minute."""
        for one in self._layers:
            provider = one.layer.dataProvider()
            if provider is not None:
                provider.reloadData()

    def showing(self, frame: Frame) -> CopiedLayer | None:
        """A layer that shows a frame, busy until it is said that it no longer is; None while all are."""
        free = next((one for one in self._layers if not one.is_busy), None)
        if free is not None:
            wanted = self._plan.wanted((frame,))
            free.show(wanted.shown_in(wanted.begin, wanted.end))
        return free


def _named(path: Path, number: int) -> Path:
    """Another such file: two names of one would be two journals of it."""
    other = path.with_name(f"{path.stem}_{number}{path.suffix}")
    shutil.copyfile(path, other)
    return other


def moment_text(ms: int) -> str:
    """A moment as QGIS writes it when it compares a GeoPackage's moments with a frame's limits.

    >>> moment_text(86_400_000)
    '1970-01-02T00:00:00.000'
    """
    import numpy as np

    return str(np.datetime64(int(ms), "ms"))


def _is_plain(layer: QgsVectorLayer) -> bool:
    """Whether a row's picture depends on nothing but the row."""
    origins = {layer.fields().fieldOrigin(index) for index in range(layer.fields().count())}
    return not (
        layer.isEditable() or layer.vectorJoins() or layer.labelsEnabled() or layer.diagramsEnabled()
        or origins - {Qgis.FieldOrigin.Provider} or layer.auxiliaryLayer() is not None or layer.selectedFeatureCount()
        or layer.subsetString().lstrip().upper().startswith("SELECT") or source_path(layer) is None)


def _is_our_time(properties: QgsVectorLayerTemporalProperties) -> bool:
    limits = properties.limitMode() == Qgis.VectorTemporalLimitMode.IncludeBeginExcludeEnd
    if not properties.isActive() or not limits or properties.startField() != "shown_from":
        return False
    if properties.mode() == _MODES.FeatureDateTimeStartAndEndFromFields:
        return properties.endField() == "shown_to"
    return properties.mode() == _MODES.FeatureDateTimeInstantFromField and not properties.fixedDuration()


def _columns_read(layer: QgsVectorLayer) -> tuple[str, ...] | None:
    """The columns that the style reads; None where that, or what it makes of them, is not plain."""
    renderer = layer.renderer()
    if renderer is None or renderer.type() not in _RENDERERS or renderer.orderByEnabled():
        return None
    if renderer.paintEffect() is not None and renderer.paintEffect().enabled():
        return None
    if not all(map(_looks_at_its_row, _expressions(renderer))):
        return None
    if not all(map(_is_fixed, renderer.symbols(QgsRenderContext()))):
        return None
    names = renderer.usedAttributes(QgsRenderContext())
    known = [layer.fields().lookupField(name) for name in names]
    if -1 in known:
        return None
    return tuple(layer.fields().at(index).name() for index in sorted(known) if layer.fields().at(index).name() != "fid")


def _expressions(renderer: QgsFeatureRenderer) -> list[str]:
    properties = renderer.dataDefinedProperties()
    found = [properties.property(key).asExpression() for key in properties.propertyKeys()]
    if isinstance(renderer, (QgsGraduatedSymbolRenderer, QgsCategorizedSymbolRenderer)):
        found.append(renderer.classAttribute())
    elif isinstance(renderer, QgsHeatmapRenderer):
        found.append(renderer.weightExpression())
    return found


def _looks_at_its_row(text: str) -> bool:
    return QgsExpression(text).referencedFunctions() <= _FUNCTIONS


def _is_fixed(symbol: QgsSymbol) -> bool:
    """Whether a symbol is drawn alike for each row, and at its point."""
    layers = [symbol.symbolLayer(index) for index in range(symbol.symbolLayerCount())]
    return not symbol.hasDataDefinedProperties() and all(map(_is_simple, layers))


def _is_simple(layer: QgsSymbolLayer) -> bool:
    sub = layer.subSymbol()
    return layer.layerType() != "GeometryGenerator" and (sub is None or _is_fixed(sub))
