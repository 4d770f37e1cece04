"""Caps where they bind: a batch leaves out what a model may not settle yet, and the desk does not sell it."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from fastapi.testclient import TestClient

from support.ledger_records import hash_of
from support.memory_store import MemoryStore
from support.shop import ESCROW, Counting, Shop, open_shop, request, voucher
from tallystick.app.answering.desk import AnswerDesk
from tallystick.app.monitoring.retraining.workshop_side import release_of
from tallystick.app.results import EmbeddingRequest
from tallystick.app.settlement.risk import Caps, Risks
from tallystick.app.settlement.settle import Settlement
from tallystick.app.workbook import Workbook
from tallystick.domain.batch import BatchHeader
from tallystick.domain.digests import Domain
from tallystick.domain.ids import ZERO_HASH, Address, Hash
from tallystick.errors import AnswerCapped, CapReached
from tallystick.interfaces.web.server import build
from tallystick.pipeline.models.weight_format import WeightFormat
from tallystick.pipeline.settlement.risk import RiskRule
from tallystick.ports import Acknowledgement, NewAlarm, StoredWatch

pytestmark = pytest.mark.slow

ANSWER = 50_000  # one word asked, six answered
ROOMY = RiskRule(agreement=800_000, cautious_cap=10**12, lowered_cap=10**12, answer_cap=10**12)
ALARM = NewAlarm("unsupported-claims", "sparse", 3, 9, 5, 1, 2, 3, hash_of("evidence"))


@dataclass
class Batches:
    """Of the chain: what was submitted, and whether its window is over."""

    submitted_headers: list[BatchHeader] = field(default_factory=list)
    status: str = "open"

    def last_header_of(self, operator: Address) -> Hash:
        return ZERO_HASH

    def submit_batch(self, header: BatchHeader, *, intent: str) -> tuple[int, Any]:
        self.submitted_headers.append(header)
        return len(self.submitted_headers), SimpleNamespace(tx_hash=Hash(b"t" * 32), gas_used=1)

    def batch(self, batch_id: int) -> Any:
        return SimpleNamespace(submitted_at=5, status=self.status)

    def submitted(self, first: int, last: int, *, operator: Address) -> tuple[Any, ...]:
        return ()


@dataclass
class World:
    """The shop's model `estuary`, served in nf4, without a report."""

    shop: Shop
    book: Workbook
    batches: Batches

    def caps(self, **rule: int) -> Caps:
        terms = self.shop.counter.desk.offer().terms
        models = SimpleNamespace(terms=lambda terms_id: terms)
        chain: Any = SimpleNamespace(
            models=models,
            batches=self.batches,
            parameters=SimpleNamespace(current=lambda: SimpleNamespace(version=1)),
            escrow=SimpleNamespace(redeemed=lambda consumer, operator, lane: 10**12),
            has_signed=lambda intent: False,
            head=lambda: 1,
        )
        books = self.shop.seller_books
        risks = Risks(self.book, books, replace(ROOMY, **rule))
        return Caps(risks, chain, books, self.shop.nora.address, now=lambda: 0.0)

    def settlement(self, **rule: int) -> Settlement:
        caps = self.caps(**rule)
        parts = (caps.chain, MemoryStore(), self.shop.seller_books, self.shop.nora, Domain(31337, ESCROW))
        return Settlement(*parts, caps.within)  # type: ignore[arg-type]

    def sell(self, count: int) -> None:
        desk = self.shop.pay_desk()
        for _ in range(count):
            desk.chat({"model": "estuary", "messages": [{"role": "user", "content": "When?"}]})

    def capped_desk(self, **rule: int) -> AnswerDesk:
        caps, dish = self.caps(**rule), self.shop.counter.desk._menu.dish("estuary")
        checked = replace(
            dish,
            check_fee=lambda fee: caps.check_answer("estuary", fee),
            tier=lambda: caps.risks.of("estuary").tier.value,
        )
        return AnswerDesk(
            dishes=[checked],
            credit=self.shop.credit,
            ledger=self.shop.seller_books,
            signer=self.shop.nora,
        )


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    shop, book = open_shop(tmp_path), Workbook(tmp_path)
    run = {"quantisation": WeightFormat("nf4").as_dict()}
    book.note_trained("estuary", {"digest": hash_of("estuary").hex(), "run": run})
    book.note_model("estuary", {"model_id": shop.counter.desk.offer().terms.model_id.hex()})
    yield World(shop, book, Batches())
    shop.close()


