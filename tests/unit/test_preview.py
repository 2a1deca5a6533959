"""The look at files before a load: rows, roles with reasons, problems in cells, points, what would fail."""
from __future__ import annotations

import time
from pathlib import Path

import pytest
from outbreak_atlas.plugin.core.dataset import LoadOptions
from outbreak_atlas.plugin.core.errors import AtlasError, Cancelled
from outbreak_atlas.plugin.core.heads import HEAD_ROWS, MOST_FILES, looks_like_reports, read_heads
from outbreak_atlas.plugin.core.preview import SHOWN_ROWS, Preview, preview, signature_of
from outbreak_atlas.plugin.core.progress import CallbackProgress, Progress
from outbreak_atlas.plugin.core.reading import RawTable, read_table

HEADER = "time,city,province,lon,lat,confirmed,note\n"
GOOD = HEADER + (
    "2020-02-03T08:00:00+08:00,Wuhan,Hubei,114.30,30.60,100,a\n"
    "2020-02-03T08:00:00+08:00,Huanggang,Hubei,114.87,30.45,20,b\n"
    "2020-02-04T08:00:00+08:00,Wuhan,Hubei,114.30,30.60,150,c\n"
)


def look(folder: Path, text: str, **options: object) -> Preview:
    path = folder / "reports.csv"
    path.write_text(text, encoding="utf-8")
    return preview(read_heads([path]), LoadOptions(**options))


def roles(seen: Preview) -> dict[str, str]:
    return {column.role: column.header for column in seen.columns if column.role}


def test_rows_roles_and_reasons(tmp_path: Path) -> None:
    seen = look(tmp_path, GOOD)
    assert seen.problem == ""
    assert seen.rows[0] == ("2020-02-03T08:00:00+08:00", "Wuhan", "Hubei", "114.30", "30.60", "100", "a")
    assert seen.numbers == (2, 3, 4)
    assert roles(seen) == {
        "time": "time", "city": "city", "province": "province", "lon": "lon", "lat": "lat", "confirmed": "confirmed"}
    assert all(column.reason for column in seen.columns if column.role)
    assert seen.columns[-1].role == ""
    assert (seen.encoding, seen.delimiter) == ("utf-8", ",")
    assert seen.complete
    assert seen.rows_seen == 3


def test_decisions_and_points_are_those_of_a_load(tmp_path: Path) -> None:
    seen = look(tmp_path, GOOD).understanding
    assert seen.choices["counts"].value == "cumulative"
    assert seen.choices["time_zone"].value == "Asia/Shanghai"
    assert "offset" in seen.choices["time_zone"].reason
    assert dict(zip(seen.points.names, zip(seen.points.lon, seen.points.lat))) == {
        "Wuhan": (114.30, 30.60), "Huanggang": (114.87, 30.45)}
    assert seen.unlocated == 0
    moved = look(tmp_path, GOOD, datum="GCJ02").understanding.points
    assert 0.002 < abs(moved.lon[0] - 114.30) < 0.01 or 0.002 < abs(moved.lon[1] - 114.30) < 0.01


@pytest.mark.parametrize(("line", "column", "words"), [
    ("soon,Wuhan,Hubei,114.30,30.60,1,x\n", 0, "unreadable date “soon”"),
    (",Wuhan,Hubei,114.30,30.60,1,x\n", 0, "no date"),
    ("2020-02-05,Wuhan,Hubei,114.30,30.60,many,x\n", 5, "unreadable count “many”"),
    ("2020-02-05,Wuhan,Hubei,,,1,x\n", 3, "missing coordinates"),
    ("2020-02-05,Wuhan,Hubei,0,0,1,x\n", 4, "(0, 0)"),
    ("2020-02-05,Wuhan,Hubei,1114.3,30.6,1,x\n", 3, "on no globe"),
    ("2020-02-05,,,,,1,x\n", 1, "names no place"),
])
def test_what_is_wrong_with_a_cell_is_said_there(tmp_path: Path, line: str, column: int, words: str) -> None:
    found = look(tmp_path, GOOD + line).problems
    assert {problem.row for problem in found} == {3}
    assert any(problem.column == column and words in problem.sentence for problem in found), found


def test_overrides_show_at_once(tmp_path: Path) -> None:
    seen = look(tmp_path, GOOD, columns={"deaths": "confirmed", "place": "#7"})
    assert roles(seen)["deaths"] == "confirmed"
    assert roles(seen)["place"] == "note"
    assert {column.reason for column in seen.columns if column.header in ("confirmed", "note")} == {"given by the user"}


@pytest.mark.parametrize(("text", "options", "words"), [
    ("city,lon,lat,confirmed\nWuhan,114.3,30.6,5\n", {}, "no column with dates"),
    ("time,city,confirmed\n2020-02-03,Wuhan,5\n", {}, "no coordinates"),
    (GOOD, {"columns": {"time": "when"}}, "no column “when”"),
    (GOOD, {"time_zone": "Nowhere/Land"}, "Nowhere/Land"),
])
def test_what_a_load_would_refuse_is_said_above_the_rows(
    tmp_path: Path, text: str, options: dict[str, object], words: str
) -> None:
    seen = look(tmp_path, text, **options)
    assert words in seen.problem
    assert len(seen.rows) == text.count("\n") - 1
    assert seen.understanding.choices == {}


