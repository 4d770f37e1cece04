"""An open batch of Nora's of which every receipt is drawn, and a planted one that its payer, Bob, agreed to."""

from dataclasses import astuple, replace
from typing import Any

import pytest

from contracts.audits import Game
from contracts.canaries import Planted
from contracts.fraud.conftest import answer, draft, ledger, money, signing, submit, terms
from contracts.settlement import Draft, Signing
from contracts.unit.AuditCourt.conftest import seated
from tallystick.domain.digests import voucher_digest
from tallystick.domain.ids import Hash, address
from tallystick.domain.usage import SignedReceipt, Terms, Voucher

__all__ = ["draft", "ledger", "money", "seated", "signing", "submit", "terms"]


@pytest.fixture
def receipts(signing: Signing, terms: Terms) -> list[SignedReceipt]:
    """Large enough that their audit line pays for looking at all of them."""
    first = answer(signing, terms, None, 1, 202)
    return [first, answer(signing, terms, first, 1, 114), answer(signing, terms, None, 2, 66)]


@pytest.fixture
def planted(system: Any, draft: Draft, bob: Any) -> Planted:
    return Planted(system, draft, bob)


@pytest.fixture
def unplanted(
    system: Any, people: dict[str, Any], seated: None, draft: Draft, submit: Any, ledger: Any
) -> Game:
    """Nobody has committed to anything."""
    return Game(system, people, ledger, submit(draft.header()))


@pytest.fixture
def game(planted: Planted, nora: Any, unplanted: Game) -> Game:
    """Nora has committed to it, and nobody has opened the audit."""
    planted.commit(nora)
    return unplanted


@pytest.fixture
def few(
    system: Any, people: dict[str, Any], seated: None, signing: Signing, terms: Terms, money: Any,
    submit: Any, ledger: Any, planted: Planted,
) -> Game:  # fmt: skip
    """A batch on another lane whose audit line does not pay for looking at all of it."""
    made, before = [], None
    for _ in range(3):
        before = answer(signing, terms, before, 3, 60)
        made.append(before)
    money(3, before.receipt.cumulative)
    planted.draft = Draft.of(signing.domain, made)
    return Game(system, people, ledger, submit(planted.draft.header()))


@pytest.fixture
def own(
    system: Any, people: dict[str, Any], seated: None, signing: Signing, terms: Terms,
    submit: Any, ledger: Any, nora: Any,
) -> tuple[Planted, Game]:  # fmt: skip
    """A batch whose only payer is its poster, who also sold the answer."""
    signing = replace(signing, consumer=nora)
    first = answer(signing, terms, None, 1, 202)
    draft = Draft.of(signing.domain, [first])
    system.escrow.deposit(10**9, nora.tx)
    system.escrow.allot(nora.address, 10**9, nora.tx)
    system.stake.deposit(10**10, nora.tx)
    level = first.receipt.cumulative
    voucher = Voucher(address(nora.address), address(nora.address), 1, level, 0, Hash(bytes(32)))
    signature = nora.sign(voucher_digest(signing.domain, voucher))
    system.escrow.redeem(astuple(voucher), signature, level, nora.tx)
    planted = Planted(system, draft, nora)
    planted.commit(nora)
    return planted, Game(system, people, ledger, submit(draft.header()))
