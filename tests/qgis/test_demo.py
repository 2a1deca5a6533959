"""`./run demo --headless` on a small sample: GeoPackage, project that opens playing, pictures, layouts, film."""
from __future__ import annotations

import os
import subprocess
import sys
from itertools import combinations
from pathlib import Path

import pytest
from outbreak_atlas.plugin.bridge.layers import is_dataset, layers_of
from pdf_facts import text_of
from qgis.core import QgsProject
from qgis.PyQt.QtGui import QImage

#: Of the pixels that a day's picture changes, beside the date written on it.
LEAST_CHANGED = 500


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory, repository: Path) -> Path:
    folder = tmp_path_factory.mktemp("demo") / "files"
    command = [sys.executable, str(repository / ".ci" / "demo.py"), "--headless", "--rows", "6000", "--places", "300",
               "--folder", str(folder), "--film", "320x180"]
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "6,000 rows read" in done.stdout
    return folder


def test_all_is_written_where_it_was_asked_for(demo: Path, qgis_app: object) -> None:
    assert is_dataset(demo / "sample.gpkg")
    assert (demo / "sample_report.html").is_file()
    assert len((demo / "sample.csv").read_bytes().splitlines()) == 6001


def test_the_project_opens_with_the_layer_playing(demo: Path, project: QgsProject) -> None:
    assert project.read(str(demo / "outbreak_atlas_demo.qgz"))
    (layer,) = layers_of(project, demo / "sample.gpkg")
    assert layer.isValid() and layer.temporalProperties().isActive()
    assert "synthetic" in layer.name()
    assert project.readNumEntry("TemporalControllerWidget", "/NavigationMode")[0] == 1
    period = project.timeSettings().temporalRange()
    assert [moment.toUTC().toString("yyyy-MM-dd") for moment in (period.begin(), period.end())] == [
        "2020-02-03", "2020-05-01"]


def test_the_pictures_differ_as_the_outbreak_did(demo: Path, qgis_app: object) -> None:
    paths = sorted(demo.glob("frame_*.png"))
    assert [path.stem[6:] for path in paths] == ["2020-02-04", "2020-02-11", "2020-02-13", "2020-03-15", "2020-04-20"]
    pictures = [_below_the_date(QImage(str(path))) for path in paths]
    for one, other in combinations(pictures, 2):
        changed = sum(a != b for a, b in zip(memoryview(one).cast("I"), memoryview(other).cast("I")))
        assert changed > LEAST_CHANGED


def test_there_are_five_layouts_on_paper_and_as_pictures(demo: Path) -> None:
    made = {path.stem for path in demo.glob("layout_*.pdf")}
    assert made == {f"layout_{name}" for name in (
        "a4_report", "journal_single", "journal_double", "film_16x9", "poster_a3")}
    assert made == {path.stem for path in demo.glob("layout_*.png")}
    words = text_of(demo / "layout_a4_report.pdf")
    assert "2020-02-13" in words and "synthetic" in words.lower()


def test_the_film_has_a_frame_for_each_day_of_the_sample(demo: Path) -> None:
    command = ["ffprobe", "-v", "error", "-select_streams", "v", "-show_entries", "stream=nb_frames,width,height",
               "-of", "csv=p=0", str(demo / "film.mp4")]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert told.strip() == "320,180,88"


def _below_the_date(image: QImage) -> bytes:
    """The pixels without those of the words on the picture."""
    assert (image.width(), image.height()) == (1600, 1200)
    map_only = image.copy(0, 100, 1600, 1000).convertToFormat(QImage.Format.Format_RGB32)
    return bytes(map_only.constBits().asarray(map_only.sizeInBytes()))
