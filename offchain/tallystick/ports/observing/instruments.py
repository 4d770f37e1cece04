"""The table of everything that is measured. Labels have few values: kinds, states, endpoints of the settings."""

from dataclasses import dataclass
from typing import Final, Literal

PREFIX: Final = "tallystick_"
Kind = Literal["counter", "gauge", "histogram"]
_FAST: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)


@dataclass(frozen=True, slots=True)
class Instrument:
    """`name` without the prefix; counters end in `_total` when they are exported. Buckets in seconds."""

    name: str
    kind: Kind
    about: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()

    @property
    def exported(self) -> str:
        return PREFIX + self.name + ("_total" if self.kind == "counter" else "")


def _counter(name: str, about: str, *labels: str) -> Instrument:
    return Instrument(name, "counter", about, labels)


def _gauge(name: str, about: str, *labels: str) -> Instrument:
    return Instrument(name, "gauge", about, labels)


def _seconds(name: str, about: str, *labels: str) -> Instrument:
    return Instrument(name, "histogram", about, labels, _FAST)


INSTRUMENTS: Final[tuple[Instrument, ...]] = (
    _counter("requests", "HTTP requests by what they asked for and how they ended.", "kind", "outcome"),
    _seconds("request_seconds", "From the request to the end of the response.", "kind"),
    _counter("answers", "Answers by how they ended: stop, length, left or failed.", "end"),
    _gauge("answers_under_way", "Answers that are being made."),
    _counter("answer_tokens", "Tokens of billed answers, in and out.", "direction"),
    _seconds("first_token_seconds", "From an admitted request to its first text."),
    _seconds("generation_seconds", "From an admitted request to its last text."),
    _counter("vouchers", "Vouchers that acknowledge receipts, kept or refused.", "outcome"),
    _gauge("vouchers_unredeemed_base_units", "Acknowledged and not yet redeemed: the value at risk."),
    _gauge("receipts_waiting", "Redeemed receipts and drafts that wait for a batch."),
    _gauge("outbox_open", "Signed transactions that are not mined."),
    _gauge("outbox_oldest_timestamp_seconds", "When the oldest of them was signed, Unix time; 0 for none."),
    _counter("transactions", "Transactions by contract function and how they ended.", "kind", "state"),
    _counter("gas_used", "Gas of mined transactions.", "kind"),
    _counter("gas_fees_gwei", "What that gas cost, in gwei.", "kind"),
    _gauge("gas_balance_gwei", "Coin of the node's key, in gwei."),
    _gauge("chain_head_block", "Newest block of the chain."),
    _gauge("chain_head_timestamp_seconds", "When it was made, Unix time."),
    _gauge("index_tip_block", "Newest block of the index of events."),
    _gauge("index_lag_blocks", "Blocks that the index is behind the head."),
    _counter("index_blocks", "Blocks read into the index."),
    _counter("index_logs", "Events added to the index, or taken back.", "change"),
    _counter("rpc_calls", "Calls to an endpoint: ok, refused or failed.", "endpoint", "outcome"),
    _counter("rpc_failovers", "Calls that another than the first endpoint answered."),
    _gauge(
        "rpc_endpoint_up",
        "1 where the endpoint is used; 0 where it rests or is of another chain.",
        "endpoint",
    ),
    _gauge("batches", "Batches of this operator by state in its ledger.", "state"),
    _gauge("batch_window_seconds", "Until the next standing batch can be made final; 0 where none stands."),
    _gauge("batches_voided", "Own batches that a conviction below them voided."),
    _gauge("proposal_window_seconds", "Until the pending reward root can be activated; 0 where none is."),
    _gauge("demands_open", "Demands for leaves of this node that are not answered."),
    _gauge("demand_seconds", "Until the first of them can no longer be answered; 0 where none is open."),
    _gauge("rewards_claimable_base_units", "Earned by assets that pay this key, and not claimed."),
    _gauge("stake_base_units", "Stake: active, locked by claims, thawing.", "part"),
    _gauge("alarms_open", "Alarms of monitors that nobody acknowledged."),
    _counter("duty_runs", "Duties done, by outcome: done or failed.", "duty", "outcome"),
    _gauge("duty_last_success_timestamp_seconds", "When a duty last succeeded, Unix time.", "duty"),
    _gauge("duty_failures", "Failures of a duty in a row.", "duty"),
    _gauge("duty_given_up", "1 where a duty rests until the node is started again.", "duty"),
    _gauge("duty_late", "1 while a duty runs past its deadline.", "duty"),
    _counter("worker_restarts", "Workers of duties that died and were replaced: a defect each."),
    _counter("watch_looks", "Looks of the watchtower, done or failed.", "outcome"),
    _gauge("watch_last_look_timestamp_seconds", "When the last look succeeded, Unix time; 0 before any."),
    _gauge(
        "watch_cases", "Batches and proposals under watch by state; false ones are not worth it.", "state"
    ),
    _gauge("watch_unseen", "Cases under watch that the endpoint did not tell of in the last look."),
    _gauge("watch_doubted", "Batches clean at L0 with opened answers that are false deeper."),
    _counter("watch_convictions", "Cases that came to be convicted while they were under watch."),
    _counter("watch_case_failures", "Times that an error kept a case from being attended to."),
    _gauge("content", "Files of the newest batches of this node: pinned or missing.", "state"),
    _gauge("models", "Models to serve: ready, loading or failed.", "state"),
    _gauge("ready", "1 where a part of the node is ready.", "part"),
    _gauge("disk_free_bytes", "Free on the disk of the node's home."),
    _gauge("ledger_bytes", "Size of the ledger's files."),
    _counter("survey_failures", "Parts of the survey that could not be asked.", "part"),
    _gauge("survey_timestamp_seconds", "When the chain's part of these numbers was last read, Unix time."),
    _gauge("build_info", "1, with the versions as labels.", "version", "python"),
)
