"""The frames of a film: one list for the preview and for every export."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .errors import AtlasError
from .schema import MS_PER_DAY, Step
from .steps import step_begin, step_ms

#: More frames than this are refused: nobody plays them, and an hourly film of mistyped years has no end.
MOST_FRAMES = 100_000


@dataclass(frozen=True)
class Frame:
    """One picture of a film: its number from 0, and the dataset's step that it shows, in wall-clock ms (end excluded).

    A dataset draws each place once in a frame of one step; in a longer one it would draw all states of it. So a frame
    of a longer step shows the last of the dataset's steps in it: the state as of its end.
    """

    number: int
    begin_ms: int
    end_ms: int


@dataclass(frozen=True)
class Played:
    """A dataset's time: the first step's begin and the last one's end in wall-clock ms, and the step."""

    begin_ms: int
    end_ms: int
    step: Step


def frame_at(played: Played, at_ms: int | None) -> Frame:
    """The frame that holds a moment, by default the last one; a moment outside the dataset is refused.

    >>> frame_at(Played(0, 3 * 86_400_000, Step.DAY), 90_000_000)
    Frame(number=0, begin_ms=86400000, end_ms=172800000)
    """
    if at_ms is None:
        at_ms = played.end_ms - 1
    if not played.begin_ms <= at_ms < played.end_ms:
        raise AtlasError(
            f"{day_text(at_ms)} is outside the dataset, which runs {_run(played)}: choose a date between them.")
    begin = step_begin(at_ms, played.step)
    return Frame(0, begin, begin + step_ms(played.step))


def frames_between(played: Played, begin_ms: int | None, end_ms: int | None, step: Step | None) -> tuple[Frame, ...]:
    """A frame a step from a moment until another (excluded), as far as the dataset reaches.

    `step`: of the film, by default the dataset's own. Refused: an interval outside the dataset or without length.

    >>> [frame.begin_ms // 86_400_000 for frame in frames_between(Played(0, 20 * 86_400_000, Step.DAY), None, None,
    ...                                                           Step.WEEK)]
    [3, 10, 17, 19]
    """
    begin, end = period_between(played, begin_ms, end_ms)
    film_step = step or played.step
    first, length = step_begin(begin, film_step), step_ms(film_step)
    count = -(-(end - first) // length)
    if count > MOST_FRAMES:
        raise AtlasError(f"The film would have {count:,} frames, and {MOST_FRAMES:,} are the most: choose a longer "
                         "STEP, or FROM and TO closer together.")
    return tuple(_frame(number, min(first + (number + 1) * length, end), played.step) for number in range(count))


def period_between(played: Played, begin_ms: int | None, end_ms: int | None) -> tuple[int, int]:
    """From a moment until another (excluded), as far as the dataset reaches; refused where nothing is left."""
    begin = played.begin_ms if begin_ms is None else max(begin_ms, played.begin_ms)
    end = played.end_ms if end_ms is None else min(end_ms, played.end_ms)
    _refuse_nothing(played, begin_ms, end_ms, begin, end)
    return begin, end


def unseen_steps(frames: Sequence[Frame], begin_ms: int) -> tuple[int, int]:
    """How many of the dataset's steps from a moment until the last frame's end are in no frame, and how many there are.

    >>> unseen_steps(frames_between(Played(0, 20 * 86_400_000, Step.DAY), None, None, Step.WEEK), 0)
    (16, 20)
    """
    length = frames[0].end_ms - frames[0].begin_ms
    steps = -(-(frames[-1].end_ms - begin_ms) // length)
    return steps - len(frames), steps


def _frame(number: int, end_ms: int, step: Step) -> Frame:
    begin = step_begin(end_ms - 1, step)
    return Frame(number, begin, begin + step_ms(step))


def _refuse_nothing(played: Played, begin_ms: int | None, end_ms: int | None, begin: int, end: int) -> None:
    if begin_ms is not None and end_ms is not None and begin_ms >= end_ms:
        raise AtlasError(f"FROM ({day_text(begin_ms)}) is not before TO ({day_text(end_ms)}), which is excluded: "
                         "choose a later TO.")
    if begin >= end:
        raise AtlasError(
            f"The dataset runs {_run(played)}, and nothing of it lies between FROM and TO: choose them within it.")


def _run(played: Played) -> str:
    last = day_text(played.end_ms - 1)
    return f"from {day_text(played.begin_ms)} to {last if played.step == Step.HOUR else last[:10]}"


def day_text(ms: int) -> str:
    """A wall-clock moment: its date, with the clock unless it is midnight.

    >>> day_text(0), day_text(90_000_000), day_text(86_399_999)
    ('1970-01-01', '1970-01-02 01:00', '1970-01-01 23:59')
    """
    import numpy as np

    text = str(np.datetime64(int(ms), "ms").astype("datetime64[m]")).replace("T", " ")
    return text[:10] if ms % MS_PER_DAY == 0 else text
