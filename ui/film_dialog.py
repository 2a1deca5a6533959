"""The dialog Export film: shows a frame and what will be made, says what was chosen; draws and computes nothing."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from qgis.gui import QgsFileWidget
from qgis.PyQt import uic
from qgis.PyQt.QtCore import QSignalBlocker, QSize, Qt, pyqtSignal
from qgis.PyQt.QtGui import QGuiApplication
from qgis.PyQt.QtWidgets import QDialog, QDialogButtonBox, QWidget

from ..plugin.bridge.film_choices import FILE, LAYOUT, MAP, FilmChoices, Subject
from ..plugin.bridge.temporal import as_utc, wall_ms
from ..plugin.bridge.translation import tr
from ..plugin.core.film_sizes import OWN
from ..plugin.core.schema import Step
from .dialog_look import make_room, name_widgets, set_sentence
from .film_preview import FilmPreview
from .film_texts import every_texts, format_texts, preset_texts
from .tips import tip

FORM = Path(__file__).resolve().parent / "forms" / "film_dialog.ui"
_DAYS, _HOURS = "yyyy-MM-dd", "yyyy-MM-dd HH:mm"
_OK = QDialogButtonBox.StandardButton.Ok
_USUAL = QSize(1120, 620)
#: What the frame of a window and a task bar take of a small screen.
_MARGIN = QSize(24, 90)


class FilmDialog(QDialog):
    """`edited`: anything that shapes the film; `frame_chosen`: another frame is to be shown; `export_wanted`: the film
    is to be made. Signals come only from what a person or a script did to the widgets."""

    edited = pyqtSignal()
    frame_chosen = pyqtSignal(int)
    preset_chosen = pyqtSignal(str)
    format_chosen = pyqtSignal(str)
    export_wanted = pyqtSignal()
    help_wanted = pyqtSignal()

    def __init__(self, step: Step, subjects: Sequence[tuple[Subject, str]], parent: QWidget | None = None) -> None:
        """`step`: of the dataset; `subjects`: what can be filmed, and its name."""
        super().__init__(parent)
        uic.loadUi(str(FORM), self)
        self._subjects = [subject for subject, _text in subjects]
        self.preview = FilmPreview(self)
        self.previewLayout.insertWidget(0, self.preview, 1)
        self._fill(step, [text for _subject, text in subjects])
        self._set_up_files()
        name_widgets(self)
        self.templateEdit.setAccessibleName(tr("Template file"))
        self.preview.setAccessibleName(tr("Preview of the frame"))
        self.frameSlider.setAccessibleName(tr("Frame"))
        self._connect()
        self._set_tab_order()
        self.resize(_USUAL.boundedTo(QGuiApplication.primaryScreen().availableGeometry().size() - _MARGIN))
        self._show_fields()

    def _fill(self, step: Step, texts: Sequence[str]) -> None:
        for text in texts:
            self.subjectCombo.addItem(text)
        for combo, entries in (
            (self.stepCombo, every_texts(step)), (self.presetCombo, preset_texts()),
            (self.formatCombo, format_texts()),
        ):
            for value, text in entries.items():
                combo.addItem(text, value)
        for edit in (self.fromEdit, self.toEdit):
            edit.setTimeSpec(Qt.TimeSpec.UTC)
            edit.setDisplayFormat(_HOURS if step == Step.HOUR else _DAYS)
        self.buttonBox.button(_OK).setText(tr("Ex&port"))
        self.buttonBox.button(_OK).setDefault(True)

    def _set_up_files(self) -> None:
        self.templateEdit.setFilter(tr("Layout templates (*.qpt *.QPT)"))
        # Asked when the film is begun, also of a path that was typed.
        self.outputEdit.setConfirmOverwrite(False)

    def _connect(self) -> None:
        for signal in (
            self.subjectCombo.currentIndexChanged, self.templateEdit.fileChanged, self.titleEdit.textEdited,
            self.fromEdit.dateTimeChanged, self.toEdit.dateTimeChanged, self.stepCombo.currentIndexChanged,
            self.fpsSpin.valueChanged, self.widthSpin.valueChanged, self.heightSpin.valueChanged,
            self.outputEdit.fileChanged, self.labelCheck.toggled, self.sidecarCheck.toggled,
        ):
            signal.connect(lambda *_values: self._tell())
        for spin in (self.widthSpin, self.heightSpin):
            spin.valueChanged.connect(lambda _px: self._show_preset(OWN))
        self.presetCombo.currentIndexChanged.connect(lambda _at: self.preset_chosen.emit(self._preset()))
        self.formatCombo.currentIndexChanged.connect(lambda _at: self._format_changed())
        self.frameSlider.valueChanged.connect(self.frame_chosen)
        self.buttonBox.accepted.connect(self.export_wanted)
        self.buttonBox.helpRequested.connect(self.help_wanted)

    def _set_tab_order(self) -> None:
        order = (
            self.subjectCombo, self.templateEdit, self.titleEdit, self.fromEdit, self.toEdit, self.stepCombo,
            self.fpsSpin, self.presetCombo, self.widthSpin, self.heightSpin, self.formatCombo, self.outputEdit,
            self.labelCheck, self.sidecarCheck, self.frameSlider, self.buttonBox,
        )
        for before, after in zip(order, order[1:]):
            QWidget.setTabOrder(before, after)

    # -- what is chosen

    def choices(self) -> FilmChoices:
        """As chosen; the dates are as typed (`chosen_dates`), and not in here."""
        return FilmChoices(
            subject=self._subject(), title=self.titleEdit.text().strip(), step=str(self.stepCombo.currentData()),
            fps=self.fpsSpin.value(), preset=self._preset(), width_px=self.widthSpin.value(),
            height_px=self.heightSpin.value(), format=str(self.formatCombo.currentData()),
            label=self.labelCheck.isChecked(), sidecar=self.sidecarCheck.isChecked(),
            output=self.outputEdit.filePath().strip())

    def set_choices(self, choices: FilmChoices) -> None:
        """Show choices, dates apart; what this dataset or project does not have stays as it is."""
        same = [at for at, one in enumerate(self._subjects) if one == choices.subject or (
            one.kind == choices.subject.kind == FILE)]
        with _all_quiet(self):
            self.subjectCombo.setCurrentIndex(same[0] if same else 0)
            if choices.subject.kind == FILE:
                self.templateEdit.setFilePath(choices.subject.name)
            self.titleEdit.setText(choices.title)
            for combo, value in (
                (self.stepCombo, choices.step), (self.presetCombo, choices.preset), (self.formatCombo, choices.format),
            ):
                combo.setCurrentIndex(max(combo.findData(value), 0))
            self.fpsSpin.setValue(choices.fps)
            self.labelCheck.setChecked(choices.label)
            self.sidecarCheck.setChecked(choices.sidecar)
        self.set_size(choices.width_px, choices.height_px, choices.preset)
        self.set_output(choices.output)
        self._show_fields()

    def set_size(self, width_px: int, height_px: int, preset: str) -> None:
        """Show a size, and which one of the usual it is."""
        for spin, value in ((self.widthSpin, width_px), (self.heightSpin, height_px)):
            with QSignalBlocker(spin):
                spin.setValue(value)
        self._show_preset(preset)

    def set_output(self, path: str) -> None:
        """A file, or for frames a folder."""
        chosen = str(self.formatCombo.currentData())
        folder = chosen == "frames"
        mode = QgsFileWidget.StorageMode
        with QSignalBlocker(self.outputEdit):
            self.outputEdit.setStorageMode(mode.GetDirectory if folder else mode.SaveFile)
            self.outputEdit.setFilter("" if folder else f"{format_texts()[chosen]} (*.{chosen})")
            self.outputEdit.setFilePath(path)
        self.outputLabel.setText(tr("Fo&lder") if folder else tr("Fi&le"))

    def set_period(self, begin_ms: int, end_ms: int) -> None:
        """The first and the last moment that can be chosen."""
        for edit in (self.fromEdit, self.toEdit):
            with QSignalBlocker(edit):
                edit.setDateTimeRange(as_utc(begin_ms), as_utc(end_ms))

    def set_dates(self, from_ms: int, to_ms: int) -> None:
        for edit, value in ((self.fromEdit, from_ms), (self.toEdit, to_ms)):
            with QSignalBlocker(edit):
                edit.setDateTime(as_utc(value))

    def chosen_dates(self) -> tuple[int, int]:
        """The two moments as typed, in wall-clock ms; both are part of the film."""
        return wall_ms(self.fromEdit.dateTime()), wall_ms(self.toEdit.dateTime())

    # -- what is told

    def show_frames(self, count: int, number: int) -> None:
        """How many frames there are, and which is shown."""
        with QSignalBlocker(self.frameSlider):
            self.frameSlider.setRange(0, max(count - 1, 0))
            self.frameSlider.setPageStep(max(count // 10, 1))
            self.frameSlider.setValue(number)
        self.frameSlider.setEnabled(count > 1)

    def show_moment(self, text: str) -> None:
        """When the frame is that the slider stands at."""
        set_sentence(self.frameLabel, text)
        self.frameLabel.setMinimumWidth(max(self.frameLabel.minimumWidth(), self.frameLabel.sizeHint().width()))

    def show_summary(self, sentence: str, can_export: bool) -> None:
        """What will be made, or why it cannot be."""
        set_sentence(self.summaryLabel, sentence)
        self.buttonBox.button(_OK).setEnabled(can_export)
        make_room(self)

    # --

    def _subject(self) -> Subject:
        subject = self._subjects[max(self.subjectCombo.currentIndex(), 0)]
        return replace(subject, name=self.templateEdit.filePath()) if subject.kind == FILE else subject

    def _preset(self) -> str:
        return str(self.presetCombo.currentData())

    def _show_preset(self, preset: str) -> None:
        with QSignalBlocker(self.presetCombo):
            self.presetCombo.setCurrentIndex(self.presetCombo.findData(preset))

    def _format_changed(self) -> None:
        self.format_chosen.emit(str(self.formatCombo.currentData()))
        self._tell()

    def _tell(self) -> None:
        self._show_fields()
        self.edited.emit()

    def _show_fields(self) -> None:
        """Only what the subject has."""
        kind = self._subject().kind
        self.templateEdit.setVisible(kind == FILE)
        for widget in (self.titleLabel, self.titleEdit):
            widget.setEnabled(kind not in (MAP, LAYOUT))
        self.labelCheck.setEnabled(kind == MAP)
        self.presetCombo.setToolTip(tip(preset_texts()[self._preset()]))


class _all_quiet:  # noqa: N801 - used like a function
    """While widgets are filled, nobody is told."""

    def __init__(self, dialog: FilmDialog) -> None:
        self._widgets = (
            dialog.subjectCombo, dialog.templateEdit, dialog.titleEdit, dialog.stepCombo, dialog.fpsSpin,
            dialog.presetCombo, dialog.formatCombo, dialog.labelCheck, dialog.sidecarCheck)
        self._blockers: list[QSignalBlocker] = []

    def __enter__(self) -> None:
        self._blockers = [QSignalBlocker(widget) for widget in self._widgets]

    def __exit__(self, *_error: object) -> None:
        for blocker in self._blockers:
            blocker.unblock()
