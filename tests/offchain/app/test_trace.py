"""vera follows an answer through an honest world, then through ones where a single link was tampered with."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from support.factories import DOMAIN, asset_of, named, output_of
from support.settled_world import FILES, World
from tallystick.app.trace import Trace, trace
from tallystick.commitments.sealing import MANIFEST_ROLE, seal
from tallystick.domain.attribution import IndexFacts
from tallystick.domain.ids import Hash
from tallystick.domain.trees import credits_of
from tallystick.errors import IntegrityMismatch, NotFound
from tallystick.pipeline.datasets.manifest import read_manifest
from tallystick.pipeline.models.card import read_card, write_card
from tallystick.ports import PaidClaim

Change = Callable[[World], None]
LINKS = [
    "record",
    "data set",
    "data set",
    "data set",
    "manifest",
    "adapter",
    "terms",
    "receipt",
    "lines",
    "batch",
]
LINKS += ["reward root", "claim"]


@pytest.fixture
def paid() -> World:
    """Both tranches active and claimed."""
    world = World()
    world.settle("final")
    world.reward()
    world.reward(matured=True)
    world.claim_all()
    return world


def traced(world: World) -> Trace:
    return trace(world.chain, world.content, world.digest, world.opening)


def manifest_digest(world: World, name: str) -> Hash:
    return world.registered[world.data[name].asset_id].manifest_digest


def records_digest(world: World, name: str) -> Hash:
    return read_manifest(DOMAIN, world.content.held[manifest_digest(world, name)]).records_digest


def change_card(world: World, **changes: Any) -> None:
    """Another card, canonical as it is, under the digest that the chain names."""
    world.tamper(world.model.content_digest, lambda d: write_card(replace(read_card(d), **changes)))


def other_index(world: World, **changes: Any) -> IndexFacts:
    return replace(read_card(world.content.held[world.model.content_digest]).attribution, **changes)


def adapter_file(world: World, name: str) -> Hash:
    return read_card(world.content.held[world.model.content_digest]).files[name]


def test_trace_when_all_is_honest_walks_every_link(paid: World) -> None:
    found = traced(paid)

    assert [step.name for step in found.steps] == LINKS
    assert found.is_complete and found.batch_id == 1
    assert found.steps[9].hash == paid.batches.entries[0].header_hash
    assert found.steps[10].hash == paid.rewards.periods[-1].cumulative_root


def test_trace_when_opened_shows_the_record_that_carried_the_answer(paid: World) -> None:
    (record,) = traced(paid).records

    assert (record.dataset, record.index, record.text) == ("alice", 1, "When? May.")


def test_trace_when_paid_gives_rewards_that_are_the_credits_of_the_batch(paid: World) -> None:
    found = traced(paid)

    alice = paid.data["alice"].asset_id
    earned = sum(x.amount for r in paid.receipts for x in r.lines if x.asset_id == alice)
    assert sum(r.amount for r in found.rewards if r.asset_id == alice) == earned > 0
    assert sum(c.amount for c in found.claims if c.asset_id == alice) == earned


def test_trace_when_not_opened_still_verifies_and_shows_no_record(paid: World) -> None:
    found = trace(paid.chain, paid.content, paid.digest)

    assert found.records == () and found.is_complete


def test_trace_when_the_batch_is_open_leaves_later_links_pending() -> None:
    world = World()
    world.settle()

    found = traced(world)

    assert [s.name for s in found.steps if s.is_pending] == ["batch", "reward root", "claim"]


def test_trace_when_only_the_first_tranche_is_active_leaves_the_second_pending() -> None:
    world = World()
    world.settle("final")
    world.reward()

    found = traced(world)

    assert [s.name for s in found.steps if s.is_pending] == ["reward root", "claim"]
    assert {r.tranche for r in found.rewards} == {0}


def test_trace_when_an_assets_rest_is_withheld_follows_the_others(paid: World) -> None:
    with pytest.raises(IntegrityMismatch):
        paid.withheld[1] = asset_of("nora")
        traced(paid)
    world = World()
    world.withheld[1] = asset_of("nora")
    world.settle("final")
    world.reward()
    world.reward(matured=True)

    second = {r.asset_id: r.amount for r in traced(world).rewards if r.tranche == 1}

    assert second.pop(asset_of("nora")) == 0 and all(second.values())


def test_trace_when_no_batch_has_the_receipt_says_so() -> None:
    with pytest.raises(NotFound, match="No batch settles"):
        traced(World())


def test_trace_when_another_batch_is_broken_still_finds_the_receipt(paid: World) -> None:
    paid.settle("convicted", credits_=())
    entry = paid.batches.entries[-1]
    paid.batches.entries[-1] = replace(entry, header_hash=named("other"))

    assert traced(paid).batch_id == 1


BROKEN: dict[str, tuple[str, Change]] = {
    "record": ("record", lambda w: w.tamper(records_digest(w, "alice"))),
    "document": ("record", lambda w: w.tamper(records_digest(w, "petra"))),
    "last record": (
        "record",
        lambda w: w.tamper(records_digest(w, "alice"), lambda d: d.replace(b"May", b"Mai")),
    ),
    "manifest": ("data set", lambda w: w.tamper(manifest_digest(w, "ines"))),
    "other manifest": (
        "data set",
        lambda w: w.tamper(manifest_digest(w, "ines"), lambda _: w.content.held[manifest_digest(w, "alice")]),
    ),
    "card": ("adapter", lambda w: w.tamper(w.model.content_digest, lambda d: d[1:])),
    "card's digest": ("adapter", lambda w: change_card(w, digest=named("another"))),
    "card's base": ("adapter", lambda w: change_card(w, base_id=named("another"))),
    "card's index": (
        "adapter",
        lambda w: change_card(w, attribution=other_index(w, features_of=named("another"))),
    ),
    "index's manifest": (
        "manifest",
        lambda w: change_card(w, attribution=other_index(w, manifests=(named("no"),))),
    ),
    "card's manifest": ("manifest", lambda w: change_card(w, manifest=())),
    "weights": ("adapter", lambda w: w.tamper(adapter_file(w, next(iter(FILES))))),
    "batch": ("batch", lambda w: w.tamper(w.batches.entries[0].header.data_digest)),
    "first period": ("reward root", lambda w: w.tamper(w.rewards.periods[0].data_digest)),
    "second period": ("reward root", lambda w: w.tamper(w.rewards.periods[1].data_digest)),
}


@pytest.mark.parametrize("name", BROKEN)
def test_trace_when_a_file_is_tampered_with_names_its_link(paid: World, name: str) -> None:
    link, change = BROKEN[name]
    change(paid)

    with pytest.raises(IntegrityMismatch, match=f"`{link}`"):
        traced(paid)


def _other_manifest_root(world: World) -> None:
    world.model = replace(world.model, manifest_root=named("another"))


def _unpaid_trained(world: World) -> None:
    """The chain says of ines's data what its manifest does not."""
    asset = world.data["ines"].asset_id
    world.registered[asset] = replace(world.registered[asset], root=named("another"))


