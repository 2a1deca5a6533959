"""Map layout: in the project and as PDF, PNG and SVG, with what it is made of; and what it refuses."""
from __future__ import annotations

import json
import os
import re
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dock_dataset as truth
import pytest
from heat_points import left_in
from pdf_facts import ask, page_mm, text_of
from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsLayoutItemLegend,
    QgsLayoutItemMap,
    QgsLayoutItemPicture,
    QgsMapLayer,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsProject,
    QgsReadWriteContext,
    QgsRectangle,
    QgsVectorLayer,
)
from small_files import run, write_reports

PROBE = Path(__file__).resolve().parent / "layout_probe.py"
AT, FRAME = "2020-02-15", truth.START + 12 * truth.DAY
COUNTS = "840 confirmed"


@pytest.fixture
def source(project: QgsProject, dock_file: Path) -> str:
    return f"{dock_file}|layername=updates"


def made(source: Any, **more: Any) -> dict[str, Any]:
    return run("maplayout", INPUT=source, AT=AT, **more)


def refusal(source: Any, **more: Any) -> str:
    with pytest.raises(QgsProcessingException) as caught:
        run("maplayout", INPUT=source, **more)
    said = str(caught.value)
    assert "Traceback" not in said
    return said


@pytest.fixture
def layout(source: str) -> Iterator[Any]:
    """A layout that was kept in the project."""
    made(source, TITLE="武汉市 2020")
    yield QgsProject.instance().layoutManager().printLayouts()[0]


def test_the_layout_is_kept_with_a_layer_of_its_own(layout: Any) -> None:
    shown = layout.itemById("map")
    assert shown.isTemporal() and shown.keepLayerSet()
    assert shown.temporalRange().begin().toMSecsSinceEpoch() == FRAME
    assert shown.temporalRange().end().toMSecsSinceEpoch() == FRAME + truth.DAY
    kept = list(QgsProject.instance().mapLayers().values())
    assert {layer.name() for layer in shown.layers()} == {layer.name() for layer in kept} == {"data", "World map"}
    assert all(layer.flags() & QgsMapLayer.LayerFlag.Private for layer in kept)
    assert all(layer.customProperty("outbreak_atlas/layout") == layout.name() for layer in kept)
    assert QgsProject.instance().layerTreeRoot().findLayers() == []


def test_its_words_are_those_of_the_date(layout: Any) -> None:
    total = truth.chosen("confirmed").iloc[12].sum()
    assert layout.itemById("date").currentText() == AT
    assert layout.itemById("counts").currentText().startswith(f"{total:,.0f} confirmed from 8 places (")
    assert layout.itemById("title").currentText() == "武汉市 2020"
    assert "data.csv" in layout.itemById("source").currentText() + layout.itemById("method").currentText()


def test_the_legend_names_only_the_dataset(layout: Any) -> None:
    legend = layout.itemById("legend")
    assert isinstance(legend, QgsLayoutItemLegend) and not legend.autoUpdateModel()
    assert [node.name() for node in legend.model().rootGroup().findLayers()] == ["data"]


def test_the_curve_is_drawn_as_lines_and_written_as_labels(layout: Any) -> None:
    curve = layout.itemById("curve")
    assert isinstance(curve, QgsLayoutItemPicture) and not curve.isMissingImage()
    assert curve.mode() == type(curve.mode()).SVG
    words = {item.text() for item in layout.items() if getattr(item, "id", str)().startswith("curve text ")}
    assert {"new per day", "total", "— 7-day mean"} <= words
    assert curve.parentGroup() is layout.itemById("curve text total").parentGroup()


def test_the_scale_bar_fits_its_map(layout: Any) -> None:
    bar, shown = layout.itemById("scalebar"), layout.itemById("map")
    assert bar.linkedMap() is shown
    assert 0.05 * shown.rect().width() < bar.rect().width() < 0.4 * shown.rect().width()
    assert bar.unitLabel() == "km" and bar.unitsPerSegment() % 50 == 0


def test_filtering_afterwards_does_not_change_it(layout: Any) -> None:
    shown = next(layer for layer in layout.itemById("map").layers() if layer.name() == "data")
    other = QgsVectorLayer(shown.source(), "data", "ogr")
    other.setSubsetString("\"city\" = 'Wuhan'")
    assert shown.subsetString() == ""


