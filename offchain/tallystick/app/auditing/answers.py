"""Audits one answer from the chain, public files and its opening alone, as deep as these and the model allow."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from tallystick.app.auditing.batches import domain_of
from tallystick.app.auditing.membership import Member, find_member
from tallystick.app.auditing.provenance import named_by, provenance_of
from tallystick.app.auditing.verbatim import span_faults
from tallystick.app.evidence.facts import ChainView
from tallystick.domain.answers.levels import (
    BY_TRANSACTION,
    PROVES,
    AnswerAudit,
    Fault,
    Level,
    LevelCheck,
    not_reached,
)
from tallystick.domain.answers.opening import OpenedAnswer
from tallystick.domain.digests import receipt_digest
from tallystick.domain.ids import Hash
from tallystick.domain.usage import SignedReceipt
from tallystick.errors import NodeError
from tallystick.pipeline.auditing.answers import arithmetic
from tallystick.pipeline.auditing.answers.sources import check_evidence, check_passages, unseen
from tallystick.ports import Chain, ContentStore

NO_OPENING = "Nobody gave an opening of this receipt; its consumer and its operator hold one."


@dataclass(frozen=True, slots=True)
class Case:
    """What is audited. Without an opening only the receipt itself can be."""

    signed: SignedReceipt
    opened: OpenedAnswer | None
    member: Member | None


Deeper = Callable[[Case, Level], LevelCheck]


def audit_answer(
    chain: Chain,
    content: ContentStore,
    case: Case,
    level: Level,
    deeper: Deeper | None = None,
    clock: Callable[[], float] = time.perf_counter,
) -> AnswerAudit:
    """Levels in turn, up to `level`; the first that fails or cannot be reached ends it. `deeper` checks from L2 on."""
    checks: list[LevelCheck] = []
    for each in Level:
        if each > level:
            break
        if checks and not checks[-1].holds:
            checks.append(not_reached(each, f"{checks[-1].level} does not hold or was not reached"))
        elif each > Level.L0 and case.opened is None:
            checks.append(not_reached(each, NO_OPENING))
        else:
            checks.append(_timed(partial(_check, chain, content, case, each, deeper), clock))
    reached = [c.level for c in checks if c.is_reached]
    return AnswerAudit(
        receipt=receipt_digest(domain_of(chain), case.signed.receipt),
        batch_id=case.member.batch_id if case.member else None,
        asked=level,
        reached=reached[-1] if reached else None,
        holds=not any(c.faults for c in checks),
        levels=tuple(checks),
        remedy=_remedy(case, [fault for c in checks for fault in c.faults]),
    )


def case_of(
    chain: Chain,
    content: ContentStore,
    digest: Hash,
    opened: OpenedAnswer | None,
    signed: SignedReceipt | None,
) -> Case | None:
    """A receipt by its digest: as settled, as opened or as kept; None where nobody has it."""
    member = find_member(chain, content, digest)
    found = member.signed if member else opened.signed if opened else signed
    return Case(found, opened, member) if found else None


def _check(
    chain: Chain, content: ContentStore, case: Case, level: Level, deeper: Deeper | None
) -> LevelCheck:
    if level is Level.L0:
        return _arithmetic(chain, content, case)
    if level is Level.L1:
        return _sources(chain, content, case)
    if deeper is None:
        return not_reached(level, "The model is not here: audit where its base model is.")
    return deeper(case, level)


def _arithmetic(chain: Chain, content: ContentStore, case: Case) -> LevelCheck:
    facts, domain = ChainView(chain, content), domain_of(chain)
    faults = list(arithmetic.check_receipt_alone(domain, case.signed, facts))
    compared, missing = arithmetic.RECEIPT_FACTS + len(case.signed.lines), []
    if case.opened is None:
        missing.append(NO_OPENING)
    else:
        compared += arithmetic.OPENING_FACTS
        faults += arithmetic.check_opening(replace(case.opened, signed=case.signed))
    if case.member is None:
        missing.append("No standing batch holds the receipt yet.")
    else:
        compared += 1
    return LevelCheck(
        Level.L0, PROVES[Level.L0], True, compared, 0.0, "", tuple(faults), " ".join(missing), 0.0
    )


def _sources(chain: Chain, content: ContentStore, case: Case) -> LevelCheck:
    assert case.opened is not None
    opened = replace(case.opened, signed=case.signed)
    terms = chain.models.terms(case.signed.receipt.terms_id)
    try:
        known = provenance_of(chain, content, terms, named_by(opened))
    except NodeError as error:
        return not_reached(Level.L1, f"{error.message} {error.hint}")
    faults = (*check_passages(opened, known), *check_evidence(opened, known), *span_faults(opened, known))
    compared = 2 * len(opened.output.passages) + len(opened.shown.evidence) + len(opened.signed.lines)
    hidden = unseen(known)
    missing = f"Private, so that their records stay unseen: {', '.join(hidden)}." if hidden else ""
    return LevelCheck(Level.L1, PROVES[Level.L1], True, compared, 0.0, "", faults, missing, 0.0)


def _timed(check: Callable[[], LevelCheck], clock: Callable[[], float]) -> LevelCheck:
    start = clock()
    done = check()
    return replace(done, seconds=clock() - start)


def _remedy(case: Case, faults: list[Fault]) -> str:
    if not faults:
        return ""
    provable = [f for f in faults if f.remedy == BY_TRANSACTION]
    if provable and case.member:
        return f"`tallystick audit batch {case.member.batch_id} --convict` sends the proof."
    if provable:
        return "A batch that holds this receipt can be convicted once it is posted."
    return "; ".join(dict.fromkeys(f.remedy for f in faults))
