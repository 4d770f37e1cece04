"""A model on the real registries: what it shows when an owner withdraws, how it is flagged, who offers it."""

from dataclasses import replace

import pytest

from support.chain_seller import put_to_serve, sealed
from support.chain_stage import ALICE, DEPLOYER, NORA, OPEN, Stage
from support.factories import index_facts
from support.memory_store import MemoryStore
from tallystick.app.datasets.register import Registrar
from tallystick.app.models.standing import flag, offers, standing
from tallystick.domain.digests import Domain
from tallystick.domain.ids import AssetId, Hash
from tallystick.domain.trees import entry_tree
from tallystick.domain.usage import Terms
from tallystick.errors import Conflict
from tallystick.gateways.chain.devchain import DevChain
from tallystick.gateways.chain.system import ChainSystem
from tallystick.gateways.ledger.books import SqliteLedger
from tallystick.pipeline.datasets.read import Contribution
from tallystick.pipeline.models.card import ModelCard, write_card
from tallystick.pipeline.registration.content_id import entries_of

pytestmark = pytest.mark.integration
STORE = MemoryStore()


@pytest.fixture
def alice(stage: Stage, ledger: SqliteLedger) -> ChainSystem:
    stage.alice.acting_as(DEPLOYER, ledger.outbox).token.transfer(ALICE.address, 10 * OPEN)
    return stage.alice.acting_as(ALICE, ledger.outbox)


@pytest.fixture
def terms(alice: ChainSystem, stage: Stage, devchain: DevChain) -> Terms:
    """Nora's terms on an adapter that was trained on two data sets of Alice's."""
    registrar = Registrar(alice, STORE, ALICE, Domain(alice.chain_id, alice.escrow.address), devchain.mine)
    made = [
        registrar.register(Contribution(n, ({"question": n, "answer": n},)), name=n, licence=2).dataset
        for n in ("east", "west")
    ]
    models, entries = stage.nora.models, entries_of(made)
    evaluation_id = sealed(models)
    root = entry_tree(entries).root
    base, _ = models.register_base(Hash(b"b" * 32), Hash(b"b" * 32))
    card = ModelCard(
        "n",
        base,
        Hash(b"b" * 32),
        Hash(b"a" * 32),
        {},
        entries,
        index_facts(Hash(b"a" * 32), Hash(root.hash)),
    )
    models.register_manifest(Hash(root.hash), root.sum, root.count)
    models.register_index(Hash(b"i" * 32), 1, 1)
    model_id, _ = models.register_adapter(
        base,
        [],
        digest=card.digest,
        content_digest=STORE.add(write_card(card)),
        manifest_root=Hash(root.hash),
        manifest_count=2,
        evaluation_id=evaluation_id,
    )
    put_to_serve(models, model_id, base)
    operator, _ = models.register_operator("http://nora")
    return Terms(NORA.address, operator, model_id, Hash(root.hash), Hash(b"i" * 32), 1, 2)


def test_standing_when_nobody_withdrew_shows_lineage_and_consent(stage: Stage, terms: Terms) -> None:
    shown = standing(stage.nora, STORE, terms.model_id)

    assert (shown.gate, shown.flagged_at, shown.gone) == ("serving", 0, 0)
    assert [a.share for a in shown.lineage] == [600_000, 0]
    assert [d.use for d in shown.datasets] == ["training", "training"]
    assert flag(stage.nora, STORE, terms.model_id) == ()


def test_flag_when_an_owner_withdrew_is_shown_and_ends_new_terms(
    alice: ChainSystem, stage: Stage, terms: Terms
) -> None:
    first, _ = stage.nora.models.register_terms(terms)
    gone = AssetId(standing(stage.nora, STORE, terms.model_id).datasets[1].asset_id)
    alice.datasets.withdraw_asset(gone)

    flagged = flag(stage.vera, STORE, terms.model_id)

    shown = standing(stage.nora, STORE, terms.model_id)
    assert [f.asset_id for f in flagged] == [gone]
    assert (shown.gone, [bool(d.withdrawn_at) for d in shown.datasets]) == (1, [False, True])
    assert shown.flagged_at == shown.lineage[0].flagged_at > 0
    with pytest.raises(Conflict, match="Flagged"):
        stage.nora.models.register_terms(replace(terms, price_in=7))
    assert [o.terms_id for o in offers(stage.nora, terms.model_id)] == [first]


def test_offers_when_terms_are_retired_are_not_listed(stage: Stage, terms: Terms) -> None:
    kept, _ = stage.nora.models.register_terms(terms)
    ended, _ = stage.nora.models.register_terms(replace(terms, price_in=7))
    stage.nora.models.retire_terms(ended)

    (offer,) = offers(stage.nora, terms.model_id)

    assert (offer.terms_id, offer.endpoint, offer.price_in, offer.price_out) == (kept, "http://nora", 1, 2)
