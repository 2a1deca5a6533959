"""Missing libraries are named, with the way to get them, on each kind of computer."""
from __future__ import annotations

import sys

import pytest
from outbreak_atlas.plugin.bridge.dependencies import how_to_get, missing_libraries


def test_nothing_is_missing_here(qgis_app: object) -> None:
    assert missing_libraries() == ()


def test_a_hidden_library_is_missing(qgis_app: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    assert missing_libraries() == ("pandas",)


def test_a_library_that_was_never_there_is_missing(qgis_app: object) -> None:
    assert missing_libraries(("no_such_library_at_all", "numpy")) == ("no_such_library_at_all",)


@pytest.mark.parametrize(("platform", "words"), [
    ("linux", "sudo apt install python3-pandas python3-shapely"),
    ("win32", "OSGeo4W"),
    ("darwin", "QPIP"),
    ("freebsd14", "QPIP"),
])
def test_the_advice_fits_the_computer(qgis_app: object, platform: str, words: str) -> None:
    text = how_to_get(("pandas", "shapely"), platform)
    assert words in text
    assert "pandas" in text
    assert "restart QGIS" in text
