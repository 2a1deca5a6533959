"""Chinese names in pinyin, and the words by which a name is found: in Chinese, English, pinyin and its initials.

The readings come from GB/T 2312-1980, whose level 1 is sorted by them (`resources/pinyin.json`); of rarer and
traditional characters from the library pypinyin, where it is installed. English names of Chinese cities and provinces
are those of `resources/sample/cities.csv`.
"""
from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import islice, product
from pathlib import Path

from .placenames import alias_of, key_of

_RESOURCES = Path(__file__).resolve().parents[2] / "resources"
READINGS, CITIES = _RESOURCES / "pinyin.json", _RESOURCES / "sample" / "cities.csv"

#: Level 1 of GB/T 2312: rows 16 to 55 of 94 characters; the last row is not full.
_FIRST_ROW, _LAST_ROW, _OFFSET, _ROW = 16, 55, 0xA0, 94
_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_NUMBER = re.compile(r"\d+")
#: Ways to read a name that are kept: two characters of several readings.
_MOST_WAYS = 4
#: Between the words of an entry, so that none runs into the next.
_MARK = "\n"
_UNKNOWN_LAST = "\U0010ffff"

#: How a name matches what was typed: not, somewhere in a word, at its beginning, as a whole.
NOT, INSIDE, BEGINS, WHOLE = range(4)

Readings = Mapping[str, tuple[str, ...]]
#: Of an alias: names in the other language, and the aliases of the provinces in which each lies (none: a province).
Pairs = Mapping[str, tuple[tuple[str, frozenset[str]], ...]]


def folded(text: str) -> str:
    """A text as it is searched: without case, width, accents and apostrophes.

    >>> folded("Xi’an"), folded("ＷＵＨＡＮ")
    ('xian', 'wuhan')
    """
    return key_of(text).replace("'", "").replace("’", "").replace("-", " ")


def pinyin_of(text: str) -> tuple[tuple[str, str], ...]:
    """The ways to read a folded name, each in full and by its initials; none for one without Chinese characters.

    >>> pinyin_of("武汉"), pinyin_of("重庆")
    ((('wuhan', 'wh'),), (('zhongqing', 'zq'), ('chongqing', 'cq')))
    """
    if not _HAN.search(text):
        return ()
    read = readings()
    ways = product(*(read.get(char) or _rare(char) for char in text if char != " "))
    return tuple(("".join(way), "".join(part[0] for part in way)) for way in islice(ways, _MOST_WAYS))


def sort_key(name: str) -> str:
    """By what names are put in order: Chinese ones by their reading, numbers in them by their value."""
    text = folded(name)
    if _HAN.search(text):
        read = readings()
        text = "".join(read.get(char, (char,))[0] for char in text)
    return _NUMBER.sub(lambda number: number[0].zfill(9), text) if _NUMBER.search(text) else text


def search_entries(
    names: Sequence[str], within: Sequence[Sequence[str]], words: Sequence[Iterable[str]]
) -> tuple[str, ...]:
    """For each name all that it is found by, for `ranks`.

    `within`: names of what it lies in, which tell cities of one name apart; `words`: further names and codes.
    """
    aliases: dict[str, str] = {}
    for name in {name for several in within for name in several}:
        aliases[name] = alias_of(folded(name))
    return tuple(
        _entry(name, frozenset(aliases[above] for above in several), more)
        for name, several, more in zip(names, within, words))


def ranks(entries: Sequence[str], typed: str) -> list[int]:
    """How well each entry matches: NOT, INSIDE, BEGINS or WHOLE."""
    text = folded(typed)
    close = text.replace(" ", "")
    wanted = tuple({text, close} - {""})
    if not wanted:
        return [WHOLE] * len(entries)
    if len(wanted) == 1:
        return [_rank(entry, text) if text in entry else NOT for entry in entries]
    return [max(_rank(entry, one) for one in wanted) for entry in entries]


@lru_cache(maxsize=1)
def readings() -> Readings:
    """The readings of characters, the usual one first."""
    table = json.loads(READINGS.read_text(encoding="utf-8"))
    begins = {char: reading for reading, char in table["from"].items()}
    found: dict[str, tuple[str, ...]] = {}
    reading = ""
    for char in _level_one():
        reading = begins.get(char, reading)
        found[char] = _with_u(reading)
    for reading, chars in table["also"].items():
        for char in chars:
            found[char] = (*found.get(char, ()), *_with_u(reading))
    return found


@lru_cache(maxsize=1)
def known_pairs() -> Pairs:
    """English and Chinese names of Chinese cities and provinces, each by the alias of the other."""
    pairs: dict[str, dict[tuple[str, frozenset[str]], None]] = {}
    with CITIES.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            province = frozenset(alias_of(folded(row[column])) for column in ("province", "province_zh"))
            for english, chinese, where in (
                (row["city"], row["city_zh"], province), (row["province"], row["province_zh"], frozenset[str]()),
            ):
                for own, other in ((english, chinese), (chinese, english)):
                    pairs.setdefault(alias_of(folded(own)), {})[other, where] = None
    return {alias: tuple(others) for alias, others in pairs.items()}


@lru_cache(maxsize=1)
def _known_provinces() -> frozenset[str]:
    return frozenset(alias for pairs in known_pairs().values() for _name, where in pairs for alias in where)


def _entry(name: str, within: frozenset[str], words: Iterable[str]) -> str:
    text = folded(name)
    alias = alias_of(text)
    found = {text: None, alias: None}
    for other in (*words, *_other_names(alias, within)):
        key = folded(other)
        found.update({key: None, alias_of(key): None})
    for key in tuple(found):
        for way in pinyin_of(key):
            found.update(dict.fromkeys(way))
    return f"{_MARK}{_MARK.join(filter(None, found))}{_MARK}"


def _other_names(alias: str, within: frozenset[str]) -> tuple[str, ...]:
    """Names in the other language; where it lies in known provinces, only names of what lies there."""
    pairs = known_pairs().get(alias, ())
    known = within & _known_provinces()
    return tuple(other for other, where in pairs if not known or known & where)


def _rank(entry: str, text: str) -> int:
    if f"{_MARK}{text}" not in entry:
        return INSIDE if text in entry else NOT
    return WHOLE if f"{_MARK}{text}{_MARK}" in entry else BEGINS


def _level_one() -> str:
    rows = range(_FIRST_ROW + _OFFSET, _LAST_ROW + _OFFSET + 1)
    return b"".join(bytes((row, _OFFSET + at)) for row in rows for at in range(1, _ROW + 1)).decode("gb2312", "ignore")


def _with_u(reading: str) -> tuple[str, ...]:
    """With ü typed as v, as keyboards have it, and as u."""
    return (reading, reading.replace("v", "u")) if "v" in reading else (reading,)


@lru_cache(maxsize=4096)
def _rare(char: str) -> tuple[str, ...]:
    """Readings of a character that the table does not have; the character itself if nothing knows it."""
    if not _HAN.match(char):
        return (char,)
    try:
        from pypinyin import Style, pinyin
    except ImportError:
        return (char,)
    return tuple(dict.fromkeys(found.replace("ü", "v") for found in pinyin(char, Style.NORMAL, heteronym=True)[0]))
