"""The encoding of place names in many languages, short files and long ones, with and without the detection library."""
from __future__ import annotations

import codecs
from pathlib import Path

import pytest
from outbreak_atlas.plugin.core import encodings
from outbreak_atlas.plugin.core.encodings import find_encoding, judge_encoding, plausibility
from outbreak_atlas.plugin.core.reading import original_text, read_table

#: Encodings in use for a language, headers, and places.
LANGUAGES = {
    "Chinese": ("gb18030 gbk", "日期,城市,区县,确诊,地点",
        "北京市朝阳区 上海市浦东新区 广东省深圳市 湖北省武汉市 华南海鲜市场 黄冈市中心医院 孝感火车站 襄阳小区"),
    "Traditional Chinese": ("big5 cp950 big5hkscs", "日期,縣市,區,確診,地點",
        "臺北市中山區 高雄市苓雅區 臺南市東區 新竹縣竹北市 花蓮縣吉安鄉 屏東縣潮州鎮 嘉義市西區"),
    "Korean": ("cp949 euc-kr", "날짜,시도,시군구,확진자,장소",
               "서울특별시 부산광역시해운대구 대구광역시남구병원 경상북도청도군 인천공항 광주북구 경기도수원시아파트"),
    "Japanese": ("cp932 shift_jis euc-jp", "日付,都道府県,市区町村,感染者数,場所",
        "東京都新宿区 大阪府大阪市北区 北海道札幌市 神奈川県横浜市 福岡県福岡市博多区 クルーズ船 さいたま市 病院"),
    "Portuguese": ("cp1252 iso-8859-1", "município,óbitos,situação",
        "São_Paulo Jundiaí Marília Brasília Goiânia Maceió Vitória"),
    "Spanish": ("cp1252 iso-8859-1", "fecha,región,población",
        "Málaga Córdoba Almería La_Coruña Cádiz León Ávila Logroño"),
    "French": ("cp1252 iso-8859-15", "date,département,décès",
        "Île-de-France Orléans Besançon Saint-Étienne Nîmes Sacré-Cœur"),
    "German": ("cp1252 iso-8859-1", "datum,landkreis,fälle",
        "München Köln Düsseldorf Nürnberg Göttingen Würzburg Gießen"),
    "Italian": ("cp1252", "data,città,località",
        "Forlì Cantù Nardò Cefalù Roma Milano Napoli Mondovì"),
    "Swedish": ("cp1252", "datum,län,dödsfall",
        "Malmö Göteborg Örebro Västerås Linköping Umeå Gävle Borås"),
    "Polish": ("cp1250 iso-8859-2", "data,województwo,zgony",
        "Łódź Kraków Gdańsk Poznań Białystok Częstochowa Świętokrzyskie"),
    "Czech": ("cp1250 iso-8859-2", "datum,okres,počet,úmrtí",
        "Plzeň České_Budějovice Ústí_nad_Labem Třebíč Děčín Karviná"),
    "Hungarian": ("cp1250 iso-8859-2", "dátum,megye,település",
        "Győr Székesfehérvár Pécs Nyíregyháza Hódmezővásárhely Szűcs"),
    "Turkish": ("cp1254 iso-8859-9", "tarih,şehir,ölüm",
        "İstanbul İzmir Diyarbakır Şanlıurfa Eskişehir Muğla Çanakkale"),
    "Russian": ("cp1251 koi8-r iso-8859-5", "дата,область,город,случаи",
        "Москва Санкт-Петербург Новосибирск Казань Челябинск"),
    "Ukrainian": ("cp1251 koi8-u", "дата,область,місто",
        "Київ Харків Одеса Дніпро Львів Запоріжжя Миколаїв Вінниця"),
    "Greek": ("cp1253 iso-8859-7", "ημερομηνία,περιφέρεια,κρούσματα",
        "Αθήνα Θεσσαλονίκη Πάτρα Ηράκλειο Λάρισα Ιωάννινα"),
}
CASES = [(language, codec) for language, (names, *_) in LANGUAGES.items() for codec in names.split()]


def table_in(language: str, rows: int) -> str:
    _, header, places = LANGUAGES[language]
    names, width = places.replace("_", " ").split(" "), header.count(",")
    rest = ",7" * (width - 1)
    lines = [f"2020-03-{row % 28 + 1:02d},{names[row % len(names)]}{rest}" for row in range(rows)]
    return "\n".join([header, *lines]) + "\n"


@pytest.mark.parametrize("library", [True, False], ids=["library", "alone"])
@pytest.mark.parametrize("rows", [10, 2000])
@pytest.mark.parametrize(("language", "codec"), CASES)
def test_place_names_come_back_the_same(
    language: str, codec: str, rows: int, library: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not library:
        monkeypatch.setattr(encodings, "_proposed", lambda telling: [])
    text = table_in(language, rows)
    found = find_encoding(text.encode(codec), True)
    assert text.encode(codec).decode(found.codec) == text, found.name


@pytest.mark.parametrize(("place", "codec"), [
    ("武汉", "gb18030"), ("北京", "gb18030"), ("广东", "gb18030"), ("São Paulo", "cp1252"), ("Zürich", "cp1252"),
    ("Łódź", "cp1250"), ("서울 강남구", "cp949"), ("東京都新宿区", "cp932"), ("臺北市", "big5"), ("Казань", "cp1251"),
])
def test_a_single_name_is_enough(place: str, codec: str) -> None:
    data = f"place,n\n{place},3\n".encode(codec)
    assert place in data.decode(judge_encoding(data).codec)


def test_a_proposal_that_yields_less_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encodings, "_proposed", lambda telling: ["cp037", "cp437"])
    assert judge_encoding(table_in("Chinese", 20).encode("gb18030")).name == "gb18030"
    assert judge_encoding(table_in("Portuguese", 20).encode("cp1252")).name == "cp1252"


def test_a_proposal_that_yields_more_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    sample = table_in("Russian", 20).encode("cp866")
    monkeypatch.setattr(encodings, "_proposed", lambda telling: ["cp866"])
    assert judge_encoding(sample).name == "cp866"


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("language", ["Chinese", "Portuguese", "Korean"])
def test_utf_16_without_a_mark(codec: str, language: str, tmp_path: Path) -> None:
    text = table_in(language, 300)
    path = tmp_path / "table.csv"
    path.write_bytes(text.encode(codec))
    table = read_table(path)
    assert table.source.encoding == codec
    assert ",".join(table.headers) == text.split("\n")[0]
    assert original_text(path, table.rows[:2], table.source) == text.split("\n")[1:3]


def test_a_mark_is_believed_whatever_follows() -> None:
    assert find_encoding(codecs.BOM_UTF8 + "北京".encode("gb18030"), True).name == "utf-8-sig"
    assert judge_encoding(codecs.BOM_UTF8 + "北京".encode("gb18030")).name == "utf-8 (damaged)"
    assert find_encoding("北京".encode(), True).name == "utf-8"


def test_capitals_amid_a_word_speak_against_a_reading() -> None:
    right = "Москва, Казань, Омск"
    assert plausibility(right) == 1
    assert plausibility(right.encode("cp1251").decode("koi8-r")) < 0.9
