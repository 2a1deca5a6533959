"""The plugin and a QGIS without a window, for tests, benchmarks and the demo."""
from __future__ import annotations

import atexit
import gc
import importlib.util
import os
import sys
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qgis.core import QgsApplication

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = "outbreak_atlas"


def register_package(root: Path = ROOT, name: str = PACKAGE) -> ModuleType:
    """Import the root as QGIS would through its link, without a change of `sys.path`."""
    if name in sys.modules:
        return sys.modules[name]
    _show_proj_its_data()
    spec = importlib.util.spec_from_file_location(
        name, root / "__init__.py", submodule_search_locations=[str(root)]
    )
    if spec is None or spec.loader is None:
        raise ImportError(f"{root} cannot be imported as a package")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _show_proj_its_data() -> None:
    """A distribution's pyproj looks for its data below `sys.prefix`, which a virtual environment moves."""
    data = Path(sys.base_prefix) / "share" / "proj"
    if sys.prefix != sys.base_prefix and data.is_dir():
        os.environ.setdefault("PROJ_DATA", str(data))


def start_qgis(profile: Path) -> tuple[QgsApplication, object]:
    """A running QGIS with native algorithms, Processing, and ours; keep what it returns.

    Settings stay in `profile`: they never reach the user's own QGIS, and the user's never us.
    """
    register_package()
    _keep_settings_in(profile)
    from qgis.core import QgsApplication

    application = QgsApplication.instance()
    if application is None:
        application = QgsApplication([], True, str(profile))
        application.initQgis()
        atexit.register(stop_qgis, application)  # which also keeps it until then
    _start_processing()
    return application, _add_our_provider()


def stop_qgis(application: QgsApplication) -> None:
    """End QGIS while the libraries below it still work; at the end of Python, unless it is called before.

    Else its caches go as the C library ends, maybe after PROJ's: a crash in one of fifty runs that drew a map.
    """
    from qgis.core import QgsProject

    atexit.unregister(stop_qgis)
    QgsProject.instance().clear()
    gc.collect()  # layers in cycles, as of a caught error's frames, must not outlive QGIS
    application.exitQgis()


def _keep_settings_in(profile: Path) -> None:
    from qgis.PyQt.QtCore import QCoreApplication, QSettings

    os.environ["QGIS_CUSTOM_CONFIG_PATH"] = str(profile)
    QSettings.setDefaultFormat(QSettings.Format.IniFormat)
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(profile))
    QCoreApplication.setOrganizationName(f"{PACKAGE}_tests")
    QCoreApplication.setApplicationName(f"{PACKAGE}_tests")


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

    registry = QgsApplication.processingRegistry()
    known = registry.providerById("outbreakatlas")
    if known is not None:
        return known
    provider = AtlasProvider()
    if not registry.addProvider(provider):
        raise RuntimeError("the Processing registry refused the provider")
    return provider
