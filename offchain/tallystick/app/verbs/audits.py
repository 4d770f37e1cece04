"""Verbs of whoever checks others: audits, convictions, demands and what they bring."""

from tallystick.app import audit
from tallystick.app.audit_rewards import RewardAudit, audit_rewards
from tallystick.app.challenges import desk
from tallystick.app.challenges.raising import Agree, RaisedDemand
from tallystick.app.settlement.replace import ReplacedBatch, replace_batch
from tallystick.app.settlement.steps import SettledStep, answer_demands
from tallystick.app.verbs.parts import Parts
from tallystick.domain.challenge import Subject
from tallystick.ports import Transaction
from tallystick.ports.batches import SubmittedBatch


class AuditVerbs(Parts):
    """What is sent is sent with this node's key. `agree` is asked before a bond is sent."""

    def batch(self, *, batch_id: int) -> SubmittedBatch:
        return audit.find_submitted(self._outside.chain(), batch_id)

    def replace_batch(self, *, batch_id: int) -> ReplacedBatch:
        return replace_batch(self._settlement, batch_id)

    def finalise_batch(self, *, batch_id: int) -> Transaction:
        settlement, batch = self._settlement, self._outside.chain().batches.batch(batch_id)
        if batch.header.poster == settlement.operator.address == batch.header.operator:
            return settlement.finalise(batch_id, batch.header)
        return settlement.chain.batches.finalise_batch(batch_id)

    def audit_batch(
        self, *, batch_id: int, convicting: bool = False, agree: Agree | None = None
    ) -> audit.AuditReport:
        chain = self._acting if convicting or agree else self._outside.chain()
        return audit.audit_batch(chain, self._outside.content(), batch_id, convicting=convicting, agree=agree)

    def audit_rewards(
        self, *, proposal_id: int, convicting: bool = False, agree: Agree | None = None
    ) -> RewardAudit:
        chain = self._acting if convicting or agree else self._outside.chain()
        return audit_rewards(chain, self._outside.content(), proposal_id, convicting=convicting, agree=agree)

    def collect_report(self, *, subject: Subject, number: int) -> audit.PaidReport:
        return audit.collect_report(self._acting, subject, number)

    def open_demands(self, *, subject: Subject | None, number: int | None) -> tuple[desk.OpenDemand, ...]:
        return desk.open_demands(self._outside.chain(), subject, number)

    def demand_leaf(
        self, *, subject: Subject, number: int, kind: str, index: int, agree: Agree
    ) -> RaisedDemand | None:
        return desk.demand_leaf(self._acting, subject, number, kind, index, agree)

    def answer_leaves(self) -> tuple[SettledStep, ...]:
        return answer_demands(self._settlement, self._own_datasets)

    def end_demands(self) -> tuple[desk.EndedDemand, ...]:
        return desk.end_demands(self._acting)
