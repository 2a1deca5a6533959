"""The dialog Open dataset and what stands behind it: preview, when OK is allowed, what is proposed and remembered."""
from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from openpyxl import Workbook
from outbreak_atlas.plugin.bridge.layers import add_to_project
from outbreak_atlas.plugin.bridge.messages import Messages
from outbreak_atlas.plugin.bridge.settings import (
    OURS,
    THEIRS,
    OpenChoices,
    forget_choices,
    options_of,
    parameters_of,
    read_choices,
    recall_choices,
    recall_drops,
    remember_choices,
    remember_drops,
)
from outbreak_atlas.plugin.bridge.tasks import Handlers, Latest
from outbreak_atlas.plugin.bridge.translation import tr
from outbreak_atlas.plugin.core.dataset import LoadOptions
from outbreak_atlas.plugin.core.errors import AtlasError
from outbreak_atlas.plugin.core.heads import read_heads
from outbreak_atlas.plugin.core.preview import ColumnView, Preview, preview
from outbreak_atlas.plugin.core.schema import Datum, Step
from outbreak_atlas.plugin.core.unpacking import TEXT_SUFFIXES
from outbreak_atlas.ui.drop_handler import DropHandler
from outbreak_atlas.ui.loading import Loading
from outbreak_atlas.ui.open_controller import OpenController
from outbreak_atlas.ui.open_dialog import OpenDialog
from outbreak_atlas.ui.preview_texts import map_text, status_of, with_fields
from outbreak_atlas.ui.proposals import proposed_output, what_is_missing, with_contents, with_role
from outbreak_atlas.ui.tips import tip
from qgis.core import QgsApplication, QgsCoordinateReferenceSystem, QgsPointXY, QgsProject, QgsSettings
from qgis.gui import QgsMessageBar
from qgis.PyQt.QtCore import QCoreApplication, QEvent, QMimeData, QPoint, QPointF, Qt, QTimer, QUrl
from qgis.PyQt.QtGui import QColor, QDropEvent, QPalette, QWheelEvent
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QApplication, QComboBox, QDialogButtonBox, QLabel, QWidget
from small_files import HEADER, REPORTS, write_reports

CHOSEN = OpenChoices(
    columns=(("deaths", "confirmed"), ("lat", "")), counts="events", listing="full", first_values="new", datum="GCJ02",
    crs="EPSG:32650", time_zone="Asia/Shanghai", date_order="dmy", year="2020", report_date="2020-02-13",
    step="hour", keep_unchanged=True,
    gazetteer="/somewhere/places.csv", sheet="#2")


def delete(widget: QWidget) -> None:
    """At once: a canvas must not outlive QGIS."""
    widget.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def dialog(qgis_app: object) -> Iterator[OpenDialog]:
    shown = OpenDialog()
    yield shown
    delete(shown)


@pytest.fixture
def settings(qgis_app: object) -> Iterator[QgsSettings]:
    QgsSettings().remove("outbreak_atlas")
    yield QgsSettings()
    QgsSettings().remove("outbreak_atlas")


@pytest.fixture
def stage(settings: object) -> Iterator[SimpleNamespace]:
    """The controller with a window, and a list of the loads that it asked for."""
    loads: list[dict[str, object]] = []
    window = QWidget()
    looks = Latest(QgsApplication.taskManager())
    appended: list[tuple[str, list[Path]]] = []
    loading = SimpleNamespace(
        load=lambda parameters, again: loads.append(parameters), add=lambda path: None,
        append=lambda layer, files, ask_folder, folder="": appended.append((layer, files)))
    iface = SimpleNamespace(mainWindow=lambda: window, activeLayer=lambda: None)
    controller = OpenController(iface, SimpleNamespace(clear=lambda: None), loading, looks)
    yield SimpleNamespace(controller=controller, loads=loads, appended=appended, window=window, iface=iface)
    controller.close()
    looks.close()
    delete(window)


def look(path: Path, **options: object) -> Preview:
    return preview(read_heads([path]), LoadOptions(**options))


def shown(stage: SimpleNamespace) -> OpenDialog:
    """The dialog once its preview is there."""
    dialog = stage.window.findChildren(OpenDialog)[-1]
    for _ in range(200):
        QTest.qWait(25)
        if dialog.table.model().rowCount() and not dialog.hintLabel.text():
            break
    return dialog


def ok_of(dialog: OpenDialog) -> QWidget:
    return dialog.buttonBox.button(QDialogButtonBox.StandardButton.Ok)


