"""The QGIS that the tests start is the one the plugin needs, with Processing, in a profile of its own."""
from __future__ import annotations

from pathlib import Path

from qgis.core import Qgis, QgsApplication, QgsSettings


def test_qgis_is_new_enough(qgis_app: QgsApplication) -> None:
    assert Qgis.versionInt() >= 34000


def test_processing_runs_native_algorithms(qgis_app: QgsApplication) -> None:
    import processing

    result = processing.run("native:creategrid", {
        "TYPE": 2, "EXTENT": "0,10,0,10 [EPSG:3857]", "HSPACING": 5, "VSPACING": 5, "CRS": "EPSG:3857",
        "OUTPUT": "TEMPORARY_OUTPUT",
    })
    assert result["OUTPUT"].featureCount() == 4


def test_settings_are_kept_away_from_the_user(qgis_app: QgsApplication) -> None:
    assert Path.home() not in Path(QgsSettings().fileName()).parents
    assert Path.home() not in Path(QgsApplication.qgisSettingsDirPath()).parents
