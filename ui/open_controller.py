"""What stands behind the dialog Open dataset: a preview of the files, remembered choices, the load."""
from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qgis.core import QgsApplication, QgsVectorLayer
from qgis.gui import QgisInterface
from qgis.PyQt.QtCore import QTimer
from qgis.PyQt.QtWidgets import QDialog, QFileDialog

from ..plugin.bridge.dependencies import how_to_get, missing_libraries
from ..plugin.bridge.layers import dataset_of, is_dataset
from ..plugin.bridge.messages import Messages
from ..plugin.bridge.settings import (
    OpenChoices,
    forget_choices,
    options_of,
    parameters_of,
    read_choices,
    recall_choices,
    remember_choices,
)
from ..plugin.bridge.tasks import Latest
from ..plugin.bridge.translation import tr
from ..plugin.core.errors import AtlasError
from .loading import APPEND, LOAD, Loading
from .panel_help import show_algorithm_help
from .proposals import proposed_output, what_is_missing, with_contents, with_role

if TYPE_CHECKING:
    from ..plugin.core.heads import Heads
    from ..plugin.core.preview import Preview
    from ..plugin.core.progress import Progress
    from .open_dialog import OpenDialog

#: How long a choice rests before it is looked at.
_REST_MS = 250
#: Files that have several sheets or layers.
_WITH_SHEETS = (".xlsx", ".xlsm", ".gpkg", ".zip")


