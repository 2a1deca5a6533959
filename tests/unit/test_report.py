"""The report of a load: honest, complete, and safe to open."""
from __future__ import annotations

import re
import sys
import threading
from contextlib import nullcontext
from dataclasses import replace
from datetime import date
from functools import lru_cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import pandas as pd
import pytest
from made_datasets import made_dataset
from outbreak_atlas.plugin.core.dataset import Choice, Cleaned, LoadOptions
from outbreak_atlas.plugin.core.errors import AtlasError, Cancelled
from outbreak_atlas.plugin.core.progress import CallbackProgress, Progress
from outbreak_atlas.plugin.core.report import moment_text, report_html, report_path, write_report
from outbreak_atlas.plugin.core.reporting import charts, found, measures
from outbreak_atlas.plugin.core.reporting.map_frame import frame_of, scale_bar
from outbreak_atlas.plugin.core.schema import FINDING_COLUMNS, REJECTED_COLUMNS, Datum
from outbreak_atlas.plugin.store.loading import read_and_clean
from raw_tables import cleaned, table

DAY = date(2020, 5, 1)
HEADER = "province,city,time,confirmed,deaths,lon,lat"
EVIL = "<script>alert(1)</script>"
HOSTILE = (
    EVIL, "<img src=x onerror=alert(1)>", "=cmd|' /C calc'!A0", r"$x^{2$ \frac{1}{0}$", "x" * 300, "مستشفى الملك",
    "\u202egnp.exe", "🏥🦠", "a\x00b\x1bc", "</td></table></svg>", "{braces} %s &amp;", "'; DROP TABLE updates; --",
    'id="x" url(#y) xlink:href="#z"', "\ud800",
)
VOID = {"meta", "br", "hr", "img", "link", "input"}


