"""What an answer came from: gains per channel, scores per data set, shares with their null."""

from dataclasses import dataclass

from tallystick.domain.ids import AssetId, Pot
from tallystick.domain.usage import Share


@dataclass(frozen=True, slots=True)
class Evidence:
    """One cluster's contribution to one channel, with the record that carried it. Values are nats, or bytes for spans."""

    channel: str
    asset_id: AssetId
    record_index: int
    value: float
    reason: str


@dataclass(frozen=True, slots=True)
class Gains:
    """Log-probability of the answer, nats per token: base alone, with the adapter, with adapter and context."""

    base: float
    adapter: float
    context: float


@dataclass(frozen=True, slots=True)
class Attribution:
    """Integer shares for the pots retrieval, lineage and training; what is missing to 10^6 in a pot is its null share."""

    shares: tuple[Share, ...]
    evidence: tuple[Evidence, ...]
    gains: Gains

    def top(self, pot: Pot) -> AssetId | None:
        """The asset that earned most of a pot, None when nobody did."""
        held = [s for s in self.shares if s.pot is pot]
        return max(held, key=lambda s: (s.ppm, s.asset_id)).asset_id if held else None
