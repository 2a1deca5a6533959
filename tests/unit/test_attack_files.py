"""Files whose names and first cells mislead."""
from __future__ import annotations

from pathlib import Path

import pytest
from outbreak_atlas.plugin.core.dataset import Cleaned, LoadOptions
from outbreak_atlas.plugin.core.progress import Progress
from outbreak_atlas.plugin.core.schema import CountKind
from outbreak_atlas.plugin.store.loading import read_and_clean


def load(tmp_path: Path, name: str, *lines: str, **options: object) -> Cleaned:
    path = tmp_path / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return read_and_clean([path], LoadOptions(**options), Progress())


@pytest.mark.parametrize("name", ["new_cases.csv", "nuovi_casi.csv", "new_cases_2021.v2.txt"])
def test_a_wide_file_of_additions_is_known_by_its_name(tmp_path: Path, name: str) -> None:
    result = load(tmp_path, name, "city,lon,lat,2021-03-01,2021-03-02,2021-03-03", "A,10,50,3,0,4", "B,11,51,1,1,")
    assert result.info.kind.value == CountKind.INCREMENTS
    assert result.states.groupby("place", observed=True)["confirmed"].last().tolist() == [7, 2]


def test_markup_in_the_first_header_is_text(tmp_path: Path) -> None:
    result = load(tmp_path, "a.csv", "<b>date</b>,<i>city</i>,lon,lat,confirmed", "2021-03-01,A,10,50,3")
    assert result.info.columns["time"].value == "<b>date</b>" and result.info.states == 1


def test_a_row_that_names_groups_of_columns_is_no_header(tmp_path: Path) -> None:
    result = load(tmp_path, "a.csv", "When,Where,,,Counts,", "date,city,lon,lat,confirmed,deaths",
                  "2021-03-01,A,10,50,3,0", "2021-03-02,A,10,50,4,1")
    assert result.info.metrics == ("confirmed", "deaths") and result.info.rows_read == 2


def test_a_header_with_an_empty_cell_is_still_the_header(tmp_path: Path) -> None:
    result = load(tmp_path, "a.csv", ",date,city,lon,lat,confirmed", "0,2021-03-01,A,10,50,3", "1,2021-03-02,A,10,50,4",
                  "2,2021-03-03,A,10,50,5")
    assert result.info.rows_read == 3 and result.info.metrics == ("confirmed",)
    result = load(tmp_path, "b.csv", "date,city,lon,lat,confirmed,", "2021-03-01,A,10,50,3,first wave",
                  "2021-03-02,A,10,50,4,second wave")
    assert result.info.rows_read == 2
