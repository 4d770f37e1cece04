"""The well-known keys of development chains: everyone has them, so they sign on chain 31337 alone."""

from functools import cache
from typing import Final

from eth_account import Account

from tallystick.errors import InvalidInput, NotAuthorised
from tallystick.gateways.keys.keystore import Key

DEV_CHAIN_ID: Final = 31337
_MNEMONIC: Final = "test test test test test test test test test test test junk"
# Account 0 deploys. The order of people is that of the demo.
PEOPLE: Final = (
    "deployer", "nora", "bob", "alice", "ines", "omar", "petra", "tomas", "vera", "carl", "mallory",
)  # fmt: skip


@cache
def dev_key(number: int) -> Key:
    """The key of anvil's account `number`."""
    if not 0 <= number < 1000:
        raise InvalidInput(f"There is no development account {number}.", "Use 0 to 999.")
    Account.enable_unaudited_hdwallet_features()
    return Key(bytes(Account.from_mnemonic(_MNEMONIC, account_path=f"m/44'/60'/0'/0/{number}").key))


def key_of(person: str, *, chain_id: int) -> Key:
    """A person of the demo; NotAuthorised on any chain but a development one."""
    if chain_id != DEV_CHAIN_ID:
        raise NotAuthorised(
            f"Development keys do not sign on chain {chain_id}: everyone has them.",
            "Use `tallystick keys new`.",
        )
    if person not in PEOPLE:
        raise InvalidInput(f"Nobody is called {person!r}.", f"There are {', '.join(PEOPLE)}.")
    return dev_key(PEOPLE.index(person))
