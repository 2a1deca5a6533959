"""The dialog of films: what it shows is what is made, and nothing half is left."""
from __future__ import annotations

import json
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import dock_dataset as data
import numpy as np
import pytest
from dock_stage import DockStage
from outbreak_atlas.plugin.bridge.film_choices import MAP, TEMPLATE, FilmChoices, Subject, recall_film, remember_film
from outbreak_atlas.plugin.bridge.temporal import as_utc
from outbreak_atlas.plugin.export.frame_maps import MapFrames
from outbreak_atlas.plugin.export.scenes import scene_of_canvas
from outbreak_atlas.plugin.export.templates import main_map
from outbreak_atlas.ui.loading_item import LoadingItem
from publishing_stage import Desktop, answer, publishing_beside
from qgis.core import QgsApplication, QgsSettings, QgsVectorLayer
from qgis.PyQt.QtCore import QSize
from qgis.PyQt.QtGui import QImage
from qgis.PyQt.QtWidgets import QApplication, QDialogButtonBox, QMessageBox, QPushButton

OK = QDialogButtonBox.StandardButton.Ok
YES, NO = QMessageBox.StandardButton.Yes, QMessageBox.StandardButton.No
SMALL = FilmChoices(subject=Subject(MAP, ""), width_px=320, height_px=180, preset="own", fps=10)


@pytest.fixture
def desktop(dock_stage: DockStage, dock_layer: QgsVectorLayer) -> Iterator[Desktop]:
    """A dataset shown, with films of the map in a small size as chosen last."""
    remember_film(SMALL)
    with publishing_beside(dock_stage) as made:
        yield made
    QgsSettings().remove("outbreak_atlas/film")


def day(number: int) -> int:
    return data.START + number * data.DAY


def take_days(dialog: object, first: int, last: int) -> None:
    dialog.fromEdit.setDateTime(as_utc(day(first)))
    dialog.toEdit.setDateTime(as_utc(day(last)))


def export(desktop: Desktop, output: Path, first: int = 3, last: int = 8) -> None:
    dialog = desktop.film_dialog()
    take_days(dialog, first, last)
    dialog.outputEdit.setFilePath(str(output))
    desktop.wait_for_picture()
    dialog.buttonBox.button(OK).click()


def pick(combo: object, value: str) -> None:
    combo.setCurrentIndex(combo.findData(value))


def probe(film: Path) -> dict[str, str]:
    told = subprocess.run(
        ["ffprobe", "-v", "error", "-count_frames", "-select_streams", "v", "-show_entries",
         "stream=nb_read_frames,width,height,codec_name", "-of", "json", str(film)],
        capture_output=True, check=True, text=True, timeout=60).stdout
    return json.loads(told)["streams"][0]


def alike(one: QImage, other: QImage) -> bool:
    """Whether they are the same picture, edges of letters apart, which are not always drawn alike to the last bit."""
    pixels = [np.frombuffer(picture.convertToFormat(QImage.Format.Format_RGB32).constBits().asstring(
        picture.sizeInBytes()), np.uint8).astype(int) for picture in (one, other)]
    return one.size() == other.size() and int(np.abs(pixels[0] - pixels[1]).max()) < 16


# What is shown


def test_the_preview_is_the_frame_of_the_film_that_the_map_shows(desktop: Desktop, dock_layer: QgsVectorLayer) -> None:
    desktop.stage.go_to(day(12))
    dialog = desktop.film_dialog()
    assert (dialog.frameSlider.value(), dialog.frameLabel.text()) == (12, "2020-02-15")
    frames = desktop.publishing._film._frames
    assert len(frames) == data.DAYS
    maker = MapFrames(scene_of_canvas(desktop.stage.canvas, dock_layer), QSize(320, 180), frames, True)
    assert alike(dialog.preview.picture, maker.picture(12))
    assert not alike(dialog.preview.picture, maker.picture(20))
    dialog.frameSlider.setValue(20)
    desktop.wait_for_picture()
    assert alike(dialog.preview.picture, maker.picture(20))
    assert dialog.frameLabel.text() == "2020-02-23"


