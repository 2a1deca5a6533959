"""What a publication tells: the numbers of pandas, of the filtered rows, with unknown apart from zero."""
from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import dock_dataset as truth
import numpy as np
import pytest
from outbreak_atlas.plugin.bridge.dataset_session import DatasetSession
from outbreak_atlas.plugin.bridge.layers import open_layer
from outbreak_atlas.plugin.bridge.story import (
    Story,
    datum_text,
    method_sentence,
    read_story,
    sources_text,
    variables_of,
)
from outbreak_atlas.plugin.core.errors import AtlasError
from outbreak_atlas.plugin.core.filters import FilterState
from outbreak_atlas.plugin.export.scenes import copy_of
from small_files import run, write_reports

DAY = truth.DAY


def told(path: Path, **more: Any) -> Story:
    return read_story(open_layer(path), **more)


def filtered(path: Path, **limits: Any) -> Any:
    """The layer as the panel filters it."""
    layer = open_layer(path)
    session = DatasetSession(layer)
    state = replace(session.default_state(), **limits)
    session.apply(state)
    session.remember(None, True)
    session.draw(False, 0.0)
    session.close()
    return layer


def located(metric: str, day: int, where: Any = None) -> tuple[float, float]:
    """Sum of all, and of what has no location."""
    table = truth.chosen(metric, where).iloc[day]
    lost = [at for at in table.index if truth.PLACES[at].lon is None]
    return float(table.sum()), float(table[lost].sum())


@pytest.mark.parametrize("day", [0, truth.GAP, truth.JUMP, truth.FALL, truth.DAYS - 1])
def test_each_day_tells_what_was_known_then(dock_file: Path, day: int) -> None:
    story = told(dock_file)
    total, lost = located("confirmed", day)
    change = truth.new(truth.chosen("confirmed")).iloc[day].sum()
    sentence = story.counts[day]
    assert sentence.startswith(f"{total:,.0f} confirmed from 8 places ({total - lost:,.0f} on the map, {lost:,.0f} "
                               "without a location), ")
    silent = story.curve.gap[day]
    assert silent == (day == 9)
    assert sentence.endswith("no report on this day" if silent else f"{change:+,.0f} new".replace("-", "−"))
    assert len(story.counts) == truth.DAYS and story.count_of(story.frame_at(truth.START + day * DAY)) == sentence


def test_an_unknown_count_is_no_zero(dock_file: Path) -> None:
    story = told(dock_file, metric="deaths")
    total, _ = located("deaths", 30)
    assert story.counts[30].startswith(f"{total:,.0f} deaths from 2 of 8 places, ")
    only = filtered(dock_file, metric="deaths", areas=frozenset({("Hubei", "Xiaogan")}))
    assert read_story(only).counts[30] == "deaths unknown, new unknown"


def test_the_sums_are_of_the_filtered_rows(dock_file: Path) -> None:
    hubei = frozenset(place.area for place in truth.PLACES if place.province == "Hubei")
    story = read_story(filtered(dock_file, areas=hubei, kinds=frozenset({"hotel", ""})))
    total, _ = located("confirmed", 12, lambda place: place.area in hubei and place.kind in ("hotel", ""))
    assert story.counts[12].startswith(f"{total:,.0f} confirmed from 3 places, ")
    assert story.filter_words == (
        "only Huanggang, Tongshan, Wuhan, Xiaogan; only the kinds (none), hotel")
    assert np.nanmax(story.curve.total) == located(
        "confirmed", truth.DAYS - 1, lambda place: place.area in hubei and place.kind in ("hotel", ""))[0]


def test_a_minimum_counts_the_rows_that_reach_it(dock_file: Path) -> None:
    story = read_story(filtered(dock_file, minimum=100.0))
    day = truth.counts()["confirmed"].iloc[20]
    assert story.counts[20].startswith(f"{day[day >= 100].sum():,.0f} confirmed from {(day >= 100).sum()} places")
    assert story.filter_words == "at least 100 confirmed"


def test_the_users_own_filter_counts_too_and_is_quoted(dock_file: Path) -> None:
    layer = open_layer(dock_file)
    layer.setSubsetString("\"province\" = 'Zhejiang'")
    story = read_story(layer)
    total, lost = located("confirmed", 5, lambda place: place.province == "Zhejiang")
    assert story.counts[5].startswith(f"{total:,.0f} confirmed from 3 places ({total - lost:,.0f} on the map, ")
    assert story.filter_words == "only rows with \"province\" = 'Zhejiang'"


def test_another_filter_than_is_remembered_is_the_one_that_counts(dock_file: Path) -> None:
    layer = filtered(dock_file, areas=frozenset({("Hubei", "Wuhan")}))
    layer.setSubsetString("\"city\" = 'Xiaogan'")
    total, _ = located("confirmed", 5, lambda place: place.city == "Xiaogan")
    assert read_story(layer).counts[5].startswith(f"{total:,.0f} confirmed from 1 place, ")


