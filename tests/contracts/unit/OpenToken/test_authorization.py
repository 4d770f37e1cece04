"""Signed approvals (ERC-2612) and signed transfers (ERC-3009): each works once."""

from brownie import chain
from eth_abi import encode
from eth_utils import keccak

TRANSFER = keccak(
    text="TransferWithAuthorization(address from,address to,uint256 value,"
    "uint256 validAfter,uint256 validBefore,bytes32 nonce)"
)
PERMIT = keccak(text="Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)")
NONCE = b"\x05" * 32


def digest_of(token, struct: bytes) -> bytes:
    return keccak(b"\x19\x01" + bytes(token.DOMAIN_SEPARATOR()) + keccak(struct))


def parts(signature: bytes) -> tuple[int, bytes, bytes]:
    return signature[64], signature[:32], signature[32:64]


def authorization(token, alice, bob, until: int) -> tuple:
    terms = (alice.address, bob.address, 9, 0, until, NONCE)
    types = ["bytes32", "address", "address", "uint256", "uint256", "uint256", "bytes32"]
    return (*terms, *parts(alice.sign(digest_of(token, encode(types, [TRANSFER, *terms])))))


def test_transfer_with_authorization_when_signed_moves_once(system, alice, bob, vera, reverts):
    before = system.token.balanceOf(bob.address)
    signed = authorization(system.token, alice, bob, chain.time() + 600)

    system.token.transferWithAuthorization(*signed, vera.tx)

    assert system.token.balanceOf(bob.address) == before + 9
    assert system.token.authorizationState(alice.address, NONCE)
    with reverts("ERC3009UsedAuthorization"):
        system.token.transferWithAuthorization(*signed, vera.tx)


def test_transfer_with_authorization_when_late_reverts(system, alice, bob, vera, reverts):
    with reverts("ERC3009InvalidAuthorizationTime"):
        system.token.transferWithAuthorization(*authorization(system.token, alice, bob, 1), vera.tx)


def test_transfer_with_authorization_when_changed_reverts(system, alice, bob, vera, reverts):
    signed = list(authorization(system.token, alice, bob, chain.time() + 600))
    signed[2] = 10

    with reverts("ERC3009InvalidSignature"):
        system.token.transferWithAuthorization(*signed, vera.tx)


def test_permit_when_signed_sets_allowance(system, alice, bob, vera):
    until = chain.time() + 600
    types = ["bytes32", "address", "address", "uint256", "uint256", "uint256"]
    struct = encode(types, [PERMIT, alice.address, bob.address, 11, 0, until])

    system.token.permit(
        alice.address, bob.address, 11, until, *parts(alice.sign(digest_of(system.token, struct))), vera.tx
    )

    assert system.token.allowance(alice.address, bob.address) == 11
    assert system.token.nonces(alice.address) == 1