def test_hands_that_are_faster_than_the_map_do_not_pile_up_work(desktop: Desktop) -> None:
    dialog = desktop.film_dialog()
    maker = desktop.publishing._film._preview._begun.maker
    before = maker.maps_rendered
    for number in range(39, 0, -1):
        dialog.frameSlider.setValue(number)
    desktop.wait_for_picture()
    assert maker.maps_rendered - before <= 2
    assert alike(dialog.preview.picture, maker.picture(1))


def test_dates_and_steps_make_the_list_of_frames(desktop: Desktop) -> None:
    dialog = desktop.film_dialog()
    take_days(dialog, 3, 16)
    assert dialog.summaryLabel.text().startswith("14 frames, plays 1.4 s")
    assert dialog.frameSlider.maximum() == 13
    pick(dialog.stepCombo, "week")
    assert dialog.summaryLabel.text().startswith("3 frames, plays 0.3 s")
    frames = desktop.publishing._film._frames
    assert [one.end_ms for one in frames] == [day(7), day(14), day(17)]
    assert [dialog.stepCombo.itemData(at) for at in range(dialog.stepCombo.count())] == ["day", "week"]


def test_what_is_new_on_days_without_a_frame_is_told(desktop: Desktop) -> None:
    dialog = desktop.film_dialog()
    take_days(dialog, 3, 16)
    pick(dialog.stepCombo, "week")
    assert "in no frame" not in dialog.summaryLabel.text(), "a total holds what came before"
    pick(dialog.stepCombo, "day")
    dialog.reject()
    pick(desktop.stage.dock.metricCombo, "new_confirmed")
    desktop.stage.settle()
    dialog = desktop.film_dialog()
    take_days(dialog, 3, 16)
    assert "in no frame" not in dialog.summaryLabel.text()
    pick(dialog.stepCombo, "week")
    assert "11 of 14 days are in no frame" in dialog.summaryLabel.text()


def test_only_the_dates_that_are_filtered_can_be_filmed(desktop: Desktop) -> None:
    desktop.stage.controller._dates_chosen((day(5), day(10)))
    desktop.stage.settle()
    dialog = desktop.film_dialog()
    assert dialog.chosen_dates() == (day(5), day(9))
    dialog.fromEdit.setDateTime(as_utc(day(0)))
    assert dialog.chosen_dates()[0] == day(5)
    assert dialog.summaryLabel.text().startswith("5 frames")


def test_sizes_by_name_and_by_hand(desktop: Desktop) -> None:
    dialog = desktop.film_dialog()
    def size() -> tuple[int, int]:
        return dialog.widthSpin.value(), dialog.heightSpin.value()
    for preset, expected in (("hd", (1920, 1080)), ("uhd", (3840, 2160)), ("square", (1080, 1080))):
        pick(dialog.presetCombo, preset)
        assert size() == expected
    pick(dialog.presetCombo, "column")
    canvas = desktop.stage.canvas.size()
    assert size()[0] == 1004
    assert size()[0] / size()[1] == pytest.approx(canvas.width() / canvas.height(), abs=0.01)
    pick(dialog.presetCombo, "two_columns")
    assert size()[0] == 2126
    dialog.heightSpin.setValue(501)
    assert dialog.presetCombo.currentData() == "own"
    desktop.wait_for_picture()
    assert dialog.preview.picture.size() == QSize(2126, 502)
    assert "one pixel larger" in dialog.summaryLabel.text()


def test_another_format_has_another_ending(desktop: Desktop) -> None:
    dialog = desktop.film_dialog()
    dialog.outputEdit.setFilePath("/somewhere/a film.mp4")
    for chosen, path in (("gif", "a film.gif"), ("frames", "a film"), ("mp4", "a film.mp4")):
        pick(dialog.formatCombo, chosen)
        assert dialog.outputEdit.filePath() == f"/somewhere/{path}"


