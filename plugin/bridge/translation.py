"""Words shown to people, in the language of QGIS."""
from __future__ import annotations

from pathlib import Path

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import QCoreApplication, QTranslator

CONTEXT = "OutbreakAtlas"
FOLDER = Path(__file__).resolve().parents[2] / "resources" / "i18n"


def tr(text: str) -> str:
    """The text in the user's language; fill it with `.format` afterwards, so that it can be found."""
    return QCoreApplication.translate(CONTEXT, text)


def install_translator(locale: str = "") -> QTranslator | None:
    """Put the plugin's words for the locale in use; None where there are none."""
    language = locale or QgsApplication.instance().locale()
    translator = QTranslator()
    if not translator.load(f"outbreak_atlas_{language}", str(FOLDER)):
        return None
    QCoreApplication.installTranslator(translator)
    return translator


def remove_translator(translator: QTranslator) -> None:
    """Undo `install_translator`."""
    QCoreApplication.removeTranslator(translator)
