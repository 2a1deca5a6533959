"""Linux: let the C library remember the computer's time zone, which makes every frame about twice as fast."""
from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Callable

#: For glibc the same zone as no TZ at all. But without TZ it asks the file system about this file at every
#: conversion of a local time, and QGIS makes such a time of each moment of each feature that it reads.
_SAME_ZONE = ":/etc/localtime"


def remember_time_zone() -> Callable[[], None] | None:
    """Name the zone that holds anyway, unless one is named; returns what undoes it, None if nothing was done."""
    if not sys.platform.startswith("linux") or "TZ" in os.environ or not Path("/etc/localtime").exists():
        return None
    os.environ["TZ"] = _SAME_ZONE
    time.tzset()
    return _forget_time_zone


def _forget_time_zone() -> None:
    if os.environ.get("TZ") == _SAME_ZONE:
        del os.environ["TZ"]
        time.tzset()