def choose_role(dialog: OpenDialog, column: int, role: str) -> None:
    """As a person does: the box above a column, and an entry of its list."""
    box = dialog.table.header.box(column)
    box.setCurrentIndex(box.findData(role))
    box.activated.emit(box.currentIndex())


def test_choices_come_back_as_they_were_given(dialog: OpenDialog) -> None:
    assert dialog.choices() == OpenChoices()
    seen = []
    dialog.changed.connect(lambda: seen.append(True))
    dialog.set_choices(CHOSEN)
    assert dialog.choices() == CHOSEN
    assert not seen
    assert not dialog.advancedGroup.isCollapsed()
    dialog.set_choices(replace(CHOSEN, datum="no such datum"))
    assert dialog.choices().datum == "auto"


def test_each_choice_tells_that_the_preview_is_old(dialog: OpenDialog) -> None:
    seen: list[str] = []
    dialog.changed.connect(lambda: seen.append("changed"))
    for act in (
        lambda: dialog.datumCombo.setCurrentIndex(2), lambda: dialog.countsCombo.setCurrentIndex(2),
        lambda: dialog.listingCombo.setCurrentIndex(1), lambda: dialog.firstCombo.setCurrentIndex(1),
        lambda: dialog.orderCombo.setCurrentIndex(1), lambda: dialog.zoneCombo.setCurrentText("Asia/Tokyo"),
        lambda: dialog.yearSpin.setValue(2020), lambda: dialog.gazetteerWidget.setFilePath("/a.csv"),
        lambda: dialog.sheetCombo.setCurrentText("#2"), lambda: dialog.reportEdit.setText("2020-02-13"),
        lambda: dialog.crsWidget.setCrs(QgsCoordinateReferenceSystem("EPSG:3857")),
    ):
        before = len(seen)
        act()
        assert len(seen) > before


@pytest.mark.parametrize("names", [
    ["one.csv"], ["one.csv", "two.csv"], ["a name with spaces.csv", "b,c.csv"],
    ['a "b" 武汉.csv'], ['"a".csv', "b's 100%20.csv", 'c;"d"#.csv'], ["file:a.csv"]])
def test_files_go_in_and_out(dialog: OpenDialog, tmp_path: Path, names: list[str]) -> None:
    paths = [tmp_path / name for name in names]
    dialog.set_files(paths)
    assert dialog.files() == paths


def test_a_pasted_name_keeps_its_quotes(dialog: OpenDialog, tmp_path: Path) -> None:
    path = tmp_path / 'the "second" wave.csv'
    dialog.filesWidget.setFilePath(str(path))
    assert dialog.files() == [path]


def test_a_pasted_address_is_a_path(dialog: OpenDialog, tmp_path: Path) -> None:
    path = tmp_path / "a b.csv"
    dialog.filesWidget.setFilePath(QUrl.fromLocalFile(str(path)).toString())
    assert dialog.files() == [path]


def test_files_and_folders_may_be_dropped_anywhere(stage: SimpleNamespace, tmp_path: Path) -> None:
    folder = tmp_path / "daily"
    folder.mkdir()
    one, two, other = (write_reports(path) for path in (folder / "b.csv", folder / "a.csv", tmp_path / "c.csv"))
    (folder / "a.gpkg").write_bytes(b"")
    (folder / ".hidden.csv").write_text("", encoding="utf-8")
    stage.controller.show_dialog()
    dialog = stage.controller._dialog
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in (folder, other)])
    dialog.dropEvent(QDropEvent(
        QPointF(5, 5), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier))
    assert dialog.files() == [two, one, other]


def test_old_files_that_are_not_found_are_asked_for() -> None:
    told: list[tuple[str, object]] = []
    started: list[dict[str, object]] = []

    def start(algorithm: str, parameters: dict[str, object], handlers: Handlers) -> None:
        started.append(parameters)
        handlers.failed("“a.csv” was not found: give SOURCE_FOLDER.", "")
        handlers.failed("“b.csv” is empty.", "")

    messages = SimpleNamespace(error=lambda words, details, button: told.append((words, button)), info=print)
    loading = Loading(None, QgsProject.instance(), messages, SimpleNamespace(start=start), lambda layer: None)
    asked: list[bool] = []
    loading.append("layer", [], lambda: asked.append(True), "/old")
    assert started == [{"INPUT": "layer", "FILES": [], "SOURCE_FOLDER": "/old"}]
    (_, (label, ask)), (_, nothing) = told
    ask()
    assert "Folder" in label and asked == [True] and nothing is None


