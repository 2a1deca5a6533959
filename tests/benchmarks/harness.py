"""What every benchmark needs: the plugin as a package, QGIS, and a table of results."""
from __future__ import annotations

import json
import os
import platform
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / ".ci"))

from session import start_qgis  # noqa: E402 - found only now

_COLUMNS = "{name:<34} {n:>10} {ours:>9} {peer_s:>9} {ratio:>7} {peak:>8}  {peer}"


def start() -> object:
    """A running QGIS with our provider; keep what it returns."""
    return start_qgis(ROOT / "build" / "bench-profile")


def shared_file(name: str) -> Path | None:
    """A file of the real datasets, None where they are not."""
    folder = Path(os.environ.get("OUTBREAK_ATLAS_DATA") or ROOT.parent / "shared" / "data")
    return folder / name if (folder / name).is_file() else None


@dataclass(frozen=True)
class Result:
    """One line of a benchmark; `ratio` is ours over the peer's."""

    name: str
    n: int
    ours_s: float
    peer: str
    peer_s: float | None
    ratio: float | None
    peak_mb: float | None
    goal: str
    note: str


class Table:
    """Prints results as they come and writes them to build/bench."""

    def __init__(self, name: str, smoke: bool = False) -> None:
        self._name, self._results = name + ("_smoke" if smoke else ""), []
        (ROOT / "build" / "bench").mkdir(parents=True, exist_ok=True)
        print(f"bench {name}{' (smoke run: the figures mean nothing)' if smoke else ''}: {_machine()}")
        print(_COLUMNS.format(name="what", n="n", ours="ours s", peer_s="peer s", ratio="ratio", peak="peak MB",
                              peer="peer; goal; note"))

    def add(
        self, name: str, n: float, ours_s: float, peer: str, peer_s: float | None, goal: str = "",
        peak_mb: float | None = None, note: str = "",
    ) -> None:
        ratio = None if peer_s is None else ours_s / peer_s
        self._results.append(Result(name, int(n), ours_s, peer, peer_s, ratio, peak_mb, goal, note))
        words = "; ".join(part for part in (peer, goal and f"goal: {goal}", note) if part)
        print(_COLUMNS.format(
            name=name, n=f"{int(n):,}", ours=f"{ours_s:.3f}", peer_s=_or_dash(peer_s, ".3f"),
            ratio=_or_dash(ratio, ".3f"), peak=_or_dash(peak_mb, ".0f"), peer=words), flush=True)

    def keep(self, name: str, n: float, ours_s: float, note: str) -> None:
        """Note a result that was printed in words of its own."""
        self._results.append(Result(name, int(n), ours_s, "-", None, None, None, "", note))

    def close(self) -> None:
        path = ROOT / "build" / "bench" / f"{self._name}.json"
        rows = [asdict(result) for result in self._results]
        path.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        print(f"written to {path.relative_to(ROOT)}")


def _or_dash(value: float | None, spec: str) -> str:
    return "-" if value is None else format(value, spec)


def _machine() -> str:
    from osgeo import gdal
    from qgis.core import Qgis

    python = platform.python_version()
    return f"{os.cpu_count()} cores, QGIS {Qgis.version()}, GDAL {gdal.__version__}, Python {python}, {sys.platform}"
