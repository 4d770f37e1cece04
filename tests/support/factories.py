"""Signed records between bob, the consumer, and nora, the operator, on a made-up chain and escrow."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from tallystick.commitments.keccak import keccak256
from tallystick.commitments.signatures import address_of, sign
from tallystick.domain.answers.opened import OutputRecord, PassageRef
from tallystick.domain.attribution import IndexFacts
from tallystick.domain.dataset import ManifestEntry
from tallystick.domain.digests import Domain, head_after, receipt_digest, voucher_digest
from tallystick.domain.ids import ZERO_HASH, Address, AssetId, Hash, Pot, address
from tallystick.domain.trees import entry_tree
from tallystick.domain.usage import Share, SignedReceipt, SignedVoucher, Terms, Voucher
from tallystick.pipeline.receipts.receipt import Usage, build_receipt


def named(text: str) -> Hash:
    """32 bytes that stand for something."""
    return Hash(keccak256(text.encode()))


def key_of(name: str) -> bytes:
    return named("key of " + name)


def account_of(name: str) -> Address:
    return address(address_of(key_of(name)))


def asset_of(name: str) -> AssetId:
    return AssetId(named("asset of " + name))


def entries_named(*names: str) -> tuple[ManifestEntry, ...]:
    """Data sets as a manifest or an index lists them."""
    found = [ManifestEntry(asset_of(n), named("records of " + n), len(n)) for n in names]
    return tuple(sorted(found, key=lambda e: e.dataset_id))


def index_facts(adapter: Hash, manifest: Hash) -> IndexFacts:
    """What a card says of an index of two rows."""
    return IndexFacts(
        root=named("index rows"),
        rows=2,
        row_bytes=286,
        features_of=adapter,
        manifests=(manifest,),
        layers="all LoRA matrices",
        gradient=(512, 2),
        hidden=(576, 2),
        centre=named("centre"),
        threads=1,
    )


MANIFEST, INDEX = entries_named("alice", "ines", "tomas"), entries_named("petra", "omar")
TERMS = Terms(
    operator=account_of("nora"),
    operator_asset=asset_of("nora"),
    model_id=asset_of("adapter"),
    manifest_root=Hash(entry_tree(MANIFEST).root.hash),
    index_root=Hash(entry_tree(INDEX).root.hash),
    price_in=20_000,
    price_out=60_000,
)
DOMAIN = Domain(31337, account_of("escrow"))
SHARES = (
    Share(asset_of("nora"), Pot.OPERATOR, 1_000_000),
    Share(asset_of("petra"), Pot.RETRIEVAL, 333_333),
    Share(asset_of("adapter"), Pot.LINEAGE, 600_000),
    Share(asset_of("alice"), Pot.TRAINING, 250_001),
    Share(asset_of("ines"), Pot.TRAINING, 250_000),
)


def make_terms(**changes: Any) -> Terms:
    return replace(TERMS, **changes)


def output_of(text: str, tokens: int = 40) -> OutputRecord:
    shown = (PassageRef(asset_of("petra"), 0),)
    return OutputRecord("Answer " + text, tuple(range(tokens)), shown, b"fingerprint")


def usage_of(text: str, tokens: tuple[int, int] = (100, 40)) -> Usage:
    return Usage(
        messages=({"role": "user", "content": "Question " + text},),
        output=output_of(text, tokens[1]),
        tokens_in=tokens[0],
        salt=named("salt " + text),
        served_at=1_795_000_000,
    )


def opening_voucher(consumer: str = "bob", lane: int = 0, limit: int = 0, operator: str = "nora") -> Voucher:
    return Voucher(account_of(consumer), account_of(operator), lane, limit, 0, ZERO_HASH)


def signed_voucher(voucher: Voucher, by: str) -> SignedVoucher:
    return SignedVoucher(voucher, sign(voucher_digest(DOMAIN, voucher), key_of(by)))


def make_receipt(
    at: Voucher, text: str = "", *, terms: Terms = TERMS, shares: Sequence[Share] = SHARES, by: str = "nora"
) -> SignedReceipt:
    """The receipt that follows `at`, signed and not yet acknowledged."""
    built = build_receipt(DOMAIN, terms, at, usage_of(text), shares)
    return SignedReceipt(built.receipt, built.lines, sign(built.digest, key_of(by)))


def acknowledged(signed: SignedReceipt, by: str = "bob") -> SignedReceipt:
    """The receipt with the voucher that covers exactly it."""
    receipt = signed.receipt
    head = head_after(receipt, receipt_digest(DOMAIN, receipt))
    voucher = Voucher(
        receipt.consumer, receipt.operator, receipt.lane, receipt.cumulative, receipt.cumulative, head
    )
    return replace(signed, voucher=signed_voucher(voucher, by))


def make_lane(
    count: int, consumer: str = "bob", lane: int = 0, *, shares: Sequence[Share] = SHARES
) -> tuple[SignedReceipt, ...]:
    """Acknowledged receipts, one after the other."""
    at, found = opening_voucher(consumer, lane), []
    for number in range(count):
        done = acknowledged(make_receipt(at, f"{consumer} {lane} {number}", shares=shares), consumer)
        assert done.voucher is not None
        found.append(done)
        at = done.voucher.voucher
    return tuple(found)
