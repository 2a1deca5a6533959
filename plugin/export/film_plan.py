"""What a film is to be, where it goes, and what writes it."""
from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from qgis.PyQt.QtCore import QSize

from ..bridge.translation import tr
from ..core.errors import AtlasError
from ..core.film_folder import LOCK, MANIFEST, NAMING, FilmFolder
from ..store.atomic import refuse_long_name
from .ffmpeg import arguments_for_files, command_line, find_ffmpeg
from .film_sinks import Sink
from .frame_files import FramesSink, refuse_others
from .gif import MOST_GIF_FPS, GifSink, delays_cs
from .movies import Mp4Sink

MP4, GIF, FRAMES = "mp4", "gif", "frames"
FORMATS = (MP4, GIF, FRAMES)
LEAST_SIDE_PX, MOST_SIDE_PX = 16, 8192
LEAST_FPS, MOST_FPS = 0.1, 120.0
BEST_CRF, USUAL_CRF, WORST_CRF = 0, 18, 51


@dataclass(frozen=True)
class FilmPlan:
    """Where a film goes and how it plays. `output`: a file, for `frames` a folder; `fingerprint`: of all that shapes a
    picture, so that pictures of an interrupted export are used again only where they are the same; `crf`: quality of
    H.264, less is better."""

    output: Path
    format: str
    fps: float
    fingerprint: str
    crf: int = USUAL_CRF


@dataclass(frozen=True)
class FilmMade:
    """A finished film. `frames_rendered`: those whose map was drawn for it (fewer where maps are alike, or pictures
    were there from an interrupted export); `seconds`: how long it plays; `remark`: a sentence for the user, or ""."""

    path: Path
    frames: int
    frames_rendered: int
    seconds: float
    remark: str = ""


def film_size(film_format: str, width_px: int, height_px: int) -> QSize:
    """The size that is drawn: for H.264, which wants even numbers, one pixel more where a number is odd."""
    for name, side in (("WIDTH", width_px), ("HEIGHT", height_px)):
        if not LEAST_SIDE_PX <= side <= MOST_SIDE_PX:
            raise AtlasError(tr("{name} is {side}: choose from {least} to {most} pixels.").format(
                name=name, side=side, least=LEAST_SIDE_PX, most=MOST_SIDE_PX))
    if film_format != MP4:
        return QSize(width_px, height_px)
    return QSize(width_px + width_px % 2, height_px + height_px % 2)


def film_output(text: str, film_format: str) -> Path:
    """The film's file or the folder of its frames; an ending that speaks of the other kind of film is refused."""
    path = Path(text).expanduser().absolute()
    # By os.path, which says no of names that are too long, where pathlib raises an error.
    if os.path.islink(path):  # noqa: PTH114 - what it leads to is written, and the link stays
        path = path.resolve()
    ending = path.suffix.lower().lstrip(".")
    if film_format == FRAMES:  # a file dialog adds an ending whatever is asked for
        return path.with_suffix("") if ending in (MP4, GIF, "png") else path
    if ending in (MP4, GIF) and ending != film_format:
        raise AtlasError(tr("OUTPUT “{file}” ends in .{ending}, yet FORMAT is {format}: change one of them.").format(
            file=path.name, ending=ending, format=film_format))
    return path if ending == film_format else path.with_name(f"{path.name}.{film_format}")


def refuse_bad_plan(plan: FilmPlan) -> None:
    """Raise `AtlasError` for what cannot be, before anything is drawn."""
    most = MOST_GIF_FPS if plan.format == GIF else MOST_FPS
    if not LEAST_FPS <= plan.fps <= most:
        raise AtlasError(tr("FPS is {fps}: choose from {least} to {most} frames a second for {format}.").format(
            fps=f"{plan.fps:g}", least=f"{LEAST_FPS:g}", most=f"{most:g}", format=plan.format))
    if not BEST_CRF <= plan.crf <= WORST_CRF:
        raise AtlasError(tr("QUALITY is {crf}: choose from {best} (best) to {worst}.").format(
            crf=plan.crf, best=BEST_CRF, worst=WORST_CRF))
    folder = plan.output.parent
    refuse_long_name(plan.output)
    if not os.path.isdir(folder):  # noqa: PTH112 - as above
        raise AtlasError(tr("The folder “{folder}” does not exist: create it, or choose another one for “{file}”.")
                         .format(folder=folder, file=plan.output.name))
    if plan.format == FRAMES:
        refuse_others(plan.output)
    elif plan.output.is_dir():
        raise AtlasError(tr("“{file}” is a folder: choose a file name for the film.").format(file=plan.output))
    elif plan.output.exists() and not os.access(plan.output, os.W_OK):
        raise AtlasError(tr("“{file}” is write-protected: choose another file name.").format(file=plan.output.name))


def sink_for(plan: FilmPlan, size: QSize, folder: FilmFolder, firsts: Sequence[int]) -> Sink:
    """What writes the film; without ffmpeg the frames of an MP4, and how to make a film of them."""
    part = folder.path / f"film.{plan.format}"
    if plan.format == GIF:
        return GifSink(folder, part, plan.output, delays_cs(len(firsts), plan.fps), sorted(set(firsts)))
    if plan.format == FRAMES:
        return FramesSink(folder, plan.output)
    program = find_ffmpeg()
    if program:
        return Mp4Sink(program, part, plan.output).prepare(size, plan.fps, plan.crf)
    target = plan.output.with_name(tr("{film} frames").format(film=plan.output.stem))
    sink = FramesSink(folder, target)
    line = command_line("ffmpeg", arguments_for_files(target / NAMING, plan.fps, plan.crf, plan.output))
    sink.remark = tr("No ffmpeg was found, so the frames were written to “{folder}”. Where ffmpeg is installed, this "
                     "line makes the film of them: {line}").format(folder=target, line=line)
    return sink


def put_in_place(sink: Sink, folder: FilmFolder) -> None:
    """Let what is complete take its target's place. Raises OSError."""
    if isinstance(sink, FramesSink):
        for name in (MANIFEST, LOCK):
            (folder.path / name).unlink(missing_ok=True)
        if sink.target.is_dir():  # holds nothing but an earlier film's frames
            shutil.rmtree(sink.target)
        folder.path.rename(sink.target)
        return
    (folder.path / f"film{sink.target.suffix.lower()}").replace(sink.target)
    folder.remove()
