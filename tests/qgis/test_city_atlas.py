"""The atlas by city: a page a city with its map, curve and key dates, as a PDF and in a project."""
from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import layout_stage as stage
import numpy as np
import pytest
from pdf_facts import text_of
from small_files import run

if TYPE_CHECKING:
    from qgis.core import QgsApplication

_HEADER = "time,province,city,lon,lat,confirmed,deaths\n"
#: Province, city, place and one confirmed count a day from 3 February on; nothing: not listed.
_CITIES = (
    ("湖北省", "武汉市", "114.30,30.60", (400, 900, 2500, 2500, 4000, 9000)),
    ("湖北省", "黄冈市", "114.87,30.45", (4, 12, 150, 141, 141, 160)),
    ("北京市", "海淀区", "116.29,39.96", (1, 1, 3, 9, 10, 11)),
    ("北京市", "朝阳区", "116.44,39.92", (None, 2, 2, 2, 2, 2)),
    ("上海市", "境外输入", ",", (None, None, 3, 5, 5, 308)),
)
#: The version of QGIS that wrote the template.
_WRITTEN_BY = 340
#: Cells across the page in which one font's letters are as grey as another's, and the grey levels by which they may
#: differ in the mean and at most.
_CELLS, _MEAN, _WORST = 96, 1.0, 60.0
_CONTROL = stage.CONTROLS / "layout_city_atlas.png"


def load(folder: Path) -> Path:
    """The dataset as a GeoPackage; deaths are known of Wuhan only."""
    rows = [
        f"2020-02-{3 + day:02d}T09:00:00+08:00,{province},{city},{place},{count},"
        f"{count // 40 if city == '武汉市' else ''}\n"
        for day in range(6) for province, city, place, counts in _CITIES
        if (count := counts[day]) is not None]
    source = folder / "cities.csv"
    source.write_text(_HEADER + "".join(rows), encoding="utf-8")
    run("loaddataset", INPUT=[str(source)], DATUM="WGS84", LISTING="partial", OUTPUT=str(folder / "cities.gpkg"))
    return folder / "cities.gpkg"


def make(
    dataset: Path, cities: tuple[str, ...] = (), day: int = 5, metric: str = "", subset: str = "", heat: bool = False,
) -> stage.Made:
    from outbreak_atlas.plugin.bridge.heat import show_heat
    from outbreak_atlas.plugin.bridge.layers import open_layer
    from outbreak_atlas.plugin.bridge.story import read_story
    from outbreak_atlas.plugin.core.heatsums import HeatLevel
    from outbreak_atlas.plugin.export.city_atlas import make_city_atlas
    from outbreak_atlas.plugin.export.layouts import Wanted
    from outbreak_atlas.plugin.export.scenes import scene_of_project
    from outbreak_atlas.plugin.export.templates import find_template
    from qgis.core import QgsProject

    layer = open_layer(dataset)
    if subset:
        layer.setSubsetString(subset)
    if heat:
        show_heat(layer, "confirmed", "confirmed", False, (HeatLevel(100_000, 0, 400),), 0.0, 1e7)
    scene = scene_of_project(None, layer)
    story = read_story(scene.dataset, metric=metric)
    frame = story.frame_at(story.begin_ms + day * stage.DAY_MS)
    wanted = Wanted(find_template("city_atlas"), scene, story, frame)
    return stage.Made(make_city_atlas(QgsProject.instance(), wanted, cities), scene, story)


def titles(made: stage.Made) -> list[str]:
    atlas = made.layout.atlas()
    return [atlas.nameForPage(page) for page in range(atlas.count())]


def table(made: stage.Made, page: int) -> dict[str, str]:
    """The key dates that a page shows."""
    from qgis.core import QgsLayoutItemAttributeTable

    made.layout.atlas().seekTo(page)
    made.layout.refresh()
    (shown,) = [one for one in made.layout.multiFrames() if isinstance(one, QgsLayoutItemAttributeTable)]
    shown.refreshAttributes()
    return {str(label): str(value) for label, value in shown.contents()}


