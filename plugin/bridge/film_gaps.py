"""What a film leaves out whose frames lie further apart than the dataset's steps."""
from __future__ import annotations

from collections.abc import Sequence

from ..core.frames import Frame, unseen_steps
from ..core.schema import Step
from .number_texts import number_text
from .translation import tr


def unseen_text(frames: Sequence[Frame], begin_ms: int, new: bool, step: Step) -> str:
    """A warning where what was new in some steps is in no frame; "" of a total, which holds all that came before."""
    unseen, steps = unseen_steps(frames, begin_ms)
    if not new or not unseen:
        return ""
    hours = tr("A frame shows what was new in one hour, and {n} of {all} hours are in no frame: to film sums, change "
               "the dataset's playback step first.")
    days = tr("A frame shows what was new on one day, and {n} of {all} days are in no frame: to film sums, change the "
              "dataset's playback step first.")
    return (hours if step == Step.HOUR else days).format(n=number_text(unseen), all=number_text(steps))
