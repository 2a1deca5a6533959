"""Prepare a QGIS profile of its own with the plugin linked and switched on: `profile.py FOLDER`.

FOLDER is what QGIS takes as `--profiles-path`; the user's own profile is never touched.
"""
from __future__ import annotations

import sys
from pathlib import Path

from qgis.PyQt.QtCore import QSettings

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = "outbreak_atlas"
#: The settings file has the name of QGIS's major version.
INI_NAMES = ("QGIS3.ini", "QGIS4.ini")
SETTINGS = {
    f"PythonPlugins/{PACKAGE}": True,
    "PythonPlugins/processing": True,
    "qgis/checkVersion": False,
    # A checkout may lie in a folder for temporary files, whose layers QGIS would ask about when it quits.
    "app/askToSaveMemoryLayers": False,
    "app/projections/unknownCrsBehavior": "NoAction",
}


def link_plugin(profile: Path, plugin: Path = ROOT) -> Path:
    """Make QGIS find the checkout under the plugin's name; an older link is replaced."""
    link = profile / "python" / "plugins" / PACKAGE
    link.parent.mkdir(parents=True, exist_ok=True)
    if link.is_symlink():
        link.unlink()
    link.symlink_to(plugin, target_is_directory=True)
    return link


def switch_on(profile: Path) -> None:
    """Set what a first start must find; whatever else the profile holds stays."""
    (profile / "QGIS").mkdir(parents=True, exist_ok=True)
    for name in INI_NAMES:
        settings = QSettings(str(profile / "QGIS" / name), QSettings.Format.IniFormat)
        for key, value in SETTINGS.items():
            settings.setValue(key, value)
        settings.sync()


def make_profile(folder: Path, plugin: Path = ROOT) -> Path:
    """The profile `default` below `folder`, ready for a QGIS that has never run."""
    profile = folder / "profiles" / "default"
    link_plugin(profile, plugin)
    switch_on(profile)
    return profile


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    make_profile(Path(sys.argv[1]).resolve())
