"""Numbers in every convention, and what is no number."""
from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from outbreak_atlas.plugin.core.numbers import Meaning, ParsedNumbers, parse_numbers


def parse(*texts: str, meaning: Meaning = Meaning.ANY) -> ParsedNumbers:
    return parse_numbers(np.array(texts, dtype=object), meaning)


@pytest.mark.parametrize(("text", "value"), [
    ("12", 12), (" 12 ", 12), ("+5", 5), ("-5", -5), ("−5", -5), ("1.5", 1.5), ("1.2e3", 1200), (".5", 0.5),
    ("１２３", 123), ("1,234", 1234), ("1,234,567", 1234567), ("1,23,456", 123456),
    ("12,34,567.5", 1234567.5), ("1 234", 1234),
    ("1\u202f234,5", 1234.5), ("1\u00a0234\u00a0567", 1234567), ("1'234.5", 1234.5), ("1’234", 1234),
    ("1.234.567", 1234567), ("1.234,5", 1234.5), ("0,5", 0.5), ("12,34", 12.34), ("1,2e3", 1200),
])
def test_reads(text: str, value: float) -> None:
    numbers = parse(text)
    assert numbers.values[0] == value and not numbers.unreadable[0]


@pytest.mark.parametrize("text", [
    "", " ", "NA", "N/A", "n/a", "NULL", "nan", "None", "-", "--", "—", "暂无", "不详", "未知", "?", "#N/A"])
def test_unknown_is_not_zero_and_not_an_error(text: str) -> None:
    numbers = parse(text, "3")
    assert np.isnan(numbers.values[0]) and not numbers.unreadable.any()


@pytest.mark.parametrize("text", [
    "~50", "<5", ">100", "5%", "inf", "1e999", "0x10", "1_000", "True", "(5)", "five", "1,2,3", "12.34.5", "1 23",
    "1,234,56"])
def test_what_is_no_number_is_unreadable(text: str) -> None:
    numbers = parse(text)
    assert np.isnan(numbers.values[0]) and numbers.unreadable[0]


@pytest.mark.parametrize(("texts", "meaning", "values"), [
    (["1,234", "12"], Meaning.ANY, [1234, 12]),
    (["1,234", "0,5"], Meaning.ANY, [1.234, 0.5]),  # the comma is decimal elsewhere
    (["1,234", "0.5"], Meaning.ANY, [1234, 0.5]),
    (["-51,684", "-46,631"], Meaning.DEGREES, [-51.684, -46.631]),
    (["1.234", "12"], Meaning.ANY, [1.234, 12]),
    (["1.234", "12"], Meaning.COUNT, [1234, 12]),
    (["1.234", "1.5"], Meaning.COUNT, [1.234, 1.5]),
    (["1.234", "1200"], Meaning.COUNT, [1.234, 1200]),  # a thousand is written without a mark
    (["1.234", "1.234.567"], Meaning.COUNT, [1234, 1234567]),
    (["1.234", "0,5"], Meaning.ANY, [1234, 0.5]),
    (["12.345", "12.5"], Meaning.DEGREES, [12.345, 12.5]),
])
def test_one_group_is_read_as_the_column_says(texts: list[str], meaning: Meaning, values: list[float]) -> None:
    assert parse(*texts, meaning=meaning).values.tolist() == values


def test_what_was_decided_is_told() -> None:
    assert parse("12", "3.5").note == ""
    assert "comma is decimal" in parse("0,5").note
    assert "thousands" in parse("1,234").note and "1.234" in parse("1.234", meaning=Meaning.COUNT).note


def grouped(value: int, mark: str) -> str:
    return f"{value:,}".replace(",", mark)


CONVENTIONS: dict[str, Callable[[int, int], str]] = {
    "plain": lambda whole, part: f"{whole}.{part:02d}",
    "english": lambda whole, part: f"{whole:,}.{part:02d}",
    "german": lambda whole, part: f"{grouped(whole, '.')},{part:02d}",
    "french": lambda whole, part: f"{grouped(whole, chr(0x202f))},{part:02d}",
    "swiss": lambda whole, part: f"{grouped(whole, chr(39))}.{part:02d}",
    "comma": lambda whole, part: f"{whole},{part:02d}",
}


@pytest.mark.parametrize("convention", CONVENTIONS)
@given(st.lists(st.tuples(st.integers(-10**9, 10**9), st.integers(0, 99)), min_size=1, max_size=20))
def test_every_convention_is_read_back(convention: str, pairs: list[tuple[int, int]]) -> None:
    texts = [CONVENTIONS[convention](whole, part) for whole, part in pairs]
    numbers = parse(*texts)
    expected = [float(f"{whole}.{part:02d}") for whole, part in pairs]
    assert numbers.values == pytest.approx(expected, rel=1e-15) and not numbers.unreadable.any()


@pytest.mark.parametrize("mark", [",", ".", " ", "'"])
@given(st.lists(st.integers(-10**9, 10**9), min_size=1, max_size=20))
def test_grouped_counts_are_read_back(mark: str, values: list[int]) -> None:
    numbers = parse(*(grouped(value, mark) for value in values), meaning=Meaning.COUNT)
    assert numbers.values.tolist() == values


@given(st.lists(st.text(max_size=12), min_size=1, max_size=30), st.sampled_from(list(Meaning)))
def test_any_text_is_a_number_or_unknown_or_unreadable(texts: list[str], meaning: Meaning) -> None:
    numbers = parse(*texts, meaning=meaning)
    assert len(numbers.values) == len(texts)
    assert not (numbers.unreadable & ~np.isnan(numbers.values)).any()
    assert np.isfinite(numbers.values[~np.isnan(numbers.values)]).all()


def test_a_category_not_in_use_decides_nothing() -> None:
    column = pd.Series(pd.Categorical(["1,234", "7", "0,5"]))[:2]
    assert parse_numbers(column).values.tolist() == [1234, 7]
    missing = pd.Series(pd.Categorical(["1", None]))
    assert np.isnan(parse_numbers(missing).values[1]) and not parse_numbers(missing).unreadable.any()
