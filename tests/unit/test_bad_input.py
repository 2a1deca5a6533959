"""Files that are broken, hostile or odd: read for what they are, or refused in one sentence that tells the mend."""
from __future__ import annotations

import bz2
import gzip
import io
import lzma
import sqlite3
import time
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from outbreak_atlas.plugin.core.dataset import LoadOptions
from outbreak_atlas.plugin.core.errors import AtlasError
from outbreak_atlas.plugin.core.progress import CallbackProgress, Progress
from outbreak_atlas.plugin.core.reading import read_table
from outbreak_atlas.plugin.core.unpacking import MOST_LINE_BYTES
from outbreak_atlas.plugin.store.loading import load_dataset

HEADER = "reported_at,city,lon,lat,confirmed\n"
ROW = "2020-02-01T08:00:00,Wuhan,114.3,30.6,4\n"
TABLE = (HEADER + ROW * 20).encode()
#: Names that a spreadsheet, a browser or a database would act upon, and one that only looks odd.
NASTY = (
    '=HYPERLINK("http://example.org","x")', "+1+1", "-2+3", "@SUM(A1:A9)", "\t=1+1",
    "<script>alert('x')</script>", "<img src=x onerror=alert(1)>", "&lt;b&gt; &amp;", "</style><b>",
    "Robert'); DROP TABLE updates;--", '" OR ""="', "x'; DELETE FROM places WHERE '1'='1",
    "%s %d {0} {name}", "C:\\new\\table",
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "table.csv"


def zipped(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def refusal(path: Path, content: bytes) -> str:
    """The sentence that the file is refused with; it names the file and takes neither long nor much memory."""
    path.write_bytes(content)
    del content
    tracemalloc.start()
    start = time.process_time()
    try:
        with pytest.raises(AtlasError) as caught:
            read_table(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert time.process_time() - start < 10
    assert peak < 200 << 20
    message = caught.value.message
    assert path.name in message
    assert message.endswith(".") and "\n" not in message
    return message


def blown_up(pack: Callable[[bytes], bytes]) -> bytes:
    """A few hundred kilobytes that unpack to some 300 MB of a table with long cells."""
    return b"".join([pack(HEADER.encode()), *[pack((ROW[:-1] + "," + "x" * (1 << 20) + "\n").encode() * 4)] * 75])


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress])
def test_a_packed_file_that_would_fill_the_memory(path: Path, pack: Callable[[bytes], bytes]) -> None:
    message = refusal(path, blown_up(pack))
    assert "unpacks to far more" in message and "unpack it yourself" in message


def test_a_zip_archive_that_would_fill_the_memory(path: Path) -> None:
    assert "unpacks to far more" in refusal(path, zipped({"table.csv": TABLE + b"," * (200 << 20)}))


@pytest.mark.parametrize(("line", "at"), [
    (b"x", "first"), (b"x,", "first"), (b"x", "later"), (b"x,", "later"), (b'"x",', "later")])
def test_a_line_of_200_mb(path: Path, line: bytes, at: str) -> None:
    endless = line * ((200 << 20) // len(line)) + b"\n"
    message = refusal(path, endless + TABLE if at == "first" else TABLE + endless + TABLE)
    if at == "later":
        assert "Row 22 of" in message and "line ends that are missing" in message


def test_a_long_line_that_is_none_too_long(path: Path) -> None:
    outline = "5 " * (2 << 20)
    path.write_text(HEADER.replace("\n", ",outline\n") + ROW.replace("\n", f",{outline}\n") * 3, encoding="utf-8")
    assert len(outline) < MOST_LINE_BYTES
    assert read_table(path).frame[5].tolist() == [outline] * 3


def test_a_quotation_mark_that_swallows_the_rest(path: Path) -> None:
    message = refusal(path, TABLE + b'"' + TABLE * 20_000)
    assert "opened in row 22 is not closed" in message


def test_nul_characters_are_dropped_and_harm_no_row(path: Path) -> None:
    path.write_bytes(TABLE.replace(b"Wuhan", b"Wu\0han\0", 3))
    assert read_table(path).frame[1].tolist() == ["Wuhan"] * 20


def test_nothing_but_nul_characters(path: Path) -> None:
    assert "binary" in refusal(path, b"\0" * 100_000)


def test_ten_thousand_columns(path: Path) -> None:
    header = ",".join(["city", *(f"c{number}" for number in range(9_999))])
    rows = [",".join([f"city {row}", *map(str, range(row, row + 9_999))]) for row in range(50)]
    path.write_text("\n".join([header, *rows]), encoding="utf-8")
    start = time.process_time()
    table = read_table(path)
    assert time.process_time() - start < 5
    assert table.frame.shape == (50, 10_000)
    assert table.headers[-1] == "c9998"
    assert table.frame.iloc[-1, -1] == str(49 + 9_998)


def test_headers_that_repeat(path: Path) -> None:
    path.write_text("city,n,n,,\nWuhan,1,2,3,4\nEzhou,5,6,7,8\n", encoding="utf-8")
    table = read_table(path)
    assert table.headers == ("city", "n", "n", "", "")
    assert table.frame.to_numpy().tolist() == [["Wuhan", "1", "2", "3", "4"], ["Ezhou", "5", "6", "7", "8"]]


@pytest.mark.parametrize("name", [
    "with blanks and 'quotes'.csv", "武汉 疫情.csv", "a%20b#c&d.csv", "two\nlines.csv", "-rf.csv", "é" * 60 + ".csv"])
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_odd_paths(tmp_path: Path, name: str, pack: Callable[[bytes], bytes]) -> None:
    folder = tmp_path / "a folder's 名字"
    folder.mkdir()
    path = folder / name
    try:
        path.write_bytes(pack(TABLE))
    except OSError:
        pytest.skip("no such name on this system")
    table = read_table(path)
    assert len(table.frame) == 20
    assert table.source.name == name


def test_a_file_that_grows_while_it_is_read(path: Path) -> None:
    path.write_bytes(HEADER.encode() + ROW.encode() * 100_000)
    grown: list[bool] = []

    def grow(fraction: float, message: str) -> None:
        if fraction > 0.5 and not grown:
            grown.append(True)
            with path.open("ab") as file:
                file.write(ROW.encode())

    with pytest.raises(AtlasError, match=r"table\.csv.*changed while it was read: wait"):
        read_table(path, CallbackProgress(grow))


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress, bz2.compress, lambda data: zipped({"a.csv": data})])
@pytest.mark.parametrize("share", [0.05, 0.5, 0.99])
def test_a_packed_file_that_is_cut(path: Path, pack: Callable[[bytes], bytes], share: float) -> None:
    rows = (f"2020-02-01T08:00:00,P{i * 7919 % 10007},{i % 360 - 180},{i % 170 - 85},{i}\n" for i in range(9999))
    text = HEADER + "".join(rows)
    packed = pack(text.encode())
    assert "get it again" in refusal(path, packed[: int(len(packed) * share)])


