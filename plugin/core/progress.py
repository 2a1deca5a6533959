"""How long work tells where it is and learns that it should stop."""
from __future__ import annotations

from typing import Callable

from .errors import Cancelled


class Progress:
    """Reports a fraction from 0 to 1 and a message; raises `Cancelled` when asked to stop.

    The base class is silent and never cancelled, so that core code can be called
    without one; `bridge.progress` makes one from a `QgsFeedback`.
    """

    def report(self, fraction: float, message: str = "") -> None:
        """Say how much is done (0 to 1), and check for cancellation."""
        self.check()

    def is_cancelled(self) -> bool:
        return False

    def check(self) -> None:
        """Raise `Cancelled` if the user asked to stop."""
        if self.is_cancelled():
            raise Cancelled

    def part(self, start: float, end: float) -> Progress:
        """The share of this progress between two fractions, as a progress of its own."""
        return _Part(self, start, end)


class _Part(Progress):
    def __init__(self, whole: Progress, start: float, end: float) -> None:
        self._whole, self._start, self._span = whole, start, end - start

    def report(self, fraction: float, message: str = "") -> None:
        self._whole.report(self._start + self._span * fraction, message)

    def is_cancelled(self) -> bool:
        return self._whole.is_cancelled()


class CallbackProgress(Progress):
    """A progress that hands fraction and message to functions."""

    def __init__(
        self,
        on_report: Callable[[float, str], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> None:
        self._on_report, self._cancelled = on_report, cancelled

    def report(self, fraction: float, message: str = "") -> None:
        self.check()
        if self._on_report is not None:
            self._on_report(fraction, message)

    def is_cancelled(self) -> bool:
        return self._cancelled is not None and self._cancelled()
