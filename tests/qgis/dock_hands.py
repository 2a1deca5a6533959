"""What a person or a script does to the dock, and reads from it."""
from __future__ import annotations

import html
import re

from dock_stage import DockStage, drawn_rows
from outbreak_atlas.plugin.core.filters import FilterState, drawn_column
from outbreak_atlas.plugin.core.series import Curve
from outbreak_atlas.ui.area_model import NAME
from qgis.core import QgsVectorLayer
from qgis.PyQt.QtCore import QModelIndex, Qt

CHECKED, UNCHECKED = Qt.CheckState.Checked, Qt.CheckState.Unchecked
BOX = Qt.ItemDataRole.CheckStateRole


def plain(stage: DockStage) -> str:
    """The totals as they are read."""
    return re.sub(r"\s+", " ", html.unescape(re.sub("<[^>]+>", "", stage.dock.totalLabel.text())))


def row_of(stage: DockStage, *names: str) -> QModelIndex:
    """A row of the tree by the names on the way to it."""
    model, at = stage.dock.cityTree.model(), QModelIndex()
    for name in names:
        rows = [model.index(row, NAME, at) for row in range(model.rowCount(at))]
        at = next(one for one in rows if one.data() == name)
    return at


def names_below(stage: DockStage, at: QModelIndex | None = None) -> list[str]:
    model, above = stage.dock.cityTree.model(), at or QModelIndex()
    return [model.index(row, NAME, above).data() for row in range(model.rowCount(above))]


def choose(stage: DockStage, metric: str) -> None:
    combo = stage.dock.metricCombo
    combo.setCurrentIndex(combo.findData(metric))
    stage.settle()


def state_of(stage: DockStage) -> FilterState:
    return stage.session.state


def drawn_sum(stage: DockStage, layer: QgsVectorLayer) -> float:
    """The sum over what the canvas draws and what has no point."""
    column = drawn_column(state_of(stage), stage.session.shape)
    values = [row[column] for row in drawn_rows(layer, stage.canvas)]
    return sum(value for value in values if isinstance(value, (int, float)))


def shown_curve(stage: DockStage) -> Curve:
    """What the widget draws."""
    return stage.dock.epiCurve.canvas._shown[0]
