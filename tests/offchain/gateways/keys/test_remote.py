"""A key at a signer over real HTTP on loopback: what it signs is checked, and what it refuses is said."""

import datetime
import ipaddress
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from support.keys.signing import NORA, batch, desk_in
from tallystick.commitments.signatures import recover
from tallystick.commitments.transactions import read_transaction
from tallystick.errors import InvalidInput, NodeError, NotAuthorised, NotFound, Unavailable
from tallystick.gateways.child import free_port
from tallystick.gateways.keys.cabinet import Cabinet
from tallystick.gateways.keys.keystore import READER, Key, Keystore
from tallystick.gateways.keys.remote import RemoteKey, RemotePlace
from tallystick.interfaces.web import signer
from tallystick.interfaces.web.hosting import Tls, hosted
from tallystick.ports.keys import SigningRefused

TOKEN = "a token that nobody guesses"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[RemotePlace]:
    token = tmp_path / "token"
    token.touch(0o600)
    token.write_text(TOKEN + "\n")
    desk, _ = desk_in(tmp_path)
    with hosted(signer.build(desk, TOKEN)) as url:
        yield RemotePlace(url, token)


def certified(folder: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that is its own authority, and its key."""
    secret, now = ec.generate_private_key(ec.SECP256R1()), datetime.datetime.now(datetime.UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "signer")])
    here = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    began, ends = now - datetime.timedelta(days=1), now + datetime.timedelta(days=2)
    made = x509.CertificateBuilder(name, name, secret.public_key(), x509.random_serial_number(), began, ends)
    signed = made.add_extension(here, False).add_extension(x509.BasicConstraints(True, None), True)
    certificate, key = folder / "c.pem", folder / "k.pem"
    plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    key.write_bytes(secret.private_bytes(serialization.Encoding.PEM, *plain))
    certificate.write_bytes(signed.sign(secret, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    return certificate, key


def fields_of(said: bytes) -> dict[str, object]:
    read = read_transaction(said)
    return {
        "to": read.to,
        "data": "0x" + read.data.hex(),
        "value": read.value,
        "chainId": read.chain_id,
        "gas": read.gas,
        "maxFeePerGas": read.max_fee,
        "maxPriorityFeePerGas": read.tip,
        "nonce": read.nonce,
        "type": 2,
    }


@pytest.mark.slow
def test_transaction_when_signed_far_away_is_the_one_that_a_key_here_makes(place: RemotePlace) -> None:
    fields = fields_of(batch().said)

    assert RemoteKey(NORA.address, place).sign_transaction(fields) == NORA.sign_transaction(fields)


@pytest.mark.slow
def test_second_root_when_asked_over_http_is_refused_in_words(place: RemotePlace) -> None:
    key = RemoteKey(NORA.address, place)
    assert recover(batch().digest, key.sign(batch())) == NORA.address

    with pytest.raises(SigningRefused, match="signed before for batch:31337"):
        key.sign(batch(root=b"other"))


@pytest.mark.slow
def test_caller_when_unknown_or_wrong_about_the_key_is_refused(place: RemotePlace, tmp_path: Path) -> None:
    with pytest.raises(NotAuthorised, match="does not know"):
        RemoteKey(NORA.address, RemotePlace(place.url)).sign(batch())
    with pytest.raises(NotFound, match="no such key"):
        RemoteKey(Key.generate().address, place).sign(batch())
    with pytest.raises(InvalidInput, match="in the open"):
        RemotePlace("http://signer.example:9000").client()
    with pytest.raises(Unavailable, match="No answer"):
        RemoteKey(NORA.address, RemotePlace(f"http://127.0.0.1:{free_port()}")).sign(batch())


@pytest.mark.slow
def test_name_when_attached_is_a_key_like_any_other_and_opens_data_with_its_own(
    place: RemotePlace, tmp_path: Path
) -> None:
    folder = tmp_path / "keys"
    Cabinet(folder, lambda name: "correct horse").attach("node", NORA.address, place)
    opener = Key.generate()
    Keystore(folder, rounds=2).save("data", opener, "correct horse", use=READER)

    bare = Cabinet(folder, lambda name: "correct horse").signer("node")
    both = Cabinet(folder, lambda name: "correct horse", "data").signer("node")

    assert recover(batch().digest, bare.sign(batch())) == NORA.address == bare.address
    assert Keystore(folder).address_of("node") == NORA.address
    with pytest.raises(NotAuthorised, match="reader"):
        bare.unwrap(b"", b"")
    assert both.reader_key == opener.reader_key and both.address == NORA.address
    with pytest.raises(NotAuthorised, match="made as a reader"):
        Keystore(folder).load("data", "correct horse")


@pytest.mark.parametrize(("host", "token", "is_plain"), [("0.0.0.0", "x", True), ("10.0.0.1", "", False)])
def test_signer_when_it_would_be_open_to_all_does_not_start(host: str, token: str, is_plain: bool) -> None:
    tls = None if is_plain else Tls(Path("c"), Path("k"))

    with pytest.raises(InvalidInput):
        signer.check_exposure(host, token, tls)


@pytest.mark.slow
def test_signer_when_it_asks_for_certificates_serves_only_who_has_one(tmp_path: Path) -> None:
    certificate, secret = certified(tmp_path)
    desk, _ = desk_in(tmp_path)

    with hosted(signer.build(desk), tls=Tls(certificate, secret, clients=certificate)) as url:
        known = RemotePlace(url, ca=certificate, certificate=certificate, certificate_key=secret)
        assert recover(batch().digest, RemoteKey(NORA.address, known).sign(batch())) == NORA.address
        with pytest.raises(NodeError):
            RemoteKey(NORA.address, RemotePlace(url, ca=certificate)).sign(batch())
