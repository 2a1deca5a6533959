"""Playback: every frame drawn once and in order, whoever plays; in step with the controller both ways."""
from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playing import Player

PROBE = Path(__file__).with_name("playback_probe.py")


@pytest.fixture
def player(project: object) -> Iterator[Callable[..., Player]]:
    """Makes players, and closes them."""
    from playing import Player

    made = []

    def make(*args: object, **kwargs: object) -> Player:
        made.append(Player(*args, **kwargs))
        return made[-1]

    yield make
    for one in made:
        one.close()


def heard(signal: object) -> list[tuple[object, ...]]:
    found: list[tuple[object, ...]] = []
    signal.connect(lambda *values: found.append(values))
    return found


def test_plain_controller_drops_frames(player: Callable[..., Player]) -> None:
    """The reason for the gate; if QGIS ever waits by itself, the gate can go."""
    one = player(days=12, seconds=0.1, gated=False)
    assert len(one.play_out(one.controller.playForward)) < 9


@pytest.mark.parametrize("seconds", [0.0, 0.06, 0.3])
def test_every_frame_is_drawn_once_in_order(player: Callable[..., Player], seconds: float) -> None:
    one = player(days=6, seconds=seconds)
    assert one.play_out(one.playback.play) == [1, 2, 3, 4, 5]
    assert not one.playback.is_playing


def test_without_a_timer_to_hold_it_plays_as_qgis_does(
    player: Callable[..., Player], monkeypatch: pytest.MonkeyPatch
) -> None:
    from outbreak_atlas.plugin.bridge import frame_gate

    monkeypatch.setattr(frame_gate, "_frame_timer", lambda _controller: None)
    one = player(days=6, seconds=0.1)
    drawn = one.play_out(one.playback.play)
    assert drawn[-1] == 5
    assert len(drawn) < 6


@pytest.mark.parametrize("start", ["playForward", "playBackward"])
def test_native_buttons_wait_too(player: Callable[..., Player], start: str) -> None:
    """Also while the frame they begin with is being drawn: both here start by jumping to it."""
    one = player(days=6, seconds=0.1)
    if start == "playForward":
        one.playback.last()
        one.settle()
        one.layer.days.clear()
    drawn = one.play_out(getattr(one.controller, start))
    assert drawn == ([0, 1, 2, 3, 4, 5] if start == "playForward" else [5, 4, 3, 2, 1, 0])


def test_speed_is_kept_where_drawing_keeps_up(player: Callable[..., Player]) -> None:
    import time

    from playing import until

    took = []
    while not took or (took[-1] >= 1.2 and len(took) < 3):  # a busy computer's timers are late
        one = player(days=9, seconds=0.01, fps=10)
        began = time.monotonic()
        one.playback.play()
        until(lambda player=one: not player.playback.is_playing)
        took.append(time.monotonic() - began)
    assert 0.75 < took[-1] < 1.2, took


@pytest.mark.parametrize("forward", [True, False])
def test_loops(player: Callable[..., Player], forward: bool) -> None:
    from playing import until

    one = player(days=3, seconds=0.05)
    one.playback.set_looping(True)
    (one.playback.play if forward else one.controller.playBackward)()
    until(lambda: len(one.layer.days) >= 9)
    one.playback.pause()
    expected = [1, 2, 0, 1, 2, 0, 1, 2] if forward else [2, 1, 0, 2, 1, 0, 2, 1]
    assert one.layer.days[:8] == expected


def test_steps_wrap_only_while_looping(player: Callable[..., Player]) -> None:
    one = player(days=3)
    one.playback.last()
    one.playback.next()
    assert one.day() == 2
    one.playback.set_looping(True)
    one.playback.next()
    assert one.day() == 0
    one.playback.previous()
    assert one.day() == 2


def test_cancelled_drawing_does_not_stop_the_play(player: Callable[..., Player]) -> None:
    from playing import until

    one = player(days=4, seconds=0.3)
    one.playback.play()
    until(lambda: one.day() == 1 and one.canvas.isDrawing())
    one.canvas.stopRendering()
    until(lambda: not one.playback.is_playing)
    assert one.day() == 3


