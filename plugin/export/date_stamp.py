"""The date in a corner of a bare map, as the date label of the map view shows it."""
from __future__ import annotations

from qgis.core import Qgis, QgsExpression, QgsMapSettings, QgsRenderContext, QgsTextRenderer, QgsVectorLayer
from qgis.PyQt.QtCore import QPointF
from qgis.PyQt.QtGui import QImage, QPainter

from ..bridge.date_label import label_text, text_format
from ..bridge.description import read_description
from ..bridge.layers import dataset_of

_MARGIN_MM = 6


class DateStamp:
    """Paints the date and the zone of a dataset's frame into the lower left corner."""

    def __init__(self, dataset: QgsVectorLayer) -> None:
        description = read_description(dataset_of(dataset))
        self._text = label_text(description.zone, description.period.step)

    def painted(self, picture: QImage, settings: QgsMapSettings) -> QImage:
        """A copy of a map's picture with the date of the map's settings."""
        image = QImage(picture)
        painter = QPainter(image)
        context = QgsRenderContext.fromMapSettings(settings)
        context.setPainter(painter)
        context.setFlag(Qgis.RenderContextFlag.Antialiasing, True)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        lines = QgsExpression.replaceExpressionText(self._text, settings.expressionContext()).split("\n")
        margin = context.convertToPainterUnits(_MARGIN_MM, Qgis.RenderUnit.Millimeters)
        look = text_format()
        height = QgsTextRenderer.textHeight(context, look, lines, Qgis.TextLayoutMode.Point)
        corner = QPointF(margin, picture.height() - margin - height * _SHARE_BELOW)
        QgsTextRenderer.drawText(corner, 0, Qgis.TextHorizontalAlignment.Left, lines, context, look)
        painter.end()
        return image


#: QGIS draws text from its first line's base.
_SHARE_BELOW = 0.5
