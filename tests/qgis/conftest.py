"""One QgsApplication for the whole suite, in a profile of its own, with Processing and our provider."""
from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from session import start_qgis

if TYPE_CHECKING:
    from qgis.core import QgsApplication

# Before Qt is loaded: a test run opens no window, on any machine.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


@pytest.fixture(scope="session")
def qgis_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[QgsApplication]:
    """A running QGIS without a main window: native algorithms, Processing, and ours."""
    from qgis.core import QgsProject

    application, provider = start_qgis(tmp_path_factory.mktemp("profile"))
    yield application
    QgsProject.instance().clear()
    del provider
    application.exitQgis()


@pytest.fixture
def project(qgis_app: QgsApplication) -> Iterator[object]:
    """The current project, empty before and after the test."""
    from qgis.core import QgsProject

    current = QgsProject.instance()
    current.clear()
    yield current
    current.clear()