@pytest.mark.parametrize("how", ["frozen", "render flag"])
def test_plays_where_nothing_is_drawn(player: Callable[..., Player], how: str) -> None:
    from playing import until

    one = player(days=5)
    one.canvas.freeze(True) if how == "frozen" else one.canvas.setRenderFlag(False)
    frames = heard(one.playback.frame_changed)
    one.playback.play()
    until(lambda: not one.playback.is_playing, limit_s=3)
    assert len(frames) == 4
    assert one.layer.days == []


def test_pausing_while_drawing_stays_paused(player: Callable[..., Player]) -> None:
    from playing import until

    one = player(days=6, seconds=0.2)
    one.playback.play()
    until(lambda: one.day() == 2 and one.canvas.isDrawing())
    one.controller.pause()
    one.settle(0.4)
    assert one.day() == 2
    assert one.layer.days == [1, 2]


def test_half_drawn_frames_are_not_shown_while_playing(player: Callable[..., Player]) -> None:
    one = player(days=4, seconds=0.05)
    usual = one.canvas.mapUpdateInterval()
    one.playback.play()
    assert one.canvas.mapUpdateInterval() > 60_000
    one.playback.pause()
    assert one.canvas.mapUpdateInterval() == usual


def test_follows_what_others_do(player: Callable[..., Player]) -> None:
    from playing import DAY, START
    from qgis.core import Qgis, QgsInterval

    one = player()
    frames, playing, periods = (heard(signal) for signal in (
        one.playback.frame_changed, one.playback.playing_changed, one.playback.period_changed))
    one.controller.setCurrentFrameNumber(5)
    assert frames == [(START + 5 * DAY, START + 6 * DAY)]
    one.controller.playForward()
    one.controller.pause()
    assert playing == [(True,), (False,)]
    assert periods == []
    one.controller.setFrameDuration(QgsInterval(2, Qgis.TemporalUnit.Days))
    assert len(periods) == 1
    assert frames[-1] == (START + 4 * DAY, START + 6 * DAY)
    one.controller.setNavigationMode(Qgis.TemporalNavigationMode.Disabled)
    assert frames[-1] == (None, None)
    assert one.playback.frame() is None
    assert one.playback.frame_count == 0


def test_own_changes_are_not_told_as_others(player: Callable[..., Player]) -> None:
    from outbreak_atlas.plugin.core.schema import Step
    from playing import DAY, START

    one = player()
    periods = heard(one.playback.period_changed)
    one.playback.set_speed(7)
    one.playback.set_looping(True)
    one.playback.set_period(START, START + 4 * DAY, Step.HOUR)
    assert periods == []
    assert (one.playback.speed, one.playback.looping, one.playback.frame_count) == (7, True, 96)


def test_moment_is_kept_when_step_and_dates_change(player: Callable[..., Player]) -> None:
    """The map shows the same counts before and after; several changes do not add up."""
    from outbreak_atlas.plugin.core.schema import Step
    from playing import DAY, START

    one = player(days=14)
    one.playback.go_to(START + 9 * DAY + 5)
    frames = heard(one.playback.frame_changed)
    for step, begin, end in (
        (Step.HOUR, 9 * DAY + 23 * 3_600_000, 10 * DAY), (Step.WEEK, 7 * DAY, 14 * DAY), (Step.DAY, 9 * DAY, 10 * DAY),
    ):
        one.playback.set_period(START, START + 14 * DAY, step)
        assert one.playback.frame() == (START + begin, START + end)
        assert one.playback.is_whole_steps(step)
    assert len(frames) == 3
    one.playback.set_period(START + 2 * DAY, START + 12 * DAY, Step.DAY)
    assert one.day() == 9
    one.playback.set_period(START + 2 * DAY, START + 5 * DAY, Step.DAY)
    assert one.day() == 4
    one.playback.set_period(START + 11 * DAY, START + 14 * DAY, Step.DAY)
    assert one.day() == 11


def test_going_to_a_moment_clamps_and_reaches_the_last_step(player: Callable[..., Player]) -> None:
    from playing import DAY, START

    one = player(days=8)
    for moment, day in ((START + 8 * DAY - 1, 7), (START - DAY, 0), (START + 90 * DAY, 7), (START + 3 * DAY, 3)):
        one.playback.go_to(moment)
        assert one.day() == day
    one.playback.last()
    assert one.day() == 7
    one.playback.first()
    assert one.day() == 0


