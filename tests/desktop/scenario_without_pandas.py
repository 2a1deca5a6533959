"""What a person meets whose QGIS has no pandas."""
from __future__ import annotations

from collections.abc import Iterator

import qgis.utils
from qgis.core import QgsApplication


def scenario(stage: object) -> Iterator[float]:
    yield 1.0
    bar = stage.iface.messageBar()
    stage.notes["active"] = "outbreak_atlas" in qgis.utils.active_plugins
    stage.notes["message"] = " ".join(item.text() for item in bar.items())
    provider = QgsApplication.processingRegistry().providerById("outbreakatlas")
    stage.notes["algorithms"] = {one.name(): one.canExecute() for one in provider.algorithms()}
    stage.photograph("without_pandas")
    bar.clearWidgets()
    stage.action("OutbreakAtlasSample").trigger()
    yield 1.0
    stage.notes["after opening"] = " ".join(item.text() for item in bar.items())
