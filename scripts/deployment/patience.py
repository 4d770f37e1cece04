"""Brownie asks for a transaction once, and calls it dropped where the node knows it a moment later."""

import time
from collections.abc import Callable
from typing import Any

from web3.exceptions import TransactionNotFound

TRIES, PAUSE_S = 100, 0.02
_ASKED = ("get_transaction", "get_transaction_receipt")


def be_patient(eth: Any) -> None:
    """Lets `web3.eth` ask again for up to two seconds. Between pool and block a node may know a transaction, or its
    receipt, later than the sender's nonce."""
    for name in _ASKED:
        ask = getattr(eth, name)
        if not hasattr(ask, "patient"):
            setattr(eth, name, _patient(ask))


def _patient(ask: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def patiently(transaction: Any) -> Any:
        for _ in range(TRIES):
            try:
                return ask(transaction)
            except TransactionNotFound:
                time.sleep(PAUSE_S)
        return ask(transaction)

    patiently.patient = True  # type: ignore[attr-defined]
    return patiently