class Page(HTMLParser):
    """Reads a page, refuses tags that do not match, and keeps tables, attributes and text."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.rows: list[list[str]] = []
        self.feed(html)
        self.close()
        assert not self.open, f"never closed: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        assert len(dict(attrs)) == len(attrs), f"an attribute twice in {tag}"
        if tag not in VOID:
            self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open[-1] == tag, f"</{tag}> closes {self.open[-1:]}"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.words.append(data)
        if {"td", "th"} & set(self.open):
            self.rows[-1][-1] += data

    @property
    def text(self) -> str:
        return " ".join("".join(self.words).split())

    def row(self, first: str) -> list[str]:
        """The first row of any table that begins with a text."""
        return next(row for row in self.rows if row and row[0].strip() == first)


def page_of(result: Cleaned, drawn: bool = False) -> Page:
    """The page, without its charts unless they are asked for: drawing takes most of the time."""
    with nullcontext() if drawn else mock.patch.object(charts, "version", return_value=""):
        return Page(report_html(result, "reports.gpkg", loaded=DAY))


def reports(rows: list[list[Any]], **options: Any) -> Cleaned:
    return cleaned(table(rows, HEADER), **options)


def small(**options: Any) -> Cleaned:
    """Two cities, one without deaths and one without a point; a repeat, a duplicate and an unreadable date."""
    return reports([
        ["Hubei", "Wuhan", "2020-02-01 08:00", 10, 1, 114.3, 30.6],
        ["Hubei", "Wuhan", "2020-02-02 08:00", 10, 1, 114.3, 30.6],
        ["Hubei", "Wuhan", "2020-02-05 08:00", 25, 2, 114.3, 30.6],
        ["Hubei", "Wuhan", "2020-02-05 08:00", 25, 2, 114.3, 30.6],
        ["Hunan", "Changsha", "2020-02-01 08:00", 3, "", "", ""],
        ["Hunan", "Changsha", "2020-02-02 09:00", 4, "", "", ""],
        ["Hunan", "Changsha", "sometime", 4, "", "", ""],
    ], listing="partial", **options)


@lru_cache(maxsize=1)
def small_html() -> str:
    return report_html(small(), "reports.gpkg", loaded=DAY)


def small_page() -> Page:
    return Page(small_html())


def test_numbers_are_those_of_the_dataset() -> None:
    result = small()
    info, page = result.info, small_page()
    assert (info.rows_read, info.states, info.rows_merged, info.rows_duplicate, info.rows_rejected) == (7, 4, 1, 1, 1)
    assert "7 rows read = 4 + 1 + 1 + 1" in page.text
    assert page.row("rows read")[1] == "7"
    assert [page.row(f"{sign} {words}")[1] for sign, words in (
        ("=", "states: rows that changed what was known"), ("+", "merged: rows that repeat their place’s counts"),
        ("+", "exact duplicates: rows that repeat another to the letter"),
        ("+", "rejected: rows that could not be understood"))] == ["4", "1", "1", "1"]
    assert "confirmed: 29 from 2 of 2 places, 4 of them without a location" in page.text
    assert "deaths: 2 from 1 of 2 places, all of them with a location" in page.text
    assert page.row("Hubei")[2:] == ["25", "3", "1", "1"]
    assert page.row("Hunan")[2:] == ["4", "2", "1", "0"]
    assert page.row("deaths")[1:4] == ["2", "1 of 2", "50\u00a0%"]
    assert page.row("city")[1:] == ["2", "1", "1"]
    assert page.row("reports.csv")[1:4] == ["7", "utf-8", "comma"]


def test_choices_carry_their_reason_and_what_the_user_said() -> None:
    page = page_of(small(datum=Datum.GCJ02))
    assert page.row("time")[1] == "time"
    assert "dates" in page.row("time")[2]
    assert page.row("Which datum have the points?")[1:] == ["GCJ02", "given by the user"]
    assert page.row("DATUM")[1] == "GCJ02"
    assert "No option was given" not in page.text


def test_a_gazetteer_is_named_without_its_folder() -> None:
    result = small()
    options = {**result.info.options, "gazetteer": r"C:\people\me\places.csv"}
    page = page_of(replace(result, info=replace(result.info, options=options)))
    assert page.row("GAZETTEER")[1] == "places.csv"
    assert "people" not in page.row("GAZETTEER")[1]


def test_rejected_rows_are_grouped_and_shown_with_their_text() -> None:
    page = small_page()
    assert next(row for row in page.rows if row[0].startswith("unreadable date “…”"))[1] == "1"
    shown = next(row for row in page.rows if row[:2] == ["reports.csv", "8"])
    assert "sometime" in shown[2]
    assert shown[3] == "line 8"


def test_many_rejected_rows_stay_short() -> None:
    bad = pd.DataFrame(
        [("a.csv", row, f"no readable date: “{row}”", "z" * 5_000) for row in range(5_000)],
        columns=list(REJECTED_COLUMNS))
    page = page_of(replace(small(), rejected=bad))
    assert page.row("no readable date: “…”")[1] == "5,000"
    assert page.text.count("z" * 199) == found.MOST_REJECTED
    assert "z" * 200 not in page.text


def test_findings_have_a_meaning_and_examples_in_tables() -> None:
    counts = ((1, 10), (2, 20), (3, 5))
    rows = [["Hubei", "Wuhan", f"2020-02-{day:02d}", count, 0, 114.3, 30.6] for day, count in counts]
    page = page_of(reports(rows, listing="partial"))
    assert "falling cumulative count" in page.text
    assert "A running total became smaller" in page.text
    example = next(row for row in page.rows if row[:2] == ["4", "Hubei / Wuhan"])
    assert example[2:] == ["2020-02-03T00:00:00", "confirmed 5"]


@pytest.mark.parametrize(
    "examples", ["row 5: =1+1; row 6: x, 2020-02-03T00:00:00", "anything; at <b>all</b>", "[{'a': 1}]"])
def test_any_examples_can_be_shown(examples: str) -> None:
    finding = pd.DataFrame([("falling", "warning", 3, "x", examples)], columns=list(FINDING_COLUMNS))
    page = page_of(replace(small(), findings=finding))
    assert "<b>all</b>" in page.text or "all" not in examples


def test_every_check_is_listed_with_what_it_found() -> None:
    page = small_page()
    assert page.row("unreadable date")[2] == "1"
    assert page.row("exact duplicate")[2] == "1"
    assert page.row("(0, 0) coordinates")[2] == "0"


def test_nothing_found_is_said() -> None:
    result = small()
    page = page_of(replace(result, findings=result.findings.iloc[:0], rejected=result.rejected.iloc[:0]))
    assert "None of the checks found anything." in page.text
    assert "every row was understood" in page.text


def hostile() -> Cleaned:
    rows = [[text, text, f"2020-02-{i + 1:02d}", i + 1, 0, 100 + i, 30] for i, text in enumerate(HOSTILE)]
    result = reports([*rows, [EVIL, EVIL, EVIL, 1, 1, 1, 1]], listing="partial")
    info = result.info
    why = Choice(HOSTILE[3], EVIL)
    source = replace(info.sources[0], name=f"{EVIL}$a$.csv", encoding=EVIL, delimiter=EVIL)
    info = replace(info, sources=(source,), columns={EVIL: why}, listing=why, options={"columns": EVIL})
    findings = pd.DataFrame([(text, EVIL, 3, text, text) for text in HOSTILE], columns=list(FINDING_COLUMNS))
    bad = pd.DataFrame([(text, 7, text, text) for text in HOSTILE], columns=list(REJECTED_COLUMNS))
    return replace(result, findings=findings, rejected=bad, info=info)


def test_no_text_of_the_data_is_run_and_all_of_it_is_shown() -> None:
    html = report_html(hostile(), EVIL, loaded=DAY)
    page = Page(html)
    assert not {tag for tag, _ in page.tags} & {"script", "img", "iframe", "object", "embed", "form", "a", "link"}
    assert not [name for _, attributes in page.tags for name in attributes if name.startswith("on")]
    assert html.count("&lt;script&gt;") >= 10
    for text in (EVIL, "=cmd|' /C calc'!A0", "مستشفى الملك", "🏥🦠", r"$x^{2$ \frac{1}{0}$", "a␀b␛c"):
        assert text in "".join(page.words), text
    assert "\x00" not in html


def test_a_hostile_page_can_be_written(tmp_path: Path) -> None:
    path = write_report(hostile(), tmp_path / "x.gpkg")
    assert Page(path.read_text(encoding="utf-8")).row("rows read")


def test_it_needs_no_other_file_and_forbids_scripts() -> None:
    html, page = small_html(), small_page()
    assert html.startswith("<!DOCTYPE html>")
    assert ("html", {"lang": "en"}) in page.tags
    assert ("meta", {"charset": "utf-8"}) in page.tags
    policy = next(a["content"] for tag, a in page.tags if a.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "://" not in html
    assert not re.search(r"@import|url\((?!#)", html)
    assert not [a for _, a in page.tags if "src" in a or not (a.get("xlink:href") or "#").startswith(("#", "data:"))]


@pytest.mark.parametrize("names", [("dates-", "places-")])
def test_identifiers_are_one_of_a_kind(names: tuple[str, ...]) -> None:
    tags = small_page().tags
    ids = [a["id"] for _, a in tags if a.get("id")]
    assert len(ids) == len(set(ids)) > 10
    assert {str(one).partition("-")[0] + "-" for one in ids} == set(names)
    links = [str(a["xlink:href"])[1:] for _, a in tags if a.get("xlink:href")]
    assert set(links) <= set(ids)


def test_two_pages_of_a_dataset_are_the_same() -> None:
    assert report_html(small(), "reports.gpkg", loaded=DAY) == small_html()


def test_it_can_be_drawn_beside_the_main_thread() -> None:
    pages: list[str] = []
    result = small()

    def draw() -> None:
        pages.append(report_html(result, "reports.gpkg", loaded=DAY))

    threads = [threading.Thread(target=draw) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert pages == [small_html()] * 3


def test_pyplot_and_global_settings_stay_untouched() -> None:
    matplotlib = pytest.importorskip("matplotlib")
    before = dict(matplotlib.rcParams)
    report_html(small(), "x")
    assert dict(matplotlib.rcParams) == before


def test_without_matplotlib_everything_else_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert charts.version() == ""
    page = page_of(small())
    assert "need the Python library matplotlib" in page.text
    assert not [tag for tag, _ in page.tags if tag == "figure"]
    assert page.row("Hubei")[2] == "25"
    assert page.row("matplotlib")[1] == "not installed"


def test_one_row() -> None:
    page = page_of(reports([["Hubei", "Wuhan", "2020-02-01", 1, 0, 114.3, 30.6]]), drawn=True)
    assert "1 row of 1 file was read" in page.text
    assert page.row("rows read")[1] == "1"
    assert len([tag for tag, _ in page.tags if tag == "figure"]) == 2


def test_no_place_with_a_point() -> None:
    page = page_of(reports([["Hubei", "Wuhan", f"2020-02-0{day}", day, 0, 0, 0] for day in (1, 2, 3)]), drawn=True)
    assert "No place has a point." in page.text
    assert "confirmed: 3 from 1 of 1 place, 3 of them without a location" in page.text
    assert len([tag for tag, _ in page.tags if tag == "figure"]) == 1


def test_unknown_is_not_zero() -> None:
    result = made_dataset(places=20, states=3)
    states = result.states.assign(**dict.fromkeys(result.info.metrics, np.nan))
    page = page_of(replace(result, states=states))
    assert "confirmed: unknown, from 0 of 20 places give it" not in page.text
    assert "confirmed: unknown; none of 20 places gives it" in page.text
    assert page.row("confirmed")[1:3] == ["unknown", "0 of 20"]


def test_a_synthetic_dataset_is_called_so() -> None:
    assert "synthetic" in page_of(made_dataset(places=20, states=3)).text
    assert "synthetic" not in small_page().text


def test_many_counts_do_not_bury_the_summary() -> None:
    names = [f"count_{number}" for number in range(60)]
    rows = [["Hubei", "Wuhan", f"2020-02-{day:02d}", 114.3, 30.6, *range(60)] for day in (1, 2)]
    result = cleaned(table(rows, ",".join(["province,city,time,lon,lat", *names])), columns={n: n for n in names})
    assert len(result.info.metrics) == 60
    page = page_of(result)
    assert page.row("count_59")[1] == "59"
    assert page.text.count("count_59: 59") == 0
    assert "The totals of 52 further counts" in page.text


def test_people_are_thought_of_where_places_are_shown() -> None:
    assert "People’s safety" in page_of(made_dataset(places=20, states=3)).text
    assert "People’s safety" not in small_page().text


def test_warnings_that_matter() -> None:
    text = small_page().text
    assert "The time zone is not known." in text
    assert "Many rows were not understood." in text
    assert "The kind of counts is uncertain." not in text
    one = reports([["Hubei", "Wuhan", "2020-02-01", 7, 0, 114.3, 30.6]])
    assert ("The kind of counts is uncertain." in page_of(one).text) == (one.info.kind.value == "cumulative")


def test_it_says_how_to_cite_and_with_what() -> None:
    page = small_page()
    assert "reports.csv (SHA-256 000000000000…). Loaded with Outbreak Atlas" in page.text
    assert "on 2020-05-01" in page.text
    assert page.row("pandas")[1] == pd.__version__
    assert page.row("numpy")[1] == np.__version__


def test_the_curve_is_the_state_of_knowledge() -> None:
    result = small()
    assert result.coverage is not None
    curve = measures.curve_of(result, "confirmed", result.coverage)
    assert curve.total.tolist() == [13, 14, 14, 14, 29]
    deaths = measures.curve_of(result, "deaths", result.coverage)
    assert deaths.total.tolist() == [1, 1, 1, 1, 2]
    assert deaths.known.tolist() == [1] * 5


def test_a_place_no_longer_listed_leaves_the_curve() -> None:
    rows = [[p, p, f"2020-02-0{day}", 5, 0, 110 + i, 30] for day in (1, 2, 3) for i, p in enumerate("ABC")
            if not (day == 3 and p == "C")]
    result = reports(rows, listing="full")
    assert result.coverage is not None
    assert measures.curve_of(result, "confirmed", result.coverage).total[-1] == 10
    points = measures.points_of(result, "confirmed")
    assert points.listed.tolist().count(False) == 1
    assert "confirmed: 10 from 2 of 2 places" in page_of(result).text


def test_gaps_are_what_is_longer_than_usual() -> None:
    result = small()
    assert result.coverage is not None
    days = replace(result.coverage, reports=np.array([1, 1, 0, 0, 1, 1]), edges=np.arange(7))
    assert measures.gaps_of(days).tolist() == [[2, 4]]
    weekly = np.zeros(60, np.int64)
    weekly[[0, 7, 14, 21, 42, 49, 56]] = 1
    weeks = replace(result.coverage, reports=weekly, edges=np.arange(61))
    assert measures.gaps_of(weeks).tolist() == [[22, 42]]


def test_many_places_are_one_picture() -> None:
    pytest.importorskip("matplotlib")
    html = report_html(made_dataset(places=5_000, states=2), "x")
    assert "data:image/png;base64," in html
    assert len(html) < 500_000


def test_strays_do_not_shrink_the_map() -> None:
    lon, lat = np.append(np.linspace(113, 115, 400), 2.35), np.append(np.linspace(30, 31, 400), 48.9)
    frame = frame_of(lon, lat)
    assert frame.holds(lon, lat).sum() == 400
    assert frame.east - frame.west < 4
    km, degrees = scale_bar(frame)
    assert degrees < (frame.east - frame.west) / 5
    assert km == pytest.approx(degrees * 111.195 * np.cos(np.radians(30.5)), rel=0.02)


def test_it_lies_beside_the_geopackage(tmp_path: Path) -> None:
    output = tmp_path / "reports.gpkg"
    assert write_report(small(), output) == report_path(output) == tmp_path / "reports_report.html"
    assert ">reports.gpkg</h1>" in report_path(output).read_text(encoding="utf-8")


def test_a_report_that_cannot_be_written_is_an_error_in_words(tmp_path: Path) -> None:
    report_path(tmp_path / "x.gpkg").mkdir()
    with pytest.raises(AtlasError, match=r"x_report\.html"):
        write_report(small(), tmp_path / "x.gpkg")


def test_it_can_be_cancelled(tmp_path: Path) -> None:
    calls = iter([False, False, True, True, True])
    with pytest.raises(Cancelled):
        write_report(small(), tmp_path / "x.gpkg", CallbackProgress(cancelled=lambda: next(calls)))
    assert not report_path(tmp_path / "x.gpkg").exists()


def test_moments() -> None:
    assert moment_text(-1) == "1969-12-31T23:59:59.999"


@pytest.mark.shared_data
def test_the_main_dataset(shared_data: Path) -> None:
    path = shared_data / "cn_city_updates" / "toutiao_city_updates.csv.gz"
    page = page_of(read_and_clean([path], LoadOptions(datum=Datum.GCJ02), Progress()), drawn=True)
    assert page.row("rows read")[1] == "756,185"
    assert re.search(r"confirmed: 84,373 from (\d+) of \1 places", page.text)
    assert "deaths: 4,643 from" in page.text
    assert "from 2020-02-03T00:00:00 to 2020-02-06T00:00:00" in page.text, "the gap that SOURCES tells of"
    assert page.row("湖北省")[2] == "68,128"


@pytest.mark.shared_data
def test_one_file_per_day(shared_data: Path) -> None:
    files = sorted((shared_data / "it_provinces_daily").glob("*.csv"))
    result = read_and_clean(files, LoadOptions(), Progress())
    page = page_of(result)
    assert page.row("rows read")[1] == "8,576"
    names = [row[0] for row in page.rows if row and row[0].startswith(files[0].name[:4]) and len(row) == 3]
    assert len([row for row in names if row.endswith(".csv")]) == 67
    assert "67 files, all alike: encoding utf-8, delimiter comma" in page.text
    assert "and 64 more files" in page.text
