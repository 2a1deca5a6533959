"""Moments that people give: wall clock of the dataset's zone, whatever the computer's zone is."""
from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator

import pytest
from outbreak_atlas.plugin.bridge.moments import moment_of
from outbreak_atlas.plugin.core.errors import AtlasError
from qgis.PyQt.QtCore import QDate, QDateTime, Qt, QTime

NOON = 1_581_595_200_000  # 2020-02-13T12:00 on the wall


@pytest.fixture(params=["Asia/Kolkata", "America/New_York", "UTC"])
def computer_zone(request: pytest.FixtureRequest) -> Iterator[str]:
    before = os.environ.get("TZ")
    os.environ["TZ"] = request.param
    time.tzset()
    yield request.param
    if before is None:
        del os.environ["TZ"]
    else:
        os.environ["TZ"] = before
    time.tzset()


@pytest.mark.parametrize("text", [
    "2020-02-13T12:00", "2020-02-13 12:00:00", "2020-02-13T12:00:00.000", "2020-02-13T12:00:00+08:00",
    "2020-02-13T12:00:00+0800", "2020-02-13T12:00+08", "2020-02-13T04:00:00Z", " 2020-02-13T12:00 ",
])
def test_texts_mean_the_same_moment_everywhere(computer_zone: str, text: str) -> None:
    assert moment_of(text, "Asia/Shanghai") == NOON


@pytest.mark.parametrize("spec", [Qt.TimeSpec.LocalTime, Qt.TimeSpec.UTC])
def test_a_widget_means_what_it_shows(computer_zone: str, spec: Qt.TimeSpec) -> None:
    assert moment_of(QDateTime(QDate(2020, 2, 13), QTime(12, 0), spec), "Asia/Shanghai") == NOON


def test_a_day_is_its_first_moment() -> None:
    midnight = NOON - 12 * 3_600_000
    assert moment_of("2020-02-13", "Asia/Shanghai") == midnight
    assert moment_of(QDate(2020, 2, 13), "Asia/Shanghai") == midnight


@pytest.mark.parametrize("text", [
    "2020-02-13T24:00", "2020-02-13 24:00:00", "2020-02-13T24:00:00.000", "2020-02-13T24:00+08:00",
    "2020-02-13T24:00:00+0800", "2020-02-13T16:00Z", "2020-02-13T24:00+08", "2020-02-14",
])
def test_twenty_four_hundred_is_the_next_midnight(text: str) -> None:
    assert moment_of(text, "Asia/Shanghai") == NOON + 12 * 3_600_000


def test_twenty_four_hundred_ends_months_and_years_too() -> None:
    assert moment_of("2020-02-29T24:00", "UTC") == moment_of("2020-03-01", "UTC")
    assert moment_of("2019-12-31T24:00Z", "UTC") == moment_of("2020-01-01", "UTC")


@pytest.mark.parametrize("zone", ["UTC+08:00", "UTC+8", "Etc/GMT-8"])
def test_a_zone_may_be_a_fixed_offset(zone: str) -> None:
    assert moment_of("2020-02-13T04:00Z", zone) == NOON


@pytest.mark.parametrize("nothing", [None, "", QDateTime()])
def test_nothing_is_nothing(nothing: object) -> None:
    assert moment_of(nothing, "UTC") is None


@pytest.mark.parametrize("text", [
    "yesterday", "13/02/2020", "2020-02-30", "2020-02-13T24:01", "2020-02-13T25:00", "2020-02-30T24:00",
    "9999-12-31T24:00", "0001-01-01T00:00Z", "24:00",
])
def test_what_is_no_moment_is_named(text: str) -> None:
    with pytest.raises(AtlasError, match=re.escape(text)):
        moment_of(text, "America/New_York")


def test_an_offset_without_a_zone_is_refused() -> None:
    assert moment_of("2020-02-13T12:00", "as written") == NOON
    with pytest.raises(AtlasError, match="no time zone"):
        moment_of("2020-02-13T12:00Z", "as written")
