"""Every benchmark still runs: on small data, where its figures mean nothing."""
from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).resolve().parents[1] / "benchmarks"
NAMES = sorted(path.stem.removeprefix("bench_") for path in BENCHMARKS.glob("bench_*.py"))


@pytest.mark.parametrize("name", NAMES)
def test_benchmark_runs(name: str, repository: Path) -> None:
    written = repository / "build" / "bench" / f"{name}_smoke.json"
    written.unlink(missing_ok=True)
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    command = [sys.executable, str(BENCHMARKS / f"bench_{name}.py"), "--smoke"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    rows = json.loads(written.read_text(encoding="utf-8"))
    assert rows
    for row in rows:
        assert {"name", "n", "ours_s", "peer", "peer_s", "ratio", "peak_mb"} <= set(row)
        assert row["n"] > 0 and row["ours_s"] > 0
