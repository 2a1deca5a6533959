"""Time in QGIS does not depend on the time zone of the computer."""
from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PROBE = Path(__file__).resolve().parent / "time_probe.py"


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata", "America/New_York"])
def test_frames_project_and_panel_are_the_same_everywhere(tmp_path: Path, zone: str) -> None:
    environment = {**os.environ, "TZ": zone, "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(
        [sys.executable, str(PROBE), str(tmp_path)], env=environment, capture_output=True, text=True,
        check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["frames"] == [
        ["2020-02-03T00:00:00Z", "2020-02-04T00:00:00Z", ["A1", "B4"]],
        ["2020-02-04T00:00:00Z", "2020-02-05T00:00:00Z", ["A3", "B4"]],
        ["2020-02-05T00:00:00Z", "2020-02-06T00:00:00Z", ["A3", "B4"]],
    ]
    assert found["range"] == ["2020-02-03T00:00:00Z", "2020-02-06T00:00:00Z"]
    assert found["panel"] == ["2020-02-03T00:00:00.000Z", "2020-02-06T00:00:00.000Z"]
    assert found["step"] == [1.0, 4]
    assert found["mode"] == 1
    assert found["shown"] == "2020-02-03 08:00"
