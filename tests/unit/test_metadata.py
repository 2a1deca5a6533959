"""metadata.txt is what QGIS and the plugin repository want, and the checks themselves can say no."""
from __future__ import annotations

import re
from pathlib import Path

import pytest
from package import content_problems, file_problems, metadata_problems, read_metadata

COMPLETE = ["metadata.txt", "__init__.py", "LICENSE", "README.md", "requirements.txt"]


@pytest.fixture(scope="module")
def text(repository: Path) -> str:
    return (repository / "metadata.txt").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def metadata(text: str) -> dict[str, str]:
    return read_metadata(text)


def test_metadata_is_complete(text: str) -> None:
    assert metadata_problems(text) == []


def test_metadata_says_which_qgis(metadata: dict[str, str]) -> None:
    assert metadata["qgisMinimumVersion"] == "3.40"
    assert metadata["qgisMaximumVersion"] == "4.99"
    assert metadata["hasProcessingProvider"] == "yes"
    assert metadata["plugin_dependencies"] == "qpip"


def test_version_is_in_the_changelog_or_unreleased(metadata: dict[str, str], repository: Path) -> None:
    changelog = (repository / "CHANGELOG.md").read_text(encoding="utf-8")
    headings = re.findall(r"^## \[([^\]]+)\]", changelog, re.MULTILINE)
    assert headings[0] == "Unreleased"
    assert metadata["version"] in metadata["changelog"]


def test_icon_is_an_svg_that_is_there(metadata: dict[str, str], repository: Path) -> None:
    assert "<svg" in (repository / metadata["icon"]).read_text(encoding="utf-8")


def test_licence_is_the_gpl(metadata: dict[str, str], repository: Path) -> None:
    licence = (repository / "LICENSE").read_text(encoding="utf-8")
    assert "GNU GENERAL PUBLIC LICENSE" in licence and "Version 2, June 1991" in licence
    assert metadata["license"] == "GPL-2.0-or-later"


@pytest.mark.parametrize(
    "change",
    [
        ("version=0.1.0", "version=0.1.0-beta"),
        ("version=0.1.0", "version="),
        ("tracker=https", "tracker=ftp"),
        ("hasProcessingProvider=yes", "hasProcessingProvider=no"),
        ("description=Dated", "description=100% dated"),
        ("deprecated=False", "supportsQt6=True"),
        ("[general]", "[other]"),
    ],
)
def test_a_spoilt_metadata_is_refused(text: str, change: tuple[str, str]) -> None:
    spoilt = text.replace(*change, 1)
    assert spoilt != text
    assert metadata_problems(spoilt)


@pytest.mark.parametrize(
    "name",
    ["plugin/core/a.pyc", "plugin/fast.so", "resources/.hidden", "plugin/__pycache__/a", "resources_rc.py"],
)
def test_what_does_not_belong_is_found(name: str) -> None:
    assert file_problems(COMPLETE) == []
    assert len(file_problems([*COMPLETE, name])) == 1


def test_a_missing_licence_is_found() -> None:
    assert file_problems([name for name in COMPLETE if name != "LICENSE"]) == ["LICENSE is missing"]


def test_a_program_under_another_name_is_found(tmp_path: Path) -> None:
    (tmp_path / "metadata.txt").write_text("[general]\nicon=icon.svg\n", encoding="utf-8")
    (tmp_path / "icon.svg").write_text("<svg/>", encoding="utf-8")
    assert content_problems(tmp_path) == []
    (tmp_path / "notes.txt").write_bytes(b"\x7fELF\x02\x01")
    assert len(content_problems(tmp_path)) == 1
