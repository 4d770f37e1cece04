"""Public corpora: what the chain says of a data set that repeats them."""

from tallystick.domain.ids import AssetId
from tallystick.gateways.chain.contracts import Contract


class PriorArt:
    """Satisfies `ports.PriorArt`. On a deployment that has no such contract every data set may earn."""

    def __init__(self, contract: Contract | None) -> None:
        self._contract = contract

    def is_eligible_at(self, asset_id: AssetId, at: int) -> bool:
        return self._contract is None or bool(self._contract.call("isEligibleAt", asset_id, at))

    def out_since(self, asset_id: AssetId) -> int:
        return 0 if self._contract is None else int(self._contract.call("outSince", asset_id))

    def excluded_of(self, asset_id: AssetId) -> int:
        return 0 if self._contract is None else int(self._contract.call("excludedOf", asset_id))
