"""Films of a dataset by the algorithm: what is asked is what ffprobe finds, and each frame shows its own date."""
from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from movie_facts import distance, frame_of, largest_shift, probe
from outbreak_atlas.plugin.algorithms.publication import true_lengths
from outbreak_atlas.plugin.bridge.layers import open_layer
from outbreak_atlas.plugin.bridge.story import read_story
from outbreak_atlas.plugin.core.frames import Frame, frames_between
from outbreak_atlas.plugin.export.frame_maps import MapFrames
from outbreak_atlas.plugin.export.layouts import Wanted, make_layout, show_frame
from outbreak_atlas.plugin.export.scenes import scene_of_project
from outbreak_atlas.plugin.export.templates import find_template
from qgis.core import (
    QgsApplication,
    QgsLayoutExporter,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsProject,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QRect, QRectF, QSize, QTimer
from qgis.PyQt.QtGui import QImage
from small_files import run, write_reports

pytestmark = pytest.mark.usefixtures("project")
DAYS = 12
SMALL = {"WIDTH": 320, "HEIGHT": 180}


def reports(days: int = DAYS) -> tuple[tuple[str, ...], ...]:
    """Two cities with a report a day; the counts of the 4th and the 5th are those of the 3rd."""
    def count(day: int) -> int:
        return 3 if day in (4, 5) else day

    return tuple((f"2020-02-{day:02d}T08:00:00+08:00", city, "湖北", lon, lat, str(many * count(day)), "0")
                 for day in range(1, days + 1)
                 for city, lon, lat, many in (("武汉", "114.30", "30.60", 100), ("黄冈", "114.87", "30.45", 10)))


@pytest.fixture(scope="module")
def dataset(qgis_app: QgsApplication, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("film")
    run("loaddataset", INPUT=[str(write_reports(folder / "reports.csv", reports()))], OUTPUT=str(folder / "data.gpkg"))
    return folder / "data.gpkg"


def film(dataset: Path, output: Path, **more: Any) -> dict[str, Any]:
    return run("exportanimation", INPUT=f"{dataset}|layername=updates", OUTPUT=str(output),
               **{"TEMPLATE": "", **SMALL, **more})


def refusal(dataset: Path, output: Path, **more: Any) -> str:
    before = sorted(output.parent.iterdir())
    with pytest.raises(QgsProcessingException) as caught:
        film(dataset, output, **more)
    assert sorted(output.parent.iterdir()) == before, "nothing is left"
    return str(caught.value)


def frames_of(layer: QgsVectorLayer) -> tuple[Frame, ...]:
    return frames_between(read_story(layer).played, None, None, None)


def test_a_film_is_as_asked(dataset: Path, tmp_path: Path) -> None:
    made = film(dataset, tmp_path / "film.mp4", FPS=4)
    assert (made["FRAMES"], made["FRAMES_RENDERED"], made["DURATION"]) == (12, 10, 3.0)
    assert made["OUTPUT"] == str(tmp_path / "film.mp4")
    assert made["SIZE"] == (tmp_path / "film.mp4").stat().st_size
    facts = probe(tmp_path / "film.mp4")
    assert (facts["codec_name"], facts["pix_fmt"], facts["width"], facts["height"]) == ("h264", "yuv420p", 320, 180)
    assert (facts["nb_read_frames"], facts["avg_frame_rate"]) == ("12", "4/1")
    assert float(facts["format_duration"]) == pytest.approx(3.0)
    told = json.loads((tmp_path / "film.json").read_text(encoding="utf-8"))
    assert told["methods"] == made["METHODS"] and told["frame_count"] == 12 and told["output"] == "film.mp4"
    assert len(told["sources"][0]["sha256"]) == 64 and told["parameters"]["FPS"] == 4
    assert sorted(path.name for path in tmp_path.iterdir()) == ["film.json", "film.mp4"]


def test_frames_of_a_map_are_the_preview_and_of_their_own_date(dataset: Path, tmp_path: Path) -> None:
    film(dataset, tmp_path / "film.mp4", SIDECAR=False)
    scene = scene_of_project(QgsProject(), open_layer(dataset))
    maker = MapFrames(scene, QSize(320, 180), frames_of(scene.dataset))
    judge(tmp_path, [maker.picture(number) for number in range(DAYS)], QRect(0, 125, 130, 40))


def test_frames_of_a_layout_are_the_layout_at_their_dates(dataset: Path, tmp_path: Path) -> None:
    film(dataset, tmp_path / "film.mp4", TEMPLATE="film_16x9", WIDTH=640, HEIGHT=360, SIDECAR=False)
    scene = scene_of_project(QgsProject(), open_layer(dataset))
    story = read_story(scene.dataset)
    frames = frames_of(scene.dataset)
    pictures = []
    with true_lengths(QgsProject.instance()):
        layout = make_layout(QgsProject.instance(), Wanted(find_template("film_16x9"), scene, story, frames[0]))
        for frame in frames:
            show_frame(layout, frame)
            pictures.append(QgsLayoutExporter(layout).renderPageToImage(0, QSize(640, 360)))
    date, page = layout.itemById("date"), layout.pageCollection().page(0).rect()
    scale = 640 / page.width()
    box = QRectF(date.scenePos() * scale, date.rect().size() * scale).toRect()
    judge(tmp_path, pictures, box)


def judge(folder: Path, pictures: list[QImage], date: QRect) -> None:
    """Three frames taken back out are these pictures but for H.264; the date in them is their own, also where the maps
    are the same (the 4th and the 5th)."""
    for number in (0, 3, 11):
        taken = frame_of(folder / "film.mp4", number, folder)
        assert taken.size() == pictures[number].size()
        assert distance(taken, pictures[number]) < 5.0
        assert largest_shift(taken, pictures[number]) < 12.0
        away = [distance(taken.copy(date), picture.copy(date)) for picture in pictures]
        assert away.index(min(away)) == number
        assert sorted(away)[1] > 1.5 * min(away), "no other date is nearly as near"


def test_layouts_draw_alike_maps_once(dataset: Path, tmp_path: Path) -> None:
    made = film(dataset, tmp_path / "frames", TEMPLATE="film_16x9", FORMAT="frames", TITLE="武汉")
    assert (made["FRAMES"], made["FRAMES_RENDERED"]) == (12, 10)
    assert made["OUTPUT"] == str(tmp_path / "frames")
    pictures = [QImage(str(tmp_path / f"frames/frame_{number:05d}.png")) for number in range(12)]
    assert {(picture.width(), picture.height()) for picture in pictures} == {(320, 180)}
    assert all(one != other for one, other in zip(pictures, pictures[1:])), "each has its date"


@pytest.mark.parametrize(("more", "frames"), [
    ({"STEP": "week"}, 3), ({"FROM": "2020-02-03", "TO": "2020-02-05"}, 2), ({"TO": "2020-02-02"}, 1),
    ({"FROM": "2020-02-12"}, 1), ({"STEP": "day", "METRIC": "new_confirmed"}, 12),
])
def test_period_and_step(more: dict[str, Any], frames: int, dataset: Path, tmp_path: Path) -> None:
    made = film(dataset, tmp_path / "film.gif", FORMAT="gif", **more)
    assert made["FRAMES"] == frames and made["DURATION"] == pytest.approx(frames / 10)


@pytest.mark.parametrize(("more", "told"), [
    ({"METRIC": "new_confirmed", "STEP": "week"}, "9 of 12 days are in no frame"),
    ({"METRIC": "new_confirmed", "STEP": "week", "FROM": "2020-02-08", "TO": "2020-02-11"}, "1 of 3 days are in no"),
    ({"METRIC": "new_confirmed", "STEP": "day"}, ""), ({"METRIC": "confirmed", "STEP": "week"}, ""),
])
def test_what_is_new_between_the_frames_is_told(
    more: dict[str, Any], told: str, dataset: Path, tmp_path: Path,
) -> None:
    import processing

    feedback = QgsProcessingFeedback()
    processing.run("outbreakatlas:exportanimation", {
        "INPUT": f"{dataset}|layername=updates", "TEMPLATE": "", "FORMAT": "gif", **SMALL, **more,
        "OUTPUT": str(tmp_path / "film.gif")}, feedback=feedback)
    assert ("in no frame" in feedback.textLog()) == bool(told)
    assert told in feedback.textLog()


def test_without_the_date_alike_frames_are_one_picture(dataset: Path, tmp_path: Path) -> None:
    film(dataset, tmp_path / "frames", FORMAT="frames", DATE_LABEL=False)
    pictures = [(tmp_path / f"frames/frame_{number:05d}.png").read_bytes() for number in range(12)]
    assert pictures[2] == pictures[3] == pictures[4] != pictures[5]


def test_the_format_follows_the_ending_unless_it_is_named(dataset: Path, tmp_path: Path) -> None:
    one_day = {"TO": "2020-02-02", "SIDECAR": False}
    assert (tmp_path / "a.gif").name == Path(film(dataset, tmp_path / "a.gif", **one_day)["OUTPUT"]).name
    assert Path(film(dataset, tmp_path / "b", FORMAT="mp4", **one_day)["OUTPUT"]) == tmp_path / "b.mp4"
    assert Path(film(dataset, tmp_path / "c.mp4", FORMAT="frames", **one_day)["OUTPUT"]) == tmp_path / "c"
    for film_format, ending in (("mp4", ".mp4"), ("gif", ".gif"), ("frames", "")):
        found = run("exportanimation", INPUT=f"{dataset}|layername=updates", OUTPUT="TEMPORARY_OUTPUT", TEMPLATE="",
                    FORMAT=film_format, **SMALL, **one_day)["OUTPUT"]
        assert Path(found).suffix == ending and Path(found).exists()


def test_an_odd_size_is_made_even_and_said(dataset: Path, tmp_path: Path) -> None:
    said: list[str] = []

    class Listening(QgsProcessingFeedback):
        def pushWarning(self, warning: str) -> None:  # noqa: N802 - Qt's name
            said.append(warning)

    import processing

    feedback = Listening()
    processing.run("outbreakatlas:exportanimation", {
        "INPUT": f"{dataset}|layername=updates", "TEMPLATE": "", "WIDTH": 161, "HEIGHT": 91, "TO": "2020-02-02",
        "OUTPUT": str(tmp_path / "film.mp4")}, feedback=feedback)
    facts = probe(tmp_path / "film.mp4")
    assert (facts["width"], facts["height"]) == (162, 92)
    assert any("162 by 92" in sentence for sentence in said)


@pytest.mark.parametrize(("more", "needle"), [
    ({"FROM": "2021-01-01"}, "runs from 2020-02-01"), ({"TO": "2019-01-01"}, "runs from 2020-02-01"),
    ({"FROM": "2020-02-05", "TO": "2020-02-05"}, "not before TO"),
    ({"STEP": "hour"}, "stored in steps of a day"), ({"WIDTH": 0}, "WIDTH is 0"),
    ({"HEIGHT": 99999}, "HEIGHT is 99999"),
    ({"FPS": 0}, "FPS is 0"), ({"FPS": 60, "FORMAT": "gif", "OUT": "film.gif"}, "50 frames a second for gif"),
    ({"QUALITY": 99}, "QUALITY is 99"), ({"FORMAT": "gif"}, "ends in .mp4, yet FORMAT is gif"),
    ({"OUT": "film.gif", "FORMAT": "mp4"}, "ends in .gif, yet FORMAT is mp4"),
    ({"OUT": "missing/film.mp4"}, "does not exist"), ({"TEMPLATE": "no such"}, "no layout template “no such”"),
    ({"TEMPLATE": "city_atlas"}, "has a page for each city"),
    ({"METRIC": "tests"}, "no count “tests”"),
])
def test_what_cannot_be_is_said_in_a_sentence(
    more: dict[str, Any], needle: str, dataset: Path, tmp_path: Path
) -> None:
    given = dict(more)
    (tmp_path / "place").mkdir()
    output = tmp_path / "place" / given.pop("OUT", "film.mp4")
    if output.parent.is_dir():
        sentence = refusal(dataset, output, **given)
    else:
        with pytest.raises(QgsProcessingException) as caught:
            film(dataset, output, **given)
        sentence = str(caught.value)
    assert needle in sentence and "Traceback" not in sentence


def test_cancelling_leaves_nothing(dataset: Path, tmp_path: Path) -> None:
    algorithm = QgsApplication.processingRegistry().createAlgorithmById("outbreakatlas:exportanimation")
    feedback, context = QgsProcessingFeedback(), QgsProcessingContext()
    context.setProject(QgsProject.instance())
    cancelled: list[float] = []

    def cancel(percent: float) -> None:
        if percent > 30 and not cancelled:
            cancelled.append(time.monotonic())
            QTimer.singleShot(0, feedback.cancel)

    feedback.progressChanged.connect(cancel)
    found, _ok = algorithm.run({
        "INPUT": f"{dataset}|layername=updates", "OUTPUT": str(tmp_path / "film.mp4"), **SMALL}, context, feedback)
    assert time.monotonic() - cancelled[0] < 1.0
    assert found == {} and list(tmp_path.iterdir()) == []


def test_a_project_stays_as_it_was_and_a_removed_layer_is_named(dataset: Path, tmp_path: Path) -> None:
    project = QgsProject.instance()
    layer = open_layer(dataset)
    project.addMapLayer(layer)
    other = QgsVectorLayer("Point?crs=EPSG:4326", "surveys", "memory")
    project.addMapLayer(other)
    before = sorted(project.mapLayers()), len(project.layoutManager().layouts()), layer.subsetString()
    made = run("exportanimation", INPUT=layer, OUTPUT=str(tmp_path / "film.mp4"), SIDECAR=False, **SMALL)
    assert made["FRAMES"] == 12
    assert before == (sorted(project.mapLayers()), len(project.layoutManager().layouts()), layer.subsetString())
    (tmp_path / "film.mp4").unlink()
    QTimer.singleShot(0, lambda: wait_for(tmp_path, lambda: project.removeMapLayer(other.id())))
    with pytest.raises(QgsProcessingException, match="“surveys” was removed"):
        run("exportanimation", INPUT=layer, OUTPUT=str(tmp_path / "film.mp4"), SIDECAR=False, **SMALL)
    assert list(tmp_path.iterdir()) == []


def test_a_layout_of_the_project_is_filmed_as_it_stands(dataset: Path, tmp_path: Path) -> None:
    project, source = QgsProject.instance(), f"{dataset}|layername=updates"
    name = run("maplayout", INPUT=source, TEMPLATE="film_16x9", TITLE="Mine", AT="2020-02-02")["LAYOUT"]
    layout, asked = project.layoutManager().layoutByName(name), {"FROM": "2020-02-06", "TO": "2020-02-08", **SMALL}
    layout.itemById("legend").setVisibility(False)
    moment = layout.itemById("map").temporalRange().begin()
    made = run("exportanimation", INPUT=source, TEMPLATE=name, FORMAT="frames", OUTPUT=str(tmp_path / "film"),
               TITLE="Not mine", **asked)
    assert made["FRAMES"] == 2 and made["METHODS"].startswith("“Mine” shows")
    assert layout.itemById("map").temporalRange().begin() == moment
    assert project.layoutManager().layoutByName(name) is layout and len(project.layoutManager().layouts()) == 1
    for number, frame in enumerate(frames_of(open_layer(dataset))[5:7]):
        show_frame(layout, frame)
        page = QgsLayoutExporter(layout).renderPageToImage(0, QSize(320, 180))
        assert distance(QImage(str(tmp_path / "film" / f"frame_{number:05d}.png")), page) < 0.5
    layout.itemById("map").setIsTemporal(False)
    with pytest.raises(QgsProcessingException, match="shows a moment"):
        run("exportanimation", INPUT=source, TEMPLATE=name, OUTPUT=str(tmp_path / "film.mp4"), **asked)


def wait_for(folder: Path, then: Any) -> None:
    """As soon as a film's folder is there."""
    if any(folder.glob("*.parts")):
        then()
    else:
        QTimer.singleShot(5, lambda: wait_for(folder, then))


_CHILD = """
import os, sys
from pathlib import Path
sys.path[:0] = [{ci!r}, {tests!r}]
from session import start_qgis
keep = start_qgis(Path({profile!r}))
from outbreak_atlas.plugin.export.film import Film
from small_files import run
end = lambda film, fraction, text: fraction > 0.5 and os.kill(os.getpid(), 9)
begin = Film.start
def start(film):
    film.progressed.connect(lambda fraction, text: end(film, fraction, text))
    begin(film)
Film.start = start
run("exportanimation", INPUT={source!r}, TEMPLATE={template!r}, OUTPUT={output!r}, WIDTH=320, HEIGHT=180)
"""


@pytest.mark.slow
@pytest.mark.parametrize("template", ["", "film_16x9"])
def test_a_crash_is_resumed_by_another_session(
    template: str, dataset: Path, tmp_path: Path, repository: Path
) -> None:
    own = Path(shutil.copy(dataset, tmp_path / "data.gpkg"))
    target = tmp_path / "out" / "film.mp4"
    target.parent.mkdir()
    script = _CHILD.format(ci=str(repository / ".ci"), tests=str(repository / "tests" / "qgis"), template=template,
                           profile=str(tmp_path / "profile"), output=str(target), source=f"{own}|layername=updates")
    child = subprocess.run([sys.executable, "-c", script], capture_output=True)
    assert child.returncode == -signal.SIGKILL, child.stderr
    kept = len(list((tmp_path / "out" / "film.mp4.parts").glob("frame_*.png")))
    assert kept >= 3 and not target.exists()
    made = film(own, target, TEMPLATE=template)
    assert made["FRAMES"] == 12 and made["FRAMES_RENDERED"] <= 12 - kept
    film(own, tmp_path / "out" / "whole.mp4", TEMPLATE=template)
    assert target.read_bytes() == (tmp_path / "out" / "whole.mp4").read_bytes()


@pytest.mark.slow
def test_qgis_process_makes_a_film_without_a_desktop(dataset: Path, tmp_path: Path, repository: Path) -> None:
    profile = tmp_path / "profiles" / "default" / "python" / "plugins"
    profile.mkdir(parents=True)
    (profile / "outbreak_atlas").symlink_to(repository, target_is_directory=True)
    environment = {**os.environ, "QGIS_CUSTOM_CONFIG_PATH": str(tmp_path), "QT_QPA_PLATFORM": "offscreen"}
    for arguments in (["plugins", "enable", "outbreak_atlas"], [
            "run", "outbreakatlas:exportanimation", f"--INPUT={dataset}|layername=updates", "--WIDTH=320",
            "--HEIGHT=180", f"--OUTPUT={tmp_path / 'my film.mp4'}", "--FROM=2020-02-03", "--TO=2020-02-07", "--FPS=5"]):
        done = subprocess.run(["qgis_process", *arguments], env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
    assert "FRAMES_RENDERED:\t2" in done.stdout, done.stdout
    facts = probe(tmp_path / "my film.mp4")
    assert (facts["nb_read_frames"], facts["codec_name"], facts["avg_frame_rate"]) == ("4", "h264", "5/1")
