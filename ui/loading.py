"""Loads datasets in the background: says how far it is, adds the result, tells what came out."""
from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any, Callable

from qgis.core import QgsApplication, QgsMapLayer, QgsProcessingUtils, QgsProject
from qgis.gui import QgsMapCanvas
from qgis.PyQt.QtCore import QUrl
from qgis.PyQt.QtGui import QDesktopServices

from ..plugin.bridge.description import read_description
from ..plugin.bridge.layers import add_to_project, layers_of, path_of_layer_string
from ..plugin.bridge.messages import Button, Messages
from ..plugin.bridge.tasks import Jobs, Results
from ..plugin.bridge.translation import tr
from ..plugin.core.errors import AtlasError
from .running import Run, Running, no_button

LOAD = "outbreakatlas:loaddataset"
APPEND = "outbreakatlas:appendreports"
CHANGE_STEP = "outbreakatlas:setstep"
MAKE_SAMPLE = "outbreakatlas:makesampledataset"
SAMPLE_NAME = "outbreak"
SUFFIX = ".gpkg"


class Loading:
    """Runs the algorithms that make datasets, and shows what they made."""

    def __init__(
        self, canvas: QgsMapCanvas, project: QgsProject, messages: Messages, jobs: Jobs,
        activate: Callable[[QgsMapLayer], object],
    ) -> None:
        self._canvas, self._project, self._activate = canvas, project, activate
        self._messages, self._running = messages, Running(messages, jobs)

    def load(self, parameters: dict[str, Any], again: Callable[[], None] | None = None) -> None:
        """Run Load dataset and add what it made; `again` lets the user change the choices if it fails."""
        sentence = tr("Loading {files}").format(files=_named([Path(name) for name in parameters["INPUT"]]))
        button = (tr("Change choices…"), again) if again is not None else None
        self._run(LOAD, parameters, sentence, self._show_result, lambda _words: button)

    def append(self, layer_id: str, files: list[Path], ask_folder: Callable[[], None], folder: str = "") -> None:
        """Add files to the dataset of a layer of the project, or load it again if there are none; `ask_folder` lets
        the user say where the old files lie if they are not found."""
        sentence = tr("Appending {files}").format(files=_named(files)) if files else tr("Loading the dataset again")
        parameters = {"INPUT": layer_id, "FILES": [str(path) for path in files], "SOURCE_FOLDER": folder}
        button = tr("Folder of the old files…"), ask_folder
        self._run(APPEND, parameters, sentence, self._show_appended,
                  lambda words: button if "SOURCE_FOLDER" in words else None)

    def change_step(self, layer_id: str, step: str, done: Callable[[], None]) -> None:
        """Let the dataset of a layer be played by another step."""
        self._run(CHANGE_STEP, {"INPUT": layer_id, "STEP": step}, tr("Changing the playback step"),
                  lambda _results: done())

    def open_sample(self) -> None:
        """Make the synthetic dataset and open it."""
        folder = Path(QgsApplication.qgisSettingsDirPath()) / "outbreak_atlas"
        folder.mkdir(parents=True, exist_ok=True)
        output = folder / f"{SAMPLE_NAME}{SUFFIX}"
        if layers_of(self._project, output):
            self._messages.info(tr("The sample dataset is open already."))
            return
        csv = QgsProcessingUtils.generateTempFilename(f"{SAMPLE_NAME}.csv")
        self._run(MAKE_SAMPLE, {"OUTPUT": csv}, tr("Making the synthetic sample dataset"), lambda made: self.load({
            "INPUT": [made["OUTPUT"]], "OUTPUT": str(output)}))

    def add(self, path: Path) -> bool:
        """Add a finished dataset to the project, as the layer that new reports would be appended to."""
        try:
            layer = add_to_project(self._project, path, self._canvas)
        except AtlasError as error:
            self._messages.error(error.message, error.details)
            return False
        self._activate(layer)
        bring_into_sight(self._canvas, layer)
        return True

    def _run(
        self, algorithm: str, parameters: dict[str, Any], sentence: str, done: Callable[[Results], None],
        button_for: Callable[[str], Button | None] = no_button,
    ) -> None:
        """`button_for` tells the button beside a sentence that says why it failed."""
        cancelled = tr("Cancelled; nothing was changed.")
        self._running.start(Run(algorithm, parameters, sentence, cancelled, button_for), done)

    def _show_result(self, results: Results) -> None:
        path = path_of_layer_string(results["OUTPUT"])
        if not self.add(path):
            return
        sentence = tr("{rows:,} rows read. States: {states:,}; places: {places:,}; repeats merged: {merged:,}; "
                      "rejected: {rejected:,}.").format(
            rows=results["ROWS_READ"], states=results["STATES"], places=results["PLACES"],
            merged=results["ROWS_MERGED"] + results["ROWS_DUPLICATE"],
            rejected=results["ROWS_REJECTED"])
        if read_description(path).synthetic:
            sentence = " ".join((tr("Synthetic data."), sentence))
        self._messages.success(sentence, self._report_button(results))

    def _show_appended(self, results: Results) -> None:
        sentence = tr("The dataset now holds: rows read: {rows:,}; states: {states:,}; places: {places:,}; "
                      "rejected: {rejected:,}.").format(
            rows=results["ROWS_READ"], states=results["STATES"], places=results["PLACES"],
            rejected=results["ROWS_REJECTED"])
        if results.get("SKIPPED"):
            in_it = tr("In it already, not counted twice: {files}.").format(files=results["SKIPPED"])
            sentence = " ".join((sentence, in_it))
        self._messages.success(sentence, self._report_button(results))

    def _report_button(self, results: Results) -> tuple[str, Callable[[], None]] | None:
        report = results.get("REPORT")
        return (tr("Report"), partial(show_file, report)) if report else None


def bring_into_sight(canvas: QgsMapCanvas, layer: QgsMapLayer) -> None:
    """Go to a layer that lies beside what the map shows, such as the second dataset of a project."""
    extent = canvas.mapSettings().layerExtentToOutputExtent(layer, layer.extent())
    if not extent.isNull() and extent.isFinite() and not canvas.extent().intersects(extent):
        canvas.setExtent(extent)
        canvas.refresh()


def _named(files: list[Path]) -> str:
    if len(files) == 1:
        return files[0].name
    return tr("{file} and {n:,} more").format(file=files[0].name, n=len(files) - 1)


def show_file(path: str) -> None:
    """Open a file with the program that the system has for it."""
    QDesktopServices.openUrl(QUrl.fromLocalFile(path))
