"""Of which calls only one is ever signed: a batch after each batch, a replacement of each, a root for each period."""

from collections.abc import Mapping
from typing import Final

from tallystick.app.signing.readings import Asked
from tallystick.commitments.keccak import keccak256
from tallystick.domain.ids import Address
from tallystick.ports.keys import Once

# By name of the call: what the scope is called, which arguments name it, and how many words are the root's record.
_ONCE: Final[Mapping[str, tuple[str, tuple[str, ...], int]]] = {
    "AttributionRegistry.submitBatch": ("batch", ("header.previousHeader",), 13),
    "AttributionRegistry.replaceBatch": ("replacement", ("convicted.id",), 13),
    "RewardDistributor.propose": ("period", ("proposal.base",), 12),
}


def once_of(asked: Asked, chain_id: int, signer: Address) -> tuple[Once, ...]:
    """No configuration switches it off: a second root is what stakes are slashed for."""
    found = _ONCE.get(asked.name)
    if found is None:
        return ()
    kind, places, words = found
    at = ":".join(f"{asked.fields[place][0]:#x}" for place in places)
    return (Once(f"{kind}:{chain_id}:{asked.contract}:{signer}:{at}", keccak256(asked.body[: 32 * words])),)