@pytest.fixture(scope="module")
def dataset(qgis_app: QgsApplication, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return load(tmp_path_factory.mktemp("cities"))


@pytest.fixture(scope="module")
def atlas(dataset: Path) -> Iterator[stage.Made]:
    yield make(dataset, ("Wuhan", "黄冈", "Beijing", "境外输入"))


def test_by_default_the_largest_cities_with_a_place_have_a_page(dataset: Path) -> None:
    assert titles(make(dataset)) == ["武汉市 Wuhan", "黄冈市 Huanggang", "海淀区", "朝阳区"]


def test_named_cities_have_pages_in_their_order(atlas: stage.Made) -> None:
    assert titles(atlas) == ["武汉市 Wuhan", "黄冈市 Huanggang", "北京市 Beijing", "境外输入"]


def test_heat_whose_radius_no_legend_of_all_pages_could_tell_is_drawn_as_circles(dataset: Path) -> None:
    from qgis.core import QgsGraduatedSymbolRenderer

    made = make(dataset, ("Wuhan",), heat=True)
    assert made.story.heat and isinstance(made.scene.dataset.renderer(), QgsGraduatedSymbolRenderer)


def test_key_dates_are_those_of_the_reports(atlas: stage.Made) -> None:
    assert table(atlas, 1) == {
        "First report": "2020-02-03", "First case": "by 2020-02-03 (first known count: 4)", "10 reached": "2020-02-04",
        "100 reached": "2020-02-05", "1,000 reached": "not reached", "Most new in a day": "2020-02-05: +138",
        "Last increase": "2020-02-08: +19", "Revisions (falls)": "2020-02-06: −9", "Total at the date": "160"}
    assert table(atlas, 2)["Total at the date"] == "13 in 2 cities"
    imported = table(atlas, 3)
    assert (imported["First case"], imported["Total at the date"]) == (
        "by 2020-02-05 (first known count: 3)", "308, without a location")


def test_the_table_follows_the_map_s_date(dataset: Path) -> None:
    made = make(dataset, ("黄冈",), day=1)
    assert table(made, 0)["100 reached"] == "not reached"
    assert table(made, 0)["Total at the date"] == "12"
    from outbreak_atlas.plugin.export.layouts import show_frame

    show_frame(made.layout, made.story.frame_at(made.story.begin_ms + 2 * stage.DAY_MS))
    assert table(made, 0)["100 reached"] == "2020-02-05"
    assert table(made, 0)["Revisions (falls)"] == "none"


def test_what_is_not_known_is_said_not_to_be(dataset: Path) -> None:
    unknown = table(make(dataset, ("Huanggang",), metric="deaths"), 0)
    assert unknown["First report"] == "2020-02-03"
    assert {unknown[name] for name in ("First deaths", "10 reached", "Last increase", "Total at the date")} == {
        "not known"}
    assert table(make(dataset, ("Wuhan",), metric="deaths"), 0)["100 reached"] == "2020-02-07"


def test_each_page_has_the_map_of_its_city(atlas: stage.Made) -> None:
    from outbreak_atlas.plugin.export.templates import main_map
    from qgis.core import QgsCoordinateReferenceSystem, QgsCoordinateTransform, QgsProject

    shown = main_map(atlas.layout)
    way = QgsCoordinateTransform(shown.crs(), QgsCoordinateReferenceSystem("EPSG:4326"), QgsProject.instance())
    boxes = []
    for page in range(4):
        atlas.layout.atlas().seekTo(page)
        boxes.append(way.transformBoundingBox(shown.extent()))
    assert boxes[0].contains(114.30, 30.60) and 1 < boxes[0].width() < 4
    assert boxes[2].contains(116.29, 39.96) and not boxes[2].contains(114.30, 30.60)
    assert boxes[3].contains(114.30, 30.60) and boxes[3].contains(116.44, 39.92)  # nothing of it lies anywhere
    note = atlas.layout.itemById("note")
    assert note.currentText() == "No place of 境外输入 has a location: the map shows the whole dataset."
    atlas.layout.atlas().seekTo(0)
    assert note.currentText() == "Places elsewhere are drawn pale."


def test_names_that_are_no_city_are_told_with_the_nearest(dataset: Path) -> None:
    from outbreak_atlas.plugin.core.errors import AtlasError

    with pytest.raises(AtlasError, match=r"no city called “Wuhn”.*武汉市.*or “Paris”"):
        make(dataset, ("Wuhn", "Paris", "Beijing"))
    with pytest.raises(AtlasError, match="no city called “海淀”"):
        make(dataset, ("海淀",), subset="province = '湖北省'")


def unlikeness(image: Any, control: Any) -> tuple[float, float]:
    """By how many grey levels cells of two pictures differ, in the mean and at most."""
    from qgis.PyQt.QtCore import Qt

    one, other = (
        stage.pixels(drawn.scaledToWidth(_CELLS, Qt.TransformationMode.SmoothTransformation))
        for drawn in (image, control))
    assert one.shape == other.shape
    apart = np.abs(one - other).mean(axis=2)
    return float(apart.mean()), float(apart.max())


def test_looks_like_its_control(atlas: stage.Made) -> None:
    from qgis.PyQt.QtGui import QImage

    atlas.layout.atlas().seekTo(1)
    atlas.layout.refresh()
    control = QImage(str(_CONTROL))
    assert not control.isNull()
    mean, worst = unlikeness(stage.picture(atlas.layout), control)
    assert mean < _MEAN and worst < _WORST, f"differs by {mean:.2f} on average, {worst:.0f} somewhere: look at both"
    for name in ("key_dates", "map", "curve", "legend", "title", "locator"):
        atlas.layout.itemById(name).setVisibility(False)
        mean, worst = unlikeness(stage.picture(atlas.layout), control)
        atlas.layout.itemById(name).setVisibility(True)
        assert mean >= _MEAN or worst >= _WORST, name


def test_the_template_is_what_its_maker_writes(qgis_app: QgsApplication) -> None:
    import make_city_layout
    import make_layouts
    from qgis.core import Qgis, QgsProject

    layout = make_city_layout.city_atlas(QgsProject.instance(), make_layouts.plot_of_curve())
    shipped = (make_layouts.FOLDER / "city_atlas.qpt").read_text(encoding="utf-8")
    if Qgis.versionInt() // 100 != _WRITTEN_BY:
        pytest.skip("another version of QGIS writes templates otherwise")
    assert make_layouts.written(layout) == shipped


def test_the_algorithm_writes_one_pdf_whose_words_are_words(dataset: Path, tmp_path: Path) -> None:
    output = tmp_path / "atlas of “cities”.pdf"
    run("maplayout", INPUT=str(dataset), TEMPLATE="city_atlas", CITIES="Wuhan，北京", AT="2020-02-06",
        OUTPUT=str(output))
    pages = text_of(output).split("\f")
    assert len(pages) - 1 == 2
    assert "武汉市 Wuhan" in pages[0] and "2020-02-06" in pages[0] and "Huanggang" not in pages[0]
    assert "1/2" in pages[0].replace(" ", "") and "湖北省" in pages[0]
    assert "北京市 Beijing" in pages[1] and "11 in 2 cities" in pages[1]
    assert "new per day" in pages[0] and re.search(r"^\d,[05]00$", pages[0], re.MULTILINE)  # of the curve


def test_a_kept_atlas_is_in_the_project_and_goes_where_it_goes(
    dataset: Path, project: Any, tmp_path: Path
) -> None:
    from outbreak_atlas.plugin.bridge.layers import add_to_project
    from outbreak_atlas.plugin.core.progress import Progress
    from outbreak_atlas.plugin.export.printing import print_layout

    copy = Path(shutil.copy(dataset, tmp_path / "data.gpkg"))
    layer = add_to_project(project, copy)
    first = tmp_path / "first.pdf"
    run("maplayout", INPUT=layer, TEMPLATE="city_atlas", CITIES="武汉;境外输入", OUTPUT=str(first), ADD_TO_PROJECT=True)
    assert project.write(str(tmp_path / "atlas.qgz"))
    assert sorted(path.name for path in tmp_path.glob("*.*")) == ["atlas.qgz", "data.gpkg", "first.json", "first.pdf"]
    project.clear()
    moved = tmp_path / "elsewhere"
    moved.mkdir()
    for name in ("atlas.qgz", "data.gpkg"):
        shutil.move(tmp_path / name, moved / name)
    assert project.read(str(moved / "atlas.qgz"))
    (layout,) = project.layoutManager().printLayouts()
    assert layout.atlas().enabled() and layout.atlas().updateFeatures() == 2
    again = tmp_path / "again.pdf"
    print_layout(layout, again, 300, Progress())
    assert text_of(again, "-raw").split() == text_of(first, "-raw").split()
    assert "武汉市 Wuhan" in text_of(again) and "9,000" in text_of(again)


def test_with_its_layout_go_the_cities_and_their_files(dataset: Path, project: Any, tmp_path: Path) -> None:
    from outbreak_atlas.plugin.bridge.layers import add_to_project
    from outbreak_atlas.ui.layout_layers import LayoutLayers

    layer = add_to_project(project, Path(shutil.copy(dataset, tmp_path / "data.gpkg")))
    before, files = set(project.mapLayers()), set(project.attachedFiles())
    follower = LayoutLayers(project)
    name = run("maplayout", INPUT=layer, TEMPLATE="city_atlas", CITIES="武汉;北京")["LAYOUT"]
    manager = project.layoutManager()
    assert len(set(project.attachedFiles()) - files) == 3  # a coverage and two curves
    manager.duplicateLayout(manager.layoutByName(name), "copy")
    manager.removeLayout(manager.layoutByName(name))
    assert manager.layoutByName("copy").atlas().updateFeatures() == 2
    manager.removeLayout(manager.layoutByName("copy"))
    assert set(project.mapLayers()) == before and set(project.attachedFiles()) == files
    follower.close()


def test_without_matplotlib_there_is_no_curve(dataset: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from outbreak_atlas.plugin.export import city_pages

    monkeypatch.setattr(city_pages, "missing_libraries", lambda names: names)
    made = make(dataset, ("Wuhan",))
    assert not made.layout.itemById("curve").isVisible() and not made.layout.itemById("cursor").isVisible()
    assert table(made, 0)["1,000 reached"] == "2020-02-05"


def test_cancel_stops_between_cities(dataset: Path) -> None:
    from outbreak_atlas.plugin.core.errors import Cancelled
    from outbreak_atlas.plugin.core.progress import CallbackProgress
    from outbreak_atlas.plugin.export import city_atlas
    from outbreak_atlas.plugin.export.layouts import Wanted
    from outbreak_atlas.plugin.export.templates import find_template
    from qgis.core import QgsProject

    made, asked = make(dataset, ("Wuhan",)), []
    wanted = Wanted(find_template("city_atlas"), made.scene, made.story, made.story.frame_at(None))
    progress = CallbackProgress(lambda share, message: asked.append(message), lambda: len(asked) >= 2)
    with pytest.raises(Cancelled):
        city_atlas.make_city_atlas(QgsProject.instance(), wanted, (), progress)
    assert len(asked) == 2


def main() -> int:
    """Draw the control anew; look at it."""
    import tempfile

    from session import start_qgis

    with tempfile.TemporaryDirectory() as folder:
        session = start_qgis(Path(folder, "profile"))
        made = make(load(Path(folder)), ("Wuhan", "黄冈", "Beijing", "境外输入"))
        made.layout.atlas().seekTo(1)
        made.layout.refresh()
        stage.picture(made.layout).save(str(_CONTROL))
        del session
    return 0


if __name__ == "__main__":
    import sys

    sys.path.insert(0, str(Path(__file__).resolve().parents[2] / ".ci"))
    sys.exit(main())
