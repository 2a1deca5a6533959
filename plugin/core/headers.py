"""What a header says: known names in nine languages, whole or inside a longer header.

The table is `resources/columns.json`. A header that is a known name counts for more than one that
only contains it; a header also says what a column is not (an identifier, a rate, a population).
"""
from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from .schema import STATE_COLUMNS

HEADER_TABLE = Path(__file__).resolve().parents[2] / "resources" / "columns.json"
LANGUAGES = {
    "en": "English", "zh": "Chinese", "ko": "Korean", "ja": "Japanese", "it": "Italian",
    "es": "Spanish", "fr": "French", "de": "German", "pt": "Portuguese",
}
#: What the marks behind a name in the table make of its strength.
_STRENGTHS = {"": 1.0, "?": 0.85, "??": 0.7}
#: A name inside a longer header counts for this much, and more the more of the header it is.
_INSIDE, _INSIDE_SPAN = 0.5, 0.25
#: Longest name looked for inside a header, in words and in Chinese, Japanese or Korean characters.
_MOST_WORDS, _MOST_CHARS = 4, 12
#: Longer headers are titles; only their beginning is read.
_LONGEST_HEADER = 80
_EAST_ASIAN = r"\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\u3005"
_WORD = re.compile(
    rf"[{_EAST_ASIAN}]+|[A-Z]{{2,}}(?=[A-Z][a-z])|[A-Z]?[^\W\d_A-Z{_EAST_ASIAN}]+|[A-Z]+|\d+")
_IS_EAST_ASIAN = re.compile(rf"[{_EAST_ASIAN}]")
_BY = "by"
_GIVEN_BY_READER = re.compile(r"column \d+")


@dataclass(frozen=True)
class Match:
    """How surely a header means something.

    `strength` 0 to 1; `name` is the known name found; `whole` whether it is the whole header;
    `language` where the name comes from; `rest` is the header's key without the name.
    """

    strength: float
    name: str
    whole: bool
    language: str
    rest: str = ""

    @property
    def words(self) -> str:
        """The match as the beginning of a reason."""
        if self.whole:
            return f"the header is a known name for it ({LANGUAGES[self.language]})"
        return f"the header contains “{self.name}” ({LANGUAGES[self.language]})"


@dataclass(frozen=True)
class Header:
    """A header taken apart: its key, its words, what it may mean (role or metric) and whether it says
    anything at all; `additions` are the metrics whose daily additions it may name."""

    text: str
    key: str
    words: tuple[str, ...]
    roles: dict[str, Match]
    metrics: dict[str, Match]
    additions: dict[str, Match]

    @property
    def silent(self) -> bool:
        """Is this the name that the reader gave to a column without one?"""
        return not self.key or _GIVEN_BY_READER.fullmatch(self.text.strip().lower()) is not None

    def says(self, kind: str) -> bool:
        """Does the header hold a word of this kind (`rate`, `identifier`, `count`, ...)?"""
        return self.word_for(kind) != ""

    def word_for(self, kind: str) -> str:
        """The first word of this kind that the header holds, else empty."""
        latin, eastern, alone = _words_of_kind(kind)
        if self.key in alone:
            return self.key
        if not latin.isdisjoint(self._runs):
            return next(run for run in self._runs if run in latin)
        return "" if self.key.isascii() else next((word for word in eastern if word in self.key), "")

    def starts_with(self, kind: str) -> bool:
        """Is the first word of this kind?"""
        return self.words[:1] != () and self.words[0] in _words_of_kind(kind)[0]

    @cached_property
    def _runs(self) -> tuple[str, ...]:
        """Every run of words, joined."""
        return tuple(_grams(self.words))


@dataclass(frozen=True)
class _Entry:
    meaning: tuple[str, str]
    strength: float
    language: str
    whole_only: bool


def header_key(header: str) -> str:
    """A header without case, width, accents and separators.

    >>> header_key(" Update_Time "), header_key("Município")
    ('updatetime', 'municipio')
    """
    return re.sub(r"[\W_]+", "", _folded(header)).lower()


def metric_name(header: str) -> str:
    """A header as the name of a metric column: lower case, words joined by underscores.

    >>> metric_name("Residents.Tested")
    'residents_tested'
    """
    name = re.sub(r"\W+", "_", unicodedata.normalize("NFKC", header)).strip("_").lower()
    name = f"n_{name}" if name[:1].isdigit() or not name else name
    return f"{name}_count" if name in (*STATE_COLUMNS, "fid", "geom", "lon", "lat") else name


def split_words(header: str) -> tuple[str, ...]:
    """The words of a header, in lower case and without accents.

    >>> split_words("cityConfirmedCount"), split_words("Cód. IBGE"), split_words("累计确诊 cases")
    (('city', 'confirmed', 'count'), ('cod', 'ibge'), ('累计确诊', 'cases'))
    """
    return tuple(word.lower() for word in _WORD.findall(_folded(header)[:_LONGEST_HEADER]))


@lru_cache(maxsize=16_384)
def read_header(text: str) -> Header:
    """What a header may mean, by the table."""
    words = split_words(text)
    if _BY in words[1:]:  # “cases by specimen date” are cases
        words = words[:words.index(_BY, 1)]
    key = header_key(text[:_LONGEST_HEADER])
    found = _matches(key, words)
    roles = {name: match for (part, name), match in found.items() if part == "roles"}
    metrics = {name: match for (part, name), match in found.items() if part == "metrics"}
    additions = {name: match for (part, name), match in found.items() if part == "increments" and match.whole}
    header = Header(text, key, words, roles, metrics, additions)
    whole = {name: match for name, match in metrics.items() if match.whole}
    if not whole and not additions and header.says("addition"):
        return replace(header, metrics={}, additions=_as_additions(header))
    return replace(header, metrics=whole) if additions else header


