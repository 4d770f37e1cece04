"""The owner's secret for one contribution: out of a signature, so that a registration cut off can be taken up again.

Whoever registers the same records with the same key comes to the same salts, root and commitment, on any machine. A key
must sign deterministically (RFC 6979), and the signature is never published.
"""

from collections.abc import Mapping, Sequence

from tallystick.commitments.canonical import canonical_json
from tallystick.commitments.keccak import keccak256
from tallystick.commitments.statements import Statement
from tallystick.domain.digests import Domain

_PURPOSE = b"tallystick data set secret"


def secret_statement(domain: Domain, bodies: Sequence[Mapping[str, str]]) -> Statement:
    """What the owner signs. The order of the records counts."""
    place = domain.chain_id.to_bytes(32, "big") + bytes.fromhex(domain.escrow[2:])
    return Statement(_PURPOSE + place + b"".join(keccak256(canonical_json(dict(b))) for b in bodies))


def content_key(signature: bytes) -> bytes:
    """What a private contribution is encrypted under: another one for each contribution, so for each version."""
    return keccak256(b"content key" + signature)


def salts_and_seal(signature: bytes) -> tuple[bytes, bytes]:
    """Secret of the records' salts, and the salt of the commitment; 32 bytes each."""
    return keccak256(b"records" + signature), keccak256(b"commitment" + signature)
