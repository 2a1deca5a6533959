"""What is written beside a film: of what it was made, and how."""
from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..plugin.bridge.citing import cite, write_sidecar
from ..plugin.bridge.film_choices import MAP, FilmChoices
from ..plugin.bridge.story import Story
from ..plugin.bridge.temporal import as_utc
from ..plugin.bridge.translation import tr
from ..plugin.core.errors import AtlasError
from ..plugin.core.frames import Frame
from ..plugin.export.film_plan import FilmMade

_ISO = "yyyy-MM-ddTHH:mm:ss"


def film_citation(story: Story, choices: FilmChoices, frames: Sequence[Frame]) -> Callable[[FilmMade], str]:
    """Writes the file beside a film when that is made; says what went wrong."""
    def write(made: FilmMade) -> str:
        try:
            write_sidecar(cite(
                story, "exportanimation", _parameters(story, choices), frames, made.path, choices.title), made.path)
        except (AtlasError, OSError) as error:
            return tr("The file about its sources could not be written: {reason}").format(
                reason=getattr(error, "message", str(error)))
        return ""
    return write


def nothing_written(_made: FilmMade) -> str:
    return ""


def _parameters(story: Story, choices: FilmChoices) -> dict[str, Any]:
    """The choices as the algorithm of films takes them."""
    return {
        "TEMPLATE": "" if choices.subject.kind == MAP else choices.subject.name, "TITLE": choices.title,
        "FROM": as_utc(story.begin_ms).toString(_ISO), "TO": as_utc(story.end_ms).toString(_ISO),
        "STEP": choices.step, "FPS": choices.fps, "WIDTH": choices.width_px, "HEIGHT": choices.height_px,
        "FORMAT": choices.format, "DATE_LABEL": choices.label,
    }
