"""A file that cannot be opened is one clear error, and closing what never opened is none."""
from __future__ import annotations

from pathlib import Path

import pytest
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
