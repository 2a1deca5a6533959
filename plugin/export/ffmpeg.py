"""ffmpeg: where it is, and how it makes a film of pictures that plays everywhere."""
from __future__ import annotations

import os
import re
import shlex
import sys
from pathlib import Path

from qgis.core import QgsSettings
from qgis.PyQt.QtCore import QSize, QStandardPaths

SETTING = "outbreak_atlas/ffmpeg"
_MAC = ("/opt/homebrew/bin", "/usr/local/bin", "/opt/local/bin")
#: Below folders that environment variables name.
_WINDOWS = (
    ("ProgramFiles", "ffmpeg/bin"), ("LOCALAPPDATA", "Microsoft/WinGet/Links"), ("ChocolateyInstall", "bin"),
    ("USERPROFILE", "scoop/shims"), ("SystemDrive", "/ffmpeg/bin"), ("OSGEO4W_ROOT", "bin"))
#: What neither cmd nor PowerShell takes for more than letters of a word: in cmd & ends the command and ^ vanishes.
_PLAIN = re.compile(r"[A-Za-z0-9_.:/\\+=-]+")
#: A key frame each two seconds: players jump to those.
_KEY_FRAME_S = 2


def find_ffmpeg() -> str:
    """The program: the one in our settings, the system's, or that of the library imageio_ffmpeg; "" without."""
    own = str(QgsSettings().value(SETTING, "") or "")
    if own and os.access(own, os.X_OK) and Path(own).is_file():
        return own
    found = QStandardPaths.findExecutable("ffmpeg") or QStandardPaths.findExecutable("ffmpeg", usual_places())
    return found or _bundled()


def usual_places(platform: str = sys.platform) -> list[str]:
    """Folders in which ffmpeg is often installed although no PATH names them."""
    if platform == "darwin":
        return list(_MAC)
    if platform == "win32":
        return [os.environ[name] + "/" + below for name, below in _WINDOWS if os.environ.get(name)]
    return ["/usr/local/bin", "/usr/bin", "/snap/bin"]


def _bundled() -> str:
    try:
        from imageio_ffmpeg import get_ffmpeg_exe

        return str(get_ffmpeg_exe())
    except (ImportError, RuntimeError, OSError):
        return ""


def arguments_for_pipe(size: QSize, fps: float, crf: int, target: Path) -> list[str]:
    """What ffmpeg is told to read raw pictures (four bytes a pixel: blue, green, red, nothing) from its input."""
    return ["-hide_banner", "-loglevel", "error", "-xerror", "-y",
            "-f", "rawvideo", "-pixel_format", "bgr0", "-video_size", f"{size.width()}x{size.height()}",
            "-framerate", f"{fps:.10g}", "-i", "pipe:0", *_encoding(fps, crf), str(target)]


def arguments_for_files(pattern: Path, fps: float, crf: int, target: Path) -> list[str]:
    """What ffmpeg is told to read numbered pictures; `pattern` names them as `frame_%05d.png`."""
    escaped = str(pattern.parent).replace("%", "%%") + os.sep + pattern.name
    return ["-framerate", f"{fps:.10g}", "-i", escaped, *_encoding(fps, crf), str(target)]


def command_line(program: str, arguments: list[str], platform: str = sys.platform) -> str:
    """A line for the user's own terminal."""
    words = [program, *arguments]
    if platform == "win32":
        return " ".join(word if _PLAIN.fullmatch(word) else f'"{word}"' for word in words)
    return shlex.join(words)


def _encoding(fps: float, crf: int) -> list[str]:
    """H.264 as every player knows it. The colours are said to be BT.709, and made so: ffmpeg's own guess for pictures
    is the older BT.601, which players of large films do not expect."""
    return ["-an", "-vf", "scale=out_color_matrix=bt709:out_range=tv,format=yuv420p",
            "-c:v", "libx264", "-preset", "veryfast", "-crf", str(crf), "-g", str(max(round(_KEY_FRAME_S * fps), 1)),
            "-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv",
            "-movflags", "+faststart", "-f", "mp4"]
