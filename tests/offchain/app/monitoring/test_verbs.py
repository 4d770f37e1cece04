"""The node's verbs about served traffic, on real books and signatures; chain and operator stand in memory."""

from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pytest

from support.ledger_records import BOB, hash_of
from support.monitoring.watched import failing, note_all
from support.shop import ESCROW, Counter, Shop, open_shop
from tallystick.app.monitoring.features import Served
from tallystick.app.node import Node
from tallystick.app.workbook import Workbook
from tallystick.config import Config, load
from tallystick.errors import Conflict, NotFound
from tallystick.gateways.keys.keystore import Key
from tallystick.gateways.ledger.books import SqliteLedger

CHAT = {"model": "estuary", "messages": [{"role": "user", "content": "When was the bell cast?"}]}


@dataclass
class Outside:
    """Books that another process may hold, a key, a chain that tells where it is, and one operator."""

    books: SqliteLedger
    key: Key
    counter: Counter | None = None
    is_held: bool = False

    def ledger(self) -> SqliteLedger:
        if self.is_held:
            raise Conflict("The ledger is in use by process 7.")
        return self.books

    def records(self) -> SqliteLedger:
        return self.books

    def signer(self, name: str) -> Key:
        return self.key

    def chain(self) -> SimpleNamespace:
        return SimpleNamespace(chain_id=31337, escrow=SimpleNamespace(address=ESCROW), now=lambda: 5)

    def content(self) -> None:
        return None

    def operator(self, url: str) -> Counter | None:
        return self.counter

    def close(self) -> None:
        return None


def config(folder: Path, **flags: str) -> Config:
    return load({"home": str(folder), **flags}, {}, ())


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    opened = open_shop(tmp_path)
    opened.pay_desk().chat(CHAT)
    return opened


def test_feedback_when_given_by_the_consumer_reaches_the_operator(shop: Shop, tmp_path: Path) -> None:
    receipt = shop.buyer_books.receipts.recent(1)[0].digest
    node = Node(config(tmp_path), Outside(shop.buyer_books, shop.session, shop.counter))

    taken = node.give_feedback(receipt_hash=receipt, is_good=False, correction="In 1790.", may_train=True)

    assert (taken.label, taken.may_train) == ("corrected", True)
    assert shop.buyer_books.feedback.of_release("first") == ()
    shop.close()


def test_feedback_when_given_by_the_operator_stays_in_its_books(shop: Shop, tmp_path: Path) -> None:
    receipt = shop.seller_books.receipts.recent(1)[0].digest
    node = Node(config(tmp_path), Outside(shop.seller_books, shop.nora))

    taken = node.give_feedback(receipt_hash=receipt, is_good=True, correction=None, may_train=False)

    assert (taken.label, taken.is_watched) == ("good", False)
    shop.close()


@pytest.mark.slow
def test_feedback_when_the_receipt_is_unknown_is_refused(shop: Shop, tmp_path: Path) -> None:
    node = Node(config(tmp_path), Outside(shop.seller_books, shop.nora))

    with pytest.raises(NotFound):
        node.give_feedback(receipt_hash=hash_of("none"), is_good=True, correction=None, may_train=False)
    shop.close()


@pytest.mark.slow
def test_monitors_when_run_shown_and_acknowledged_by_verbs(ledger: SqliteLedger, tmp_path: Path) -> None:
    note_all(ledger, "first", failing(88_000, "label-drift", 0, 150))
    node = Node(config(tmp_path), Outside(ledger, Key.generate()))

    (ran,) = node.run_monitors()
    assert [a.split(":")[0] for a in ran.alarms] == ["label-drift"]
    assert node.monitors().promotion_paused and node.alarm(number=1).is_replayed
    (proposed,) = node.retrainings(number=None)
    assert (proposed.state, proposed.alarms) == ("proposed", (1,))
    with pytest.raises(Conflict, match="Promotion is paused"):
        node.register_model(name="estuary", parents=())
    assert not node.acknowledge_alarm(number=1, why="a holiday").is_open
    assert node.alarm(number=1).acknowledged_by == "node"
    assert node.retrainings(number=1) == ()
    with pytest.raises(NotFound):
        node.retrainings(number=9)


def test_monitors_when_another_process_holds_the_books_can_be_read_and_not_written(
    ledger: SqliteLedger, tmp_path: Path
) -> None:
    note_all(ledger, "first", failing(89_000, "label-drift", 0, 10))
    node = Node(config(tmp_path), Outside(ledger, Key.generate(), is_held=True))

    assert node.monitors().waiting == (("first", 610),)
    with pytest.raises(Conflict, match="process 7"):
        node.run_monitors()


@pytest.mark.parametrize("features", ["hashed", pytest.param("embedded", marks=pytest.mark.ml)])
def test_answers_when_noted_are_there_once_the_node_has_closed(
    ledger: SqliteLedger, tmp_path: Path, features: str
) -> None:
    axes = {"hashed": 128, "embedded": 384}[features]
    Workbook(tmp_path).note_model("estuary", {"digest": "ab" * 32, "datasets": [], "left_out": {}})
    node = Node(config(tmp_path, **{"monitor.features": features}), Outside(ledger, Key.generate()))
    node._note_of("estuary")(
        Served(hash_of("r"), BOB, ({"role": "user", "content": "When?"},), (), "In 1788.", False, 5)
    )

    node.close()

    (noted,) = ledger.traffic.after("estuary@" + "ab" * 6, 0)
    assert len(noted.payload.split('"features":"')[1].split('"')[0]) == 2 * axes
    assert (tmp_path / "monitoring.key").stat().st_mode & 0o777 == 0o600


def test_answers_when_the_sample_is_nothing_are_not_looked_at(ledger: SqliteLedger, tmp_path: Path) -> None:
    node = Node(config(tmp_path, **{"monitor.sample": "0"}), Outside(ledger, Key.generate()))

    node._note_of("estuary")(Served(hash_of("r"), BOB, (), (), "", False, 5))
    node.close()

    assert ledger.traffic.releases() == ()
    assert not (tmp_path / "monitoring.key").exists()
