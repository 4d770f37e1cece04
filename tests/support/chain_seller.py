"""nora sells to bob on the real contracts: terms, signed and acknowledged receipts in her books, her settlement."""

import secrets
from collections.abc import Sequence
from dataclasses import replace

from support.chain_stage import BOB, NORA, Stage
from support.factories import make_terms, named, usage_of
from support.memory_store import MemoryStore
from tallystick.app import exchange
from tallystick.app.settlement.settle import Settlement
from tallystick.domain.dataset import ManifestEntry
from tallystick.domain.digests import Domain, voucher_digest
from tallystick.domain.gate import Verdict
from tallystick.domain.ids import NO_AGENT, ZERO_HASH, AssetId, Hash, Pot
from tallystick.domain.trees import entry_tree
from tallystick.domain.usage import Share, SignedReceipt, SignedVoucher, Terms, Voucher
from tallystick.gateways.keys.keystore import Key
from tallystick.gateways.ledger.books import SqliteLedger
from tallystick.pipeline.receipts.receipt import build_receipt
from tallystick.ports import ModelRegistry, StoredReceipt

FEE = 4_400


def domain_of(stage: Stage) -> Domain:
    return Domain(stage.nora.chain_id, stage.nora.escrow.address)


def settlement_of(stage: Stage, ledger: SqliteLedger, store: MemoryStore) -> Settlement:
    return Settlement(stage.nora, store, ledger, NORA, domain_of(stage))


def sealed(models: ModelRegistry) -> Hash:
    """An evaluation's id; whatever names it must come a block later."""
    evaluation_id, _ = models.commit_evaluation(Hash(secrets.token_bytes(32)))
    return evaluation_id


def put_to_serve(models: ModelRegistry, model_id: AssetId, incumbent: AssetId) -> None:
    """By a verdict of its owner, who is the judge, on a line of the model's own."""
    models.report_verdict(Verdict(model_id, incumbent, named("report"), 40_000, 10_000, 50))
    models.promote(Hash(model_id), model_id)


def register_terms(stage: Stage) -> Terms:
    """Nora's terms over an adapter whose manifest and index are registered."""
    models = stage.nora.models
    evaluation_id = sealed(models)
    root = entry_tree([ManifestEntry(AssetId(named("mills")), named("records of mills"), 5)]).root
    models.register_manifest(Hash(root.hash), root.sum, root.count)
    models.register_index(Hash(root.hash), root.sum, root.count)
    base_id, _ = models.register_base(named("base"), named("base"))
    model_id, _ = models.register_adapter(
        base_id,
        [],
        digest=named("adapter"),
        content_digest=named("card"),
        manifest_root=Hash(root.hash),
        manifest_count=root.count,
        evaluation_id=evaluation_id,
    )
    put_to_serve(models, model_id, base_id)
    asset, _ = models.register_operator("http://127.0.0.1:8700")
    roots = Hash(root.hash), Hash(root.hash)
    terms = Terms(NORA.address, asset, model_id, *roots, price_in=20_000, price_out=60_000)
    models.register_terms(terms)
    return terms


def sell(stage: Stage, ledger: SqliteLedger, count: int, *, asset: AssetId) -> None:
    """`count` answers on lane 0 under terms that nobody registered; half of the training pot is the asset's."""
    shares = (Share(asset, Pot.OPERATOR, 1_000_000), Share(asset, Pot.TRAINING, 500_000))
    terms = make_terms(operator=NORA.address, operator_asset=asset)
    sell_under(stage, ledger, terms, count, shares=shares)


def sell_under(
    stage: Stage,
    ledger: SqliteLedger,
    terms: Terms,
    count: int,
    *,
    lane: int = 0,
    shares: Sequence[Share] | None = None,
    agent: AssetId = NO_AGENT,
    signer: Key = BOB,
) -> None:
    """`count` answers of `FEE` base units each; without `shares` only the operator earns. `signer` acts for bob."""
    domain, chosen = domain_of(stage), shares or (Share(terms.operator_asset, Pot.OPERATOR, 1_000_000),)
    at = Voucher(BOB.address, NORA.address, lane, 0, 0, ZERO_HASH)
    for number in range(count):
        built = build_receipt(domain, terms, at, replace(usage_of(str(number)), agent=agent), chosen)
        signed = SignedReceipt(built.receipt, built.lines, NORA.sign_digest(built.digest))
        ledger.receipts.store(StoredReceipt(built.digest, built.head, built.receipt, exchange.encode(signed)))
        spent = built.receipt.cumulative
        at = Voucher(BOB.address, NORA.address, lane, spent, spent, built.head)
        ledger.vouchers.store(SignedVoucher(at, signer.sign_digest(voucher_digest(domain, at))))
