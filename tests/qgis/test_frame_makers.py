"""Pictures of a film: equal to what QGIS draws by itself, each map once, whatever happens to its layers."""
from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from movie_facts import pixels

#: Overlays are blended in another order than QGIS blends items, which rounds a pixel's value otherwise.
ROUNDED = 3
WAIT_MS = 60_000


@pytest.fixture
def scene(project: object, dock_file: Path) -> Any:
    from outbreak_atlas.plugin.bridge.layers import open_layer
    from outbreak_atlas.plugin.export.scenes import scene_of_project

    made = scene_of_project(project, open_layer(dock_file))
    for layer in made.layers:  # the project ends them, which QGIS must not outlive
        project.addMapLayer(layer, False)
    return made


@pytest.fixture
def frames(dock_file: Path) -> tuple[Any, ...]:
    from outbreak_atlas.plugin.bridge.description import read_description
    from outbreak_atlas.plugin.core.frames import Played, frames_between

    period = read_description(dock_file).period
    return frames_between(Played(period.begin_ms, period.end_ms, period.step), None, None, None)


@pytest.fixture
def layout(project: object, scene: Any, frames: tuple[Any, ...]) -> Any:
    from outbreak_atlas.plugin.bridge.story import read_story
    from outbreak_atlas.plugin.export.layouts import Wanted, make_layout
    from outbreak_atlas.plugin.export.templates import find_template

    story = read_story(scene.dataset, None, None)
    made = make_layout(project, Wanted(find_template("film_16x9"), scene, story, frames[0], "疫情 outbreak"))
    project.layoutManager().addLayout(made)
    return made


def size(width: int = 640, height: int = 360) -> Any:
    from qgis.PyQt.QtCore import QSize

    return QSize(width, height)


def native(scene: Any, frame: Any, wanted: Any) -> Any:
    """A map as QGIS draws it, all layers at once."""
    from outbreak_atlas.plugin.export.frame_settings import frame_settings, scene_settings
    from qgis.core import QgsMapRendererSequentialJob

    job = QgsMapRendererSequentialJob(frame_settings(scene_settings(scene, wanted), frame))
    job.start()
    job.waitForFinished()
    return job.renderedImage()


def drawn(maker: Any, numbers: Any, started: Callable[[], None] | None = None) -> dict[int, Any]:
    """The pictures of frames, as many under way as the maker likes; ends with the first failure."""
    from qgis.PyQt.QtCore import QEventLoop, QTimer

    loop, waiting, found = QEventLoop(), list(numbers), {}
    wanted = len(waiting)

    def take(number: int, picture: Any) -> None:
        assert number not in found
        found[number] = picture
        if waiting:
            maker.start(waiting.pop(0))
        if len(found) == wanted:
            loop.quit()

    maker.drawn.connect(take)
    maker.failed.connect(loop.quit)
    QTimer.singleShot(WAIT_MS, loop.quit)
    for _ in range(min(maker.workers, wanted)):
        maker.start(waiting.pop(0))
    assert not found, "a frame came before start returned"
    if started is not None:
        QTimer.singleShot(0, started)
    loop.exec()
    maker.drawn.disconnect(take)
    return found


def copies(maker: Any) -> int:
    return len(maker._maps._copies)


def test_every_frame_equals_qgis_s_own_picture_and_is_read_from_the_copy(scene: Any, frames: tuple) -> None:
    from outbreak_atlas.plugin.export.frame_maps import MapFrames

    maker = MapFrames(scene, size(), frames, label=False)
    found = drawn(maker, range(len(frames)))
    assert copies(maker) == 1
    assert len(found) == len(frames)
    assert len({picture.bits().asstring(640 * 360 * 4) for picture in found.values()}) > 3, "nothing moves"
    for number, frame in enumerate(frames):
        assert found[number] == native(scene, frame, size()), number
        assert maker.picture(number) == found[number]


