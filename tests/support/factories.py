"""Signed records between bob, the consumer, and nora, the operator, on a made-up chain and escrow."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from tallystick.commitments.keccak import keccak256
from tallystick.commitments.signatures import address_of
from tallystick.domain.digests import Domain
from tallystick.domain.ids import Address, AssetId, Hash, Pot, address
from tallystick.domain.usage import Share, Terms


def named(text: str) -> Hash:
    """32 bytes that stand for something."""
    return Hash(keccak256(text.encode()))


def key_of(name: str) -> bytes:
    return named("key of " + name)


def account_of(name: str) -> Address:
    return address(address_of(key_of(name)))


def asset_of(name: str) -> AssetId:
    return AssetId(named("asset of " + name))


TERMS = Terms(
    operator=account_of("nora"),
    operator_asset=asset_of("nora"),
    model_id=asset_of("adapter"),
    manifest_root=named("manifest"),
    index_root=named("index"),
    price_in=20_000,
    price_out=60_000,
)
SHARES = (
    Share(asset_of("nora"), Pot.OPERATOR, 1_000_000),
    Share(asset_of("petra"), Pot.RETRIEVAL, 333_333),
    Share(asset_of("base"), Pot.LINEAGE, 700_000),
    Share(asset_of("alice"), Pot.TRAINING, 250_001),
    Share(asset_of("ines"), Pot.TRAINING, 250_000),
)


def make_terms(**changes: Any) -> Terms:
    return replace(TERMS, **changes)


def shares_for(*names: str, pot: Pot = Pot.TRAINING, ppm: int = 1000) -> Sequence[Share]:
    return [Share(asset_of(name), pot, ppm) for name in names]


DOMAIN = Domain(31337, account_of("escrow"))
