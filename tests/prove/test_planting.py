"""A node plants a receipt with its payer's consent, appeals where two passed it, and shows it in time."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from prove.fraud.setting import KEYS
from support.auditing.court_table import Table, make_world
from support.memory_store import MemoryStore
from tallystick.app.verifying.book import CourtBook
from tallystick.app.verifying.planting import Planting, consent
from tallystick.app.verifying.posting import Poster
from tallystick.app.verifying.steps import Steps
from tallystick.commitments.signatures import sign
from tallystick.commitments.statements import Statement
from tallystick.domain.digests import receipt_digest
from tallystick.domain.ids import Address, Hash
from tallystick.domain.trees import credits_of, true_leaf
from tallystick.errors import Conflict, NotAuthorised
from tallystick.pipeline.auditing import court as reference
from tallystick.pipeline.auditing.court import Outcome, Phase, Said, packed
from tallystick.pipeline.batches import publication
from tallystick.pipeline.receipts import encoding

pytestmark = pytest.mark.slow

WORD, INDEX = Hash(b"\xd1" * 32), 0


@dataclass
class Payer:
    """A keystore of one key."""

    address: Address

    def sign(self, statement: Statement) -> bytes:
        return sign(statement.digest, KEYS[self.address])


class Stand:
    """Nora's batch with its file, and her node's part in its audit."""

    def __init__(self, home: Path) -> None:
        provider, world = make_world()
        self.content, entries = MemoryStore(), world.honest.entries()
        signed = [entry.signed for entry in entries]
        rows = [
            publication.PublishedReceipt(encoding.signed_receipt_to_json(s), true_leaf(s).value)
            for s in signed
        ]
        digest = self.content.add(publication.write(rows, credits_of(signed)))
        header = replace(world.honest.header, data_digest=digest)
        world.honest = replace(world.honest, header=header)
        self.table, self.home, self.receipt = Table(provider, world), home, signed[INDEX].receipt
        self.nora, self.batch_id = self.table.nora, self.table.batch_id
        self.planting = self.planting_of(self.nora)
        book, steps = CourtBook(home / "poster.jsonl"), Steps(self.nora)  # type: ignore[arg-type]
        self.poster = Poster(
            self.nora, self.content, book, steps, lambda *_: {}, self.planting  # type: ignore[arg-type]
        )  # fmt: skip

    def planting_of(self, chain: Any) -> Planting:
        return Planting(chain, self.content, self.home)  # type: ignore[arg-type]

    def agree(self, by: Address | None = None) -> Path:
        file, payer = self.home / "consent.json", Payer(by or self.receipt.consumer)
        chain: Any = self.nora
        said = consent(chain, payer, self.digest, lasting_s=600, file=file)  # type: ignore[arg-type]
        assert said.expires_at == self.nora.now() + 600
        return file

    @property
    def digest(self) -> Hash:
        return receipt_digest(self.table.world.domain, self.receipt)

    @property
    def outcome(self) -> Outcome:
        return Outcome(self.nora.court.audit_of(self.batch_id).outcome)

    def open(self) -> None:
        self.nora.court.open(self.table.batch)
        self.table.publish()
        for place, (_, chain) in list(enumerate(self.table.drawn()))[:2]:
            chain.court.attest(self.batch_id, place)
        self.table.publish()
        self.nora.court.deliver(self.batch_id, WORD)

    def said(self, named: bool) -> int:
        sampled = self.nora.court.sample_of(self.batch_id)
        assert INDEX in sampled
        return packed([Said.DIFFERENT if named and i == INDEX else Said.SAME for i in sampled])

    def drawn(self) -> list[Any]:
        return [self.table.chains[self.table.seats[seat]] for seat in self.nora.court.drawn_of(self.batch_id)]

    def commit(self, answer: int) -> None:
        for place, chain in enumerate(self.drawn()):
            made = reference.answer_commitment(self.batch_id, chain.sender.address, answer, WORD, WORD)
            chain.court.commit_answer(self.batch_id, place, Hash(made))

    def reveal(self, answer: int) -> None:
        for place, chain in enumerate(self.drawn()):
            chain.court.reveal_answer(self.batch_id, place, answer, WORD, WORD)


@pytest.fixture
def stand(tmp_path: Path) -> Stand:
    return Stand(tmp_path)


def test_poster_when_both_found_what_it_planted_shows_it(stand: Stand) -> None:
    done = stand.planting.commit(stand.batch_id, stand.agree())
    assert done.index == INDEX
    stand.open()
    stand.commit(stand.said(True))
    stand.reveal(stand.said(True))
    assert stand.outcome is Outcome.GUILTY

    assert stand.poster.look() == (f"batch {stand.batch_id}: showed what is planted",)

    assert stand.outcome is Outcome.CLEAN
    assert stand.nora.canaries.excused_in(stand.digest) == stand.batch_id
    assert stand.poster.look() == ()


def test_poster_when_both_passed_it_appeals_and_shows_it_to_nobody_before_the_panel_has_committed(
    stand: Stand,
) -> None:
    stand.planting.commit(stand.batch_id, stand.agree())
    stand.open()
    lazy = list(stand.nora.court.drawn_of(stand.batch_id))
    stand.commit(stand.said(False))
    stand.reveal(stand.said(False))

    assert stand.poster.look() == (f"batch {stand.batch_id}: appealed: two passed what is planted",)

    assert stand.nora.court.audit_of(stand.batch_id).phase == Phase.PANEL_ANSWERING
    stand.table.publish()
    stand.commit(stand.said(True))
    assert stand.nora.canaries.excused_in(stand.digest) is None
    assert stand.poster.look() == (f"batch {stand.batch_id}: showed what is planted",)
    stand.reveal(stand.said(True))
    stand.poster.look()
    assert stand.nora.court.audit_of(stand.batch_id).phase == Phase.CLOSED
    assert stand.outcome is Outcome.CLEAN
    bond = stand.nora.roster.seat_bond()
    assert [stand.nora.roster.seat_of(seat).bond for seat in lazy] == [bond // 2] * 2


def test_poster_when_nothing_is_planted_waits_with_the_panels_verdict_until_the_step_is_over(
    stand: Stand,
) -> None:
    assert stand.planting.commit(stand.batch_id, None).index is None
    stand.open()
    stand.commit(stand.said(False))
    stand.reveal(stand.said(False))
    vera = next(iter(stand.table.chains.values()))
    vera.court.appeal(stand.batch_id)
    stand.table.publish()
    stand.commit(stand.said(False))
    stand.reveal(stand.said(False))

    assert stand.poster.look() == ()
    audit = stand.nora.court.audit_of(stand.batch_id)
    assert audit.phase == Phase.PANEL_REVEALING
    stand.table.evm.wait(stand.nora.court.ends_at(audit) - stand.nora.now())

    assert stand.poster.look() == (f"batch {stand.batch_id}: panel closed",)


def test_commit_when_it_could_not_be_shown_is_refused(stand: Stand) -> None:
    vera = next(iter(stand.table.chains))
    with pytest.raises(NotAuthorised, match="posted batch"):
        stand.planting_of(stand.table.chains[vera]).commit(stand.batch_id, stand.agree())
    other = next(account for account in KEYS if account != stand.receipt.consumer)
    with pytest.raises(NotAuthorised, match="has not agreed"):
        stand.planting.commit(stand.batch_id, stand.agree(other))
    stand.planting.commit(stand.batch_id, stand.agree())
    with pytest.raises(Conflict, match="was committed"):
        stand.planting.commit(stand.batch_id, stand.agree())
    stand.open()

    with pytest.raises(Conflict, match="window"):
        stand.planting.commit(stand.batch_id, None)
