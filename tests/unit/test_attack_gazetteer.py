"""Gazetteers as they are handed around: in other languages, without a column of names, with codes cut short."""
from __future__ import annotations

from pathlib import Path

import pytest
from outbreak_atlas.plugin.core.dataset import Cleaned
from outbreak_atlas.plugin.core.schema import CountKind
from raw_tables import cleaned, finding, table

HEADERS = {
    "German": "AGS;Gemeinde;Länge;Breite", "French": "code_commune;nom;longitude;latitude",
    "Italian": "codice;denominazione;long;lat", "Spanish": "codigo;municipio;longitud;latitud",
    "Portuguese": "codigo_ibge;nome;longitude;latitude", "Korean": "행정코드;시군구;경도;위도",
    "Japanese": "団体コード;市区町村;経度;緯度", "Census Bureau": "GEOID;NAME;INTPTLONG;INTPTLAT",
}


def load(tmp_path: Path, gazetteer: str, header: str, *rows: tuple[object, ...]) -> Cleaned:
    path = tmp_path / "gazetteer.csv"
    path.write_text(gazetteer, encoding="utf-8")
    return cleaned(table(rows, header), counts=CountKind.CUMULATIVE, gazetteer=str(path))


@pytest.mark.parametrize("language", HEADERS)
def test_headers_of_other_languages(tmp_path: Path, language: str) -> None:
    text = f"{HEADERS[language]}\n7001;Köln;6,961;50,938\n7002;Essen;7,012;51,455\n"
    rows = [("2021-03-01", "Köln", 3), ("2021-03-01", "Essen", 4)]
    result = load(tmp_path, text, "date,city,confirmed", *rows)
    assert dict(zip(result.places["place"], result.places["lon"])) == {"Köln": 6.961, "Essen": 7.012}


def test_rows_are_named_by_their_finest_area(tmp_path: Path) -> None:
    text = ("UID,Admin2,Province_State,Country_Region,Lat,Long_\n1,,,US,40,-100\n2,,Georgia,US,33,-83\n"
            "3,Cook,Illinois,US,41.8,-87.8\n4,Cook,Georgia,US,31.2,-83.4\n5,,,Georgia,42.3,43.4\n")
    header = "date,county,state,country,confirmed"
    rows = [("2021-03-01", *names, 1) for names in (
        ("", "", "Georgia"), ("", "Georgia", "US"), ("Cook", "Georgia", "US"), ("Cook", "Illinois", "US"))]
    places = load(tmp_path, text, header, *rows).places
    assert places["lon"].tolist() == [43.4, -83, -83.4, -87.8]


def test_codes_whose_leading_zeros_a_spreadsheet_took(tmp_path: Path) -> None:
    text = "fips,county,lon,lat\n01001,Autauga,-86.6,32.5\n06037,Los Angeles,-118.2,34.0\n"
    rows = [("2021-03-01", "1001", 3), ("2021-03-01", "6037.0", 4)]
    places = load(tmp_path, text, "date,fips,confirmed", *rows).places
    assert places["lon"].tolist() == [-86.6, -118.2]


def test_codes_that_differ_by_a_zero_alone_are_told_apart(tmp_path: Path) -> None:
    text = "code,name,lon,lat\n011,Aa,10,50\n11,Bb,11,51\n"
    rows = [("2021-03-01", "11", 3), ("2021-03-01", "0011", 4)]
    result = load(tmp_path, text, "date,code,confirmed", *rows)
    assert sorted(result.places["lon"].fillna(-1)) == [-1, 11]
    assert finding(result, "missing coordinates")["rows"].tolist() == [1]
