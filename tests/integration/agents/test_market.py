"""A model's operators as the real registries have them: whoever is cheapest, answers, and keeps its word is paid."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from integration.agents.test_example_agent import World
from support.chain_stage import NORA, VERA, Stage
from tallystick.app.paying.market import Market
from tallystick.domain.digests import terms_id
from tallystick.domain.usage import Terms
from tallystick.errors import NotFound, Unavailable
from tallystick.gateways.ledger.books import SqliteLedger
from tallystick.interfaces.web import server
from tallystick.interfaces.web.hosting import hosted

pytestmark = pytest.mark.integration
NOWHERE = "http://127.0.0.1:1"


@pytest.fixture
def world(stage: Stage, ledger: SqliteLedger, tmp_path: Path) -> Iterator[World]:
    with SqliteLedger(tmp_path / "bob.sqlite3") as purchases:
        yield World(stage, ledger, purchases)


def ask(world: World) -> dict[str, object]:
    model = "0x" + world.terms.model_id.hex()
    return {"model": model, "messages": [{"role": "user", "content": "When was it cast?"}]}


def rival(world: World, endpoint: str) -> Terms:
    """Vera's, for the same model at half the price."""
    asset, _ = world.stage.vera.models.register_operator(endpoint)
    terms = replace(
        world.terms, operator=VERA.address, operator_asset=asset, price_in=10_000, price_out=30_000
    )
    world.stage.vera.models.register_terms(terms)
    return terms


def test_market_when_the_cheapest_is_down_or_lies_pays_who_keeps_its_word(world: World) -> None:
    with hosted(server.build(world.operator())) as url:
        world.stage.nora.models.set_endpoint(url)
        rival(world, NOWHERE)

        first = world.paying.chat(ask(world))
        world.stage.vera.models.set_endpoint(url)  # where other terms than vera's are offered
        second = Market(lambda: world.bob, world.opened, NOWHERE, world.purse).chat(ask(world))

    assert first["model"] == second["model"] == ask(world)["model"]
    assert {one.receipt.operator for one in world.ledger.receipts.recent(9)} == {NORA.address}
    assert world.ledger.receipts.recent(1)[0].receipt.terms_id == terms_id(world.terms)


def test_market_when_terms_are_retired_or_nobody_answers_pays_nobody(world: World) -> None:
    world.stage.nora.models.set_endpoint(NOWHERE)
    with pytest.raises(Unavailable, match=NORA.address):
        world.paying.chat(ask(world))

    world.stage.nora.models.retire_terms(terms_id(world.terms))

    with pytest.raises(NotFound, match="Nobody offers"):
        world.paying.chat(ask(world))
    assert world.ledger.receipts.recent(9) == ()
