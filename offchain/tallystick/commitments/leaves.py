"""Leaf hashes, ids and heads, on plain values. Specification sections 1 to 6."""

from collections.abc import Sequence

from tallystick.commitments.keccak import keccak256

LINE_SIZE = 53


def _u(value: int, size: int) -> bytes:
    return value.to_bytes(size, "big")


def _word(value: int) -> bytes:
    return value.to_bytes(32, "big")


def _address_word(address: str) -> bytes:
    return bytes(12) + bytes.fromhex(address[2:])


def asset_id(chain_id: int, registry: str, owner: str, kind: int, content: bytes) -> bytes:
    return keccak256(_word(chain_id) + _address_word(registry) + _address_word(owner) + _word(kind) + content)


def operator_content(operator: str) -> bytes:
    """What an operator asset commits to: its address."""
    return _address_word(operator)


def record(index: int, content_hash: bytes, salt: bytes) -> bytes:
    return keccak256(b"\x08" + _u(index, 4) + content_hash + salt)


def record_salt(owner_secret: bytes, content_hash: bytes) -> bytes:
    return keccak256(owner_secret + content_hash)


def entry(dataset_id: bytes, dataset_root: bytes) -> bytes:
    """Leaf of a training manifest or a retrieval index."""
    return keccak256(b"\x09" + dataset_id + dataset_root)


def index_row(dataset_id: bytes, row: bytes) -> bytes:
    """Leaf of an attribution index: a row with the data set that its record stands in."""
    return keccak256(b"\x0c" + dataset_id + row)


def sketch_seed(manifest_root: bytes) -> bytes:
    return keccak256(b"\x0d" + manifest_root)


def commitment(owner: str, kind: int, content: bytes, salt: bytes) -> bytes:
    """What `commit` takes before a registration."""
    return keccak256(b"\x0b" + bytes.fromhex(owner[2:]) + _u(kind, 1) + content + salt)


def line(asset: bytes, pot: int, ppm: int, amount: int) -> bytes:
    """`LINE_SIZE` bytes."""
    return asset + _u(pot, 1) + _u(ppm, 4) + _u(amount, 16)


def lines_hash(packed: bytes) -> bytes:
    return keccak256(b"\x03" + packed)


def receipt(digest: bytes, head: bytes, operator_signature: bytes, voucher_hash: bytes) -> bytes:
    return keccak256(b"\x04" + digest + head + keccak256(operator_signature) + voucher_hash)


def voucher_hash(voucher_digest: bytes, signature: bytes) -> bytes:
    return keccak256(voucher_digest + keccak256(signature))


def credit(asset: bytes, receipt_index: int, line_index: int) -> bytes:
    return keccak256(b"\x05" + asset + receipt_index.to_bytes(4, "big") + line_index.to_bytes(2, "big"))


def cumulative_reward(asset: bytes, previous: int) -> bytes:
    return keccak256(b"\x06" + asset + _u(previous, 16))


def epoch_reward(asset: bytes, batch_id: int, tranche: int) -> bytes:
    return keccak256(b"\x07" + asset + _u(batch_id, 8) + _u(tranche, 1))


def head(previous_head: bytes, receipt_digest: bytes) -> bytes:
    """The lane's head after a receipt."""
    return keccak256(b"\x0a" + previous_head + receipt_digest)


def terms_id(
    operator: str,
    operator_asset: bytes,
    model_id: bytes,
    manifest_root: bytes,
    index_root: bytes,
    prices: tuple[int, int],
    pots: Sequence[int],
) -> bytes:
    words = [_address_word(operator), operator_asset, model_id, manifest_root, index_root]
    return keccak256(b"".join(words) + b"".join(_word(v) for v in (*prices, *pots)))


def header_hash(
    operator: str,
    poster: str,
    roots: tuple[bytes, bytes],
    amounts: tuple[int, int, int, int],
    counts: tuple[int, int],
    data_digest: bytes,
    previous_header: bytes,
    parameter_version: int,
) -> bytes:
    """Amounts are total, burned, audit, insurance; roots and counts are receipts, credits."""
    return keccak256(
        _address_word(operator)
        + _address_word(poster)
        + b"".join(roots)
        + b"".join(_word(v) for v in (*amounts, *counts))
        + data_digest
        + previous_header
        + _word(parameter_version)
    )


def case_id(registrar: str, number: int) -> bytes:
    return keccak256(_address_word(registrar) + _word(number))


def report_commitment(reporter: str, case: bytes, salt: bytes) -> bytes:
    """What hides that the reporter has found a fault in a case."""
    return keccak256(_address_word(reporter) + case + salt)


def stamped_hash(header_hash: bytes, stamp: tuple[int, ...]) -> bytes:
    """A header's hash with what happened to the batch; seven numbers in the specification's order."""
    return keccak256(header_hash + b"".join(_word(v) for v in stamp))


def opening_commit(salt: bytes, text: bytes) -> bytes:
    """Commitment to a question or an answer."""
    return keccak256(salt + text)
