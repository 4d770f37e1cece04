"""Bounties for adapters: one method a contract call."""

from tallystick.domain.ids import Address, AssetId, Hash
from tallystick.errors import NotFound
from tallystick.gateways.chain.binding import Binding
from tallystick.gateways.chain.contracts import Contract
from tallystick.gateways.chain.sending.sender import Sender
from tallystick.ports import ChainEvent, Transaction
from tallystick.ports.agents import Bounty, BountyStatus


class BountyBoard(Binding):
    """Satisfies `ports.agents.BountyBoard`. `since` is the block of its deployment."""

    def __init__(self, contract: Contract, sender: Sender | None, *, since: int = 0) -> None:
        super().__init__(contract, sender)
        self._since = since

    def post(self, offered: Bounty) -> tuple[int, Transaction]:
        """Takes the budget out of the allowance; id, poster and status of `offered` are not looked at."""
        named = (offered.dataset_id, offered.evaluation_id, offered.incumbent)
        times = (offered.deadline, offered.judged_until)
        done = self._send("post", *named, offered.least_gain, offered.budget, *times)
        return int(done.event("BountyPosted").values["bountyId"]), done

    def submit(self, bounty_id: int, model_id: AssetId) -> Transaction:
        return self._send("submit", bounty_id, model_id)

    def award(self, bounty_id: int, model_id: AssetId) -> Transaction:
        return self._send("award", bounty_id, model_id)

    def refund(self, bounty_id: int) -> Transaction:
        return self._send("refund", bounty_id)

    def bounty(self, bounty_id: int) -> Bounty:
        found = self._call("bountyOf", bounty_id)
        if found["status"] == BountyStatus.NONE:
            raise NotFound(f"There is no bounty {bounty_id}.", "List them with `tallystick bounty list`.")
        return Bounty(
            bounty_id=bounty_id,
            poster=Address(found["poster"]),
            deadline=found["deadline"],
            judged_until=found["judgedUntil"],
            status=BountyStatus(found["status"]),
            budget=found["budget"],
            least_gain=found["leastGain"],
            dataset_id=AssetId(found["datasetId"]),
            evaluation_id=Hash(found["evaluationId"]),
            incumbent=AssetId(found["incumbent"]),
        )

    def bounty_count(self) -> int:
        return int(self._call("bountyCount"))

    def submissions(self, bounty_id: int, last: int) -> tuple[tuple[AssetId, Address], ...]:
        """Adapters that were handed in until this block, with who did."""
        events = self._events("BountySubmitted", self._since, last, bountyId=bounty_id)
        return tuple((AssetId(e.values["modelId"]), Address(e.values["tuner"])) for e in events)

    def awards(self, first: int, last: int) -> tuple[ChainEvent, ...]:
        return self._events("BountyAwarded", first, last)

    def passes(self, bounty_id: int, model_id: AssetId) -> bool:
        """Whether the adapter's verdict is what the bounty asks for."""
        return bool(self._call("passes", bounty_id, model_id))
