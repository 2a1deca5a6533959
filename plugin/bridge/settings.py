"""Choices that are remembered from one session to the next."""
from __future__ import annotations

from dataclasses import asdict, dataclass, fields

from qgis.core import QgsSettings

GROUP = "outbreak_atlas/open"


@dataclass(frozen=True)
class OpenChoices:
    """What the Open dataset dialog was last told; the words of the algorithm's parameters."""

    datum: str = "auto"
    step: str = "day"
    time_zone: str = ""
    folder: str = ""


def read_choices() -> OpenChoices:
    """The remembered choices, or the defaults."""
    settings = QgsSettings()
    default = OpenChoices()
    return OpenChoices(**{
        field.name: str(settings.value(f"{GROUP}/{field.name}", getattr(default, field.name)) or "")
        for field in fields(OpenChoices)
    })


def remember_choices(choices: OpenChoices) -> None:
    """Keep the choices for the next time."""
    settings = QgsSettings()
    for name, value in asdict(choices).items():
        settings.setValue(f"{GROUP}/{name}", value)
