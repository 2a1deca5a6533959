"""How long work will still take, in words."""
from __future__ import annotations

from ..core.waiting import rounded_up, seconds_left
from .translation import tr


def time_left_text(elapsed_s: float, fraction: float) -> str:
    """“about 20 s left”, or nothing while that is anybody's guess."""
    seconds = seconds_left(elapsed_s, fraction)
    if seconds is None:
        return ""
    whole = rounded_up(seconds)
    if whole <= 60:
        return tr("about {n} s left").format(n=whole)
    return tr("about {n} min left").format(n=whole // 60)
