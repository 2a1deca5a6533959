"""The rings of the house: read from the imports, and the reader is tried on planted crossings."""
from __future__ import annotations

from pathlib import Path

import pytest
from rings import modules, violations, violations_in


def test_no_module_crosses_a_ring(repository: Path) -> None:
    assert violations(repository) == []


def test_every_ring_is_read(repository: Path) -> None:
    names = {path.relative_to(repository).as_posix() for path in modules(repository)}
    assert {"__init__.py", "plugin/core/schema.py", "ui/__init__.py"} <= names


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("plugin/core/a.py", "import qgis"),
        ("plugin/core/a.py", "from qgis.core import QgsPointXY"),
        ("plugin/core/a.py", "from osgeo import ogr"),
        ("plugin/core/a.py", "from PyQt5.QtCore import Qt"),
        ("plugin/core/a.py", "import sqlite3"),
        ("plugin/core/a.py", "from ..store import queries"),
        ("plugin/core/a.py", "from .. import store"),
        ("plugin/core/a.py", "def late():\n    from ..bridge.layers import open_layer"),
        ("plugin/core/a.py", "import importlib\nimportlib.import_module('qgis.core')"),
        ("plugin/core/deep/a.py", "from ...store import queries"),
        ("plugin/store/a.py", "from osgeo import ogr"),
        ("plugin/store/a.py", "from qgis.core import QgsVectorLayer"),
        ("plugin/store/a.py", "from ..bridge import layers"),
        ("plugin/bridge/a.py", "from ..algorithms.provider import AtlasProvider"),
        ("plugin/bridge/a.py", "from PyQt5.QtCore import Qt"),
        ("plugin/algorithms/a.py", "from ...ui import dock"),
        ("plugin/export/a.py", "from ..entry import OutbreakAtlas"),
        ("plugin/algorithms/a.py", "import subprocess"),
        ("plugin/algorithms/a.py", "from outbreak_atlas.plugin.core import schema"),
        ("ui/dock.py", "from ..plugin.entry import OutbreakAtlas"),
        ("ui/dock.py", "from ...elsewhere import thing"),
        ("plugin/leftover.py", "import math"),
        ("plugin/__init__.py", "from .core import schema"),
    ],
)
def test_a_planted_crossing_is_found(path: str, source: str) -> None:
    assert len(violations_in(source, path)) == 1


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("plugin/core/a.py", "from __future__ import annotations\nimport numpy as np\nfrom . import schema"),
        ("plugin/core/__init__.py", "from .schema import Step"),
        ("plugin/store/a.py", "import sqlite3\nfrom ..core.schema import Step\nfrom .queries import total"),
        ("plugin/bridge/a.py", "from qgis.core import QgsTask\nfrom ..store import queries"),
        ("plugin/export/a.py", "from ..algorithms.base import AtlasAlgorithm"),
        ("ui/dock.py", "from ..plugin.bridge import layers\nfrom .views import Dock"),
        ("plugin/entry.py", "from ..ui.dock import Dock\nfrom .algorithms.provider import AtlasProvider"),
        ("__init__.py", "def classFactory(iface):\n    from .plugin.entry import OutbreakAtlas"),
        ("plugin/__init__.py", ""),
    ],
)
def test_an_allowed_import_is_left_alone(path: str, source: str) -> None:
    assert violations_in(source, path) == []