def test_dates_that_cannot_be_read_at_all_are_marked(tmp_path: Path) -> None:
    text = "时间,city,lon,lat,confirmed\n" + "1月23日,Wuhan,114.3,30.6,5\n" * 3
    seen = look(tmp_path, text, columns={"time": "时间"})
    assert "YEAR" in seen.problem
    assert {(problem.row, problem.column) for problem in seen.problems} == {(0, 0), (1, 0), (2, 0)}
    assert look(tmp_path, text, columns={"time": "时间"}, year=2020).problem == ""


def test_a_file_that_is_no_table_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "picture.csv"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(200))
    with pytest.raises(AtlasError, match="PNG"):
        preview(read_heads([path]), LoadOptions())
    with pytest.raises(AtlasError, match="one or more"):
        read_heads([])


def test_of_many_files_some_are_opened_and_those_that_do_not_belong_are_named(tmp_path: Path) -> None:
    paths = [tmp_path / f"day_{number:02}.csv" for number in range(30)]
    for number, path in enumerate(paths):
        path.write_text(HEADER + f"2020-03-{number + 1:02},Wuhan,Hubei,114.3,30.6,{number},x\n", encoding="utf-8")
    seen = preview(read_heads(paths), LoadOptions())
    assert (seen.files, seen.problem) == (30, "")
    assert 5 < seen.looked_at <= MOST_FILES
    assert not seen.complete
    paths[0].write_text("time,other\n2020-03-01,1\n", encoding="utf-8")
    assert "does not belong" in preview(read_heads(paths), LoadOptions()).problem


def test_only_the_head_is_judged_and_shown(tmp_path: Path) -> None:
    line = "2020-02-03,Wuhan,Hubei,114.30,30.60,100,a\n"
    seen = look(tmp_path, HEADER + line * (HEAD_ROWS + 10) + "soon,Wuhan,Hubei,1,1,1,b\n")
    assert len(seen.rows) == SHOWN_ROWS
    assert seen.rows_seen == HEAD_ROWS
    assert not seen.complete
    assert not any("readable" in sentence for sentence in seen.understanding.findings)


def test_a_reader_of_another_kind_of_file_is_asked_for_few_rows(tmp_path: Path) -> None:
    path, text = tmp_path / "reports.xyz", tmp_path / "reports.csv"
    path.write_bytes(b"SQLite format 3\0" + bytes(100))
    text.write_text(GOOD, encoding="utf-8")
    asked = []

    def reader(path: Path, options: object, progress: Progress) -> RawTable:
        asked.append(options)
        return read_table(text, progress)

    assert preview(read_heads([path], "#2", [reader]), LoadOptions()).problem == ""
    assert (asked[0].most_rows, asked[0].sheet) == (HEAD_ROWS, "#2")


def test_it_can_be_cancelled(tmp_path: Path) -> None:
    path = tmp_path / "reports.csv"
    path.write_text(GOOD, encoding="utf-8")
    with pytest.raises(Cancelled):
        read_heads([path], progress=CallbackProgress(cancelled=lambda: True))


def test_heads_are_read_once_until_a_file_changes(tmp_path: Path) -> None:
    path = tmp_path / "reports.csv"
    path.write_text(GOOD, encoding="utf-8")
    heads = read_heads([path])
    assert read_heads([path], known=heads) is heads
    assert read_heads([path], "#2", known=heads) is not heads
    path.write_text(GOOD + "2020-02-05,Wuhan,Hubei,114.30,30.60,160,d\n", encoding="utf-8")
    again = read_heads([path], known=heads)
    assert len(again.tables[0].frame) == 4


def test_a_glance_tells_reports_from_other_tables(tmp_path: Path) -> None:
    def looks(name: str, content: bytes) -> bool:
        path = tmp_path / name
        path.write_bytes(content)
        return looks_like_reports(path)

    assert looks("a.csv", GOOD.encode())
    assert looks("b.csv", b"date,city,confirmed\n2020-02-03,Wuhan,5\n")
    assert looks("c.csv", b"time,lon,lat\n2020-02-03,114.3,30.6\n")
    assert not looks("d.csv", b"name,colour\nrose,red\n")
    assert not looks("e.csv", b"date,remark\n2020-02-03,rain\n")
    assert not looks("f.csv", b"city,lon,lat\nWuhan,114.3,30.6\n")
    assert not looks("g.csv", bytes(300_000))
    assert not looks("h.csv", b"1,2," * 100_000)
    assert not looks("i.zip", b"PK\x03\x04 no archive")
    assert not looks("j.csv", b"")
    assert not looks_like_reports(tmp_path / "missing.csv")


def test_the_signature_is_of_the_columns_not_of_the_rows() -> None:
    assert signature_of(["Time", "City"]) == signature_of(["time", "city"])
    assert signature_of(["Time", "City"]) != signature_of(["City", "Time"])
    assert signature_of(["ab", "c"]) != signature_of(["a", "bc"])


@pytest.mark.shared_data
def test_the_main_file_is_seen_in_the_blink_of_an_eye(shared_data: Path) -> None:
    path = shared_data / "cn_city_updates" / "toutiao_city_updates.csv.gz"
    preview(read_heads([path]), LoadOptions())
    began = time.perf_counter()
    seen = preview(read_heads([path]), LoadOptions())
    assert time.perf_counter() - began < 1.5  # 0.2 s on a machine that does nothing else
    assert seen.understanding.choices["counts"].value == "cumulative"
    assert len(seen.understanding.points.lon) > 300
