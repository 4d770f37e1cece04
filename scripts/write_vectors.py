"""Writes the golden vectors that the Solidity and the Python tests read.

Usage: python scripts/write_vectors.py [FOLDER]
"""

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from audit_vectors import audits
from tallystick.commitments import leaves, sealing, signatures, typed_data, wrapping
from tallystick.commitments.keccak import keccak256
from tallystick.commitments.sum_tree import SumTree, prefix_sum
from tallystick.domain.digests import payment_lane
from tallystick.domain.ids import Address, AssetId, Hash, Pot
from tallystick.domain.money import dust_of, fee_of, split_shares
from tallystick.domain.usage import Share, Terms

Json = dict[str, Any]
TARGET = Path(__file__).resolve().parents[1] / "tests" / "vectors"
CHAIN_ID = 31337
COUNTS = (0, 1, 2, 3, 4, 5, 7, 8, 9, 17)
# Wrapping draws a key of its own each time: this was wrapped once, and must unwrap for ever.
WRAPPED = bytes.fromhex(
    "e15dcbf72fab94f87de0927f1da59aeffc0d3f3fd123449a41f101f3377ddb19562b58d72e7f0389"
    "95a0bf2e52591e599c6ca36877b46192af280502fa0b2ce82ee4be661129568bfc91e70b121dde5f"
)


def named(text: str) -> bytes:
    """32 bytes that stand for something."""
    return keccak256(text.encode())


def account(text: str) -> str:
    return signatures.address_of(named(text))


def asset(text: str) -> AssetId:
    return AssetId(named("asset " + text))


def plain(value: Any) -> Any:
    """JSON form: bytes as 0x hex, amounts as decimal text (JSON numbers are exact to 2^53 only)."""
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, bool) or not isinstance(value, int | list | tuple | dict):
        return value
    if isinstance(value, int):
        return int(value) if abs(value) < 2**32 else str(int(value))
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    return [plain(v) for v in value]


def sum_trees() -> Json:
    return {"trees": [_tree(count, lambda i: i * i + 1) for count in COUNTS] + [_tree(3, lambda i: 2**126)]}