def _new_cases(layer: Any) -> None:
    from outbreak_atlas.plugin.bridge.temporal import set_layer_changes

    set_layer_changes(layer)


def _so_far(layer: Any) -> None:
    from outbreak_atlas.plugin.bridge.temporal import set_layer_accumulating

    set_layer_accumulating(layer)


def _filtered(layer: Any) -> None:
    assert layer.setSubsetString('"confirmed" >= 5 AND lower("province") LIKE \'%u%\'')


def _half_transparent(layer: Any) -> None:
    layer.setOpacity(0.5)


@pytest.mark.parametrize("change", [_new_cases, _so_far, _filtered, _half_transparent])
def test_copies_show_what_the_layer_shows(scene: Any, frames: tuple, change: Callable[[Any], None]) -> None:
    from outbreak_atlas.plugin.export.frame_maps import MapFrames

    change(scene.dataset)
    maker = MapFrames(scene, size(320, 180), frames, label=False)
    found = drawn(maker, range(len(frames)))
    assert copies(maker) == 1 or len(set(maker.keys())) < 8
    for number in range(0, len(frames), 5):
        assert found[number] == native(scene, frames[number], size(320, 180)), number


def _labelled(layer: Any) -> None:
    from qgis.core import QgsPalLayerSettings, QgsVectorLayerSimpleLabeling

    settings = QgsPalLayerSettings()
    settings.fieldName = "confirmed"
    layer.setLabeling(QgsVectorLayerSimpleLabeling(settings))
    layer.setLabelsEnabled(True)


def _of_the_largest(layer: Any) -> None:
    layer.renderer().setClassAttribute("\"confirmed\" * 100 / maximum(\"confirmed\")")


def _by_the_clock(layer: Any) -> None:
    from qgis.core import QgsMarkerSymbol, QgsProperty, QgsSingleSymbolRenderer, QgsSymbolLayer

    symbol = QgsMarkerSymbol.createSimple({"size": "2"})
    symbol.symbolLayer(0).setDataDefinedProperty(
        QgsSymbolLayer.Property.Size, QgsProperty.fromExpression("1 + day(@map_start_time) % 5"))
    layer.setRenderer(QgsSingleSymbolRenderer(symbol))


@pytest.mark.parametrize("change", [_labelled, _of_the_largest, _by_the_clock])
def test_what_looks_beyond_its_row_is_left_to_qgis(scene: Any, frames: tuple, change: Callable[[Any], None]) -> None:
    from outbreak_atlas.plugin.export.frame_maps import MapFrames

    change(scene.dataset)
    maker = MapFrames(scene, size(320, 180), frames, label=False)
    found = drawn(maker, range(len(frames)))
    assert copies(maker) == 0
    if change is _by_the_clock:
        assert len(set(maker.keys())) == len(frames)
    for number in range(0, len(frames), 9):
        assert found[number] == native(scene, frames[number], size(320, 180)), number


def test_frames_without_a_change_are_drawn_once(scene: Any, frames: tuple) -> None:
    """A place is shown from its report until the next: filtered to one place, few frames differ."""
    from outbreak_atlas.plugin.export.frame_maps import MapFrames

    place = next(feature["place_id"] for feature in scene.dataset.getFeatures())
    assert scene.dataset.setSubsetString(f"\"place_id\" = '{place}'")
    maker = MapFrames(scene, size(320, 180), frames, label=True)
    states = maker._maps.keys()
    assert len(set(states)) < len(frames) == len(set(maker.keys()))
    found = drawn(maker, range(len(frames)))
    assert maker.maps_rendered <= len(set(states)) + maker.workers
    plain = MapFrames(scene, size(320, 180), frames, label=False)
    assert plain.keys() == states
    for one in set(states):
        same = [frame for frame, state in zip(frames, states) if state == one]
        alike = [native(scene, frame, size(320, 180)) for frame in same]
        assert all(picture == alike[0] for picture in alike)
    first = next(number for number in range(1, len(frames)) if states[number] == states[number - 1])
    assert found[first] != found[first - 1], "the date is another"