def _other_header(world: World) -> None:
    entry = world.batches.entries[0]
    world.batches.entries[0] = replace(entry, header=replace(entry.header, total=entry.header.total + 1))


def _other_root(world: World) -> None:
    world.rewards.periods[0] = replace(world.rewards.periods[0], cumulative_root=named("another"))


def _other_epoch(world: World) -> None:
    first = world.rewards.proposals[0]
    changed = replace(first.proposal, epoch_root=named("another"))
    world.rewards.proposals[0] = replace(first, proposal=changed)


def _overpaid(world: World) -> None:
    world.rewards.paid.append(
        PaidClaim(
            world.data["alice"].asset_id, world.registered[world.data["alice"].asset_id].owner, 1, named("tx")
        )
    )


CONTRADICTED: dict[str, tuple[str, Change]] = {
    "manifest root": ("manifest", _other_manifest_root),
    "data set root": ("data set", _unpaid_trained),
    "header": ("batch", _other_header),
    "cumulative root": ("reward root", _other_root),
    "epoch root": ("reward root", _other_epoch),
    "claims": ("claim", _overpaid),
}


@pytest.mark.parametrize("name", CONTRADICTED)
def test_trace_when_the_chain_says_other_names_the_link(paid: World, name: str) -> None:
    link, change = CONTRADICTED[name]
    change(paid)

    with pytest.raises(IntegrityMismatch, match=f"`{link}`"):
        traced(paid)


def test_trace_when_the_terms_are_others_names_them(paid: World) -> None:
    terms, chain = replace(paid.terms, price_in=1), paid.chain
    chain.models.terms = lambda _: terms

    with pytest.raises(IntegrityMismatch, match="`terms`"):
        trace(chain, paid.content, paid.digest)


@pytest.mark.parametrize(
    ("field", "value"), [("output", output_of("another")), ("messages_json", "[]"), ("salt", bytes(32))]
)
def test_trace_when_the_opening_is_another_names_the_receipt(paid: World, field: str, value: object) -> None:
    changed = replace(paid.opening, **{field: value})

    with pytest.raises(IntegrityMismatch, match="`receipt`"):
        trace(paid.chain, paid.content, paid.digest, changed)


def test_trace_when_the_evidence_names_no_record_names_the_record(paid: World) -> None:
    changed = replace(
        paid.opening, attribution_json=paid.opening.attribution_json.replace('"record": 1', '"record": 9')
    )

    with pytest.raises(IntegrityMismatch, match="`record`"):
        trace(paid.chain, paid.content, paid.digest, changed)


def test_trace_when_a_credit_was_stolen_names_the_lines() -> None:
    world = World()
    first, *rest = credits_of(world.receipts)
    credits_ = [replace(first, asset_id=named("thief")), *rest]
    world.settle(credits_=sorted(credits_, key=lambda c: c.key))

    with pytest.raises(IntegrityMismatch, match="`lines`"):
        traced(world)


def test_trace_when_a_period_pays_less_than_the_credits_names_the_reward_root() -> None:
    world = World()
    world.settle("final")
    honest = world.receipts
    world.receipts = honest[:1]  # nora forgets the second receipt in the period
    world.reward()
    world.receipts = honest

    with pytest.raises(IntegrityMismatch, match=r"`reward root`.*its credits give"):
        traced(world)


def test_trace_when_a_data_set_is_private_rests_on_the_chain_and_shows_none_of_its_records(
    paid: World,
) -> None:
    asset = paid.data["petra"].asset_id
    sealed = paid.content.add(seal(named("petra's key"), MANIFEST_ROLE, b"{}"))
    paid.registered[asset] = replace(paid.registered[asset], manifest_digest=sealed)

    found = traced(paid)

    assert [step.name for step in found.steps] == LINKS
    assert asset not in {r.asset_id for r in found.records} and "Tides" not in str(found.steps)
    (told,) = [step for step in found.steps if step.hash == paid.data["petra"].root]
    assert "private" in told.what and "encrypted" in told.what and "rebuilt" not in told.verified_by
