"""Which Python libraries are missing, and how a person gets them. Installs nothing."""
from __future__ import annotations

import sys
from importlib.util import find_spec

from .translation import tr

#: Without these no dataset can be read. (scipy only makes things faster.)
REQUIRED = ("numpy", "pandas", "shapely", "pyproj")


def missing_libraries(names: tuple[str, ...] = REQUIRED) -> tuple[str, ...]:
    """Those of the names that Python does not find, found out without importing them."""
    return tuple(name for name in names if not _is_present(name))


def _is_present(name: str) -> bool:
    if name in sys.modules:
        return sys.modules[name] is not None
    try:
        return find_spec(name) is not None
    except (ImportError, ValueError):
        return False


def how_to_get(names: tuple[str, ...], platform: str = sys.platform) -> str:
    """One paragraph that says what is missing and how to install it on this kind of computer."""
    what = tr("Outbreak Atlas needs Python libraries that this QGIS does not have: {names}.")
    return " ".join((what.format(names=", ".join(names)), _advice(names, platform), tr("Then restart QGIS.")))


def _advice(names: tuple[str, ...], platform: str) -> str:
    if platform.startswith("linux"):
        packages = " ".join(f"python3-{name}" for name in names)
        return tr("Install them with your system's packages (Debian and Ubuntu: sudo apt install {packages}) "
                  "or with the plugin QPIP.").format(packages=packages)
    if platform == "win32":
        return tr("Install the plugin QPIP and follow it, or add qgis-ltr-full (or python3-pandas, "
                  "python3-shapely) in the OSGeo4W setup.")
    if platform == "darwin":
        return tr("Install the plugin QPIP and let it add them to QGIS's own Python: {names}.").format(
            names=" ".join(names))
    return tr("Install the plugin QPIP and follow it.")
