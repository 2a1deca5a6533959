"""Words in dates: names of months in seven languages, parts of the day, weekdays, brought to plain marks."""
from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

#: Names and short names of the twelve months (without case and accents); German, English, French, Italian,
#: Portuguese and Spanish. A short name stands for a month in every language that knows it.
_MONTHS = (
    "january jan januar janner janvier janv gennaio gen janeiro enero ene",
    "february feb februar feber fevrier fevr fev febbraio fevereiro febrero",
    "march mar marz mars marzo marco mrz",
    "april apr avril avr aprile abril abr",
    "may mai maggio mag maio mayo",
    "june jun juni juin giugno giu junho junio",
    "july jul juli juillet juil luglio lug julho julio",
    "august aug aout agosto ago",
    "september sept sep septembre settembre set setembro septiembre setiembre",
    "october oct oktober okt octobre ottobre ott outubro out octubre",
    "november nov novembre novembro noviembre",
    "december dec dezember dez decembre dicembre dic dezembro diciembre",
)
_NUMBER_OF = {name: number for number, names in enumerate(_MONTHS, 1) for name in names.split()}
_MONTH = re.compile(
    rf"(?<![^\W\d_])(?:{'|'.join(sorted(_NUMBER_OF, key=len, reverse=True))})\.?(?![^\W\d_])", re.IGNORECASE)
#: Parts of the day that are written before the clock, with the mark for its half. `<N>` is the night, which
#: begins before midnight and ends behind it: 晚上12点 belongs to the next day and is not guessed.
_HALVES = (
    (re.compile("凌晨|清晨|早上|早晨|上午|午前|오전|早"), "<A>"),
    (re.compile("下午|午后|午後|傍晚|오후"), "<P>"),
    (re.compile("晚上|夜里|夜间|夜晚|深夜|晚"), "<N>"),
    (re.compile("中午|正午"), "<M>"),
)
_WEEKDAY = re.compile(
    r"(?i)\((?:[月火水木金土日월화수목금토일]|(?:星期|周|週)[一二三四五六日天])\)|(?:星期|周|週)[一二三四五六日天]"
    r"|^(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\b[.,]?\s*"
    r"|^(?:montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag|lunes|martes|miercoles|jueves|viernes|sabado"
    r"|domingo|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|lunedi|martedi|mercoledi|giovedi|venerdi|domenica"
    r"|(?:segunda|terca|quarta|quinta|sexta)(?:-feira)?)\b[.,]?\s*")
_ORDINAL = re.compile(r"(?i)(?<=\d)(?:st|nd|rd|th|er|[oº])(?=\W)")
_FILLER = re.compile(r"(?i)(?<=[\d}\s])\s*\b(?:del?|of)\b\s*(?=[\d{])|\b(?:uhr|um|at|alle)\b")
#: No date is longer; what is, is not searched for words.
_LONGEST = 100
#: The year before the first one of eras of Japan and of the Republic of China (Taiwan).
_ERAS = {"令和": 2018, "平成": 1988, "昭和": 1925, "民國": 1911, "民国": 1911}
_ERA = re.compile(rf"({'|'.join(_ERAS)}) ?(\d{{1,3}}|元) ?(?=年)")
_HOUR = re.compile(r"(?<=\d) ?h ?(?=\d\d\b)")
_ZEROS = str.maketrans(dict.fromkeys("123456789", "0"))
_DIGIT = re.compile("[0-9]")
#: Any letter but the T and Z of ISO 8601, in one class of characters, which is fast to look for.
_LETTERS = re.compile(r"[^\x00-@TZ\[-`{-\x7f]")


def plain_dates(texts: Sequence[str]) -> list[str]:
    """All texts as `plain_date` gives them; at once where none of them has a word."""
    if not _LETTERS.search("\n".join(texts)):
        return [text.strip() for text in texts]
    memo: dict[str, str | None] = {}
    return [_by_pattern(text.strip(), memo) for text in texts]


def _by_pattern(text: str, memo: dict[str, str | None]) -> str:
    """As `plain_date`, which is asked once for all texts that differ by their digits alone."""
    pattern = text.translate(_ZEROS)
    if pattern not in memo:
        memo[pattern] = _template(pattern)
    template = memo[pattern]
    return plain_date(text) if template is None else template % tuple(_DIGIT.findall(text))


def _template(pattern: str) -> str | None:
    """What `plain_date` makes of a pattern, with places for its digits; None where it adds or takes any."""
    if _ERA.search(pattern):  # its digits are counted with
        return None
    pieces = re.split(r"(\{\d\d\}|0)", plain_date(pattern).replace("%", "%%"))
    if pieces.count("0") != pattern.count("0"):
        return None
    return "".join("%s" if piece == "0" else piece for piece in pieces)


def plain_date(text: str) -> str:
    """A date's text with months as `{01}` to `{12}`, halves of the day as marks, and without weekdays.

    >>> plain_date("23 de enero de 2020")
    '23 {01} 2020'
    >>> plain_date("１月23日下午3点半")
    '1月23日<P>3点30分'
    """
    text = text.strip()
    if len(text) > _LONGEST or not _LETTERS.search(text):
        return text
    if not text.isascii():
        text = _without_accents(unicodedata.normalize("NFKC", text)).strip()
        text = _ERA.sub(lambda found: str(_ERAS[found[1]] + (1 if found[2] == "元" else int(found[2]))), text)
    text = _MONTH.sub(lambda found: f"{{{_NUMBER_OF[found.group().lower().rstrip('.')]:02d}}}", text)
    for expression, mark in _HALVES:
        text = expression.sub(mark, text)
    text = _HOUR.sub(":", _FILLER.sub(" ", _ORDINAL.sub("", _WEEKDAY.sub("", text))))
    return re.sub(r"\s+", " ", re.sub(r"(?<=[点點时時시])半", "30分", text)).strip()


def _without_accents(text: str) -> str:
    """Letters of the Latin script without their accents; other scripts as they are (NFD would take Hangul apart)."""
    return "".join(unicodedata.normalize("NFD", c)[0] if "À" <= c <= "ɏ" else c for c in text)
