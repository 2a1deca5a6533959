"""The dock as it is seen: shows choices, sums and the frame, and says what was chosen; computes and reads nothing."""
from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from qgis.core import QgsApplication
from qgis.gui import QgsDockWidget
from qgis.PyQt import uic
from qgis.PyQt.QtCore import QSignalBlocker, Qt, pyqtSignal
from qgis.PyQt.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QAction,
    QComboBox,
    QLabel,
    QLineEdit,
    QMenu,
    QWidget,
)

from ..plugin.bridge.temporal import as_utc, wall_ms
from ..plugin.bridge.translation import tr
from ..plugin.core.schema import Step
from .area_delegate import AreaDelegate
from .choice_texts import step_texts
from .curve_widget import CurveWidget
from .dock_rows import Pairs, SteadyText
from .kind_choice import KindChoice
from .metric_texts import Entry
from .tips import tip

FORM = Path(__file__).resolve().parent / "forms" / "dock.ui"
NAME = "OutbreakAtlasDock"
_ICONS = {
    "firstButton": "temporal_navigation/rewindToStart.svg", "previousButton": "temporal_navigation/previous.svg",
    "nextButton": "temporal_navigation/next.svg", "lastButton": "temporal_navigation/skipToEnd.svg",
    "loopButton": "mActionReload.svg", "labelButton": "title_label.svg", "heatButton": "heatmap.svg",
    "helpButton": "mActionHelpContents.svg", "clusterButton": "rendererPointClusterSymbol.svg",
    "heatmapButton": "rendererHeatmapSymbol.svg",
}
_PLAY, _PAUSE = "temporal_navigation/forward.svg", "temporal_navigation/pause.svg"
_DAYS, _HOURS = "yyyy-MM-dd", "yyyy-MM-dd HH:mm"
_TOOL_TIP = Qt.ItemDataRole.ToolTipRole


