"""The reader of Qt 6 readiness finds what it should and leaves the rest alone; the plugin itself is ready."""
from __future__ import annotations

from pathlib import Path

import pytest
from qt6 import problems, problems_in, problems_in_form, sources

IMPORTS = """
from qgis.core import Qgis, QgsProcessing, QgsTask
from qgis.PyQt import QtCore
from qgis.PyQt.QtCore import QMetaType, QVariant, Qt
from qgis.PyQt.QtWidgets import QComboBox, QDialog, QMessageBox
"""


@pytest.fixture
def enums() -> None:
    """QGIS itself says which of its names are enumerations; without it there is nothing to ask."""
    pytest.importorskip("qgis.PyQt.QtCore")


@pytest.mark.usefixtures("enums")
def test_the_plugin_is_ready(repository: Path) -> None:
    assert problems(list(sources(repository)), repository) == []


@pytest.mark.parametrize(
    "line",
    [
        "x = Qt.AlignLeft",
        "x = Qt.UTC",
        "x = Qt.ISODate",
        "x = QtCore.Qt.UserRole",
        "if dialog.exec() == QDialog.Accepted: pass",
        "x = QMessageBox.Yes | QMessageBox.No",
        "x = Qgis.Warning",
        "x = QMetaType.Int",
        "x = QVariant.Int",
        "x = QgsTask.CanCancel",
        "dialog.exec_()",
        "x = moment.toTime_t()",
        "header.setResizeMode(QHeaderView.ResizeMode.Fixed)",
        "combo.currentIndexChanged[str].connect(print)",
        "from PyQt5.QtCore import Qt as Other",
        "import PyQt6.QtCore",
        "from PyQt5 import sip",
        "from qgis.PyQt.QtCore import QRegExp",
        "from qgis.PyQt.QtWidgets import QDesktopWidget",
        "from qgis.PyQt.QtWebKitWidgets import QWebView as View",
    ],
)
def test_what_qt6_lacks_is_found(line: str) -> None:
    assert problems_in(IMPORTS + line)


@pytest.mark.parametrize(
    "line",
    [
        "x = Qt.AlignmentFlag.AlignLeft",
        "x = QtCore.Qt.ItemDataRole.UserRole",
        "x: Qt.AlignmentFlag = Qt.AlignmentFlag(0)",
        "x = QDialog.DialogCode.Accepted",
        "x = Qgis.MessageLevel.Warning",
        "x = QMetaType.Type.Int",
        "x = QVariant()",
        "x = QgsProcessing.TEMPORARY_OUTPUT",
        "dialog.exec()",
        "combo.currentIndexChanged.connect(print)",
        "picture.setResizeMode(QgsLayoutItemPicture.ResizeMode.Stretch)",
        "from qgis.PyQt import sip",
        "class Role:\n    Core = 1\nx = Role.Core",
    ],
)
@pytest.mark.usefixtures("enums")
def test_what_runs_on_both_is_left_alone(line: str) -> None:
    assert problems_in(IMPORTS + line) == []


def test_a_form_with_a_web_view_is_found() -> None:
    assert problems_in_form("<customwidget><class>QWebView</class></customwidget>", "ui/forms/a.ui")
    assert problems_in_form("<widget class='QComboBox'/>", "ui/forms/a.ui") == []
