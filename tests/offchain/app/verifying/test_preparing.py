"""A batch is committed to before it is posted: to what is planted in it, or to nothing, and nobody can tell which."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from support.factories import DOMAIN, account_of, make_lane
from support.memory_store import MemoryStore
from tallystick.app.settlement.drawing import batch_file
from tallystick.app.verifying.planted import PlantedBook
from tallystick.app.verifying.planting import Planting
from tallystick.domain.batch import BatchHeader
from tallystick.domain.digests import receipt_digest
from tallystick.domain.ids import ZERO_HASH, Address, Hash
from tallystick.domain.usage import SignedReceipt
from tallystick.errors import Conflict, NotAuthorised
from tallystick.pipeline.auditing.court import canary_commitment
from tallystick.pipeline.batches.assemble import assemble
from tallystick.ports.auditing.canaries import Consent

NORA, BOB, NOW = account_of("nora"), account_of("bob"), 1_795_000_000
ROW = make_lane(3)


@dataclass
class Canaries:
    """One commitment for a root, as the contract keeps it."""

    address: Address
    made: dict[Hash, Hash] = field(default_factory=dict)

    def commitment_of(self, poster: Address, root: Hash) -> tuple[Hash, int] | None:
        return (self.made[root], NOW) if root in self.made else None

    def commit(self, root: Hash, commitment: Hash, *, intent: str) -> Any:
        assert self.made.setdefault(root, commitment) == commitment
        return SimpleNamespace(tx_hash=ZERO_HASH)


class Stand:
    def __init__(self, folder: Path, *, is_steady: bool = True) -> None:
        self.canaries, self.content, self.folder = Canaries(account_of("canaries")), MemoryStore(), folder
        self.book = PlantedBook(folder / "planted.jsonl", clock=lambda: NOW)
        self.now = NOW
        chain: Any = SimpleNamespace(canaries=self.canaries, now=lambda: self.now)
        self.planting = Planting(chain, self.content, folder, self.book, is_steady)  # type: ignore[arg-type]

    def batch(self, receipts: Sequence[SignedReceipt]) -> BatchHeader:
        digest = self.content.add(batch_file(receipts))
        made = assemble(
            DOMAIN,
            receipts,
            operator=NORA,
            data_digest=digest,
            previous_header=ZERO_HASH,
            parameter_version=1,
        )
        return made.header

    def plant(self, signed: SignedReceipt, *, agrees: bool = True) -> Hash:
        digest = receipt_digest(DOMAIN, signed.receipt)
        self.book.plant(digest, signed.receipt)
        if agrees:
            self.book.agree(BOB, Consent(digest, NOW + 600, b"\x01" * 65))
        return digest


@pytest.fixture
def stand(tmp_path: Path) -> Stand:
    return Stand(tmp_path)


def test_batch_when_nothing_is_planted_is_committed_to_once(stand: Stand) -> None:
    header, other = stand.batch(ROW), stand.batch(ROW[:2])
    for each in (header, header, other):
        stand.planting.prepare(each)

    assert set(stand.canaries.made) == {header.receipts_root, other.receipts_root}
    assert len(set(stand.canaries.made.values())) == 2


def test_batch_when_canaries_are_off_is_committed_to_only_for_what_was_planted_before(tmp_path: Path) -> None:
    stand = Stand(tmp_path, is_steady=False)
    stand.planting.prepare(stand.batch(ROW[:1]))
    assert stand.canaries.made == {}
    stand.plant(ROW[1])

    stand.planting.prepare(stand.batch(ROW))

    assert len(stand.canaries.made) == 1


def test_batch_when_a_receipt_is_planted_is_committed_to_it_and_can_show_it_after_a_crash(
    stand: Stand, tmp_path: Path
) -> None:
    digest, header = stand.plant(ROW[1]), stand.batch(ROW)

    stand.planting.prepare(header)
    stand.planting.prepare(header)

    kept = Stand(tmp_path).planting._read(header.receipts_root)
    assert kept is not None and (kept.index, kept.receipt) == (1, digest)
    assert stand.canaries.made == {header.receipts_root: Hash(canary_commitment(*astuple(kept)))}
    assert PlantedBook(stand.book.file).planted[0].is_committed


def test_batch_when_its_planted_receipt_could_not_be_excused_is_refused(stand: Stand) -> None:
    stand.plant(ROW[0], agrees=False)
    with pytest.raises(NotAuthorised, match="has not agreed"):
        stand.planting.prepare(stand.batch(ROW[:1]))
    stand.plant(ROW[1])
    stand.plant(ROW[2])
    with pytest.raises(Conflict, match="Two receipts"):
        stand.planting.prepare(stand.batch(ROW[1:]))

    stand.now = NOW + 600
    with pytest.raises(NotAuthorised, match="is over"):
        stand.planting.prepare(stand.batch(ROW[1:2]))

    assert stand.canaries.made == {} and stand.book.planted[1].is_spent


def test_batch_when_something_else_was_committed_to_is_refused_and_its_receipt_left_out(stand: Stand) -> None:
    digest, header = stand.plant(ROW[0]), stand.batch(ROW)
    stand.canaries.made[header.receipts_root] = Hash(b"\x05" * 32)

    with pytest.raises(Conflict, match=digest.hex()):
        stand.planting.prepare(header)

    assert stand.book.planted[0].is_spent
    assert [*stand.book.within(ROW)] == list(ROW[1:])
