"""The report of a load: honest, complete, and safe to open."""
from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from outbreak_atlas.plugin.core.dataset import Choice, Cleaned, DatasetInfo, SourceFile
from outbreak_atlas.plugin.core.errors import AtlasError
from outbreak_atlas.plugin.core.report import moment_text, report_html, report_path, write_report
from outbreak_atlas.plugin.core.schema import FINDING_COLUMNS, REJECTED_COLUMNS, Step

EVIL = "<script>alert(1)</script>"


def cleaned(synthetic: bool = False, findings: int = 1, rejected: int = 2) -> Cleaned:
    why = Choice("cumulative", f"the column {EVIL} never falls")
    info = DatasetInfo(
        sources=(SourceFile(f"{EVIL}.csv", "ab12", 100, ",", "utf-8", "gzip"),), columns={"time": why}, kind=why,
        listing=why, datum=why, time_zone=Choice("Asia/Shanghai", EVIL), step=Step.DAY, first_values=why,
        metrics=("confirmed",), new_metrics=("new_confirmed",), first=1_580_515_200_000, last=1_580_515_260_001,
        end=1_580_601_600_000, span_first=1_580_515_200_000, span_last=1_580_515_260_001, rows_read=100,
        rows_merged=60, rows_duplicate=8, rows_rejected=2, states=30, places=12, cities=3, located=11,
        totals_level="city", levels=("city",), synthetic=synthetic, options={},
    )
    found = pd.DataFrame([("falling", "warning", 3, EVIL, EVIL)] * findings, columns=list(FINDING_COLUMNS))
    bad = pd.DataFrame([("a.csv", 7, EVIL, EVIL)] * rejected, columns=list(REJECTED_COLUMNS))
    return Cleaned(pd.DataFrame(), pd.DataFrame(), bad, found, info)


def test_it_names_counts_choices_reasons_and_findings() -> None:
    page = report_html(cleaned(), "reports.gpkg")
    for words in ("reports.gpkg", "100", "60", "30", "2020-02-01T00:00:00", "2020-02-01T00:01:00.001",
                  "Asia/Shanghai", "ab12", "never falls", "falling", "11 places have a point"):
        assert words in page


def test_no_text_of_the_data_is_run() -> None:
    page = report_html(cleaned(), EVIL)
    assert "<script" not in page
    assert page.count("&lt;script&gt;") >= 6


def test_it_needs_no_other_file() -> None:
    page = report_html(cleaned(), "reports.gpkg")
    assert "http" not in page
    assert "src=" not in page
    assert page.startswith("<!DOCTYPE html>")


def test_a_synthetic_dataset_is_called_so() -> None:
    assert "synthetic" in report_html(cleaned(synthetic=True), "x")
    assert "synthetic" not in report_html(cleaned(synthetic=False), "x")


def test_nothing_found_is_said() -> None:
    page = report_html(cleaned(findings=0, rejected=0), "x")
    assert "None of the checks found anything." in page
    assert "every row was understood" in page


def test_it_lies_beside_the_geopackage(tmp_path: Path) -> None:
    output = tmp_path / "reports.gpkg"
    assert write_report(cleaned(), output) == report_path(output) == tmp_path / "reports_report.html"
    assert "<h1>reports.gpkg</h1>" in report_path(output).read_text(encoding="utf-8")


def test_a_report_that_cannot_be_written_is_an_error_in_words(tmp_path: Path) -> None:
    report_path(tmp_path / "x.gpkg").mkdir()
    with pytest.raises(AtlasError, match=r"x_report\.html"):
        write_report(cleaned(), tmp_path / "x.gpkg")


def test_moments() -> None:
    assert moment_text(-1) == "1969-12-31T23:59:59.999"
