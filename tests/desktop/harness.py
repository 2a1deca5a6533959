"""Starts the real QGIS program in a fresh profile with the plugin switched on, and lets it act out a scenario.

A scenario is a Python file with a generator `scenario(stage)`; `stage.py` says what it may do. What QGIS
logs, prints and leaves on screen comes back as an `Outcome`.
"""
from __future__ import annotations

import importlib.util
import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
SCREENSHOTS = ROOT / "build" / "screenshots"
#: What `Outcome.exit_code` says of a program that had to be killed.
HANGING = -1000
SCREEN = "1600x1000x24"


@dataclass(frozen=True)
class Outcome:
    """How the program ended, what it logged (tag, level, text), what the scenario noted, what it printed."""

    exit_code: int
    messages: list[tuple[str, int, str]]
    notes: dict[str, object]
    printed: str

    def errors(self) -> list[str]:
        """Python errors anywhere, and anything critical that the plugin or Processing logged."""
        bad = [
            f"{tag}: {text}" for tag, level, text in self.messages
            if "Traceback" in text or "Python error" in text or (level == 2 and tag in ("Outbreak Atlas", "Plugins"))
        ]
        return bad + [line for line in self.printed.splitlines() if "Traceback" in line]


@contextmanager
def display() -> Iterator[str]:
    """The display at hand, else a screen in memory on a free number."""
    if os.environ.get("DISPLAY"):
        yield os.environ["DISPLAY"]
        return
    read_end, write_end = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write_end), "-screen", "0", SCREEN, "-nolisten", "tcp"],
        pass_fds=[write_end], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.close(write_end)
    try:
        with os.fdopen(read_end) as numbers:
            number = numbers.readline().strip()
        if not number:
            raise RuntimeError("Xvfb found no free display")
        yield f":{number}"
    finally:
        server.terminate()
        server.wait(10)


def run_scenario(
    name: str, folder: Path, arguments: dict[str, object] | None = None,
    environment: dict[str, str] | None = None, hidden: tuple[str, ...] = (), timeout_s: float = 120,
) -> Outcome:
    """Act out `tests/desktop/NAME.py` in a QGIS of its own, whose profile lies in `folder`.

    Libraries named in `hidden` are not found there, as if they had never been installed.
    """
    _make_profile(folder / "profile")
    log, notes = folder / "log.jsonl", folder / "notes.json"
    startup = folder / "startup.py"
    startup.write_text(_startup(log, hidden), encoding="utf-8")
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    with display() as screen:
        code, printed = _run_with_photograph(
            ["qgis", "--noversioncheck", "--nologo", "--profiles-path", str(folder / "profile"),
             "--code", str(HERE / "stage.py")],
            _environment(screen, {
                "PYQGIS_STARTUP": str(startup),
                "OUTBREAK_ATLAS_SCENARIO": str(HERE / f"{name}.py"),
                "OUTBREAK_ATLAS_ARGUMENTS": json.dumps(arguments or {}),
                "OUTBREAK_ATLAS_NOTES": str(notes),
                "OUTBREAK_ATLAS_SCREENSHOTS": str(SCREENSHOTS),
                **(environment or {}),
            }), timeout_s)
    return Outcome(code, _read_log(log), _read_notes(notes), printed)


def _run_with_photograph(
    command: list[str], environment: dict[str, str], timeout_s: float
) -> tuple[int, str]:
    """Exit code and output; a program that hangs is photographed (a question on screen, perhaps) and ended."""
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    try:
        printed, _nothing = process.communicate(timeout=timeout_s)
    except subprocess.TimeoutExpired:
        subprocess.run(["import", "-window", "root", str(SCREENSHOTS / "hanging.png")],
                       env=environment, timeout=30, check=False)
        process.kill()
        printed, _nothing = process.communicate()
        return HANGING, printed
    return process.returncode, printed


def _environment(screen: str, added: dict[str, str]) -> dict[str, str]:
    # A virtual environment of the tests must not reach QGIS, which has its own Python; nor a zone named for tests.
    left_out = ("QT_QPA_PLATFORM", "PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV", "QGIS_CUSTOM_CONFIG_PATH", "TZ")
    inherited = {key: value for key, value in os.environ.items() if key not in left_out}
    return {**inherited, "DISPLAY": screen, "LC_ALL": "C.UTF-8", **added}


def _make_profile(folder: Path) -> None:
    spec = importlib.util.spec_from_file_location("atlas_profile", ROOT / ".ci" / "profile.py")
    if spec is None or spec.loader is None:
        raise ImportError(".ci/profile.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.make_profile(folder)


def _startup(log: Path, hidden: tuple[str, ...]) -> str:
    """What QGIS runs before it loads plugins: from then on every message is kept."""
    return f"""
import json
import sys
from qgis.core import QgsApplication

def _keep(text, tag, level):
    with open({str(log)!r}, "a", encoding="utf-8") as file:
        file.write(json.dumps([tag, int(getattr(level, "value", level)), text]) + "\\n")

QgsApplication.messageLog().messageReceived[str, str, "Qgis::MessageLevel"].connect(_keep)

class _Hide:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {hidden!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, _Hide())
"""


def _read_log(path: Path) -> list[tuple[str, int, str]]:
    if not path.exists():
        return []
    return [tuple(json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]


def _read_notes(path: Path) -> dict[str, object]:
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
