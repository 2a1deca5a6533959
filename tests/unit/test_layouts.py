"""Tables as people lay them out: any delimiter, lines quoted whole or singly, aligned by blanks, with notes above."""
from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from outbreak_atlas.plugin.core.reading import RawTable, original_text, read_table

ROWS = [["city", "lon", "lat", "n"], ["New York", "-74.0", "40.7", "41"], ["Ezhou", "114.9", "30.4", "12"],
        ["San Jose", "-121.9", "37.3", "7"], ["Bauru", "-49.1", "-22.3", "1"], ["Lima", "-77.0", "-12.0", "3"]]


def joined(delimiter: str, rows: list[list[str]] = ROWS) -> str:
    return "\n".join(map(delimiter.join, rows)) + "\n"


def read(tmp_path: Path, text: str) -> RawTable:
    path = tmp_path / "table.txt"
    path.write_text(text, encoding="utf-8", newline="")
    return read_table(path)


def expect_rows(table: RawTable, first_number: int = 2) -> None:
    assert list(table.headers) == ROWS[0]
    assert table.frame.to_numpy().tolist() == ROWS[1:]
    assert table.rows.tolist() == list(range(first_number, first_number + 5))
    assert table.rejected.empty


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", ":", "~"])
def test_any_delimiter(tmp_path: Path, delimiter: str) -> None:
    table = read(tmp_path, joined(delimiter))
    expect_rows(table)
    assert table.source.delimiter == delimiter


def test_a_time_of_day_delimits_nothing(tmp_path: Path) -> None:
    table = read(tmp_path, "when\n10:00\n11:30\n12:15\n")
    assert table.frame.to_numpy().tolist() == [["10:00"], ["11:30"], ["12:15"]]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_lines_that_are_quoted_whole(tmp_path: Path, delimiter: str) -> None:
    lines = joined(delimiter).replace("Ezhou", f'""Ezhou{delimiter} Hubei""').splitlines()
    table = read(tmp_path, "".join(f'"{line}"\n' for line in lines))
    assert list(table.headers) == ROWS[0]
    assert table.frame[0].tolist() == ["New York", f"Ezhou{delimiter} Hubei", "San Jose", "Bauru", "Lima"]
    assert table.frame[3].tolist() == ["41", "12", "7", "1", "3"]


def test_a_single_column_with_commas_is_left_whole(tmp_path: Path) -> None:
    table = read(tmp_path, 'place\n"Wuhan, Hubei"\n"Ezhou, Hubei"\n"Lima, Peru"\n"Bauru, Brazil"\n"Cali, Colombia"\n')
    assert table.headers == ("place",)
    assert table.frame[0].tolist()[0] == "Wuhan, Hubei"


def test_apostrophes_as_quotation_marks(tmp_path: Path) -> None:
    table = read(tmp_path, "city,note,n\n'Wuhan, Hubei','it''s \"here\"',3\n'Ezhou, Hubei','',4\n")
    assert table.frame.to_numpy().tolist() == [["Wuhan, Hubei", 'it\'s "here"', "3"], ["Ezhou, Hubei", "", "4"]]


def test_apostrophes_in_names_stay(tmp_path: Path) -> None:
    table = read(tmp_path, "city,note,n\nL'Aquila,x,3\n'Ndrangheta,y,4\nVal d'Or,z,5\n")
    assert table.frame[0].tolist() == ["L'Aquila", "'Ndrangheta", "Val d'Or"]


@pytest.mark.parametrize("gap", [1, 2])
def test_columns_aligned_by_blanks(tmp_path: Path, gap: int) -> None:
    rows = [[cell if gap == 2 else cell.replace(" ", "_") for cell in row] for row in ROWS]
    widths = [max(map(len, column)) + gap for column in zip(*rows)]
    lines = ["".join(cell.ljust(width) for cell, width in zip(row, widths)) for row in rows]
    path = tmp_path / "table.txt"
    table = read(tmp_path, "\n".join(lines) + "\n")
    assert table.frame.to_numpy().tolist() == rows[1:]
    assert original_text(path, np.array([3]), table.source) == [lines[2]]


@pytest.mark.parametrize("above", [
    ["Ministry of Health"], ["Ministry of Health", "", "preliminary; not final"],
    ["Source: Ministry, Department, 2020", "Note: a, b"], ["# made by hand", "# city, lon"], ["Cases, by city, 2020"],
])
def test_notes_above_the_header(tmp_path: Path, above: list[str]) -> None:
    expect_rows(read(tmp_path, "\n".join(above) + "\n" + joined(",")), 2 + len(above))


def test_the_first_row_of_data_is_kept_where_there_is_no_header(tmp_path: Path) -> None:
    table = read(tmp_path, joined(",", ROWS[1:]))
    assert table.headers == ("column 1", "column 2", "column 3", "column 4")
    assert table.frame.to_numpy().tolist() == ROWS[1:]


def test_years_as_headers(tmp_path: Path) -> None:
    assert read(tmp_path, "city,2019,2020,2021\nA,1,2,3\nB,3,4,5\n").headers == ("city", "2019", "2020", "2021")
    assert len(read(tmp_path, "A,2019,2020\nB,2019,2020\n").frame) == 2


def test_a_comment_amid_the_rows_is_not_lost(tmp_path: Path) -> None:
    table = read(tmp_path, joined(",").replace("Ezhou", "# corrected below\nEzhou"))
    assert table.frame.to_numpy().tolist()[1] == ["# corrected below", "", "", ""]
    assert table.source.rows == 6
