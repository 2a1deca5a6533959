"""What films, their sizes and formats are called, and the sentence that says what will be made."""
from __future__ import annotations

from ..plugin.bridge.number_texts import number_text
from ..plugin.bridge.temporal import as_utc
from ..plugin.bridge.translation import tr
from ..plugin.core.film_sizes import COLUMN, HD, OWN, SQUARE, TWO_COLUMNS, UHD
from ..plugin.core.frames import Frame, day_text
from ..plugin.core.schema import Step
from ..plugin.core.steps import step_ms
from ..plugin.export.film_plan import FilmMade

_MB, _KB = 1_000_000, 1000


def preset_texts() -> dict[str, str]:
    return {
        HD: tr("1080p: 1920 × 1080"), UHD: tr("4K: 3840 × 2160"), SQUARE: tr("square: 1080 × 1080"),
        COLUMN: tr("one column: 85 mm at 300 dpi"), TWO_COLUMNS: tr("two columns: 180 mm at 300 dpi"),
        OWN: tr("own size"),
    }


def format_texts() -> dict[str, str]:
    return {"mp4": tr("MP4 (H.264)"), "gif": tr("GIF"), "frames": tr("frames (PNG files)")}


def every_texts(step: Step) -> dict[str, str]:
    """The steps that a film of a dataset can have."""
    texts = {Step.HOUR: tr("hour"), Step.DAY: tr("day"), Step.WEEK: tr("week")}
    return {str(one.value): text for one, text in texts.items() if step_ms(one) >= step_ms(step)}


def expected_text(frames: int, seconds: float, size_bytes: int | None) -> str:
    """How many frames, how long they play, how large the file will be as far as that can be told."""
    parts = [tr("1 frame") if frames == 1 else tr("{n} frames").format(n=number_text(frames)),
             tr("plays {time}").format(time=duration_text(seconds))]
    if size_bytes is not None:
        parts.append(tr("about {size}").format(size=bytes_text(size_bytes)))
    return ", ".join(parts) + "."


def made_text(made: FilmMade) -> str:
    """What was made; the link to it is put behind."""
    frames = tr("1 frame") if made.frames == 1 else tr("{n} frames").format(n=number_text(made.frames))
    return tr("Film made: {frames}, {time}.").format(frames=frames, time=duration_text(made.seconds))


def duration_text(seconds: float) -> str:
    """Minutes and seconds, as players show them; below a minute the seconds.

    >>> duration_text(10.5)
    '10.5 s'
    """
    if seconds < 60:
        return tr("{n} s").format(n=f"{seconds:.1f}".removesuffix(".0"))
    whole = round(seconds)
    return tr("{minutes}:{seconds} min").format(minutes=whole // 60, seconds=f"{whole % 60:02d}")


def frame_text(frame: Frame, step: Step) -> str:
    """When a frame is: the day, or hour and day."""
    return day_text(frame.begin_ms) if step != Step.HOUR else as_utc(frame.begin_ms).toString("yyyy-MM-dd HH:mm")


def bytes_text(size: int) -> str:
    """As precise as a forecast deserves."""
    if size < _MB:
        return tr("{n} kB").format(n=max(round(size / _KB), 1))
    return tr("{n} MB").format(n=number_text(round(size / _MB, 0 if size >= 10 * _MB else 1)))
