"""vera audits nora's batches from chain and files alone, and is paid for the false one that she convicts."""

from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from support.factories import account_of, named
from support.settled_world import World
from tallystick.app.auditing.batches import audit_batch, collect, convict
from tallystick.domain.digests import case_id
from tallystick.domain.finding import Finding, FindingKind
from tallystick.domain.ids import Address, AssetId, Hash
from tallystick.domain.trees import Credit, credits_of
from tallystick.errors import IntegrityViolation, InvalidInput, NotAuthorised, NotFound
from tallystick.ports import OnChainBatch, Report, Transaction

VERA = account_of("vera")
REWARD, GRACE = 3_000, 100


@dataclass
class Referees:
    """Takes down what it is shown; pays on conviction."""

    accepts: bool = True
    shown: list[tuple[str, OnChainBatch, tuple[object, ...]]] = field(default_factory=list)
    paid: list[Hash] = field(default_factory=list)

    def holds(self, kind: str, batch: OnChainBatch, *evidence: object, reporter: Address) -> bool:
        return self.accepts and reporter == VERA

    def convict(self, kind: str, batch: OnChainBatch, *evidence: object) -> Transaction:
        self.shown.append((kind, batch, evidence))
        return Transaction(named("conviction"), kind, 50, 210_000, ())

    def report(self, case: Hash) -> Report:
        assert case == case_id(World().batches.address, self.shown[-1][1].batch_id)
        return Report(VERA, REWARD, 900)

    def pay_report(self, case: Hash) -> Transaction:
        self.paid.append(case)
        return Transaction(named("payment"), "payReport", 51, 60_000, ())


def stolen(world: World) -> list[Credit]:
    """One credit names another asset; the tree is in order all the same."""
    honest = list(credits_of(world.receipts))
    at = next(i for i, c in enumerate(honest) if c.asset_id == world.data["alice"].asset_id)
    honest[at] = replace(honest[at], asset_id=AssetId(b"\xff" * 32))
    return sorted(honest, key=lambda c: c.key)


def acting(world: World, referees: Referees) -> Any:
    chain = world.chain
    chain.referees = chain.stake = referees
    chain.sender = type("Sender", (), {"address": VERA})()
    return chain


def kinds(world: World, batch_id: int) -> list[FindingKind]:
    return [f.kind for f in audit_batch(world.chain, world.content, batch_id).findings]


def test_audit_when_the_batch_is_honest_finds_nothing() -> None:
    world = World()

    report = audit_batch(world.chain, world.content, world.settle())

    assert (report.batch_id, report.level, report.findings) == (1, "L0", ())
    assert (report.receipts, report.credits) == (2, len(credits_of(world.receipts)))


def test_audit_when_a_credit_is_not_its_line_finds_it_and_what_it_replaced() -> None:
    world = World()

    assert kinds(world, world.settle(credits_=stolen(world))) == [
        FindingKind.CREDIT_MISMATCH,
        FindingKind.MISSING_CREDIT,
    ]


def test_audit_when_a_credit_has_another_amount_finds_exactly_that() -> None:
    world = World()
    first, second, *rest = credits_of(world.receipts)
    moved = [replace(first, amount=first.amount + 1), replace(second, amount=second.amount - 1), *rest]

    found = kinds(world, world.settle(credits_=moved))

    assert found == [FindingKind.CREDIT_MISMATCH] * 2


def test_audit_when_the_money_was_not_redeemed_finds_each_receipt() -> None:
    world = World()
    world.redeemed = 0

    assert kinds(world, world.settle()) == [FindingKind.BEYOND_REDEEMED] * 2


def test_audit_when_the_terms_are_unknown_finds_a_wrong_fee() -> None:
    world = World()
    batch_id = world.settle()
    world.terms = replace(world.terms, price_in=1)

    assert set(kinds(world, batch_id)) == {FindingKind.WRONG_FEE}


@pytest.mark.parametrize(("retired_at", "expected"), [(49, [FindingKind.RETIRED_ASSET]), (50, []), (101, [])])
def test_audit_when_a_data_set_was_retired_longer_than_the_grace_before_finds_it_once(
    retired_at: int, expected: list[FindingKind]
) -> None:
    world = World()
    batch_id = world.settle()
    world.retired[world.data["alice"].asset_id] = retired_at

    report = audit_batch(world.chain, world.content, batch_id)

    assert [f.kind for f in report.findings] == expected
    assert all(f.is_provable for f in report.findings)


def test_audit_when_receipts_are_settled_twice_finds_the_overlap() -> None:
    world = World()
    world.settle("final")

    assert kinds(world, world.settle()) == [FindingKind.OVERLAP] * 2


@pytest.mark.parametrize("status", ["convicted", "voided", "released"])
def test_audit_when_the_earlier_batch_fell_finds_no_overlap(status: str) -> None:
    world = World()
    world.settle(status)

    assert kinds(world, world.settle()) == []


def test_audit_when_the_file_cannot_be_read_says_to_challenge_it() -> None:
    world = World()
    batch_id = world.settle()
    world.tamper(world.batches.entries[0].header.data_digest, lambda _: b"{}")

    (finding,) = audit_batch(world.chain, world.content, batch_id).findings

    assert finding.kind is FindingKind.DATA_WITHHELD and "Demand" in finding.message


