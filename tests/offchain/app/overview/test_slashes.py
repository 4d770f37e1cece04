"""Slashes out of events, and events read once."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from tallystick.app.overview import slashes
from tallystick.app.overview.annals import Annals
from tallystick.app.overview.catalogue import SETTLED
from tallystick.domain.digests import case_id
from tallystick.domain.ids import NOBODY, Address, Hash
from tallystick.errors import NotFound
from tallystick.ports import Chain, ChainEvent, Report

REGISTRY, REWARDS, COURT, NORA, VERA = (Address("0x" + f"{n:02x}" * 20) for n in (1, 2, 3, 4, 5))


def event(name: str, block: int, tx: int = 0, **values: Any) -> ChainEvent:
    return ChainEvent("", name, values, block, Hash(bytes(32)), Hash(bytes([tx or block]) * 32), 0)


def taken(block: int, case: Hash, reporter: Address = VERA, tx: int = 0) -> ChainEvent:
    parts = {"amount": 20, "burned": 10, "rewarded": 6, "insured": 4}
    return event("StakeSlashed", block, tx, operator=NORA, caseId=case, reporter=reporter, **parts)


class Told:
    """A chain with these events and a head; counts the blocks that it was asked for."""

    first_block = 1

    def __init__(self, head: int, *events: ChainEvent, has_court: bool = True) -> None:
        self.number, self.events, self.asked, self.has_court = (
            head,
            list(events),
            list[tuple[int, int]](),
            has_court,
        )

    def head(self) -> int:
        return self.number

    def told(self, name: str, first: int, last: int) -> tuple[ChainEvent, ...]:
        self.asked.append((first, last))
        return tuple(e for e in self.events if e.name == name and first <= e.block <= last)

    @property
    def stake(self) -> Any:
        return SimpleNamespace(
            slashes=lambda first, last: self.told("StakeSlashed", first, last),
            report=lambda case: Report(VERA, 6, 900, 800),
        )

    @property
    def batches(self) -> Any:
        return SimpleNamespace(address=REGISTRY, convictions=lambda a, b: self.told("BatchConvicted", a, b))

    @property
    def rewards(self) -> Any:
        return SimpleNamespace(address=REWARDS, convictions=lambda a, b: self.told("ProposalConvicted", a, b))

    @property
    def court(self) -> Any:
        if not self.has_court:
            raise NotFound("The deployment has no AuditCourt.")
        return SimpleNamespace(address=COURT)


def page(told: Told, operator: Address | None = None) -> tuple[slashes.Slash, ...]:
    return convictions().page(cast(Chain, told), 1, operator).rows


def convictions() -> slashes.Convictions:
    return slashes.Convictions(Annals(slashes.slashed), Annals(slashes.convicted))


def test_slashes_when_listed_name_what_was_convicted_beside_them() -> None:
    told = Told(
        50,
        event("BatchConvicted", 10, batchId=7, kind=b"wrongFee".ljust(32, b"\0"), reporter=VERA),
        taken(10, case_id(REGISTRY, 7)),
        event("ProposalConvicted", 20, id=7, kind=b"leafSum".ljust(32, b"\0"), reporter=VERA),
        taken(20, case_id(REWARDS, 7)),
        event("BatchConvicted", 30, batchId=8, kind=b"misattributed".ljust(32, b"\0"), reporter=VERA),
        taken(30, case_id(REGISTRY, 8)),
        taken(30, case_id(COURT, 8), NOBODY),
    )

    found = {(s.subject, s.number, s.kind, s.reporter) for s in page(told)}

    assert found == {
        ("batch", 7, "wrongFee", VERA),
        ("proposal", 7, "leafSum", VERA),
        ("batch", 8, "misattributed", VERA),
        ("audit", 8, "misattributed", None),
    }
    assert [s.block for s in page(told)] == [30, 30, 20, 10]
    assert page(told)[-1].convicted_at == 800


def test_slashes_when_nothing_is_beside_them_say_nothing_of_why() -> None:
    told = Told(50, taken(10, case_id(REGISTRY, 7)), has_court=False)

    assert [(s.subject, s.kind, s.burned) for s in page(told)] == [("", "", 10)]


def test_slashes_when_of_one_operator_hold_no_others() -> None:
    told = Told(50, taken(10, case_id(REGISTRY, 7)))

    assert len(page(told, NORA)) == 1
    assert page(told, VERA) == ()


def test_slash_when_asked_for_by_its_case_is_that_one() -> None:
    told = Told(50, taken(10, case_id(REGISTRY, 7)), taken(30, case_id(COURT, 8), NOBODY))

    assert convictions().of(cast(Chain, told), case_id(COURT, 8)).block == 30
    with pytest.raises(NotFound, match="Nobody was slashed"):
        convictions().of(cast(Chain, told), case_id(COURT, 9))


def test_annals_when_the_chain_grows_ask_for_unsettled_and_new_blocks_alone() -> None:
    told, book = (
        Told(SETTLED + 10, *(taken(n, Hash(bytes([n]) * 32)) for n in (5, 60, 90))),
        Annals(slashes.slashed),
    )
    chain = cast(Chain, told)

    first = [e.block for e in book.all(chain)]
    told.number = SETTLED + 30
    second = [e.block for e in book.all(chain)]

    assert (first, second) == ([5, 60], [5, 60, 90])
    assert told.asked == [(1, SETTLED + 10), (11, SETTLED + 30)]


def test_annals_when_the_chain_was_put_back_begin_anew() -> None:
    told, book = Told(100, taken(5, Hash(b"\5" * 32)), taken(90, Hash(b"\6" * 32))), Annals(slashes.slashed)
    chain = cast(Chain, told)
    book.all(chain)

    told.number = 50

    assert [e.block for e in book.all(chain)] == [5]
