"""Missing libraries are named, with the way to get them, on each kind of computer."""
from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from outbreak_atlas.plugin.bridge.dependencies import OPTIONAL, REQUIRED, how_to_get, missing_libraries, purpose_of
from small_files import write_reports

#: Modules whose packages have other names.
_PACKAGES = {"PIL": "pillow"}


def test_nothing_is_missing_here(qgis_app: object) -> None:
    assert missing_libraries() == ()


def test_a_hidden_library_is_missing(qgis_app: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    assert missing_libraries() == ("pandas",)


def test_a_library_that_was_never_there_is_missing(qgis_app: object) -> None:
    assert missing_libraries(("no_such_library_at_all", "numpy")) == ("no_such_library_at_all",)


_LOAD = """
import sys
sys.path.insert(0, sys.argv[1])
from session import register_package
register_package()

class Hide:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("shapely", "scipy", "matplotlib", "pyproj", "openpyxl", "charset_normalizer"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Hide())
from pathlib import Path
from outbreak_atlas.plugin.core.dataset import LoadOptions
from outbreak_atlas.plugin.core.progress import Progress
from outbreak_atlas.plugin.store.loading import load_dataset
from outbreak_atlas.plugin.store.queries import states_at
output = Path(sys.argv[3])
load_dataset([Path(sys.argv[2])], output, LoadOptions(), lambda cleaned: {}, Progress())
print(len(states_at(output, 2**60)))
"""


def test_the_required_libraries_are_enough_to_load(tmp_path: Path, repository: Path) -> None:
    source = write_reports(tmp_path / "reports.csv")
    command = [sys.executable, "-c", _LOAD, str(repository / ".ci"), str(source), str(tmp_path / "out.gpkg")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["3"]


def test_what_is_required_is_declared_everywhere(repository: Path) -> None:
    requirements = (repository / "requirements.txt").read_text(encoding="utf-8")
    declared = re.findall(r"^([a-z-]+)", requirements, re.MULTILINE)
    assert declared == [*REQUIRED, *(_PACKAGES.get(name, name.replace("_", "-")) for name in OPTIONAL), "tzdata"]
    assert re.search(r'^tzdata; sys_platform == "win32"$', requirements, re.MULTILINE)
    about = re.search(r"^about=.*\n(?:    .*\n)+", (repository / "metadata.txt").read_text(encoding="utf-8"), re.M)
    readme = (repository / "README.md").read_text(encoding="utf-8")
    for name in declared:
        assert name in about[0] and name in readme


def test_an_optional_library_is_asked_for_with_its_purpose(qgis_app: object) -> None:
    assert all(map(purpose_of, OPTIONAL))
    assert not any(map(purpose_of, REQUIRED))
    text = how_to_get(("openpyxl", "charset_normalizer"), "linux")
    assert "openpyxl (needed for Excel workbooks)" in text
    assert "apt install python3-openpyxl python3-charset-normalizer" in text


@pytest.mark.parametrize(("platform", "words"), [
    ("linux", "sudo apt install python3-numpy python3-pandas"),
    ("win32", "OSGeo4W"),
    ("darwin", "QPIP"),
    ("freebsd14", "QPIP"),
])
def test_the_advice_fits_the_computer(qgis_app: object, platform: str, words: str) -> None:
    text = how_to_get(("numpy", "pandas"), platform)
    assert words in text
    assert "pandas" in text
    assert "restart QGIS" in text
