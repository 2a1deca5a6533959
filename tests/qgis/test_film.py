"""Films of painted numbers: what ffprobe and Pillow read in them, order, memory, cancelling, faults and resuming."""
from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from movie_facts import distance, frame_of, largest_shift, probe
from number_frames import NumberFrames, Outcome, painted, plan, run_film
from outbreak_atlas.plugin.core.errors import Cancelled
from outbreak_atlas.plugin.core.progress import CallbackProgress
from outbreak_atlas.plugin.export import ffmpeg as ffmpeg_module
from outbreak_atlas.plugin.export import film_waiting
from outbreak_atlas.plugin.export.film import Film, FilmPlan
from outbreak_atlas.plugin.export.film_plan import film_output, film_size
from outbreak_atlas.plugin.export.film_waiting import make_film
from qgis.PyQt.QtCore import QEventLoop, QSize, QTimer
from qgis.PyQt.QtGui import QImage
from qgis.PyQt.QtTest import QTest

pytestmark = pytest.mark.usefixtures("qgis_app")
FORMATS = ("mp4", "gif", "frames")
LOOKS = (0, 1, 1, 2, 3, 0, 4, 5)


def make(maker: NumberFrames, film_plan: FilmPlan) -> Outcome:
    return run_film(Film(maker, film_plan))


def output(folder: Path, film_format: str, name: str = "film") -> Path:
    return folder / (name if film_format == "frames" else f"{name}.{film_format}")


def left_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_an_mp4_is_as_asked_and_plays_everywhere(tmp_path: Path) -> None:
    maker = NumberFrames(8, looks=LOOKS)
    outcome = make(maker, plan(tmp_path / "film.mp4", fps=12.5))
    assert outcome.made is not None
    assert (outcome.made.frames, outcome.made.frames_rendered, outcome.made.seconds) == (8, 6, 0.64)
    facts = probe(outcome.made.path)
    assert (facts["codec_name"], facts["pix_fmt"], facts["width"], facts["height"]) == ("h264", "yuv420p", 320, 180)
    assert (facts["nb_read_frames"], facts["avg_frame_rate"]) == ("8", "25/2")
    assert float(facts["format_duration"]) == pytest.approx(0.64)
    assert {facts[name] for name in ("color_space", "color_transfer", "color_primaries")} == {"bt709"}
    assert facts["color_range"] == "tv"
    content = outcome.made.path.read_bytes()
    assert content.index(b"moov") < content.index(b"mdat"), "it starts to play before it is all there"
    assert left_in(tmp_path) == ["film.mp4"]


def test_frames_taken_back_out_of_an_mp4_are_the_pictures(tmp_path: Path) -> None:
    maker = NumberFrames(8, looks=LOOKS)
    assert make(maker, plan(tmp_path / "film.mp4")).made
    for number in (0, 3, 7):
        taken = frame_of(tmp_path / "film.mp4", number, tmp_path)
        away = [distance(taken, painted(maker.size, look)) for look in range(6)]
        assert away.index(min(away)) == LOOKS[number], "it is nearest to its own picture"
        assert away[LOOKS[number]] < 4.0
        assert largest_shift(taken, maker.picture(number)) < 8.0
    sea = taken.pixelColor(20, 160)
    assert max(abs(sea.red() - 0xDF), abs(sea.green() - 0xE8), abs(sea.blue() - 0xEE)) <= 2, "colours do not shift"


