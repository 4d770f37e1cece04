"""nora is silent in an audit: what is held back of her earlier batch is forfeit by anyone, and her node settles on."""

from pathlib import Path

import pytest

from support.auditing.court_chain import CourtChain
from support.chain_seller import domain_of, sell, sell_under
from support.chain_stage import BOB, DAY, NORA, OPEN, Stage
from support.factories import make_terms
from support.memory_store import MemoryStore
from tallystick.app.auditing.rewards import forfeit
from tallystick.app.settlement.settle import Settlement
from tallystick.app.settlement.steps import settle_due
from tallystick.app.verifying.book import CourtBook
from tallystick.app.verifying.examining import Examiner
from tallystick.app.verifying.steps import Steps
from tallystick.app.verifying.verifier import Verifier
from tallystick.domain.ids import Hash
from tallystick.errors import NodeError, NotFound
from tallystick.gateways.chain.devchain import DevChain
from tallystick.gateways.chain.rpc import Rpc
from tallystick.gateways.keys.dev_keys import dev_key
from tallystick.gateways.ledger.books import SqliteLedger
from tallystick.pipeline.auditing.court import Phase

pytestmark = pytest.mark.integration
STEP, SEATS, MATURITY = 3_600, 8, 30 * DAY


class Store(MemoryStore):
    def pin(self, digest: Hash) -> None:
        """It keeps everything."""


class Scene:
    """nora sells to bob answers from which her own asset alone earns."""

    def __init__(self, rpc: Rpc, ledger: SqliteLedger, devchain: DevChain, folder: Path) -> None:
        self.ledger, self.devchain, self.folder, self.content = ledger, devchain, folder, Store()
        self.court = CourtChain(rpc, ledger, audit_step=STEP, audit_fee=100)
        nora = self.nora = self.court.member(NORA)
        self.bob = self.court.member(BOB)
        self.bob.escrow.deposit(100 * OPEN)
        self.bob.escrow.allot(NORA.address, 60 * OPEN)
        self.asset, _ = nora.models.register_operator("http://127.0.0.1:8700")
        nora.stake.deposit(2_000 * OPEN)
        self.stage = Stage(nora, nora, nora)
        self.settlement = Settlement(nora, self.content, ledger, NORA, domain_of(self.stage))  # type: ignore[arg-type]

    def settle(self, after_s: int = 0) -> list[str]:
        self.devchain.advance(after_s)
        return [step.action for step in settle_due(self.settlement)]

    def sell(self, lane: int) -> None:
        terms = make_terms(operator=NORA.address, operator_asset=self.asset)
        sell_under(self.stage, self.ledger, terms, 1, lane=lane)

    def seat(self) -> list[Verifier]:
        found = []
        for number in range(SEATS):
            key = dev_key(11 + number)
            chain = self.court.member(key)
            chain.roster.enrol(key.reader_key)
            book = CourtBook(self.folder / f"verifier-{number}")
            examine = Examiner(chain, self.content, lambda case, level: pytest.fail("nothing was opened"))  # type: ignore[arg-type]
            found.append(Verifier(chain, self.content, book, Steps(chain), examine, key))  # type: ignore[arg-type]
        return found

    def convict_silent(self, batch_id: int) -> None:
        verifiers, court = self.seat(), self.nora.court
        court.open(self.nora.batches.batch(batch_id))
        for _ in range(20):
            self.devchain.mine(3)
            done = [verifier.look() for verifier in verifiers]
            if Phase(court.audit_of(batch_id).phase) is Phase.CLOSED:
                return
            if not any(done):
                self.devchain.advance(STEP)
        raise AssertionError("nobody convicted the silence")


def test_operator_when_found_guilty_loses_what_is_held_back_and_settles_on(
    rpc: Rpc, devchain: DevChain, ledger: SqliteLedger, tmp_path: Path
) -> None:
    scene = Scene(rpc, ledger, devchain, tmp_path)
    sell(scene.stage, ledger, 2, asset=scene.asset)
    assert scene.settle()[-2:] == ["submit", "wait"]
    assert "finalise" in scene.settle(DAY + 1)
    with pytest.raises(NotFound, match="Nothing of batch 1 is null"):
        forfeit(scene.bob, scene.content, 1)  # type: ignore[arg-type]

    scene.sell(lane=1)
    assert "submit" in scene.settle()
    scene.convict_silent(2)
    assert scene.nora.batches.batch(2).status == "convicted"
    supply = scene.nora.token.total_supply()
    forfeit(scene.bob, scene.content, 1)  # type: ignore[arg-type]

    assert scene.nora.token.total_supply() < supply
    with pytest.raises(NodeError, match="NothingForfeit"):
        forfeit(scene.bob, scene.content, 1)  # type: ignore[arg-type]
    assert "activate" in scene.settle(2 * DAY)
    earned = scene.nora.rewards.active_period()
    scene.sell(lane=2)
    # Nobody is paid of what has matured: no reason to stop before the next batch.
    assert scene.settle(MATURITY) == ["redeem", "submit", "wait"]
    assert scene.nora.rewards.active_period() == earned
