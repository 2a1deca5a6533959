"""One QgsApplication for the whole suite, in a profile of its own, with Processing and our provider."""
from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from session import start_qgis, stop_qgis

if TYPE_CHECKING:
    from dock_stage import DockStage
    from qgis.core import QgsApplication, QgsVectorLayer

# Before Qt is loaded: a test run opens no window, on any machine.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


@pytest.fixture(scope="session")
def qgis_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[QgsApplication]:
    """A running QGIS without a main window: native algorithms, Processing, and ours."""
    application, provider = start_qgis(tmp_path_factory.mktemp("profile"))
    yield application
    del provider
    stop_qgis(application)


@pytest.fixture
def project(qgis_app: QgsApplication) -> Iterator[object]:
    """The current project, empty before and after the test."""
    from qgis.core import QgsProject

    current = QgsProject.instance()
    current.clear()
    yield current
    current.clear()


@pytest.fixture(scope="session")
def dock_dataset(qgis_app: QgsApplication, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The dataset of `dock_dataset.py`, to be copied and not to be changed."""
    import dock_dataset

    return dock_dataset.load(tmp_path_factory.mktemp("dock"))


@pytest.fixture
def dock_file(dock_dataset: Path, tmp_path: Path) -> Path:
    """A copy of it that a test may change."""
    return Path(shutil.copy(dock_dataset, tmp_path / "data.gpkg"))


@pytest.fixture
def dock_stage(project: object) -> Iterator[DockStage]:
    """The dock in a window, without any dataset."""
    from dock_stage import DockStage

    with DockStage() as stage:
        yield stage


@pytest.fixture
def dock_layer(dock_stage: DockStage, dock_file: Path) -> QgsVectorLayer:
    """The dataset's layer, which the dock shows."""
    return dock_stage.open(dock_file)
