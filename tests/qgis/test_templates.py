"""Layout templates: how they are named, found, read and refused, and that the files are what their script writes."""
from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

SHIPPED = ("a4_report", "journal_single", "journal_double", "film_16x9", "poster_a3")


def test_the_shipped_ones_are_there_with_words_for_people(project: Any) -> None:
    from outbreak_atlas.plugin.export.templates import shipped_templates

    found = shipped_templates()
    assert {template.name for template in found} >= set(SHIPPED)
    assert found[0].name == "a4_report"
    assert all(template.title and template.title != template.name for template in found)


@pytest.mark.parametrize("text", ("film_16x9", "FILM_16X9", "film_16x9.qpt", " Film_16x9.QPT "))
def test_a_name_is_found_in_any_case_and_with_its_ending(project: Any, text: str) -> None:
    from outbreak_atlas.plugin.export.templates import find_template

    assert find_template(text).name == "film_16x9"


def test_a_file_is_found_with_and_without_its_ending_in_any_folder(project: Any, tmp_path: Path) -> None:
    from outbreak_atlas.plugin.export.templates import find_template, main_map, new_layout, shipped_templates

    folder = tmp_path / "我的 模板 'x'"
    folder.mkdir()
    own = folder / "own.qpt"
    own.write_bytes(shipped_templates()[0].path.read_bytes())
    for text in (str(own), str(own.with_suffix("")), f'"{own}"'):
        template = find_template(text)
        assert template.path == own
        assert main_map(new_layout(project, template)).id() == "map"


def test_a_layout_of_the_project_serves_as_one_and_is_not_changed(project: Any) -> None:
    from outbreak_atlas.plugin.export.templates import find_template, main_map, new_layout

    kept = new_layout(project, find_template("a4_report"))
    kept.setName("My Page")
    project.layoutManager().addLayout(kept)
    made = new_layout(project, find_template("my page", project))
    made.removeLayoutItem(made.itemById("legend"))
    assert kept.itemById("legend") is not None
    assert main_map(made) is not main_map(kept)
    assert len(project.layoutManager().layouts()) == 1


def test_layouts_of_names_that_differ_in_case_or_are_shipped_ones_are_told_apart(project: Any) -> None:
    from outbreak_atlas.plugin.export.templates import find_template, new_layout, template_of_project
    from qgis.core import QgsLayoutSize

    for width_mm, name in ((100, "Report"), (110, "report"), (120, "film_16x9")):
        kept = new_layout(project, find_template("a4_report"))
        kept.setName(name)
        kept.pageCollection().page(0).setPageSize(QgsLayoutSize(width_mm, 90))
        project.layoutManager().addLayout(kept)
    found = [find_template(name, project) for name in ("Report", "report", "REPORT")]
    assert [template.name for template in found] == ["Report", "report", "Report"]
    assert not find_template("film_16x9", project).is_of_project
    for width_mm, name in ((110, "report"), (120, "film_16x9")):
        made = new_layout(project, template_of_project(name))
        assert made.pageCollection().page(0).pageSize().width() == width_mm


@pytest.mark.parametrize("text", ("", "no_such", "/no/such/file.qpt"))
def test_an_unknown_name_is_refused_with_those_there_are(project: Any, text: str) -> None:
    from outbreak_atlas.plugin.core.errors import AtlasError
    from outbreak_atlas.plugin.export.templates import find_template

    with pytest.raises(AtlasError, match=r"a4_report, journal_single.*\.qpt"):
        find_template(text)


@pytest.mark.parametrize("content", (b"", b"<Layout", b"<qgis/>", b"\x00\xff\xfe", b"<!DOCTYPE x><html></html>"))
def test_a_broken_file_is_refused_by_its_name(project: Any, tmp_path: Path, content: bytes) -> None:
    from outbreak_atlas.plugin.core.errors import AtlasError
    from outbreak_atlas.plugin.export.templates import find_template, new_layout

    broken = tmp_path / "broken.qpt"
    broken.write_bytes(content)
    with pytest.raises(AtlasError, match=r"broken\.qpt is not a layout template"):
        new_layout(project, find_template(str(broken)))