@pytest.mark.parametrize(("content", "words"), [
    (b"", "is empty"), (b" \n\n", "is empty"), (HEADER.encode(), "no rows"),
    (b"\x7fELF" + bytes(range(256)) * 40, "binary"), (b"%PDF-1.7\n%\xe2\xe3", "PDF"),
    (zipped({"a.csv": TABLE, "b.csv": TABLE}), "2 files: unpack it"), (zipped({"a.txt": b""}), "is empty"),
    ("\u3000^\x0c\n".encode(), "no rows can be made out"),
], ids=["nothing", "blanks", "header only", "program", "PDF", "several tables", "zip of nothing", "odd blanks"])
def test_what_is_no_table(path: Path, content: bytes, words: str) -> None:
    assert words in refusal(path, content)


def test_an_archive_with_a_password(path: Path) -> None:
    locked = bytearray(zipped({"cities.csv": TABLE}))
    locked[6] |= 1
    locked[locked.rindex(b"PK\x01\x02") + 8] |= 1
    assert "password: unpack it" in refusal(path, bytes(locked))


def test_names_with_formulas_markup_and_sql_are_text_from_the_file_to_the_geopackage(path: Path) -> None:
    names = [name.strip() for name in NASTY]
    quoted = ['"' + name.replace('"', '""') + '"' for name in names]
    rows = [f"2020-02-0{day}T08:00:00,{name},114.{at},30.{at},{day + at}\n"
            for day in (1, 2) for at, name in enumerate(quoted, 1)]
    path.write_text(HEADER + "".join(rows), encoding="utf-8")
    assert read_table(path).frame[1].tolist() == names * 2
    output = path.with_suffix(".gpkg")
    cleaned = load_dataset([path], output, LoadOptions(), lambda _: {}, Progress())
    assert cleaned.info.rows_read == len(rows) == cleaned.info.states
    with sqlite3.connect(output) as database:
        stored = {name for (name,) in database.execute("SELECT city FROM updates")}
    assert stored == set(names)
