"""Models that descend from others, and licences of one's own, on the real registries."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from support.chain_seller import register_terms, sealed
from support.chain_stage import ALICE, DEPLOYER, NORA, OPEN, Stage
from support.factories import index_facts, named
from support.memory_store import MemoryStore
from tallystick.app.datasets.desk import DatasetDesk
from tallystick.app.datasets.register import Registrar
from tallystick.app.models.publish import PublishedModel, publish_model, register_model
from tallystick.app.models.sealing import Score
from tallystick.app.models.train import TrainedAdapter
from tallystick.app.workbook import Workbook
from tallystick.commitments.leaves import asset_id
from tallystick.domain.dataset import Dataset
from tallystick.domain.digests import Domain
from tallystick.domain.gate import Gate, Verdict, line_of
from tallystick.domain.ids import AssetId, Hash, Kind, Purpose
from tallystick.errors import Conflict, InvalidInput, NotFound
from tallystick.gateways.chain.devchain import DevChain
from tallystick.gateways.chain.system import ChainSystem
from tallystick.gateways.keys.keystore import Key
from tallystick.gateways.ledger.books import SqliteLedger
from tallystick.pipeline.datasets.read import Contribution

pytestmark = pytest.mark.integration


class Shelf(MemoryStore):
    def add_file(self, path: Path) -> Hash:
        return self.add(path.read_bytes())


def trained(folder: Path, base: str) -> TrainedAdapter:
    (folder / "adapter_config.json").write_text("{}")
    score = Score(0.1, 0.2)
    return TrainedAdapter(folder, named("child"), named(base), {}, 1, score, score, (0.0, 0.1), 0.0, 1.0, ())


@pytest.fixture
def mills(stage: Stage, devchain: DevChain) -> Dataset:
    data = Contribution("mills", ({"question": "When?", "answer": "Now."},))
    domain = Domain(stage.nora.chain_id, stage.nora.escrow.address)
    registrar = Registrar(stage.nora, MemoryStore(), NORA, domain, devchain.mine)
    return registrar.register(data, name="mills", licence=2).dataset


def publish(
    stage: Stage,
    tmp_path: Path,
    mills: Dataset,
    base: str,
    *parents: AssetId,
    made: TrainedAdapter | None = None,
) -> PublishedModel:
    given = made or trained(tmp_path, base)
    return publish_model(
        stage.nora,
        Shelf(),
        NORA,
        given,
        name="child",
        training=[mills],
        retrieval=[],
        prices=(1, 2),
        endpoint="http://nora",
        sealed=sealed(stage.nora.models),
        attribution=index_facts(given.digest, named("manifest")),
        parents=parents,
    )


def test_model_when_it_descends_from_another_shares_its_lineage_pot(
    stage: Stage, mills: Dataset, tmp_path: Path
) -> None:
    parent = register_terms(stage).model_id

    child = publish(stage, tmp_path, mills, "base", parent)

    assert child.base_id == stage.nora.models.model(parent).base_id
    assert stage.nora.models.lineage_shares(child.model_id) == ((child.model_id, 600_000), (parent, 240_000))


def test_model_when_a_parent_stands_on_another_base_or_is_unknown_is_refused(
    stage: Stage, mills: Dataset, tmp_path: Path
) -> None:
    parent = register_terms(stage).model_id

    with pytest.raises(InvalidInput, match="base model"):
        publish(stage, tmp_path, mills, "another base", parent)
    with pytest.raises(NotFound, match="No model"):
        publish(stage, tmp_path, mills, "base", AssetId(named("nobody")))


def test_id_when_it_is_cut_short_is_refused(tmp_path: Path) -> None:
    for ask in (Workbook(tmp_path).model_id, Workbook(tmp_path).dataset_id):
        with pytest.raises(InvalidInput, match="0x12"):
            ask("0x12")


class Outside:
    """Alice's corner of the outside world."""

    def __init__(self, chain: ChainSystem) -> None:
        self.chain, self.store = chain, MemoryStore()

    def acting(self, name: str) -> ChainSystem:
        return self.chain

    def content(self) -> MemoryStore:
        return self.store

    def signer(self, name: str) -> Key:
        return ALICE

    def wait_blocks(self, count: int) -> None:
        raise AssertionError("nothing to wait for")


