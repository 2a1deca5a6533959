"""Which encoding a text is in: a mark or strict UTF-8 is certain, the others are judged by what they yield.

No statistics of bytes are kept: every candidate decodes the text, and the text that looks most like place names in
one language wins. `charset-normalizer`, where it is installed, adds its own proposal to the candidates.
"""
from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Callable

from . import alphabets

UTF8, GB18030, CP1252, LATIN1 = "utf-8", "gb18030", "cp1252", "latin-1"
#: Byte-order marks; UTF-32's must come before UTF-16's, which it begins with.
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig", UTF8),
    (codecs.BOM_UTF32_LE, "utf-32", "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32", "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16", "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16", "utf-16-be"),
)
#: What is tried; among equally plausible ones the first is taken.
CANDIDATES = (
    GB18030, "cp949", "big5hkscs", "cp932", "euc_jp",
    CP1252, "iso8859_15", "cp1250", "iso8859_2", "cp1254", "cp1251", "koi8_u", "iso8859_5", "cp1253", "iso8859_7",
)
#: How much text beyond ASCII is enough to judge by.
JUDGED_BYTES = 1 << 14
#: Above this share of undecodable characters a text is not taken for damaged UTF-8.
MOST_DAMAGE = 0.1
#: Less plausible than this is no text in any language known here.
LEAST_PLAUSIBLE = 0.6
#: This share of an East Asian text is of its language's frequent characters, at least and usually; chance gives 0.1.
LEAST_FREQUENT, USUALLY_FREQUENT = 0.25, 0.4
#: UTF-16 without a mark: so many of the characters (delimiters, digits) have a zero byte, nearly always on one side.
LEAST_ZEROS, MOST_OTHERS = 0.05, 0.2

_LETTERS = {language: frozenset(letters) for language, letters in alphabets.LETTERS.items()}
#: Signs and marks of whatever script, which tell nothing.
_NEUTRAL = re.compile(r"[\s\u2010-\u203f\u3000-\u303f\uff00-\uff65°²´·«»€–—]")
#: No word is written so: a capital behind a small letter, accents on four Latin letters that follow one another, or
#: Greek or Cyrillic letters beside Latin ones, as in Kцln.
_ODD = re.compile(
    r"[a-zà-öø-ÿа-яёα-ω][А-ЯЁΑ-ΩÀ-ÖØ-Þ]|[À-ÖØ-öø-\u024f]{4}|[A-Za-z][\u0370-\u052f]|[\u0370-\u052f][A-Za-z]")


@dataclass(frozen=True)
class Encoding:
    """`name` is for people; `mark` is the byte-order mark to skip, `errors` how to decode."""

    name: str
    codec: str
    errors: str = "strict"
    mark: bytes = b""


def find_encoding(head: bytes, complete: bool) -> Encoding:
    """The encoding that a text's beginning shows: byte-order mark, then UTF-8, then a judgement.

    >>> find_encoding("省,市\\n湖北,武汉\\n".encode("gb18030"), True).name
    'gb18030'
    >>> find_encoding("munic\\u00edpio;S\\u00e3o Paulo".encode("cp1252"), True).name
    'cp1252'
    """
    for mark, name, codec in MARKS:
        if head.startswith(mark):
            return Encoding(name, codec, "replace" if codec != UTF8 else "strict", mark)
    wide = unmarked_utf16(head)
    if wide:
        return Encoding(wide, wide, "replace")
    try:
        codecs.getincrementaldecoder(UTF8)().decode(head, complete)
    except UnicodeDecodeError:
        return judge_encoding(head)
    return Encoding(UTF8, UTF8)


