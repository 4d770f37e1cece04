"""What answers tell of their passages: from each as it is billed, and from the books when a model is opened."""

import json
from collections.abc import Callable, Collection, Iterable, Sequence

from tallystick.domain.attribution import Evidence
from tallystick.domain.ids import AssetId, Hash
from tallystick.errors import NotFound
from tallystick.ports import Ledger

Place = tuple[AssetId, int]
# What stood in a prompt, the nearest to the question first, and what raised the answer.
Learn = Callable[[Sequence[Place], Collection[Place]], None]
# Answers shorter than that cost too little to be believed; and so many are read again at most.
LEAST_TOKENS, REPLAYED = 8, 2_000


def learn_from(learn: Learn, shown: Sequence[Place], evidence: Iterable[Evidence], tokens: int) -> None:
    """One answer of so many tokens."""
    if shown and tokens >= LEAST_TOKENS:
        learn(
            shown, {(e.asset_id, e.record_index) for e in evidence if e.channel == "context" and e.value > 0}
        )


def replay(ledger: Ledger, terms_id: Hash, learn: Learn) -> None:
    """The last answers under these terms, the oldest first; those whose openings are no longer kept teach nothing."""
    for stored in reversed(ledger.receipts.recent(REPLAYED)):
        if stored.receipt.terms_id != terms_id:
            continue
        try:
            told = json.loads(ledger.receipts.opening(stored.digest).attribution_json)
        except NotFound:
            continue
        shown = [_place(c["dataset_id"], c["record"]) for c in told.get("citations") or ()]
        rows = [e for e in told.get("evidence") or () if e["channel"] == "context" and e["value"] > 0]
        if shown and stored.receipt.tokens_out >= LEAST_TOKENS:
            learn(shown, {_place(e["asset_id"], e["record"]) for e in rows})


def _place(dataset: str, record: int) -> Place:
    return AssetId(bytes.fromhex(dataset[2:])), int(record)
