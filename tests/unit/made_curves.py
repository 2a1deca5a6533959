"""Curves made by hand, for the tests of how they are drawn."""
from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from outbreak_atlas.plugin.core.schema import Step
from outbreak_atlas.plugin.core.series import Curve
from outbreak_atlas.plugin.core.steps import step_ms


def ms(text: str) -> int:
    """A wall-clock moment in ISO 8601 as milliseconds."""
    return int(np.datetime64(text, "ms").astype(np.int64))


def made_curve(
    new: Iterable[float], step: Step = Step.DAY, begin: str = "2020-02-03", gap: Iterable[int] = (),
    jump: Iterable[int] = (), total: Iterable[float] | None = None,
) -> Curve:
    """A curve of these changes: its total is their sum, its mean that of the known ones of seven steps."""
    changes = np.asarray(list(new), np.float64)
    count = len(changes)
    mean = np.array([_mean(changes[max(at - 6, 0):at + 1]) for at in range(count)], np.float64)
    return Curve(
        step, ms(begin) + np.arange(count, dtype=np.int64) * step_ms(step),
        np.nancumsum(changes) if total is None else np.asarray(list(total), np.float64), changes, mean,
        np.isin(np.arange(count), list(gap)), np.isin(np.arange(count), list(jump)), np.fmin(np.nan_to_num(changes), 0))


def _mean(values: np.ndarray) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else np.nan


def wave(days: int = 88) -> Curve:
    """A wave with a jump, two gaps and two revisions."""
    at = np.arange(days)
    new = np.round(4000 * np.exp(-(((at - 12) / 9) ** 2)) + at % 7 * 8)
    new[9], new[30], new[50] = 15152, -420, -80
    return made_curve(new, gap=(17, 18, 19, 40), jump=(9,))


def hours(count: int = 2200) -> Curve:
    """Reports at eight every morning."""
    at = np.arange(count)
    new = np.where(at % 24 == 8, at % 900, 0).astype(float)
    new[at == 700] = -350
    return made_curve(new, Step.HOUR, gap=range(500, 560), jump=(1000,))
