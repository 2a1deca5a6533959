"""What poppler's programs say about a PDF."""
from __future__ import annotations

import re
import subprocess
from pathlib import Path

_MM_PER_PT = 25.4 / 72


def ask(program: str, *arguments: str) -> str:
    """What a program says."""
    return subprocess.run([program, *arguments], capture_output=True, encoding="utf-8", check=True).stdout


def text_of(pdf: Path, *options: str) -> str:
    """The words of a PDF; `options` of pdftotext."""
    return ask("pdftotext", *options, str(pdf), "-")


def page_mm(pdf: Path) -> tuple[float, float]:
    """Width and height of the first page."""
    width, height = re.search(r"Page size:\s+([\d.]+) x ([\d.]+) pts", ask("pdfinfo", str(pdf))).groups()
    return float(width) * _MM_PER_PT, float(height) * _MM_PER_PT
