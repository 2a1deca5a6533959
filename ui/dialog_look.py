"""What small dialogs share: names for who hears them, and a sentence in the room that it needs."""
from __future__ import annotations

from qgis.PyQt.QtWidgets import QAbstractButton, QAbstractSpinBox, QComboBox, QDialog, QLabel


def name_widgets(dialog: QDialog) -> None:
    """Every widget has a name for who hears it: that of its label, or its own words."""
    for label in dialog.findChildren(QLabel):
        if label.buddy() is not None:
            label.buddy().setAccessibleName(label.text().replace("&", ""))
    for kind in (QAbstractButton, QAbstractSpinBox, QComboBox):
        for widget in dialog.findChildren(kind):
            if not widget.accessibleName() and widget.toolTip():
                own = widget.text().replace("&", "") if kind is QAbstractButton else ""
                widget.setAccessibleName(own or widget.toolTip())


def set_sentence(label: QLabel, sentence: str) -> None:
    label.setText(sentence)
    label.setAccessibleName(sentence)


def make_room(dialog: QDialog) -> None:
    """Let a dialog grow to what it shows now: Qt squeezes its fields where a row or a line was added."""
    layout = dialog.layout()
    layout.activate()
    needed = max(layout.totalHeightForWidth(dialog.width()), layout.totalSizeHint().height())
    if dialog.isVisible() and needed > dialog.height():
        dialog.resize(dialog.width(), needed)
