"""What people do with money and data sets: register, redeem, post batches, claim. One driver an operation."""

from collections.abc import Iterator
from dataclasses import astuple, replace
from typing import Any

from bench.costs.chain import WINDOW, Chain, Sent
from bench.costs.floor import FIRST, REPEAT, Case
from bench.costs.rows import Row, run
from bench.costs.trees import SparseTree, leaf_nodes
from tallystick.commitments import leaves
from tallystick.commitments.keccak import keccak256
from tallystick.domain.batch import STATUSES, BatchHeader, Stamp, named
from tallystick.domain.digests import header_hash, voucher_digest
from tallystick.domain.ids import Hash, address
from tallystick.domain.usage import SignedVoucher, Voucher, packed_order

RECORDS, MEAN, SALT, NONE = 1_000, 10**6, b"\x51" * 32, Hash(bytes(32))
BATCH_TOTAL, MONEY = 3 * 10**12, 2 * 10**13


def word(text: str) -> Hash:
    return Hash(keccak256(text.encode()))


def register(chain: Chain, person: str, text: str, turn: str) -> Iterator[Row]:
    """Commit and reveal of one data set, for a bond that leaves its owner nothing."""
    registry, root = "DatasetRegistry", word(text)
    chain.fund(person, int(chain[registry].bondOf(RECORDS)), registry)
    commitment = leaves.commitment(chain.account(person), 1, root, SALT)
    yield run(chain, Case("commit", turn), person, registry, "commit", commitment)
    chain.rpc("anvil_mine", hex(int(chain[registry].commitDelay())))
    opened = (root, word(text + " manifest"), SALT, NONE, RECORDS, 1)
    yield run(chain, Case("reveal", turn), person, registry, "reveal", opened)


def dataset_of(chain: Chain, person: str, text: str) -> bytes:
    return bytes(chain["DatasetRegistry"].assetIdOf(chain.account(person), 1, word(text)))


def allot(chain: Chain, consumer: str, operator: str, amount: int = BATCH_TOTAL) -> None:
    chain.fund(consumer, amount, "UsageEscrow")
    chain.send(consumer, "UsageEscrow", "deposit", amount)
    chain.send(consumer, "UsageEscrow", "allot", chain.account(operator), amount)


def voucher(chain: Chain, consumer: str, operator: str, level: int) -> tuple[tuple[Any, ...], bytes, int]:
    """What `redeem` takes, for lane 1 up to a level."""
    parties = (address(chain.account(consumer)), address(chain.account(operator)))
    made = Voucher(*parties, 1, level, level, word(f"head of {consumer}"))
    return astuple(made), chain.sign(consumer, voucher_digest(chain.domain, made)), level


def redeem(chain: Chain, consumer: str, operator: str) -> Iterator[Row]:
    """A fresh lane of a fresh operator, then the same lane again."""
    for turn, level in ((FIRST, 123_456_789), (REPEAT, 223_456_789)):
        order = voucher(chain, consumer, operator, level)
        yield run(chain, Case("redeem", turn), operator, "UsageEscrow", "redeem", *order)


def redeem_many(chain: Chain, operator: str, items: int) -> Iterator[Row]:
    """Vouchers of as many consumers, on fresh lanes and again. The operator has redeemed before."""
    consumers = [f"consumer {i} of {items}" for i in range(items)]
    for one in consumers:
        allot(chain, one, operator, 10**9)
    for turn, level in ((FIRST, 123_456_789), (REPEAT, 223_456_789)):
        orders = [voucher(chain, one, operator, level + i) for i, one in enumerate(consumers)]
        packed = b"".join(packed_order(SignedVoucher(Voucher(*m), s), amount) for m, s, amount in orders)
        yield run(
            chain,
            Case("redeem_many", turn, {"items": items}),
            operator,
            "UsageEscrow",
            "redeemMany",
            packed,
        )


