"""A bounded share of the fraud campaign on the real contracts; and it would notice a fraud that goes unpunished."""

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prove.campaign import ROOT
from prove.fraud import search
from prove.fraud.adversary import is_accusation
from prove.fraud.claims import BatchClaim, ReceiptEntry, entry_of, sealed
from prove.fraud.honesty import UNKNOWN, WITHHELD, faults
from prove.fraud.judge import Verdict, accusations, as_audited, convicts, judge, judge_origin
from prove.fraud.mutate import mutated, spots
from prove.fraud.repair import COLLUSION, repaired
from prove.fraud.rewards import judge as reward_judge
from prove.fraud.rewards.world import reward_world_of
from prove.fraud.setting import GRACE, USE_GRACE, account_of
from prove.fraud.shape import Branch, Leaf, Padding, added_up, is_whole, leaves_of, whole
from prove.fraud.world import World, world_of
from tallystick.domain.batch import STATUSES
from tallystick.domain.digests import receipt_digest
from tallystick.domain.ids import AssetId, Hash, Pot
from tallystick.domain.usage import SignedReceipt, is_payment_lane
from tallystick.pipeline.auditing.fraud_proofs import prove_overlap
from tallystick.pipeline.auditing.receipt_checks import check_overlaps

pytestmark = pytest.mark.slow

PAIR = 4  # the seed of a world with two receipts
SOME = settings(max_examples=20, deadline=None, derandomize=True, database=None)


@SOME
@given(seed=st.integers(0, 2**40))
def test_honest_batch_when_accused_of_everything_stands(seed: int) -> None:
    found = search.slander_batches(seed, worlds=1, calls=150)

    assert found.trials > 200
    assert found.counts["failures"] == 0, found.note


@SOME
@given(seed=st.integers(0, 2**40))
def test_batch_when_changed_falls_unless_it_is_honest(seed: int) -> None:
    found = search.search_batches(seed, worlds=1, claims=30)

    assert found.counts["failures"] == 0, found.note


@SOME
@given(seed=st.integers(0, 2**40))
def test_honest_proposal_when_accused_of_everything_stands(seed: int) -> None:
    found = search.slander_rewards(seed, worlds=1, calls=150)

    assert found.trials == 150
    assert found.counts["failures"] == 0, found.note


@SOME
@given(seed=st.integers(0, 2**40))
def test_proposal_when_changed_falls_unless_it_is_honest(seed: int) -> None:
    found = search.search_rewards(seed, worlds=1, claims=30)

    assert found.counts["failures"] == 0, found.note


def test_proposal_when_changed_is_convicted_of_every_kind() -> None:
    kinds = set()
    for seed in range(30):
        draw = random.Random(seed)
        with reward_world_of(seed) as world:
            verdicts = [reward_judge.judge(world, search.changed_period(draw, world)) for _ in range(30)]
            kinds |= {v.came for v in verdicts if v.is_conviction}
            referee = world.contracts.RewardReferee.functions().values()

    assert kinds == {f.name for f in referee if is_accusation(f)}


def test_batch_when_a_false_one_fell_before_it_stands_by_whomever_it_is_posted() -> None:
    posters = set()
    for seed in range(16):
        with world_of(PAIR) as world:
            assert search.fell(random.Random(seed), world)
            assert judge(world, world.honest).came == "honest"
            posters.add(world.honest.header.poster)

    assert posters == {account_of("nora"), account_of("vera")}


def test_lane_when_another_operator_serves_its_number_too_overlaps_nothing() -> None:
    accused = 0
    for seed in range(12):
        with world_of(seed) as world:
            batch = world.submit(world.honest)
            for named, rival in world.earlier:
                if rival.header.operator == world.operator:
                    continue
                before = as_audited(world, rival)
                for finding in check_overlaps(as_audited(world, world.honest), before):
                    proof = prove_overlap(as_audited(world, world.honest), finding, named, before)
                    assert not convicts(world, batch, proof)
                    accused += 1
            assert judge(world, world.rival).came == "honest"

    assert accused > 0


def test_replacement_when_its_origin_is_forged_is_refused() -> None:
    origins = []
    for seed in range(10):
        draw = random.Random(seed)
        with world_of(seed) as world:
            search.fell(draw, world, world.rival)
            search.fell(draw, world)
            for _ in range(25):
                origins.append(search.forged_origin(draw, world))
                assert judge_origin(world, world.honest, origins[-1]).came == "refused"

    assert {origin[1][0] for origin in origins} >= {account_of("nora"), account_of("vera")}
    assert {origin[2][4] for origin in origins} >= {search.CONVICTED, STATUSES.index("open")}


