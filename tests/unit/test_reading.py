"""Reading delimited text: what is found by itself, which rows are kept, and what is said of bad files."""
from __future__ import annotations

import bz2
import csv
import gzip
import hashlib
import io
import lzma
import os
import time
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from outbreak_atlas.plugin.core import encodings, reading
from outbreak_atlas.plugin.core.errors import AtlasError, Cancelled
from outbreak_atlas.plugin.core.progress import CallbackProgress, Progress
from outbreak_atlas.plugin.core.reading import original_text, read_table
from outbreak_atlas.plugin.core.unpacking import Limits, Unpacked

CITIES = "city,lon,lat,confirmed\nWuhan,114.3,30.6,41\nHuanggang,114.9,30.4,12\nXiaogan,113.9,30.9,7\n"
CHINESE = "日期,城市,确诊,地点\n" + "".join(
    f"2020-02-{day:02d},{city},{day},{place}\n"
    for day in range(1, 15) for city, place in [("武汉", "华南海鲜市场"), ("孝感", "火车站"), ("襄阳", "中心医院")]
)
PORTUGUESE = "município;óbitos;situação\n" + "São Paulo;3;não há\nJundiaí;1;ação\nMarília;0;é\n" * 9


@pytest.fixture
def write(tmp_path):
    def to_file(content, name="table.csv"):
        path = tmp_path / name
        path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
        return path
    return to_file


def cells(table):
    return table.frame.to_numpy().tolist()


def fault(path, progress=None):
    with pytest.raises(AtlasError) as caught:
        read_table(path, progress)
    message = caught.value.message
    assert path.name in message
    assert message.endswith(".")
    return message


def zipped(members):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def numbered(count):
    return "place,lon,lat,n\n" + "".join(f"p{i},114.{i},30.{i},{i}\n" for i in range(count))


# What a plain file gives

def test_a_plain_file(write):
    path = write(CITIES)
    table = read_table(path)
    assert table.headers == ("city", "lon", "lat", "confirmed")
    assert cells(table)[0] == ["Wuhan", "114.3", "30.6", "41"]
    assert list(table.frame.columns) == [0, 1, 2, 3]
    assert table.rows.dtype == np.int64
    assert table.rows.tolist() == [2, 3, 4]
    assert list(table.rejected.columns) == ["source", "row", "reason", "raw"]
    assert table.rejected.empty
    source = table.source
    assert (source.name, source.rows, source.delimiter) == ("table.csv", 3, ",")
    assert (source.encoding, source.compression) == ("utf-8", "none")
    assert source.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_na_null_and_blanks_stay_as_they_are(write):
    table = read_table(write("code,name,n\nNA,NULL, 3 \n,nan,\n"))
    assert cells(table) == [["NA", "NULL", " 3 "], ["", "nan", ""]]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("last", [True, False])
def test_line_ends(write, end, last):
    text = CITIES.replace("\n", end)
    table = read_table(write(text if last else text[: -len(end)]))
    assert table.frame.shape == (3, 4)
    assert cells(table)[-1][-1] == "7"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", "^", "~", " ", "\x1f"])
def test_delimiters(write, delimiter):
    table = read_table(write(CITIES.replace(",", delimiter)))
    assert table.source.delimiter == delimiter
    assert table.frame.shape == (3, 4)


def test_decimal_commas_and_times_are_no_delimiters(write):
    rows = "Santos;-46,3;-23,9;2020-04-01 10:00\nBauru;-49,1;-22,3;2020-04-02 9:30\n"
    table = read_table(write("city;lon;lat;when\n" + rows))
    assert table.source.delimiter == ";"
    assert cells(table)[1] == ["Bauru", "-49,1", "-22,3", "2020-04-02 9:30"]


def test_a_spreadsheets_separator_line(write):
    table = read_table(write("sep=;\na;b\nx;1\ny,z;2\n"))
    assert table.headers == ("a", "b")
    assert cells(table) == [["x", "1"], ["y,z", "2"]]
    assert table.rows.tolist() == [3, 4]