def test_a_layer_that_is_removed_ends_the_film_with_a_sentence(project: Any, scene: Any, frames: tuple) -> None:
    from outbreak_atlas.plugin.export.frame_maps import MapFrames

    name, sentences = scene.dataset.name(), []
    maker = MapFrames(scene, size(), frames)
    maker.failed.connect(sentences.append)
    found = drawn(maker, range(len(frames)), started=lambda: project.removeMapLayer(scene.dataset.id()))
    assert len(found) < len(frames)
    assert len(sentences) == 1
    assert name in sentences[0]


def test_cancel_draws_no_more_and_leaves_no_file(scene: Any, frames: tuple) -> None:
    from outbreak_atlas.plugin.export.frame_maps import MapFrames
    from qgis.PyQt.QtCore import QEventLoop, QTimer

    maker, found = MapFrames(scene, size(), frames), []
    maker.drawn.connect(lambda number, _picture: found.append(number))
    maker.start(0)
    maker.cancel()
    maker.start(1)
    loop = QEventLoop()
    QTimer.singleShot(300, loop.quit)
    loop.exec()
    assert found == []


def test_workers_suit_cores_and_memory(qgis_app: object) -> None:
    from outbreak_atlas.plugin.export.frames import workers_for

    assert workers_for(size(1920, 1080), 1) == 1
    assert workers_for(size(1920, 1080), 4) == 4
    assert workers_for(size(3840, 2160), 8) == 2


@pytest.fixture
def exported(layout: Any, frames: tuple) -> Callable[[int, Any], Any]:
    """The page as QGIS's exporter draws it at a frame."""
    from outbreak_atlas.plugin.export.layouts import show_frame
    from qgis.core import QgsLayoutExporter

    def page(number: int, wanted: Any) -> Any:
        show_frame(layout, frames[number])
        return QgsLayoutExporter(layout).renderPageToImage(0, wanted)

    return page


def test_a_page_equals_the_exporter_s(layout: Any, frames: tuple, exported: Callable) -> None:
    from outbreak_atlas.plugin.export.frame_layouts import LayoutFrames

    wanted = size(960, 540)
    expected = {number: pixels(exported(number, wanted)) for number in (0, 3, len(frames) - 1)}
    maker = LayoutFrames(layout, wanted, frames)
    found = drawn(maker, range(len(frames)))
    assert maker.maps_rendered <= len(frames)
    for number, page in expected.items():
        assert found[number].size() == wanted
        assert np.abs(pixels(found[number]) - page).max() <= ROUNDED, number
        assert np.abs(pixels(maker.picture(number)) - page).max() <= ROUNDED
    assert np.abs(expected[0] - expected[3]).max() > 100, "nothing changes"
    assert len(set(maker.keys())) == len(frames)
    assert all(item.isVisible() for item in (layout.itemById("map"), layout.itemById("legend")))


def _turn_map(layout: Any) -> None:
    layout.itemById("map").setMapRotation(20)


def _blend_legend(layout: Any) -> None:
    from qgis.PyQt.QtGui import QPainter

    layout.itemById("legend").setBlendMode(QPainter.CompositionMode.CompositionMode_Multiply)


def _leave_map_out(layout: Any) -> None:
    layout.itemById("map").setExcludeFromExports(True)


def _define(layout: Any, name: str, key: str, expression: str) -> None:
    from qgis.core import QgsLayoutItem, QgsProperty

    item = layout.itemById(name)
    properties = item.dataDefinedProperties()
    properties.setProperty(getattr(QgsLayoutItem.DataDefinedProperty, key), QgsProperty.fromExpression(expression))
    item.setDataDefinedProperties(properties)
    item.refresh()


