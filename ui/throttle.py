"""Values that come faster than anybody can act on them."""
from __future__ import annotations

from qgis.PyQt.QtCore import QObject, QTimer, pyqtSignal


class Throttle(QObject):
    """Passes the first value at once and then the newest one per interval; a value is never passed twice in a row."""

    passed = pyqtSignal(object)

    def __init__(self, interval_ms: int, parent: QObject) -> None:
        super().__init__(parent)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(interval_ms)
        self._timer.timeout.connect(self.flush)
        self._last: object = None
        self._waiting: tuple[object] | None = None

    def start(self, value: object) -> None:
        """Begin anew from a value that everybody knows."""
        self._timer.stop()
        self._last, self._waiting = value, None

    def offer(self, value: object) -> None:
        """Pass the value now or at the end of the interval."""
        self._waiting = (value,) if value != self._last else None
        if not self._timer.isActive():
            self.flush()

    def flush(self) -> bool:
        """Pass what waits; was there anything?"""
        if self._waiting is None:
            return False
        (self._last,), self._waiting = self._waiting, None
        self._timer.start()
        self.passed.emit(self._last)
        return True