def test_playing_switches_animation_on(player: Callable[..., Player], project: object) -> None:
    from outbreak_atlas.plugin.core.schema import Step
    from playing import DAY, START
    from qgis.core import Qgis

    one = player(days=8)
    one.controller.setNavigationMode(Qgis.TemporalNavigationMode.Disabled)
    one.playback.set_period(START, START + 3 * DAY, Step.DAY)
    assert not one.playback.is_animated
    one.layer.days.clear()
    assert one.play_out(one.playback.play)[-1] == 2
    assert one.playback.is_animated
    assert project.readNumEntry("TemporalControllerWidget", "/NavigationMode")[0] == 1


def test_frames_longer_or_other_than_steps_are_told(player: Callable[..., Player]) -> None:
    from outbreak_atlas.plugin.core.schema import Step
    from playing import DAY, START
    from qgis.core import Qgis, QgsInterval

    one = player(days=14)
    assert one.playback.is_whole_steps(Step.DAY)
    one.controller.setTemporalRangeCumulative(True)
    assert not one.playback.is_whole_steps(Step.DAY)
    one.playback.set_period(START, START + 14 * DAY, Step.DAY)
    assert one.playback.is_whole_steps(Step.DAY)
    one.controller.setFrameDuration(QgsInterval(2, Qgis.TemporalUnit.Days))
    assert not one.playback.is_whole_steps(Step.DAY)
    one.playback.set_period(START + DAY, START + 8 * DAY, Step.WEEK)
    assert not one.playback.is_whole_steps(Step.WEEK)


def test_closing_leaves_the_controller_playing(player: Callable[..., Player]) -> None:
    from playing import until

    one = player(days=5, seconds=0.3)
    usual = one.canvas.mapUpdateInterval()
    frames = heard(one.playback.frame_changed)
    one.playback.play()
    until(lambda: one.day() == 2 and one.canvas.isDrawing())
    one.playback.close()
    count = len(frames)
    until(lambda: one.number == 4)
    assert len(frames) == count
    assert one.canvas.mapUpdateInterval() == usual
    receivers = [one.canvas.receivers(one.canvas.temporalRangeChanged),
                 one.canvas.receivers(one.canvas.renderStarting)]
    assert receivers == [0, 0]


def test_dataset_plays(player: Callable[..., Player], tmp_path: Path) -> None:
    from outbreak_atlas.plugin.bridge.description import read_description
    from outbreak_atlas.plugin.bridge.layers import dress
    from qgis.core import QgsVectorLayer
    from small_files import run, write_reports

    output = tmp_path / "small.gpkg"
    run("loaddataset", INPUT=[str(write_reports(tmp_path / "small.csv"))], COUNTS="cumulative", LISTING="partial",
        OUTPUT=str(output))
    layer = QgsVectorLayer(f"{output}|layername=updates", "updates", "ogr")
    dress(layer, read_description(output))
    one = player(days=4, seconds=0.05, layers=(layer,))
    one.playback.set_period(*_period(output))
    assert one.play_out(one.playback.play) == [1, 2, 3]
    assert one.canvas.mapSettings().layers()[1] is layer


def _period(path: Path) -> tuple[object, ...]:
    from outbreak_atlas.plugin.bridge.description import read_description

    period = read_description(path).period
    return period.begin_ms, period.end_ms, period.step


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata", "America/New_York"])
def test_frames_and_labels_are_the_same_everywhere(zone: str) -> None:
    environment = {**os.environ, "TZ": zone, "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(
        [sys.executable, str(PROBE)], env=environment, capture_output=True, text=True, check=False, timeout=100)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["drawn"] == [1, 2, 3, 4]
    assert found["frames"] == [[day, day + 1] for day in (1.0, 2.0, 3.0, 4.0)]
    assert found["day"] == "2020-02-13\nAsia/Shanghai"
    assert found["hour"] == "2020-02-13 14:00\nAsia/Shanghai"
    assert found["week"] == "2020-02-10 – 02-16\nAsia/Shanghai"
