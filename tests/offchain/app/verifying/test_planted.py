"""What a node planted settles once, one in a batch, and only with its payer's word; the book of it outlives a crash."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from support.factories import DOMAIN, account_of, make_lane
from tallystick.app.verifying import consents
from tallystick.app.verifying.planted import PATIENCE_S, PlantedBook
from tallystick.domain.digests import receipt_digest
from tallystick.domain.ids import Hash
from tallystick.domain.usage import SignedReceipt
from tallystick.errors import IntegrityViolation, InvalidInput
from tallystick.ports.auditing.canaries import Consent

BOB, CARL = account_of("bob"), account_of("carl")
LATER = 2_000_000_000
Opened = Callable[[], PlantedBook]


@pytest.fixture
def lanes() -> dict[int, tuple[SignedReceipt, ...]]:
    return {lane: make_lane(3, lane=lane) for lane in (0, 1)}


@pytest.fixture
def opened(tmp_path: Path) -> Opened:
    return lambda: PlantedBook(tmp_path / "court" / "planted.jsonl", clock=lambda: 1_795_000_000)


def digest_of(signed: SignedReceipt) -> Hash:
    return receipt_digest(DOMAIN, signed.receipt)


def plant(book: PlantedBook, *receipts: SignedReceipt, agrees: bool = True) -> None:
    for signed in receipts:
        book.plant(digest_of(signed), signed.receipt)
        if agrees:
            assert book.agree(BOB, Consent(digest_of(signed), LATER, b"\x01" * 65))


def within(book: PlantedBook, *lanes: Sequence[SignedReceipt]) -> list[int]:
    """Places of what may settle, over all lanes."""
    every = [signed for lane in lanes for signed in lane]
    return [every.index(signed) for signed in book.within(every)]


def test_receipt_when_planted_without_a_word_stops_its_lane_alone(
    opened: Opened, lanes: dict[int, tuple[SignedReceipt, ...]]
) -> None:
    book = opened()
    plant(book, lanes[0][1], agrees=False)
    assert within(book, lanes[0], lanes[1]) == [0, 3, 4, 5]

    book.agree(BOB, Consent(digest_of(lanes[0][1]), LATER, b"\x01" * 65))

    assert within(opened(), lanes[0], lanes[1]) == [0, 1, 2, 3, 4, 5]


def test_receipts_when_two_are_planted_settle_in_two_batches(
    opened: Opened, lanes: dict[int, tuple[SignedReceipt, ...]]
) -> None:
    book = opened()
    plant(book, lanes[0][1], lanes[1][1])

    assert within(book, lanes[0], lanes[1]) == [0, 1, 2, 3]
    assert within(book, lanes[1][1:]) == [0, 1]


def test_receipt_when_it_never_settles_is_left_out_and_joins_nothing(
    opened: Opened, lanes: dict[int, tuple[SignedReceipt, ...]]
) -> None:
    book, (first, second, third) = opened(), lanes[0]
    plant(book, second)
    book.spend(digest_of(second))

    assert within(book, lanes[0]) == [0]  # the third would follow the first in one batch
    assert within(opened(), (second, third)) == [1]
    plant(book, first, agrees=False)
    book.clock = lambda: first.receipt.served_at + PATIENCE_S + 1
    assert within(book, lanes[0]) == [2]


def test_payer_when_it_gave_its_word_may_be_planted_while_nothing_else_waits(
    opened: Opened, lanes: dict[int, tuple[SignedReceipt, ...]]
) -> None:
    book, other = opened(), Consent(digest_of(lanes[0][0]), LATER, b"\x01" * 65)
    assert not book.may_plant(BOB)

    assert not book.agree(BOB, other)  # not planted: only that bob gives his word is kept

    assert book.may_plant(BOB) and not book.may_plant(CARL) and opened().willing == 1
    plant(book, lanes[0][1])
    assert not book.may_plant(BOB)
    book.commit(digest_of(lanes[0][1]))
    assert opened().may_plant(BOB)
    book.clock = lambda: LATER
    assert not book.may_plant(BOB) and book.willing == 0


def test_book_when_a_crash_cut_its_last_line_forgets_that_alone(
    opened: Opened, lanes: dict[int, tuple[SignedReceipt, ...]]
) -> None:
    plant(opened(), lanes[0][0])
    file = opened().file
    whole = file.read_bytes()

    file.write_bytes(whole + b'{"kind":"spent","rec')
    (kept,) = opened().planted
    assert not kept.is_spent and file.read_bytes() == whole

    file.write_bytes(b"{}\n" + whole)
    with pytest.raises(IntegrityViolation, match="Line 1"):
        opened()


def test_consent_when_told_in_json_is_read_as_it_was() -> None:
    given = Consent(Hash(b"\x02" * 32), LATER, b"\x01" * 65)
    body = consents.to_json(given)

    assert consents.from_json(body) == given
    for change in ({"expires_at": True}, {"consent": "0x00"}, {"receipt": 5}):
        with pytest.raises(InvalidInput):
            consents.from_json({**body, **change})
