import hashlib
import os
from pathlib import Path

import pytest
from coincurve import PublicKey
from eth_account import Account

from tallystick.commitments.wrapping import wrap
from tallystick.errors import Conflict, InvalidInput, NotAuthorised, NotFound
from tallystick.gateways.keys.keystore import Key, Keystore
from tallystick.gateways.keys.passwords import PASSWORD_VARIABLE, new_password, read_password

HALF_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141 // 2
PRIVATE = hashlib.sha256(b"nora, for tests only").digest()


@pytest.fixture
def keystore(tmp_path: Path) -> Keystore:
    return Keystore(tmp_path / "keys", rounds=2)


def test_signature_when_recovered_gives_the_signer() -> None:
    key = Key(PRIVATE)
    for number in range(50):
        digest = hashlib.sha256(number.to_bytes(4, "big")).digest()

        signature = key.sign_digest(digest)

        vrs = (signature[64], int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:64], "big"))
        assert Account._recover_hash(digest, vrs=vrs).lower() == key.address
        assert len(signature) == 65 and signature[64] in (27, 28) and vrs[2] <= HALF_ORDER
        PublicKey.from_signature_and_message(
            signature[:64] + bytes([signature[64] - 27]), digest, hasher=None
        )


def test_signature_when_made_twice_is_the_same() -> None:
    assert Key(PRIVATE).sign_digest(bytes(32)) == Key(PRIVATE).sign_digest(bytes(32))


def test_signature_of_something_else_than_a_digest_is_refused() -> None:
    with pytest.raises(InvalidInput, match="32 bytes"):
        Key(PRIVATE).sign_digest(b"the message itself")


@pytest.mark.parametrize("private", [b"", bytes(32), b"\xff" * 32, bytes(31)])
def test_key_when_out_of_range_is_refused(private: bytes) -> None:
    with pytest.raises(InvalidInput):
        Key(private)


def test_key_when_printed_hides_its_private_part() -> None:
    assert PRIVATE.hex() not in f"{Key(PRIVATE)} {Key(PRIVATE)!r}"


def test_key_when_saved_is_private_and_loads(keystore: Keystore) -> None:
    old = os.umask(0)
    try:
        path = keystore.save("nora", Key(PRIVATE), "correct horse")
    finally:
        os.umask(old)

    assert path.stat().st_mode & 0o777 == 0o600 and path.parent.stat().st_mode & 0o777 == 0o700
    assert keystore.load("nora", "correct horse").address == Key(PRIVATE).address
    assert keystore.address_of("nora") == Key(PRIVATE).address
    assert keystore.names() == ["nora"]
    assert PRIVATE.hex() not in path.read_text()


def test_key_when_the_password_is_wrong_stays_shut(keystore: Keystore) -> None:
    keystore.save("nora", Key.generate(), "correct horse")

    with pytest.raises(NotAuthorised, match="Wrong password"):
        keystore.load("nora", "battery staple")


def test_key_when_the_name_is_taken_is_not_replaced(keystore: Keystore) -> None:
    path = keystore.save("nora", Key(PRIVATE), "one")
    before = path.read_bytes()

    with pytest.raises(Conflict):
        keystore.save("nora", Key.generate(), "two")

    assert path.read_bytes() == before


def test_key_when_others_may_read_its_file_is_refused(keystore: Keystore) -> None:
    keystore.save("nora", Key.generate(), "one").chmod(0o644)

    with pytest.raises(InvalidInput, match="chmod 600"):
        keystore.load("nora", "one")


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"crypto": 1, "version": 3}'])
def test_file_when_it_is_no_keystore_is_refused(keystore: Keystore, content: str) -> None:
    path = keystore.save("nora", Key.generate(), "one")
    path.write_text(content)

    with pytest.raises(InvalidInput, match="not a keystore"):
        keystore.load("nora", "one")


def test_key_when_absent_names_those_there_are(keystore: Keystore) -> None:
    keystore.save("nora", Key.generate(), "one")

    with pytest.raises(NotFound, match="there are: nora"):
        keystore.load("vera", "one")


@pytest.mark.parametrize("name", ["", "../nora", "a/b", "a.b"])
def test_key_name_when_it_could_leave_the_folder_is_refused(keystore: Keystore, name: str) -> None:
    with pytest.raises(InvalidInput, match="not a key name"):
        keystore.load(name, "one")


def test_password_when_empty_is_refused(keystore: Keystore) -> None:
    with pytest.raises(InvalidInput, match="empty"):
        keystore.save("nora", Key.generate(), "")


def test_password_when_in_a_private_file_is_read_without_its_line_end(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text(" correct horse \n")
    with pytest.raises(InvalidInput, match="chmod 600"):
        read_password(file)
    file.chmod(0o600)

    assert read_password(file, {PASSWORD_VARIABLE: "other"}) == " correct horse "


def test_password_when_only_in_the_environment_is_read_there() -> None:
    assert read_password(None, {PASSWORD_VARIABLE: "x"}) == "x"
    with pytest.raises(NotFound, match=PASSWORD_VARIABLE):
        read_password(None, {})


def test_reader_key_when_saved_and_loaded_again_opens_what_was_wrapped_to_it(keystore: Keystore) -> None:
    keystore.save("nora", Key(b"\x05" * 32), "one")
    wrapped = wrap(Key(b"\x05" * 32).reader_key, b"c" * 32, b"mills")

    assert keystore.load("nora", "one").unwrap(wrapped, b"mills") == b"c" * 32
    with pytest.raises(NotAuthorised, match="not wrapped to our key"):
        Key.generate().unwrap(wrapped, b"mills")


def test_weaknesses_when_a_doctor_asks_name_file_and_cure(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    Keystore(folder, rounds=2).save("weak", Key.generate(), "one")
    Keystore(folder, rounds=2).save("open", Key.generate(), "one").chmod(0o644)
    (folder / "broken.json").touch(0o600)
    folder.chmod(0o755)

    found = "\n".join(Keystore(folder).weaknesses())

    assert "chmod 700" in found and "weak.json is guessed too fast" in found
    assert "chmod 600" in found and "broken.json is not a keystore file" in found


def test_password_when_systemd_gives_a_credential_is_taken_before_all_others(tmp_path: Path) -> None:
    (tmp_path / "tallystick-key-password").write_text("for all\n")
    (tmp_path / "tallystick-key-password-node").write_text("for node\n")
    environment = {"CREDENTIALS_DIRECTORY": str(tmp_path), PASSWORD_VARIABLE: "other"}

    assert read_password(None, environment, key="node") == "for node"
    assert read_password(None, environment, key="vera") == "for all"
    with pytest.raises(InvalidInput, match="guessed"):
        new_password(None, {PASSWORD_VARIABLE: "short"})


@pytest.mark.parametrize("content", ["", "two\nlines\n"])
def test_password_file_when_it_holds_no_password_is_refused(tmp_path: Path, content: str) -> None:
    file = tmp_path / "password"
    file.touch(0o600)
    file.write_text(content)

    with pytest.raises(InvalidInput, match="one line"):
        read_password(file, {})
