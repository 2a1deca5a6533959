"""A filter on a real layer: the rows it selects, the user's own filter beside it, and a project that is read again."""
from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from filter_layers import DAYS, SHAPE, START_MS, areas_of, frame_of, load_dataset
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from outbreak_atlas.plugin.bridge.description import read_description
from outbreak_atlas.plugin.bridge.filtering import (
    LayerFilter,
    bare_source,
    is_plain,
    level_subset,
    own_ids,
    own_subset_of,
)
from outbreak_atlas.plugin.bridge.layers import add_to_project, open_layer
from outbreak_atlas.plugin.bridge.refreshing import refresh_layers
from outbreak_atlas.plugin.bridge.temporal import as_utc
from outbreak_atlas.plugin.core.errors import AtlasError
from outbreak_atlas.plugin.core.filters import FilterState, selected
from outbreak_atlas.plugin.core.schema import MS_PER_DAY
from qgis.core import (
    Qgis,
    QgsDateTimeRange,
    QgsExpression,
    QgsFeatureRequest,
    QgsProject,
    QgsVectorLayer,
    QgsVectorLayerTemporalContext,
)
from small_files import run

WUHAN = FilterState("confirmed", areas=frozenset([("Hubei", "Wuhan")]))
ODD = FilterState("confirmed", areas=frozenset([('100% "new"', "Xi'an"), ("湖北", "武汉🦠")]))
WUHAN_SQL = "(\"province\" = 'Hubei' AND \"city\" = 'Wuhan')"


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory, qgis_app: object) -> Path:
    return load_dataset(tmp_path_factory.mktemp("filtering"))


@pytest.fixture
def layer(dataset: Path, project: QgsProject) -> Iterator[QgsVectorLayer]:
    yield add_to_project(project, dataset)


def ids(layer: QgsVectorLayer) -> list[int]:
    return sorted(feature.id() for feature in layer.getFeatures())


def drawn(layer: QgsVectorLayer, day: int) -> list[int]:
    """The rows that QGIS draws in a daily frame."""
    begin = START_MS + day * MS_PER_DAY
    context = QgsVectorLayerTemporalContext()
    context.setLayer(layer)
    frame = QgsDateTimeRange(as_utc(begin), as_utc(begin + MS_PER_DAY), True, False)
    text = layer.temporalProperties().createFilterString(context, frame)
    return sorted(feature.id() for feature in layer.getFeatures(QgsFeatureRequest(QgsExpression(text))))


@st.composite
def states(draw: st.DrawFn, frame: pd.DataFrame) -> FilterState:
    areas = areas_of(frame)
    moment = st.one_of(st.none(), st.integers(0, DAYS).map(lambda day: START_MS + day * MS_PER_DAY))
    kinds = ["", "gone", *frame["kind"].dropna().unique()]
    return FilterState(
        draw(st.sampled_from(["confirmed", "deaths"])), draw(st.booleans()), draw(moment), draw(moment),
        draw(st.one_of(st.none(), st.frozensets(st.sampled_from(areas)))),
        draw(st.one_of(st.none(), st.frozensets(st.sampled_from(kinds)))),
        draw(st.one_of(st.none(), st.integers(-5, 40))), draw(st.booleans()))


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_the_layer_holds_the_rows_that_the_selection_names(
    data: st.DataObject, dataset: Path, layer: QgsVectorLayer
) -> None:
    frame = frame_of(dataset)
    state = data.draw(states(frame))
    if state.new and "step_new_confirmed" not in frame:
        state = replace(state, minimum=None)
    shape = replace(SHAPE, events=data.draw(st.booleans()))
    shown = LayerFilter(layer)
    areas = data.draw(st.sampled_from([(), areas_of(frame)]))
    shown.apply(state, shape, areas)
    expected = frame.index[selected(state, shape, frame)].tolist()
    assert ids(layer) == expected
    if "char(" not in layer.subsetString():
        assert by_expression(dataset, layer.subsetString()) == expected
    assert shown.restore()
    shown.close()
    assert len(ids(layer)) == len(frame)


