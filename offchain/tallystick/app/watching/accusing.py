"""Convicts what was proven: weighs it, commits before the proof is in anybody's sight, claims and collects after."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from secrets import token_bytes

from tallystick.app.watching.case import Case, State
from tallystick.app.watching.journal import Journal
from tallystick.app.watching.policy import PAY_GAS, WatchPolicy, commitment_bond
from tallystick.crashpoints import crashpoint
from tallystick.domain.challenge import Subject
from tallystick.domain.digests import case_id, report_commitment
from tallystick.domain.ids import Hash
from tallystick.errors import NodeError, NotFound
from tallystick.ports import Chain, Report, Transaction

_UNCLAIMED = "; the commitment: "


@dataclass(frozen=True, slots=True)
class Charge:
    """A proof that can be sent. `gas` dry-runs it and is None where it would not convict; `send` takes an intent."""

    kind: str
    gas: Callable[[], int | None]
    send: Callable[[str], Transaction]


class Accuser:
    """Acts with one key, or with none and then only says what it would do."""

    def __init__(self, chain: Chain, journal: Journal, policy: WatchPolicy) -> None:
        self._chain, self._journal, self._policy = chain, journal, policy

    @property
    def is_armed(self) -> bool:
        return self._chain.sender is not None and self._policy.convict != "never"

    def accuse(self, case: Case, reward: int, charges: Iterable[Charge]) -> Case:
        """Sends the first charge that holds. Of several faults one may keep another from being shown."""
        if not self.is_armed:
            return self._put(case, State.FALSE, "false; this watchtower does not convict")
        price = self._chain.gas_price()
        for charge in charges:
            gas = charge.gas()
            if gas is None:
                continue
            odds = self._policy.odds(reward, gas + PAY_GAS, price)
            if not odds.is_worth:
                return self._put(case, State.FALSE, f"{charge.kind}: a conviction {odds}")
            case = self._commit(case, reward, price)
            crashpoint("watch.committed")
            charge.send(case.intent("convict"))
            crashpoint("watch.convicted")
            return self.convicted(case, charge.kind)
        return self.beaten(case) or self._put(case, State.FALSE, "no proof of it holds on the chain")

    def convicted(self, case: Case, kind: str) -> Case:
        """After a conviction by this key: shows the commitment, which brings its bond back."""
        report = self._chain.stake.report(self._case_id(case))
        word = f"convicted of {kind}"
        case = replace(case, state=State.CONVICTED, reward=report.amount, due_at=report.due_at, word=word)
        return self._claim(self._journal.put(case))

    def beaten(self, case: Case) -> Case | None:
        """Where another convicted it: the reward is still ours if we committed earlier. None where nobody did."""
        report = self._report(case)
        if report is None:
            return None
        is_ours = self._is_ours(report)  # before a crash that the journal knows nothing of
        case = replace(case, state=State.CONVICTED, due_at=report.due_at, reward=is_ours * report.amount)
        case = replace(case, word="convicted" if is_ours else "convicted by another")
        return self._claim(self._journal.put(case))

    def collect(self, case: Case) -> Case:
        """Claims what a crash left unclaimed; once it is due, has the reporter paid where that is us."""
        case, chain = self._claim(case), self._chain
        if chain.now() < case.due_at:
            return case
        report = self._report(case)
        if report is None:  # the chain went back
            return self._put(replace(case, salt="", committed=0), State.NEW, "no longer convicted")
        if report.amount and self._is_ours(report):
            chain.stake.pay_report(self._case_id(case))
            crashpoint("watch.paid")
        return self._put(case, State.OVER, case.word)

    def _commit(self, case: Case, reward: int, price: int) -> Case:
        """The salt is on disk before anything is sent, or the bond could never be claimed."""
        chain, bond = self._chain, case.committed or commitment_bond(reward)
        assert chain.sender is not None
        ours = chain.sender.address
        if not case.salt:
            if not self._policy.commits(reward, price) or chain.token.balance_of(ours) < bond:
                return case
            told = replace(case, salt=token_bytes(32).hex(), committed=bond)
            case = self._put(told, State.COMMITTED, "false; a commitment comes first")
        if (
            not chain.has_signed(case.intent("commit"))
            and chain.token.allowance(ours, chain.stake.address) < bond
        ):
            chain.token.approve(chain.stake.address, bond)
        commitment = report_commitment(ours, self._case_id(case), bytes.fromhex(case.salt))
        chain.stake.commit_report(commitment, bond, intent=case.intent("commit"))
        return case

    def _claim(self, case: Case) -> Case:
        if not case.salt or not self.is_armed:
            return case
        try:
            salt = Hash(bytes.fromhex(case.salt))
            self._chain.stake.claim_report(self._case_id(case), salt, intent=case.intent("claim"))
        except NodeError as error:
            word, _, _ = case.word.partition(_UNCLAIMED)
            return self._journal.put(replace(case, word=f"{word}{_UNCLAIMED}{error.message}"))
        crashpoint("watch.claimed")
        return self._journal.put(replace(case, salt="", committed=0))

    def _report(self, case: Case) -> Report | None:
        try:
            return self._chain.stake.report(self._case_id(case))
        except NotFound:
            return None

    def _is_ours(self, report: Report) -> bool:
        sender = self._chain.sender
        return sender is not None and report.reporter == sender.address

    def _case_id(self, case: Case) -> Hash:
        chain = self._chain
        is_batch = case.subject is Subject.BATCH
        return case_id(chain.batches.address if is_batch else chain.rewards.address, case.number)

    def _put(self, case: Case, state: State, word: str) -> Case:
        return self._journal.put(replace(case, state=state, word=word))