def test_batch_when_receipts_exceed_the_cap_leaves_the_rest_for_after_its_window(world: World) -> None:
    world.sell(3)
    settlement = world.settlement(cautious_cap=2 * ANSWER)

    first = settlement.close_batch()
    assert (first.header.receipt_count, first.header.total) == (2, 2 * ANSWER)
    assert settlement.waiting(settlement.owed()) == 0
    with pytest.raises(CapReached, match=r"stay in the books.*model tier"):
        settlement.close_batch()

    world.batches.status = "final"
    assert settlement.close_batch().header.receipt_count == 1
    assert sum(header.total for header in world.batches.submitted_headers) == 3 * ANSWER


def test_batch_when_an_alarm_lowers_the_model_waits_until_it_is_acknowledged(world: World) -> None:
    world.sell(2)
    settlement = world.settlement(lowered_cap=ANSWER - 1)
    books, release = world.shop.seller_books, release_of(world.book, "estuary")
    books.traffic.advance(0, StoredWatch(release, 9, "{}"), [ALARM], 7)

    with pytest.raises(CapReached):
        settlement.close_batch()
    assert books.batches.list() == () and world.batches.submitted_headers == []

    books.alarms.acknowledge(1, Acknowledgement(8, "nora", "seen"))
    assert settlement.close_batch().header.receipt_count == 2


def test_batch_when_its_model_was_trained_anew_under_its_name_stays_capped(world: World) -> None:
    world.sell(2)
    run = {"quantisation": WeightFormat(None).as_dict()}
    world.book.note_trained("estuary", {"digest": hash_of("other").hex(), "run": run})

    assert (now := world.settlement(cautious_cap=ANSWER)).waiting(now.owed()) == 1


def test_answer_when_it_may_cost_more_than_the_cap_is_refused_unbilled(world: World) -> None:
    desk, shop = world.capped_desk(answer_cap=ANSWER), world.shop
    texts = EmbeddingRequest("estuary", ("a " * 50,))

    with pytest.raises(AnswerCapped, match="fewer tokens"):
        desk.quote(request("When?"))
    with pytest.raises(AnswerCapped, match="cautious"):
        next(desk.answer(request("When?"), voucher(shop, 0, 10**6)))
    with pytest.raises(AnswerCapped):
        desk.embed(texts, voucher(shop, 0, 10**6))

    assert shop.parrot.spoken == 0 and shop.seller_books.receipts.recent() == ()
    assert Counting().count(texts.inputs) * 2_000 > ANSWER
    assert desk.quote(replace(request("When?"), max_tokens=6)).max_fee == ANSWER


def test_answer_when_as_much_waits_as_one_batch_may_settle_is_refused_unbilled(world: World) -> None:
    world.sell(2)
    limit = 2 * ANSWER + 130_000  # what waits, and the most that one more may cost

    assert world.capped_desk(cautious_cap=limit).quote(request("When?")).max_fee == 130_000
    with pytest.raises(CapReached, match="Nothing was billed"):
        next(
            world.capped_desk(cautious_cap=limit - 1).answer(request("When?"), voucher(world.shop, 9, 10**6))
        )
    assert len(world.shop.seller_books.receipts.recent()) == 2


def test_model_when_listed_tells_the_tier_of_now(world: World) -> None:
    client = TestClient(build(world.capped_desk()))

    def told() -> list[str]:
        listed, one = client.get("/v1/models").json()["data"][0], client.get("/v1/models/estuary").json()
        return [listed["tallystick"]["tier"], one["tallystick"]["tier"]]

    assert told() == ["cautious", "cautious"]
    release = release_of(world.book, "estuary")
    world.shop.seller_books.traffic.advance(0, StoredWatch(release, 9, "{}"), [ALARM], 7)
    assert told() == ["lowered", "lowered"]


def test_answer_when_capped_is_an_error_that_programs_can_read(world: World) -> None:
    client = TestClient(build(world.capped_desk(answer_cap=ANSWER)))
    body = {"model": "estuary", "messages": [{"role": "user", "content": "When?"}]}

    refused = client.post("/tallystick/v1/quote", json=body)

    error = refused.json()["error"]
    assert (refused.status_code, error["code"], error["param"]) == (400, "settlement_cap", "max_tokens")
