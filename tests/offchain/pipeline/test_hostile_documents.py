"""What others publish by CID, made to fill memory, is an error of the document, told before it is parsed."""

import tracemalloc
from collections.abc import Callable

import pytest

from tallystick.domain.digests import Domain
from tallystick.domain.ids import Address
from tallystick.errors import IntegrityMismatch
from tallystick.pipeline.batches import publication as batches
from tallystick.pipeline.claims import publication as claims
from tallystick.pipeline.datasets.key_grant import read_card, read_key_grant
from tallystick.pipeline.datasets.manifest import read_manifest

DOMAIN = Domain(31337, Address("0x" + "11" * 20))
READERS: dict[str, Callable[[bytes], object]] = {
    "batch": batches.read,
    "period": claims.read,
    "manifest": lambda data: read_manifest(DOMAIN, data),
    "card": lambda data: read_card(DOMAIN, data),
    "key grant": lambda data: read_key_grant(DOMAIN, data),
}
BOMBS = {
    "lists": b'{"format":[' + b"[]," * 6_000_000 + b"[]]}",
    "objects": b'{"format":[' + b"{}," * 6_000_000 + b"{}]}",
    "deep": b'{"format":' + b"[" * 500_000,
    "infinite": b'{"format":Infinity}',
    "long number": b'{"format":' + b"9" * 100_000 + b"}",
}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("bomb", BOMBS)
def test_document_when_it_is_a_bomb_is_refused_without_its_memory(bomb: str, reader: str) -> None:
    tracemalloc.start()
    with pytest.raises(IntegrityMismatch):
        READERS[reader](BOMBS[bomb])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 64 << 20
