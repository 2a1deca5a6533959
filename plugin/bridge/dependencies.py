"""Which Python libraries are missing, and how a person gets them. Installs nothing."""
from __future__ import annotations

import sys
from importlib.util import find_spec

from .translation import tr

#: Without these no dataset can be read.
REQUIRED = ("numpy", "pandas")
#: These are asked for where they are needed; `purpose_of` says for what.
OPTIONAL = (
    "openpyxl", "charset_normalizer", "matplotlib", "pyproj", "pypinyin", "shapely", "scipy", "PIL", "imageio_ffmpeg")


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


def purpose_of(name: str) -> str:
    """What an optional library is for, in words that follow “needed for”; empty for any other."""
    return {
        "openpyxl": tr("Excel workbooks"),
        "charset_normalizer": tr("texts in other encodings than UTF-8"),
        "matplotlib": tr("the epidemic curve and the charts of the report"),
        "pyproj": tr("projected coordinates"),
        "pypinyin": tr("finding rare Chinese characters by their pinyin"),
        "shapely": tr("the outlines of clusters"),
        "scipy": tr("faster clusters and heatmaps, with the same results"),
        "PIL": tr("films as GIF"),
        "imageio_ffmpeg": tr("films as MP4 where the computer has no ffmpeg"),
    }.get(name, "")


def how_to_get(names: tuple[str, ...], platform: str = sys.platform) -> str:
    """What is missing and how to install it on this kind of computer, in words that fit a message bar."""
    missing = tr("Missing Python libraries: {names}.").format(names=", ".join(map(_with_purpose, names)))
    return " ".join((missing, _advice(names, platform), tr("Then restart QGIS.")))


def _with_purpose(name: str) -> str:
    purpose = purpose_of(name)
    return tr("{name} (needed for {purpose})").format(name=name, purpose=purpose) if purpose else name


def _advice(names: tuple[str, ...], platform: str) -> str:
    if platform.startswith("linux"):
        packages = " ".join(f"python3-{name.replace('_', '-').lower()}" for name in names)
        return tr("Debian, Ubuntu: sudo apt install {packages}; otherwise the plugin QPIP.").format(packages=packages)
    if platform == "win32":
        return tr("Use the plugin QPIP, or add qgis-ltr-full in the OSGeo4W setup.")
    if platform == "darwin":
        return tr("Use the plugin QPIP, which adds them to QGIS's own Python.")
    return tr("Use the plugin QPIP.")
