"""bob's answers from nora with all that opens them, in a world whose data sets, card and batch are files."""

import json
from dataclasses import dataclass, replace
from typing import Any

from support.factories import DOMAIN, acknowledged, asset_of, key_of, named, opening_voucher
from support.settled_world import World
from tallystick.app.exchange import attribution_to_json
from tallystick.commitments.signatures import sign
from tallystick.domain.answers.opened import OutputRecord, PassageRef
from tallystick.domain.answers.opening import OpenedAnswer, Shown
from tallystick.domain.attribution import Attribution, Evidence, Gains
from tallystick.domain.digests import receipt_digest
from tallystick.domain.ids import Pot
from tallystick.domain.usage import Receipt, Share, SignedReceipt
from tallystick.errors import NotFound
from tallystick.pipeline.receipts.receipt import Usage, build_receipt
from tallystick.ports import Opening, StoredReceipt


@dataclass
class OpenedWorld:
    """`world.receipts` are the answers; nothing is settled yet."""

    world: World
    answers: list[OpenedAnswer]

    @classmethod
    def of(cls, count: int = 2) -> "OpenedWorld":
        world, answers, at = World(), [], opening_voucher()
        for number in range(count):
            answer = _answer(world, at, number)
            assert answer.signed.voucher is not None
            answers.append(answer)
            at = answer.signed.voucher.voucher
        world.receipts = tuple(a.signed for a in answers)
        world.digest = receipt_digest(DOMAIN, world.receipts[0].receipt)
        return cls(world, answers)

    @property
    def first(self) -> OpenedAnswer:
        return self.answers[0]

    def changed(self, **changes: Any) -> OpenedAnswer:
        """The first answer with other fields of its output record, and a receipt that commits to them."""
        output = replace(self.first.output, **changes)
        return _answer(self.world, opening_voucher(), 0, output=output)

    def shared(self, *shares: Share) -> OpenedAnswer:
        """The first answer with other shares, lines that follow from them, and nora's signature under all."""
        return _answer(self.world, opening_voucher(), 0, shares=shares)


class Books:
    """Receipts as a ledger keeps them."""

    def __init__(self, *answers: OpenedAnswer) -> None:
        self.held = {receipt_digest(DOMAIN, a.signed.receipt): a for a in answers}

    def get(self, digest: bytes) -> StoredReceipt:
        from tallystick.app import exchange

        answer = self._found(digest)
        plain, r = replace(answer.signed, voucher=None), answer.signed.receipt
        assert answer.signed.voucher is not None
        head = answer.signed.voucher.voucher.head
        encoded = exchange.encode(plain)
        return StoredReceipt(named("unused"), head, r, encoded, True, answer.signed.voucher)

    def opening(self, digest: bytes) -> Opening:
        a = self._found(digest)
        assert a.shown.gains is not None
        kept = attribution_to_json(Attribution(a.shown.shares, a.shown.evidence, a.shown.gains))
        return Opening(a.salt, json.dumps(list(a.messages)), a.output, json.dumps(kept))

    def _found(self, digest: bytes) -> OpenedAnswer:
        if digest not in self.held:
            raise NotFound("No such receipt.")
        return self.held[digest]  # type: ignore[index]


def resigned(answer: OpenedAnswer, **changes: Any) -> OpenedAnswer:
    """nora signs whatever she likes, and bob acknowledges it."""
    receipt: Receipt = replace(answer.signed.receipt, **changes)
    signature = sign(receipt_digest(DOMAIN, receipt), key_of("nora"))
    return replace(answer, signed=acknowledged(replace(answer.signed, receipt=receipt, signature=signature)))


def sold(
    world: World,
    messages: tuple[dict[str, str], ...],
    output: OutputRecord,
    shown: Shown,
    *,
    tokens_in: int = 100,
    at: Any = None,
    salt: bytes = named("salt"),
) -> OpenedAnswer:
    """Built and signed by nora, acknowledged by bob; nora's pot is all hers."""
    usage = Usage(messages, output, tokens_in, salt, 1_795_000_000)
    every = (Share(asset_of("nora"), Pot.OPERATOR, 1_000_000), *shown.shares)
    built = build_receipt(DOMAIN, world.terms, at or opening_voucher(), usage, every)
    signed = SignedReceipt(built.receipt, built.lines, sign(built.digest, key_of("nora")))
    return OpenedAnswer(acknowledged(signed), salt, messages, output, shown)


def _answer(
    world: World,
    at: Any,
    number: int,
    *,
    output: OutputRecord | None = None,
    shares: tuple[Share, ...] | None = None,
) -> OpenedAnswer:
    alice, ines, petra = (world.data[name].asset_id for name in ("alice", "ines", "petra"))
    made = output or OutputRecord("On the spit.", tuple(range(7)), (PassageRef(petra, 0),), b"")
    earned = shares or (
        Share(petra, Pot.RETRIEVAL, 333_333),
        Share(alice, Pot.TRAINING, 250_001),
        Share(ines, Pot.TRAINING, 250_000),
    )
    evidence = (
        Evidence("context", petra, 0, 0.7, "raised the answer's log-probability"),
        Evidence("training", alice, 1, 0.5, "above the noise floor"),
    )
    asked = ({"role": "user", "content": f"Where do the terns nest? {number}"},)
    shown = Shown(earned, evidence, Gains(-3.0, -2.0, -1.5))
    return sold(world, asked, made, shown, at=at, salt=named(f"salt {number}"))
