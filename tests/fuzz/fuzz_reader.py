"""Fuzz the reader with atheris, guided by coverage, for as long as one likes; not part of the tests.

    .venv/bin/python -m pip install atheris
    .venv/bin/python tests/fuzz/fuzz_reader.py -max_total_time=1800 CORPUS_FOLDER

It ends with the input that broke the promise of `tests/unit/fuzzing.py`, written as crash-*; else with the number
of inputs that were tried.
"""
from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / ".ci"), str(ROOT / "tests" / "unit")]

from session import register_package  # noqa: E402 - found only now

with atheris.instrument_imports(include=["outbreak_atlas"]):
    register_package()
    import fuzzing


def main() -> None:
    """Put the seeds into the corpus and let atheris change them."""
    corpus = next((Path(argument) for argument in sys.argv[1:] if not argument.startswith("-")), None)
    if corpus is not None:
        corpus.mkdir(parents=True, exist_ok=True)
        for number, seed in enumerate(fuzzing.SEEDS):
            (corpus / f"seed-{number}").write_bytes(seed)
    with tempfile.TemporaryDirectory() as folder:
        atheris.Setup([*sys.argv, "-max_len=2048"], lambda data: fuzzing.check_bytes(data, Path(folder)) and None)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
