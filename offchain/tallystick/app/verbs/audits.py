"""Verbs of whoever checks others: audits, convictions, demands and what they bring."""

from dataclasses import replace
from functools import partial
from pathlib import Path
from random import Random, SystemRandom

from tallystick.app.auditing import batches as audit
from tallystick.app.auditing.openings import Openings, WrittenOpening
from tallystick.app.auditing.reference import Bench, Reference
from tallystick.app.auditing.rescoring import Rescoring
from tallystick.app.auditing.rewards import RewardAudit, audit_rewards, forfeit
from tallystick.app.auditing.shading import Shading, audited_shares, watched
from tallystick.app.challenges import desk
from tallystick.app.challenges.raising import Agree, PlannedDemand, RaisedDemand
from tallystick.app.settlement.replace import ReplacedBatch, replace_batch
from tallystick.app.settlement.steps import SettledStep, answer_demands
from tallystick.app.verbs.parts import Parts
from tallystick.domain.answers.levels import AnswerAudit, Level, Sample
from tallystick.domain.challenge import Subject
from tallystick.domain.ids import Hash
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
        self,
        *,
        batch_id: int,
        convicting: bool = False,
        agree: Agree | None = None,
        sample: Sample | None = None,
    ) -> audit.AuditReport:
        """All of it at L0, and with a `sample` some of the answers that have an opening here deeper."""
        chain = self._acting if convicting or agree else self._outside.chain()
        done = audit.audit_batch(chain, self._outside.content(), batch_id, convicting=convicting, agree=agree)
        if sample is None or sample.level is Level.L0:
            return done
        answers, unopened = self._openings(sample.openings).audit_batch(batch_id, sample, self._deeper)
        shading = self._shading(batch_id, answers)
        return replace(done, answers=answers, unopened=unopened, shading=shading)

    def _shading(self, batch_id: int, answers: tuple[AnswerAudit, ...]) -> Shading:
        """The operator's audited shares, these ones with them, judged together and kept in this node's books."""
        outside = self._outside
        operator = audit.find_submitted(outside.chain(), batch_id).header.operator
        new = audited_shares(operator, answers)
        known = outside.records().audited_shares
        return watched(operator, new, known, lambda: outside.ledger().audited_shares)

    def audit_receipt(self, *, receipt_hash: bytes, openings: tuple[Path, ...], level: Level) -> AnswerAudit:
        """`openings` are files or folders of them; this node's own books come after."""
        return self._openings(openings).audit(Hash(receipt_hash), level, self._deeper)

    def open_receipt(self, *, receipt_hash: bytes, file: Path) -> WrittenOpening:
        return self._openings(()).write(Hash(receipt_hash), file)

    @property
    def _deeper(self) -> Rescoring:
        return self._rescoring(SystemRandom())

    def _rescoring(self, draw: Random | None) -> Rescoring:
        """Loads a model only once an answer is to be scored."""
        outside, config = self._outside, self._config
        chain, content = outside.chain(), outside.content()
        bench = Bench(config.model, self._book.home / "audited", config.embedder, outside.report, draw)
        return Rescoring(chain, content, partial(Reference, chain, content, bench=bench))

    def _openings(self, files: tuple[Path, ...]) -> Openings:
        outside = self._outside
        return Openings(outside.chain(), outside.content(), outside.records().receipts, files)

    def audit_rewards(
        self, *, proposal_id: int, convicting: bool = False, agree: Agree | None = None
    ) -> RewardAudit:
        chain = self._acting if convicting or agree else self._outside.chain()
        return audit_rewards(chain, self._outside.content(), proposal_id, convicting=convicting, agree=agree)

    def forfeit_tranche(self, *, batch_id: int) -> Transaction:
        return forfeit(self._acting, self._outside.content(), batch_id)

    def collect_report(self, *, subject: Subject, number: int) -> audit.PaidReport:
        return audit.collect_report(self._acting, subject, number)

    def open_demands(self, *, subject: Subject | None, number: int | None) -> tuple[desk.OpenDemand, ...]:
        return desk.open_demands(self._outside.chain(), subject, number)

    def demand_leaf(
        self, *, subject: Subject, number: int, kind: str, index: int, agree: Agree
    ) -> RaisedDemand | None:
        return desk.demand_leaf(self._acting, subject, number, kind, index, agree)

    def plan_demand(self, *, subject: Subject, number: int, kind: str, index: int) -> PlannedDemand:
        """The bond that a demand takes now; nothing is sent."""
        seen: list[PlannedDemand] = []

        def look(plan: PlannedDemand) -> bool:
            seen.append(plan)
            return False

        desk.demand_leaf(self._acting, subject, number, kind, index, look)
        return seen[0]

    def answer_leaves(self) -> tuple[SettledStep, ...]:
        return answer_demands(self._settlement, self._own_datasets)

    def end_demands(self) -> tuple[desk.EndedDemand, ...]:
        return desk.end_demands(self._acting)