def test_the_sheets_of_a_workbook_are_offered_by_name(stage: SimpleNamespace, tmp_path: Path) -> None:
    book, rows = Workbook(), (HEADER.strip().split(","), *REPORTS)
    for name in ("Cases", "Notes"):
        sheet = book.create_sheet(name)
        for row in rows if name == "Cases" else (("about",),):
            sheet.append(list(row))
    book.remove(book["Sheet"])
    book.save(tmp_path / "reports.xlsx")
    stage.controller.show_dialog([tmp_path / "reports.xlsx"])
    dialog = shown(stage)
    combo = dialog.sheetCombo
    assert [combo.itemText(at) for at in range(combo.count())] == ["", "Cases", "Notes"]
    assert not combo.isHidden()
    combo.setCurrentText("Notes")
    dialog.offer_sheets(True, ("Cases", "Notes", "More"))
    assert dialog.choices().sheet == "Notes"
    dialog.offer_sheets(True, ("Cases",))
    assert combo.isHidden()


def test_a_folder_that_was_typed_is_named_as_such(dialog: OpenDialog, tmp_path: Path) -> None:
    assert "is a folder" in what_is_missing([tmp_path], "/somewhere/out.gpkg")
    assert with_contents([tmp_path]) == [tmp_path]


@pytest.mark.parametrize(("answer", "taken"), [(OURS, True), (THEIRS, False)])
def test_a_remembered_answer_about_dropped_files_is_not_asked_for(
    settings: QgsSettings, tmp_path: Path, answer: str, taken: bool
) -> None:
    path = write_reports(tmp_path / "reports.csv")
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    opened: list[list[Path]] = []
    remember_drops(answer)
    assert DropHandler(None, opened.append).handleMimeDataV2(data) is taken
    assert opened == ([[path]] if taken else [])
    remember_drops("")
    assert recall_drops() == ""


@pytest.mark.parametrize(("text", "answer", "remembered"), [
    ("Atlas", True, OURS), ("QGIS", False, THEIRS), ("Cancel", True, "")])
def test_an_answer_is_remembered_on_request(
    settings: QgsSettings, tmp_path: Path, text: str, answer: bool, remembered: str
) -> None:
    path = write_reports(tmp_path / "reports.csv")
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])

    def reply() -> None:
        box = next(one for one in QApplication.topLevelWidgets() if one.objectName() == "OutbreakAtlasDrop")
        box.checkBox().setChecked(True)
        next(one for one in box.buttons() if text in one.text()).click()

    QTimer.singleShot(200, reply)
    assert DropHandler(None, lambda paths: None).handleMimeDataV2(data) is answer
    assert recall_drops() == remembered


def test_what_can_be_read_is_offered(dialog: OpenDialog) -> None:
    offered = dialog.filesWidget.filter().split(";;")[0]
    patterns = set(offered[offered.index("(") + 1:offered.rindex(")")].split())
    assert {*(f"*{suffix}" for suffix in TEXT_SUFFIXES), "*.gz", "*.xz", "*.bz2", "*.zip", "*.xlsx"} <= patterns


def test_ok_is_allowed_or_the_hint_says_why_not(dialog: OpenDialog) -> None:
    dialog.set_ready(False, "Choose at least one file.")
    assert not ok_of(dialog).isEnabled()
    assert dialog.hintLabel.text() == "Choose at least one file."
    dialog.set_ready(True, "")
    assert ok_of(dialog).isEnabled()


def test_every_field_explains_itself_and_has_a_shortcut(dialog: OpenDialog) -> None:
    letters = []
    for label in dialog.findChildren(QLabel):
        if label.buddy() is None:
            continue
        # The widget for a CRS has a word of its own there.
        assert len(label.buddy().toolTip() or label.toolTip()) > 20, label.objectName()
        letters.append(label.text()[label.text().index("&") + 1].lower())
    assert len(letters) == 14
    for text in (dialog.keepCheck.text(), dialog.forgetButton.text(), dialog.advancedGroup.title(),
                 dialog.appendCheck.text(), ok_of(dialog).text()):
        letters.append(text[text.index("&") + 1].lower())
    assert len(set(letters)) == len(letters)


