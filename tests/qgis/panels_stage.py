"""A page of small multiples of the fixed small dataset; run as a script, it draws the control picture anew."""
from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import layout_stage as stage

CONTROL = stage.CONTROLS / "small_multiples.png"
PANELS = 5


def make(dataset: Path, panels: int = PANELS, page: str = "a4_landscape", columns: int = 0) -> stage.Made:
    """The page as the algorithm makes it."""
    from outbreak_atlas.plugin.bridge.layers import open_layer
    from outbreak_atlas.plugin.bridge.story import read_story
    from outbreak_atlas.plugin.core.panel_dates import even_frames
    from outbreak_atlas.plugin.export.scenes import scene_of_project
    from outbreak_atlas.plugin.export.small_multiples import PanelsWanted, make_small_multiples
    from qgis.core import QgsProject

    stage.as_of_a_desktop(QgsProject.instance())
    layer = open_layer(dataset)
    story, scene = read_story(layer, None, None), scene_of_project(None, layer)
    frames = even_frames(story.played, None, None, panels)
    wanted = PanelsWanted(scene, story, frames, page, columns, stage.TITLE)
    return stage.Made(make_small_multiples(QgsProject.instance(), wanted), scene, story)


def close(made: stage.Made) -> None:
    """Let go of layout and layers: what pytest holds of its last test would outlive QGIS."""
    from qgis.PyQt import sip

    sip.delete(made.layout)
    for layer in made.scene.layers:
        sip.delete(layer)


def picture(layout: Any) -> Any:
    return stage.picture(layout, 700)


def cells(image: Any) -> Any:
    """The picture so small that letters of one font are as grey as those of another."""
    from qgis.PyQt.QtCore import Qt

    return stage.pixels(image.scaledToWidth(100, Qt.TransformationMode.SmoothTransformation))


def main() -> int:
    """Draw the control."""
    import tempfile

    sys.path.insert(0, str(Path(__file__).resolve().parents[2] / ".ci"))
    from session import start_qgis

    with tempfile.TemporaryDirectory() as folder:
        session = start_qgis(Path(folder, "profile"))
        made = make(stage.load(Path(folder)))
        stage.CONTROLS.mkdir(parents=True, exist_ok=True)
        picture(made.layout).save(str(CONTROL))
        close(made)
        del session
    return 0


if __name__ == "__main__":
    sys.exit(main())
