"""Demands leaves of what no file shows, one at a time, and convicts the silence; counts the bonds at stake."""

from collections.abc import Callable
from dataclasses import replace

from tallystick.app.challenges.raising import BOND_MARGIN, Agree, RaisedDemand
from tallystick.app.watching.accusing import Accuser
from tallystick.app.watching.case import Case, State
from tallystick.app.watching.journal import Journal
from tallystick.app.watching.policy import DEMAND_GAS, GWEI, WatchPolicy
from tallystick.domain.challenge import BatchLeaf, LeafDemand, RewardLeaf, Subject
from tallystick.ports import Chain, Proposal, Transaction
from tallystick.ports.challenges import ChallengeBook

Raise = Callable[[Agree, str], RaisedDemand | None]


class Demander:
    """Of one key. A bond is lost where the leaf is published, so that no more than a set sum is ever out."""

    def __init__(self, chain: Chain, journal: Journal, policy: WatchPolicy, accuser: Accuser) -> None:
        self._chain, self._journal, self._policy, self._accuser = chain, journal, policy, accuser

    def demand(self, case: Case, reward: int, ask: Raise) -> Case:
        """One leaf; nothing while a demand of anybody is open, since its answer or silence is everybody's."""
        refused = self._why_not(case, reward)
        if refused is not None:
            return self._journal.put(replace(case, word=refused))
        if self._book(case).demands(case.number):
            return self._put(case, "a leaf is demanded already")
        raised = ask(lambda plan: True, case.intent(f"demand-{case.demands}"))
        if raised is None:
            return self._journal.put(replace(case, word="every leaf was demanded; nothing more can be"))
        told = replace(case, demands=case.demands + 1)
        return self._put(told, f"{raised.leaf} is demanded by {raised.until_at}")

    def follow(self, case: Case, proposal: Proposal | None) -> Case:
        """Convicts a silence that is over, waits while there is time, has it checked again once it was answered."""
        now, open_ = self._chain.now(), self._book(case).demands(case.number)
        for one in open_:
            if one.until <= now and (self._is_ours(one) or self._policy.convict == "always"):
                self._convict(case, one, proposal)
                return self._accuser.convicted(case, "withheld")
        if open_:
            return case
        beaten = self._accuser.beaten(case)
        return beaten or self._journal.put(replace(case, state=State.NEW, word="the demand was answered"))

    def _convict(self, case: Case, one: LeafDemand, proposal: Proposal | None) -> Transaction:
        chain, index = self._chain, one.index
        if case.subject is Subject.BATCH:
            named = chain.batches.batch(case.number)
            return chain.data_challenges.convict_silent(named, BatchLeaf(one.kind), index)
        assert proposal is not None
        return chain.reward_challenges.convict_silent(case.number, proposal, RewardLeaf(one.kind), index)

    def _why_not(self, case: Case, reward: int) -> str | None:
        policy, chain = self._policy, self._chain
        if not self._accuser.is_armed:
            return "nothing is demanded: this watchtower does not convict"
        if case.demands >= policy.most_demands:
            return f"{case.demands} leaves were demanded, which is the most"
        bond = BOND_MARGIN * self._book(case).bond_of(case.number)
        odds = policy.odds(reward, DEMAND_GAS, chain.gas_price(), bond)
        if not odds.is_worth:
            return f"a demand {odds}, if it is answered"
        if self._at_stake() + bond > policy.most_bonds_gwei * GWEI:
            return "other demands hold all that may be at stake in bonds"
        return None

    def _at_stake(self) -> int:
        """Wei in open demands of this key."""
        books = self._chain.data_challenges, self._chain.reward_challenges
        return sum(one.bond_wei for book in books for one in book.demands() if self._is_ours(one))

    def _is_ours(self, one: LeafDemand) -> bool:
        sender = self._chain.sender
        return sender is not None and one.demander == sender.address

    def _book(self, case: Case) -> ChallengeBook:
        is_batch = case.subject is Subject.BATCH
        return self._chain.data_challenges if is_batch else self._chain.reward_challenges

    def _put(self, case: Case, word: str) -> Case:
        return self._journal.put(replace(case, state=State.DEMANDED, word=word))
