"""A data set of one record that was public before, and the proof that takes it out."""

from typing import Any

from tallystick.commitments.keccak import keccak256
from tallystick.commitments.sum_tree import SumTree
from tallystick.domain.ids import ZERO_HASH, Address, AssetId
from tallystick.gateways.chain.inprocess.evm import Evm
from tallystick.gateways.chain.inprocess.system import DEPLOYER

CONTENT, SALT = keccak256(b"what everybody could read"), keccak256(b"salt")


class Squat:
    """Registered when this is made; the corpus that it repeats is listed then."""

    def __init__(self, evm: Evm, contracts: Any, owner: Address) -> None:
        self._prior, self._owner, self._by = contracts.PriorArt, owner, {"from": DEPLOYER}
        corpus, self._copy = _tree(bytes(32)), _tree(SALT)
        contracts.OpenToken.approve(self._prior, 2**255, self._by)
        self._corpus = self._prior.claim(corpus.root.hash, 1, evm.now(), ZERO_HASH, self._by)
        evm.wait(int(self._prior.window()) + 1)
        self._prior.list(self._corpus, self._by)
        self._known = (bytes(32), owner, 0, bytes(32), corpus.path(0).packed)
        self.dataset_id = self._register(evm, contracts)

    def exclude(self) -> None:
        """`Reverted` where it is out already."""
        copied = (self.dataset_id, self._owner, 0, SALT, self._copy.path(0).packed)
        self._prior.exclude(self._corpus, self._known, copied, CONTENT, self._by)

    def _register(self, evm: Evm, contracts: Any) -> AssetId:
        registry, root, own = contracts.DatasetRegistry, self._copy.root.hash, {"from": self._owner}
        due = int(registry.bondBase()) + int(registry.bondPerRecord())
        contracts.OpenToken.transfer(self._owner, due, self._by)
        contracts.OpenToken.approve(registry, due, own)
        registry.commit(registry.commitmentOf(self._owner, root, SALT), own)
        for _ in range(int(registry.commitDelay())):  # blocks
            evm.wait(1)
        return AssetId(bytes(registry.reveal((root, root, SALT, ZERO_HASH, 1, 1), own)))


def _tree(salt: bytes) -> SumTree:
    return SumTree([(keccak256(b"\x08" + bytes(4) + CONTENT + salt), 1)])
