"""The sign-in message and its signature."""

import pytest
from eth_account import Account
from eth_account.messages import encode_defunct

from tallystick.domain.ids import address
from tallystick.errors import InvalidInput, NotAuthorised
from tallystick.gateways.keys.dev_keys import dev_key
from tallystick.interfaces.studio.access.siwe import STATEMENT, Challenge, checksummed, signer_of

WHO = address("0x70997970C51812dc3A010C7d01b50e0d17dc79C8")
MADE = Challenge(
    "127.0.0.1:8710", "http://127.0.0.1:8710/studio/", WHO, 31337, "32891756aBc", 1_632_990_000, 1_632_990_600
)


def signed(text: str, number: int = 1) -> str:
    account = Account.from_key(dev_key(number)._account.key)
    return "0x" + bytes(account.sign_message(encode_defunct(text=text)).signature).hex()


def test_message_when_made_follows_the_grammar_of_erc_4361() -> None:
    assert MADE.message.split("\n") == [
        "127.0.0.1:8710 wants you to sign in with your Ethereum account:",
        "0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
        "",
        STATEMENT,
        "",
        "URI: http://127.0.0.1:8710/studio/",
        "Version: 1",
        "Chain ID: 31337",
        "Nonce: 32891756aBc",
        "Issued At: 2021-09-30T08:20:00Z",
        "Expiration Time: 2021-09-30T08:30:00Z",
    ]


@pytest.mark.parametrize(
    "shown",
    ["0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359"],
)
def test_address_when_shown_has_the_mixed_case_of_erc_55(shown: str) -> None:
    assert checksummed(address(shown)) == shown


def test_signature_when_its_last_byte_is_0_or_1_is_read_alike() -> None:
    raw = bytes.fromhex(signed("hello")[2:])

    assert (
        signer_of("hello", (raw[:64] + bytes([raw[64] - 27])).hex()) == signer_of("hello", raw.hex()) == WHO
    )


def test_challenge_when_another_signs_is_refused() -> None:
    with pytest.raises(NotAuthorised, match="not that of"):
        MADE.check(signed(MADE.message, 2), MADE.issued_at)


def test_challenge_when_signed_in_time_passes_and_later_does_not() -> None:
    MADE.check(signed(MADE.message), MADE.expires_at - 1)
    with pytest.raises(NotAuthorised, match="too long"):
        MADE.check(signed(MADE.message), MADE.expires_at)


@pytest.mark.parametrize("signature", ["", "0x12", "zz", "00" * 65])
def test_signature_when_it_is_none_is_wrong_input(signature: str) -> None:
    with pytest.raises(InvalidInput):
        signer_of("hello", signature)
