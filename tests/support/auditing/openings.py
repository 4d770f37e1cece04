"""Fraud proofs held against the referees' interfaces, and their openings against the header's roots."""

import json
from pathlib import Path as FilePath
from typing import Any

from eth_abi.abi import encode

from support.carl import Facts
from support.factories import DOMAIN
from support.paths import unpacked
from tallystick.commitments import leaves
from tallystick.commitments.sum_tree import Root, verify
from tallystick.domain import batch as batches
from tallystick.domain.digests import head_after, pack_lines, receipt_digest
from tallystick.domain.finding import FindingKind
from tallystick.domain.usage import Receipt
from tallystick.pipeline.auditing.audited import AuditedBatch
from tallystick.pipeline.auditing.fraud_proofs import BY_TERMS, FraudProof, prove, prove_by_terms
from tallystick.pipeline.auditing.replay import replay

ABI = FilePath(__file__).parents[3] / "offchain/tallystick/gateways/chain/abi"


def encoded(batch: AuditedBatch, proof: FraudProof) -> bytes:
    """The evidence as the compiled referee's interface wants it; an error where it does not."""
    entries = [e for path in ABI.glob("*Referee.json") for e in json.loads(path.read_text())["abi"]]
    function = next(e for e in entries if e.get("name") == proof.kind and e["type"] == "function")
    types = [type_of(i) for i in function["inputs"]]
    return encode(types, (batches.named(7, batch.header, batches.Stamp(5, 5, 0)), *proof.evidence))


def type_of(entry: dict[str, Any]) -> str:
    if not entry["type"].startswith("tuple"):
        return str(entry["type"])
    inside = ",".join(type_of(c) for c in entry["components"])
    return f"({inside})" + entry["type"].removeprefix("tuple")


def proof_of(batch: AuditedBatch, kind: FindingKind, facts: Facts | None = None) -> FraudProof:
    finding = next(f for f in replay(batch, facts or Facts()) if f.kind is kind)
    proof = prove_by_terms(batch, finding, facts or Facts()) if kind in BY_TERMS else prove(batch, finding)
    assert proof.kind == kind.value
    assert encoded(batch, proof)
    return proof


def opens_receipt(batch: AuditedBatch, opening: tuple[Any, ...], value: int | None = None) -> Receipt:
    """What `_openReceipt` of the referees does."""
    fields, lines, signature, voucher_of, index, path = opening
    receipt = Receipt(*fields)
    digest = receipt_digest(DOMAIN, receipt)
    leaf = leaves.receipt(digest, head_after(receipt, digest), signature, voucher_of)
    header = batch.header
    root = Root(header.receipts_root, header.total, header.receipt_count)
    worth = receipt.cumulative - receipt.previous if value is None else value
    assert verify(root, index, leaf, worth, unpacked(path))
    assert lines == pack_lines(batch.leaves[index].signed.lines)
    return receipt


def opens_credit(batch: AuditedBatch, opening: tuple[Any, ...]) -> tuple[bytes, int, int]:
    asset, receipt, line, amount, index, path = opening
    root = Root(batch.header.credits_root, batch.header.total, batch.header.credit_count)
    assert verify(root, index, leaves.credit(asset, receipt, line), amount, unpacked(path))
    return asset, receipt, line
