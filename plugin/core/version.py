"""The plugin's version, as its metadata says."""
from __future__ import annotations

import configparser
from pathlib import Path

METADATA = Path(__file__).resolve().parents[2] / "metadata.txt"


def plugin_version() -> str:
    """The version in metadata.txt.

    >>> plugin_version().count(".")
    2
    """
    metadata = configparser.ConfigParser(interpolation=None)
    metadata.read(METADATA, encoding="utf-8")
    return metadata["general"]["version"]
