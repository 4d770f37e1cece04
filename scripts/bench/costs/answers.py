"""Paid answers of 64 lines, and batches of 2^20 of them of which a proof opens a few. Honest until a case spoils one."""

from collections.abc import Mapping
from dataclasses import astuple, dataclass, field, replace
from typing import Any

from bench.costs.chain import Chain
from bench.costs.money import MEAN, header, stamp_of, word
from bench.costs.trees import Node, SparseTree, leaf_nodes
from tallystick.domain.batch import BatchHeader, Stamp, named
from tallystick.domain.digests import (
    head_after,
    lines_hash,
    pack_lines,
    receipt_digest,
    receipt_leaf,
    terms_id,
    voucher_digest,
    voucher_hash,
)
from tallystick.domain.ids import AssetId, Hash, Pot, address
from tallystick.domain.money import fee_of, split_shares
from tallystick.domain.trees import Credit
from tallystick.domain.usage import Line, Receipt, Share, SignedReceipt, SignedVoucher, Terms, Voucher

DEPTH, SHARES = 20, 61
# Two neighbours that share all but the lowest branch, in the lower half of the tree.
FIRST_INDEX = 0x2AAAA


@dataclass(frozen=True, slots=True)
class Market:
    """Nora's terms, under which Bob is served."""

    chain: Chain
    terms: Terms

    def answer(self, of_lane: int, previous: int, tokens: int = 40_000, **changes: Any) -> SignedReceipt:
        """One signed receipt of 64 lines, its voucher acknowledging exactly it. `changes` come before the signatures."""
        fee = fee_of(self.terms, tokens, tokens)
        shares = [Share(AssetId(word(f"asset {i}")), Pot.TRAINING, 16_000) for i in range(SHARES)]
        lines = changes.pop("lines", split_shares(self.terms, fee, shares))
        receipt = Receipt(
            terms_id=Hash(terms_id(self.terms)),
            consumer=address(self.chain.account("bob")),
            operator=self.terms.operator,
            lane=of_lane,
            previous=previous,
            cumulative=previous + fee,
            tokens_in=tokens,
            tokens_out=tokens,
            query_commit=word("query"),
            output_commit=word("output"),
            lines_hash=lines_hash(lines),
            agent_id=AssetId(word("agent")),
            served_at=1_800_000_000,
            previous_head=word("head before"),
        )
        return self.sign(replace(receipt, **changes), lines)

    def sign(self, receipt: Receipt, lines: tuple[Line, ...]) -> SignedReceipt:
        digest = receipt_digest(self.chain.domain, receipt)
        level, head = receipt.cumulative, head_after(receipt, digest)
        voucher = Voucher(receipt.consumer, receipt.operator, receipt.lane, level, level, head)
        signed = SignedVoucher(voucher, self.chain.sign("bob", voucher_digest(self.chain.domain, voucher)))
        return SignedReceipt(receipt, lines, self.chain.sign("nora", digest), signed)


@dataclass(slots=True)
class SparseBatch:
    """Receipts and credits by index; `values` and `heads` say what leaves claim where they are false."""

    market: Market
    receipts: Mapping[int, SignedReceipt] = field(default_factory=dict)
    credits: Mapping[int, Credit] = field(default_factory=dict)
    values: Mapping[int, int] = field(default_factory=dict)
    heads: Mapping[int, Hash] = field(default_factory=dict)

    @property
    def receipt_tree(self) -> SparseTree:
        return SparseTree(DEPTH, leaf_nodes({i: self._leaf(i) for i in self.receipts}), MEAN)

    @property
    def credit_tree(self) -> SparseTree:
        leaves = {i: (c.leaf, c.amount) for i, c in self.credits.items()}
        total = self.receipt_tree.root.sum
        return SparseTree(DEPTH, leaf_nodes(leaves), MEAN // 8, total=total, seed=7)

    def header(self, **changes: Any) -> BatchHeader:
        receipts, credited = self.receipt_tree.root, self.credit_tree.root
        made = replace(
            header(self.market.chain, "nora", receipts.count),
            receipts_root=Hash(receipts.hash),
            credits_root=Hash(credited.hash),
            total=receipts.sum,
            credit_count=credited.count,
        )
        return replace(made, **changes)

    def opening(self, index: int, lines: bool = False) -> tuple[Any, ...]:
        """With `lines` where the proof reads them."""
        signed, path = self.receipts[index], self.receipt_tree.path(index)
        digest = voucher_hash(self.market.chain.domain, signed.voucher)
        row = (
            astuple(signed.receipt),
            pack_lines(signed.lines) if lines else b"",
            signed.signature,
            digest,
        )
        return (*row, index, path.packed)

    def voucher(self, index: int) -> tuple[Any, ...]:
        shown = self.receipts[index].voucher
        assert shown
        return astuple(shown.voucher), shown.signature

    def credit(self, index: int) -> tuple[Any, ...]:
        path = self.credit_tree.path(index)
        return (*astuple(self.credits[index]), index, path.packed)

    def edge(self, position: int) -> tuple[Any, ...]:
        return position, [self.credit(position - 1), self.credit(position)]

    def _leaf(self, index: int) -> Node:
        signed = self.receipts[index]
        value = signed.receipt.cumulative - signed.receipt.previous
        leaf = receipt_leaf(self.market.chain.domain, signed, self.heads.get(index))
        return leaf, self.values.get(index, value)


def post(market: Market, made: BatchHeader) -> tuple[Any, ...]:
    """Submits a header; the batch as calls name it."""
    sent = market.chain.send("nora", "AttributionRegistry", "submitBatch", astuple(made))
    batch_id, stamp = stamp_of(sent)
    assert isinstance(stamp, Stamp)
    return named(batch_id, made, stamp)


def open_market(chain: Chain, manifest: SparseTree) -> Market:
    """Registers Petra's model, the manifest, an index and Nora's terms."""
    models, root = chain["ModelRegistry"], manifest.root
    nora, petra = chain.account("nora"), chain.account("petra")
    chain.send("petra", "ModelRegistry", "registerBase", word("model"), word("model card"))
    for register in ("registerManifest", "registerIndex"):
        chain.send("nora", "ModelRegistry", register, *astuple(root))
    chain.send("nora", "ModelRegistry", "registerOperator", "https://nora.example")
    terms = Terms(
        operator=address(nora),
        operator_asset=AssetId(bytes(models.operatorAssetOf(nora))),
        model_id=AssetId(bytes(models.assetIdOf(petra, 2, word("model")))),
        manifest_root=Hash(root.hash),
        index_root=Hash(root.hash),
        price_in=20_000,
        price_out=60_000,
    )
    chain.send("nora", "ModelRegistry", "registerTerms", astuple(terms))
    return Market(chain, terms)
