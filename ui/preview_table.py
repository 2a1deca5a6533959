"""The table of first rows: cells with their problems, and above each column the role that it has."""
from __future__ import annotations

from typing import TYPE_CHECKING

from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtGui import QKeyEvent
from qgis.PyQt.QtWidgets import QAbstractItemView, QTableView, QWidget

from ..plugin.bridge.translation import tr
from .preview_model import PreviewModel
from .role_header import RoleHeader

if TYPE_CHECKING:
    from ..plugin.core.preview import Preview

#: Widths of columns in letters: at least, at most.
_NARROW, _WIDE = 18, 28
_LINES = 7


class PreviewTable(QTableView):
    """`role_chosen` tells a column's position and its new role, "" for none."""

    role_chosen = pyqtSignal(int, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("previewTable")
        self.setAccessibleName(tr("First rows of the files"))
        self.setAccessibleDescription(tr("Space or F2 opens the box above the current column."))
        self._headers: tuple[str, ...] = ()
        self._model = PreviewModel(self)
        self._header = RoleHeader(self)
        self.setHorizontalHeader(self._header)
        self.setModel(self._model)
        self._header.role_chosen.connect(self.role_chosen)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.setAlternatingRowColors(True)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        letter = self.fontMetrics()
        self._header.setMinimumSectionSize(_NARROW * letter.averageCharWidth())
        self.verticalHeader().setDefaultSectionSize(round(1.5 * letter.height()))
        self.setMinimumHeight(_LINES * round(1.5 * letter.height()))
        self.setMinimumWidth(2 * _NARROW * letter.averageCharWidth())

    @property
    def header(self) -> RoleHeader:
        """The row of boxes above the names of columns."""
        return self._header

    def show_preview(self, preview: Preview | None) -> None:
        """Show a preview, or an empty table; where the columns are the same, nothing jumps."""
        columns = preview.columns if preview is not None else ()
        headers = tuple(column.header for column in columns)
        self._model.show(preview)
        self._header.show(columns)
        if headers != self._headers:
            self._headers = headers
            self._fit_columns(len(headers))

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Space or F2 opens the box above the current column."""
        column = self.currentIndex().column()
        if event.key() in (Qt.Key.Key_Space, Qt.Key.Key_F2) and column >= 0:
            box = self._header.box(column)
            box.setFocus()
            box.showPopup()
            return
        super().keyPressEvent(event)

    def _fit_columns(self, count: int) -> None:
        letter, header = self.fontMetrics().averageCharWidth(), self._header
        for column in range(min(count, 200)):  # measured by hand where there are more than anybody scrolls through
            hint = max(self.sizeHintForColumn(column), header.sectionSizeHint(column), header.box_width(column))
            self.setColumnWidth(column, min(max(hint, _NARROW * letter), _WIDE * letter))