def test_the_tab_key_goes_through_everything_in_order(dialog: OpenDialog, tmp_path: Path) -> None:
    dialog.show_preview(look(write_reports(tmp_path / "reports.csv")))
    dialog.set_ready(True, "")
    dialog.advancedGroup.setCollapsed(False)
    stops = tabbed(dialog)
    boxes = [f"roleCombo{number}" for number in range(1, 4)]
    order = [
        "filesWidget", "previewTable", *boxes, "previewCanvas", "countsCombo", "stepCombo", "datumCombo", "zoneCombo",
        "gazetteerWidget", "outputWidget", "advancedGroup", "listingCombo", "firstCombo", "orderCombo", "yearSpin",
        "crsWidget", "reportEdit", "keepCheck", "buttonBox"]
    assert [name for name in stops if name in order] == order


def test_the_keyboard_stays_at_a_box_whose_role_was_changed(dialog: OpenDialog, tmp_path: Path) -> None:
    seen = look(write_reports(tmp_path / "reports.csv"))
    dialog.show_preview(seen)
    dialog.show()
    box, kept = dialog.table.header.box(2), dialog.table.header.box(1)
    box.setFocus()
    columns = tuple(replace(one, role="country") if at == 2 else one for at, one in enumerate(seen.columns))
    dialog.show_preview(replace(seen, columns=columns))
    assert dialog.table.header.box(2).currentData() == "country"
    assert dialog.focusWidget() is dialog.table.header.box(2)
    assert dialog.table.header.box(1) is kept


def tabbed(dialog: OpenDialog) -> list[str]:
    """Where the tab key stops on its way round; a part of a composed widget goes by the name of the whole."""
    dialog.show()
    dialog.filesWidget.setFocus()
    stops = []
    for _ in range(60):
        widget = dialog.focusWidget()
        while not (hasattr(dialog, widget.objectName()) or widget.objectName().startswith(("preview", "role"))):
            widget = widget.parentWidget()
        name = widget.objectName()
        if name not in stops:
            stops.append(name)
        QTest.keyClick(dialog.focusWidget(), Qt.Key.Key_Tab)
    return stops


def test_a_box_goes_back_to_what_is_so_when_a_choice_has_no_effect(dialog: OpenDialog, tmp_path: Path) -> None:
    seen = look(write_reports(tmp_path / "reports.csv"))
    dialog.show_preview(seen)
    box = dialog.table.header.box(2)
    box.setCurrentIndex(box.findData("country"))
    dialog.show_preview(seen)
    assert dialog.table.header.box(2).currentData() == "province"


def test_a_role_is_not_cut_off(dialog: OpenDialog, tmp_path: Path) -> None:
    path = tmp_path / "reports.csv"
    path.write_text("date,lon,lat,hospitalised today\n2020-02-03,114.3,30.6,5\n2020-02-04,114.3,30.6,6\n",
                    encoding="utf-8")
    dialog.show_preview(look(path))
    box = dialog.table.header.box(3)
    assert "hospitalised" in box.currentText()
    assert dialog.table.columnWidth(3) > box.fontMetrics().horizontalAdvance(box.currentText()) + box.height()


def test_a_sentence_says_where_to_find_what_it_names(dialog: OpenDialog) -> None:
    told = with_fields("“a.csv” has dates without a year: give YEAR, or name another column with COLUMNS.")
    assert "YEAR is “Year” in Advanced" in told
    assert "COLUMNS is the box above a column" in told
    assert "CRS" not in told
    assert with_fields("“MY_YEARS.csv” is empty.") == "“MY_YEARS.csv” is empty."
    titles = [label.text().replace("&", "") for label in dialog.findChildren(QLabel)]
    named = with_fields("GAZETTEER DATUM COUNTS TIME_ZONE LISTING FIRST_VALUES DATE_ORDER YEAR CRS REPORT_DATE SHEET")
    fields = re.findall("“(.+?)”", named)
    assert len(fields) == 11
    assert set(fields) <= set(titles)


def test_tags_in_the_data_are_shown_and_not_obeyed(dialog: OpenDialog, tmp_path: Path) -> None:
    path = tmp_path / "reports.csv"
    path.write_text('date,lon,lat,confirmed,"<b>note</b>"\n2020-02-03,114.3,30.6,5,x\n<i>soon</i>,114.3,30.6,6,y\n',
                    encoding="utf-8")
    dialog.show_preview(look(path))
    model = dialog.table.model()
    assert model.index(1, 0).data() == "<i>soon</i>"
    assert "&lt;i&gt;soon" in model.index(1, 0).data(Qt.ItemDataRole.ToolTipRole)
    assert model.headerData(4, Qt.Orientation.Horizontal) == "<b>note</b>"
    bar = QgsMessageBar()
    Messages(bar).error("“<b>a</b>.csv” is empty & useless.")
    assert "&lt;b&gt;a&lt;/b&gt;.csv” is empty &amp; useless." in bar.items()[0].text()
    assert tip("") == "" and tip("a < b\nc") == "<qt>a &lt; b<br/>c</qt>"
    labels = [label.objectName() for label in (dialog.statusLabel, dialog.hintLabel, dialog.map.label)
              if label.textFormat() != Qt.TextFormat.PlainText]
    assert labels == []


