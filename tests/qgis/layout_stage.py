"""Layouts of a fixed small dataset for tests of templates; run as a script, it draws the control pictures anew."""
from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from movie_facts import pixels
from small_files import run

NAMES = ("a4_report", "journal_single", "journal_double", "film_16x9", "poster_a3")
CONTROLS = Path(__file__).resolve().parents[1] / "data" / "control"
TITLE, DAY_MS = "Confirmed cases 武汉市 and around", 86_400_000
WIDTH_PX, _CELL_MM = 640, 3
_HEADER = "time,city,province,lon,lat,confirmed,deaths\n"
#: Name, place, first count and daily growth.
_CITIES = (
    ("武汉市", 114.30, 30.60, 4000, 1.8), ("黄冈市", 114.87, 30.45, 300, 1.5), ("北京市", 116.40, 39.90, 30, 1.6),
    ("上海市", 121.47, 31.23, 20, 1.7), ("广州市", 113.26, 23.13, 15, 1.9), ("成都市", 104.07, 30.67, 9, 1.5),
    ("西安市", 108.94, 34.34, 3, 1.6), ("乌鲁木齐市", 87.62, 43.83, 1, 1.2), ("哈尔滨市", 126.53, 45.80, 0, 1.0),
)
_DAYS = 8


def load(folder: Path) -> Path:
    """The dataset as a GeoPackage."""
    rows = []
    for day in range(_DAYS):
        for name, lon, lat, first, growth in _CITIES:
            count = int(first * growth ** day)
            rows.append(f"2020-02-{3 + day:02d}T09:00:00+08:00,{name},China,{lon},{lat},{count},{count // 40}\n")
        rows.append(f"2020-02-{3 + day:02d}T09:00:00+08:00,Elsewhere,China,,,{7 + day},0\n")
    source = folder / "reports.csv"
    source.write_text(_HEADER + "".join(rows), encoding="utf-8")
    run("loaddataset", INPUT=[str(source)], DATUM="WGS84", OUTPUT=str(folder / "reports.gpkg"))
    return folder / "reports.gpkg"


@dataclass(frozen=True)
class Made:
    """A layout and what keeps its layers alive."""

    layout: Any
    scene: Any
    story: Any


def as_of_a_desktop(project: Any) -> None:
    """Let scale bars measure on the ellipsoid."""
    from qgis.core import QgsCoordinateReferenceSystem

    project.setCrs(QgsCoordinateReferenceSystem("EPSG:3857"))
    project.setEllipsoid("EPSG:7030")


def make(name: str, dataset: Path, day: int = 5, title: str = TITLE, **told: Any) -> Made:
    """A template filled as `maplayout` does it; `told` replaces parts of the story."""
    from outbreak_atlas.plugin.bridge.layers import open_layer
    from outbreak_atlas.plugin.bridge.story import read_story
    from outbreak_atlas.plugin.export.layouts import Wanted, make_layout
    from outbreak_atlas.plugin.export.scenes import scene_of_project
    from outbreak_atlas.plugin.export.templates import find_template
    from qgis.core import QgsProject

    layer = open_layer(dataset)
    story = replace(read_story(layer, None, None), **told)
    scene = scene_of_project(None, layer)
    frame = story.frame_at(story.begin_ms + day * DAY_MS)
    project = QgsProject.instance()
    as_of_a_desktop(project)
    return Made(make_layout(project, Wanted(find_template(name), scene, story, frame, title)), scene, story)


def picture(layout: Any, width_px: int = WIDTH_PX) -> Any:
    """The page as an image of this width."""
    from qgis.core import QgsLayoutExporter
    from qgis.PyQt.QtCore import QSize

    size = layout.pageCollection().page(0).pageSize()
    return QgsLayoutExporter(layout).renderPageToImage(
        0, QSize(width_px, round(width_px * size.height() / size.width())))


def blurred(image: Any, page_mm: float) -> np.ndarray:
    """The picture of a page so wide as cells, in which letters of one font are as grey as those of another."""
    from qgis.PyQt.QtCore import Qt

    cells = image.scaledToWidth(round(page_mm / _CELL_MM), Qt.TransformationMode.SmoothTransformation)
    return pixels(cells)


def box_of(layout: Any, name: str, width_px: int, rim_mm: float = 0.0) -> tuple[slice, slice]:
    """Rows and columns of an item in a picture of the page."""
    item = layout.itemById(name)
    page = layout.pageCollection().page(0).pageSize()
    scale = width_px / page.width()
    place = item.mapRectToScene(item.rect()).adjusted(-rim_mm, -rim_mm, rim_mm, rim_mm)
    left, top = max(0, round(place.left() * scale)), max(0, round(place.top() * scale))
    return slice(top, round(place.bottom() * scale)), slice(left, round(place.right() * scale))


def main() -> int:
    """Draw the controls."""
    import tempfile

    sys.path.insert(0, str(Path(__file__).resolve().parents[2] / ".ci"))
    from session import start_qgis

    with tempfile.TemporaryDirectory() as folder:
        session = start_qgis(Path(folder, "profile"))
        dataset = load(Path(folder))
        CONTROLS.mkdir(parents=True, exist_ok=True)
        for name in NAMES:
            made = make(name, dataset)
            picture(made.layout).save(str(CONTROLS / f"layout_{name}.png"))
        del session
    return 0


if __name__ == "__main__":
    sys.exit(main())
