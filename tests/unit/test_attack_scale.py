"""Odd files that are long or many: they take the fast way, and it reads what the slow one would."""
from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from outbreak_atlas.plugin.core import reading
from outbreak_atlas.plugin.core.dataset import LoadOptions
from outbreak_atlas.plugin.core.encodings import find_encoding
from outbreak_atlas.plugin.core.errors import AtlasError, Cancelled
from outbreak_atlas.plugin.core.lineforms import LineForm, plain_line, plain_text
from outbreak_atlas.plugin.core.numbers import parse_numbers, plain_number
from outbreak_atlas.plugin.core.progress import CallbackProgress, Progress
from outbreak_atlas.plugin.core.reading import read_table
from outbreak_atlas.plugin.store.geopackage import write_dataset
from outbreak_atlas.plugin.store.loading import read_and_clean

DAYS = range(1, 21)
WHOLE = ['"time,place,lon,lat,n"', *(f'"2020-02-{day:02d},""Ward {day}, east"",8.5,47.3,{day}"' for day in DAYS)]
SINGLE = ["'time','place','lon','lat','n'",
          *(f"'2020-02-{day:02d}','L''Aquila \"{day}\", east',8.5,47.3,{day}" for day in DAYS)]
FORMS = {"whole": WHOLE, "single": SINGLE, "blank line": [*WHOLE[:5], "", *WHOLE[5:]]}


def written(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "cases.csv"
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("form", FORMS)
def test_lines_in_another_form_take_the_fast_way(
    form: str, ending: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path, ending.join(FORMS[form]))
    tables = []
    for forbidden in ("slow_chunks", "fast_chunks"):
        with monkeypatch.context() as patch:
            if forbidden == "fast_chunks":
                patch.setattr(reading, "fast_chunks", _unfit)
            else:
                patch.setattr(reading, "slow_chunks", None)
            tables.append(read_table(path))
    fast, slow = tables
    assert fast.frame.astype(object).values.tolist() == slow.frame.values.tolist()
    assert fast.rows.tolist() == slow.rows.tolist() and len(fast.rows) == 20
    assert fast.frame.iloc[3, 1] in ("Ward 4, east", "L'Aquila \"4\", east")


def _unfit(*_: object) -> None:
    raise reading.Unfit


def test_a_stray_quotation_mark_in_such_a_line_joins_no_lines(tmp_path: Path) -> None:
    lines = [*SINGLE, *SINGLE[1:] * 10, "2020-03-01,\"Ward,8.5,47.3,3", *SINGLE[1:]]
    assert len(read_table(written(tmp_path, "\n".join(lines))).rows) == 241


@pytest.mark.parametrize("form", list(LineForm))
def test_many_lines_become_plain_as_one_does(form: LineForm) -> None:
    lines = ['"a,""b"",c"', "'a','b,c'", "''", "", ' "x" ', "  New York   40.7  3 ", "l'a,'b", "'it''s',\"q\""]
    assert plain_text("\n".join(lines), form).split("\n") == [plain_line(line, form) for line in lines]


def test_german_with_french_names_is_not_russian() -> None:
    text = "Zeit;Ort;Länge;Bestätigt\n" + "".join(f"1.2.2020;Straße {i} Café, Köln;8;3\n" for i in range(50))
    assert find_encoding(text.encode("cp1252"), True).name == "cp1252"


def test_whole_moments_under_a_header_for_times_of_day(tmp_path: Path) -> None:
    rows = [f"{day:02d}.02.2020 08:00:{day:02d};Ort {day % 3};8,5;47,{day % 3};{day}" for day in range(1, 29)]
    path = written(tmp_path, "\n".join(["Zeit;Ort;Länge;Breite;Bestätigt", *rows]), "cp1252")
    info = read_and_clean([path], LoadOptions(), Progress()).info
    assert (info.rows_rejected, info.places) == (0, 3)
    assert np.datetime64(info.first, "ms") == np.datetime64("2020-02-01T08:00:01")


def test_digits_of_other_scripts() -> None:
    assert [plain_number(text) for text in ("１２", "٣٫٥", "१२३", "12°3")] == ["12", "3٫5", "123", "12°3"]
    assert parse_numbers(np.array(["１２", "－", "१२३"], object)).values.tolist()[::2] == [12.0, 123.0]


def day(folder: Path, number: int, rows: str) -> Path:
    path = folder / f"report_202003{number:02d}.csv"
    path.write_text("place,lon,lat,confirmed\n" + rows, encoding="utf-8")
    return path


def test_a_day_without_reports_among_others_is_named_and_refuses_none(tmp_path: Path) -> None:
    rows = "".join(f"Ward {i},{8 + i / 10},47.3,{i}\n" for i in range(9))
    files = [day(tmp_path, 1, ""), day(tmp_path, 2, rows), day(tmp_path, 3, ""), day(tmp_path, 4, rows + "x,y,z,bad\n")]
    cleaned = read_and_clean(files, LoadOptions(), Progress())
    assert [source.rows for source in cleaned.info.sources] == [0, 9, 0, 10]
    assert [bool(source.sha256) and "no rows" in source.note for source in cleaned.info.sources] == [1, 0, 1, 0]
    assert cleaned.rejected["source"].tolist() == [files[3].name]
    assert cleaned.rejected["raw"].tolist() == ["x,y,z,bad"]
    assert set(cleaned.states["source"]) <= {files[1].name, files[3].name}
    with pytest.raises(AtlasError, match=r"report_20200301\.csv” has a header but no rows"):
        read_and_clean([files[0], files[2]], LoadOptions(), Progress())


def test_a_gazetteer_with_exchanged_headers_is_told_so(tmp_path: Path) -> None:
    gazetteer = tmp_path / "towns.csv"
    gazetteer.write_text("code,name,lat,lon\nA1,Aa,116.4,39.9\nA2,Bb,121.5,31.2\nA3,Cc,87.6,43.8\n", encoding="utf-8")
    path = written(tmp_path, "date,code,confirmed\n2020-03-01,A1,1\n2020-03-02,A2,2\n")
    with pytest.raises(AtlasError, match=r"towns\.csv.*lat holds longitudes, such as 116\.4"):
        read_and_clean([path], LoadOptions(gazetteer=str(gazetteer)), Progress())


def test_writing_the_tables_beside_the_layer_can_be_cancelled(tmp_path: Path) -> None:
    rows = "".join(f"Ward {i},{8 + i / 10},47.3,{i}\n" for i in range(9))
    cleaned = read_and_clean([day(tmp_path, 1, rows)], LoadOptions(), Progress())
    asked = []
    write_dataset(tmp_path / "whole.gpkg", cleaned, {}, CallbackProgress(cancelled=lambda: bool(asked.append(1))))
    assert len(asked) > len(cleaned.places.columns)
    for stop in range(0, len(asked), 9):
        counter = iter(range(stop))
        progress = CallbackProgress(cancelled=lambda counter=counter: next(counter, None) is None)
        with pytest.raises(Cancelled):
            write_dataset(tmp_path / "cases.gpkg", cleaned, {}, progress)
        assert sorted(path.name for path in tmp_path.iterdir()) == ["report_20200301.csv", "whole.gpkg"]
