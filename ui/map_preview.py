"""A small map of a sample of points: are they where they should be?"""
from __future__ import annotations

from qgis.core import QgsMapLayer, QgsRectangle
from qgis.gui import QgsMapCanvas, QgsMapToolPan
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QColor
from qgis.PyQt.QtWidgets import QFrame, QLabel, QVBoxLayout, QWidget

from ..plugin.bridge.layers import SEA
from ..plugin.bridge.preview_layers import map_crs
from ..plugin.bridge.translation import tr

_LETTERS, _LINES = 24, 7


class MapPreview(QWidget):
    """A canvas to pan and zoom, and a line that says what is on it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("mapPreview")
        self.canvas = QgsMapCanvas(self)
        self.canvas.setObjectName("previewCanvas")
        self.canvas.setAccessibleName(tr("Map of a sample of points"))
        self.canvas.setToolTip(tr("A sample of the points. Drag to move, turn the wheel to zoom."))
        self.canvas.setCanvasColor(QColor(SEA))
        self.canvas.setFrameShape(QFrame.Shape.StyledPanel)
        self.canvas.enableAntiAliasing(True)
        self.canvas.setDestinationCrs(map_crs())
        self._pan = QgsMapToolPan(self.canvas)
        self.canvas.setMapTool(self._pan)
        self.label = QLabel(self)
        self.label.setObjectName("mapLabel")
        self.label.setWordWrap(True)
        self.label.setTextFormat(Qt.TextFormat.PlainText)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.canvas, 1)
        layout.addWidget(self.label)
        letter = self.fontMetrics()
        self.canvas.setMinimumSize(_LETTERS * letter.averageCharWidth(), _LINES * letter.height())
        self._layers: list[QgsMapLayer] = []

    def show_layers(self, layers: list[QgsMapLayer], extent: QgsRectangle | None, text: str) -> None:
        """Show layers, the first on top, and go to an extent unless it is None."""
        self.canvas.setLayers([])
        self._layers = layers  # the canvas does not own them
        if layers and extent is not None:
            self.canvas.setExtent(extent)
        self.canvas.setLayers(layers)
        self.canvas.refresh()
        self.label.setText(text)