@lru_cache(maxsize=8)
def table_words(name: str) -> frozenset[str]:
    """A plain list of the table, as keys: `level_values`, `countries`, `synthetic`."""
    return frozenset(map(header_key, _raw()[name]))


@lru_cache(maxsize=1)
def name_endings() -> dict[str, tuple[str, ...]]:
    """How names of provinces and cities end, where that tells."""
    return {role: tuple(endings) for role, endings in _raw()["endings"].items()}


@lru_cache(maxsize=1)
def land_rows() -> tuple[str, ...]:
    """Cells of five degrees, "#" where there is land: 36 rows from north to south of 72 from west to east."""
    return tuple(_raw()["land"])


def without_additions(words: Sequence[str]) -> tuple[str, ...]:
    """The words of a header but those that say that it holds additions.

    >>> without_additions(("new", "tests")), without_additions(("新增检测",))
    (('tests',), ('检测',))
    """
    latin, eastern, _ = _words_of_kind("addition")
    kept = [word for word in words if word not in latin]
    for addition in eastern:
        kept = [word.replace(addition, "") for word in kept]
    return tuple(word for word in kept if word)


def _as_additions(header: Header) -> dict[str, Match]:
    """The metrics that a header means without its “new” or “daily”."""
    words = without_additions(header.words)
    found = _matches("".join(words), words)
    matches = {name: match for (part, name), match in found.items() if part == "metrics"}
    return {
        name: Match(0.9 * match.strength, match.name, match.whole, match.language, match.rest)
        for name, match in matches.items()
    }


def _matches(key: str, words: tuple[str, ...]) -> dict[tuple[str, str], Match]:
    """The best match for every meaning."""
    names = _names()
    found = {
        entry.meaning: Match(entry.strength, key, True, entry.language) for entry in reversed(names.get(key, ()))
    }
    inside = [gram for gram in _inner_names(key, words) if gram in names and gram != key]
    for gram in sorted(inside, key=len, reverse=True):
        for entry in names[gram]:
            if not entry.whole_only and entry.meaning not in found:
                share = len(gram) / len(key)
                strength = entry.strength * (_INSIDE + _INSIDE_SPAN * share)
                found[entry.meaning] = Match(strength, gram, False, entry.language, key.replace(gram, "", 1))
    return found


def _inner_names(key: str, words: tuple[str, ...]) -> Iterator[str]:
    """Runs of words, and in Chinese, Japanese and Korean every run of characters."""
    yield from _grams(words)
    if _IS_EAST_ASIAN.search(key):
        for start in range(len(key)):
            for stop in range(start + 2, min(start + _MOST_CHARS, len(key)) + 1):
                if _IS_EAST_ASIAN.search(key[start:stop]):
                    yield key[start:stop]


def _grams(words: Sequence[str]) -> Iterator[str]:
    for start in range(len(words)):
        for stop in range(start + 1, min(start + _MOST_WORDS, len(words)) + 1):
            yield "".join(words[start:stop])


@lru_cache(maxsize=1)
def _names() -> dict[str, tuple[_Entry, ...]]:
    """Every known name with what it may mean, the surest first."""
    found: dict[str, list[_Entry]] = {}
    for part in ("roles", "metrics", "increments"):
        for meaning, languages in _raw()[part].items():
            for language, names in languages.items():
                for name in names:
                    entry = _entry((part, meaning), name, language)
                    found.setdefault(header_key(name), []).append(entry)
    return {key: tuple(sorted(entries, key=lambda e: -e.strength)) for key, entries in found.items()}


def _entry(meaning: tuple[str, str], name: str, language: str) -> _Entry:
    marks = re.search(r"(!?)(\?*)$", name)
    whole, weak = (marks.group(1), marks.group(2)) if marks else ("", "")
    east_asian_sign = len(header_key(name)) == 1
    return _Entry(meaning, _STRENGTHS[weak], language, bool(whole) or east_asian_sign)


@lru_cache(maxsize=32)
def _words_of_kind(kind: str) -> tuple[frozenset[str], tuple[str, ...], frozenset[str]]:
    """Words of a kind: those looked for as whole words, those looked for inside, those that are whole headers."""
    raw: Iterable[str] = _raw()["words"][kind]
    alone = frozenset(header_key(word) for word in raw if word.endswith("!"))
    plain = [word for word in raw if not word.endswith("!")]
    eastern = tuple(word for word in plain if _IS_EAST_ASIAN.search(word))
    return frozenset(header_key(word) for word in plain if word not in eastern), eastern, alone


@lru_cache(maxsize=1)
def _raw() -> dict[str, Any]:
    return dict(json.loads(HEADER_TABLE.read_text(encoding="utf-8")))


def _folded(text: str) -> str:
    """Full width as plain, Latin letters without accents; Hangul and kana stay whole."""
    if text.isascii():
        return text
    parts = unicodedata.normalize("NFKD", text)
    return unicodedata.normalize("NFC", re.sub("[\u0300-\u036f]", "", parts))