def by_expression(dataset: Path, condition: str) -> list[int]:
    """The same condition as QGIS's own expressions understand it (of `char` they know 16 bits only)."""
    whole = open_layer(dataset)
    expression = QgsExpression(condition or "true")
    context = whole.createExpressionContext()
    found = []
    for feature in whole.getFeatures():
        context.setFeature(feature)
        if expression.evaluate(context) == 1:
            found.append(feature.id())
    assert not expression.hasEvalError(), expression.evalErrorString()
    return sorted(found)


def test_dates_leave_their_frames_as_they_were_and_empty_the_others(dataset: Path, layer: QgsVectorLayer) -> None:
    before = [drawn(layer, day) for day in range(DAYS)]
    shown = LayerFilter(layer)
    shown.apply(FilterState("confirmed", False, START_MS + MS_PER_DAY, START_MS + 3 * MS_PER_DAY), SHAPE)
    inside = [drawn(layer, day) for day in (1, 2)]
    assert inside == before[1:3] and all(inside)
    frame = frame_of(dataset)
    for day in range(DAYS):
        begin = START_MS + day * MS_PER_DAY
        expected = frame[(frame["shown_from"] < begin + MS_PER_DAY) & (frame["shown_to"] > begin)
                         & (frame["shown_from"] < START_MS + 3 * MS_PER_DAY)
                         & (frame["shown_to"] > START_MS + MS_PER_DAY)]
        assert drawn(layer, day) == expected.index.tolist()
    shown.close()


def test_new_shows_each_row_once_and_events_pile_up(dataset: Path, layer: QgsVectorLayer) -> None:
    frame = frame_of(dataset)
    day_of = (frame["shown_from"] - START_MS) // MS_PER_DAY
    shown = LayerFilter(layer)
    assert shown.apply(FilterState("confirmed", True), SHAPE)
    assert not shown.apply(FilterState("confirmed", True), SHAPE)
    assert [drawn(layer, day) for day in range(DAYS)] == [frame.index[day_of == day].tolist() for day in range(DAYS)]
    assert shown.apply(FilterState("confirmed", False), replace(SHAPE, events=True))
    assert [drawn(layer, day) for day in range(DAYS)] == [frame.index[day_of <= day].tolist() for day in range(DAYS)]
    assert shown.apply(FilterState("confirmed", True), replace(SHAPE, events=True))
    assert layer.temporalProperties().mode() == Qgis.VectorTemporalMode.FeatureDateTimeStartAndEndFromFields
    shown.apply(FilterState("confirmed", True), SHAPE)
    assert shown.restore()
    assert layer.temporalProperties().mode() == Qgis.VectorTemporalMode.FeatureDateTimeStartAndEndFromFields
    assert not layer.temporalProperties().accumulateFeatures()
    shown.close()


def test_the_user_s_own_filter_is_combined_and_put_back(layer: QgsVectorLayer) -> None:
    own = "\"confirmed\" > 3 OR \"place\" = 'a) -- (b' -- mine"
    layer.setSubsetString(own)
    before = ids(layer)
    shown = LayerFilter(layer)
    assert shown.own_subset == own
    assert shown.apply(WUHAN, SHAPE)
    assert layer.subsetString() == f"({own}\n) AND ({WUHAN_SQL})"
    assert 0 < len(ids(layer)) < len(before)
    assert shown.own_subset == own
    assert shown.restore()
    assert (layer.subsetString(), ids(layer)) == (own, before)
    assert not [key for key in layer.customPropertyKeys() if key.endswith("subset")]
    shown.close()