def test_a_saved_project_opens_with_all_of_it(layout: Any, tmp_path: Path) -> None:
    project = QgsProject.instance()
    assert project.write(str(tmp_path / "saved.qgz"))
    project.clear()
    assert project.read(str(tmp_path / "saved.qgz"))
    again = project.layoutManager().printLayouts()[0]
    assert again.itemById("curve").mode() == type(again.itemById("curve").mode()).SVG
    assert again.itemById("counts").currentText() and again.itemById("date").currentText() == AT
    legend = again.itemById("legend").model().rootGroup().findLayers()
    assert [node.layer().name() for node in legend] == ["data"]
    assert {layer.name() for layer in again.itemById("map").layers()} == {"data", "World map"}


def test_a_layout_serves_as_template_and_names_are_free(layout: Any, source: str) -> None:
    labels = sum(getattr(item, "id", str)().startswith("curve text ") for item in layout.items())
    again = run("maplayout", INPUT=source, TEMPLATE=layout.name().upper(), AT="2020-02-20")
    second = QgsProject.instance().layoutManager().layoutByName(again["LAYOUT"])
    assert again["LAYOUT"] != layout.name() and second.itemById("date").currentText() == "2020-02-20"
    assert layout.itemById("date").currentText() == AT
    assert sum(getattr(item, "id", str)().startswith("curve text ") for item in second.items()) == labels
    third = run("maplayout", INPUT=source, TEMPLATE=layout.name(), AT="2020-02-20")["LAYOUT"]
    assert third not in (again["LAYOUT"], layout.name())


def test_a_pdf_has_its_texts_as_text(source: str, tmp_path: Path) -> None:
    folder = tmp_path / "two words 'quoted'"
    folder.mkdir()
    target = folder / "武汉.pdf"
    found = made(source, TITLE="Confirmed 武汉市 确诊", TEMPLATE="journal_double.QPT", OUTPUT=str(target))
    text = text_of(target)
    for words in ("Confirmed 武汉市 确诊", AT, "Asia/Shanghai", found["COUNTS"], "new per day", "data.csv"):
        assert words in text, words
    assert page_mm(target)[0] == pytest.approx(180, abs=0.3)
    fonts = ask("pdffonts", str(target))
    assert len(fonts.splitlines()) > 3 and " yes " in fonts
    images = ask("pdfimages", "-list", str(target))
    assert len(images.splitlines()) == 2  # only its heading: nothing was made pixels
    assert left_in(folder) == ["武汉.json", "武汉.pdf"]
    assert QgsProject.instance().mapLayers() == {} and found["LAYOUT"] == ""
    assert found["AT_USED"] == AT and QgsProject.instance().layoutManager().printLayouts() == []


def test_a_png_has_the_pixels_that_its_dpi_asks_for(source: str, tmp_path: Path) -> None:
    from qgis.PyQt.QtGui import QImage

    made(source, TEMPLATE="journal_single", DPI=100, OUTPUT=str(tmp_path / "a.PNG"), SIDECAR=False)
    image = QImage(str(tmp_path / "a.PNG"))
    assert image.width() == pytest.approx(85 / 25.4 * 100, abs=1)
    assert image.dotsPerMeterX() == pytest.approx(100 / 0.0254, abs=1)
    assert left_in(tmp_path) == ["a.PNG", "data.gpkg"]


def test_an_svg_has_its_texts_as_text(source: str, tmp_path: Path) -> None:
    found = made(source, OUTPUT=str(tmp_path / "a.svg"), TITLE="标题")
    drawing = (tmp_path / "a.svg").read_text(encoding="utf-8")
    for words in ("<text", "标题", AT, "new per day", "Asia/Shanghai", "840" if "840" in found["COUNTS"] else "8"):
        assert words in drawing, words
    assert float(re.search(r'width="([\d.]+)mm"', drawing)[1]) == pytest.approx(297, abs=0.3)


