"""A home of nora's with something on every page: receipts, a batch, a queued training, an alarm, a motion."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from support.chain_seller import register_terms, sell
from support.chain_stage import OPEN, Stage, make_header
from support.governing.stage import govern
from support.monitoring.watched import REFERENCE, failing, note_all
from support.studio.place import Open, home_of, open_studio
from tallystick.app.monitoring.run import POINT_EVERY, run_monitors
from tallystick.app.workbook import Workbook
from tallystick.config import Config
from tallystick.domain.ids import AssetId
from tallystick.gateways.chain.devchain import advance_time
from tallystick.gateways.chain.rpc import Rpc
from tallystick.gateways.ledger.books import SqliteLedger

ASSET = AssetId(b"\xa1" * 32)
RELEASE = "estuary@9f31c2d07ab4"
MORNING = 1_790_000_000


@contextmanager
def furnished(rpc: Rpc, stage: Stage, folder: Path) -> Iterator[Open]:
    """Names and addresses are as long as they may be."""
    with SqliteLedger(folder / "votes.sqlite3") as ledger:
        governed = govern(rpc, ledger, stage)
        config = home_of(governed, rpc.url, folder / "home")
        _sell(governed, config)
        with open_studio(config) as opened:
            _act(rpc, opened)
            yield opened


def _sell(stage: Stage, config: Config) -> None:
    with SqliteLedger(config.database) as ledger:
        sell(stage, ledger, 30, asset=ASSET)
        traffic = failing(81_000, "label-drift", 150, 100)
        for end in range(REFERENCE, len(traffic) + 1, POINT_EVERY):
            begin = end - POINT_EVERY if end > REFERENCE else 0
            note_all(ledger, RELEASE, traffic[begin:end])
            run_monitors(ledger, RELEASE, MORNING + 60 * end)
    Workbook(config.home).note_dataset("a-data-set-whose-name-is-as-long-as-names-may-be-in-here", ASSET)
    register_terms(stage)
    stage.nora.models.set_endpoint("https://answers.estuary.example.org:8443/of/the/river/v1")
    stage.nora.batches.submit_batch(make_header())


def _act(rpc: Rpc, opened: Open) -> None:
    """What a person does in the studio itself."""
    node = opened.studio.node
    path = node.recipe(name="default").path
    node.queue_training(datasets=(f"0x{ASSET.hex()}",), recipe=path, name="estuary-2")
    node.wrap_votes(amount=300 * OPEN)
    advance_time(rpc, 10)  # who proposes needs votes of a second before
    node.propose_parameters(changes={"burned_bps": 6_000}, text="Burn more of what is slashed.")
