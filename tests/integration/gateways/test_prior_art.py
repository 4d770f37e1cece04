"""A data set in its probation on the real registry of public corpora: no use of it, and it is not quoted."""

from dataclasses import replace
from pathlib import Path

import pytest

from support.chain_stage import ALICE, DAY, DEPLOYER, NORA, OPEN, Stage
from support.memory_store import MemoryStore
from tallystick.app.datasets.consent import barred_of
from tallystick.app.datasets.key_ring import KeyRing
from tallystick.app.datasets.reading import DatasetReader
from tallystick.app.datasets.register import Registrar
from tallystick.domain.digests import Domain
from tallystick.domain.ids import Purpose
from tallystick.errors import NotEligible
from tallystick.gateways.chain.devchain import DevChain, deploy
from tallystick.gateways.chain.rpc import Rpc
from tallystick.gateways.chain.system import ChainSystem
from tallystick.gateways.ledger.books import SqliteLedger
from tallystick.pipeline.datasets.read import Contribution

pytestmark = pytest.mark.integration


def test_data_set_when_in_probation_is_used_by_no_node_before_it_is_over(
    stage: Stage, ledger: SqliteLedger, devchain: DevChain, rpc: Rpc, tmp_path: Path
) -> None:
    stage.alice.acting_as(DEPLOYER, ledger.outbox).token.transfer(ALICE.address, 10 * OPEN)
    alice, store = stage.alice.acting_as(ALICE, ledger.outbox), MemoryStore()
    domain = Domain(alice.chain_id, alice.escrow.address)
    told = Contribution("bells", ({"title": "Bells", "text": "The bell was cast in 1788."},))
    registrar = Registrar(alice, store, ALICE, domain, devchain.mine)
    bells = registrar.register(told, name="bells", licence=2).dataset
    at = stage.nora.deployment.contracts
    given = (at["AccessAuthority"], at["OpenToken"], at["DatasetRegistry"], OPEN, 7 * DAY, DAY)
    prior = deploy(rpc, DEPLOYER, "PriorArt", *given)
    known = replace(stage.nora.deployment, contracts={**at, "PriorArt": prior.address})
    chain = ChainSystem(rpc, known)
    reading = DatasetReader(chain, store, domain, NORA, KeyRing(tmp_path, domain))

    assert stage.nora.prior_art.is_eligible_at(bells.asset_id, 0)  # where there is no such contract
    assert barred_of(chain.prior_art, [bells.asset_id], chain.now()) == {bells.asset_id}
    with pytest.raises(NotEligible, match=r"'bells'.*probation"):
        reading.for_use(bells.asset_id, Purpose.TRAIN)
    assert len(reading.for_use(bells.asset_id, Purpose.SERVE, served_at=chain.now()).records) == 1

    devchain.advance(DAY)

    assert chain.prior_art.excluded_of(bells.asset_id) == 0
    assert len(reading.for_use(bells.asset_id, Purpose.TRAIN).records) == 1
