"""What stands around an answer: its receipt, and its attribution, each beside its generation on the real model."""

import secrets
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.harness import Figure

TOKENS, ANSWERS = 32, 3
PRICES = (2_000_000, 8_000_000)


def figures() -> list[Figure]:
    from bench.attributed.cost import FIRST_SEED, PROMPT, bench
    from bench.attributed.scoring.scenes import of_length, scene
    from tallystick.pipeline.models.foundation import prepare_base

    made = bench(prepare_base(Path("build/models/smollm2-135m-instruct").resolve()))
    metered, weighed = [], []
    for n in range(ANSWERS):
        asked = of_length(scene(FIRST_SEED + n), made.engine.encode_prompt, PROMPT)
        prompt = made.engine.encode_prompt(asked.messages, [p.text for p in asked.passages])
        made.engine.forget()
        began = time.perf_counter()
        ids = [t.token_id for t in made.engine.generate(prompt, TOKENS)]
        answered = time.perf_counter()
        made.attributor.attribute(asked.messages, asked.passages, ids, made.engine._chat.decode(ids))
        attributed = time.perf_counter()
        billing = receipt_seconds(asked.messages, ids)
        whole = attributed - began + billing
        weighed.append((attributed - answered) / whole)
        metered.append(billing / whole)
    how = f"135M, fp32, unbatched, {PROMPT} tokens of prompt with 4 clusters and {TOKENS} of answer; clock"
    return [
        Figure("metering_share", tuple(metered), "of a request", f"{how}; receipt built, signed and stored"),
        Figure("attribution_share", tuple(weighed), "of a request", f"{how}; every channel"),
    ]


def receipt_seconds(messages: Any, ids: list[int]) -> float:
    """Through the shipped path, onto disk."""
    from tallystick.app.answering.billing import Billing
    from tallystick.app.answering.draft import Draft
    from tallystick.app.answering.kept import KeptAnswers
    from tallystick.gateways.keys.keystore import Key
    from tallystick.gateways.ledger.books import SqliteLedger

    with tempfile.TemporaryDirectory() as folder:
        ledger, nora = SqliteLedger(Path(folder) / "books.sqlite3"), Key.generate()
        order = _order(nora, messages)
        draft = Draft(order)
        draft.token_ids, draft.text = list(ids), "It was rebuilt in 1847."
        billing = Billing(ledger, nora, KeptAnswers(ledger))
        began = time.perf_counter()
        billing.bill(order, draft)
        taken = time.perf_counter() - began
        ledger.close()
    return taken


def _order(nora: Any, messages: Any) -> Any:
    from tallystick.app.answering.kitchen import Dish, Kitchen, Prepared
    from tallystick.app.answering.order import Order
    from tallystick.app.results import ChatRequest, Offer
    from tallystick.domain.attribution import Attribution, Gains
    from tallystick.domain.digests import terms_id
    from tallystick.domain.ids import Address, AssetId, Hash
    from tallystick.domain.usage import Terms, Voucher

    nothing = Attribution((), (), Gains(0.0, 0.0, 0.0))
    terms = Terms(
        nora.address,
        AssetId(b"\x0e" * 32),
        AssetId(b"\x0d" * 32),
        Hash(b"\1" * 32),
        Hash(b"\2" * 32),
        *PRICES,
    )
    offer = Offer("bench", terms, terms_id(terms), 31337, Address("0x" + "e5" * 20), 64)
    model: Any = None
    kitchen = Kitchen(model, lambda question: (), lambda *_: nothing, lambda prompt, ids: bytes(258))
    voucher = Voucher(nora.address, nora.address, 1, 10**12, 0, Hash(bytes(32)))
    request = ChatRequest("bench", tuple(messages), TOKENS)
    return Order(Dish(offer, kitchen), request, voucher, Prepared((), [1] * 235), secrets.token_hex(8))
