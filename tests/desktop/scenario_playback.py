"""Play a small dataset with the date label, by our player and by the native panel; export it; take the label away."""
from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from qgis.core import Qgis, QgsInterval, QgsProject, QgsTemporalUtils, QgsUnitTypes
from qgis.PyQt.QtCore import QRect
from qgis.PyQt.QtGui import QColor, QImage
from qgis.PyQt.QtWidgets import QCheckBox, QPushButton, QSlider, QWidget

DAY = 86_400_000


class Screen:
    """What the canvas drew: of each finished drawing the day of its frame, and how the label looked."""

    def __init__(self, canvas: object, playback: object) -> None:
        self._canvas, self._playback = canvas, playback
        self.days: list[int] = []
        canvas.mapCanvasRefreshed.connect(self._keep)

    def _keep(self) -> None:
        frame = self._playback.frame()
        self.days.append(-1 if frame is None else frame[0] // DAY)

    def label(self) -> bytes:
        """The pixels at the top in the middle, where the label stands."""
        return _middle(self._canvas.grab().toImage())


def _middle(picture: QImage) -> bytes:
    part = picture.copy(QRect(picture.width() // 2 - 150, 10, 300, 80)).convertToFormat(QImage.Format.Format_RGB32)
    return bytes(part.bits().asarray(part.sizeInBytes()))


def is_plain(pixels: bytes) -> bool:
    """Nothing but one colour."""
    return pixels == pixels[:4] * (len(pixels) // 4)


def scenario(stage: object) -> Iterator[object]:
    import processing
    from outbreak_atlas.plugin.bridge.date_label import DateLabel
    from outbreak_atlas.plugin.bridge.playback import Playback
    from outbreak_atlas.plugin.core.schema import Step

    project, canvas, notes = QgsProject.instance(), stage.iface.mapCanvas(), stage.notes
    folder = Path(str(stage.arguments["folder"]))
    yield 1.0
    processing.run("outbreakatlas:loaddataset", {
        "INPUT": [str(folder / "reports.csv")], "COUNTS": "cumulative", "LISTING": "partial",
        "OUTPUT": str(folder / "reports.gpkg")})
    stage.plugin.open_files([folder / "reports.gpkg"])
    yield lambda: len(project.mapLayers()) == 2 and not canvas.isDrawing()
    yield 1.0
    stage.iface.messageBar().clearWidgets()
    project.setDirty(False)
    playback, label = Playback(canvas), DateLabel(canvas)
    screen = Screen(canvas, playback)
    label.hide()
    yield 1.0
    bare = screen.label()
    notes["shown"] = label.show("Asia/Shanghai", Step.DAY)
    yield 1.0
    notes["seen"] = screen.label() != bare
    notes["dirty"] = project.isDirty()
    yield from play(stage, playback, screen)
    yield from look(stage, playback, label)
    export(stage, canvas, folder)
    canvas.temporalController().setNavigationMode(Qgis.TemporalNavigationMode.Disabled)
    yield 1.0
    stage.photograph("playback_all_times")
    notes["all dates"] = not is_plain(screen.label())
    label.hide()
    yield 1.0
    notes["gone"] = is_plain(screen.label())
    stage.photograph("playback_label_off")
    playback.close()
    label.close()


def play(stage: object, playback: object, screen: Screen) -> Iterator[object]:
    """By our player and by the panel's own buttons; either shows what the other does."""
    notes = stage.notes
    stage.action("mActionTemporalController").trigger()
    yield 1.0
    panel = stage.iface.mapCanvas().temporalController().parent()
    slider = panel.findChild(QSlider, "mAnimationSlider")
    forward = panel.findChild(QWidget, "mAnimationController").findChild(QPushButton, "mForwardButton")
    playback.set_speed(50)
    playback.first()
    yield 1.0
    labels = {screen.label()}
    for name, start in (("ours", playback.play), ("native", forward.click)):
        screen.days.clear()
        start()
        yield lambda: not playback.is_playing
        yield 1.0
        labels.add(screen.label())
        notes[name] = [day - screen.days[-1] for day in screen.days]
    playback.go_to(playback.frame()[0] - 2 * DAY)
    yield 1.0
    labels.add(screen.label())
    notes["labels"] = len(labels)
    notes["slider"] = slider.value()
    slider.setValue(3)
    yield 0.5
    notes["number"] = (playback.frame()[0] - playback.period()[0]) // DAY
    playback.set_looping(True)
    notes["loop box"] = panel.findChild(QCheckBox, "mAnimationLoopingCheckBox").isChecked()
    playback.set_looping(False)
    stage.photograph("playback_panel")


def look(stage: object, playback: object, label: object) -> Iterator[object]:
    """Steps of an hour and a week, and a dark map."""
    from outbreak_atlas.plugin.core.schema import Step

    begin, end = playback.period()
    canvas = stage.iface.mapCanvas()
    for step, name in ((Step.HOUR, "hour"), (Step.WEEK, "week"), (Step.DAY, "day")):
        last = begin + 14 * DAY if step == Step.WEEK else end
        playback.set_period(begin, last, step)
        label.show("Asia/Shanghai", step)
        yield 1.0
        stage.photograph(f"playback_{name}")
    stage.notes["kept"] = (playback.frame()[0] - begin) // DAY
    for layer in QgsProject.instance().mapLayers().values():
        if layer.name() == "World map":
            QgsProject.instance().layerTreeRoot().findLayer(layer).setItemVisibilityChecked(False)
    canvas.setCanvasColor(QColor("#101820"))
    canvas.refresh()
    yield 1.0
    stage.photograph("playback_dark")


def export(stage: object, canvas: object, folder: Path) -> None:
    """QGIS's own export of the animation, with decorations and without."""
    pictures = []
    for decorations in ([], stage.iface.activeDecorations()):
        settings = QgsTemporalUtils.AnimationExportSettings()
        settings.animationRange = canvas.temporalController().temporalExtents()
        settings.frameDuration = QgsInterval(1, QgsUnitTypes.TemporalUnit.TemporalDays)
        settings.outputDirectory = str(folder)
        settings.fileNameTemplate = f"frame{len(decorations)}_##.png"
        settings.decorations = decorations
        QgsTemporalUtils.exportAnimation(canvas.mapSettings(), settings)
        pictures.append([
            _middle(QImage(str(one))) for one in sorted(folder.glob(f"frame{len(decorations)}_*.png"))])
    stage.notes["exported"] = [len(set(pictures[0])), len(set(pictures[1])), len(pictures[1])]