def test_quotation_marks(write):
    table = read_table(write('place,n,note\n"Hotel, the ""Grand""",3,"two\nlines"\nInn 5" wide,4,x\n'))
    assert cells(table) == [['Hotel, the "Grand"', "3", "two\nlines"], ['Inn 5" wide', "4", "x"]]
    assert table.rows.tolist() == [2, 3]


def test_blanks_before_quotation_marks(write):
    table = read_table(write('place, n, note\n"a, b", 1, "c, d"\n"e", 2, "f"\n'))
    assert cells(table)[0] == ["a, b", "1", "c, d"]


# Encodings

@pytest.mark.parametrize(("codec", "name"), [
    ("utf-8", "utf-8"), ("utf-8-sig", "utf-8-sig"), ("utf-16", "utf-16"), ("gb18030", "gb18030"), ("utf-32", "utf-32"),
])
def test_encodings_of_chinese(write, codec, name):
    table = read_table(write(CHINESE.encode(codec)))
    assert table.source.encoding == name
    assert table.headers == ("日期", "城市", "确诊", "地点")
    assert cells(table)[0] == ["2020-02-01", "武汉", "1", "华南海鲜市场"]


def test_big_endian_utf_16(write):
    table = read_table(write(b"\xfe\xff" + CHINESE.encode("utf-16-be")))
    assert cells(table)[2][1] == "襄阳"


@pytest.mark.parametrize("codec", ["cp1252", "latin-1"])
def test_latin_text_is_not_taken_for_chinese(write, codec):
    table = read_table(write(PORTUGUESE.encode(codec)))
    assert table.source.encoding == "cp1252"
    assert table.headers == ("município", "óbitos", "situação")
    assert cells(table)[0] == ["São Paulo", "3", "não há"]


@pytest.mark.parametrize(("codec", "place"), [("gb18030", "武汉市江岸区"), ("cp1252", "São João")])
def test_an_encoding_that_shows_only_late(write, codec, place):
    text = numbered(30_000)
    assert len(text) > 2 * reading.HEAD_BYTES
    table = read_table(write(text.encode() + f"{place},114.0,30.0,1\n".encode(codec) * 20))
    assert table.source.encoding == codec
    assert cells(table)[-1][0] == place
    assert len(table.frame) == 30_020


def test_damaged_utf_8_stays_utf_8_and_says_so(write):
    path = write(CHINESE.encode() + "2020-03-01,武汉,5,".encode() + b"\xe5\x8c\n")
    table = read_table(path)
    assert table.source.encoding == "utf-8 (damaged)"
    assert cells(table)[0][1] == "武汉"
    assert "\ufffd" in cells(table)[-1][3]
    assert original_text(path, table.rows[:1], table.source) == ["2020-02-01,武汉,1,华南海鲜市场"]


# Headers

def test_no_header(write):
    table = read_table(write("Wuhan,114.3,30.6,41\nHuanggang,114.9,30.4,12\n"))
    assert table.headers == ("column 1", "column 2", "column 3", "column 4")
    assert table.rows.tolist() == [1, 2]
    assert cells(table)[0][0] == "Wuhan"


def test_headers_keep_repeats_and_lose_blanks(write):
    table = read_table(write("\ufeff city , n,n,\nWuhan,1,2,\n"))
    assert table.headers == ("city", "n", "n", "")


def test_dates_as_headers(write):
    table = read_table(write("place,1/22/20,1/23/20\nWuhan,444,495\nXiaogan,22,26\n"))
    assert table.headers == ("place", "1/22/20", "1/23/20")


def test_text_only(write):
    assert read_table(write("city,province\nWuhan,Hubei\nGuangzhou,Guangdong\n")).headers == ("city", "province")
    assert len(read_table(write("Hubei,Wuhan\nHubei,Xiaogan\nHubei,Ezhou\n")).frame) == 3


def test_a_title_above_the_header(write):
    table = read_table(write("Cases by city\n\ncity,lon,lat\nWuhan,114.3,30.6\nXiaogan,113.9,30.9\n"))
    assert table.headers == ("city", "lon", "lat")
    assert table.rows.tolist() == [4, 5]
    assert table.source.rows == 2