def test_replacement_when_a_receipt_is_not_the_convicted_batchs_falls_by_silence_alone() -> None:
    with world_of(PAIR) as world:
        while world.fallen is None:
            assert search.fell(world.draw, world)
        digests = [receipt_digest(world.domain, e.signed.receipt) for e in world.honest.entries()]
        assert judge(world, world.honest).came == "honest"
        assert world.facts.origins[world.operator] >= set(digests)

        receipts = [e.signed for e in world.honest.entries()]
        altered = replace(receipts[0].receipt, query_commit=world.bytes32())
        signed = world.signed(altered, receipts[0].lines)
        verdict = judge(world, world.claim([signed]))

    assert verdict == Verdict("withheld", (UNKNOWN,))


def test_replacement_when_it_holds_a_payments_receipt_stands_by_whomever_it_is_posted() -> None:
    posters = set()
    for seed in range(60):
        with world_of(seed) as world:
            draw = random.Random(seed)
            if not payments(world) or not any(search.fell(draw, world) and world.fallen for _ in range(4)):
                continue
            if payments(world):
                assert judge(world, world.honest).came == "honest"
                posters.add(world.honest.header.poster)

    assert posters == {account_of("nora"), account_of("vera")}


def test_payment_when_another_receipt_was_redeemed_for_it_convicts() -> None:
    with world_of(first(lambda w: bool(payments(w)))) as world:
        shown = payments(world)[0]
        altered = replace(shown.receipt, query_commit=world.bytes32())
        signed = replace(world.signed(altered, shown.lines), voucher=None)
        verdict = judge(world, world.claim([signed]))

    assert verdict == Verdict("falsePayment", ("payment",))


def payments(world: World) -> list[SignedReceipt]:
    entries = world.honest.entries()
    return [e.signed for e in entries if is_payment_lane(e.signed.receipt.lane)]


def test_judge_when_an_origin_is_taken_that_was_to_be_refused_says_that_it_was_missed() -> None:
    with world_of(PAIR) as world:
        while world.fallen is None:
            assert search.fell(world.draw, world)

        assert judge_origin(world, world.honest, world.fallen).came == "missed"


def test_batch_when_changed_is_mostly_convicted_and_of_many_kinds() -> None:
    kinds = set()
    for seed in range(6):
        draw = random.Random(seed)
        with world_of(seed) as world:
            verdicts = [judge(world, search.changed_batch(draw, world)) for _ in range(50)]
        kinds |= {v.came for v in verdicts if v.is_conviction}

    assert len(kinds) >= 12


@pytest.mark.parametrize("late", [0, 1])
def test_predicate_when_terms_were_retired_keeps_to_the_grace(late: int) -> None:
    with world_of(first(lambda w: not w.facts.ends)) as world:
        terms = world.honest.entries()[0].signed.receipt.terms_id
        world.retire(world.facts.offers[terms])
        world.evm.wait(GRACE + late)
        wrong = faults(world.honest, world.facts, world.evm.now())
        proofs = [p.kind for p in accusations(world, world.honest)]

    assert wrong == ({"retired terms"} if late else set())
    assert set(proofs) == ({"retiredTerms"} if late else set())


@pytest.mark.parametrize("late", [0, 1])
def test_predicate_when_an_asset_was_retired_keeps_to_the_grace(late: int) -> None:
    with world_of(first(lambda w: any(True for _ in paid_agents(w)))) as world:
        agent = next(paid_agents(world))
        agents = world.contracts.AgentRegistry
        agents.retireAsset(agent, {"from": agents.ownerOf(agent)})
        world.facts.asset_ends[agent] = world.evm.now() + USE_GRACE
        world.evm.wait(USE_GRACE + late)
        wrong = faults(world.honest, world.facts, world.evm.now())
        proofs = [p.kind for p in accusations(world, world.honest)]

    assert wrong - {"retired terms"} == ({"retired asset"} if late else set())
    assert ("retiredAsset" in proofs) == bool(late)


def paid_agents(world: World) -> Iterator[AssetId]:
    for entry in world.honest.entries():
        yield from (line.asset_id for line in entry.signed.lines if line.pot == Pot.AGENT)


