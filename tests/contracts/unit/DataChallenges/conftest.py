"""An open batch of Nora's, and Vera, who doubts that its data can be had."""

from collections.abc import Callable
from typing import Any

import pytest

from contracts.fraud.conftest import draft, ledger, money, receipts, signing, submit, terms
from contracts.settlement import Draft, Ledger

__all__ = ["draft", "ledger", "money", "receipts", "signing", "submit", "terms"]
RECEIPT, CREDIT, ORIGIN = range(3)


@pytest.fixture
def batch_id(draft: Draft, submit: Any) -> int:
    return int(submit(draft.header()))


@pytest.fixture
def demand(system: Any, ledger: Ledger, vera: Any) -> Callable[..., Any]:
    """Vera demands a leaf with the bond that is asked."""

    def send(number: int, kind: int, index: int, by: Any = vera, extra: int = 0) -> Any:
        value = system.challenges.bondOf(number) * 2 + extra
        return system.challenges.challenge(ledger.named(number), kind, index, {**by.tx, "value": value})

    return send