@pytest.mark.parametrize("film_format", FORMATS)
def test_alike_frames_are_drawn_once_and_memory_is_bounded(film_format: str, tmp_path: Path) -> None:
    maker = NumberFrames(40, looks=tuple(number // 2 % 15 for number in range(40)), size=(64, 36))
    film = Film(maker, plan(output(tmp_path, film_format), film_format))
    most = []
    film.progressed.connect(lambda *_told: most.append(len(film._pictures) + len(film._drawing)))
    outcome = run_film(film)
    assert outcome.made is not None and outcome.made.frames == 40 and outcome.made.frames_rendered == 15
    assert maker.asked == [*range(0, 30, 2)]
    assert maker.most_under_way == maker.workers
    assert max(most) <= maker.workers + 2
    fractions = [fraction for fraction, _text in outcome.told]
    assert fractions == sorted(fractions) and fractions[-1] == 1.0
    assert left_in(tmp_path) == [outcome.made.path.name]


def test_frames_are_numbered_files_alike_ones_copied(tmp_path: Path) -> None:
    maker = NumberFrames(8, looks=LOOKS)
    outcome = make(maker, plan(tmp_path / "frames", "frames"))
    assert outcome.made is not None and outcome.made.path == tmp_path / "frames"
    assert left_in(tmp_path / "frames") == [f"frame_{number:05d}.png" for number in range(8)]
    for number in range(8):
        assert QImage(str(tmp_path / f"frames/frame_{number:05d}.png")) == maker.picture(number)


def test_a_gif_read_back_has_its_frames_delays_and_colours(tmp_path: Path) -> None:
    from PIL import Image

    maker = NumberFrames(8, looks=LOOKS)
    assert make(maker, plan(tmp_path / "film.gif", "gif", fps=30.0)).made
    with Image.open(tmp_path / "film.gif") as film:
        assert (film.n_frames, film.size, film.info["loop"]) == (8, (320, 180), 0)
        delays = []
        for number in range(8):
            film.seek(number)
            delays.append(film.info["duration"])
            film.convert("RGB").save(tmp_path / "one.png")
            taken = QImage(str(tmp_path / "one.png"))
            away = [distance(taken, painted(maker.size, look)) for look in range(6)]
            assert away.index(min(away)) == LOOKS[number]
            assert away[LOOKS[number]] < 2.0
            assert taken.pixelColor(20, 160).name() == "#dfe8ee", "the sea stays exactly as it is"
    assert delays == [30, 40, 30, 30, 40, 30, 30, 40]


def test_a_gif_of_many_colours_has_one_palette(tmp_path: Path) -> None:
    from PIL import Image

    class Rainbow(NumberFrames):
        def picture(self, number: int) -> QImage:
            image = QImage(self.size, QImage.Format.Format_RGB32)
            for x in range(self.size.width()):
                for y in range(self.size.height()):
                    image.setPixel(x, y, 0xFF000000 | (3 * x << 16) | (5 * y << 8) | (20 * number))
            return image

    maker = Rainbow(5, size=(64, 36))
    assert make(maker, plan(tmp_path / "film.gif", "gif")).made
    with Image.open(tmp_path / "film.gif") as film:
        palettes = set()
        for number in range(5):
            film.seek(number)
            palettes.add(bytes(film.global_palette.palette))
            film.convert("RGB").save(tmp_path / "one.png")
            assert distance(QImage(str(tmp_path / "one.png")), maker.picture(number)) < 16
    assert len(palettes) == 1


@pytest.mark.parametrize("name", ["with space's \"quotes\" & 50%d", "武汉疫情", "-dash; $HOME `x`"])
@pytest.mark.parametrize("film_format", FORMATS)
def test_any_name_of_file_and_folder(name: str, film_format: str, tmp_path: Path) -> None:
    folder = tmp_path / name
    folder.mkdir()
    outcome = make(NumberFrames(3, size=(64, 36)), plan(output(folder, film_format, name), film_format))
    assert outcome.made is not None and left_in(folder) == [output(folder, film_format, name).name]


@pytest.mark.parametrize("film_format", FORMATS)
def test_a_film_of_one_frame(film_format: str, tmp_path: Path) -> None:
    outcome = make(NumberFrames(1), plan(output(tmp_path, film_format), film_format))
    assert outcome.made is not None and (outcome.made.frames, outcome.made.frames_rendered) == (1, 1)
    if film_format == "mp4":
        facts = probe(outcome.made.path)
        assert facts["nb_read_frames"] == "1" and float(facts["format_duration"]) == pytest.approx(0.1)


@pytest.mark.parametrize("film_format", FORMATS)
def test_cancelling_leaves_nothing_within_a_second(film_format: str, tmp_path: Path) -> None:
    maker = NumberFrames(400)
    film, ended = Film(maker, plan(output(tmp_path, film_format), film_format)), []

    def cancel() -> None:
        assert (tmp_path / f"{output(tmp_path, film_format).name}.parts").is_dir()
        begun = time.monotonic()
        film.cancel()
        ended.append(time.monotonic() - begun)

    QTimer.singleShot(200, cancel)
    outcome = run_film(film)
    assert outcome.stopped and outcome.made is None and maker.is_cancelled
    assert ended[0] < 1.0 and left_in(tmp_path) == []


def test_cancelled_before_it_began(tmp_path: Path) -> None:
    film = Film(NumberFrames(3), plan(tmp_path / "film.mp4"))
    told: list[str] = []
    film.stopped.connect(lambda: told.append("stopped"))
    film.finished.connect(lambda _made: told.append("finished"))
    film.start()
    film.cancel()
    QTimer.singleShot(100, lambda: None)
    assert told == ["stopped"] and left_in(tmp_path) == []


def test_progress_that_takes_in_events_is_told_in_order(tmp_path: Path) -> None:
    fractions, depth, most = [], 0, 0

    def report(fraction: float, _text: str) -> None:
        nonlocal depth, most
        depth += 1
        most = max(most, depth)
        fractions.append(fraction)
        QTest.qWait(5)  # as qgis_process and Processing's dialogs do while they show it
        depth -= 1

    made = make_film(Film(NumberFrames(40, size=(64, 36)), plan(tmp_path / "film.mp4")), CallbackProgress(report))
    assert made.frames == 40 and most == 1
    assert fractions == sorted(fractions) and 2 < len(fractions) < 80


def test_an_earlier_film_stays_until_the_new_one_is_whole(tmp_path: Path) -> None:
    (tmp_path / "film.mp4").write_bytes(b"earlier")
    film = Film(NumberFrames(400), plan(tmp_path / "film.mp4"))
    QTimer.singleShot(100, film.cancel)
    assert run_film(film).stopped and (tmp_path / "film.mp4").read_bytes() == b"earlier"
    assert make(NumberFrames(2), plan(tmp_path / "film.mp4")).made
    assert probe(tmp_path / "film.mp4")["nb_read_frames"] == "2"


def test_frames_of_an_earlier_longer_film_do_not_stay(tmp_path: Path) -> None:
    assert make(NumberFrames(5), plan(tmp_path / "frames", "frames")).made
    assert make(NumberFrames(2), plan(tmp_path / "frames", "frames")).made
    assert left_in(tmp_path / "frames") == ["frame_00000.png", "frame_00001.png"]


@pytest.mark.parametrize("film_format", FORMATS)
def test_a_layer_removed_meanwhile(film_format: str, tmp_path: Path) -> None:
    maker = NumberFrames(400)
    QTimer.singleShot(100, lambda: maker.failed.emit("The layer “x” was removed while the film was drawn."))
    outcome = make(maker, plan(output(tmp_path, film_format), film_format))
    assert outcome.sentence == "The layer “x” was removed while the film was drawn."
    assert maker.is_cancelled and left_in(tmp_path) == []


def test_a_picture_that_cannot_be_stored_ends_the_film(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from outbreak_atlas.plugin.export import picture_store

    def full(_picture: QImage) -> bytes:
        raise MemoryError

    monkeypatch.setattr(picture_store, "_png", full)
    outcome = make(NumberFrames(3), plan(tmp_path / "film.mp4"))
    assert "film.mp4" in outcome.sentence and left_in(tmp_path) == []


def test_a_program_that_ends_leaves_nothing_of_the_film(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class EndedLoop(QEventLoop):
        """As `QCoreApplication.quit` ends all loops, for ever."""

        def exec(self) -> int:
            QTimer.singleShot(200, self.quit)
            return super().exec()

    monkeypatch.setattr(film_waiting, "QEventLoop", EndedLoop)
    film = Film(NumberFrames(400), plan(tmp_path / "film.mp4"))
    with pytest.raises(Cancelled):
        make_film(film, CallbackProgress())
    assert left_in(tmp_path) == []


def test_a_fault_of_the_plugin_ends_the_film(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[object] = []
    monkeypatch.setattr(sys, "excepthook", lambda kind, error, _trace: told.append(error))

    class Faulty(NumberFrames):
        def start(self, number: int) -> None:
            raise KeyError(number)

    outcome = make(Faulty(3), plan(tmp_path / "film.mp4"))
    assert "fault in the plugin" in outcome.sentence and left_in(tmp_path) == []
    assert [type(one) for one in told] == [KeyError]


# --- ffmpeg ---


def without_ffmpeg(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr(ffmpeg_module, "usual_places", lambda: [str(folder)])
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)


def fake_ffmpeg(folder: Path, script: str) -> Path:
    """A program of that name, which says its number to a file."""
    path = folder / "ffmpeg"
    path.write_text(f"#!/bin/sh\necho $$ > '{folder}/pid'\n{script}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def test_ffmpeg_is_the_own_one_the_systems_or_that_of_imageio(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from types import SimpleNamespace

    from qgis.core import QgsSettings

    assert ffmpeg_module.find_ffmpeg() == shutil.which("ffmpeg")
    without_ffmpeg(monkeypatch, tmp_path)
    assert ffmpeg_module.find_ffmpeg() == ""
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", SimpleNamespace(get_ffmpeg_exe=lambda: "/lib/ffmpeg-linux"))
    assert ffmpeg_module.find_ffmpeg() == "/lib/ffmpeg-linux"
    own = tmp_path / "own program"
    fake_ffmpeg(tmp_path, "exit 0").rename(own)
    QgsSettings().setValue(ffmpeg_module.SETTING, str(own))
    try:
        assert ffmpeg_module.find_ffmpeg() == str(own)
    finally:
        QgsSettings().remove(ffmpeg_module.SETTING)


@pytest.mark.parametrize("folder", ["C:/R&D", "C:/a(b)", "C:/a^b", "C:/a,b", "C:/a b", "C:/疫情", "C:/it's;"])
def test_a_line_for_windows_has_odd_paths_in_quotes(folder: str) -> None:
    pattern, target = Path(folder) / "frame_%05d.png", Path(folder) / "film.mp4"
    arguments = ffmpeg_module.arguments_for_files(pattern, 10, 18, target)
    line = ffmpeg_module.command_line("ffmpeg", arguments, "win32")
    assert line.startswith(f'ffmpeg -framerate 10 -i "{pattern}" -an ') and line.endswith(f' -f mp4 "{target}"')
    bare = line.split('"')[::2]
    assert not set("&()^,;<>|%") & set("".join(bare))
    assert shlex.split(line) == ["ffmpeg", *arguments]


def test_without_ffmpeg_the_frames_are_written_and_the_line_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "it's 50%d 武汉"
    folder.mkdir()
    (tmp_path / "bin").mkdir()
    with monkeypatch.context() as patch:
        without_ffmpeg(patch, tmp_path / "bin")
        outcome = make(NumberFrames(8, looks=LOOKS), plan(folder / "my film.mp4"))
    assert outcome.made is not None and outcome.made.path == folder / "my film frames"
    assert len(left_in(outcome.made.path)) == 8 and not (folder / "my film.mp4").exists()
    line = outcome.made.remark[outcome.made.remark.index("ffmpeg -framerate"):]
    subprocess.run(line, shell=True, check=True, capture_output=True)
    facts = probe(folder / "my film.mp4")
    assert (facts["nb_read_frames"], facts["pix_fmt"]) == ("8", "yuv420p")


def test_ffmpeg_killed_midway_keeps_the_finished_frames(tmp_path: Path) -> None:
    maker = NumberFrames(300, size=(320, 180))
    film = Film(maker, plan(tmp_path / "film.mp4"))
    killed: list[int] = []

    def kill(fraction: float, _text: str) -> None:
        if fraction > 0.3 and not killed:
            killed.append(film._sink._process.processId())
            os.kill(killed[0], signal.SIGKILL)

    film.progressed.connect(kill)
    outcome = run_film(film)
    assert outcome.sentence.startswith("ffmpeg ended before the film was complete")
    assert outcome.sentence.count(". ") == 0
    assert left_in(tmp_path) == ["film.mp4.parts"]
    kept = len(list((tmp_path / "film.mp4.parts").glob("frame_*.png")))
    assert kept > 50 and not list((tmp_path / "film.mp4.parts").glob("film.mp4*"))
    again = make(NumberFrames(300, size=(320, 180)), plan(tmp_path / "film.mp4"))
    assert again.made is not None and again.made.frames_rendered == 300 - kept
    assert probe(tmp_path / "film.mp4")["nb_read_frames"] == "300" and left_in(tmp_path) == ["film.mp4"]


@pytest.mark.parametrize(("script", "reason"), [
    ("cat > /dev/null; echo \"Unknown encoder 'libx264'\" >&2; exit 1", "cannot make H.264"),
    ("echo 'no' >&2; exit 1", "(no)"), ("exit 3", "(it ended with code 3 and said nothing)"),
    ("cat > /dev/null; exit 0", "("),
])
def test_an_ffmpeg_that_does_not_do_its_work(
    script: str, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "out").mkdir()
    fake_ffmpeg(tmp_path / "bin", script)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    outcome = make(NumberFrames(3), plan(tmp_path / "out" / "film.mp4"))
    assert reason in outcome.sentence and "ffmpeg" in outcome.sentence
    assert set(left_in(tmp_path / "out")) <= {"film.mp4.parts"}


def test_an_ffmpeg_that_cannot_be_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "ffmpeg").write_bytes(b"\x7fELF, but broken")
    (tmp_path / "bin" / "ffmpeg").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    outcome = make(NumberFrames(3), plan(tmp_path / "film.mp4"))
    assert "could not be started" in outcome.sentence and str(tmp_path / "bin") in outcome.sentence


# --- disk, folders, sizes ---


@pytest.mark.parametrize("kilobytes", [0, 1, 6])
@pytest.mark.parametrize("film_format", FORMATS)
def test_a_full_disk_leaves_nothing(film_format: str, kilobytes: int, tmp_path: Path) -> None:
    import resource

    maker = NumberFrames(60, size=(640, 360))
    before, limits = signal.signal(signal.SIGXFSZ, signal.SIG_IGN), resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (kilobytes * 1000, limits[1]))
    try:
        outcome = make(maker, plan(output(tmp_path, film_format), film_format))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, before)
    assert "disk" in outcome.sentence and "full" in outcome.sentence and outcome.made is None
    assert left_in(tmp_path) == []


def test_two_exports_to_one_place(tmp_path: Path) -> None:
    first = Film(NumberFrames(400), plan(tmp_path / "film.mp4"))
    later: list[Outcome] = []
    QTimer.singleShot(100, lambda: later.append(make(NumberFrames(2), plan(tmp_path / "film.mp4"))))
    QTimer.singleShot(600, first.cancel)
    assert run_film(first).stopped
    assert "is being exported already" in later[0].sentence and left_in(tmp_path) == []


@pytest.mark.parametrize(("name", "film_format", "needle"), [
    ("missing/film.mp4", "mp4", "does not exist"), ("taken.mp4", "mp4", "is a folder"),
    ("others", "frames", "holds “notes.txt”"), ("film.mp4", "mp4", "holds “notes.txt”"),
])
def test_a_place_that_does_not_do(name: str, film_format: str, needle: str, tmp_path: Path) -> None:
    for folder in ("taken.mp4", "others", "film.mp4.parts"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "notes.txt").write_text("mine", encoding="utf-8")
    outcome = make(NumberFrames(2), plan(tmp_path / name, film_format))
    assert needle in outcome.sentence
    assert all((tmp_path / folder / "notes.txt").exists() for folder in ("taken.mp4", "others", "film.mp4.parts"))


def test_h264_gets_even_sizes() -> None:
    assert film_size("mp4", 321, 181) == QSize(322, 182)
    assert film_size("gif", 321, 181) == QSize(321, 181)


@pytest.mark.parametrize(("text", "film_format", "expected"), [
    ("/x/film.mp4", "mp4", "/x/film.mp4"), ("/x/film", "mp4", "/x/film.mp4"), ("/x/v1.2", "gif", "/x/v1.2.gif"),
    ("/x/FILM.MP4", "mp4", "/x/FILM.MP4"), ("/x/film.mp4", "frames", "/x/film"), ("/x/v1.2", "frames", "/x/v1.2"),
])
def test_the_output_follows_the_format(text: str, film_format: str, expected: str) -> None:
    assert film_output(text, film_format) == Path(expected)


def test_without_pillow_a_gif_says_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "PIL", None)
    maker = NumberFrames(3)
    outcome = make(maker, plan(tmp_path / "film.gif", "gif"))
    assert "PIL" in outcome.sentence and "films as GIF" in outcome.sentence
    assert maker.asked == [] and left_in(tmp_path) == []


# --- resuming ---

_CHILD = """
import os, sys
from pathlib import Path
sys.path[:0] = [{ci!r}, {tests!r}]
from session import start_qgis
keep = start_qgis(Path({profile!r}))
from number_frames import NumberFrames, plan, run_film
from outbreak_atlas.plugin.export.film import Film
film = Film(NumberFrames(60), plan(Path({output!r}), {format!r}))
film.progressed.connect(lambda fraction, text: fraction > 0.4 and os.kill(os.getpid(), 9))
run_film(film)
"""


@pytest.mark.slow
def test_a_crash_can_be_resumed(tmp_path: Path, repository: Path) -> None:
    target = tmp_path / "film.mp4"
    script = _CHILD.format(ci=str(repository / ".ci"), tests=str(repository / "tests" / "qgis"),
                           profile=str(tmp_path / "profile"), output=str(target), format="mp4")
    child = subprocess.run([sys.executable, "-c", script], capture_output=True)
    assert child.returncode == -signal.SIGKILL, child.stderr
    parts = tmp_path / f"{target.name}.parts"
    kept = len(list(parts.glob("frame_*.png")))
    assert 10 < kept < 60 and not target.exists()
    (parts / "frame_00003.png").write_bytes(b"\x89PNG, cut off")
    outcome = make(NumberFrames(60), plan(target))
    assert outcome.made is not None and outcome.made.frames_rendered == 60 - kept + 1
    assert make(NumberFrames(60), plan(tmp_path / "whole.mp4")).made
    assert target.read_bytes() == (tmp_path / "whole.mp4").read_bytes()
    assert not parts.exists()


def test_pictures_of_another_film_are_not_used(tmp_path: Path) -> None:
    def interrupted(fingerprint: str) -> None:
        film = Film(NumberFrames(100), plan(tmp_path / "film.mp4", fingerprint=fingerprint))
        film.progressed.connect(
            lambda fraction, _text: fraction > 0.3 and film._sink and film._sink._process.kill())
        assert "ffmpeg" in run_film(film).sentence

    interrupted("one")
    assert (tmp_path / "film.mp4.parts").is_dir()
    other = make(NumberFrames(100), plan(tmp_path / "film.mp4", fingerprint="other"))
    assert other.made is not None and other.made.frames_rendered == 100
