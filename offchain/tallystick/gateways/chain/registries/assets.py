"""What every registry knows of an asset."""

from typing import ClassVar

from tallystick.domain.ids import Address, AssetId, Hash
from tallystick.gateways.chain.binding import Binding
from tallystick.ports import ChainEvent, Transaction


class ContentRegistry(Binding):
    """What all registries know of an asset. `_HISTORY` names the events that tell its life."""

    _HISTORY: ClassVar[tuple[str, ...]] = ("AssetTransferred", "PayoutSet", "AssetRetired", "AssetWithdrawn")

    def history(self, first: int, last: int) -> tuple[ChainEvent, ...]:
        """What happened to assets in these blocks, in chain order."""
        found = [event for name in self._HISTORY for event in self._events(name, first, last)]
        return tuple(sorted(found, key=lambda event: (event.block, event.log_index)))

    def owner_of(self, asset_id: AssetId) -> Address:
        return Address(self._call("ownerOf", asset_id))

    def payout_of(self, asset_id: AssetId) -> Address:
        return Address(self._call("payoutOf", asset_id))

    def registered_at(self, asset_id: AssetId) -> int:
        return int(self._call("registeredAtOf", asset_id))

    def retired_at(self, asset_id: AssetId) -> int:
        return int(self._call("retiredAtOf", asset_id))

    def withdrawn_at(self, asset_id: AssetId) -> int:
        return int(self._call("withdrawnAtOf", asset_id))

    def is_usable_at(self, asset_id: AssetId, judged_at: int) -> bool:
        """Whether a batch that is judged as of then may pay the asset."""
        return bool(self._call("isUsableAt", asset_id, judged_at))

    def use_grace(self) -> int:
        """Seconds that a batch may still pay a retired asset."""
        return int(self._call("USE_GRACE"))

    def asset_id_of(self, owner: Address, kind: int, content: Hash) -> AssetId:
        return AssetId(self._call("assetIdOf", owner, kind, content))

    def set_payout(self, asset_id: AssetId, payout: Address) -> Transaction:
        return self._send("setPayout", asset_id, payout)

    def transfer_asset(self, asset_id: AssetId, to: Address) -> Transaction:
        return self._send("transferAsset", asset_id, to)

    def retire_asset(self, asset_id: AssetId) -> Transaction:
        return self._send("retireAsset", asset_id)

    def withdraw_asset(self, asset_id: AssetId) -> Transaction:
        return self._send("withdrawAsset", asset_id)
