"""Workbooks become the text that a person sees in them, and the right sheet is read."""
from __future__ import annotations

import datetime
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from openpyxl import Workbook
from outbreak_atlas.plugin.core import fingerprints
from outbreak_atlas.plugin.core.errors import AtlasError, Cancelled
from outbreak_atlas.plugin.core.files import ReadOptions, read_file
from outbreak_atlas.plugin.core.progress import CallbackProgress
from outbreak_atlas.plugin.core.reading import RawTable
from outbreak_atlas.plugin.core.unpacking import Limits
from outbreak_atlas.plugin.core.workbooks import read_workbook, sheet_names

HEADER = ("date", "city", "lon", "lat", "confirmed")
ROWS = (
    (datetime.datetime(2020, 1, 22), "武汉", 114.3, 30.6, 444),
    (datetime.datetime(2020, 1, 23, 18, 30), "Xiaogan", 113.9, 30.9, 22.0),
)
OLD_MARK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def save(path: Path, sheets: dict[str, list[tuple[object, ...]]]) -> Path:
    book = Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "reports.xlsx"


def cells(table: RawTable) -> list[tuple[str, ...]]:
    return list(table.frame.itertuples(index=False, name=None))


def test_cells_become_what_a_person_sees(path: Path) -> None:
    table = read_workbook(save(path, {"Data": [HEADER, *ROWS]}))
    assert table.headers == HEADER
    assert cells(table) == [
        ("2020-01-22", "武汉", "114.3", "30.6", "444"), ("2020-01-23T18:30:00", "Xiaogan", "113.9", "30.9", "22")]
    assert (table.source.encoding, table.source.delimiter, table.source.rows, table.source.note) == ("xlsx", "", 2, "")
    assert table.texts is not None
    assert table.texts(np.array([3, 2]))[0] == "2020-01-23T18:30:00,Xiaogan,113.9,30.9,22"


def test_the_names_of_sheets_are_told_without_reading_them(path: Path, tmp_path: Path) -> None:
    assert sheet_names(save(path, {"Data & more": [HEADER, *ROWS], "<b>武汉": []})) == ("Data & more", "<b>武汉")
    other = tmp_path / "reports.csv"
    other.write_text("date,city\n", encoding="utf-8")
    assert sheet_names(other) == sheet_names(tmp_path / "nowhere.xlsx") == ()
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/workbook.xml", '<!DOCTYPE a [<!ENTITY b "c">]><workbook>&b;</workbook>')
    assert sheet_names(path) == ()


def test_dates_beyond_those_that_pandas_knows_are_read(path: Path) -> None:
    """9999-12-31 stands for “until further notice” in many a column that nobody asks for."""
    end = datetime.datetime(9999, 12, 31)
    table = read_workbook(save(path, {"Data": [("date", "n", "until"), (ROWS[0][0], 3, end), (ROWS[0][0], 4, end)]}))
    assert cells(table) == [("2020-01-22", "3", "9999-12-31"), ("2020-01-22", "4", "9999-12-31")]


def test_booleans_errors_and_odd_numbers(path: Path) -> None:
    table = read_workbook(save(path, {"Data": [
        ("a", "b", "c", "d"), (True, "#N/A", 0.1 + 0.2, datetime.time(8, 5)), (False, None, 1e20, 7)]}))
    assert cells(table) == [("TRUE", "#N/A", "0.3", "08:05:00"), ("FALSE", "", "1e+20", "7")]


def test_leading_zeros_that_a_format_shows_stay(path: Path) -> None:
    book = Workbook()
    book.active.append(("code", "n"))
    book.active.append((1001, 1001))
    book.active["A2"].number_format = "00000"
    book.save(path)
    assert cells(read_workbook(path)) == [("01001", "1001")]


def test_titles_above_blank_and_hidden_rows(path: Path) -> None:
    book = Workbook()
    sheet = book.active
    for row in (("Cases by city",), (), HEADER, ROWS[0], (), ROWS[1]):
        sheet.append(row)
    sheet.merge_cells("A1:E1")
    sheet.row_dimensions[4].hidden = True
    book.save(path)
    table = read_workbook(path)
    assert table.headers == HEADER
    assert table.rows.tolist() == [4, 6]


def test_no_header(path: Path) -> None:
    table = read_workbook(save(path, {"Data": [("Wuhan", 3), ("Ezhou", 4), ("Huanggang", 5)]}))
    assert table.headers == ("column 1", "column 2")
    assert table.rows.tolist() == [1, 2, 3]


def test_the_sheet_that_looks_like_reports_is_taken(path: Path) -> None:
    notes = [("About this file",)] + [(f"line {i}", "text", "more text " * 30) for i in range(40)]
    save(path, {"Notes": notes, "Cases": [HEADER, *ROWS], "Codes": [("code", "name"), (1, "x"), (2, "y"), (3, "z")]})
    table = read_workbook(path)
    assert table.headers == HEADER
    assert "“Cases”" in table.source.note
    assert "“Notes”, “Codes”" in table.source.note


