"""What a unit of gas is offered, first and when a transaction has to be replaced."""

import secrets
from dataclasses import dataclass
from typing import Final

from tallystick.errors import Unavailable
from tallystick.gateways.chain.rpc import Rpc

# A geth pool takes a replacement only where both fees are a tenth higher; less is forgotten without a word.
_BUMP_PERCENT: Final = 10
_GWEI: Final = 10**9
_MARK_WEI: Final = 2**24


@dataclass(frozen=True, slots=True)
class Fees:
    """Wei a unit of gas: the most in all, and of that the miner's tip."""

    max_fee: int
    tip: int


def offered(rpc: Rpc, cap_wei: int) -> Fees:
    """What gets mined now, with room for the base fee to double; Unavailable above the cap."""
    base_fee = rpc.base_fee()
    with rpc.translated():
        tip = min(int(rpc.web3.eth.max_priority_fee), max(base_fee, _GWEI))
    if base_fee + tip > cap_wei:
        raise Unavailable(
            f"Gas costs {base_fee + tip} wei, the cap is {cap_wei}.",
            "Wait, or raise the setting `outbox.fee_cap`.",
        )
    return Fees(_marked(2 * base_fee + tip, base_fee + tip, cap_wei), tip)


def _marked(most: int, least: int, cap_wei: int) -> int:
    """By chance a little off, which costs nothing: two homes of one key never sign the same bytes for two payments.

    The same bytes are one transaction, and both would take it for theirs.
    """
    top = min(most + _MARK_WEI, cap_wei)
    return top - secrets.randbelow(min(_MARK_WEI, top - least) + 1)


def replacing(old: Fees, now: Fees, cap_wei: int) -> Fees | None:
    """Fees with which a pool takes a transaction in the place of `old`; None where the cap forbids it."""
    tip = max(_bumped(old.tip), now.tip)
    max_fee = max(_bumped(old.max_fee), now.max_fee, tip)
    return Fees(max_fee, tip) if max_fee <= cap_wei else None


def _bumped(fee: int) -> int:
    return fee + max(-(-fee * _BUMP_PERCENT // 100), 1)
