"""A file that cannot be opened is one clear error, and nothing is said behind it."""
from __future__ import annotations

import gc
import sys
from pathlib import Path

import pytest
from outbreak_atlas.plugin.core.errors import AtlasError
from outbreak_atlas.plugin.core.unpacking import Unpacked


def test_a_file_that_is_not_there_leaves_no_error_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    unraisable: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", unraisable.append)
    with pytest.raises(AtlasError, match=r"nowhere\.csv"):
        Unpacked(tmp_path / "nowhere.csv")
    gc.collect()
    assert [str(one) for one in unraisable] == []


def test_closing_closes_the_file_and_may_be_repeated(tmp_path: Path) -> None:
    path = tmp_path / "reports.csv"
    path.write_bytes(b"a,b\n1,2\n")
    with Unpacked(path) as opened:
        file = opened._file
        assert opened.read() == b"a,b\n1,2\n"
    assert opened.closed and file.closed
    opened.close()
