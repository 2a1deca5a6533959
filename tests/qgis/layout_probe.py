"""Run in a process of its own under some TZ: what the texts and the cursor of a layout say, as JSON on stdout.

`python layout_probe.py DATASET`
"""
from __future__ import annotations

import json
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / ".ci"))
os.environ["QT_QPA_PLATFORM"] = "offscreen"

from session import register_package  # noqa: E402

register_package()

from qgis.core import QgsApplication  # noqa: E402


def main(dataset: Path) -> dict[str, object]:
    from outbreak_atlas.plugin.bridge.layers import open_layer
    from outbreak_atlas.plugin.bridge.story import read_story
    from outbreak_atlas.plugin.bridge.temporal import as_utc
    from outbreak_atlas.plugin.export.layouts import Wanted, make_layout
    from outbreak_atlas.plugin.export.scenes import scene_of_project
    from outbreak_atlas.plugin.export.templates import find_template, main_map
    from qgis.core import QgsDateTimeRange, QgsExpression, QgsProject

    scene = scene_of_project(None, open_layer(dataset))
    story = read_story(scene.dataset)
    project = QgsProject()
    layout = make_layout(project, Wanted(find_template("a4_report"), scene, story, story.frame_at(None)))
    said = {}
    for day in (0, 12, 39):
        begin = story.begin_ms + day * 86_400_000
        main_map(layout).setTemporalRange(QgsDateTimeRange(as_utc(begin), as_utc(begin + 86_400_000), True, False))
        layout.refresh()
        context = layout.itemById("cursor").createExpressionContext()
        step = QgsExpression("(epoch(item_variables('map')['map_start_time']) - to_real(@oa_begin_ms)) "
                             "/ to_real(@oa_step_ms)").evaluate(context)
        said[day] = [layout.itemById("date").currentText(), layout.itemById("counts").currentText(), step]
    return {"said": said, "counts": list(story.counts)}


if __name__ == "__main__":
    application = QgsApplication([], False)
    application.initQgis()
    print(json.dumps(main(Path(sys.argv[1]))))
