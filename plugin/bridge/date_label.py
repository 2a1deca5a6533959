"""The date on the map: one of QGIS's own label decorations, so that it is saved, exported and edited natively."""
from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from html import escape

from qgis.core import Qgis, QgsExpression, QgsProject, QgsReadWriteContext, QgsTextBackgroundSettings, QgsTextFormat
from qgis.gui import QgsMapCanvas
from qgis.PyQt.QtCore import QMetaObject, QObject, QPointF, QSizeF, Qt, pyqtSignal
from qgis.PyQt.QtGui import QColor
from qgis.PyQt.QtXml import QDomDocument

from ..core.schema import Step
from .translation import tr

#: By this comment in its expression a label is known as ours, also in a project that was saved with it.
MARK = "/* Outbreak Atlas */"
_SIZE_PT, _ZONE_SIZE_PT, _LINE_HEIGHT = 28, 12, 0.85
_MARGIN_MM = 4
#: What a dataset's zone is called where nothing names one (`core.zones.AS_WRITTEN`, which needs pandas to be read).
_AS_WRITTEN = ("", "as written")
_TOP_CENTER, _BOTTOM_CENTER, _BOTTOM_RIGHT = 4, 5, 3
_KEYS = ("/Enabled", "/Label", "/Font", "/BackgroundColor", "/Placement", "/MarginUnit", "/MarginH", "/MarginV")


@dataclass(frozen=True)
class Decoration:
    """One of QGIS's label decorations: its class, its scope in the project, where ours stands and where QGIS's would.

    At the top in the middle and at the bottom in the middle no other decoration stands by default.
    """

    class_name: str
    scope: str
    placement: int
    usual_placement: int


#: The second serves a project whose title is the user's own.
DECORATIONS = (
    Decoration("QgsDecorationTitle", "TitleLabel", _TOP_CENTER, _TOP_CENTER),
    Decoration("QgsDecorationCopyright", "CopyrightLabel", _BOTTOM_CENTER, _BOTTOM_RIGHT),
)


