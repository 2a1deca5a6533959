"""Naming the computer's zone changes no time and is undone."""
from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest
from outbreak_atlas.plugin.bridge.clock import remember_time_zone

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux") or not Path("/etc/localtime").exists(),
    reason="only glibc asks the file system about the zone")


@pytest.fixture
def no_zone_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TZ", raising=False)
    time.tzset()


def test_the_zone_stays_the_same_and_is_forgotten_again(no_zone_named: None) -> None:
    before = [time.localtime(moment) for moment in (0, 1_580_000_000, 1_590_000_000)]
    undo = remember_time_zone()
    assert undo is not None and os.environ["TZ"] == ":/etc/localtime"
    assert [time.localtime(moment) for moment in (0, 1_580_000_000, 1_590_000_000)] == before
    undo()
    assert "TZ" not in os.environ


def test_a_named_zone_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Kolkata")
    assert remember_time_zone() is None
    assert os.environ["TZ"] == "Asia/Kolkata"
