"""A content key handed to one operator, and the card by which an operator's key is known. Fetches nothing.

Both are canonical JSON and signed, so that it does not matter on which way they come.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from tallystick.commitments import strict_json, typed_data
from tallystick.commitments.canonical import canonical_json
from tallystick.commitments.signatures import recover
from tallystick.commitments.statements import Statement
from tallystick.commitments.wrapping import PUBLIC_BYTES, WRAPPED_BYTES, wrap
from tallystick.domain.digests import Domain
from tallystick.domain.ids import Address, AssetId, Purpose
from tallystick.errors import IntegrityMismatch, InvalidInput
from tallystick.pipeline.datasets.fields import account, bytes32, hex_bytes, whole

CARD_FORMAT = "tallystick-reader-1"
GRANT_FORMAT = "tallystick-key-grant-1"


@dataclass(frozen=True, slots=True)
class ReaderCard:
    """An operator's reader key, signed with the key of its address; `signature` is empty before that."""

    reader: Address
    reader_key: bytes
    signature: bytes = b""

    def statement(self, domain: Domain) -> Statement:
        """What the operator signs."""
        return typed_data.reader_statement(domain.separator, self.reader, self.reader_key)


@dataclass(frozen=True, slots=True)
class KeyGrant:
    """A data set's content key, wrapped to one operator and signed by the owner.

    `purposes` and `since` are what the chain granted when it was made; what counts is what the chain grants at use.
    """

    dataset_id: AssetId
    owner: Address
    operator: Address
    purposes: Purpose
    since: int
    reader_key: bytes
    wrapped: bytes = b""
    signature: bytes = b""

    @property
    def bound_to(self) -> bytes:
        """What the wrapped key is bound to: everything that is said beside it."""
        return canonical_json(_said(self))

    def statement(self, domain: Domain) -> Statement:
        """What the owner signs."""
        return typed_data.key_grant_statement(
            domain.separator,
            self.dataset_id,
            (self.owner, self.operator),
            int(self.purposes),
            self.since,
            self.reader_key,
            self.wrapped,
        )


def wrapped_to_reader(grant: KeyGrant, content_key: bytes) -> KeyGrant:
    return replace(grant, wrapped=wrap(grant.reader_key, content_key, grant.bound_to), signature=b"")


def write_card(card: ReaderCard) -> bytes:
    return canonical_json(
        {
            "format": CARD_FORMAT,
            "reader": card.reader,
            "readerKey": _hex(card.reader_key),
            "signature": _hex(card.signature),
        }
    )


def read_card(domain: Domain, data: bytes) -> ReaderCard:
    """IntegrityMismatch for what is not canonical or not signed by the reader that it names."""
    body = _parsed(data, CARD_FORMAT)
    try:
        key = hex_bytes(body["readerKey"], PUBLIC_BYTES)
        card = ReaderCard(account(body["reader"]), key, hex_bytes(body["signature"], 65))
    except (ValueError, KeyError) as error:
        raise IntegrityMismatch(f"This is no document of the format {CARD_FORMAT}: {error!r}.") from error
    _check_form(write_card(card), data, CARD_FORMAT)
    _check_signed(card.statement(domain).digest, card.signature, card.reader)
    return card


def write_key_grant(grant: KeyGrant) -> bytes:
    return canonical_json(
        {**_said(grant), "wrapped": _hex(grant.wrapped), "signature": _hex(grant.signature)}
    )


def read_key_grant(domain: Domain, data: bytes) -> KeyGrant:
    """IntegrityMismatch for what is not canonical or not signed by the owner that it names."""
    body = _parsed(data, GRANT_FORMAT)
    try:
        grant = KeyGrant(
            dataset_id=AssetId(bytes32(body["dataset"])),
            owner=account(body["owner"]),
            operator=account(body["operator"]),
            purposes=Purpose(whole(body["purposes"], 3)),
            since=whole(body["since"], 48),
            reader_key=hex_bytes(body["readerKey"], PUBLIC_BYTES),
            wrapped=hex_bytes(body["wrapped"], WRAPPED_BYTES),
            signature=hex_bytes(body["signature"], 65),
        )
    except (ValueError, KeyError) as error:
        raise IntegrityMismatch(f"This is no document of the format {GRANT_FORMAT}: {error!r}.") from error
    _check_form(write_key_grant(grant), data, GRANT_FORMAT)
    _check_signed(grant.statement(domain).digest, grant.signature, grant.owner)
    return grant


def _said(grant: KeyGrant) -> dict[str, Any]:
    return {
        "format": GRANT_FORMAT,
        "dataset": _hex(grant.dataset_id),
        "owner": grant.owner,
        "operator": grant.operator,
        "purposes": int(grant.purposes),
        "since": grant.since,
        "readerKey": _hex(grant.reader_key),
    }


def _parsed(data: bytes, form: str) -> Mapping[str, Any]:
    try:
        body = strict_json.loads(data)
    except (ValueError, RecursionError) as error:
        raise IntegrityMismatch(f"This is no document of the format {form}: {error}.") from error
    if not isinstance(body, dict) or body.get("format") != form:
        raise IntegrityMismatch(f"This is no document of the format {form}.")
    return body


def _check_form(canonical: bytes, data: bytes, form: str) -> None:
    if canonical != data:
        raise IntegrityMismatch(f"The document of the format {form} is not in its canonical form.")


def _check_signed(digest: bytes, signature: bytes, by: Address) -> None:
    try:
        signer = recover(digest, signature)
    except InvalidInput as error:
        raise IntegrityMismatch(f"The signature is void: {error.message}") from error
    if signer != by:
        raise IntegrityMismatch(f"What {by} should have signed is signed by {signer}.", "Do not use it.")


def _hex(value: bytes) -> str:
    return "0x" + value.hex()
