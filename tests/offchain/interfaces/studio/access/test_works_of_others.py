"""Work has an owner: its progress, its report and its very title are for him and for the operator alone."""

from collections.abc import Iterator
from pathlib import Path
from time import sleep
from typing import Any

import pytest

from support.studio.visiting import Visitor, linked, signed_in, visiting
from tallystick.app.auditing.batches import AuditReport
from tallystick.gateways.keys.dev_keys import dev_key
from tallystick.interfaces.studio.access.guard import COOKIE

ANN, BEN = dev_key(3), dev_key(4)


class Node:
    def audit_batch(self, **told: Any) -> AuditReport:
        return AuditReport(told["batch_id"], "L0", 3, 4, ())

    def audit_rewards(self, **told: Any) -> None:
        raise AssertionError("nobody asked for it")


@pytest.fixture
def visitor(tmp_path: Path) -> Iterator[Visitor]:
    with visiting(Node(), tmp_path, member=ANN) as opened:
        yield opened


def become(visitor: Visitor, who: Any) -> None:
    """ann, ben, the operator ("") or nobody (None)."""
    sessions = visitor.studio.sessions
    visitor.cookies.clear()
    if who is not None:
        session = signed_in(sessions, who) if who else linked(sessions)
        visitor.cookies.set(COOKIE, session.id, domain="127.0.0.1", path="/")
        visitor.csrf = session.csrf


@pytest.mark.parametrize(("who", "status"), [(ANN, 200), ("", 200), (BEN, 404), (None, 401)])
def test_audit_when_another_member_asked_for_it_is_not_there(visitor: Visitor, who: Any, status: int) -> None:
    work = visitor.work_of(visitor.send_form("/audit/run", what="batch", number=7))
    while not work.is_over:
        sleep(0.01)
    become(visitor, who)

    assert visitor.get(f"/audit/report/{work.number}").status_code == status
    assert visitor.get(f"/progress/{work.number}").status_code == status


def test_report_when_the_work_was_no_audit_or_there_is_none_says_so(visitor: Visitor) -> None:
    become(visitor, "")
    other = visitor.studio.works.start("Closing a batch", lambda: 3, page="/usage/batches", owner="0xa")
    while not other.is_over:
        sleep(0.01)

    for number in (other.number, 999):
        found = visitor.get(f"/audit/report/{number}")
        assert found.status_code == 404 and f"ork {number}" in found.text


@pytest.mark.parametrize(("who", "sees"), [(ANN, True), ("", True), (BEN, False), (None, False)])
def test_title_when_work_is_under_way_is_for_its_owner(visitor: Visitor, who: Any, sees: bool) -> None:
    may_end: list[int] = []

    def job() -> None:
        while not may_end:
            sleep(0.01)

    works = visitor.studio.works
    work = works.start("Registering secret-letters", job, page="/data", owner=ANN.address)
    become(visitor, who)
    seen = visitor.studio.sessions.get(visitor.cookies.get(COOKIE))

    found = works.under_way_of(seen)
    may_end.append(1)
    assert (work in found) is sees