class OpenController:
    """Shows the dialog, keeps its preview up to date, and starts the load."""

    def __init__(self, iface: QgisInterface, messages: Messages, loading: Loading, looks: Latest) -> None:
        self._iface, self._messages, self._loading, self._looks = iface, messages, loading, looks
        self._dialog: OpenDialog | None = None
        self._preview: Preview | None = None
        self._heads: Heads | None = None
        self._proposed, self._untouched, self._columns_of = "", True, ""
        self._given = OpenChoices()
        self._rest = QTimer()
        self._rest.setSingleShot(True)
        self._rest.setInterval(_REST_MS)
        self._rest.timeout.connect(self._look)

    # -- what the plugin's actions call

    def open_files(self, paths: list[Path]) -> None:
        """Finished datasets are added at once, everything else goes into the dialog."""
        if self._lacks_libraries():
            return
        finished = [path for path in paths if is_dataset(path)]
        for path in finished:
            self._loading.add(path)
        rest = [path for path in paths if path not in finished]
        if rest:
            self.show_dialog(rest)

    def show_dialog(self, paths: list[Path] | None = None, choices: OpenChoices | None = None) -> None:
        """Open the dialog, with the choices given or those of last time."""
        if self._lacks_libraries():
            return
        from .open_dialog import OpenDialog

        self.close()
        self._messages.clear()
        dialog = self._dialog = OpenDialog(self._iface.mainWindow())
        self._given = read_choices()
        self._preview, self._proposed, self._columns_of = None, "", ""
        dialog.set_folder(self._given.folder)
        dialog.set_choices(choices or self._given)
        dialog.offer_append(self._active_dataset())
        dialog.dropped.connect(self._take_dropped)
        dialog.files_changed.connect(self._change_files)
        dialog.changed.connect(self._change_choices)
        dialog.role_chosen.connect(self._choose_role)
        dialog.forget_wanted.connect(self._forget)
        dialog.edited.connect(self._review)
        dialog.help_wanted.connect(self._show_help)
        dialog.finished.connect(self._finish)
        dialog.set_files(with_contents(paths or []))
        self._untouched = choices is None
        self._review()
        dialog.open()

    def open_sample(self) -> None:
        """Make the synthetic dataset and open it."""
        if not self._lacks_libraries():
            self._loading.open_sample()

    def append(self) -> None:
        """Ask for files, and add them to the dataset of the active layer."""
        layer = self._dataset_layer()
        if layer is None:
            return
        names, _filter = QFileDialog.getOpenFileNames(
            self._iface.mainWindow(), tr("Append new reports to “{layer}”").format(layer=layer.name()),
            read_choices().folder)
        if names:
            self._append(layer.id(), [Path(name) for name in names])

    def reload(self) -> None:
        """Load the dataset of the active layer again, from the same files with the same choices."""
        layer = self._dataset_layer()
        if layer is not None:
            self._append(layer.id(), [])

    def close(self) -> None:
        """Take the dialog away if it is open, and look at nothing any more."""
        self._rest.stop()
        self._looks.drop()
        self._heads = None
        if self._dialog is not None:
            self._dialog.let_go()
            self._dialog.deleteLater()
            self._dialog = None

    # -- what the dialog says

    def _take_dropped(self, paths: list[Path]) -> None:
        if self._dialog is not None:
            self._dialog.set_files(with_contents(paths))

    def _change_files(self) -> None:
        """Other files: what is shown is of the old ones."""
        self._preview, self._heads, self._untouched = None, None, True
        self._looks.drop()
        if self._dialog is not None:
            self._dialog.show_remembered("")
        self._rest.start()
        self._review()

    def _change_choices(self) -> None:
        self._untouched = False
        self._rest.start()
        self._review()

    def _choose_role(self, column: int, role: str) -> None:
        dialog, seen = self._dialog, self._preview
        if dialog is None or seen is None:
            return
        dialog.set_columns(with_role(dialog.choices().columns, seen.columns, column, role))
        self._untouched, self._columns_of = False, seen.signature
        self._look()

    def _forget(self) -> None:
        dialog, seen = self._dialog, self._preview
        if dialog is None or seen is None:
            return
        forget_choices(seen.signature)
        dialog.show_remembered("")
        dialog.set_choices(OpenChoices(step=self._given.step))
        self._look()

    def _review(self) -> None:
        """Propose an output for new files, and allow OK once everything is there."""
        dialog = self._dialog
        if dialog is None:
            return
        files = dialog.files()
        if files and files[0].is_file() and dialog.output() in ("", self._proposed):
            self._proposed = str(proposed_output(files, self._given.output_folder))
            dialog.set_output(self._proposed)
        problem = what_is_missing(files, self._proposed if dialog.append_is_wanted() else dialog.output())
        looking = tr("Looking at the files …") if self._rest.isActive() or self._looks.is_busy else ""
        # What is remembered for these columns has to come first; after that a load may start at any time.
        ready = not problem and not (looking and self._preview is None)
        dialog.set_ready(ready, problem or looking)

    # -- the preview

    def _look(self) -> None:
        """Look at the head of the files in the background; the answer of an older look is not wanted any more."""
        dialog = self._dialog
        if dialog is None:
            return
        self._rest.stop()
        files = dialog.files()
        if not files or not all(path.is_file() for path in files):
            self._show(None)
            return
        from ..plugin.bridge.vectors import read_points
        from ..plugin.core.heads import read_heads
        from ..plugin.core.preview import preview

        options, known = options_of(dialog.choices()), self._heads

        def look(progress: Progress) -> tuple[Heads, Preview]:
            heads = read_heads(files, options.sheet, (read_points,), progress, known, options.crs)
            return heads, preview(heads, options, progress)

        self._looks.ask(look, self._see, self._see_nothing)
        self._review()

    def _see(self, answer: tuple[Heads, Preview]) -> None:
        """Show a preview; the choices of last time for these columns are taken up first."""
        dialog = self._dialog
        if dialog is None:
            return
        self._heads, seen = answer
        known, self._preview = self._preview, seen
        recalled = recall_choices(seen.signature) if known is None and self._untouched else None
        if recalled is not None:
            self._take_up(dialog, recalled, seen.signature)
        elif self._columns_of not in ("", seen.signature) and dialog.choices().columns:
            dialog.set_columns(())  # they were of other files
            self._look()
        else:
            self._show(seen)

    def _take_up(self, dialog: OpenDialog, recalled: OpenChoices, signature: str) -> None:
        self._untouched, self._columns_of = False, signature
        self._given = recalled
        dialog.set_choices(recalled)
        dialog.show_remembered(recalled.on)
        self._look()

    def _see_nothing(self, error: AtlasError) -> None:
        """The files cannot be read at all."""
        from .preview_texts import with_fields

        self._preview = None
        self._show(None)
        if self._dialog is not None:
            self._dialog.show_status(with_fields(error.message), "error")

    def _show(self, seen: Preview | None) -> None:
        dialog = self._dialog
        if dialog is None:
            return
        from .preview_texts import all_findings, map_text, needs_advanced, status_of

        dialog.show_preview(seen)
        dialog.show_status(*status_of(seen), all_findings(seen))
        if needs_advanced(seen):
            dialog.show_advanced()
        sheets = self._heads.sheets if self._heads is not None else ()
        dialog.offer_sheets(any(path.suffix.lower() in _WITH_SHEETS for path in dialog.files()), sheets)
        dialog.show_points(seen.understanding.points if seen is not None else None, map_text(seen))
        self._review()

    # -- the load

    def _finish(self, answer: int) -> None:
        dialog = self._dialog
        if dialog is not None and answer == QDialog.DialogCode.Accepted:
            self._start(dialog)
        self.close()

    def _start(self, dialog: OpenDialog) -> None:
        files, output = dialog.files(), dialog.output()
        choices = replace(
            dialog.choices(), folder=str(files[0].parent), on=date.today().isoformat(),
            output_folder="" if Path(output).parent == files[0].parent else str(Path(output).parent))
        layer = self._iface.activeLayer()
        if dialog.append_is_wanted() and layer is not None:
            self._append(layer.id(), files)
            return
        remember_choices(choices, self._preview.signature if self._preview is not None else "")
        parameters: dict[str, Any] = {
            "INPUT": [str(path) for path in files], "OUTPUT": output, **parameters_of(choices)}
        self._loading.load(parameters, lambda: self.show_dialog(files, choices))

    def _append(self, layer_id: str, files: list[Path], folder: str = "") -> None:
        """The old files are looked for in a folder too: that of last time, or one that was asked for."""
        folder = folder or read_choices().folder
        self._loading.append(
            layer_id, files, lambda: self._append_from(layer_id, files),
            folder if folder and Path(folder).is_dir() else "")

    def _append_from(self, layer_id: str, files: list[Path]) -> None:
        folder = QFileDialog.getExistingDirectory(self._iface.mainWindow(), tr("Folder of the old files"))
        if folder:
            self._append(layer_id, files, folder)

    # -- parts

    def _dataset_layer(self) -> QgsVectorLayer | None:
        """The active layer if it is that of a dataset; otherwise the user is told."""
        if self._lacks_libraries():
            return None
        layer = self._iface.activeLayer()
        if not isinstance(layer, QgsVectorLayer):
            self._messages.warning(tr("Choose the layer of a dataset first."))
            return None
        try:
            dataset_of(layer)
        except AtlasError as error:
            self._messages.error(error.message, error.details)
            return None
        return layer

    def _lacks_libraries(self) -> bool:
        missing = missing_libraries()
        if missing:
            self._messages.error(how_to_get(missing))
        return bool(missing)

    def _active_dataset(self) -> str:
        """The name of the active layer if files can be added to its dataset."""
        layer = self._iface.activeLayer()
        if not isinstance(layer, QgsVectorLayer) or QgsApplication.processingRegistry().algorithmById(APPEND) is None:
            return ""
        try:
            dataset_of(layer)
        except AtlasError:
            return ""
        return str(layer.name())

    def _show_help(self) -> None:
        show_algorithm_help(self._dialog, LOAD)
