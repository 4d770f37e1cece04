"""A random honest batch on the real contracts: lanes of receipts, money redeemed, earlier batches that stand.

Vera serves the same consumers on lanes of the same numbers, which is her right, and posts batches of her own.
"""

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import astuple, replace
from functools import cache
from typing import Any

from prove.fraud.claims import BatchClaim, honest_claim
from prove.fraud.mutate import Pool
from prove.fraud.setting import GRACE, KEYS, OPERATORS, PARAMETERS, Setting, account_of, session_of
from prove.fraud.shape import is_whole
from prove.fraud.system import deploy
from tallystick.commitments.signatures import sign
from tallystick.domain.batch import STATUSES, BatchHeader, Stamp, named
from tallystick.domain.digests import (
    head_after,
    header_hash,
    lines_hash,
    payment_lane,
    receipt_digest,
    terms_id,
    voucher_digest,
)
from tallystick.domain.ids import ZERO_HASH, Address, AssetId, Hash, Pot
from tallystick.domain.money import fee_of, split_shares
from tallystick.domain.usage import Receipt, Share, SignedReceipt, SignedVoucher, Terms, Voucher
from tallystick.gateways.chain.inprocess.evm import Evm, Reverted
from tallystick.gateways.chain.inprocess.system import Bound

SIZES = (1, 1, 2, 2, 3, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17)
PPM = 1_000_000
Named = tuple[Any, ...]


