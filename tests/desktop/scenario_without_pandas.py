"""What a person meets whose QGIS has no pandas."""
from __future__ import annotations

from collections.abc import Iterator

import qgis.utils
from qgis.core import QgsApplication, QgsProject, QgsVectorLayer


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
    bar.clearWidgets()
    yield from look_at_the_dock(stage)


def look_at_the_dock(stage: object) -> Iterator[float]:
    """Opened by hand, and with a dataset that somebody else has loaded."""
    dock, layer = stage.widget("OutbreakAtlasDock"), None
    stage.action("OutbreakAtlasDockAction").trigger()
    yield 0.5
    for name in ("alone", "with a dataset"):
        stage.notes[f"dock {name}"] = dock.emptyLabel.text() if dock.emptyLabel.isVisible() else "another page"
        if layer is None:
            layer = QgsVectorLayer(f"{stage.arguments['dataset']}|layername=updates", "data", "ogr")
            QgsProject.instance().addMapLayer(layer)
            stage.iface.setActiveLayer(layer)
            yield 1.0
    stage.iface.mapCanvas().temporalController().next()
    yield 0.5
    stage.notes["offered"] = dock.openButton.isVisible() or dock.sampleButton.isVisible()
    stage.notes["subset"] = layer.subsetString()
    stage.photograph("dock_without_pandas")