def unmarked_utf16(head: bytes) -> str:
    """The codec of UTF-16 without a byte-order mark, "" if it is none: every other byte of plain characters is zero.

    >>> unmarked_utf16("a,b\\n1,2\\n".encode("utf-16-be")), unmarked_utf16(b"a,b\\n1,2\\n")
    ('utf-16-be', '')
    """
    half = max(1, len(head) // 2)
    high, low = head[0::2].count(0), head[1::2].count(0)
    for zeros, others, codec in ((low, high, "utf-16-le"), (high, low, "utf-16-be")):
        if zeros >= LEAST_ZEROS * half and others <= MOST_OTHERS * zeros and "\n" in head.decode(codec, "ignore"):
            return codec
    return ""


def judge_encoding(sample: bytes) -> Encoding:
    """The encoding of bytes that are not UTF-8: the most plausible of what the candidates make of them."""
    telling = _telling(sample)
    mark = codecs.BOM_UTF8 if sample.startswith(codecs.BOM_UTF8) else b""
    if mark or _share(_beyond_ascii(telling.decode(UTF8, "replace")), lambda c: c == "\ufffd") < MOST_DAMAGE:
        return Encoding("utf-8 (damaged)", UTF8, "replace", mark)
    proposed = _proposed(telling)
    scores = {codec: plausibility(telling.decode(codec, "replace")) for codec in (*CANDIDATES, *proposed)}
    best = max(scores, key=lambda codec: scores[codec])
    if scores[best] < LEAST_PLAUSIBLE:
        best = _whatever_decodes(telling)
    return Encoding(best, best, "replace")


def plausibility(text: str) -> float:
    """How much of what is beyond ASCII in a text fits one language: 1 for all of it, 0 for nothing.

    >>> plausibility("S\\u00e3o Paulo"), plausibility("S\\ufffdo Paulo")
    (1.0, 0.0)
    """
    chars = [char for char in _beyond_ascii(text) if not _NEUTRAL.match(char)]
    if not chars:
        return LEAST_PLAUSIBLE
    odd = len(_ODD.findall(text)) / len(chars)
    small = "".join(chars).lower()
    letters = max(_share(small, alphabet.__contains__) for alphabet in _LETTERS.values()) - odd
    return max(letters, *(_east_asian(chars, *language) for language in _EAST_ASIAN))


def _east_asian(chars: list[str], frequent: frozenset[str], is_common: Callable[[str], bool]) -> float:
    share = _share(chars, frequent.__contains__)
    return _share(chars, is_common) * min(1.0, share / USUALLY_FREQUENT) if share >= LEAST_FREQUENT else 0.0


def _within(codec: str, first: int, last: int, trail: int = 0) -> Callable[[str], bool]:
    """Whether a character is of a codec's part for common ones, which its first byte shows."""
    def is_common(char: str) -> bool:
        pair = char.encode(codec, "replace")
        return len(pair) == 2 and first <= pair[0] <= last and pair[1] >= trail
    return is_common


def _is_kana(char: str) -> bool:
    return "\u3041" <= char <= "\u30fe"


_EAST_ASIAN = (
    (alphabets.SIMPLIFIED, _within("gb2312", 0xB0, 0xD7)),
    (alphabets.TRADITIONAL, _within("big5", 0xA4, 0xC6)),
    (alphabets.KOREAN, _within("euc_kr", 0xB0, 0xC8)),
    (alphabets.JAPANESE | frozenset(map(chr, range(0x3041, 0x30FF))),
     lambda char: _is_kana(char) or _within("euc_jp", 0xB0, 0xCF)(char)),
)


def _telling(sample: bytes) -> bytes:
    """The first lines with anything beyond ASCII; the last of all may be cut amid a character."""
    def lines() -> Iterator[bytes]:
        size = 0
        for line in sample.splitlines():
            if not line.isascii():
                size += len(line)
                yield line
            if size > JUDGED_BYTES:
                return
    return b"\n".join(lines())


def _proposed(telling: bytes) -> list[str]:
    """What `charset-normalizer` takes the text for, if it is installed and knows."""
    with suppress(ImportError):
        from charset_normalizer import from_bytes
        best = from_bytes(telling).best()
        return [best.encoding] if best is not None and best.encoding not in CANDIDATES else []
    return []


def _whatever_decodes(telling: bytes) -> str:
    try:
        telling.decode(CP1252)
    except UnicodeDecodeError:
        return LATIN1
    return CP1252


def _beyond_ascii(text: str) -> list[str]:
    return [char for char in text if char > "\x7f"]


def _share(chars: list[str] | str, wanted: Callable[[str], bool]) -> float:
    return sum(map(wanted, chars)) / len(chars) if chars else 1.0