@pytest.mark.parametrize("change", [
    _turn_map, _blend_legend, _leave_map_out,
    partial(_define, name="map", key="ExcludeFromExports", expression="1 = 1"),
    partial(_define, name="map", key="ItemRotation", expression="20"),
    partial(_define, name="map", key="BlendMode", expression="'multiply'"),
    partial(_define, name="map", key="Opacity", expression="30"),
    partial(_define, name="legend", key="BlendMode", expression="'multiply'"),
], ids=["turned", "blended", "left out", "left out by data", "turned by data", "blended by data", "pale by data",
        "legend blended by data"])
def test_an_unusual_page_is_the_exporter_s_own(
    layout: Any, frames: tuple, exported: Callable, change: Callable[[Any], None]
) -> None:
    from outbreak_atlas.plugin.export.frame_layouts import LayoutFrames

    change(layout)
    wanted = size(480, 270)
    maker = LayoutFrames(layout, wanted, frames[:3])
    found = drawn(maker, (2, 0))
    assert maker.workers == 1
    for number in (0, 2):
        assert np.array_equal(pixels(found[number]), pixels(exported(number, wanted)))


def test_a_page_of_another_shape_is_fitted_and_centred(layout: Any, frames: tuple) -> None:
    from outbreak_atlas.plugin.export.frame_layouts import LayoutFrames

    maker = LayoutFrames(layout, size(400, 400), frames)
    picture = pixels(maker.picture(2))
    page = pixels(LayoutFrames(layout, size(400, 225), frames).picture(2))
    assert picture.shape == (400, 400, 3)
    assert np.abs(picture[87:87 + 225] - page).max() <= ROUNDED
    assert (picture[:80] == 255).all()
    assert (picture[-80:] == 255).all()


def test_two_maps_and_a_hidden_item(layout: Any, frames: tuple, exported: Callable, scene: Any) -> None:
    """A second map with a frame over the first's neighbour follows time; what is hidden stays hidden."""
    from outbreak_atlas.plugin.export.frame_layouts import LayoutFrames
    from qgis.core import QgsLayoutItemMap, QgsLayoutPoint, QgsLayoutSize

    second = QgsLayoutItemMap(layout)
    second.attemptMove(QgsLayoutPoint(255, 60))
    second.attemptResize(QgsLayoutSize(50, 30))
    second.setCrs(scene.crs)
    second.setLayers(list(scene.layers))
    second.setKeepLayerSet(True)
    second.setExtent(scene.extent)
    second.setFrameEnabled(True)
    second.setIsTemporal(True)
    layout.addLayoutItem(second)
    layout.itemById("legend").setVisibility(False)
    wanted = size(640, 360)
    expected = pixels(exported(4, wanted))
    maker = LayoutFrames(layout, wanted, frames)
    found = drawn(maker, [4])
    assert maker.maps_rendered == 2
    assert np.abs(pixels(found[4]) - expected).max() <= ROUNDED
    assert not layout.itemById("legend").isVisible()
    assert second.frameEnabled()


def test_rows_that_cannot_be_copied_are_read_where_they_are(
    scene: Any, frames: tuple, monkeypatch: pytest.MonkeyPatch
) -> None:
    from outbreak_atlas.plugin.core.errors import AtlasError
    from outbreak_atlas.plugin.export import map_pictures
    from outbreak_atlas.plugin.export.frame_maps import MapFrames

    def no_room(*_arguments: object) -> None:
        raise AtlasError("no room")

    monkeypatch.setattr(map_pictures, "copy_for", no_room)
    maker = MapFrames(scene, size(320, 180), frames, label=False)
    found = drawn(maker, range(len(frames)))
    assert copies(maker) == 0
    assert found[2] == native(scene, frames[2], size(320, 180))


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="the system does not list a program's open files")
def test_no_file_stays_open_when_it_is_over(scene: Any, frames: tuple) -> None:
    from outbreak_atlas.plugin.export.frame_maps import MapFrames

    def open_files() -> list[str]:
        targets = [one.readlink() for one in Path("/proc/self/fd").iterdir() if one.is_symlink()]
        return [str(one) for one in targets if one.name.startswith("0_") and ".gpkg" in one.name]

    maker = MapFrames(scene, size(320, 180), frames, label=False)
    drawn(maker, range(len(frames)))
    assert copies(maker) == 1 and open_files()
    maker.stop()
    assert open_files() == []


