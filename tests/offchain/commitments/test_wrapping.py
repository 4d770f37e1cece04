"""A content key is wrapped to one reader, and bound to what it was given for."""

import pytest
from Crypto.Protocol import HPKE
from Crypto.Protocol.DH import import_x25519_private_key

from support.factories import key_of, named
from tallystick.commitments.wrapping import public_part, reader_secret, unwrap, wrap
from tallystick.errors import InvalidInput, NotAuthorised

NORA, MALLORY = reader_secret(key_of("nora")), reader_secret(key_of("mallory"))
CONTENT_KEY = named("content key")


def test_wrap_when_unwrapped_by_its_reader_gives_the_key_back() -> None:
    wrapped = wrap(public_part(NORA), CONTENT_KEY, b"mills")

    assert unwrap(NORA, wrapped, b"mills") == CONTENT_KEY
    assert len(wrapped) == 80 and wrap(public_part(NORA), CONTENT_KEY, b"mills") != wrapped


def test_unwrap_when_for_another_reader_or_purpose_or_changed_is_refused() -> None:
    wrapped = wrap(public_part(NORA), CONTENT_KEY, b"mills")
    bent = wrapped[:-1] + bytes([wrapped[-1] ^ 1])

    for secret, data, bound in (
        (MALLORY, wrapped, b"mills"),
        (NORA, wrapped, b"barns"),
        (NORA, bent, b"mills"),
        (NORA, wrapped[:40], b"mills"),
        (NORA, b"", b"mills"),
    ):
        with pytest.raises(NotAuthorised, match="not wrapped to our key"):
            unwrap(secret, data, bound)


@pytest.mark.parametrize("public", [b"", bytes(31), bytes(32)])
def test_wrap_when_the_reader_has_no_sound_key_is_refused(public: bytes) -> None:
    with pytest.raises(InvalidInput, match="no reader's key"):
        wrap(public, CONTENT_KEY, b"mills")


def test_reader_secret_when_derived_is_this_and_not_the_signing_key() -> None:
    assert (
        public_part(reader_secret(bytes(31) + b"\x01")).hex()
        == "44ea0853d0795c5e1f0db018f99c3fb8763e6c7b8f6f156b2027fe8a87fcc915"
    )
    assert key_of("nora") != NORA and len({NORA, MALLORY}) == 2


def test_unwrap_when_of_rfc_9180_opens_its_vector() -> None:
    """Appendix A.2.1: the library's HPKE with our suite, against the standard's own bytes."""
    secret = bytes.fromhex("8057991eef8f1f1af18f4a9491d16a1ce333f695d4db8e38da75975c4478e0fb")
    cipher = HPKE.new(
        receiver_key=import_x25519_private_key(secret),
        aead_id=HPKE.AEAD.CHACHA20_POLY1305,
        info=bytes.fromhex("4f6465206f6e2061204772656369616e2055726e"),
        enc=bytes.fromhex("1afa08d3dec047a643885163f1180476fa7ddb54c6a8029ea33f95796bf2ac4a"),
    )
    sealed = bytes.fromhex(
        "1c5250d8034ec2b784ba2cfd69dbdb8af406cfe3ff938e131f0def8c8b60b4db21993c62ce81883d2dd1b51a28"
    )

    opened = cipher.unseal(sealed, bytes.fromhex("436f756e742d30"))

    assert opened == b"Beauty is truth, truth beauty"
