"""Keys that wallets lend: granted by the chain, capped, ended, and forgotten."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.shop import Shop, open_shop
from support.studio.bank import Bank
from tallystick.app.paying.lending import Allowance, Lending
from tallystick.app.paying.talk import Ask, PaidAnswer
from tallystick.errors import InsufficientFunds, InvalidInput, NotAuthorised

ASK = Ask("When was it cast?", max_tokens=8)
FEE, MOST = 2_000_000 * 4 // 1000 + 8_000_000 * 6 // 1000, 2_000_000 * 4 // 1000 + 8_000_000 * 8 // 1000


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    opened = open_shop(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def bank(shop: Shop) -> Bank:
    return Bank(shop)


@pytest.fixture
def lending(bank: Bank) -> Lending:
    return bank.lending()


def held(lending: Lending, shop: Shop) -> Allowance:
    found = lending.allowance(shop.bob.address)
    assert found
    return found


def test_key_when_the_wallet_granted_it_pays_and_tells_what_is_spent(
    lending: Lending, bank: Bank, shop: Shop
) -> None:
    grant = lending.prepare(shop.bob.address, cap=2 * MOST, hours=2)
    assert lending.allowance(shop.bob.address) is None
    bank.send(grant.calls)

    assert held(lending, shop).cap == 2 * MOST == bank.allotted
    *_, paid = lending.desk(shop.bob.address).answer(ASK)

    assert isinstance(paid, PaidAnswer)
    assert paid.fee == FEE
    spent = held(lending, shop)
    assert (spent.signer, spent.operator) == (grant.signer, shop.nora.address)
    assert (spent.paid, spent.promised) == (FEE, MOST)
    assert spent.ends_at == bank.time + 7_200


def test_grant_when_money_is_there_in_part_sends_only_what_is_missing(
    lending: Lending, bank: Bank, shop: Shop
) -> None:
    bank.allotted, bank.deposited = 30, 50

    some = lending.prepare(shop.bob.address, cap=100, hours=1).calls
    none = lending.prepare(shop.bob.address, cap=30, hours=1).calls

    assert [call.what for call in some] == [
        "Allow the escrow",
        "Deposit",
        "Allot to the operator",
        "Let the key spend",
    ]
    bank.send(some)
    assert (bank.allotted, bank.deposited, bank.held) == (100, 0, 10**9 - 20)
    assert [call.what for call in none] == ["Let the key spend"]


@pytest.mark.slow
def test_answer_when_it_could_pass_the_cap_is_refused(lending: Lending, bank: Bank, shop: Shop) -> None:
    bank.send(lending.prepare(shop.bob.address, cap=MOST + FEE - 1, hours=1).calls)
    desk = lending.desk(shop.bob.address)
    list(desk.answer(ASK))

    with pytest.raises(InsufficientFunds, match="above its cap"):
        list(desk.answer(ASK))

    assert held(lending, shop).paid == FEE


def test_key_when_the_chain_has_a_lower_cap_is_held_to_that(lending: Lending, bank: Bank, shop: Shop) -> None:
    grant = lending.prepare(shop.bob.address, cap=2 * MOST, hours=1)
    less = lending.prepare(shop.bob.address, cap=MOST - 1, hours=1)
    bank.send([*grant.calls, *less.calls])

    assert held(lending, shop).cap == MOST - 1


def test_key_when_its_time_is_over_or_it_is_forgotten_pays_nothing(
    lending: Lending, bank: Bank, shop: Shop
) -> None:
    for end in ("late", "forgotten"):
        bank.send(lending.prepare(shop.bob.address, cap=MOST, hours=1).calls)
        assert lending.allowance(shop.bob.address)
        if end == "late":
            bank.time += 3_600
        else:
            lending.forget(shop.bob.address)

        assert lending.allowance(shop.bob.address) is None
        with pytest.raises(NotAuthorised):
            lending.desk(shop.bob.address)


def test_grant_when_it_cannot_be_is_refused(lending: Lending, bank: Bank, shop: Shop) -> None:
    bank.held = 5

    with pytest.raises(InsufficientFunds, match="5 base units"):
        lending.prepare(shop.bob.address, cap=6, hours=1)
    with pytest.raises(InvalidInput, match="hours"):
        lending.prepare(shop.bob.address, cap=5, hours=0)