def test_row_names_without_a_header(write):
    table = read_table(write('"city","n","m"\n"1","Wuhan",41,3\n"2","Ezhou",12,4\n'))
    assert table.headers == ("column 1", "city", "n", "m")
    assert cells(table)[0] == ["1", "Wuhan", "41", "3"]


def test_one_column(write):
    table = read_table(write("place\nWuhan\nXiaogan\n"))
    assert table.headers == ("place",)
    assert cells(table) == [["Wuhan"], ["Xiaogan"]]


# Which rows

def test_blank_lines_count_but_are_no_rows(write):
    table = read_table(write("\n" + CITIES.replace("Xiaogan", "\n \t\nXiaogan") + "\n\n"))
    assert table.rows.tolist() == [3, 4, 7]
    assert table.rejected.empty
    assert table.source.rows == 3


def test_rows_of_only_separators_are_rejected(write):
    table = read_table(write("a,b,c\n1,2,3\n,,\n4,5,6\n , ,\n"))
    assert table.rows.tolist() == [2, 4]
    assert table.rejected.to_dict("list") == {
        "source": ["table.csv"] * 2, "row": [3, 5], "reason": ["empty row"] * 2, "raw": [",,", " , ,"]}
    assert table.source.rows == 4


def test_short_rows_are_filled(write):
    table = read_table(write("a,b,c\n1,2,3\n4\n5,6\n"))
    assert cells(table)[1:] == [["4", "", ""], ["5", "6", ""]]


@pytest.mark.parametrize("before", [2, 40_000], ids=["early", "late"])
@pytest.mark.parametrize("surplus", [1, 5, 200])
def test_rows_with_too_many_fields_are_rejected_not_shifted(write, before, surplus):
    odd = "Hotel, Grand,114,30,1" + ",x" * (surplus - 1)
    lines = numbered(before).splitlines()
    lines[-1:-1] = [odd]
    table = read_table(write("\n".join(lines) + "\n"))
    assert table.rejected.to_dict("list") == {
        "source": ["table.csv"], "row": [before + 1], "reason": ["more fields than the header"], "raw": [odd]}
    assert table.headers == ("place", "lon", "lat", "n")
    assert len(table.frame) == before
    assert table.source.rows == before + 1
    last = before - 1
    assert cells(table)[-1] == [f"p{last}", f"114.{last}", f"30.{last}", str(last)]
    assert table.rows[-1] == before + 2


def test_surplus_fields_that_are_empty_do_no_harm(write):
    table = read_table(write("a,b\n1,2,\n3,4,,,\n5,6\n7,8, ,\n"))
    assert cells(table) == [["1", "2"], ["3", "4"], ["5", "6"], ["7", "8"]]
    assert table.rejected.empty


def test_surplus_behind_an_empty_field_is_seen(write):
    table = read_table(write(numbered(5) + "x,1,2,3,,y\n"))
    assert table.rejected["raw"].tolist() == ["x,1,2,3,,y"]


def test_a_stray_quotation_mark_that_joins_lines(write):
    lines = numbered(50).splitlines()
    lines[10] = '"p9,114,30,9'
    lines[14] = '"p13,114,30,13'
    table = read_table(write("\n".join(lines) + "\n"))
    assert table.rejected["row"].tolist() == [11]
    assert "quotation mark" in table.rejected["reason"][0]
    assert table.rejected["raw"][0] == "\n".join(lines[10:15])
    assert table.source.rows == 46


def test_nul_characters_are_dropped(write):
    text = numbered(30_000).encode().replace(b"p20000,", b"p20\x00000,")
    table = read_table(write(text))
    assert cells(table)[20_000][0] == "p20000"
    assert len(table.frame) == 30_000


def test_original_text(write):
    path = write(('a,b\n1,"x\ny"\n\n"q",2\n3,4\n').encode("gb18030"))
    assert original_text(path, np.array([5, 2, 4])) == ["3,4", '1,"x\ny"', '"q",2']
    assert original_text(path, np.array([], dtype=np.int64)) == []
    packed = write(gzip.compress("城市,n\n武汉,3\n".encode("gb18030")), "t")
    assert original_text(packed, np.array([2]), read_table(packed).source) == ["武汉,3"]


