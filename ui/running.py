"""Algorithms under way, as they are told in the message bar: how far they are, and how they ended."""
from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any, Callable

from ..plugin.bridge.messages import Button, Messages
from ..plugin.bridge.tasks import Handlers, Job, Jobs, Results
from .loading_item import LoadingItem


def no_button(_words: str) -> Button | None:
    """No button beside the sentence that says why it failed."""
    return None


@dataclass(frozen=True)
class Run:
    """An algorithm and what is told of it: `sentence` while it works, `cancelled` when the user stopped it.
    `button_for`: the button beside a sentence that says why it failed. `ended`: called before anything is told;
    whether it went well."""

    algorithm: str
    parameters: dict[str, Any]
    sentence: str
    cancelled: str
    button_for: Callable[[str], Button | None] = no_button
    ended: Callable[[bool], None] = lambda _well: None


class Running:
    """Starts algorithms in the background; of several at once each has its own bar and button."""

    def __init__(self, messages: Messages, jobs: Jobs) -> None:
        self._messages, self._jobs = messages, jobs

    def start(self, run: Run, done: Callable[[Results], None]) -> Job | None:
        """`done` is called with the results; anything else is told here. None if the work could not begin."""
        shown: list[LoadingItem] = []
        handlers = Handlers(
            done=partial(self._done, run, shown, done), failed=partial(self._failed, run, shown),
            cancelled=partial(self._cancelled, run, shown))
        job = self._jobs.start(run.algorithm, run.parameters, handlers)
        if job is not None and not job.is_over:
            shown.append(LoadingItem(run.sentence, job))
            self._messages.show(shown[0])
        return job

    def _done(self, run: Run, shown: list[LoadingItem], done: Callable[[Results], None], results: Results) -> None:
        self._end(run, shown, True)
        done(results)

    def _failed(self, run: Run, shown: list[LoadingItem], words: str, details: str) -> None:
        self._end(run, shown, False)
        self._messages.error(words, details, run.button_for(words))

    def _cancelled(self, run: Run, shown: list[LoadingItem]) -> None:
        self._end(run, shown, False)
        self._messages.info(run.cancelled)

    def _end(self, run: Run, shown: list[LoadingItem], well: bool) -> None:
        for item in shown:
            self._messages.take_back(item)
        run.ended(well)
