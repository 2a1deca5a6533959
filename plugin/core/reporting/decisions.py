"""What was read, what was chosen and why, and what the user said."""
from __future__ import annotations

import re
from pathlib import PurePath

from ..dataset import GIVEN, Choice, DatasetInfo, SourceFile
from ..schema import ROLES
from ..times import format_ms
from .markup import Markup, code, paragraph, section, table

#: So many files are listed; more are counted.
MOST_FILES = 400
_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar", " ": "blank", "": ""}
#: As `columns` writes the header that came second.
_RUNNER_UP = re.compile(r"; next best(?: is|:) ")
_SAID_NOTHING = ("", "False", "auto")


def files_read(info: DatasetInfo) -> Markup:
    """Every file with what it needs to be known again."""
    shown, rest = info.sources[:MOST_FILES], info.sources[MOST_FILES:]
    more = paragraph(
        f"{len(rest):,} more files with {sum(one.rows for one in rest):,} rows are in the table “dataset”.") if (
        rest) else ""
    alike = len(info.sources) > 1 and len({_layout(one) for one in info.sources}) == 1
    heads = ("encoding", "delimiter", "packed")
    words = ""
    if alike:  # said once, so that a long list stays narrow
        told = ", ".join(f"{head} {value}" for head, value in zip(heads, _layout(info.sources[0])) if value)
        words = paragraph(f"{len(info.sources):,} files, all alike: {told}.")
    rows = ((_file_words(one), one.rows, *(() if alike else _layout(one)), code(one.sha256)) for one in shown)
    columns = ("file", "rows", *(() if alike else heads), "SHA-256")
    return section("What was read", words, table(columns, rows, "files"), more)


def _file_words(one: SourceFile) -> str:
    return f"{one.name} – {one.note}" if one.note else one.name


def _layout(one: SourceFile) -> tuple[str, str, str]:
    packed = "" if one.compression == "none" else one.compression
    return one.encoding, _DELIMITERS.get(one.delimiter, one.delimiter), packed


def decided(info: DatasetInfo) -> Markup:
    """Columns, and everything else that was decided, each with its reason."""
    return section(
        "What was chosen, and why",
        paragraph("Columns:"),
        table(("column for", "header in the file", "reason", "runner-up"), map(_column, info.columns.items())),
        paragraph("Meaning of the rows:"),
        table(("question", "answer", "reason"), _answers(info)),
        _options(info),
    )


def _column(item: tuple[str, Choice]) -> tuple[object, ...]:
    role, choice = item
    reason, *runner_up = _RUNNER_UP.split(choice.reason, maxsplit=1)
    words = role if role in ROLES else f"count “{role}”"
    return words, choice.value, reason, *(runner_up or "–")


def _answers(info: DatasetInfo) -> list[tuple[object, ...]]:
    step = Choice(str(info.step), GIVEN if info.options.get("step") else "the default")
    questions = {
        "What do the counts mean?": info.kind,
        "Does a report list every place?": info.listing,
        "Which datum have the points?": info.datum,
        "Which clock do the times follow?": info.time_zone,
        "Is a place’s first count new?": info.first_values,
        "How long is a frame of the playback?": step,
    }
    rows: list[tuple[object, ...]] = [(words, str(choice.value), choice.reason) for words, choice in questions.items()]
    if info.totals_level:
        reason = f"most places have it; levels here: {', '.join(info.levels)}"
        rows.append(("On which level are totals summed?", info.totals_level, reason))
    span = f"{format_ms(info.span_first)} to {format_ms(info.span_last)}"
    return [*rows, ("Which span is played?", span, "from the first report to the last, those far outside left out")]


def _options(info: DatasetInfo) -> Markup:
    given = [(key.upper(), _shown(key, value)) for key, value in info.options.items() if value not in _SAID_NOTHING]
    if not given:
        return paragraph("No option was given: all of this was found in the files, or is the default.")
    return Markup(paragraph("Given by the user; every other option kept its default:")
                  + table(("option", "value"), given, "narrow"))


def _shown(key: str, value: str) -> str:
    """Of a path the name alone: folders are nobody's business."""
    return PurePath(value.replace("\\", "/")).name if key.lower() == "gazetteer" else value
