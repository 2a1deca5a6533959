"""The first rows of a file as a model for a table view."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt
from qgis.PyQt.QtGui import QColor, QIcon, QPalette
from qgis.PyQt.QtWidgets import QApplication

from .tips import tip

if TYPE_CHECKING:
    from ..plugin.core.preview import Preview


#: How much of the warning colour is mixed into the background, on light and on dark ones.
_WARNING, _TINT_LIGHT, _TINT_DARK = QColor("#f0a30a"), 0.30, 0.38
_NOWHERE = QModelIndex()


class PreviewModel(QAbstractTableModel):
    """Cells as text; problems tinted, with a sign and a sentence; columns without a role in the background."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._preview: Preview | None = None
        self._problems: dict[tuple[int, int], str] = {}
        self._icon = QIcon()

    def show(self, preview: Preview | None) -> None:
        """Show another preview, or nothing."""
        self.beginResetModel()
        self._preview = preview
        self._icon = QgsApplication.getThemeIcon("/mIconWarning.svg")
        self._problems = {}
        for problem in preview.problems if preview is not None else ():
            at = problem.row, problem.column
            self._problems[at] = "\n".join(filter(None, (self._problems.get(at), problem.sentence)))
        self.endResetModel()

    def rowCount(self, parent: QModelIndex = _NOWHERE) -> int:  # noqa: N802 - Qt's names, as below
        return 0 if parent.isValid() or self._preview is None else len(self._preview.rows)

    def columnCount(self, parent: QModelIndex = _NOWHERE) -> int:  # noqa: N802
        return 0 if parent.isValid() or self._preview is None else len(self._preview.columns)

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if self._preview is None or not index.isValid():
            return None
        at = index.row(), index.column()
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return self._text(*at)
        problem = self._problems.get(at)
        if problem is not None:
            return self._marked(problem, role)
        if role == Qt.ItemDataRole.ForegroundRole and not self._preview.columns[at[1]].role:
            return QApplication.palette().brush(QPalette.ColorGroup.Disabled, QPalette.ColorRole.Text)
        return None

    def headerData(  # noqa: N802
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if self._preview is None:
            return None
        if orientation == Qt.Orientation.Vertical:
            shown = role == Qt.ItemDataRole.DisplayRole and section < len(self._preview.numbers)
            return str(self._preview.numbers[section]) if shown else None
        column = self._preview.columns[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.header
        return tip(column.reason) or None if role == Qt.ItemDataRole.ToolTipRole else None

    def _text(self, row: int, column: int) -> str:
        cells = self._preview.rows[row] if self._preview is not None else ()
        return " ".join(cells[column].split()) if column < len(cells) else ""

    def _marked(self, problem: str, role: int) -> Any:
        if role == Qt.ItemDataRole.BackgroundRole:
            return tint()
        if role == Qt.ItemDataRole.DecorationRole:
            return self._icon
        if role == Qt.ItemDataRole.ToolTipRole:
            return tip(problem)
        return problem if role == Qt.ItemDataRole.AccessibleDescriptionRole else None


def tint() -> QColor:
    """The colour of a problem on the background of the theme in use; its text stays readable."""
    base = QApplication.palette().color(QPalette.ColorRole.Base)
    share = _TINT_DARK if base.lightness() < 128 else _TINT_LIGHT
    mixed = (round(b + (w - b) * share) for b, w in zip(base.getRgb()[:3], _WARNING.getRgb()[:3]))
    return QColor(*mixed)