CELL = st.text(st.characters(blacklist_categories=("Cs", "Cc")) | st.sampled_from('",;\n \'é武'), max_size=8)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(CELL, CELL, st.integers(), CELL), min_size=1, max_size=12))
def test_any_table_comes_back_the_same_both_ways(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("any") / "any.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["place", "note", "n", "remark"])
        writer.writerows(rows)
    fast = read_table(path)
    slow = reading._read_by(reading.slow_chunks, path, Progress(), None)
    expected = [[place, note, str(n), remark] for place, note, n, remark in rows]
    joined = set(fast.rejected["row"])
    assert cells(fast) == [row for number, row in enumerate(expected, 2) if number not in joined]
    assert cells(slow) == cells(fast)
    assert slow.rows.tolist() == fast.rows.tolist()
    assert slow.source == fast.source
    assert fast.source.rows == len(rows)
    pd.testing.assert_frame_equal(slow.rejected, fast.rejected)


# Compression

@pytest.mark.parametrize(("pack", "name"), [
    (gzip.compress, "gzip"), (lzma.compress, "xz"), (bz2.compress, "bzip2"),
    (lambda data: zipped({"data/": "", "data/cities.csv": data, "__MACOSX/data/._cities.csv": b"\0"}), "zip"),
    (lambda data: zipped({"readme.pdf": b"%PDF", "cities.csv": data}), "zip"),
    (lambda data: gzip.compress(data[:60]) + gzip.compress(data[60:]), "gzip"),
])
def test_compression_is_seen_by_content_not_by_name(write, pack, name):
    path = write(pack(CITIES.encode()), "cities.csv")
    table = read_table(path)
    assert table.source.compression == name
    assert table.frame.shape == (3, 4)
    assert table.source.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_name_that_promises_compression(write):
    assert read_table(write(CITIES, "cities.csv.gz")).source.compression == "none"


# Faults

def test_missing_file_and_folder(tmp_path):
    assert "no file" in fault(tmp_path / "gone.csv")
    assert "folder" in fault(tmp_path)


@pytest.mark.parametrize("content", [b"", b"\n\r\n  \n", b"\xef\xbb\xbf", ",,,\n,,,\n", gzip.compress(b"")])
def test_empty_file(write, content):
    assert "empty" in fault(write(content))


@pytest.mark.parametrize("content", ["city,lon,lat\n", "city,lon,lat", "city,lon,lat\n\n \n"])
def test_header_only(write, content):
    assert "no rows" in fault(write(content))


@pytest.mark.parametrize(("content", "kind"), [
    (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\1\0\0\0\1\0\x08\6\0\0\0", "PNG"),
    (b"SQLite format 3\0" + bytes(range(84)), "SQLite"),
    (bytes(range(256)) * 20, "binary"),
    (b"\0" * 500, "binary"),
    (zipped({"[Content_Types].xml": "<x/>", "xl/workbook.xml": "<x/>"}), "Office"),
    (gzip.compress(b"\0" * 257 + b"ustar" + b"\0" * 300), "tar"),
    (gzip.compress(gzip.compress(CITIES.encode())), "packed twice"),
])
def test_binary_file(write, content, kind):
    assert kind in fault(write(content))


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress, bz2.compress])
def test_truncated_file(write, pack):
    random = np.random.default_rng(5)
    values = zip(random.integers(0, 9e9, 90_000), random.random(90_000))
    text = "place,lon,lat\n" + "".join(f"p{a},{b:.6f},{a}\n" for a, b in values)
    packed = pack(text.encode())
    message = fault(write(packed[: len(packed) * 2 // 3]))
    assert "ends too early" in message
    rows = int(message.split("about ")[1].split(" rows")[0].replace(",", ""))
    assert 20_000 < rows < 80_000
    assert "get it again" in message
    assert "ends too early" in fault(write(packed[:12]))


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress, bz2.compress])
def test_damaged_file(write, pack):
    packed = bytearray(pack(numbered(20_000).encode()))
    middle = len(packed) // 2
    packed[middle : middle + 40] = b"\xaa" * 40
    assert "get it again" in fault(write(bytes(packed)))


def test_zip_archives_with_faults(write):
    good = zipped({"cities.csv": numbered(5_000)})
    assert "damaged" in fault(write(good[: len(good) // 2]))
    wrong = bytearray(good)
    wrong[len(good) // 2] ^= 0xFF
    assert "damaged" in fault(write(bytes(wrong)))
    assert "2 files" in fault(write(zipped({"a.csv": CITIES, "b.csv": CITIES})))
    assert "empty" in fault(write(zipped({})))
    locked = bytearray(zipped({"cities.csv": CITIES}))
    locked[6] |= 1
    locked[locked.rindex(b"PK\x01\x02") + 8] |= 1
    assert "password" in fault(write(bytes(locked)))


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress, lambda data: zipped({"a.csv": data})])
def test_a_bomb_is_refused_before_it_fills_the_memory(write, pack):
    path = write(pack(b"a,b\n" + b"1,2\n" * 500_000))
    with pytest.raises(AtlasError, match="far more"), Unpacked(path, limits=Limits(1 << 20, 50)) as opened:
        while opened.read(1 << 16):
            pass
    assert len(read_table(path).frame) == 500_000


def test_unclosed_quotation_mark(write):
    lines = numbered(20_000).splitlines()
    lines[15_000] = '"' + lines[15_000]
    message = fault(write("\n".join(lines)))
    assert "row 15,001" in message
    lines[10] += ",surplus" * 90
    assert "row 15,001" in fault(write("\n".join(lines)))
    lines[2] = '"' + lines[2]
    lines[10] = lines[9]
    assert "quotation mark" in fault(write("\n".join(lines)))


def test_no_permission(write):
    path = write(CITIES)
    path.chmod(0)
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        assert "may not be read" in fault(path)
    finally:
        if root:
            os.seteuid(0)


@pytest.mark.parametrize(("harm", "word"), [
    (lambda path: path.unlink(), "vanished"),
    (lambda path: path.write_bytes(path.read_bytes()[:-40]), "changed"),
    (lambda path: path.open("ab").write(b"p,1,2,3\n"), "changed"),
    (lambda path: os.utime(path, (1, 1)), "changed"),
])
def test_a_file_that_changes_midway(write, harm, word):
    path = write(numbered(60_000))
    done = []

    def report(fraction, message):
        if fraction > 0.3 and not done:
            done.append(True)
            harm(path)

    assert word in fault(path, CallbackProgress(report))


# Progress and cancelling

@pytest.mark.parametrize("pack", [bytes, gzip.compress, lambda data: zipped({"a.csv": data})])
def test_progress_and_cancel(write, pack):
    seen = []
    path = write(pack(numbered(100_000).encode()))
    read_table(path, CallbackProgress(lambda fraction, message: seen.append(fraction)))
    assert seen == sorted(seen)
    assert 0 <= seen[0] < 0.5 < seen[-1] <= 1
    calls = iter(range(100))
    with pytest.raises(Cancelled):
        read_table(path, CallbackProgress(cancelled=lambda: next(calls) >= 5))
    assert next(calls) == 6


def test_cancel_on_the_slow_way(write):
    path = write((numbered(100_000) + "x" + ",y" * 300 + "\n").encode())
    seen = []
    read_table(path, CallbackProgress(lambda fraction, message: seen.append(fraction)))
    calls = iter(range(1000))
    with pytest.raises(Cancelled):
        read_table(path, CallbackProgress(cancelled=lambda: next(calls) >= len(seen) - 3))


def test_texts_that_repeat_stay_the_very_texts(write):
    """Codes lose their zeros, and 1 and 1.0 become one, where the parser makes numbers of categories."""
    rows = [("007", "TRUE", "1.0"), ("7", "true", "1"), ("07", "True", "")]
    path = write("code,sure,n\n" + "\n".join(map(",".join, rows * 40)))
    frame = read_table(path).frame
    assert list(frame.itertuples(index=False, name=None))[:3] == rows
    assert all(frame[column].cat.categories.dtype == object for column in frame)


# Real files

def test_the_main_dataset_in_about_the_time_of_pandas(shared_data):
    path = shared_data / "cn_city_updates" / "toutiao_city_updates.csv.gz"
    clock = time.process_time  # a busy machine does not decide
    start = clock()
    table = read_table(path)
    ours = clock() - start
    start = clock()
    peer = pd.read_csv(path, dtype=object, keep_default_na=False, na_filter=False)
    theirs = clock() - start
    assert table.frame.shape == (756_185, 14)
    assert (table.frame.to_numpy() == peer.to_numpy()).all()
    assert table.headers == tuple(peer.columns)
    assert (table.rows == np.arange(2, 756_187)).all()
    assert table.rejected.empty
    assert table.source.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert ours < 1.6 * theirs


@pytest.mark.parametrize(("name", "encoding", "delimiter", "shape", "rejected"), [
    ("odd_formats/br_sp_municipios_latin1_semicolon.csv", "cp1252", ";", (231, 7), 1),
    ("odd_formats/es_madrid_bike_accidents_2021.csv", "utf-8-sig", ";", (845, 19), 0),
    ("cn_epidemic_places_2020/raw/*ois_gb18030.csv", "gb18030", ",", (6748, 5), 0),
    ("cn_epidemic_places_2020/raw/*ity_gb18030.csv", "gb18030", ",", (221, 9), 0),
    ("tw_dengue_2023/64000_kaohsiung.csv.gz", "utf-8-sig", ",", (3184, 28), 0),
    ("kr_routes/routes.csv", "utf-8", ",", (4028, 6), 15),
    ("world_earthquakes/all_month.csv.gz", "utf-8", ",", (9366, 22), 0),
])
def test_other_real_files(shared_data, name, encoding, delimiter, shape, rejected):
    table = read_table(next(shared_data.glob(name)))
    assert (table.source.encoding, table.source.delimiter) == (encoding, delimiter)
    assert table.frame.shape == shape
    assert len(table.rejected) == rejected
    assert table.source.rows == shape[0] + rejected


def test_judgement_of_encodings():
    assert encodings.judge_encoding("北京市朝阳区、医院".encode("gb18030")).name == "gb18030"
    assert encodings.judge_encoding("25 °C à Paris".encode("cp1252")).name == "cp1252"
    assert encodings.judge_encoding(b"caf\xe9 \x81").name == "latin-1"


def test_original_text_before_and_behind_the_first_quotation_mark(tmp_path: Path) -> None:
    lines = ["date,place,count", *(f"2020-02-01,P{i},{i}" for i in range(5)), '2020-02-01,"P\n6",6', "2020-02-01,P7,7"]
    path = tmp_path / "late.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    wanted = np.array([8, 3, 7])
    assert original_text(path, wanted) == ["2020-02-01,P7,7", "2020-02-01,P1,1", '2020-02-01,"P\n6",6']


# A preview

@pytest.mark.parametrize("most", [1, 7, 150_000])
def test_the_first_rows_alone_are_the_same_as_in_the_whole(write, most):
    lines = ["Cases by city", "", *numbered(160_000).splitlines()]
    lines[5:5] = [",,,", "", "Hotel, Grand,1,2,3"]
    path = write(gzip.compress("\n".join(lines).encode()))
    whole, first = read_table(path), read_table(path, most_rows=most)
    count = len(first.frame)
    assert max(1, most - 3) <= count <= most
    assert cells(first) == cells(whole)[:count]
    assert first.rows.tolist() == whole.rows[:count].tolist()
    assert first.headers == whole.headers
    assert first.source.sha256 == ""
    assert first.source.rows == count + len(first.rejected)
    slow = reading._read_by(reading.slow_chunks, path, Progress(), None, most)
    assert cells(slow) == cells(first)
    assert slow.source == first.source


def test_a_preview_reads_the_beginning_only(write):
    random = np.random.default_rng(5)
    text = "place,lon,lat\n" + "".join(f"p{a},{a},1\n" for a in random.integers(0, 9e9, 200_000))
    packed = gzip.compress(text.encode())
    seen = []
    path = write(packed[: len(packed) // 2])
    progress = CallbackProgress(lambda fraction, message: seen.append(fraction))
    assert len(read_table(path, progress, most_rows=50).frame) == 50
    assert seen[-1] < 0.5
