"""Run in a process of its own under some TZ: what is played, and what the date label says, as JSON on stdout."""
from __future__ import annotations

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / ".ci"), str(ROOT / "tests" / "qgis")]

from session import register_package  # noqa: E402

register_package()

from outbreak_atlas.plugin.bridge.date_label import label_text  # noqa: E402
from outbreak_atlas.plugin.core.schema import Step  # noqa: E402
from playing import DAY, START, Player  # noqa: E402
from qgis.core import QgsApplication, QgsExpression  # noqa: E402
from qgis.PyQt.QtGui import QTextDocument  # noqa: E402

THURSDAY = START + 10 * DAY  # 2020-02-13


def label(player: Player, step: Step) -> str:
    """What QGIS's decoration makes of the label's text while the canvas shows the frame with 13 February, 14:00."""
    player.playback.set_period(START, START + 28 * DAY, step)
    player.playback.go_to(THURSDAY + 14 * 3_600_000)
    player.settle()
    text = QgsExpression.replaceExpressionText(
        label_text("Asia/Shanghai", step), player.canvas.mapSettings().expressionContext())
    lines = []
    for line in text.split("\n"):
        document = QTextDocument()
        document.setHtml(line)
        lines.append(document.toPlainText())
    return "\n".join(lines)


def main() -> dict[str, object]:
    player = Player(days=5, seconds=0.05)
    frames: list[list[float]] = []
    player.playback.frame_changed.connect(
        lambda begin, end: frames.append([(begin - START) / DAY, (end - START) / DAY]))
    found: dict[str, object] = {
        "drawn": list(player.play_out(player.playback.play)), "frames": list(frames),
        **{step.value: label(player, step) for step in (Step.DAY, Step.HOUR, Step.WEEK)},
    }
    player.close()
    return found


if __name__ == "__main__":
    application = QgsApplication([], True)
    application.initQgis()
    print(json.dumps(main()))