def test_the_sidecar_tells_what_it_is_made_of(source: str, tmp_path: Path, dock_file: Path) -> None:
    found = made(f"{source}|subset=\"province\" = 'Hubei'", OUTPUT=str(tmp_path / "a.pdf"))
    told = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))
    total = truth.chosen("confirmed", lambda place: place.province == "Hubei").iloc[12].sum()
    counts = {one["metric"]: one for one in told["frames"][0]["counts"]}
    assert counts["confirmed"]["total"] == total and counts["deaths"]["known"] == 1
    assert found["METHODS"] == told["methods"] and "province\" = 'Hubei'" in told["methods"]
    assert told["sources"][0]["name"] == "data.csv" and len(told["sources"][0]["sha256"]) == 64
    assert told["parameters"]["OUTPUT"] == "a.pdf" and told["parameters"]["INPUT"].startswith("data.gpkg|layername=")
    assert str(tmp_path) not in (tmp_path / "a.json").read_text(encoding="utf-8")
    assert told["parameters"]["AT"] == AT and told["filter"]["own"] == "\"province\" = 'Hubei'"
    assert set(told["versions"]) == {"Outbreak Atlas", "QGIS", "Qt", "GDAL", "Python"}
    assert (told["frames"][0]["from"], told["frames"][0]["to"]) == (f"{AT}T00:00", "2020-02-16T00:00")


