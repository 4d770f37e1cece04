"""A planted receipt through the shipped gateways: what Python signs and commits to is what the contracts read."""

from dataclasses import astuple

import pytest

from prove.fraud.claims import receipt_hash
from prove.fraud.setting import KEYS
from support.auditing.court_table import Table, make_world
from tallystick.commitments.signatures import sign
from tallystick.commitments.sum_tree import SumTree
from tallystick.domain.digests import receipt_digest, voucher_hash
from tallystick.domain.ids import Hash
from tallystick.errors import InvalidInput
from tallystick.pipeline.auditing import court as reference
from tallystick.pipeline.auditing.court import Outcome, Said, packed
from tallystick.ports.auditing.canaries import Canary

pytestmark = pytest.mark.slow

WORD, SALT = Hash(b"\xd1" * 32), b"\xd3" * 32


def test_canary_when_both_found_it_is_shown_by_the_gateways_and_excused() -> None:
    table = Table(*make_world())
    nora, domain, batch = table.nora, table.world.domain, table.batch
    entries = table.world.honest.entries()
    shown, index = entries[0].signed, 0
    receipt, expires_at = receipt_digest(domain, shown.receipt), nora.now() + 600
    asked = nora.canaries.consent_statement(receipt, expires_at)
    consent = sign(asked.digest, KEYS[shown.receipt.consumer])
    canary = Canary(index, receipt, expires_at, consent, SALT)
    made = reference.canary_commitment(*astuple(canary))
    root = batch.header.receipts_root
    assert nora.canaries.commitment_of(batch.header.poster, root) is None

    nora.canaries.commit(root, Hash(made))

    assert nora.canaries.commitment_of(batch.header.poster, root) == (made, nora.now())
    assert nora.canaries.is_pending(batch) and nora.canaries.excused_in(receipt) is None
    _judge(table, index)
    assert Outcome(nora.court.audit_of(table.batch_id).outcome) is Outcome.GUILTY
    values = [e.signed.receipt.cumulative - e.signed.receipt.previous for e in entries]
    leaves = [receipt_hash(domain, e) for e in entries]
    path = SumTree(zip(leaves, values, strict=True)).path(index).packed
    opening = (astuple(shown.receipt), b"", shown.signature, voucher_hash(domain, shown.voucher), index, path)
    with pytest.raises(InvalidInput, match="show reverted"):
        nora.canaries.show(batch, opening, Canary(index, receipt, expires_at + 1, consent, SALT))

    done = nora.canaries.show(batch, opening, canary)

    assert done.event("CanaryShown").values["index"] == index
    assert Outcome(nora.court.audit_of(table.batch_id).outcome) is Outcome.CLEAN
    assert nora.canaries.excused_in(receipt) == table.batch_id and not nora.canaries.is_pending(batch)


def _judge(table: Table, planted: int) -> None:
    """Two verifiers name the planted receipt, and nothing else."""
    court, batch_id = table.nora.court, table.batch_id
    court.open(table.batch)
    table.publish()
    for place, (_, chain) in list(enumerate(table.drawn()))[:2]:
        chain.court.attest(batch_id, place)
    table.publish()
    court.deliver(batch_id, WORD)
    drawn, sampled = [chain for _, chain in table.drawn()], court.sample_of(batch_id)
    assert planted in sampled
    answer = packed([Said.DIFFERENT if i == planted else Said.SAME for i in sampled])
    assert answer & reference.excused_samples(sampled, planted) == answer
    for place, chain in enumerate(drawn):
        made = reference.answer_commitment(batch_id, chain.sender.address, answer, WORD, WORD)
        chain.court.commit_answer(batch_id, place, Hash(made))
    for place, chain in enumerate(drawn):
        chain.court.reveal_answer(batch_id, place, answer, WORD, WORD)