class AtlasDock(QgsDockWidget):
    """`edited`: metric, kinds, minimum, flags or heat; `dates_edited`: from or to; `moved`: the position was typed;
    `preset_chosen`: name of a period. Signals come only from what a person or a script did to the widgets."""

    dataset_chosen = pyqtSignal(str)
    edited = pyqtSignal()
    dates_edited = pyqtSignal()
    moved = pyqtSignal(object)
    step_chosen = pyqtSignal(str)
    preset_chosen = pyqtSignal(str)
    label_toggled = pyqtSignal(bool)
    shown = pyqtSignal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("Outbreak Atlas"), parent)
        self.setObjectName(NAME)
        contents = QWidget(self)
        uic.loadUi(str(FORM), contents)
        self.setWidget(contents)
        self._adopt(contents)
        self.epiCurve = CurveWidget(contents)
        self.epiCurve.setObjectName("epiCurve")
        self.curveLayout.addWidget(self.epiCurve)
        self._set_up()
        self._connect()
        self._set_tab_order()
        self.show_empty(tr("No dataset is open."))

    def _adopt(self, contents: QWidget) -> None:
        """The form's widgets by their names, as attributes."""
        for name, value in vars(contents).items():
            setattr(self, name, value)

    def _set_up(self) -> None:
        for name, icon in _ICONS.items():
            getattr(self, name).setIcon(QgsApplication.getThemeIcon(f"/{icon}"))
        self._name_for_readers()
        self._analysis_tips = {button: button.toolTip() for button in (self.clusterButton, self.heatmapButton)}
        for step, text in step_texts().items():
            self.stepCombo.addItem(text, step)
        for edit in (self.fromEdit, self.toEdit, self.positionEdit):
            edit.setTimeSpec(Qt.TimeSpec.UTC)
        self.minimumSpin.setGroupSeparatorShown(True)
        self.kindCombo.setDefaultText(tr("all kinds"))
        self._kinds = KindChoice(self.kindCombo)
        self.kindCombo.view().setItemDelegate(AreaDelegate(self))
        self._pairs = Pairs(self.scrollArea, (self.positionLayout, self.datesLayout))
        self._totals, self._frame = SteadyText(self.totalLabel), SteadyText(self.frameLabel)
        self.viewsMenu = QMenu(self.viewsButton)
        self.viewsButton.setMenu(self.viewsMenu)
        self._add_presets()
        self.set_playing(False)

    def _name_for_readers(self) -> None:
        """Every widget has a name for who hears it: that of its label, its own words, or its tool tip."""
        words = {label.buddy(): label.text().replace("&", "") for label in self.findChildren(QLabel) if label.buddy()}
        for kind in (QAbstractButton, QAbstractSpinBox, QComboBox):
            for widget in self.findChildren(kind):
                if not widget.accessibleName() and widget.toolTip():
                    own = widget.text().replace("&", "") if kind is QAbstractButton else ""
                    widget.setAccessibleName(words.get(widget) or own or widget.toolTip())
        self.citySearch.setAccessibleName(self.citySearch.placeholderText())

    def _add_presets(self) -> None:
        menu = QMenu(self.presetButton)
        for name, text in (
            ("all", tr("All dates")), ("7", tr("Last 7 days")), ("14", tr("Last 14 days")),
            ("28", tr("Last 28 days")), ("peak", tr("The peak fortnight")),
        ):
            action = QAction(text, menu)
            action.setObjectName(f"preset_{name}")
            action.triggered.connect(lambda _checked=False, name=name: self.preset_chosen.emit(name))
            menu.addAction(action)
        self.presetButton.setMenu(menu)

    def _connect(self) -> None:
        self.datasetCombo.currentIndexChanged.connect(
            lambda at: self.dataset_chosen.emit(self.datasetCombo.itemData(at) or ""))
        for signal in (
            self.metricCombo.currentIndexChanged, self.heatButton.toggled, self.minimumSpin.valueChanged,
            self.flaggedCheck.toggled, self._kinds.changed,
        ):
            signal.connect(lambda *_values: self.edited.emit())
        for edit in (self.fromEdit, self.toEdit):
            edit.dateTimeChanged.connect(lambda _moment: self.dates_edited.emit())
        self.positionEdit.dateTimeChanged.connect(lambda moment: self.moved.emit(wall_ms(moment)))
        self._typed = False
        self.positionEdit.findChild(QLineEdit).textEdited.connect(lambda _text: self._set_typed(True))
        self.positionEdit.editingFinished.connect(lambda: self._set_typed(False))
        self.stepCombo.currentIndexChanged.connect(lambda at: self.step_chosen.emit(str(self.stepCombo.itemData(at))))
        self.labelButton.toggled.connect(self.label_toggled)
        self.visibilityChanged.connect(self.shown)

    def _set_tab_order(self) -> None:
        order = (
            self.datasetCombo, self.helpButton, self.openButton, self.sampleButton, self.metricCombo, self.heatButton,
            self.firstButton, self.previousButton, self.playButton, self.nextButton, self.lastButton, self.loopButton,
            self.speedSpin, self.labelButton, self.positionEdit, self.stepCombo, self.epiCurve, self.fromEdit,
            self.toEdit, self.presetButton, self.citySearch, self.cityTree, self.kindCombo, self.minimumSpin,
            self.flaggedCheck, self.clusterButton, self.heatmapButton, self.viewsButton, self.publishButton,
            self.resetButton,
        )
        for before, after in zip(order, order[1:]):
            QWidget.setTabOrder(before, after)

    # -- which dataset

    def show_datasets(self, names: Sequence[tuple[str, str]], current: str) -> None:
        """Layers by id and name; the choice is shown, not announced."""
        _quietly(self.datasetCombo, lambda: _fill(self.datasetCombo, names, current))
        self.datasetCombo.setVisible(bool(names))
        self.datasetLabel.setVisible(bool(names))

    def show_empty(self, sentence: str, offers: bool = True) -> None:
        """Nothing to show, and why; `offers` adds what would help: open a file, or the sample."""
        self.emptyLabel.setText(sentence)
        self.openButton.setVisible(offers)
        self.sampleButton.setVisible(offers)
        self.pages.setCurrentWidget(self.emptyPage)

    def show_data(self) -> None:
        self.pages.setCurrentWidget(self.dataPage)

    # -- what is chosen

    def show_metrics(self, entries: Sequence[Entry], current: str) -> None:
        def fill() -> None:
            _fill(self.metricCombo, [(entry.data, entry.text) for entry in entries], current)
            for at, entry in enumerate(entries):
                self.metricCombo.setItemData(at, tip(entry.tooltip), _TOOL_TIP)
        _quietly(self.metricCombo, fill)

    def chosen_metric(self) -> str:
        return str(self.metricCombo.currentData() or "")

    def set_heat(self, heat: bool) -> None:
        _quietly(self.heatButton, lambda: self.heatButton.setChecked(heat))

    def show_kinds(self, kinds: Sequence[tuple[str, str]], chosen: frozenset[str] | None) -> None:
        """Kinds by value and text; None: all are shown, which is written as none being ticked."""
        self._kinds.show(kinds, chosen)
        for widget in (self.kindLabel, self.kindCombo):
            widget.setVisible(len(kinds) > 1)

    def chosen_kinds(self) -> frozenset[str] | None:
        return self._kinds.chosen()

    def set_limits(self, minimum: float | None, hide_flagged: bool, decimals: int) -> None:
        self.minimumSpin.setDecimals(decimals)
        _quietly(self.minimumSpin, lambda: self.minimumSpin.setValue(minimum or 0.0))
        _quietly(self.flaggedCheck, lambda: self.flaggedCheck.setChecked(hide_flagged))

    def chosen_minimum(self) -> float | None:
        return self.minimumSpin.value() or None

    # -- time

    def set_step(self, step: Step) -> None:
        """The dataset's step: how moments are written, and how far an arrow goes."""
        _quietly(self.stepCombo, lambda: self.stepCombo.setCurrentIndex(self.stepCombo.findData(step.value)))
        for edit in (self.fromEdit, self.toEdit, self.positionEdit):
            edit.setDisplayFormat(_HOURS if step == Step.HOUR else _DAYS)
        self._pairs.arrange()

    def set_period(self, begin_ms: int, end_ms: int) -> None:
        """The first and the last moment that can be chosen."""
        for edit in (self.fromEdit, self.toEdit, self.positionEdit):
            _quietly(edit, lambda edit=edit: edit.setDateTimeRange(as_utc(begin_ms), as_utc(end_ms)))

    def set_dates(self, from_ms: int, to_ms: int) -> None:
        _quietly(self.fromEdit, lambda: self.fromEdit.setDateTime(as_utc(from_ms)))
        _quietly(self.toEdit, lambda: self.toEdit.setDateTime(as_utc(to_ms)))

    def chosen_dates(self) -> tuple[int, int]:
        """The two moments as typed, in wall-clock ms."""
        return wall_ms(self.fromEdit.dateTime()), wall_ms(self.toEdit.dateTime())

    def set_position(self, ms: int) -> None:
        if not self._typed:  # not under the fingers of who types
            _quietly(self.positionEdit, lambda: self.positionEdit.setDateTime(as_utc(ms)))

    def _set_typed(self, typed: bool) -> None:
        self._typed = typed

    def set_playing(self, playing: bool) -> None:
        _quietly(self.playButton, lambda: self.playButton.setChecked(playing))
        self.playButton.setIcon(QgsApplication.getThemeIcon("/" + (_PAUSE if playing else _PLAY)))

    def set_speed(self, frames_per_second: float, looping: bool) -> None:
        _quietly(self.speedSpin, lambda: self.speedSpin.setValue(frames_per_second))
        _quietly(self.loopButton, lambda: self.loopButton.setChecked(looping))

    def set_label_shown(self, shown: bool) -> None:
        _quietly(self.labelButton, lambda: self.labelButton.setChecked(shown))

    # -- what can be done with it

    def offer_analyses(self, reason: str) -> None:
        """Let clusters and heat be asked for; or not, for a reason."""
        for button, words in self._analysis_tips.items():
            button.setEnabled(not reason)
            button.setToolTip(tip(reason or words))

    # -- what is told

    def show_totals(self, html: str, plain: str) -> None:
        """The sums of the frame; plain for who hears them."""
        self._totals.show(html)
        self.totalLabel.setAccessibleName(plain)
        self.totalLabel.setToolTip(tip(plain.replace("; ", ";\n")))

    def reserve_totals(self, html: str) -> None:
        """Keep room for as long a text as this."""
        self._totals.reserve(html)
        self._frame.reserve("")

    def show_frame(self, text: str, warns: bool) -> None:
        """Which frame it is; what is wrong with it is longer, and takes its room only as long as it is shown."""
        self._frame.show(text)
        if warns:
            self._frame.forget()

    def show_zone(self, text: str) -> None:
        """Whose clock all times are."""
        self.zoneLabel.setText(text)


def _fill(combo: QComboBox, items: Sequence[tuple[str, str]], current: str) -> None:
    combo.clear()
    for value, text in items:
        combo.addItem(text, value)
        combo.setItemData(combo.count() - 1, tip(text), _TOOL_TIP)
    combo.setCurrentIndex(max(combo.findData(current), 0) if items else -1)


def _quietly(widget: QWidget, act: Callable[[], object]) -> None:
    """Change a widget without saying so."""
    with QSignalBlocker(widget):
        act()
