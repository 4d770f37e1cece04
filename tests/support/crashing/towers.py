"""A watchtower over a journal, an outbox and a chain that outlive it, before a batch with a false signature."""

import json
import random
from pathlib import Path
from typing import cast

from bench.watched.scene import PURSE, WATCHER, Grounds, Shelf, publish_batch, publish_world
from bench.watched.trials import Wanted, chosen
from prove.fraud.setting import as_
from support.crashing.works import FileStore
from tallystick.app.watching.case import State
from tallystick.app.watching.checking import Checker
from tallystick.app.watching.journal import Journal, read_cases
from tallystick.app.watching.lanes import LaneBook
from tallystick.app.watching.policy import WatchPolicy
from tallystick.app.watching.tower import Watchtower
from tallystick.domain.digests import case_id
from tallystick.gateways.chain.deployment import read_deployment
from tallystick.gateways.chain.devchain import DevChain
from tallystick.gateways.chain.rpc import Rpc
from tallystick.gateways.chain.sending.policy import SendPolicy
from tallystick.gateways.chain.system import ChainSystem
from tallystick.gateways.ledger.books import SqliteLedger

LOOKS = 3
_SIGNATURE = Wanted(frozenset({"receiptSignature"}), frozenset())
_EAGER = WatchPolicy(convict="always", patience_s=0, coin_worth=1)
_held: list[object] = []


class _Chain:
    """What Grounds takes of a development chain that another process started."""

    def __init__(self, url: str) -> None:
        self.url, self.rpc = url, Rpc(url)


def accuse(url: str, folder: str) -> None:
    """A false batch with its files in `content`; the world stays as it is when this process ends."""
    grounds, shelf = Grounds(cast(DevChain, _Chain(url))), Shelf()
    context = grounds.world(2)
    world = context.__enter__()
    _held.append(context)
    publish_world(shelf, world)
    draw = random.Random(2)
    offered = (chosen(draw, world, _SIGNATURE) for _ in range(50))
    claim = next(f[0] for f in offered if f and publish_batch(shelf, world, f[0]))
    number = int(world.submit(claim)[0])
    grounds.contracts.OpenToken.transfer(WATCHER.address, PURSE, as_("bob"))
    grounds.evm.release_clock()
    content = Path(folder) / "content"
    content.mkdir()
    for digest, data in shelf.held.items():
        (content / digest.hex()).write_bytes(data)
    told = {"chain_id": 31337, "contracts": dict(grounds.system.deployment.contracts)}
    (Path(folder) / "deployment.json").write_text(json.dumps(told))
    (Path(folder) / "false.json").write_text(json.dumps({"batch": number}))


def watch(url: str, folder: str) -> None:
    """Looks until the reward is paid."""
    home, rpc = Path(folder), Rpc(url)
    with SqliteLedger(home / "ledger.sqlite3") as ledger:
        chain = _system(rpc, home).acting_as(
            WATCHER, ledger.outbox, SendPolicy(timeout_s=5, lock_folder=home)
        )
        checker = Checker(chain, FileStore(home / "content"), LaneBook(home / "lanes"), lambda: iter(()))
        for _ in range(LOOKS):
            journal = Journal(home / "cases.jsonl")
            Watchtower(chain, checker, journal, _EAGER).look()
            due = max((case.due_at for case in journal.cases().values()), default=0)
            if due >= rpc.timestamp():
                rpc.request("evm_setNextBlockTimestamp", due + 1)
                rpc.request("evm_mine")


def check_watched(url: str, folder: str) -> None:
    """One commitment, claimed; the batch convicted once, the reward paid to us once, every bond back."""
    home, rpc = Path(folder), Rpc(url)
    chain, number = _system(rpc, home), json.loads((home / "false.json").read_text())["batch"]
    report = chain.stake.report(case_id(chain.batches.address, number))
    bound, head = chain.deployment.bind(rpc, "OperatorStake"), rpc.block_number()
    committed = len(bound.events("ReportCommitted", 0, head))
    (case,) = (
        c for c in read_cases(home / "cases.jsonl") if (c.subject.value, c.number) == ("batch", number)
    )
    earned = chain.token.balance_of(WATCHER.address) - PURSE
    if report.reporter != WATCHER.address or report.amount != 0:
        print(f"reported by {report.reporter}, {report.amount} still to be paid")
    if committed != 1:
        print(f"{committed} commitments")
    if case.state is not State.OVER or case.salt or earned != case.reward or not earned:
        print(f"the case is {case.state}, salt {case.salt!r}; {earned} earned, the reward is {case.reward}")


def _system(rpc: Rpc, home: Path) -> ChainSystem:
    return ChainSystem(rpc, read_deployment(home / "deployment.json"))