@pytest.mark.parametrize("sheet", ["Codes", "codes", "#2"])
def test_a_sheet_is_given_by_name_or_number(path: Path, sheet: str) -> None:
    save(path, {"Cases": [HEADER, *ROWS], "Codes": [("code", "name"), (1, "x")]})
    assert read_file(path, ReadOptions(sheet)).headers == ("code", "name")


def test_a_sheet_that_is_not_there_is_refused(path: Path) -> None:
    save(path, {"Cases": [HEADER, *ROWS], "Codes": [("code", "name"), (1, "x")]})
    with pytest.raises(AtlasError, match="no sheet “Deaths”: its sheets are Cases, Codes"):
        read_workbook(path, "Deaths")


def test_formulas_without_a_result_are_told(path: Path) -> None:
    save(path, {"Data": [("city", "n"), ("Wuhan", "=1+1"), ("Ezhou", 4)]})
    table = read_workbook(path)
    assert cells(table) == [("Wuhan", ""), ("Ezhou", "4")]
    assert "1 formulas have no stored result" in table.source.note


def test_a_stray_cell_far_away_makes_no_columns(path: Path) -> None:
    book = Workbook()
    book.active.append(HEADER)
    book.active.append(ROWS[0])
    book.active.cell(row=2, column=5000, value="stray")
    book.save(path)
    table = read_workbook(path)
    assert table.headers == (*HEADER, "")
    assert cells(table)[0][-1] == "stray"


def test_no_table_is_refused(path: Path) -> None:
    with pytest.raises(AtlasError, match=r"“Data” of “reports\.xlsx” holds no table"):
        read_workbook(save(path, {"Data": []}))


def test_a_missing_library_is_named(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save(path, {"Data": [HEADER, *ROWS]})
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(AtlasError, match=r"openpyxl.*CSV"):
        read_workbook(path)


def test_a_bomb_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save(path, {"Data": [HEADER, *ROWS]})
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/image.bin", bytes(3_000_000))
    monkeypatch.setattr(fingerprints, "Limits", lambda: Limits(free_bytes=1_000_000, ratio=50))
    with pytest.raises(AtlasError, match="unpacks to far more"):
        read_file(path)


def test_declared_entities_are_refused(path: Path, tmp_path: Path) -> None:
    save(path, {"Data": [HEADER, *ROWS]})
    bad = tmp_path / "bad.xlsx"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(bad, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name.startswith("xl/worksheets/"):
                data = b'<!DOCTYPE x [<!ENTITY a "b">]>' + data
            new.writestr(name, data)
    with pytest.raises(AtlasError, match="no workbook needs"):
        read_file(bad)


@pytest.mark.parametrize(("data", "words"), [
    (OLD_MARK + bytes(600) + "EncryptedPackage".encode("utf-16-le"), "locked with a password"),
    (OLD_MARK + bytes(600), "of the old kind"),
])
def test_old_and_locked_workbooks_are_refused(path: Path, data: bytes, words: str) -> None:
    path.write_bytes(data)
    with pytest.raises(AtlasError, match=words):
        read_file(path)


def test_a_damaged_workbook_is_refused(path: Path) -> None:
    save(path, {"Data": [HEADER, *ROWS]})
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["xl/worksheets/sheet1.xml"] = parts["xl/worksheets/sheet1.xml"][:300]
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    with pytest.raises(AtlasError, match="damaged"):
        read_file(path)


def test_damaged_parts_are_refused(path: Path) -> None:
    save(path, {"Data": [HEADER, *ROWS]})
    with zipfile.ZipFile(path) as archive:
        part = archive.getinfo("xl/worksheets/sheet1.xml")
    data = bytearray(path.read_bytes())
    at = part.header_offset + 30 + len(part.filename)
    data[at:at + 40] = bytes(40)
    path.write_bytes(data)
    with pytest.raises(AtlasError, match="damaged"):
        read_file(path)


def test_another_office_document_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "letter.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", "<w/>")
    with pytest.raises(AtlasError, match=r"no \.xlsx workbook"):
        read_file(path)


def test_reading_can_be_cancelled(path: Path) -> None:
    save(path, {"Data": [HEADER, *(ROWS * 2000)]})
    with pytest.raises(Cancelled):
        read_workbook(path, progress=CallbackProgress(cancelled=lambda: True))


@pytest.mark.shared_data
def test_the_real_workbook_is_as_its_text(shared_data: Path) -> None:
    folder = shared_data / "cn_official_daily"
    book, text = (read_file(folder / f"china_provincedata.{ending}") for ending in ("xlsx", "csv"))
    assert book.headers == text.headers
    assert len(book.frame) == 5534
    assert (book.frame.to_numpy(object) == text.frame.to_numpy(object)).all()
    assert book.rows.tolist() == text.rows.tolist()
