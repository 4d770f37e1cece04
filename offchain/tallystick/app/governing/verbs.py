"""Verbs of votes: look at motions and parameters, wrap, delegate, vote, propose, and carry out what passed."""

from collections.abc import Mapping
from functools import cached_property

from tallystick.app.governing import guardian, motions, parameters
from tallystick.app.overview.annals import Annals
from tallystick.app.overview.earnings import Call
from tallystick.app.overview.paging import Page, page_of
from tallystick.app.verbs.parts import Parts
from tallystick.domain.ids import Address, Hash
from tallystick.errors import NotFound
from tallystick.ports import Chain, ChainEvent
from tallystick.ports.governing.votes import Ballot, Motion, Voter, VotingRules

RECENT = 25


class GoverningVerbs(Parts):
    """With this node's key where they change something. Amounts are base units of OPEN."""

    @cached_property
    def _motions(self) -> Annals[Motion]:
        return Annals(lambda chain, first, last: chain.governance.motions(first, last))

    @cached_property
    def _versions(self) -> Annals[ChainEvent]:
        return Annals(lambda chain, first, last: chain.parameters.versions(first, last))

    @cached_property
    def _pauses(self) -> Annals[ChainEvent]:
        return Annals(lambda chain, first, last: chain.governance.pauses(first, last))

    def motion_page(self, *, number: int) -> Page[motions.SeenMotion]:
        """The newest first. NotFound on a deployment without votes."""

        def asked(chain: Chain) -> Page[motions.SeenMotion]:
            every = self._motions.all(chain)
            return page_of(every[::-1], number, RECENT).map(lambda motion: motions.seen(chain, motion))

        return self._moment.ask(("motions", number), asked)

    def motion(self, *, motion_id: bytes) -> motions.SeenMotion:
        return self._moment.ask(
            ("motion", motion_id), lambda chain: motions.seen(chain, self._motion(chain, motion_id))
        )

    def standing_to(self, *, motion_id: bytes, account: Address) -> motions.Standing:
        chain = self._outside.chain()
        return motions.standing(chain, self._motion(chain, motion_id), account)

    def voter(self, *, account: Address | None) -> Voter:
        """An account's votes; without one this node's."""
        return self._outside.chain().governance.voter(account or self.vote_account())

    def vote_account(self) -> Address:
        return self._signer.address

    def voting_rules(self) -> VotingRules:
        return self._moment.ask("voting rules", lambda chain: chain.governance.rules())

    def parameters(self) -> parameters.ParametersNow:
        """Pending are what motions of the last page would set."""

        def asked(chain: Chain) -> parameters.ParametersNow:
            try:
                pending = self.motion_page(number=1).rows
            except NotFound:  # no votes here
                pending = ()
            return parameters.parameters_now(chain, pending, self._versions.all(chain))

        return self._moment.ask("parameters", asked)

    def pauses(self) -> guardian.Pauses:
        return self._moment.ask("pauses", lambda chain: guardian.pauses_of(chain, self._pauses.all(chain)))

    def cast_vote(self, *, motion_id: bytes, ballot: Ballot, why: str) -> motions.CastVote:
        chain = self._acting
        return motions.cast(chain, self._motion(chain, motion_id), self.vote_account(), ballot, why)

    def carry_motion(self, *, motion_id: bytes) -> motions.MovedMotion:
        chain = self._acting
        return motions.carry(chain, self._motion(chain, motion_id))

    def propose_parameters(self, *, changes: Mapping[str, int], text: str) -> motions.MovedMotion:
        return motions.propose(self._acting, self.vote_account(), changes, text)

    def wrap_votes(self, *, amount: int) -> motions.ChangedVotes:
        return motions.wrap(self._acting, self.vote_account(), amount)

    def unwrap_votes(self, *, amount: int) -> motions.ChangedVotes:
        return motions.unwrap(self._acting, self.vote_account(), amount)

    def delegate_votes(self, *, to: Address) -> motions.ChangedVotes:
        return motions.delegate(self._acting, self.vote_account(), to)

    def ballot_calls(self, *, account: Address, motion_id: bytes, ballot: Ballot) -> tuple[Call, ...]:
        """What an account's wallet sends to vote."""
        chain = self._outside.chain()
        motion = self._motion(chain, motion_id)
        motions.check_ballot(chain, motion, account)
        word = {Ballot.FOR: "Vote for it", Ballot.AGAINST: "Vote against it", Ballot.ABSTAIN: "Abstain"}
        return (Call(*chain.governance.calldata_of_ballot(motion.motion_id, ballot), word[ballot]),)

    def proposal_calls(self, *, account: Address, changes: Mapping[str, int], text: str) -> tuple[Call, ...]:
        """What an account's wallet sends to move that parameters are changed."""
        chain = self._outside.chain()
        told = motions.proposed(chain, account, changes, text)
        return (Call(*chain.governance.calldata_of_proposal(*told), "Move it"),)

    def delegate_calls(self, *, to: Address) -> tuple[Call, ...]:
        """What a wallet sends to let `to` vote with what it has wrapped."""
        voting = self._outside.chain().governance
        return (Call(voting.votes_address, voting.calldata_of_votes("delegate", to), "Delegate"),)

    def wrap_calls(self, *, account: Address, amount: int) -> tuple[Call, ...]:
        """What an account's wallet sends to wrap OPEN into votes of its own."""
        chain = self._outside.chain()
        votes, token = chain.governance.votes_address, chain.token
        data = chain.governance.calldata_of_votes("depositFor", account, amount)
        wrap = Call(votes, data, "Wrap")
        if token.allowance(account, votes) >= amount:
            return (wrap,)
        allow = Call(token.address, token.calldata("approve", votes, amount), "Allow the votes")
        return allow, wrap

    def unwrap_calls(self, *, account: Address, amount: int) -> tuple[Call, ...]:
        """What an account's wallet sends to turn its votes into OPEN again."""
        chain = self._outside.chain()
        motions.check_wrapped(chain, account, amount)
        voting = chain.governance
        data = voting.calldata_of_votes("withdrawTo", account, amount)
        return (Call(voting.votes_address, data, "Unwrap"),)

    def carry_calls(self, *, motion_id: bytes) -> tuple[Call, ...]:
        """What anybody's wallet sends to take the next step of a motion that passed."""
        chain = self._outside.chain()
        motion = self._motion(chain, motion_id)
        step = motions.next_step(chain, motion)
        word = {motions.QUEUE: "Put it into the timelock", motions.EXECUTE: "Carry it out"}
        return (Call(*chain.governance.calldata_of_step(step, motion), word[step]),)

    def _motion(self, chain: Chain, motion_id: bytes) -> Motion:
        return motions.found(self._motions.all(chain), Hash(motion_id))
