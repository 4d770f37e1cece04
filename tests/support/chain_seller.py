"""nora sells to bob on the real contracts: signed, acknowledged receipts in her books, and her settlement."""

from support.chain_stage import BOB, NORA, Stage
from support.factories import make_terms, usage_of
from support.settled_world import MemoryStore
from tallystick.app import exchange
from tallystick.app.settlement.settle import Settlement
from tallystick.domain.digests import Domain, voucher_digest
from tallystick.domain.ids import ZERO_HASH, AssetId, Pot
from tallystick.domain.usage import Share, SignedReceipt, SignedVoucher, Terms, Voucher
from tallystick.gateways.ledger.books import SqliteLedger
from tallystick.pipeline.receipts.receipt import build_receipt
from tallystick.ports import StoredReceipt


def domain_of(stage: Stage) -> Domain:
    return Domain(stage.nora.chain_id, stage.nora.escrow.address)


def settlement_of(stage: Stage, ledger: SqliteLedger, store: MemoryStore) -> Settlement:
    return Settlement(stage.nora, store, ledger, NORA, domain_of(stage))


def sell(
    stage: Stage, ledger: SqliteLedger, count: int, *, asset: AssetId, terms: Terms | None = None
) -> None:
    """`count` answers of 4,400 base units each on lane 0; half of the operator pot is nora's agent's."""
    domain, terms = domain_of(stage), terms or make_terms(operator=NORA.address, operator_asset=asset)
    shares = (Share(asset, Pot.OPERATOR, 1_000_000), Share(asset, Pot.TRAINING, 500_000))
    at = Voucher(BOB.address, NORA.address, 0, 0, 0, ZERO_HASH)
    for number in range(count):
        built = build_receipt(domain, terms, at, usage_of(str(number)), shares)
        signed = SignedReceipt(built.receipt, built.lines, NORA.sign_digest(built.digest))
        ledger.receipts.store(StoredReceipt(built.digest, built.head, built.receipt, exchange.encode(signed)))
        spent = built.receipt.cumulative
        at = Voucher(BOB.address, NORA.address, 0, spent, spent, built.head)
        ledger.vouchers.store(SignedVoucher(at, BOB.sign_digest(voucher_digest(domain, at))))
