import hashlib
from pathlib import Path

import pytest

from tallystick.errors import InvalidInput
from tallystick.gateways.content import cid

# From `ipfs add --cid-version=0` of Kubo 0.22.
GOLDEN = {
    b"": "QmbFMke1KXqnYyBBWxB74N4c5SBnJMVAiMNRcGu6x1AwQH",
    b"hello world\n": "QmT78zSuBmuS4z925WZfrqQ1qHaJ56DQaTfyMUF7F8ff5o",
}


@pytest.mark.parametrize("data", GOLDEN)
def test_cid_of_known_content_matches_kubo(data: bytes) -> None:
    assert cid.to_cid(cid.digest_of(data)) == GOLDEN[data]


def test_digest_when_fed_in_odd_pieces_is_the_same() -> None:
    data = hashlib.shake_256(b"tally").digest(cid.CHUNK * 2 + 5)
    hasher = cid.ContentHasher()
    for start in range(0, len(data), 70_001):
        hasher.update(data[start : start + 70_001])

    assert hasher.digest() == cid.digest_of(data)
    assert hasher.digest() == hasher.digest()


def test_digest_when_one_bit_differs_differs() -> None:
    data = bytearray(cid.CHUNK + 1)
    whole = cid.digest_of(bytes(data))
    data[cid.CHUNK] ^= 1

    assert cid.digest_of(bytes(data)) != whole


def test_digest_of_file_when_it_ends_on_a_chunk_equals_that_of_its_bytes(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(bytes(cid.CHUNK))

    assert cid.digest_of_file(tmp_path / "file") == cid.digest_of(bytes(cid.CHUNK))


@pytest.mark.parametrize("digest", [bytes(32), b"\xff" * 32, bytes(31) + b"\1"])
def test_cid_when_parsed_gives_its_digest(digest: bytes) -> None:
    assert cid.from_cid(cid.to_cid(digest)) == digest


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Qm",
        "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi",
        "Qm" + "z" * 44,
        "Qm" + "0" * 44,
        "../" * 20,
    ],
)
def test_cid_when_not_version_0_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        cid.from_cid(text)


def test_cid_of_a_short_digest_is_refused() -> None:
    with pytest.raises(InvalidInput, match="32 bytes"):
        cid.to_cid(b"short")
