"""What ffprobe and ffmpeg say about a film, and how far two pictures are apart."""
from __future__ import annotations

import json
import subprocess
from pathlib import Path

import numpy as np
from qgis.PyQt.QtGui import QImage


def probe(film: Path) -> dict[str, str]:
    """Facts of a film's only stream, its frames counted one by one; `format_duration` of the file."""
    told = json.loads(subprocess.run(
        ["ffprobe", "-v", "error", "-count_frames", "-show_streams", "-show_format", "-of", "json", str(film)],
        check=True, capture_output=True).stdout)
    (stream,) = told["streams"]
    return {**stream, "format_duration": told["format"]["duration"]}


def frame_of(film: Path, number: int, folder: Path) -> QImage:
    """One frame of a film, counted from 0."""
    picture = folder / f"taken_{number}.png"
    subprocess.run(
        ["ffmpeg", "-v", "error", "-y", "-i", str(film), "-vf", f"select=eq(n\\,{number})", "-frames:v", "1",
         str(picture)], check=True)
    return QImage(str(picture))


def pixels(picture: QImage) -> np.ndarray:
    """Rows, columns, and red, green, blue."""
    plain = picture.convertToFormat(QImage.Format.Format_RGB888)
    bits = plain.constBits()
    bits.setsize(plain.sizeInBytes())
    rows = np.frombuffer(bits, np.uint8).reshape(plain.height(), plain.bytesPerLine())
    return rows[:, :3 * plain.width()].reshape(plain.height(), plain.width(), 3).astype(float)


def distance(one: QImage, other: QImage) -> float:
    """Root mean square difference of two pictures of one size, in levels of 255."""
    return float(np.sqrt(((pixels(one) - pixels(other)) ** 2).mean()))


def largest_shift(one: QImage, other: QImage) -> float:
    """The largest difference of the pictures' means over blocks of 8 by 8 pixels: fine edges, which H.264 keeps at half
    the resolution for colours, even out, while a missing or a shifted thing does not."""
    difference = pixels(one) - pixels(other)
    rows, columns = (side // 8 * 8 for side in difference.shape[:2])
    blocks = difference[:rows, :columns].reshape(rows // 8, 8, columns // 8, 8, 3).mean(axis=(1, 3))
    return float(np.abs(blocks).max())