def test_help_is_offered(dialog: OpenDialog) -> None:
    seen = []
    dialog.help_wanted.connect(lambda: seen.append(True))
    dialog.buttonBox.button(QDialogButtonBox.StandardButton.Help).click()
    assert seen == [True]


def test_rows_roles_reasons_and_problems_are_shown(dialog: OpenDialog, tmp_path: Path) -> None:
    path = write_reports(tmp_path / "reports.csv")
    path.write_text(path.read_text(encoding="utf-8") + "soon,Wuhan,Hubei,114.3,30.6,1,1\n", encoding="utf-8")
    seen = look(path)
    dialog.show_preview(seen)
    table, model = dialog.table, dialog.table.model()
    assert (model.rowCount(), model.columnCount()) == (8, 7)
    assert [table.header.box(at).currentData() for at in range(7)] == [
        "time", "city", "province", "lon", "lat", "confirmed", "deaths"]
    told = tip(seen.columns[0].reason)
    assert table.header.box(0).toolTip() == told
    assert model.headerData(0, Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole) == told
    bad = model.index(7, 0)
    assert "unreadable date" in bad.data(Qt.ItemDataRole.ToolTipRole)
    assert not bad.data(Qt.ItemDataRole.DecorationRole).isNull()
    assert bad.data(Qt.ItemDataRole.BackgroundRole) is not None
    assert model.index(0, 0).data(Qt.ItemDataRole.ToolTipRole) is None
    assert model.headerData(7, Qt.Orientation.Vertical) == "9"
    assert "running totals" in dialog.countsCombo.itemText(0)
    assert dialog.zoneCombo.lineEdit().placeholderText() == "auto: Asia/Shanghai"


def test_a_problem_is_seen_on_light_and_on_dark_backgrounds(dialog: OpenDialog, tmp_path: Path) -> None:
    path = write_reports(tmp_path / "reports.csv", (("soon", "Wuhan", "Hubei", "114", "30", "1", "1"), *REPORTS))
    dialog.show_preview(look(path))
    before = QApplication.palette()
    try:
        for base, text in (("#ffffff", "#000000"), ("#202326", "#eeeeee")):
            palette = QPalette(before)
            palette.setColor(QPalette.ColorRole.Base, QColor(base))
            palette.setColor(QPalette.ColorRole.Text, QColor(text))
            QApplication.setPalette(palette)
            tint = dialog.table.model().index(0, 0).data(Qt.ItemDataRole.BackgroundRole)
            assert tint != QColor(base)
            assert abs(tint.lightness() - QColor(text).lightness()) > 90
    finally:
        QApplication.setPalette(before)


def test_boxes_are_made_for_the_columns_in_sight_and_follow_when_it_is_scrolled(
    dialog: OpenDialog, tmp_path: Path
) -> None:
    path = tmp_path / "wide.csv"
    names = ["time", "city", "lon", "lat", "confirmed", *(f"extra {n}" for n in range(300))]
    row = ["2020-02-03", "Wuhan", "114.3", "30.6", "5", *("x" for _ in range(300))]
    path.write_text(",".join(names) + "\n" + ",".join(row) + "\n", encoding="utf-8")
    dialog.show_preview(look(path))
    dialog.show()
    QTest.qWait(50)
    boxes = dialog.table.header.findChildren(QComboBox)
    assert 1 < sum(box.isVisible() for box in boxes) < 30
    bar = dialog.table.horizontalScrollBar()
    bar.setValue(bar.maximum())
    QTest.qWait(50)
    last = dialog.table.header.box(304)
    assert last.isVisible()
    section = dialog.table.header.sectionViewportPosition(304)
    assert abs(last.x() - dialog.table.header.viewport().x() - section) <= 1
    assert not dialog.table.header.box(0).isVisible()
    assert len(dialog.table.header.findChildren(QComboBox)) < 60


