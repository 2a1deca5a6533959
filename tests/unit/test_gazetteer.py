"""Places located by code, by name with province, and never by a name that is not unique."""
from __future__ import annotations

from pathlib import Path

import pytest
from outbreak_atlas.plugin.core.errors import AtlasError
from outbreak_atlas.plugin.core.schema import CountKind
from raw_tables import cleaned, finding, table

HEADER = "date,city,province,code,confirmed"
ROWS = [
    ("2020-02-01", "Wuhan", "Hubei", "420100", 5),
    ("2020-02-01", "Jilin", "Jilin", "", 2),
    ("2020-02-01", "Suzhou", "", "", 3),
    ("2020-02-01", "Lhasa", "Tibet", "", 1),
    ("2020-02-01", "Elsewhere", "Hubei", "420200", 1),
]
GAZETTEER = """adcode,name,province,lon_wgs84,lat_wgs84
420100,Wuhan,Hubei,114.3,30.6
420200,Huangshi,Hubei,115.0,30.2
220200,Jilin,Jilin,126.6,43.8
320500,Suzhou,Jiangsu,120.6,31.3
341300,Suzhou,Anhui,117.0,33.6
540100,Lhasa,Xizang,91.1,29.7
"""


@pytest.fixture
def gazetteer(tmp_path: Path) -> str:
    path = tmp_path / "gazetteer.csv"
    path.write_text(GAZETTEER, encoding="utf-8")
    return str(path)


def test_locates_what_is_certain(gazetteer: str) -> None:
    result = cleaned(table(ROWS, HEADER), counts=CountKind.CUMULATIVE, gazetteer=gazetteer)
    lon = result.states.set_index("place")["lon"]
    assert lon["Wuhan"] == 114.3 and lon["Jilin"] == 126.6
    assert lon["Lhasa"] == 91.1, "a name that one row alone bears needs no province"
    assert lon.isna()["Suzhou"], "two cities bear this name"
    located = finding(result, "located from the gazetteer").iloc[0]
    assert located["rows"] == 4 and "80.0%" in located["message"]
    assert finding(result, "missing coordinates")["rows"].tolist() == [1]
    assert finding(result, "code contradicts name")["rows"].tolist() == [1]


def test_without_a_gazetteer_a_file_without_coordinates_is_refused() -> None:
    with pytest.raises(AtlasError, match="GAZETTEER"):
        cleaned(table(ROWS, HEADER), counts=CountKind.CUMULATIVE)


def test_a_gazetteer_without_positions_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "names.csv"
    path.write_text("name,province\nWuhan,Hubei\nJilin,Jilin\n", encoding="utf-8")
    with pytest.raises(AtlasError, match="needs columns for longitude"):
        cleaned(table(ROWS, HEADER), counts=CountKind.CUMULATIVE, gazetteer=str(path))
