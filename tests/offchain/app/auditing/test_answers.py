"""vera audits one of bob's answers from the chain, public files and the opening that he gave her."""

import random
from dataclasses import replace
from pathlib import Path

import pytest

from support.auditing.opened import Books, OpenedWorld, resigned, sold
from support.factories import DOMAIN, asset_of, named
from tallystick.app.auditing.opening_file import read_opening, write_opening
from tallystick.app.auditing.openings import Openings
from tallystick.domain.answers.levels import AnswerAudit, Fault, Level, Sample
from tallystick.domain.answers.opened import PassageRef
from tallystick.domain.answers.opening import OpenedAnswer, Shown
from tallystick.domain.attribution import Evidence, Gains
from tallystick.domain.digests import lines_hash, receipt_digest
from tallystick.domain.ids import Pot
from tallystick.domain.usage import Share
from tallystick.errors import InvalidInput, NotFound


@pytest.fixture
def opened() -> OpenedWorld:
    return OpenedWorld.of()


def audit(opened: OpenedWorld, answer: OpenedAnswer | None = None, level: Level = Level.L1) -> AnswerAudit:
    held = answer or opened.first
    digest = receipt_digest(DOMAIN, held.signed.receipt)
    return Openings(opened.world.chain, opened.world.content, Books(held)).audit(digest, level, None)  # type: ignore[arg-type]


def faults(report: AnswerAudit, level: Level) -> list[Fault]:
    return [fault for check in report.levels if check.level is level for fault in check.faults]


def test_audit_when_all_is_honest_reaches_the_level_asked_for(opened: OpenedWorld) -> None:
    batch_id = opened.world.settle()

    report = audit(opened)

    assert (report.reached, report.holds, report.batch_id, report.remedy) == (Level.L1, True, batch_id, "")
    assert all(c.compared > 0 and c.proves and c.seconds > 0 for c in report.levels)


def test_audit_when_asked_deeper_without_the_model_says_why_it_stopped(opened: OpenedWorld) -> None:
    report = audit(opened, level=Level.L4)

    assert report.reached is Level.L1 and report.holds
    assert [c.is_reached for c in report.levels] == [True, True, False, False, False]
    assert "model is not here" in report.levels[2].why and "L2" in report.levels[3].why


def test_audit_when_not_settled_yet_says_so(opened: OpenedWorld) -> None:
    report = audit(opened)

    assert report.batch_id is None and "No standing batch" in report.levels[0].why


def test_audit_when_nobody_opens_it_reaches_l0_and_says_so(opened: OpenedWorld) -> None:
    opened.world.settle()

    report = Openings(opened.world.chain, opened.world.content, None).audit(
        opened.world.digest, Level.L2, None
    )

    assert report.reached is Level.L0 and report.holds
    assert all("opening" in c.why for c in report.levels[:2])


def test_audit_when_nobody_has_the_receipt_is_not_found(opened: OpenedWorld) -> None:
    with pytest.raises(NotFound, match="Nobody shows the receipt"):
        Openings(opened.world.chain, opened.world.content, None).audit(named("none"), Level.L0, None)


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"salt": named("other")}, "queryCommit"),
        ({"messages": ({"role": "user", "content": "Another?"},)}, "queryCommit"),
        ({"shown": Shown(gains=Gains(0.0, 0.0, 0.0))}, "shares"),
    ],
)
def test_l0_when_the_opening_is_another_names_it(
    opened: OpenedWorld, changes: dict[str, object], what: str
) -> None:
    report = audit(opened, replace(opened.first, **changes))  # type: ignore[arg-type]

    assert what in [f.what for f in faults(report, Level.L0)]
    assert not report.holds and not report.levels[1].is_reached


@pytest.mark.parametrize("part", ["answer", "tokens", "passages", "fingerprint"])
def test_l0_when_a_part_of_the_output_is_another_names_the_commitment(opened: OpenedWorld, part: str) -> None:
    other = {"answer": "On the pier.", "tokens": (1,) * 7, "passages": (), "fingerprint": b"f"}[part]

    report = audit(opened, replace(opened.first, output=replace(opened.first.output, **{part: other})))  # type: ignore[arg-type]

    assert "outputCommit" in [f.what for f in faults(report, Level.L0)]


def test_l0_when_more_tokens_are_billed_than_opened_names_them(opened: OpenedWorld) -> None:
    report = audit(opened, resigned(opened.first, tokens_out=8))

    found = {f.what: f.remedy for f in faults(report, Level.L0)}
    assert "transaction" in found["wrongFee"] and "audit game" in found["tokensOut"]


def test_l0_when_the_lines_are_no_split_is_provable(opened: OpenedWorld) -> None:
    answer = opened.first
    first, second, *rest = answer.signed.lines
    lines = (replace(first, amount=first.amount - 5), replace(second, amount=second.amount + 5), *rest)
    spoilt = replace(answer, signed=replace(answer.signed, lines=lines))
    opened.answers[0] = resigned(spoilt, lines_hash=lines_hash(lines))
    opened.world.receipts = (opened.first.signed,)
    batch_id = opened.world.settle()

    report = audit(opened)

    assert "wrongSplit" in [f.what for f in faults(report, Level.L0)]
    assert report.remedy == f"`tallystick audit batch {batch_id} --convict` sends the proof."


