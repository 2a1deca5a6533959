"""How a row of the tree of areas is drawn: as any row, with boxes that can also be seen on a dark ground."""
from __future__ import annotations

from qgis.PyQt.QtCore import QModelIndex, QRect, Qt
from qgis.PyQt.QtGui import QPainter, QPalette
from qgis.PyQt.QtWidgets import QApplication, QStyle, QStyledItemDelegate, QStyleOptionViewItem

#: How much of the text's colour an empty box has on a dark ground (0 to 255); some styles draw it dark on dark.
_FAINT = 140


class AreaDelegate(QStyledItemDelegate):
    """Adds an outline to empty boxes where the theme is dark."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        super().paint(painter, option, index)
        dark = option.palette.color(QPalette.ColorRole.Base).lightness() < 128
        box = index.data(Qt.ItemDataRole.CheckStateRole)  # a number or the state itself, as Qt's version has it
        if dark and box is not None and Qt.CheckState(box) == Qt.CheckState.Unchecked:
            colour = option.palette.color(QPalette.ColorRole.Text)
            colour.setAlpha(_FAINT)
            painter.save()
            painter.setPen(colour)
            painter.drawRect(self.box_of(option, index).adjusted(0, 0, -1, -1))
            painter.restore()

    def box_of(self, option: QStyleOptionViewItem, index: QModelIndex) -> QRect:
        """Where the box of a row is."""
        full = QStyleOptionViewItem(option)
        self.initStyleOption(full, index)
        style = full.widget.style() if full.widget is not None else QApplication.style()
        return style.subElementRect(QStyle.SubElement.SE_ItemViewItemCheckIndicator, full, full.widget)
