"""The file beside a publication, and its paragraph."""
from __future__ import annotations

import json
from dataclasses import replace

import pytest
from outbreak_atlas.plugin.core.citation import (
    Citation,
    CitedCount,
    CitedFrame,
    CitedSource,
    frames_cited,
    is_sidecar,
    methods_paragraph,
    sidecar_text,
    without_folders,
)

COUNT = CitedCount("deaths", None, None, 0, 12, None)
FRAME = CitedFrame("2020-02-13T00:00", "2020-02-14T00:00", "59,907 confirmed from 484 cities", (COUNT,))
CITED = Citation(
    output="图.pdf", algorithm="maplayout", title="武汉", dataset="main.gpkg", synthetic=False,
    sources=(CitedSource("reports.csv", "ab" * 32),), zone="Asia/Shanghai", datum="GCJ02", step="day",
    metric="confirmed", metric_words="Confirmed, as known at the date", method="Each place counts once",
    filter_words="only Hubei", filter={"areas": [["Hubei", None]]}, period=("2020-02-01T00:00", "2020-05-01T00:00"),
    frames=(FRAME,), frame_count=1, parameters={"AT": "2020-02-13"}, versions={"QGIS": "3.40"})


def test_the_paragraph_names_what_a_reader_needs() -> None:
    said = methods_paragraph(CITED)
    for words in ("“武汉”", "2020-02-13 (Asia/Shanghai)", "59,907 confirmed from 484 cities.", "reports.csv",
                  "SHA-256 abababababab…", "GCJ02 to WGS 84", "Filter: only Hubei.", "Each place counts once.",
                  "Made with QGIS 3.40."):
        assert words in said, words
    assert "synthetic" not in said


def test_what_is_not_there_is_not_said() -> None:
    bare = replace(CITED, filter_words="", datum="WGS84", zone="", sources=(), versions={}, title="")
    said = methods_paragraph(bare)
    assert "Filter" not in said and "converted" not in said
    assert "time as written in the data" in said and "“main.gpkg” shows" in said
    assert said.endswith("Made with Outbreak Atlas.")


def test_invented_data_are_called_so() -> None:
    assert "synthetic: invented" in methods_paragraph(replace(CITED, synthetic=True))


def cited(begin: str, end: str) -> CitedFrame:
    return replace(FRAME, begin=begin, end=end)


@pytest.mark.parametrize(("step", "count", "first", "last", "words"), [
    ("day", 90, ("2020-02-01T00:00", "2020-02-02T00:00"), ("2020-04-30T00:00", "2020-05-01T00:00"),
     "in 90 frames of one day each, from 2020-02-01 to 2020-04-30 (Asia/Shanghai)."),
    ("week", 2, ("2020-02-03T00:00", "2020-02-10T00:00"), ("2020-02-10T00:00", "2020-02-17T00:00"),
     "in 2 frames of one week each, from 2020-02-03 to 2020-02-16 (Asia/Shanghai)."),
    ("hour", 2, ("2020-02-03T08:00", "2020-02-03T09:00"), ("2020-02-03T09:00", "2020-02-03T10:00"),
     "in 2 frames of one hour each, from 2020-02-03T08:00 until 2020-02-03T10:00 (Asia/Shanghai)."),
    ("day", 2, ("2020-02-02T00:00", "2020-02-03T00:00"), ("2020-02-09T00:00", "2020-02-10T00:00"),
     "in 2 frames of one day each: 2020-02-02, 2020-02-09 (Asia/Shanghai)."),
    ("day", 13, ("2020-02-02T00:00", "2020-02-03T00:00"), ("2020-04-26T00:00", "2020-04-27T00:00"),
     "in 13 frames of one day each, the first 2020-02-02 and the last 2020-04-26 (Asia/Shanghai)."),
])
def test_a_film_tells_its_frames(
    step: str, count: int, first: tuple[str, str], last: tuple[str, str], words: str
) -> None:
    film = replace(CITED, step=step, frames=(cited(*first), cited(*last)), frame_count=count)
    assert words in methods_paragraph(film)
    assert words.replace("frames", "panels") in methods_paragraph(replace(film, algorithm="smallmultiples"))


@pytest.mark.parametrize(("step", "words"), [
    ("hour", "date, 2020-02-13T00:00 (Asia"), ("week", "date, week that begins 2020-02-13 (Asia")])
def test_other_steps_are_named(step: str, words: str) -> None:
    assert words in methods_paragraph(replace(CITED, step=step))


def test_the_sidecar_is_json_with_unknown_counts_as_null() -> None:
    text = sidecar_text(CITED)
    found = json.loads(text)
    assert is_sidecar(text)
    assert found["frames"][0]["counts"] == [
        {"metric": "deaths", "total": None, "new": None, "known": 0, "places": 12, "unlocated": None}]
    assert found["methods"] == methods_paragraph(CITED)
    assert found["sources"] == [{"name": "reports.csv", "sha256": "ab" * 32}]
    assert "武汉" in text and text == sidecar_text(CITED)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"made_by": "Outbreak Atlas"}', '{"methods": ""}', "[" * 100_000])
def test_other_files_are_no_sidecars(text: str) -> None:
    assert not is_sidecar(text)


def test_of_many_frames_the_ends_are_cited() -> None:
    assert list(frames_cited(1000)) == list(range(1000))
    assert list(frames_cited(1001)) == [0, 1000]
    assert list(frames_cited(0)) == []


@pytest.mark.parametrize(("given", "said"), [
    ("/home/ann/北京/a.gpkg|layername=updates", "a.gpkg|layername=updates"), ("C:\\Users\\Ann\\a.pdf", "a.pdf"),
    ("\\\\server\\ann\\a.pdf", "a.pdf"), ("file:///home/ann/a.qpt", "a.qpt"), ("~/a.qpt", "a.qpt"),
    ("1/2 of all", "1/2 of all"), ("113.5,115.1,29.9,31.4 [EPSG:4326]",) * 2, ("2020-02-13T00:00",) * 2])
def test_folders_are_not_published(given: str, said: str) -> None:
    assert without_folders(given) == said