def test_licence_when_registered_allows_what_it_says(
    stage: Stage, ledger: SqliteLedger, tmp_path: Path
) -> None:
    stage.alice.acting_as(DEPLOYER, ledger.outbox).token.transfer(ALICE.address, 10 * OPEN)
    outside = Outside(stage.alice)
    domain = Domain(stage.alice.chain_id, stage.alice.escrow.address)
    desk = DatasetDesk(outside, Workbook(tmp_path), domain, "alice")  # type: ignore[arg-type]
    text = tmp_path / "licence.txt"
    text.write_text("Do as you like, but train.")

    done = desk.register_licence(text, Purpose.TRAIN | Purpose.SERVE)

    assert done.licence >= 1_000 and done.purposes == ("train", "serve")
    assert stage.alice.datasets.licence_purposes(done.licence) == Purpose.TRAIN | Purpose.SERVE
    assert outside.store.get(done.text) == text.read_bytes()
    assert stage.alice.token.balance_of(ALICE.address) == 10 * OPEN - stage.alice.datasets.licence_fee()
    text.write_text(" ")
    with pytest.raises(InvalidInput, match="empty"):
        desk.register_licence(text, Purpose.TRAIN)


def test_model_when_it_answers_worse_than_its_base_is_refused_for_good(
    stage: Stage, mills: Dataset, tmp_path: Path
) -> None:
    worse = replace(trained(tmp_path, "base"), after=Score(0.05, 0.0), bound=-0.08)

    with pytest.raises(Conflict, match="answers worse"):
        publish(stage, tmp_path, mills, "base", made=worse)

    models = stage.nora.models
    base = AssetId(asset_id(stage.nora.chain_id, models.address, NORA.address, Kind.MODEL, named("base")))
    model_id = AssetId(
        asset_id(stage.nora.chain_id, models.address, NORA.address, Kind.MODEL, named("child"))
    )
    assert models.model(model_id).gate == Gate.REFUSED
    assert models.verdict(model_id).low_gain == -80_000 and models.verdict(model_id).incumbent == base
    assert models.serving(NORA.address, line_of("child")) is None
    with pytest.raises(InvalidInput, match="BadGate"):
        models.promote(line_of("child"), model_id)


def test_line_when_rolled_back_serves_what_it_served_before(stage: Stage) -> None:
    models, line = stage.nora.models, line_of("estuary")
    evaluation_id = sealed(models)
    first = register_terms(stage).model_id
    base = models.model(first).base_id
    assert models.evaluation(evaluation_id).judge == NORA.address
    root = models.model(first).manifest_root
    second, _ = models.register_adapter(
        base,
        [first],
        digest=named("second"),
        content_digest=named("card"),
        manifest_root=root,
        manifest_count=1,
        evaluation_id=evaluation_id,
    )
    models.report_verdict(Verdict(second, base, named("report"), 30_000, -20_000, 12))
    models.promote(line, second)
    assert models.serving(NORA.address, line) == second

    now, _ = models.rollback(line, named("why"))

    assert now is None and models.serving(NORA.address, line) is None
    assert models.model(second).gate == Gate.RETIRED


def test_model_without_an_index_or_with_another_adapters_is_not_registered(
    stage: Stage, mills: Dataset, tmp_path: Path
) -> None:
    given = trained(tmp_path, "base")
    wanted: dict[str, Any] = {"name": "child", "training": [mills], "retrieval": []}

    for wrong, told in (
        (None, "without an attribution index"),
        (index_facts(named("another"), named("manifest")), "of another adapter"),
        (replace(index_facts(given.digest, named("manifest")), rows=0), "is empty"),
    ):
        with pytest.raises(InvalidInput, match=told) as found:
            register_model(
                stage.nora, Shelf(), NORA, given, sealed=named("never sealed"), attribution=wrong, **wanted
            )
        assert "model register" in found.value.hint