def test_audit_when_nobody_holds_the_file_says_to_challenge_it() -> None:
    world = World()
    batch_id = world.settle()
    del world.content.held[world.batches.entries[0].header.data_digest]

    (finding,) = audit_batch(world.chain, world.content, batch_id).findings

    assert finding.kind is FindingKind.DATA_WITHHELD and not finding.is_provable


@pytest.mark.parametrize(("late", "expected"), [(0, []), (1, [FindingKind.RETIRED_TERMS] * 2)])
def test_audit_when_terms_had_been_retired_keeps_to_the_grace(late: int, expected: list[FindingKind]) -> None:
    world = World()
    batch_id = world.settle()
    world.retired_at = world.batches.batch(batch_id).submitted_at - GRACE - late

    assert kinds(world, batch_id) == expected


def test_audit_when_no_file_gives_the_sources_says_that_it_cannot_know() -> None:
    world = World()
    batch_id = world.settle()
    del world.content.held[world.model.content_digest]

    assert set(kinds(world, batch_id)) == {FindingKind.SOURCES_UNKNOWN}


def test_audit_when_the_earlier_batch_is_an_orphan_finds_no_overlap() -> None:
    world = World()
    world.batches.orphans.add(world.settle())

    assert audit_batch(world.chain, world.content, world.settle()).findings == ()


def test_audit_when_the_header_is_not_the_stored_one_stops() -> None:
    world = World()
    batch_id = world.settle()
    entry = world.batches.entries[0]
    world.batches.entries[0] = replace(entry, header=replace(entry.header, total=1))

    with pytest.raises(IntegrityViolation, match="batch 1"):
        audit_batch(world.chain, world.content, batch_id)


def test_audit_when_there_is_no_such_batch_says_so() -> None:
    world = World()

    with pytest.raises(NotFound):
        audit_batch(world.chain, world.content, 7)


def test_convict_when_the_proof_holds_sends_it_and_tells_the_reward() -> None:
    world, referees = World(), Referees()
    batch_id = world.settle(credits_=stolen(world))
    finding = audit_batch(world.chain, world.content, batch_id).findings[0]

    done = convict(acting(world, referees), world.content, batch_id, finding)

    assert (done.kind, done.gas_used, done.reward) == ("creditMismatch", 210_000, REWARD)
    ((kind, accused, evidence),) = referees.shown
    assert (kind, accused) == ("creditMismatch", world.batches.batch(batch_id)) and len(evidence) == 2
    assert done.due_at == 900 and collect(acting(world, referees), batch_id) == REWARD
    assert referees.paid == [case_id(world.batches.address, batch_id)]


def test_convict_when_receipts_overlap_shows_the_earlier_batch() -> None:
    world, referees = World(), Referees()
    earlier, batch_id = world.settle("final"), world.settle()
    finding = audit_batch(world.chain, world.content, batch_id).findings[1]

    done = convict(acting(world, referees), world.content, batch_id, finding)

    assert done.kind == "overlap" and referees.shown[0][2][1] == world.batches.batch(earlier).named


def test_convict_when_the_dry_run_fails_sends_nothing() -> None:
    world, referees = World(), Referees(accepts=False)
    batch_id = world.settle(credits_=stolen(world))
    finding = audit_batch(world.chain, world.content, batch_id).findings[0]

    with pytest.raises(InvalidInput, match="does not hold"):
        convict(acting(world, referees), world.content, batch_id, finding)
    assert referees.shown == []


def test_convict_when_no_transaction_proves_it_is_refused() -> None:
    world = World()
    batch_id = world.settle()

    with pytest.raises(InvalidInput, match="rootMismatch"):
        finding = Finding(FindingKind.ROOT_MISMATCH, "no such tree")
        convict(acting(world, Referees()), world.content, batch_id, finding)


def test_convict_when_there_is_no_key_is_refused() -> None:
    world = World()
    chain = acting(world, Referees())
    chain.sender = None

    with pytest.raises(NotAuthorised):
        convict(chain, world.content, world.settle(), Finding(FindingKind.PADDING, "none"))


def test_audit_when_convicting_sends_the_first_proof_that_holds() -> None:
    world, referees = World(), Referees()
    batch_id = world.settle(credits_=stolen(world))

    done = audit_batch(acting(world, referees), world.content, batch_id, convicting=True).conviction

    assert done is not None and (done.kind, done.reward) == ("creditMismatch", REWARD)
    assert len(referees.shown) == 1


@pytest.mark.parametrize("is_false", [True, False])
def test_audit_when_no_proof_holds_convicts_of_nothing(is_false: bool) -> None:
    world, referees = World(), Referees(accepts=not is_false)
    batch_id = world.settle(credits_=stolen(world) if is_false else None)

    report = audit_batch(acting(world, referees), world.content, batch_id, convicting=True)

    assert report.conviction is None and bool(report.findings) == is_false and referees.shown == []


@pytest.mark.parametrize(("held", "unknown"), [(2, []), (1, [1])])
def test_audit_when_no_file_shows_a_receipt_in_the_replaced_batch_finds_it(
    held: int, unknown: list[int]
) -> None:
    world = World()
    served, world.receipts = world.receipts, world.receipts[:held]
    first, world.receipts = world.settle("convicted"), served
    batch_id = world.settle()
    world.batches.replaces[batch_id] = first

    report = audit_batch(world.chain, world.content, batch_id)

    assert [f.location.receipt for f in report.findings] == unknown
    assert {f.kind for f in report.findings} <= {FindingKind.UNKNOWN_ORIGIN}