def test_a_template_that_is_none_is_told_of_in_the_dialog(desktop: Desktop, tmp_path: Path) -> None:
    broken = tmp_path / "broken.qpt"
    broken.write_text("<Layout", encoding="utf-8")
    dialog = desktop.film_dialog()
    dialog.subjectCombo.setCurrentIndex(dialog.subjectCombo.count() - 1)
    assert not dialog.templateEdit.isHidden()
    desktop.wait_for_picture()
    assert dialog.summaryLabel.text() == "Choose a layout template (.qpt)."
    assert not dialog.buttonBox.button(OK).isEnabled()
    dialog.templateEdit.setFilePath(str(broken))
    desktop.wait_for_picture()
    assert "broken.qpt is not a layout template" in dialog.summaryLabel.text()
    dialog.subjectCombo.setCurrentIndex(0)
    desktop.wait_for_picture()
    assert dialog.buttonBox.button(OK).isEnabled() and not dialog.preview.picture.isNull()


# What is made


def test_the_film_has_the_frames_of_the_preview(desktop: Desktop, tmp_path: Path) -> None:
    output = tmp_path / "Wuhan 武汉's film.mp4"
    export(desktop, output)
    assert len(desktop.making) == 1
    tasks = [one.description() for one in QgsApplication.taskManager().activeTasks()]
    assert f"Film {output.name}" in tasks
    item = desktop.stage.bar.currentItem()
    assert isinstance(item, LoadingItem)
    desktop.wait_for_film()
    assert probe(output) == {"codec_name": "h264", "width": 320, "height": 180, "nb_read_frames": "6"}
    assert "Film made: 6 frames, 0.6 s." in desktop.told() and 'href="file:///' in desktop.told()
    assert output.name in desktop.told()
    assert desktop.publishing._dialog is None
    beside = output.with_suffix(".json")
    assert sorted(one.suffix for one in tmp_path.iterdir() if one.stem == output.stem) == [".json", ".mp4"]
    assert not [one for one in tmp_path.iterdir() if one.name.endswith(".parts")]
    told = json.loads(beside.read_text(encoding="utf-8"))
    assert told["parameters"]["FROM"] == "2020-02-06T00:00:00" and told["parameters"]["TEMPLATE"] == ""
    assert len(told["frames"]) == 6 and "Outbreak Atlas" in json.dumps(told["versions"])
    desktop.stage.wait_for(lambda: f"Film {output.name}" not in [
        one.description() for one in QgsApplication.taskManager().activeTasks()])


def test_the_size_of_a_film_is_foretold(desktop: Desktop, tmp_path: Path) -> None:
    for chosen in ("gif", "frames", "mp4"):
        remember_film(replace(SMALL, format=chosen, width_px=640, height_px=360))
        dialog = desktop.film_dialog()
        take_days(dialog, 8, 13)
        dialog.outputEdit.setFilePath(str(tmp_path / "film"))
        desktop.wait_for_picture()
        told = expected_bytes(dialog.summaryLabel.text())
        dialog.buttonBox.button(OK).click()
        desktop.wait_for_film()
        made = tmp_path / ("film" if chosen == "frames" else f"film.{chosen}")
        real = sum(one.stat().st_size for one in (made.iterdir() if made.is_dir() else [made]))
        most = 6 if chosen == "gif" else 2.5  # of so few places, hardly anything changes
        assert 1 / most < told / real < most, (chosen, told, real)


def expected_bytes(text: str) -> float:
    number, unit = text.split("about ")[1].rstrip(".").split()
    return float(number.replace(",", "")) * {"kB": 1e3, "MB": 1e6}[unit]


def test_a_file_is_replaced_only_after_a_question(desktop: Desktop, tmp_path: Path) -> None:
    output, asked = tmp_path / "film.mp4", []
    output.write_text("precious", encoding="utf-8")
    answer(NO, asked)
    export(desktop, output)
    assert asked == ["“film.mp4” exists already. Replace it?"]
    assert not len(desktop.making) and output.read_text(encoding="utf-8") == "precious"
    dialog = desktop.publishing._dialog
    assert dialog.isVisible() and not dialog.preview.picture.isNull()
    answer(YES, asked)
    dialog.buttonBox.button(OK).click()
    desktop.wait_for_film()
    assert probe(output)["nb_read_frames"] == "6"


