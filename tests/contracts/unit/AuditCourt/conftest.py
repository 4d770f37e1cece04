"""Eight verifiers, each with a seat, and an open batch of Nora's."""

from typing import Any

import pytest

from contracts.audits import SEATED, Game
from contracts.fraud.conftest import draft, ledger, money, receipts, signing, submit, terms

__all__ = ["draft", "ledger", "money", "receipts", "signing", "submit", "terms"]


@pytest.fixture
def seated(system: Any, people: dict[str, Any]) -> None:
    for number, name in enumerate(SEATED, 1):
        system.roster.enrol(bytes([number]) * 32, people[name].tx)


@pytest.fixture
def game(system: Any, people: dict[str, Any], seated: None, draft: Any, submit: Any, ledger: Any) -> Game:
    return Game(system, people, ledger, submit(draft.header()))
