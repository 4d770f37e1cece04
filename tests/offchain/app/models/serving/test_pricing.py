"""Prices are terms: other ones are registered, and earlier ones retired apart."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from tallystick.app.models.serving import pricing
from tallystick.app.workbook import Workbook
from tallystick.domain.ids import Address, AssetId, Hash
from tallystick.domain.usage import Terms
from tallystick.errors import Conflict, InvalidInput, NotFound
from tallystick.ports import Chain

NORA, CARL = Address("0x" + "01" * 20), Address("0x" + "02" * 20)
MODEL, TX = AssetId(b"\1" * 32), Hash(b"\7" * 32)
FIRST = Terms(NORA, AssetId(b"\2" * 32), MODEL, Hash(b"\3" * 32), Hash(b"\4" * 32), 1_000, 3_000)


def id_of(terms: Terms) -> Hash:
    return Hash(terms.price_in.to_bytes(16) + terms.price_out.to_bytes(16))


class Registry:
    """Terms by id, as the registry keeps them: the same twice is refused, and retired ones stay so."""

    def __init__(self, *terms: Terms) -> None:
        self.known, self.retired = {id_of(t): t for t in terms}, list[Hash]()

    def terms(self, terms_id: Hash) -> Terms:
        return self.known[terms_id]

    def register_terms(self, terms: Terms) -> tuple[Hash, Any]:
        if id_of(terms) in self.known:
            raise Conflict("The contract refused: ModelRegistryTermsExist.")
        self.known[id_of(terms)] = terms
        return id_of(terms), SimpleNamespace(tx_hash=TX)

    def retire_terms(self, terms_id: Hash) -> Any:
        self.retired.append(terms_id)
        return SimpleNamespace(tx_hash=TX)

    def offers(self, model_id: AssetId, last: int) -> tuple[tuple[Hash, Terms], ...]:
        return tuple((i, t) for i, t in self.known.items() if i not in self.retired)

    def endpoint_of(self, operator_asset: AssetId) -> str:
        return "http://seller.example"


def chain_of(registry: Registry) -> Chain:
    referees = SimpleNamespace(terms_grace=lambda: 3_600)
    return cast(Chain, SimpleNamespace(models=registry, referees=referees, head=lambda: 9))


@pytest.fixture
def book(tmp_path: Path) -> Workbook:
    made = Workbook(tmp_path)
    made.note_model("bells", {"digest": "00", "terms_id": id_of(FIRST).hex()})
    return made


def test_price_when_changed_is_other_terms_and_the_earlier_stay_on_offer(book: Workbook) -> None:
    registry = Registry(FIRST, replace(FIRST, operator=CARL, price_in=5))
    chain = chain_of(registry)

    done = pricing.reprice(chain, book, "bells", 2_000, 3_000)

    now = pricing.pricing_of(chain, book, "bells")
    assert (now.terms_id, now.price_in, now.price_out, now.grace_s) == (done.terms_id, 2_000, 3_000, 3_600)
    assert [o.terms_id for o in now.earlier] == [id_of(FIRST)]
    assert registry.known[done.terms_id] == replace(FIRST, price_in=2_000)


def test_terms_when_earlier_ones_are_retired_leave_those_in_use(book: Workbook) -> None:
    registry = Registry(FIRST)
    chain = chain_of(registry)
    pricing.reprice(chain, book, "bells", 2_000, 3_000)

    retired = pricing.retire_earlier(chain, book, "bells")

    assert [r.price_in for r in retired] == [1_000]
    assert registry.retired == [id_of(FIRST)]
    assert pricing.retire_earlier(chain, book, "bells") == ()


def test_price_when_it_goes_back_takes_the_terms_that_are_on_offer(book: Workbook) -> None:
    chain = chain_of(Registry(FIRST))
    pricing.reprice(chain, book, "bells", 2_000, 3_000)

    back = pricing.reprice(chain, book, "bells", 1_000, 3_000)

    assert (back.terms_id, back.tx_hash) == (id_of(FIRST), None)


def test_change_when_only_looked_at_changes_nothing(book: Workbook) -> None:
    registry = Registry(FIRST)

    change = pricing.change_of(chain_of(registry), book, "bells", 2_000, 6_000)

    assert (change.sample_now, change.sample_then) == (1_100, 2_200)
    assert list(registry.known) == [id_of(FIRST)]


@pytest.mark.parametrize(
    ("prices", "error"), [((1_000, 3_000), Conflict), ((0, 0), InvalidInput), ((2**31, 1), InvalidInput)]
)
def test_price_when_it_cannot_be_is_refused(
    book: Workbook, prices: tuple[int, int], error: type[Exception]
) -> None:
    with pytest.raises(error):
        pricing.reprice(chain_of(Registry(FIRST)), book, "bells", *prices)


def test_price_when_the_model_is_not_offered_is_not_found(book: Workbook) -> None:
    book.note_model("trained", {"digest": "00"})

    with pytest.raises(NotFound, match="promote"):
        pricing.pricing_of(chain_of(Registry(FIRST)), book, "trained")
