"""One QgsApplication for the whole suite, in a profile of its own, with Processing and our provider."""
from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from qgis.core import QgsApplication

# Before Qt is loaded: a test run opens no window, on any machine.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


def _keep_settings_in(profile: Path) -> None:
    """Settings of the tests never reach the user's own QGIS, and the user's never the tests."""
    from qgis.PyQt.QtCore import QCoreApplication, QSettings

    os.environ["QGIS_CUSTOM_CONFIG_PATH"] = str(profile)
    QSettings.setDefaultFormat(QSettings.Format.IniFormat)
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(profile))
    QCoreApplication.setOrganizationName("outbreak_atlas_tests")
    QCoreApplication.setApplicationName("outbreak_atlas_tests")


def _start_processing() -> None:
    from qgis.analysis import QgsNativeAlgorithms
    from qgis.core import QgsApplication

    plugins = str(Path(QgsApplication.pkgDataPath()) / "python" / "plugins")
    if plugins not in sys.path:
        sys.path.append(plugins)
    from processing.core.Processing import Processing

    Processing.initialize()
    registry = QgsApplication.processingRegistry()
    if registry.providerById("native") is None:
        registry.addProvider(QgsNativeAlgorithms(registry))


def _add_our_provider() -> object:
    """The provider, to be kept: the registry owns only its C++ half."""
    from outbreak_atlas.plugin.algorithms.provider import AtlasProvider
    from qgis.core import QgsApplication

    provider = AtlasProvider()
    if not QgsApplication.processingRegistry().addProvider(provider):
        raise RuntimeError("the Processing registry refused the provider")
    return provider


@pytest.fixture(scope="session")
def qgis_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[QgsApplication]:
    """A running QGIS without a main window: native algorithms, Processing, and ours."""
    from qgis.core import QgsApplication, QgsProject

    profile = tmp_path_factory.mktemp("profile")
    _keep_settings_in(profile)
    application = QgsApplication([], True, str(profile))
    application.initQgis()
    _start_processing()
    provider = _add_our_provider()
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
