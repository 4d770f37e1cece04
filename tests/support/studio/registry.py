"""The registry of data sets and the token as one owner's wallet sees them: what is sent takes effect at once."""

import json
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from tallystick.domain.ids import Address, AssetId, Hash, Purpose
from tallystick.errors import NotFound
from tallystick.pipeline.registration.content_id import dataset_id, seal
from tallystick.ports import Revelation

REGISTRY, TOKEN, ESCROW = (Address("0x" + part * 20) for part in ("d5", "70", "e5"))
CHAIN = 31337


@dataclass
class Registry:
    """A chain whose only registry takes commitments of `owner`, and opens them two blocks later."""

    owner: Address
    held: int = 10**7
    allowed: int = 0
    height: int = 10
    committed: dict[Hash, int] = field(default_factory=dict)
    opened: dict[AssetId, Revelation] = field(default_factory=dict)
    address: Address = REGISTRY
    chain_id: int = CHAIN

    @property
    def datasets(self) -> Any:
        return self

    @property
    def escrow(self) -> Any:
        return SimpleNamespace(address=ESCROW)

    @property
    def token(self) -> Any:
        return SimpleNamespace(
            address=TOKEN,
            balance_of=lambda account: self.held,
            allowance=lambda owner, spender: self.allowed,
            calldata=self.calldata,
        )

    def head(self) -> int:
        return self.height

    def wait(self, count: int) -> None:
        self.height += count

    def bond_of(self, count: int) -> int:
        return 10**6 + count * 10**4

    def licence_purposes(self, code: int) -> Purpose:
        return Purpose.TRAIN | Purpose.SERVE if code else Purpose(0)

    def reveal_blocks(self) -> tuple[int, int]:
        return 2, 20

    def commit_block(self, owner: Address, commitment: Hash) -> int:
        if commitment not in self.committed:
            raise NotFound("There is no open commitment.")
        return self.committed[commitment]

    def dataset(self, asset_id: AssetId) -> Revelation:
        if asset_id not in self.opened:
            raise NotFound("No such data set.")
        return self.opened[asset_id]

    def calldata(self, function: str, *arguments: Any) -> bytes:
        return json.dumps([function, *(a.hex() if isinstance(a, bytes) else a for a in arguments)]).encode()

    def reveal_calldata(self, opened: Revelation) -> bytes:
        told = (opened.root, opened.manifest_digest, opened.salt)
        return self.calldata("reveal", *told, opened.count, opened.licence)

    def take(self, data: bytes) -> None:
        """One transaction of the owner's; a wrong one is a revert, and so an error."""
        function, *told = json.loads(data)
        self.height += 1
        if function == "approve":
            self.allowed = told[1]
        elif function == "commit":
            self.committed[Hash(bytes.fromhex(told[0]))] = self.height
        else:
            root, digest, salt = (Hash(bytes.fromhex(part)) for part in told[:3])
            opened = Revelation(root, told[3], digest, told[4], salt)
            assert (
                self.height - 1 >= self.committed.pop(seal(self.owner, root, salt)) + self.reveal_blocks()[0]
            )
            bond = self.bond_of(opened.count)
            assert bond <= min(self.held, self.allowed)
            self.held -= bond
            self.opened[dataset_id(CHAIN, REGISTRY, self.owner, root)] = opened
