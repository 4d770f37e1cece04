"""vera audits reward proposals from chain and files alone, and convicts the false ones."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import pytest

from support.factories import account_of, asset_of, named
from support.settled_world import World
from tallystick.app.auditing.rewards import RewardAudit, audit_rewards, forfeit
from tallystick.domain.digests import case_id
from tallystick.domain.finding import FindingKind
from tallystick.domain.ids import Address, AssetId, Hash
from tallystick.domain.reward import CumulativeLeaf, EpochLeaf
from tallystick.domain.trees import cumulative_tree, epoch_tree
from tallystick.errors import NotAuthorised, NotFound
from tallystick.pipeline.claims import publication
from tallystick.ports import Proposal, Report, Transaction

VERA, REWARD = account_of("vera"), 3_000
Kind = FindingKind


@dataclass
class Referee:
    """Believes some kinds and takes down what it is shown."""

    accepts: tuple[str, ...] = tuple(FindingKind)
    shown: list[tuple[str, int, Proposal, tuple[object, ...]]] = field(default_factory=list)

    def holds(
        self, kind: str, proposal_id: int, proposal: Proposal, *evidence: object, reporter: Address
    ) -> bool:
        return kind in self.accepts and reporter == VERA

    def convict(self, kind: str, proposal_id: int, proposal: Proposal, *evidence: object) -> Transaction:
        self.shown.append((kind, proposal_id, proposal, evidence))
        return Transaction(named("conviction"), kind, 50, 190_000, ())

    def report(self, case: Hash) -> Report:
        assert case == case_id(World().rewards.address, 1)
        return Report(VERA, REWARD, 900)


def proposed(world: World, *, matured: bool = False) -> None:
    """The batch is final, and the next period proposed."""
    if not world.batches.entries:
        world.settle("final")
    world.reward(matured=matured)


def claiming(
    world: World,
    epoch: Sequence[EpochLeaf] | None = None,
    cumulative: Sequence[CumulativeLeaf] | None = None,
    **changes: Any,
) -> None:
    """The last proposal says other leaves, and its roots, sums and counts are theirs."""
    old = world.rewards.proposals[-1]
    published = publication.read(world.content.get(old.proposal.data_digest))
    rows = tuple(epoch if epoch is not None else published.epoch)
    totals = tuple(cumulative if cumulative is not None else published.cumulative)
    paid, summed = epoch_tree(rows).root, cumulative_tree(totals).root
    made = replace(
        old.proposal,
        epoch_root=Hash(paid.hash),
        epoch_sum=paid.sum,
        epoch_count=paid.count,
        cumulative_root=Hash(summed.hash),
        cumulative_sum=summed.sum,
        cumulative_count=summed.count,
        data_digest=world.content.add(publication.write(rows, totals)),
    )
    world.rewards.proposals[-1] = replace(old, proposal=replace(made, **changes))


def audited(world: World) -> RewardAudit:
    return audit_rewards(world.chain, world.content, world.rewards.proposals[-1].proposal_id)


def kinds(world: World) -> set[FindingKind]:
    return {finding.kind for finding in audited(world).findings}


def leaves_of(world: World) -> publication.PublishedPeriod:
    return publication.read(world.content.get(world.rewards.proposals[-1].proposal.data_digest))


def test_audit_when_the_proposal_is_honest_finds_nothing() -> None:
    world = World()
    proposed(world)

    report = audited(world)

    assert (report.proposal_id, report.level, report.findings) == (1, "L0", ())
    assert report.epoch_leaves == report.cumulative_leaves == 4


def test_audit_when_a_second_period_is_honest_follows_the_first() -> None:
    world = World()
    proposed(world)
    proposed(world, matured=True)
    only_matured(world)

    assert audited(world).findings == ()


def test_audit_when_a_leaf_pays_more_finds_it_in_both_trees() -> None:
    world = World()
    proposed(world)
    first, *rest = leaves_of(world).epoch
    claiming(world, epoch=[replace(first, amount=first.amount + 1), *rest])

    assert kinds(world) == {Kind.WRONG_TRANCHE, Kind.EPOCH_RANGE}


@pytest.mark.parametrize(
    "change", [{"batch_id": 9}, {"tranche": 1}, {"tranche": 7}, {"asset_id": AssetId(bytes(32))}]
)
def test_audit_when_a_leaf_is_not_owed_finds_it_and_what_it_replaced(change: dict[str, Any]) -> None:
    world = World()
    proposed(world)
    first, *rest = leaves_of(world).epoch
    claiming(world, epoch=[replace(first, **change), *rest])

    assert kinds(world) >= {Kind.WRONG_TRANCHE, Kind.MISSING_EARNING}


def test_audit_when_an_earning_is_left_out_finds_it() -> None:
    world = World()
    proposed(world)
    published = leaves_of(world)
    claiming(world, epoch=published.epoch[1:], cumulative=published.cumulative[1:])

    assert kinds(world) == {Kind.MISSING_EARNING}


def test_audit_when_leaves_are_turned_round_finds_both_orders() -> None:
    world = World()
    proposed(world)
    published = leaves_of(world)
    claiming(world, epoch=published.epoch[::-1], cumulative=published.cumulative[::-1])

    assert kinds(world) >= {Kind.EPOCH_ORDER, Kind.CUMULATIVE_ORDER}


def test_audit_when_a_leaf_follows_another_level_finds_it() -> None:
    world = World()
    proposed(world)
    first, *rest = leaves_of(world).cumulative
    claiming(world, cumulative=[replace(first, previous=5, cumulative=first.cumulative + 5), *rest])

    assert kinds(world) == {Kind.WRONG_PREVIOUS}


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"epoch_count": 3}, Kind.MISPLACED_LEAF),
        ({"cumulative_sum": 1}, Kind.BRANCH_SUM),
        ({"cumulative_count": 5}, Kind.MISPLACED_LEAF),
        ({"epoch_root": Hash(b"\x01" * 32)}, Kind.ROOT_MISMATCH),
    ],
)
def test_audit_when_a_tree_is_not_what_is_said_finds_it(change: dict[str, Any], kind: FindingKind) -> None:
    world = World()
    proposed(world)
    claiming(world, **change)

    assert kind in kinds(world)


@pytest.mark.parametrize("how", ["withheld", "no file", "no batch"])
def test_audit_when_data_is_missing_says_to_challenge_it(how: str) -> None:
    world = World()
    proposed(world)
    digest = world.rewards.proposals[0].proposal.data_digest
    if how == "no file":
        world.tamper(digest, lambda _: b"[]")
    else:
        lost = digest if how == "withheld" else world.batches.entries[0].header.data_digest
        del world.content.held[lost]

    (finding,) = audited(world).findings

    assert finding.kind is Kind.DATA_WITHHELD and "Demand" in finding.message


def test_audit_when_there_is_no_such_proposal_says_so() -> None:
    world = World()

    with pytest.raises(NotFound, match="proposal 3"):
        audit_rewards(world.chain, world.content, 3)


@pytest.mark.parametrize("is_paid", [True, False])
def test_audit_when_a_verdict_withholds_an_assets_rest_finds_it_only_where_it_is_paid(is_paid: bool) -> None:
    world, nora = matured_world(), asset_of("nora")
    if is_paid:
        proposed(world, matured=True)
    world.withheld[1] = nora
    if not is_paid:
        proposed(world, matured=True)
    only_matured(world)

    assert kinds(world) == ({Kind.WRONG_TRANCHE} if is_paid else set())


def test_audit_when_an_assets_rest_is_left_out_without_a_verdict_finds_it() -> None:
    world = matured_world()
    world.withheld[1] = asset_of("nora")
    proposed(world, matured=True)
    del world.withheld[1]
    only_matured(world)

    assert kinds(world) == {Kind.MISSING_EARNING}


def test_forfeit_when_an_asset_is_withheld_shows_what_it_earned() -> None:
    world, shown = matured_world(), []
    chain = world.chain
    chain.reward_referee.forfeit = lambda earning: shown.append(earning)
    with pytest.raises(NotFound, match="batch 1"):
        forfeit(chain, world.content, 1)
    world.withheld[1] = asset_of("nora")

    forfeit(chain, world.content, 1)

    ((batch, first, end),) = shown
    assert batch[0] == 1 and end[0] - first[0] == 2  # a credit of each answer


def matured_world() -> World:
    world = World()
    proposed(world)
    return world


def only_matured(world: World) -> None:
    """The last proposal pays second tranches and no first ones."""
    last = world.rewards.proposals[-1]
    ranges = {"finality_from": 1, "finality_to": 1, "matured_from": 0, "matured_to": 1}
    world.rewards.proposals = [replace(last, proposal=replace(last.proposal, **ranges))]


def test_convict_when_the_first_proof_does_not_hold_sends_the_next() -> None:
    world, referee = World(), Referee(accepts=("wrongTranche",))
    proposed(world)
    first, *rest = leaves_of(world).epoch
    claiming(world, epoch=[replace(first, amount=first.amount + 1), *rest])
    chain = acting(world, referee)

    done = audit_rewards(chain, world.content, 1, convicting=True).conviction

    assert done is not None and (done.kind, done.reward, done.due_at) == ("wrongTranche", REWARD, 900)
    ((kind, proposal_id, proposal, evidence),) = referee.shown
    assert (kind, proposal_id, len(evidence)) == ("wrongTranche", 1, 2)
    assert proposal == world.rewards.proposals[-1].proposal


def test_convict_when_there_is_nothing_false_sends_nothing() -> None:
    world, referee = World(), Referee()
    proposed(world)

    assert audit_rewards(acting(world, referee), world.content, 1, convicting=True).conviction is None
    assert referee.shown == []


def test_convict_when_there_is_no_key_is_refused() -> None:
    world = World()
    proposed(world)
    chain = acting(world, Referee())
    chain.sender = None

    with pytest.raises(NotAuthorised):
        audit_rewards(chain, world.content, 1, convicting=True)


def acting(world: World, referee: Referee) -> Any:
    chain = world.chain
    chain.reward_referee = chain.stake = referee
    chain.sender = SimpleNamespace(address=VERA)
    return chain