def test_the_space_bar_opens_the_box_above_the_current_cell(dialog: OpenDialog, tmp_path: Path) -> None:
    dialog.show_preview(look(write_reports(tmp_path / "reports.csv")))
    dialog.show()
    dialog.table.setCurrentIndex(dialog.table.model().index(0, 2))
    QTest.keyClick(dialog.table, Qt.Key.Key_Space)
    assert dialog.table.header.box(2).view().isVisible()
    dialog.table.header.box(2).hidePopup()


def test_a_wheel_over_a_box_chooses_nothing(dialog: OpenDialog, tmp_path: Path) -> None:
    dialog.show_preview(look(write_reports(tmp_path / "reports.csv")))
    dialog.show()
    box = dialog.table.header.box(0)
    wheel = QWheelEvent(
        QPointF(3, 3), QPointF(3, 3), QPoint(0, 0), QPoint(0, -240), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False)
    QApplication.sendEvent(box, wheel)
    assert box.currentData() == "time"


def test_the_map_shows_the_points_over_the_world(dialog: OpenDialog, tmp_path: Path) -> None:
    seen = look(write_reports(tmp_path / "reports.csv"))
    dialog.show_points(seen.understanding.points, map_text(seen))
    canvas = dialog.map.canvas
    assert canvas.layers()[0].featureCount() == 2
    assert {feature["name"] for feature in canvas.layers()[0].getFeatures()} == {"Wuhan", "Huanggang"}
    assert canvas.extent().contains(QgsPointXY(12_723_000, 3_580_000))
    assert "Points: 2, from 114.3° E to 114.9° E" in dialog.map.label.text()
    assert "14.3% of the reports have no point" in dialog.map.label.text()
    dialog.show_points(None, "")
    assert canvas.layers() == []


def test_the_line_above_says_what_was_understood(tmp_path: Path, qgis_app: object) -> None:
    good = look(write_reports(tmp_path / "reports.csv"), datum=Datum.WGS84)
    assert status_of(good) == ("utf-8, separated by commas. All 7 rows were looked at.", "info")
    bad = tmp_path / "bad.csv"
    bad.write_text("city,lon,lat,confirmed\nWuhan,114.3,30.6,5\n", encoding="utf-8")
    sentence, gravity = status_of(look(bad))
    assert gravity == "error"
    assert "no column with dates" in sentence
    assert "box above" in sentence
    falling = tmp_path / "falling.csv"
    falling.write_text(HEADER + "2020-02-03,A,B,1,2,9,1\n2020-02-04,A,B,1,2,5,1\n", encoding="utf-8")
    sentence, gravity = status_of(look(falling))
    assert gravity == "warning"
    assert "Noticed: confirmed falls" in sentence


def test_what_is_missing_is_said(tmp_path: Path, qgis_app: object) -> None:
    source = write_reports(tmp_path / "reports.csv")
    good = str(tmp_path / "out.gpkg")
    assert what_is_missing([source], good) == ""
    assert "at least one file" in what_is_missing([], good)
    assert "nowhere.csv does not exist" in what_is_missing([source, tmp_path / "nowhere.csv"], good)
    assert ".gpkg" in what_is_missing([source], str(tmp_path / "out.shp"))
    assert ".gpkg" in what_is_missing([source], "")
    assert "folder" in what_is_missing([source], str(tmp_path / "nowhere" / "out.gpkg"))


def test_the_output_lies_beside_the_input_and_replaces_nothing(tmp_path: Path, qgis_app: object) -> None:
    source = tmp_path / "reports.csv.gz"
    assert proposed_output([source]) == tmp_path / "reports.gpkg"
    (tmp_path / "reports.gpkg").touch()
    assert proposed_output([source]) == tmp_path / "reports_2.gpkg"
    (tmp_path / "reports_2.gpkg").touch()
    assert proposed_output([source]) == tmp_path / "reports_3.gpkg"
    (tmp_path / "wanted").mkdir()
    assert proposed_output([source], str(tmp_path / "wanted")) == tmp_path / "wanted" / "reports.gpkg"
    assert proposed_output([source], str(tmp_path / "gone")) == tmp_path / "reports_3.gpkg"
    days = [tmp_path / f"italy-2020030{day}.csv" for day in range(1, 4)]
    assert proposed_output(days) == tmp_path / "italy.gpkg"
    assert proposed_output([tmp_path / "20200301.csv", tmp_path / "20200302.csv"]) == tmp_path / "20200301.gpkg"


