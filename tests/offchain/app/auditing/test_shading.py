"""An operator's audits together, over batches and restarts: shading adds up, honest noise does not."""

import random
from pathlib import Path

import pytest

from support.ledger_records import NORA, hash_of
from tallystick.app.auditing.shading import Shading, audited_shares, watched
from tallystick.domain.answers.levels import AnswerAudit, Level, LevelCheck, Measured
from tallystick.domain.ids import AssetId, Pot
from tallystick.errors import Conflict
from tallystick.gateways.ledger.books import SqliteLedger
from tallystick.pipeline.attribution.reference.tolerance import AGREED_PPM
from tallystick.ports import AuditedShareRecords

ALICE, OMAR = AssetId(b"\x01" * 32), AssetId(b"\x02" * 32)
SHADED = 5_000


def audit(number: int, toward: int) -> AnswerAudit:
    """Of one answer whose training shares differ by so much from the reference's."""
    measured = Measured(Pot.TRAINING, ((ALICE, toward), (OMAR, 0)))
    check = LevelCheck(Level.L3, "", True, 2, float(abs(toward)), "ppm", (), "", 0.0, (measured,))
    return AnswerAudit(hash_of(number), 1, Level.L3, Level.L3, True, (check,), "")


def in_batches(file: Path, audits: list[AnswerAudit], size: int = 50) -> list[Shading]:
    """What each batch's audit says; the books are closed in between, as between two commands."""
    said = []
    for start in range(0, len(audits), size):
        with SqliteLedger(file) as ledger:
            new = audited_shares(NORA, audits[start : start + size])
            said.append(watched(NORA, new, ledger.audited_shares, lambda held=ledger: held.audited_shares))
    return said


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_shading_when_half_a_percent_is_kept_is_named_within_500_audits(tmp_path: Path, seed: int) -> None:
    draw = random.Random(seed)
    audits = [audit(n, SHADED + round(draw.gauss(0, 400))) for n in range(500)]
    assert all(abs(d) < AGREED_PPM for a in audits for _, d in a.levels[0].measured[0].differences)

    said = in_batches(tmp_path / "ledger.sqlite3", audits)

    assert said[0].signs == () and said[-1].receipts == 500
    sign = next(s for s in said[-1].signs if s.beneficiary == ALICE)
    assert (sign.pot, sign.direction) == (Pot.TRAINING, "toward")
    assert sign.audits <= 500 and sign.mean_ppm == pytest.approx(SHADED, rel=0.1)


@pytest.mark.slow
@pytest.mark.parametrize("noise", [0, 60, 400])
def test_shading_when_the_operator_is_honest_names_nothing(tmp_path: Path, noise: int) -> None:
    draw = random.Random(noise)
    audits = [audit(n, round(draw.gauss(0, noise))) for n in range(1_000)]

    said = in_batches(tmp_path / "ledger.sqlite3", audits, 500)

    assert said[-1].signs == () and "1 in 10,000" in said[-1].false_alarm


def test_shading_when_a_receipt_is_audited_again_counts_it_once(tmp_path: Path) -> None:
    said = in_batches(tmp_path / "ledger.sqlite3", [audit(7, SHADED)] * 500)

    assert said[-1].receipts == 1 and said[-1].signs == ()


def test_shading_when_another_process_writes_the_books_judges_and_says_that_nothing_was_kept(
    tmp_path: Path,
) -> None:
    def held() -> AuditedShareRecords:
        raise Conflict("The ledger is in use.", "Stop the other process.")

    new = audited_shares(NORA, [audit(n, SHADED) for n in range(500)])
    with SqliteLedger(tmp_path / "ledger.sqlite3") as ledger:
        said = watched(NORA, new, ledger.audited_shares, held)

        assert said.why.startswith("Not kept: The ledger is in use.") and said.signs
        assert ledger.audited_shares.of(NORA) == ()


@pytest.mark.parametrize("answers", [[], [AnswerAudit(hash_of(1), 1, Level.L1, Level.L1, True, (), "")]])
def test_shading_when_nothing_was_measured_says_what_is_known(
    tmp_path: Path, answers: list[AnswerAudit]
) -> None:

    with SqliteLedger(tmp_path / "ledger.sqlite3") as ledger:
        new = audited_shares(NORA, answers)
        said = watched(NORA, new, ledger.audited_shares, lambda: ledger.audited_shares)

    assert (said.receipts, said.signs, said.why) == (0, (), "")
