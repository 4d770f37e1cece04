"""Bob posts a budget, alice hands in an adapter, vera judges it; the money goes where the gate says."""

import pytest

from support.chain_stage import ALICE, BOB, DAY, OPEN, Stage
from support.factories import named
from tallystick.app.agents import bounties
from tallystick.domain.dataset import ManifestEntry
from tallystick.domain.gate import Verdict
from tallystick.domain.ids import AssetId, Hash
from tallystick.domain.trees import entry_tree
from tallystick.errors import Conflict, InvalidInput, NotFound
from tallystick.gateways.chain.devchain import DevChain
from tallystick.gateways.chain.system import ChainSystem
from tallystick.gateways.ledger.books import SqliteLedger
from tallystick.ports import Revelation

BUDGET = 30 * OPEN


class Board:
    """What a bounty names; vera is the judge."""

    def __init__(self, stage: Stage, ledger: SqliteLedger, devchain: DevChain) -> None:
        self.stage, self.devchain = stage, devchain
        self.bob: ChainSystem = stage.nora.acting_as(BOB, ledger.outbox)
        self.dataset = self._dataset(devchain)
        self.evaluation, _ = stage.vera.models.commit_evaluation(named("questions"))
        self.base, _ = stage.alice.models.register_base(named("base"), named("base"))
        self.root = entry_tree([ManifestEntry(self.dataset, named("records"), 1)]).root
        stage.alice.models.register_manifest(Hash(self.root.hash), self.root.sum, self.root.count)

    def _dataset(self, devchain: DevChain) -> AssetId:
        datasets = self.bob.datasets
        self.bob.token.approve(datasets.address, 100 * OPEN)
        datasets.commit([datasets.commitment_of(BOB.address, named("records"), bytes(32))])
        devchain.mine(2)
        opened = Revelation(named("records"), 1, named("manifest"), 1, bytes(32))
        (asset,), _ = datasets.reveal([opened])
        return asset

    def post(self) -> bounties.PostedBounty:
        return bounties.post(
            self.bob,
            dataset_id=self.dataset,
            evaluation_id=self.evaluation,
            incumbent=self.base,
            least_gain_ppm=10_000,
            amount=BUDGET,
            days=2,
            judging_days=1,
        )

    def tune(self, evaluation: Hash | None = None) -> AssetId:
        self.devchain.mine(1)  # a set is sealed in an earlier block
        made, _ = self.stage.alice.models.register_adapter(
            self.base,
            [],
            digest=named("adapter"),
            content_digest=named("card"),
            manifest_root=Hash(self.root.hash),
            manifest_count=1,
            evaluation_id=evaluation or self.evaluation,
        )
        return made

    def judge(self, model: AssetId, low: int) -> None:
        verdict = Verdict(model, self.base, named("report"), 40_000, low, 50)
        self.stage.vera.models.report_verdict(verdict)


@pytest.fixture
def board(stage: Stage, ledger: SqliteLedger, devchain: DevChain) -> Board:
    return Board(stage, ledger, devchain)


def test_bounty_when_the_gate_passes_pays_the_tuner(board: Board) -> None:
    posted, model = board.post(), board.tune()
    bounties.submit(board.stage.alice, posted.bounty_id, model)
    with pytest.raises(Conflict, match="No adapter has passed"):
        bounties.close(board.stage.nora, posted.bounty_id)
    board.judge(model, 10_000)
    before = board.bob.token.balance_of(ALICE.address)

    closed = bounties.close(board.stage.nora, posted.bounty_id)

    (line,) = bounties.listed(board.stage.nora)
    assert (closed.outcome, closed.paid_to, closed.model_id) == ("awarded", ALICE.address, model)
    assert board.bob.token.balance_of(ALICE.address) == before + BUDGET
    assert (line.status, line.submissions, line.amount) == ("awarded", 1, BUDGET)
    assert line.judge == board.stage.vera.sender.address  # type: ignore[union-attr]
    with pytest.raises(Conflict, match="awarded"):
        bounties.close(board.stage.nora, posted.bounty_id)


def test_bounty_when_nobody_passes_in_time_goes_back(board: Board, devchain: DevChain) -> None:
    before = board.bob.token.balance_of(BOB.address)
    posted, model = board.post(), board.tune()
    bounties.submit(board.stage.alice, posted.bounty_id, model)
    board.judge(model, 9_999)
    with pytest.raises(Conflict, match="No adapter has passed"):
        bounties.close(board.stage.nora, posted.bounty_id)
    devchain.advance(3 * DAY + 60)

    closed = bounties.close(board.stage.nora, posted.bounty_id)

    assert (closed.outcome, closed.paid_to, closed.model_id) == ("refunded", BOB.address, None)
    assert board.bob.token.balance_of(BOB.address) == before


def test_bounty_when_what_is_handed_in_does_not_fit_is_refused(board: Board) -> None:
    posted = board.post()
    other, _ = board.stage.alice.models.commit_evaluation(named("other questions"))
    model = board.tune(other)

    with pytest.raises(InvalidInput, match="is judged by"):
        bounties.submit(board.stage.alice, posted.bounty_id, model)
    with pytest.raises(NotFound):
        bounties.submit(board.stage.alice, 9, model)
