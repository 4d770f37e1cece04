"""Rules for every suite: with TALLYSTICK_FORBID_SKIPS=1 a test that is skipped has failed."""

import os
from collections.abc import Generator

import pytest

_FORBIDDEN = os.environ.get("TALLYSTICK_FORBID_SKIPS") == "1"


def _forbid(report: pytest.TestReport | pytest.CollectReport) -> None:
    if _FORBIDDEN and report.skipped and not hasattr(report, "wasxfail"):
        report.longrepr = f"skipped, though TALLYSTICK_FORBID_SKIPS=1: {report.longrepr}"
        report.outcome = "failed"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    _forbid(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    _forbid(report)
    return report