def test_only_what_differs_is_touched(layer: QgsVectorLayer) -> None:
    told: list[str] = []
    layer.subsetStringChanged.connect(lambda: told.append(layer.subsetString()))
    shown = LayerFilter(layer)
    own: list[bool] = []
    shown.own_changed.connect(own.append)
    assert not shown.apply(FilterState("confirmed"), SHAPE)
    assert shown.apply(WUHAN, SHAPE)
    assert not shown.apply(WUHAN, SHAPE)
    assert shown.apply(FilterState("confirmed"), SHAPE)
    assert (told, own) == ([WUHAN_SQL, ""], [])
    shown.close()


def test_a_change_by_the_user_is_noticed(layer: QgsVectorLayer) -> None:
    shown = LayerFilter(layer)
    kept: list[bool] = []
    shown.own_changed.connect(kept.append)
    layer.setSubsetString("\"deaths\" > 1")
    assert (kept, shown.own_subset) == ([True], "\"deaths\" > 1")
    shown.apply(WUHAN, SHAPE)
    combined = layer.subsetString()
    layer.setSubsetString(combined.replace("deaths", "confirmed"))
    assert (kept, shown.own_subset) == ([True, True], "\"confirmed\" > 1")
    layer.setSubsetString(WUHAN_SQL)
    assert (kept[2:], shown.own_subset) == ([True], "")
    layer.setSubsetString(f"({WUHAN_SQL}) AND (\"confirmed\" > 1)")
    whole = layer.subsetString()
    assert (kept[3:], shown.own_subset) == ([False], whole)
    shown.apply(FilterState("confirmed", minimum=2), SHAPE)
    assert layer.subsetString() == f"({whole}) AND (\"confirmed\" >= 2)"
    layer.setSubsetString("")
    assert (kept[4:], shown.own_subset) == ([False], "")
    assert shown.restore() and layer.subsetString() == ""
    shown.close()


@pytest.mark.parametrize("head", [
    "\"a\" = 1 OR \"b\" = 2", "(\"a\" = 1) OR (\"b\" = 2)", "", "(\"a\" = ')'", "NOT (\"a\" = 1)", "1",
])
def test_a_beginning_without_brackets_around_all_of_it_is_not_taken_apart(layer: QgsVectorLayer, head: str) -> None:
    """`a OR b AND ours` means something else than `(a OR b) AND ours`."""
    shown = LayerFilter(layer)
    shown.apply(WUHAN, SHAPE)
    text = f"{head} AND ({WUHAN_SQL})"
    layer.setSubsetString(text)
    assert shown.own_subset == text
    shown.close()


def test_a_layer_that_is_edited_is_left_alone(layer: QgsVectorLayer) -> None:
    shown = LayerFilter(layer)
    shown.apply(WUHAN, SHAPE)
    assert layer.startEditing()
    with pytest.raises(AtlasError, match=r"“data” is in edit mode: save or discard its edits first\."):
        shown.apply(FilterState("deaths", True), SHAPE)
    assert layer.subsetString() == WUHAN_SQL
    assert layer.temporalProperties().mode() == Qgis.VectorTemporalMode.FeatureDateTimeStartAndEndFromFields
    assert not shown.restore()
    assert (layer.subsetString(), shown.own_subset) == (WUHAN_SQL, "")
    layer.rollBack()
    assert shown.restore() and layer.subsetString() == ""
    shown.close()


def test_a_layer_that_is_gone(dataset: Path, project: QgsProject) -> None:
    shown = LayerFilter(add_to_project(project, dataset))
    shown.apply(WUHAN, SHAPE)
    project.clear()
    with pytest.raises(AtlasError, match="no longer there"):
        shown.apply(FilterState("confirmed"), SHAPE)
    assert shown.own_subset == ""
    assert shown.restore()
    shown.close()


def test_columns_that_are_gone_and_whole_statements_are_told(layer: QgsVectorLayer) -> None:
    shown = LayerFilter(layer)
    with pytest.raises(AtlasError, match="“data” has no column “gone” any more"):
        shown.apply(FilterState("gone", minimum=1), SHAPE)
    layer.setSubsetString("SELECT * FROM updates WHERE confirmed > 3")
    with pytest.raises(AtlasError, match="whole SELECT statement"):
        shown.apply(WUHAN, SHAPE)
    shown.close()


