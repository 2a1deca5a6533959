"""What a drawn curve is told: its words, its colours and what is marked on it."""
from __future__ import annotations

from dataclasses import dataclass

from .palette import BLUE, ORANGE, SKY, VERMILION


@dataclass(frozen=True)
class CurveTexts:
    """The words of a curve. `metric`: what is counted; `title`: above a printed curve."""

    metric: str
    new: str = "new"
    total: str = "total"
    mean: str = "mean of 7 steps"
    gap: str = "no report"
    jump: str = "jump"
    fallen: str = "revision"
    unknown: str = "nothing is known"
    zone: str = ""
    title: str = ""


@dataclass(frozen=True)
class CurveLook:
    """Colours, and the size of letters in points."""

    background: str = "#ffffff"
    text: str = "#262626"
    faint: str = "#9a9a9a"
    new: str = BLUE
    total: str = "#00785a"
    mean: str = "#262626"
    fallen: str = VERMILION
    cursor: str = ORANGE
    font_pt: float = 8.0


@dataclass(frozen=True)
class CurveMarks:
    """What is marked on a curve, in wall-clock ms, half-open: the frame that is shown and the chosen dates."""

    frame: tuple[int, int] | None = None
    begin_ms: int | None = None
    end_ms: int | None = None


LIGHT = CurveLook()
DARK = CurveLook("#232629", "#eff0f1", "#777c82", SKY, "#3ccf9f", "#eff0f1", "#ff8a3d", ORANGE)
UNMARKED = CurveMarks()
