"""The layout templates as pictures: against controls, ink in every place, nothing cut off, sizes in mm."""
from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import layout_stage as stage
import numpy as np
import pytest

if TYPE_CHECKING:
    from qgis.core import QgsApplication, QgsProject

SIZES_MM = {"a4_report": (297, 210), "journal_single": (85, 146), "journal_double": (180, 150),
            "film_16x9": (320, 180), "poster_a3": (420, 297)}
TEXTS = ("title", "date", "zone", "counts", "method", "source")
ITEMS = (*TEXTS, "map", "locator", "legend", "scalebar", "north", "curve")
#: Grey levels by which cells may differ, in the mean and the worst of them: other fonts give up to 0.2 and 35.
MEAN, WORST = 0.5, 50.0
LONG_TITLES = (
    "Confirmed cases of the novel coronavirus disease in the cities, prefectures and counties of mainland China, as "
    "reported by the provincial health commissions until the evening of the day before",
    "截至2020年2月12日各地新型冠状病毒肺炎确诊病例分布图（包括疑似病例与临床诊断病例以及所有境外输入病例的位置说明）",
)
LONG_FILTER = "Hubei and 23 other provinces: 武汉市, 黄冈市, 孝感市, 荆州市; hospitals, schools and stations only; " * 3


@pytest.fixture(scope="module")
def dataset(qgis_app: QgsApplication, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return stage.load(tmp_path_factory.mktemp("layouts"))


@pytest.fixture(scope="module", params=stage.NAMES)
def made(request: pytest.FixtureRequest, dataset: Path) -> Iterator[tuple[str, stage.Made, Any]]:
    """Every template, filled and drawn once."""
    filled = stage.make(request.param, dataset)
    yield request.param, filled, stage.picture(filled.layout)


def differences(image: Any, name: str) -> tuple[float, float]:
    one, other = (stage.blurred(drawn, SIZES_MM[name][0]) for drawn in (image, control_of(name)))
    if one.shape != other.shape:
        return 255.0, 255.0
    apart = np.abs(one - other).mean(axis=2)
    return float(apart.mean()), float(apart.max())


def control_of(name: str) -> Any:
    from qgis.PyQt.QtGui import QImage

    control = QImage(str(stage.CONTROLS / f"layout_{name}.png"))
    assert not control.isNull()
    return control


def is_like(image: Any, name: str) -> bool:
    mean, worst = differences(image, name)
    return mean < MEAN and worst < WORST


def test_looks_like_its_control(made: tuple[str, stage.Made, Any]) -> None:
    name, _, image = made
    mean, worst = differences(image, name)
    assert mean < MEAN, f"{name} differs from its control by {mean:.2f} on average: look at both"
    assert worst < WORST, f"{name} differs from its control by {worst:.0f} somewhere: look at both"


def test_a_page_without_its_map_legend_or_date_is_unlike_its_control(dataset: Path) -> None:
    filled = stage.make("a4_report", dataset)
    layout = filled.layout
    for name in ("map", "legend", "date", "locator", "counts", "title"):
        layout.itemById(name).setVisibility(False)
        assert not is_like(stage.picture(layout), "a4_report"), name
        layout.itemById(name).setVisibility(True)
    assert is_like(stage.picture(layout), "a4_report")


def test_the_page_measures_what_journals_and_films_ask(made: tuple[str, stage.Made, Any]) -> None:
    name, filled, _ = made
    size = filled.layout.pageCollection().page(0).pageSize()
    assert (size.width(), size.height()) == SIZES_MM[name]
    assert filled.layout.pageCollection().pageCount() == 1


def test_every_place_has_ink_and_lies_on_the_page(made: tuple[str, stage.Made, Any]) -> None:
    _, filled, image = made
    drawn = stage.pixels(image)
    page = filled.layout.pageCollection().page(0).rect().adjusted(-0.01, -0.01, 0.01, 0.01)
    for name in ITEMS:
        item = filled.layout.itemById(name)
        assert page.contains(item.mapRectToScene(item.rect())), name
        part = drawn[stage.box_of(filled.layout, name, image.width())]
        assert np.ptp(part.min(axis=2)) > 60, f"nothing is drawn in the place of {name}"


def test_places_do_not_overlap(made: tuple[str, stage.Made, Any]) -> None:
    """What stands on the map by intention apart."""
    _, filled, _ = made
    places = {}
    for name in ("map", "locator", "legend", "curve", *TEXTS):
        item = filled.layout.itemById(name)
        places[name] = item.mapRectToScene(item.rect()).adjusted(0.05, 0.05, -0.05, -0.05)
    hits = [(one, other) for one in places for other in places if one < other and places[one].intersects(places[other])]
    assert hits == []


def _lone(layout: Any, name: str) -> np.ndarray:
    """A picture of the page with this item only, true where it has ink."""
    from qgis.core import QgsLayoutItem

    shown = [item for item in layout.items() if isinstance(item, QgsLayoutItem) and item.isVisible()
             and item.id() and item.id() != name]
    for item in shown:
        item.setVisibility(False)
    page_mm = layout.pageCollection().page(0).pageSize().width()
    # Letters of few pixels are wider than those of print.
    ink = stage.pixels(stage.picture(layout, max(900, round(3.5 * page_mm)))).min(axis=2) < 200
    for item in shown:
        item.setVisibility(True)
    return ink


@pytest.mark.parametrize(("name", "title"), [
    *((name, LONG_TITLES[0]) for name in stage.NAMES), *((name, LONG_TITLES[1]) for name in stage.NAMES[1::2])])
def test_long_texts_stay_in_their_places(dataset: Path, name: str, title: str) -> None:
    from outbreak_atlas.plugin.export.templates import find_template, new_layout
    from qgis.core import QgsProject

    filled = stage.make(name, dataset, title=title, filter_words=LONG_FILTER,
                        metric_words="New clinically diagnosed or suspected patients, on the day")
    # Its item is as large as its content; what counts is the place that the template gives it.
    template = new_layout(QgsProject.instance(), find_template(name))
    for text in ("title", "source", "legend"):
        ink = _lone(filled.layout, text)
        inside = np.zeros_like(ink)
        inside[stage.box_of(template, text, ink.shape[1], rim_mm=1.0)] = True
        assert ink.any()
        assert not (ink & ~inside).any(), f"{text} of {name} leaves its place"


@pytest.mark.parametrize("name", stage.NAMES)
def test_no_letters_are_smaller_than_journals_take(qgis_app: QgsApplication, name: str) -> None:
    text = (Path(__file__).resolve().parents[2] / f"resources/layouts/{name}.qpt").read_text(encoding="utf-8")
    sizes = [float(size) for size in re.findall(r'fontSize="([\d.]+)"', text)]
    least = [float(size) for size in re.findall(r"max\(([\d.]+), min\(", text)]
    assert len(sizes) >= 10
    assert len(least) >= 4
    assert min(sizes + least) >= 6


@pytest.mark.parametrize("name", ("journal_single", "journal_double"))
def test_journals_get_no_title_band_or_frame_around_the_page(dataset: Path, name: str) -> None:
    """The figure fills the column from side to side, on white."""
    filled = stage.make(name, dataset)
    layout = filled.layout
    place = layout.itemById("map").mapRectToScene(layout.itemById("map").rect())
    assert place.left() < 0.2
    assert layout.pageCollection().page(0).pageSize().width() in (85, 180)
    image = stage.pixels(stage.picture(layout))
    assert (image[-3:] > 250).all()


@pytest.mark.parametrize("name", (*stage.NAMES, "city_atlas"))
def test_the_date_of_a_week_tells_both_ends(project: QgsProject, name: str) -> None:
    from outbreak_atlas.plugin.core.frames import Frame
    from outbreak_atlas.plugin.export.layouts import show_frame
    from outbreak_atlas.plugin.export.templates import find_template, main_map, new_layout
    from qgis.core import QgsExpressionContextUtils

    layout = new_layout(project, find_template(name))
    main_map(layout).setIsTemporal(True)
    for days, said in ((7, "2020-02-10 – 02-16"), (1, "2020-02-10")):
        QgsExpressionContextUtils.setLayoutVariable(layout, "oa_step_ms", str(days * stage.DAY_MS))
        show_frame(layout, Frame(0, 18_302 * stage.DAY_MS, (18_302 + days) * stage.DAY_MS))
        assert layout.itemById("date").currentText() == said


def test_the_date_the_counts_and_the_cursor_follow_the_map(made: tuple[str, stage.Made, Any]) -> None:
    from outbreak_atlas.plugin.export.layouts import show_frame

    _, filled, image = made
    layout, story = filled.layout, filled.story
    cursors = []
    for day in (1, 6):
        frame = story.frame_at(story.begin_ms + day * stage.DAY_MS)
        show_frame(layout, frame)
        assert layout.itemById("date").currentText() == f"2020-02-{3 + day:02d}"
        assert layout.itemById("counts").currentText() == story.counts[day]
        cursors.append(_cursor_share(layout, stage.pixels(stage.picture(layout, image.width()))))
    show_frame(layout, story.frame_at(story.begin_ms + 5 * stage.DAY_MS))
    steps = len(story.counts)
    assert cursors == pytest.approx([1.5 / steps, 6.5 / steps], abs=0.02)


def _cursor_share(layout: Any, drawn: np.ndarray) -> float:
    """How far right in the plot the dark red line stands."""
    part = drawn[stage.box_of(layout, "cursor", drawn.shape[1])]
    red = (part[:, :, 0] - part[:, :, 1] > 60) & (part[:, :, 0] - part[:, :, 2] > 60)
    columns = red.mean(axis=0)
    assert columns.max() > 0.4
    return float((np.argmax(columns) + 0.5) / len(columns))
