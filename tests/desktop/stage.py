"""Run inside QGIS by `--code`: acts out a scenario step by step in QGIS's own event loop, then quits.

A scenario is a generator. It yields a number (wait so many seconds) or a function (wait until it
is true). What it notes comes back to the test; an exception ends QGIS with exit code 70.
"""
from __future__ import annotations

import importlib.util
import json
import os
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

from qgis.core import QgsProject
from qgis.PyQt.QtCore import QCoreApplication, QTimer
from qgis.PyQt.QtGui import QGuiApplication
from qgis.PyQt.QtWidgets import QAction, QApplication, QWidget
from qgis.utils import iface

Wait = float | Callable[[], bool]
FAILED = 70


class Stage:
    """What a scenario may use."""

    def __init__(self, arguments: dict[str, object], screenshots: Path) -> None:
        self.arguments = arguments
        self.notes: dict[str, object] = {}
        self.iface = iface
        self._screenshots = screenshots
        iface.mainWindow().showNormal()
        iface.mainWindow().setGeometry(QGuiApplication.primaryScreen().availableGeometry())

    @property
    def plugin(self) -> object:
        import qgis.utils

        return qgis.utils.plugins["outbreak_atlas"]

    def photograph(self, name: str) -> None:
        """The whole screen, as a person would see it."""
        QGuiApplication.primaryScreen().grabWindow(0).save(str(self._screenshots / f"{name}.png"))

    def action(self, name: str) -> QAction:
        """An action of the main window by its object name."""
        return self.iface.mainWindow().findChild(QAction, name)

    def widget(self, name: str) -> QWidget:
        """Any widget of the application by its object name."""
        return next(one for one in QApplication.allWidgets() if one.objectName() == name)


class Runner:
    """Advances the generator from a timer, so that QGIS lives on between the steps."""

    def __init__(self, steps: Iterator[Wait], stage: Stage, notes: Path, patience_s: float = 120) -> None:
        self._steps, self._stage, self._notes, self._patience_s = steps, stage, notes, patience_s
        self._timer = QTimer()
        self._timer.timeout.connect(self._turn)
        self._condition: Callable[[], bool] = lambda: True
        self._until = 0.0
        self._timer.start(50)

    def _turn(self) -> None:
        try:
            if not self._condition():
                if time.monotonic() > self._until:
                    raise TimeoutError("the scenario waited in vain")
                return
            self._wait_for(next(self._steps))
        except StopIteration:
            self._end(0)
        except BaseException:
            self._stage.notes["traceback"] = traceback.format_exc()
            self._stage.photograph("failure")
            self._end(FAILED)

    def _wait_for(self, what: Wait) -> None:
        now = time.monotonic()
        if callable(what):
            self._condition, self._until = what, now + self._patience_s
        else:
            self._condition, self._until = (lambda: time.monotonic() >= now + what), now + what + self._patience_s

    def _end(self, code: int) -> None:
        self._timer.stop()
        self._notes.write_text(json.dumps(self._stage.notes), encoding="utf-8")
        if code:
            QCoreApplication.exit(code)
            return
        QgsProject.instance().setDirty(False)
        iface.actionExit().trigger()


def _load(path: Path) -> object:
    sys.path.insert(0, str(path.parent))
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


_stage = Stage(json.loads(os.environ["OUTBREAK_ATLAS_ARGUMENTS"]), Path(os.environ["OUTBREAK_ATLAS_SCREENSHOTS"]))
_runner = Runner(
    _load(Path(os.environ["OUTBREAK_ATLAS_SCENARIO"])).scenario(_stage), _stage,
    Path(os.environ["OUTBREAK_ATLAS_NOTES"]))
