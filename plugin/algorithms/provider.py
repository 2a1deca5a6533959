"""The Processing provider `outbreakatlas`."""
from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from qgis.core import QgsProcessingLayerPostProcessorInterface, QgsProcessingProvider
from qgis.PyQt.QtGui import QIcon

from ..bridge.translation import tr
from .aggregatecases import AggregateCases
from .appendreports import AppendReports
from .base import RESOURCES
from .dbscan import Dbscan
from .exportanimation import ExportAnimation
from .hdbscan import Hdbscan
from .heatmap import Heatmap
from .heatmapseries import HeatmapSeries
from .loaddataset import LoadDataset
from .makesampledataset import MakeSampleDataset
from .maplayout import MapLayout
from .setstep import SetStep
from .smallmultiples import SmallMultiples
from .statusat import StatusAt
from .stdbscan import StDbscan
from .suggesteps import SuggestEps

if TYPE_CHECKING:
    from qgis.gui import QgsMapCanvas

PROVIDER_ID = "outbreakatlas"
ALGORITHMS = (
    LoadDataset, AppendReports, MakeSampleDataset, StatusAt, SetStep, AggregateCases, Dbscan, StDbscan, Hdbscan,
    SuggestEps, Heatmap, HeatmapSeries, MapLayout, SmallMultiples,
    ExportAnimation)


class AtlasProvider(QgsProcessingProvider):
    """Brings the algorithms; knows the map canvas when there is one, so that results can start to play."""

    def __init__(self, canvas: QgsMapCanvas | None = None) -> None:
        super().__init__()
        self.canvas = canvas
        #: Processing borrows post-processors and does not keep them; the last one of each file lives here.
        self.stage_setters: dict[Path, QgsProcessingLayerPostProcessorInterface] = {}

    def id(self) -> str:
        return PROVIDER_ID

    def name(self) -> str:
        return tr("Outbreak Atlas")

    def icon(self) -> QIcon:
        return QIcon(self.svgIconPath())

    def svgIconPath(self) -> str:  # noqa: N802 - Qt's name, as below
        return str(RESOURCES / "icons" / "outbreak_atlas.svg")

    def defaultVectorFileExtension(self, hasGeometry: bool = True) -> str:  # noqa: N802, N803
        return "gpkg"

    def loadAlgorithms(self) -> None:  # noqa: N802
        for algorithm in ALGORITHMS:
            self.addAlgorithm(algorithm())
