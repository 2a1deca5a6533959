"""Run by QGIS after it has started (`--code`): open the files of `./run desktop` with the plugin."""
from __future__ import annotations

import os

import qgis.utils
from qgis.core import Qgis

_paths = os.environ.get("OUTBREAK_ATLAS_FILES", "").splitlines()
_plugin = qgis.utils.plugins.get("outbreak_atlas")
if _plugin is None:
    qgis.utils.iface.messageBar().pushMessage(
        "Outbreak Atlas", "The plugin did not load; see the log messages.", Qgis.MessageLevel.Critical
    )
else:
    _plugin.open_files(_paths)