def test_a_folder_that_cannot_be_written_is_not_proposed(
    tmp_path: Path, qgis_app: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.access", lambda path, _mode: Path(path) != tmp_path)
    assert proposed_output([tmp_path / "reports.csv"]).parent != tmp_path


def test_choices_are_parameters_and_options() -> None:
    assert parameters_of(OpenChoices()) == {"STEP": "day"}
    told = parameters_of(CHOSEN)
    assert told["COLUMNS"] == "deaths=confirmed;lat="
    assert (told["YEAR"], told["CRS"], told["KEEP_UNCHANGED"], told["SHEET"]) == (2020, "EPSG:32650", True, "#2")
    assert told["REPORT_DATE"] == "2020-02-13"
    assert (told["LISTING"], told["FIRST_VALUES"], told["DATE_ORDER"]) == ("full", "new", "dmy")
    options = options_of(CHOSEN)
    assert (options.datum, options.step, options.year) == (Datum.GCJ02, Step.HOUR, 2020)
    assert options.columns == {"deaths": "confirmed", "lat": ""}
    assert options.outbreak_start is True
    assert options_of(OpenChoices()) == LoadOptions(step=Step.DAY)


def test_choices_are_remembered_for_each_kind_of_file(settings: QgsSettings) -> None:
    assert recall_choices("a" * 64) is None
    chosen = replace(CHOSEN, folder="/files", output_folder="/out", on="2020-02-01")
    remember_choices(chosen, "a" * 64)
    assert recall_choices("a" * 64) == replace(chosen, folder="", report_date="")
    assert recall_choices("b" * 64) is None
    assert read_choices() == OpenChoices(folder="/files", step="hour")
    forget_choices("a" * 64)
    assert recall_choices("a" * 64) is None


@pytest.mark.parametrize("stored", ["not json", "[]", '{"datum": "MARS"}', '{"year": "soon"}', '{"columns": [1]}', "3"])
def test_choices_that_make_no_sense_are_as_good_as_none(settings: QgsSettings, stored: str) -> None:
    remember_choices(CHOSEN, "a" * 64)
    settings.setValue(f"outbreak_atlas/open/files/{'a' * 24}", stored)
    assert recall_choices("a" * 64) is None


def test_a_role_has_one_column_and_a_column_one_role() -> None:
    columns = [ColumnView("when", "time"), ColumnView("a=b"), ColumnView("n", "confirmed"), ColumnView("n")]
    first = with_role((), columns, 0, "place")
    assert first == (("place", "when"),)
    assert with_role(first, columns, 1, "place") == (("place", "#2"),)
    assert with_role(first, columns, 0, "city") == (("city", "when"),)
    assert with_role((), columns, 3, "deaths") == (("deaths", "#4"),)
    assert with_role((), columns, 2, "") == (("confirmed", ""),)
    assert with_role(first, columns, 1, "") == first


def test_the_preview_follows_the_files_and_the_roles(stage: SimpleNamespace, tmp_path: Path) -> None:
    stage.controller.show_dialog([write_reports(tmp_path / "reports.csv")])
    dialog = shown(stage)
    assert dialog.table.header.box(5).currentData() == "confirmed"
    assert ok_of(dialog).isEnabled()
    choose_role(dialog, 5, "recovered")
    shown(stage)
    assert dialog.table.header.box(5).currentData() == "recovered"
    choose_role(dialog, 6, "")
    shown(stage)
    assert dialog.table.header.box(6).currentData() == ""
    other = tmp_path / "other.csv"
    other.write_text("day,place,x,y,cases\n2020-02-03,A,1,2,3\n", encoding="utf-8")
    dialog.set_files([other])
    shown(stage)
    assert dialog.table.model().columnCount() == 5
    assert dialog.choices().columns == ()
    assert dialog.table.header.box(4).currentData() == "confirmed"


def test_a_file_that_is_no_table_is_said_to_be_none(stage: SimpleNamespace, tmp_path: Path) -> None:
    path = tmp_path / "picture.csv"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(200))
    stage.controller.show_dialog([path])
    dialog = stage.window.findChildren(OpenDialog)[-1]
    for _ in range(100):
        QTest.qWait(25)
        if "PNG" in dialog.statusLabel.text():
            break
    assert "PNG" in dialog.statusLabel.text()
    assert dialog.table.model().rowCount() == 0