def prepare_operator(chain: Chain, operator: str, consumer: str) -> None:
    """Stake, and unsettled money for a few batches."""
    chain.fund(operator, MONEY, "OperatorStake")
    chain.send(operator, "OperatorStake", "deposit", MONEY)
    allot(chain, consumer, operator, MONEY)
    chain.send(operator, "UsageEscrow", "redeem", *voucher(chain, consumer, operator, MONEY))


def header(chain: Chain, operator: str, receipts: int) -> BatchHeader:
    account = address(chain.account(operator))
    return BatchHeader(
        operator=account,
        poster=account,
        receipts_root=word("receipts"),
        credits_root=word("credits"),
        total=BATCH_TOTAL,
        burned=BATCH_TOTAL // 25,
        audit=BATCH_TOTAL // 33,
        insurance=BATCH_TOTAL // 33,
        receipt_count=receipts,
        credit_count=9 * receipts,
        data_digest=word("file"),
        previous_header=NONE,
        parameter_version=1,
    )


def post(chain: Chain, operator: str, receipts: int) -> Iterator[Row]:
    """An operator's first batch, then the one that follows it."""
    first = header(chain, operator, receipts)
    for turn, made in ((FIRST, first), (REPEAT, replace(first, previous_header=header_hash(first)))):
        case = Case("batch_post", turn, {"receipts": receipts})
        yield run(chain, case, operator, "AttributionRegistry", "submitBatch", astuple(made))


def stamp_of(sent: Sent) -> tuple[int, Stamp]:
    event = sent.event("BatchSubmitted")
    at = int(event["submittedAt"])
    return int(event["batchId"]), Stamp(at, at, int(event["sequence"]))


def settle(chain: Chain, operator: str, made: BatchHeader) -> tuple[Any, ...]:
    """Posts a batch and makes it final; the batch as calls name it then."""
    batch_id, stamp = stamp_of(chain.send(operator, "AttributionRegistry", "submitBatch", astuple(made)))
    chain.wait(WINDOW)
    done = chain.send(operator, "AttributionRegistry", "finaliseBatch", named(batch_id, made, stamp))
    event = done.event("BatchFinalised")
    index, at = int(event["finalityIndex"]), int(event["finalisedAt"])
    final = replace(stamp, status=STATUSES.index("final"), finality_index=index, finalised_at=at)
    return named(batch_id, made, final)


def claim(chain: Chain, operator: str, asset: bytes, depth: int) -> Iterator[Row]:
    """An asset's claim under one active root, then under the next."""
    index = 0x55555 & ((1 << depth) - 1)
    made, last = header(chain, operator, 10), SparseTree(0, {(0, 0): (bytes(32), 0)}, 0)
    for period, turn in enumerate((FIRST, REPEAT)):
        level = MEAN * (2 * period + 1)
        leaf = leaves.cumulative_reward(asset, MEAN * period)
        tree = SparseTree(depth, leaf_nodes({index: (leaf, level)}), level, seed=period)
        batch = settle(chain, operator, made)
        activate(chain, operator, period, (last, tree), batch)
        path = tree.path(index)
        proof = (asset, MEAN * period, level, index, path.packed)
        yield run(chain, Case("claim", turn, {"levels": depth}), "vera", "RewardDistributor", "claim", *proof)
        made, last = replace(made, previous_header=header_hash(made)), tree


def activate(
    chain: Chain, proposer: str, base: int, trees: tuple[SparseTree, SparseTree], batch: tuple[Any, ...]
) -> None:
    """Proposes a cumulative root over one more batch and makes it the active one."""
    old, new = (tree.root for tree in trees)
    epoch = (word("epoch"), new.sum - old.sum, new.count)
    ranges = (base, base + 1, 0, 0)
    proposal = (*epoch, new.hash, new.sum, new.count, word("rewards file"), *ranges, base)
    sent = chain.send(proposer, "RewardDistributor", "propose", proposal, batch)
    chain.wait(WINDOW)
    chain.send(proposer, "RewardDistributor", "activate", int(sent.event("PeriodProposed")["id"]), proposal)
