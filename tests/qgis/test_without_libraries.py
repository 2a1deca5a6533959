"""Clusters and heat need no library beside numpy and pandas: the others make pictures, or make it faster."""
from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

#: What may be missing without any change of a number.
NOT_NEEDED = ("sklearn", "numba", "matplotlib", "scipy", "hdbscan", "fast_hdbscan", "kneed", "pyproj")


def probe(repository: Path, folder: Path, *hidden: str) -> dict[str, Any]:
    folder.mkdir()
    command = [sys.executable, str(repository / "tests" / "qgis" / "libraries_probe.py"), str(folder), *hidden]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def with_all(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return probe(repository, tmp_path_factory.mktemp("all") / "out")


def test_the_libraries_are_here_otherwise(with_all: dict[str, Any]) -> None:
    assert with_all["picture"]
    assert max(one or 0 for one in with_all["dbscan"]) > 1 and None in with_all["dbscan"]
    assert len(with_all["heatmapseries"]) == 3


def test_numbers_are_the_same_without(repository: Path, with_all: dict[str, Any], tmp_path: Path) -> None:
    without = probe(repository, tmp_path / "out", *NOT_NEEDED)
    assert not without.pop("picture")
    for name, value in without.items():
        if isinstance(value, list) and value and isinstance(value[0], list):
            for mine, theirs in zip(value, with_all[name]):
                assert mine == pytest.approx(theirs, rel=1e-6), name
        else:
            assert value == pytest.approx(with_all[name]) if name == "eps" else value == with_all[name], name


def test_only_the_summary_needs_shapely(repository: Path, with_all: dict[str, Any], tmp_path: Path) -> None:
    without = probe(repository, tmp_path / "out", "shapely")
    for name in ("dbscan", "stdbscan", "hdbscan"):
        assert without[f"{name} areas"] is None
        assert without[name] == with_all[name]
