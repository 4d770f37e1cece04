"""What a key has spent on fees today, and whether another transaction may be added to it."""

import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from tallystick.domain.ids import Address, Hash
from tallystick.errors import FeesSpent
from tallystick.gateways.chain.sending.policy import SendPolicy
from tallystick.ports import Outbox, OutboxEntry

_DAY_S: Final = 86_400
# What loses money or evidence where it is late: answers to demands and audits of one's own batches.
_DEFENCE: Final = {"AuditCourt.deliver", "AuditCourt.appeal"}
_CONVICTION: Final = {"OperatorStake.commitReport", "OperatorStake.claimReport"}
_CONVICTING: Final = ("challenge", "convictSilent", "demandLeaf")


class DayFees:
    """Of one key, by UTC days. Mined transactions count as what they paid, open ones as the most that they may."""

    def __init__(
        self, outbox: Outbox, policy: SendPolicy, receipt: Callable[[OutboxEntry], Mapping[str, Any] | None]
    ) -> None:
        self._outbox, self._policy, self._receipt = outbox, policy, receipt
        self._paid: dict[tuple[int, Hash], int] = {}

    def check(self, chain: str, sender: Address, what: str, most: int) -> None:
        """FeesSpent where `most` wei more would go beyond the cap, unless the settings spare such a deed."""
        cap = self._policy.day_cap_wei
        if not cap or what == "no-op" or is_spared(what, self._policy.day_cap_spares):
            return
        spent = self.spent(chain, sender)
        if spent + most > cap:
            raise FeesSpent(
                f"{what} may cost {most} wei, and {sender} has spent or bound {spent} of the {cap} of this day (UTC).",
                "Nothing was signed. Wait for the next day, or raise the setting `outbox.day_cap`.",
            )

    def spent(self, chain: str, sender: Address) -> int:
        now = int(time.time())
        found = self._outbox.signed_since(chain, sender, now - now % _DAY_S)
        return sum(map(self._cost, found))

    def _cost(self, entry: OutboxEntry) -> int:
        if entry.state == "signed" or entry.block_hash is None:
            return _most_of(entry)
        key = (entry.nonce, entry.block_hash)  # after a reorganisation it may have cost another sum
        if key not in self._paid:
            receipt = self._receipt(entry)
            if receipt is None:
                return _most_of(entry)
            self._paid[key] = int(receipt["gasUsed"]) * int(
                receipt.get("effectiveGasPrice", entry.last.max_fee)
            )
        return self._paid[key]


def _most_of(entry: OutboxEntry) -> int:
    return (entry.call.gas if entry.call else 0) * entry.last.max_fee


def is_spared(what: str, spares: str) -> bool:
    """Whether `Contract.function` goes on past the cap under the setting `outbox.day_cap_spares`."""
    contract, _, function = what.partition(".")
    is_defence = function.startswith("answer") or what in _DEFENCE
    is_conviction = contract.endswith("Referee") or function in _CONVICTING or what in _CONVICTION
    return (is_defence and spares in ("defence", "both")) or (
        is_conviction and spares in ("conviction", "both")
    )
