"""How each finding is found, with its thresholds, and the page that says so."""
from __future__ import annotations

from . import countchecks, kinds, listing, points, quality
from .rules import TEXTS, Rule
from .schema import MS_PER_DAY, MS_PER_HOUR
from .states import SMALL_FIRST_VALUE

#: What a row must be for its finding.
FOUND: dict[Rule, str] = {
    Rule.EXACT_DUPLICATE: "The same text in every column as another row of the same place and moment.",
    Rule.SEVERAL_VALUES: "Rows of one place at one moment, one behind the other, whose counts differ.",
    Rule.NAMED_AGAIN: "A second row of one place at one moment, or a further one; whether their counts differ or not.",
    Rule.SEVERAL_POINTS: (
        "Rows without a code, of one full name and at points that differ by more than how finely they are written, no "
        "two of them at one moment, in a file that counts more than one case a row."),
    Rule.FALLING_COUNT: (
        "A running total below the one that the same place reported just before, in the order of time and, within "
        "one moment, of the file. A fall against an older total, behind reports that leave the count out, is told "
        "apart. Counts of the moment (active, in hospital) may fall and are not asked."),
    Rule.SUM_EXCEEDS: "The totals known at that moment: recovered + deaths − confirmed above 0.",
    Rule.NEGATIVE_COUNT: "A running total or a count of events below 0. Additions may be negative: taken back.",
    Rule.JUMP: (
        f"A rise of {countchecks.JUMP_LEAST} a day or more that is more than {countchecks.JUMP_FACTOR:g} times the "
        f"mean size of the place's earlier changes a day (those that are not zero), of which there are at least "
        f"{countchecks.JUMP_HISTORY}. Days between two reports share the change."),
    Rule.MISSING_COORDINATES: "No longitude or no latitude, and none from a gazetteer.",
    Rule.SWAPPED_COORDINATES: (
        "A latitude beyond ±90 that is a longitude, beside a longitude within ±90; or a point far from its city (see "
        f"there) that comes within {points.NEAR_KM:g} km of the city's middle when exchanged."),
    Rule.IMPOSSIBLE_COORDINATES: "A longitude beyond ±180, a latitude beyond ±90, or no number.",
    Rule.ZERO_COORDINATES: "Longitude 0 and latitude 0.",
    Rule.FAR_FROM_CITY: (
        f"More than {points.FAR_KM:g} km, and more than {points.FAR_FACTOR:g} times the city's median distance, from "
        f"the median point of a city that has at least {points.LEAST_POINTS} distinct points."),
    Rule.UNREADABLE_DATE: "No date, or a text that no way of writing dates explains.",
    Rule.AMBIGUOUS_DATE: "Day and month are both 12 or less and no other row tells which stands first.",
    Rule.OUTSIDE_SPAN: (
        f"More than {quality.SPAN_FACTOR:g} interquartile range and {quality.SPAN_MARGIN_MS // MS_PER_DAY} days before "
        "the first or behind the third quartile of all moments."),
    Rule.MIXED_OFFSETS: "An offset from UTC other than that of the dataset's time zone at that moment.",
    Rule.LONG_SILENCE: (
        f"A place with reports of its own: none for more than {quality.SILENCE_MS // MS_PER_DAY} days and more than "
        f"{quality.SILENCE_FACTOR:g} times its median gap, known from at least {quality.SILENCE_HISTORY} gaps. Full "
        f"listings: none for {quality.POLL_SILENCE_MS // MS_PER_HOUR} hours or more and more than "
        f"{quality.POLL_SILENCE_FACTOR:g} times the median gap. The flag is on the reports that end the silence."),
    Rule.SEVERAL_NAMES: "A name other than the newest under the same code.",
    Rule.SEVERAL_LEVELS: (
        "A level other than that of most places, which totals use; rows named as the sum of all (resources/"
        "not_places.json, `wholes`) are of the level of the country. Or a city that bears its province's name, to the "
        "letter or alone in its province at all its moments; it keeps its level, and totals count it."),
    Rule.NOT_A_PLACE: "No point, and a name with one of the words in resources/not_places.json.",
    Rule.DELISTED: (
        "In a full listing: a place that the next complete listing leaves out. A listing is full if listings repeat at "
        f"least {listing.MEDIAN_OVERLAP:.0%} of the places of the one before in the median and "
        f"{listing.LOW_OVERLAP:.0%} in nine of ten."),
    Rule.INCOMPLETE_POLL: (
        f"A listing with less than {listing.INCOMPLETE_SHARE:.0%} of the median number of places of the three before "
        "it, and of the three behind it."),
    Rule.CARRIED: "A count that the row leaves out and an earlier report of the place gave.",
    Rule.DATUM_UNKNOWN: "More than half of the points in mainland China; neither DATUM nor a header names a datum.",
    Rule.REJECTED: "A count that is no number, no name, code or point at all, or a row with too many cells.",
    Rule.LOCATED: (
        "No coordinates in the file; the gazetteer has the row's code, or just one place of its name that lies in its "
        "province. Levels must agree where the gazetteer tells them; a word such as 市 or County may be left out."),
    Rule.CODE_CONTRADICTS: (
        "Of the gazetteer's names for the row's code, in the same script, none holds the row's name or is part of it."),
    Rule.COUNT_LEFT_OUT: "An empty cell, or a word for unknown, in the column of a count.",
    Rule.NAMES_EXCHANGED: (
        "A text without digits in a column of codes beside a code, or nothing, in that of the names, where most rows "
        "have it the other way round and no name looks like a code."),
    Rule.MENDED_COORDINATES: (
        "A projected coordinate with several marks of one sort, of which just one reading lies in the area where the "
        "reference system is used, where most rows are damaged so or the reading lies among undamaged ones."),
    Rule.LISTED_AGAIN: (
        f"Rows without a count, at {kinds.LISTED_MOMENTS} moments or more of {kinds.LISTED_PLACES} places or more in "
        f"the median, that repeat at least {listing.MEDIAN_OVERLAP:.0%} of the places of the moment before."),
}

#: What the loader decides by numbers that are no findings.
DECIDED: dict[str, str] = {
    "additions or running totals": (
        f"A count whose header does not tell is one of additions if more than {kinds.FALLING_SHARE:.0%} of its changes "
        f"are falls and all falls together are more than {kinds.FALLING_DEPTH:.0%} of all rises, and at "
        f"most {kinds.UNCHANGED_SHARE:.0%} of its reports repeat a value above 0."),
    "a place's first count": (
        f"It is new if the first known count of the median place is at most {SMALL_FIRST_VALUE:g}; else it was there "
        "before the file begins, and how much of it is new is unknown."),
}


def findings_page() -> str:
    """All rules in Markdown: what they are called, what they mean for a map, how they are found."""
    parts = [
        "# Findings", "",
        "Every load checks every row. A finding changes no count: it sets a word in the column `flags` of the rows "
        "concerned, and adds a line to the table `findings` with the number of rows and examples.", "",
    ]
    for rule in Rule:
        text = TEXTS[rule]
        parts += [f"## {text.name[:1].upper()}{text.name[1:]}", "",
                  f"`{text.word}`, {text.severity}. {text.meaning}", "", f"*Found:* {FOUND[rule]}", ""]
    parts += ["# Decisions", "", "Taken without being asked, shown with the reason, and changed by a parameter.", ""]
    parts += [line for name, words in DECIDED.items() for line in (f"*{name[:1].upper()}{name[1:]}:* {words}", "")]
    return "\n".join(parts).rstrip() + "\n"
