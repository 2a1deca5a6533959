"""What hostile and clumsy hands give to the algorithms of publications: templates, words, dates, places and folders."""
from __future__ import annotations

import json
import os
import shutil
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from heat_points import left_in
from number_frames import NumberFrames, plan, run_film
from outbreak_atlas.plugin.bridge.moments import moment_of
from outbreak_atlas.plugin.core.errors import AtlasError
from outbreak_atlas.plugin.export.film import Film
from outbreak_atlas.plugin.export.film_identity import film_identity, layout_text
from outbreak_atlas.plugin.export.film_plan import film_output, refuse_bad_plan
from qgis.core import (
    QgsApplication,
    QgsLayoutItemMap,
    QgsLayoutItemPage,
    QgsLayoutPoint,
    QgsLayoutSize,
    QgsPrintLayout,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsProject,
    QgsReadWriteContext,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QDate, QDateTime, QTime, QTimer
from small_files import run, write_reports
from test_maplayout import text_of

SMALL = {"WIDTH": 64, "HEIGHT": 36, "TEMPLATE": ""}
PRECIOUS = b"precious"


@pytest.fixture(scope="module")
def loaded(qgis_app: object, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("attacked")
    run("loaddataset", INPUT=str(write_reports(folder / "small.csv")), OUTPUT=str(folder / "small.gpkg"))
    return folder / "small.gpkg"


@pytest.fixture
def source(project: QgsProject, loaded: Path, tmp_path: Path) -> str:
    (tmp_path / "data").mkdir()
    return f"{shutil.copy(loaded, tmp_path / 'data')}|layername=updates"


def refusal(algorithm: str, **more: Any) -> str:
    with pytest.raises(QgsProcessingException) as caught:
        run(algorithm, **more)
    sentence = str(caught.value)
    assert "Traceback" not in sentence and "Error" not in sentence
    return sentence


# -- templates


def template(path: Path, change: Callable[[QgsPrintLayout], None]) -> str:
    layout = QgsPrintLayout(QgsProject.instance())
    layout.initializeDefaults()
    change(layout)
    assert layout.saveAsTemplate(str(path), QgsReadWriteContext())
    return str(path)


def add_map(layout: QgsPrintLayout, page: int = 0, width_mm: float = 200) -> None:
    item = QgsLayoutItemMap(layout)
    layout.addLayoutItem(item)
    item.attemptMove(QgsLayoutPoint(10, 10), page=page)
    item.attemptResize(QgsLayoutSize(width_mm, width_mm / 2))


def sized(width_mm: float, height_mm: float) -> Callable[[QgsPrintLayout], None]:
    def change(layout: QgsPrintLayout) -> None:
        layout.pageCollection().page(0).setPageSize(QgsLayoutSize(width_mm, height_mm))
        add_map(layout)
    return change


def without_page(layout: QgsPrintLayout) -> None:
    add_map(layout)
    layout.pageCollection().clear()


def two_pages(layout: QgsPrintLayout, page: int = 0) -> None:
    second = QgsLayoutItemPage(layout)
    second.setPageSize("A4")
    layout.pageCollection().addPage(second)
    add_map(layout, page)


@pytest.mark.parametrize(("change", "needle"), [
    (sized(0, 0), "is 0 × 0 mm: give it sides of 5 to 5,080 mm"), (sized(10_000, 200), "is 10,000 × 200 mm"),
    (without_page, "has no page"), (lambda layout: add_map(layout, width_mm=0), "make it larger"),
])
def test_a_page_or_map_of_no_size_is_refused(
    change: Callable[[QgsPrintLayout], None], needle: str, source: str, tmp_path: Path
) -> None:
    own = template(tmp_path / "own.qpt", change)
    for name in ("a.png", "a.svg"):
        assert needle in refusal("maplayout", INPUT=source, TEMPLATE=own, OUTPUT=str(tmp_path / name))
    more = {**SMALL, "TEMPLATE": own}
    assert needle in refusal("exportanimation", INPUT=source, OUTPUT=str(tmp_path / "a.mp4"), **more)
    assert left_in(tmp_path) == ["data", "own.qpt"]


def test_two_pages_leave_one_picture_and_a_film_needs_its_map_on_the_first(source: str, tmp_path: Path) -> None:
    own = template(tmp_path / "own.qpt", two_pages)
    run("maplayout", INPUT=source, TEMPLATE=own, OUTPUT=str(tmp_path / "a.svg"), SIDECAR=False)
    assert "</svg>" in (tmp_path / "a.svg").read_text(encoding="utf-8")
    later = template(tmp_path / "later.qpt", lambda layout: two_pages(layout, 1))
    sentence = refusal("exportanimation", INPUT=source, OUTPUT=str(tmp_path / "a.mp4"), **{**SMALL, "TEMPLATE": later})
    assert "has no map there" in sentence
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.svg", "data", "later.qpt", "own.qpt"]


def test_a_template_that_no_system_takes_for_a_file(source: str, tmp_path: Path) -> None:
    for name in ("x" * 5000, "a\x00b", str(tmp_path)):
        assert "There is no layout template" in refusal("maplayout", INPUT=source, TEMPLATE=name)


def test_a_huge_page_in_a_small_film(source: str, tmp_path: Path) -> None:
    own = template(tmp_path / "own.qpt", sized(5_000, 5_000))
    made = run("exportanimation", INPUT=source, OUTPUT=str(tmp_path / "a.mp4"), **{**SMALL, "TEMPLATE": own})
    assert made["FRAMES"] == 4


# -- words


@pytest.mark.parametrize("title", ["[% 1/0 %] <b>x</b> 50% %03d 'q' \"p\" {y} $a_b$", "武汉"])
@pytest.mark.parametrize("algorithm", ["maplayout", "smallmultiples"])
def test_a_title_is_printed_as_it_is(algorithm: str, title: str, source: str, tmp_path: Path) -> None:
    run(algorithm, INPUT=source, TITLE=title, OUTPUT=str(tmp_path / "a.pdf"), SIDECAR=False)
    assert title in text_of(tmp_path / "a.pdf")


def test_a_title_of_many_letters_or_lines_stays_in_its_line(source: str, tmp_path: Path) -> None:
    run("smallmultiples", INPUT=source, TITLE="one\ntwo " + "W" * 600, OUTPUT=str(tmp_path / "a.pdf"), SIDECAR=False)
    first = text_of(tmp_path / "a.pdf").splitlines()[0].rstrip()
    assert first.startswith("one two WWW") and first.endswith("W…")


@pytest.mark.parametrize("algorithm", ["maplayout", "smallmultiples"])
def test_a_layout_that_nobody_would_ever_see_is_not_made(
    algorithm: str, source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QgsApplication, "platform", staticmethod(lambda: "qgis_process"))
    assert "give OUTPUT a file name" in refusal(algorithm, INPUT=source)


def test_a_project_with_an_impossible_title_opens_again(source: str, tmp_path: Path) -> None:
    project = QgsProject.instance()
    run("maplayout", INPUT=source, TITLE="a\x00b\x07c\ud800")
    assert project.write(str(tmp_path / "own.qgz"))
    project.clear()
    assert project.read(str(tmp_path / "own.qgz"))
    assert project.layoutManager().printLayouts()[0].itemById("title").currentText().strip() == "a b c"


def test_cities_are_found_and_printed_whatever_they_are_called(project: QgsProject, tmp_path: Path) -> None:
    names = ("[% 1/0 %]", "<b>Wu</b>", "Halle/Saale", "100% %03d", "@oa_title")
    rows = [(f"2020-02-0{day}T08:00:00+08:00", name, "P", str(110 + at), "30", str(day * (at + 1)), "")
            for day in range(3, 6) for at, name in enumerate(names)]
    run("loaddataset", INPUT=str(write_reports(tmp_path / "names.csv", tuple(rows))),
        OUTPUT=str(tmp_path / "names.gpkg"))
    run("maplayout", INPUT=str(tmp_path / "names.gpkg"), TEMPLATE="city_atlas", CITIES=";".join(names),
        OUTPUT=str(tmp_path / "a.pdf"))
    pages = text_of(tmp_path / "a.pdf").split("\f")
    for at, name in enumerate(names):
        assert name in pages[at], name


# -- dates


@pytest.mark.parametrize("value", [QDate(-5, 1, 1), QDate(99_999, 1, 1), QDateTime(QDate(99_999, 1, 1), QTime(1, 0))])
def test_a_year_that_python_does_not_know_is_only_outside(value: object, source: str, tmp_path: Path) -> None:
    assert isinstance(moment_of(value, "Asia/Shanghai"), int)
    sentence = refusal("maplayout", INPUT=source, AT=value, OUTPUT=str(tmp_path / "a.pdf"))
    assert "is outside the dataset, which runs from 2020-02-03 to 2020-02-06" in sentence


def test_a_date_outside_the_period_names_days(source: str) -> None:
    sentence = refusal("maplayout", INPUT=source, AT="2020-02-03", FROM="2020-02-05")
    assert "the period of the publication, 2020-02-05 to 2020-02-06:" in sentence


def test_a_filter_that_leaves_nothing_is_told(source: str, tmp_path: Path) -> None:
    said: list[str] = []

    class Feedback(QgsProcessingFeedback):
        def pushWarning(self, warning: str) -> None:  # noqa: N802 - Qt's name
            said.append(warning)

    import processing

    made = processing.run("outbreakatlas:maplayout", {
        "INPUT": f"{source}|subset=\"city\" = 'nowhere'", "OUTPUT": str(tmp_path / "a.pdf")}, feedback=Feedback())
    assert "unknown" in made["COUNTS"] and "0 confirmed" not in made["COUNTS"]
    assert any("leaves nothing" in sentence for sentence in said)


def test_a_view_reaches_as_far_as_its_map(source: str, tmp_path: Path) -> None:
    run("maplayout", INPUT=source, EXTENT="-180,180,-90,90 [EPSG:4326]")
    shown = QgsProject.instance().layoutManager().printLayouts()[0].itemById("map").extent()
    assert shown.contains(0, 0) and shown.height() < 60_000_000, "Web Mercator has no poles"
    more = {"INPUT": source, "OUTPUT": str(tmp_path / "a.pdf")}
    assert "has no place on a map in EPSG:3857" in refusal("maplayout", EXTENT="500,600,500,600 [EPSG:4326]", **more)
    assert "is no area" in refusal("maplayout", EXTENT="1,1,1,1", **more)


# -- folders and files


@pytest.mark.parametrize("theirs", ["film.mp4", "film.json", "film.gif", "frame_00001.png", "notes.txt"])
def test_frames_never_take_the_place_of_somebody_elses_files(theirs: str, tmp_path: Path) -> None:
    (tmp_path / "frames").mkdir()
    (tmp_path / "frames" / theirs).write_bytes(PRECIOUS)
    sentence = run_film(Film(NumberFrames(2), plan(tmp_path / "frames", "frames"))).sentence
    assert f"holds “{theirs}”" in sentence
    assert (tmp_path / "frames" / theirs).read_bytes() == PRECIOUS and left_in(tmp_path) == ["frames"]


@pytest.mark.parametrize("theirs", ["film.gif", "frame_00001.png"])
def test_the_folder_in_which_a_film_grows_is_not_somebody_elses(theirs: str, tmp_path: Path) -> None:
    (tmp_path / "film.mp4.parts").mkdir()
    (tmp_path / "film.mp4.parts" / theirs).write_bytes(PRECIOUS)
    assert f"holds “{theirs}”" in run_film(Film(NumberFrames(2), plan(tmp_path / "film.mp4"))).sentence
    assert (tmp_path / "film.mp4.parts" / theirs).read_bytes() == PRECIOUS


@pytest.mark.parametrize("damaged", [b"", b"{", b"\xff\xfe", b"[]", b'{"fingerprint": 5}'])
def test_a_damaged_record_of_an_interrupted_film_is_begun_anew(damaged: bytes, tmp_path: Path) -> None:
    folder = tmp_path / "film.mp4.parts"
    folder.mkdir()
    (folder / "film.json").write_bytes(damaged)
    (folder / "frame_00000.png").write_bytes(b"half a pic")
    made = run_film(Film(NumberFrames(3), plan(tmp_path / "film.mp4"))).made
    assert made is not None and made.frames_rendered == 3 and left_in(tmp_path) == ["film.mp4"]


def test_what_a_link_leads_to_is_written(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "frames").symlink_to(tmp_path / "real", target_is_directory=True)
    outcome = run_film(Film(NumberFrames(2), plan(film_output(str(tmp_path / "frames"), "frames"), "frames")))
    assert outcome.made is not None and (tmp_path / "frames").is_symlink()
    assert left_in(tmp_path / "real") == ["frame_00000.png", "frame_00001.png"]


def test_a_long_film_keeps_its_place_against_a_second_one(tmp_path: Path) -> None:
    first, later = Film(NumberFrames(400), plan(tmp_path / "film.mp4")), []

    def begin_second() -> None:
        hour_ago = time.time() - 3600
        os.utime(tmp_path / "film.mp4.parts" / "film.lock", (hour_ago, hour_ago))
        later.append(run_film(Film(NumberFrames(2), plan(tmp_path / "film.mp4"))))

    QTimer.singleShot(100, begin_second)
    QTimer.singleShot(500, first.cancel)
    assert run_film(first).stopped and "is being exported already" in later[0].sentence


@pytest.mark.parametrize(("algorithm", "name"), [("maplayout", "a.pdf"), ("exportanimation", "a.mp4")])
def test_what_lies_where_the_sidecar_goes_is_told_before_the_work(
    algorithm: str, name: str, source: str, tmp_path: Path
) -> None:
    for theirs in ("a.json", f"{name}.json"):
        (tmp_path / theirs).write_text("[]")
    assert "is no sidecar of Outbreak Atlas" in refusal(algorithm, INPUT=source, OUTPUT=str(tmp_path / name))
    assert left_in(tmp_path) == ["a.json", f"{name}.json", "data"]


def test_endings_in_capitals_and_names_too_long(source: str, tmp_path: Path) -> None:
    made = run_film(Film(NumberFrames(2), plan(tmp_path / "film.MP4"))).made
    assert made is not None and left_in(tmp_path) == ["data", "film.MP4"]
    with pytest.raises(AtlasError, match="too long a name"):
        refuse_bad_plan(plan(tmp_path / ("x" * 300 + ".mp4")))
    for algorithm, ending in (("maplayout", "pdf"), ("smallmultiples", "svg"), ("exportanimation", "gif")):
        more = {"FORMAT": "gif", **SMALL} if ending == "gif" else {}
        output = str(tmp_path / ("长" * 100 + "." + ending))
        assert "too long a name" in refusal(algorithm, INPUT=source, OUTPUT=output, **more)


# -- what changes meanwhile


def test_a_fault_in_the_plugin_ends_a_film_and_not_the_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken(NumberFrames):
        def keys(self) -> tuple[object, ...]:
            raise ZeroDivisionError

    told: list[type] = []
    monkeypatch.setattr("sys.excepthook", lambda kind, *_rest: told.append(kind))
    outcome = run_film(Film(Broken(3), plan(tmp_path / "film.mp4")))
    assert "fault in the plugin" in outcome.sentence and told == [ZeroDivisionError] and left_in(tmp_path) == []


def test_an_interrupted_film_does_not_go_on_with_what_has_changed(source: str, tmp_path: Path) -> None:
    from outbreak_atlas.plugin.export.scenes import scene_of_project

    path, layer = Path(source.partition("|")[0]), QgsVectorLayer(source, "small", "ogr")
    scene = scene_of_project(None, layer)
    before = film_identity(scene)
    assert before == film_identity(scene)
    db = sqlite3.connect(path)
    assert db.execute("PRAGMA journal_mode = wal").fetchone() == ("wal",)
    before = film_identity(scene)
    db.execute("UPDATE dataset SET value = value || ' ' WHERE key = 'title'")
    db.execute("CREATE TABLE other (x)")
    db.commit()  # the file itself is not touched yet
    assert film_identity(scene) != before
    db.close()
    unsaved = QgsVectorLayer("Point?crs=EPSG:4326", "unsaved", "memory")
    other = scene_of_project(None, layer)
    assert film_identity(other) == film_identity(other)
    QgsProject.instance().addMapLayer(unsaved)
    changing = scene_of_project(QgsProject.instance(), layer)
    assert film_identity(changing) != film_identity(changing), "nobody knows what an unsaved layer held before"


def test_a_picture_in_a_layout_that_changes_is_noticed(project: QgsProject, tmp_path: Path) -> None:
    from qgis.core import QgsLayoutItemPicture

    (tmp_path / "logo.svg").write_text("<svg/>")
    layout = QgsPrintLayout(project)
    layout.initializeDefaults()
    picture = QgsLayoutItemPicture(layout)
    picture.setPicturePath(str(tmp_path / "logo.svg"))
    layout.addLayoutItem(picture)
    before = layout_text(layout)
    assert layout_text(layout) == before
    (tmp_path / "logo.svg").write_text("<svg><g/></svg>")
    assert layout_text(layout) != before


def test_the_layer_of_a_film_may_be_removed_meanwhile(source: str, tmp_path: Path) -> None:
    project, output = QgsProject.instance(), tmp_path / "film.gif"
    layer = QgsVectorLayer(source, "small", "ogr")
    project.addMapLayer(layer)
    algorithm = QgsApplication.processingRegistry().createAlgorithmById("outbreakatlas:exportanimation")
    context, feedback, removed = QgsProcessingContext(), QgsProcessingFeedback(), []
    context.setProject(project)

    def remove(percent: float) -> None:
        if percent > 10 and not removed:
            removed.append(percent)
            project.removeMapLayer(layer.id())

    feedback.progressChanged.connect(remove)
    given = {"INPUT": layer, "OUTPUT": str(output), "FORMAT": "gif", **SMALL}
    found, _ok = algorithm.run(given, context, feedback, {}, False)
    assert removed and found["FRAMES"] == 4 and output.is_file()
    assert json.loads((tmp_path / "film.json").read_text(encoding="utf-8"))["parameters"]["INPUT"]