def test_the_next_days_file_needs_one_click(stage: SimpleNamespace, tmp_path: Path) -> None:
    stage.controller.show_dialog([write_reports(tmp_path / "day1.csv")])
    dialog = shown(stage)
    assert not dialog.rememberedLabel.isVisible()
    dialog.datumCombo.setCurrentIndex(dialog.datumCombo.findData("GCJ02"))
    choose_role(dialog, 6, "recovered")
    shown(stage)
    ok_of(dialog).click()
    QTest.qWait(10)
    stage.controller.show_dialog([write_reports(tmp_path / "day2.csv")])
    dialog = shown(stage)
    assert dialog.rememberedLabel.isVisible()
    assert dialog.choices().datum == "GCJ02"
    assert dialog.table.header.box(6).currentData() == "recovered"
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    assert len(stage.loads) == 2
    assert stage.loads[1] == {
        "INPUT": [str(tmp_path / "day2.csv")], "OUTPUT": str(tmp_path / "day2.gpkg"), "DATUM": "GCJ02",
        "COLUMNS": "recovered=deaths", "STEP": "day"}


def test_what_is_remembered_can_be_forgotten(stage: SimpleNamespace, tmp_path: Path) -> None:
    path = write_reports(tmp_path / "day1.csv")
    remember_choices(replace(OpenChoices(), datum="BD09", on="2020-02-01"), look(path).signature)
    stage.controller.show_dialog([path])
    dialog = shown(stage)
    assert "2020-02-01" in dialog.rememberedLabel.text()
    dialog.forgetButton.click()
    shown(stage)
    assert not dialog.rememberedLabel.isVisible()
    assert dialog.choices().datum == "auto"
    assert recall_choices(look(path).signature) is None


def test_files_can_be_appended_to_the_active_dataset(
    stage: SimpleNamespace, tmp_path: Path, project: QgsProject
) -> None:
    import processing

    output = tmp_path / "dataset.gpkg"
    processing.run("outbreakatlas:loaddataset", {
        "INPUT": [str(write_reports(tmp_path / "day1.csv"))], "DATUM": "WGS84", "OUTPUT": str(output)})
    layer = add_to_project(project, output)
    stage.iface.activeLayer = lambda: layer
    later = [("2020-02-07T08:00:00+08:00", "Wuhan", "Hubei", "114.30", "30.60", "200", "6")]
    day2 = write_reports(tmp_path / "day2.csv", tuple(later))
    stage.controller.show_dialog([day2])
    dialog = shown(stage)
    assert dialog.appendCheck.isVisible()
    assert "dataset" in dialog.appendCheck.text()
    dialog.appendCheck.setChecked(True)
    assert not dialog.datumCombo.isEnabled()
    assert not dialog.outputWidget.isEnabled()
    ok_of(dialog).click()
    assert stage.appended == [(layer.id(), [day2])]
    assert stage.loads == []
    stage.iface.activeLayer = lambda: None
    stage.controller.show_dialog([day2])
    assert not shown(stage).appendCheck.isVisible()


def test_of_several_questions_only_the_last_is_answered(qgis_app: object) -> None:
    looks, answers, errors = Latest(QgsApplication.taskManager()), [], []
    for number in range(5):
        looks.ask(lambda progress, number=number: number, answers.append, errors.append)
    for _ in range(100):
        QTest.qWait(10)
        if answers:
            break
    QTest.qWait(50)
    assert answers == [4]

    def fail(progress: object) -> None:
        raise AtlasError("no such thing")

    looks.ask(fail, answers.append, errors.append)
    for _ in range(100):
        QTest.qWait(10)
        if errors:
            break
    assert [error.message for error in errors] == ["no such thing"]
    looks.ask(lambda progress: 9, answers.append, errors.append)
    looks.close()
    QTest.qWait(50)
    assert answers == [4]


def test_a_mistake_of_ours_is_raised_and_does_not_leave_the_dialog_waiting(
    qgis_app: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    raised: list[type] = []
    monkeypatch.setattr(sys, "excepthook", lambda kind, error, trace: raised.append(kind))
    looks, errors = Latest(QgsApplication.taskManager()), []
    looks.ask(lambda progress: 1 // 0, lambda answer: None, errors.append)
    for _ in range(100):
        QTest.qWait(10)
        if raised:
            break
    assert raised == [ZeroDivisionError]
    assert "mistake of the plugin" in errors[0].message
    assert not looks.is_busy


def test_a_text_without_translation_stays_as_it_is(qgis_app: object) -> None:
    assert tr("Open dataset…") == "Open dataset…"