def test_choices_come_back_but_not_those_of_one_dataset(desktop: Desktop, tmp_path: Path) -> None:
    dialog = desktop.film_dialog()
    pick(dialog.formatCombo, "gif")
    dialog.fpsSpin.setValue(3)
    dialog.labelCheck.setChecked(False)
    dialog.sidecarCheck.setChecked(False)
    take_days(dialog, 1, 1)
    dialog.outputEdit.setFilePath(str(tmp_path / "one.gif"))
    dialog.buttonBox.button(OK).click()
    desktop.wait_for_film()
    assert (tmp_path / "one.gif").exists() and not (tmp_path / "one.json").exists()
    again = desktop.film_dialog()
    chosen = again.choices()
    assert (chosen.format, chosen.fps, chosen.label, chosen.sidecar, chosen.width_px) == ("gif", 3, False, False, 320)
    assert again.chosen_dates() == (day(0), day(data.DAYS - 1))
    assert Path(chosen.output) == tmp_path / "data film.gif"


@pytest.mark.parametrize("stored", ["nonsense", "[]", '{"fps": "fast"}', '{"subject": {"what": 1}}', '{"fps": 0}'])
def test_settings_that_cannot_be_read_do_no_harm(qgis_app: object, stored: str) -> None:
    QgsSettings().setValue("outbreak_atlas/film", stored)
    try:
        assert recall_film() == FilmChoices(subject=Subject(TEMPLATE, "film_16x9"))
    finally:
        QgsSettings().remove("outbreak_atlas/film")


