"""The dialog Open dataset and what stands behind it: when OK is allowed, what is proposed and remembered."""
from __future__ import annotations

from pathlib import Path

import pytest
from outbreak_atlas.plugin.bridge.settings import OpenChoices, read_choices, remember_choices
from outbreak_atlas.plugin.bridge.translation import tr
from outbreak_atlas.plugin.core.unpacking import TEXT_SUFFIXES
from outbreak_atlas.ui.open_controller import proposed_output, what_is_missing
from outbreak_atlas.ui.open_dialog import OpenDialog
from qgis.PyQt.QtWidgets import QDialogButtonBox, QWidget
from small_files import write_reports


@pytest.fixture
def dialog(qgis_app: object) -> OpenDialog:
    return OpenDialog()


def test_choices_come_back_as_the_words_of_the_parameters(dialog: OpenDialog) -> None:
    for word in ("auto", "WGS84", "GCJ02", "BD09"):
        dialog.set_datum(word)
        assert dialog.datum() == word
    for word in ("hour", "day", "week"):
        dialog.set_step(word)
        assert dialog.step() == word
    dialog.set_time_zone("Asia/Shanghai")
    assert dialog.time_zone() == "Asia/Shanghai"
    dialog.set_datum("no such datum")
    assert dialog.datum() == "auto"


@pytest.mark.parametrize("names", [["one.csv"], ["one.csv", "two.csv"], ["a name with spaces.csv", "b,c.csv"]])
def test_files_go_in_and_out(dialog: OpenDialog, tmp_path: Path, names: list[str]) -> None:
    paths = [tmp_path / name for name in names]
    dialog.set_files(paths)
    assert dialog.files() == paths


def test_only_what_can_be_read_is_offered(dialog: OpenDialog) -> None:
    offered = dialog.filesWidget.filter().split(";;")[0]
    patterns = set(offered[offered.index("(") + 1:offered.rindex(")")].split())
    assert patterns == {*(f"*{suffix}" for suffix in TEXT_SUFFIXES), "*.gz", "*.xz", "*.bz2", "*.zip"}


def test_it_says_that_something_changed(dialog: OpenDialog, tmp_path: Path) -> None:
    seen = []
    dialog.changed.connect(lambda: seen.append(True))
    dialog.set_files([tmp_path / "one.csv"])
    dialog.set_output(str(tmp_path / "one.gpkg"))
    assert len(seen) >= 2


def test_ok_is_allowed_or_the_hint_says_why_not(dialog: OpenDialog) -> None:
    ok = dialog.buttonBox.button(QDialogButtonBox.StandardButton.Ok)
    dialog.set_ready(False, "Choose at least one file.")
    assert not ok.isEnabled()
    assert dialog.hintLabel.text() == "Choose at least one file."
    dialog.set_ready(True, "")
    assert ok.isEnabled()


def test_every_field_explains_itself_and_has_a_shortcut(dialog: OpenDialog) -> None:
    letters = []
    for name in ("files", "datum", "step", "zone", "output"):
        label = getattr(dialog, f"{name}Label")
        widget = label.buddy()
        assert isinstance(widget, QWidget)
        assert len(widget.toolTip()) > 20
        letters.append(label.text()[label.text().index("&") + 1].lower())
    assert len(set(letters)) == len(letters)


def test_help_is_offered(dialog: OpenDialog) -> None:
    seen = []
    dialog.help_wanted.connect(lambda: seen.append(True))
    dialog.buttonBox.button(QDialogButtonBox.StandardButton.Help).click()
    assert seen == [True]


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
    assert proposed_output(source) == tmp_path / "reports.gpkg"
    (tmp_path / "reports.gpkg").touch()
    assert proposed_output(source) == tmp_path / "reports_2.gpkg"
    (tmp_path / "reports_2.gpkg").touch()
    assert proposed_output(source) == tmp_path / "reports_3.gpkg"


def test_a_folder_that_cannot_be_written_is_not_proposed(
    tmp_path: Path, qgis_app: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.access", lambda path, _mode: Path(path) != tmp_path)
    assert proposed_output(tmp_path / "reports.csv").parent != tmp_path


def test_choices_are_remembered(qgis_app: object) -> None:
    chosen = OpenChoices(datum="GCJ02", step="hour", time_zone="Asia/Shanghai", folder="/somewhere")
    remember_choices(chosen)
    assert read_choices() == chosen
    remember_choices(OpenChoices())
    assert read_choices() == OpenChoices()


def test_a_text_without_translation_stays_as_it_is(qgis_app: object) -> None:
    assert tr("Open dataset…") == "Open dataset…"
