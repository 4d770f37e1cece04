"""Rules for every suite: with TALLYSTICK_FORBID_SKIPS=1 a test that is skipped has failed; properties have no clock."""

import os
from collections.abc import Generator

import pytest
from hypothesis import HealthCheck, settings

_FORBIDDEN = os.environ.get("TALLYSTICK_FORBID_SKIPS") == "1"


def pytest_configure(config: pytest.Config) -> None:
    """Machines are busy at times. Brownie has a profile of its own, without deadlines too."""
    if not config.pluginmanager.hasplugin("pytest-brownie"):
        settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
        settings.load_profile("busy")


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
