"""alice hands the key of her mills to nora: signed, bound to what is said, readable by nora alone."""

import json
from dataclasses import replace
from typing import Any

import pytest

from support.factories import DOMAIN, account_of, asset_of, key_of, named
from tallystick.commitments.canonical import canonical_json
from tallystick.commitments.signatures import sign
from tallystick.commitments.wrapping import public_part, reader_secret, unwrap
from tallystick.domain.digests import Domain
from tallystick.domain.ids import Purpose
from tallystick.errors import IntegrityMismatch, NotAuthorised
from tallystick.pipeline.datasets.key_grant import (
    KeyGrant,
    ReaderCard,
    read_card,
    read_key_grant,
    wrapped_to_reader,
    write_card,
    write_key_grant,
)

NORA = reader_secret(key_of("nora"))
CONTENT_KEY = named("content key")
USES = Purpose.TRAIN | Purpose.SERVE


def card_of(name: str, signer: str | None = None) -> ReaderCard:
    card = ReaderCard(account_of(name), public_part(reader_secret(key_of(name))))
    return replace(card, signature=sign(card.statement(DOMAIN).digest, key_of(signer or name)))


def granted(signer: str = "alice") -> KeyGrant:
    said = KeyGrant(
        asset_of("mills"), account_of("alice"), account_of("nora"), USES, 1_795_000_000, public_part(NORA)
    )
    grant = wrapped_to_reader(said, CONTENT_KEY)
    return replace(grant, signature=sign(grant.statement(DOMAIN).digest, key_of(signer)))


def altered(data: bytes, **changes: Any) -> bytes:
    return canonical_json({**json.loads(data), **changes})


def test_card_when_written_is_read_back_alike() -> None:
    card = card_of("nora")

    assert read_card(DOMAIN, write_card(card)) == card


def test_key_grant_when_written_is_read_back_alike_and_opens_for_its_reader() -> None:
    grant = granted()

    read = read_key_grant(DOMAIN, write_key_grant(grant))

    assert read == grant and unwrap(NORA, read.wrapped, read.bound_to) == CONTENT_KEY
    assert CONTENT_KEY.hex().encode() not in write_key_grant(grant)


def test_key_grant_when_for_more_than_was_said_does_not_unwrap() -> None:
    """The owner's signature is one guard; the wrapping is bound to the same words."""
    for changed in (
        replace(granted(), purposes=Purpose.RETRIEVE),
        replace(granted(), dataset_id=asset_of("barns")),
        replace(granted(), operator=account_of("mallory")),
        replace(granted(), since=1),
    ):
        with pytest.raises(NotAuthorised, match="not wrapped to our key"):
            unwrap(NORA, changed.wrapped, changed.bound_to)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b'{"format":"tallystick-dataset-1"}',
        b'{"format":"tallystick-key-grant-1"}',
        write_key_grant(granted()) + b" ",
        altered(write_key_grant(granted()), purposes=7),
        altered(write_key_grant(granted()), purposes=8),
        altered(write_key_grant(granted()), purposes=True),
        altered(write_key_grant(granted()), wrapped="0x" + "00" * 80),
        altered(write_key_grant(granted()), wrapped="0x00"),
        altered(write_key_grant(granted()), more=1),
        altered(write_key_grant(granted()), operator=account_of("mallory")),
        altered(write_key_grant(granted()), signature="0x" + "00" * 65),
        write_key_grant(granted("mallory")),
        write_card(card_of("nora")),
    ],
    ids=[str(i) for i in range(15)],
)
def test_key_grant_when_anything_differs_is_refused(data: bytes) -> None:
    with pytest.raises(IntegrityMismatch):
        read_key_grant(DOMAIN, data)


@pytest.mark.parametrize(
    "data",
    [
        write_card(card_of("nora", signer="mallory")),
        altered(write_card(card_of("nora")), readerKey="0x" + card_of("mallory").reader_key.hex()),
        altered(write_card(card_of("nora")), readerKey="0x"),
        write_card(card_of("nora")) + b"\n",
        write_key_grant(granted()),
    ],
    ids=[str(i) for i in range(5)],
)
def test_card_when_anything_differs_is_refused(data: bytes) -> None:
    with pytest.raises(IntegrityMismatch):
        read_card(DOMAIN, data)


def test_both_when_of_another_chain_are_refused() -> None:
    other = Domain(1, DOMAIN.escrow)

    with pytest.raises(IntegrityMismatch, match="signed by"):
        read_card(other, write_card(card_of("nora")))
    with pytest.raises(IntegrityMismatch, match="signed by"):
        read_key_grant(other, write_key_grant(granted()))