def test_somebody_elses_json_stays(source: str, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("[1]")
    made(source, OUTPUT=str(tmp_path / "a.svg"))
    made(source, OUTPUT=str(tmp_path / "a.svg"))
    assert (tmp_path / "a.json").read_text() == "[1]"
    assert left_in(tmp_path) == ["a.json", "a.svg", "a.svg.json", "data.gpkg"]


def test_the_projects_layers_and_view_are_shown_and_left_alone(source: str, tmp_path: Path) -> None:
    from outbreak_atlas.plugin.bridge.layers import add_to_project

    project = QgsProject.instance()
    layer = add_to_project(project, Path(source.partition("|")[0]))
    hidden = QgsVectorLayer("Point?crs=EPSG:4326", "hidden", "memory")
    project.addMapLayer(hidden)
    project.layerTreeRoot().findLayer(hidden.id()).setItemVisibilityChecked(False)
    before = layer.subsetString(), layer.renderer().dump(), sorted(project.mapLayers())
    made(layer, METRIC="new_deaths", OUTPUT=str(tmp_path / "a.pdf"))
    assert (layer.subsetString(), layer.renderer().dump(), sorted(project.mapLayers())) == before
    made(layer, METRIC="new_deaths", OUTPUT=str(tmp_path / "a.pdf"), ADD_TO_PROJECT=True)
    shown = project.layoutManager().printLayouts()[0].itemById("map")
    assert [one.name() for one in shown.layers()] == ["data", "World map"] and layer not in shown.layers()
    assert shown.layers()[0].renderer().classAttribute() == "step_new_deaths"
    assert len(project.mapLayers()) == len(before[2]) + 1
    assert layer.renderer().dump() == before[1]


def test_the_view_can_be_given(source: str) -> None:
    made(source, EXTENT="113,115,29,31 [EPSG:4326]")
    layout = QgsProject.instance().layoutManager().printLayouts()[0]
    shown = layout.itemById("map")
    assert "beyond the map's edge" in layout.itemById("method").currentText()
    assert shown.extent().contains(shown.extent().center()) and shown.crs().authid() == "EPSG:3857"
    assert shown.extent().center().x() == pytest.approx(114 * 111_319.49, rel=1e-3)
    assert shown.extent().height() < 400_000


@pytest.mark.parametrize(("crs", "has_bar"), [("EPSG:3857", True), ("", False)])
def test_a_script_s_project_has_true_bars_or_none(crs: str, has_bar: bool, source: str, tmp_path: Path) -> None:
    project = QgsProject.instance()
    project.addMapLayer(QgsVectorLayer(source, "data", "ogr"))
    project.setCrs(QgsCoordinateReferenceSystem(crs))
    project.setEllipsoid("NONE")
    made(source, OUTPUT=str(tmp_path / "a.svg"))
    assert project.ellipsoid() == "NONE" and project.crs().authid() == crs
    made(source)
    layout = project.layoutManager().printLayouts()[0]
    assert layout.itemById("scalebar").isVisible() == has_bar
    assert project.ellipsoid() == ("EPSG:7030" if has_bar else "NONE")


def test_a_map_of_all_places_speaks_of_no_others_and_its_bar_measures_on_the_ellipsoid(
    source: str, tmp_path: Path
) -> None:
    from outbreak_atlas.plugin.export.scenes import is_measurable

    project = QgsProject.instance()
    made(source, OUTPUT=str(tmp_path / "a.svg"))
    assert not project.crs().isValid() and not project.isDirty()
    made(source)
    layout = project.layoutManager().printLayouts()[0]
    assert "beyond" not in layout.itemById("method").currentText()
    assert project.ellipsoid() == "EPSG:7030" and layout.itemById("scalebar").isVisible()
    shown = layout.itemById("map")
    for left, right, expected in ((60, 150, True), (170, 250, True), (-179, 179, False), (-200, 200, False)):
        shown.zoomToExtent(QgsRectangle(left * 111_319.49, 4e6, right * 111_319.49, 4.1e6))
        assert is_measurable(shown) == expected


def test_the_legend_of_heat_tells_the_radius_at_the_layouts_scale(source: str) -> None:
    from outbreak_atlas.plugin.bridge.heat import show_heat
    from outbreak_atlas.plugin.bridge.layers import add_to_project
    from outbreak_atlas.plugin.core.heatsums import HeatLevel, level_at

    project = QgsProject.instance()
    layer = add_to_project(project, Path(source.partition("|")[0]))
    levels = (HeatLevel(300_000, 1e8, 900), HeatLevel(100_000, 1e6, 400), HeatLevel(1_000, 0, 100))
    show_heat(layer, "confirmed", "confirmed", False, levels, 0.0, 1e9)
    made(layer, EXTENT="113,115,29,31 [EPSG:4326]")
    shown = project.layoutManager().printLayouts()[0].itemById("map")
    level = level_at(levels, shown.scale())
    assert level.radius_m == 100_000
    assert shown.layers()[0].renderer().legendSettings().maximumLabel().endswith("400 confirmed within 100 km")


def test_without_matplotlib_the_layout_has_no_curve_and_says_so(
    source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    feedback = Warnings()
    import processing

    processing.run("outbreakatlas:maplayout", {"INPUT": source, "AT": AT}, feedback=feedback)
    kept = QgsProject.instance().layoutManager().printLayouts()[0]
    assert not kept.itemById("curve").isVisible() and not kept.itemById("cursor").isVisible()
    assert kept.itemById("counts").currentText()
    assert any("no curve" in said and "matplotlib" in said for said in feedback.said)


class Warnings(QgsProcessingFeedback):
    """Keeps what it is warned of; cancelled at once if asked to be."""

    def __init__(self) -> None:
        super().__init__(False)
        self.said: list[str] = []

    def pushWarning(self, warning: str) -> None:  # noqa: N802 - Qt's name
        self.said.append(warning)


# What it refuses


@pytest.mark.parametrize(("wrong", "words"), [
    ({"AT": "2021-01-01"}, ["2021-01-01 is outside the dataset", "2020-02-03", "2020-03-13"]),
    ({"AT": "2020-02-04", "FROM": "2020-02-10"}, ["2020-02-04 is outside the period", "2020-02-10"]),
    ({"AT": "yesterday"}, ["AT"]),
    ({"FROM": "2020-03-01", "TO": "2020-02-01"}, ["FROM (2020-03-01) is not before TO"]),
    ({"METRIC": "beds"}, ["no count “beds”", "confirmed, deaths"]),
    ({"TEMPLATE": "a5"}, ["a5", "a4_report"]),
    ({"CITIES": "Wuhan"}, ["CITIES", "city_atlas"]),
    ({"OUTPUT": "map.docx"}, ["PDF, PNG or SVG", "map.docx"]),
    ({"OUTPUT": "map"}, ["PDF, PNG or SVG"]),
    ({"OUTPUT": "map.png", "DPI": 0}, ["DPI is 0"]),
    ({"OUTPUT": "map.png", "DPI": 1e9}, ["DPI is 1e+09"]),
    ({"OUTPUT": "none/map.pdf"}, ["none", "does not exist"]),
    ({"OUTPUT": "data.gpkg"}, ["over its own dataset data.gpkg"]),
])
def test_wrong_input_is_named(source: str, tmp_path: Path, wrong: dict[str, Any], words: list[str]) -> None:
    if "OUTPUT" in wrong:
        wrong = {**wrong, "OUTPUT": str(tmp_path / wrong["OUTPUT"])}
    said = refusal(source, **wrong)
    for word in words:
        assert word in said, (word, said)
    assert left_in(tmp_path) == ["data.gpkg"]
    assert QgsProject.instance().layoutManager().printLayouts() == []
    assert QgsProject.instance().mapLayers() == {}


@pytest.mark.parametrize(("content", "words"), [
    ("<Layout", "broken"), ("<qgis></qgis>", "broken"), ('<Layout name="x" printResolution="300"></Layout>', "no map"),
    ("", "broken")])
def test_a_template_that_is_broken_or_lacks_a_map(source: str, tmp_path: Path, content: str, words: str) -> None:
    (tmp_path / "own.qpt").write_text(content)
    assert words in refusal(source, TEMPLATE=str(tmp_path / "own.qpt"), OUTPUT=str(tmp_path / "a.pdf"))
    assert left_in(tmp_path) == ["data.gpkg", "own.qpt"]


def test_a_template_with_a_map_alone_will_do(layout: Any, source: str, tmp_path: Path) -> None:
    for item in list(layout.items()):
        if getattr(item, "id", None) is not None and not isinstance(item, QgsLayoutItemMap):
            layout.removeLayoutItem(item)
    layout.itemById("map").setId("")
    layout.removeLayoutItem(layout.itemById("locator"))
    layout.saveAsTemplate(str(tmp_path / "own.qpt"), QgsReadWriteContext())
    made(source, TEMPLATE=str(tmp_path / "own"), OUTPUT=str(tmp_path / "a.png"), DPI=30)
    assert (tmp_path / "a.png").stat().st_size > 1000


def test_a_place_where_nobody_may_write(source: str, tmp_path: Path) -> None:
    (tmp_path / "a.pdf").mkdir()
    said = refusal(source, OUTPUT=str(tmp_path / "a.pdf"))
    assert "a.pdf" in said and "folder" in said
    assert left_in(tmp_path) == ["a.pdf", "data.gpkg"] and left_in(tmp_path / "a.pdf") == []


@pytest.mark.parametrize(("suffix", "kilobytes"), [(".pdf", 0), (".pdf", 20), (".png", 20), (".svg", 20)])
def test_a_full_disk_leaves_the_old_file(source: str, tmp_path: Path, suffix: str, kilobytes: int) -> None:
    target = tmp_path / f"a{suffix}"
    target.write_text("old")
    before, limits = signal.signal(signal.SIGXFSZ, signal.SIG_IGN), resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (kilobytes * 1000, limits[1]))
    try:
        said = refusal(source, AT=AT, TEMPLATE="journal_single", OUTPUT=str(target))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, before)
    assert "could not be written" in said or "cannot be written" in said
    assert target.read_text() == "old" and left_in(tmp_path) == sorted([target.name, "data.gpkg"])


