"""nora makes a receipt of bob's false, commits before she posts the batch, and is excused for it, on the real chain."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from support.auditing.court_chain import CourtChain
from support.chain_stage import DAY, NORA, OPEN
from support.memory_store import MemoryStore
from support.shop import ALICE, Shop, open_shop
from tallystick.app.answering.desk import AnswerDesk
from tallystick.app.answering.planter import Planter
from tallystick.app.auditing.opening_file import parse_opening
from tallystick.app.paying.desk import PayDesk
from tallystick.app.paying.purse import Wallet
from tallystick.app.settlement.settle import Settlement
from tallystick.app.verifying import consents
from tallystick.app.verifying.book import CourtBook
from tallystick.app.verifying.examining import BookOpenings, Examined
from tallystick.app.verifying.planted import PlantedBook
from tallystick.app.verifying.planting import Planting
from tallystick.app.verifying.posting import Poster
from tallystick.app.verifying.steps import Steps
from tallystick.app.verifying.verifier import Verifier
from tallystick.domain.attribution import Attribution, Gains
from tallystick.domain.digests import Domain
from tallystick.domain.ids import Pot
from tallystick.domain.usage import Share
from tallystick.gateways.chain.devchain import DevChain
from tallystick.gateways.chain.rpc import Rpc
from tallystick.gateways.keys.dev_keys import dev_key
from tallystick.gateways.ledger.books import SqliteLedger
from tallystick.pipeline.auditing.court import Outcome, Phase, Said

pytestmark = pytest.mark.integration
STEP, SEATS, QUESTION = 3_600, 8, "When was it cast?"


def attribute(messages: object, passages: object, token_ids: object, text: str) -> Attribution:
    return Attribution((Share(ALICE, Pot.TRAINING, 300_000),), (), Gains(-2.0, -1.0, -1.0))


def fingerprint(prompt_ids: Sequence[int], token_ids: Sequence[int]) -> bytes:
    return bytes([*prompt_ids, *token_ids])


class Reexecutes:
    """What the shop's kitchen would have said, against what the opening says."""

    def __init__(self, domain: Domain) -> None:
        self._domain = domain

    def holds(self, batch_id: int) -> bool:
        return True

    def __call__(
        self, batch_id: int, indices: Sequence[int], opened: Mapping[int, bytes]
    ) -> tuple[Examined, ...]:
        return tuple(Examined(i, self._said(opened[i]), ()) for i in indices)

    def _said(self, data: bytes) -> Said:
        found = parse_opening(self._domain, data, "the receipt")
        prompt = range(len(QUESTION.split()))
        true = attribute((), (), found.output.tokens, found.output.answer).shares
        lines = {(line.pot, line.asset_id): line.ppm for line in found.signed.lines}
        mark = fingerprint(prompt, found.output.tokens)
        holds = all(lines[s.pot, s.asset_id] == s.ppm for s in true) and found.output.fingerprint == mark
        return Said.SAME if holds else Said.DIFFERENT


