"""The date in a corner of a bare map, as the date label of the map view shows it."""
from __future__ import annotations

from qgis.core import Qgis, QgsExpression, QgsMapSettings, QgsRenderContext, QgsTextRenderer, QgsVectorLayer
from qgis.PyQt.QtCore import QPointF
from qgis.PyQt.QtGui import QImage, QPainter

from ..bridge.date_label import label_text, small_line, text_format
from ..bridge.description import read_description
from ..bridge.layers import dataset_of
from ..bridge.translation import tr

#: Where the last line's base begins, from the lower left corner: 4 mm from the edges to the box around the text.
_BASE_MM = (7.1, 7.8)


class DateStamp:
    """Paints the date and the zone of a dataset's frame into the lower left corner."""

    def __init__(self, dataset: QgsVectorLayer) -> None:
        description = read_description(dataset_of(dataset))
        self._text = label_text(description.zone, description.period.step)
        if description.synthetic:
            # A bare map has no other place that says so.
            self._text += small_line(tr("synthetic data"))

    def painted(self, picture: QImage, settings: QgsMapSettings) -> QImage:
        """A copy of a map's picture with the date of the map's settings."""
        image = QImage(picture)
        painter = QPainter(image)
        context = QgsRenderContext.fromMapSettings(settings)
        context.setPainter(painter)
        context.setFlag(Qgis.RenderContextFlag.Antialiasing, True)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        lines = QgsExpression.replaceExpressionText(self._text, settings.expressionContext()).split("\n")
        across, up = (context.convertToPainterUnits(mm, Qgis.RenderUnit.Millimeters) for mm in _BASE_MM)
        corner = QPointF(across, picture.height() - up)
        QgsTextRenderer.drawText(corner, 0, Qgis.TextHorizontalAlignment.Left, lines, context, text_format())
        painter.end()
        return image

