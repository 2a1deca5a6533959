"""A file that cannot be opened is one clear error, and closing what never opened is none."""
from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from outbreak_atlas.plugin.core import unpacking
from outbreak_atlas.plugin.core.errors import AtlasError
from outbreak_atlas.plugin.core.unpacking import Unpacked


def test_what_was_never_opened_can_be_closed(tmp_path: Path) -> None:
    """As Python does with a stream that it collects, whose errors are shown in its development mode."""
    stream = Unpacked.__new__(Unpacked)
    with pytest.raises(AtlasError, match=r"nowhere\.csv"):
        stream.__init__(tmp_path / "nowhere.csv")
    stream.close()
    assert stream.closed


def test_closing_closes_the_file_and_may_be_repeated(tmp_path: Path) -> None:
    path = tmp_path / "reports.csv"
    path.write_bytes(b"a,b\n1,2\n")
    with Unpacked(path) as opened:
        file = opened._file
        assert opened.read() == b"a,b\n1,2\n"
    assert opened.closed and file.closed
    opened.close()


def test_an_archive_that_makes_no_sense_is_refused_and_left_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the error is handled too: an open file can be neither mended nor moved on Windows."""
    path, files, open_hashed = tmp_path / "reports.zip", [], unpacking._open_hashed
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("é.csv", "a,b\n1,2\n")
    path.write_bytes(path.read_bytes().replace("é".encode(), b"\xff\xfe", 1))
    monkeypatch.setattr(unpacking, "_open_hashed", lambda path: files.append(open_hashed(path)) or files[-1])
    with pytest.raises(AtlasError, match="damaged") as caught:
        Unpacked(path)
    assert caught.value is not None and files[0].closed
