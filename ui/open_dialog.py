"""The dialog Open dataset: shows choices and what is seen of the files, says what was chosen; reads nothing."""
from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from qgis.core import QgsApplication, QgsCoordinateReferenceSystem
from qgis.gui import QgsFileWidget, QgsProjectionSelectionWidget
from qgis.PyQt import uic
from qgis.PyQt.QtCore import Qt, QTimeZone, QUrl, pyqtSignal
from qgis.PyQt.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication
from qgis.PyQt.QtWidgets import QComboBox, QDialog, QDialogButtonBox, QStyle, QToolButton, QWidget

from ..plugin.bridge.layers import world_map
from ..plugin.bridge.preview_layers import points_layer, view_of
from ..plugin.bridge.settings import OpenChoices
from ..plugin.bridge.translation import tr
from ..plugin.core.schema import AUTO
from .choice_texts import Texts, count_texts, datum_texts, first_texts, listing_texts, order_texts, step_texts
from .map_preview import MapPreview
from .preview_table import PreviewTable
from .tips import tip

if TYPE_CHECKING:
    from ..plugin.core.preview import Preview, SamplePoints

FORM = Path(__file__).resolve().parent / "forms" / "open_dialog.ui"
#: Names of files that can be read. Others are tried when they are chosen: what a file is, its content says.
READABLE = (
    "*.csv", "*.tsv", "*.tab", "*.txt", "*.dat", "*.asc", "*.psv", "*.gz", "*.xz", "*.bz2", "*.zip",
    "*.xlsx", "*.xlsm", "*.geojson", "*.json", "*.gpkg", "*.shp",
)
#: How wide and how high the dialog opens, in letters and lines, if the screen has as much.
_LETTERS, _LINES = 150, 46
_SCREEN_SHARE = 0.94
#: How table and map share the width.
_SHARES = (64, 36)
_WARNING, _INFO = "/mIconWarning.svg", "/mIconInfo.svg"
_TOOL_TIP = Qt.ItemDataRole.ToolTipRole


