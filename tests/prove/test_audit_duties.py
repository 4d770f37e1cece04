"""Poster and verifiers play whole audits by themselves, on the real contracts."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from support.auditing.court_table import STEP, Table, make_world
from support.auditing.evm_chain import EvmChain
from support.memory_store import MemoryStore
from tallystick.app.verifying.book import Answered, CourtBook, Delivered
from tallystick.app.verifying.examining import Examined
from tallystick.app.verifying.posting import Poster
from tallystick.app.verifying.steps import Steps
from tallystick.app.verifying.verifier import Verifier
from tallystick.errors import IntegrityViolation
from tallystick.pipeline.auditing.court import Outcome, Phase, Said

pytestmark = pytest.mark.slow

Says = Callable[[int, bytes | None], Said]


class Examiner:
    """Says of each receipt what the test wants of what it was given; counts how often it was asked."""

    def __init__(self, says: Says, holds: bool = True) -> None:
        self.says, self.is_holding, self.asked = says, holds, 0

    def holds(self, batch_id: int) -> bool:
        return self.is_holding

    def __call__(
        self, batch_id: int, indices: Sequence[int], opened: Mapping[int, bytes]
    ) -> tuple[Examined, ...]:
        self.asked += 1
        return tuple(Examined(i, self.says(i, opened.get(i)), ()) for i in indices)


def honest(index: int, opened: bytes | None) -> Said:
    return Said.SAME if opened == b"receipt %d" % index else Said.UNOPENED


def false(index: int, opened: bytes | None) -> Said:
    return Said.DIFFERENT


class Play:
    """All nodes of one audit, each with books of its own on disk."""

    def __init__(self, folder: Path, says: Says = honest, holds: bool = True) -> None:
        self.table = Table(*make_world())
        self.content, self.folder = MemoryStore(), folder
        self.examiners = {account: Examiner(says, holds) for account in self.table.chains}
        self.poster = Poster(
            self.table.nora,  # type: ignore[arg-type]
            self.content,  # type: ignore[arg-type]
            CourtBook(folder / "nora"),
            Steps(self.table.nora),  # type: ignore[arg-type]
            lambda batch_id, indices: {i: b"receipt %d" % i for i in indices},
        )
        self.verifiers = {account: self.verifier(account) for account in self.table.chains}

    def verifier(self, account: str) -> Verifier:
        """Started anew: of what it did before it knows its book and its outbox."""
        chain = self.table.chains[account]  # type: ignore[index]
        return Verifier(
            chain,  # type: ignore[arg-type]
            self.content,  # type: ignore[arg-type]
            CourtBook(self.folder / account),
            Steps(chain),  # type: ignore[arg-type]
            self.examiners[account],  # type: ignore[index]
            self.table.keys[account],  # type: ignore[index, arg-type]
        )

    def look(self, *, posts: bool = True) -> Iterator[None]:
        """One of them after another looks once."""
        self.table.evm.wait(3)
        if posts:
            self.poster.look()
            yield
        for verifier in self.verifiers.values():
            verifier.look()
            yield

    def round(self) -> None:
        for _ in self.look():
            pass

    def until(self, phase: Phase, *, posts: bool = True) -> None:
        for _ in range(20):
            if self.phase is phase or any(self.phase is phase for _ in self.look(posts=posts)):
                return
        raise AssertionError(f"{self.phase} instead of {phase}")

    @property
    def audit(self) -> tuple[Phase, Outcome]:
        found = self.table.nora.court.audit_of(self.table.batch_id)
        return Phase(found.phase), Outcome(found.outcome)

    @property
    def phase(self) -> Phase:
        return self.audit[0]

    def chain_of(self, account: str) -> EvmChain:
        return self.table.chains[account]  # type: ignore[index]


def test_audit_when_all_are_honest_ends_clean_and_everybody_is_paid(tmp_path: Path) -> None:
    play = Play(tmp_path)
    table = play.table

    play.until(Phase.JUDGED)
    table.evm.wait(STEP)
    assert table.nora.batches.ends_at(table.batch) > table.nora.now()
    play.until(Phase.CLOSED)

    assert play.audit == (Phase.CLOSED, Outcome.CLEAN)
    owed = {a: table.nora.audit_fund.units_of(table.batch_id, a) for a in table.chains}
    before = {a: table.nora.token.balance_of(a) for a in table.chains}
    table.evm.wait(table.nora.batches.ends_at(table.batch) - table.nora.now())
    table.nora.batches.finalise_batch(table.batch_id)
    play.round()
    fee = table.nora.court.fee()
    assert {a: table.nora.token.balance_of(a) - before[a] for a in owed} == {a: owed[a] * fee for a in owed}
    assert sum(owed.values()) > 0


def test_verifier_when_started_anew_never_answers_twice(tmp_path: Path) -> None:
    play = Play(tmp_path)
    play.until(Phase.ANSWERING)
    account = play.table.seats[play.table.nora.court.drawn_of(play.table.batch_id)[0]]
    # The chain takes its commitment back, and the outbox loses it.
    with play.table.evm.undone():
        assert play.verifiers[account].look() == (f"batch {play.table.batch_id}: answer committed",)
    play.chain_of(account).sender.lose("audit-commit")

    play.examiners[account].says = false
    play.verifiers[account] = play.verifier(account)
    play.until(Phase.JUDGED)

    assert play.audit == (Phase.JUDGED, Outcome.CLEAN)
    assert play.examiners[account].asked == len(CourtBook(play.folder / account).answers()) == 1


def test_batch_when_two_name_one_receipt_false_is_convicted(tmp_path: Path) -> None:
    play = Play(tmp_path, says=false)

    play.until(Phase.JUDGED)
    assert play.audit == (Phase.JUDGED, Outcome.GUILTY)
    play.table.evm.wait(STEP)
    play.until(Phase.CLOSED)

    assert play.table.nora.batches.batch(play.table.batch_id).status == "convicted"
    assert play.audit == (Phase.CLOSED, Outcome.GUILTY)


def test_poster_when_silent_is_convicted_by_a_verifier(tmp_path: Path) -> None:
    play = Play(tmp_path)
    play.until(Phase.DELIVERING)
    table = play.table
    table.evm.wait(3)
    table.chains[table.seats[0]].beacon.publish(table.nora.court.audit_of(table.batch_id).round)

    table.evm.wait(STEP)
    play.until(Phase.CLOSED, posts=False)

    assert play.audit == (Phase.CLOSED, Outcome.GUILTY)


def test_batch_when_its_bytes_are_gone_is_voided_without_a_slash(tmp_path: Path) -> None:
    play = Play(tmp_path, holds=False)
    before = play.table.nora.token.balance_of(play.poster._ours)
    play.until(Phase.SIGNING)
    play.round()
    assert play.table.nora.court.audit_of(play.table.batch_id).done == 0

    play.table.evm.wait(STEP)
    play.until(Phase.CLOSED)

    assert play.audit == (Phase.CLOSED, Outcome.UNVERIFIED)
    assert play.table.nora.batches.batch(play.table.batch_id).status == "voided"
    assert play.table.nora.token.balance_of(play.poster._ours) <= before


def test_answers_when_they_differ_are_judged_by_a_panel(tmp_path: Path) -> None:
    play = Play(tmp_path)
    play.until(Phase.ANSWERING)
    drawn = play.table.nora.court.drawn_of(play.table.batch_id)
    play.examiners[play.table.seats[drawn[0]]].says = false

    play.until(Phase.PANEL_ANSWERING)
    play.until(Phase.CLOSED)

    assert play.audit == (Phase.CLOSED, Outcome.CLEAN)
    bond = play.table.nora.roster.seat_bond()
    bonds = {seat: play.table.nora.roster.seat_of(seat).bond for seat in play.table.seats}
    assert bonds[drawn[0]] == bond - bond // 2


@pytest.mark.parametrize("line", [b'{"kind":"answer"}\n{"kind":"answer"}\n', b"\xff\n{}\n"])
def test_book_when_a_line_is_damaged_stops(tmp_path: Path, line: bytes) -> None:
    (tmp_path / "book").write_bytes(line)

    with pytest.raises(IntegrityViolation, match="Line 1"):
        CourtBook(tmp_path / "book")


def test_book_when_the_last_line_was_cut_goes_on(tmp_path: Path) -> None:
    file = tmp_path / "book"
    CourtBook(file).delivered(1, "5e", lambda: Delivered(1, "5e", "aa" * 32))
    file.write_bytes(file.read_bytes() + b'{"kind":"fi')

    kept = CourtBook(file).delivered(1, "5e", lambda: Delivered(1, "5e", "bb" * 32))
    assert kept.digest == "aa" * 32
    assert len(CourtBook(file)._files) == 1


def test_book_when_a_round_has_another_seed_now_takes_another_answer(tmp_path: Path) -> None:
    book = CourtBook(tmp_path / "book")
    first, other = (Answered(1, seed, answer, "aa", "bb", "") for seed, answer in (("5e", 2), ("5f", 3)))

    for made in (first, other, Answered(1, "5e", 9, "aa", "bb", "")):
        book.answered(1, made.seed, lambda made=made: made)  # type: ignore[misc]

    assert CourtBook(tmp_path / "book").answers() == (first, other)