def test_the_period_ends_with_the_filters_dates(dock_file: Path) -> None:
    begin, end = truth.START + 5 * DAY, truth.START + 15 * DAY
    layer = filtered(dock_file, begin_ms=begin, end_ms=end)
    story = read_story(layer)
    assert (story.begin_ms, story.end_ms, len(story.counts)) == (begin, end, 10)
    assert story.frame_at(None).begin_ms == end - DAY
    total, _ = located("confirmed", 14)
    assert story.counts[-1].startswith(f"{total:,.0f} confirmed")
    assert read_story(layer, begin_ms=truth.START, end_ms=truth.START + 8 * DAY).end_ms == truth.START + 8 * DAY
    with pytest.raises(AtlasError, match="2020-02-03 is outside the period of the publication, 2020-02-08 to"):
        story.frame_at(truth.START)
    with pytest.raises(AtlasError, match="filter is limited to other dates"):
        read_story(layer, begin_ms=truth.END - DAY)


def test_new_counts_are_told_as_the_curve_has_them(dock_file: Path) -> None:
    story = told(dock_file, metric="new_confirmed")
    change = truth.new(truth.chosen("confirmed")).sum(axis=1)
    assert story.metric_words == "New confirmed on the day" and story.column == "step_new_confirmed"
    assert story.counts[truth.FALL].startswith(f"{change.iloc[truth.FALL]:+,.0f} new confirmed".replace("-", "−"))
    assert "revisions included" in method_sentence(story)
    assert np.allclose(story.curve.new, change)


def test_a_count_that_is_not_there_is_refused_by_name(dock_file: Path) -> None:
    with pytest.raises(AtlasError, match="no count “recovered”: METRIC is one of confirmed, deaths"):
        told(dock_file, metric="recovered")


def test_a_layer_is_left_as_it_was(dock_file: Path) -> None:
    layer = filtered(dock_file, areas=frozenset({("Hubei", "Wuhan")}))
    before = layer.subsetString(), layer.customPropertyKeys(), layer.renderer().dump()
    read_story(layer, metric="new_deaths")
    assert (layer.subsetString(), layer.customPropertyKeys(), layer.renderer().dump()) == before


def test_a_copy_is_filtered_drawn_and_timed_alike(dock_file: Path) -> None:
    layer = filtered(dock_file, metric="confirmed", new=True, areas=frozenset({("Hubei", "Wuhan")}))
    copy = copy_of(layer)
    assert copy.subsetString() == layer.subsetString() and copy.renderer().dump() == layer.renderer().dump()
    one, other = layer.temporalProperties(), copy.temporalProperties()
    assert other.isActive() and other.mode() == one.mode() and other.startField() == "shown_from"
    assert read_story(copy).counts == read_story(layer).counts


def test_events_so_far_and_of_the_day(project: object, tmp_path: Path) -> None:
    rows = "\n".join(f"2020-02-0{day},Wuhan,114.3,30.6" for day in (3, 3, 4, 6))
    (tmp_path / "events.csv").write_text(f"date,city,lon,lat\n{rows}\n2020-02-06,Nowhere,,\n", encoding="utf-8")
    made = run("loaddataset", INPUT=[str(tmp_path / "events.csv")], COUNTS="events", DATUM="WGS84",
               OUTPUT=str(tmp_path / "events.gpkg"))
    path = Path(made["OUTPUT"].partition("|")[0])
    day = told(path)
    assert day.metric_words == "Cases on the day"
    assert [one.partition(",")[0] for one in day.counts[:3]] == [
        "+2 cases on this day", "+1 cases on this day", "0 cases on this day"]
    assert day.counts[3].startswith("+2 cases on this day (+1 on the map, +1 without a location), 5 so far")
    so_far = read_story(filtered(path, new=False))
    assert so_far.metric_words == "Cases so far" and so_far.counts[2].startswith("3 cases so far, 0 on this day")


def test_a_dataset_without_points_zone_or_reports_still_tells(project: object, tmp_path: Path) -> None:
    rows = (("2020-02-03 08:00", "Wuhan", "Hubei", "", "", "100", ""),)
    made = run("loaddataset", INPUT=[str(write_reports(tmp_path / "bare.csv", rows))], DATUM="WGS84",
               COLUMNS="lon=lon;lat=lat", OUTPUT=str(tmp_path / "bare.gpkg"))
    story = told(Path(made["OUTPUT"].partition("|")[0]))
    assert story.counts[0].startswith("100 confirmed from 1 ")
    assert "(0 on the map, 100 without a location)" in story.counts[0]
    assert variables_of(story)["oa_zone"] == "time as written"


def test_the_variables_are_texts_that_a_template_can_read(dock_file: Path) -> None:
    story = told(dock_file)
    found = variables_of(story, "Title 武汉")
    assert all(isinstance(text, str) for text in found.values())
    assert json.loads(found["oa_counts"]) == list(story.counts)
    assert found["oa_title"] == "Title 武汉" and found["oa_zone"] == "Asia/Shanghai"
    assert int(found["oa_end_ms"]) - int(found["oa_begin_ms"]) == truth.DAYS * int(found["oa_step_ms"])
    assert found["oa_filter"] == found["oa_synthetic"] == ""


def test_a_map_says_which_datum_its_source_had_and_which_it_has() -> None:
    assert datum_text("WGS84") == "WGS84" and datum_text("") == ""
    assert datum_text("GCJ02") == "GCJ02 in the source, converted to WGS84"


def test_of_many_files_the_first_are_named() -> None:
    assert sources_text(("a.csv", "b.csv")) == "a.csv, b.csv"
    assert sources_text(tuple("abcde")) == "a, b, c and 2 more"


def test_filters_are_compared_as_states(dock_file: Path) -> None:
    assert told(dock_file).state == FilterState("confirmed")
