"""Small multiples: the page against its control, its dates in the PDF, maps with times of their own, refusals."""
from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import layout_stage as stage
import panels_stage
import pdf_facts
import pytest
from small_files import run

if TYPE_CHECKING:
    from qgis.core import QgsApplication, QgsPrintLayout, QgsProject

DAYS = (0, 2, 4, 5, 7)
EVEN = [f"2020-02-{3 + day:02d}" for day in DAYS]
#: Grey levels by which pictures may differ: in the mean of cells, the worst of them, and the mean of an item's place.
MEAN, WORST, PLACE = 1.5, 60.0, 4.0
#: Ink of a text against the control's.
LEAST_INK, MOST_INK = 0.5, 2.0
PAGES_MM = {"a4_landscape": (297, 210), "a4_portrait": (210, 297), "a3_landscape": (420, 297)}


@pytest.fixture(scope="module")
def dataset(qgis_app: QgsApplication, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return stage.load(tmp_path_factory.mktemp("panels"))


@pytest.fixture(scope="module")
def made(dataset: Path) -> Iterator[stage.Made]:
    page = panels_stage.make(dataset)
    yield page
    panels_stage.close(page)


def text_of(layout: QgsPrintLayout, name: str) -> str:
    return str(layout.itemById(name).currentText())


def counted(day: int) -> str:
    """All cities and the places elsewhere on a day, from 0."""
    total = sum(int(first * growth ** day) for _, _, _, first, growth in stage._CITIES) + 7 + day
    return f"{total:,} confirmed"


def faults(layout: QgsPrintLayout) -> list[str]:
    """In what a page is unlike the control. Maps and curve are compared as pictures, letters by how much ink they
    have: another computer's are of another font."""
    from qgis.PyQt.QtGui import QImage

    image, control = panels_stage.picture(layout), QImage(str(panels_stage.CONTROL))
    one, other = panels_stage.cells(image), panels_stage.cells(control)
    assert one.shape == other.shape
    apart = abs(one - other).mean(axis=2)
    found = ["page"] if apart.mean() >= MEAN or apart.max() >= WORST else []
    drawn, wanted = stage.pixels(image), stage.pixels(control)
    for name in (*(f"panel_{number}" for number in range(1, 6)), "curve"):
        box = stage.box_of(layout, name, image.width())
        if abs(drawn[box] - wanted[box]).mean() >= PLACE:
            found.append(name)
    for name in ("title", "subtitle", "counts", "source", "method", "legend", "scalebar", "date_2", "count_2"):
        box = stage.box_of(layout, name, image.width(), rim_mm=0.5)
        ink, known = ((255 - part[box]).sum() for part in (drawn, wanted))
        if not LEAST_INK < ink / known < MOST_INK:
            found.append(name)
    return found


def output_of(dataset: Path, target: Path, **parameters: Any) -> dict[str, Any]:
    return run("smallmultiples", INPUT=f"{dataset}|layername=updates", OUTPUT=str(target), **parameters)


# The page


def test_looks_like_its_control(made: stage.Made) -> None:
    assert faults(made.layout) == []


@pytest.mark.parametrize("name", ["panel_1", "panel_5", "legend", "curve", "title", "counts", "scalebar", "date_2"])
def test_a_page_that_lacks_something_is_unlike_its_control(made: stage.Made, name: str) -> None:
    item = made.layout.itemById(name)
    item.setVisibility(False)
    try:
        assert name in faults(made.layout)
    finally:
        item.setVisibility(True)


def test_maps_differ_in_their_time_only(made: stage.Made) -> None:
    from outbreak_atlas.plugin.bridge.temporal import wall_ms
    from outbreak_atlas.plugin.export.small_multiples import panel_maps

    maps = panel_maps(made.layout)
    assert [one.id() for one in maps] == [f"panel_{number}" for number in range(1, 6)]
    assert len({one.extent().toString(3) for one in maps}) == 1
    assert {tuple(layer.id() for layer in one.layers()) for one in maps} == {
        tuple(layer.id() for layer in made.scene.layers)}
    assert all(one.isTemporal() and one.keepLayerSet() and one.extent().contains(made.scene.extent) for one in maps)
    begins = [wall_ms(one.temporalRange().begin()) for one in maps]
    assert [(begin - begins[0]) // stage.DAY_MS for begin in begins] == [0, 2, 4, 5, 7]
    assert {wall_ms(one.temporalRange().end()) - begin for one, begin in zip(maps, begins)} == {stage.DAY_MS}


def test_each_map_draws_its_own_day(made: stage.Made) -> None:
    image = panels_stage.picture(made.layout)
    drawn = stage.pixels(image)
    # Wuhan's circle, dark and large at the end only.
    dark = [int((drawn[stage.box_of(made.layout, f"panel_{number}", image.width())].min(axis=2) < 130).sum())
            for number in range(1, 6)]
    assert dark[4] > 3 * max(dark[0], 1)


def test_date_count_and_mark_follow_a_map_that_is_given_another_time(made: stage.Made) -> None:
    from outbreak_atlas.plugin.bridge.temporal import as_utc, wall_ms
    from qgis.core import QgsDateTimeRange

    layout, third = made.layout, made.layout.itemById("panel_3")
    assert [text_of(layout, f"date_{number}") for number in range(1, 6)] == EVEN
    assert [text_of(layout, f"count_{number}") for number in range(1, 6)] == [counted(day) for day in DAYS]
    before, was = stage.pixels(panels_stage.picture(layout)), third.temporalRange()
    begin = wall_ms(was.begin()) + 2 * stage.DAY_MS
    third.setTemporalRange(QgsDateTimeRange(as_utc(begin), as_utc(begin + stage.DAY_MS), True, False))
    try:
        assert text_of(layout, "date_3") == "2020-02-09"
        assert text_of(layout, "count_3") == counted(6)
        layout.refresh()
        changed = abs(stage.pixels(panels_stage.picture(layout)) - before).max(axis=2) > 40
        assert changed[stage.box_of(layout, "marks", changed.shape[1])].any()
        assert not changed[stage.box_of(layout, "panel_2", changed.shape[1])].any()
    finally:
        third.setTemporalRange(was)
        layout.refresh()


def test_the_last_count_is_told_in_full_with_what_has_no_location(made: stage.Made) -> None:
    told = text_of(made.layout, "counts")
    assert told.startswith("2020-02-10: 253,228 confirmed")
    assert "14 without a location" in told


@pytest.mark.parametrize("panels", [2, 8])
@pytest.mark.parametrize("page", ["a4_landscape", "a4_portrait", "a3_landscape", "journal_double"])
def test_nothing_leaves_the_page_or_stands_on_another(dataset: Path, page: str, panels: int) -> None:
    made = panels_stage.make(dataset, panels, page)
    layout = made.layout
    size = layout.pageCollection().page(0).pageSize()
    if page in PAGES_MM:
        assert (size.width(), size.height()) == PAGES_MM[page]
    else:
        assert size.width() == 180 and 80 < size.height() <= 225
    names = ["title", "subtitle", "scalebar", "legend", "curve", "counts", "source", "method", *(
        f"{kind}_{number + 1}" for kind in ("panel", "date", "count") for number in range(panels))]
    items = [layout.itemById(name) for name in names]
    places = {item.id(): item.mapRectToScene(item.rect()).adjusted(0.05, 0.05, -0.05, -0.05) for item in items}
    paper = layout.pageCollection().page(0).rect()
    assert [name for name, place in places.items() if not paper.contains(place)] == []
    hits = [(one, other) for one in places for other in places if one < other and places[one].intersects(places[other])]
    assert hits == []
    for name in names:
        if name.startswith(("date_", "count_")):
            letters = layout.itemById(name)
            assert letters.sizeForText().width() <= letters.rect().width() + 0.5, f"{name} is cut off"
    panels_stage.close(made)


# Files


@pytest.mark.skipif(not shutil.which("pdftotext"), reason="poppler's programs are not here")
def test_the_pdf_holds_every_date_as_text_and_measures_a4(dataset: Path, tmp_path: Path) -> None:
    target = tmp_path / "片 panels.pdf"
    found = output_of(dataset, target, PANELS=5, TITLE=stage.TITLE)
    assert found["PANELS"] == 5
    assert found["DATES"] == ", ".join(EVEN)
    words = pdf_facts.text_of(target)
    for expected in (*EVEN, *map(counted, DAYS), "Confirmed cases 武汉市 and around", "Asia/Shanghai", "reports.csv"):
        assert expected in words, expected
    assert pdf_facts.page_mm(target) == pytest.approx((297, 210), abs=0.3)
    sidecar = json.loads(target.with_suffix(".json").read_text(encoding="utf-8"))
    assert [frame["from"][:10] for frame in sidecar["frames"]] == EVEN
    assert "2020-02-03" in found["METHODS"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["片 panels.json", "片 panels.pdf"]


def test_png_and_svg_and_no_sidecar(dataset: Path, tmp_path: Path) -> None:
    from qgis.PyQt.QtGui import QImage

    output_of(dataset, tmp_path / "a.png", PANELS=2, PAGE="journal_double", DPI=100, SIDECAR=False)
    assert QImage(str(tmp_path / "a.png")).width() in (708, 709)  # of 180 mm
    output_of(dataset, tmp_path / "a.svg", PANELS=2, SIDECAR=False)
    svg = (tmp_path / "a.svg").read_text(encoding="utf-8")
    assert ">2020-02-03<" in svg and ">2020-02-10<" in svg
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.png", "a.svg"]


# Dates


@pytest.mark.parametrize(("parameters", "dates"), [
    ({"DATES": "2020-02-06, 2020-02-04T12:00;2020-02-06T08:00"}, "2020-02-04, 2020-02-06"),
    ({"SPREAD": "week"}, "2020-02-09, 2020-02-10"),
    ({"PANELS": 30}, ", ".join(f"2020-02-{day:02d}" for day in range(3, 11))),
    ({"PANELS": 2, "FROM": "2020-02-04", "TO": "2020-02-08"}, "2020-02-04, 2020-02-07"),
])
def test_dates(
    dataset: Path, project: QgsProject, parameters: dict[str, Any], dates: str
) -> None:
    found = run("smallmultiples", INPUT=f"{dataset}|layername=updates", **parameters)
    assert found["DATES"] == dates
    assert found["PANELS"] == dates.count(",") + 1
    layout = project.layoutManager().layoutByName(found["LAYOUT"])
    assert text_of(layout, f"date_{found['PANELS']}") == dates.split(", ")[-1]


@pytest.mark.parametrize(("parameters", "sentence"), [
    ({"DATES": "2020-02-05, 2021-02-05"},
     "2021-02-05 is outside the dataset, which runs from 2020-02-03 to 2020-02-10"),
    ({"DATES": "2020-02-05, soon"}, "“soon” in DATES is no date: write dates of the dataset, 2020-02-03 to 2020-02-10"),
    ({"DATES": "2020-02-05", "FROM": "2020-02-06"}, "2020-02-05 is outside the period of the publication"),
    ({"FROM": "2020-02-09", "TO": "2020-02-04"}, "is not before TO"),
    ({"METRIC": "beds"}, "no count “beds”"),
    ({"DPI": 5}, "DPI is 5"),
])
def test_refusals_name_what_is_wrong(
    dataset: Path, project: QgsProject, tmp_path: Path, parameters: dict[str, Any], sentence: str
) -> None:
    from qgis.core import QgsProcessingException

    with pytest.raises(QgsProcessingException, match=re.escape(sentence)):
        output_of(dataset, tmp_path / "p.pdf", **parameters)
    assert list(tmp_path.iterdir()) == []
    assert project.layoutManager().layouts() == []


# Counts, and the project


def test_another_count_is_drawn_by_classes_of_its_own_and_the_project_stays(
    dataset: Path, project: QgsProject
) -> None:
    from outbreak_atlas.plugin.bridge.layers import add_to_project
    from outbreak_atlas.plugin.bridge.metric_styles import shown_by
    from outbreak_atlas.plugin.bridge.temporal import layer_way

    layer = add_to_project(project, dataset)
    before = shown_by(layer), layer_way(layer), layer.subsetString(), project.layerTreeRoot().findLayerIds()
    found = run("smallmultiples", INPUT=layer, METRIC="new_deaths", PANELS=3)
    assert (shown_by(layer), layer_way(layer), layer.subsetString(), project.layerTreeRoot().findLayerIds()) == before
    layout = project.layoutManager().layoutByName(found["LAYOUT"])
    drawn = layout.itemById("panel_1").layers()[0]
    assert drawn is not layer
    assert drawn.flags() & drawn.LayerFlag.Private
    assert shown_by(drawn) == ("step_new_deaths", False)
    assert drawn.renderer().ranges()[-1].upperValue() >= 111_906 // 40 - 10
    assert text_of(layout, "count_3") == "+2,798 deaths"
    assert "deaths" in text_of(layout, "subtitle")


def test_a_page_in_the_project_is_whole_when_the_project_is_opened_again(
    dataset: Path, project: QgsProject, tmp_path: Path
) -> None:
    from outbreak_atlas.plugin.bridge.layers import add_to_project

    layer = add_to_project(project, dataset)
    found = run("smallmultiples", INPUT=layer, PANELS=4)
    picture = stage.pixels(panels_stage.picture(project.layoutManager().layoutByName(found["LAYOUT"])))
    project.write(str(tmp_path / "p.qgz"))
    project.clear()
    project.read(str(tmp_path / "p.qgz"))
    again = project.layoutManager().layoutByName(found["LAYOUT"])
    assert abs(stage.pixels(panels_stage.picture(again)) - picture).mean() < 1.0
    assert text_of(again, "date_4") == "2020-02-10"
