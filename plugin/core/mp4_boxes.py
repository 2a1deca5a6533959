"""Whether an MP4 file is whole."""
from __future__ import annotations

import struct
from pathlib import Path


def is_whole_mp4(path: Path) -> bool:
    """Whether the file's boxes fill it exactly, with its table of contents (`moov`) before its pictures (`mdat`).

    ISO/IEC 14496-12: a box is its length in 4 bytes (1: it follows in 8 bytes), 4 letters, and its content.
    """
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            names, at = [], 0
            while at + 8 <= size:
                file.seek(at)
                head = file.read(16)
                length, name = struct.unpack(">I4s", head[:8])
                if length == 1 and len(head) == 16:
                    length = struct.unpack(">Q", head[8:])[0]
                if length < 8:
                    return False
                names.append(name)
                at += length
    except OSError:
        return False
    return at == size and b"moov" in names and b"mdat" in names and names.index(b"moov") < names.index(b"mdat")