def test_l1_when_a_passage_is_of_no_indexed_set_names_it(opened: OpenedWorld) -> None:
    alice = opened.world.data["alice"].asset_id

    report = audit(opened, opened.changed(passages=(PassageRef(alice, 0),)))

    assert {f.what for f in faults(report, Level.L1)} == {"passage", "retrieval"}
    assert "audit game" in report.remedy


def test_l1_when_a_passage_is_beyond_its_set_names_it(opened: OpenedWorld) -> None:
    petra = opened.world.data["petra"].asset_id

    report = audit(opened, opened.changed(passages=(PassageRef(petra, 1),)))

    assert [f.found for f in faults(report, Level.L1)] == ["it has 1 records"]


def test_l1_when_passages_repeat_names_their_order(opened: OpenedWorld) -> None:
    petra = opened.world.data["petra"].asset_id

    report = audit(opened, opened.changed(passages=(PassageRef(petra, 0), PassageRef(petra, 0))))

    assert [f.what for f in faults(report, Level.L1)] == ["passages"]


def test_l1_when_retrieval_is_paid_without_a_passage_names_it(opened: OpenedWorld) -> None:
    report = audit(opened, opened.changed(passages=()))

    assert [f.what for f in faults(report, Level.L1)] == ["retrieval"]


def test_l0_when_training_is_paid_outside_the_manifest_is_provable(opened: OpenedWorld) -> None:
    report = audit(opened, opened.shared(Share(asset_of("carl"), Pot.TRAINING, 500_000)))

    assert [f.what for f in faults(report, Level.L0)] == ["foreignLine"]


@pytest.mark.parametrize(
    ("answer", "length", "found"),
    [
        ("They nest on the spit, as ever.", 11, []),
        ("They nest on the spit, as ever.", 12, ["span"]),
        ("They nest elsewhere.", 11, ["span"]),
        ("They nest on the spit, as ever.", 0, ["span"]),
    ],
)
def test_l1_when_a_span_is_claimed_looks_it_up(
    opened: OpenedWorld, answer: str, length: int, found: list[str]
) -> None:
    alice = opened.world.data["alice"].asset_id
    row = Evidence("spans", alice, 0, float(length), "verbatim")
    shown = replace(opened.first.shown, evidence=(row,))
    output = replace(opened.first.output, answer=answer)

    report = audit(opened, sold(opened.world, opened.first.messages, output, shown))

    assert [f.what for f in faults(report, Level.L1)] == found


def test_l1_when_records_were_changed_after_the_root_does_not_reach(opened: OpenedWorld) -> None:
    petra = opened.world.registered[opened.world.data["petra"].asset_id]
    opened.world.tamper(petra.manifest_digest)

    report = audit(opened)

    assert report.reached is Level.L0 and "does not hold" in report.levels[1].why


def test_opening_when_written_and_read_is_the_same(opened: OpenedWorld, tmp_path: Path) -> None:
    books, digest = Books(opened.first), receipt_digest(DOMAIN, opened.first.signed.receipt)
    file = tmp_path / "opening.json"
    Openings(opened.world.chain, opened.world.content, books).write(digest, file)  # type: ignore[arg-type]

    assert read_opening(DOMAIN, file) == opened.first
    by_file = Openings(opened.world.chain, opened.world.content, None, (tmp_path,))
    assert by_file.audit(digest, Level.L1, None).reached is Level.L1
    with pytest.raises(InvalidInput, match="there already"):
        Openings(opened.world.chain, opened.world.content, books).write(digest, file)  # type: ignore[arg-type]


def test_opening_when_it_is_none_or_of_another_chain_is_refused(opened: OpenedWorld, tmp_path: Path) -> None:
    books, digest = Books(opened.first), receipt_digest(DOMAIN, opened.first.signed.receipt)
    body, file = write_opening(DOMAIN, books.get(digest), books.opening(digest)), tmp_path / "o.json"
    draw = random.Random(7)
    for cut in draw.sample(range(len(body)), 20):
        file.write_bytes(body[:cut])
        with pytest.raises(InvalidInput, match="no opening"):
            read_opening(DOMAIN, file)
    file.write_bytes(body)
    with pytest.raises(InvalidInput, match="that deployment"):
        read_opening(replace(DOMAIN, chain_id=1), file)


def test_batch_when_sampled_audits_those_with_an_opening(opened: OpenedWorld) -> None:
    batch_id = opened.world.settle()
    openings = Openings(opened.world.chain, opened.world.content, Books(opened.answers[1]))  # type: ignore[arg-type]

    answers, unopened = openings.audit_batch(batch_id, Sample(Level.L1, count=5, seed=3), None)

    assert [a.receipt for a in answers] == [receipt_digest(DOMAIN, opened.answers[1].signed.receipt)]
    assert unopened == 1 and answers[0].holds