def test_a_cancelled_one_leaves_nothing(source: str, tmp_path: Path) -> None:
    import processing

    feedback = QgsProcessingFeedback(False)
    feedback.cancel()
    processing.run("outbreakatlas:maplayout", {"INPUT": source, "AT": AT, "OUTPUT": str(tmp_path / "a.pdf")},
                   context=QgsProcessingContext(), feedback=feedback)
    assert left_in(tmp_path) == ["data.gpkg"]


def test_a_dataset_without_zone_or_points(project: QgsProject, tmp_path: Path) -> None:
    rows = (("2020-02-03 08:00", "Wuhan", "Hubei", "", "", "100", ""),)
    loaded = run("loaddataset", INPUT=[str(write_reports(tmp_path / "bare.csv", rows))], DATUM="WGS84",
                 COLUMNS="lon=lon;lat=lat", OUTPUT=str(tmp_path / "bare.gpkg"))
    run("maplayout", INPUT=loaded["OUTPUT"], OUTPUT=str(tmp_path / "a.pdf"))
    text = text_of(tmp_path / "a.pdf")
    assert "time as written" in text and "100 without a location" in text


@pytest.mark.parametrize("zone", ["America/Los_Angeles"])
def test_date_counts_and_cursor_are_the_same_everywhere(dock_file: Path, zone: str) -> None:
    done = subprocess.run(
        [sys.executable, str(PROBE), str(dock_file)],
        env={**os.environ, "TZ": zone}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    for day, date in (("0", "2020-02-03"), ("12", AT), ("39", "2020-03-13")):
        assert found["said"][day] == [date, found["counts"][int(day)], float(day)]
