"""What the desk serves is noted after it is billed, and nothing that happens to the note reaches the answer."""

import threading
from pathlib import Path

import pytest

from support.ledger_records import hash_of
from support.shop import open_shop
from tallystick.app.monitoring.encoding import entry_of
from tallystick.app.monitoring.features import Extractor, Served
from tallystick.app.monitoring.notebook import Notebook
from tallystick.domain.traffic import ServedSample
from tallystick.gateways.ledger.books import SqliteLedger

CHAT = {"model": "estuary", "messages": [{"role": "user", "content": "When was the bell of Ravelsund cast?"}]}


def extractor() -> Extractor:
    return Extractor(b"k" * 32)


@pytest.mark.slow
def test_answer_when_served_is_noted_under_its_receipt(tmp_path: Path) -> None:
    books = SqliteLedger(tmp_path / "notes.sqlite3")
    with Notebook(books, "first", extractor) as notebook:
        shop = open_shop(tmp_path, note=notebook.note)
        shop.pay_desk().chat(CHAT)
        receipt = shop.seller_books.receipts.recent(1)[0].digest
        shop.close()

    (noted,) = books.traffic.after("first", 0)
    sample = entry_of(noted)

    assert noted.receipt == receipt
    assert isinstance(sample, ServedSample)
    assert (sample.language, sample.facts, sample.unsupported) == ("en", 1, 1)  # the parrot's 1788
    books.close()


def broken(served: Served) -> None:
    raise RuntimeError("no room")


def test_answer_when_its_note_fails_is_paid_all_the_same(tmp_path: Path) -> None:
    shop = open_shop(tmp_path, note=broken)

    answer = shop.pay_desk().chat(CHAT)

    assert answer["choices"][0]["message"]["content"] == "It was cast in 1788."
    assert len(shop.seller_books.receipts.recent(5)) == 1
    shop.close()


def make_served(number: int) -> Served:
    messages = ({"role": "user", "content": f"Question {number}?"},)
    return Served(hash_of("served", number), "0x" + "b0" * 20, messages, (), "Answer.", False, 5)  # type: ignore[arg-type]


@pytest.mark.slow
def test_notes_when_the_thread_is_stuck_are_given_up_and_not_waited_for(ledger: SqliteLedger) -> None:
    gate = threading.Event()

    def slow() -> Extractor:
        gate.wait(30)
        return extractor()

    notebook = Notebook(ledger, "first", slow)
    for number in range(400):
        notebook.note(make_served(number))
    assert notebook.given_up >= 400 - 257
    gate.set()
    notebook.close()

    assert ledger.traffic.count("first") + notebook.given_up == 400


def test_notes_when_one_fails_go_on(ledger: SqliteLedger) -> None:
    failures = iter([True, False, False])

    def features(text: str) -> bytes:
        if next(failures):
            raise ValueError("no features")
        return b"\x01\x02"

    with Notebook(ledger, "first", lambda: Extractor(b"k" * 32, features=features)) as notebook:
        for number in range(3):
            notebook.note(make_served(number))

    assert (ledger.traffic.count("first"), notebook.given_up) == (2, 1)


@pytest.mark.parametrize(("sample", "fewest", "most"), [(0, 0, 0), (250_000, 20, 80), (1_000_000, 200, 200)])
@pytest.mark.slow
def test_notes_when_sampled_are_that_part_and_always_the_same(
    tmp_path: Path, sample: int, fewest: int, most: int
) -> None:
    noted = []
    for name in ("one", "two"):
        with SqliteLedger(tmp_path / name) as books:
            with Notebook(books, "first", extractor, sample_ppm=sample) as notebook:
                for number in range(200):
                    notebook.note(make_served(number))
            noted.append([e.receipt for e in books.traffic.after("first", 0)])

    assert noted[0] == noted[1]
    assert fewest <= len(noted[0]) <= most
