"""Gauges read from the books, the disk and the chain; what cannot be read is counted, and stops nothing."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from tallystick.app.observing.survey import ChainSurvey, LocalSurvey, note_settlement
from tallystick.errors import Unavailable
from tallystick.gateways.ledger.books import SqliteLedger
from tallystick.gateways.metrics.registry import Registry
from tallystick.pipeline.settlement.next_step import SubmittedBatch, View


def shown(registry: Registry) -> dict[str, float]:
    told = (line.rsplit(" ", 1) for line in registry.text().decode().splitlines() if line[0] != "#")
    return {name.removeprefix("tallystick_"): float(value) for name, value in told}


def test_local_survey_when_taken_tells_of_disk_and_books(tmp_path: Path) -> None:
    registry = Registry()
    with SqliteLedger(tmp_path / "node.sqlite3") as ledger:
        LocalSurvey(registry, lambda: ledger, home=tmp_path).take()

    told = shown(registry)
    assert told["disk_free_bytes"] > 0 and told["ledger_bytes"] > 4096
    assert told['batches{state="posted"}'] == 0 and told["alarms_open"] == 0


def test_local_survey_when_the_ledger_is_gone_still_tells_of_the_disk(tmp_path: Path) -> None:
    def gone() -> SqliteLedger:
        raise Unavailable("The ledger cannot be read.")

    registry = Registry()
    LocalSurvey(registry, gone, home=tmp_path).take()

    told = shown(registry)
    assert told["disk_free_bytes"] > 0 and told['survey_failures_total{part="ledger"}'] == 1


class Chain:
    """As much of one as the survey asks; its stake contract is out of reach."""

    def __init__(self, claimed: int) -> None:
        entry = SimpleNamespace(attempts=(SimpleNamespace(signed_at=9),))
        self.sender = SimpleNamespace(
            address="0xme", balance=lambda: 5 * 10**9, open_entries=lambda: (entry,)
        )
        self.stake = SimpleNamespace(stake_of=self._gone)
        self.rewards = SimpleNamespace(
            active_period=lambda: SimpleNamespace(number=3), claimed_of=lambda asset: claimed
        )
        self.datasets = self.models = SimpleNamespace(payout_of=lambda asset: "0x01")
        self.books_read = 0

    def _gone(self, operator: str) -> None:
        raise Unavailable("The RPC does not answer.")

    def head(self) -> int:
        return 77

    def now(self) -> int:
        return 3

    def endpoints(self) -> tuple[tuple[str, bool], ...]:
        return (("http://one", True), ("http://other", False))

    def read(self, book: Any) -> Any:
        self.books_read += 1
        return book

    def settlement(self) -> Any:
        leaf = SimpleNamespace(asset_id=b"a", cumulative=100)
        claim: Any = SimpleNamespace(leaf=leaf)
        book = SimpleNamespace(assets=lambda: [b"a"], claim=lambda asset: claim)
        batches = [
            SimpleNamespace(state=s, data_digest=s) for s in ("drafted", "posted", "final", "convicted")
        ]
        return SimpleNamespace(
            claim_book=lambda: self.read(book),
            operator=SimpleNamespace(address="0x01"),
            ledger=SimpleNamespace(batches=SimpleNamespace(list=lambda: batches)),
            content=SimpleNamespace(is_pinned=lambda digest: digest == "final"),
        )


def test_chain_survey_when_a_part_fails_tells_the_others_and_reads_a_root_once() -> None:
    chain: Any = Chain(claimed=40)
    registry = Registry()
    survey = ChainSurvey(registry, chain, chain.settlement, lambda: (chain,))

    assert survey.take() == "stake: The RPC does not answer." == survey.take()

    told = shown(registry)
    assert told["chain_head_block"] == 77 and told["chain_head_timestamp_seconds"] == 3
    assert told['rpc_endpoint_up{endpoint="http://one"}'] == 1
    assert told['rpc_endpoint_up{endpoint="http://other"}'] == 0
    assert told["gas_balance_gwei"] == 5 and (
        told["outbox_open"],
        told["outbox_oldest_timestamp_seconds"],
    ) == (1, 9)
    assert told["rewards_claimable_base_units"] == 60 and chain.books_read == 1
    assert (told['content{state="pinned"}'], told['content{state="missing"}']) == (1, 1)
    assert told['survey_failures_total{part="stake"}'] == 2
    assert told["survey_timestamp_seconds"] == 0  # never complete


def test_settlement_when_seen_tells_value_at_risk_and_windows() -> None:
    registry, demand = Registry(), SimpleNamespace(until=115)
    demands: Any = (demand,)
    standing = (SubmittedBatch(1, ends_at=130), SubmittedBatch(2, ends_at=150))

    note_settlement(
        registry,
        View(100, 0, standing=standing, redeemable=9, waiting=4, proposal_ends_at=90, demands=demands),
    )

    told = shown(registry)
    assert (told["vouchers_unredeemed_base_units"], told["receipts_waiting"]) == (9, 4)
    assert (told["demands_open"], told["demand_seconds"]) == (1, 15)
    assert (told["batch_window_seconds"], told["proposal_window_seconds"]) == (30, 0)