def test_one_without_a_map_is_refused_and_of_several_the_largest_is_the_main_one(project: Any, tmp_path: Path) -> None:
    from outbreak_atlas.plugin.core.errors import AtlasError
    from outbreak_atlas.plugin.export.templates import find_template, main_map, new_layout
    from qgis.core import QgsReadWriteContext

    layout = new_layout(project, find_template("a4_report"))
    large = layout.itemById("map")
    large.setId("Karte")
    assert main_map(layout) is large
    large.setId("")
    layout.itemById("locator").setId("map")
    assert main_map(layout).rect().width() < large.rect().width()
    for item in (layout.itemById("map"), large):
        layout.removeLayoutItem(item)
    layout.saveAsTemplate(str(tmp_path / "mapless.qpt"), QgsReadWriteContext())
    with pytest.raises(AtlasError, match=r"mapless.*has no map"):
        new_layout(project, find_template(str(tmp_path / "mapless.qpt")))


@pytest.mark.parametrize("name", SHIPPED)
def test_items_are_linked_to_the_map_of_their_own_layout(project: Any, name: str) -> None:
    """Also in the second layout that is made of a template."""
    from outbreak_atlas.plugin.export.templates import find_template, main_map, new_layout

    layouts = [new_layout(project, find_template(name)) for _ in range(2)]
    for layout in layouts:
        shown = main_map(layout)
        assert layout.itemById("scalebar").linkedMap() is shown
        assert layout.itemById("north").linkedMap() is shown
        assert layout.itemById("locator").overview().linkedMap() is shown
        assert layout.itemById("cursor").parentGroup() is layout.itemById("curve").parentGroup() is not None


@pytest.mark.parametrize("zone", ("UTC", "Asia/Shanghai", "America/New_York"))
def test_the_step_that_a_map_shows_is_counted_alike_in_every_time_zone(
    project: Any, monkeypatch: pytest.MonkeyPatch, zone: str
) -> None:
    import time

    from outbreak_atlas.plugin.bridge.temporal import as_utc
    from outbreak_atlas.plugin.export.templates import find_template, main_map, new_layout
    from qgis.core import QgsDateTimeRange, QgsExpressionContextUtils

    day, begin = 86_400_000, 1_580_688_000_000  # 2020-02-03
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        layout = new_layout(project, find_template("a4_report"))
        told_to = {"oa_begin_ms": str(begin), "oa_step_ms": str(day), "oa_counts": '["none","one","two"]'}
        for name, value in told_to.items():
            QgsExpressionContextUtils.setLayoutVariable(layout, name, value)
        told = []
        for step in (-1, 0, 2, 3):
            at = begin + step * day
            main_map(layout).setIsTemporal(True)
            main_map(layout).setTemporalRange(QgsDateTimeRange(as_utc(at), as_utc(at + day), True, False))
            told.append((layout.itemById("date").currentText(), layout.itemById("counts").currentText()))
    finally:
        monkeypatch.undo()
        time.tzset()
    assert told == [("2020-02-02", ""), ("2020-02-03", "none"), ("2020-02-05", "two"), ("2020-02-06", "")]


def test_the_files_are_what_their_script_writes(project: Any) -> None:
    import make_layouts
    from qgis.core import Qgis

    if not Qgis.version().startswith("3.40."):
        pytest.skip("other versions of QGIS write other attributes")
    for make in make_layouts.TEMPLATES:
        layout = make(project, make_layouts.plot_of_curve())
        shipped = (make_layouts.FOLDER / f"{layout.name()}.qpt").read_text(encoding="utf-8")
        assert make_layouts.written(layout) == shipped, f"run .ci/make_layouts.py: {layout.name()}.qpt is not of it"


@pytest.mark.parametrize("name", SHIPPED)
def test_a_file_names_no_folder_of_a_computer(repository: Path, name: str) -> None:
    text = (repository / f"resources/layouts/{name}.qpt").read_text(encoding="utf-8")
    assert len(text) < 300_000
    assert re.findall(r'(?:/home|/root|/usr|/tmp|/work|[A-Z]:\\)[^"<]*', text) == []
