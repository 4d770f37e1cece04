"""A base model, trees and an operator ready made, and terms that are right unless a test changes them."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from contracts.gates import seal

POTS = (400, 300, 300, 4_500, 2_000, 1_200, 1_000, 300)
MANIFEST, INDEX = b"\x0a" * 32, b"\x0b" * 32


def digest(number: int) -> bytes:
    return bytes([number]) * 32


@dataclass(frozen=True, slots=True)
class Offer:
    operator: str
    operator_asset: bytes
    model_id: bytes
    manifest_root: bytes = MANIFEST
    index_root: bytes = INDEX
    price_in: int = 1_000
    price_out: int = 2_000
    pots: tuple[int, ...] = POTS

    def but(self, **changes: Any) -> "Offer":
        return replace(self, **changes)

    def as_tuple(self) -> tuple[Any, ...]:
        trees = (self.manifest_root, self.index_root)
        return (
            *(self.operator, self.operator_asset, self.model_id, *trees),
            *(self.price_in, self.price_out, list(self.pots)),
        )


@pytest.fixture
def base_id(system: Any, petra: Any) -> bytes:
    system.models.registerBase(digest(1), digest(2), petra.tx)
    return bytes(system.models.assetIdOf(petra.address, 2, digest(1)))


@pytest.fixture
def adapter(system: Any) -> Callable[..., bytes]:
    """Registers an adapter with a manifest of one data set; its id."""

    def register(person: Any, base_id: bytes, number: int, *parents: bytes) -> bytes:
        system.models.registerManifest(MANIFEST, 5, 1, person.tx)
        rest = (digest(number), digest(200), MANIFEST, 1, seal(system.models, person))
        system.models.registerAdapter(base_id, list(parents), *rest, person.tx)
        return bytes(system.models.assetIdOf(person.address, 2, digest(number)))

    return register


@pytest.fixture
def offer(system: Any, nora: Any, base_id: bytes) -> Offer:
    """Everything that these terms of Nora's name is registered."""
    system.models.registerManifest(MANIFEST, 5, 1, nora.tx)
    system.models.registerIndex(INDEX, 5, 1, nora.tx)
    system.models.registerOperator("https://nora.example", nora.tx)
    return Offer(nora.address, bytes(system.models.operatorAssetOf(nora.address)), base_id)