def test_judge_when_lines_are_withheld_convicts_the_silence() -> None:
    with world_of(PAIR) as world:
        claim = with_unknown_lines(world)
        verdict = judge(world, claim)

        assert verdict == Verdict("withheld", (WITHHELD,)) and verdict.is_conviction
        assert list(accusations(world, claim)) == []
        assert judge(world, world.honest).came == "honest"


def with_unknown_lines(world: World) -> BatchClaim:
    """Every receipt names lines that nobody has, and everybody signed that."""

    def walk(node: Leaf | Padding | Branch) -> Leaf | Padding | Branch:
        if isinstance(node, Branch):
            return replace(node, left=walk(node.left), right=walk(node.right))
        if isinstance(node, Leaf):
            signed = node.entry.signed
            receipt = replace(signed.receipt, lines_hash=Hash(bytes(32)))
            return replace(node, entry=replace(node.entry, signed=replace(signed, receipt=receipt)))
        return node

    parts = frozenset({"join", "sign", "head", COLLUSION})
    return repaired(world.facts, replace(world.honest, receipts=walk(world.honest.receipts)), parts)


def test_judge_when_a_proof_is_lacking_says_that_it_was_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("prove.fraud.judge.find_fault", lambda root, node: None)
    with world_of(PAIR) as world:
        verdict = judge(world, with_a_leaf_under_another_sum(world))

    assert verdict.is_failure and "receipt tree" in verdict.faults


def test_judge_when_an_honest_batch_is_accused_says_that_it_was_slandered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with world_of(PAIR) as world:
        proofs = list(accusations(world, with_a_leaf_under_another_sum(world)))
        monkeypatch.setattr("prove.fraud.judge.accusations", lambda world, claim: iter(proofs))

        assert judge(world, world.honest).came == "slandered"
        assert not convicts(world, world.submit(world.honest), proofs[0])


def with_a_leaf_under_another_sum(world: World) -> BatchClaim:
    """The leftmost leaf's parent says one unit more of it, and one less of its neighbour."""

    def walk(node: Leaf | Padding | Branch) -> Leaf | Padding | Branch:
        assert isinstance(node, Branch)
        if isinstance(node.left, Leaf):
            return replace(node, left_sum=node.left_sum + 1, right_sum=node.right_sum - 1)
        return replace(node, left=walk(node.left))

    claim = world.honest
    return sealed(world.domain, replace(claim, receipts=walk(claim.receipts)))


def first(wanted: Callable[[World], bool]) -> int:
    """The least seed of such a world."""
    for seed in count():
        with world_of(seed) as world:
            if wanted(world):
                return seed
    raise AssertionError


@pytest.mark.parametrize("size", [0, 1, 2, 3, 4, 5, 8, 9])
def test_tree_when_made_of_leaves_is_whole_and_no_other(size: int) -> None:
    rows = [Leaf(str(i), i + 1) for i in range(size)]
    shape, total = whole(rows)

    assert is_whole(shape, total, size) and list(leaves_of(shape)) == rows
    assert added_up(shape) == shape
    assert not is_whole(shape, total + 1, size) and not is_whole(shape, total, size + 1)
    assert not is_whole(Branch(shape, total, Padding(), 0), total, size)


def test_mutations_when_drawn_change_every_kind_of_field() -> None:
    with world_of(PAIR) as world:
        claim, draw = world.honest, random.Random(0)
        fields = {(s.kind[0], s.kind[1]) for s in spots(claim)}
        changed = {kind for _ in range(1_500) for kind in differing(claim, mutated(draw, claim))}

    assert changed >= fields - {("BatchClaim", "header")}


def differing(one: object, other: object) -> set[tuple[str, str]]:
    """The kinds of the outermost fields that differ, and of all below them."""
    mine = {s.path: s for s in spots(one)}
    return {s.kind for s in spots(other) if s.path not in mine or mine[s.path].value != s.value}


def test_claim_when_its_receipt_is_as_before_is_the_same() -> None:
    with world_of(1) as world:
        entry: ReceiptEntry = world.honest.entries()[0]

        assert entry_of(world.domain, entry.signed) == entry


def test_campaign_when_digested_covers_contracts_auditor_and_search() -> None:
    tested = {str(path.relative_to(ROOT)) for path in search.campaign().tested}

    assert {
        "offchain/tallystick/gateways/chain/abi/BatchReferee.json",
        "offchain/tallystick/pipeline/auditing/replay.py",
        "scripts/prove/fraud/honesty.py",
        "scripts/deployment/plan.py",
    } <= tested