class DateLabel(QObject):
    """Shows what frame the map is at, in the dataset's zone. A label that the user made himself is never touched.

    A project does not count as changed by a label that comes and goes with the dock.
    """

    #: The label appeared or went, also by the user's hand in QGIS's own dialog.
    toggled = pyqtSignal(bool)

    def __init__(
        self, canvas: QgsMapCanvas, project: QgsProject | None = None, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._canvas = canvas
        self._project = project or QgsProject.instance()
        self._known = self.is_shown
        self._undo = ExitStack()
        canvas.renderStarting.connect(self._tell)
        self._undo.callback(canvas.renderStarting.disconnect, self._tell)

    @property
    def is_shown(self) -> bool:
        own = self._own()
        return own is not None and self._project.readBoolEntry(own.scope, "/Enabled")[0]

    @property
    def is_ours(self) -> bool:
        """Whether the project holds a label of ours, shown or not."""
        return self._own() is not None

    def show(self, zone: str, step: Step) -> bool:
        """Show the label; False if both of QGIS's label decorations hold the user's own texts."""
        own = self._own()
        taken = own or next((one for one in DECORATIONS if self._is_free(one)), None)
        if taken is None:
            return False
        with QgsProject.blockDirtying(self._project):
            if own is None:
                self._dress(taken)
            self._project.writeEntry(taken.scope, "/Label", label_text(zone, step))
            self._project.writeEntryBool(taken.scope, "/Enabled", True)
        self._redraw(taken)
        return True

    def hide(self) -> None:
        """Take the label out of the project, as if it had never been there."""
        own = self._own()
        if own is None:
            return
        with QgsProject.blockDirtying(self._project):
            self._undress(own)
        self._redraw(own)

    def close(self) -> None:
        self._undo.close()
        self.hide()

    def _own(self) -> Decoration | None:
        return next((one for one in DECORATIONS if MARK in self._text(one)), None)

    def _is_free(self, decoration: Decoration) -> bool:
        return not self._text(decoration)

    def _text(self, decoration: Decoration) -> str:
        return self._project.readEntry(decoration.scope, "/Label")[0]

    def _dress(self, decoration: Decoration) -> None:
        """A look of its own; what the user makes of it in QGIS's dialog stays."""
        self._write(decoration, text_format(), decoration.placement, _MARGIN_MM)

    def _undress(self, decoration: Decoration) -> None:
        # QGIS's object keeps the look it had where the project names none: so it is first given the usual one.
        self._write(decoration, QgsTextFormat(), decoration.usual_placement, 0)
        self._project.writeEntryBool(decoration.scope, "/Enabled", False)
        self._read_again(decoration)
        for key in _KEYS:
            self._project.removeEntry(decoration.scope, key)

    def _write(self, decoration: Decoration, look: QgsTextFormat, placement: int, margin_mm: int) -> None:
        document = QDomDocument()
        document.appendChild(look.writeXml(document, QgsReadWriteContext()))
        for key, value in (
            ("/Font", document.toString()), ("/BackgroundColor", "0,0,0,0"), ("/MarginUnit", "MM"),
            ("/Placement", placement), ("/MarginH", 0), ("/MarginV", margin_mm),
        ):
            self._project.writeEntry(decoration.scope, key, value)

    def _redraw(self, decoration: Decoration) -> None:
        self._read_again(decoration)
        self._tell()
        self._canvas.refresh()

    def _read_again(self, decoration: Decoration) -> None:
        """Let the running program take over what the project says; there is no decoration without a main window."""
        for one in self._canvas.window().findChildren(QObject):
            if one.metaObject().className() == decoration.class_name:
                QMetaObject.invokeMethod(one, "projectRead", Qt.ConnectionType.DirectConnection)

    def _tell(self) -> None:
        if self.is_shown != self._known:
            self._known = not self._known
            self.toggled.emit(self._known)


def label_text(zone: str, step: Step) -> str:
    """The decoration's text: the frame's date, large, and the zone below; it says so while the map shows all dates."""
    below = small_line(tr("time as written") if zone in _AS_WRITTEN else zone)
    all_dates, below = QgsExpression.quotedString(tr("All dates")), QgsExpression.quotedString(below)
    return f"[% {MARK} coalesce({_date_expression(step)}, {all_dates}) || {below} %]"


def small_line(text: str) -> str:
    """A further line, in the letters of the zone."""
    # A percent sign could end an expression.
    return f'\n<span style="font-size:{_ZONE_SIZE_PT}pt">{escape(text).replace("%", "&#37;")}</span>'


def _date_expression(step: Step) -> str:
    """Of a frame of one step its date or hour; of a longer one its first and last day, or begin and end.

    The moments are wall-clock time of the dataset's zone, and QGIS formats them as they are.
    """
    if step == Step.HOUR:
        pattern, longest_s, last = "yyyy-MM-dd HH:mm", 3_600, "@map_end_time"
    else:
        pattern, longest_s, last = "yyyy-MM-dd", 86_400, "@map_end_time - to_interval('1 second')"
    begin, end = f"format_date(@map_start_time, '{pattern}')", f"format_date({last}, '{pattern}')"
    short = f"if(left({begin}, 5) = left({end}, 5), substr({end}, 6), {end})"
    return f"{begin} || if(second(@map_interval) <= {longest_s}, '', ' – ' || {short})"


def text_format() -> QgsTextFormat:
    """Large and dark on a light, nearly opaque box: legible on any map, where a halo is not on a dark one."""
    look = QgsTextFormat()
    look.setSize(_SIZE_PT)
    look.setSizeUnit(Qgis.RenderUnit.Points)
    look.setColor(QColor("#1a1a1a"))
    look.setAllowHtmlFormatting(True)
    look.setLineHeight(_LINE_HEIGHT)
    look.setBackground(_box())
    return look


def _box() -> QgsTextBackgroundSettings:
    box = QgsTextBackgroundSettings()
    box.setEnabled(True)
    box.setType(QgsTextBackgroundSettings.ShapeType.ShapeRectangle)
    box.setSizeType(QgsTextBackgroundSettings.SizeType.SizeBuffer)
    for set_unit in (box.setSizeUnit, box.setOffsetUnit, box.setRadiiUnit):
        set_unit(Qgis.RenderUnit.Millimeters)
    box.setSize(QSizeF(3, 0.3))
    # QGIS measures both lines with the large font, which leaves room below the small one.
    box.setOffset(QPointF(0, -2))
    box.setRadii(QSizeF(1.5, 1.5))
    box.setFillColor(QColor(255, 255, 255, 215))
    box.setStrokeWidth(0)
    box.setStrokeColor(QColor(0, 0, 0, 0))
    return box
