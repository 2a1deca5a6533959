"""What a file is, is found by its content; what cannot be read is refused in words."""
from __future__ import annotations

import gzip
import zipfile
from pathlib import Path

import pytest
from outbreak_atlas.plugin.core.errors import AtlasError
from outbreak_atlas.plugin.core.files import ReadOptions, read_file, split_layer
from outbreak_atlas.plugin.core.progress import Progress
from outbreak_atlas.plugin.core.reading import RawTable
from raw_tables import raw_table

TEXT = "date,city,confirmed\n2020-02-01,Wuhan,3\n2020-02-02,Wuhan,4\n"


def write(path: Path, data: bytes | str) -> Path:
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def maps(path: Path, options: ReadOptions, progress: Progress) -> RawTable:
    """A reader that knows everything that it is asked about."""
    return raw_table("from,reader\n1,2\n")


@pytest.mark.parametrize("name", ["reports.csv", "reports.xlsx", "reports.geojson", "reports"])
def test_text_is_text_whatever_its_name(tmp_path: Path, name: str) -> None:
    assert read_file(write(tmp_path / name, TEXT), readers=[maps]).headers == ("date", "city", "confirmed")


@pytest.mark.parametrize("data", [
    b'{"type": "FeatureCollection", "features": []}', b"\xef\xbb\xbf <?xml version='1.0'?><kml/>", b"[ {\n",
    b"SQLite format 3\0" + bytes(100), b"\0\0\x27\x0a" + bytes(100), b"fgb\3fgb\0" + bytes(100),
    b"!table\n!version 300\n", gzip.compress(b'{"type": "FeatureCollection"}'),
])
def test_other_kinds_are_for_readers(tmp_path: Path, data: bytes) -> None:
    path = write(tmp_path / "reports.csv", data)
    assert read_file(path, readers=[maps]).headers == ("from", "reader")
    with pytest.raises(AtlasError, match=r"reports\.csv"):
        read_file(path)
    with pytest.raises(AtlasError, match=r"reports\.csv"):
        read_file(path, readers=[lambda *_: None])


@pytest.mark.parametrize("header", ["<DATE>,<CITY>,<N>", "Version,city,n", "[date],[city],[n]"])
def test_odd_headers_are_still_text(tmp_path: Path, header: str) -> None:
    path = write(tmp_path / "reports.csv", f"{header}\n2020-02-01,Wuhan,3\n")
    assert len(read_file(path, readers=[maps]).frame) == 1
    assert read_file(path, readers=[maps]).headers[1].strip("<[]>").lower() == "city"


def test_archives_are_looked_into(tmp_path: Path) -> None:
    for name, inside in (("text.zip", "reports.csv"), ("map.zip", "folder/reports.shp")):
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            archive.writestr(inside, TEXT)
    assert read_file(tmp_path / "text.zip", readers=[maps]).headers[0] == "date"
    assert read_file(tmp_path / "map.zip", readers=[maps]).headers[0] == "from"


def test_a_part_of_a_shapefile_stands_for_it(tmp_path: Path) -> None:
    for name in ("a.shp", "a.prj", "b.prj"):
        write(tmp_path / name, TEXT)
    assert read_file(tmp_path / "a.prj", readers=[maps]).headers[0] == "from"
    assert read_file(tmp_path / "b.prj", readers=[maps]).headers[0] == "date"


def test_readers_get_the_layer_and_the_options(tmp_path: Path) -> None:
    path = write(tmp_path / "a.gpkg", b"SQLite format 3\0" + bytes(100))
    asked = []

    def reader(path: Path, options: ReadOptions, progress: Progress) -> RawTable:
        asked.append((path, options.sheet, options.most_rows))
        return maps(path, options, progress)

    read_file(Path(f"{path}|layername=cases"), ReadOptions(most_rows=7), readers=[reader])
    read_file(path, ReadOptions("other"), readers=[reader])
    assert asked == [(path, "cases", 7), (path, "other", None)]


def test_a_name_with_a_bar_is_a_name(tmp_path: Path) -> None:
    path = tmp_path / "a|layername=b"
    try:
        write(path, TEXT)
    except OSError:
        pytest.skip("this system allows no bar in names")
    assert split_layer(path) == (path, "")


@pytest.mark.parametrize(("name", "words"), [("nowhere.csv", "There is no file"), (".", "is a folder")])
def test_what_cannot_be_opened_is_told(tmp_path: Path, name: str, words: str) -> None:
    with pytest.raises(AtlasError, match=words):
        read_file(tmp_path / name, readers=[lambda *_: None])