class OpenDialog(QDialog):
    """`dropped`: paths, of folders too; `files_changed`: other files; `changed`: a choice that a preview depends on;
    `edited`: anything else."""

    dropped = pyqtSignal(list)
    files_changed = pyqtSignal()
    changed = pyqtSignal()
    edited = pyqtSignal()
    role_chosen = pyqtSignal(int, str)
    forget_wanted = pyqtSignal()
    help_wanted = pyqtSignal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        uic.loadUi(str(FORM), self)
        self.table, self.map = PreviewTable(self), MapPreview(self)
        self.splitter.addWidget(self.table)
        self.splitter.addWidget(self.map)
        for index, share in enumerate(_SHARES):
            self.splitter.setStretchFactor(index, share)
        self._columns: tuple[tuple[str, str], ...] = ()
        self._points: SamplePoints | None = None
        self._world = world_map()
        self._fill_combos()
        self._set_up_files()
        self._ok.setText(tr("&Load"))
        self._ok.setDefault(True)
        self.crsWidget.setOptionVisible(QgsProjectionSelectionWidget.CrsOption.CrsNotSet, True)
        self.crsWidget.setNotSetText(tr("degrees"))
        self.crsWidget.setCrs(QgsCoordinateReferenceSystem())
        self.show_remembered("")
        self.offer_append("")
        self.show_status("", "")
        self.set_choices(OpenChoices())
        self.show_preview(None)
        self._connect()
        self._set_tab_order()
        self._fit_screen()

    # -- what was chosen

    def files(self) -> list[Path]:
        text = self.filesWidget.filePath().strip()
        # QGIS would take the quotes out of a single name that has some.
        names = QgsFileWidget.splitFilePaths(text) if text.startswith('"') else [text]
        return [_path(name) for name in names if name]

    def set_files(self, paths: list[Path]) -> None:
        quoted = " ".join(f'"{_written(path)}"' for path in paths)
        self.filesWidget.setFilePath(str(paths[0]) if len(paths) == 1 else quoted)

    def output(self) -> str:
        return self.outputWidget.filePath().strip()

    def set_output(self, path: str) -> None:
        self.outputWidget.setFilePath(path)

    def append_is_wanted(self) -> bool:
        return self.appendCheck.isChecked() and not self.appendCheck.isHidden()

    def choices(self) -> OpenChoices:
        """What was chosen, but for folders and day."""
        crs = self.crsWidget.crs()
        sheet = self.sheetCombo.currentText().strip()
        return OpenChoices(
            columns=self._columns, counts=self.countsCombo.currentData(), listing=self.listingCombo.currentData(),
            first_values=self.firstCombo.currentData(), datum=self.datumCombo.currentData(),
            crs=(crs.authid() or crs.toWkt()) if crs.isValid() else "",
            time_zone=self.zoneCombo.currentText().strip(), date_order=self.orderCombo.currentData(),
            year="" if self.yearSpin.value() == self.yearSpin.minimum() else str(self.yearSpin.value()),
            report_date=self.reportEdit.text().strip(), step=self.stepCombo.currentData(),
            keep_unchanged=self.keepCheck.isChecked(), gazetteer=self.gazetteerWidget.filePath().strip(), sheet=sheet,
        )

    def set_choices(self, choices: OpenChoices) -> None:
        """Show these choices; nothing is emitted."""
        parts = self._choosers()
        for part in parts:
            part.blockSignals(True)
        self._columns = choices.columns
        for combo, word in (
            (self.countsCombo, choices.counts), (self.listingCombo, choices.listing),
            (self.firstCombo, choices.first_values), (self.datumCombo, choices.datum),
            (self.orderCombo, choices.date_order), (self.stepCombo, choices.step),
        ):
            combo.setCurrentIndex(max(combo.findData(word), 0))
        self.zoneCombo.setCurrentText(choices.time_zone)
        self.crsWidget.setCrs(QgsCoordinateReferenceSystem(choices.crs))
        self.yearSpin.setValue(int(choices.year) if choices.year else self.yearSpin.minimum())
        self.reportEdit.setText(choices.report_date)
        self.keepCheck.setChecked(choices.keep_unchanged)
        self.gazetteerWidget.setFilePath(choices.gazetteer)
        self.sheetCombo.setCurrentText(choices.sheet)
        for part in parts:
            part.blockSignals(False)
        if self._has_advanced(choices):
            self.show_advanced()

    def show_advanced(self) -> None:
        """Unfold what is rarely needed; the sentence above the rows stays in sight."""
        self.advancedGroup.setScrollOnExpand(False)
        self.advancedGroup.setCollapsed(False)
        self.advancedGroup.setScrollOnExpand(True)

    def set_columns(self, columns: tuple[tuple[str, str], ...]) -> None:
        """The roles that the user gave to columns."""
        self._columns = columns

    def set_folder(self, folder: str) -> None:
        self.filesWidget.setDefaultRoot(folder)

    # -- what is shown

    def show_preview(self, preview: Preview | None) -> None:
        """Rows and roles, and in the choices what was found out."""
        self.table.show_preview(preview)
        found = preview.understanding.choices if preview is not None else {}
        so_far = preview is not None and not preview.complete
        for combo, name, texts in (
            (self.countsCombo, "counts", count_texts()), (self.listingCombo, "listing", listing_texts()),
            (self.firstCombo, "first_values", first_texts()), (self.datumCombo, "datum", datum_texts()),
        ):
            choice = found.get(name)
            word = str(choice.value) if choice is not None else ""
            combo.setItemText(0, auto_text(texts.get(word, word), so_far and name != "datum"))
            combo.setItemData(0, tip(choice.reason) if choice is not None else "", _TOOL_TIP)
        zone = found.get("time_zone")
        self.zoneCombo.lineEdit().setPlaceholderText(
            tr("from the data") if zone is None else tr("auto: {value}").format(value=_zone_text(zone.value)))

    def offer_sheets(self, offered: bool, names: Sequence[str] = ()) -> None:
        """Let the user name a sheet where a file may have several; by number where their names are not known."""
        words = ["", *(names or ("#2", "#3"))]
        if words != [self.sheetCombo.itemText(at) for at in range(self.sheetCombo.count())]:
            said = self.sheetCombo.currentText()
            self.sheetCombo.blockSignals(True)
            self.sheetCombo.clear()
            self.sheetCombo.addItems(words)
            self.sheetCombo.setCurrentText(said)
            self.sheetCombo.blockSignals(False)
        for part in (self.sheetLabel, self.sheetCombo):
            part.setVisible(offered and len(names) != 1)

    def show_points(self, points: SamplePoints | None, text: str) -> None:
        """Points over the world map; the view moves only when the points are others."""
        if points is None or not points.lon:
            self._points = None
            self.map.show_layers([], None, text)
            return
        extent = None if points == self._points else view_of(points)
        self._points = points
        layers = [layer for layer in (points_layer(points), self._world) if layer is not None]
        self.map.show_layers(layers, extent, text)

    def show_status(self, sentence: str, gravity: str, more: str = "") -> None:
        """One line above the rows, and what is told of it on demand; `gravity` is error, warning or info."""
        icon = QgsApplication.getThemeIcon(_WARNING if gravity == "warning" else _INFO)
        if gravity == "error":
            icon = self.style().standardIcon(QStyle.StandardPixmap.SP_MessageBoxCritical)
        side = self.fontMetrics().height()
        self.statusIcon.setPixmap(icon.pixmap(side, side))
        self.statusIcon.setVisible(bool(sentence))
        self.statusLabel.setToolTip(tip(more))
        self.statusLabel.setText(sentence or tr("Choose, drop or paste files: their first rows are shown here."))

    def show_remembered(self, day: str) -> None:
        """Say that choices of a day are used; nothing for an empty day."""
        self.rememberedLabel.setText(
            tr("Your choices of {day} for files with these columns are used.").format(day=day))
        for part in (self.rememberedLabel, self.forgetButton):
            part.setVisible(bool(day))

    def offer_append(self, layer: str) -> None:
        """Offer to add the files to a dataset by its layer's name; nothing for an empty name."""
        self.appendCheck.setText(tr("Append &to the dataset “{layer}”").format(layer=layer.replace("&", "&&")))
        self.appendCheck.setChecked(False)
        self.appendCheck.setVisible(bool(layer))

    def set_ready(self, ready: bool, hint: str) -> None:
        """Allow loading, or say in words what is missing for it."""
        self._ok.setEnabled(ready)
        self.hintLabel.setText(hint)

    def let_go(self) -> None:
        """Give up the layers of the map while QGIS is still there to take them."""
        self.map.show_layers([], None, "")
        self._world = None

    # -- Qt's own

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802 - Qt's name, as below
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802
        paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        if paths:
            event.acceptProposedAction()
            self.dropped.emit(paths)

    # -- parts

    @property
    def _ok(self):
        return self.buttonBox.button(QDialogButtonBox.StandardButton.Ok)

    def _choosers(self) -> tuple[QWidget, ...]:
        return (
            self.countsCombo, self.stepCombo, self.datumCombo, self.zoneCombo, self.gazetteerWidget,
            self.listingCombo, self.firstCombo, self.orderCombo, self.yearSpin, self.crsWidget, self.sheetCombo,
            self.reportEdit, self.keepCheck,
        )

    def _has_advanced(self, choices: OpenChoices) -> bool:
        words = (choices.listing, choices.first_values, choices.date_order)
        return any(word != AUTO for word in words) or any(
            (choices.crs, choices.year, choices.report_date, choices.keep_unchanged))

    def _set_up_files(self) -> None:
        self.filesWidget.setStorageMode(QgsFileWidget.StorageMode.GetMultipleFiles)
        self.filesWidget.setFilter(tr("Tables and layers, also packed ({patterns});;All files (*)").format(
            patterns=" ".join(READABLE)))
        self.gazetteerWidget.setFilter(tr("Tables ({patterns});;All files (*)").format(
            patterns=" ".join(READABLE[:13])))
        self.outputWidget.setStorageMode(QgsFileWidget.StorageMode.SaveFile)
        self.outputWidget.setFilter(tr("GeoPackage (*.gpkg)"))
        self.filesWidget.lineEdit().setPlaceholderText(tr("Choose, drop or paste one or more files"))
        self.reportEdit.setPlaceholderText(tr("only for files without dates"))
        self.gazetteerWidget.lineEdit().setPlaceholderText(tr("only for rows without coordinates"))

    def _fill_combos(self) -> None:
        for combo, texts in (
            (self.countsCombo, count_texts()), (self.listingCombo, listing_texts()), (self.firstCombo, first_texts()),
            (self.datumCombo, datum_texts()), (self.orderCombo, order_texts()),
        ):
            _fill(combo, {AUTO: auto_text("", False), **texts})
        _fill(self.stepCombo, step_texts())
        self.zoneCombo.addItem("")
        self.zoneCombo.addItems(sorted(bytes(name).decode() for name in QTimeZone.availableTimeZoneIds()))
        self.sheetCombo.lineEdit().setPlaceholderText(tr("auto"))
        self.offer_sheets(False)

    def _connect(self) -> None:
        self.filesWidget.fileChanged.connect(lambda _text: self.files_changed.emit())
        self.outputWidget.fileChanged.connect(lambda _text: self.edited.emit())
        self.appendCheck.toggled.connect(self._toggle_append)
        for combo in (self.countsCombo, self.listingCombo, self.firstCombo, self.datumCombo, self.orderCombo):
            combo.currentIndexChanged.connect(lambda _index: self.changed.emit())
        for signal in (self.zoneCombo.currentTextChanged, self.sheetCombo.currentTextChanged,
                       self.gazetteerWidget.fileChanged, self.yearSpin.valueChanged, self.crsWidget.crsChanged,
                       self.reportEdit.textChanged):
            signal.connect(lambda _value: self.changed.emit())
        self.table.role_chosen.connect(self.role_chosen)
        self.forgetButton.clicked.connect(lambda _checked=False: self.forget_wanted.emit())
        self.buttonBox.helpRequested.connect(self.help_wanted)

    def _toggle_append(self, on: bool) -> None:
        """The dataset's own choices are used when files are added to it."""
        for part in (*self._choosers(), self.outputWidget, self.table.header, self.rememberedLabel, self.forgetButton):
            part.setEnabled(not on)
        self._ok.setText(tr("Append") if on else tr("&Load"))
        self.edited.emit()

    def _set_tab_order(self) -> None:
        buttons = QDialogButtonBox.StandardButton
        order = [
            *_inner(self.filesWidget), self.sheetCombo, self.forgetButton, self.appendCheck, self.table,
            self.map.canvas, self.countsCombo, self.stepCombo, self.datumCombo, self.zoneCombo,
            *_inner(self.gazetteerWidget), *_inner(self.outputWidget), *_inner(self.advancedGroup, QToolButton),
            self.listingCombo, self.firstCombo, self.orderCombo, self.yearSpin, *_inner(self.crsWidget),
            self.reportEdit, self.keepCheck,
            *(self.buttonBox.button(one) for one in (buttons.Ok, buttons.Cancel, buttons.Help)),
        ]
        for before, after in zip(order, order[1:]):
            QWidget.setTabOrder(before, after)

    def _fit_screen(self) -> None:
        letter, screen = self.fontMetrics(), QGuiApplication.primaryScreen().availableGeometry()
        self.resize(
            min(_LETTERS * letter.averageCharWidth(), round(_SCREEN_SHARE * screen.width())),
            min(_LINES * letter.height(), round(_SCREEN_SHARE * screen.height()) - 2 * letter.height()))
        self.splitter.setSizes([share * self.width() // 100 for share in _SHARES])


def _inner(widget: QWidget, kind: type[QWidget] = QWidget) -> list[QWidget]:
    """What the tab key stops at in a widget made of several; the widget itself passes the keyboard on to the first."""
    parts = [
        part for part in widget.findChildren(kind, options=Qt.FindChildOption.FindDirectChildrenOnly)
        if part.focusPolicy() != Qt.FocusPolicy.NoFocus]
    widget.setFocusProxy(parts[0])
    return parts


def auto_text(found: str, so_far: bool) -> str:
    """What stands first in a list: that it is found out, and what was found."""
    if not found:
        return tr("auto")
    return (tr("auto: {value} (so far)") if so_far else tr("auto: {value}")).format(value=found)


def _zone_text(zone: str) -> str:
    return tr("times as written") if zone == "as written" else zone


def _fill(combo: QComboBox, texts: Texts) -> None:
    for word, text in texts.items():
        combo.addItem(text, word)


def _path(name: str) -> Path:
    """A path as people paste it: plain, or as the address of a local file."""
    return Path(QUrl(name).toLocalFile()) if name.lower().startswith("file:") else Path(name)


def _written(path: Path) -> str:
    """One of several paths; with quotes in it as an address, since quotes are what stands around each of them."""
    return bytes(QUrl.fromLocalFile(str(path)).toEncoded()).decode() if '"' in str(path) else str(path)