class Scene:
    """bob lets his answers be planted, and nora's node plants every one that it may."""

    def __init__(self, rpc: Rpc, ledger: SqliteLedger, folder: Path) -> None:
        self.ledger, self.folder, self.content = ledger, folder, MemoryStore()
        self.court = CourtChain(rpc, ledger, audit_step=STEP, audit_fee=100)
        self.nora = self.court.member(NORA)
        domain = self.domain = Domain(31337, self.nora.escrow.address)
        escrow = self.nora.escrow
        self.shop: Shop = open_shop(folder, NORA, escrow.address, credit=escrow)
        bob = self.bob = self.court.member(self.shop.bob)
        bob.escrow.deposit(100 * OPEN)
        bob.escrow.allot(NORA.address, 60 * OPEN)
        self.nora.stake.deposit(1_000 * OPEN)
        self.book = PlantedBook(folder / "planted.jsonl")
        self.planting = Planting(self.nora, self.content, folder, self.book, is_steady=True)
        books = self.shop.seller_books
        parts = (self.nora, self.content, books, NORA, domain)
        self.settlement = Settlement(*parts, self.book.within, self.planting.prepare)  # type: ignore[arg-type]
        dish = self.shop.counter.desk._menu.dish("estuary")
        kitchen = replace(dish.kitchen, attribute=attribute, fingerprint=fingerprint)
        self.shop.counter.desk = AnswerDesk(
            dishes=[replace(dish, kitchen=kitchen)],
            credit=escrow,
            ledger=books,
            signer=NORA,
            planter=Planter(1_000_000, self.book, self.nora.canaries),
        )
        openings = BookOpenings(self.nora, self.content, books.receipts)  # type: ignore[arg-type]
        steps = Steps(self.nora)
        self.poster = Poster(
            self.nora, self.content, CourtBook(folder / "poster"), steps, openings, self.planting  # type: ignore[arg-type]
        )  # fmt: skip

    def ask(self) -> None:
        bob = self.shop.bob
        wallet = Wallet(
            bob.address,
            bob,
            10**9,
            31337,
            self.domain.escrow,
            agree=lambda receipt: consents.give(self.bob, bob, receipt, lasting_s=30 * DAY),
        )
        desk = PayDesk(api=self.shop.counter, ledger=self.shop.buyer_books, wallet=wallet)
        desk.chat({"model": "estuary", "messages": [{"role": "user", "content": QUESTION}]})

    def settle(self) -> int:
        self.settlement.redeem()
        return self.settlement.close_batch().batch_id

    def seat(self) -> list[Verifier]:
        found = []
        for number in range(SEATS):
            key = dev_key(11 + number)
            chain = self.court.member(key)
            chain.roster.enrol(key.reader_key)
            book = CourtBook(self.folder / f"verifier-{number}")
            examine = Reexecutes(self.domain)
            found.append(Verifier(chain, self.content, book, Steps(chain), examine, key))  # type: ignore[arg-type]
        return found

    def play(self, verifiers: Sequence[Verifier], devchain: DevChain, batch_id: int) -> None:
        """Everybody looks until the audit is closed; where nobody has anything to do, a step goes by."""
        for _ in range(40):
            devchain.mine(3)
            done = [self.poster.look(), *(verifier.look() for verifier in verifiers)]
            if self.audit(batch_id)[0] is Phase.CLOSED:
                return
            if not any(done):
                devchain.advance(STEP)
        raise AssertionError(f"the audit is at {self.audit(batch_id)}")

    def audit(self, batch_id: int) -> tuple[Phase, Outcome]:
        found = self.nora.court.audit_of(batch_id)
        return Phase(found.phase), Outcome(found.outcome)

    def close(self) -> None:
        self.shop.close()


def test_receipt_when_planted_by_the_node_is_committed_to_found_and_excused(
    rpc: Rpc, devchain: DevChain, ledger: SqliteLedger, tmp_path: Path
) -> None:
    scene = Scene(rpc, ledger, tmp_path)
    try:
        scene.ask()  # nobody has agreed yet: it is true, and its payer agrees now
        first = scene.settle()
        devchain.advance(DAY + 1)
        nora = scene.nora
        nora.batches.finalise_batch(first)
        verifiers = scene.seat()
        scene.ask()
        (planted,) = scene.book.planted
        assert planted.consent is not None

        batch_id = scene.settle()

        batch = nora.batches.batch(batch_id)
        made = nora.canaries.commitment_of(NORA.address, batch.header.receipts_root)
        assert made is not None and made[1] <= batch.submitted_at
        staked = nora.stake.free_of(NORA.address)
        scene.play(verifiers, devchain, batch_id)
        assert scene.audit(batch_id) == (Phase.CLOSED, Outcome.CLEAN)
        assert nora.canaries.excused_in(planted.receipt) == batch_id
        devchain.advance(max(nora.batches.ends_at(batch) - nora.now(), 0))
        nora.batches.finalise_batch(batch_id)
        assert nora.stake.free_of(NORA.address) >= staked
        assert scene.book.planted[0].is_spent
    finally:
        scene.close()
