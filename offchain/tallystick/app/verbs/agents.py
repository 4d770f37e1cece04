"""Verbs of agents."""

from tallystick.app.agents import bounties, registry, reputation, wallets
from tallystick.app.verbs.parts import Parts
from tallystick.domain.ids import Address, AssetId, Hash


class AgentVerbs(Parts):
    """With this node's key."""

    def register_agent(self, *, name: str, description: str, endpoint: str) -> registry.RegisteredAgentOf:
        content = self._outside.content()
        return registry.register(self._acting, content, name=name, description=description, endpoint=endpoint)

    def agents(self) -> tuple[registry.AgentLine, ...]:
        return registry.listed(self._outside.chain(), self._outside.content())

    def agent(self, *, agent_id: bytes) -> registry.AgentDetail:
        return registry.show(self._outside.chain(), self._outside.content(), AssetId(agent_id))

    def agent_consent(self, *, agent_id: bytes, hours: int) -> wallets.WalletConsent:
        signer = self._signer
        return wallets.consent(self._outside.chain(), signer, AssetId(agent_id), seconds=hours * 3_600)

    def set_agent_wallet(
        self, *, agent_id: bytes, wallet: Address, ends_at: int, signature: bytes
    ) -> wallets.WalletOf:
        return wallets.appoint(self._acting, AssetId(agent_id), wallet, ends_at, signature)

    def remove_agent_wallet(self, *, agent_id: bytes) -> wallets.WalletOf:
        return wallets.dismiss(self._acting, AssetId(agent_id))

    def agent_feedback(self, *, receipt_hash: bytes, score: int, tag: str) -> reputation.GivenFeedback:
        content, receipt = self._outside.content(), Hash(receipt_hash)
        return reputation.give(self._acting, content, self._signer, receipt, score=score, tag=tag)

    def agent_reputation(self, *, agent_id: bytes, tag: str) -> reputation.Reputation:
        return reputation.reputation_of(self._outside.chain(), AssetId(agent_id), tag)

    def post_bounty(
        self,
        *,
        dataset_id: bytes,
        evaluation_id: bytes,
        incumbent: bytes,
        least_gain_ppm: int,
        amount: int,
        days: int,
        judging_days: int,
    ) -> bounties.PostedBounty:
        return bounties.post(
            self._acting,
            dataset_id=AssetId(dataset_id),
            evaluation_id=Hash(evaluation_id),
            incumbent=AssetId(incumbent),
            least_gain_ppm=least_gain_ppm,
            amount=amount,
            days=days,
            judging_days=judging_days,
        )

    def list_bounties(self) -> tuple[bounties.BountyLine, ...]:
        return bounties.listed(self._outside.chain())

    def submit_to_bounty(self, *, bounty_id: int, model_id: bytes) -> bounties.SubmittedAdapter:
        return bounties.submit(self._acting, bounty_id, AssetId(model_id))

    def close_bounty(self, *, bounty_id: int) -> bounties.ClosedBounty:
        return bounties.close(self._acting, bounty_id)
