"""The dates of small multiples: which of a dataset's steps the panels show."""
from __future__ import annotations

from collections.abc import Sequence

from .errors import AtlasError
from .frames import Frame, Played, day_text, frame_at, frames_between, period_between
from .schema import MS_PER_DAY, Step
from .steps import step_begin, step_ms

#: More maps on a page are no longer looked at one by one.
MOST_PANELS = 60
#: So many given dates are named in a message.
_NAMED = 3


def even_frames(played: Played, begin_ms: int | None, end_ms: int | None, panels: int) -> tuple[Frame, ...]:
    """So many frames from the first to the last step of a period, as even as whole steps allow.

    Frame i of n shows step round(i (s - 1) / (n - 1)) of s, halves rounded up, so that gaps differ by one step at most.
    Fewer steps than panels give one frame a step.

    >>> [frame.begin_ms // 86_400_000 for frame in even_frames(Played(0, 84 * 86_400_000, Step.DAY), None, None, 4)]
    [0, 28, 55, 83]
    """
    begin, end = period_between(played, begin_ms, end_ms)
    first, length = step_begin(begin, played.step), step_ms(played.step)
    steps = -(-(end - first) // length)
    count = min(panels, steps)
    gaps = max(count - 1, 1)
    begins = (first + (2 * i * (steps - 1) + gaps) // (2 * gaps) * length for i in range(count))
    return tuple(Frame(number, ms, ms + length) for number, ms in enumerate(begins))


def weekly_frames(played: Played, begin_ms: int | None, end_ms: int | None, most: int) -> tuple[tuple[Frame, ...], int]:
    """The state at the end of each week of a period (of the last one as far as it goes), of more weeks than `most` the
    last ones; and how many weeks there are.

    >>> frames, weeks = weekly_frames(Played(0, 20 * 86_400_000, Step.DAY), None, None, 3)
    >>> [frame.begin_ms // 86_400_000 for frame in frames], weeks
    ([10, 17, 19], 4)
    """
    weeks = frames_between(played, begin_ms, end_ms, Step.WEEK)
    return _numbered(weeks[-most:]), len(weeks)


def given_frames(played: Played, moments_ms: Sequence[int]) -> tuple[Frame, ...]:
    """The frames that hold the given moments, in the order of time and each once.

    Midnight stands for its whole day: the state as of the day's end.

    >>> hours = Played(0, 36 * 3_600_000, Step.HOUR)
    >>> [frame.begin_ms // 3_600_000 for frame in given_frames(hours, (86_400_000, 7_200_000, 0))]
    [2, 23, 35]
    """
    frames = {frame.begin_ms: frame for frame in (frame_at(played, _day_end(played, ms)) for ms in moments_ms)}
    if len(frames) > MOST_PANELS:
        raise AtlasError(f"{len(frames)} dates are given, and {MOST_PANELS} panels are the most: give fewer dates.")
    return _numbered([frames[ms] for ms in sorted(frames)])


def given_twice(played: Played, moments_ms: Sequence[int], frames: Sequence[Frame]) -> str:
    """Which of the given moments are of a step that another names already; "" if none."""
    begins = [frame_at(played, _day_end(played, ms)).begin_ms for ms in moments_ms]
    twice = [frame.begin_ms for frame in frames if begins.count(frame.begin_ms) > 1]
    return ", ".join(map(day_text, twice[:_NAMED])) + (" …" if len(twice) > _NAMED else "")


def _day_end(played: Played, ms: int) -> int:
    """The last millisecond of the day that a midnight begins, at most the dataset's own last one."""
    is_played_day = ms % MS_PER_DAY == 0 and played.begin_ms - MS_PER_DAY < ms < played.end_ms
    return min(ms + MS_PER_DAY, played.end_ms) - 1 if is_played_day else ms


def _numbered(frames: Sequence[Frame]) -> tuple[Frame, ...]:
    return tuple(Frame(number, frame.begin_ms, frame.end_ms) for number, frame in enumerate(frames))
