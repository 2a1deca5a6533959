"""What the dialog Export film was told, remembered for the next film."""
from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields, replace

from qgis.core import QgsSettings

from ..core.film_sizes import HD

_KEY = "outbreak_atlas/film"
#: What is filmed: the bare map, a shipped template, a layout of the project, the user's own template.
MAP, TEMPLATE, LAYOUT, FILE = "map", "template", "layout", "file"


@dataclass(frozen=True)
class Subject:
    """What is filmed: its kind, and the name of a template or layout or the path of a template."""

    kind: str = TEMPLATE
    name: str = "film_16x9"


@dataclass(frozen=True)
class FilmChoices:
    """`from_ms`, `to_ms`: half-open, wall-clock ms. `step`: a frame each, "" for the dataset's own. `folder`: where the
    last film went. What belongs to one dataset (dates, title, output) is not remembered."""

    subject: Subject = Subject()
    title: str = ""
    from_ms: int | None = None
    to_ms: int | None = None
    step: str = ""
    fps: float = 8.0
    preset: str = HD
    width_px: int = 1920
    height_px: int = 1080
    format: str = "mp4"
    label: bool = True
    sidecar: bool = True
    output: str = ""
    folder: str = ""


def recall_film() -> FilmChoices:
    """What was chosen last time; the defaults where nothing was, or it is not to be read."""
    defaults = FilmChoices()
    try:
        stored = json.loads(str(QgsSettings().value(_KEY, "") or "{}"))
        known = {one.name: stored[one.name] for one in fields(FilmChoices) if one.name in stored}
        known["subject"] = Subject(**known.get("subject", {}))
    except (ValueError, TypeError, AttributeError):
        return defaults  # written by another version, or by hand
    found = replace(defaults, **known)
    return found if _is_sound(found) else defaults


def remember_film(choices: FilmChoices) -> None:
    """Keep what carries over to other films."""
    kept = replace(choices, title="", from_ms=None, to_ms=None, output="")
    QgsSettings().setValue(_KEY, json.dumps(asdict(kept)))


def _is_sound(choices: FilmChoices) -> bool:
    texts = (choices.subject.kind, choices.subject.name, choices.step, choices.preset, choices.format, choices.folder)
    numbers = (choices.fps, choices.width_px, choices.height_px)
    return (all(isinstance(one, str) for one in texts) and all(isinstance(one, bool) for one in (
        choices.label, choices.sidecar)) and all(isinstance(one, (int, float)) and one > 0 for one in numbers))
