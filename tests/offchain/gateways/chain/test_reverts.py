import pytest
from eth_abi.abi import encode
from eth_utils.crypto import keccak

from tallystick.errors import Conflict, InsufficientFunds, InvalidInput, NodeError, NotAuthorised, NotFound
from tallystick.gateways.chain.reverts import typed_revert

BOB = "0x" + "b0" * 20


def data(signature: str, types: list[str], values: list[object]) -> str:
    return "0x" + (keccak(text=signature)[:4] + encode(types, values)).hex()


def test_revert_when_a_custom_error_shows_its_name_and_values() -> None:
    raw = data(
        "ERC20InsufficientBalance(address,uint256,uint256)", ["address", "uint256", "uint256"], [BOB, 5, 9]
    )

    error = typed_revert(raw, "execution reverted")

    assert type(error) is InsufficientFunds
    assert f"ERC20InsufficientBalance(sender={BOB}, balance=5, needed=9)" in str(error)


@pytest.mark.parametrize(
    ("signature", "types", "values", "kind"),
    [
        ("UsageEscrowBalanceShort(uint128,uint128)", ["uint128", "uint128"], [1, 2], InsufficientFunds),
        ("AccessManagedUnauthorized(address)", ["address"], [BOB], NotAuthorised),
        ("UsageEscrowUnauthorizedSigner(address,address)", ["address", "address"], [BOB, BOB], NotAuthorised),
        ("ModelRegistryUnknownModel(bytes32)", ["bytes32"], [bytes(32)], NotFound),
        ("ModelRegistryTermsExist(bytes32)", ["bytes32"], [bytes(32)], Conflict),
        ("DatasetRegistryRevealTooEarly(uint256,uint256)", ["uint256", "uint256"], [1, 2], Conflict),
        ("OperatorStakeZeroAmount()", [], [], InvalidInput),
        ("StakePoolsThawing(uint64)", ["uint64"], [7], Conflict),
    ],
)
def test_revert_when_its_name_says_what_it_is_has_that_type(
    signature: str, types: list[str], values: list[object], kind: type[NodeError]
) -> None:
    error = typed_revert(data(signature, types, values), "")

    assert type(error) is kind and signature.split("(")[0] in str(error) and error.hint


def test_revert_when_a_string_shows_it() -> None:
    assert "no such luck" in str(typed_revert(data("Error(string)", ["string"], ["no such luck"]), ""))


def test_revert_when_a_panic_names_it() -> None:
    assert "overflow" in str(typed_revert(data("Panic(uint256)", ["uint256"], [0x11]), ""))


@pytest.mark.parametrize("raw", [None, "", "0x", "0x12345678", "0xzz", {"a": 1}, "0x08c3"])
def test_revert_when_its_data_is_unknown_falls_back_to_the_message(raw: object) -> None:
    error = typed_revert(raw, "execution reverted")

    assert type(error) is InvalidInput and "execution reverted" in str(error)


def test_revert_when_its_values_are_cut_off_still_has_its_name() -> None:
    whole = data("UsageEscrowBalanceShort(uint128,uint128)", ["uint128", "uint128"], [1, 2])

    assert "UsageEscrowBalanceShort" in str(typed_revert(whole[:20], ""))
    assert isinstance(typed_revert("0x08c379a0" + "00" * 8, "cut"), InvalidInput)
