"""Fine-tuning as labour: money for whoever makes an adapter that passes a sealed evaluation."""

from dataclasses import dataclass

from tallystick.domain.ids import NOBODY, Address, AssetId, Hash
from tallystick.errors import Conflict, InvalidInput
from tallystick.ports import Chain
from tallystick.ports.agents import Bounty, BountyStatus

DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class PostedBounty:
    bounty_id: int
    amount: int
    deadline_at: int
    judged_until_at: int
    tx_hash: Hash


@dataclass(frozen=True, slots=True)
class BountyLine:
    """`judge` decides, by a verdict of a lower end of at least `least_gain_ppm` over the incumbent."""

    bounty_id: int
    status: str
    amount: int
    poster: Address
    judge: Address
    dataset_id: AssetId
    evaluation_id: Hash
    incumbent: AssetId
    least_gain_ppm: int
    deadline_at: int
    judged_until_at: int
    submissions: int


@dataclass(frozen=True, slots=True)
class SubmittedAdapter:
    bounty_id: int
    model_id: AssetId
    tx_hash: Hash


@dataclass(frozen=True, slots=True)
class ClosedBounty:
    """`model_id` is None where the money went back to the poster."""

    bounty_id: int
    outcome: str
    paid_to: Address
    amount: int
    model_id: AssetId | None
    tx_hash: Hash


def post(
    chain: Chain,
    *,
    dataset_id: AssetId,
    evaluation_id: Hash,
    incumbent: AssetId,
    least_gain_ppm: int,
    amount: int,
    days: int,
    judging_days: int,
) -> PostedBounty:
    """Put a budget behind an evaluation that its judge has sealed."""
    if days < 1 or judging_days < 1:
        raise InvalidInput("A bounty is open for a day at least, and judged for another.")
    deadline = chain.now() + days * DAY_S
    until = deadline + judging_days * DAY_S
    offered = Bounty(
        0,
        NOBODY,
        deadline,
        until,
        BountyStatus.NONE,
        amount,
        least_gain_ppm,
        dataset_id,
        evaluation_id,
        incumbent,
    )
    chain.token.approve(chain.bounties.address, amount)
    bounty_id, done = chain.bounties.post(offered)
    return PostedBounty(bounty_id, amount, deadline, until, done.tx_hash)


def listed(chain: Chain) -> tuple[BountyLine, ...]:
    """Every bounty, newest first."""
    head, board = chain.head(), chain.bounties
    return tuple(_line(chain, board.bounty(number), head) for number in range(board.bounty_count(), 0, -1))


def submit(chain: Chain, bounty_id: int, model_id: AssetId) -> SubmittedAdapter:
    """Hand in an adapter of ours that was registered for the bounty's evaluation."""
    found, model = chain.bounties.bounty(bounty_id), chain.models.model(model_id)
    if model.evaluation_id != found.evaluation_id:
        raise InvalidInput(
            f"The adapter is judged by 0x{model.evaluation_id.hex()}, the bounty by 0x{found.evaluation_id.hex()}.",
            "Register an adapter that names the bounty's evaluation.",
        )
    return SubmittedAdapter(bounty_id, model_id, chain.bounties.submit(bounty_id, model_id).tx_hash)


def close(chain: Chain, bounty_id: int) -> ClosedBounty:
    """Send the money where it belongs now: to a tuner whose adapter passed, or back once judging is over."""
    found, board = chain.bounties.bounty(bounty_id), chain.bounties
    if found.status != BountyStatus.OPEN:
        raise Conflict(f"Bounty {bounty_id} is {found.status.name.lower()}.", "Its money has moved.")
    if chain.now() > found.judged_until:
        done = board.refund(bounty_id)
        return ClosedBounty(bounty_id, "refunded", found.poster, found.budget, None, done.tx_hash)
    for model_id, tuner in board.submissions(bounty_id, chain.head()):
        if board.passes(bounty_id, model_id):
            done = board.award(bounty_id, model_id)
            return ClosedBounty(bounty_id, "awarded", tuner, found.budget, model_id, done.tx_hash)
    raise Conflict(
        f"No adapter has passed bounty {bounty_id} so far, and it is judged until {found.judged_until}.",
        "Wait for the judge's verdict, or for the end.",
    )


def _line(chain: Chain, found: Bounty, head: int) -> BountyLine:
    return BountyLine(
        bounty_id=found.bounty_id,
        status=found.status.name.lower(),
        amount=found.budget,
        poster=found.poster,
        judge=chain.models.evaluation(found.evaluation_id).judge,
        dataset_id=found.dataset_id,
        evaluation_id=found.evaluation_id,
        incumbent=found.incumbent,
        least_gain_ppm=found.least_gain,
        deadline_at=found.deadline,
        judged_until_at=found.judged_until,
        submissions=len(chain.bounties.submissions(found.bounty_id, head)),
    )
