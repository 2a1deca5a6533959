"""What the actions Open dataset and Sample dataset do."""
from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import Any, Callable

from qgis.core import QgsApplication, QgsProcessingUtils, QgsProject
from qgis.gui import QgsMapCanvas, QgsMessageViewer
from qgis.PyQt.QtCore import QStandardPaths, QUrl
from qgis.PyQt.QtGui import QDesktopServices
from qgis.PyQt.QtWidgets import QDialog, QWidget

from ..plugin.bridge.dependencies import how_to_get, missing_libraries
from ..plugin.bridge.description import read_description
from ..plugin.bridge.layers import add_to_project, is_dataset, layers_of, path_of_layer_string
from ..plugin.bridge.messages import Messages
from ..plugin.bridge.settings import OpenChoices, read_choices, remember_choices
from ..plugin.bridge.tasks import Handlers, Jobs
from ..plugin.bridge.translation import tr
from ..plugin.core.errors import AtlasError
from .open_dialog import OpenDialog

LOAD = "outbreakatlas:loaddataset"
MAKE_SAMPLE = "outbreakatlas:makesampledataset"
SAMPLE_NAME = "outbreak"
SUFFIX = ".gpkg"


class OpenController:
    """Shows the dialog, runs the algorithms in the background, adds the result to the project."""

    def __init__(
        self, window: QWidget, canvas: QgsMapCanvas, project: QgsProject, messages: Messages, jobs: Jobs
    ) -> None:
        self._window, self._canvas, self._project = window, canvas, project
        self._messages, self._jobs = messages, jobs
        self._dialog: OpenDialog | None = None
        self._proposed = ""

    def open_files(self, paths: list[Path]) -> None:
        """Finished datasets are added at once, everything else goes into the dialog."""
        if self._lacks_libraries():
            return
        finished = [path for path in paths if is_dataset(path)]
        for path in finished:
            self._add(path)
        rest = [path for path in paths if path not in finished]
        if rest:
            self.show_dialog(rest)

    def show_dialog(self, paths: list[Path] | None = None) -> None:
        """Open the dialog with the choices of last time."""
        if self._lacks_libraries():
            return
        self.close()
        dialog = self._dialog = OpenDialog(self._window)
        choices = read_choices()
        dialog.set_folder(choices.folder)
        dialog.set_datum(choices.datum)
        dialog.set_step(choices.step)
        dialog.set_time_zone(choices.time_zone)
        dialog.changed.connect(self._review)
        dialog.help_wanted.connect(self._show_help)
        dialog.finished.connect(self._finish_dialog)
        dialog.set_files(paths or [])
        self._review()
        dialog.open()

    def close(self) -> None:
        """Take the dialog away if it is open."""
        if self._dialog is not None:
            self._dialog.deleteLater()
            self._dialog = None

    def open_sample(self) -> None:
        """Make the synthetic dataset and open it, both in the background."""
        if self._lacks_libraries():
            return
        folder = Path(QgsApplication.qgisSettingsDirPath()) / "outbreak_atlas"
        folder.mkdir(parents=True, exist_ok=True)
        output = folder / f"{SAMPLE_NAME}{SUFFIX}"
        if layers_of(self._project, output):
            self._messages.info(tr("The sample dataset is open already."))
            return
        csv = QgsProcessingUtils.generateTempFilename(f"{SAMPLE_NAME}.csv")
        self._messages.info(tr("Making the synthetic sample dataset in the background …"))
        self._run(MAKE_SAMPLE, {"OUTPUT": csv}, lambda made: self.load({
            "INPUT": [made["OUTPUT"]], "OUTPUT": str(output)}))

    def load(self, parameters: dict[str, Any]) -> None:
        """Run Load dataset in the background and add what it made."""
        self._run(LOAD, parameters, self._show_result)

    def _lacks_libraries(self) -> bool:
        missing = missing_libraries()
        if missing:
            self._messages.error(how_to_get(missing))
        return bool(missing)

    def _run(
        self, algorithm: str, parameters: dict[str, Any], done: Callable[[dict[str, Any]], None]
    ) -> None:
        cancelled = partial(self._messages.info, tr("Cancelled; nothing was changed."))
        self._jobs.start(algorithm, parameters, Handlers(done, self._messages.error, cancelled))

    def _review(self) -> None:
        """Propose an output for new files, and allow OK once everything is there."""
        dialog = self._dialog
        if dialog is None:
            return
        files = dialog.files()
        if files and files[0].is_file() and dialog.output() in ("", self._proposed):
            self._proposed = str(proposed_output(files[0]))
            dialog.set_output(self._proposed)
        problem = what_is_missing(files, dialog.output())
        dialog.set_ready(not problem, problem)

    def _finish_dialog(self, answer: int) -> None:
        dialog = self._dialog
        if dialog is None:
            return
        if answer == QDialog.DialogCode.Accepted:
            remember_choices(OpenChoices(
                dialog.datum(), dialog.step(), dialog.time_zone(), str(dialog.files()[0].parent)))
            self._messages.info(tr("Loading {file} in the background …").format(file=dialog.files()[0].name))
            self.load({
                "INPUT": [str(path) for path in dialog.files()],
                "DATUM": dialog.datum(),
                "STEP": dialog.step(),
                "TIME_ZONE": dialog.time_zone(),
                "OUTPUT": dialog.output(),
            })
        self.close()

    def _show_result(self, results: dict[str, Any]) -> None:
        path = path_of_layer_string(results["OUTPUT"])
        if not self._add(path):
            return
        sentence = tr("{rows:,} rows read. States: {states:,}; places: {places:,}; repeats merged: {merged:,}; "
                      "rejected: {rejected:,}. Play it in the Temporal Controller.").format(
            rows=results["ROWS_READ"], states=results["STATES"], places=results["PLACES"],
            merged=results["ROWS_MERGED"] + results["ROWS_DUPLICATE"],
            rejected=results["ROWS_REJECTED"])
        if read_description(path).synthetic:
            sentence = " ".join((tr("Synthetic data."), sentence))
        self._messages.success(sentence, (tr("Report"), partial(show_file, results["REPORT"])))

    def _add(self, path: Path) -> bool:
        try:
            add_to_project(self._project, path, self._canvas)
        except AtlasError as error:
            self._messages.error(error.message, error.details)
            return False
        return True

    def _show_help(self) -> None:
        algorithm = QgsApplication.processingRegistry().algorithmById(LOAD)
        viewer = QgsMessageViewer(self._dialog)
        viewer.setObjectName("OutbreakAtlasHelp")
        viewer.setTitle(algorithm.displayName())
        viewer.setMessageAsHtml(algorithm.shortHelpString())
        letter = viewer.fontMetrics()
        viewer.resize(80 * letter.averageCharWidth(), 34 * letter.height())
        viewer.showMessage(False)


def proposed_output(source: Path) -> Path:
    """A new GeoPackage beside the file, or among the user's documents if that folder is closed to us."""
    folder = source.parent
    if not os.access(folder, os.W_OK):
        folder = Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation))
    stem = source.name.split(".")[0] or source.name
    names = (f"{stem}{number}{SUFFIX}" for number in ("", *(f"_{n}" for n in range(2, 1000))))
    return next((folder / name for name in names if not (folder / name).exists()), folder / f"{stem}{SUFFIX}")


def what_is_missing(files: list[Path], output: str) -> str:
    """Why the load cannot start yet, in words; empty when it can."""
    if not files:
        return tr("Choose at least one file.")
    absent = next((path for path in files if not path.is_file()), None)
    if absent is not None:
        return tr("{file} does not exist.").format(file=absent)
    if not output.lower().endswith(SUFFIX):
        return tr("Choose a GeoPackage to write: a file name that ends with {suffix}.").format(suffix=SUFFIX)
    if not Path(output).parent.is_dir():
        return tr("The folder {folder} does not exist.").format(folder=Path(output).parent)
    return ""


def show_file(path: str) -> None:
    """Open a file with the program that the system has for it."""
    QDesktopServices.openUrl(QUrl.fromLocalFile(path))