def test_without_ffmpeg_frames_are_written_and_the_command_makes_the_film(
    desktop: Desktop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("ui.film_controller", "plugin.export.film_plan"):
        monkeypatch.setattr(f"outbreak_atlas.{module}.find_ffmpeg", lambda: "")
    output = tmp_path / "a film.mp4"
    dialog = desktop.film_dialog()
    assert "ffmpeg was not found" in dialog.summaryLabel.text()
    take_days(dialog, 3, 5)
    dialog.outputEdit.setFilePath(str(output))
    dialog.buttonBox.button(OK).click()
    desktop.wait_for_film()
    assert not output.exists() and len(list((tmp_path / "a film frames").glob("*.png"))) == 3
    assert "3 frames were written instead" in desktop.told()
    button = desktop.stage.bar.currentItem().findChild(QPushButton)
    button.click()
    line = QApplication.clipboard().text()
    subprocess.run(shlex.split(line), check=True, timeout=60, capture_output=True)
    assert probe(output)["nb_read_frames"] == "3"


def test_what_cannot_be_made_is_said_before_it_is_begun(
    desktop: Desktop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dialog = desktop.film_dialog()
    button = dialog.buttonBox.button(OK)
    dialog.outputEdit.setFilePath(str(tmp_path / "nowhere" / "film.mp4"))
    button.click()
    assert "does not exist" in dialog.summaryLabel.text() and dialog.isVisible()
    pick(dialog.formatCombo, "gif")
    dialog.fpsSpin.setValue(60)
    dialog.outputEdit.setFilePath(str(tmp_path / "film.gif"))
    button.click()
    assert "FPS is 60" in dialog.summaryLabel.text() and not len(desktop.making)
    monkeypatch.setitem(sys.modules, "PIL", None)
    dialog.fpsSpin.setValue(5)
    assert "Missing Python libraries: PIL" in dialog.summaryLabel.text() and not button.isEnabled()
    pick(dialog.formatCombo, "frames")
    assert button.isEnabled()


# How it ends otherwise


def begun(desktop: Desktop, output: Path) -> None:
    """A film of which some of the work is done."""
    export(desktop, output, 0, data.DAYS - 1)
    job = next(iter(desktop.making._running))
    desktop.stage.wait_for(lambda: job.fraction > 0.1 or job.is_over)
    assert not job.is_over


def nothing_left(folder: Path) -> bool:
    return not list(folder.glob("film*"))


def test_cancel_leaves_nothing(desktop: Desktop, tmp_path: Path) -> None:
    begun(desktop, tmp_path / "film.mp4")
    desktop.stage.bar.currentItem().cancel_button.click()
    desktop.wait_for_film()
    assert "Cancelled; no film was written." in desktop.told() and nothing_left(tmp_path)
    desktop.stage.messages.clear()
    begun(desktop, tmp_path / "film.mp4")
    task = next(one for one in QgsApplication.taskManager().activeTasks() if one.description() == "Film film.mp4")
    assert task.canCancel()
    task.cancel()
    desktop.wait_for_film()
    assert "Cancelled; no film was written." in desktop.told() and nothing_left(tmp_path)


def test_a_dataset_that_is_removed_ends_its_film_with_a_sentence(
    desktop: Desktop, dock_layer: QgsVectorLayer, tmp_path: Path
) -> None:
    begun(desktop, tmp_path / "film.mp4")
    desktop.stage.project.removeMapLayer(dock_layer.id())
    desktop.wait_for_film()
    assert "its dataset was removed from the project" in desktop.told() and nothing_left(tmp_path)


def test_a_project_that_is_closed_ends_its_films_with_a_sentence(desktop: Desktop, tmp_path: Path) -> None:
    begun(desktop, tmp_path / "film.mp4")
    desktop.stage.project.clear()
    desktop.wait_for_film()
    assert "its project was closed" in desktop.told() and nothing_left(tmp_path)


def test_unloading_stops_a_film_without_a_word(desktop: Desktop, tmp_path: Path) -> None:
    begun(desktop, tmp_path / "film.mp4")
    before = desktop.stage.bar.items()
    desktop.making.close()
    assert not len(desktop.making) and nothing_left(tmp_path)
    assert len(desktop.stage.bar.items()) == len(before) - 1


def test_a_dataset_that_goes_closes_the_dialog(desktop: Desktop, dock_layer: QgsVectorLayer) -> None:
    dialog = desktop.film_dialog()
    dialog.frameSlider.setValue(30)
    desktop.stage.project.removeMapLayer(dock_layer.id())
    desktop.stage.settle()
    assert desktop.publishing._dialog is None
    assert not desktop.menu.film.isEnabled()


# Pages


def choose_subject(desktop: Desktop, dialog: object, text: str) -> None:
    dialog.subjectCombo.setCurrentIndex(dialog.subjectCombo.findText(text))
    desktop.wait_for_picture()


def test_a_page_is_filmed_with_its_title(desktop: Desktop) -> None:
    dialog = desktop.film_dialog()
    assert not dialog.titleEdit.isEnabled() and dialog.labelCheck.isEnabled()
    bare = dialog.preview.picture
    choose_subject(desktop, dialog, "Page: Film, 16:9")
    page = dialog.preview.picture
    assert dialog.titleEdit.isEnabled() and not dialog.labelCheck.isEnabled()
    assert page.size() == bare.size() and page != bare
    dialog.titleEdit.setText("Winter")
    dialog.titleEdit.textEdited.emit("Winter")
    desktop.wait_for_picture()
    assert dialog.preview.picture != page
    assert dialog.findChildren(type(dialog.preview))[0].picture.size() == QSize(320, 180)
    texts = [dialog.subjectCombo.itemText(at) for at in range(dialog.subjectCombo.count())]
    assert not [one for one in texts if "Atlas by city" in one]


def test_a_layout_of_the_project_is_filmed_as_it_is_and_stays_so(desktop: Desktop, tmp_path: Path) -> None:
    layout = desktop.publishing.make_layout("journal_single")
    before = main_map(layout).temporalRange().begin()
    dialog = desktop.film_dialog()
    choose_subject(desktop, dialog, f"Layout “{layout.name()}”")
    pick(dialog.presetCombo, "column")
    desktop.wait_for_picture()
    page = layout.pageCollection().page(0).pageSize()
    picture = dialog.preview.picture.size()
    assert picture.width() == 1004 and picture.height() / 1004 == pytest.approx(page.height() / page.width(), abs=0.002)
    dialog.set_size(320, 240, "own")
    take_days(dialog, 3, 4)
    dialog.outputEdit.setFilePath(str(tmp_path / "film.gif"))
    pick(dialog.formatCombo, "gif")
    desktop.wait_for_picture()
    dialog.buttonBox.button(OK).click()
    desktop.wait_for_film()
    assert probe(tmp_path / "film.gif")["nb_read_frames"] == "2"
    assert main_map(layout).temporalRange().begin() == before