class World(Setting):
    """`honest` is ready to be submitted; `earlier` are both operators' batches that stand, by id.

    `fallen` is the convicted batch that batches replace from now on, None while they are new, and `origin` what it
    claimed; `convicted` are all.
    """

    def __init__(self, evm: Evm, contracts: Any, seed: int) -> None:
        super().__init__(evm, contracts, seed)
        if self.draw.random() < 0.3:
            self.retire(self.offers[0])
            self.evm.wait(self.draw.choice((0, GRACE - 1, GRACE)))
        receipts = self._serve(self.draw.choice(SIZES))
        self._redeem(receipts)
        self.poster = self.operator
        self.fallen: Named | None = None
        self.origin: BatchClaim | None = None
        self.convicted: list[Named] = []
        self.earlier: list[tuple[Named, BatchClaim]] = []
        self.rival = self._compete(receipts, random.Random(f"rival {seed}"))
        receipts += self._pay(random.Random(f"payments {seed}"))
        if len(receipts) > 1 and self.draw.random() < 0.5:
            receipts = self._settle_some(receipts)
        self.receipts = receipts
        self.honest = self.claim(receipts)

    @property
    def pool(self) -> Pool:
        """Assets that anyone could name, retired ones among them."""
        models = [a for m, steps in self.facts.lineages.items() for a in (m, *steps)]
        assets = [*models, *self.agents, *self.facts.asset_ends]
        operators = [account_of(name) for name in OPERATORS]
        return {
            ("Line", "asset_id"): assets,
            ("Receipt", "agent_id"): self.agents,
            ("Receipt", "operator"): operators,
            ("Receipt", "terms_id"): [terms_id(t) for t in (*self.offers, *self.foreign)],
            ("Voucher", "operator"): operators,
            ("ReceiptEntry", "signed"): [entry.signed for entry in self.rival.entries()],
            ("BatchHeader", "operator"): operators,
            ("BatchHeader", "poster"): operators,
            ("BatchHeader", "previous_header"): list(self.facts.last_headers.values()),
        }

    def claim(self, receipts: list[SignedReceipt]) -> BatchClaim:
        """An honest batch of receipts, all of one operator."""
        roots, amounts = (ZERO_HASH, ZERO_HASH), (0, 0, 0, 0, 0, 0)
        operator = receipts[0].receipt.operator
        poster = self.poster if operator == self.operator else operator
        previous = self.facts.last_headers.get(operator, ZERO_HASH)
        header = BatchHeader(operator, poster, *roots, *amounts, self.bytes32(), previous, self.version)
        rows = self._with_some_vouchers(receipts)
        return honest_claim(self.domain, header, rows, self.facts.poster_asset(header))

    def submit(self, claim: BatchClaim, origin: Named | None = None) -> Named:
        """The batch as calls name it; `Reverted` where the registry refuses the header, or the batch that it replaces."""
        registry, sender = self.contracts.AttributionRegistry, {"from": claim.header.poster}
        origin = origin or self.origin_of(claim)
        if origin is None:
            batch_id, replaced = int(registry.submitBatch(astuple(claim.header), sender)), 0
        else:
            batch_id = int(registry.replaceBatch(astuple(claim.header), origin, sender))
            replaced = origin[0]
        standing = [c for _, c in self.earlier if c.header.operator == claim.header.operator]
        stamp = Stamp(self.evm.now(), self.judged_at(claim), len(standing), replaced)
        return named(batch_id, claim.header, stamp)

    def origin_of(self, claim: BatchClaim) -> Named | None:
        """The convicted batch that a claim replaces; other operators' batches are new."""
        return self.fallen if self.fallen and self.fallen[1][0] == claim.header.operator else None

    def judged_at(self, claim: BatchClaim) -> int:
        """By when a batch that is submitted now is judged."""
        origin = self.origin_of(claim)
        return int(origin[2][1]) if origin else self.evm.now()

    def go_on(self) -> None:
        """The rival's next batch may come too."""
        super().go_on()
        if self.draw.random() < 0.5:
            with suppress(Reverted):  # terms or parameters may have changed
                self.submit(self.rival)

    def fell(self, batch: Named) -> Named:
        """As calls name the batch now that it is convicted."""
        batch_id, header, stamp = batch
        self.convicted.append((batch_id, header, (*stamp[:4], STATUSES.index("convicted"), *stamp[5:])))
        return self.convicted[-1]

    def replace(self, fallen: Named, origin: BatchClaim) -> bool:
        """From now on batches replace this convicted one; mostly vera posts the honest one. False where none can be."""
        known = frozenset(receipt_digest(self.domain, e.signed.receipt) for e in origin.entries())
        kept = self._unbroken(known)
        worth = sum(s.receipt.cumulative - s.receipt.previous for s in kept)
        # From another tree no origin could be shown.
        shown = is_whole(origin.receipts, origin.header.total, origin.header.receipt_count)
        if not shown or not 0 < worth <= origin.header.total:
            return False
        self.fallen, self.origin, self.facts.origins[self.operator] = fallen, origin, known
        self.poster = account_of(self.draw.choice(("vera", "vera", "nora")))
        self.honest = self.claim(kept)
        return True

    def _unbroken(self, known: frozenset[Hash]) -> list[SignedReceipt]:
        """Of each lane the first run of honest receipts that are known."""
        runs: dict[tuple[Address, int], list[SignedReceipt]] = {}
        for signed in self.receipts:
            r = signed.receipt
            run = runs.setdefault((r.consumer, r.lane), [])
            if receipt_digest(self.domain, r) in known and (
                not run or run[-1].receipt.cumulative == r.previous
            ):
                run.append(signed)
        return [signed for run in runs.values() for signed in run]

    def is_convicted(self, batch: Named) -> bool:
        batch_id, header, stamp = batch
        fallen = (batch_id, header, (*stamp[:4], STATUSES.index("convicted"), *stamp[5:]))
        return bool(self.contracts.AttributionRegistry.isBatch(fallen))

    def referees(self) -> list[Bound]:
        names = ("BatchReferee", "ReceiptReferee", "CreditReferee")
        return [getattr(self.contracts, name) for name in names]

    def signed(self, receipt: Receipt, lines: tuple[Any, ...], by: str = "") -> SignedReceipt:
        """With the operator's signature and a voucher of the consumer's, or of a session key's."""
        digest = receipt_digest(self.domain, receipt)
        voucher = Voucher(
            receipt.consumer,
            receipt.operator,
            receipt.lane,
            receipt.cumulative + self.draw.choice((0, 1, 10**6)),
            receipt.cumulative,
            head_after(receipt, digest),
        )
        key = KEYS[account_of(by)] if by else KEYS[receipt.consumer]
        promised = SignedVoucher(voucher, sign(voucher_digest(self.domain, voucher), key))
        return SignedReceipt(receipt, lines, sign(digest, KEYS[receipt.operator]), promised)

    def _compete(self, receipts: list[SignedReceipt], draw: random.Random) -> BatchClaim:
        """Vera answers on the lanes of these receipts too, and may settle some of it; the batch that she has ready."""
        mine, self.draw = self.draw, draw
        names = {account_of(name): name for name in self.consumers}
        lanes = [(names[s.receipt.consumer], s.receipt.lane) for s in receipts]
        rivals = self._serve(draw.choice((1, 2, 2, 3, 5)), "vera", lanes)
        self._redeem(rivals)
        if len(rivals) > 1 and draw.random() < 0.8:
            rivals = self._settle_some(rivals)
        claim = self.claim(rivals)
        self.draw = mine
        return claim

    def _serve(
        self, count: int, by: str = "nora", lanes: Sequence[tuple[str, int]] = ()
    ) -> list[SignedReceipt]:
        """Answers of an operator on given or random lanes, each after the last of its lane."""
        ends: dict[tuple[str, int], tuple[int, Hash]] = {}
        done: list[SignedReceipt] = []
        while len(done) < count:
            free = (self.draw.choice(self.consumers), self.draw.choice((0, 1, 2**52 - 1)))
            name, lane = self.draw.choice(lanes) if lanes else free
            made = self._answer(by, name, lane, *ends.get((name, lane), (0, ZERO_HASH)))
            if made is None:
                continue
            assert made.voucher is not None
            ends[name, lane] = made.receipt.cumulative, made.voucher.voucher.head
            done.append(made)
        return done

    def _pay(self, draw: random.Random) -> list[SignedReceipt]:
        """In some worlds: answers for a payment each. Where nothing was redeemed for one, no batch may hold it."""
        mine, self.draw = self.draw, draw
        paid: list[SignedReceipt] = []
        for _ in range(draw.choice((0, 0, 0, 1, 2))):
            name, nonce = draw.choice(self.consumers), self.bytes32()
            made = self._answer("nora", name, payment_lane(nonce), 0, ZERO_HASH)
            if made is not None:
                signed = replace(made, voucher=None)
                paid += [signed] * self.pay(signed, nonce)
        self.draw = mine
        return paid

    def _answer(self, by: str, name: str, lane: int, level: int, head: Hash) -> SignedReceipt | None:
        """None where the answer would cost nothing."""
        terms = self.draw.choice(self.offers if by == "nora" else self.foreign)
        tokens = [self.draw.choice((0, 1, self.draw.randint(1, 5_000))) for _ in range(2)]
        fee, agent = fee_of(terms, tokens[0], tokens[1]), self.draw.choice([AssetId(bytes(32)), *self.agents])
        if fee == 0:
            return None
        lines = split_shares(terms, fee, self._shares(terms, agent))
        receipt = Receipt(
            terms_id=terms_id(terms),
            consumer=account_of(name),
            operator=terms.operator,
            lane=lane,
            previous=level,
            cumulative=level + fee,
            tokens_in=tokens[0],
            tokens_out=tokens[1],
            query_commit=self.bytes32(),
            output_commit=self.bytes32(),
            lines_hash=lines_hash(lines),
            agent_id=agent,
            served_at=self.evm.now(),
            previous_head=head,
        )
        has_session = (account_of(name), account_of(session_of(name))) in self.facts.signers
        return self.signed(
            receipt, lines, session_of(name) if has_session and self.draw.random() < 0.5 else ""
        )

    def _shares(self, terms: Terms, agent: AssetId) -> list[Share]:
        entries, lineage = self.facts.entries, self.facts.lineage_shares(terms.model_id)
        allowed = [(terms.operator_asset, Pot.OPERATOR)]
        allowed += [(e.dataset_id, Pot.RETRIEVAL) for e in entries[terms.index_root]]
        allowed += [(a, Pot.LINEAGE) for a in lineage]
        allowed += [(e.dataset_id, Pot.TRAINING) for e in entries[terms.manifest_root]]
        allowed += [(agent, Pot.AGENT)] * any(agent)
        allowed = [(a, p) for a, p in allowed if self._is_usable(a)]
        left = dict.fromkeys(Pot, PPM)
        found = []
        for asset, pot in self.draw.sample(allowed, self.draw.randint(0, len(allowed))):
            most = min(left[pot], lineage.get(asset, 0)) if pot == Pot.LINEAGE else left[pot]
            ppm = self.draw.choice((1, most, self.draw.randint(1, max(most, 1))))
            if 0 < ppm <= most:
                found.append(Share(asset, pot, ppm))
                left[pot] -= ppm
        return found

    def _settle_some(self, receipts: list[SignedReceipt]) -> list[SignedReceipt]:
        """An honest batch of the first ones is submitted; the rest."""
        cut = self.draw.randint(1, len(receipts) - 1)
        claim = self.claim(receipts[:cut])
        self.earlier.append((self.submit(claim), claim))
        self.facts.settled += [e.signed.receipt for e in claim.entries()]
        self.facts.last_headers[claim.header.operator] = header_hash(claim.header)
        return receipts[cut:]

    def _with_some_vouchers(self, receipts: list[SignedReceipt]) -> list[SignedReceipt]:
        """Only the last of a lane needs one."""
        last = {(s.receipt.consumer, s.receipt.lane): s for s in receipts}
        kept = list(last.values())
        return [s if s in kept or self.draw.random() < 0.5 else replace(s, voucher=None) for s in receipts]


@cache
def deployed() -> tuple[Evm, Any]:
    evm = Evm()
    return evm, deploy(evm, **PARAMETERS)


@contextmanager
def world_of(seed: int) -> Iterator[World]:
    """The world of a seed, on contracts that have seen no other."""
    evm, contracts = deployed()
    with evm.undone():
        yield World(evm, contracts, seed)
