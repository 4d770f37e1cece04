"""Verbs of whoever looks at everyone: batches, operators, slashes and agents of the whole chain. They write nothing."""

from functools import cached_property

from tallystick.app.agents import profile
from tallystick.app.agents.bounties import listed
from tallystick.app.agents.registry import AgentDetail, show
from tallystick.app.agents.reputation import reputation_of
from tallystick.app.overview import network, slashes
from tallystick.app.overview.annals import Annals
from tallystick.app.overview.catalogue import Catalogue
from tallystick.app.overview.paging import Page, page_of
from tallystick.app.paying.spending import SpendingKey, keys_of
from tallystick.app.verbs.parts import Parts
from tallystick.domain.ids import Address, AssetId, Hash
from tallystick.errors import NotFound
from tallystick.ports import Chain, ChainEvent


class NetworkVerbs(Parts):
    """Pages count from 1; one that is not there is the nearest that is."""

    @cached_property
    def _catalogue(self) -> Catalogue:
        return Catalogue(self._outside.chain)

    @cached_property
    def _convictions(self) -> slashes.Convictions:
        return slashes.Convictions(Annals(slashes.slashed), Annals(slashes.convicted))

    @cached_property
    def _words(self) -> Annals[ChainEvent]:
        return Annals(lambda chain, first, last: chain.reputation.words(first, last))

    @cached_property
    def _signers(self) -> Annals[ChainEvent]:
        return Annals(lambda chain, first, last: chain.escrow.signers(first, last))

    @cached_property
    def _awards(self) -> Annals[ChainEvent]:
        return Annals(lambda chain, first, last: chain.bounties.awards(first, last))

    def chain_batches(self, *, number: int) -> Page[network.SeenBatch]:
        return network.chain_batches(self._outside.chain(), number)

    def operator_page(self, *, number: int) -> Page[network.SeenOperator]:
        def asked(chain: Chain) -> Page[network.SeenOperator]:
            lines = self._catalogue.operators()
            return page_of(lines, number).map(lambda line: network.seen_operator(chain, line))

        return self._moment.ask(("operators", number), asked)

    def agent_page(self, *, number: int) -> Page[AgentDetail]:
        """The newest first; reads the cards of one page."""
        chain, content = self._outside.chain(), self._outside.content()
        ids = chain.agents.registered(chain.head())
        shown, at = network.ids_on(ids, number)
        return Page(tuple(show(chain, content, AssetId(i)) for i in shown), at, len(ids))

    def agent_profile(self, *, agent_id: bytes) -> profile.AgentProfile:
        """NotFound where nobody registered it."""

        def asked(chain: Chain) -> profile.AgentProfile:
            agent = show(chain, self._outside.content(), AssetId(agent_id))
            bounties = self._moment.ask("bounties", listed)
            posted, won = profile.bounties_of(agent, bounties, self._awards.all(chain))
            return profile.AgentProfile(
                agent=agent,
                reputation=reputation_of(chain, agent.agent_id),
                words=profile.words_of(agent, self._words.all(chain)),
                keys=keys_of(chain, {agent.owner, agent.wallet}, self._signers.all(chain)),
                posted=posted,
                won=won,
            )

        return self._moment.ask(("agent", agent_id), asked)

    def session_keys(self, *, consumer: Address | None = None) -> tuple[SpendingKey, ...]:
        """Of a consumer's money, or held by it; of this node's where none is named."""
        who = consumer or self._own_address
        if who is None:
            raise NotFound(f"There is no key {self._config.key!r} here.", "`tallystick keys list` has them.")
        return keys_of(self._outside.chain(), {who}, self._signers.all(self._outside.chain()))

    def slash_page(self, *, number: int, operator: Address | None = None) -> Page[slashes.Slash]:
        """The newest first; of one operator, or of everyone."""
        return self._moment.ask(
            ("slashes", number, operator), lambda chain: self._convictions.page(chain, number, operator)
        )

    def slash(self, *, case: bytes) -> slashes.Slash:
        """NotFound where nobody was slashed in it."""
        return self._moment.ask(("slash", case), lambda chain: self._convictions.of(chain, Hash(case)))
