"""Names of places as they are compared: without case, width and accents, and without the word for their kind."""
from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

SUFFIX_TABLE = Path(__file__).resolve().parents[2] / "resources" / "place_suffixes.json"

#: An alias is as short as this at least: 通 alone for 通州 would be anything.
_LEAST_ALIAS = 2


def key_of(text: object) -> str:
    """A name without case, width, accents and double blanks.

    >>> key_of(" São  Paulo ")
    'sao paulo'
    """
    plain = unicodedata.normalize("NFKD", str(text)).casefold()
    return " ".join("".join(c for c in plain if not unicodedata.combining(c)).split())


def alias_of(key: str) -> str:
    """A name's key without the word for its kind of area; names that would become too short keep it.

    >>> alias_of("恩施土家族苗族自治州"), alias_of("广州"), alias_of("wakiso district")
    ('恩施', '广州', 'wakiso')
    """
    latin, chinese, peoples = _suffixes()
    if key.isascii():
        return latin.sub("", key) or key
    short = chinese.sub("", key)
    if key != short and "自治" in key[len(short):]:
        short = peoples.sub("", short)
    return short if len(short) >= _LEAST_ALIAS else key


@lru_cache(maxsize=1)
def _suffixes() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    table = json.loads(SUFFIX_TABLE.read_text(encoding="utf-8"))

    def one_of(words: Sequence[str]) -> str:
        return "|".join(map(re.escape, sorted(words, key=len, reverse=True)))

    latin, peoples = one_of(table["latin"]), one_of(table["peoples"])
    return (
        re.compile(rf"^(?:{latin}) of | (?:{latin})$"),
        re.compile(rf"(?<=..)(?:{one_of(table['chinese'])})$"),
        re.compile(rf"(?<=..)(?:{peoples})+$"),
    )
