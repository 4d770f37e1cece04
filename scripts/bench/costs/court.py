"""What an audit costs whom: a clean one of ten receipts, from its opening to its end."""

from collections.abc import Iterator
from dataclasses import astuple
from typing import Any

from bench.costs.chain import Chain
from bench.costs.floor import REPEAT, Case
from bench.costs.money import header, prepare_operator, stamp_of, word
from bench.costs.rows import Row, run
from tallystick.domain.batch import named
from tallystick.domain.ids import address
from tallystick.pipeline.auditing.court import answer_commitment

COURT, ROSTER, BEACON = "AuditCourt", "VerifierRoster", "BlockBeacon"
SEATED = tuple(f"verifier {number}" for number in range(9))
RECEIPTS, CLEAN = 10, 0


def audits(chain: Chain) -> Iterator[Row]:
    """Everything is answered in time, and nobody appeals. Each call is the first of its kind in this audit."""
    yield _seat(chain)
    prepare_operator(chain, "nora", "bob")
    made = header(chain, "nora", RECEIPTS)
    batch_id, stamp = stamp_of(chain.send("nora", "AttributionRegistry", "submitBatch", astuple(made)))
    batch = named(batch_id, made, stamp)
    yield run(chain, Case("audit_open", REPEAT), "bob", COURT, "open", batch)
    yield from _attested(chain, batch_id)
    _publish(chain, batch_id)
    yield run(chain, Case("audit_deliver", REPEAT), "nora", COURT, "deliver", batch_id, word("openings"))
    yield from _answered(chain, batch_id)
    chain.wait(int(chain[COURT].step()))
    yield run(chain, Case("audit_close", REPEAT), "bob", COURT, "close", batch)


def _seat(chain: Chain) -> Row:
    """The ninth seat."""
    for name in SEATED:
        chain.fund(name, 2 * int(chain[ROSTER].seatBond()), ROSTER)
    for name in SEATED[:-1]:
        chain.send(name, ROSTER, "enrol", word(name))
    return run(chain, Case("verifier_enrol", REPEAT), SEATED[-1], ROSTER, "enrol", word(SEATED[-1]))


def _attested(chain: Chain, batch_id: int) -> Iterator[Row]:
    """The first of the two, who starts nothing."""
    _publish(chain, batch_id)
    first, second = _drawn(chain, batch_id)[:2]
    yield run(chain, Case("audit_attest", REPEAT), first, COURT, "attest", batch_id, 0)
    chain.send(second, COURT, "attest", batch_id, 1)


def _answered(chain: Chain, batch_id: int) -> Iterator[Row]:
    """The first of the pair."""
    drawn, said = _drawn(chain, batch_id), (CLEAN, word("report"), word("salt"))
    made = [answer_commitment(batch_id, address(chain.account(who)), *said) for who in drawn]
    yield run(chain, Case("audit_commit", REPEAT), drawn[0], COURT, "commitAnswer", batch_id, 0, made[0])
    chain.send(drawn[1], COURT, "commitAnswer", batch_id, 1, made[1])
    yield run(chain, Case("audit_reveal", REPEAT), drawn[0], COURT, "revealAnswer", batch_id, 0, *said)
    chain.send(drawn[1], COURT, "revealAnswer", batch_id, 1, *said)


def _publish(chain: Chain, batch_id: int) -> None:
    """The seed of the draw in force."""
    audit: Any = chain[COURT].auditOf(batch_id)
    chain.rpc("anvil_mine", hex(int(chain[BEACON].delay()) + 1))
    chain.send("bob", BEACON, "publish", int(audit["round"]))


def _drawn(chain: Chain, batch_id: int) -> list[str]:
    return [SEATED[int(seat)] for seat in chain[COURT].drawnOf(batch_id)]