def test_layers_of_one_file_are_filtered_each_by_itself(dataset: Path, layer: QgsVectorLayer) -> None:
    other = open_layer(dataset)
    QgsProject.instance().addMapLayer(other)
    other.setSubsetString("\"confirmed\" > 3")
    one, two = LayerFilter(layer), LayerFilter(other)
    one.apply(WUHAN, SHAPE)
    two.apply(FilterState("confirmed", hide_flagged=True), SHAPE)
    assert (layer.subsetString(), one.own_subset) == (WUHAN_SQL, "")
    assert two.own_subset == "\"confirmed\" > 3"
    assert one.restore() and "flags" in other.subsetString()
    assert two.restore() and other.subsetString() == "\"confirmed\" > 3"
    one.close()
    two.close()


def test_a_saved_project_knows_what_is_whose(dataset: Path, project: QgsProject, tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    shutil.copy(dataset, tmp_path / "here" / "data.gpkg")
    layer = add_to_project(project, tmp_path / "here" / "data.gpkg")
    layer.setSubsetString("\"confirmed\" > 3")
    shown = LayerFilter(layer)
    shown.apply(ODD, SHAPE)
    filtered = ids(layer)
    assert len({layer.getFeature(number)["city"] for number in filtered}) == 2
    assert project.write(str(tmp_path / "here" / "map.qgz"))
    shown.close()
    project.clear()
    (tmp_path / "here").rename(tmp_path / "there")
    assert project.read(str(tmp_path / "there" / "map.qgz"))
    (again,) = project.mapLayersByName("data")
    assert "there" in again.source() and ids(again) == filtered
    shown = LayerFilter(again)
    assert shown.own_subset == "\"confirmed\" > 3"
    assert not shown.apply(ODD, SHAPE)
    assert shown.restore() and again.subsetString() == "\"confirmed\" > 3"
    shown.close()


def test_a_copy_of_a_filtered_layer_knows_what_is_whose(layer: QgsVectorLayer) -> None:
    layer.setSubsetString("\"confirmed\" > 3")
    shown = LayerFilter(layer)
    shown.apply(WUHAN, SHAPE)
    copy = layer.clone()
    other = LayerFilter(copy)
    assert other.own_subset == "\"confirmed\" > 3"
    assert other.restore() and copy.subsetString() == "\"confirmed\" > 3"
    assert layer.subsetString() != copy.subsetString()
    other.close()
    shown.close()


def test_another_style_does_not_take_away_whose_filter_is_whose(layer: QgsVectorLayer) -> None:
    shown = LayerFilter(layer)
    styles = layer.styleManager()
    styles.addStyleFromLayer("plain")
    layer.setSubsetString("\"confirmed\" > 3")
    shown.apply(WUHAN, SHAPE)
    styles.setCurrentStyle("plain")
    assert layer.customProperty("outbreak_atlas/own_subset") == "\"confirmed\" > 3"
    layer.loadDefaultStyle()
    assert layer.customProperty("outbreak_atlas/own_subset") == "\"confirmed\" > 3"
    assert layer.customProperty("outbreak_atlas/dressed") is True
    shown.close()


def test_another_layer_s_style_brings_no_filter(dataset: Path, layer: QgsVectorLayer, tmp_path: Path) -> None:
    layer.setSubsetString("\"confirmed\" > 3")
    shown = LayerFilter(layer)
    shown.apply(WUHAN, SHAPE)
    layer.saveNamedStyle(str(tmp_path / "style.qml"))
    other = open_layer(dataset)
    other.loadNamedStyle(str(tmp_path / "style.qml"))
    assert own_subset_of(other) == ""
    assert LayerFilter(other).own_subset == ""
    assert other.subsetString() == ""
    shown.close()


def test_appended_reports_leave_filter_and_views_where_they_are(project: QgsProject, tmp_path: Path) -> None:
    path = load_dataset(tmp_path)
    layer = add_to_project(project, path)
    layer.setSubsetString("\"confirmed\" > 3")
    shown = LayerFilter(layer)
    shown.apply(WUHAN, SHAPE)
    text = layer.subsetString()
    (tmp_path / "more.csv").write_text(
        (tmp_path / "data.csv").read_text("utf-8").splitlines()[0]
        + "\n2020-02-09T08:00:00+08:00,Ward 1,hospital,Wuhan,Hubei,114.0,30.5,900000,\n", "utf-8")
    shown.apply(replace(WUHAN, new=True), SHAPE)
    run("appendreports", INPUT=str(path), FILES=str(tmp_path / "more.csv"))
    refresh_layers(project, path, None)
    assert (layer.subsetString(), shown.own_subset) == (text, "\"confirmed\" > 3")
    assert 900000 in [feature["confirmed"] for feature in layer.getFeatures()]
    assert layer.temporalProperties().mode() == Qgis.VectorTemporalMode.FeatureDateTimeInstantFromField
    assert layer.customProperty("outbreak_atlas/own_subset") == "\"confirmed\" > 3"
    shown.close()


def test_a_filter_to_the_level_of_totals_is_plain(project: QgsProject, tmp_path: Path) -> None:
    rows = ["time,level,place,city,province,lon,lat,confirmed"]
    rows += [f"2020-02-0{day},{level},{name},{city},{name},11{number}.3,30.{number},{10 * number + day}"
             for day in range(3, 7) for number, (level, name, city) in enumerate([
                 ("province", "Hubei", ""), ("province", "Hunan", ""), ("city", "Hubei", "Wuhan"),
                 ("city", "Hunan", "Changsha"), ("city", "Hubei", "Huanggang")])]
    (tmp_path / "levels.csv").write_text("\n".join(rows), "utf-8")
    run("loaddataset", INPUT=str(tmp_path / "levels.csv"), OUTPUT=str(tmp_path / "levels.gpkg"))
    description = read_description(tmp_path / "levels.gpkg")
    assert len(description.levels) == 2
    level = level_subset(description)
    layer = add_to_project(project, tmp_path / "levels.gpkg")
    shown = LayerFilter(layer)
    assert shown.own_subset == level == layer.subsetString()
    assert is_plain(shown.own_subset, description)
    assert not is_plain("", description), "both levels would be drawn, the summary sums one"
    layer.setSubsetString("")
    shown.apply(WUHAN, SHAPE)
    refresh_layers(project, tmp_path / "levels.gpkg", None)
    assert layer.subsetString() == f"({level}) AND ({WUHAN_SQL})"
    assert shown.own_subset == level
    shown.close()


def test_one_level_needs_no_filter(dataset: Path) -> None:
    description = read_description(dataset)
    assert is_plain("", description) and is_plain(" ", description)
    assert not is_plain("\"confirmed\" > 3", description)


def test_ids_of_the_own_filter_are_found_in_another_thread(dataset: Path, layer: QgsVectorLayer) -> None:
    layer.setSubsetString("\"confirmed\" > 30")
    expected = ids(layer)
    LayerFilter(layer).apply(WUHAN, SHAPE)
    source, own = bare_source(layer), own_subset_of(layer)
    assert "subset" not in source
    found: list[np.ndarray] = []
    worker = threading.Thread(target=lambda: found.append(own_ids(source, own)))
    worker.start()
    worker.join()
    assert found[0].tolist() == expected and found[0].dtype == np.int64
    assert len(own_ids(source, "")) == len(frame_of(dataset))


def test_closing_stops_following(layer: QgsVectorLayer) -> None:
    told: list[bool] = []
    for _ in range(2):
        shown = LayerFilter(layer)
        shown.own_changed.connect(told.append)
        shown.close()
    layer.setSubsetString("\"confirmed\" > 3")
    assert told == []