def test_no_room_for_a_copy_a_worker(scene: Any, frames: tuple, monkeypatch: pytest.MonkeyPatch) -> None:
    from outbreak_atlas.plugin.export import frame_source
    from outbreak_atlas.plugin.export.frame_maps import MapFrames

    def full(*_arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(frame_source.shutil, "copyfile", full)
    maker = MapFrames(scene, size(320, 180), frames, label=False)
    found = drawn(maker, range(len(frames)))
    assert copies(maker) == 0
    assert found[2] == native(scene, frames[2], size(320, 180))


def test_a_style_that_a_map_has_locked_is_filmed(layout: Any, frames: tuple, scene: Any, exported: Callable) -> None:
    from outbreak_atlas.plugin.export.frame_layouts import LayoutFrames

    shown = layout.itemById("map")
    shown.setKeepLayerSet(True)
    shown.storeCurrentLayerStyles()
    shown.setKeepLayerStyles(True)
    from qgis.core import QgsMarkerSymbol, QgsSingleSymbolRenderer

    scene.dataset.setRenderer(QgsSingleSymbolRenderer(QgsMarkerSymbol.createSimple({"color": "0,0,255", "size": "9"})))
    maker = LayoutFrames(layout, size(), frames)
    found = drawn(maker, range(len(frames)))
    away = np.abs(pixels(found[9]).astype(int) - pixels(exported(9, size())))
    assert away.max() < 40, "the other style is blue and larger"


def test_a_layer_of_the_user_s_that_changes_ends_the_film(scene: Any, frames: tuple) -> None:
    from outbreak_atlas.plugin.export.frame_maps import MapFrames

    sentences: list[str] = []
    maker = MapFrames(scene, size(), frames)
    maker.hold(scene.dataset)
    maker.failed.connect(sentences.append)
    found = drawn(maker, range(len(frames)), started=lambda: scene.dataset.setSubsetString("confirmed > 5"))
    assert len(found) < len(frames)
    assert len(sentences) == 1 and scene.dataset.name() in sentences[0] and "was changed" in sentences[0]


def test_the_date_stands_in_the_lower_left_corner(scene: Any, frames: tuple) -> None:
    """The rest of the map is as it is without it; another date, another text in the same place."""
    from outbreak_atlas.plugin.export.frame_maps import MapFrames

    plain = MapFrames(scene, size(960, 540), frames, label=False)
    dated = MapFrames(scene, size(960, 540), frames, label=True)
    rows, columns = np.nonzero((pixels(plain.picture(0)) != pixels(dated.picture(0))).any(axis=2))
    assert 3 <= columns.min() <= 15
    assert 3 <= 539 - rows.max() <= 20
    assert columns.max() < 400
    assert rows.min() > 400
    same = MapFrames(scene, size(960, 540), (frames[0], frames[0]), label=True)
    assert same.picture(0) == same.picture(1) == dated.picture(0)


def test_a_maker_that_is_dropped_while_it_draws_stays_until_its_job_is_over(scene: Any, frames: tuple) -> None:
    """A job that is deleted while its thread runs takes QGIS with it."""
    import gc
    import weakref

    from outbreak_atlas.plugin.export.frame_maps import MapFrames
    from qgis.PyQt.QtCore import QCoreApplication

    maker = MapFrames(scene, size(), frames[:3], label=False)
    maker.start(0)
    while not maker._maps._drawings:
        QCoreApplication.processEvents()
    drawing = weakref.ref(next(iter(maker._maps._drawings.values())))
    maker.cancel()
    del maker
    gc.collect()
    assert drawing() is not None
    while drawing() is not None:
        QCoreApplication.processEvents()
        gc.collect()
