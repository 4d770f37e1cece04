"""A market of random terms, shares, texts and lanes: receipts built, signed and acknowledged by the shipped code."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from tallystick.commitments.signatures import address_of, sign
from tallystick.domain.answers.opened import OutputRecord, PassageRef
from tallystick.domain.answers.opening import OpenedAnswer, Shown
from tallystick.domain.dataset import ManifestEntry
from tallystick.domain.digests import Domain, head_after, receipt_digest, terms_id, voucher_digest
from tallystick.domain.ids import Address, AssetId, Hash, Pot, address
from tallystick.domain.money import fee_of
from tallystick.domain.trees import entry_tree
from tallystick.domain.usage import PAYMENT_LANES, Share, SignedReceipt, SignedVoucher, Terms, Voucher
from tallystick.pipeline.receipts.receipt import Usage, build_receipt

LETTERS = "aZ 09.,;äßéœ中文日本語🙂\n\t\"\\'\u0000\u2028"
PPM, POTS = 1_000_000, (Pot.RETRIEVAL, Pot.LINEAGE, Pot.TRAINING)


@dataclass
class Facts:
    """`pipeline.auditing.audited.ChainFacts` of a chain on which all of this is registered."""

    known: dict[bytes, Terms] = field(default_factory=dict)
    manifests: dict[bytes, tuple[ManifestEntry, ...]] = field(default_factory=dict)
    parts: dict[bytes, Mapping[AssetId, int]] = field(default_factory=dict)

    def terms(self, terms_id: Hash) -> Terms | None:
        return self.known.get(terms_id)

    def terms_end(self, terms_id: Hash) -> int | None:
        return None

    def was_signer(self, consumer: Address, signer: Address) -> bool:
        return consumer == signer

    def redeemed(self, consumer: Address, operator: Address, lane: int) -> int:
        return 1 << 127

    def is_paid(self, consumer: Address, operator: Address, lane: int, receipt: Hash) -> bool:
        return False

    def asset_end(self, asset_id: AssetId, pot: Pot) -> int | None:
        return None

    def lineage_share(self, model_id: AssetId, asset_id: AssetId) -> int:
        return self.parts[model_id].get(asset_id, 0)

    def manifest(self, terms: Terms) -> tuple[ManifestEntry, ...] | None:
        return self.manifests.get(terms.manifest_root)

    def index(self, terms: Terms) -> tuple[ManifestEntry, ...] | None:
        return self.manifests.get(terms.index_root)


class Market:
    """Some operators' terms, and as many honest answers under them as are asked for."""

    def __init__(self, seed: str, offers: int = 5) -> None:
        self.draw = random.Random(seed)
        self.domain = Domain(self.draw.randint(1, 2**40), self._account()[1])
        self.facts = Facts()
        self.keys = {account: key for key, account in (self._account() for _ in range(offers))}
        self.consumers = [self._account() for _ in range(4)]
        self.offers = [self._offer(operator) for operator in self.keys]

    def answer(self) -> OpenedAnswer:
        """Some question at some point of some lane."""
        draw, terms = self.draw, self.draw.choice(self.offers)
        output = self.output(terms)
        tokens_in = draw.randint(1, 4096)
        while not fee_of(terms, tokens_in, len(output.tokens)):
            tokens_in = draw.randint(
                2**20, 2**24
            )  # at the lowest prices an answer must be long to cost anything
        usage = Usage(
            messages=tuple(self._message(role) for role in self._roles()),
            output=output,
            tokens_in=tokens_in,
            salt=draw.randbytes(32),
            served_at=draw.randrange(1_700_000_000, 2**40),
        )
        return self.sell(terms, usage, self.shares(terms))

    def sell(self, terms: Terms, usage: Usage, shares: Sequence[Share]) -> OpenedAnswer:
        """Built, signed by the operator, acknowledged by the consumer."""
        draw, (key, consumer) = self.draw, self.draw.choice(self.consumers)
        start, head = draw.choice((0, draw.randrange(2**90))), Hash(draw.randbytes(32))
        at = Voucher(consumer, terms.operator, draw.randrange(PAYMENT_LANES.start), start, start, head)
        every = (Share(terms.operator_asset, Pot.OPERATOR, PPM), *shares)
        built = build_receipt(self.domain, terms, at, usage, every)
        signed = SignedReceipt(built.receipt, built.lines, sign(built.digest, self.keys[terms.operator]))
        shown = Shown(tuple(shares))
        return OpenedAnswer(self._acknowledged(signed, key), usage.salt, usage.messages, usage.output, shown)

    def output(self, terms: Terms) -> OutputRecord:
        draw, listed = self.draw, self.facts.index(terms) or ()
        shown = tuple(
            PassageRef(draw.choice(listed).dataset_id, n) for n in range(draw.randrange(5)) if listed
        )
        tokens = tuple(draw.randrange(2**31) for _ in range(draw.randint(1, 48)))
        return OutputRecord(self.text(), tokens, shown, draw.randbytes(draw.choice((0, 258))))

    def shares(self, terms: Terms) -> tuple[Share, ...]:
        """Of each pot any part, down to nothing, among some that may earn of it."""
        found = []
        for pot in POTS:
            earners = self._earners(terms, pot)
            chosen = self.draw.sample(sorted(earners), self.draw.randint(0, min(len(earners), 12)))
            left = self.draw.choice((PPM, self.draw.randint(1, PPM)))
            for asset in chosen:
                ppm = min(self.draw.randint(1, PPM), earners[asset], left)
                left -= ppm
                if ppm:
                    found.append(Share(asset, pot, ppm))
        return tuple(found)

    def text(self) -> str:
        return "".join(self.draw.choice(LETTERS) for _ in range(self.draw.randint(0, 80)))

    def _earners(self, terms: Terms, pot: Pot) -> dict[AssetId, int]:
        if pot is Pot.LINEAGE:
            return dict(self.facts.parts[terms.model_id])
        listed = self.facts.index(terms) if pot is Pot.RETRIEVAL else self.facts.manifest(terms)
        return {e.dataset_id: PPM for e in listed or ()}

    def _offer(self, operator: Address) -> Terms:
        draw, roots = self.draw, []
        for _ in range(2):
            ids = sorted(AssetId(draw.randbytes(32)) for _ in range(draw.randint(1, 20)))
            entries = tuple(ManifestEntry(i, Hash(draw.randbytes(32)), draw.randint(1, 999)) for i in ids)
            roots.append(Hash(entry_tree(entries).root.hash))
            self.facts.manifests[roots[-1]] = entries
        model = AssetId(draw.randbytes(32))
        self.facts.parts[model] = {model: 600_000, **{AssetId(draw.randbytes(32)): 120_000 for _ in range(2)}}
        prices = [draw.choice((draw.randint(1, 2**31 - 1), draw.randint(1, 10**6))) for _ in range(2)]
        terms = Terms(
            operator,
            AssetId(draw.randbytes(32)),
            model,
            roots[0],
            roots[1],
            price_in=prices[0],
            price_out=prices[1],
            pots=self._pots(),
        )
        self.facts.known[terms_id(terms)] = terms
        return terms

    def _pots(self) -> tuple[int, ...]:
        cuts = sorted(self.draw.randint(0, 10_000) for _ in range(7))
        return tuple(b - a for a, b in zip([0, *cuts], [*cuts, 10_000], strict=True))

    def _roles(self) -> list[str]:
        before = [self.draw.choice(("system", "user", "assistant")) for _ in range(self.draw.randrange(4))]
        return [*before, "user"]

    def _message(self, role: str) -> dict[str, str]:
        return {"role": role, "content": self.text()}

    def _account(self) -> tuple[bytes, Address]:
        key = self.draw.randbytes(32)
        return key, address(address_of(key))

    def _acknowledged(self, signed: SignedReceipt, key: bytes) -> SignedReceipt:
        receipt = signed.receipt
        head = head_after(receipt, receipt_digest(self.domain, receipt))
        reached = receipt.cumulative
        voucher = Voucher(receipt.consumer, receipt.operator, receipt.lane, reached, reached, head)
        return replace(
            signed, voucher=SignedVoucher(voucher, sign(voucher_digest(self.domain, voucher), key))
        )
