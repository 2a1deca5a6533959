"""Lines that are not plain delimited text, made so: quoted whole, quoted singly, or aligned by blanks."""
from __future__ import annotations

import re
from enum import Enum

#: In one group what is within the quotation marks, so that `split` gives it as every other part.
_WHOLE = re.compile(r'^[^\S\n]*"([^"\n]*(?:""[^"\n]*)*)"[^\S\n]*$', re.MULTILINE)
_SINGLY = re.compile(r"(?:(?<=[,;\t|])|^)'([^'\n]*(?:''[^'\n]*)*)'(?=[,;\t|]|$)", re.MULTILINE)
_DOUBLY = re.compile(r'(?:[,;\t|]|^)\s*"')
_OUTER_BLANKS = re.compile(r"^[^\S\n]+|[^\S\n]+$", re.MULTILINE)
_GAPS = {"wide gaps": re.compile(r"[ \t]{2,}"), "gaps": re.compile(r"[ \t]+")}
#: Lines looked at, and the share of them that must show a form.
MOST_LINES, LEAST_SHARE = 200, 0.8


class LineForm(str, Enum):
    """How the lines of a file are written."""

    PLAIN = "plain"
    #: Each line is one quoted cell, with its own quotation marks doubled.
    WHOLE = "whole lines quoted"
    #: Apostrophes stand for quotation marks.
    SINGLE = "quoted singly"
    #: Columns are aligned by blanks: at least two between any cells, or names without blanks.
    WIDE_GAPS = "wide gaps"
    GAPS = "gaps"


def plain_line(line: str, form: LineForm) -> str:
    """The line as delimited text; aligned columns become tab-separated.

    >>> plain_line('"Wuhan,""a, b"",3"', LineForm.WHOLE), plain_line("'a, b',3", LineForm.SINGLE)
    ('Wuhan,"a, b",3', '"a, b",3')
    >>> plain_line("New York   40.7  3", LineForm.WIDE_GAPS)
    'New York\\t40.7\\t3'
    """
    return plain_text(line.rstrip("\r\n"), form)


def plain_text(text: str, form: LineForm) -> str:
    """The same for many lines, parted by line feeds alone: they stay as many."""
    if form is LineForm.WHOLE:
        parts = _WHOLE.split(text)
        parts[1::2] = [inner.replace('""', '"') for inner in parts[1::2]]
        return "".join(parts)
    if form is LineForm.SINGLE:
        parts = _SINGLY.split(text)
        if '"' in text or "''" in text:
            parts[1::2] = [inner.replace("''", "'").replace('"', '""') for inner in parts[1::2]]
        return '"'.join(parts)
    return _GAPS[form.value].sub("\t", _OUTER_BLANKS.sub("", text)) if form.value in _GAPS else text


def find_form(text: str, has_delimiter: bool) -> LineForm:
    """The form that most lines of a text's beginning show; gaps only count where nothing else delimits."""
    lines = [line for line in text.splitlines() if line.strip()][:MOST_LINES]
    least = LEAST_SHARE * len(lines)
    if sum(_WHOLE.fullmatch(line) is not None for line in lines) >= least and _is_list(lines):
        return LineForm.WHOLE
    if not any(map(_DOUBLY.search, lines)) and sum(_SINGLY.search(line) is not None for line in lines) >= least / 2:
        return LineForm.SINGLE
    if has_delimiter or not any("  " in line.strip() for line in lines):
        return LineForm.PLAIN
    return next((LineForm(name) for name in _GAPS if _is_aligned(lines, LineForm(name))), LineForm.PLAIN)


def _is_list(lines: list[str]) -> bool:
    """Whether the cells that whole lines are made of hold delimiters, the first line included."""
    inner = [plain_line(line, LineForm.WHOLE) for line in lines]
    return any(all(delimiter in line for line in inner) for delimiter in ",;\t|")


def _is_aligned(lines: list[str], form: LineForm) -> bool:
    counts = {plain_line(line, form).count("\t") for line in lines}
    return len(lines) > 1 and len(counts) == 1 and counts != {0}
