"""Sealed bytes open under their key and role alone, and whole or not at all."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.factories import named
from tallystick.commitments.sealing import CHUNK, MAGIC, is_sealed, open_sealed, seal
from tallystick.errors import IntegrityMismatch, InvalidInput, NotAuthorised

KEY, ROLE = named("content key"), b"records"
HEADER, FULL = 48, CHUNK + 16
LONG = bytes(range(256)) * (3 * CHUNK // 256) + b"the rest"


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 5 * CHUNK + 7])
def test_seal_when_opened_gives_the_bytes_back(size: int) -> None:
    plaintext = (LONG * 2)[:size]

    sealed = seal(KEY, ROLE, plaintext)

    assert is_sealed(sealed) and open_sealed(KEY, ROLE, sealed) == plaintext
    assert len(sealed) == HEADER + size + 16 * max(-(-size // CHUNK), 1)


def test_seal_when_repeated_gives_the_same_bytes_and_others_for_another_content_key_or_role() -> None:
    made = {
        seal(*a)
        for a in ((KEY, ROLE, b"a"), (KEY, ROLE, b"b"), (KEY, b"manifest", b"a"), (named("k"), ROLE, b"a"))
    }

    assert seal(KEY, ROLE, b"a") == seal(KEY, ROLE, b"a")
    assert len({sealed[16:48] for sealed in made}) == 4


def test_seal_when_written_down_is_this() -> None:
    assert seal(bytes(32), ROLE, b"alice").hex() == (
        MAGIC.hex()
        + "70ac92987a050e353d4a2cb19fadf76e294e5c10d94eaa1cc2b5651c7f28813085f8ace637cc7944ba1d4aebd6ad491bb2f1bdd23c"
    )


def test_seal_when_read_without_the_key_shows_nothing_of_the_content() -> None:
    sealed = seal(KEY, ROLE, b"In 1742 the mill burned down." * 4000)

    assert b"mill" not in sealed and b"1742" not in sealed


@pytest.mark.parametrize(("key", "role"), [(named("another"), ROLE), (KEY, b"manifest")])
def test_open_when_key_or_role_is_another_is_refused(key: bytes, role: bytes) -> None:
    with pytest.raises(NotAuthorised, match="does not open"):
        open_sealed(key, role, seal(KEY, ROLE, LONG))


@pytest.mark.parametrize("at", [len(MAGIC), HEADER, HEADER + CHUNK, HEADER + FULL, HEADER + 3 * FULL, -1])
def test_open_when_one_bit_changed_gives_nothing(at: int) -> None:
    sealed = bytearray(seal(KEY, ROLE, LONG))
    sealed[at] ^= 1

    with pytest.raises((IntegrityMismatch, NotAuthorised)):
        open_sealed(KEY, ROLE, bytes(sealed))


@pytest.mark.parametrize(
    "left", [HEADER + FULL, HEADER + 2 * FULL, HEADER + 3 * FULL, HEADER + 3 * FULL + 5, -1]
)
def test_open_when_cut_off_gives_nothing(left: int) -> None:
    with pytest.raises((IntegrityMismatch, NotAuthorised)):
        open_sealed(KEY, ROLE, seal(KEY, ROLE, LONG)[:left])


def test_open_when_chunks_changed_places_or_were_left_out_gives_nothing() -> None:
    sealed = seal(KEY, ROLE, LONG)
    head, body = sealed[:HEADER], sealed[HEADER:]
    first, second, rest = body[:FULL], body[FULL : 2 * FULL], body[2 * FULL :]

    for moved in (
        first + rest,
        second + first + rest,
        first + second + second + rest,
        first + second + rest + rest,
    ):
        with pytest.raises((IntegrityMismatch, NotAuthorised)):
            open_sealed(KEY, ROLE, head + moved)


@pytest.mark.parametrize("data", [b"", b'{"format":"tallystick-dataset-1"}', MAGIC, MAGIC + bytes(47)])
def test_open_when_nothing_is_sealed_says_so(data: bytes) -> None:
    with pytest.raises(IntegrityMismatch, match="no sealed bytes"):
        open_sealed(KEY, ROLE, data)


def test_seal_when_the_key_is_short_is_refused() -> None:
    with pytest.raises(InvalidInput, match="32 bytes"):
        seal(b"short", ROLE, b"")


SEALED = seal(KEY, ROLE, LONG)


@pytest.mark.slow
@given(st.integers(0, len(SEALED) - 1), st.integers(1, 255), st.integers(0, len(SEALED) - 1))
@settings(deadline=None, max_examples=200)
def test_open_when_anything_anywhere_differs_gives_nothing(at: int, change: int, left: int) -> None:
    bent = bytearray(SEALED)
    bent[at] ^= change

    for data in (bytes(bent), SEALED[:left], SEALED + bytes([change]), SEALED + SEALED[left:]):
        with pytest.raises((IntegrityMismatch, NotAuthorised)):
            open_sealed(KEY, ROLE, data)