def _tree(count: int, value: Any) -> Json:
    rows = [(named(f"leaf {i}"), value(i)) for i in range(count)]
    tree = SumTree(rows)
    indices = sorted({0, count // 2, max(count - 1, 0), (1 << tree.depth) - 1})
    return {
        "leaves": [{"hash": h, "value": str(v)} for h, v in rows],
        "root": {"hash": tree.root.hash, "sum": str(tree.root.sum), "count": count},
        "depth": tree.depth,
        "paths": [_path(tree, i) for i in indices],
    }


def _path(tree: SumTree, index: int) -> Json:
    path = tree.path(index)
    sums = [str(s) for s in path.sums]
    return {
        "index": index,
        "siblings": path.siblings,
        "sums": sums,
        "packed": path.packed,
        "prefix": str(prefix_sum(index, path)),
    }


def terms(price_in: int, price_out: int) -> Terms:
    return Terms(
        operator=Address(account("nora")),
        operator_asset=asset("nora"),
        model_id=asset("model"),
        manifest_root=Hash(named("manifest")),
        index_root=Hash(named("index")),
        price_in=price_in,
        price_out=price_out,
    )


def splits() -> Json:
    operator = Share(asset("nora"), Pot.OPERATOR, 1_000_000)
    shared = (
        operator,
        Share(asset("petra"), Pot.RETRIEVAL, 333_333),
        Share(asset("tomas"), Pot.RETRIEVAL, 333_334),
        Share(asset("base"), Pot.LINEAGE, 700_001),
        Share(asset("alice"), Pot.TRAINING, 1),
        Share(asset("ines"), Pot.TRAINING, 999_999),
    )
    most = 2**31 - 1
    odd = (999, 501, 100, 6400, 2000, 0, 0, 0)
    cases = [
        ("all null", terms(2_000, 6_000), (1_234, 567), ()),
        ("operator only", terms(2_000, 6_000), (100, 50), (operator,)),
        ("shared", terms(2_000, 6_000), (1_234, 567), shared),
        ("smallest fee", terms(1_000, 0), (1, 0), shared),
        ("below one unit", terms(999, 999), (1, 1), ()),
        ("largest fee", terms(most, most), (most, most), shared),
        ("empty pots", replace(terms(1_717, 3_131), pots=odd), (31, 1_009), shared[:2]),
    ]
    return {"splits": [_split(*case) for case in cases]}


def _split(name: str, given: Terms, tokens: tuple[int, int], shares: tuple[Share, ...]) -> Json:
    fee = fee_of(given, *tokens)
    lines = split_shares(given, fee, shares)
    packed = b"".join(leaves.line(x.asset_id, x.pot, x.ppm, x.amount) for x in lines)
    return {
        "name": name,
        "priceIn": given.price_in,
        "priceOut": given.price_out,
        "pots": given.pots,
        "tokensIn": tokens[0],
        "tokensOut": tokens[1],
        "fee": str(fee),
        "dust": str(dust_of(given, fee, lines)),
        "lines": [
            {"assetId": x.asset_id, "pot": int(x.pot), "ppm": x.ppm, "amount": str(x.amount)} for x in lines
        ],
        "packed": packed,
        "linesHash": leaves.lines_hash(packed),
    }


def typed() -> Json:
    escrow = account("escrow")
    domain = typed_data.domain_separator(CHAIN_ID, escrow)
    receipt, voucher = _receipt(), _voucher()
    consent = (named("agent"), account("carl"), account("wallet"), 1_900_000_000)
    said = (named("agent"), named("receipt"), 90, named("useful"), named("evidence"))
    dataset: Json = {
        "root": named("records"),
        "count": 66,
        "manifestDigest": named("manifest file"),
        "licence": 1,
        "owner": account("alice"),
    }
    return {
        "domain": {"chainId": CHAIN_ID, "verifyingContract": escrow, "separator": domain},
        "receipt": _signed("nora", receipt, receipt_digest(domain, receipt)),
        "voucher": _signed("bob", voucher, voucher_digest(domain, voucher)),
        "payment": {"nonce": named("nonce"), "lane": payment_lane(named("nonce"))},
        "wallet": _signed("wallet", consent, typed_data.agent_wallet_statement(domain, *consent).digest),
        "feedback": _signed("bob", said, typed_data.agent_feedback_statement(domain, *said).digest),
        "dataset": _signed("alice", dataset, typed_data.dataset_statement(domain, *dataset.values()).digest),
    }


def _receipt() -> Json:
    return {
        "termsId": named("terms"),
        "consumer": account("bob"),
        "operator": account("nora"),
        "lane": 2**63,
        "previous": "7",
        "cumulative": str(2**127),
        "tokensIn": 1_234,
        "tokensOut": 567,
        "queryCommit": named("query"),
        "outputCommit": named("output"),
        "linesHash": named("lines"),
        "agentId": bytes(32),
        "servedAt": 1_795_000_000,
        "previousHead": named("head"),
    }


def _voucher() -> Json:
    return {
        "consumer": account("bob"),
        "operator": account("nora"),
        "lane": 3,
        "limit": str(2**100),
        "acknowledged": "5000000",
        "head": named("head"),
    }


def receipt_digest(domain: bytes, r: Json) -> bytes:
    return typed_data.receipt_statement(
        domain,
        r["termsId"],
        (r["consumer"], r["operator"]),
        r["lane"],
        (int(r["previous"]), int(r["cumulative"])),
        (r["tokensIn"], r["tokensOut"]),
        (r["queryCommit"], r["outputCommit"], r["linesHash"]),
        r["agentId"],
        r["servedAt"],
        r["previousHead"],
    ).digest


def voucher_digest(domain: bytes, v: Json) -> bytes:
    parties = (v["consumer"], v["operator"])
    return typed_data.voucher_statement(
        domain, parties, v["lane"], int(v["limit"]), int(v["acknowledged"]), v["head"]
    ).digest


def _signed(name: str, message: Any, digest: bytes) -> Json:
    return {
        "message": message,
        "digest": digest,
        "signature": signatures.sign(digest, named(name)),
        "signer": account(name),
    }


def hashes() -> Json:
    """One example of each leaf, id and hash, arguments in the order of their function."""
    a, b, c = named("a"), named("b"), named("c")
    nora, registry = account("nora"), account("registry")
    examples: dict[str, tuple[Any, ...]] = {
        "asset_id": (CHAIN_ID, registry, nora, 1, a),
        "operator_content": (nora,),
        "record": (5, a, b),
        "record_salt": (a, b),
        "entry": (a, b),
        "commitment": (nora, 1, a, b),
        "receipt": (a, b, bytes(range(65)), c),
        "voucher_hash": (a, bytes(range(65))),
        "credit": (a, 70_000, 63),
        "cumulative_reward": (a, 2**100),
        "epoch_reward": (a, 9, 1),
        "head": (a, b),
        "terms_id": (nora, a, b, c, named("d"), (2_000, 6_000), (400, 300, 300, 4500, 2000, 1200, 1000, 300)),
        "header_hash": (nora, account("poster"), (a, b), (10**9, 4, 3, 2), (5, 25), c, named("d"), 1),
        "stamped_hash": (a, (1_800_000_000, 1_799_999_999, 7, 3, 2, 41, 1_800_086_400)),
        "case_id": (account("registrar"), 9),
        "opening_commit": (a, b"hello"),
    }
    return {
        name: {"arguments": arguments, "result": getattr(leaves, name)(*arguments)}
        for name, arguments in examples.items()
    }


def private_sets() -> Json:
    """Sealed files, and what a reader derives and unwraps; of 100,000 zero bytes the hash."""
    key, secret = named("content key"), wrapping.reader_secret(named("nora"))
    reader, bound_to = wrapping.public_part(secret), b"what is said beside it"
    domain = typed_data.domain_separator(CHAIN_ID, account("escrow"))
    said = (named("mills"), (account("alice"), account("nora")), 3, 5, reader, WRAPPED)
    return {
        "contentKey": key,
        "sealed": [
            {"role": role.decode(), "content": content, "sealed": sealing.seal(key, role, content)}
            for role in (sealing.MANIFEST_ROLE, sealing.RECORDS_ROLE)
            for content in (b"", b"alice")
        ],
        "longHash": keccak256(sealing.seal(key, b"records", bytes(10**5))),
        "reader": {"signingKey": named("nora"), "secret": secret, "readerKey": reader},
        "readerDigest": typed_data.reader_statement(domain, account("nora"), reader).digest,
        "keyGrantDigest": typed_data.key_grant_statement(domain, *said).digest,
        "wrapped": {"bytes": WRAPPED, "boundTo": bound_to, "key": wrapping.unwrap(secret, WRAPPED, bound_to)},
    }


VECTORS = {"sum_tree": sum_trees, "split": splits, "typed_data": typed, "leaves": hashes}
VECTORS |= {"private_sets": private_sets, "audits": audits}


def text(name: str) -> str:
    return json.dumps(plain(VECTORS[name]()), indent=1) + "\n"


def main() -> None:
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else TARGET
    target.mkdir(parents=True, exist_ok=True)
    for name in VECTORS:
        (target / f"{name}.json").write_text(text(name), encoding="utf-8")
        print(f"wrote {name}.json")


if __name__ == "__main__":
    main()
